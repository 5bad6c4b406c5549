//! Servers that send false, malformed, endless or no replies and data.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use super::SIZE;
use crate::harness::scripted::ScriptedServer;
use crate::harness::scripted::ftp::{Session, files};
use crate::harness::workdir::has_controls;
use crate::harness::{TerminalUser, WorkDir, at_once, binary, tree};

/// A case's handling of a verb and its argument; returns `true` if it has replied.
type Twist = fn(&mut Session, &str, &str) -> io::Result<bool>;

fn serve(twist: Twist) -> ScriptedServer {
    ScriptedServer::ftp(files(&[("/d/f", &tree::pattern(SIZE)), ("/d/g", b"hello\n")]), twist)
}

/// Sends a prefix, and then repeats a text endlessly.
fn endless(session: &mut Session, beginning: &str, more: &str) -> io::Result<bool> {
    session.control().send(beginning)?;
    session.control().send_forever(more).map(|()| true)
}

/// A server's behaviour, and the exit code. No case stores a file.
const FALSE_REPLIES: [(&str, Twist, i32); 27] = [
    ("replies without end", |to, verb, _| then(verb.is_empty(), || endless(to, "", "220 hello\r\n")), 1),
    ("a greeting without end", |to, verb, _| then(verb.is_empty(), || endless(to, "220-", "hello\r\n")), 1),
    ("a line without end", |to, verb, _| then(verb.is_empty(), || endless(to, "220 ", "a")), 1),
    ("a reply without end", |to, verb, _| then(verb == "TYPE", || endless(to, "200-a\r\n", "200-b\r\n")), 1),
    (
        "a list without end",
        |to, verb, _| then(verb == "FEAT", || endless(to, "211-a\r\n", " FEATURE\r\n")),
        1,
    ),
    (
        "a line of a reply without end",
        |to, verb, _| then(verb == "FEAT", || endless(to, "211-a\r\n ", "a")),
        1,
    ),
    ("1yz without end", |to, verb, _| then(verb == "RETR", || endless(to, "", "150 soon\r\n")), 1),
    ("another protocol", |to, verb, _| then(verb.is_empty(), || to.say("HTTP/1.1 400 Bad Request")), 1),
    ("no code", |to, verb, _| then(verb == "USER", || to.say("hello")), 1),
    ("a code of no kind", |to, verb, _| then(verb == "USER", || to.say("999 hello")), 1),
    ("NUL in a reply", |to, verb, _| then(verb == "USER", || to.say("331 a\0b")), 0),
    ("busy", |to, verb, _| then(verb.is_empty(), || to.say("421 too many users")), 5),
    ("a login refused", |to, verb, _| then(verb == "PASS", || to.say("530 no")), 4),
    ("an account wanted", |to, verb, _| then(verb == "PASS", || to.say("332 and the account?")), 4),
    ("no such file", |to, verb, _| then(verb == "RETR", || to.say("550 no such file")), 3),
    ("permission", |to, verb, _| then(verb == "RETR", || to.say("550 Permission denied.")), 4),
    ("no passive port", |to, verb, _| then(verb.ends_with("SV"), || to.say("425 no port")), 5),
    ("no number", |to, verb, _| then(verb.ends_with("SV"), || to.say("229 here (|||x|)")), 1),
    ("a port of the machine's", |to, verb, _| then(verb == "EPSV", || to.say("229 here (|||22|)")), 1),
    (
        "a port of the machine's by PASV",
        |to, verb, _| match verb {
            "EPSV" => to.say("500 what?"),
            "PASV" => to.say("227 here (127,0,0,1,0,22)"),
            _ => Ok(false),
        },
        1,
    ),
    ("port 0", |to, verb, _| then(verb == "EPSV", || to.say("229 here (|||0|)")), 1),
    (
        "a port too large; PASV has one",
        |to, verb, _| then(verb == "EPSV", || to.say("229 here (|||99999|)")),
        0,
    ),
    ("data without a reply", |to, verb, _| then(verb == "RETR", || part(to, "").and_then(|_| to.cut())), 6),
    ("426", |to, verb, _| then(verb == "RETR", || part(to, "426 cut\r\n")), 5),
    ("451", |to, verb, _| then(verb == "RETR", || part(to, "451 the disk\r\n")), 1),
    ("226 for a part", |to, verb, _| then(verb == "RETR", || part(to, "226 all of it\r\n")), 6),
    (
        "escape sequences",
        |to, verb, _| then(verb == "RETR", || to.say("550 \x1b]0;owned\x07\x1b[2J\u{9b}31m no such file")),
        3,
    ),
];

