//! Faulty networks: each transfer completes, or fails with a reason and a part file that can be resumed.

use std::fs;
use std::time::Duration;

use super::SIZE;
use crate::harness::fault::{End, Fault, Proxy, Way, always};
use crate::harness::peers::http::nginx;
use crate::harness::{WorkDir, at_once, tree};

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
        (Fault::Cut(DOWN, 300_000, End::Fin), &["--retries", "1"], 0, "each attempt makes progress"),
        (Fault::Cut(DOWN, 300_000, End::Reset), &["--retries", "1"], 0, "each attempt makes progress"),
        (Fault::Cut(DOWN, 0, End::Reset), &["--retries", "1"], 5, "no attempt makes progress"),
        (Fault::Cut(DOWN, 30, End::Fin), &["--retries", "1"], 5, "nor with half a head"),
        (Fault::Cut(Way::Up, 0, End::Fin), &["--retries", "0"], 5, "closed at once"),
        (Fault::Stall(DOWN, 300_000), &["--max-time", "1.5"], 5, "silence in the middle"),
        (Fault::Stall(DOWN, 0), &["--max-time", "1.5"], 5, "silence from the start"),
    ];
    at_once(&rows, |(fault, options, code, why)| {
        let proxy = Proxy::tcp(peer.address(), always(*fault));
        let (workdir, url) = (WorkDir::new(), format!("http://{}/f", proxy.address()));
        let got = workdir.http(&[&["get", &url], *options].concat());
        assert_eq!(got.code, Some(*code), "{fault:?}: {why}: {}", got.err);
        if *code == 0 {
            assert!(fs::read(workdir.join("f")).unwrap() == content, "{fault:?}: {why}");
            assert_eq!(workdir.names(), ["f"], "{fault:?}: {why}");
        } else {
            got.fails(*code, &[]);
            assert!(!workdir.join("f").exists(), "{fault:?}: {why}");
            assert_eq!(workdir.names(), workdir.parts(), "{fault:?}: {why}");
        }
    });
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
        let (workdir, url) = (WorkDir::new(), format!("http://{}/f", proxy.address()));
        workdir.file("f", &content);
        let put = workdir.http(&[&["put", "f", &url], *options].concat());
        assert_eq!(put.code, Some(*code), "{fault:?}: {why}: {}", put.err);
        match code {
            0 => assert!(fs::read(peer.root.join("f")).unwrap() == content, "{fault:?}: {why}"),
            _ => put.fails(*code, &[]),
        }
    });
}
