//! Validators and preconditions (RFC 9110 sections 8.8 and 13).

use std::fs::File;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::tree;
use crate::harness::{Server, Tree, for_each_engine};

/// `a` has the time Sun, 06 Nov 1994 08:49:37 GMT.
fn dated_tree() -> Tree {
    let tree = tree();
    let then = UNIX_EPOCH + Duration::from_secs(784_111_777);
    File::options().write(true).open(tree.join("a")).unwrap().set_modified(then).unwrap();
    tree
}

#[test]
fn a_file_has_validators() {
    let tree = dated_tree();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let answer = server.get("/a");
        assert_eq!(answer.field("last-modified"), Some("Sun, 06 Nov 1994 08:49:37 GMT"), "8.8.2");
        assert_eq!(answer.field("accept-ranges"), Some("bytes"), "14.3");
        assert_eq!(answer.field("content-length"), Some("6"), "8.6");
        assert_eq!(answer.field("x-content-type-options"), Some("nosniff"));
        let etag = answer.field("etag").expect("8.8.3");
        assert!(etag.starts_with('"') && etag.ends_with('"'), "8.8.3: strong: {etag}");
        assert_eq!(server.get("/a").field("etag"), Some(etag), "8.8.3: the same for the same content");
        assert_ne!(server.get("/canary").field("etag"), Some(etag), "8.8.3: another for other content");
    });
}

/// RFC 9110 section 8.8.2.1: otherwise the next change would look older than this content.
#[test]
fn last_modified_is_never_in_the_future() {
    let tree = tree();
    let later = SystemTime::now() + Duration::from_secs(1_000_000);
    File::options().write(true).open(tree.join("a")).unwrap().set_modified(later).unwrap();
    let server = Server::http(&tree, &["--quiet"]);
    for target in ["/a", "/"] {
        let answer = server.get(target);
        assert_eq!(answer.field("last-modified"), answer.field("date"), "{target}");
    }
}

/// Another process replaces a file: each worker has its own cache, and connections are spread over the
/// workers.
#[test]
fn old_content_is_never_served_after_new_content() {
    let tree = tree();
    let server = Server::http(&tree, &["--quiet", "--engine", "per-core", "--workers", "2"]);
    let mut wires: Vec<_> = (0..16).map(|_| server.connect()).collect();
    let mut last = 0;
    for version in 1..=10_u32 {
        std::fs::write(tree.join("next"), version.to_string()).unwrap();
        std::fs::rename(tree.join("next"), tree.join("version")).unwrap();
        let replaced = Instant::now();
        while replaced.elapsed() < Duration::from_millis(300) {
            for wire in &mut wires {
                let answer = wire.exchange("GET", "/version", "");
                let seen: u32 = answer.text().parse().unwrap();
                assert!(seen >= last, "{seen} after {last}");
                last = seen;
            }
        }
    }
    std::thread::sleep(Duration::from_millis(1_100));
    for wire in &mut wires {
        assert_eq!(wire.exchange("GET", "/version", "").body, b"10", "visible within a second");
    }
}

