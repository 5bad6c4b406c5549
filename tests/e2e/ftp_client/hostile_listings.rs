//! False listings: names that lead outside, links, endless trees and endless listings.

use std::fs;
use std::time::Instant;

use crate::harness::scripted::ScriptedServer;
use crate::harness::scripted::ftp::{Session, files};
use crate::harness::workdir::{has_controls, summary};
use crate::harness::{TIMEOUT, Tree, WorkDir, at_once, tree};

/// Names that must not be created in a folder.
const NAMES: [&str; 14] = [
    "../evil",
    "..",
    ".",
    "",
    "/",
    "/tmp/evil",
    "a/b",
    "a\0b",
    "a\rb",
    "a\x1b[2Jb",
    "a\x07b",
    "link/evil",
    "\x7f",
    ".mini~new-1",
];

/// A server whose root lists these lines, by MLSD or by LIST; every file except `good` has the content
/// `evil`.
fn listing(lines: String, has_mlsd: bool) -> ScriptedServer {
    let tree = files(&[("/good", b"good")]);
    ScriptedServer::ftp(tree, move |session: &mut Session, verb, argument| match verb {
        "MLSD" | "MLST" | "FEAT" if !has_mlsd => session.say("500 what?"),
        "MLSD" | "LIST" => session.deliver(&lines),
        "RETR" if !argument.ends_with("good") => session.deliver("evil"),
        "SIZE" if !argument.ends_with("good") => session.say("213 4"),
        _ => Ok(false),
    })
}

fn mlsd(name: &str) -> String {
    format!("type=file;size=4;modify=20240102030405; {name}\r\n")
}

fn list(name: &str) -> String {
    format!("-rw-r--r-- 1 a a 4 Jan  2  2024 {name}\r\n")
}

#[test]
fn names_cannot_leave_the_folder() {
    for (line, has_mlsd) in [(mlsd as fn(&str) -> String, true), (list, false)] {
        let lines: String = NAMES.iter().chain(&["good"]).map(|name| line(name)).collect();
        let (server, workdir, outside) = (listing(lines, has_mlsd), WorkDir::new(), Tree::new());
        workdir.file("copy/keep", "");
        std::os::unix::fs::symlink(outside.path(), workdir.join("copy/link")).unwrap();
        let got = workdir.ftp(&["mirror", &server.url("ftp", ""), "copy", "--retries", "0"]);
        assert_eq!(
            got.code,
            Some(1),
            "an entry that cannot be stored is reported, MLSD {has_mlsd}: {}",
            got.err
        );
        assert_eq!(fs::read(workdir.join("copy/good")).unwrap(), b"good", "the others are copied");
        assert!(fs::read_dir(outside.path()).unwrap().next().is_none(), "a symlink is no way out");
        assert!(!std::path::Path::new("/tmp/evil").exists());
        let evil: Vec<_> = tree::contents(&workdir.join("copy"))
            .into_iter()
            .filter(|(name, content)| {
                content.as_deref() == Some(b"evil") || has_controls(name.to_string_lossy().as_bytes())
            })
            .collect();
        // A bell and DEL cannot leave a folder, but must not be in a name either.
        assert!(evil.is_empty(), "MLSD {has_mlsd}: {evil:?}");
        let listed = workdir.ftp(&["ls", &server.url("ftp", ""), "--retries", "0"]);
        assert!(!has_controls(&listed.out), "{}", listed.out.escape_ascii());
    }
}

