//! Listings that lie: names that lead elsewhere, links, trees and listings without end.

use std::fs;
use std::time::{Duration, Instant};

use crate::harness::desk::{has_controls, summary};
use crate::harness::scripted::Scripted;
use crate::harness::scripted::ftp::{Session, files};
use crate::harness::{Desk, Tree, at_once, tree};

/// Names that no file of a folder may get.
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

/// A server whose root holds these lines, by MLSD or by LIST; every file has the content `evil`, but `good`.
fn listing(lines: String, has_mlsd: bool) -> Scripted {
    let tree = files(&[("/good", b"good")]);
    Scripted::ftp(tree, move |session: &mut Session, verb, argument| match verb {
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
        let (server, desk, outside) = (listing(lines, has_mlsd), Desk::new(), Tree::new());
        desk.file("copy/keep", "");
        std::os::unix::fs::symlink(outside.path(), desk.join("copy/link")).unwrap();
        let got = desk.ftp(&["mirror", &server.url("ftp", ""), "copy", "--retries", "0"]);
        assert_eq!(got.code, Some(1), "what cannot be kept is told, MLSD {has_mlsd}: {}", got.err);
        assert_eq!(fs::read(desk.join("copy/good")).unwrap(), b"good", "the rest goes on");
        assert!(fs::read_dir(outside.path()).unwrap().next().is_none(), "a symlink is no way out");
        assert!(!std::path::Path::new("/tmp/evil").exists());
        let evil: Vec<_> = tree::contents(&desk.join("copy"))
            .into_iter()
            .filter(|(name, content)| {
                content.as_deref() == Some(b"evil") || has_controls(name.to_string_lossy().as_bytes())
            })
            .collect();
        // A bell and DEL are no way out of a folder, but nothing to have in it either.
        assert!(evil.is_empty(), "MLSD {has_mlsd}: {evil:?}");
        let listed = desk.ftp(&["ls", &server.url("ftp", ""), "--retries", "0"]);
        assert!(!has_controls(&listed.out), "{}", listed.out.escape_ascii());
    }
}

/// A link that the server made in the folder, and a directory of its name: `link/evil` would be outside.
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
        let server = Scripted::ftp(tree, move |session, verb, argument| match verb {
            "MLSD" | "MLST" | "FEAT" if !has_mlsd => session.say("500 what?"),
            "MLSD" | "LIST" if !argument.contains("link") && session.absolute("") == "/" => {
                session.deliver(&top)
            }
            _ => Ok(false),
        });
        let desk = Desk::new();
        let got = desk.ftp(&["mirror", &server.url("ftp", ""), "copy", "--retries", "0"]);
        assert_eq!(got.code, Some(1), "the name comes twice, MLSD {has_mlsd}: {}", got.err);
        assert!(got.err.contains("'link' is left out: it is a link"), "MLSD {has_mlsd}: {}", got.err);
        assert!(fs::read_dir(outside.path()).unwrap().next().is_none(), "MLSD {has_mlsd}");
        assert_eq!(fs::read_dir(desk.join("copy")).unwrap().count(), 0, "MLSD {has_mlsd}: nothing is made");
        desk.file("copy/link", "mine");
        desk.ftp(&["mirror", &server.url("ftp", ""), "copy", "--delete", "--retries", "0"]);
        assert_eq!(fs::read(desk.join("copy/link")).unwrap(), b"mine", "MLSD {has_mlsd}: nor removed");
    }
}

/// What the server lists, beside `f`, and says in the end; `removes`: whether what is not listed is known not to
/// exist.
#[derive(Clone, Copy)]
struct Told {
    facts: Option<&'static str>,
    list: &'static str,
    reply: &'static str,
    removes: bool,
    why: &'static str,
}

const F: &str = "-rw-r--r-- 1 a a 1 Jan  2  2024 f\r\n";
const TOLD: Told = Told { facts: None, list: F, reply: "226 done", removes: false, why: "" };
const FACTS: Told = Told { list: "", ..TOLD };

