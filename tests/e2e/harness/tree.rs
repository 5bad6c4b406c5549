//! Served directories: created for one case, removed after it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::program::{run, tool};

/// A directory that any user may read.
#[derive(Debug)]
pub(crate) struct Tree(TempDir);

impl Tree {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self(directory)
    }

    /// A tree of these files.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let tree = Self::new();
        files.iter().for_each(|(name, content)| drop(tree.file(name, content)));
        tree
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }

    /// A file, with the directories above it. Names are bytes.
    pub(crate) fn file(&self, name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(OsStr::from_bytes(name.as_ref()));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// A file with an old modification time: a file changed within the current second has no strong validator
    /// (RFC 9110 section 8.8.2.2).
    pub(crate) fn old_file(&self, name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name, content);
        let then = SystemTime::now() - Duration::from_secs(86_400);
        File::options().write(true).open(&path).unwrap().set_modified(then).unwrap();
        path
    }

    pub(crate) fn directory(&self, name: &str) -> PathBuf {
        let path = self.join(name);
        fs::create_dir_all(&path).unwrap();
        path
    }

    pub(crate) fn symlink(&self, name: &str, to: impl AsRef<Path>) {
        std::os::unix::fs::symlink(to, self.join(name)).unwrap();
    }

    /// A sparse file of this many zero bytes.
    pub(crate) fn sparse(&self, name: &str, size: u64) -> PathBuf {
        let path = self.join(name);
        File::create(&path).unwrap().set_len(size).unwrap();
        path
    }

    /// A sparse file with bytes at unaligned offsets, around the 31- and 32-bit limits and at both ends: any
    /// lost, repeated or misplaced piece changes the file.
    pub(crate) fn scattered(&self, name: &str, size: u64) -> PathBuf {
        let path = self.sparse(name, size);
        let file = File::options().write(true).open(&path).unwrap();
        let piece = pattern(100_003);
        let places = [0, 1_000_003, (1 << 31) - 7, (3 << 30) + 12_345, (1 << 32) - 50_001];
        let last = size - piece.len() as u64;
        for (at, place) in places.into_iter().filter(|&place| place < last).chain([last]).enumerate() {
            // Each piece is different.
            file.write_all_at(&piece[at..], place).unwrap();
        }
        path
    }
}

impl AsRef<Path> for Tree {
    fn as_ref(&self) -> &Path {
        self.path()
    }
}

/// Creates files for a mirror: names of all kinds, sizes, depths.
pub(crate) fn fill(root: &Path) {
    let put = |name: &str, content: &[u8]| {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    for name in AWKWARD {
        put(name, name.as_bytes());
        put(&format!("awkward/{name}/{name}"), name.as_bytes());
    }
    (0..20).for_each(|number| put(&format!("d{}/file {number}", number % 3), &pattern(number * 977)));
    put("large", &pattern(1_500_000));
    put("a/b/c/d/e/f", b"deep");
    put("a/b/c/d/e/stays", b"deep as well");
}

/// Names that have broken a listing, a link, a command line or a client.
pub(crate) const AWKWARD: [&str; 22] = [
    "two words",
    " leading and trailing ",
    "it's",
    "\"quoted\"",
    "a#b",
    "100%",
    "%41",
    "a&amp;b",
    "a?b",
    "a+b",
    "a;b=c",
    "a:b",
    "a,b@c",
    "-dash",
    "~tilde",
    "$HOME",
    "<script>alert(1)",
    "[brackets]{braces}",
    "café",
    "日本語",
    "😀",
    "e\u{301} combined",
];

/// Bytes without repetition, so that a misplaced piece is noticed.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        // xorshift64 (Marsaglia 2003)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// All entries of a directory: `None` for a directory, a file's content.
pub(crate) fn contents(directory: &Path) -> BTreeMap<OsString, Option<Vec<u8>>> {
    let read = |(path, is_file): (PathBuf, bool)| {
        let content = is_file.then(|| fs::read(directory.join(&path)).unwrap());
        (path.into(), content)
    };
    entries(directory).into_iter().map(read).collect()
}

/// All entries of a directory, and whether each is a file.
fn entries(directory: &Path) -> BTreeMap<PathBuf, bool> {
    let mut found = BTreeMap::new();
    gather(directory, Path::new(""), &mut found);
    found
}

fn gather(root: &Path, below: &Path, found: &mut BTreeMap<PathBuf, bool>) {
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let path = below.join(entry.unwrap().file_name());
        let is_file = !root.join(&path).is_dir();
        if !is_file {
            gather(root, &path, found);
        }
        found.insert(path, is_file);
    }
}

