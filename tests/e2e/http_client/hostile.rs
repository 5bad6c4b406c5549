//! Servers that lie, babble or keep silent. Nothing may be left under a file's name that is not that file,
//! nothing may reach a terminal but text, and time and memory have an end.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use crate::harness::scripted::http::{Request, close, response};
use crate::harness::scripted::{Caller, Scripted, Tls};
use crate::harness::{Certificates, Desk, at_once};

pub(super) type Answer = fn(&mut Caller, &Request) -> io::Result<()>;

/// Sends this and closes the connection.
pub(super) fn only(caller: &mut Caller, bytes: &[u8]) -> io::Result<()> {
    caller.send(bytes).and(Err(close()))
}

/// Sends a beginning, and then the same without end.
pub(super) fn endless(caller: &mut Caller, beginning: &str, more: &str) -> io::Result<()> {
    caller.send(beginning)?;
    caller.send_forever(more)
}

pub(super) const OK: &str = "HTTP/1.1 200 OK\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// What a server says, and the exit codes that may follow: nothing of it is a file.
const LIES: [(&str, Answer, &[i32]); 36] = [
    ("1xx without end", |to, _| endless(to, "", "HTTP/1.1 100 Continue\r\n\r\n"), &[1]),
    ("103 without end", |to, _| endless(to, "", "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"), &[1]),
    ("a head without end", |to, _| endless(to, OK, "X-Field: value\r\n"), &[1]),
    ("a field without end", |to, _| endless(to, "HTTP/1.1 200 OK\r\nX: ", "a"), &[1]),
    ("a status line without end", |to, _| endless(to, "HTTP/1.1 200 ", "a"), &[1]),
    ("no HTTP at all", |to, _| only(to, b"SSH-2.0-OpenSSH_9.2\r\n"), &[1, 5]),
    ("bytes without end", |to, _| endless(to, "", "\u{1}\u{2}\u{3}"), &[1]),
    ("nothing", |to, _| only(to, b""), &[5]),
    ("a later version", |to, _| only(to, b"HTTP/3.0 200 OK\r\nContent-Length: 0\r\n\r\n"), &[1]),
    ("no status", |to, _| only(to, b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n"), &[1]),
    ("a status of four digits", |to, _| only(to, b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"), &[1]),
    ("another protocol", |to, _| only(to, b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"), &[1]),
    ("NUL in a field", |to, _| only(to, b"HTTP/1.1 200 OK\r\nA: \0\r\nContent-Length: 0\r\n\r\n"), &[1]),
    ("CR in a field", |to, _| only(to, b"HTTP/1.1 200 OK\r\nA: \rb\r\nContent-Length: 0\r\n\r\n"), &[1]),
    ("no colon", |to, _| only(to, b"HTTP/1.1 200 OK\r\nnothing\r\nContent-Length: 0\r\n\r\n"), &[1]),
    ("a short body", |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"), &[5, 6]),
    (
        "a short body that is reset",
        |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
        &[5, 6],
    ),
    (
        "a length and chunks",
        |to, _| {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
            only(to, format!("{head}5\r\nhello\r\n0\r\n\r\n").as_bytes())
        },
        &[1, 6],
    ),
    (
        "two lengths",
        |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
        &[1, 6],
    ),
    (
        "a list of lengths",
        |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello!"),
        &[1, 6],
    ),
    (
        "a length with a sign",
        |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello"),
        &[1, 6],
    ),
    ("a negative length", |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"), &[1, 6]),
    (
        "a length that overflows",
        |to, _| only(to, b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhello"),
        &[1, 6],
    ),
    ("no last chunk", |to, _| only(to, format!("{CHUNKED}5\r\nhello\r\n").as_bytes()), &[5, 6]),
    ("half of a last chunk", |to, _| only(to, format!("{CHUNKED}5\r\nhello\r\n0\r\n").as_bytes()), &[5, 6]),
    ("a chunk that is cut", |to, _| only(to, format!("{CHUNKED}ff\r\nhello").as_bytes()), &[5, 6]),
    ("a chunk without CRLF", |to, _| only(to, format!("{CHUNKED}5\r\nhello0\r\n\r\n").as_bytes()), &[1, 6]),
    ("a huge chunk size", |to, _| only(to, format!("{CHUNKED}fffffffffffffffff\r\n").as_bytes()), &[1, 6]),
    ("a chunk size without end", |to, _| endless(to, CHUNKED, "0"), &[1, 6]),
    ("a chunk extension without end", |to, _| endless(to, &format!("{CHUNKED}5;"), "a"), &[1, 6]),
    ("trailers without end", |to, _| endless(to, &format!("{CHUNKED}0\r\n"), "X-A: b\r\n"), &[1, 6]),
    (
        "an unknown transfer coding",
        |to, _| only(to, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\n"),
        &[1, 6],
    ),
    (
        "a range that nobody asked for",
        |to, _| {
            let head =
                "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/100\r\nContent-Length: 5\r\n\r\n";
            only(to, format!("{head}hello").as_bytes())
        },
        &[1, 6],
    ),
    ("a redirect to nowhere", |to, _| only(to, &response("302 Found", "", "")), &[1]),
    ("no content", |to, _| only(to, b"HTTP/1.1 304 Not Modified\r\n\r\n"), &[1]),
    (
        "escape sequences",
        |to, _| only(to, &response("404 \x1b]0;owned\x07\x1b[2J", "X: \u{202e}\x1b[31m\r\n", "\x1b[31m")),
        &[1, 3],
    ),
];

#[test]
fn false_replies_do_not_create_files() {
    for rows in LIES.chunks(10) {
        at_once(rows, |(name, answer, codes)| {
            let (server, desk) = (Scripted::http(*answer), Desk::new());
            let begun = Instant::now();
            let got = desk.http(&["get", &server.url("http", "f"), "--retries", "1", "-v"]);
            let code = got.code.unwrap();
            assert!(codes.contains(&code), "{name}: {code}: {}", got.err);
            got.fails(code, &["/f"]);
            assert_eq!(desk.names(), desk.parts(), "{name}");
            assert!(begun.elapsed() < Duration::from_secs(10), "{name}: {:?}", begun.elapsed());
            assert!(server.heard().len() <= 2, "{name}: {} requests", server.heard().len());
        });
    }
}

#[test]
fn a_silent_server_times_out() {
    let rows: [(&str, Answer); 4] = [
        ("from the beginning", |to, _| to.wait_for_end()),
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
        let (server, desk) = (Scripted::http(*answer), Desk::new());
        let begun = Instant::now();
        desk.http(&["get", &server.url("http", "f"), "--max-time", "1"]).fails(5, &[]);
        assert!(begun.elapsed() < Duration::from_secs(3), "{name}: {:?}", begun.elapsed());
        assert_eq!(desk.names(), desk.parts(), "{name}");
    });
}

/// Strange, but true to the RFCs, or to what servers do.
#[test]
fn unusual_but_valid_replies_are_accepted() {
    let rows: [(&str, Answer); 10] = [
        ("a 100 that nobody waited for", |to, _| {
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
        let (server, desk) = (Scripted::http(*answer), Desk::new());
        let got = desk.http(&["get", &server.url("http", "f"), "--retries", "0"]);
        assert_eq!(got.code, Some(0), "{name}: {}", got.err);
        assert_eq!(fs::read(desk.join("f")).unwrap(), b"hello", "{name}");
    });
}

/// Many zeros as gzip (RFC 1952) in one block of fixed codes (RFC 1951 section 3.2.6): a zero, and copies of
/// 258 bytes, each in 13 bits. Its check values are wrong.
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
    // The last block, fixed codes, and the literal 0 (00110000; codes are sent from their highest bit).
    put(0b011, 3);
    put(0b0000_1100, 8);
    // Length 258 is the code 285 (11000101), distance 1 the code 0.
    (0..copies).for_each(|_| put(0b1010_0011, 13));
    // The end, and room for the check values.
    put(0, 7 + 7 + 64);
    bytes
}

/// 2 MB that become 300 on their way to somewhere else: decoded piece by piece, within what every run of a
/// client is held to. That there is a limit is the library's to show.
#[test]
fn a_compression_bomb_uses_bounded_memory() {
    let bomb = gzip(1_200_000);
    let server =
        Scripted::http(move |caller, _| caller.send(response("200 OK", "Content-Encoding: gzip\r\n", &bomb)));
    let desk = Desk::new();
    let url = server.url("http", "f");
    for arguments in [&["get", &url, "-o", "/dev/null", "--retries", "0"][..], &["request", "GET", &url]] {
        let got = desk.http(arguments);
        // Its check values, which come last, are wrong.
        got.fails(6, &["content coding"]);
        assert!(got.memory > 0, "it was looked at");
    }
}

/// RFC 9112 section 9.8: without close_notify, content that only the end of the connection ends is cut.
#[test]
fn a_missing_close_notify_means_truncated_content() {
    let certificates = Certificates::new();
    let tls = Tls::new(&certificates);
    let trust = certificates.path("scripted.pem");
    for (said, is_whole, has_goodbye, why) in [
        ("HTTP/1.1 200 OK\r\n\r\nhello", true, true, "up to the end"),
        ("HTTP/1.1 200 OK\r\n\r\nhello", false, false, "up to a cut"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true, false, "the length tells"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            true,
            false,
            "chunks",
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", false, true, "the length tells"),
    ] {
        let server = Scripted::https(&tls, move |caller, _| {
            caller.send(said)?;
            if has_goodbye {
                caller.say_goodbye()?;
            }
            Err(close())
        });
        let desk = Desk::new();
        let url = server.url("https", "f");
        let got = desk.http(&["get", &url, "--cacert", trust.to_str().unwrap(), "--retries", "0"]);
        match is_whole {
            true => got.success(),
            false => {
                let code = got.code.unwrap();
                assert!(matches!(code, 5 | 6), "{why}");
                got.fails(code, &["/f"]);
                got.out
            }
        };
        assert_eq!(desk.join("f").exists(), is_whole, "{why}");
    }
}

/// A server that has decided before all has come may say so and close.
#[test]
fn an_early_refusal_of_an_upload_is_reported() {
    let server = Scripted::raw(|caller| {
        caller.until(b"\r\n\r\n")?;
        caller.send(response("413 Content Too Large", "", "too much\n"))?;
        Err(close())
    });
    let desk = Desk::new();
    desk.file("f", vec![0; 3_000_000]);
    desk.http(&["put", "f", &server.url("http", "f"), "--retries", "0"]).fails(1, &["413"]);
}
