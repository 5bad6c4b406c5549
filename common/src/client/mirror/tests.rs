//! Mirrors between a folder and a server that a second folder plays.

#![expect(clippy::disallowed_methods, reason = "a test makes the files that it names")]

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::*;
use crate::client::{Folder, Kind, Listing, Unread};
use crate::files::{self, Fetch, TreePath};
use crate::net::engine::on_test_runtime;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Down,
    Up,
}

/// A server that is a folder, and what it was asked for.
struct Played {
    folder: Rc<Folder>,
    asked: Rc<RefCell<Vec<String>>>,
    /// Entries that its listing of the root has as well.
    lies: Vec<Entry>,
    /// Names of its root that are neither files nor directories.
    others: Vec<Vec<u8>>,
    /// The directories whose listings are incomplete.
    unread: &'static [&'static str],
    /// Files for which the connection is lost.
    lost: &'static str,
}

impl Played {
    fn ask(&self, verb: &str, path: &TreePath) -> Result<(), Fault> {
        let name = String::from_utf8_lossy(path.as_bytes()).into_owned();
        let is_lost = !self.lost.is_empty() && name.contains(self.lost);
        self.asked.borrow_mut().push(format!("{verb} {name}"));
        if is_lost { Err(Fault::new(Kind::Network, "lost")) } else { Ok(()) }
    }
}

fn file(name: &[u8]) -> Entry {
    Entry { name: name.to_vec(), kind: EntryKind::File, size: Some(1), modified: None, identity: None }
}

async fn copy(from: &Folder, to: &Folder, path: &TreePath) -> Result<Moved, Fault> {
    let fault = |error| Fault::file(&"file", &error);
    let content = from.tree.open(path).await.map_err(fault)?;
    let mut bytes = vec![0; usize::try_from(content.meta().size).unwrap()];
    content.read_at(&mut bytes, 0).await.unwrap();
    let fetch = Fetch { source: b"s".to_vec(), at: 0, replace: true };
    let mut upload = to.tree.fetch(path, fetch).await.map_err(fault)?;
    upload.date(content.meta().modified);
    upload.room().extend_from_slice(&bytes);
    upload.commit().await.map_err(fault)?;
    Ok(Moved::Bytes(bytes.len() as u64))
}

impl MirrorTree for Played {
    async fn list(&mut self, directory: &TreePath) -> Result<Listing<Entry>, Fault> {
        let listed = match self.folder.tree.list(directory).await {
            Ok(list) => list.collect().await.map_err(|error| Fault::file(&"list", &error))?,
            Err(_) => return Err(Fault::new(Kind::NotFound, "no such directory")),
        };
        let entry = |entry: files::Entry| Entry {
            kind: match (entry.target.is_some(), entry.meta.is_directory()) {
                (true, _) => EntryKind::Link,
                (false, true) => EntryKind::Directory,
                (false, false) => EntryKind::File,
            },
            name: entry.name.into_vec(),
            size: Some(entry.meta.size),
            modified: Some(Modified { at: entry.meta.modified, within: 1 }),
            identity: Some(format!("{:?}", entry.meta.version.identity()).into_bytes().into()),
        };
        let mut entries: Vec<_> = listed.into_iter().map(entry).collect();
        if directory.is_root() {
            let is_other = |entry: &Entry| self.others.contains(&entry.name);
            entries.retain(|entry| !is_other(entry));
            entries.extend(self.lies.clone());
            let other = |name: &Vec<u8>| Entry { kind: EntryKind::Other, ..file(name) };
            entries.extend(self.others.iter().map(other));
        }
        let mut unread = Unread::default();
        if self.unread.iter().any(|unread| directory.as_bytes() == unread.as_bytes()) {
            unread.add(|| "the line '?' cannot be read".into());
        }
        Ok(Listing::new(entries, unread))
    }

    async fn follow(&mut self, path: &TreePath, link: &Entry) -> Result<Option<Entry>, Fault> {
        self.ask("follow", path)?;
        Ok(Some(Entry { kind: EntryKind::Directory, ..link.clone() }))
    }
}

