//! Arguments that may be URLs: distinguishing them from paths, and printing them without passwords.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::Path;

use url::Url;

use crate::escape::printable;

/// Why a URL is refused where a local path is expected.
pub const NOT_LOCAL: &str = "it is a URL, and a path on this machine is expected";

/// Whether an argument is a URL, possibly a malformed one, rather than a path.
///
/// `ftp:/host/a` and `ftp:host` are URLs as well, because clients accept them as such.
pub fn is_url(argument: impl AsRef<OsStr>) -> bool {
    let argument = argument.as_ref().to_string_lossy();
    let has_scheme = argument.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
    });
    has_scheme || Url::parse(&argument).is_ok_and(|url| url.has_host())
}

/// A path to be printed: if it is a URL by mistake, without its password.
pub fn printable_path(path: &Path) -> String {
    without_password(&path.to_string_lossy()).into_owned()
}

/// An argument to be printed: without the password of a URL, and without control characters.
pub fn without_password(argument: &str) -> Cow<'_, str> {
    match Url::parse(argument) {
        Ok(url) if url.has_host() && url.password().is_none() => printable(argument.as_bytes()),
        Ok(mut url) if url.has_host() => {
            // It fails only if there is no host.
            let _ = url.set_password(None);
            Cow::Owned(url.into())
        }
        // In a malformed URL, the position of the password is unknown. Without a colon there is none.
        _ => match argument.rsplit_once('@') {
            Some((login, rest)) if login.contains(':') => {
                Cow::Owned(format!("***@{}", printable(rest.as_bytes())))
            }
            _ => printable(argument.as_bytes()),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn urls_are_distinguished_from_paths() {
        for (argument, expected, why) in [
            ("ftp://ada:secret@a/b", true, "a URL"),
            ("FTPS://a", true, "in capitals"),
            ("http://ada:secret@[::1/b", true, "no end of the address"),
            ("ftp:/ada:secret@a/b", true, "one slash, which clients accept"),
            ("file:///a", true, "another scheme"),
            ("://a", false, "no scheme"),
            ("a/b://c", false, "a directory before it"),
            ("./ftp://a", false, "a path by its first letter"),
            ("a:b", false, "a colon"),
            ("notes 12:30@home", false, "a colon and an at sign"),
            ("-", false, "standard input"),
        ] {
            assert_eq!(is_url(argument), expected, "{argument}: {why}");
        }
        let bytes = OsStr::from_bytes(b"ftp://ada:secret@a/\xff");
        assert!(is_url(bytes), "bytes that are no text");
    }

    #[test]
    fn no_password_of_a_url_is_printed() {
        for (argument, expected, why) in [
            ("http://a/b@c?d", "http://a/b@c?d", "no login"),
            ("http://ada@a/", "http://ada@a/", "a name"),
            ("http://ada:secret@a/b", "http://ada@a/b", "a password"),
            ("http://ada:secret@[::1/b", "***@[::1/b", "no end of the address"),
            ("http://ada:se/cret@a/b", "***@a/b", "a slash, which belongs into %2F"),
            ("ada:secret@a/b", "***@a/b", "no scheme, or one of that name"),
            ("//ada:secret@a/b", "***@a/b", "no scheme"),
            ("--output=ftp://ada:secret@a/b", "***@a/b", "the value of an option"),
            ("photo@2x.png", "photo@2x.png", "a file's name"),
            ("no url\u{1b}[2J", "no url\u{fffd}[2J", "no URL"),
        ] {
            assert_eq!(without_password(argument), expected, "{argument}: {why}");
        }
    }
}
