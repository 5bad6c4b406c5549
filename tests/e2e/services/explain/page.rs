//! The page of `mini explain` in a browser: offline, and with the editor of `--listen`.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{SMUGGLING, capture, explain, explained};
use crate::harness::peers::fetched;
use crate::harness::webdriver::{Browser, pictures};
use crate::harness::{Server, TIMEOUT, Tree, Wire};

/// Window sizes, and whether each is a phone's.
const DEVICES: [(&str, u64, u64); 2] = [("phone", 390, 844), ("desktop", 1_200, 800)];

/// The page fits and has no findings of axe-core, on each device, light and dark; screenshots are kept for
/// inspection.
fn inspect(browser: &Browser, name: &str) {
    let axe = fetched("node/node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(axe).unwrap();
    for (device, width, height) in DEVICES {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": device == "phone"});
        browser.devtools("Emulation.setDeviceMetricsOverride", &size);
        for scheme in ["light", "dark"] {
            let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            browser.devtools("Emulation.setEmulatedMedia", &features);
            let needed = browser.script("return document.documentElement.scrollWidth").as_u64().unwrap();
            assert!(needed <= width, "{name} on a {device}: {needed} of {width} pixels");
            let findings = "return axe.run().then(result => result.violations.map(
                found => `${found.id}: ${found.nodes.map(node => node.html)}`))";
            let found = browser.script(&format!("{axe}; window.axe = axe; {findings}"));
            assert_eq!(found, json!([]), "{name} on a {device}, {scheme}");
            let picture = pictures().join(format!("explain-{name}-{device}-{scheme}.png"));
            fs::write(picture, browser.screenshot()).unwrap();
        }
    }
}

#[test]
fn the_offline_page_links_bytes_and_parts() {
    let (files, downloads) = (Tree::new(), Tree::new());
    let browser = Browser::start(downloads.path());
    for language in ["en", "id"] {
        let page = explained(SMUGGLING, &["--output", "html", "--lang", language]).success();
        let file = files.file("page.html", page);
        open(&browser, &file);
        let alerts = "return document.querySelectorAll('#bytes script, #parts script').length";
        assert_eq!(browser.script(alerts), json!(0), "a value is only text");
        let tree = "return document.querySelectorAll('[role=treeitem]').length";
        assert!(browser.script(tree).as_u64().unwrap() > 20);

        // By pointer: hovering over bytes highlights their part, and the reverse.
        let hover = "const piece = document.querySelectorAll('#bytes pre > span')[2];
            piece.dispatchEvent(new PointerEvent('pointerenter', {pointerType: 'mouse'}));
            return document.querySelector('.row.on .name').innerText";
        assert_eq!(browser.script(hover), json!("absolute-path"));
        // By keyboard.
        let focus = "document.querySelector('[role=treeitem]').focus()";
        browser.script(focus);
        for (key, expected) in [
            ("ArrowDown", "request-line"),
            ("ArrowRight", "method"),
            ("ArrowLeft", "request-line"),
            ("End", "CRLF"),
            ("Home", "request head"),
        ] {
            browser.devtools("Input.dispatchKeyEvent", &json!({"type": "keyDown", "key": key}));
            browser.devtools("Input.dispatchKeyEvent", &json!({"type": "keyUp", "key": key}));
            let name = browser.script("return document.activeElement.querySelector('.name').innerText");
            assert_eq!(name, json!(expected), "{key}");
            assert_eq!(
                browser.script("return document.querySelector('#detail h2').innerText"),
                json!(expected)
            );
        }
        // A click on a violation selects its part.
        browser.script("document.querySelector('#faults button').click()");
        let marked = "return [document.activeElement.querySelector('.name').className.includes('breaks'),
            document.querySelector('#detail').innerText.includes('bare-lf')]";
        assert_eq!(browser.script(marked), json!([true, true]));
        let loaded = "return performance.getEntriesByType('resource').length";
        assert_eq!(browser.script(loaded), json!(0), "nothing is loaded");
        inspect(&browser, language);
    }
}

