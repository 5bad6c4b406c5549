//! Our page beside those of other servers, for `docs/page.md`: a row of figures and two pictures for each.
//!
//! ```sh
//! PAGES='ours=http://localhost:8080/ dufs=http://localhost:5000/' \
//!     cargo test -p tests --features judge --test e2e browser::comparison -- --nocapture
//! ```

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;

use super::appearance::{findings, on_each_device, pictures};
use crate::harness::Tree;
use crate::harness::webdriver::Browser;

#[test]
fn pages_of_servers_are_compared() {
    let pages = std::env::var("PAGES").expect("PAGES: pairs of a name and a URL");
    println!("| server | bytes | requests | ms | axe-core: phone, desktop | phone needs | rows |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for page in pages.split_whitespace() {
        let (name, url) = page.split_once('=').unwrap();
        let downloads = Tree::new();
        let browser = Browser::start(downloads.path());
        let start = Instant::now();
        browser.open(url);
        let loaded = start.elapsed().as_millis();
        let resources = browser.script(
            "const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
            return [all.reduce((sum, entry) => sum + entry.decodedBodySize, 0), all.length]",
        );
        let (found, needed) = (std::cell::RefCell::new(Vec::new()), std::cell::Cell::new(0));
        let row = std::cell::RefCell::new(json!(null));
        on_each_device(&browser, |device, _| {
            browser.open(url);
            // Pages that a script builds.
            std::thread::sleep(Duration::from_secs(2));
            if device.ends_with("light") {
                found.borrow_mut().push(findings(&browser).as_array().unwrap().len());
            }
            if device == "phone-light" {
                let width = "return document.documentElement.scrollWidth";
                needed.set(browser.script(width).as_u64().unwrap());
                let height =
                    "const link = [...document.querySelectorAll('a')].find(link => /\\.iso/.test(link.href))
                    return Math.round((link?.closest('li, tr') ?? link)?.offsetHeight ?? 0)";
                *row.borrow_mut() = browser.script(height);
            }
            fs::write(pictures().join(format!("compared-{name}-{device}.png")), browser.screenshot())
                .unwrap();
        });
        println!(
            "| {name} | {} | {} | {loaded} | {:?} | {} | {} |",
            resources[0],
            resources[1],
            found.borrow(),
            needed.get(),
            row.borrow()
        );
    }
}
