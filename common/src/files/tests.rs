//! The tree against a real directory.

mod changing;
mod fetching;
mod links;
mod numbered;
mod replaced;

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::tree::local::Local;
use super::tree::naming::{self, is_own};
use super::tree::sweep::{self, Sweeper};
use super::*;
use crate::net::budget::{self, MemoryUse};
use crate::net::engine::on_test_runtime;
use crate::net::offload;
use crate::net::open_file::KEPT;

const READING: ServeOptions = ServeOptions { hidden: false, writable: false, durable: true };

fn root(directory: &Path, hidden: bool) -> Root {
    Root::open(directory, ServeOptions { hidden, ..READING }, CacheLimits::PROCESS).unwrap()
}

fn path(text: &str) -> TreePath {
    TreePath::ROOT.join(text.as_bytes()).unwrap()
}

/// The content or the error of a path, in a word.
async fn open(tree: &Tree, text: &str) -> String {
    open_at(tree, &path(text)).await
}

async fn open_at(tree: &Tree, path: &TreePath) -> String {
    match tree.open(path).await {
        Ok(content) => {
            let mut pieces = content.pieces(0..content.meta().size, 64);
            let piece = pieces.next().await.unwrap().unwrap_or_default();
            String::from_utf8_lossy(piece).into_owned()
        }
        Err(error) => format!("{error:?}"),
    }
}

