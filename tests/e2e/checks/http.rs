//! `mini check http`: every case against our server, and faults that a relay adds to it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use super::{check, ids};
use crate::harness::{Certificates, Server, Tree, at_once, for_each_engine};

fn served() -> Tree {
    let tree = Tree::new();
    tree.old_file("a.txt", "0123456789 hello world\n".repeat(100));
    tree.old_file("empty", "");
    tree.old_file("d/b", "below\n");
    tree
}

/// A busy machine is no failure.
const PATIENT: &[&str] = &["--timeout", "30"];

/// Cases that do not apply to a URL, beside those of `--writable` and, over TLS, half-close.
const FILE: &[&str] = &["ranges/all-of-empty", "ranges/suffix-of-empty"];

#[test]
fn our_server_passes_every_case() {
    let certificates = Certificates::new();
    let [certificate, key] = certificates.options("localhost");
    let trusted = certificates.path("localhost.pem");
    let trusted = trusted.to_str().unwrap();
    for_each_engine(|engine| {
        // A tree for each server: what is stored changes the listing.
        let trees = [(); 4].map(|()| served());
        let serve = |tree: &Tree, options: &[&str]| {
            Server::http(tree, &[&["--quiet", "--engine", engine], options].concat())
        };
        let (plain, tls) = (serve(&trees[0], &[]), serve(&trees[1], &[&certificate, &key]));
        let (writable, both) =
            (serve(&trees[2], &["--writable"]), serve(&trees[3], &["--writable", &certificate, &key]));
        at_once(
            &[
                ("plain", plain.url("http"), &[][..]),
                ("TLS", tls.url("https"), &["--cacert", trusted]),
                ("writable", writable.url("http"), &["--writable"]),
                ("writable, TLS", both.url("https"), &["--writable", "--cacert", trusted]),
            ],
            |(name, root, options)| {
                for file in ["a.txt", "empty", ""] {
                    let (code, report) =
                        check("http", &format!("{root}{file}"), &[options, PATIENT].concat());
                    let failed = ids(&report, "failed");
                    assert_eq!((code, &failed), (Some(0), &vec![]), "{name}, /{file}");
                    let inapplicable = ids(&report, "not applicable");
                    let is_explained = |id: &&&str| {
                        FILE.contains(id)
                            || (!name.starts_with("writable")
                                && ["writing/", "copying/"].iter().any(|group| id.starts_with(group)))
                            || (name.ends_with("TLS")
                                && ["persistence/", "writing/", "target/"]
                                    .iter()
                                    .any(|group| id.starts_with(group)))
                    };
                    let others: Vec<_> = inapplicable.iter().filter(|id| !is_explained(id)).collect();
                    assert!(file != "a.txt" || others.is_empty(), "{name}: {others:?}");
                }
            },
        );
        for tree in &trees {
            let left = std::fs::read_dir(tree.path()).unwrap().map(|entry| entry.unwrap().file_name());
            assert_eq!(left.count(), 3, "the cases removed their files");
        }
    });
}

/// Eight cases run at the same time; each waits until another one has closed its connections.
#[test]
fn a_pool_with_one_thread_passes_every_case() {
    let tree = served();
    let server = Server::http(&tree, &["--quiet", "--engine", "pool:1", "--writable"]);
    let url = format!("{}a.txt", server.url("http"));
    let (code, report) = check("http", &url, &[&["--writable"], PATIENT].concat());
    assert_eq!((code, ids(&report, "failed")), (Some(0), vec![]));
}

/// A rule that is broken, by bytes that a relay replaces or removes.
#[derive(Clone, Copy)]
struct Fault {
    name: &'static str,
    /// Bytes of requests, and what the server gets instead.
    requests: &'static [(&'static str, &'static str)],
    /// A field that responses lack.
    lacks: Option<&'static str>,
    expected: &'static [&'static str],
}

const NO_FAULT: Fault = Fault { name: "none", requests: &[], lacks: None, expected: &[] };