#[test]
fn preconditions_follow_rfc_9110_section_13() {
    let tree = dated_tree();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let etag = server.get("/a").field("etag").unwrap().to_owned();
        let at = "Sun, 06 Nov 1994 08:49:37 GMT";
        let before = "Sun, 06 Nov 1994 08:49:36 GMT";
        for (fields, status, why) in [
            (format!("If-None-Match: {etag}"), 304, "13.1.2"),
            (format!("If-None-Match: W/{etag}"), 304, "13.1.2: compared weakly"),
            (format!("If-None-Match: \"x\", {etag}"), 304, "13.1.2: a list"),
            ("If-None-Match: *".into(), 304, "13.1.2: any"),
            ("If-None-Match: \"x\"".into(), 200, "13.1.2: changed"),
            (format!("If-Match: {etag}"), 200, "13.1.1"),
            ("If-Match: *".into(), 200, "13.1.1: any"),
            ("If-Match: \"x\"".into(), 412, "13.1.1: changed"),
            (format!("If-Match: W/{etag}"), 412, "13.1.1: compared strongly"),
            (format!("If-Modified-Since: {at}"), 304, "13.1.3"),
            (format!("If-Modified-Since: {before}"), 200, "13.1.3: changed since"),
            ("If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT".into(), 304, "5.6.7: RFC 850"),
            ("If-Modified-Since: Sun Nov  6 08:49:37 1994".into(), 304, "5.6.7: asctime"),
            ("If-Modified-Since: yesterday".into(), 200, "13.1.3: an invalid date is ignored"),
            (format!("If-Unmodified-Since: {at}"), 200, "13.1.4"),
            (format!("If-Unmodified-Since: {before}"), 412, "13.1.4: changed since"),
            (format!("If-None-Match: \"x\"\r\nIf-Modified-Since: {at}"), 200, "13.2.2: step 3 hides step 4"),
            (format!("If-Match: \"x\"\r\nIf-None-Match: {etag}"), 412, "13.2.2: step 1 before step 3"),
            (format!("If-Match: {etag}\r\nIf-Unmodified-Since: {before}"), 200, "13.2.2: step 1 hides 2"),
        ] {
            let mut wire = server.connect();
            for method in ["GET", "HEAD"] {
                let answer = wire.exchange(method, "/a", &format!("{fields}\r\n"));
                assert_eq!(answer.status, status, "{method} {fields}: {why}");
                if status == 304 {
                    assert_eq!(answer.field("etag"), Some(&*etag), "15.4.5: {fields}");
                    assert!(answer.field("cache-control").is_some(), "15.4.5: {fields}");
                }
            }
            assert!(wire.is_alive(), "{fields}: no content was left behind");
        }
    });
}

/// Replacing a file by an older one makes no time newer, but the listing is different.
#[test]
fn the_time_of_a_listing_is_not_its_only_validator() {
    let tree = tree();
    let touch = |name: &str, seconds: u64| {
        let then = UNIX_EPOCH + Duration::from_secs(seconds);
        File::open(tree.join(name)).unwrap().set_modified(then).unwrap();
    };
    let [at, before] = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:36 GMT"];
    ["canary", "d", ""].iter().for_each(|name| touch(name, 784_111_776));
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        touch("a", 784_111_777);
        let etag = server.get("/").field("etag").unwrap().to_owned();
        for (fields, status, time, why) in [
            ("".into(), 200, at, "8.8.2.1: the newest of its parts"),
            (format!("If-Modified-Since: {at}"), 200, at, "13.1.3"),
            (format!("If-None-Match: {etag}"), 304, at, "13.1.2"),
            (
                format!("If-None-Match: {etag}\r\nIf-Modified-Since: {before}"),
                304,
                at,
                "13.2.2: step 3 hides 4",
            ),
            (format!("If-Unmodified-Since: {at}"), 200, at, "13.1.4"),
            (format!("If-Unmodified-Since: {before}"), 412, at, "13.1.4"),
        ] {
            let answer = server.get_with("/", &format!("{fields}\r\n"));
            assert_eq!(
                (answer.status, answer.field("last-modified")),
                (status, Some(time)),
                "{fields}: {why}"
            );
            assert_eq!(
                answer.field("vary"),
                Some("Accept, Accept-Encoding, Accept-Language"),
                "{fields}: 12.5.5"
            );
        }
        touch("a", 784_111_776);
        let answer = server.get_with("/", &format!("If-Modified-Since: {at}\r\n"));
        assert_eq!((answer.status, answer.field("last-modified")), (200, Some(before)));
        assert_ne!(answer.field("etag"), Some(&*etag));
    });
}

/// The validator of a listing changes with its content.
#[test]
fn each_form_of_a_listing_has_its_own_validator() {
    let tree = tree();
    let server = Server::http(&tree, &["--quiet"]);
    for target in ["/?format=html", "/?format=json", "/?format=text", "/?sort=size"] {
        let first = server.get(target);
        let etag = first.field("etag").unwrap().to_owned();
        assert!(etag.starts_with("W/"), "8.8.3: the same listing need not be the same bytes");
        assert_eq!(server.get_with(target, &format!("If-None-Match: {etag}\r\n")).status, 304, "{target}");
        let new = tree.file("new", "");
        assert_eq!(server.get_with(target, &format!("If-None-Match: {etag}\r\n")).status, 200, "{target}");
        std::fs::remove_file(new).unwrap();
        assert_eq!(first.field("vary"), Some("Accept, Accept-Encoding, Accept-Language"), "12.5.5");
        assert_eq!(first.field("accept-ranges"), Some("none"), "14.3");
    }
}
