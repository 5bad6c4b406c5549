//! The listing in Chromium: sorting, navigation, downloads, uploads and layout.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::webdriver::Browser;
use crate::harness::{Server, TIMEOUT, Tree, tree};

/// A folder with typical names.
fn served() -> Tree {
    let served = Tree::of(&[
        ("Invoices 2026/March.pdf", "%PDF-1.7"),
        ("Music/01 Ouvertüre.flac", ""),
        ("Photos/Summer/beach.jpg", ""),
        (
            "Photos/Summer/a very long name of a photo, with the place, the occasion and the date of the picture.jpg",
            "",
        ),
        ("README.md", "# Hello\n"),
        ("notes & drafts #3 (50%).txt", "hello\n"),
        ("empty", ""),
        ("日本語のファイル名.txt", ""),
        ("<b>bold.html", "<p>hello"),
    ]);
    served.directory("Nothing yet");
    for (name, size) in [("backup.tar.zst", 1 << 30), ("film.mkv", 700 << 20), ("disc.iso", 5 << 30)] {
        served.sparse(name, size);
    }
    served.file("tool.bin", tree::pattern(300_000));
    served
}

/// The names of the files in the order in which the page shows them.
const FILES: &str =
    "return [...document.querySelectorAll('tbody tr:not(.d) a')].map(link => link.textContent.trim())";