fn then(is_it: bool, false_reply: impl FnOnce() -> io::Result<bool>) -> io::Result<bool> {
    if is_it { false_reply() } else { Ok(false) }
}

/// Sends 1,000 bytes of the file, and then this reply.
fn part(session: &mut Session, reply: &str) -> io::Result<bool> {
    session.reply("150 here")?;
    let mut data = session.data()?;
    data.send(&tree::pattern(SIZE)[..1_000])?;
    data.finish()?;
    session.control().send(reply).map(|()| true)
}

#[test]
fn false_replies_do_not_create_files() {
    for rows in FALSE_REPLIES.chunks(9) {
        at_once(rows, |(name, twist, code)| {
            let (server, workdir) = (serve(*twist), WorkDir::new());
            let started = Instant::now();
            let got =
                workdir.ftp(&["get", &server.url("ftp", "d/f"), "--retries", "0", "-v", "--max-time", "60"]);
            assert_eq!(got.code, Some(*code), "{name}: {}", got.err);
            assert!(started.elapsed() < Duration::from_secs(50), "{name}: {:?}", started.elapsed());
            match code {
                0 => assert!(fs::read(workdir.join("f")).unwrap() == tree::pattern(SIZE), "{name}"),
                _ => {
                    got.fails(*code, &[]);
                    assert_eq!(workdir.names(), workdir.parts(), "{name}");
                }
            }
        });
    }
}

/// A file that is truncated at every attempt is never stored.
#[test]
fn a_file_that_is_always_truncated_is_not_stored() {
    let server = serve(|to, verb, _| then(verb == "RETR", || part(to, "226 all of it\r\n")));
    let workdir = WorkDir::new();
    let got = workdir.ftp(&["get", &server.url("ftp", "d/f"), "--retries", "1", "--max-time", "60"]);
    got.fails(6, &["1000 bytes"]);
    assert!(!workdir.join("f").exists());
}

#[test]
fn a_silent_server_times_out() {
    let rows: [(&str, Twist); 6] = [
        ("from the start", |to, verb, _| {
            then(verb.is_empty(), || to.control().wait_for_end().map(|()| true))
        }),
        ("after USER", |_, verb, _| then(verb == "USER", || Ok(true))),
        ("after EPSV", |_, verb, _| then(verb == "EPSV", || Ok(true))),
        ("a passive port that does not listen, and no reply", |to, verb, _| {
            then(verb == "RETR", || to.control().wait_for_end().map(|()| true))
        }),
        ("no data", |to, verb, _| {
            then(verb == "RETR", || {
                to.reply("150 soon")?;
                let _data = to.data()?;
                to.control().wait_for_end().map(|()| true)
            })
        }),
        ("no 226", |to, verb, _| {
            then(verb == "RETR", || {
                to.reply("150 here")?;
                let mut data = to.data()?;
                data.send(&tree::pattern(SIZE)[..1_000])?;
                data.finish()?;
                to.control().wait_for_end().map(|()| true)
            })
        }),
    ];
    at_once(&rows, |(name, twist)| {
        let (server, workdir) = (serve(*twist), WorkDir::new());
        let started = Instant::now();
        workdir.ftp(&["get", &server.url("ftp", "d/f"), "--max-time", "1"]).fails(5, &[]);
        assert!(started.elapsed() < Duration::from_secs(25), "{name}: {:?}", started.elapsed());
        assert_eq!(workdir.names(), workdir.parts(), "{name}");
    });
}

