//! The limits of what uploads store: `--max-upload` and `--min-free`, over both protocols and for each way to upload.

use std::io::Write;
use std::path::Path;

use crate::harness::ftp::Ftp;
use crate::harness::{Server, Tree};

/// As in `--max-upload 64k`.
const MOST: usize = 64 << 10;
/// The size of a file in the tree.
const OLD: usize = 60_000;
const PART: &str = "Content-Type: application/partial-upload\r\nUpload-Complete: ?0\r\nUpload-Offset: ";

/// The status of a request with content of this size.
fn status(server: &Server, method: &str, target: &str, fields: &str, size: usize) -> u16 {
    let mut wire = server.connect();
    wire.send(format!("{method} {target} HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n{fields}\r\n"));
    // A refused upload is not received.
    let _ = wire.stream().write_all(&vec![b'x'; size]);
    wire.response(method).status
}

fn form_status(server: &Server, size: usize) -> u16 {
    let file = "x".repeat(size);
    let part =
        format!("--b\r\nContent-Disposition: form-data; name=f; filename=form\r\n\r\n{file}\r\n--b--\r\n");
    let mut wire = server.connect();
    let fields = "Content-Type: multipart/form-data; boundary=b\r\n";
    wire.send(format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}Content-Length: {}\r\n\r\n{part}", part.len()));
    wire.response("POST").status
}

fn names(directory: &Path) -> Vec<String> {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with(".mini~"));
    names.sort();
    names
}

#[test]
fn an_upload_beyond_a_limit_is_refused_and_leaves_nothing() {
    for (option, value, http, ftp) in
        [("--max-upload", "64k", 413, 552), ("--min-free", "9000000G", 507, 452)]
    {
        let tree = Tree::of(&[("old", &"x".repeat(OLD))]);
        let server = Server::both(&tree, &["--quiet", "--writable", option, value]);

        let mut unsent = server.connect();
        unsent.send(format!("PUT /new HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", MOST + 1));
        assert_eq!(unsent.response("PUT").status, http, "{option}: before the content is sent");
        let mut chunked = server.connect();
        chunked.send(format!(
            "PUT /new HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n",
            MOST + 1
        ));
        let _ = chunked.stream().write_all(&[&[b'x'; MOST + 1][..], b"\r\n0\r\n\r\n"].concat());
        assert_eq!(chunked.response("PUT").status, http, "{option}: chunked");
        let kept = if http == 413 { 204 } else { http };
        assert_eq!(status(&server, "PATCH", "/part", &format!("{PART}0\r\n"), 40_000), kept, "{option}");
        let (offset, size) = if http == 413 { (40_000, 40_000) } else { (0, 1) };
        let resumed = status(&server, "PATCH", "/part", &format!("{PART}{offset}\r\n"), size);
        assert_eq!(resumed, http, "{option}: the bytes that were kept count");
        assert_eq!(form_status(&server, MOST + 1), http, "{option}: POST");

        let mut session = Ftp::login(&server);
        session.expect("TYPE I", 200);
        session.expect(format!("ALLO {}", MOST + 1), 200);
        assert_eq!(session.transfer("STOR new", Some(b"")), ftp, "{option}: announced by ALLO");
        for (before, command, size) in [
            ("NOOP", "STOR new", MOST + 1),
            ("NOOP", "STOU", MOST + 1),
            ("NOOP", "APPE new", MOST + 1),
            ("NOOP", "APPE old", MOST - OLD + 1),
            ("REST 60000", "STOR old", MOST - OLD + 1),
        ] {
            session.say(before);
            let code = session.transfer(command, Some(&vec![b'x'; size]));
            assert_eq!(code, ftp, "{option}: {before}, {command}");
        }
        assert_eq!(names(tree.path()), ["old"], "{option}");
        assert_eq!(std::fs::metadata(tree.path().join("old")).unwrap().len(), OLD as u64, "{option}");
    }
}

#[test]
fn an_upload_of_the_largest_size_is_stored() {
    let tree = Tree::of(&[("old", &"x".repeat(OLD))]);
    let server = Server::both(&tree, &["--quiet", "--writable", "--max-upload", "64k", "--min-free", "1"]);
    assert_eq!(status(&server, "PUT", "/new", "", MOST), 201);
    assert_eq!(form_status(&server, MOST), 201);
    let mut session = Ftp::login(&server);
    session.expect("TYPE I", 200);
    session.expect(format!("ALLO {MOST}"), 200);
    assert_eq!(session.transfer("STOR stored", Some(&[b'x'; MOST])), 226);
    assert_eq!(session.transfer("APPE old", Some(&[b'x'; MOST - OLD])), 226);
}

#[test]
fn partial_uploads_count_towards_the_free_space() {
    let mounted = Tree::new();
    let server = Server::on_a_small_disk("http-mini", mounted.path(), &["--min-free", "400k"]);
    let kept = status(&server, "PATCH", "/part", &format!("{PART}0\r\n"), 500_000);
    assert_eq!(kept, 204);
    assert_eq!(status(&server, "PUT", "/a", "", 300_000), 507, "1 MiB, less 500 kB");
    assert_eq!(status(&server, "PUT", "/a", "", 100_000), 201);
}