impl Source<LocalTree> for Played {
    async fn copy(&mut self, file: &FileCopy, target: &mut LocalTree) -> Result<Moved, Fault> {
        self.ask("get", &file.path)?;
        copy(&self.folder, &target.folder, &file.path).await
    }
}

impl Source<Played> for LocalTree {
    async fn copy(&mut self, file: &FileCopy, target: &mut Played) -> Result<Moved, Fault> {
        target.ask("put", &file.path)?;
        copy(&self.folder, &target.folder, &file.path).await
    }
}

impl Target for Played {
    async fn make_dir(&mut self, path: &TreePath) -> Result<(), Fault> {
        self.ask("mkdir", path)?;
        self.folder.tree.make_dir(path).await.map_err(|error| Fault::file(&"directory", &error))
    }

    async fn remove(&mut self, path: &TreePath, is_directory: bool) -> Result<(), Fault> {
        self.ask("rm", path)?;
        let tree = &self.folder.tree;
        let removed =
            if is_directory { tree.remove_dir(path, None).await } else { tree.remove_file(path, None).await };
        removed.map_err(|error| Fault::file(&"file", &error))
    }
}

/// Files are `name=content`, directories end in a slash.
fn make(root: &Path, tree: &[&str]) {
    for entry in tree {
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

fn seen(root: &Path) -> Vec<String> {
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
    found
}

struct Case<'a> {
    direction: Direction,
    delete: bool,
    follows_links: bool,
    dry_run: bool,
    include: &'a str,
    exclude: &'a str,
    lies: Vec<Entry>,
    others: &'a [&'a str],
    unread: &'static [&'static str],
    lost: &'static str,
}

const DOWN: Case<'static> = case(Direction::Down);
const UP: Case<'static> = case(Direction::Up);

const fn case(direction: Direction) -> Case<'static> {
    Case {
        direction,
        delete: false,
        follows_links: false,
        dry_run: false,
        include: "",
        exclude: "",
        lies: Vec::new(),
        others: &[],
        unread: &[],
        lost: "",
    }
}

