//! Attempts to leave the served directory over both protocols: nothing outside is ever served, and entries
//! that are not files do not block a request.

use std::fs;
use std::io::Write;
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::fs::{CWD, Mode, mkfifoat};

use crate::harness::ftp::Ftp;
use crate::harness::{Server, TIMEOUT, Tree, for_each_engine, program, shown};

/// The content of the file outside, which must not be sent.
const MARKER: &str = "the-secret-outside";

/// A served directory, `in`, with a secret file beside it.
struct Fixture {
    whole: Tree,
    _socket: UnixListener,
}

impl Fixture {
    fn new() -> Self {
        let whole = Tree::of(&[
            ("secret", MARKER),
            ("secrets/secret", MARKER),
            ("in/a", "inside\n"),
            ("in/d/b", "inside\n"),
            ("in/.hidden", MARKER),
            ("in/.git/config", MARKER),
            ("in/d/.hidden", MARKER),
            ("in/.dot/b", "inside\n"),
        ]);
        for (name, to) in [
            ("in/good", "d/b"),
            ("in/d/up-and-in", "../a"),
            ("in/out", "../secret"),
            ("in/out-dir", "../secrets"),
            ("in/far", "../../../../../../../../etc/passwd"),
            ("in/loop", "loop"),
            ("in/ping", "pong"),
            ("in/pong", "ping"),
            ("in/nowhere", "nothing"),
            ("in/to-fifo", "fifo"),
            ("in/to-dot", ".dot"),
            ("in/to-dot-file", ".dot/b"),
            ("in/absolute", "/etc/passwd"),
        ] {
            whole.symlink(name, to);
        }
        whole.symlink("in/inside-by-root", whole.join("in/a"));
        mkfifoat(CWD, whole.join("in/fifo"), Mode::from_raw_mode(0o666)).unwrap();
        let socket = UnixListener::bind(whole.join("in/socket")).unwrap();
        Self { whole, _socket: socket }
    }

    fn served(&self) -> std::path::PathBuf {
        self.whole.join("in")
    }
}

/// What a peer sees at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// A file with the content `inside`.
    File,
    /// No entry: HTTP 404 (or 400, see [`missing_status`]), FTP 550 (a line with NUL is not a command: 500).
    Missing,
}
use Expected::{File, Missing};

