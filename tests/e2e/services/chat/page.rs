//! The page of the chat in Chromium, beside participants over TCP.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::json;

use super::enter;
use crate::harness::peers::fetched;
use crate::harness::webdriver::{Browser, pictures};
use crate::harness::{Server, TIMEOUT, Tree, Wire, for_each_engine, wait_until};

fn chat(options: &[&str]) -> Server {
    super::start("chat", &[&["--page", "127.0.0.1:0"], options].concat())
}

fn text(browser: &Browser, selector: &str) -> String {
    let script =
        format!("return [...document.querySelectorAll('{selector}')].map(e => e.innerText).join('|')");
    browser.script(&script).as_str().unwrap().to_owned()
}

fn sees(browser: &Browser, what: &str) {
    wait_until(|| text(browser, "#lines li").contains(what));
}

/// Opens the page, and enters with a name.
fn join(browser: &Browser, server: &Server, name: &str) {
    browser.open(server.url("http"));
    browser.types("#name", name);
    browser.click("#enter button");
}

#[test]
fn a_phone_and_a_terminal_talk() {
    for_each_engine(|engine| {
        let server = chat(&["--engine", engine]);
        let downloads = Tree::new();
        let browser = Browser::start(downloads.path());
        let mut ada = enter(&server, "ada");
        join(&browser, &server, "siti");
        assert_eq!(ada.line(), "* siti joined");
        ada.send("halo <b>siti</b>\n");
        sees(&browser, "ada\nhalo <b>siti</b>");
        browser.types("#text", "halo ada");
        browser.click("#say button");
        assert_eq!(ada.line(), "<siti> halo ada");
        sees(&browser, "halo ada");
        browser.types("#text", "/who\u{e007}");
        sees(&browser, "in lobby: ada siti");
        ada.send("/msg siti psst\n");
        sees(&browser, "ada (to you)\npsst");
        browser.types("#text", "/quit\u{e007}");
        assert_eq!(ada.line(), "* siti left");
        wait_until(|| text(&browser, "#refused") == "you have left");
        browser.script("document.querySelector('#name').value = ''");
        browser.types("#name", "ADA\u{e007}");
        wait_until(|| text(&browser, "#refused") == "name in use");
    });
}

#[test]
fn a_lost_connection_is_taken_up_by_its_page_only() {
    let server = chat(&[]);
    let mut ada = enter(&server, "ada");
    let host = server.address("http");
    // The events, line by line.
    let events = |fields: &str| {
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        write!(stream, "GET /events?name=siti HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n").unwrap();
        let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
        lines.by_ref().take_while(|line| !line.is_empty()).for_each(drop);
        lines
    };
    let mut first = events("");
    let token = first.next().unwrap().strip_prefix("id: ").unwrap().to_owned();
    assert_eq!(ada.line(), "* siti joined");
    let stranger: Vec<_> = events("Last-Event-ID: 0123456789abcdef0123456789abcdef\r\n").collect();
    assert_eq!(stranger, ["event: refused", "data: name in use", "data: nama sudah dipakai", ""]);
    // The old connection still exists, as after the phone has changed its network.
    let mut second = events(&format!("Last-Event-ID: {token}\r\n"));
    assert!(second.next().unwrap().starts_with("id: "));
    assert_eq!([ada.line(), ada.line()], ["* siti left", "* siti joined"]);
    let mut wire = Wire::connect(host);
    for (query, content, status, why) in [
        (format!("as={token}"), "halo".to_owned(), 410, "the token of the old connection"),
        (String::new(), "halo".into(), 410, "no token"),
        (format!("as={token}"), "x".repeat(20_000), 413, "a line without end"),
    ] {
        let length = content.len();
        wire.send(format!(
            "POST /say?{query} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n{content}"
        ));
        assert_eq!(wire.response("POST").status, status, "{why}");
    }
    wire.send(format!(
        "POST /say HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\nContent-Length: 0\r\n\r\n"
    ));
    assert_eq!(wire.response("POST").status, 403, "another site");
}

#[test]
fn the_page_fits_and_is_accessible() {
    let axe = fs::read_to_string(fetched("node/node_modules/axe-core/axe.min.js")).unwrap();
    let server = chat(&[]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    let mut ada = enter(&server, "budi");
    for (device, width, height) in [("phone", 390, 844), ("desktop", 1_280, 720)] {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": device == "phone"});
        browser.devtools("Emulation.setDeviceMetricsOverride", &size);
        for (scheme, language) in [("light", "id"), ("dark", "en")] {
            let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            browser.devtools("Emulation.setEmulatedMedia", &features);
            browser.open(server.url("http"));
            if language == "id" {
                browser.click("#language");
                assert_eq!(text(&browser, "label"), "Namamu");
            }
            let check = |state: &str| {
                browser.script(&format!("{axe}; window.axe = axe;"));
                let needed = browser.script("return document.documentElement.scrollWidth").as_u64().unwrap();
                assert!(needed <= width, "on a {device}: {needed} of {width} pixels");
                let found = browser.script(
                    "return axe.run().then(r => r.violations.map(v => `${v.id}: ${v.nodes.map(n => n.html)}`))",
                );
                assert_eq!(found, json!([]), "{device}, {scheme}, {state}");
                let small = browser.script(
                    "return [...document.querySelectorAll('button, input')].map(e => e.getBoundingClientRect())\
                     .filter(r => r.width > 0 && (r.width < 44 || r.height < 44)).length",
                );
                assert_eq!(small, json!(0), "{device}, {state}: controls of 44 pixels");
                let name = format!("chat-{state}-{device}-{scheme}.png");
                fs::write(pictures().join(name), browser.screenshot()).unwrap();
            };
            check("enter");
            browser.types("#name", "siti\u{e007}");
            let you = if language == "id" { "Kamu: " } else { "You: " };
            wait_until(|| text(&browser, "#state") == format!("{you}siti"));
            ada.send("Halo semua, sudah siap untuk pelajaran hari ini?\n/msg siti Ini hanya untuk kamu.\n");
            sees(&browser, "Ini hanya");
            browser.types("#text", "Sudah! Kita mulai dengan soket.\u{e007}");
            sees(&browser, "Kita mulai");
            browser.types("#text", "/nick siti_nur\u{e007}");
            wait_until(|| text(&browser, "#state") == format!("{you}siti_nur"));
            browser.types("#text", "/who\u{e007}");
            sees(
                &browser,
                if language == "id" { "di lobby: budi siti_nur" } else { "in lobby: budi siti_nur" },
            );
            check("talk");
            browser.types("#text", "/quit\u{e007}");
            wait_until(|| browser.script("return document.querySelector('#talk').hidden") == true);
        }
    }
    let resources = "return performance.getEntriesByType('resource').map(r => new URL(r.name).host)\
                     .filter(host => host !== location.host)";
    assert_eq!(browser.script(resources), json!([]), "nothing from elsewhere");
}
