//! Uploads and renames to existing names get other names, also concurrently.

use std::sync::Barrier;
use std::thread;

use super::changing::{End, finish};
use super::*;

fn served(directory: &Path) -> Root {
    Root::open(directory, ServeOptions { writable: true, durable: false, ..READING }, CacheLimits::PROCESS)
        .unwrap()
}

#[test]
fn uploads_of_one_name_at_once_are_all_kept() {
    const THREADS: usize = 8;
    const EACH: usize = 20;
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.txt"), "before").unwrap();
    fs::create_dir(directory.path().join("a (2).txt")).unwrap();
    symlink("nowhere", directory.path().join("a (3).txt")).unwrap();
    let (root, start) = (served(directory.path()), Barrier::new(THREADS));
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (root, start) = (&root, &start);
            scope.spawn(move || {
                on_test_runtime(async {
                    let tree = root.tree();
                    start.wait();
                    for upload in 0..EACH {
                        let created = tree
                            .create(&path("a.txt"), Create::Numbered, None, Uploader::default())
                            .await
                            .unwrap();
                        let content = format!("{thread} {upload}");
                        assert_eq!(finish(created, content.as_bytes(), End::Commit).await, "new");
                    }
                });
            });
        }
    });
    let entries = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path());
    let contents: HashSet<_> = entries.filter_map(|path| fs::read_to_string(path).ok()).collect();
    assert_eq!(contents.len(), THREADS * EACH + 1, "each has its own name");
    assert!(contents.contains("before"), "nothing was replaced");
    let last = fs::read_to_string(directory.path().join("a (100).txt"));
    assert!(last.is_ok(), "numbers are used up to the last before random ones");
}

#[test]
fn a_partial_upload_is_resumed_whatever_has_its_name() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a"), "before").unwrap();
    let root = served(directory.path());
    on_test_runtime(async {
        let tree = root.tree();
        let a = path("a");
        let create = |how| tree.create(&a, how, Some(b"ann"), Uploader::default());
        let upload = create(Create::Numbered).await.unwrap();
        assert_eq!(finish(upload, b"part", End::Keep).await, "kept Ok(())");
        assert!(matches!(create(Create::ResumeNumbered(5)).await, Err(TreeError::Beyond)), "behind its end");
        let upload = create(Create::ResumeNumbered(4)).await.unwrap();
        assert_eq!(finish(upload, b"more", End::Commit).await, "new");
    });
    let read = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();
    assert_eq!((&*read("a"), &*read("a (2)")), ("before", "partmore"));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "nothing is left of the partial upload");
}

#[test]
fn directories_on_the_way_are_made_or_found() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(directory.path().join("top/d")).unwrap();
    fs::write(directory.path().join("top/file"), "").unwrap();
    symlink("d", directory.path().join("top/link")).unwrap();
    symlink("..", directory.path().join("top/up")).unwrap();
    let root = served(directory.path());
    on_test_runtime(async {
        let tree = root.tree();
        for (wanted, depth, expected, why) in [
            ("top/d", 1, Ok("top/d"), "it exists"),
            ("top/new/e", 2, Ok("top/new/e"), "both are made"),
            ("top/file/e", 2, Ok("top/file (2)/e"), "a file has the name"),
            ("top/file/f", 2, Ok("top/file (2)/f"), "the same one again"),
            ("top/link/e", 2, Ok("top/link/e"), "a link to a directory is one"),
            ("top/up/e", 2, Ok("top/up (2)/e"), "a link upwards is none"),
            ("none/e", 1, Err("NotFound"), "only so many are made"),
            ("top/.e", 1, Err("Hidden"), "a name that is not served"),
        ] {
            let made = tree.make_directories(&path(wanted), depth).await;
            let made = made.map_err(|error| format!("{error:?}"));
            let expected = expected.map(path).map_err(str::to_owned);
            assert_eq!(made, expected, "{wanted}: {why}");
            if made.is_ok() {
                assert_eq!(
                    tree.find_directories(&path(wanted), depth).await.ok(),
                    made.ok(),
                    "{wanted}: {why}"
                );
            }
        }
        let missing = tree.find_directories(&path("top/missing/e"), 2).await;
        assert!(
            matches!(missing, Err(TreeError::NotFound)) && !directory.path().join("top/missing").exists()
        );
    });
}
