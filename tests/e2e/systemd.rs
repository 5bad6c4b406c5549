//! The service manager's interfaces, with the test in its part: sockets (sd_listen_fds(3)), notifications, the watchdog
//! and reloads (sd_notify(3)).

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::activation::activated;
use crate::harness::ftp::Ftp;
use crate::harness::program::{self, run, tool};
use crate::harness::{Server, TIMEOUT, Tree, Wire, binary, for_each_engine};

/// The hash of `secret` at the lowest cost.
const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$+RsCrdHrAKGEJIDLM0Esow";

fn port_of(socket: &TcpListener) -> u16 {
    socket.local_addr().unwrap().port()
}

#[test]
fn the_sockets_of_the_manager_replace_addresses() {
    let served = Tree::of(&[("a", "hello\n")]);
    for_each_engine(|engine| {
        let (http, ftp) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("[::]:0").unwrap());
        let (mut command, _copies) = activated("mini", &[("http", &http), ("ftp", &ftp)]);
        // These addresses would fail.
        command.arg("serve").arg(served.path()).args(["--http", "192.0.2.1:1", "--ftp", "192.0.2.1:2"]);
        let server = Server::start({
            command.args(["--quiet", "--engine", engine]);
            command
        });
        assert_eq!(server.announced()[0], format!("http://127.0.0.1:{}/", port_of(&http)));
        assert_eq!(server.announced()[1], format!("ftp://localhost:{}/", port_of(&ftp)));
        assert_eq!(server.get("/a").body, b"hello\n");
        Ftp::login(&server).expect("SIZE a", 213);
    });
}

#[test]
fn sockets_are_used_by_their_names() {
    let served = Tree::of(&[("a", "hello\n")]);
    let first = TcpListener::bind("127.0.0.1:0").unwrap();
    let second = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = Tree::new();
    let unix = UnixListener::bind(place.join("socket")).unwrap();

    let (mut command, _copies) =
        activated("http-mini", &[("http", &first), ("http", &unix), ("http", &second)]);
    command.arg("serve").arg(served.path()).arg("--quiet");
    let server = Server::start(command);
    assert_eq!(server.announced().len(), 3, "{:?}", server.announced());
    for port in [&first, &second] {
        let response = Wire::connect(port.local_addr().unwrap()).exchange("GET", "/a", "");
        assert_eq!(response.body, b"hello\n");
    }
    let mut client = UnixStream::connect(place.join("socket")).unwrap();
    client.write_all(b"GET /a HTTP/1.0\r\n\r\n").unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).unwrap();
    assert!(response.ends_with("hello\n"), "{response}");
    server.stop();
    assert!(place.join("socket").exists(), "the manager's socket is not removed");

    let (mut command, _copies) = activated("ftp-mini", &[("ftp", &first), ("ftps", &second)]);
    command.arg("serve").arg(served.path()).args(["--quiet", "--tls", "self-signed", "--ftps", "990"]);
    let server = Server::start(command);
    assert!(server.address("ftps") == second.local_addr().unwrap(), "{:?}", server.announced());

    let datagram = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    // 2: the sockets do not match the options. 1: the socket itself cannot be used.
    for (sockets, options, code, says) in [
        (
            [("ftp", &first as &dyn AsFd)],
            &["--no-ftp"][..],
            2,
            "a socket 'ftp', on which this command does not listen",
        ),
        ([("ftps", &first)], &[], 2, "(with --ftps)"),
        ([("http", &datagram)], &[], 1, "the socket 'http': it is no listening stream socket"),
    ] {
        let (mut command, _copies) = activated("mini", &sockets);
        command.arg("serve").arg(served.path()).args(options);
        let ended = run(&mut command);
        assert!(ended.code == Some(code) && ended.err.contains(says), "{options:?}: {ended:?}");
    }
}

/// The manager's end of NOTIFY_SOCKET.
struct Manager {
    place: Tree,
    socket: UnixDatagram,
}

impl Manager {
    fn new() -> Self {
        let place = Tree::new();
        let socket = UnixDatagram::bind(place.join("notify")).unwrap();
        socket.set_read_timeout(Some(TIMEOUT)).unwrap();
        Self { place, socket }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(binary(program));
        command.env("NOTIFY_SOCKET", self.place.join("notify"));
        command
    }

    /// The next message, if it comes within `time`.
    fn message_within(&self, time: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(time)).unwrap();
        let mut message = [0; 1_024];
        match self.socket.recv(&mut message) {
            Ok(length) => Some(String::from_utf8(message[..length].to_vec()).unwrap()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            Err(error) => panic!("{error}"),
        }
    }

    #[track_caller]
    fn expect(&self, start: &str) -> String {
        let message = self.message_within(TIMEOUT).unwrap_or_else(|| panic!("no message {start}"));
        assert!(message.starts_with(start), "{start}: {message}");
        message
    }
}

