//! Our page beside those of other servers on the same tree, for `docs/page.md`: a row of figures and four pictures for
//! each, `target/screenshots/compared-*.png`. `tests/judge` installs the servers.
//!
//! ```sh
//! cargo test -p tests --features judge --test e2e browser::comparison -- --nocapture
//! ```

use std::cell::{Cell, RefCell};
use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;

use super::appearance::{findings, on_each_device, pictures};
use super::reading::write_clip;
use crate::harness::peers::built;
use crate::harness::webdriver::Browser;
use crate::harness::{Server, Tree};

/// Pictures, a video, a README, folders, and names that are long, misleading or in other scripts.
fn fill(tree: &Tree) {
    let readme = "# Family archive\n\nEverything we share; see [Photos](Photos/).\n\n- a list\n- of *two*\n";
    for (name, content) in [
        ("README.md", readme),
        ("Invoices 2026/March.pdf", "%PDF-1.7"),
        ("Music/01 Ouvertüre.flac", ""),
        ("notes & drafts #3 (50%).txt", "hello\n"),
        ("<b>bold & \"quoted\".html", "<p>hello"),
        ("  space at both ends  ", ""),
        ("مرحبا بالعالم.txt", ""),
        ("שלום עולם 2026.pdf", ""),
        ("日本語のファイル名.txt", ""),
        ("\u{1f389} party \u{1f469}\u{200d}\u{1f467}.txt", ""),
        ("evil\u{202e}gpj.exe", ""),
        ("archive.tar.gz", ""),
        ("empty", ""),
    ] {
        tree.file(name, content);
    }
    tree.file(format!("{}.bin", "x".repeat(200)), "");
    tree.file(format!("{}end.txt", "a name of many words ".repeat(9)), "");
    tree.directory("Empty folder");
    tree.sparse("disc.iso", 5 << 30);
    write_clip(&tree.join("film.mp4"));
    for hue in 0..6 {
        let picture = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 3'><rect width='4' height='3' fill='hsl({} 60% 60%)'/>\
             <circle cx='{hue}' cy='1' r='.7' fill='#fff'/></svg>",
            hue * 60
        );
        tree.file(format!("Photos/picture {hue}.svg"), picture);
    }
}

#[test]
fn pages_of_servers_are_compared() {
    println!("| server | bytes | requests | ms | axe-core: phone, desktop | phone needs | rows |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let tree = Tree::new();
    fill(&tree);
    let server = Server::http(&tree, &["--quiet", "--writable"]);
    compare("ours", server.url("http"));
    for (name, start) in built::PAGES {
        let peer = start();
        fill(&peer.root);
        compare(name, &format!("http://{}/", peer.address()));
    }
}

fn compare(name: &str, url: &str) {
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    let start = Instant::now();
    browser.open(url);
    let loaded = start.elapsed().as_millis();
    let resources = browser.script(
        "const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        return [all.reduce((sum, entry) => sum + entry.decodedBodySize, 0), all.length]",
    );
    let (found, needed, row) = (RefCell::new(Vec::new()), Cell::new(0), RefCell::new(json!(null)));
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
        fs::write(pictures().join(format!("compared-{name}-{device}.png")), browser.screenshot()).unwrap();
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
