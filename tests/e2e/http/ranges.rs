//! Parts of a file (RFC 9110 section 14).

use std::fs::File;
use std::ops::Range;
use std::time::{Duration, SystemTime};

use crate::harness::{Response, Server, Tree, for_each_engine, tree};

const SIZE: usize = 300_000;

fn served() -> (Tree, Vec<u8>) {
    let content = tree::pattern(SIZE);
    let tree = Tree::new();
    tree.file("f.bin", &content);
    tree.file("empty", "");
    (tree, content)
}

#[test]
fn one_range_returns_that_part() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        for (range, expected, why) in [
            ("bytes=0-0", 0..1, "14.1.2: the first byte"),
            ("bytes=0-499", 0..500, "14.1.2: both ends are in it"),
            ("bytes=250000-", 250_000..SIZE, "14.1.2: open"),
            ("bytes=-1", SIZE - 1..SIZE, "14.1.2: a suffix"),
            ("bytes=-999999999", 0..SIZE, "14.1.2: a suffix longer than all"),
            ("bytes=299999-99999999999999999999", SIZE - 1..SIZE, "14.1.2: an end beyond counting"),
            ("bytes= 0-499", 0..SIZE, "14.1.1: no white space there, so ignored"),
            ("bytes=0-499 ", 0..500, "5.5: white space around a value"),
            ("BYTES=0-499", 0..500, "14.1: units have no case"),
            ("bytes=400-499,0-499", 0..500, "15.3.7.2: overlapping ones become one"),
            ("bytes=0-9,10-19", 0..20, "touching ones too"),
            ("bytes=0-9,999999-", 0..10, "14.1.2: one that lies behind the end is left out"),
        ] {
            let answer = server.get_with("/f.bin", &format!("Range: {range}\r\n"));
            if expected == (0..SIZE) && range != "bytes=-999999999" {
                assert_eq!(answer.status, 200, "{range}: {why}");
            } else {
                assert_eq!(answer.status, 206, "{range}: {why}");
                let said = format!("bytes {}-{}/{SIZE}", expected.start, expected.end - 1);
                assert_eq!(answer.field("content-range"), Some(&*said), "{range}: {why}");
            }
            assert!(answer.body == content[expected], "{range}: {why}");
        }
    });
}

#[test]
fn invalid_ranges_are_ignored() {
    let (tree, content) = served();
    let server = Server::http(&tree, &["--quiet"]);
    let many = format!("bytes={}", vec!["0-0"; 1_000].join(","));
    let scattered: Vec<String> = (0..60).map(|place| format!("{0}-{0}", place * 100)).collect();
    let scattered = format!("bytes={}", scattered.join(","));
    for (range, why) in [
        ("lines=0-4", "14.2: an unknown unit"),
        ("bytes=4-0", "14.1.2: the end before the start"),
        ("bytes=", "14.1.1: none"),
        ("bytes=x-y", "14.1.1: no numbers"),
        ("bytes=-", "14.1.1: no numbers"),
        ("bytes=0-1,x", "14.1.1: one that is malformed"),
        ("bytes 0-1", "14.1.1: no equals sign"),
        (&many, "17.15: too many"),
        (&scattered, "17.15: too many parts"),
    ] {
        let answer = server.get_with("/f.bin", &format!("Range: {range}\r\n"));
        assert_eq!((answer.status, answer.body.len()), (200, SIZE), "{range}: {why}");
    }
    let answer = server.connect().exchange("HEAD", "/f.bin", "Range: bytes=0-4\r\n");
    assert_eq!((answer.status, answer.field("content-length")), (200, Some("300000")), "14.2: GET only");
    assert!(content.len() == SIZE);
}

/// RFC 9110 section 15.5.17.
#[test]
fn unsatisfiable_ranges_are_refused() {
    let (tree, _) = served();
    let server = Server::http(&tree, &["--quiet"]);
    for (target, range, said) in [
        ("/f.bin", "bytes=300000-", "bytes */300000"),
        ("/f.bin", "bytes=999999999-9999999999", "bytes */300000"),
        ("/f.bin", "bytes=-0", "bytes */300000"),
        ("/empty", "bytes=1-", "bytes */0"),
    ] {
        let answer = server.get_with(target, &format!("Range: {range}\r\n"));
        assert_eq!((answer.status, answer.field("content-range")), (416, Some(said)), "{target} {range}");
    }
}

/// Download tools request the first bytes of every file.
#[test]
fn a_range_of_an_empty_file_returns_it_whole() {
    let (tree, _) = served();
    let server = Server::http(&tree, &["--quiet"]);
    for range in ["bytes=0-", "bytes=0-1048575", "bytes=-5"] {
        let answer = server.get_with("/empty", &format!("Range: {range}\r\n"));
        assert_eq!((answer.status, answer.field("content-length")), (200, Some("0")), "{range}");
    }
}

