//! Files that change while they are served.

use std::fs::{self, File};
use std::io::Read;

use crate::harness::{Server, Tree, for_each_engine, tree};

/// A response that is shorter than announced is an error that the client detects; a padded one is a corrupt
/// file that it does not detect (RFC 9112 section 8).
#[test]
fn a_file_that_shrinks_while_it_is_sent_ends_the_connection() {
    for_each_engine(|engine| {
        let tree = Tree::new();
        let size: u64 = 1 << 30;
        let path = tree.sparse("big", size);
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        wire.send(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\nGET /big HTTP/1.1\r\nHost: a\r\n\r\n");
        let mut start = [0; 1_000];
        wire.stream().read_exact(&mut start).unwrap();
        assert!(start.starts_with(b"HTTP/1.1 200 "));
        File::options().write(true).open(&path).unwrap().set_len(1 << 20).unwrap();
        let (mut more, mut received) = (vec![0; 1 << 20], start.len() as u64);
        loop {
            match wire.stream().read(&mut more) {
                Ok(0) => break,
                Ok(read) => received += read as u64,
                // The server closes with unread input, so the kernel resets the connection.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
                Err(error) => panic!("{error}"),
            }
        }
        assert!(received < size, "{received} bytes of a file that has lost them");
    });
}

#[test]
fn a_download_continues_with_the_file_it_opened() {
    for_each_engine(|engine| {
        let tree = Tree::new();
        let (old, new) = (tree::pattern(8 << 20), vec![b'n'; 8 << 20]);
        let path = tree.file("f", &old);
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        wire.send(b"GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
        wire.fill();
        fs::rename(tree.file("next", &new), path).unwrap();
        assert!(wire.response("GET").body == old, "replaced by another file, which is not mixed into it");
    });
}

/// Cached files are checked again after a second at most.
#[test]
fn a_change_is_seen_within_a_second() {
    for_each_engine(|engine| {
        let tree = Tree::of(&[("f", "old")]);
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        for _ in 0..3 {
            assert_eq!(wire.exchange("GET", "/f", "").body, b"old");
        }
        let etag = wire.exchange("GET", "/f", "").field("etag").unwrap().to_owned();
        tree.file("f", "newer");
        let changed = std::time::Instant::now();
        let answer = loop {
            let answer = wire.exchange("GET", "/f", "");
            if answer.body != b"old" {
                break answer;
            }
            assert!(changed.elapsed().as_secs() < 5, "a second, plus the delays of a busy machine");
        };
        assert_eq!(answer.body, b"newer");
        assert_ne!(answer.field("etag"), Some(&*etag));
    });
}