/// The server lists a link and a directory of the same name: `link/evil` would be outside.
#[test]
fn links_are_not_made_and_not_followed() {
    let outside = Tree::new();
    let to = outside.path().display().to_string();
    let rows = [
        (
            format!(
                "lrwxrwxrwx 1 a a 4 Jan  2  2024 link -> {to}\r\ndrwxr-xr-x 1 a a 4 Jan  2  2024 link\r\n"
            ),
            false,
        ),
        (format!("type=OS.unix=slink:{to};size=4; link\r\ntype=dir; link\r\n"), true),
    ];
    for (lines, has_mlsd) in rows {
        let top = lines.clone();
        let tree = files(&[("/link/evil", b"evil")]);
        let server = ScriptedServer::ftp(tree, move |session, verb, argument| match verb {
            "MLSD" | "MLST" | "FEAT" if !has_mlsd => session.say("500 what?"),
            "MLSD" | "LIST" if !argument.contains("link") && session.absolute("") == "/" => {
                session.deliver(&top)
            }
            _ => Ok(false),
        });
        let workdir = WorkDir::new();
        let got = workdir.ftp(&["mirror", &server.url("ftp", ""), "copy", "--retries", "0"]);
        assert_eq!(got.code, Some(1), "the name is listed twice, MLSD {has_mlsd}: {}", got.err);
        assert!(got.err.contains("'link' is left out: it is a link"), "MLSD {has_mlsd}: {}", got.err);
        assert!(fs::read_dir(outside.path()).unwrap().next().is_none(), "MLSD {has_mlsd}");
        assert_eq!(
            fs::read_dir(workdir.join("copy")).unwrap().count(),
            0,
            "MLSD {has_mlsd}: nothing is made"
        );
        workdir.file("copy/link", "mine");
        workdir.ftp(&["mirror", &server.url("ftp", ""), "copy", "--delete", "--retries", "0"]);
        assert_eq!(fs::read(workdir.join("copy/link")).unwrap(), b"mine", "MLSD {has_mlsd}: nor removed");
    }
}

/// The listing that the server sends beside `f`, and its final reply; `removes`: whether an unlisted name is
/// known not to exist.
#[derive(Clone, Copy)]
struct FalseListing {
    facts: Option<&'static str>,
    list: &'static str,
    reply: &'static str,
    removes: bool,
    why: &'static str,
}

const F: &str = "-rw-r--r-- 1 a a 1 Jan  2  2024 f\r\n";
const EMPTY_REPLY: FalseListing =
    FalseListing { facts: None, list: F, reply: "226 done", removes: false, why: "" };
const FACTS: FalseListing = FalseListing { list: "", ..EMPTY_REPLY };

fn false_listings() -> Vec<FalseListing> {
    vec![
        FalseListing { removes: true, why: "a listing", ..EMPTY_REPLY },
        FalseListing {
            list: "total 4\r\n\r\n-rw-r--r-- 1 a a 1 Jan  2  2024 f\r\n",
            removes: true,
            why: "headings",
            ..EMPTY_REPLY
        },
        FalseListing { list: "<html><body>Please log in</body></html>\r\n", why: "a page", ..EMPTY_REPLY },
        FalseListing {
            list: "ls: cannot open directory '.': Permission denied\r\n",
            why: "an error",
            ..EMPTY_REPLY
        },
        FalseListing { list: "f@@;1;4;24/NOV/2025;10h15\r\n", why: "an unknown system", ..EMPTY_REPLY },
        FalseListing { list: "01-02-24  10:15AM    1 f\r\n", removes: true, why: "IIS", ..EMPTY_REPLY },
        FalseListing {
            list: "-rw-r--r-- 1 a a 1 24. Okt 2024 f\r\n",
            removes: true,
            why: "German",
            ..EMPTY_REPLY
        },
        FalseListing {
            list: "f;1  1/3  24-NOV-2024 10:15:30 [A] (RWED,RWED,RE,)\r\n",
            removes: true,
            why: "VMS",
            ..EMPTY_REPLY
        },
        FalseListing {
            list: "-rw-r--r-- 1 a a 1 Jan  2  2024 f\r\nf        1    11-24-25        10:15\r\n",
            why: "two systems",
            ..EMPTY_REPLY
        },
        FalseListing {
            list: "-rw-r--r-- 1 a a 1 Jan  2  2024 f\r\n-rw-r--r-- 1 a a 1 Qqq  2  2024 g\r\n",
            why: "an unknown month",
            ..EMPTY_REPLY
        },
        FalseListing {
            list: "-rw-r--r-- 1 a a -1 Jan  2  2024 f\r\n",
            why: "a negative size",
            ..EMPTY_REPLY
        },
        FalseListing {
            list: "-rw-r--r-- 1 a a 1 Jan  2  2024 f\r\n-rw-r--r-- 1 a a 1 Jan  2  2024 g",
            why: "no line end",
            ..EMPTY_REPLY
        },
        FalseListing {
            list: "",
            reply: "226 Transfer done (but failed to open directory).",
            why: "vsftpd",
            ..EMPTY_REPLY
        },
        FalseListing {
            reply: "226-Output truncated to 1 matches\r\n226 1 matches total",
            why: "Pure-FTPd",
            ..EMPTY_REPLY
        },
        FalseListing {
            facts: Some("type=cdir; .\r\ntype=file;size=1; f\r\n"),
            removes: true,
            why: "MLSD",
            ..FACTS
        },
        FalseListing { facts: Some("type=file;size=1 f\r\n"), why: "no last semicolon", ..FACTS },
        FalseListing { facts: Some("type=file;size=-1; f\r\n"), why: "MLSD: a negative size", ..FACTS },
        FalseListing {
            facts: Some("type=file;size=1; f\r\ntype=file; a/b\r\n"),
            why: "MLSD: an unsafe name",
            ..FACTS
        },
        FalseListing { facts: Some("type=file;size=1; f"), why: "MLSD: no line end", ..FACTS },
        FalseListing {
            facts: Some(""),
            reply: "226-Output truncated\r\n226 done",
            why: "MLSD: the reply",
            ..FACTS
        },
    ]
}

