//! Servers that send false, malformed or no responses. No file is stored under its name unless it is
//! complete, no control characters reach a terminal, and time and memory are limited.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use crate::harness::scripted::http::{Request, close, response};
use crate::harness::scripted::{Connection, ScriptedServer, Tls};
use crate::harness::{Certificates, WorkDir, at_once};

pub(super) type Answer = fn(&mut Connection, &Request) -> io::Result<()>;

/// Sends these bytes and closes the connection.
pub(super) fn only(caller: &mut Connection, bytes: &[u8]) -> io::Result<()> {
    caller.send(bytes).and(Err(close()))
}

/// Sends a prefix, and then repeats a text endlessly.
pub(super) fn endless(caller: &mut Connection, beginning: &str, more: &str) -> io::Result<()> {
    caller.send(beginning)?;
    caller.send_forever(more)
}

pub(super) const OK: &str = "HTTP/1.1 200 OK\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// A server's response, and the exit code. No case stores a file.
const FALSE_REPLIES: [(&str, Answer, i32); 36] = [
    ("1xx without end", |to, _| endless(to, "", "HTTP/1.1 100 Continue\r\n\r\n"), 1),
    ("103 without end", |to, _| endless(to, "", "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"), 1),
    ("a head without end", |to, _| endless(to, OK, "X-Field: value\r\n"), 1),
    ("a field without end", |to, _| endless(to, "HTTP/1.1 200 OK\r\nX: ", "a"), 1),
    ("a status line without end", |to, _| endless(to, "HTTP/1.1 200 ", "a"), 1),
    ("no HTTP at all", |to, _| only(to, b"SSH-2.0-OpenSSH_9.2\r\n"), 1),
    ("bytes without end", |to, _| endless(to, "", "\u{1}\u{2}\u{3}"), 1),
    ("nothing", |to, _| only(to, b""), 5),
    ("a later version", |to, _| only(to, b"HTTP/3.0 200 OK\r\nContent-Length: 0\r\n\r\n"), 1),
    ("no status", |to, _| only(to, b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n"), 1),
    ("a status of four digits", |to, _| only(to, b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"), 1),
    ("another protocol", |to, _| only(to, b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"), 1),
    ("NUL in a field", |to, _| only(to, b"HTTP/1.1 200 OK\r\nA: \0\r\nContent-Length: 0\r\n\r\n"), 1),
    ("CR in a field", |to, _| only(to, b"HTTP/1.1 200 OK\r\nA: \rb\r\nContent-Length: 0\r\n\r\n"), 1),
    ("no colon", |to, _| only(to, b"HTTP/1.1 200 OK\r\nnothing\r\nContent-Length: 0\r\n\r\n"), 1),
    ("a short body", |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"), 6),
    ("a short body that is reset", |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), 6),
    (
        "a length and chunks",
        |to, _| {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
            only(to, format!("{head}5\r\nhello\r\n0\r\n\r\n").as_bytes())
        },
        1,
    ),
    (
        "two lengths",
        |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
        1,
    ),
    ("a list of lengths", |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello!"), 1),
    ("a length with a sign", |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello"), 1),
    ("a negative length", |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"), 1),
    (
        "a length that overflows",
        |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhello"),
        1,
    ),
    ("no last chunk", |to, _| only(to, format!("{CHUNKED}5\r\nhello\r\n").as_bytes()), 6),
    ("half of a last chunk", |to, _| only(to, format!("{CHUNKED}5\r\nhello\r\n0\r\n").as_bytes()), 6),
    ("a chunk that is cut", |to, _| only(to, format!("{CHUNKED}ff\r\nhello").as_bytes()), 6),
    ("a chunk without CRLF", |to, _| only(to, format!("{CHUNKED}5\r\nhello0\r\n\r\n").as_bytes()), 6),
    ("a huge chunk size", |to, _| only(to, format!("{CHUNKED}fffffffffffffffff\r\n").as_bytes()), 6),
    ("a chunk size without end", |to, _| endless(to, CHUNKED, "0"), 6),
    ("a chunk extension without end", |to, _| endless(to, &format!("{CHUNKED}5;"), "a"), 6),
    ("trailers without end", |to, _| endless(to, &format!("{CHUNKED}0\r\n"), "X-A: b\r\n"), 6),
    ("an unknown transfer coding", |to, _| only(to, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\n"), 1),
    (
        "an unrequested range",
        |to, _| {
            let head =
                "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/100\r\nContent-Length: 5\r\n\r\n";
            only(to, format!("{head}hello").as_bytes())
        },
        1,
    ),
    ("a redirect to nowhere", |to, _| only(to, &response("302 Found", "", "")), 1),
    ("no content", |to, _| only(to, b"HTTP/1.1 304 Not Modified\r\n\r\n"), 1),
    (
        "escape sequences",
        |to, _| only(to, &response("404 \x1b]0;owned\x07\x1b[2J", "X: \u{202e}\x1b[31m\r\n", "\x1b[31m")),
        1,
    ),
];

#[test]
fn false_replies_do_not_create_files() {
    for rows in FALSE_REPLIES.chunks(10) {
        at_once(rows, |(name, answer, code)| {
            let (server, workdir) = (ScriptedServer::http(*answer), WorkDir::new());
            let started = Instant::now();
            let got = workdir.http(&["get", &server.url("http", "f"), "--retries", "1", "-v"]);
            assert_eq!(got.code, Some(*code), "{name}: {}", got.err);
            got.fails(*code, &["/f"]);
            assert_eq!(workdir.names(), workdir.parts(), "{name}");
            assert!(started.elapsed() < Duration::from_secs(25), "{name}: {:?}", started.elapsed());
            assert!(server.received().len() <= 2, "{name}: {} requests", server.received().len());
        });
    }
}

#[test]
fn a_silent_server_times_out() {
    let rows: [(&str, Answer); 4] = [
        ("from the start", |to, _| to.wait_for_end()),
        ("in the head", |to, _| to.send("HTTP/1.1 200 OK\r\nX: ").and_then(|()| to.wait_for_end())),
        ("in the content", |to, _| {
            to.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello").and_then(|()| to.wait_for_end())
        }),
        ("nearly", |to, _| {
            to.send("HTTP/1.1 200 OK\r\nX: ")?;
            to.drip(&[b'a'; 1_000], Duration::from_millis(50))
        }),
    ];
    at_once(&rows, |(name, answer)| {
        let (server, workdir) = (ScriptedServer::http(*answer), WorkDir::new());
        let started = Instant::now();
        workdir.http(&["get", &server.url("http", "f"), "--max-time", "1"]).fails(5, &[]);
        assert!(started.elapsed() < Duration::from_secs(25), "{name}: {:?}", started.elapsed());
        assert_eq!(workdir.names(), workdir.parts(), "{name}");
    });
}

/// Unusual, but allowed by the RFCs or used by existing servers.
#[test]
fn unusual_but_valid_replies_are_accepted() {
    let rows: [(&str, Answer); 10] = [
        ("an unexpected 100", |to, _| {
            only(to, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        }),
        ("early hints", |to, _| {
            only(to, b"HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        }),
        ("no reason", |to, _| only(to, b"HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello")),
        ("HTTP/1.0 up to the end", |to, _| only(to, b"HTTP/1.0 200 OK\r\n\r\nhello")),
        ("up to the end", |to, _| only(to, b"HTTP/1.1 200 OK\r\n\r\nhello")),
        ("the same length twice", |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")),
        ("bytes behind the content", |to, _| {
            only(to, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloMORE")
        }),
        ("chunks with extensions and trailers", |to, _| {
            only(to, format!("{CHUNKED}2;a=b\r\nhe\r\n003 ; c\r\nllo\r\n0\r\nX: y\r\n\r\n").as_bytes())
        }),
        ("a byte at a time", |to, _| {
            to.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Duration::ZERO)
        }),
        ("tabs and blanks", |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length:\t 5 \r\n\r\nhello")),
    ];
    at_once(&rows, |(name, answer)| {
        let (server, workdir) = (ScriptedServer::http(*answer), WorkDir::new());
        let got = workdir.http(&["get", &server.url("http", "f"), "--retries", "0"]);
        assert_eq!(got.code, Some(0), "{name}: {}", got.err);
        assert_eq!(fs::read(workdir.join("f")).unwrap(), b"hello", "{name}");
    });
}

/// Many zeros as gzip (RFC 1952) in one block of fixed codes (RFC 1951 section 3.2.6): a zero, and copies of
/// 258 bytes, each in 13 bits. The checksum is wrong.
fn gzip(copies: usize) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let (mut held, mut count) = (0_u64, 0);
    let mut put = |value: u64, bits: u32| {
        held |= value << count;
        count += bits;
        while count >= 8 {
            bytes.push((held & 0xff) as u8);
            held >>= 8;
            count -= 8;
        }
    };
    // The last block, fixed codes, and the literal 0 (00110000; codes start at their highest bit).
    put(0b011, 3);
    put(0b0000_1100, 8);
    // Length 258 is the code 285 (11000101), distance 1 the code 0.
    (0..copies).for_each(|_| put(0b1010_0011, 13));
    // The end, and space for the checksum.
    put(0, 7 + 7 + 64);
    bytes
}

/// 300 MB compressed to 2 MB: decoded in pieces, within the memory limit of every client run. The library's
/// tests cover the size limit.
#[test]
fn a_compression_bomb_uses_bounded_memory() {
    let bomb = gzip(1_200_000);
    let server = ScriptedServer::http(move |caller, _| {
        caller.send(response("200 OK", "Content-Encoding: gzip\r\n", &bomb))
    });
    let workdir = WorkDir::new();
    let url = server.url("http", "f");
    for arguments in [&["get", &url, "-o", "/dev/null", "--retries", "0"][..], &["request", "GET", &url]] {
        let got = workdir.http(arguments);
        // The checksum at the end is wrong.
        got.fails(6, &["content coding"]);
        assert!(got.memory > 0, "it was looked at");
    }
}

/// RFC 9112 section 9.8: without close_notify, content that ends with the connection is truncated.
#[test]
fn a_missing_close_notify_means_truncated_content() {
    let certificates = Certificates::new();
    let tls = Tls::new(&certificates);
    let trust = certificates.path("scripted.pem");
    for (said, is_whole, has_goodbye, why) in [
        ("HTTP/1.1 200 OK\r\n\r\nhello", true, true, "up to the end"),
        ("HTTP/1.1 200 OK\r\n\r\nhello", false, false, "up to a cut"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true, false, "the length is known"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            true,
            false,
            "chunks",
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", false, true, "the length is known"),
    ] {
        let server = ScriptedServer::https(&tls, move |caller, _| {
            caller.send(said)?;
            if has_goodbye {
                caller.say_goodbye()?;
            }
            Err(close())
        });
        let workdir = WorkDir::new();
        let url = server.url("https", "f");
        let got = workdir.http(&["get", &url, "--cacert", trust.to_str().unwrap(), "--retries", "0"]);
        match is_whole {
            true => got.success(),
            false => {
                got.fails(6, &["/f"]);
                got.out
            }
        };
        assert_eq!(workdir.join("f").exists(), is_whole, "{why}");
    }
}

/// A server may refuse an upload and close before it has received all content.
#[test]
fn an_early_refusal_of_an_upload_is_reported() {
    let server = ScriptedServer::raw(|caller| {
        caller.until(b"\r\n\r\n")?;
        caller.send(response("413 Content Too Large", "", "too much\n"))?;
        Err(close())
    });
    let workdir = WorkDir::new();
    workdir.file("f", vec![0; 3_000_000]);
    workdir.http(&["put", "f", &server.url("http", "f"), "--retries", "0"]).fails(1, &["413"]);
}
