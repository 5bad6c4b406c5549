//! Changes of the tree.

use sha2::{Digest as _, Sha256};

use super::*;

const WRITING: ServeOptions = ServeOptions { writable: true, ..READING };

fn tree(directory: &Path) -> Tree {
    Root::open(directory, WRITING, CacheLimits::PROCESS).unwrap().tree()
}

/// How an upload ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Commit,
    Keep,
    Drop,
}
use End::{Commit, Keep};

/// An upload of `content`, and its outcome in a word.
async fn upload(
    tree: &Tree,
    name: &str,
    how: Create,
    owner: Option<&[u8]>,
    content: &[u8],
    end: End,
) -> String {
    match tree.create(&path(name), how, owner, Uploader::default()).await {
        Ok(upload) => finish(upload, content, end).await,
        Err(error) => format!("{error:?}"),
    }
}

/// Adds the content to an upload, and returns the outcome in a word.
pub(super) async fn finish(mut upload: Upload, content: &[u8], end: End) -> String {
    for piece in content.chunks(100_000) {
        upload.room().extend_from_slice(piece);
        upload.advance().await.unwrap();
    }
    assert_eq!(upload.received(), content.len() as u64);
    match end {
        Commit => match upload.commit().await {
            Ok(stored) if stored.is_new => "new".into(),
            Ok(_) => "replaced".into(),
            Err(error) => format!("{error:?}"),
        },
        Keep => format!("kept {:?}", upload.keep().await),
        End::Drop => "dropped".into(),
    }
}

/// Names of the server's own that are left in a directory.
fn strays(directory: &Path) -> usize {
    let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| is_own(name.as_encoded_bytes())).count()
}

#[test]
fn an_upload_is_the_file_or_nothing() {
    let long = "x".repeat(256);
    for (name, how, end, expected, after, why) in [
        ("new", Create::New, Commit, "new", Some("content"), "there was none"),
        ("new", Create::Replace, Commit, "new", Some("content"), "there was none to replace"),
        ("old", Create::Replace, Commit, "replaced", Some("content"), "replaced whole"),
        ("old", Create::New, Commit, "Exists", Some("before"), "not to be replaced"),
        ("old", Create::Replace, End::Drop, "dropped", Some("before"), "cut off"),
        ("new", Create::New, End::Drop, "dropped", None, "cut off"),
        ("old", Create::Append, Commit, "replaced", Some("beforecontent"), "at the end"),
        ("new", Create::Append, Commit, "new", Some("content"), "at the end of nothing"),
        ("old", Create::At(3), Commit, "replaced", Some("befcontent"), "the rest is truncated"),
        ("old", Create::At(6), Commit, "replaced", Some("beforecontent"), "just at the end"),
        ("old", Create::At(7), Commit, "Beyond", Some("before"), "behind the end"),
        ("old", Create::Resume(0), Commit, "Exists", Some("before"), "not to be changed"),
        ("new", Create::Resume(0), Commit, "new", Some("content"), "there was none"),
        ("new", Create::At(1), Commit, "Beyond", None, "behind the end of nothing"),
        ("sub", Create::Replace, Commit, "IsDirectory", None, "a directory is no file"),
        ("room", Create::Replace, Commit, "IsDirectory", None, "nor is a link to one"),
        ("", Create::Replace, Commit, "Root", None, "nor is the root"),
        ("none/new", Create::Replace, Commit, "NotFound", None, "no directory to hold it"),
        ("old/new", Create::Replace, Commit, "NotDirectory", None, "a file on the way"),
        (".new", Create::New, Commit, "Hidden", None, "a name that is not served"),
        (".mini~new-1", Create::New, Commit, "Hidden", None, "a name of the server's own"),
        (&long, Create::New, Commit, "Path(TooLong)", None, "longer than a name can be"),
        ("fifo", Create::Replace, Commit, "Denied", None, "a FIFO is not replaced"),
        ("out/new", Create::New, Commit, "NotFound", None, "a symlink that leads out"),
        ("secret", Create::Append, Commit, "NotFound", None, "in place, through a symlink that leads out"),
    ] {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("in");
        fs::create_dir_all(inner.join("sub")).unwrap();
        fs::write(outer.path().join("secret"), "secret").unwrap();
        fs::write(inner.join("old"), "before").unwrap();
        symlink("..", inner.join("out")).unwrap();
        symlink("sub", inner.join("room")).unwrap();
        symlink("../secret", inner.join("secret")).unwrap();
        mknodat(CWD, inner.join("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        on_test_runtime(async {
            let tree = tree(&inner);
            open(&tree, "old").await;
            assert_eq!(upload(&tree, name, how, None, b"content", end).await, expected, "{name}: {why}");
            let seen = open(&tree, name).await;
            if let Some(after) = after {
                assert_eq!(seen, after, "{name}: {why}: seen at once");
            }
        });
        assert_eq!(fs::read_to_string(outer.path().join("secret")).unwrap(), "secret", "{why}");
        assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 2, "{name}: {why}: nothing outside");
        assert_eq!(strays(&inner), 0, "{name}: {why}: nothing left behind");
    }
}

