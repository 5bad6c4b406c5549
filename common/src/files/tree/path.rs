//! [`TreePath`], the only way to name something inside a served tree.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The longest path that is accepted, in bytes (Linux's PATH_MAX with its NUL).
pub const MAX_PATH: usize = 4_095;

/// A path relative to the root: names joined by single slashes, none of them empty, `.` or `..`, no NUL. The
/// root is the empty path. Names are bytes, not necessarily UTF-8.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TreePath {
    bytes: Vec<u8>,
    /// So many of the bytes name the home, a directory that the path cannot leave, neither by its text nor by
    /// a symlink. The same names with another home may lead elsewhere, so they are another path.
    home: u16,
    /// So many of the names behind the home are known to be no links, and none is followed there: what was
    /// checked for the path is then true of what is opened by it.
    linkless: u16,
    /// The last name is the server's own, of a client's temporary file: only the holder of the path can use it.
    is_temporary: bool,
}

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
    pub const ROOT: Self = Self { bytes: Vec::new(), home: 0, linkless: 0, is_temporary: false };

    /// Resolves `path`, from the root (or the home) if it begins with a slash, else from this directory.
    /// Empty segments and `.` are dropped and `..` is resolved by the text: `b"/a//./b/../c"` is `a/c`. A
    /// path that leads above the root is an error, never cut off to fit.
    pub fn join(&self, path: &[u8]) -> Result<Self, PathRule> {
        if path.contains(&0) {
            return Err(PathRule::Nul);
        }
        let is_absolute = path.starts_with(b"/");
        let from = if is_absolute { self.bytes.get(..self.home()) } else { Some(&*self.bytes) };
        let linkless = if is_absolute { 0 } else { self.linkless };
        let bytes = Vec::with_capacity(self.bytes.len() + 1 + path.len());
        let mut joined = Self { bytes, home: self.home, linkless, is_temporary: false };
        joined.bytes.extend_from_slice(from.unwrap_or_default());
        for segment in path.split(|&byte| byte == b'/') {
            match segment {
                b"" | b"." => {}
                b".." => joined = joined.parent().ok_or(PathRule::Outside)?,
                name => joined.push(name),
            }
        }
        match joined.bytes.len() {
            0..=MAX_PATH => Ok(joined),
            _ => Err(PathRule::TooLong),
        }
    }

    /// Whether a path as written can only name a directory, as `b"a/"`, `b"a/."` and `b".."` do.
    /// [`Self::join`] drops this.
    pub fn names_directory(written: &[u8]) -> bool {
        matches!(written.rsplit(|&byte| byte == b'/').next(), Some(b"" | b"." | b".."))
    }

    /// The path of an entry of this directory, as listed.
    pub fn child(&self, name: &[u8]) -> Self {
        let mut child = Self { is_temporary: false, ..self.clone() };
        child.push(name);
        child
    }

    /// The path of a client's temporary file, under the server's own name for it.
    pub(in crate::files) fn as_temporary(&self, name: &[u8]) -> Option<Self> {
        Some(Self { is_temporary: true, ..self.parent()?.child(name) })
    }

    /// The names that must be visible to peers: all but that of a temporary file.
    pub(in crate::files) fn visible_segments(&self) -> impl Iterator<Item = &[u8]> {
        let count = self.segments().count() - usize::from(self.is_temporary);
        self.segments().take(count)
    }

    /// The same path below a directory, its home, which it cannot leave: it is resolved from there as other
    /// paths are from the root.
    #[must_use]
    pub fn below(&self, home: &Self) -> Self {
        let (bytes, end) = (home.bytes.clone(), short(home.bytes.len()));
        let mut below = Self { bytes, home: end, linkless: self.linkless, ..Self::ROOT };
        if !self.is_root() {
            below.push(&self.bytes);
        }
        below
    }

    fn push(&mut self, name: &[u8]) {
        if !self.bytes.is_empty() {
            self.bytes.push(b'/');
        }
        self.bytes.extend_from_slice(name);
    }

    /// The directory that holds it. The root has none, nor has the home.
    pub fn parent(&self) -> Option<Self> {
        if self.bytes.len() == self.home() {
            return None;
        }
        let end = self.bytes.iter().rposition(|&byte| byte == b'/').unwrap_or_default();
        let bytes = self.bytes.get(..end)?.to_vec();
        let mut parent = Self { bytes, home: self.home, linkless: self.linkless, is_temporary: false };
        if parent.linkless > 0 {
            parent.linkless = parent.linkless.min(short(parent.as_paths().1.iter().count()));
        }
        Some(parent)
    }

    /// A path from the root, of whose names the first `linkless` are no links.
    pub(in crate::files) fn with_links_followed(path: &Path, linkless: usize) -> Self {
        Self { bytes: path.as_os_str().as_bytes().to_vec(), home: 0, linkless: short(linkless), ..Self::ROOT }
    }

    /// The same path, in which no name may be a link.
    #[must_use]
    pub(crate) fn without_links(mut self) -> Self {
        self.linkless = short(self.as_paths().1.iter().count());
        self
    }

    /// The first `length` bytes of the path, which end with a whole name.
    pub(crate) fn beginning(&self, length: usize) -> Self {
        Self { bytes: self.bytes.get(..length).unwrap_or_default().to_vec(), ..Self::ROOT }
    }

    /// The path with other names in place of its first `length` bytes.
    pub(crate) fn respelled(&self, length: usize, names: &Self) -> Self {
        let rest = self.bytes.get(length..).unwrap_or_default();
        let rest = rest.strip_prefix(b"/").unwrap_or(rest);
        let mut path = Self { bytes: names.bytes.clone(), home: names.home, ..Self::ROOT };
        if !rest.is_empty() {
            path.push(rest);
        }
        path
    }

    /// The last name; the root has none.
    pub fn name(&self) -> Option<&[u8]> {
        self.segments().next_back()
    }

    /// The names from the root down.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.bytes.split(|&byte| byte == b'/').filter(|name| !name.is_empty())
    }

    /// Whether it is the root itself.
    pub fn is_root(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The names joined by slashes, without one at either end.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(in crate::files) fn linkless(&self) -> usize {
        self.linkless.into()
    }

    fn home(&self) -> usize {
        self.home.into()
    }

    /// For calls relative to a descriptor: the home, if there is one, relative to the root, and the rest,
    /// relative to the home.
    pub(in crate::files) fn as_paths(&self) -> (Option<&Path>, &Path) {
        let (home, rest) = self.bytes.split_at_checked(self.home()).unwrap_or_default();
        let path = |bytes| Path::new(OsStr::from_bytes(bytes));
        let rest = rest.strip_prefix(b"/").unwrap_or(rest);
        let rest = if rest.is_empty() { Path::new(".") } else { path(rest) };
        ((!home.is_empty()).then(|| path(home)), rest)
    }
}

