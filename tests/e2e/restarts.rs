//! Restarts of a server whose sockets stay open, as those of a service manager do: no client loses a connection.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use crate::harness::activation::activated;
use crate::harness::program::{run, tool};
use crate::harness::{
    Server, Tree, Wire, at_once, at_once_on_each_engine, for_each_engine, tree, wait_until,
};

/// Starts a server on these sockets.
fn start(program: &str, sockets: &[(&str, &dyn AsFd)], served: &Tree, engine: &str) -> Server {
    let (mut command, _copies) = activated(program, sockets);
    command.arg("serve").arg(served.path()).args(["--writable", "--quiet", "--engine", engine]);
    Server::start(command)
}

/// The sockets and their queues remain when the process ends.
#[test]
fn a_restart_loses_no_connection() {
    let served = Tree::of(&[("a", "hello\n")]);
    for_each_engine(|engine| {
        let http = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = http.local_addr().unwrap();
        let start = || start("http-mini", &[("http", &http)], &served, engine);
        let (ends, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
        let _last = std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !ends.load(Ordering::Relaxed) {
                        assert_eq!(fetch(at), b"hello\n");
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            for _ in 0..3 {
                let server = start();
                let before = answered.load(Ordering::Relaxed);
                wait_until(|| answered.load(Ordering::Relaxed) > before + 100);
                server.stop();
            }
            let last = start();
            ends.store(true, Ordering::Relaxed);
            last
        });
    });
}

/// The content of a response on a connection of its own. A lost connection fails the case.
fn fetch(at: SocketAddr) -> Vec<u8> {
    let mut wire = Wire::over(TcpStream::connect(at).unwrap());
    wire.exchange("GET", "/a", "Connection: close\r\n").body
}

/// The same under load: wrk keeps connections or makes new ones.
#[test]
fn a_restart_under_load_fails_no_request() {
    let served = Tree::of(&[("a", "hello\n")]);
    for_each_engine(|engine| {
        let (http, ftp) =
            (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
        let start = || start("mini", &[("http", &http), ("ftp", &ftp)], &served, engine);
        let url = format!("http://{}/a", http.local_addr().unwrap());
        // Threads of a pool that keep a connection serve no other.
        let connections = if engine.starts_with("pool") { "2" } else { "16" };
        let wrk = |fields: &[&str]| {
            let load =
                ["--threads", "1", "--connections", connections, "--duration", "2s", "--timeout", "30s"];
            run(tool("wrk").args(load).args(fields).arg(&url)).text()
        };
        let (reports, _last) = std::thread::scope(|scope| {
            let loads =
                [&[][..], &["--header", "Connection: close"]].map(|fields| scope.spawn(|| wrk(fields)));
            while !loads.iter().all(ScopedJoinHandle::is_finished) {
                let server = start();
                // Long enough for some requests.
                std::thread::sleep(Duration::from_millis(300));
                server.stop();
            }
            (loads.map(|load| load.join().unwrap()), start())
        });
        for report in reports {
            // It reports failures only if there are any.
            assert!(report.contains("Requests/sec") && !report.contains("rrors"), "{engine}: {report}");
        }
    });
}

/// Files of a mirrored tree, and restarts while it is copied.
const FILES: usize = 300;
const RESTARTS: usize = 3;

/// A running transfer is finished; an idle session gets a 421, not a reset, and lftp logs in again.
#[test]
fn lftp_mirrors_a_tree_over_restarts() {
    let original = Tree::new();
    for number in 0..FILES {
        original.file(number.to_string(), tree::pattern(number * 7 % 3_000));
    }
    at_once_on_each_engine(|engine| {
        let (fetched, stored) = (Tree::new(), Tree::new());
        let rows = [
            ("mirror --parallel=4 / .", &original, &fetched, &fetched),
            ("mirror -R --parallel=4 . /", &stored, &original, &stored),
        ];
        at_once(&rows, |(command, served, local, copy)| {
            let ftp = TcpListener::bind("127.0.0.1:0").unwrap();
            let start = || start("ftp-mini", &[("ftp", &ftp)], served, engine);
            let log = std::thread::scope(|scope| {
                // It connects before the first server accepts.
                let lftp = scope.spawn(|| lftp(&ftp, local, command));
                for restart in 1..=RESTARTS {
                    let server = start();
                    let copied = restart * FILES / (RESTARTS + 1);
                    wait_until(|| fs::read_dir(copy.path()).unwrap().count() >= copied);
                    server.stop();
                }
                let _last = start();
                lftp.join().unwrap()
            });
            let is_lost =
                ["reset by peer", "Broken pipe", "refused", "Peer closed"].map(|text| log.contains(text));
            assert_eq!(is_lost, [false; 4], "{engine}: {command}: {log}");
            assert!(log.matches("<--- 421 ").count() >= RESTARTS, "{engine}: {command}: {log}");
            tree::assert_same(original.path(), copy.path());
        });
    });
}

/// Runs lftp to its end, which must be a success, and returns its log.
fn lftp(server: &TcpListener, directory: &Tree, command: &str) -> String {
    let (home, mut lftp) = (Tree::new(), tool("lftp"));
    let settings = "debug 9; set net:timeout 60; set net:max-retries 10; set net:reconnect-interval-base 1";
    let url = format!("ftp://{}/", server.local_addr().unwrap());
    lftp.args(["-c", &format!("{settings}; open {url}; {command}")]).current_dir(directory.path());
    let ended = run(lftp.env("HOME", home.path()).env("LFTP_HOME", home.path()));
    assert_eq!(ended.code, Some(0), "{command}: {}", ended.err);
    ended.err
}
