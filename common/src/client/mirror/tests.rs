//! Mirrors between a folder and a server, which is another folder. Trees are written as text: `name=content`
//! for a file, a slash at the end for a directory, in order and separated by spaces.

#![expect(clippy::disallowed_methods, reason = "a test makes the files that it names")]

mod links;
mod server;

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::*;
use crate::client::{FaultKind, LocalFolder};
use crate::net::engine::on_test_runtime;
use server::{FolderServer, file};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Down,
    Up,
}

fn make(root: &Path, tree: &str) {
    for entry in tree.split_terminator(' ') {
        let (name, content) = entry.split_once('=').unwrap_or((entry, ""));
        let path = root.join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
            continue;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    }
}

fn seen(root: &Path) -> String {
    let mut found = Vec::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                found.push(format!("{name}/"));
                waiting.push(path);
            } else {
                found.push(format!("{name}={}", fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found.join(" ")
}

#[derive(Clone)]
struct Case<'a> {
    direction: Direction,
    delete: bool,
    follows_links: bool,
    dry_run: bool,
    include: &'a str,
    exclude: &'a str,
    false_entries: Vec<MirrorEntry>,
    others: &'a [&'a str],
    unread: &'static [&'static str],
    lost: &'static str,
}

const DOWN: Case<'static> = case(Direction::Down, false);
const UP: Case<'static> = case(Direction::Up, false);
/// With --delete.
const DOWN_DELETE: Case<'static> = case(Direction::Down, true);
const UP_DELETE: Case<'static> = case(Direction::Up, true);

const fn case(direction: Direction, delete: bool) -> Case<'static> {
    Case {
        direction,
        delete,
        follows_links: false,
        dry_run: false,
        include: "",
        exclude: "",
        false_entries: Vec::new(),
        others: &[],
        unread: &[],
        lost: "",
    }
}

/// A source and a target.
struct Trees {
    source: TempDir,
    target: TempDir,
}

impl Trees {
    fn new(source: &str, target: &str) -> Self {
        let trees = Self { source: tempfile::tempdir().unwrap(), target: tempfile::tempdir().unwrap() };
        make(trees.source.path(), source);
        make(trees.target.path(), target);
        trees
    }

    fn run(&self, case: &Case<'_>) -> (Result<MirrorSummary, Fault>, Vec<String>) {
        run(case, self.source.path(), self.target.path())
    }

    fn target(&self) -> String {
        seen(self.target.path())
    }
}

/// The result of a mirror, and the sorted requests to the server.
fn run(case: &Case<'_>, source: &Path, target: &Path) -> (Result<MirrorSummary, Fault>, Vec<String>) {
    let (remote, local) = match case.direction {
        Direction::Down => (source, target),
        Direction::Up => (target, source),
    };
    on_test_runtime(async {
        let asked = Rc::new(RefCell::new(Vec::new()));
        let remote = Rc::new(LocalFolder::open(remote).unwrap());
        let worker = |_| FolderServer {
            folder: Rc::clone(&remote),
            asked: Rc::clone(&asked),
            false_entries: case.false_entries.clone(),
            others: case.others.iter().map(|name| name.as_bytes().to_vec()).collect(),
            unread: case.unread,
            lost: case.lost,
        };
        let patterns = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let options = MirrorSettings {
            filter: Filter::new(&patterns(case.include), &patterns(case.exclude)).unwrap(),
            follows_links: case.follows_links,
            delete: case.delete,
            dry_run: case.dry_run,
        };
        let folder = Rc::new(LocalFolder::open(local).unwrap());
        let local = LocalTree { folder, is_missing: false };
        let report = Reporter::default();
        let done = match case.direction {
            Direction::Down => {
                let workers = (0..3).map(|number| (worker(number), local.clone())).collect();
                mirror(&options, workers, &report).await
            }
            Direction::Up => {
                let workers = (0..3).map(|number| (local.clone(), worker(number))).collect();
                mirror(&options, workers, &report).await
            }
        };
        let mut asked = asked.take();
        asked.sort();
        (done, asked)
    })
}