#[test]
fn the_manager_is_notified_of_each_state() {
    let served = Tree::of(&[("a", "hello\n")]);
    for_each_engine(|engine| {
        let manager = Manager::new();
        let mut command = manager.command("mini");
        command.arg("serve").arg(served.path()).args(["--http", "127.0.0.1:0", "--ftp", "127.0.0.1:0"]);
        let mut server = Server::start({
            command.args(["--quiet", "--engine", engine]);
            command
        });
        manager.expect("READY=1\nSTATUS=");
        let before = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        server.signal(Signal::HUP);
        let reloading = manager.expect("RELOADING=1\nMONOTONIC_USEC=");
        let microseconds: i64 = reloading.trim_end().rsplit('=').next().unwrap().parse().unwrap();
        assert!(microseconds >= before.tv_sec * 1_000_000 + before.tv_nsec / 1_000, "{reloading}");
        manager.expect("READY=1\n");
        server.signal(Signal::TERM);
        manager.expect("STOPPING=1\nSTATUS=");
        assert!(server.ended_within(TIMEOUT).success());
    });
}

/// The thread that accepts connections is blocked by the reader of standard output, which has stopped.
#[test]
fn the_watchdog_is_answered_only_while_every_thread_responds() {
    let served = Tree::new();
    let manager = Manager::new();
    let serve = |command: &mut Command| {
        command.arg("serve").arg(served.path()).args(["--listen", "127.0.0.1:0", "--engine", "event-loop"]);
        command.env("WATCHDOG_USEC", "400000");
    };
    let mut command = manager.command("http-mini");
    serve(&mut command);
    let server = Server::start(command);
    let answers = |message: String| message.contains("WATCHDOG=1");
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(7) {
        // At least twice in its time; more on a busy machine.
        assert!(manager.message_within(Duration::from_secs(4)).is_some(), "after {:?}", started.elapsed());
    }
    drop(server);
    while manager.message_within(Duration::from_secs(1)).is_some() {}

    let (_reader, full) = crate::signals::full_pipe();
    let mut command = manager.command("http-mini");
    serve(&mut command);
    let mut child = command.stdout(full).spawn().unwrap();
    let started = Instant::now();
    let mut last = started.elapsed();
    while let Some(message) = manager.message_within(Duration::from_secs(4)) {
        assert!(answers(message) && started.elapsed() < TIMEOUT);
        last = started.elapsed();
    }
    assert!(last > Duration::from_secs(3), "it was answered for the first seconds: {last:?}");
    child.kill().unwrap();
    assert!(program::wait(&mut child, TIMEOUT).is_some());
}

#[test]
fn a_hangup_reads_the_users_again() {
    let served = Tree::of(&[("a", "hello\n"), ("home/b", "b")]);
    let place = Tree::new();
    let account = |name: &str, more: &str| {
        format!("[[user]]\nname = '{name}'\nhash = '{HASH}'\nallow = ['get']\n{more}\n")
    };
    let file = place.file("users.toml", account("ada", ""));
    let option = format!("--users={}", file.display());
    let server = Server::both(&served, &[&option]);
    let status = |name: &str| {
        let mut ftp = Ftp::connect(server.address("ftp")).0;
        ftp.expect(format!("USER {name}"), 331);
        ftp.say("PASS secret").code
    };
    let mut ada = Ftp::connect(server.address("ftp")).0;
    ada.expect("USER ada", 331);
    ada.expect("PASS secret", 230);
    for (content, logged, users, why) in [
        (account("ben", ""), "notice: SIGHUP: the users were read again", (530, 230), "replaced"),
        (
            "[[user]]\nname = 'ada'".into(),
            "problem: the new users are not used: cannot read",
            (530, 230),
            "incomplete",
        ),
        (String::new(), "problem: the new users are not used: ", (530, 230), "no users"),
        (
            account("ada", "home = '/missing'"),
            "problem: the new users are not used: cannot serve the home",
            (530, 230),
            "a home",
        ),
        (
            account("ada", "home = '/home'"),
            "notice: SIGHUP: the users were read again",
            (230, 530),
            "replaced",
        ),
    ] {
        // As editors do; the sandbox covers the directory.
        let new = place.file("new", content);
        fs::rename(new, &file).unwrap();
        let before = server.log_lines("", 0).iter().filter(|line| line.contains(logged)).count();
        server.signal(Signal::HUP);
        server.log_lines(logged, before + 1);
        assert_eq!((status("ada"), status("ben")), users, "{why}");
    }
    ada.expect("SIZE a", 213);
}

/// The units in packaging/. An older systemd does not know `notify-reload` (253).
#[test]
fn the_units_are_valid_and_hardened() {
    let packaging = concat!(env!("CARGO_MANIFEST_DIR"), "/../packaging");
    let unit = |name: &str| format!("{packaging}/{name}");
    let mut verify = tool("systemd-analyze");
    verify.args(["verify", "--man=no", "--recursive-errors=no"]).arg(unit("mini.service"));
    let found = run(verify.args([unit("mini-http.socket"), unit("mini-ftp.socket")])).err;
    let is_expected =
        |line: &&str| line.contains("/usr/bin/mini is not executable") || line.contains("notify-reload");
    let unexpected: Vec<&str> = found.lines().filter(|line| !is_expected(line)).collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
    let mut security = tool("systemd-analyze");
    let rated = run(security.args(["security", "--offline=true"]).arg(unit("mini.service"))).text();
    assert!(rated.trim_end().lines().last().unwrap().contains(" OK"), "{rated}");
}