#[test]
fn a_large_upload_comes_whole() {
    let directory = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..3_000_017_u32).flat_map(u32::to_le_bytes).collect();
    on_test_runtime(async {
        let tree = tree(directory.path());
        assert_eq!(upload(&tree, "a", Create::New, None, &content, Commit).await, "new");
    });
    assert!(fs::read(directory.path().join("a")).unwrap() == content);
}

#[test]
fn the_content_must_have_the_announced_hash() {
    let directory = tempfile::tempdir().unwrap();
    let right: [u8; 32] = Sha256::digest(b"content").into();
    on_test_runtime(async {
        let tree = tree(directory.path());
        for (checksum, expected) in [
            (Checksum::Sha256(right), "Ok"),
            (Checksum::Sha256([0; 32]), "Err(Checksum)"),
            (Checksum::Sha512([0; 64]), "Err(Checksum)"),
        ] {
            let mut upload =
                tree.create(&path("a"), Create::Replace, None, Uploader::default()).await.unwrap();
            upload.expect(checksum);
            upload.room().extend_from_slice(b"content");
            let outcome = format!("{:?}", upload.commit().await);
            assert!(outcome.starts_with(expected), "{checksum:?}: {outcome}");
        }
        assert_eq!(open(&tree, "a").await, "content", "the wrong ones changed nothing");
    });
    assert_eq!(strays(directory.path()), 0);
}

#[test]
fn only_the_version_that_is_meant_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    on_test_runtime(async {
        let tree = tree(directory.path());
        upload(&tree, "a", Create::New, None, b"first", Commit).await;
        let first = Create::Over(tree.metadata(&path("a")).await.unwrap().version);
        let slow = tree.create(&path("a"), first, None, Uploader::default()).await.unwrap();
        assert_eq!(upload(&tree, "a", first, None, b"second", Commit).await, "replaced");
        assert!(matches!(slow.commit().await, Err(TreeError::Changed)), "overtaken");
        assert_eq!(upload(&tree, "a", first, None, b"third", Commit).await, "Changed", "known at once");
        assert_eq!(upload(&tree, "b", first, None, b"third", Commit).await, "Changed", "nothing there");
        assert_eq!(open(&tree, "a").await, "second");
    });
    assert_eq!(strays(directory.path()), 0);
}

/// A file is removed or renamed only in the version that was inspected before.
#[test]
fn only_the_version_that_is_meant_is_removed_or_renamed() {
    let directory = tempfile::tempdir().unwrap();
    symlink("a", directory.path().join("link")).unwrap();
    on_test_runtime(async {
        let tree = tree(directory.path());
        let version = async |name: &str| Some(tree.metadata(&path(name)).await.unwrap().version);
        upload(&tree, "a", Create::New, None, b"first", Commit).await;
        let first = version("a").await;
        upload(&tree, "a", Create::Replace, None, b"second", Commit).await;
        tree.make_dir(&path("d")).await.unwrap();
        let empty = version("d").await;
        upload(&tree, "d/x", Create::New, None, b"", Commit).await;
        for name in ["a", "link"] {
            let (from, to) = (path(name), path("b"));
            assert!(matches!(tree.remove_file(&from, first).await, Err(TreeError::Changed)), "{name}");
            assert!(matches!(tree.rename(&from, &to, true, first).await, Err(TreeError::Changed)), "{name}");
        }
        assert!(matches!(tree.rename(&path("d"), &path("b"), true, empty).await, Err(TreeError::Changed)));
        assert_eq!(open(&tree, "a").await, "second");
        let (a, b, second) = (path("a"), path("b"), version("a").await);
        tree.rename(&a, &b, true, second).await.unwrap();
        assert!(matches!(tree.remove_file(&a, second).await, Err(TreeError::Changed)), "nothing there");
        tree.remove_file(&b, second).await.unwrap();
        tree.remove_dir(&path("d"), empty).await.unwrap_err();
        assert_eq!(open(&tree, "b").await, "NotFound");
    });
}