#[test]
fn the_page_of_a_capture_shows_connections_and_packets() {
    let (files, downloads) = (Tree::new(), Tree::new());
    let browser = Browser::start(downloads.path());
    let file = capture(&[(true, 16, 0, SMUGGLING), (false, 16, 0, b"HTTP/1.1 400 Bad Request\r\n\r\n")]);
    let page = files.file("page.html", explained(&file, &["--output", "html"]).success());
    open(&browser, &page);
    let names =
        "return [...document.querySelectorAll('[role=tree] > li > .row .name')].map(name => name.innerText)";
    let names = browser.script(names);
    assert_eq!(
        names,
        json!([
            "> request head",
            "> last-chunk",
            "> end of the content",
            "> request head",
            "< response head",
            "packets"
        ])
    );
    inspect(&browser, "capture");
}

fn open(browser: &Browser, file: &Path) {
    browser.open(&format!("file://{}", file.display()));
}

fn listen() -> Server {
    let mut command = explain(&["--listen", "0"]);
    command.env_remove("LC_ALL");
    Server::start(command)
}

#[test]
fn the_editor_explains_its_content() {
    let server = listen();
    assert!(server.address("http").ip().is_loopback());
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.open(server.url("http"));
    awaited(&browser, "return document.querySelector('#parts').innerText", "request-target");
    let example = |name: &str| {
        let script = format!(
            "const select = document.querySelector('#editor select'); select.value = '{name}';
             select.dispatchEvent(new Event('change'))"
        );
        browser.script(&script);
    };
    for (name, shown) in [
        ("upload_form", "part head"),
        ("smuggling CL.TE", "length-and-coding"),
        ("smuggling TE.CL", "length-and-coding"),
        ("smuggling LF", "bare-lf"),
        ("passive_dialogue", "server"),
        ("list_lines", "line"),
        ("plain_request", "request-target"),
    ] {
        example(name);
        awaited(&browser, "return document.querySelector('main').innerText", shown);
    }
    let every = "const select = document.querySelectorAll('#editor select')[3]; select.value = 'every';
        select.dispatchEvent(new Event('change'))";
    browser.script(every);
    awaited(&browser, "return document.querySelector('#reads').innerText", "waits for more, from byte 0");
    example("smuggling LF");
    awaited(&browser, "return document.querySelector('#reads').innerText", "rejects at byte 42: bare-lf");
    inspect(&browser, "editor");
    browser.script("document.querySelector('textarea').value = 'hello'; document.querySelector('textarea').dispatchEvent(new Event('input'))");
    awaited(&browser, "return document.querySelector('#summary').innerText", "neither HTTP nor FTP");
    browser.open(&format!("{}?lang=id", server.url("http")));
    awaited(&browser, "return document.body.innerText", "Bagian");
    server.stop();
}

/// Waits until a script returns text that contains this.
#[track_caller]
fn awaited(browser: &Browser, script: &str, text: &str) {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let now = browser.script(script).as_str().unwrap_or_default().to_owned();
        if now.contains(text) {
            return;
        }
        assert!(Instant::now() < deadline, "{text} is not in {now}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_editor_answers_only_its_own_page() {
    let server = listen();
    let address = server.address("http");
    let own = format!("127.0.0.1:{}", address.port());
    let large = "x".repeat((1 << 20) + 1);
    for (fields, content, expected, why) in [
        (format!("Host: {own}\r\n"), "NOOP\r\n", 200, "no browser"),
        (format!("Host: {own}\r\nOrigin: http://{own}\r\n"), "NOOP\r\n", 200, "its own page"),
        (format!("Host: {own}\r\nOrigin: http://evil.example\r\n"), "NOOP\r\n", 403, "another site"),
        (format!("Host: {own}\r\nOrigin: http://127.0.0.1:1\r\n"), "NOOP\r\n", 403, "another port"),
        (format!("Host: {own}\r\nSec-Fetch-Site: cross-site\r\n"), "NOOP\r\n", 403, "another site"),
        ("Host: evil.example\r\n".into(), "NOOP\r\n", 421, "DNS rebinding"),
        (format!("Host: {own}\r\n"), "hello", 422, "not to be explained"),
        (format!("Host: {own}\r\n"), &large, 413, "more than 1 MiB"),
    ] {
        let mut wire = Wire::connect(address);
        let length = content.len();
        wire.send(format!("POST /explain HTTP/1.1\r\n{fields}Content-Length: {length}\r\n\r\n{content}"));
        assert_eq!(wire.response("POST").status, expected, "{why}");
    }
    let mut wire = Wire::connect(address);
    wire.send(format!("GET / HTTP/1.1\r\nHost: {own}\r\n\r\n"));
    let page = wire.response("GET");
    let policy = page.field("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
}
