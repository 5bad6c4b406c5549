//! Where a file goes to, or comes from, on the user's side.

#![expect(clippy::disallowed_methods, reason = "the user's own files, which the command line names")]

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::argument::printable_path;
use super::fault::{Fault, Kind};
use crate::escape::printable;
use crate::files::{Content, Root, Tree, TreePath};

/// A folder of the user's.
#[derive(Debug)]
pub struct Folder {
    /// What is in it.
    pub tree: Tree,
    /// What the user calls it.
    pub path: PathBuf,
}

/// What a file is written to.
#[derive(Debug)]
pub enum Target {
    /// A name in a folder, which need not exist yet.
    File(Rc<Folder>, TreePath),
    /// Something that is no regular file: standard output (`-`), a device, a pipe.
    Stream(File),
}

impl Folder {
    /// Opens a folder that exists.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { tree: Root::folder(path)?.tree(), path: path.to_owned() })
    }

    /// Opens a folder, and makes it and those above it before, if need be.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn make(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        Self::open(path)
    }

    /// The folder that holds a file, and the file's name in it.
    ///
    /// # Errors
    /// Those of the file system; `InvalidInput` for a path that names no file.
    pub fn of_file(file: &Path) -> io::Result<(Self, TreePath)> {
        let named = || io::Error::new(io::ErrorKind::InvalidInput, "it names no file");
        let name = file.file_name().ok_or_else(named)?;
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
        Ok((Self::open(parent.unwrap_or(Path::new(".")))?, TreePath::ROOT.child(name.as_bytes())))
    }

    /// A file of the user's to be read, and what the user calls it.
    ///
    /// # Errors
    /// Those of the file system; what is no regular file, as a pipe, cannot be read again, nor from an offset.
    pub async fn content(file: &Path) -> Result<(Rc<Content>, String), Fault> {
        let shown = printable_path(file);
        let unreadable = |error| Fault::new(Kind::Failed, format!("cannot read '{shown}': {error}"));
        let found = std::fs::metadata(file).map_err(unreadable)?;
        if !found.is_file() {
            let what = match found.is_dir() {
                true => "a directory, and one file is wanted",
                false => "no regular file; standard input (-) may be a pipe",
            };
            return Err(Fault::new(Kind::Failed, format!("'{shown}' is {what}")));
        }
        let (folder, path) = Self::of_file(file).map_err(unreadable)?;
        let content = folder.tree.open(&path).await.map_err(|error| Fault::file(&shown, &error))?;
        Ok((content, shown))
    }

    /// What the user calls something in it.
    pub fn name(&self, path: &TreePath) -> String {
        let path = self.path.join(OsStr::from_bytes(path.as_bytes()));
        let path = path.strip_prefix(".").unwrap_or(&path);
        printable(path.as_os_str().as_bytes()).into_owned()
    }
}

impl Target {
    /// What a path names that the user gives for output.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn of(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") || path == Path::new("/dev/stdout") {
            return Ok(Self::Stream(File::from(io::stdout().as_fd().try_clone_to_owned()?)));
        }
        match std::fs::metadata(path) {
            Ok(found) if !found.is_file() && !found.is_dir() => {
                Ok(Self::Stream(OpenOptions::new().write(true).open(path)?))
            }
            _ => Folder::of_file(path).map(|(folder, name)| Self::File(Rc::new(folder), name)),
        }
    }
}

/// The name of a file as a peer suggests it, if it is one that can stand in a folder: one segment that is
/// not empty, `.` or `..`, without control characters, which would lie in a terminal, and not one of ours.
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
            (b"..", false, "what is above it"),
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
    fn what_is_no_file_is_a_stream() {
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
            let target = Target::of(&path).map(|target| matches!(target, Target::File(..)));
            assert_eq!(target.map_err(|error| error.kind()), expected, "{why}");
        }
    }
}