impl FalseListing {
    fn server(&self) -> ScriptedServer {
        let FalseListing { facts, list, reply, .. } = *self;
        ScriptedServer::ftp(files(&[("/f", b"1")]), move |session, verb, _| {
            let content = match (verb, facts) {
                ("MLSD", Some(facts)) => facts,
                ("LIST", None) => list,
                ("MLSD" | "MLST" | "FEAT", None) => return session.say("500 what?"),
                _ => return Ok(false),
            };
            session.reply("150 here it comes")?;
            let mut data = session.data()?;
            data.send(content)?;
            data.finish()?;
            session.say(reply)
        })
    }
}

/// A name that is not listed may exist.
#[test]
fn an_incomplete_listing_deletes_nothing() {
    at_once(&false_listings(), |listing| {
        let (FalseListing { removes, why, .. }, workdir) = (*listing, WorkDir::new());
        let (down, up) = (listing.server(), listing.server());
        let expected = Some(if removes { 0 } else { 1 });
        workdir.file("copy/gone", "mine");
        workdir.file("copy/old/gone", "mine");
        let got = workdir.ftp(&["mirror", &down.url("ftp", ""), "copy", "--delete", "--include", "*"]);
        assert_eq!(got.code, expected, "{why}: {}", got.err);
        assert!(removes || got.err.contains("the listing is incomplete"), "{why}: {}", got.err);
        assert!(removes || got.err.contains("nothing is removed"), "{why}: {}", got.err);
        for name in ["copy/gone", "copy/old/gone"] {
            assert_eq!(workdir.join(name).exists(), !removes, "{why}: {name}");
        }
        assert_eq!(fs::read(workdir.join("copy/f")).ok().as_deref(), Some(&b"1"[..]), "{why}: NLST has it");

        workdir.file("mine/new", "mine");
        let put = workdir.ftp(&["mirror", "mine", &up.url("ftp", ""), "--delete"]);
        assert_eq!(put.code, expected, "{why}: {}", put.err);
        let is_removed = up.received().iter().any(|line| line.starts_with("DELE"));
        assert_eq!(is_removed, removes, "{why}: {:?}", up.received());

        let listed = workdir.ftp(&["ls", &down.url("ftp", "")]);
        assert_eq!(listed.code, expected, "{why}: {}", listed.err);
        assert!(removes || listed.err.contains("the listing is incomplete"), "{why}: {}", listed.err);
        assert_eq!(listed.out, b"f\n", "{why}");
    });
}