/// Lengths fit: no path is longer than [`MAX_PATH`].
fn short(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
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
    fn some_paths_can_only_name_directories() {
        for (written, expected, why) in [
            ("a", false, "a name"),
            ("a/", true, "a slash at its end"),
            ("a//", true, "two"),
            ("/", true, "the root"),
            ("", true, "this directory"),
            ("a/.", true, "the directory itself"),
            ("a/..", true, "the directory above"),
            ("..", true, "the same"),
            ("a/...", false, "three dots are a name"),
            ("a/.b", false, "a hidden name"),
        ] {
            assert_eq!(TreePath::names_directory(written.as_bytes()), expected, "{written}: {why}");
        }
    }

    #[test]
    fn a_path_below_a_home_names_nothing_above_it() {
        let home = TreePath::ROOT.join(b"homes/ada").unwrap();
        let below = |text: &[u8]| TreePath::ROOT.join(text).unwrap().below(&home);
        for (from, path, expected, why) in [
            ("", "", Ok("homes/ada"), "the home"),
            ("", "a", Ok("homes/ada/a"), "relative"),
            ("a/b", "/c", Ok("homes/ada/c"), "from the home"),
            ("a/b", "../..", Ok("homes/ada"), "up to it"),
            ("", "..", Err(PathRule::Outside), "above it"),
            ("a", "/../ada", Err(PathRule::Outside), "out and in again"),
        ] {
            let joined = below(from.as_bytes()).join(path.as_bytes());
            let seen = joined.as_ref().map(|path| std::str::from_utf8(path.as_bytes()).unwrap());
            assert_eq!(seen.map_err(|rule| *rule), expected, "{why}");
        }
        let (path, home) = (Path::new, Some(Path::new("homes/ada")));
        assert_eq!(below(b"").as_paths(), (home, path(".")));
        assert_eq!(below(b"a/b").as_paths(), (home, path("a/b")));
        let same_names = TreePath::ROOT.join(b"homes/ada/a").unwrap();
        assert_eq!(same_names.as_paths(), (None, path("homes/ada/a")));
        assert_ne!(below(b"a"), same_names, "it may lead elsewhere");
        assert_eq!(same_names.below(&TreePath::ROOT), same_names, "the root is everybody's home");
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