#[test]
fn a_listing_can_be_sorted_navigated_and_downloaded_from() {
    let served = served();
    let server = Server::http(&served, &["--quiet"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    let names = || browser.script(FILES).as_array().unwrap().clone();
    browser.open(server.url("http"));
    assert_eq!(names().len(), 9);
    assert_eq!(names()[0], "<b>bold.html", "by name, and a name is only text");

    let root = server.url("http");
    browser.click("button[value='size']");
    browser.arrives_at(&format!("{root}?sort=size"));
    let by_size = names();
    assert_eq!((&by_size[0], &by_size[8]), (&json!("empty"), &json!("disc.iso")), "by size");
    browser.click("button[value='-size']");
    browser.arrives_at(&format!("{root}?sort=-size"));
    let largest: Vec<Value> = by_size.into_iter().rev().take(4).collect();
    assert_eq!(names()[..4], largest, "and back");

    browser.click("a[href='./Photos/']");
    browser.arrives_at(&format!("{root}Photos/"));
    browser.click("a[href='./Summer/']");
    browser.arrives_at(&format!("{root}Photos/Summer/"));
    browser.click("nav a");
    browser.arrives_at(root);

    browser.click("a[href='./tool.bin']");
    await_download(&downloads, "tool.bin", &fs::read(served.join("tool.bin")).unwrap());
}

#[test]
fn a_listing_is_shown_over_tls() {
    let served = served();
    let server = Server::http(&served, &["--quiet", "--tls", "self-signed"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.open(server.url("https"));
    assert_eq!(browser.script(FILES).as_array().unwrap().len(), 9);
    browser.click("a[href='./tool.bin']");
    await_download(&downloads, "tool.bin", &fs::read(served.join("tool.bin")).unwrap());
}

/// Uploads work with and without JavaScript.
#[test]
fn the_form_uploads_files() {
    for has_script in [true, false] {
        upload(has_script);
    }
}

fn upload(has_script: bool) {
    let (source, served) = (Tree::of(&[("two words.txt", "new\n"), ("notes.txt", "newer\n")]), served());
    served.file("notes.txt", "old\n");
    let server = Server::http(&served, &["--quiet", "--writable"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": !has_script }));
    let root = server.url("http");
    let choose = |names: &[&str]| {
        let paths: Vec<String> = names.iter().map(|name| source.join(name).display().to_string()).collect();
        browser.types("input[multiple]", &paths.join("\n"));
    };
    let folder = format!("{root}Photos/Summer/");
    browser.open(&folder);
    assert_eq!(
        browser.script("return document.querySelectorAll('progress').length"),
        json!(usize::from(has_script))
    );
    choose(&["two words.txt", "notes.txt"]);
    browser.click(".upload button");
    await_listed(&browser, &["notes.txt", "two words.txt"]);
    browser.arrives_at(&folder);
    assert_eq!(fs::read(served.join("Photos/Summer/two words.txt")).unwrap(), b"new\n");

    browser.open(root);
    choose(&["notes.txt"]);
    browser.click(".upload button");
    let text = awaited(&browser, "return document.body.innerText", |text| text.contains("409"));
    assert!(text.contains("notes.txt: exists already"), "{text}");
    assert_eq!(fs::read(served.join("notes.txt")).unwrap(), b"old\n");
    browser.open(root);
    choose(&["notes.txt"]);
    browser.click("input[name=overwrite]");
    browser.click(".upload button");
    let size =
        "return document.querySelector(\"a[href='./notes.txt']\")?.closest('tr').cells[1].innerText ?? ''";
    awaited(&browser, size, |text| text == "6 B");
    assert_eq!(fs::read(served.join("notes.txt")).unwrap(), b"newer\n");
}

/// A folder of a Mac: the page lists the stored files and the skipped names.
#[test]
fn a_folder_upload_reports_skipped_hidden_names() {
    let source = Tree::of(&[("album/.DS_Store", "x"), ("album/a.txt", "a")]);
    let (served, downloads) = (Tree::new(), Tree::new());
    let server = Server::http(&served, &["--quiet", "--writable"]);
    let browser = Browser::start(downloads.path());
    for (has_script, begins) in [(false, "201 Created"), (true, "Home")] {
        browser.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": !has_script }));
        browser.open(server.url("http"));
        browser.types("input[webkitdirectory]", source.join("album").to_str().unwrap());
        browser.click(".upload button");
        let text = awaited(&browser, "return document.body.innerText", |text| text.contains("Skipped"));
        assert!(text.starts_with(begins) && text.contains("album/.DS_Store"), "{text}");
        assert_eq!(fs::read(served.join("album/a.txt")).unwrap(), b"a");
        fs::remove_dir_all(served.join("album")).unwrap();
    }
}

/// A folder upload keeps the names of its directories and can include separately chosen files.
#[test]
fn a_folder_and_files_can_be_chosen_together() {
    let source = Tree::of(&[("album/one/a.txt", "a"), ("album/b.txt", "b"), ("loose.txt", "loose")]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    for has_script in [false, true] {
        let served = Tree::new();
        let server = Server::http(&served, &["--quiet", "--writable"]);
        browser.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": !has_script }));
        browser.open(server.url("http"));
        let text = browser.script("return document.body.innerText");
        assert!(text.as_str().unwrap().contains("This folder is empty"), "{text}");
        browser.types("input[webkitdirectory]", source.join("album").to_str().unwrap());
        browser.types("input[multiple]", source.join("loose.txt").to_str().unwrap());
        browser.click(".upload button");
        await_listed(&browser, &["album", "loose.txt"]);
        tree::assert_same(source.path(), served.path());
        let chosen = "return [...document.querySelectorAll('[type=file]')].map(input => input.files.length)";
        assert_eq!(browser.script(chosen), json!([0, 0]), "nothing is sent twice");
    }
}

#[test]
fn files_and_folders_are_dropped_on_the_page() {
    let source = Tree::of(&[("album/one/a.txt", "a"), ("album/b.txt", "b"), ("loose.txt", "loose")]);
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
    }
    await_listed(&browser, &["album", "loose.txt"]);
    tree::assert_same(source.path(), served.path());
}

#[test]
fn the_page_of_a_drop_box_uploads_files() {
    let (source, served) = (Tree::of(&[("mine.txt", "mine\n")]), served());
    let server = Server::http(&served, &["--quiet", "--writable", "--anonymous", "drop"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.open(server.url("http"));
    assert_eq!(browser.script("return document.querySelectorAll('a').length"), json!(0), "nothing is shown");
    browser.click(".upload button");
    awaited(&browser, "return document.body.innerText", |text| text.contains("Choose files or a folder"));
    browser.types("input[multiple]", source.join("mine.txt").to_str().unwrap());
    browser.click(".upload button");
    let text = awaited(&browser, "return document.body.innerText", |text| text.contains("Stored"));
    assert!(text.contains("mine.txt"), "the page lists the stored files: {text}");
    assert_eq!(fs::read(served.join("mine.txt")).unwrap(), b"mine\n");
}

/// Waits until the page lists these files, possibly among others.
#[track_caller]
fn await_listed(browser: &Browser, names: &[&str]) {
    let script = "return document.querySelector('tbody')?.innerText ?? ''";
    awaited(browser, script, |text| names.iter().all(|name| text.contains(name)));
}

/// Runs a script until its result satisfies `is_it`, and returns that result.
#[track_caller]
fn awaited(browser: &Browser, script: &str, is_it: impl Fn(&str) -> bool) -> String {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let now = browser.script(script).as_str().unwrap_or_default().to_owned();
        if is_it(&now) {
            return now;
        }
        assert!(Instant::now() < deadline, "{now}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Waits for a download and checks its content. The browser writes to a temporary name and renames it when
/// the file is complete.
fn await_download(downloads: &Tree, name: &str, content: &[u8]) {
    let deadline = Instant::now() + TIMEOUT;
    // The name can appear before the content.
    while !fs::read(downloads.join(name)).is_ok_and(|found| found == content) {
        assert!(Instant::now() < deadline, "{name} is not downloaded in time");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// No page may be wider than the window. Screenshots are kept for inspection.
#[test]
fn a_listing_fits_a_phone_and_a_desktop_light_and_dark() {
    let served = served();
    let server = Server::http(&served, &["--quiet"]);
    let writable = Server::http(&served, &["--quiet", "--writable"]);
    let dropped = Server::http(&served, &["--quiet", "--writable", "--anonymous", "drop"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    let pictures = pictures();
    for (device, width, height) in [("phone", 390, 844), ("desktop", 1_200, 800)] {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": device == "phone"});
        browser.devtools("Emulation.setDeviceMetricsOverride", &size);
        for scheme in ["light", "dark"] {
            let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            browser.devtools("Emulation.setEmulatedMedia", &features);
            for (page, server, path) in [
                ("listing", &server, "?sort=-size"),
                ("folder", &server, "Photos/Summer/"),
                ("empty", &server, "Nothing%20yet/"),
                ("missing", &server, "missing"),
                ("writable", &writable, ""),
                ("empty-writable", &writable, "Nothing%20yet/"),
                ("drop-box", &dropped, ""),
            ] {
                browser.open(&format!("{}{path}", server.url("http")));
                let needed = browser.script("return document.documentElement.scrollWidth").as_u64().unwrap();
                assert!(needed <= width, "{page} on a {device}: {needed} of {width} pixels");
                let heads = "return [...document.querySelectorAll('th button')].every(head => \
                    /[\u{2191}\u{2193}]/.test(head.innerText) && head.offsetHeight >= 36)";
                assert_eq!(browser.script(heads), json!(true), "{page} on a {device}: heads can be pressed");
                let background = browser.script("return getComputedStyle(document.body).backgroundColor");
                let is_light = background.as_str().unwrap().contains("255");
                assert_eq!(is_light, scheme == "light", "{page} on a {device}: {background}");
                fs::write(pictures.join(format!("{page}-{device}-{scheme}.png")), browser.screenshot())
                    .unwrap();
            }
        }
    }
}

/// `target/screenshots/`.
fn pictures() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let pictures = this.ancestors().nth(3).unwrap().join("screenshots");
    fs::create_dir_all(&pictures).unwrap();
    pictures
}
