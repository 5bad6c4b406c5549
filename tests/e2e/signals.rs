//! Signals and resource limits that end other programs, and refusals by the system.

use std::fs;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::ftp::Ftp;
use crate::harness::link::{Link, accept_any_certificate};
use crate::harness::program::{self, run};
use crate::harness::{
    Certificates, ENGINES, PROMPT, Server, TIMEOUT, Tree, at_once, binary, for_each_engine, tree, wait_until,
};

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
fn sigxfsz_does_not_end_a_server() {
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
        assert_eq!(put(&server, "a", &small), 201, "and it still serves");
        assert_eq!(ftp.transfer("STOR b", Some(&small)), 226);
        assert_eq!(ftp.transfer("APPE b", Some(&large)), 552, "in place as well");
        assert_eq!(fs::read(served.join("b")).unwrap(), small);
    });
}

#[test]
fn sigxfsz_is_reported_by_a_client() {
    let (served, workdir) = (Tree::new(), Tree::new());
    served.file("large", tree::pattern(300_000));
    let server = Server::both(&served, &["--quiet"]);
    for (program, scheme) in [("http-mini", "http"), ("ftp-mini", "ftp")] {
        let mut command = limited(&binary(program));
        command.arg("get").arg(format!("{}large", server.url(scheme))).current_dir(workdir.path());
        let outcome = run(&mut command);
        assert_eq!(outcome.code, Some(1), "{program}: {}", outcome.err);
        assert!(outcome.err.contains("too large"), "{program}: {}", outcome.err);
        assert_eq!(outcome.err.lines().count(), 1, "{program}: {}", outcome.err);
    }
    // Commands that are not clients write files as well, by redirection.
    let redirected = fs::File::create(workdir.join("completions")).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -f 1 && exec \"$0\" completions bash"]).arg(binary("mini"));
    let outcome = command.stdout(redirected).stderr(Stdio::piped()).spawn().unwrap().wait_with_output();
    let outcome = outcome.unwrap();
    let err = String::from_utf8_lossy(&outcome.stderr);
    assert_eq!((outcome.status.code(), err.lines().count()), (Some(1), 1), "{err}");
}

/// Signals that other servers handle do not end this one, and the log reports them.
#[test]
fn only_stop_signals_end_a_server() {
    for_each_engine(|engine| {
        let served = Tree::of(&[("a", "hello\n")]);
        let server = Server::both(&served, &["--quiet", "--engine", engine]);
        for (signal, logged) in [
            (Signal::HUP, "notice: SIGHUP: there is no certificate, users file or --config to read again"),
            (Signal::USR1, "notice: SIGUSR1 is ignored"),
            (Signal::USR2, "notice: SIGUSR2 is ignored"),
            (Signal::XFSZ, ""),
            (Signal::PIPE, ""),
        ] {
            server.signal(signal);
            server.log_lines(logged, 1.min(logged.len()));
            assert_eq!(server.get("/a").status, 200, "{signal:?}");
        }
    });
    let mut echo = Command::new(binary("mini"));
    echo.args(["echo", "server", "--udp", "--listen", "127.0.0.1:0"]);
    let echo = Server::start(echo);
    echo.signal(Signal::HUP);
    echo.log_lines("notice: SIGHUP: there is nothing to reload", 1);
}

#[test]
fn a_hangup_reads_the_certificate_again() {
    let served = Tree::of(&[("a", "hello\n")]);
    for_each_engine(|engine| {
        let certificates = Certificates::new();
        let [certificate, key] = certificates.options("used");
        let server = Server::both(&served, &["--quiet", "--engine", engine, &certificate, &key]);
        let used = certificates.path("used.pem");
        let good = fs::read(&used).unwrap();
        // No connection arrives that would notice the change.
        for (content, logged) in [
            (&b"no certificate"[..], "problem: the new certificate is not used: "),
            (&good, "notice: SIGHUP: the certificate was read again"),
        ] {
            fs::write(&used, content).unwrap();
            server.signal(Signal::HUP);
            server.log_lines(logged, 1);
            assert!(Link::connect(server.address("https"), Some(&accept_any_certificate())).is_ok());
        }
        certificates.make("used");
        server.signal(Signal::HUP);
        server.log_lines("notice: SIGHUP: the certificate was read again", 2);
        let mut client = Link::connect(server.address("https"), Some(&accept_any_certificate())).unwrap();
        client.write_all(b"GET /a HTTP/1.0\r\n\r\n").unwrap();
        let mut response = String::new();
        client.read_to_string(&mut response).unwrap();
        assert!(response.ends_with("hello\n"), "{response}");
    });
    let server = Server::http(&served, &["--quiet", "--tls", "self-signed"]);
    server.signal(Signal::HUP);
    server.log_lines("notice: SIGHUP: a self-signed certificate is replaced only before it expires", 1);
}

