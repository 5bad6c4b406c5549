//! The live page in Chromium: its delay, its controls, and the origins it accepts.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::{announced, curl, scripted, tap};
use crate::harness::peers::{fetched, ftp, http};
use crate::harness::webdriver::{Browser, pictures};
use crate::harness::{Server, Tree, Wire, wait_until};

#[test]
fn the_page_accepts_only_requests_of_its_own_origin() {
    let tap = tap("127.0.0.1:1", &["--page", "0", "--quiet"]);
    let page = &announced(&tap)[1];
    let port: u16 = page.strip_prefix("localhost:").unwrap().parse().unwrap();
    let at = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    assert!(TcpStream::connect(("127.0.0.2", port)).is_err(), "a bare port is on 127.0.0.1");
    for (head, status, why) in [
        (format!("GET / HTTP/1.1\r\nHost: {page}"), 200, "the page"),
        (format!("GET /style.css HTTP/1.1\r\nHost: localhost:{port}"), 200, "its style, by name"),
        (format!("GET /script.js HTTP/1.1\r\nHost: {page}"), 200, "its script"),
        (format!("GET / HTTP/1.1\r\nHost: evil.example:{port}"), 421, "DNS rebinding"),
        (format!("GET /events HTTP/1.1\r\nHost: evil.example:{port}"), 421, "DNS rebinding"),
        (format!("GET /events HTTP/1.1\r\nHost: {page}\r\nOrigin: http://evil.example"), 403, "another site"),
        (format!("GET /events HTTP/1.1\r\nHost: {page}\r\nSec-Fetch-Site: cross-site"), 403, "another site"),
        (format!("GET /../etc/passwd HTTP/1.1\r\nHost: {page}"), 404, "no file"),
        (format!("POST / HTTP/1.1\r\nHost: {page}\r\nContent-Length: 0"), 405, "it is only read"),
    ] {
        let mut wire = Wire::connect(at);
        wire.send(format!("{head}\r\nConnection: close\r\n\r\n"));
        let response = wire.response("GET");
        assert_eq!(response.status, status, "{why}: {head}");
        let policy = response.field("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{why}: {policy}");
    }
}

/// A tap with a page, and the browser that shows it.
fn page(to: impl std::fmt::Display, options: &[&str]) -> (Server, Browser, Tree) {
    let tap = tap(to, &[&["--page", "0", "--quiet"], options].concat());
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.open(&format!("http://{}/", announced(&tap)[1]));
    wait_until(|| {
        browser.script("return document.querySelector('#state').textContent") == json!("connected")
    });
    (tap, browser, downloads)
}

