//! Restarts of a server whose sockets stay open, as those of a service manager do: no client loses a connection.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::harness::activation::activated;
use crate::harness::program::{run, tool};
use crate::harness::{
    Server, Tree, Wire, at_once, at_once_on_each_engine, for_each_engine, tree, wait_until,
};

/// The sockets and their queues remain when the process ends.
#[test]
fn a_restart_loses_no_connection() {
    let served = Tree::of(&[("a", "hello\n")]);
    for_each_engine(|engine| {
        let http = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = http.local_addr().unwrap();
        let start = || {
            let (mut command, copies) = activated("http-mini", &[("http", &http)]);
            command.arg("serve").arg(served.path()).args(["--quiet", "--engine", engine]);
            (Server::start(command), copies)
        };
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
                let (server, _copies) = start();
                let before = answered.load(Ordering::Relaxed);
                crate::harness::wait_until(|| answered.load(Ordering::Relaxed) > before + 100);
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
        let start = || {
            let (mut command, copies) = activated("mini", &[("http", &http), ("ftp", &ftp)]);
            command.arg("serve").arg(served.path()).args(["--quiet", "--engine", engine]);
            (Server::start(command), copies)
        };
        let url = format!("http://{}/a", http.local_addr().unwrap());
        // Threads of a pool that keep a connection serve no other.
        let connections = if engine.starts_with("pool") { "2" } else { "16" };
        let ended = AtomicUsize::new(0);
        let _last = std::thread::scope(|scope| {
            for fields in [&[][..], &["--header", "Connection: close"]] {
                let (url, ended) = (&url, &ended);
                scope.spawn(move || {
                    let load = [
                        "--threads",
                        "1",
                        "--connections",
                        connections,
                        "--duration",
                        "5s",
                        "--timeout",
                        "30s",
                    ];
                    let report = run(tool("wrk").args(load).args(fields).arg(url)).text();
                    // It reports failures only if there are any.
                    assert!(
                        report.contains("Requests/sec") && !report.contains("rrors"),
                        "{engine}: {report}"
                    );
                    ended.fetch_add(1, Ordering::Relaxed);
                });
            }
            while ended.load(Ordering::Relaxed) < 2 {
                let (server, _copies) = start();
                // Long enough for some requests.
                std::thread::sleep(Duration::from_millis(800));
                server.stop();
            }
            start()
        });
    });
}