fn told() -> Vec<Told> {
    vec![
        Told { removes: true, why: "a listing", ..TOLD },
        Told {
            list: "total 4\r\n\r\n-rw-r--r-- 1 a a 1 Jan  2  2024 f\r\n",
            removes: true,
            why: "headings",
            ..TOLD
        },
        Told { list: "<html><body>Please log in</body></html>\r\n", why: "a page", ..TOLD },
        Told { list: "ls: cannot open directory '.': Permission denied\r\n", why: "an error", ..TOLD },
        Told { list: "f@@;1;4;24/NOV/2025;10h15\r\n", why: "a system that nobody knows", ..TOLD },
        Told { list: "01-02-24  10:15AM    1 f\r\n", removes: true, why: "IIS", ..TOLD },
        Told { list: "-rw-r--r-- 1 a a 1 24. Okt 2024 f\r\n", removes: true, why: "German", ..TOLD },
        Told {
            list: "f;1  1/3  24-NOV-2024 10:15:30 [A] (RWED,RWED,RE,)\r\n",
            removes: true,
            why: "VMS",
            ..TOLD
        },
        Told {
            list: "-rw-r--r-- 1 a a 1 Jan  2  2024 f\r\nf        1    11-24-25        10:15\r\n",
            why: "two systems",
            ..TOLD
        },
        Told {
            list: "-rw-r--r-- 1 a a 1 Jan  2  2024 f\r\n-rw-r--r-- 1 a a 1 Qqq  2  2024 g\r\n",
            why: "an unknown month",
            ..TOLD
        },
        Told { list: "-rw-r--r-- 1 a a -1 Jan  2  2024 f\r\n", why: "a negative size", ..TOLD },
        Told {
            list: "-rw-r--r-- 1 a a 1 Jan  2  2024 f\r\n-rw-r--r-- 1 a a 1 Jan  2  2024 g",
            why: "no line end",
            ..TOLD
        },
        Told { list: "", reply: "226 Transfer done (but failed to open directory).", why: "vsftpd", ..TOLD },
        Told { reply: "226-Output truncated to 1 matches\r\n226 1 matches total", why: "Pure-FTPd", ..TOLD },
        Told { facts: Some("type=cdir; .\r\ntype=file;size=1; f\r\n"), removes: true, why: "MLSD", ..FACTS },
        Told { facts: Some("type=file;size=1 f\r\n"), why: "no last semicolon", ..FACTS },
        Told { facts: Some("type=file;size=-1; f\r\n"), why: "MLSD: a negative size", ..FACTS },
        Told {
            facts: Some("type=file;size=1; f\r\ntype=file; a/b\r\n"),
            why: "MLSD: an unsafe name",
            ..FACTS
        },
        Told { facts: Some("type=file;size=1; f"), why: "MLSD: no line end", ..FACTS },
        Told { facts: Some(""), reply: "226-Output truncated\r\n226 done", why: "MLSD: the reply", ..FACTS },
    ]
}

