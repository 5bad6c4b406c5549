//! What people do most, in one visit: the same steps in Chromium and in Firefox.

use std::fs;

use serde_json::json;

use super::{QUEUE, TEXT, await_element, await_listed, awaited, choose, names, press};
use crate::harness::webdriver::{Browser, from_base64};
use crate::harness::{Server, Tree, tree, wait_until};

#[test]
fn a_visit_in_chromium() {
    let downloads = Tree::new();
    visit(&Browser::start(downloads.path()), &downloads);
}

#[test]
fn a_visit_in_firefox() {
    let downloads = Tree::new();
    visit(&Browser::start_firefox(downloads.path()), &downloads);
}

fn visit(browser: &Browser, downloads: &Tree) {
    let served = Tree::of(&[
        ("README.md", "# Welcome\n"),
        ("notes.txt", "old\n"),
        ("Photos/Summer/beach.txt", "sand\n"),
        ("日本語 & more.txt", "x"),
    ]);
    served.file("Photos/pixel.png", from_base64(super::reading::PIXEL));
    let server =
        Server::http(&served, &["--quiet", "--writable", "--user", "ada:secret", "--anonymous", "read"]);
    let root = server.url("http");

    browser.open(root);
    awaited(browser, TEXT, |text| text.contains("Welcome") && !text.contains("Upload"));
    browser.click("button[name=login]");
    await_element(browser, "input[name=password]");
    browser.types("input[name=user]", "ada");
    browser.types("input[name=password]", "secret");
    browser.click("form[action='?login'] button");
    awaited(browser, TEXT, |text| text.contains("Log out") && text.contains("Upload"));
    browser.arrives_at(root);

    read(browser, root);
    change(browser, root, &served);
    upload(browser, root, &served);

    browser.open(&format!("{root}Photos/"));
    press(browser, ".tools", "Download folder");
    wait_until(|| downloads.join("Photos.zip").metadata().is_ok_and(|archive| archive.len() > 0));
    browser.open(root);
    browser.click("form[action='?logout'] button");
    awaited(browser, TEXT, |text| text.contains("Log in") && !text.contains("Upload"));
}

/// Sort, filter, search, the grid, and files in place.
fn read(browser: &Browser, root: &str) {
    browser.click("button[value='-size']");
    browser.arrives_at(&format!("{root}?sort=-size"));
    assert_eq!(names(browser)[0], "README.md", "the largest first");
    browser.types("[aria-label=Filter]", "NOTES");
    assert_eq!(names(browser), ["notes.txt"]);
    browser.open(root);
    browser.types("[aria-label=Filter]", "beach\u{E007}");
    browser.arrives_at(&format!("{root}?q=beach"));
    assert_eq!(names(browser), ["Photos/Summer/beach.txt"]);
    browser.open(&format!("{root}Photos/"));
    browser.click("button[name=grid]");
    let loaded = "return String([...document.images].map(image => image.naturalWidth))";
    awaited(browser, loaded, |widths| widths == "1");
    browser.click(".image a");
    browser.arrives_at(&format!("{root}Photos/pixel.png?view"));
    awaited(browser, loaded, |widths| widths == "1");
    browser.open(&format!("{root}Photos/Summer/beach.txt?view"));
    awaited(browser, TEXT, |text| text.contains("sand"));
}

/// New folder, Rename, and Delete.
fn change(browser: &Browser, root: &str, served: &Tree) {
    browser.open(root);
    browser.click("button[name=new-folder]");
    await_element(browser, "dialog .sheet input[name=name]");
    browser.types("dialog input[name=name]", "Letters");
    press(browser, "dialog", "Create");
    await_listed(browser, &["Letters"]);
    browser.click("button[name=item][value='Letters']");
    await_element(browser, "dialog .sheet input[name=to]");
    browser.script("document.querySelector('dialog input[name=to]').value = 'Mail'");
    press(browser, "dialog", "Rename");
    await_listed(browser, &["Mail"]);
    browser.click("button[name=item][value='Mail']");
    await_element(browser, "dialog .sheet summary");
    browser.click("dialog summary");
    browser.click("dialog form[action='?delete'] button");
    wait_until(|| !served.join("Mail").exists());
}

/// Files of which one exists, and a file that is sent in pieces.
fn upload(browser: &Browser, root: &str, served: &Tree) {
    let source = Tree::of(&[("notes.txt", "new\n"), ("two words.txt", "more\n")]);
    let large = tree::pattern(20 << 20);
    source.file("film.bin", &large);
    browser.open(root);
    choose(browser, &source, &["notes.txt", "two words.txt", "film.bin"]);
    awaited(browser, QUEUE, |text| text.contains("This name exists"));
    press(browser, ".queue", "Keep both");
    awaited(browser, QUEUE, |text| text.contains("3 files uploaded"));
    await_listed(browser, &["notes (2).txt", "two words.txt", "film.bin"]);
    assert_eq!(fs::read(served.join("notes (2).txt")).unwrap(), b"new\n");
    assert!(fs::read(served.join("film.bin")).unwrap() == large, "the file differs");
    let marked = browser.script("return document.querySelectorAll('.entries .new').length");
    assert_eq!(marked, json!(3), "new rows");
}