/// The target of HTTP, the path of FTP, the expected entry, and the reason.
type Case = (&'static str, &'static [u8], Expected, &'static str);

const CASES: &[Case] = &[
    ("/a", b"/a", File, "a file"),
    ("//a", b"//a", File, "doubled slashes are one"),
    ("///d///b", b"///d///b", File, "doubled slashes are one"),
    ("/./a", b"/./a", File, "a dot is nothing"),
    ("/d/../a", b"/d/../a", File, "dot segments inside"),
    ("/missing/../a", b"/missing/../a", File, "by the text, as URLs do"),
    ("/good", b"/good", File, "a symlink inside"),
    ("/d/up-and-in", b"/d/up-and-in", File, "a symlink up and in"),
    ("/to-dot/b", b"/to-dot/b", File, "the operator's symlink to a dot name"),
    ("/to-dot-file", b"/to-dot-file", File, "the operator's symlink to a file below one"),
    ("/%61", b"a", File, "encoded; FTP: relative"),
    ("/d%2Fb", b"d/b", File, "an encoded slash is a slash; FTP: relative"),
    ("/../secret", b"/../secret", Missing, "up"),
    ("/../in/a", b"/../in/a", Missing, "out and in again"),
    ("/d/../../secret", b"/d/../../secret", Missing, "down and up"),
    ("/../../../../../../etc/passwd", b"../../../../../../etc/passwd", Missing, "far up"),
    ("/%2e%2e/secret", b"/%2e%2e/secret", Missing, "encoded"),
    ("/%2E%2E%2Fsecret", b"%2E%2E%2Fsecret", Missing, "encoded with its slash"),
    ("/..%2fsecret", b"..%2fsecret", Missing, "half encoded"),
    ("/.%2e/secret", b".%2e/secret", Missing, "half encoded"),
    ("/%252e%252e/secret", b"/%252e%252e/secret", Missing, "encoded twice, decoded once"),
    ("/%252e%252e%252fsecret", b"/%252e%252e%252fsecret", Missing, "encoded twice, decoded once"),
    ("/%c0%ae%c0%ae/secret", b"/\xc0\xae\xc0\xae/secret", Missing, "an overlong form of UTF-8"),
    ("/..%5csecret", b"/..\\secret", Missing, "a backslash is a letter"),
    ("/%5c..%5csecret", b"\\..\\secret", Missing, "a backslash is a letter"),
    ("/d%5c..%5c..%5csecret", b"d\\..\\..\\secret", Missing, "a backslash is a letter"),
    ("//../secret", b"//../secret", Missing, "behind doubled slashes"),
    ("/d//..//..//secret", b"/d//..//..//secret", Missing, "between doubled slashes"),
    ("/.../secret", b"/.../secret", Missing, "three dots are a name"),
    ("/..;/secret", b"/..;/secret", Missing, "path parameters are letters"),
    ("/a%00", b"/a\0", Missing, "NUL"),
    ("/a%00.html", b"/a\0.html", Missing, "NUL before an extension"),
    ("/%00", b"\0", Missing, "NUL alone"),
    ("/a/b", b"/a/b", Missing, "a file is no directory"),
    ("/a%0d%0aRETR%20b", b"/a\rb", Missing, "line ends"),
    ("/out", b"/out", Missing, "a symlink out"),
    ("/out-dir/secret", b"/out-dir/secret", Missing, "through a symlink out"),
    ("/out-dir/../secret", b"/out-dir/../secret", Missing, "and up again"),
    ("/far", b"/far", Missing, "a symlink far out"),
    ("/absolute", b"/absolute", Missing, "an absolute symlink"),
    ("/inside-by-root", b"/inside-by-root", File, "an absolute symlink below the root's path"),
    ("/loop", b"/loop", Missing, "a symlink to itself"),
    ("/ping", b"/ping", Missing, "symlinks to each other"),
    ("/loop/a", b"/loop/a", Missing, "through a loop"),
    ("/nowhere", b"/nowhere", Missing, "a symlink to nothing"),
    ("/fifo", b"/fifo", Missing, "a FIFO without a writer"),
    ("/to-fifo", b"/to-fifo", Missing, "a symlink to it"),
    ("/socket", b"/socket", Missing, "a socket"),
    ("/.hidden", b"/.hidden", Missing, "a dot name"),
    ("/%2ehidden", b".hidden", Missing, "a dot name, encoded; FTP: relative"),
    ("/.git/config", b"/.git/config", Missing, "below a dot name"),
    ("/.dot/b", b"/.dot/b", Missing, "a dot name, though a symlink leads to it"),
    ("/to-dot/../.dot/b", b"/to-dot/../.dot/b", Missing, "behind that symlink"),
    ("/d/.hidden", b"/d/.hidden", Missing, "a dot name below"),
    ("/d/../.git/config", b"/d/../.git/config", Missing, "behind dot segments"),
    ("/proc/self/root/etc/passwd", b"/proc/self/root/etc/passwd", Missing, "an absolute path"),
    ("/CON", b"/CON", Missing, "a device of Windows"),
    ("/a::$DATA", b"/a::$DATA", Missing, "a stream of Windows"),
    ("/C:/secret", b"C:/secret", Missing, "a drive of Windows"),
];

/// 400 for a path that leaves the root or contains NUL, otherwise 404.
fn missing_status(target: &str) -> u16 {
    let path = target.strip_prefix("http://h").unwrap_or(target).split('?').next().unwrap();
    let path = path.to_lowercase().replace("%2e", ".").replace("%2f", "/");
    let mut depth = 0_i32;
    let leaves_root = path.split('/').filter(|segment| !matches!(*segment, "" | ".")).any(|segment| {
        depth += if segment == ".." { -1 } else { 1 };
        depth < 0
    });
    if leaves_root || path.contains("%00") { 400 } else { 404 }
}

#[test]
fn nothing_outside_is_reached_over_http() {
    let place = Fixture::new();
    for_each_engine(|engine| {
        let server = Server::http(place.served(), &["--engine", engine, "--quiet"]);
        for (target, _, is, why) in CASES {
            for target in [(*target).to_owned(), format!("{target}?x"), format!("http://h{target}")] {
                let answer = server.get(&target);
                let text = answer.text();
                assert!(!text.contains(MARKER) && !text.contains("root:"), "{target}: {why}: it is out");
                match is {
                    File => assert_eq!((answer.status, &*text), (200, "inside\n"), "{target}: {why}"),
                    Missing => assert_eq!(answer.status, missing_status(&target), "{target}: {why}"),
                }
            }
        }
    });
}

#[test]
fn nothing_outside_is_reached_over_ftp() {
    let place = Fixture::new();
    for_each_engine(|engine| {
        let server = Server::ftp(place.served(), &["--engine", engine, "--quiet"]);
        for (_, path, is, why) in CASES {
            let mut ftp = Ftp::login(&server);
            let command = |verb: &str| [verb.as_bytes(), b" ", path].concat();
            if *is == File {
                assert_eq!(ftp.fetch(command("RETR")), b"inside\n", "{}: {why}", shown(path));
                ftp.expect(command("MLST"), 250);
                continue;
            }
            let _data = ftp.data();
            for verb in ["RETR", "SIZE", "MDTM", "MLST", "CWD", "MLSD"] {
                let reply = ftp.say(command(verb));
                let expected = if path.contains(&0) { 500 } else { 550 };
                assert_eq!(reply.code, expected, "{verb} {}: {why}: {reply:?}", shown(path));
            }
            assert_eq!(ftp.expect("PWD", 257).text.split('"').nth(1), Some("/"), "{}: {why}", shown(path));
        }
    });
}

#[test]
fn entries_that_cannot_be_opened_are_not_listed() {
    let place = Fixture::new();
    let server = Server::both(place.served(), &["--quiet"]);
    let expected = ["a", "d", "good", "inside-by-root", "to-dot", "to-dot-file"];
    let listing = server.get("/?format=json").json();
    let mut from_http: Vec<_> =
        listing["entries"].as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    from_http.sort_unstable();
    assert_eq!(from_http, expected);
    let mut ftp = Ftp::login(&server);
    for command in ["NLST", "MLSD", "LIST", "LIST -R"] {
        let text = String::from_utf8(ftp.fetch(command)).unwrap();
        for name in ["out", "far", "loop", "fifo", "socket", "absolute", "hidden", ".git", MARKER, "passwd"] {
            assert!(!text.contains(name), "{command}: {name} in {text}");
        }
        assert!(expected.iter().all(|name| text.contains(name)), "{command}: {text}");
    }
}

/// Over HTTP and FTP, names longer than the file system allows do not exist.
#[test]
fn overlong_names_are_not_found() {
    let tree = Tree::of(&[("a", "")]);
    let server = Server::both(&tree, &["--quiet"]);
    let mut ftp = Ftp::login(&server);
    for name in ["x".repeat(256), "x".repeat(3_000), "x/".repeat(1_500), "../".repeat(1_000)] {
        let status = server.get(&format!("/{name}")).status;
        assert_eq!(status, if name.starts_with('.') { 400 } else { 404 }, "{}", name.len());
        ftp.expect(format!("SIZE /{name}"), 550);
    }
    assert_eq!(server.get(&format!("/{}", "x/".repeat(2_100))).status, 404, "longer than a path");
}

/// A device has no end, and opening a terminal or a FIFO may block.
#[test]
fn devices_do_not_exist() {
    let server = Server::both("/dev", &["--quiet"]);
    let mut ftp = Ftp::login(&server);
    for name in ["null", "zero", "urandom", "tty", "ptmx", "stdin", "fd/0"] {
        assert_eq!(server.get(&format!("/{name}")).status, 404, "{name}");
        let _data = ftp.data();
        ftp.expect(format!("RETR {name}"), 550);
    }
}

/// A process that opens one end of a FIFO waits for the other end. If the server opened it, a writer would be
/// killed by SIGPIPE and a reader would read nothing.
#[test]
fn requests_do_not_wake_processes_waiting_at_a_fifo() {
    let place = Fixture::new();
    let server = Server::both(place.served(), &["--quiet", "--writable"]);
    for script in ["echo inside > fifo", "read line < fifo && test $line = inside"] {
        let mut waiting = program::tool("bash");
        let mut waiting = waiting.args(["-c", script]).current_dir(place.served()).spawn().unwrap();
        while state(waiting.id()) != 'S' {
            assert_ne!(state(waiting.id()), 'Z', "{script}: it has ended");
            thread::yield_now();
        }
        for path in ["fifo", "to-fifo"] {
            for method in ["GET", "HEAD"] {
                let status = server.connect().exchange(method, &format!("/{path}"), "").status;
                assert_eq!(status, 404, "{method} {path}: {script}");
            }
            for verb in
                ["RETR", "SIZE", "MDTM", "MLST", "CWD", "MDTM 20200101000000", "SITE CHMOD 644", "APPE"]
            {
                let code = Ftp::login(&server).transfer(format!("{verb} {path}"), Some(b"outside\n"));
                // The name of the link is taken; a special file is never written.
                let expected = if (verb, path) == ("APPE", "to-fifo") { 553 } else { 550 };
                assert_eq!(code, expected, "{verb} {path}: {script}");
            }
        }
        assert!(waiting.try_wait().unwrap().is_none(), "{script}: it was let go");
        let fifo = place.served().join("fifo");
        let mut both_ends = fs::File::options().read(true).write(true).open(fifo).unwrap();
        both_ends.write_all(b"inside\n").unwrap();
        let ended = program::wait(&mut waiting, TIMEOUT).expect(script);
        assert!(ended.success(), "{script}: {ended}");
    }
}

/// The state of a process (proc_pid_stat(5)): S, it is waiting; Z, it has ended.
fn state(id: u32) -> char {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    stat.rsplit_once(") ").and_then(|(_, state)| state.chars().next()).unwrap()
}

/// The links of /proc lead to files without resolving their names.
#[test]
fn links_of_proc_do_not_exist() {
    let server = Server::both("/proc", &["--quiet"]);
    let mut ftp = Ftp::login(&server);
    for name in [
        "self/root/etc/passwd",
        "self/cwd/Cargo.toml",
        "self/exe",
        "self/fd/0",
        "thread-self/root/etc/passwd",
    ] {
        assert_eq!(server.get(&format!("/{name}")).status, 404, "{name}");
        let _data = ftp.data();
        ftp.expect(format!("RETR {name}"), 550);
    }
}

/// Between a check and an open, a name can refer to another file.
#[test]
fn a_swapped_symlink_never_leads_outside() {
    let whole = Tree::of(&[("secret/f", MARKER), ("in/real/f", "inside\n")]);
    for (link, to) in [("inner", "real"), ("outer", "../secret")] {
        whole.symlink(&format!("in/{link}"), to);
    }
    let server = Server::both(whole.join("in"), &["--quiet"]);
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                for to in ["real", "../secret"] {
                    whole.symlink("next", to);
                    fs::rename(whole.join("next"), whole.join("in/name")).unwrap();
                }
            }
        });
        let attempt = std::panic::catch_unwind(|| {
            let (mut wire, mut ftp) = (server.connect(), Ftp::login(&server));
            let mut inside = 0;
            for _ in 0..2_000 {
                let answer = wire.exchange("GET", "/name/f", "");
                assert!(!answer.text().contains(MARKER), "over HTTP");
                inside += usize::from(answer.status == 200);
            }
            for _ in 0..300 {
                let mut data = ftp.data();
                if ftp.say("RETR name/f").code == 150 {
                    assert_eq!(data.rest(), b"inside\n", "over FTP");
                    ftp.expect_reply(226);
                    inside += 1;
                }
            }
            assert!(inside > 0, "the inside was there now and then");
        });
        is_done.store(true, Ordering::Relaxed);
        if let Err(panic) = attempt {
            std::panic::resume_unwind(panic);
        }
    });
}