impl Told {
    fn server(&self) -> Scripted {
        let Told { facts, list, reply, .. } = *self;
        Scripted::ftp(files(&[("/f", b"1")]), move |session, verb, _| {
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

/// A name that is not listed may exist all the same.
#[test]
fn an_incomplete_listing_deletes_nothing() {
    at_once(&told(), |told| {
        let (Told { removes, why, .. }, desk) = (*told, Desk::new());
        let (down, up) = (told.server(), told.server());
        let expected = Some(if removes { 0 } else { 1 });
        desk.file("copy/gone", "mine");
        desk.file("copy/old/gone", "mine");
        let got = desk.ftp(&["mirror", &down.url("ftp", ""), "copy", "--delete", "--include", "*"]);
        assert_eq!(got.code, expected, "{why}: {}", got.err);
        assert!(removes || got.err.contains("the listing is incomplete"), "{why}: {}", got.err);
        assert!(removes || got.err.contains("nothing is removed"), "{why}: {}", got.err);
        for name in ["copy/gone", "copy/old/gone"] {
            assert_eq!(desk.join(name).exists(), !removes, "{why}: {name}");
        }
        assert_eq!(fs::read(desk.join("copy/f")).ok().as_deref(), Some(&b"1"[..]), "{why}: NLST has it");

        desk.file("mine/new", "mine");
        let put = desk.ftp(&["mirror", "mine", &up.url("ftp", ""), "--delete"]);
        assert_eq!(put.code, expected, "{why}: {}", put.err);
        let is_removed = up.heard().iter().any(|line| line.starts_with("DELE"));
        assert_eq!(is_removed, removes, "{why}: {:?}", up.heard());

        let listed = desk.ftp(&["ls", &down.url("ftp", "")]);
        assert_eq!(listed.code, expected, "{why}: {}", listed.err);
        assert!(removes || listed.err.contains("the listing is incomplete"), "{why}: {}", listed.err);
        assert_eq!(listed.out, b"f\n", "{why}");
    });
}

#[test]
fn a_directory_that_is_not_fully_listed_is_not_removed() {
    let server =
        Scripted::ftp(files(&[("/d/f", b"1")]), |session: &mut Session, verb, argument| match verb {
            "MLSD" if session.absolute(argument) == "/d" => session.deliver("type=file;size=1; f\r\n?\r\n"),
            "DELE" if session.absolute(argument) == "/d" => session.say("550 it is a directory"),
            _ => Ok(false),
        });
    let desk = Desk::new();
    let url = server.url("ftp", "");
    desk.ftp(&["rm", "-r", &format!("{url}d")])
        .fails(1, &["the listing is incomplete", "nothing is removed"]);
    desk.file("mine/g", "");
    let put = desk.ftp(&["mirror", "mine", &url, "--delete"]);
    assert!(put.code == Some(1) && put.err.contains("incomplete"), "{}", put.err);
    for words in ["ls d\n", "rm -r d\n", "cat d/*x\n"] {
        let commands = desk.file("commands", words);
        let mut shell = desk.command("ftp-mini", &["shell", &url]);
        let told = desk.run(shell.stdin(fs::File::open(commands).unwrap()));
        assert!(told.code == Some(1) && told.err.contains("incomplete"), "{words}: {}", told.err);
    }
    let changes: Vec<_> =
        server.heard().into_iter().filter(|line| line.ends_with("d/f") || line.starts_with("RMD")).collect();
    assert!(changes.is_empty(), "{changes:?}");
}

/// Directories and names of this side that cannot be read or sent may be there on the other one.
#[test]
fn entries_that_cannot_be_read_locally_are_not_deleted_remotely() {
    let server =
        Scripted::ftp(files(&[("/closed/f", b"1"), ("/a?b", b"1"), ("/gone", b"1")]), |_, _, _| Ok(false));
    let desk = Desk::new();
    desk.file("mine/a\nb", "");
    desk.file("mine/new", "");
    std::os::unix::net::UnixListener::bind(desk.join("mine/closed")).unwrap();
    let put = desk.ftp(&["mirror", "mine", &server.url("ftp", ""), "--delete"]);
    assert_eq!(put.code, Some(1), "{}", put.err);
    let removed: Vec<_> = server.heard().into_iter().filter(|line| line.starts_with("DELE")).collect();
    assert!(removed.is_empty(), "{removed:?}");
    assert!(server.heard().iter().any(|line| line == "STOR new"), "the rest goes on");
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
        let server = Scripted::ftp(files(&[]), move |session, verb, _| match verb {
            "MLSD" | "MLST" | "FEAT" if !has_mlsd => session.say("500 what?"),
            "MLSD" | "LIST" => {
                session.reply("150 here")?;
                session.data()?.send_forever(&line).map(|()| true)
            }
            _ => Ok(false),
        });
        let desk = Desk::new();
        for words in [&["mirror", "URL", "copy"][..], &["ls", "URL"]] {
            let url = server.url("ftp", "");
            let words: Vec<&str> =
                words.iter().map(|word| if *word == "URL" { &*url } else { word }).collect();
            let begun = Instant::now();
            let got = desk.ftp(&[&words[..], &["--retries", "0"]].concat());
            got.fails_with(&[1, 5, 6], &[]);
            assert!(begun.elapsed() < Duration::from_secs(15), "{name} {words:?}: {:?}", begun.elapsed());
        }
    });
}

/// Directories within directories, all alike.
#[test]
fn an_endless_tree_is_left_at_the_depth_limit() {
    let server = Scripted::ftp(files(&[]), |session, verb, _| match verb {
        "MLSD" => session.deliver("type=dir;modify=20240102030405; d\r\n"),
        "CWD" => session.say("250 there"),
        "MLST" => session.say("250-it is\r\n type=dir; d\r\n250 that"),
        _ => Ok(false),
    });
    let desk = Desk::new();
    let got = desk.ftp(&["mirror", &server.url("ftp", ""), "copy", "--retries", "0"]);
    assert_eq!(got.code, Some(1), "{}", got.err);
    let listings = server.heard().iter().filter(|line| line.starts_with("MLSD")).count();
    assert!(listings < 500, "{listings} listings");
    // So deep that removing what is there is left to a bound as well.
    let removed = desk.ftp(&["rm", "-r", &server.url("ftp", "d"), "--retries", "0"]);
    assert_ne!(removed.code, Some(0), "{}", removed.err);
}

/// As servers list them that follow every link: `l1` and `l2` lead to the directory that they are in.
#[test]
fn link_loops_terminate() {
    const PLAIN: &str = "type=dir; l1\r\ntype=dir; l2\r\ntype=file;size=1; f\r\n";
    const FACTS: &str = "type=dir;unique=1; l1\r\ntype=dir;unique=1; l2\r\ntype=file;size=1; f\r\n";
    const CURRENT: &str = "type=cdir;unique=1; .\r\ntype=dir; l1\r\ntype=dir; l2\r\ntype=file;size=1; f\r\n";
    for (lines, links, files_made, code, why) in [
        (CURRENT, 2, 1, 0, "the directory itself has a unique fact"),
        (FACTS, 2, 1, 0, "the entries have one, and MLST tells that of the first directory"),
        (PLAIN, 0, 3, 1, "only the listings are the same"),
    ] {
        let server = Scripted::ftp(files(&[]), move |session: &mut Session, verb, _| match verb {
            "MLSD" => session.deliver(lines),
            "MLST" if lines == FACTS => session.say("250-it is\r\n type=dir;unique=1; .\r\n250 that"),
            "RETR" => session.deliver("1"),
            "SIZE" => session.say("213 1"),
            _ => Ok(false),
        });
        let desk = Desk::new();
        let got = desk.ftp(&["mirror", &server.url("ftp", ""), "copy", "--retries", "0", "--json"]);
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
    // The second one is 80 MB, of which 32 MiB are taken.
    let rows = [(50_000, 250, 0, "long names"), (5_000, 16_000, 1, "longer than names are")];
    at_once(&rows, |(count, length, code, why)| {
        let lines: String = (0..*count).map(|number| mlsd(&format!("{number:0length$}"))).collect();
        let server = Scripted::ftp(files(&[]), move |session, verb, argument| match verb {
            "MLSD" if argument == "empty" => session.deliver(""),
            "MLSD" => session.deliver(&lines),
            _ => Ok(false),
        });
        let desk = Desk::new();
        for words in [&["ls", "--json"][..], &["mirror", "--dry-run", "--quiet"]] {
            let list = |path| {
                let url = server.url("ftp", path);
                let to = (words[0] == "mirror").then_some("copy");
                desk.ftp(&words.iter().copied().chain([&*url]).chain(to).collect::<Vec<_>>())
            };
            // It may have ended before its memory was looked at, which is 8 MiB at least.
            let (least, most) = (list("empty").memory.max(8 << 10), list(""));
            assert_eq!(most.code, Some(*code), "{why}, {words:?}: {}", most.err);
            let more = most.memory.saturating_sub(least);
            assert!(more < 32 << 10, "{why}, {words:?}: {more} KiB more");
        }
    });
}
