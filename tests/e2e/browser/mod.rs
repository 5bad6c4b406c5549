//! The pages in Chromium: `reading`, `changing` (with the login), `selecting`, `uploads`, what they look like
//! (`appearance`), and those of other servers (`comparison`). `essentials` runs in Firefox as well.

mod appearance;
mod changing;
#[cfg(feature = "judge")]
mod comparison;
mod essentials;
mod reading;
mod resuming;
mod selecting;
mod uploads;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::webdriver::Browser;
use crate::harness::{TIMEOUT, Tree, tree};

/// A folder as people have them.
fn served() -> Tree {
    let served = Tree::of(&[
        ("Invoices 2026/March.pdf", "%PDF-1.7"),
        ("Music/01 Ouvertüre.flac", ""),
        ("Photos/Summer/beach.jpg", ""),
        (
            "Photos/Summer/a very long name that somebody has given to a photo, with the place and the date in it.jpg",
            "",
        ),
        ("README.md", "# Hello\n\nAll *photos* of the house; see [Photos](Photos/).\n"),
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

/// The names of the files that are shown, in their order.
const FILES: &str = "return [...document.querySelectorAll('.entries li:not(.dir, .up)')]
    .filter(row => row.checkVisibility()).map(row => row.querySelector('a').textContent.trim())";

/// The text of the page.
const TEXT: &str = "return document.body?.innerText ?? ''";
/// The text of the upload queue.
const QUEUE: &str = "return document.querySelector('.queue')?.innerText ?? ''";

fn names(browser: &Browser) -> Vec<String> {
    let names = browser.script(FILES);
    names.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Waits until the text that a script returns fulfils a condition.
#[track_caller]
fn awaited(browser: &Browser, script: &str, is_it: impl Fn(&str) -> bool) -> String {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let now = browser.script(script);
        let now = now.as_str().map_or_else(|| now.to_string(), ToOwned::to_owned);
        if is_it(&now) {
            return now;
        }
        assert!(Instant::now() < deadline, "{now}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until the page lists these names among others.
#[track_caller]
fn await_listed(browser: &Browser, names: &[&str]) {
    let script = "return document.querySelector('.entries')?.innerText ?? ''";
    awaited(browser, script, |text| names.iter().all(|name| text.contains(name)));
}

/// Waits for an element.
#[track_caller]
fn await_element(browser: &Browser, selector: &str) {
    let selector = Value::from(selector);
    awaited(browser, &format!("return String(!!document.querySelector({selector}))"), |found| {
        found == "true"
    });
}

/// Presses the first button with this text in an element.
#[track_caller]
fn press(browser: &Browser, within: &str, text: &str) {
    let (within, text) = (Value::from(within), Value::from(text));
    let script = format!(
        "const buttons = [...document.querySelectorAll({within} + ' button, ' + {within} + ' summary')]
        const button = buttons.find(button => button.textContent.trim() === {text} && button.checkVisibility())
        button?.click()
        return !!button"
    );
    assert_eq!(browser.script(&script), json!(true), "no button {text} in {within}");
}

fn choose(browser: &Browser, source: &Tree, names: &[&str]) {
    let paths: Vec<String> = names.iter().map(|name| source.join(name).display().to_string()).collect();
    browser.types("input[multiple]", &paths.join("\n"));
}

#[track_caller]
fn assert_no_console_errors(browser: &Browser) {
    assert_eq!(browser.console_errors(), Vec::<String>::new());
}
