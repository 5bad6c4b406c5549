//! Signals and limits that end other programs, and what the system refuses.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::ftp::Ftp;
use crate::harness::program::{self, run};
use crate::harness::{PATIENCE, Server, Tree, binary, for_each_engine, tree};

/// A command that may not write files of more than 64 KiB.
fn limited(program: &Path) -> Command {
    let mut command = Command::new("sh");
    // In blocks of 512 bytes (POSIX), and of 1,024 in some shells.
    command.args(["-c", "ulimit -f 64 && exec \"$@\"", "sh"]).arg(program);
    command
}

fn put(server: &Server, name: &str, content: &[u8]) -> u16 {
    let mut wire = server.connect();
    wire.send(format!("PUT /{name} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", content.len()));
    wire.send(content);
    wire.response("PUT").status
}

#[test]
fn a_limit_of_the_file_size_ends_no_server() {
    for_each_engine(|engine| {
        let served = Tree::new();
        let mut command = limited(&binary("mini"));
        command.arg("serve").arg(served.path()).args(["--http", "127.0.0.1:0", "--ftp", "127.0.0.1:0"]);
        command.args(["--writable", "--quiet", "--engine", engine]);
        let server = Server::start(command);
        let (large, small) = (tree::pattern(300_000), tree::pattern(10_000));
        let mut ftp = Ftp::login(&server);
        assert_eq!(put(&server, "a", &large), 413);
        assert_eq!(ftp.transfer("STOR b", Some(&large)), 552);
        assert_eq!(put(&server, "a", &small), 201, "and goes on");
        assert_eq!(ftp.transfer("STOR b", Some(&small)), 226);
        assert_eq!(ftp.transfer("APPE b", Some(&large)), 552, "in place as well");
        assert_eq!(std::fs::read(served.join("b")).unwrap(), small);
    });
}

#[test]
fn a_limit_of_the_file_size_is_an_error_of_a_client() {
    let (served, desk) = (Tree::new(), Tree::new());
    served.file("large", tree::pattern(300_000));
    let server = Server::both(&served, &["--quiet"]);
    for (program, scheme) in [("http-mini", "http"), ("ftp-mini", "ftp")] {
        let mut command = limited(&binary(program));
        command.arg("get").arg(format!("{}large", server.url(scheme))).current_dir(desk.path());
        let outcome = run(&mut command);
        assert_eq!(outcome.code, Some(1), "{program}: {}", outcome.err);
        assert!(outcome.err.contains("too large"), "{program}: {}", outcome.err);
        assert_eq!(outcome.err.lines().count(), 1, "{program}: {}", outcome.err);
    }
}

#[test]
fn a_hangup_ends_no_server() {
    for_each_engine(|engine| {
        let served = Tree::of(&[("a", "hello\n")]);
        let server = Server::both(&served, &["--engine", engine]);
        server.signal(Signal::HUP);
        server.log_lines("SIGHUP", 1);
        assert_eq!(server.get("/a").status, 200);
    });
}

/// A pipe that nobody reads is full after 64 KiB.
#[test]
fn a_log_that_nobody_reads_keeps_no_server() {
    let served = Tree::of(&[("a", "hello\n")]);
    let mut child = Command::new(binary("http-mini"))
        .arg("serve")
        .arg(served.path())
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut announced = String::new();
    let mut out = child.stdout.take().unwrap();
    while !announced.ends_with("ready\n") {
        let mut byte = [0];
        out.read_exact(&mut byte).unwrap();
        announced.push(char::from(byte[0]));
    }
    let address =
        announced.lines().next().unwrap().trim_end_matches('/').rsplit('/').next().unwrap().parse().unwrap();
    let mut wire = crate::harness::Wire::connect(address);
    let long = "x".repeat(1_000);
    for _ in 0..200 {
        wire.send(format!("GET /a?{long} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(wire.response("GET").body, b"hello\n");
    }
    drop(wire);
    let asked = Instant::now();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let status = program::wait(&mut child, PATIENCE);
    assert!(status.is_some_and(|status| status.success()), "after {:?}", asked.elapsed());
}

#[test]
fn a_read_only_file_system_is_named() {
    let mounted = Tree::of(&[("a", "hello\n")]);
    let mut command = program::tool("unshare");
    command.args(["-m", "sh", "-c", "mount --bind -o ro \"$1\" \"$1\" && exec \"$0\" serve \"$@\""]);
    command.arg(binary("mini")).arg(mounted.path());
    command.args(["--http", "127.0.0.1:0", "--ftp", "127.0.0.1:0", "--writable", "--quiet"]);
    let server = Server::start(command);
    let mut wire = server.connect();
    wire.send("PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    let response = wire.response("PUT");
    let text = String::from_utf8_lossy(&response.body).into_owned();
    assert!(response.status == 403 && text.contains("read-only"), "{text}");
    let mut ftp = Ftp::login(&server);
    let reply = ftp.expect("MKD b", 550);
    assert!(reply.text.contains("read-only"), "{reply:?}");
    ftp.expect("DELE a", 550);
}

/// What cannot be reported has its exit code all the same.
#[test]
fn an_error_that_cannot_be_written_is_no_panic() {
    for (name, arguments, code) in [
        ("mini", ["serve", "/nonexistent"], 1),
        ("http-mini", ["get", "http://127.0.0.1:1/x"], 5),
        ("ftp-mini", ["get", "ftp://127.0.0.1:1/x"], 5),
        ("mini", ["serve", "--nonexistent"], 2),
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let status = Command::new(binary(name)).args(arguments).stderr(full).status().unwrap();
        assert_eq!(status.code(), Some(code), "{name} {arguments:?}");
    }
}

#[test]
fn a_file_or_directory_in_use_is_named() {
    let mounted = Tree::of(&[("mounted/a", "")]);
    std::fs::copy("/bin/sleep", mounted.join("program")).unwrap();
    let mut running = Command::new(mounted.join("program")).arg("60").spawn().unwrap();
    let mut command = program::tool("unshare");
    command.args(["-m", "sh", "-c", "mount -t tmpfs none \"$1/mounted\" && exec \"$0\" serve \"$@\""]);
    command.arg(binary("mini")).arg(mounted.path());
    command.args(["--http", "127.0.0.1:0", "--ftp", "127.0.0.1:0", "--writable", "--quiet"]);
    let server = Server::start(command);
    let removed = server.connect().exchange("DELETE", "/mounted/", "");
    assert!(removed.status == 409 && removed.text().contains("is in use"), "{}", removed.text());
    let mut ftp = Ftp::login(&server);
    let removed = ftp.expect("RMD mounted", 450);
    assert!(removed.text.contains("in use by another"), "{removed:?}");
    assert_eq!(ftp.transfer("APPE program", Some(b"x")), 450, "written in place");
    assert_eq!(ftp.transfer("STOR program", Some(b"x")), 226, "replaced");
    running.kill().unwrap();
    running.wait().unwrap();
}
