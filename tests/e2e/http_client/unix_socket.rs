//! `--unix-socket`: servers that listen on a path.

use std::fs;

use crate::harness::{Server, Tree, WorkDir};

#[test]
fn requests_go_to_the_socket_whatever_host_the_url_names() {
    let (served, place) = (Tree::of(&[("f", "hello\n")]), WorkDir::new());
    let socket = place.join("http.sock");
    let listen = format!("unix:{}", socket.display());
    let _server = Server::http(&served, &["--quiet", "--writable", "--listen", &listen]);
    let socket = socket.to_str().unwrap();
    for url in ["http://localhost/f", "http://files.example/f", "http://192.0.2.1:81/f"] {
        let workdir = WorkDir::new();
        let mut command = workdir.command("http-mini", &["get", url, "-o", "-", "--unix-socket", socket]);
        // A proxy cannot reach the socket.
        command.env("http_proxy", "http://127.0.0.1:1");
        assert_eq!(workdir.run(&mut command).text(), "hello\n", "{url}");
    }
    let workdir = WorkDir::new();
    workdir.file("g", "new\n");
    workdir.http(&["put", "g", "http://localhost/", "--unix-socket", socket]).success();
    assert_eq!(fs::read(served.join("g")).unwrap(), b"new\n");
    workdir.http(&["mirror", "http://localhost/", "copy", "--unix-socket", socket]).success();
    assert_eq!(workdir.names(), ["copy", "g"]);
    let check = ["check", "http://localhost/f", "--only", "ranges/first-byte", "--unix-socket", socket];
    workdir.http(&check).success();
}

#[test]
fn tls_works_over_a_socket() {
    let (served, place) = (Tree::of(&[("f", "hello\n")]), WorkDir::new());
    let socket = place.join("https.sock");
    let listen = format!("unix:{}", socket.display());
    let server = Server::http(&served, &["--quiet", "--tls", "self-signed", "--listen", &listen]);
    let printed =
        server.announced().iter().find_map(|line| line.strip_prefix("certificate SHA-256 ")).unwrap();
    let pin = format!("sha256:{printed}");
    let get =
        ["get", "https://localhost/f", "-o", "-", "--unix-socket", socket.to_str().unwrap(), "--pin", &pin];
    assert_eq!(WorkDir::new().http(&get).text(), "hello\n");
}

#[test]
fn a_socket_without_a_server_is_a_network_failure() {
    let workdir = WorkDir::new();
    workdir.file("file", "");
    for (path, code, words, why) in [
        ("none", 5, &["'none'", "check the path"][..], "no such path"),
        ("file", 5, &["'file'", "check the path"], "not a socket"),
        ("file/none", 5, &["'file/none'", "Not a directory"], "not below a directory"),
        ("http://localhost/", 2, &["--unix-socket", "a path on this machine"], "a URL"),
    ] {
        let outcome = workdir.http(&["get", "http://localhost/f", "--unix-socket", path]);
        assert_eq!(outcome.err.lines().count(), 1, "{why}: {}", outcome.err);
        outcome.fails(code, words);
    }
}