/// RFC 9110 section 13.1.5: a client with a part of an older file gets the whole new one.
#[test]
fn if_range_prevents_splicing() {
    let (tree, _) = served();
    let server = Server::http(&tree, &["--quiet"]);
    let whole = server.get("/f.bin");
    let etag = whole.field("etag").unwrap();
    for (validator, status, why) in [
        (etag.to_owned(), 206, "unchanged"),
        ("\"old\"".into(), 200, "changed"),
        (format!("W/{etag}"), 200, "8.8.3.2: a weak one is not sufficient"),
        ("Sun, 06 Nov 1994 08:49:37 GMT".into(), 200, "another date"),
    ] {
        let fields = format!("Range: bytes=5-9\r\nIf-Range: {validator}\r\n");
        assert_eq!(server.get_with("/f.bin", &fields).status, status, "{validator}: {why}");
    }
    let later = SystemTime::now() + Duration::from_secs(86_400);
    File::open(tree.file("changing", "0123456789")).unwrap().set_modified(later).unwrap();
    tree.old_file("settled", "0123456789");
    for (target, status, why) in [
        ("/settled", 206, "13.1.5: a date is exact when its second is over"),
        ("/changing", 200, "8.8.2.2: until then there may be another content of that date"),
    ] {
        let modified = server.get(target).field("last-modified").unwrap().to_owned();
        let fields = format!("Range: bytes=5-9\r\nIf-Range: {modified}\r\n");
        assert_eq!(server.get_with(target, &fields).status, status, "{target}: {why}");
    }
}

#[test]
fn several_ranges_are_sent_as_multipart() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        for (range, expected) in [
            ("bytes=0-9,100-109", vec![0..10, 100..110]),
            ("bytes=-10,0-4", vec![SIZE - 10..SIZE, 0..5]),
            ("bytes=0-99999,200000-299998,299999-", vec![0..100_000, 200_000..SIZE]),
        ] {
            let mut wire = server.connect();
            let answer = wire.exchange("GET", "/f.bin", &format!("Range: {range}\r\n"));
            assert_eq!(answer.status, 206, "{range}");
            assert_eq!(answer.field("content-range"), None, "15.3.7.2: {range}");
            assert_eq!(parts(&answer), expected, "{range}");
            let sent: Vec<_> = bodies(&answer);
            assert!(expected.into_iter().map(|part| &content[part]).eq(sent), "{range}");
            assert!(wire.is_alive(), "{range}: the length was right");
        }
    });
}

/// The parts of `multipart/byteranges` (RFC 9110 section 14.6, RFC 2046 section 5.1.1): the head
/// and the content of each.
fn multipart(answer: &Response) -> Vec<(String, &[u8])> {
    let media_type = answer.field("content-type").unwrap();
    let boundary = media_type.strip_prefix("multipart/byteranges; boundary=").expect(media_type);
    let delimiter = format!("--{}", boundary.trim_matches('"')).into_bytes();
    let mut places: Vec<usize> = Vec::new();
    let body = &answer.body;
    for at in 0..body.len().saturating_sub(delimiter.len()) {
        if body[at..].starts_with(&delimiter) {
            places.push(at);
        }
    }
    assert!(body[*places.last().unwrap()..].starts_with(&[&delimiter[..], b"--"].concat()), "the end");
    places
        .windows(2)
        .map(|pair| {
            let part = &body[pair[0] + delimiter.len()..pair[1]];
            let part = part.strip_prefix(b"\r\n").unwrap().strip_suffix(b"\r\n").unwrap();
            let end = part.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
            (String::from_utf8(part[..end].to_vec()).unwrap(), &part[end + 4..])
        })
        .collect()
}

fn bodies(answer: &Response) -> Vec<&[u8]> {
    multipart(answer).into_iter().map(|(_, body)| body).collect()
}

fn parts(answer: &Response) -> Vec<Range<usize>> {
    let range = |(head, _): (String, &[u8])| {
        let lines: Vec<String> = head.lines().map(str::to_ascii_lowercase).collect();
        assert!(lines.contains(&"content-type: application/octet-stream".into()), "{lines:?}");
        let said = lines.iter().find_map(|line| line.strip_prefix("content-range: bytes ")).unwrap();
        let (first, last) = said.strip_suffix("/300000").unwrap().split_once('-').unwrap();
        first.parse().unwrap()..last.parse::<usize>().unwrap() + 1
    };
    multipart(answer).into_iter().map(range).collect()
}
