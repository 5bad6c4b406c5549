//! File systems that do not report whether a read blocks, as in containers: the same answers, and no session that waits
//! for the disk of another.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::ftp::Ftp;
use crate::harness::slow_files::SlowFiles;
use crate::harness::tree::{Mounted, pattern};
use crate::harness::{Server, TIMEOUT, Tree, for_each_engine, wait_until};

/// What a read of the slow disk takes.
const DELAY: Duration = Duration::from_secs(2);
/// What 99 of 100 requests of other sessions take at most meanwhile, on a busy machine.
const UNDISTURBED: Duration = Duration::from_millis(500);

#[test]
fn files_in_memory_and_in_a_container_are_served_as_on_a_disk() {
    let sizes = [0, 1, 4_096, 4_097, 8_192, 100_000, 1 << 20, (1 << 20) + 1, 5_000_000];
    let tree = Tree::new();
    let in_memory = Mounted::in_memory(tree.directory("in_memory"), 64 << 20);
    let container = Mounted::overlay(&tree.directory("lower"), &tree.directory("layers"));
    for_each_engine(|engine| {
        for mounted in [&in_memory, &container] {
            let server = Server::both(mounted.path(), &["--engine", engine, "--quiet"]);
            let (mut wire, mut ftp) = (server.connect(), Ftp::login(&server));
            ftp.expect("TYPE I", 200);
            for size in sizes {
                let content = pattern(size);
                let name = format!("{engine}-{size}");
                fs::write(mounted.path().join(&name), &content).unwrap();
                // Read from the disk, from memory after the second request, and in part.
                for time in 1..=4 {
                    assert!(wire.exchange("GET", &format!("/{name}"), "").body == content, "{name}, {time}");
                    assert!(ftp.fetch(format!("RETR {name}")) == content, "{name}, {time}");
                }
                if size > 4_097 {
                    let part = wire.exchange("GET", &format!("/{name}"), "Range: bytes=4000-4096\r\n");
                    assert!(part.status == 206 && part.body == content[4_000..=4_096], "{name}");
                }
            }
            // What another process replaces or changes is seen, also if it was kept.
            let path = mounted.path().join(format!("{engine}-100000"));
            fs::write(&path, "new").unwrap();
            wait_until(|| wire.exchange("GET", &format!("/{engine}-100000"), "").body == b"new");
            assert_eq!(ftp.fetch(format!("RETR {engine}-100000")), b"new", "never old after new");
        }
    });
}

/// An overlay whose lower layer is slow, and one thread for all sessions.
#[test]
fn a_read_that_blocks_delays_no_other_session() {
    let files = [("small", pattern(1_000)), ("medium", pattern(90_000)), ("large", pattern(2_000_000))];
    let Some(slow) = SlowFiles::mount(&files, DELAY) else { return };
    let tree = Tree::new();
    let container = Mounted::overlay(slow.path(), &tree.directory("layers"));
    fs::write(container.path().join("other"), pattern(20_000)).unwrap();
    let server = Server::both(container.path(), &["--engine", "event-loop", "--quiet"]);
    for (round, why) in ["never read before", "read before and evicted"].iter().enumerate() {
        slow.evict();
        let started = Instant::now();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let cold = scope.spawn(|| {
                thread::scope(|scope| {
                    files.iter().for_each(|(name, content)| {
                        scope.spawn(|| fetch_cold(&server, name, content));
                    });
                });
                done.store(true, Ordering::Relaxed);
            });
            let http = scope.spawn(|| {
                let mut wire = server.connect();
                latency(&done, || assert_eq!(wire.exchange("GET", "/other", "").body.len(), 20_000))
            });
            let ftp = scope.spawn(|| {
                let mut ftp = Ftp::login(&server);
                latency(&done, || assert_eq!(ftp.fetch("RETR other").len(), 20_000))
            });
            for (latency, protocol) in [(http, "HTTP"), (ftp, "FTP")] {
                let latency = latency.join().unwrap();
                assert!(latency < UNDISTURBED, "{protocol}, {why}: {latency:?}");
            }
            cold.join().unwrap();
        });
        assert!(round > 0 || started.elapsed() >= DELAY, "the disk was not slow");
    }
    drop((server, container, slow));
}

/// Requests a part of a cold file over HTTP, and all of it unless that takes too many reads.
fn fetch_cold(server: &Server, name: &str, content: &[u8]) {
    let (from, to) = (content.len() / 2, content.len() / 2 + 499);
    let part = server.get_with(&format!("/{name}"), &format!("Range: bytes={from}-{to}\r\n"));
    assert!(part.body == content[from..=to], "{name}");
    if content.len() < 100_000 {
        // The third is kept in memory.
        for _ in 0..3 {
            assert!(server.get(&format!("/{name}")).body == content, "{name}");
        }
    }
}

/// The time that 99 of 100 requests take at most until it is done.
fn latency(done: &AtomicBool, mut request: impl FnMut()) -> Duration {
    let mut times = Vec::new();
    let deadline = Instant::now() + 2 * TIMEOUT;
    while !done.load(Ordering::Relaxed) && Instant::now() < deadline {
        let started = Instant::now();
        request();
        times.push(started.elapsed());
        thread::sleep(Duration::from_millis(1));
    }
    times.sort_unstable();
    times[(times.len() * 99 / 100).min(times.len() - 1)]
}
