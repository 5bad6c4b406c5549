//! Descriptors that a server holds below its root while others change the tree: removed files, mounted file
//! systems, and the root itself.

use std::fs;
use std::time::{Duration, Instant};

use crate::harness::ftp::Ftp;
use crate::harness::tree::{Mounted, pattern};
use crate::harness::{ENGINES, Server, Tree, for_each_engine, wait_until};

/// Descriptors are closed within this time of their last use: two seconds, and the delays of a busy machine.
const HELD: Duration = Duration::from_secs(20);

fn put(server: &Server, name: &str, content: &[u8]) -> u16 {
    let mut wire = server.connect();
    wire.send(format!("PUT /{name} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", content.len()));
    wire.send(content);
    wire.response("PUT").status
}

/// The paths that the server has open.
fn held(server: &Server) -> Vec<String> {
    let open = fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap();
    open.filter_map(|entry| Some(fs::read_link(entry.ok()?.path()).ok()?.to_string_lossy().into_owned()))
        .collect()
}

#[test]
fn a_file_system_in_the_tree_can_be_unmounted() {
    for_each_engine(|engine| {
        let tree = Tree::of(&[("a", "a")]);
        let mounted = Mounted::in_memory(tree.directory("mounted"), 8 << 20);
        fs::create_dir(mounted.path().join("d")).unwrap();
        for (name, size) in [("small", 100), ("medium", 500_000), ("large", 2_000_000), ("d/deep", 100)] {
            fs::write(mounted.path().join(name), pattern(size)).unwrap();
        }
        let server = Server::both(&tree, &["--engine", engine, "--writable", "--quiet"]);
        let (mut wire, mut ftp) = (server.connect(), Ftp::login(&server));
        for name in ["mounted/small", "mounted/medium", "mounted/large", "mounted/d/deep", "mounted/", "a"] {
            wire.send(format!("GET /{name} HTTP/1.1\r\nHost: a\r\n\r\n"));
            assert_eq!(wire.response("GET").status, 200);
        }
        ftp.expect("CWD mounted/d", 250);
        ftp.fetch("RETR deep");
        ftp.fetch("MLSD");
        assert_eq!(put(&server, "mounted/new", b"new"), 201);
        assert_eq!(ftp.transfer("STOR new", Some(b"new")), 226);
        fs::remove_file(mounted.path().join("small")).unwrap();
        fs::remove_file(tree.join("a")).unwrap();
        let last_use = Instant::now();
        let is_held = |path: &String| {
            path.contains("/mounted/")
                || path.ends_with("(deleted)") && path.starts_with('/') && !path.starts_with("/memfd")
        };
        wait_until(|| !held(&server).iter().any(is_held));
        assert!(last_use.elapsed() < HELD, "{:?}", last_use.elapsed());
        // Both sessions are still open.
        assert!(mounted.unmount(), "{:?}", held(&server));
        ftp.expect("NOOP", 200);
        ftp.expect("LIST", 550);
        wire.send("GET /mounted/small HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(wire.response("GET").status, 404);
    });
}

#[test]
fn the_space_of_a_removed_file_is_free() {
    for engine in ENGINES {
        let tree = Tree::new();
        let mounted = Mounted::in_memory(tree.directory("served"), 16 << 20);
        let server = Server::both(mounted.path(), &["--engine", engine, "--writable", "--quiet"]);
        let content = pattern(10 << 20);
        let mut ftp = Ftp::login(&server);
        assert_eq!(put(&server, "a", &content), 201);
        assert_eq!(server.get("/a").body.len(), content.len());
        ftp.fetch("RETR a");
        ftp.expect("DELE a", 250);
        assert_eq!(put(&server, "b", &content), 201, "{engine}: after DELE");
        server.get("/b");
        fs::remove_file(mounted.path().join("b")).unwrap();
        assert_eq!(put(&server, "c", &content), 201, "{engine}: after another process removed it");
        drop((ftp, server));
    }
}

/// An empty mount point is not an empty tree: an upload there would be written to another disk.
#[test]
fn a_root_that_is_no_longer_mounted_is_missing() {
    for_each_engine(|engine| {
        let tree = Tree::new();
        let at = tree.directory("served");
        let mounted = Mounted::in_memory(at.clone(), 1 << 20);
        fs::write(mounted.path().join("a"), "first").unwrap();
        let server = Server::both(&at, &["--engine", engine, "--writable"]);
        let mut ftp = Ftp::login(&server);
        assert_eq!(server.get("/a").body, b"first");
        drop(mounted);
        wait_until(|| server.get("/a").status == 503);
        let refused = server.get("/");
        assert!(refused.status == 503 && refused.field("retry-after").is_some());
        assert_eq!(put(&server, "b", b"b"), 503);
        ftp.expect("SIZE a", 450);
        assert_eq!(ftp.transfer("STOR b", Some(b"b")), 450);
        assert_eq!(fs::read_dir(&at).unwrap().count(), 0, "nothing was stored below the mount");
        let again = Mounted::in_memory(at.clone(), 1 << 20);
        fs::write(again.path().join("a"), "second").unwrap();
        wait_until(|| server.get("/a").body == b"second");
        assert_eq!(ftp.fetch("RETR a"), b"second");
        assert_eq!(server.log_lines("is missing or no longer mounted", 1).len(), 1, "reported once");
        drop((server, again));
    });
}

#[test]
fn a_root_that_is_replaced_is_followed() {
    let tree = Tree::of(&[("one/a", "one"), ("two/a", "two")]);
    tree.symlink("served", "one");
    let server = Server::both(tree.join("served"), &["--writable"]);
    let mut ftp = Ftp::login(&server);
    assert_eq!(server.get("/a").body, b"one");
    tree.symlink("new", "two");
    fs::rename(tree.join("new"), tree.join("served")).unwrap();
    wait_until(|| server.get("/a").body == b"two");
    assert_eq!(ftp.fetch("RETR a"), b"two");
    server.log_lines("is another directory now", 1);
    let mounted = Mounted::in_memory(tree.join("two"), 1 << 20);
    fs::write(mounted.path().join("a"), "three").unwrap();
    wait_until(|| server.get("/a").body == b"three");
    drop((ftp, server, mounted));
}