#[test]
fn the_target_becomes_like_the_source() {
    let source = "a=one b/c=two b/d/e=three empty/";
    let all = "a=one b/ b/c=two b/d/ b/d/e=three empty/";
    let with_more = "a=one b/ b/c=two b/d/ b/d/e=three empty/ more=x";
    let isos = |case| Case { include: "*.iso", ..case };
    let other = "b/ b/d/ empty/ other/ other/x=1";
    for (case, before, expected, summary, why) in [
        (DOWN, "", all, (3, 0, 0, 0), "all"),
        (UP, "", all, (3, 0, 0, 0), "all"),
        (DOWN, "a=one b/c=other more=x", with_more, (2, 1, 0, 0), "only entries that differ in size or time"),
        (
            DOWN_DELETE,
            "a=one more=x old/x/y=z b=file",
            all,
            (2, 1, 5, 0),
            "the rest, and conflicting entries",
        ),
        (UP_DELETE, "a=one more=x old/x/y=z", all, (2, 1, 4, 0), "on a server as well"),
        (DOWN, "b=file", "a=one b=file empty/", (1, 0, 0, 1), "without --delete a conflicting entry is kept"),
        (
            Case { exclude: "b", ..DOWN_DELETE },
            "b/mine=x",
            "a=one b/ b/mine=x empty/",
            (1, 0, 0, 0),
            "excluded entries are unchanged",
        ),
        (Case { dry_run: true, ..DOWN_DELETE }, "more=x", "more=x", (3, 0, 1, 0), "nothing is done"),
        (
            isos(DOWN_DELETE),
            "other/x=1 old/y.iso=2 z.iso=3",
            other,
            (0, 0, 3, 0),
            "a directory is removed only if everything in it takes part",
        ),
        (isos(UP_DELETE), "other/x=1 old/y.iso=2 z.iso=3", other, (0, 0, 3, 0), "on a server as well"),
        (
            isos(Case { dry_run: true, ..DOWN_DELETE }),
            "other/x=1 old/y.iso=2",
            "old/ old/y.iso=2 other/ other/x=1",
            (0, 0, 2, 0),
            "and a dry run knows it",
        ),
    ] {
        let trees = Trees::new(source, before);
        let MirrorSummary { transferred, unchanged, deleted, skipped, failed, .. } =
            trees.run(&case).0.unwrap();
        assert_eq!(trees.target(), expected, "{why}");
        assert_eq!((transferred, unchanged, deleted, skipped), summary, "{why}");
        assert_eq!(failed, 0, "{why}");
        if !case.dry_run {
            let (again, asked) = trees.run(&case);
            let again = again.unwrap();
            // Each run tests whether a directory is a link.
            let moved = asked.iter().filter(|asked| !asked.starts_with("rm ")).count();
            assert_eq!((again.transferred, again.deleted, moved), (0, 0, 0), "{why}: nothing is repeated");
        }
    }
}

#[test]
fn names_that_would_leave_the_folder_are_left_out() {
    let directory = |name: &[u8]| MirrorEntry { kind: EntryKind::Directory, ..file(name) };
    let outer = tempfile::tempdir().unwrap();
    let (local, remote) = (outer.path().join("local"), outer.path().join("remote"));
    make(outer.path(), "local/ remote/a=one");
    symlink("..", local.join("out")).unwrap();
    let mut false_entries = vec![file(b"a")];
    for name in [&b".."[..], b".", b"", b"../x", b"/x", b"x/y", b"x\0y", b"x\x1b[2J"] {
        false_entries.extend([file(name), directory(name)]);
    }
    false_entries.push(directory(b"out"));
    let (done, asked) = run(&Case { false_entries, ..DOWN }, &remote, &local);
    let expected =
        MirrorSummary { transferred: 1, bytes: 3, skipped: 17, links: 1, ..MirrorSummary::default() };
    assert_eq!(done.unwrap(), expected, "the directory is left out that has a link in its way");
    assert_eq!(asked, ["get a"]);
    assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 2, "nothing outside");
}

