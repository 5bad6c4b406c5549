//! Servers that lie, babble or keep silent. Nothing may be left under a file's name that is not that file,
//! nothing may reach a terminal but text, and time and memory have an end.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use crate::harness::desk::has_controls;
use crate::harness::scripted::http::{Request, close, response};
use crate::harness::scripted::{Caller, Scripted, Tls};
use crate::harness::{Certificates, Desk, Person, Tree, at_once, binary, tree};

type Answer = fn(&mut Caller, &Request) -> io::Result<()>;

/// Sends this and closes the connection.
fn only(caller: &mut Caller, bytes: &[u8]) -> io::Result<()> {
    caller.send(bytes).and(Err(close()))
}

/// Sends a beginning, and then the same without end.
fn endless(caller: &mut Caller, beginning: &str, more: &str) -> io::Result<()> {
    caller.send(beginning)?;
    caller.send_forever(more)
}

const OK: &str = "HTTP/1.1 200 OK\r\n";
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
fn lies_are_no_files() {
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
fn silence_has_an_end() {
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
fn the_odd_but_honest_are_understood() {
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

/// 2 MB that would be 300.
#[test]
fn a_bomb_takes_no_memory() {
    let bomb = gzip(1_200_000);
    let server =
        Scripted::http(move |caller, _| caller.send(response("200 OK", "Content-Encoding: gzip\r\n", &bomb)));
    let desk = Desk::new();
    let got = desk.http(&["get", &server.url("http", "f"), "-o", "/dev/null", "--retries", "0"]);
    // As it came, or refused for its size or its check values.
    assert!(matches!(got.code, Some(0 | 1 | 6)), "{}", got.err);
    let request = desk.http(&["request", "GET", &server.url("http", "f")]);
    assert!(matches!(request.code, Some(0 | 1 | 6)), "{}", request.err);
}

const A: [u8; 100] = [b'a'; 100];
const B: [u8; 100] = [b'b'; 100];

/// Half of A, of a version, and the cut.
fn half_of_a(caller: &mut Caller) -> io::Result<()> {
    caller.send(HEAD_OF_A)?;
    only(caller, &A[..50])
}

const HEAD_OF_A: &str =
    "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nAccept-Ranges: bytes\r\nContent-Length: 100\r\n\r\n";

fn partial(fields: &str, content: &[u8]) -> Vec<u8> {
    response("206 Partial Content", fields, content)
}

#[test]
fn versions_are_not_spliced() {
    let rows: [(&str, Answer); 10] = [
        ("another version's range", |to, _| {
            to.send(partial("ETag: \"b\"\r\nContent-Range: bytes 50-99/100\r\n", &B[50..]))
        }),
        ("the beginning instead of the rest", |to, _| {
            to.send(partial("ETag: \"a\"\r\nContent-Range: bytes 0-49/100\r\n", &B[..50]))
        }),
        ("another size", |to, _| {
            to.send(partial("ETag: \"a\"\r\nContent-Range: bytes 50-199/200\r\n", &[b'b'; 150]))
        }),
        ("no Content-Range", |to, _| to.send(partial("ETag: \"a\"\r\n", &B[50..]))),
        ("a Content-Range that is none", |to, _| {
            to.send(partial("ETag: \"a\"\r\nContent-Range: bytes 99-50/100\r\n", &B[50..]))
        }),
        ("more than the range", |to, _| {
            to.send(partial("ETag: \"a\"\r\nContent-Range: bytes 50-99/100\r\n", &B))
        }),
        ("several parts", |to, _| {
            let fields = "ETag: \"a\"\r\nContent-Type: multipart/byteranges; boundary=x\r\n";
            let part = "--x\r\nContent-Range: bytes 50-99/100\r\n\r\n".to_owned() + &"b".repeat(50);
            to.send(partial(fields, (part + "\r\n--x--\r\n").as_bytes()))
        }),
        ("the whole new version", |to, _| to.send(response("200 OK", "ETag: \"b\"\r\n", B))),
        ("no such range", |to, _| {
            to.send(response("416 Range Not Satisfiable", "Content-Range: bytes */40\r\n", ""))
        }),
        ("gone", |to, _| to.send(response("404 Not Found", "", ""))),
    ];
    let ends = |got: i32, desk: &Desk, name: &str| match fs::read(desk.join("f")) {
        Ok(content) => {
            assert_eq!(got, 0, "{name}");
            assert!(content == A || content == B, "{name}: spliced: {}", content.escape_ascii());
            assert_eq!(desk.names(), ["f"], "{name}");
        }
        Err(_) => assert_ne!(got, 0, "{name}"),
    };
    at_once(&rows, |(name, lie)| {
        // Who asks for the rest is lied to; who asks for all gets the new version.
        let serve = || {
            let lie = *lie;
            Scripted::http(move |caller, request| match (&*request.method, request.field("range")) {
                ("HEAD", _) => caller.send(HEAD_OF_A).and(Err(close())),
                (_, Some(_)) => lie(caller, request),
                _ if request.number == 0 => half_of_a(caller),
                _ => caller.send(response("200 OK", "ETag: \"b\"\r\n", B)),
            })
        };
        let (server, desk) = (serve(), Desk::new());
        let got = desk.http(&["get", &server.url("http", "f"), "--retries", "2"]);
        ends(got.code.unwrap(), &desk, name);
        let heads = server.heard();
        let asked = heads[1].to_lowercase();
        assert!(asked.contains("range: bytes=50-") && asked.contains("if-range: \"a\""), "{name}: {asked}");

        let (server, desk) = (serve(), Desk::new());
        let url = server.url("http", "f");
        let cut = desk.http(&["get", &url, "--retries", "0"]).code;
        assert!(matches!(cut, Some(5 | 6)), "{name}: {cut:?}");
        let got = desk.http(&["get", &url, "--retries", "2", "--resume"]);
        ends(got.code.unwrap(), &desk, &format!("{name}, in the next run"));
    });
}

/// RFC 9110 section 15.3.7: 206 answers a Range, and nothing else.
#[test]
fn a_part_is_not_taken_for_the_whole() {
    let server = Scripted::http(|caller, request| match &*request.method {
        "HEAD" => {
            let fields = "ETag: \"a\"\r\nContent-Range: bytes 0-49/100\r\nContent-Length: 50\r\n\r\n";
            only(caller, format!("HTTP/1.1 206 Partial Content\r\n{fields}").as_bytes())
        }
        _ => half_of_a(caller),
    });
    let (desk, url) = (Desk::new(), server.url("http", "f"));
    desk.http(&["get", &url, "--retries", "0"]).fails_with(&[5, 6], &["/f"]);
    assert_ne!(desk.http(&["get", &url, "--resume", "--retries", "0"]).code, Some(0));
    assert!(!desk.join("f").exists());
}

/// RFC 9110 section 13.1.5: only a strong validator tells that two parts are of one version.
#[test]
fn without_a_strong_validator_it_starts_over() {
    for fields in ["", "ETag: W/\"a\"\r\n"] {
        let server = Scripted::http(move |caller, request| match request.number {
            0 => {
                caller.send(format!("{OK}{fields}Accept-Ranges: bytes\r\nContent-Length: 100\r\n\r\n"))?;
                only(caller, &A[..50])
            }
            _ => caller.send(response("200 OK", fields, B)),
        });
        let desk = Desk::new();
        desk.http(&["get", &server.url("http", "f")]).success();
        assert!(fs::read(desk.join("f")).unwrap() == B, "{fields:?}");
        assert!(!server.heard()[1].to_lowercase().contains("\r\nrange:"), "{fields:?}");
    }
}

/// A server whose segments are of different versions.
#[test]
fn segments_of_several_versions_are_no_file() {
    const SIZE: usize = 4 << 20;
    let server = Scripted::http(|caller, request| {
        let content = vec![b'a' + (request.number % 20) as u8; SIZE];
        let version = format!("ETag: \"{}\"\r\nAccept-Ranges: bytes\r\n", request.number);
        let range = request.field("range").and_then(|range| range.strip_prefix("bytes="));
        let range = range.and_then(|range| range.split_once('-'));
        let Some((first, last)) = range else { return caller.send(response("200 OK", &version, content)) };
        let first: usize = first.parse().unwrap_or(0);
        let last = last.parse().unwrap_or(SIZE - 1).min(SIZE - 1);
        let fields = format!("{version}Content-Range: bytes {first}-{last}/{SIZE}\r\n");
        caller.send(partial(&fields, &content[first..=last]))
    });
    let desk = Desk::new();
    let got = desk.http(&["get", &server.url("http", "f"), "--segments", "4", "--retries", "1"]);
    match fs::read(desk.join("f")) {
        Ok(content) => {
            assert_eq!(got.code, Some(0));
            assert!(content.len() == SIZE && content.iter().all(|byte| *byte == content[0]), "spliced");
        }
        Err(_) => got.fails(6, &[]),
    }
}

#[test]
fn names_are_plain_whoever_suggests_them() {
    let rows = [
        ("attachment; filename=\"../../evil\"", "a way out"),
        ("attachment; filename=\"/tmp/evil\"", "an absolute path"),
        ("attachment; filename=\"..\"", "what is above"),
        ("attachment; filename=\"..\\\\..\\\\evil\"", "a way out elsewhere"),
        ("attachment; filename=\"a\x1b[31mb\"", "an escape sequence"),
        ("attachment; filename*=UTF-8''..%2F..%2Fevil", "an escaped way out"),
        ("attachment; filename*=UTF-8''a%00b", "an escaped NUL"),
        ("attachment; filename*=UTF-8''a%0d%0ab", "escaped line ends"),
        ("attachment; filename=\"\"", "no name"),
        ("attachment; filename", "nothing"),
    ];
    at_once(&rows, |(disposition, why)| {
        let disposition = *disposition;
        let server = Scripted::http(move |caller, _| {
            let fields = format!("Content-Disposition: {disposition}\r\n");
            caller.send(response("200 OK", &fields, "content"))
        });
        let desk = Desk::new();
        let got = desk.http(&["get", &server.url("http", "own"), "--suggested-name", "--retries", "0"]);
        let names = desk.names();
        match got.code {
            Some(0) => {
                assert_eq!(names.len(), 1, "{why}: {names:?}");
                assert!(!has_controls(names[0].as_bytes()), "{why}: {names:?}");
                assert_eq!(fs::read(desk.join(&names[0])).unwrap(), b"content", "{why}");
            }
            _ => assert!(names.is_empty(), "{why}: {names:?}"),
        }
    });
    let server = Scripted::http(|caller, _| {
        caller.send(response("200 OK", "Content-Disposition: attachment; filename=\"good\"\r\n", "content"))
    });
    let desk = Desk::new();
    desk.http(&["get", &server.url("http", "own"), "--suggested-name"]).success();
    desk.http(&["get", &server.url("http", "own"), "--suggested-name"]).fails(1, &["good", "exists"]);
    desk.http(&["get", &server.url("http", "own")]).success();
    assert_eq!(desk.names(), ["good", "own"], "only when it is asked for");
}

#[test]
fn the_last_segment_of_a_url_is_a_plain_name() {
    let server = Scripted::http(|caller, _| caller.send(response("200 OK", "", "content")));
    for (path, expected, why) in [
        ("a%20b?c=d#e", Some("a b"), "without query and fragment"),
        ("a+b", Some("a+b"), "a plus is a plus"),
        ("caf%C3%A9", Some("café"), "UTF-8"),
        ("", None, "no name"),
        ("d/", None, "a directory"),
        ("..%2f..%2fevil", None, "an escaped way out"),
        ("%2e%2e", None, "what is above"),
        ("a%00b", None, "NUL"),
        ("a%1b%5b31mb", None, "an escape sequence"),
        ("a%0ab", None, "a line end"),
    ] {
        let desk = Desk::new();
        let got = desk.http(&["get", &server.url("http", path), "--retries", "0"]);
        match expected {
            Some(name) => {
                assert_eq!(got.code, Some(0), "{why}: {}", got.err);
                assert_eq!(desk.names(), [name], "{why}");
            }
            None => {
                assert!(matches!(got.code, Some(1 | 2)), "{why}: {}", got.err);
                assert!(desk.names().is_empty(), "{why}: {:?}", desk.names());
            }
        }
    }
}

/// On a terminal, what a peer sent is text.
#[test]
fn content_does_not_command_a_terminal() {
    const EVIL: &str = "\u{1b}]0;owned\u{7}\u{9b}31m\u{1b}[2Jafter\n";
    let server = Scripted::http(|caller, request| match &*request.target {
        "/gone" => caller.send(response(&format!("404 {}", EVIL.trim_end()), "", EVIL)),
        _ => caller.send(response("200 OK", &format!("X-Evil: {}\r\n", EVIL.trim_end()), EVIL)),
    });
    let http_mini = binary("http-mini");
    for arguments in ["request GET URL", "request GET URL -i", "request GET URL -v", "get URL -o - -v"] {
        for path in ["f", "gone"] {
            let arguments = arguments.replace("URL", &server.url("http", path));
            let command = format!("{} {arguments} --retries 0; echo over", http_mini.display());
            let mut ada = Person::sits_down(&command);
            let screen = ada.sees("over");
            for control in ["\u{1b}]0;owned", "\u{1b}[2J", "\u{9b}31m"] {
                assert!(!screen.contains(control), "{arguments}: {screen:?}");
            }
        }
    }
    let desk = Desk::new();
    let piped = desk.http(&["get", &server.url("http", "f"), "-o", "-", "--retries", "0"]);
    if piped.code == Some(0) {
        assert_eq!(piped.out, EVIL.as_bytes(), "a pipe has what came");
    }
}

/// RFC 9112 section 9.8: without close_notify, content that only the end of the connection ends is cut.
#[test]
fn the_end_of_tls_is_told_from_a_cut() {
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

/// A listing whose links lead everywhere.
#[test]
fn mirrors_stay_below_where_they_begin() {
    let other = Scripted::http(|caller, _| caller.send(response("200 OK", "", "evil")));
    let outside = Tree::new();
    let links = [
        "../up",
        "/absolute",
        "//OTHER/host",
        "http://OTHER/evil",
        "ftp://OTHER/evil",
        "a%2fb",
        "a%00b",
        "%2e%2e/",
        "%2e%2e",
        "..%2fevil",
        "..",
        ".",
        "./",
        "....//",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:,evil",
        "\\\\OTHER\\evil",
        "..\\evil",
        "#fragment",
        "?C=N;O=D",
        "%0d%0aX:%20y",
        "%1b%5b2J",
        "link/evil",
        "good",
        "good?again",
        "deep/",
        "&#46;&#46;/evil",
        "&#x2e;&#x2e;&#x2f;evil",
        "%ff",
        "LONG",
    ];
    let page: String = links.map(|link| format!("<a href=\"{link}\">x</a>\n")).concat();
    let page = page.replace("OTHER", &other.address().to_string()).replace("LONG", &"x".repeat(300));
    let server = Scripted::http(move |caller, request| match &*request.target {
        target if target.starts_with("/top/") && target.ends_with('/') => {
            caller.send(response("200 OK", "Content-Type: text/html\r\n", &page))
        }
        target if target.starts_with("/top/") => caller.send(response("200 OK", "", "below")),
        _ => caller.send(response("200 OK", "", "evil")),
    });
    let desk = Desk::new();
    desk.file("copy/keep", "");
    std::os::unix::fs::symlink(outside.path(), desk.join("copy/link")).unwrap();
    let got =
        desk.http(&["mirror", &server.url("http", "top/"), "copy", "--parallel", "2", "--retries", "0"]);
    assert!(matches!(got.code, Some(0 | 1)), "{:?} {}", got.code, got.err);
    assert_eq!(fs::read(desk.join("copy/good")).unwrap(), b"below");
    assert!(fs::read_dir(outside.path()).unwrap().next().is_none(), "a symlink is no way out");
    assert!(other.heard().is_empty(), "another origin is not asked: {:?}", other.heard());
    let strays: Vec<_> = server.heard().into_iter().filter(|head| !head.starts_with("GET /top/")).collect();
    assert!(strays.is_empty(), "{strays:?}");
    for (path, content) in tree::contents(&desk.join("copy")) {
        let text = path.to_string_lossy();
        assert!(!has_controls(text.as_bytes()), "{text:?}");
        assert!(content.is_none_or(|content| content != b"evil"), "{text:?}");
    }
}

/// Directories within directories, all alike.
#[test]
fn a_tree_without_end_ends() {
    let server = Scripted::http(|caller, request| match request.target.ends_with('/') {
        true => caller.send(response("200 OK", "Content-Type: text/html\r\n", "<a href=\"d/\">d/</a>")),
        false => caller.send(response("404 Not Found", "", "")),
    });
    let desk = Desk::new();
    let got = desk.http(&["mirror", &server.url("http", ""), "copy", "--retries", "0"]);
    assert_eq!(got.code, Some(1), "{}", got.err);
    assert!(server.heard().len() < 1_000, "{} requests", server.heard().len());
}

#[test]
fn listings_without_end_take_no_memory() {
    let rows: [(&str, Answer); 3] = [
        ("links", |to, _| {
            endless(
                to,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
                "<a href=\"abcdefgh/ijk\">x</a>\n",
            )
        }),
        ("a tag", |to, _| endless(to, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<a href=\"", "a")),
        ("JSON", |to, _| {
            let beginning =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"path\":\"/\",\"entries\":[";
            endless(to, beginning, "{\"name\":\"a\",\"type\":\"file\",\"size\":1,\"modified\":null},")
        }),
    ];
    at_once(&rows, |(name, answer)| {
        let (server, desk) = (Scripted::http(*answer), Desk::new());
        let begun = Instant::now();
        let got = desk.http(&["mirror", &server.url("http", ""), "copy", "--retries", "0"]);
        assert!(matches!(got.code, Some(1 | 6)), "{name}: {:?} {}", got.code, got.err);
        assert!(begun.elapsed() < Duration::from_secs(15), "{name}: {:?}", begun.elapsed());
    });
}

/// The JSON of our own server, with names that it would not give.
#[test]
fn names_in_json_are_not_trusted_either() {
    let names =
        ["../evil", "/tmp/evil", "a/b", "", ".", "..", "a\\u0000b", "a\\u001b[2Jb", "good", ".mini~new-1"];
    let entries = names.map(|name| {
        format!("{{\"name\":\"{name}\",\"type\":\"file\",\"size\":7,\"modified\":\"2024-01-02T03:04:05Z\"}}")
    });
    let listing = format!("{{\"path\":\"/\",\"entries\":[{}]}}", entries.join(","));
    let server = Scripted::http(move |caller, request| match request.target.split('?').next() {
        Some("/") => caller.send(response("200 OK", "Content-Type: application/json\r\n", &listing)),
        _ => caller.send(response("200 OK", "", "content")),
    });
    let desk = Desk::new();
    let got = desk.http(&["mirror", &server.url("http", ""), "copy", "--retries", "0"]);
    assert_eq!(got.code, Some(1), "what cannot be kept is told: {}", got.err);
    let copied: Vec<_> = tree::contents(&desk.join("copy")).into_keys().collect();
    assert_eq!(copied, ["good"]);
}

/// A server that has decided before all has come may say so and close.
#[test]
fn an_early_refusal_of_an_upload_is_heard() {
    let server = Scripted::raw(|caller| {
        caller.until(b"\r\n\r\n")?;
        caller.send(response("413 Content Too Large", "", "too much\n"))?;
        Err(close())
    });
    let desk = Desk::new();
    desk.file("f", vec![0; 3_000_000]);
    desk.http(&["put", "f", &server.url("http", "f"), "--retries", "0"]).fails(1, &["413"]);
}