#[test]
fn the_page_shows_units_within_100_ms() {
    let at = scripted(|mut stream| {
        stream.write_all(b"220 hello\r\n").unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let (tap, browser, _downloads) = page(at, &[]);
    let mut client = TcpStream::connect(tap.address("tcp")).unwrap();
    client.read_exact(&mut [0; 11]).unwrap();
    browser.script(
        "window.times = {};
         new MutationObserver(() => {
           for (const code of document.querySelectorAll('.unit code')) times[code.textContent] ??= Date.now();
         }).observe(document.querySelector('#lines'), { childList: true });",
    );
    let mut late = Vec::new();
    for number in 0..20 {
        let sent = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        client.write_all(format!("NOOP {number}\r\n").as_bytes()).unwrap();
        let seen = format!("return window.times['NOOP {number}\\\\r\\\\n'] ?? 0");
        let mut at = 0;
        wait_until(|| {
            at = browser.script(&seen).as_u64().unwrap();
            at > 0
        });
        late.push(u128::from(at).saturating_sub(sent.as_millis()));
    }
    late.sort_unstable();
    println!("shown after {late:?} ms");
    // The machine may delay one or two of them.
    assert!(late[17] <= 100, "{late:?} ms");
}

#[test]
fn the_page_works_by_pointer_and_keyboard() {
    let peer = ftp::vsftpd_with(None, "");
    peer.root.file("a.txt", "hello\n");
    let (tap, browser, _downloads) = page(peer.address(), &[]);
    let url = format!("ftp://{}/a.txt", tap.address("tcp"));
    assert_eq!(curl(&["--disable-epsv", &url]), b"hello\n");
    let text = |selector: &str| {
        let script =
            format!("return [...document.querySelectorAll('{selector}')].map(e => e.innerText).join('\\n')");
        browser.script(&script).as_str().unwrap().to_owned()
    };
    wait_until(|| text(".note").contains("1 · closed"));
    assert!(text(".client .unit").contains("PASV") && text(".server .unit").contains("227 "));
    assert!(text(".note").contains("rewritten by the tap"));
    let left = "return document.querySelector('.client .unit').getBoundingClientRect().right <= \
                document.querySelector('.server .unit').getBoundingClientRect().left";
    assert_eq!(browser.script(left), json!(true), "client left, server right");
    let is_at_end = "const l = document.querySelector('#lines'); \
                     return l.scrollHeight - l.scrollTop - l.clientHeight < 100";
    assert_eq!(browser.script(is_at_end), json!(true), "the newest is visible");
    // A click shows the parts.
    browser.script("document.querySelector('.server .unit').click()");
    assert!(text("#parts").contains("code") && text("#parts").contains("220"), "{}", text("#parts"));
    let press = |key: &str| {
        let script = format!(
            "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true}}))"
        );
        browser.script(&script);
    };
    press("Escape");
    assert_eq!(text("#parts"), "");
    press("ArrowDown");
    assert_eq!(browser.script("return document.activeElement.className"), json!("unit"));
    // While paused, lines wait.
    press("p");
    let shown = text(".unit");
    curl(&[&url]);
    wait_until(|| !text("#state").contains(", 0 lines") && text("#state").starts_with("paused"));
    assert_eq!(text(".unit"), shown);
    press("p");
    wait_until(|| text(".note").contains("2 · closed"));
    browser.script(
        "const f = document.querySelector('#filter'); f.value = '2'; f.dispatchEvent(new Event('change'))",
    );
    assert!(
        text("li:not([hidden])").contains("· 2 · closed")
            && !text("li:not([hidden])").contains("· 1 · closed")
    );
    press("c");
    assert_eq!(browser.script("return document.querySelector('#lines').childElementCount"), json!(0));
}

#[test]
fn the_page_fits_and_is_accessible() {
    let peer = http::nginx("");
    peer.root.file("a.txt", "hello\n");
    let axe = fs::read_to_string(fetched("node/node_modules/axe-core/axe.min.js")).unwrap();
    let (tap, browser, _downloads) = page(peer.address(), &[]);
    let mut wire = Wire::connect(tap.address("tcp"));
    wire.send("GET /a.txt HTTP/1.1\nHost: a\r\nConnection: close\r\n\r\n");
    let lines = "return document.querySelectorAll('.unit').length";
    wait_until(|| browser.script(lines).as_u64() >= Some(2));
    browser.script(&format!("{axe}; window.axe = axe;"));
    for (device, width, height) in [("phone", 390, 844), ("projector", 1_280, 720)] {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": device == "phone"});
        browser.devtools("Emulation.setDeviceMetricsOverride", &size);
        for scheme in ["light", "dark"] {
            let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            browser.devtools("Emulation.setEmulatedMedia", &features);
            for is_open in [false, true] {
                browser.script(if is_open { "document.querySelector('.unit').click()" } else { "" });
                let needed = browser.script("return document.documentElement.scrollWidth").as_u64().unwrap();
                assert!(needed <= width, "on a {device}: {needed} of {width} pixels");
                let found = browser.script(
                    "return axe.run().then(r => r.violations.map(v => `${v.id}: ${v.nodes.map(n => n.html)}`))",
                );
                assert_eq!(found, json!([]), "{device}, {scheme}, parts {is_open}");
                let name = if is_open { "parts" } else { "lines" };
                fs::write(pictures().join(format!("tap-{name}-{device}-{scheme}.png")), browser.screenshot())
                    .unwrap();
            }
            browser.script("document.querySelector('#close').click()");
        }
    }
    let resources = "return performance.getEntriesByType('resource').map(r => new URL(r.name).host)\
                     .filter(host => host !== location.host)";
    assert_eq!(browser.script(resources), json!([]), "nothing from elsewhere");
}
