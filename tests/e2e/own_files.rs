//! A user's local files: how both clients treat links, and entries that are not files.

use std::fs;
use std::os::unix::fs::symlink;

use rustix::fs::{CWD, Mode, mkfifoat};

use crate::harness::{Server, Tree, WorkDir};

/// The target of a user's link may be in the mirror itself or outside.
#[test]
fn deleting_removed_entries_does_not_follow_links() {
    let (outside, served) = (Tree::of(&[("keep", "mine")]), Tree::of(&[("s/f", "1")]));
    let (http, ftp) = (Server::http(&served, &["--quiet"]), Server::ftp(&served, &["--quiet"]));
    for (client, url) in [("http-mini", http.url("http")), ("ftp-mini", ftp.url("ftp"))] {
        for (link, to) in
            [("copy/s/up", "..".into()), ("copy/out", outside.path().to_owned()), ("copy/t", "s".into())]
        {
            let (workdir, why) = (WorkDir::new(), format!("{client}, {link}"));
            workdir.file("copy/s/f", "1");
            symlink(to, workdir.join(link)).unwrap();
            let outcome = workdir.run(&mut workdir.command(client, &["mirror", url, "copy", "--delete"]));
            assert!(matches!(outcome.code, Some(0 | 1)), "{why}: {}", outcome.err);
            assert!(outcome.err.lines().count() < 5, "{why}: {}", outcome.err);
            assert_eq!(fs::read(workdir.join("copy/s/f")).unwrap(), b"1", "{why}");
            assert!(outside.join("keep").exists(), "{why}");
        }
    }
}

#[test]
fn an_upload_of_a_directory_or_fifo_fails_with_a_reason() {
    let workdir = WorkDir::new();
    mkfifoat(CWD, workdir.join("pipe"), Mode::from_raw_mode(0o600)).unwrap();
    fs::create_dir(workdir.join("folder")).unwrap();
    for (name, says) in [
        ("none", &["No such file"][..]),
        ("pipe", &["no regular file", "-"]),
        ("folder", &["a directory"]),
        ("pipe/f", &["Not a directory"]),
    ] {
        let says = [&[name], says].concat();
        workdir.http(&["put", name, "http://127.0.0.1:1/f"]).fails(1, &says);
        workdir.ftp(&["put", name, "ftp://127.0.0.1:1/f"]).fails(1, &says);
    }
}
