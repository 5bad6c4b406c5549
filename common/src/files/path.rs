//! [`TreePath`], the only way to name something inside a served tree.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The longest path that is accepted, in bytes (Linux's PATH_MAX with its NUL).
pub const MAX_PATH: usize = 4_095;

/// A path relative to the root: names joined by single slashes, none of them empty, `.` or `..`, no
/// NUL. The root itself is empty. Names are bytes; they need not be UTF-8.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TreePath(Vec<u8>);

/// Why bytes are no path inside the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathRule {
    /// `..` leads above the root.
    #[error("the path leads outside")]
    Outside,
    /// A NUL byte, which no name can hold.
    #[error("the path has a NUL byte")]
    Nul,
    /// Over [`MAX_PATH`] bytes.
    #[error("the path is too long")]
    TooLong,
}

impl TreePath {
    /// The root.
    pub const ROOT: Self = Self(Vec::new());

    /// Reads `path`, from the root if it begins with a slash, else from this directory. Empty
    /// segments and `.` are dropped and `..` is resolved here, by the text: `b"/a//./b/../c"` is
    /// `a/c`.
    ///
    /// # Errors
    /// [`PathRule`]; nothing that leads above the root is ever cut off to fit.
    pub fn join(&self, path: &[u8]) -> Result<Self, PathRule> {
        if path.contains(&0) {
            return Err(PathRule::Nul);
        }
        let mut joined = if path.starts_with(b"/") { Self::ROOT } else { self.clone() };
        joined.0.reserve(path.len() + 1);
        for segment in path.split(|&byte| byte == b'/') {
            match segment {
                b"" | b"." => {}
                b".." => joined = joined.parent().ok_or(PathRule::Outside)?,
                name => joined.push(name),
            }
        }
        match joined.0.len() {
            0..=MAX_PATH => Ok(joined),
            _ => Err(PathRule::TooLong),
        }
    }

    /// The path of a name in this directory, as a listing gave it.
    pub fn child(&self, name: &[u8]) -> Self {
        let mut child = self.clone();
        child.push(name);
        child
    }

    fn push(&mut self, name: &[u8]) {
        if !self.0.is_empty() {
            self.0.push(b'/');
        }
        self.0.extend_from_slice(name);
    }

    /// The directory that holds it; the root has none.
    pub fn parent(&self) -> Option<Self> {
        match self.0.iter().rposition(|&byte| byte == b'/') {
            Some(slash) => Some(Self(self.0.get(..slash)?.to_vec())),
            None if self.0.is_empty() => None,
            None => Some(Self::ROOT),
        }
    }

    /// The last name; the root has none.
    pub fn name(&self) -> Option<&[u8]> {
        self.segments().next_back()
    }

    /// The names from the root down.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.split(|&byte| byte == b'/').filter(|name| !name.is_empty())
    }

    /// Whether it is the root itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The names joined by slashes, without one at either end.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// For a call relative to the root's descriptor.
    pub(super) fn as_path(&self) -> &Path {
        match self.0.as_slice() {
            [] => Path::new("."),
            bytes => Path::new(OsStr::from_bytes(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_by_their_text() {
        for (from, path, expected, why) in [
            ("", "/", Ok(""), "the root"),
            ("a/b", "", Ok("a/b"), "nothing stays"),
            ("a/b", "c", Ok("a/b/c"), "relative"),
            ("a/b", "/c", Ok("c"), "from the root"),
            ("a/b", "..", Ok("a"), "up"),
            ("", "a//b/./c/", Ok("a/b/c"), "empty segments and dots"),
            ("", "/a/../b", Ok("b"), "up inside"),
            ("", "..", Err(PathRule::Outside), "above the root"),
            ("a", "../..", Err(PathRule::Outside), "above the root, relative"),
            ("", "/a/../../a", Err(PathRule::Outside), "out and in again"),
            ("", "a\0b", Err(PathRule::Nul), "the kernel would stop at the NUL"),
            ("", "...", Ok("..."), "three dots are a name"),
            ("", "..\\..", Ok("..\\.."), "a backslash is a letter"),
        ] {
            let from = TreePath::ROOT.join(from.as_bytes()).unwrap();
            let joined = from.join(path.as_bytes());
            let seen = joined.as_ref().map(|path| std::str::from_utf8(path.as_bytes()).unwrap());
            assert_eq!(seen.map_err(|rule| *rule), expected, "{why}");
        }
    }

    #[test]
    fn the_length_is_bounded() {
        let longest = vec![b'a'; MAX_PATH];
        assert!(TreePath::ROOT.join(&longest).is_ok());
        let longer = vec![b'a'; MAX_PATH + 1];
        assert_eq!(TreePath::ROOT.join(&longer), Err(PathRule::TooLong));
    }

    #[test]
    fn names_and_parents() {
        let path = TreePath::ROOT.join(b"a/b").unwrap();
        assert_eq!((path.name(), path.parent().unwrap().as_bytes()), (Some(&b"b"[..]), &b"a"[..]));
        assert_eq!((TreePath::ROOT.name(), TreePath::ROOT.parent()), (None, None));
    }
}
