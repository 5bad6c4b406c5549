//! Replaced files: files that were removed while they are open, and a root that was replaced.

use super::*;

const A_CHECK: Duration = Duration::from_millis(FRESH + 50);

/// Open descriptors of this process whose path contains `text`.
fn descriptors(text: &str) -> usize {
    let links =
        fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    links.filter(|link| link.to_string_lossy().contains(text)).count()
}

#[test]
fn files_are_closed_soon_after_their_last_use() {
    let directory = tempfile::tempdir().unwrap();
    let name = directory.path().file_name().unwrap().to_str().unwrap().to_owned();
    let options = ServeOptions { writable: true, ..READING };
    let root = Root::open(directory.path(), options, CacheLimits::PROCESS).unwrap();
    for (file, size) in [("small", 10), ("medium", 100_000), ("large", 2 << 20)] {
        fs::write(directory.path().join(file), vec![b'x'; size]).unwrap();
    }
    on_test_runtime(async {
        let tree = root.tree();
        let files = || descriptors(&format!("{name}/"));
        for file in ["small", "medium", "large"] {
            drop(tree.open(&path(file)).await.unwrap());
        }
        assert_eq!(files(), 2, "a large file is not kept");
        tree.remove_file(&path("small"), None).await.unwrap();
        tokio::time::sleep(A_CHECK).await;
        assert_eq!(files(), 0, "after a change nothing is kept that was not used since");

        let content = tree.open(&path("medium")).await.unwrap();
        for _ in 0..5 {
            tokio::time::sleep(A_CHECK).await;
            assert!(Rc::ptr_eq(&tree.open(&path("medium")).await.unwrap(), &content), "in use");
        }
        drop(content);
        fs::remove_file(directory.path().join("medium")).unwrap();
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert_eq!(files(), 0, "removed by another process, and not used for four seconds");
    });
}

#[test]
fn the_root_is_the_directory_that_is_at_its_path() {
    let outer = tempfile::tempdir().unwrap();
    let at = |name: &str| outer.path().join(name);
    for release in ["one", "two"] {
        fs::create_dir(at(release)).unwrap();
        fs::write(at(release).join("file"), release).unwrap();
    }
    symlink("one", at("served")).unwrap();
    let root = root(&at("served"), false);
    let folder = Root::folder(&at("served")).unwrap();
    on_test_runtime(async {
        let (tree, folder) = (root.tree(), folder.tree());
        assert_eq!(open(&tree, "file").await, "one");
        for (replace, expected, why) in [
            (
                (|outer| {
                    symlink("two", outer.join("new")).unwrap();
                    fs::rename(outer.join("new"), outer.join("served")).unwrap();
                }) as fn(&Path),
                "two",
                "a symlink that was swapped",
            ),
            (|outer| fs::remove_file(outer.join("served")).unwrap(), "NoRoot", "missing"),
            (
                |outer| {
                    fs::create_dir(outer.join("served")).unwrap();
                    fs::write(outer.join("served/file"), "three").unwrap();
                },
                "three",
                "made again",
            ),
            (|outer| fs::remove_dir_all(outer.join("served")).unwrap(), "NoRoot", "removed"),
        ] {
            replace(outer.path());
            tokio::time::sleep(A_CHECK).await;
            assert_eq!(open(&tree, "file").await, expected, "{why}");
        }
        assert_eq!(open(&folder, "file").await, "one", "a client keeps its folder");
    });
}

#[test]
fn an_upload_to_a_root_that_was_replaced_is_not_acknowledged() {
    let outer = tempfile::tempdir().unwrap();
    let at = |name: &str| outer.path().join(name);
    fs::create_dir(at("one")).unwrap();
    fs::create_dir(at("two")).unwrap();
    symlink("one", at("served")).unwrap();
    let root =
        Root::open(&at("served"), ServeOptions { writable: true, ..READING }, CacheLimits::PROCESS).unwrap();
    on_test_runtime(async {
        let tree = root.tree();
        for (swaps, expected, why) in [(false, true, "as before"), (true, false, "swapped meanwhile")] {
            let mut upload =
                tree.create(&path("file"), Create::Replace, None, Uploader::default()).await.unwrap();
            upload.room().extend_from_slice(b"content");
            if swaps {
                symlink("two", at("new")).unwrap();
                fs::rename(at("new"), at("served")).unwrap();
            }
            assert_eq!(upload.commit().await.is_ok(), expected, "{why}");
        }
        assert!(!at("two/file").exists());
        let mut upload =
            tree.create(&path("file"), Create::Replace, None, Uploader::default()).await.unwrap();
        upload.room().extend_from_slice(b"content");
        upload.commit().await.unwrap();
        assert!(at("two/file").exists(), "the next one goes to the new directory at once");
    });
}