/// A served directory `in/` beside a secret that must never be reached.
fn exhibits() -> tempfile::TempDir {
    let outer = tempfile::tempdir().unwrap();
    let inner = outer.path().join("in");
    fs::create_dir_all(inner.join("sub")).unwrap();
    fs::create_dir_all(inner.join(".well-known")).unwrap();
    fs::write(outer.path().join("secret"), "secret").unwrap();
    fs::write(inner.join("a"), "a").unwrap();
    fs::write(inner.join("sub/b"), "b").unwrap();
    fs::write(inner.join(".hidden"), "hidden").unwrap();
    fs::write(inner.join(".well-known/c"), "c").unwrap();
    symlink("sub/b", inner.join("inside")).unwrap();
    symlink("../secret", inner.join("outside")).unwrap();
    symlink("..", inner.join("up")).unwrap();
    symlink(inner.join("a"), inner.join("absolute")).unwrap();
    symlink("loop", inner.join("loop")).unwrap();
    symlink("nowhere", inner.join("dangling")).unwrap();
    symlink("/proc/self/root", inner.join("magic")).unwrap();
    mknodat(CWD, inner.join("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    std::os::unix::net::UnixListener::bind(inner.join("socket")).unwrap();
    outer
}

#[test]
fn nothing_but_regular_files_inside_is_opened() {
    let outer = exhibits();
    let root = root(&outer.path().join("in"), false);
    on_test_runtime(async {
        let tree = root.tree();
        for (text, expected, why) in [
            ("a", "a", "a file"),
            ("sub/b", "b", "in a directory"),
            ("inside", "b", "a symlink that stays inside"),
            (".well-known/c", "c", "the one dot name that exists"),
            ("sub", "IsDirectory", "a directory"),
            ("", "IsDirectory", "the root"),
            ("nothing", "NotFound", "no such name"),
            ("a/b", "NotDirectory", "a file on the way"),
            (".hidden", "NotFound", "a hidden name"),
            ("sub/.well-known", "NotFound", "only at the root"),
            ("outside", "NotFound", "a symlink that leads out"),
            ("up/secret", "NotFound", "a directory symlink that leads out"),
            ("absolute", "a", "absolute, by the root's path"),
            ("magic/etc/passwd", "NotFound", "absolute"),
            ("loop", "NotFound", "a symlink to itself"),
            ("dangling", "NotFound", "a symlink to nothing"),
            ("fifo", "NotFound", "a FIFO: opening must not wait"),
            ("socket", "NotFound", "a socket"),
        ] {
            assert_eq!(open(&tree, text).await, expected, "{text}: {why}");
        }
        let long = "x".repeat(300);
        assert_eq!(open(&tree, &long).await, "NotFound", "a name longer than any");
    });
}

#[test]
fn a_home_confines_as_the_root_does() {
    let outer = exhibits();
    let home = path("in");
    symlink("in", outer.path().join("linked")).unwrap();
    on_test_runtime(async {
        let alone = root(&outer.path().join("in"), true).tree();
        let all = root(outer.path(), true).tree();
        for (text, from_above, why) in [
            ("a", "a", "a file"),
            ("sub/b", "b", "in a directory"),
            ("inside", "b", "a symlink that stays inside"),
            ("", "IsDirectory", "the home"),
            ("a/b", "NotDirectory", "a file on the way"),
            ("outside", "secret", "a symlink that leads out"),
            ("up/secret", "NotFound", "a symlink to a directory above itself"),
            ("up/in/a", "NotFound", "out and in again"),
            ("absolute", "a", "absolute, by the root's path"),
            ("dangling", "NotFound", "a symlink to nothing"),
        ] {
            // First, so that the worker caches it under the same names.
            assert_eq!(
                open_at(&all, &home.join(text.as_bytes()).unwrap()).await,
                from_above,
                "{text}: {why}"
            );
            let expected = open(&alone, text).await;
            for home in [&home, &path("linked")] {
                assert_eq!(open_at(&all, &path(text).below(home)).await, expected, "{text}: {why}");
            }
        }
        let names = async |tree: &Tree, at: &TreePath| {
            let entries = tree.list(at, None).await.unwrap().collect().await.unwrap();
            let mut names: Vec<_> = entries.iter().map(|entry| entry.name.to_vec()).collect();
            names.sort();
            names
        };
        let listed = names(&all, &TreePath::ROOT.below(&home)).await;
        assert_eq!(listed, names(&alone, &TreePath::ROOT).await, "no symlink that leads out");
    });
}

#[test]
fn a_listing_has_only_entries_that_can_be_opened() {
    let outer = exhibits();
    let inner = outer.path().join("in");
    on_test_runtime(async {
        for (hidden, expected) in [
            (false, ".well-known a absolute inside sub"),
            (true, ".hidden .well-known a absolute inside sub"),
        ] {
            let tree = root(&inner, hidden).tree();
            let mut names = Vec::new();
            for entry in tree.list(&TreePath::ROOT, None).await.unwrap().collect().await.unwrap().iter() {
                names.push(String::from_utf8(entry.name.to_vec()).unwrap());
            }
            names.sort();
            assert_eq!(names.join(" "), expected);
        }
        let tree = root(&inner, false).tree();
        assert!(matches!(tree.list(&path("a"), None).await, Err(TreeError::NotDirectory)));
        assert!(matches!(tree.list(&path("up"), None).await, Err(TreeError::NotFound)));
    });
}

#[test]
fn a_long_listing_comes_whole() {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..5_000 {
        fs::write(directory.path().join(format!("{number:0250}")), "").unwrap();
    }
    on_test_runtime(async {
        let tree = root(directory.path(), false).tree();
        let mut list = tree.list(&TreePath::ROOT, None).await.unwrap();
        let (mut batches, mut names) = (0, HashSet::new());
        while let Some(batch) = list.next().await.unwrap() {
            batches += 1;
            names.extend(batch.iter().map(|entry| entry.name.to_vec()));
        }
        assert_eq!(names.len(), 5_000);
        assert!(batches > 1, "read in pieces");
    });
}

#[test]
fn a_listing_is_shared_while_it_is_current() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["b", "a", "c"] {
        fs::write(directory.path().join(name), "").unwrap();
    }
    on_test_runtime(async {
        let options = ServeOptions { writable: true, ..READING };
        let root = Root::open(directory.path(), options, CacheLimits::PROCESS).unwrap();
        let (tree, other, top) = (root.tree(), root.tree(), TreePath::ROOT);
        let (one, two) = tokio::join!(tree.entries(&top, None), other.entries(&top, None));
        let one = one.unwrap();
        assert!(std::sync::Arc::ptr_eq(&one, &two.unwrap()), "two workers at the same time");
        tree.make_dir(&path("d")).await.unwrap();
        let later = tree.entries(&top, None).await.unwrap();
        assert_eq!((one.len(), later.len()), (3, 4), "a change through the tree is visible at once");
        let sort = |entries| {
            Sorted::new(entries, None, |entry| entry.name != b"b", |left, right| right.name.cmp(left.name))
        };
        let mut sorted = later.compute(None, sort).await.unwrap().unwrap();
        let names = |entries: Vec<Entry<'_>>| entries.iter().flat_map(|entry| entry.name.to_vec()).collect();
        let taken: Vec<Vec<u8>> = [2, 2, 2].into_iter().map(|most| names(sorted.take(most))).collect();
        assert_eq!(taken, [&b"dc"[..], b"a", b""]);
    });
}

#[test]
fn while_symlinks_are_swapped_the_secret_stays_out() {
    let outer = exhibits();
    let inner = outer.path().join("in");
    let root = root(&inner, false);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // `swap` is now a directory inside, now a symlink out of the tree.
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let _ = fs::rename(inner.join("sub"), inner.join("swap"));
                let _ = fs::rename(inner.join("swap"), inner.join("sub"));
                let _ = symlink("../..", inner.join("swap"));
                let _ = fs::remove_file(inner.join("swap"));
            }
        });
        on_test_runtime(async {
            for _ in 0..5_000 {
                let tree = root.tree();
                let seen = open(&tree, "swap/secret").await + &open(&tree, "swap/in/a").await;
                assert!(!seen.contains("secret") && !seen.ends_with('a'), "{seen}");
            }
        });
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

