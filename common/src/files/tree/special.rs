//! Names that answer for another URL than their own. A server of another protocol must not let a user create them
//! either, so both ask here.

use std::sync::Arc;

/// The name of the page for what does not exist.
pub const MISSING_PAGE: &str = "404.html";
/// The end of the name that a clean URL omits.
const PAGE: &str = ".html";
/// The ends of the names of precompressed files: `app.js.br` is served for `app.js`.
const CODINGS: [&str; 3] = [".br", ".zst", ".gz"];
/// Archives, such as `a.tar.gz`, are ordinary uploads: no archive is served in a coding.
const ARCHIVE: &str = ".tar";
/// How the names of texts begin that are shown with a listing.
const README: &[u8] = b"readme";

/// The names that answer for another URL: index files, [`MISSING_PAGE`], README, precompressed files, and with clean URLs
/// `NAME.html`.
#[derive(Clone, Debug)]
pub struct SpecialNames {
    index: Arc<[Box<str>]>,
    has_clean_urls: bool,
}

impl Default for SpecialNames {
    fn default() -> Self {
        Self { index: Arc::new(["index.html".into()]), has_clean_urls: false }
    }
}

impl SpecialNames {
    /// `index` are the names of the file that is served for its directory, the first one that exists. With clean URLs,
    /// `about.html` is also served for `about`.
    pub fn new(index: &[String], has_clean_urls: bool) -> Self {
        Self { index: index.iter().map(|name| name.as_str().into()).collect(), has_clean_urls }
    }

    /// The names of the file that is served for its directory.
    pub fn index(&self) -> impl Iterator<Item = &str> {
        self.index.iter().map(|name| &**name)
    }

    /// Whether a file of this name affects another URL. Letter case does not count, as some file systems ignore it.
    /// Whether the other file exists does not count either, because it must not be revealed.
    pub fn include(&self, name: &[u8]) -> bool {
        let name = name.to_ascii_lowercase();
        let is = |known: &str| known.as_bytes().eq_ignore_ascii_case(&name);
        let coded = CODINGS.iter().find_map(|end| name.strip_suffix(end.as_bytes()));
        self.index().any(is)
            || is(MISSING_PAGE)
            || name.starts_with(README)
            || coded.is_some_and(|original| !original.ends_with(ARCHIVE.as_bytes()))
            || (self.has_clean_urls && name.ends_with(PAGE.as_bytes()))
    }

    /// The name of the page that is served for this name if nothing has it: `about.html` for `about`.
    pub fn page_of(&self, name: &[u8]) -> Option<Vec<u8>> {
        (self.has_clean_urls && !name.contains(&b'.')).then(|| [name, PAGE.as_bytes()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_answer_for_another_url() {
        let default = SpecialNames::default();
        let site = SpecialNames::new(&["home.htm".to_owned(), "start.html".to_owned()], true);
        for (name, by_default, in_site, why) in [
            ("index.html", true, true, "for its directory; a clean URL"),
            ("INDEX.HTML", true, true, "the same on a file system without letter case"),
            ("home.htm", false, true, "another index"),
            ("404.html", true, true, "served for missing files"),
            ("README", true, true, "shown with the listing"),
            ("readme.md", true, true, "shown with the listing"),
            ("index.htm", false, false, "no index"),
            ("my index.html", false, true, "a clean URL"),
            ("notes.txt", false, false, "an ordinary name"),
            ("READ", false, false, "another name"),
            ("notes.txt.gz", true, true, "served for notes.txt"),
            ("A.JS.BR", true, true, "the same on a file system without letter case"),
            ("a.css.zst", true, true, "served for a.css"),
            ("a.tar.gz", false, false, "an archive"),
            ("a.tgz", false, false, "another suffix"),
        ] {
            let seen = [&default, &site].map(|names| names.include(name.as_bytes()));
            assert_eq!(seen, [by_default, in_site], "{name}: {why}");
        }
    }

    #[test]
    fn a_clean_url_names_a_page() {
        let names = |has_clean_urls| SpecialNames::new(&[], has_clean_urls);
        for (name, expected, why) in [
            ("about", Some("about.html"), "a page"),
            ("a.txt", None, "a file with an extension"),
            (".hidden", None, "a dot name"),
        ] {
            let expected = expected.map(|page: &str| page.as_bytes().to_vec());
            assert_eq!(names(true).page_of(name.as_bytes()), expected, "{name}: {why}");
        }
        assert_eq!(names(false).page_of(b"about"), None, "not by default");
    }
}
