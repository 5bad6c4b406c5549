//! Select: several entries are downloaded, moved and deleted. Each with and without the script. Archives that the page
//! downloads are read by other programs.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::{TEXT, assert_no_console_errors, await_element, await_listed, awaited, press};
use crate::harness::program::{run, tool};
use crate::harness::webdriver::Browser;
use crate::harness::{Server, Tree, tree, wait_until};

fn select(browser: &Browser, names: &[&str]) {
    browser.click("button[name=select]");
    await_element(browser, ".entries input[type=checkbox]");
    for name in names {
        browser.click(&format!("input[name=name][value='{name}']"));
    }
}

/// Waits until every program that opens zip archives finds this one complete, and returns its members.
#[track_caller]
fn await_archive(archive: &Path) -> Vec<String> {
    wait_until(|| archive.exists() && run(tool("unzip").arg("-tqq").arg(archive)).code == Some(0));
    run(tool("python3").args(["-m", "zipfile", "-t"]).arg(archive)).success();
    run(tool("7z").args(["t", "-bso0"]).arg(archive)).success();
    let listed = run(tool("bsdtar").arg("-tf").arg(archive)).text();
    let mut names: Vec<String> = listed.lines().map(Into::into).collect();
    names.sort();
    names
}

#[test]
fn a_folder_and_a_selection_are_downloaded() {
    for has_script in [true, false] {
        let served = Tree::of(&[("Photos/a b.txt", "a"), ("Photos/b.txt", "b"), ("Photos/sub/c.txt", "c")]);
        let large = tree::pattern(3 << 20);
        served.file("Photos/large.bin", &large);
        let server = Server::http(&served, &["--quiet"]);
        let downloads = Tree::new();
        let browser = Browser::start(downloads.path());
        browser.enable_script(has_script);
        browser.open(&format!("{}Photos/", server.url("http")));
        press(&browser, ".tools", "Download folder");
        let archive = downloads.join("Photos.zip");
        assert_eq!(await_archive(&archive), ["a b.txt", "b.txt", "large.bin", "sub/", "sub/c.txt"]);
        fs::remove_file(&archive).unwrap();

        select(&browser, &["a%20b.txt", "sub"]);
        press(&browser, ".tools", "Download");
        assert_eq!(await_archive(&archive), ["a b.txt", "sub/", "sub/c.txt"]);
        if has_script {
            awaited(&browser, TEXT, |text| text.contains("2 selected"));
        }
        assert_no_console_errors(&browser);
    }
}

#[test]
fn selected_entries_are_moved_and_deleted() {
    for has_script in [true, false] {
        let names = [("a b.txt", "a"), ("b.txt", "b"), ("c.txt", "c"), ("full/x", "x"), ("Old/c.txt", "old")];
        let served = Tree::of(&names);
        let server = Server::http(&served, &["--quiet", "--writable"]);
        let downloads = Tree::new();
        let browser = Browser::start(downloads.path());
        browser.enable_script(has_script);
        let root = server.url("http");
        let sheet = if has_script { "dialog .sheet" } else { ".sheet" };

        browser.open(root);
        select(&browser, &["a%20b.txt", "full"]);
        press(&browser, ".tools", "Move or delete");
        await_element(&browser, sheet);
        awaited(&browser, TEXT, |text| text.contains("2 entries"));
        let offered =
            "return [...document.querySelectorAll('select option')].map(option => option.textContent)";
        assert_eq!(browser.script(offered), json!(["Old"]), "directories that are not selected");
        press(&browser, sheet, "Move");
        browser.arrives_at(root);
        wait_until(|| served.join("Old/a b.txt").is_file() && served.join("Old/full/x").is_file());
        assert!(!served.join("full").exists());

        browser.open(root);
        select(&browser, &["b.txt", "c.txt"]);
        press(&browser, ".tools", "Move or delete");
        await_element(&browser, sheet);
        press(&browser, sheet, "Move");
        let text = awaited(&browser, TEXT, |text| text.contains("would replace another file"));
        assert!(text.contains("/c.txt") && text.contains("1 entry"), "{text}");
        assert_eq!(fs::read(served.join("Old/c.txt")).unwrap(), b"old", "nothing is replaced");

        browser.open(&format!("{root}Old/"));
        select(&browser, &["b.txt"]);
        press(&browser, ".tools", "Move or delete");
        await_element(&browser, sheet);
        assert_eq!(browser.script(offered), json!(["Parent folder", "full"]));
        press(&browser, sheet, "Move");
        wait_until(|| served.join("b.txt").is_file());

        browser.open(&format!("{root}Old/"));
        await_listed(&browser, &["full"]);
        select(&browser, &["full", "a%20b.txt"]);
        press(&browser, ".tools", "Move or delete");
        await_element(&browser, sheet);
        browser.click(".sheet summary");
        awaited(&browser, TEXT, |text| text.contains("Delete 2 entries? 2 files."));
        browser.click(&format!("{sheet} form[action='?delete'] button"));
        wait_until(|| !served.join("Old/full").exists() && !served.join("Old/a b.txt").exists());
        assert!(served.join("Old/c.txt").exists(), "others are kept");
    }
}

/// With the script, a press anywhere in a row selects it, and the actions need a selection.
#[test]
fn a_press_in_a_row_selects_it() {
    let served = Tree::of(&[("a.txt", "a"), ("b.txt", "b"), ("sub/c", "")]);
    let server = Server::http(&served, &["--quiet", "--writable"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.open(&format!("{}?sort=-name", server.url("http")));
    select(&browser, &[]);
    let enabled =
        "return [...document.querySelectorAll('.tools button[form]')].map(button => !button.disabled)";
    assert_eq!(browser.script(enabled), json!([false, false]));
    browser.click("a[href^='./sub/']");
    browser.click("a[href='./a.txt']");
    browser.click("a[href='./b.txt']");
    browser.click("a[href='./b.txt']");
    awaited(&browser, TEXT, |text| text.contains("2 selected"));
    assert_eq!(browser.script(enabled), json!([true, true]));
    browser.types("[aria-label=Filter]", "b.");
    awaited(&browser, TEXT, |text| text.contains("1 of 3 shown"));
    press(&browser, ".tools", "Cancel");
    browser.arrives_at(&format!("{}?sort=-name", server.url("http")));
    assert_no_console_errors(&browser);
}
