//! Uploads that are interrupted: by a proxy, by the end of the server, by a reload, by the user.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use rustix::process::Signal;
use serde_json::json;

use super::{QUEUE, assert_no_console_errors, awaited, choose, press};
use crate::harness::fault::{End, Fault, Proxy, Way, first};
use crate::harness::peers::http::nginx_with;
use crate::harness::ports::free_address;
use crate::harness::webdriver::Browser;
use crate::harness::{Server, Tree, binary, tree};

/// The size of the file: two and a half of the page's pieces.
const SIZE: usize = 40 << 20;

/// A server at an address that stays the same when it is started again.
fn server_at(address: SocketAddr, served: &Tree) -> Server {
    let mut command = Command::new(binary("http-mini"));
    command.arg("serve").arg(served.path()).args(["--listen", &address.to_string(), "--writable"]);
    Server::start(command)
}

/// Limits the browser's uploads, so that they can be interrupted.
fn slow_down(browser: &Browser) {
    browser.devtools("Network.enable", &json!({}));
    let limits =
        json!({"offline": false, "latency": 1, "downloadThroughput": -1, "uploadThroughput": 10 << 20});
    browser.devtools("Network.emulateNetworkConditions", &limits);
}

fn await_percent(browser: &Browser, least: u64) {
    awaited(browser, QUEUE, |text| {
        let sent = text.split(" %").next().and_then(|text| text.split_whitespace().last());
        sent.and_then(|sent| sent.parse::<u64>().ok()).is_some_and(|sent| sent >= least)
    });
}

fn await_stored(browser: &Browser, served: &Tree, content: &[u8]) {
    awaited(browser, QUEUE, |text| text.contains("1 file uploaded"));
    assert!(fs::read(served.join("film.bin")).unwrap() == content, "the file differs");
}

#[test]
fn an_upload_resumes_after_the_server_was_killed() {
    let (source, served, downloads) = (Tree::new(), Tree::new(), Tree::new());
    let content = tree::pattern(SIZE);
    source.file("film.bin", &content);
    let address = free_address();
    let mut server = server_at(address, &served);
    let browser = Browser::start(downloads.path());
    browser.open(server.url("http"));
    slow_down(&browser);
    choose(&browser, &source, &["film.bin"]);
    await_percent(&browser, 55);
    server.signal(Signal::KILL);
    server.ended_within(crate::harness::TIMEOUT);
    awaited(&browser, QUEUE, |text| text.contains("Connection lost; retrying"));
    let server = server_at(address, &served);
    await_stored(&browser, &served, &content);
    let offsets = server.log_lines("PATCH /film.bin", 1).len();
    assert!(offsets <= 2, "it does not start again: {offsets} pieces");
}

#[test]
fn an_upload_resumes_after_a_proxy_cut_the_connection() {
    let (source, served, downloads) = (Tree::new(), Tree::new(), Tree::new());
    let content = tree::pattern(SIZE);
    source.file("film.bin", &content);
    let server = Server::http(&served, &["--writable"]);
    let proxy = Proxy::tcp(server.address("http"), first(6, Fault::Cut(Way::Up, 9 << 20, End::Reset)));
    let browser = Browser::start(downloads.path());
    browser.open(&format!("http://{}/", proxy.address()));
    choose(&browser, &source, &["film.bin"]);
    await_stored(&browser, &served, &content);
    assert!(proxy.received_from_clients() < 3 * SIZE, "{} bytes for {SIZE}", proxy.received_from_clients());
}