#[test]
fn a_replaced_file_keeps_its_permission_bits() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a");
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o4640)).unwrap();
    on_test_runtime(async {
        upload(&tree(directory.path()), "a", Create::Replace, None, b"new", Commit).await
    });
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o640, "without the set-id bits");
}

#[test]
fn only_the_owner_resumes_an_interrupted_upload() {
    let (ann, ben) = (Some(&b"ann"[..]), Some(&b"ben"[..]));
    for (how, owner, expected, after, why) in [
        (Create::At(4), ann, "new", "partTHE REST", "REST and STOR"),
        (Create::At(2), ann, "new", "paTHE REST", "from before its end"),
        (Create::At(5), ann, "Beyond", "NotFound", "behind its end"),
        (Create::Resume(4), ann, "new", "partTHE REST", "by who may replace nothing"),
        (Create::Resume(5), ann, "Beyond", "NotFound", "behind its end"),
        (Create::Resume(0), ben, "new", "THE REST", "another user, from the start"),
        (Create::Append, ann, "new", "partTHE REST", "APPE, as curl does it"),
        (Create::Replace, ann, "new", "THE REST", "from the start"),
        (Create::At(4), ben, "Beyond", "NotFound", "another user"),
        (Create::Append, ben, "new", "THE REST", "another user, without a file"),
        (Create::At(4), None, "Beyond", "NotFound", "no owner"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        on_test_runtime(async {
            let tree = tree(directory.path());
            assert_eq!(upload(&tree, "a", Create::Replace, ann, b"part", Keep).await, "kept Ok(())");
            assert_eq!(open(&tree, "a").await, "NotFound", "not under its name");
            let listed = tree.list(&TreePath::ROOT, None).await.unwrap().collect().await.unwrap();
            assert!(listed.is_empty(), "nor under another: {listed:?}");
            assert_eq!(tree.partial(&path("a"), b"ann").await.unwrap().map(|kept| kept.meta.size), Some(4));
            assert_eq!(tree.partial(&path("a"), b"ben").await.unwrap().map(|kept| kept.meta.size), None);
            assert_eq!(upload(&tree, "a", how, owner, b"THE REST", Commit).await, expected, "{why}");
            assert_eq!(open(&tree, "a").await, after, "{why}");
            let is_left = tree.partial(&path("a"), b"ann").await.unwrap().is_some();
            assert_eq!(is_left, owner != ann || expected == "Beyond", "{why}");
        });
    }
}

#[test]
fn a_second_interruption_keeps_more_and_two_uploads_cannot_resume_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let ann = Some(&b"ann"[..]);
    on_test_runtime(async {
        let tree = tree(directory.path());
        upload(&tree, "a", Create::Replace, ann, b"one ", Keep).await;
        upload(&tree, "a", Create::At(4), ann, b"two ", Keep).await;
        assert_eq!(tree.partial(&path("a"), b"ann").await.unwrap().map(|kept| kept.meta.size), Some(8));
        let resumed = tree.create(&path("a"), Create::At(8), ann, Uploader::default()).await.unwrap();
        assert_eq!(upload(&tree, "a", Create::At(8), ann, b"three", Commit).await, "InUse");
        let anew = upload(&tree, "a", Create::Replace, ann, b"anew", Keep).await;
        assert_eq!(anew, "kept Err(InUse)", "a new upload does not replace it");
        resumed.keep().await.unwrap();
        assert_eq!(upload(&tree, "a", Create::At(8), ann, b"three", Commit).await, "new");
        assert_eq!(open(&tree, "a").await, "one two three");
    });
    assert_eq!(strays(directory.path()), 0);
}