#[test]
fn a_directory_that_is_not_fully_listed_is_not_removed() {
    let server =
        ScriptedServer::ftp(files(&[("/d/f", b"1")]), |session: &mut Session, verb, argument| match verb {
            "MLSD" if session.absolute(argument) == "/d" => session.deliver("type=file;size=1; f\r\n?\r\n"),
            "DELE" if session.absolute(argument) == "/d" => session.say("550 it is a directory"),
            _ => Ok(false),
        });
    let workdir = WorkDir::new();
    let url = server.url("ftp", "");
    workdir
        .ftp(&["rm", "-r", &format!("{url}d")])
        .fails(1, &["the listing is incomplete", "nothing is removed"]);
    workdir.file("mine/g", "");
    let put = workdir.ftp(&["mirror", "mine", &url, "--delete"]);
    assert!(put.code == Some(1) && put.err.contains("incomplete"), "{}", put.err);
    for words in ["ls d\n", "rm -r d\n", "cat d/*x\n"] {
        let commands = workdir.file("commands", words);
        let mut shell = workdir.command("ftp-mini", &["shell", &url]);
        let listing = workdir.run(shell.stdin(fs::File::open(commands).unwrap()));
        assert!(listing.code == Some(1) && listing.err.contains("incomplete"), "{words}: {}", listing.err);
    }
    let changes: Vec<_> = server
        .received()
        .into_iter()
        .filter(|line| line.ends_with("d/f") || line.starts_with("RMD"))
        .collect();
    assert!(changes.is_empty(), "{changes:?}");
}

/// Local directories and names that cannot be read or sent may exist on the server.
#[test]
fn entries_that_cannot_be_read_locally_are_not_deleted_remotely() {
    let server =
        ScriptedServer::ftp(files(&[("/closed/f", b"1"), ("/a?b", b"1"), ("/gone", b"1")]), |_, _, _| {
            Ok(false)
        });
    let workdir = WorkDir::new();
    workdir.file("mine/a\nb", "");
    workdir.file("mine/new", "");
    std::os::unix::net::UnixListener::bind(workdir.join("mine/closed")).unwrap();
    let put = workdir.ftp(&["mirror", "mine", &server.url("ftp", ""), "--delete"]);
    assert_eq!(put.code, Some(1), "{}", put.err);
    let removed: Vec<_> = server.received().into_iter().filter(|line| line.starts_with("DELE")).collect();
    assert!(removed.is_empty(), "{removed:?}");
    assert!(server.received().iter().any(|line| line == "STOR new"), "the others are copied");
}

#[test]
fn endless_listings_use_bounded_memory() {
    let rows = [
        ("MLSD", mlsd("abc")),
        ("LIST", list("abc")),
        ("a line", "a".to_owned()),
        ("nothing", "\r\n".into()),
    ];
    at_once(&rows, |(name, line)| {
        let (line, has_mlsd) = (line.clone(), *name != "LIST");
        let server = ScriptedServer::ftp(files(&[]), move |session, verb, _| match verb {
            "MLSD" | "MLST" | "FEAT" if !has_mlsd => session.say("500 what?"),
            "MLSD" | "LIST" => {
                session.reply("150 here")?;
                session.data()?.send_forever(&line).map(|()| true)
            }
            _ => Ok(false),
        });
        let workdir = WorkDir::new();
        for words in [&["mirror", "URL", "copy"][..], &["ls", "URL"]] {
            let url = server.url("ftp", "");
            let words: Vec<&str> =
                words.iter().map(|word| if *word == "URL" { &*url } else { word }).collect();
            let started = Instant::now();
            let got = workdir.ftp(&[&words[..], &["--retries", "0"]].concat());
            got.fails(1, &["the listing has"]);
            assert!(started.elapsed() < TIMEOUT, "{name} {words:?}: {:?}", started.elapsed());
        }
    });
}

