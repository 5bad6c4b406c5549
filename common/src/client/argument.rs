//! Arguments that are URLs, or may be: how they are told apart from paths, and printed without their
//! passwords.

use std::borrow::Cow;

use url::Url;

use crate::escape::printable;

/// An argument as it may be printed: without the password of a URL, and without controls.
pub fn without_password(argument: &str) -> Cow<'_, str> {
    match Url::parse(argument) {
        Ok(url) if url.has_host() && url.password().is_none() => printable(argument.as_bytes()),
        Ok(mut url) if url.has_host() => {
            // It can fail only where there is no host.
            let _ = url.set_password(None);
            Cow::Owned(url.into())
        }
        // Where the password is in a malformed URL is unknown.
        _ => match argument.rsplit_once('@') {
            Some((_, rest)) => Cow::Owned(format!("***@{}", printable(rest.as_bytes()))),
            None => printable(argument.as_bytes()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("no url\u{1b}[2J", "no url\u{fffd}[2J", "no URL"),
        ] {
            assert_eq!(without_password(argument), expected, "{argument}: {why}");
        }
    }
}
