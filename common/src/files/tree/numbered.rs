//! Other names for a new file or directory whose name is taken: `NAME (2).ext`.
//!
//! Nothing is looked up first: each name is tried by the call that creates it, and EEXIST leads to the next.

use rustix::rand::{GetRandomFlags, getrandom};

use super::local::Local;
use super::meta::TreeError;
use super::path::TreePath;
use super::place::{Place, PlaceEntry};

/// Numbers are tried in order up to this one.
const LAST: u32 = 100;
/// Then so many random ones are tried, which limits the cost for a name that is taken often.
const RANDOM: usize = 8;
/// The longest name on Linux, in bytes (NAME_MAX).
const NAME: usize = 255;
/// A longer extension, its dot included, is taken for a part of the name.
const EXTENSION: usize = 16;

/// The name itself and then the [`numbered`] ones.
pub(in crate::files) fn free_names(name: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    std::iter::once(name.to_vec()).chain(numbered(name))
}

/// `notes (2).txt`, `notes (3).txt` and so on for `notes.txt`.
pub(in crate::files) fn numbered(name: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let random = (0..RANDOM).map_while(|_| {
        let mut bytes = [0; 4];
        getrandom(&mut bytes, GetRandomFlags::empty()).ok()?;
        Some(u32::from_ne_bytes(bytes))
    });
    (2..=LAST).chain(random).map(|number| with_number(name, number))
}

fn with_number(name: &[u8], number: u32) -> Vec<u8> {
    let dot = name.iter().rposition(|&byte| byte == b'.');
    let split = dot.filter(|&dot| dot > 0 && name.len() - dot <= EXTENSION).unwrap_or(name.len());
    let (stem, extension) = name.split_at_checked(split).unwrap_or((name, b""));
    let number = format!(" ({number})");
    let mut end = stem.len().min(NAME - number.len() - extension.len());
    // A character in UTF-8 is not cut in the middle.
    while stem.get(end).is_some_and(|byte| byte & 0xC0 == 0x80) && end > 0 {
        end -= 1;
    }
    [stem.get(..end).unwrap_or(stem), number.as_bytes(), extension].concat()
}

/// The path of the last `depth` directories of `path`. Missing ones are created if `makes`, and else are an
/// [`TreeError::NotFound`]. If a name is taken by anything but a directory, the directory is the numbered
/// one.
pub(in crate::files) fn directories(
    local: &Local,
    path: &TreePath,
    depth: usize,
    makes: bool,
) -> Result<TreePath, TreeError> {
    if local.directory_blocking(path).is_ok() {
        return Ok(path.clone());
    }
    let mut names = Vec::new();
    let mut directory = path.clone();
    while let (true, Some(parent), Some(name)) = (names.len() < depth, directory.parent(), directory.name()) {
        names.push(name.to_vec());
        directory = parent;
    }
    for name in names.iter().rev() {
        directory = self::directory(local, &directory, name, makes)?;
    }
    Ok(directory)
}

fn directory(local: &Local, above: &TreePath, name: &[u8], makes: bool) -> Result<TreePath, TreeError> {
    for name in free_names(name) {
        let path = above.child(&name);
        let place = Place::find(local, &path)?;
        let made = match makes {
            true => place.make_dir(),
            false if place.look()? == PlaceEntry::None => Err(TreeError::NotFound),
            false => Err(TreeError::Exists),
        };
        match made {
            Ok(()) => {
                local.sync(&place.directory)?;
                return Ok(path);
            }
            Err(TreeError::Exists) if local.directory_blocking(&path).is_ok() => return Ok(path),
            Err(TreeError::Exists) => {}
            Err(error) => return Err(error),
        }
    }
    Err(TreeError::Exists)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_goes_before_the_extension() {
        let long = "x".repeat(255);
        let umlauts = format!("{}.txt", "ä".repeat(125));
        for (name, expected, why) in [
            ("notes.txt", "notes (2).txt".to_owned(), "an extension"),
            ("notes", "notes (2)".to_owned(), "none"),
            (".profile", ".profile (2)".to_owned(), "a dot name has none"),
            ("a.tar.gz", "a.tar (2).gz".to_owned(), "the last dot counts"),
            ("a.", "a (2).".to_owned(), "an empty extension"),
            ("v1.this is no extension", "v1.this is no extension (2)".to_owned(), "too long for one"),
            (&long, format!("{} (2)", "x".repeat(251)), "255 bytes at most"),
            (&umlauts, format!("{} (2).txt", "ä".repeat(123)), "no character is cut"),
        ] {
            assert_eq!(with_number(name.as_bytes(), 2), expected.as_bytes(), "{why}");
        }
    }

    #[test]
    fn after_the_last_number_names_are_random() {
        let names: Vec<_> = numbered(b"a").collect();
        assert_eq!(names.len(), LAST as usize - 1 + RANDOM);
        assert_eq!((&*names[0], &*names[98]), (&b"a (2)"[..], &b"a (100)"[..]));
        assert!(names[99..].iter().all(|name| name.len() > names[98].len()), "{:?}", &names[99..]);
    }
}
