//! Changing: New folder, Rename, Delete and Copy link; Log in and Log out. Each with and without the script.

use std::fs;

use serde_json::{Value, json};

use super::{TEXT, assert_no_console_errors, await_element, await_listed, awaited, press};
use crate::harness::webdriver::Browser;
use crate::harness::{Server, Tree};

/// Opens the actions on an entry.
fn open_actions(browser: &Browser, name: &str) {
    browser.click(&format!("button[name=item][value='{name}']"));
    await_element(browser, ".sheet");
}

/// Replaces the value of an input.
fn fill(browser: &Browser, selector: &str, text: &str) {
    let selector_value = Value::from(selector);
    browser.script(&format!("document.querySelector({selector_value}).value = ''"));
    browser.types(selector, text);
}

#[test]
fn entries_are_made_renamed_and_deleted() {
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    for has_script in [true, false] {
        let served =
            Tree::of(&[("old name.txt", "a"), ("taken", ""), ("full/one", ""), ("full/sub/two", "")]);
        let server = Server::http(&served, &["--quiet", "--writable"]);
        browser.enable_script(has_script);
        browser.open(server.url("http"));

        browser.click("button[name=new-folder]");
        await_element(&browser, ".sheet input[name=name]");
        browser.types(".sheet input[name=name]", "Letters & more");
        press_in_sheet(&browser, has_script, "form[action='?new-folder'] button");
        await_listed(&browser, &["Letters & more"]);
        assert!(served.join("Letters & more").is_dir());

        open_actions(&browser, "old%20name.txt");
        fill(&browser, ".sheet input[name=to]", "taken");
        press_in_sheet(&browser, has_script, "form[action='?rename'] button");
        awaited(&browser, TEXT, |text| text.contains("has an entry of that name"));
        assert_eq!(fs::read(served.join("taken")).unwrap(), b"", "nothing is replaced");
        browser.open(server.url("http"));
        open_actions(&browser, "old%20name.txt");
        fill(&browser, ".sheet input[name=to]", "new.txt");
        press_in_sheet(&browser, has_script, "form[action='?rename'] button");
        await_listed(&browser, &["new.txt"]);
        assert_eq!(fs::read(served.join("new.txt")).unwrap(), b"a");

        open_actions(&browser, "new.txt");
        browser.click(".sheet summary");
        let question = "return document.querySelector('.sheet details')?.innerText ?? ''";
        awaited(&browser, question, |text| text.contains("Delete \u{201C}new.txt\u{201D}? 1 file."));
        press_in_sheet(&browser, has_script, "form[action='?delete'] button");
        awaited(&browser, "return document.querySelector('.entries')?.innerText ?? 'new.txt'", |text| {
            !text.contains("new.txt")
        });
        assert!(!served.join("new.txt").exists());

        open_actions(&browser, "full");
        let text = awaited(&browser, "return document.querySelector('.sheet')?.innerText ?? ''", |text| {
            !text.is_empty()
        });
        assert!(text.contains("2 files"), "{text}");
        browser.click(".sheet summary");
        awaited(&browser, question, |text| text.contains("Delete \u{201C}full\u{201D}? 2 files."));
        press_in_sheet(&browser, has_script, "form[action='?delete'] button");
        awaited(&browser, "return document.querySelector('.entries')?.innerText ?? 'full'", |text| {
            !text.contains("full")
        });
        assert!(!served.join("full").exists(), "with everything in it");
        if has_script {
            // The browser reports the refused Rename.
            assert_eq!(browser.console_errors().len(), 1);
        }
    }
}

/// The form of the page, or of its dialog.
fn press_in_sheet(browser: &Browser, has_script: bool, selector: &str) {
    let within = if has_script { "dialog .sheet" } else { ".sheet" };
    browser.click(&format!("{within} {selector}"));
}

#[test]
fn actions_that_the_user_may_not_perform_are_not_shown() {
    let served = Tree::of(&[("a", "")]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    for (options, expected) in [
        (&["--quiet"][..], [false, false, false]),
        (&["--quiet", "--writable"], [true, true, true]),
        (&["--quiet", "--writable", "--user", "ada:x", "--anonymous", "read"], [false, false, false]),
    ] {
        let server = Server::http(&served, options);
        browser.open(server.url("http"));
        let tools = browser.script(
            "return ['#upload', 'button[name=new-folder]'].map(found => !!document.querySelector(found))",
        );
        browser.open(&format!("{}?item=a", server.url("http")));
        let rename = browser.script("return !!document.querySelector('form[action=\"?rename\"]')");
        let shown = [tools[0].clone(), tools[1].clone(), rename].map(|shown| shown == json!(true));
        assert_eq!(shown, expected, "{options:?}");
    }
}

#[test]
fn a_link_is_copied() {
    let served = Tree::of(&[("two words.txt", "")]);
    let server = Server::http(&served, &["--quiet"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.open(server.url("http"));
    let permissions = json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
    browser.devtools("Browser.grantPermissions", &permissions);
    open_actions(&browser, "two%20words.txt");
    press(&browser, "dialog", "Copy link");
    awaited(&browser, "return document.querySelector('dialog')?.innerText ?? ''", |text| {
        text.contains("Copied")
    });
    let copied = browser.script("return navigator.clipboard.readText()");
    assert_eq!(copied, json!(format!("{}two%20words.txt", server.url("http"))));
    assert_no_console_errors(&browser);
}

#[test]
fn a_user_logs_in_and_out() {
    let served = Tree::of(&[("a", "")]);
    let downloads = Tree::new();
    for has_script in [true, false] {
        let server =
            Server::http(&served, &["--quiet", "--writable", "--user", "ada:secret", "--anonymous", "read"]);
        let root = server.url("http");
        let browser = Browser::start(downloads.path());
        browser.enable_script(has_script);
        browser.open(root);
        browser.click("button[name=login]");
        browser.arrives_at(&format!("{root}?login="));
        log_in(&browser, "wrong");
        awaited(&browser, TEXT, |text| text.contains("The user name or the password is wrong."));
        log_in(&browser, "secret");
        awaited(&browser, TEXT, |text| text.contains("Log out") && text.contains("ada"));
        browser.arrives_at(root);
        assert_eq!(browser.script("return document.cookie"), json!(""), "no script can read it");
        browser.click("form[action='?logout'] button");
        awaited(&browser, TEXT, |text| text.contains("Log in") && !text.contains("ada"));
        browser.script("history.back()");
        awaited(&browser, TEXT, |text| text.contains("Log in") && !text.contains("Log out"));
    }
}

/// Without anonymous access, the page asks; the browser's own dialog would not let the user log out.
#[test]
fn a_page_that_needs_a_login_asks_for_it() {
    let served = Tree::of(&[("sub/a", "")]);
    let server = Server::http(&served, &["--quiet", "--user", "ada:secret"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    let folder = format!("{}sub/", server.url("http"));
    browser.open(&folder);
    awaited(&browser, TEXT, |text| text.contains("This page needs a login."));
    log_in(&browser, "secret");
    browser.arrives_at(&folder);
    await_listed(&browser, &["a"]);
}

fn log_in(browser: &Browser, password: &str) {
    browser.types("input[name=user]", "ada");
    browser.types("input[name=password]", password);
    browser.click("form[action='?login'] button");
}
