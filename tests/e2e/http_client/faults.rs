//! Networks that fail: every transfer ends whole, or fails with a reason and a part to go on from.

use std::fs;
use std::time::{Duration, Instant};

use super::SIZE;
use crate::harness::fault::{End, Fault, Proxy, Way, always};
use crate::harness::peers::http::nginx;
use crate::harness::ports;
use crate::harness::{Desk, Server, Tree, at_once, tree};

const DOWN: Way = Way::Down;

#[test]
fn downloads_complete_or_can_be_resumed() {
    let content = tree::pattern(SIZE);
    let peer = nginx("");
    peer.root.old_file("f", &content);
    let rows: [(Fault, &[&str], i32, &str); 10] = [
        (Fault::None, &[], 0, "nothing is wrong"),
        (Fault::Delay(Duration::from_millis(50)), &[], 0, "slow answers are answers"),
        (Fault::Rate(2 << 20), &[], 0, "a slow network"),
        (Fault::Cut(DOWN, 300_000, End::Fin), &["--retries", "1"], 0, "each try comes further"),
        (Fault::Cut(DOWN, 300_000, End::Reset), &["--retries", "1"], 0, "each try comes further"),
        (Fault::Cut(DOWN, 0, End::Reset), &["--retries", "1"], 5, "no try comes further"),
        (Fault::Cut(DOWN, 30, End::Fin), &["--retries", "1"], 5, "nor with half a head"),
        (Fault::Cut(Way::Up, 0, End::Fin), &["--retries", "0"], 5, "closed at once"),
        (Fault::Stall(DOWN, 300_000), &["--max-time", "1.5"], 5, "silence in the middle"),
        (Fault::Stall(DOWN, 0), &["--max-time", "1.5"], 5, "silence from the beginning"),
    ];
    at_once(&rows, |(fault, options, code, why)| {
        let proxy = Proxy::tcp(peer.address(), always(*fault));
        let (desk, url) = (Desk::new(), format!("http://{}/f", proxy.address()));
        let got = desk.http(&[&["get", &url], *options].concat());
        assert_eq!(got.code, Some(*code), "{fault:?}: {why}: {}", got.err);
        if *code == 0 {
            assert!(fs::read(desk.join("f")).unwrap() == content, "{fault:?}: {why}");
            assert_eq!(desk.names(), ["f"], "{fault:?}: {why}");
        } else {
            got.fails(*code, &[]);
            assert!(!desk.join("f").exists(), "{fault:?}: {why}");
            assert_eq!(desk.names(), desk.parts(), "{fault:?}: {why}");
        }
    });
}

#[test]
fn a_refused_connection_is_reported_at_once() {
    let desk = Desk::new();
    let begun = Instant::now();
    let url = format!("http://{}/f", ports::free_address());
    desk.http(&["get", &url]).fails(5, &[&url, "check the port"]);
    desk.http(&["get", "http://name.invalid/f", "--retries", "0"]).fails(5, &["name.invalid"]);
    // RFC 5737: an address that nobody has. Some networks answer that they cannot reach it.
    desk.http(&["get", "http://192.0.2.1/f", "--retries", "0", "--connect-timeout", "0.5"])
        .fails(5, &["192.0.2.1"]);
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert!(desk.names().is_empty());
}

/// What will be the same the next time is not tried again.
#[test]
fn a_port_without_tls_is_reported_without_retries() {
    let (tree, desk) = (Tree::new(), Desk::new());
    let (http, ftp) = (Server::http(&tree, &["--quiet"]), Server::ftp(&tree, &["--quiet"]));
    let begun = Instant::now();
    desk.http(&["get", &format!("https://{}/f", http.address("http"))]).fails(5, &["does not speak TLS"]);
    desk.ftp(&["get", &format!("ftps://{}/f", ftp.address("ftp"))]).fails(5, &["does not speak TLS"]);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn uploads_complete_or_report_a_failure() {
    let content = tree::pattern(SIZE);
    let rows: [(Fault, &[&str], i32, &str); 5] = [
        (Fault::Delay(Duration::from_millis(20)), &[], 0, "a slow network"),
        (Fault::Rate(4 << 20), &[], 0, "a slow network"),
        (Fault::Cut(Way::Up, 100, End::Reset), &["--retries", "1"], 5, "in the head"),
        (Fault::Cut(DOWN, 0, End::Reset), &["--retries", "1"], 5, "before the answer"),
        (Fault::Stall(Way::Up, 100_000), &["--max-time", "1.5"], 5, "silence in the middle"),
    ];
    at_once(&rows, |(fault, options, code, why)| {
        let peer = nginx("");
        let proxy = Proxy::tcp(peer.address(), always(*fault));
        let (desk, url) = (Desk::new(), format!("http://{}/f", proxy.address()));
        desk.file("f", &content);
        let put = desk.http(&[&["put", "f", &url], *options].concat());
        assert_eq!(put.code, Some(*code), "{fault:?}: {why}: {}", put.err);
        match code {
            0 => assert!(fs::read(peer.root.join("f")).unwrap() == content, "{fault:?}: {why}"),
            _ => put.fails(*code, &[]),
        }
    });
}

#[test]
fn the_rate_is_limited() {
    let content = tree::pattern(400_000);
    let peer = nginx("");
    peer.root.old_file("f", &content);
    let (desk, url) = (Desk::new(), format!("{}f", peer.http()));
    for arguments in [&["get", &url, "-o", "g"][..], &["put", "g", &url]] {
        let begun = Instant::now();
        desk.http(&[arguments, &["--limit-rate", "200k"]].concat()).success();
        let took = begun.elapsed();
        assert!((Duration::from_millis(1_200)..Duration::from_secs(4)).contains(&took), "{took:?}");
        assert!(fs::read(desk.join("g")).unwrap() == content);
    }
}