#[test]
fn nothing_is_deleted_where_a_listing_is_incomplete() {
    let everything = "a=one d/ d/e/ d/e/gone=2 d/gone=1 old/ old/x=3";
    let without_old = "a=one d/ d/e/ d/e/gone=2 d/gone=1";
    let unread = |unread, case| Case { unread, ..case };
    let unsafe_name = |case| Case { false_entries: vec![file(b"a/b")], ..case };
    for (case, expected, failed, skipped, why) in [
        (DOWN_DELETE, "a=one d/ d/e/", 0, 0, "complete"),
        (unread(&[""], DOWN_DELETE), everything, 1, 0, "nor below it"),
        (unread(&["d"], DOWN_DELETE), without_old, 1, 0, "but beside it"),
        (unread(&["d/e"], DOWN_DELETE), "a=one d/ d/e/ d/e/gone=2", 1, 0, "only there"),
        (unsafe_name(DOWN_DELETE), everything, 0, 1, "a name that cannot be stored"),
        (UP_DELETE, "a=one d/ d/e/", 0, 0, "complete"),
        (unread(&["d"], UP_DELETE), without_old, 1, 0, "on a server as well"),
        (unread(&["old"], UP_DELETE), "a=one d/ d/e/ old/ old/x=3", 1, 0, "one that would be removed stays"),
        (unsafe_name(UP_DELETE), everything, 0, 1, "a name on the server that cannot be compared"),
        (
            Case { include: "*.txt", ..unread(&[""], DOWN_DELETE) },
            everything,
            1,
            0,
            "a line without a name may be what a filter includes",
        ),
    ] {
        let trees = Trees::new("a=one d/e/", "a=one d/gone=1 d/e/gone=2 old/x=3");
        let done = trees.run(&case).0.unwrap();
        assert_eq!((done.failed, done.skipped), (failed, skipped), "{why}");
        assert_eq!(trees.target(), expected, "{why}");
    }
}

/// Servers list such a name with another letter in place of the line end.
#[test]
fn a_local_name_that_cannot_be_sent_keeps_everything_at_the_target() {
    let (done, asked) = Trees::new("a\nb=mine", "a?b=theirs gone=theirs").run(&UP_DELETE);
    let done = done.unwrap();
    assert_eq!((done.skipped, done.deleted, asked.len()), (1, 0, 0), "{asked:?}");
}

/// A directory conflicts with a file; its content may be in a line that was not read.
#[test]
fn conflicting_files_are_kept_where_a_listing_is_incomplete() {
    let trees = Trees::new("b=file", "b/mine=x");
    let done = trees.run(&Case { unread: &[""], ..DOWN_DELETE }).0.unwrap();
    assert_eq!((done.skipped, done.failed, done.deleted), (1, 1, 0));
    assert_eq!(trees.target(), "b/ b/mine=x");
}

/// Each local name used to be compared with each name of the server, which took a minute.
#[test]
fn many_names_are_compared_at_once() {
    let trees = Trees::new("", "");
    for number in 0..20_000 {
        fs::File::create(trees.target.path().join(format!("{number}"))).unwrap();
    }
    let false_entries = (0..20_000).map(|number| file(format!("another {number}").as_bytes())).collect();
    let begun = std::time::Instant::now();
    let (done, _) = trees.run(&Case { false_entries, dry_run: true, ..DOWN_DELETE });
    assert_eq!(done.unwrap().deleted, 20_000);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn failures_are_counted_and_the_mirror_continues_until_the_server_is_lost() {
    let trees = Trees::new("a=x b=x c=x", "");
    let done = trees.run(&Case { lost: "b", ..DOWN }).0.unwrap();
    assert_eq!((done.transferred, done.failed), (2, 1));
    make(trees.source.path(), "lost1=x lost2=x lost3=x lost4=x lost5=x");
    let (done, asked) = trees.run(&Case { lost: "lost", ..DOWN });
    assert_eq!(done.unwrap_err().kind, FaultKind::Network);
    assert!(asked.iter().filter(|asked| asked.contains("lost")).count() <= 5, "{asked:?}");
}

#[test]
fn times_are_compared_with_the_precision_of_the_listing() {
    let at = |seconds: f64| SystemTime::UNIX_EPOCH + Duration::from_secs_f64(seconds);
    for (listed, within, other, expected) in [
        (100.0, 1, 100.0, true),
        (100.0, 1, 100.9, true),
        (100.9, 1, 100.0, true),
        (100.0, 1, 101.0, false),
        (100.0, 1, 99.9, false),
        (120.0, 60, 179.0, true),
        (120.0, 60, 180.0, false),
    ] {
        assert_eq!(Modified { at: at(listed), within }.is(at(other)), expected, "{listed} {within} {other}");
    }
}