/// Each worker has its own cache: one of them may have cached a file that another process has replaced.
#[test]
fn old_content_is_never_served_after_new_content() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a");
    on_test_runtime(async {
        let root = root(directory.path(), false);
        let (one, other) = (root.tree(), root.tree());
        for (content, why) in
            [("first", "new"), ("the second", "replaced"), ("", "removed"), ("third", "back")]
        {
            // Both have cached the earlier content; a third worker sees the change first.
            let cached = (open(&one, "a").await, open(&other, "a").await);
            fs::write(directory.path().join("b"), content).unwrap();
            match content {
                "" => fs::remove_file(&file).unwrap(),
                _ => fs::rename(directory.path().join("b"), &file).unwrap(),
            }
            let unrelated = root.tree();
            let seen = open(&unrelated, "a").await;
            assert_ne!(seen, cached.0, "{why}");
            assert_eq!((open(&one, "a").await, open(&other, "a").await), (seen.clone(), seen), "{why}");
        }
    });
}

#[test]
fn a_changed_file_is_seen_within_a_second() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a");
    fs::write(&file, "old").unwrap();
    on_test_runtime(async {
        let tree = root(directory.path(), false).tree();
        let first = tree.open(&path("a")).await.unwrap();
        let again = tree.open(&path("a")).await.unwrap();
        assert!(Rc::ptr_eq(&first, &again), "kept open");
        assert_eq!(
            again.file().kept_bytes(&(0..3)),
            Some(&b"old"[..]),
            "requested twice, cached with its bytes"
        );
        fs::write(directory.path().join("b"), "newer").unwrap();
        fs::rename(directory.path().join("b"), &file).unwrap();
        tokio::time::sleep(Duration::from_millis(FRESH + 20)).await;
        let newer = tree.open(&path("a")).await.unwrap();
        assert_eq!(newer.meta().size, 5);
        assert_ne!(newer.meta().version.to_string(), first.meta().version.to_string());
        fs::remove_file(&file).unwrap();
        tokio::time::sleep(Duration::from_millis(FRESH + 20)).await;
        assert_eq!(open(&tree, "a").await, "NotFound");
    });
}

#[test]
fn bytes_are_kept_of_small_files_that_are_asked_for_again() {
    let directory = tempfile::tempdir().unwrap();
    let most = KEPT;
    on_test_runtime(async {
        let tree = root(directory.path(), false).tree();
        for (size, asked, times, is_kept, why) in [
            (most, 0..most, 3, true, "small enough"),
            (most, 1000..2000, 3, true, "a part of a small file"),
            (most, 0..most, 1, false, "requested once"),
            (most + 1, 0..most, 3, false, "too large, for any part"),
        ] {
            fs::write(directory.path().join("a"), vec![b'x'; usize::try_from(size).unwrap()]).unwrap();
            tree.root.local.changes.happened();
            let mut content = tree.open(&path("a")).await.unwrap();
            for _ in 1..times {
                content = tree.open(&path("a")).await.unwrap();
            }
            assert_eq!(content.file().kept_bytes(&asked).is_some(), is_kept, "{why}");
        }
    });
}

#[test]
fn a_worker_keeps_no_more_files_than_it_may() {
    let directory = tempfile::tempdir().unwrap();
    let room = CacheLimits(8);
    let root = Root::open(directory.path(), READING, room).unwrap();
    let open_descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
    on_test_runtime(async {
        let tree = root.tree();
        for number in 0..200 {
            fs::write(directory.path().join(number.to_string()), "twenty bytes of text").unwrap();
        }
        let before = open_descriptors();
        for number in (0..200).chain(0..200) {
            assert_eq!(open(&tree, &number.to_string()).await, "twenty bytes of text");
        }
        let kept = open_descriptors() - before;
        assert!(kept <= room.0 + 2, "{kept} descriptors kept");
    });
}

#[test]
fn a_file_is_read_in_pieces_whose_memory_is_counted() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("f");
    fs::write(&file, "0123456789").unwrap();
    on_test_runtime(async {
        let tree: Tree = Root::open(directory.path(), READING, CacheLimits::PROCESS).unwrap().tree();
        let content = tree.open(&path("f")).await.unwrap();
        let mut pieces = content.pieces(2..9, 3);
        let mut read = Vec::new();
        while let Some(piece) = pieces.next().await.unwrap() {
            read.push(String::from_utf8_lossy(piece).into_owned());
        }
        assert_eq!(read, ["234", "567", "8"]);
        assert!(budget::snapshot().held[MemoryUse::Queues as usize] >= 3);

        let mut pieces = content.pieces(0..10, 100);
        fs::write(&file, "").unwrap();
        let error = pieces.next().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "it has become shorter");
    });
}