/// The page cannot keep the file: it asks for it, and compares it.
#[test]
fn an_upload_resumes_after_a_reload() {
    let (source, served, downloads) = (Tree::of(&[("other.bin", "x")]), Tree::new(), Tree::new());
    let content = tree::pattern(SIZE);
    source.file("film.bin", &content);
    let server = Server::http(&served, &["--writable"]);
    let browser = Browser::start(downloads.path());
    browser.open(server.url("http"));
    slow_down(&browser);
    choose(&browser, &source, &["film.bin"]);
    await_percent(&browser, 55);
    let warning = "const event = new Event('beforeunload', { cancelable: true })
        dispatchEvent(event)
        return event.defaultPrevented";
    assert_eq!(browser.script(warning), json!(true), "the user is warned");
    browser.open(server.url("http"));
    awaited(&browser, QUEUE, |text| text.contains("Interrupted at"));
    browser.types(".queue input[type=file]", source.join("other.bin").to_str().unwrap());
    awaited(&browser, QUEUE, |text| text.contains("This is another file"));
    let before = server.log_lines("PATCH /film.bin", 1).len();
    browser.types(".queue input[type=file]", source.join("film.bin").to_str().unwrap());
    await_stored(&browser, &served, &content);
    let sent = server.log_lines("PATCH /film.bin", before + 1).len() - before;
    assert!(sent <= 2, "it does not start again: {sent} pieces");
}

#[test]
fn a_cancelled_upload_leaves_nothing_and_can_be_retried() {
    let content = tree::pattern(SIZE);
    for is_retried_at_once in [false, true] {
        let (source, served, downloads) = (Tree::new(), Tree::new(), Tree::new());
        source.file("film.bin", &content);
        let server = Server::http(&served, &["--writable"]);
        let browser = Browser::start(downloads.path());
        browser.open(server.url("http"));
        slow_down(&browser);
        choose(&browser, &source, &["film.bin"]);
        await_percent(&browser, 20);
        press(&browser, ".queue", "Cancel");
        awaited(&browser, QUEUE, |text| text.contains("Cancelled"));
        if !is_retried_at_once {
            server.log_lines("\"DELETE /film.bin HTTP/1.1\" 204", 1);
            assert_eq!(fs::read_dir(served.path()).unwrap().count(), 0);
        }
        press(&browser, ".queue", "Retry");
        await_stored(&browser, &served, &content);
    }
}

/// nginx answers 413 by default to more than 1 MiB.
#[test]
fn an_upload_is_sent_in_smaller_pieces_after_413() {
    let (source, served, downloads) = (Tree::new(), Tree::new(), Tree::new());
    let server = Server::http(&served, &["--writable"]);
    let address = server.address("http");
    let proxy = nginx_with(|_, port| {
        format!(
            "server {{ listen 127.0.0.1:{port};
               location / {{ proxy_pass http://{address}; proxy_set_header Host $http_host; }} }}"
        )
    });
    let browser = Browser::start(downloads.path());
    for (name, size) in [("in pieces", 6 << 20), ("whole at first", 3 << 20)] {
        let content = tree::pattern(size);
        source.file(name, &content);
        browser.open(&proxy.http());
        choose(&browser, &source, &[name]);
        awaited(&browser, QUEUE, |text| text.contains("1 file uploaded"));
        assert!(fs::read(served.join(name)).unwrap() == content, "{name}");
    }
    assert_eq!(fs::read_dir(served.path()).unwrap().count(), 2, "nothing else is left");
}

/// The new content is sent in pieces under another name, and renamed over the file in the end.
#[test]
fn a_large_file_is_replaced() {
    let (source, served, downloads) = (Tree::new(), Tree::of(&[("film.bin", "old")]), Tree::new());
    let content = tree::pattern(SIZE);
    source.file("film.bin", &content);
    let server = Server::http(&served, &["--quiet", "--writable"]);
    let browser = Browser::start(downloads.path());
    browser.open(server.url("http"));
    choose(&browser, &source, &["film.bin"]);
    awaited(&browser, QUEUE, |text| text.contains("This name exists"));
    press(&browser, ".queue", "Replace");
    await_stored(&browser, &served, &content);
    assert_eq!(fs::read_dir(served.path()).unwrap().count(), 1, "no other name is left");
    assert_no_console_errors(&browser);
}