/// RFC 2577 section 3: an address in a reply may be any host's. The data connection goes to the server.
#[test]
fn foreign_addresses_are_not_connected_to() {
    let server = serve(|to, verb, _| match verb {
        "EPSV" => to.say("500 what?"),
        "PASV" => {
            let port = to.listen()?;
            to.say(format!("227 here (192,0,2,1,{},{})", port >> 8, port & 255))
        }
        _ => Ok(false),
    });
    let workdir = WorkDir::new();
    let got = workdir.ftp(&["get", &server.url("ftp", "d/f"), "--retries", "0", "--connect-timeout", "2"]);
    assert_eq!(got.code, Some(0), "as with servers behind NAT: {}", got.err);
    assert!(fs::read(workdir.join("f")).unwrap() == tree::pattern(SIZE));
}

/// Unusual, but used by existing servers.
#[test]
fn unusual_but_valid_replies_are_accepted() {
    let rows: [(&str, Twist); 9] = [
        ("a greeting of many lines", |to, verb, _| {
            then(verb.is_empty(), || to.say("220-hello\r\n220-220 not yet\r\n 220 nor now\r\n220 ready"))
        }),
        ("no password wanted", |to, verb, _| then(verb == "USER", || to.say("230 come in"))),
        ("no FEAT", |to, verb, _| then(verb == "FEAT", || to.say("500 what?"))),
        ("no EPSV", |to, verb, _| then(verb == "EPSV", || to.say("502 what?"))),
        ("no MLSD and no MLST", |to, verb, _| {
            then(matches!(verb, "FEAT" | "MLSD" | "MLST"), || to.say("500 what?"))
        }),
        ("no SIZE and no MDTM", |to, verb, _| then(matches!(verb, "SIZE" | "MDTM"), || to.say("500 what?"))),
        ("125 for 150", |to, verb, _| {
            then(verb == "RETR", || {
                to.reply("125 here")?;
                let mut data = to.data()?;
                data.send(tree::pattern(SIZE))?;
                data.finish()?;
                to.say("250 done")
            })
        }),
        ("226 before the data", |to, verb, _| {
            then(verb == "RETR", || {
                to.reply("150 here\r\n226 done")?;
                let mut data = to.data()?;
                data.send(tree::pattern(SIZE))?;
                data.finish().map(|()| true)
            })
        }),
        ("no parentheses", |to, verb, _| match verb {
            "EPSV" => to.say("500 what?"),
            "PASV" => {
                let port = to.listen()?;
                to.say(format!("227 Entering Passive Mode 127,0,0,1,{},{}", port >> 8, port & 255))
            }
            _ => Ok(false),
        }),
    ];
    at_once(&rows, |(name, twist)| {
        let (server, workdir) = (serve(*twist), WorkDir::new());
        let got = workdir.ftp(&["get", &server.url("ftp", "d/f"), "--retries", "0"]);
        assert_eq!(got.code, Some(0), "{name}: {}", got.err);
        assert!(fs::read(workdir.join("f")).unwrap() == tree::pattern(SIZE), "{name}");
    });
}