/// Fails, naming the difference, unless both directories have the same content.
#[track_caller]
pub(crate) fn assert_same(original: &Path, copy: &Path) {
    let (ours, theirs) = (entries(original), entries(copy));
    let is_same = |(name, is_file): &(&PathBuf, &bool)| {
        theirs.get(*name) == Some(*is_file)
            && (!**is_file || is_same_file(&original.join(name), &copy.join(name)))
    };
    let differs: Vec<_> = ours.iter().filter(|entry| !is_same(entry)).collect();
    let names: Vec<_> = differs.iter().map(|(name, _)| name).take(20).collect();
    assert!(differs.is_empty(), "{} missing or different: {names:?}", differs.len());
    let more: Vec<_> = theirs.keys().filter(|name| !ours.contains_key(*name)).take(20).collect();
    assert!(more.is_empty(), "not in the original: {more:?}");
}

/// Compares in pieces, because a file may be larger than the memory.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let [mut one, mut other] = [one, other].map(|path| File::open(path).unwrap());
    let (mut ours, mut theirs) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        match one.read(&mut ours).unwrap() {
            0 => return other.read(&mut theirs).unwrap() == 0,
            read if other.read_exact(&mut theirs[..read]).is_err() => return false,
            read if ours[..read] != theirs[..read] => return false,
            _ => {}
        }
    }
}

/// A file system that is mounted for one case.
#[derive(Debug)]
pub(crate) struct Mounted {
    at: PathBuf,
    /// Dropped after the file system.
    _image: Option<(TempDir, TempDir)>,
}

impl Mounted {
    /// A file system of this size in memory.
    pub(crate) fn in_memory(at: PathBuf, bytes: u64) -> Self {
        run(tool("mount").args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "none"]).arg(&at)).success();
        Self { at, _image: None }
    }

    /// An overlay, as the root of a container: over `lower`, with what is written in `layers`.
    pub(crate) fn overlay(lower: &Path, layers: &Path) -> Self {
        let [upper, work, at] = ["upper", "work", "merged"].map(|name| {
            let path = layers.join(name);
            fs::create_dir(&path).unwrap();
            path
        });
        let (lower, upper, work) = (lower.display(), upper.display(), work.display());
        // Volatile: unmounting it does not wait for everything that this machine writes.
        let options = format!("lowerdir={lower},upperdir={upper},workdir={work},volatile");
        run(tool("mount").args(["-t", "overlay", "-o", &options, "overlay"]).arg(&at)).success();
        Self { at, _image: None }
    }

    /// Whether it could be unmounted, so nothing on it is in use.
    pub(crate) fn unmount(self) -> bool {
        run(tool("umount").arg(&self.at)).code == Some(0)
    }

    /// NTFS by lowntfs-3g (package ntfs-3g), which ignores case in names. `None`, with a printed line, if the
    /// kernel has no FUSE.
    pub(crate) fn ntfs_ignoring_case() -> Option<Self> {
        if !Path::new("/dev/fuse").exists() {
            println!("not run: kernel lacks FUSE");
            return None;
        }
        let (at, image) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let disk = image.path().join("disk");
        File::create(&disk).unwrap().set_len(16 << 20).unwrap();
        run(tool("mkntfs").args(["--force", "--fast", "--quiet"]).arg(&disk));
        run(tool("lowntfs-3g").args(["-o", "ignore_case,streams_interface=none"]).args([&disk, at.path()]));
        Some(Self { at: at.path().to_owned(), _image: Some((at, image)) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.at
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // A server that is still ending may have files open.
        let _ = tool("umount").args(["--lazy", "--quiet"]).arg(&self.at).status();
    }
}
