//! Interrupted downloads, and the responses of servers when they are resumed.

#![expect(clippy::disallowed_methods, reason = "the test's own files")]

use std::fs;
use std::path::Path;

use common::client::{Fault, FaultKind, LocalFolder, run};
use common::files::{Checksum, TreePath};
use sha2::{Digest as _, Sha256};

use super::super::download::{Destination, Download};
use super::{Scripted, quiet, resource};

fn download(url: &str, resumes: bool) -> Download {
    let checksum = Some(Checksum::Sha256(Sha256::digest("0123456789").into()));
    Download { checksum, resumes, ..Download::new(resource(url)) }
}

fn download_to(download: &Download, folder: &Path, replace: bool) -> Result<(), Fault> {
    run(async {
        let folder = LocalFolder::open(folder).unwrap();
        let path = TreePath::ROOT.child(b"f");
        download.run(Destination::File(&folder, &path, replace), &quiet().transfer("u", "f")).await
    })
    .unwrap()
}

/// Names and contents, with the names of part files shortened.
fn files(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let name = if name.ends_with(".part") { "part" } else { &name };
            format!("{name}={}", fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// The range of each request.
fn asked_for(server: &Scripted) -> Vec<String> {
    let range = |request: String| {
        let range = request.lines().find_map(|line| line.strip_prefix("Range: bytes="));
        range.unwrap_or_default().to_owned()
    };
    server.asked().into_iter().map(range).collect()
}

const WHOLE: &str = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n0123456789";
const CUT: &str = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n01234<close>";
const REST: &str = "HTTP/1.1 206 Partial Content\r\nETag: \"a\"\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n56789";

#[test]
fn an_interrupted_download_is_resumed_and_never_combines_two_versions() {
    let dated = "Last-Modified: Sun, 06 Nov 1994 08:49:36 GMT\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let with = |answer: &str, fields: &str| answer.replace("ETag: \"a\"\r\n", fields);
    let other = |answer: &str| answer.replace("\"a\"", "\"b\"");
    for (answers, expected, ranges, why) in [
        (vec![WHOLE.to_owned()], Ok(()), vec![""], "whole at once"),
        (vec![CUT.into(), REST.into()], Ok(()), vec!["", "5-"], "it is resumed"),
        (vec![with(CUT, dated), with(REST, dated)], Ok(()), vec!["", "5-"], "by its time"),
        (vec![CUT.into(), other(WHOLE)], Ok(()), vec!["", "5-"], "another version, whole"),
        (
            vec![CUT.into(), other(REST), WHOLE.into()],
            Ok(()),
            vec!["", "5-", ""],
            "a part of another version",
        ),
        (
            vec![CUT.into(), REST.replace("5-9/10", "4-8/10"), WHOLE.into()],
            Ok(()),
            vec!["", "5-", ""],
            "another part",
        ),
        (
            vec![CUT.into(), REST.replace("5-9/10", "5-9/11"), WHOLE.into()],
            Ok(()),
            vec!["", "5-", ""],
            "a part of something larger",
        ),
        (
            vec![CUT.into(), REST.replace("Length: 5", "Length: 4"), WHOLE.into()],
            Ok(()),
            vec!["", "5-", ""],
            "a part with a wrong length",
        ),
        (
            vec![
                CUT.into(),
                "HTTP/1.1 416 No\r\nContent-Range: bytes */5\r\nContent-Length: 0\r\n\r\n".into(),
            ],
            Err(FaultKind::Integrity),
            vec!["", "5-"],
            "there is no more, and the digest is another one",
        ),
        (vec![with(CUT, "ETag: W/\"a\"\r\n"), with(WHOLE, "")], Ok(()), vec!["", ""], "weak: it starts over"),
        (vec![with(CUT, ""); 2], Err(FaultKind::Integrity), vec![""; 2], "no validator, again and again"),
        (
            vec![format!("HTTP/1.1 503 No\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"), WHOLE.into()],
            Ok(()),
            vec!["", ""],
            "RFC 9110 section 10.2.3: retried",
        ),
        (
            vec!["HTTP/1.1 503 No\r\nRetry-After: 86400\r\nContent-Length: 0\r\n\r\n".into(), WHOLE.into()],
            Err(FaultKind::Failed),
            vec![""],
            "RFC 9110 section 10.2.3: not that much timeouts",
        ),
        (
            vec!["HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n".into()],
            Err(FaultKind::NotFound),
            vec![""],
            "final",
        ),
        (
            vec![WHOLE.replace("0123456789", "012345678X")],
            Err(FaultKind::Integrity),
            vec![""],
            "another digest",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let answers: Vec<_> = answers.iter().map(String::as_str).collect();
        let server = Scripted::new(&answers);
        let done = download_to(&download(&server.url, false), folder.path(), false);
        assert_eq!(done.map_err(|fault| fault.kind), expected, "{why}");
        let after = if expected.is_ok() { vec!["f=0123456789"] } else { vec![] };
        assert_eq!(files(folder.path()), after, "{why}");
        assert_eq!(asked_for(&server), ranges, "{why}");
    }
}

/// RFC 9110 section 8.4: a range would select bytes of the encoded content.
#[test]
fn encoded_content_is_decoded_and_requested_whole() {
    const GZIP: &str = "\x1f\u{8b}\x08\x00\x00\x00\x00\x00\x02\x0330426153\u{b7}\u{b0}\x04\x00\u{c6}\u{c7}\u{84}\u{a6}\x0a\x00\x00\x00";
    let coded = |etag: &str, content: &str| {
        let length = GZIP.chars().count();
        format!(
            "HTTP/1.1 200 OK\r\n{etag}Content-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n{content}"
        )
    };
    let (tag, half) = ("ETag: \"a\"\r\n", format!("{}<close>", GZIP.chars().take(15).collect::<String>()));
    let part = REST.replace("ETag", "Content-Encoding: gzip\r\nETag");
    for (answers, expected, ranges, why) in [
        (vec![coded(tag, GZIP)], Ok(()), vec![""], "undone"),
        (vec![coded(tag, &half), coded(tag, GZIP)], Ok(()), vec!["", ""], "it starts over"),
        (vec![coded(tag, &half), WHOLE.into()], Ok(()), vec!["", ""], "it starts over, without the coding"),
        (vec![CUT.into(), coded(tag, GZIP)], Ok(()), vec!["", "5-"], "the whole, with the coding"),
        (vec![CUT.into(), part, WHOLE.into()], Ok(()), vec!["", "5-", ""], "a part of the coded content"),
        (vec![coded(tag, &"x".repeat(30))], Err(FaultKind::Integrity), vec![""], "no gzip"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let answers: Vec<_> = answers.iter().map(String::as_str).collect();
        let server = Scripted::new(&answers);
        let done = download_to(&download(&server.url, false), folder.path(), false);
        assert_eq!(done.map_err(|fault| fault.kind), expected, "{why}");
        let after = if expected.is_ok() { vec!["f=0123456789"] } else { vec![] };
        assert_eq!(files(folder.path()), after, "{why}");
        assert_eq!(asked_for(&server), ranges, "{why}");
    }
}

#[test]
fn another_run_resumes_only_the_same_version() {
    const DOWN: &str = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
    let head = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n";
    for (resumes, answers, why) in [
        (true, vec![head, REST], "the same"),
        (true, vec![&head.replace('a', "b"), &WHOLE.replace('a', "b")], "another one"),
        (true, vec!["HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n", WHOLE], "no HEAD"),
        (false, vec![WHOLE], "not wanted"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        // The port is part of the name of a part file.
        let mut script = vec![CUT, DOWN];
        script.extend(&answers);
        let server = Scripted::new(&script);
        assert!(download_to(&download(&server.url, false), folder.path(), false).is_err(), "{why}");
        assert_eq!(files(folder.path()), ["part=01234"], "{why}");
        download_to(&download(&server.url, resumes), folder.path(), false).unwrap();
        assert_eq!(files(folder.path()), ["f=0123456789"], "{why}");
    }
}

#[test]
fn a_file_that_exists_is_replaced_only_if_it_was_named() {
    for (replace, expected, after) in
        [(false, Err(FaultKind::Failed), "f=old"), (true, Ok(()), "f=0123456789")]
    {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("f"), "old").unwrap();
        let server = Scripted::new(&[WHOLE]);
        let done = download_to(&download(&server.url, false), folder.path(), replace);
        assert_eq!(done.map_err(|fault| fault.kind), expected);
        assert_eq!(files(folder.path()), [after]);
    }
}
