//! Faulty networks: each transfer completes, or fails with a reason and a part file that can be resumed.

use std::fs;
use std::time::Duration;

use super::{FtpPeer, SIZE};
use crate::harness::fault::{End, Fault, Proxy, Way, always, first};
use crate::harness::ports;
use crate::harness::{Certificates, Server, Tree, WorkDir, at_once, tree};

const DOWN: Way = Way::Down;

#[test]
fn downloads_complete_or_can_be_resumed() {
    let content = tree::pattern(SIZE);
    let peer = FtpPeer::ours(None);
    peer.file("f", &content);
    let none = Fault::None;
    let rows: [(Fault, Fault, &[&str], i32, &str); 12] = [
        (none, Fault::Delay(Duration::from_millis(30)), &[], 0, "slow data"),
        (Fault::Delay(Duration::from_millis(30)), none, &[], 0, "slow replies"),
        (none, Fault::Rate(2 << 20), &[], 0, "a slow network"),
        (none, Fault::Cut(DOWN, 400_000, End::Fin), &["--retries", "1"], 0, "each attempt makes progress"),
        (none, Fault::Cut(DOWN, 400_000, End::Reset), &["--retries", "1"], 0, "each attempt makes progress"),
        (none, Fault::Cut(DOWN, 0, End::Reset), &["--retries", "1"], 5, "no attempt makes progress"),
        (none, Fault::Stall(DOWN, 300_000), &["--max-time", "1.5"], 5, "silence in the middle"),
        (none, Fault::Stall(DOWN, 0), &["--max-time", "1.5"], 5, "no data"),
        (Fault::Cut(DOWN, 0, End::Fin), none, &["--retries", "1"], 5, "no greeting"),
        (Fault::Cut(DOWN, 30, End::Reset), none, &["--retries", "1"], 5, "half a dialogue"),
        (Fault::Stall(DOWN, 0), none, &["--max-time", "1.5"], 5, "no greeting, and no end"),
        (Fault::Stall(DOWN, 60), none, &["--max-time", "1.5"], 5, "silence in the dialogue"),
    ];
    at_once(&rows, |(control, data, options, code, why)| {
        let proxy = Proxy::ftp(peer.address, always(*control), always(*data));
        let (workdir, url) = (WorkDir::new(), format!("{}f", peer.url_at(proxy.address())));
        let got = workdir.ftp(&[&["get", &url], *options].concat());
        assert_eq!(got.code, Some(*code), "{control:?} {data:?}: {why}: {}", got.err);
        if *code == 0 {
            assert!(fs::read(workdir.join("f")).unwrap() == content, "{control:?} {data:?}: {why}");
            assert_eq!(workdir.names(), ["f"], "{control:?} {data:?}: {why}");
        } else {
            got.fails(*code, &[]);
            assert_eq!(workdir.names(), workdir.parts(), "{control:?} {data:?}: {why}");
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
        (none, Fault::Cut(Way::Up, 0, End::Reset), &["--retries", "1"], 5, "no attempt makes progress"),
        (none, Fault::Stall(Way::Up, 100_000), &["--max-time", "1.5"], 5, "silence in the middle"),
        (Fault::Cut(DOWN, 60, End::Fin), none, &["--retries", "1"], 5, "half a dialogue"),
    ];
    at_once(&rows, |(control, data, options, code, why)| {
        let peer = FtpPeer::ours(None);
        let proxy = Proxy::ftp(peer.address, always(*control), always(*data));
        let (workdir, url) = (WorkDir::new(), format!("{}f", peer.url_at(proxy.address())));
        workdir.file("f", &content);
        let put = workdir.ftp(&[&["put", "f", &url], *options].concat());
        assert_eq!(put.code, Some(*code), "{control:?} {data:?}: {why}: {}", put.err);
        match code {
            0 => assert!(fs::read(peer.root.join("f")).unwrap() == content, "{control:?} {data:?}: {why}"),
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
        let workdir = WorkDir::new();
        let proxy = Proxy::ftps(server.address("ftp"), ports.clone(), cut(DOWN));
        let url = |name: &str| format!("ftp://{}/{name}", proxy.address());
        let trusted = ["--tls", "--cacert", trust.to_str().unwrap()];
        let got = workdir.ftp(&[&["get", &url("f")][..], &trusted].concat());
        assert_eq!(got.code, Some(0), "{how:?}: {}", got.err);
        assert!(fs::read(workdir.join("f")).unwrap() == content, "{how:?}");
        assert!(proxy.data_connections() >= 3, "{how:?}");
        drop(proxy);
        let proxy = Proxy::ftps(server.address("ftp"), ports.clone(), cut(Way::Up));
        let put =
            workdir.ftp(&[&["put", "f", &format!("ftp://{}/g", proxy.address())][..], &trusted].concat());
        assert_eq!(put.code, Some(0), "{how:?}: {}", put.err);
        assert!(fs::read(served.join("g")).unwrap() == content, "{how:?}");
        fs::remove_file(served.join("g")).unwrap();
    }
}
