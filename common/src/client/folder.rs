//! Local files and folders, as source and target of transfers.

#![expect(clippy::disallowed_methods, reason = "the user's own files, which the command line names")]

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::argument::printable_path;
use super::fault::{Fault, FaultKind};
use crate::escape::printable;
use crate::files::{FileContent, Root, Tree, TreePath};

/// A local folder.
#[derive(Debug)]
pub struct LocalFolder {
    /// Its tree.
    pub tree: Tree,
    /// Its path, as the user gave it.
    pub path: PathBuf,
}

/// The target of output.
#[derive(Debug)]
pub enum OutputTarget {
    /// A name in a folder. The file need not exist.
    File(Rc<LocalFolder>, TreePath),
    /// Anything but a regular file: standard output (`-`), a device, a pipe.
    Stream(File),
}

impl LocalFolder {
    /// Opens an existing folder.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { tree: Root::folder(path)?.tree(), path: path.to_owned() })
    }

    /// Opens a folder, which is created with its parents if it does not exist.
    pub fn make(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        Self::open(path)
    }

    /// The folder of a file, and the file's name in it. A path without a name is `InvalidInput`.
    pub fn of_file(file: &Path) -> io::Result<(Self, TreePath)> {
        let named = || io::Error::new(io::ErrorKind::InvalidInput, "it names no file");
        let name = file.file_name().ok_or_else(named)?;
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
        Ok((Self::open(parent.unwrap_or(Path::new(".")))?, TreePath::ROOT.child(name.as_bytes())))
    }

    /// Opens a local file for reading, and returns its printable path with it. Only a regular file can be
    /// read again, and from an offset.
    pub async fn content(file: &Path) -> Result<(Rc<FileContent>, String), Fault> {
        let shown = printable_path(file);
        let unreadable = |error| Fault::new(FaultKind::Failed, format!("cannot read '{shown}': {error}"));
        let found = std::fs::metadata(file).map_err(unreadable)?;
        if !found.is_file() {
            let what = match found.is_dir() {
                true => "a directory, and one file is wanted",
                false => "no regular file; standard input (-) may be a pipe",
            };
            return Err(Fault::new(FaultKind::Failed, format!("'{shown}' is {what}")));
        }
        let (folder, path) = Self::of_file(file).map_err(unreadable)?;
        let content = folder.tree.open(&path).await.map_err(|error| Fault::file(&shown, &error))?;
        Ok((content, shown))
    }

    /// The printable path of something in the folder.
    pub fn name(&self, path: &TreePath) -> String {
        let path = self.path.join(OsStr::from_bytes(path.as_bytes()));
        let path = path.strip_prefix(".").unwrap_or(&path);
        printable(path.as_os_str().as_bytes()).into_owned()
    }
}

impl OutputTarget {
    /// The target that a path from the user names.
    pub fn of(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") || path == Path::new("/dev/stdout") {
            return Ok(Self::Stream(File::from(io::stdout().as_fd().try_clone_to_owned()?)));
        }
        match std::fs::metadata(path) {
            Ok(found) if !found.is_file() && !found.is_dir() => {
                Ok(Self::Stream(OpenOptions::new().write(true).open(path)?))
            }
            _ => LocalFolder::of_file(path).map(|(folder, name)| Self::File(Rc::new(folder), name)),
        }
    }
}

/// The file name that a peer suggests, if it is safe in a folder: one segment that is not empty, `.` or `..`,
/// without control characters, which could disguise it on a terminal, and not one of the server's own.
pub fn plain_name(name: &[u8]) -> Option<&[u8]> {
    let is_plain = !matches!(name, b"" | b"." | b"..")
        && name.len() <= 255
        && !name.iter().any(|&byte| byte == b'/' || byte < b' ' || byte == 0x7f)
        && !name.starts_with(b".mini~");
    is_plain.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_taken_from_a_peer() {
        for (name, expected, why) in [
            (&b"a.txt"[..], true, "an ordinary name"),
            (b".profile", true, "a dot name"),
            (b"a b\xff\\c", true, "bytes that are no text, and a backslash, which is a letter here"),
            (b"", false, "no name"),
            (b".", false, "the folder"),
            (b"..", false, "the parent directory"),
            (b"../a", false, "a way out"),
            (b"/etc/passwd", false, "an absolute path"),
            (b"a/b", false, "a way down"),
            (b"a\0b", false, "NUL"),
            (b"a\x1b[2Jb", false, "a terminal's escape"),
            (b"a\rb", false, "CR"),
            (&[b'x'; 256], false, "longer than a name can be"),
            (b".mini~new-1", false, "a name that a server keeps for itself"),
        ] {
            assert_eq!(plain_name(name).is_some(), expected, "{why}");
        }
    }

    #[test]
    fn devices_and_pipes_are_streams() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("old"), "x").unwrap();
        for (path, expected, why) in [
            (at("new"), Ok(true), "a file that is yet to be made"),
            (at("old"), Ok(true), "a file"),
            ("/dev/null".into(), Ok(false), "a device"),
            ("-".into(), Ok(false), "standard output"),
            (at("none/new"), Err(io::ErrorKind::NotFound), "no folder to hold it"),
            ("..".into(), Err(io::ErrorKind::InvalidInput), "no name"),
        ] {
            let target = OutputTarget::of(&path).map(|target| matches!(target, OutputTarget::File(..)));
            assert_eq!(target.map_err(|error| error.kind()), expected, "{why}");
        }
    }
}