#[test]
fn a_hangup_reads_the_header_rules_again() {
    let served = Tree::of(&[("a", "hello\n")]);
    for_each_engine(|engine| {
        let place = Tree::new();
        let config = place.file("mini.toml", "quiet = true\n");
        let server = Server::both(&served, &["--engine", engine, "--config", config.to_str().unwrap()]);
        assert_eq!(server.get("/a").field("x-a"), None, "no rule yet");
        for (rules, expected, logged, why) in [
            ("header = ['X-A: 1']", Some("1"), "notice: SIGHUP: the header rules were read again", "added"),
            ("header = ['X-A']", Some("1"), "problem: the new header rules are not used: ", "malformed"),
            ("headers = []", Some("1"), "there is no setting 'headers'", "unknown"),
            ("header = ['X-A: 2']\nlog = 'clf'", Some("2"), "the header rules were read again", "replaced"),
            ("", None, "the header rules were read again", "removed"),
        ] {
            place.file("mini.toml", format!("quiet = true\n{rules}\n"));
            let before = server.log_lines(logged, 0).len();
            server.signal(Signal::HUP);
            server.log_lines(logged, before + 1);
            assert_eq!(server.get("/a").field("x-a"), expected, "{rules}: {why}");
        }
    });
}

#[test]
fn a_file_or_directory_in_use_is_named() {
    let mounted = Tree::of(&[("mounted/a", "")]);
    fs::copy("/bin/sleep", mounted.join("program")).unwrap();
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

/// The write end of a full pipe that has no active reader.
pub(crate) fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = pipe().unwrap();
    fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
    while writer.write(&[b'x'; 4_096]).is_ok() {}
    fcntl_setfl(&writer, OFlags::empty()).unwrap();
    (reader, writer)
}

/// The thread that announces the addresses is blocked; in two of the engines it also accepts connections.
#[test]
fn an_unread_announcement_does_not_block_a_server() {
    let served = Tree::new();
    at_once(&ENGINES, |engine| {
        let (_reader, full) = full_pipe();
        let mut command = Command::new(binary("mini"));
        command.arg("serve").arg(served.path()).args(["--http", "127.0.0.1:0", "--engine", engine]);
        let mut child = command.args(["--ftp", "127.0.0.1:0"]).stdout(full).spawn().unwrap();
        // proc_pid_status(5): SIGTERM is signal 15.
        let status = format!("/proc/{}/status", child.id());
        wait_until(|| {
            let status = fs::read_to_string(&status).unwrap();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
            u64::from_str_radix(caught.trim(), 16).unwrap() & 1 << 14 != 0
        });
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        let status = program::wait(&mut child, TIMEOUT);
        assert_eq!(status.and_then(|status| status.code()), Some(0), "{engine}");
    });
}

/// A failure that cannot be reported still sets the exit code.
#[test]
fn an_error_that_cannot_be_written_does_not_cause_a_panic() {
    for (name, arguments, code) in [
        ("mini", &["serve", "/nonexistent"][..], 1),
        ("mini", &["serve", "--nonexistent"], 2),
        ("http-mini", &["get", "http://127.0.0.1:1/x"], 5),
        ("http-mini", &["request", "--verbose", "GET", "http://127.0.0.1:1/x"], 5),
        ("ftp-mini", &["get", "ftp://127.0.0.1:1/x"], 5),
        ("ftp-mini", &["ls", "--verbose", "ftp://127.0.0.1:1/x"], 5),
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let status = Command::new(binary(name)).args(arguments).stderr(full).status().unwrap();
        assert_eq!(status.code(), Some(code), "{name} {arguments:?}");
    }
}

#[test]
fn an_unread_log_does_not_block_a_server() {
    let served = Tree::of(&[("a", "hello\n")]);
    let (_reader, full) = full_pipe();
    let mut child = Command::new(binary("http-mini"))
        .arg("serve")
        .arg(served.path())
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(full)
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
    // More lines than the queue of the log has room for.
    for _ in 0..1_500 {
        wire.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(wire.response("GET").body, b"hello\n");
    }
    drop(wire);
    let asked = Instant::now();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let status = program::wait(&mut child, TIMEOUT);
    assert!(status.is_some_and(|status| status.success()), "after {:?}", asked.elapsed());
    assert!(asked.elapsed() < PROMPT, "{:?}", asked.elapsed());
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
