//! The filter of a mirror: which entries take part.

use crate::files::TreePath;
use crate::patterns::Patterns;

/// Patterns of names, matched with paths below the mirrored directory.
#[derive(Clone, Debug)]
pub struct Filter {
    include: Option<Patterns>,
    exclude: Patterns,
}

impl Filter {
    /// Files take part if one of `include` matches (or none are given) and none of `exclude`; directories are
    /// entered unless `exclude` matches. The error describes a malformed pattern.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, String> {
        let include = (!include.is_empty()).then(|| Patterns::new(include)).transpose()?;
        Ok(Self { include, exclude: Patterns::new(exclude)? })
    }

    /// Whether an entry takes part.
    pub fn takes(&self, path: &TreePath, is_directory: bool) -> bool {
        let path = path.as_bytes();
        let is_included = || self.include.as_ref().is_none_or(|include| include.match_path(path));
        !self.exclude.match_path(path) && (is_directory || is_included())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_include_and_exclude_files() {
        for (include, exclude, path, is_directory, expected, why) in [
            (&[][..], &[][..], "a", false, true, "everything does"),
            (&["*.txt"], &[], "a/b.txt", false, true, "by its name, however deep"),
            (&["*.txt"], &[], "a/b.bin", false, false, "not included"),
            (&["*.txt"], &[], "a", true, true, "directories are entered"),
            (&["a/*.txt"], &[], "a/b.txt", false, true, "by its path"),
            (&["a/*.txt"], &[], "b/a/b.txt", false, false, "from the top"),
            (&["a/*.txt"], &[], "a/b/c.txt", false, false, "a star does not cross a slash"),
            (&["a/**"], &[], "a/b/c.txt", false, true, "two do"),
            (&["*"], &["*.txt"], "b.txt", false, false, "excluded"),
            (&[], &["a"], "a", true, false, "a directory as well"),
            (&[], &["/a"], "b/a", false, true, "only at the top"),
        ] {
            let owned = |patterns: &[&str]| patterns.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
            let filter = Filter::new(&owned(include), &owned(exclude)).unwrap();
            let path = TreePath::ROOT.join(path.as_bytes()).unwrap();
            assert_eq!(filter.takes(&path, is_directory), expected, "{why}");
        }
        assert!(Filter::new(&["[".to_owned()], &[]).unwrap_err().contains("'['"));
    }
}
