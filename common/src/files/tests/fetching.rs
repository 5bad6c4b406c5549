//! Downloads of a client into a local folder.

use sha2::{Digest as _, Sha256};

use super::changing::End::{Commit, Drop, Keep};
use super::changing::finish;
use super::*;
use crate::net::offload;

const SOURCE: &[u8] = b"s";
const PART: &str = "a.043a7187.part";

fn folder(directory: &Path) -> Tree {
    Root::folder(directory).unwrap().tree()
}

fn fetch(at: u64, replace: bool) -> Fetch {
    Fetch { source: SOURCE.to_vec(), at, replace }
}

fn files(directory: &Path) -> Vec<(String, String)> {
    let read = |entry: io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
    };
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(read).collect();
    files.sort();
    files
}

#[test]
fn a_download_is_stored_beside_its_name_until_it_is_complete() {
    let (old, begun) = (("a", "old"), (PART, "con"));
    for (before, at, replace, end, expected, after, why) in [
        (None, 0, false, Commit, "new", &[("a", "content")][..], "there was none"),
        (Some(old), 0, true, Commit, "replaced", &[("a", "content")], "to be replaced"),
        (Some(old), 0, false, Commit, "Exists", &[old], "not to be replaced"),
        (None, 0, false, Keep, "kept Ok(())", &[(PART, "content")], "received bytes are kept"),
        (Some(begun), 3, false, Commit, "new", &[("a", "concontent")], "it is resumed"),
        (Some(begun), 1, false, Commit, "new", &[("a", "ccontent")], "from the offset on"),
        (Some(begun), 0, false, Commit, "new", &[("a", "content")], "or starts over"),
        (Some(begun), 3, false, Drop, "dropped", &[begun], "no more bytes"),
        (Some(begun), 4, false, Commit, "Beyond", &[begun], "behind the end"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        before.inspect(|(name, content)| fs::write(directory.path().join(name), content).unwrap());
        on_test_runtime(async {
            let tree = folder(directory.path());
            let known = tree.part_file(&path("a"), SOURCE).await.unwrap();
            assert_eq!(known.map(|known| known.1), before.filter(|file| *file == begun).map(|_| 3), "{why}");
            let came = match tree.fetch(&path("a"), fetch(at, replace)).await {
                Ok(upload) => finish(upload, b"content", end).await,
                Err(error) => format!("{error:?}"),
            };
            assert_eq!(came, expected, "{why}");
        });
        let files = files(directory.path());
        let files: Vec<_> = files.iter().map(|(name, content)| (&name[..], &content[..])).collect();
        assert_eq!(files, after, "{why}");
    }
}

#[test]
fn a_digest_is_that_of_the_whole_file() {
    let directory = tempfile::tempdir().unwrap();
    let right: [u8; 32] = Sha256::digest(b"content").into();
    on_test_runtime(async {
        for (checksum, expected) in [(right, "new"), ([0; 32], "Checksum")] {
            fs::write(directory.path().join(PART), "con").unwrap();
            let mut upload = folder(directory.path()).fetch(&path("a"), fetch(3, false)).await.unwrap();
            upload.expect(Checksum::Sha256(checksum));
            assert_eq!(finish(upload, b"tent", Commit).await, expected);
            let _ = fs::remove_file(directory.path().join("a"));
        }
    });
}

#[test]
fn the_file_says_when_its_content_was_changed() {
    let directory = tempfile::tempdir().unwrap();
    let modified = SystemTime::UNIX_EPOCH + Duration::from_millis(1_234_567_890_123);
    on_test_runtime(async {
        let mut upload = folder(directory.path()).fetch(&path("a"), fetch(0, false)).await.unwrap();
        upload.date(modified);
        assert_eq!(finish(upload, b"content", Commit).await, "new");
    });
    assert_eq!(fs::metadata(directory.path().join("a")).unwrap().modified().unwrap(), modified);
}

#[test]
fn pieces_are_one_file_when_all_have_come() {
    // 10 bytes, of which two were received before; pieces from 2, 5 and 8 on.
    let pieces = ["234", "567", "89"];
    for (ends, expected, why) in [
        ([Commit, Commit, Commit], ("a", "0123456789"), "all pieces received"),
        ([Keep, Commit, Commit], (PART, "0123456789"), "all pieces received, but not committed"),
        ([Keep, Drop, Commit], (PART, "01234"), "a gap"),
        ([Drop, Commit, Commit], (PART, "01"), "a gap after the first bytes"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(PART), "01").unwrap();
        on_test_runtime(async {
            let tree = folder(directory.path());
            let mut first = tree.fetch(&path("a"), fetch(2, false)).await.unwrap();
            first.expect(Checksum::Sha256(Sha256::digest(b"0123456789").into()));
            let others = first.split(10, &[5, 8]).await.unwrap();
            assert_eq!(
                tree.part_file(&path("a"), SOURCE).await.unwrap(),
                None,
                "{why}: it is no part file now"
            );
            for ((piece, end), upload) in pieces.into_iter().zip(ends).skip(1).zip(others) {
                finish(upload, piece.as_bytes(), end).await;
            }
            finish(first, pieces[0].as_bytes(), ends[0]).await;
        });
        offload::settle(Duration::from_secs(10));
        assert_eq!(files(directory.path()), [(expected.0.to_owned(), expected.1.to_owned())], "{why}");
    }
}

#[test]
fn part_files_are_found_by_the_name_of_the_file() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a", PART, "a.00000000.part", "a.00000000.pieces", "b.00000000.part", "a.part"] {
        fs::write(directory.path().join(name), "x").unwrap();
    }
    on_test_runtime(async {
        let mut part_files = folder(directory.path()).part_files(&path("a")).await.unwrap();
        part_files.sort_by(|one, other| one.as_bytes().cmp(other.as_bytes()));
        assert_eq!(part_files, ["a.00000000.part", "a.00000000.pieces", PART].map(path));
    });
}