/// The result of a mirror, and what the server was asked for, sorted.
fn run(case: &Case<'_>, source: &Path, target: &Path) -> (Result<Summary, Fault>, Vec<String>) {
    let (remote, local) = match case.direction {
        Direction::Down => (source, target),
        Direction::Up => (target, source),
    };
    on_test_runtime(async {
        let asked = Rc::new(RefCell::new(Vec::new()));
        let remote = Rc::new(Folder::open(remote).unwrap());
        let worker = |_| Played {
            folder: Rc::clone(&remote),
            asked: Rc::clone(&asked),
            lies: case.lies.clone(),
            others: case.others.iter().map(|name| name.as_bytes().to_vec()).collect(),
            unread: case.unread,
            lost: case.lost,
        };
        let patterns = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let options = Options {
            filter: Filter::new(&patterns(case.include), &patterns(case.exclude)).unwrap(),
            follows_links: case.follows_links,
            delete: case.delete,
            dry_run: case.dry_run,
        };
        let folder = Rc::new(Folder::open(local).unwrap());
        let local = LocalTree { folder, is_missing: false };
        let report = Report::default();
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
    let source = ["a=one", "b/c=two", "b/d/e=three", "empty/"];
    for (case, before, expected, summary, why) in [
        (
            DOWN,
            &[][..],
            &["a=one", "b/", "b/c=two", "b/d/", "b/d/e=three", "empty/"][..],
            (3, 0, 0, 0),
            "all",
        ),
        (UP, &[], &["a=one", "b/", "b/c=two", "b/d/", "b/d/e=three", "empty/"], (3, 0, 0, 0), "all"),
        (
            DOWN,
            &["a=one", "b/c=other", "more=x"],
            &["a=one", "b/", "b/c=two", "b/d/", "b/d/e=three", "empty/", "more=x"],
            (2, 1, 0, 0),
            "only what differs in size or time",
        ),
        (
            Case { delete: true, ..DOWN },
            &["a=one", "more=x", "old/x/y=z", "b=file"],
            &["a=one", "b/", "b/c=two", "b/d/", "b/d/e=three", "empty/"],
            (2, 1, 5, 0),
            "what is too much goes, and what is in the way",
        ),
        (
            Case { delete: true, ..UP },
            &["a=one", "more=x", "old/x/y=z"],
            &["a=one", "b/", "b/c=two", "b/d/", "b/d/e=three", "empty/"],
            (2, 1, 4, 0),
            "over there as well",
        ),
        (
            DOWN,
            &["b=file"],
            &["a=one", "b=file", "empty/"],
            (1, 0, 0, 1),
            "without --delete what is in the way stays",
        ),
        (
            Case { exclude: "b", delete: true, ..DOWN },
            &["b/mine=x"],
            &["a=one", "b/", "b/mine=x", "empty/"],
            (1, 0, 0, 0),
            "what takes no part is left alone",
        ),
        (
            Case { dry_run: true, delete: true, ..DOWN },
            &["more=x"],
            &["more=x"],
            (3, 0, 1, 0),
            "nothing is done",
        ),
        (
            Case { include: "*.iso", delete: true, ..DOWN },
            &["other/x=1", "old/y.iso=2", "z.iso=3"],
            &["b/", "b/d/", "empty/", "other/", "other/x=1"],
            (0, 0, 3, 0),
            "a directory goes only if everything in it takes part",
        ),
        (
            Case { include: "*.iso", delete: true, ..UP },
            &["other/x=1", "old/y.iso=2", "z.iso=3"],
            &["b/", "b/d/", "empty/", "other/", "other/x=1"],
            (0, 0, 3, 0),
            "over there as well",
        ),
        (
            Case { include: "*.iso", delete: true, dry_run: true, ..DOWN },
            &["other/x=1", "old/y.iso=2"],
            &["old/", "old/y.iso=2", "other/", "other/x=1"],
            (0, 0, 2, 0),
            "and a dry run knows it",
        ),
    ] {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        make(from.path(), &source);
        make(to.path(), before);
        let (done, _) = run(&case, from.path(), to.path());
        let Summary { transferred, unchanged, deleted, skipped, failed, .. } = done.unwrap();
        assert_eq!(seen(to.path()), expected, "{why}");
        assert_eq!((transferred, unchanged, deleted, skipped), summary, "{why}");
        assert_eq!(failed, 0, "{why}");
        if !case.dry_run {
            let (again, asked) = run(&case, from.path(), to.path());
            let again = again.unwrap();
            // Whether a directory is a link is tried each time.
            let moved = asked.iter().filter(|asked| !asked.starts_with("rm ")).count();
            assert_eq!(
                (again.transferred, again.deleted, moved),
                (0, 0, 0),
                "{why}: the second time nothing"
            );
        }
    }
}

#[test]
fn names_that_would_leave_the_folder_are_left_out() {
    let directory = |name: &[u8]| Entry { kind: EntryKind::Directory, ..file(name) };
    let outer = tempfile::tempdir().unwrap();
    let (local, remote) = (outer.path().join("local"), outer.path().join("remote"));
    make(outer.path(), &["local/", "remote/a=one"]);
    symlink("..", local.join("out")).unwrap();
    let mut lies = vec![file(b"a")];
    for name in [&b".."[..], b".", b"", b"../x", b"/x", b"x/y", b"x\0y", b"x\x1b[2J"] {
        lies.extend([file(name), directory(name)]);
    }
    lies.push(directory(b"out"));
    let (done, asked) = run(&Case { lies, ..DOWN }, &remote, &local);
    let expected = Summary { transferred: 1, bytes: 3, skipped: 17, links: 1, ..Summary::default() };
    assert_eq!(done.unwrap(), expected, "the directory in whose way the link is is left out");
    assert_eq!(asked, ["get a"]);
    assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 2, "nothing outside");
}

/// `inside` is mirrored; `outside` is another directory of the same tree.
fn make_linked(root: &Path) {
    make(root, &["a=one", "d/e/f=two", "d/g=three"]);
    for (target, link) in
        [("d", "to_d"), ("../d", "d/up"), ("../..", "d/e/top"), ("e/f", "d/to_f"), ("no", "no")]
    {
        symlink(target, root.join(link)).unwrap();
    }
}

#[test]
fn links_are_left_out_or_followed_once() {
    for (case, expected, links, why) in [
        (
            DOWN,
            &["a=one", "d/", "d/e/", "d/e/f=two", "d/g=three", "d/to_f=two"][..],
            1,
            "a server shows files",
        ),
        (UP, &["a=one", "d/", "d/e/", "d/e/f=two", "d/g=three"], 5, "ours are left out, broken ones too"),
        (
            Case { follows_links: true, ..DOWN },
            &["a=one", "d/", "d/e/", "d/e/f=two", "d/g=three", "d/to_f=two"],
            1,
            "what it leads to was visited",
        ),
        (
            Case { follows_links: true, ..UP },
            &["a=one", "d/", "d/e/", "d/e/f=two", "d/g=three", "d/to_f=two"],
            4,
            "of ours, one that leads to a file is followed",
        ),
        (
            Case { follows_links: true, exclude: "d", ..DOWN },
            &["a=one", "to_d/", "to_d/e/", "to_d/e/f=two", "to_d/g=three", "to_d/to_f=two"],
            0,
            "what it leads to was not visited",
        ),
        (
            Case { follows_links: true, exclude: "d", ..UP },
            &["a=one", "to_d/", "to_d/e/", "to_d/e/f=two", "to_d/g=three", "to_d/to_f=two"],
            3,
            "over there as well",
        ),
    ] {
        let (source, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        make_linked(source.path());
        let (done, asked) = run(&case, source.path(), target.path());
        let done = done.unwrap();
        assert_eq!((done.skipped, done.failed, done.links), (0, 0, links), "{why}: {asked:?}");
        assert_eq!(seen(target.path()), expected, "{why}");
    }
}

/// Nor what it leads to.
#[test]
fn no_link_is_removed() {
    let deleting = |case: Case<'static>| Case { delete: true, ..case };
    for (case, links, why) in [
        (deleting(DOWN), 2, "one of ours, alone and in a directory"),
        (Case { follows_links: true, ..deleting(DOWN) }, 2, "one of ours, where links are followed"),
        (deleting(UP), 2, "one of theirs"),
        (Case { follows_links: true, ..deleting(UP) }, 2, "one of theirs, where links are followed"),
    ] {
        let (source, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        make(source.path(), &["kept/a=x"]);
        make(target.path(), &["kept/a=x", "old/b=y"]);
        for link in ["link", "old/link"] {
            symlink(target.path().join("kept"), target.path().join(link)).unwrap();
        }
        let (done, asked) = run(&case, source.path(), target.path());
        let done = done.unwrap();
        assert_eq!(
            (done.deleted, done.failed, done.skipped, done.links),
            (1, 0, 0, links),
            "{why}: {asked:?}"
        );
        for link in ["link", "old/link"] {
            assert!(target.path().join(link).is_symlink(), "{why}: {link}");
        }
        assert_eq!(fs::read(target.path().join("kept/a")).unwrap(), b"x", "{why}");
    }
}

/// Where links are followed, what they lead to at the target is added to, and nothing in it is removed.
#[test]
fn nothing_is_removed_by_way_of_a_link_of_the_target() {
    for case in [DOWN, UP] {
        let (source, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        make(source.path(), &["d/x=1", "l/a=new", "l/e/b=new"]);
        make(target.path(), &["d/x=1", "other/kept=1", "other/e/kept=2"]);
        symlink("other", target.path().join("l")).unwrap();
        let case = Case { delete: true, follows_links: true, exclude: "other", ..case };
        let done = run(&case, source.path(), target.path()).0.unwrap();
        assert_eq!((done.transferred, done.deleted, done.failed, done.skipped), (2, 0, 0, 0));
        let kept = ["a=new", "e/", "e/b=new", "e/kept=2", "kept=1"];
        assert_eq!(seen(&target.path().join("other")), kept, "{:?}", case.direction);
    }
}

/// By way of a link, files would be changed that have their place elsewhere.
#[test]
fn a_link_in_the_way_is_neither_replaced_nor_gone_into() {
    for (delete, follows_links, remote_tree, links, skipped, why) in [
        (true, false, &["d/a=x", "l/c=y"][..], 1, 0, "of a directory"),
        (false, false, &["d/a=x", "l/c=y"], 1, 0, "without --delete"),
        (true, false, &["d/a=x", "l=y"], 1, 0, "of a file"),
        (true, true, &["d/a=x", "l=y"], 0, 1, "of a file, where links are followed"),
    ] {
        let (remote, local) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        make(remote.path(), remote_tree);
        make(local.path(), &["d/a=x"]);
        symlink("d", local.path().join("l")).unwrap();
        let case = Case { delete, follows_links, ..DOWN };
        let done = run(&case, remote.path(), local.path()).0.unwrap();
        assert_eq!((done.links, done.skipped, done.failed), (links, skipped, 0), "{why}");
        assert!(local.path().join("l").is_symlink(), "{why}");
        assert_eq!(fs::read_dir(local.path().join("d")).unwrap().count(), 1, "{why}");
    }
}

#[test]
fn what_is_no_file_is_told_and_left_alone() {
    let deleting = |case: Case<'static>| Case { delete: true, ..case };
    for (case, others, skipped, why) in [
        (DOWN, &["link"][..], 1, "a device of the server"),
        (deleting(DOWN), &["link", "a"], 2, "one for which there is something here"),
        (Case { exclude: "link", ..deleting(DOWN) }, &["link", "a"], 1, "one that takes no part"),
        (deleting(UP), &["link"], 1, "one that is only there"),
        (UP, &["link"], 0, "one that nobody wants to remove"),
        (deleting(UP), &["a"], 1, "one in the way"),
    ] {
        let (remote, local) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        make(local.path(), &["a=mine"]);
        symlink("nowhere", local.path().join("broken")).unwrap();
        make(remote.path(), &["broken=theirs"]);
        let (source, target) = match case.direction {
            Direction::Down => (&remote, &local),
            Direction::Up => (&local, &remote),
        };
        let (done, asked) = run(&Case { others, ..case }, source.path(), target.path());
        let done = done.unwrap();
        assert_eq!((done.deleted, done.failed, done.skipped), (0, 0, skipped), "{why}: {asked:?}");
        assert_eq!(done.links, 1, "{why}: the broken one of ours");
        assert_eq!(fs::read(remote.path().join("broken")).unwrap(), b"theirs", "{why}");
    }
}

#[test]
fn nothing_is_deleted_where_a_listing_is_incomplete() {
    let before = ["a=one", "d/gone=1", "d/e/gone=2", "old/x=3"];
    let unsafe_name = || vec![file(b"a/b")];
    for (case, expected, failed, skipped, why) in [
        (Case { unread: &[], ..DOWN }, &["a=one", "d/", "d/e/"][..], 0, 0, "complete"),
        (
            Case { unread: &[""], ..DOWN },
            &["a=one", "d/", "d/e/", "d/e/gone=2", "d/gone=1", "old/", "old/x=3"],
            1,
            0,
            "nor below it",
        ),
        (
            Case { unread: &["d"], ..DOWN },
            &["a=one", "d/", "d/e/", "d/e/gone=2", "d/gone=1"],
            1,
            0,
            "beside it all is as ever",
        ),
        (Case { unread: &["d/e"], ..DOWN }, &["a=one", "d/", "d/e/", "d/e/gone=2"], 1, 0, "only there"),
        (
            Case { lies: unsafe_name(), ..DOWN },
            &["a=one", "d/", "d/e/", "d/e/gone=2", "d/gone=1", "old/", "old/x=3"],
            0,
            1,
            "a name that cannot be stored",
        ),
        (Case { unread: &[], ..UP }, &["a=one", "d/", "d/e/"], 0, 0, "complete"),
        (
            Case { unread: &["d"], ..UP },
            &["a=one", "d/", "d/e/", "d/e/gone=2", "d/gone=1"],
            1,
            0,
            "over there as well",
        ),
        (
            Case { unread: &["old"], ..UP },
            &["a=one", "d/", "d/e/", "old/", "old/x=3"],
            1,
            0,
            "a directory that would be removed stays",
        ),
        (
            Case { lies: unsafe_name(), ..UP },
            &["a=one", "d/", "d/e/", "d/e/gone=2", "d/gone=1", "old/", "old/x=3"],
            0,
            1,
            "a name of theirs that cannot be compared",
        ),
        (
            Case { include: "*.txt", unread: &[""], ..DOWN },
            &["a=one", "d/", "d/e/", "d/e/gone=2", "d/gone=1", "old/", "old/x=3"],
            1,
            0,
            "a filter cannot tell what a line without a name is",
        ),
    ] {
        let (source, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        make(source.path(), &["a=one", "d/e/"]);
        make(target.path(), &before);
        let (done, _) = run(&Case { delete: true, ..case }, source.path(), target.path());
        let done = done.unwrap();
        assert_eq!((done.failed, done.skipped), (failed, skipped), "{why}");
        assert_eq!(seen(target.path()), expected, "{why}");
    }
}

/// Servers list such a name with another letter in place of the line end.
#[test]
fn a_local_name_that_cannot_be_sent_keeps_all_that_is_there() {
    let (remote, local) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    make(local.path(), &["a\nb=mine"]);
    make(remote.path(), &["a?b=theirs", "gone=theirs"]);
    let (done, asked) = run(&Case { delete: true, ..UP }, local.path(), remote.path());
    let done = done.unwrap();
    assert_eq!((done.skipped, done.deleted, asked.len()), (1, 0, 0), "{asked:?}");
}

/// In the way of a file is a directory; what lies in it may be listed in a line that was not read.
#[test]
fn what_is_in_the_way_stays_where_a_listing_is_incomplete() {
    let (remote, local) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    make(remote.path(), &["b=file"]);
    make(local.path(), &["b/mine=x"]);
    let (done, _) = run(&Case { delete: true, unread: &[""], ..DOWN }, remote.path(), local.path());
    let done = done.unwrap();
    assert_eq!((done.skipped, done.failed, done.deleted), (1, 1, 0));
    assert_eq!(seen(local.path()), ["b/", "b/mine=x"]);
}

/// Each name of ours was compared with each of theirs, which took a minute.
#[test]
fn many_names_are_compared_at_once() {
    let (remote, local) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for number in 0..20_000 {
        fs::File::create(local.path().join(format!("{number}"))).unwrap();
    }
    let lies = (0..20_000).map(|number| file(format!("another {number}").as_bytes())).collect();
    let begun = std::time::Instant::now();
    let (done, _) = run(&Case { lies, delete: true, dry_run: true, ..DOWN }, remote.path(), local.path());
    assert_eq!(done.unwrap().deleted, 20_000);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn what_fails_is_counted_and_the_rest_goes_on_until_all_is_lost() {
    let (remote, local) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    make(remote.path(), &["a=x", "b=x", "c=x"]);
    let (done, _) = run(&Case { lost: "b", ..DOWN }, remote.path(), local.path());
    let done = done.unwrap();
    assert_eq!((done.transferred, done.failed), (2, 1));
    make(remote.path(), &["lost1=x", "lost2=x", "lost3=x", "lost4=x", "lost5=x"]);
    let (done, asked) = run(&Case { lost: "lost", ..DOWN }, remote.path(), local.path());
    assert_eq!(done.unwrap_err().kind, Kind::Network);
    assert!(asked.iter().filter(|asked| asked.contains("lost")).count() <= 5, "{asked:?}");
}

#[test]
fn times_are_compared_as_exactly_as_they_are_told() {
    let at = |seconds: f64| SystemTime::UNIX_EPOCH + Duration::from_secs_f64(seconds);
    for (told, within, other, expected) in [
        (100.0, 1, 100.0, true),
        (100.0, 1, 100.9, true),
        (100.9, 1, 100.0, true),
        (100.0, 1, 101.0, false),
        (100.0, 1, 99.9, false),
        (120.0, 60, 179.0, true),
        (120.0, 60, 180.0, false),
    ] {
        assert_eq!(Modified { at: at(told), within }.is(at(other)), expected, "{told} {within} {other}");
    }
}