const FAULTS: &[Fault] = &[
    NO_FAULT,
    Fault {
        name: "white space before a colon is ignored",
        requests: &[(" : b", ": b"), ("\t: b", ": b"), ("Host :", "Host:")],
        expected: &[
            "fields/space-before-colon",
            "fields/tab-before-colon",
            "fields/space-before-colon-of-host",
        ],
        ..NO_FAULT
    },
    Fault {
        name: "the first of two lengths is taken",
        requests: &[
            ("Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5\r\n"),
            ("Content-Length: 0\r\nContent-Length: 50\r\n", "Content-Length: 0\r\n"),
        ],
        expected: &["framing/two-lengths", "framing/two-lengths-zero-first"],
        ..NO_FAULT
    },
    Fault {
        name: "a chunk size overflows",
        requests: &[("10000000000000005\r\n", "5\r\n")],
        expected: &["chunked/size-beyond-64-bits"],
        ..NO_FAULT
    },
    Fault {
        name: "a chunk size is read by an integer parser",
        requests: &[
            ("\r\n\r\n0x5\r\n", "\r\n\r\n5\r\n"),
            ("+5\r\nhello", "5\r\nhello"),
            ("0_5\r\n", "05\r\n"),
        ],
        expected: &["chunked/size-with-0x", "chunked/size-with-plus", "chunked/size-with-underscore"],
        ..NO_FAULT
    },
    Fault {
        name: "If-Range is ignored",
        requests: &[("If-Range:", "X-If-Range:")],
        expected: &[
            "ranges/if-range-other",
            "ranges/if-range-weak",
            "ranges/if-range-earlier-date",
            "ranges/if-range-later-date",
            "ranges/if-range-hides-416",
        ],
        ..NO_FAULT
    },
    Fault {
        name: "a suffix is read as the last position",
        requests: &[("bytes=-3", "bytes=0-3")],
        expected: &["ranges/suffix"],
        ..NO_FAULT
    },
    Fault {
        name: "entity tags are split at commas",
        requests: &[("\"a,b\", ", "\"a, ")],
        expected: &["conditional/none-match-comma-in-tag"],
        ..NO_FAULT
    },
    Fault {
        name: "If-Match is true for every tag",
        requests: &[("If-Match: \"a\"\r\n", "If-Match: *\r\n")],
        expected: &["conditional/match-other", "conditional/match-before-none-match", "ranges/after-match"],
        ..NO_FAULT
    },
    Fault {
        name: "there is no Date",
        lacks: Some("Date"),
        expected: &[
            "responses/date",
            "responses/date-of-head",
            "responses/date-of-404",
            "responses/date-of-400",
            "responses/date-of-304",
            "responses/date-of-416",
            "conditional/head-modified-since",
        ],
        ..NO_FAULT
    },
];

#[test]
fn each_fault_is_found_by_the_cases_about_it() {
    let tree = served();
    let server = Server::http(&tree, &["--quiet"]);
    let behind = server.address("http");
    at_once(FAULTS, |fault| {
        let relay = relay(behind, *fault);
        let (code, report) = check("http", &format!("http://{relay}/a.txt"), PATIENT);
        let (mut found, mut expected) = (ids(&report, "failed"), fault.expected.to_vec());
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{}", fault.name);
        assert_eq!(code, Some(i32::from(!expected.is_empty())), "{}", fault.name);
    });
}

/// Passes connections on, with a fault.
fn relay(to: SocketAddr, fault: Fault) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let client = Arc::new(client);
            let server = Arc::new(TcpStream::connect(to).unwrap());
            let (from, into) = (Arc::clone(&client), Arc::clone(&server));
            thread::spawn(move || pass(&from, &into, |bytes| replaced(bytes, fault.requests)));
            thread::spawn(move || pass(&server, &client, |bytes| without(bytes, fault.lacks)));
        }
    });
    at
}

fn pass(mut from: &TcpStream, mut into: &TcpStream, change: impl Fn(Vec<u8>) -> Vec<u8>) {
    let mut buffer = vec![0; 256 << 10];
    loop {
        match from.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(read) if into.write_all(&change(buffer[..read].to_vec())).is_err() => break,
            Ok(_) => {}
        }
    }
    let _ = into.shutdown(Shutdown::Write);
}

fn replaced(mut bytes: Vec<u8>, replacements: &[(&str, &str)]) -> Vec<u8> {
    for (one, other) in replacements {
        if let Some(at) = bytes.windows(one.len()).position(|window| window == one.as_bytes()) {
            bytes.splice(at..at + one.len(), other.bytes());
        }
    }
    bytes
}

/// Removes the lines of a field.
fn without(bytes: Vec<u8>, name: Option<&str>) -> Vec<u8> {
    let Some(name) = name else { return bytes };
    let start = format!("{name}:");
    let lines = bytes.split_inclusive(|&byte| byte == b'\n');
    lines.filter(|line| !line.starts_with(start.as_bytes())).collect::<Vec<_>>().concat()
}