/// Directories within directories, all with the same listing.
#[test]
fn an_endless_tree_is_left_at_the_depth_limit() {
    let server = ScriptedServer::ftp(files(&[]), |session, verb, _| match verb {
        "MLSD" => session.deliver("type=dir;modify=20240102030405; d\r\n"),
        "CWD" => session.say("250 there"),
        "MLST" => session.say("250-it is\r\n type=dir; d\r\n250 that"),
        "DELE" | "RMD" => session.say("550 It is a directory with entries."),
        _ => Ok(false),
    });
    let listings = || server.received().iter().filter(|line| line.starts_with("MLSD")).count();
    let workdir = WorkDir::new();
    let got = workdir.ftp(&["mirror", &server.url("ftp", ""), "copy", "--retries", "0"]);
    assert_eq!(got.code, Some(1), "{}", got.err);
    let of_mirror = listings();
    assert!(of_mirror < 500, "{of_mirror} listings");
    // The deepest directory is removed as if it were empty.
    let removed = workdir.ftp(&["rm", "-r", &server.url("ftp", "d"), "--retries", "0"]);
    assert_eq!(removed.code, Some(1), "{}", removed.err);
    assert_eq!(listings() - of_mirror, 100, "one for each level");
}

/// Some servers follow every link in a listing: `l1` and `l2` are links to their own directory.
#[test]
fn link_loops_terminate() {
    const PLAIN: &str = "type=dir; l1\r\ntype=dir; l2\r\ntype=file;size=1; f\r\n";
    const FACTS: &str = "type=dir;unique=1; l1\r\ntype=dir;unique=1; l2\r\ntype=file;size=1; f\r\n";
    const CURRENT: &str = "type=cdir;unique=1; .\r\ntype=dir; l1\r\ntype=dir; l2\r\ntype=file;size=1; f\r\n";
    for (lines, links, files_made, code, why) in [
        (CURRENT, 2, 1, 0, "the directory itself has a unique fact"),
        (FACTS, 2, 1, 0, "the entries have one, and MLST reports that of the first directory"),
        (PLAIN, 0, 3, 1, "only the listings are the same"),
    ] {
        let server = ScriptedServer::ftp(files(&[]), move |session: &mut Session, verb, _| match verb {
            "MLSD" => session.deliver(lines),
            "MLST" if lines == FACTS => session.say("250-it is\r\n type=dir;unique=1; .\r\n250 that"),
            "RETR" => session.deliver("1"),
            "SIZE" => session.say("213 1"),
            _ => Ok(false),
        });
        let workdir = WorkDir::new();
        let got = workdir.ftp(&["mirror", &server.url("ftp", ""), "copy", "--retries", "0", "--json"]);
        assert_eq!(got.code, Some(code), "{why}: {}", got.err);
        let summary = summary(&got.out);
        assert_eq!(
            (&summary["links"], &summary["transferred"]),
            (&links.into(), &files_made.into()),
            "{why}"
        );
    }
}

/// At most 32 MiB more than a listing without entries does.
#[test]
fn many_entries_use_little_memory() {
    // The second one is 80 MB, of which the client accepts 32 MiB.
    let rows = [(50_000, 250, 0, "long names"), (5_000, 16_000, 1, "longer than names are")];
    at_once(&rows, |(count, length, code, why)| {
        let lines: String = (0..*count).map(|number| mlsd(&format!("{number:0length$}"))).collect();
        let server = ScriptedServer::ftp(files(&[]), move |session, verb, argument| match verb {
            "MLSD" if argument == "empty" => session.deliver(""),
            "MLSD" => session.deliver(&lines),
            _ => Ok(false),
        });
        let workdir = WorkDir::new();
        for words in [&["ls", "--json"][..], &["mirror", "--dry-run", "--quiet"]] {
            let list = |path| {
                let url = server.url("ftp", path);
                let to = (words[0] == "mirror").then_some("copy");
                workdir.ftp(&words.iter().copied().chain([&*url]).chain(to).collect::<Vec<_>>())
            };
            // The process may have ended before its memory was measured; it needs 8 MiB at least.
            let (least, most) = (list("empty").memory.max(8 << 10), list(""));
            assert_eq!(most.code, Some(*code), "{why}, {words:?}: {}", most.err);
            let more = most.memory.saturating_sub(least);
            assert!(more < 32 << 10, "{why}, {words:?}: {more} KiB more");
        }
    });
}