#[test]
fn an_upload_without_a_byte_is_kept_if_it_is_asked_for() {
    let ann = Some(&b"ann"[..]);
    for (before, keeps_empty, end, kept, why) in [
        (None, false, Keep, None, "an interrupted STOR"),
        (None, true, Keep, Some(0), "it was announced to the client"),
        (None, true, End::Drop, None, "refused"),
        (Some(0), false, Keep, Some(0), "it still waits for its first byte"),
        (Some(0), false, End::Drop, Some(0), "refused"),
        (Some(4), false, Keep, None, "started anew, and interrupted"),
        (Some(4), true, Keep, Some(0), "started anew"),
        (Some(4), false, End::Drop, Some(4), "refused"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        on_test_runtime(async {
            let tree = tree(directory.path());
            let begin =
                async || tree.create(&path("a"), Create::Resume(0), ann, Uploader::default()).await.unwrap();
            if let Some(length) = before {
                let mut earlier = begin().await;
                earlier.keep_empty();
                finish(earlier, &b"part"[..length], Keep).await;
            }
            let mut upload = begin().await;
            if keeps_empty {
                upload.keep_empty();
            }
            finish(upload, b"", end).await;
            offload::settle(Duration::from_secs(10));
            let found = tree.partial(&path("a"), b"ann").await.unwrap().map(|found| found.meta.size);
            assert_eq!(found, kept, "{before:?}, {end:?}: {why}");
        });
        assert_eq!(strays(directory.path()), usize::from(kept.is_some()), "{why}");
    }
}

#[test]
fn a_partial_upload_that_cannot_be_completed_is_removed() {
    let (directory, ann) = (tempfile::tempdir().unwrap(), Some(&b"ann"[..]));
    on_test_runtime(async {
        let tree = tree(directory.path());
        let resume = async || {
            upload(&tree, "a", Create::New, ann, b"part", Keep).await;
            let resumed = tree.create(&path("a"), Create::Resume(4), ann, Uploader::default()).await;
            let mut resumed = resumed.unwrap();
            resumed.room().extend_from_slice(b"more");
            resumed
        };
        resume().await.discard().await.unwrap();
        assert_eq!(strays(directory.path()), 0, "discarded");
        let mut resumed = resume().await;
        resumed.expect(Checksum::Sha256([0; 32]));
        assert!(matches!(resumed.commit().await, Err(TreeError::Checksum)));
        assert_eq!(strays(directory.path()), 0, "of another content than its digest");
    });
}

/// The name of a cancelled upload may belong to the next one before the cancelled one ends.
#[test]
fn a_cancelled_upload_does_not_touch_the_next_one() {
    let ann = Some(&b"ann"[..]);
    for (offset, end, expected, why) in [
        (0, End::Drop, "dropped", "its file alone is removed, by another thread"),
        (4, End::Drop, "dropped", "its file alone is removed, by another thread"),
        (4, Keep, "kept Err(NotFound)", "the offset would not be found"),
        (4, Commit, "NotFound", "the next one is not complete"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        on_test_runtime(async {
            let tree = tree(directory.path());
            upload(&tree, "a", Create::New, ann, b"part", Keep).await;
            let cancelled = tree.create(&path("a"), Create::Resume(offset), ann, Uploader::default()).await;
            tree.remove_partial(&path("a"), b"ann").await.unwrap();
            assert_eq!(upload(&tree, "a", Create::New, ann, b"next", Keep).await, "kept Ok(())", "{why}");
            assert_eq!(finish(cancelled.unwrap(), b"", end).await, expected, "{why}");
            offload::settle(Duration::from_secs(10));
            assert_eq!(open(&tree, "a").await, "NotFound", "{why}");
            let kept = tree.partial(&path("a"), b"ann").await.unwrap().map(|kept| kept.meta.size);
            assert_eq!(kept, Some(4), "{end:?} at {offset}: {why}");
        });
    }
}

#[test]
fn a_resumed_new_file_does_not_replace_a_faster_upload() {
    let directory = tempfile::tempdir().unwrap();
    let ann = Some(&b"ann"[..]);
    on_test_runtime(async {
        let tree = tree(directory.path());
        upload(&tree, "a", Create::New, ann, b"part", Keep).await;
        let resumed = tree.create(&path("a"), Create::Resume(4), ann, Uploader::default()).await.unwrap();
        assert_eq!(upload(&tree, "a", Create::New, Some(b"ben"), b"ben's", Commit).await, "new");
        assert!(matches!(resumed.commit().await, Err(TreeError::Exists)));
        assert_eq!(open(&tree, "a").await, "ben's");
    });
}

/// It is handed to the disk in multiples of a size; the rest follows with the next bytes, or at the end.
#[test]
fn content_is_complete_in_any_pieces() {
    let content: Vec<u8> =
        (0_u32..3_000_001).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    for step in [4_099, 262_143, 262_144, 262_145, 300_000, ROOM - 1, ROOM, ROOM + 1, content.len()] {
        for begun in [0, 1, 262_143, 1_000_000] {
            let directory = tempfile::tempdir().unwrap();
            let (start, rest) = content.split_at(begun);
            on_test_runtime(async {
                let tree = tree(directory.path());
                upload(&tree, "a", Create::New, None, start, Commit).await;
                let how = Create::At(begun as u64);
                let mut upload = tree.create(&path("a"), how, None, Uploader::default()).await.unwrap();
                for piece in rest.chunks(step) {
                    upload.room().extend_from_slice(piece);
                    upload.advance().await.unwrap();
                }
                assert_eq!(upload.received(), rest.len() as u64);
                upload.commit().await.unwrap();
            });
            let stored = fs::read(directory.path().join("a")).unwrap();
            assert!(stored == content, "{step} bytes at a time, from {begun} on");
        }
    }
}

#[test]
fn a_step_that_is_given_up_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let ann = Some(&b"ann"[..]);
    let content = vec![b'x'; 3 * ROOM];
    on_test_runtime(async {
        let tree = tree(directory.path());
        let mut upload = tree.create(&path("a"), Create::Replace, ann, Uploader::default()).await.unwrap();
        for piece in content.chunks(ROOM) {
            upload.room().extend_from_slice(piece);
            // Polled once at most, and dropped while the last piece is being written.
            tokio::select! {
                biased;
                advanced = upload.advance() => advanced.unwrap(),
                () = std::future::ready(()) => {}
            }
        }
        upload.keep().await.unwrap();
        let kept = tree.partial(&path("a"), b"ann").await.unwrap().map(|kept| kept.meta.size);
        assert_eq!(kept, Some(content.len() as u64));
    });
}

/// An upload to an existing file locks it, and is acknowledged only under its name.
#[test]
fn one_at_a_time_writes_in_place() {
    for (how, end, after, why) in [
        (Create::Append, Commit, "beforeNEW", "at the end"),
        (Create::Append, Keep, "beforeNEW", "interrupted, to be resumed"),
        (Create::Append, End::Drop, "before", "failed"),
        (Create::At(3), Keep, "befNEW", "interrupted: truncated after the received bytes"),
        (Create::At(3), End::Drop, "bef", "failed: the rest was already truncated"),
        (Create::At(6), End::Drop, "before", "failed"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a"), "before").unwrap();
        on_test_runtime(async {
            let tree = tree(directory.path());
            let mut upload = tree.create(&path("a"), how, None, Uploader::default()).await.unwrap();
            upload.room().extend_from_slice(b"NEW");
            for other in [Create::Append, Create::At(0)] {
                let refused = tree.create(&path("a"), other, None, Uploader::default()).await;
                assert!(matches!(refused, Err(TreeError::InUse)), "{other:?} beside {how:?}");
            }
            upload.seal().await.unwrap();
            match end {
                Commit => assert!(!upload.commit().await.unwrap().is_new),
                Keep => upload.keep().await.unwrap(),
                End::Drop => drop(upload),
            }
            offload::settle(Duration::from_secs(10));
            assert_eq!(fs::read_to_string(directory.path().join("a")).unwrap(), after, "{how:?}: {why}");
            assert!(
                tree.create(&path("a"), Create::Append, None, Uploader::default()).await.is_ok(),
                "{how:?}: it is free again"
            );
        });
    }
}

#[test]
fn an_upload_whose_directory_is_removed_is_not_acknowledged() {
    enum Meanwhile {
        Replaced,
        Removed,
        Renamed,
        Made,
    }
    use Meanwhile::*;
    for (how, meanwhile, expected, after) in [
        (Create::Append, Replaced, "Changed", "a=other"),
        (Create::At(3), Replaced, "Changed", "a=other"),
        (Create::Append, Removed, "Changed", ""),
        (Create::Append, Renamed, "Changed", "b=before"),
        (Create::Append, Made, "Exists", "a=other"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        if !matches!(meanwhile, Made) {
            fs::write(directory.path().join("a"), "before").unwrap();
        }
        on_test_runtime(async {
            let (tree, a) = (tree(directory.path()), path("a"));
            let resumed = tree.create(&a, how, None, Uploader::default()).await.unwrap();
            match meanwhile {
                Replaced | Made => {
                    upload(&tree, "a", Create::Replace, None, b"other", Commit).await;
                }
                Removed => tree.remove_file(&a, None).await.unwrap(),
                Renamed => tree.rename(&a, &path("b"), false, None).await.unwrap(),
            }
            assert_eq!(finish(resumed, b"NEW", Commit).await, expected, "{after}");
        });
        let file = |entry: io::Result<fs::DirEntry>| {
            let file = entry.unwrap();
            format!("{}={}", file.file_name().display(), fs::read_to_string(file.path()).unwrap())
        };
        let files: Vec<_> = fs::read_dir(directory.path()).unwrap().map(file).collect();
        assert_eq!(files.join(" "), after);
    }
}

#[test]
fn writers_of_one_name_never_mix() {
    let directory = tempfile::tempdir().unwrap();
    on_test_runtime(async {
        let tree = Rc::new(tree(directory.path()));
        let writers: Vec<_> = (0..50_u8)
            .map(|writer| {
                let tree = Rc::clone(&tree);
                tokio::task::spawn_local(async move {
                    let content = vec![b'A' + writer; 600_000];
                    upload(&tree, "a", Create::Replace, Some(b"ann"), &content, Commit).await
                })
            })
            .collect();
        for writer in writers {
            assert!(matches!(writer.await.unwrap().as_str(), "new" | "replaced"));
        }
    });
    let content = fs::read(directory.path().join("a")).unwrap();
    assert_eq!(content.len(), 600_000);
    assert!(content.iter().all(|byte| *byte == content[0]), "one writer's content, whole");
    assert_eq!(strays(directory.path()), 0);
}

#[test]
fn uploads_have_a_limit_and_each_user_a_share() {
    let directory = tempfile::tempdir().unwrap();
    on_test_runtime(async {
        let tree =
            Root::open(directory.path(), WRITING, CacheLimits::PROCESS).unwrap().with_uploads(8).tree();
        let mut uploads = Vec::new();
        for (user, from, has_place, why) in [
            ("", "192.0.2.1", true, "one of eight"),
            ("", "192.0.2.1", true, "a quarter of them"),
            ("", "192.0.2.1", false, "more"),
            ("", "2001:db8::1", true, "another address"),
            ("", "2001:db8::2", true, "of the same network"),
            ("", "2001:db8::3", false, "which is one address"),
            ("ann", "192.0.2.1", true, "a user at an address without a free place"),
            ("ann", "192.0.2.2", true, "from another address"),
            ("ann", "192.0.2.3", false, "has one share"),
            ("", "192.0.2.2", true, "an address that only a named user has used"),
            ("", "", true, "no address: the last place"),
            ("ben", "192.0.2.4", false, "none is left"),
        ] {
            let user = Some(user.as_bytes()).filter(|user| !user.is_empty());
            let uploader = Uploader { user, address: from.parse().ok() };
            let upload = tree.create(&path("a"), Create::Replace, None, uploader).await;
            assert_eq!(matches!(upload, Err(TreeError::Busy(_))), !has_place, "{user:?} {from}: {why}");
            uploads.extend(upload.ok());
        }
        drop(uploads);
        let again = tree.create(&path("a"), Create::Replace, None, Uploader::default()).await;
        assert!(again.is_ok(), "places are given back");
    });
}

#[test]
fn other_changes() {
    enum Do {
        RemoveFile(&'static str),
        RemoveDir(&'static str),
        MakeDir(&'static str),
        Rename(&'static str, &'static str, bool),
    }
    use Do::*;
    for (what, expected, after, why) in [
        (RemoveFile("a"), "Ok(())", "b dir dir/x link", "a file"),
        (RemoveFile("link"), "Ok(())", "a b dir dir/x", "a symlink, not its target"),
        (RemoveFile("dir"), "Err(IsDirectory)", "a b dir dir/x link", "a directory is no file"),
        (RemoveFile("none"), "Err(NotFound)", "a b dir dir/x link", "nothing"),
        (RemoveFile(""), "Err(Root)", "a b dir dir/x link", "the root"),
        (RemoveDir("dir"), "Err(NotEmpty)", "a b dir dir/x link", "not empty"),
        (RemoveDir("a"), "Err(NotDirectory)", "a b dir dir/x link", "a file is no directory"),
        (RemoveDir("link"), "Err(NotDirectory)", "a b dir dir/x link", "nor is a symlink"),
        (MakeDir("new"), "Ok(())", "a b dir dir/x link new", "a directory"),
        (MakeDir("dir/new"), "Ok(())", "a b dir dir/new dir/x link", "below another"),
        (MakeDir("a"), "Err(Exists)", "a b dir dir/x link", "the name is taken"),
        (MakeDir("none/new"), "Err(NotFound)", "a b dir dir/x link", "no directory to hold it"),
        (MakeDir(".new"), "Err(Hidden)", "a b dir dir/x link", "a name that is not served"),
        (Rename("a", "c", false), "Ok(())", "b c dir dir/x link", "a new name"),
        (Rename("a", "dir/a", false), "Ok(())", "b dir dir/a dir/x link", "into a directory"),
        (Rename("a", "b", false), "Err(Exists)", "a b dir dir/x link", "the name is taken"),
        (Rename("a", "b", true), "Ok(())", "b dir dir/x link", "replaced"),
        (Rename("a", "dir", true), "Err(IsDirectory)", "a b dir dir/x link", "a directory is not replaced"),
        (Rename("a", "room", true), "Err(IsDirectory)", "a b dir dir/x link", "nor a link to one"),
        (Rename("room", "a", true), "Err(Exists)", "a b dir dir/x link", "nor replaced by that"),
        (Rename("dir", "empty", true), "Err(Exists)", "a b dir dir/x link", "nor an empty one by another"),
        (Rename("dir", "a", true), "Err(Exists)", "a b dir dir/x link", "nor a file by one"),
        (Rename("room", "c", true), "Ok(())", "a b c dir dir/x link", "a link to a directory, to a new name"),
        (Rename("link", "b", true), "Ok(())", "a b dir dir/x", "a link to a file is a file"),
        (Rename("dir", "dir/in", false), "Err(IntoItself)", "a b dir dir/x link", "into itself"),
        (Rename("dir", "new", false), "Ok(())", "a b link new new/x", "a directory"),
        (Rename("none", "new", false), "Err(NotFound)", "a b dir dir/x link", "nothing"),
        (Rename("a", ".new", true), "Err(Hidden)", "a b dir dir/x link", "a name that is not served"),
        (Rename("", "new", true), "Err(Root)", "a b dir dir/x link", "the root"),
        (Rename("a", "out/a", true), "Err(NotFound)", "a b dir dir/x link", "a symlink that leads out"),
    ] {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("in");
        fs::create_dir_all(inner.join("dir")).unwrap();
        fs::create_dir(inner.join("empty")).unwrap();
        symlink("dir", inner.join("room")).unwrap();
        for name in ["a", "b", "dir/x"] {
            fs::write(inner.join(name), name).unwrap();
        }
        symlink("a", inner.join("link")).unwrap();
        symlink("..", inner.join("out")).unwrap();
        on_test_runtime(async {
            let tree = tree(&inner);
            let outcome = match what {
                RemoveFile(name) => tree.remove_file(&path(name), None).await,
                RemoveDir(name) => tree.remove_dir(&path(name), None).await,
                MakeDir(name) => tree.make_dir(&path(name)).await,
                Rename(from, to, replace) => tree.rename(&path(from), &path(to), replace, None).await,
            };
            assert_eq!(format!("{outcome:?}"), expected, "{why}");
        });
        let mut names: Vec<String> = Vec::new();
        for directory in ["", "dir/", "new/"] {
            let entries = fs::read_dir(inner.join(directory)).into_iter().flatten();
            names.extend(entries.map(|entry| format!("{directory}{}", entry.unwrap().file_name().display())));
        }
        names.retain(|name| !matches!(name.as_str(), "out" | "empty" | "room"));
        names.sort();
        assert_eq!(names.join(" "), after, "{why}");
    }
}

#[test]
fn an_empty_directory_goes_though_a_partial_is_in_it() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("dir")).unwrap();
    on_test_runtime(async {
        let tree = tree(directory.path());
        upload(&tree, "dir/a", Create::Replace, Some(b"ann"), b"part", Keep).await;
        tree.remove_dir(&path("dir"), None).await.unwrap();
        assert_eq!(open(&tree, "dir").await, "NotFound");
    });
}

#[test]
fn times_and_modes_are_set() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a"), "a").unwrap();
    let epoch = SystemTime::UNIX_EPOCH;
    on_test_runtime(async {
        let tree = tree(directory.path());
        for (modified, why) in [
            (epoch + Duration::new(1_795_459_860, 500_000_000), "with a fraction"),
            (epoch - Duration::from_millis(1_500), "before 1970"),
        ] {
            tree.set_modified(&path("a"), modified).await.unwrap();
            assert_eq!(tree.metadata(&path("a")).await.unwrap().modified, modified, "{why}");
        }
        tree.set_mode(&path("a"), 0o4751).await.unwrap();
        assert_eq!(tree.metadata(&path("a")).await.unwrap().mode, 0o751, "nine bits");
        assert!(matches!(tree.set_mode(&path("none"), 0o644).await, Err(TreeError::NotFound)));
    });
}

#[test]
fn leftover_part_files_are_swept() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("dir")).unwrap();
    let others = [".mini~part-old", ".mini~part-new", ".mini~temp-1", ".hidden", "file"];
    for name in ["dir/.mini~new-1", ".mini~new-2"].iter().chain(&others) {
        fs::write(at(name), "").unwrap();
    }
    age(&at(".mini~part-old"), LONG_AGO);
    age(&at(".mini~temp-1"), LONG_AGO);
    let busy = fs::File::create(at(".mini~new-busy")).unwrap();
    rustix::fs::flock(&busy, rustix::fs::FlockOperation::LockExclusive).unwrap();
    assert!(sweep::tree(&Local::new(directory.path(), true, false).unwrap()), "something is left for later");
    for (name, stays, why) in [
        ("dir/.mini~new-1", false, "never got its name"),
        (".mini~new-2", false, "never got its name"),
        (".mini~new-busy", true, "another server is writing it"),
        (".mini~part-old", false, "older than a day"),
        (".mini~part-new", true, "it may be resumed"),
        (".mini~temp-1", true, "its client may rename it, whatever time it has set"),
        (".hidden", true, "not the server's own"),
        ("file", true, "a file"),
    ] {
        assert_eq!(at(name).exists(), stays, "{name}: {why}");
    }
}

/// A tree is swept while a worker has it, and walked only while it contains kept files.
#[test]
fn old_part_files_are_swept_while_the_server_runs() {
    let directory = tempfile::tempdir().unwrap();
    let local = Local::new(directory.path(), false, false).unwrap();
    let changes = std::sync::Arc::downgrade(&local.changes);
    let is_swept = || !local.changes.may_have_own_files.load(std::sync::atomic::Ordering::Relaxed);
    let sweeper = Sweeper::start(local.clone(), Duration::from_millis(1)).unwrap();
    await_that(is_swept, "nothing is there");
    let part = directory.path().join(".mini~part-old");
    fs::write(&part, "part").unwrap();
    local.changes.may_have_own_files.store(true, std::sync::atomic::Ordering::Relaxed);
    age(&part, LONG_AGO);
    await_that(|| !part.exists(), "it is old");
    await_that(is_swept, "and nothing else is there");
    drop((sweeper, local));
    await_that(|| changes.strong_count() == 0, "the thread has ended");
}

#[track_caller]
fn await_that(is_so: impl Fn() -> bool, why: &str) {
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(std::time::Instant::now() < deadline, "{why}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// More than a day, in seconds.
const LONG_AGO: u64 = 86_500;

/// Sets the time of a file to this many seconds ago.
fn age(file: &Path, seconds: u64) {
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(crate::net::clock::unix_seconds() - seconds);
    fs::File::options().write(true).open(file).unwrap().set_modified(then).unwrap();
}

#[test]
fn of_too_many_partial_uploads_the_oldest_are_removed() {
    let directory = tempfile::tempdir().unwrap();
    let ann = Some(&b"ann"[..]);
    on_test_runtime(async {
        let tree = tree(directory.path());
        for (name, owner, seconds) in [("ben's", &b"ben"[..], 3_600), ("0", b"ann", 60)] {
            upload(&tree, name, Create::Replace, Some(owner), b"part", Keep).await;
            let part = String::from_utf8(naming::partial(owner, name.as_bytes())).unwrap();
            age(&directory.path().join(part), seconds);
        }
        for number in 1..=sweep::KEPT_OF_ONE {
            upload(&tree, &number.to_string(), Create::Replace, ann, b"part", Keep).await;
        }
        assert_eq!(strays(directory.path()), sweep::KEPT_OF_ONE + 1, "with ben's");
        for (name, owner, kept, why) in [
            ("0", &b"ann"[..], None, "the oldest"),
            ("1", b"ann", Some(4), "as many are kept"),
            ("ben's", b"ben", Some(4), "older, but another's"),
        ] {
            assert_eq!(
                tree.partial(&path(name), owner).await.unwrap().map(|kept| kept.meta.size),
                kept,
                "{name}: {why}"
            );
        }
    });
}

#[test]
fn a_tree_that_is_not_writable_is_not_written() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a"), "a").unwrap();
    on_test_runtime(async {
        let tree = root(directory.path(), false).tree();
        let a = path("a");
        assert!(matches!(
            tree.create(&a, Create::Replace, None, Uploader::default()).await,
            Err(TreeError::Denied)
        ));
        assert!(matches!(tree.remove_file(&a, None).await, Err(TreeError::Denied)));
        assert!(matches!(tree.rename(&a, &path("b"), true, None).await, Err(TreeError::Denied)));
        assert!(matches!(tree.make_dir(&path("d")).await, Err(TreeError::Denied)));
        assert!(matches!(tree.set_mode(&a, 0).await, Err(TreeError::Denied)));
        assert_eq!(open(&tree, "a").await, "a");
    });
}