/// Versions of a file with equal size and time are distinguished by their last bytes.
#[test]
fn versions_are_not_spliced() {
    let rows: [(&str, Twist); 4] = [
        ("REST refused", |to, verb, _| then(verb == "REST", || to.say("502 no"))),
        ("REST ignored", |to, verb, _| then(verb == "REST", || to.say("350 as you like"))),
        ("a shorter file now", |to, verb, argument| {
            then(verb == "SIZE" && argument.ends_with('f'), || to.say("213 10"))
        }),
        ("deleted now", |to, verb, _| then(verb == "REST", || to.say("550 gone"))),
    ];
    let content = tree::pattern(SIZE);
    at_once(&rows, |(name, twist)| {
        // The first connection is cut; then the server sends the false data.
        let (twist, cuts) = (*twist, std::sync::atomic::AtomicUsize::new(0));
        let tree = files(&[("/d/f", &content)]);
        let server = ScriptedServer::ftp(tree, move |to, verb, argument| {
            use std::sync::atomic::Ordering::Relaxed;
            if cuts.load(Relaxed) > 0 {
                return twist(to, verb, argument);
            }
            then(verb == "RETR", || {
                cuts.store(1, Relaxed);
                to.reply("150 here")?;
                let mut data = to.data()?;
                data.send(&tree::pattern(SIZE)[..400_000])?;
                data.finish()?;
                to.say("426 cut")
            })
        });
        let workdir = WorkDir::new();
        let got = workdir.ftp(&["get", &server.url("ftp", "d/f"), "--retries", "2", "--max-time", "60"]);
        match fs::read(workdir.join("f")) {
            Ok(got) => assert!(got == content, "{name}: {} bytes, spliced", got.len()),
            Err(_) => assert_ne!(got.code, Some(0), "{name}"),
        }
    });
}

/// Bytes written to a pipe cannot be taken back, so the content after an interruption must continue them.
#[test]
fn versions_are_not_spliced_in_a_pipe() {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    let rows: [(&[&str], u8, i32, &str); 3] = [
        (&["cat"], b'A', 0, "the same file"),
        (&["cat"], b'B', 6, "another version without size and time"),
        (&["get", "-o", "-"], b'B', 6, "the same by get"),
    ];
    at_once(&rows, |(words, now, code, why)| {
        let was_cut = AtomicBool::new(false);
        let server = ScriptedServer::ftp(files(&[("/f", &[*now; SIZE])]), move |to, verb, _| match verb {
            "FEAT" | "MLST" | "SIZE" | "MDTM" => to.say("502 not here"),
            "RETR" if !was_cut.swap(true, Relaxed) => {
                to.reply("150 here")?;
                let mut data = to.data()?;
                data.send([b'A'; SIZE / 2])?;
                data.finish()?;
                to.say("426 cut")
            }
            _ => Ok(false),
        });
        let got = WorkDir::new().ftp(&[*words, &[&*server.url("ftp", "f")]].concat());
        assert_eq!(got.code, Some(*code), "{why}: {}", got.err);
        let length = if *code == 0 { SIZE } else { SIZE / 2 };
        assert!(got.out == [b'A'].repeat(length), "{why}: {} bytes", got.out.len());
    });
}

/// On a terminal, bytes of a peer are escaped.
#[test]
fn content_cannot_control_a_terminal() {
    const EVIL: &[u8] = b"\x1b]0;owned\x07\x1b[2Jafter\n";
    let server = ScriptedServer::ftp(files(&[("/f", EVIL), ("/\u{1b}[2Jname", b"")]), |to, verb, _| {
        then(verb.is_empty(), || to.say("220-\x1b[2J\r\n220 \x1b]0;owned\x07ready"))
    });
    for arguments in ["cat URLf -v", "ls URL -v", "ls -l URL", "get URLnone"] {
        let arguments = arguments.replace("URL", &server.url("ftp", ""));
        let command = format!("{} {arguments} --retries 0; echo over", binary("ftp-mini").display());
        let mut ada = TerminalUser::start(&command);
        let screen = ada.wait_for("over");
        for control in ["\u{1b}]0;owned", "\u{1b}[2J"] {
            assert!(!screen.contains(control), "{arguments}: {screen:?}");
        }
    }
    let workdir = WorkDir::new();
    assert_eq!(
        workdir.ftp(&["cat", &server.url("ftp", "f")]).success(),
        EVIL,
        "a pipe gets the bytes unchanged"
    );
    let listed = workdir.ftp(&["ls", &server.url("ftp", "")]);
    assert!(!has_controls(&listed.out), "{:?}", listed.out.escape_ascii().to_string());
}
