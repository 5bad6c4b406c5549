//! Networks that fail: every transfer ends whole, or fails with a reason and a part to go on from.

use std::fs;
use std::time::{Duration, Instant};

use super::{FtpPeer, SIZE};
use crate::harness::fault::{End, Fault, Proxy, Way, always, first};
use crate::harness::ports;
use crate::harness::{Certificates, Desk, Server, Tree, at_once, tree};

const DOWN: Way = Way::Down;

#[test]
fn downloads_complete_or_can_be_resumed() {
    let content = tree::pattern(SIZE);
    let party = FtpPeer::ours(None);
    party.file("f", &content);
    let none = Fault::None;
    let rows: [(Fault, Fault, &[&str], i32, &str); 12] = [
        (none, Fault::Delay(Duration::from_millis(30)), &[], 0, "slow data"),
        (Fault::Delay(Duration::from_millis(30)), none, &[], 0, "slow replies"),
        (none, Fault::Rate(2 << 20), &[], 0, "a slow network"),
        (none, Fault::Cut(DOWN, 400_000, End::Fin), &["--retries", "1"], 0, "each try comes further"),
        (none, Fault::Cut(DOWN, 400_000, End::Reset), &["--retries", "1"], 0, "each try comes further"),
        (none, Fault::Cut(DOWN, 0, End::Reset), &["--retries", "1"], 5, "no try comes further"),
        (none, Fault::Stall(DOWN, 300_000), &["--max-time", "1.5"], 5, "silence in the middle"),
        (none, Fault::Stall(DOWN, 0), &["--max-time", "1.5"], 5, "no data"),
        (Fault::Cut(DOWN, 0, End::Fin), none, &["--retries", "1"], 5, "no greeting"),
        (Fault::Cut(DOWN, 30, End::Reset), none, &["--retries", "1"], 5, "half a dialogue"),
        (Fault::Stall(DOWN, 0), none, &["--max-time", "1.5"], 5, "no greeting, and no end"),
        (Fault::Stall(DOWN, 60), none, &["--max-time", "1.5"], 5, "silence in the dialogue"),
    ];
    at_once(&rows, |(control, data, options, code, why)| {
        let proxy = Proxy::ftp(party.address, always(*control), always(*data));
        let (desk, url) = (Desk::new(), format!("{}f", party.url_at(proxy.address())));
        let got = desk.ftp(&[&["get", &url], *options].concat());
        assert_eq!(got.code, Some(*code), "{control:?} {data:?}: {why}: {}", got.err);
        if *code == 0 {
            assert!(fs::read(desk.join("f")).unwrap() == content, "{control:?} {data:?}: {why}");
            assert_eq!(desk.names(), ["f"], "{control:?} {data:?}: {why}");
        } else {
            got.fails(*code, &[]);
            assert_eq!(desk.names(), desk.parts(), "{control:?} {data:?}: {why}");
        }
    });
}

#[test]
fn uploads_complete_or_report_a_failure() {
    let content = tree::pattern(SIZE);
    let none = Fault::None;
    let rows: [(Fault, Fault, &[&str], i32, &str); 5] = [
        (none, Fault::Delay(Duration::from_millis(20)), &[], 0, "slow data"),
        (none, Fault::Rate(4 << 20), &[], 0, "a slow network"),
        (none, Fault::Cut(Way::Up, 0, End::Reset), &["--retries", "1"], 5, "no try comes further"),
        (none, Fault::Stall(Way::Up, 100_000), &["--max-time", "1.5"], 5, "silence in the middle"),
        (Fault::Cut(DOWN, 60, End::Fin), none, &["--retries", "1"], 5, "half a dialogue"),
    ];
    at_once(&rows, |(control, data, options, code, why)| {
        let party = FtpPeer::ours(None);
        let proxy = Proxy::ftp(party.address, always(*control), always(*data));
        let (desk, url) = (Desk::new(), format!("{}f", party.url_at(proxy.address())));
        desk.file("f", &content);
        let put = desk.ftp(&[&["put", "f", &url], *options].concat());
        assert_eq!(put.code, Some(*code), "{control:?} {data:?}: {why}: {}", put.err);
        match code {
            0 => assert!(fs::read(party.root.join("f")).unwrap() == content, "{control:?} {data:?}: {why}"),
            _ => put.fails(*code, &[]),
        }
    });
}

#[test]
fn interrupted_tls_transfers_resume() {
    let (content, certificates) = (tree::pattern(SIZE), Certificates::new());
    let [certificate, key] = certificates.options("server");
    let trust = certificates.path("server.pem");
    let ports = ports::free_ports(10);
    let passive = format!("--passive-ports={}-{}", ports.start(), ports.end());
    let served = Tree::new();
    served.file("f", &content);
    let options = ["--quiet", "--writable", "--require-tls=data", &certificate, &key, &passive];
    let server = Server::ftp(&served, &options);
    for how in [End::Fin, End::Reset] {
        let cut = |way| first(2, Fault::Cut(way, 300_000, how));
        let desk = Desk::new();
        let proxy = Proxy::ftps(server.address("ftp"), ports.clone(), cut(DOWN));
        let url = |name: &str| format!("ftp://{}/{name}", proxy.address());
        let trusted = ["--tls", "--cacert", trust.to_str().unwrap()];
        let got = desk.ftp(&[&["get", &url("f")][..], &trusted].concat());
        assert_eq!(got.code, Some(0), "{how:?}: {}", got.err);
        assert!(fs::read(desk.join("f")).unwrap() == content, "{how:?}");
        assert!(proxy.data_connections() >= 3, "{how:?}");
        drop(proxy);
        let proxy = Proxy::ftps(server.address("ftp"), ports.clone(), cut(Way::Up));
        let put = desk.ftp(&[&["put", "f", &format!("ftp://{}/g", proxy.address())][..], &trusted].concat());
        assert_eq!(put.code, Some(0), "{how:?}: {}", put.err);
        assert!(fs::read(served.join("g")).unwrap() == content, "{how:?}");
        fs::remove_file(served.join("g")).unwrap();
    }
}

#[test]
fn a_refused_connection_is_reported_at_once() {
    let desk = Desk::new();
    let begun = Instant::now();
    let url = format!("ftp://{}/f", ports::free_address());
    desk.ftp(&["get", &url, "--retries", "0"]).fails(5, &[]);
    desk.ftp(&["ls", "ftp://name.invalid/", "--retries", "0"]).fails(5, &["name.invalid"]);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn the_rate_is_limited() {
    let party = FtpPeer::ours(None);
    party.file("f", tree::pattern(400_000));
    let (desk, url) = (Desk::new(), format!("{}f", party.url));
    for arguments in [&["get", &url][..], &["put", "f", &url]] {
        let begun = Instant::now();
        desk.ftp(&[arguments, &["--limit-rate", "200k"]].concat()).success();
        let took = begun.elapsed();
        assert!((Duration::from_millis(1_200)..Duration::from_secs(4)).contains(&took), "{took:?}");
    }
}
