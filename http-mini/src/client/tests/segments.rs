//! Parts of one file over several concurrent connections.

#![expect(clippy::disallowed_methods, reason = "the test's own files")]

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Condvar, LazyLock, Mutex};
use std::thread;
use std::time::Duration;

use common::client::{Fault, FaultKind, LocalFolder, run};
use common::files::{Checksum, TreePath};
use sha2::{Digest as _, Sha256};

use super::super::download::{Destination, Download};
use super::{quiet, read_request, resource};

/// A little more than 4 MiB, without repetition.
static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (0..(4_u32 << 20) / 4 + 25).flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
});

/// The fault of a server that otherwise serves ranges.
#[derive(Clone, Copy, PartialEq)]
enum Fails {
    Never,
    /// The first four contents are truncated.
    Cuts,
    /// From the fourth content on it sends no bytes.
    Ends,
    /// From the third part on it has another version.
    Changes,
    /// It has no ranges, although it advertises them.
    Lies,
    /// It sends other bytes than requested.
    Shifts,
}

/// The number of requested contents.
#[derive(Default)]
struct Requests(Mutex<usize>, Condvar);

impl Requests {
    fn count(&self) -> usize {
        *self.0.lock().unwrap()
    }

    /// Counts a request, and returns how many preceded it.
    fn add(&self) -> usize {
        let mut count = self.0.lock().unwrap();
        *count += 1;
        self.1.notify_all();
        *count - 1
    }

    /// Waits until this many contents were requested.
    fn wait_for(&self, wanted: usize) {
        let count = self.0.lock().unwrap();
        let waited = self.1.wait_timeout_while(count, Duration::from_secs(20), |count| *count < wanted);
        assert!(!waited.unwrap().1.timed_out(), "fewer than {wanted} requests");
    }
}

/// A server of [`CONTENT`] with a thread for each connection. Returns its URL and its requests.
fn serve(fails: Fails) -> (String, Arc<Requests>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/f", listener.local_addr().unwrap());
    let requests = Arc::new(Requests::default());
    let asked = Arc::clone(&requests);
    thread::spawn(move || {
        for peer in listener.incoming() {
            let (mut peer, asked) = (peer.unwrap(), Arc::clone(&asked));
            thread::spawn(move || {
                while let Some(request) = read_request(&mut peer) {
                    let is_head = request.starts_with("HEAD");
                    let nth = if is_head { 0 } else { asked.add() };
                    // A third request shows that one of the first two contents was received, and so on.
                    if fails == Fails::Ends && !is_head {
                        asked.wait_for((nth + 2).min(4));
                    }
                    let (answer, is_last) = answer(&request, fails, is_head, nth);
                    if peer.write_all(&answer).is_err() || is_last {
                        return;
                    }
                }
            });
        }
    });
    (url, requests)
}

fn answer(request: &str, fails: Fails, is_head: bool, nth: usize) -> (Vec<u8>, bool) {
    let range = request.lines().find_map(|line| line.strip_prefix("Range: bytes="));
    let range = range.and_then(|range| range.split_once('-')).filter(|_| fails != Fails::Lies);
    let size = CONTENT.len();
    let tag = if fails == Fails::Changes && nth >= 2 { "b" } else { "a" };
    let (status, span) = match range {
        Some((first, last)) => {
            let first: usize = first.parse().unwrap();
            let first = if fails == Fails::Shifts { first + 1 } else { first };
            let end = last.parse().map_or(size, |last: usize| last + 1);
            (format!("206 Partial Content\r\nContent-Range: bytes {first}-{}/{size}", end - 1), first..end)
        }
        None => ("200 OK".to_owned(), 0..size),
    };
    let fields = format!("ETag: \"{tag}\"\r\nAccept-Ranges: bytes\r\nContent-Length: {}", span.len());
    let mut answer = format!("HTTP/1.1 {status}\r\n{fields}\r\n\r\n").into_bytes();
    let come = match fails {
        Fails::Cuts if nth < 4 => span.len() / 2,
        Fails::Ends if nth >= 3 => 0,
        _ => span.len(),
    };
    let is_cut = come < span.len() && !is_head;
    let span = span.start..span.start + come;
    if !is_head {
        answer.extend_from_slice(&CONTENT[span]);
    }
    (answer, is_cut)
}

fn download_to(url: &str, segments: usize, folder: &Path) -> Result<(), Fault> {
    let checksum = Some(Checksum::Sha256(Sha256::digest(&*CONTENT).into()));
    let download = Download { checksum, segments, ..Download::new(resource(url)) };
    run(async {
        let folder = LocalFolder::open(folder).unwrap();
        let path = TreePath::ROOT.child(b"f");
        download.run(Destination::File(&folder, &path, false), &quiet().transfer("u", "f")).await
    })
    .unwrap()
}

/// Two segments are downloaded at a time, so the fourth is requested when two are complete.
#[test]
fn bytes_before_the_first_gap_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (url, _) = serve(Fails::Ends);
    assert_eq!(download_to(&url, 2, folder.path()).map_err(|fault| fault.kind), Err(FaultKind::Network));
    let [part] = &fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect::<Vec<_>>()[..] else {
        panic!("not one part")
    };
    let kept = fs::read(part.path()).unwrap();
    assert!(kept.len() >= 2 << 20, "{} bytes", kept.len());
    assert!(CONTENT.starts_with(&kept));
    assert!(part.file_name().to_str().unwrap().ends_with(".part"));
}

#[test]
fn segments_become_one_file_of_one_version() {
    for (segments, fails, most, why) in [
        (4, Fails::Never, 4, "one each"),
        (32, Fails::Never, 4, "none of less than 1 MiB"),
        (1, Fails::Never, 1, "one"),
        (4, Fails::Cuts, 8, "each is resumed"),
        (4, Fails::Changes, 5, "parts of two versions"),
        (4, Fails::Lies, 5, "no parts, although the server advertises them"),
        (4, Fails::Shifts, 5, "other bytes than requested"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (url, asked) = serve(fails);
        download_to(&url, segments, folder.path()).unwrap_or_else(|fault| panic!("{why}: {fault}"));
        assert!(fs::read(folder.path().join("f")).unwrap() == *CONTENT, "{why}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{why}: nothing else is left");
        // The number of parts requested before one of them turns out to be of another version is a race.
        let asked = asked.count();
        assert!((segments.min(2)..=most).contains(&asked), "{asked}: {why}");
    }
}
