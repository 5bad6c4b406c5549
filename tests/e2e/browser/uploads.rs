//! Uploads by the button, by the form without a script, and by drop: conflicts, folders, hidden names, drop boxes.

use std::fs;
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{QUEUE, TEXT, assert_no_console_errors, await_listed, awaited, choose, press, served};
use crate::harness::webdriver::Browser;
use crate::harness::{Server, Tree, tree, wait_until};

#[test]
fn files_are_uploaded_by_the_form_without_a_script() {
    let (source, served) = (Tree::of(&[("two words.txt", "new\n"), ("notes.txt", "newer\n")]), served());
    served.file("notes.txt", "old\n");
    let server = Server::http(&served, &["--quiet", "--writable"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.enable_script(false);
    let root = server.url("http");
    let folder = format!("{root}Photos/Summer/");
    browser.open(&folder);
    choose(&browser, &source, &["two words.txt", "notes.txt"]);
    browser.click(".upload button");
    await_listed(&browser, &["notes.txt", "two words.txt"]);
    browser.arrives_at(&folder);
    assert_eq!(fs::read(served.join("Photos/Summer/two words.txt")).unwrap(), b"new\n");

    browser.open(root);
    choose(&browser, &source, &["notes.txt"]);
    browser.click(".upload button");
    let text = awaited(&browser, TEXT, |text| text.contains("409"));
    assert!(text.contains("notes.txt: exists already"), "{text}");
    assert_eq!(fs::read(served.join("notes.txt")).unwrap(), b"old\n");
    browser.open(root);
    choose(&browser, &source, &["notes.txt"]);
    browser.click("input[name=overwrite]");
    browser.click(".upload button");
    wait_until(|| fs::read(served.join("notes.txt")).unwrap() == b"newer\n");
}

/// New rows are marked, and the files keep their times.
#[test]
fn files_are_uploaded_by_the_button() {
    let (source, served) = (Tree::of(&[("two words.txt", "new\n"), ("empty.txt", "")]), served());
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    fs::File::options().write(true).open(source.join("two words.txt")).unwrap().set_modified(then).unwrap();
    let server = Server::http(&served, &["--quiet", "--writable"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.open(server.url("http"));
    browser.script(
        "document.querySelector('.upload input[multiple]').addEventListener('click', event => {
        event.preventDefault()
        document.title = 'asked for files'
    })",
    );
    browser.click("#upload");
    assert_eq!(browser.script("return document.title"), json!("asked for files"));
    choose(&browser, &source, &["two words.txt", "empty.txt"]);
    awaited(&browser, QUEUE, |text| text.contains("2 files uploaded"));
    let new =
        "return String([...document.querySelectorAll('.entries .new a')].map(link => link.textContent))";
    awaited(&browser, new, |names| names == "empty.txt,two words.txt");
    assert_eq!(fs::read(served.join("two words.txt")).unwrap(), b"new\n");
    assert!(served.join("empty.txt").exists());
    assert_eq!(fs::metadata(served.join("two words.txt")).unwrap().modified().unwrap(), then);
    assert_no_console_errors(&browser);
}

#[test]
fn each_conflict_is_decided() {
    let names = ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"];
    let source = Tree::new();
    names.iter().for_each(|name| drop(source.file(name, "new")));
    let served = Tree::new();
    names.iter().for_each(|name| drop(served.file(name, "old")));
    served.file("b (2).txt", "old");
    let server = Server::http(&served, &["--quiet", "--writable"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.open(server.url("http"));
    choose(&browser, &source, &names);
    for (name, decision) in [("a.txt", "Replace"), ("b.txt", "Keep both"), ("c.txt", "Skip")] {
        let asking = format!(
            "return String([...document.querySelectorAll('.queue .asking strong')].some(name => name.textContent === '{name}'))"
        );
        awaited(&browser, &asking, |found| found == "true");
        let line = format!("const line = [...document.querySelectorAll('.queue li')].find(line => line.querySelector('strong').textContent === '{name}')
            line.querySelectorAll('button').forEach(button => {{ if (button.textContent === '{decision}') button.click() }})");
        browser.script(&line);
    }
    let asking = "return String(document.querySelectorAll('.queue .asking').length)";
    awaited(&browser, asking, |count| count == "2");
    browser.script("document.querySelector('.queue .asking input').click()");
    press(&browser, ".queue .asking", "Replace");
    awaited(&browser, QUEUE, |text| text.contains("4 files uploaded"));
    for (name, expected) in [
        ("a.txt", "new"),
        ("b.txt", "old"),
        ("b (2).txt", "old"),
        ("b (3).txt", "new"),
        ("c.txt", "old"),
        ("d.txt", "new"),
        ("e.txt", "new"),
    ] {
        assert_eq!(fs::read_to_string(served.join(name)).unwrap(), expected, "{name}");
    }
    assert_no_console_errors(&browser);
}

/// A user who may not overwrite is not offered Replace.
#[test]
fn a_conflict_offers_what_the_user_may_do() {
    let (source, served) = (Tree::of(&[("a.txt", "new")]), Tree::of(&[("a.txt", "old")]));
    let users = Tree::of(&[("users.toml", "")]);
    let hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$+RsCrdHrAKGEJIDLM0Esow";
    let file = users.file(
        "users.toml",
        format!("[[user]]\nname = \"ada\"\nhash = '{hash}'\nallow = [\"list\", \"get\", \"upload\"]\n"),
    );
    let server = Server::http(&served, &["--quiet", "--writable", "--users", file.to_str().unwrap()]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.open(server.url("http"));
    browser.types("input[name=user]", "ada");
    browser.types("input[name=password]", "secret");
    browser.click("form[action='?login'] button");
    await_listed(&browser, &["a.txt"]);
    choose(&browser, &source, &["a.txt"]);
    let text = awaited(&browser, QUEUE, |text| text.contains("This name exists"));
    assert!(!text.contains("Replace") && text.contains("Keep both"), "{text}");
    press(&browser, ".queue", "Keep both");
    await_listed(&browser, &["a (2).txt"]);
}

/// The folder of a Mac: the page lists what is stored, and reports what is not.
#[test]
fn a_folder_with_hidden_names_is_uploaded() {
    let source = Tree::of(&[("album/.DS_Store", "x"), ("album/a.txt", "a")]);
    let (served, downloads) = (Tree::new(), Tree::new());
    let server = Server::http(&served, &["--quiet", "--writable"]);
    let browser = Browser::start(downloads.path());
    for has_script in [false, true] {
        browser.enable_script(has_script);
        browser.open(server.url("http"));
        browser.types("input[webkitdirectory]", source.join("album").to_str().unwrap());
        if !has_script {
            browser.click(".upload button");
        }
        awaited(&browser, TEXT, |text| text.contains("Skipped") && text.contains(".DS_Store"));
        assert_eq!(fs::read(served.join("album/a.txt")).unwrap(), b"a");
        fs::remove_dir_all(served.join("album")).unwrap();
    }
}

/// Empty folders are made as well.
#[test]
fn files_and_folders_are_dropped_on_the_page() {
    let source = Tree::of(&[("album/one/a.txt", "a"), ("album/b.txt", "b"), ("loose.txt", "loose")]);
    source.directory("album/nothing/in here");
    let served = Tree::new();
    let server = Server::http(&served, &["--quiet", "--writable"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.open(server.url("http"));
    let files = ["album", "loose.txt"].map(|name| source.join(name).display().to_string());
    for step in ["dragEnter", "dragOver", "drop"] {
        let data = json!({"items": [], "files": files, "dragOperationsMask": 1});
        let event = json!({"type": step, "x": 300, "y": 300, "data": data});
        browser.devtools("Input.dispatchDragEvent", &event);
        let overlay = "return String(document.querySelector('.overlay').checkVisibility())";
        awaited(&browser, overlay, |shown| shown == (step != "drop").to_string());
    }
    awaited(&browser, QUEUE, |text| text.contains("3 files uploaded"));
    await_listed(&browser, &["album", "loose.txt"]);
    tree::assert_same(source.path(), served.path());
    assert_no_console_errors(&browser);
}

#[test]
fn files_are_left_in_a_drop_box() {
    let (source, served) = (Tree::of(&[("mine.txt", "mine\n")]), served());
    let server = Server::http(&served, &["--quiet", "--writable", "--anonymous", "drop"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    for (has_script, stored) in [(true, "mine.txt"), (false, "mine (2).txt")] {
        browser.enable_script(has_script);
        browser.open(server.url("http"));
        assert_eq!(
            browser.script("return document.querySelectorAll('main a').length"),
            json!(0),
            "nothing is shown"
        );
        choose(&browser, &source, &["mine.txt"]);
        if !has_script {
            browser.click(".upload button");
        }
        let text = awaited(&browser, TEXT, |text| text.contains("uploaded") || text.contains("took"));
        assert!(text.contains("mine.txt"), "the stored files are named: {text}");
        assert_eq!(fs::read(served.join(stored)).unwrap(), b"mine\n");
    }
    assert_no_console_errors(&browser);
}
