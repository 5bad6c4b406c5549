//! [`Location`]: a URL with the scheme `ftp` or `ftps`
//! ([RFC 1738](https://www.rfc-editor.org/rfc/rfc1738) section 3.2).
//!
//! The path is relative to the login directory unless it starts with `%2F`. There is no query: a question
//! mark belongs to the path. A character that cannot be sent in a command is an error, and so is one that a
//! URL parser drops or changes, because the URL would then name another file.

use std::fmt;
use std::str::FromStr;

use common::client::plain_name;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};
use url::{Host, Position, Url};

/// A file or a directory on a server.
#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    /// A name or an address, without brackets.
    pub host: String,
    /// The port of the control connection.
    pub port: u16,
    /// TLS from the first byte: the scheme `ftps`.
    pub is_implicit: bool,
    /// The user in the URL.
    pub user: Option<String>,
    /// The password in the URL.
    pub password: Option<String>,
    /// The path as sent to the server, without a slash at its end. Empty: the login directory.
    pub path: Vec<u8>,
    /// The URL ends in a slash.
    pub is_directory: bool,
    /// The URL up to its path, without user and password.
    origin: String,
}

/// All characters of a path that are not percent-encoded.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Why a URL is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages describe the variants")]
pub enum LocationError {
    #[error("write a URL like ftp://host/path")]
    Syntax,
    #[error("the scheme must be ftp or ftps")]
    Scheme,
    /// A character that has another meaning in a URL, or none.
    #[error("{0:?} in a name is written as %{code:02X}", code = u32::from(*.0))]
    Unescaped(char),
    #[error("a line end or NUL cannot be sent over FTP")]
    Control,
    /// `;type=a`: text.
    #[error("only ;type=i is supported: binary transfer")]
    Type,
    #[error("user and password must be UTF-8 text")]
    Login,
}

impl Location {
    /// The last name of the path, if it can be the name of a local file.
    pub fn name(&self) -> Option<&[u8]> {
        plain_name(self.path.rsplit(|byte| *byte == b'/').next().unwrap_or_default())
    }

    /// Another path on the same server.
    pub fn at(&self, path: Vec<u8>) -> Self {
        Self { path, is_directory: false, ..self.clone() }
    }

    /// A path below this directory.
    pub fn below(&self, path: &[u8]) -> Self {
        self.at(join(&self.path, path))
    }

    /// Whether both have the same server and user.
    pub fn is_beside(&self, other: &Self) -> bool {
        let server = |at: &Self| (at.host.clone(), at.port, at.is_implicit, at.user.clone());
        server(self) == server(other)
    }
}

/// A path below a directory; an empty path is the directory itself.
pub fn join(directory: &[u8], below: &[u8]) -> Vec<u8> {
    match (directory, below) {
        (b"", path) | (path, b"") => path.to_vec(),
        (directory, below) if directory.ends_with(b"/") => [directory, below].concat(),
        (directory, below) => [directory, b"/", below].concat(),
    }
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, LocationError> {
        if let Some(letter) = unescaped(text) {
            return Err(LocationError::Unescaped(letter));
        }
        let mut url = Url::parse(text).map_err(|_| LocationError::Syntax)?;
        let (is_implicit, standard) = match url.scheme() {
            "ftp" => (false, 21),
            "ftps" => (true, 990),
            _ => return Err(LocationError::Scheme),
        };
        let host = match url.host().ok_or(LocationError::Syntax)? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let user = (!url.username().is_empty()).then(|| text_of(url.username())).transpose()?;
        let password = url.password().map(text_of).transpose()?;
        let typed = url[Position::BeforePath..].strip_prefix('/').unwrap_or_default();
        let typed = match typed.rsplit_once(";type=") {
            Some((path, "i" | "I" | "d" | "D")) => path,
            Some(_) => return Err(LocationError::Type),
            None => typed,
        };
        let path: Vec<u8> = percent_decode(typed.as_bytes()).collect();
        if path.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(LocationError::Control);
        }
        let is_directory = path.is_empty() || path.ends_with(b"/");
        let path = match path.as_slice() {
            b"/" => b"/",
            path => path.strip_suffix(b"/").unwrap_or(path),
        };
        let port = url.port().unwrap_or(standard);
        let path = path.to_vec();
        // Both fail only for a URL without a host.
        let _ = (url.set_username(""), url.set_password(None));
        let origin = url[..Position::BeforePath].to_owned();
        Ok(Self { host, port, is_implicit, user, password, path, is_directory, origin })
    }
}

/// The first character that a URL parser does not accept in a name (`#` and `\`) or drops (tabs, line ends,
/// and spaces at both ends).
fn unescaped(text: &str) -> Option<char> {
    let is_special = |letter: &char| matches!(letter, '#' | '\\') || letter.is_ascii_control();
    let at_an_end = text.starts_with(' ') || text.ends_with(' ');
    text.chars().find(is_special).or(at_an_end.then_some(' '))
}

fn text_of(encoded: &str) -> Result<String, LocationError> {
    let decoded = percent_decode(encoded.as_bytes()).decode_utf8().map_err(|_| LocationError::Login)?;
    match decoded.contains(['\r', '\n', '\0']) {
        true => Err(LocationError::Control),
        false => Ok(decoded.into_owned()),
    }
}

impl fmt::Display for Location {
    /// Without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (absolute, path) = match self.path.strip_prefix(b"/") {
            Some(path) => ("%2F", path),
            None => ("", self.path.as_slice()),
        };
        let slash = if self.is_directory && !path.is_empty() { "/" } else { "" };
        write!(f, "{}/{absolute}{}{slash}", self.origin, percent_encode(path, IN_PATH))
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_follow_rfc_1738_section_3_2() {
        for (url, host, port, path, is_directory, why) in [
            ("ftp://host/dir/file", "host", 21, &b"dir/file"[..], false, "below the login directory"),
            ("ftp://host/%2Fetc/motd", "host", 21, b"/etc/motd", false, "absolute"),
            ("ftp://host/%2F", "host", 21, b"/", true, "the root"),
            ("ftp://host", "host", 21, b"", true, "the login directory"),
            ("ftp://host/", "host", 21, b"", true, "the same"),
            ("ftp://host/dir/", "host", 21, b"dir", true, "a directory"),
            ("ftps://host/a", "host", 990, b"a", false, "implicit TLS"),
            ("ftp://[::1]:2121/a", "::1", 2121, b"a", false, "IPv6"),
            ("ftp://127.0.0.1:2121/a%20b", "127.0.0.1", 2121, b"a b", false, "a space"),
            ("ftp://host/caf%E9", "host", 21, b"caf\xE9", false, "not UTF-8"),
            ("ftp://host/a;type=i", "host", 21, b"a", false, "the type that there is"),
            ("ftp://host/a/../b", "host", 21, b"b", false, "dots are resolved"),
            ("ftp://host/what?.txt", "host", 21, b"what?.txt", false, "there is no query"),
            ("ftp://host/dir/a?", "host", 21, b"dir/a?", false, "and so no empty one"),
            ("ftp://host?a=b/c", "host", 21, b"?a=b/c", false, "not even without a path"),
            ("ftp://host/a?b;type=i", "host", 21, b"a?b", false, "a type behind it"),
            ("ftp://host/a%3Fb%23c", "host", 21, b"a?b#c", false, "a hash"),
        ] {
            let location: Location = url.parse().unwrap();
            let seen = (&*location.host, location.port, &*location.path, location.is_directory);
            assert_eq!(seen, (host, port, path, is_directory), "{why}");
            assert_eq!(location.is_implicit, url.starts_with("ftps"), "{why}");
        }
    }

    #[test]
    fn a_login_is_not_shown() {
        let location: Location = "ftp://me:se%20cret@host/a".parse().unwrap();
        assert_eq!((location.user.as_deref(), location.password.as_deref()), (Some("me"), Some("se cret")));
        assert_eq!(location.to_string(), "ftp://host/a");
        assert_eq!(format!("{location:?}"), "ftp://host/a");
    }

    #[test]
    fn a_location_is_shown_as_the_url_that_it_was() {
        for url in [
            "ftp://host/",
            "ftp://host/a%20b/",
            "ftps://host:1/%2Fetc/motd",
            "ftp://[::1]/%2F",
            "ftp://host/%FF",
        ] {
            assert_eq!(url.parse::<Location>().unwrap().to_string(), url);
        }
        let location: Location = "ftp://host/a/".parse().unwrap();
        assert_eq!(location.below(b"b c").to_string(), "ftp://host/a/b%20c");
        assert_eq!(location.below(b"").to_string(), "ftp://host/a");
        assert_eq!(location.at(b"/x".to_vec()).to_string(), "ftp://host/%2Fx");
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for (url, expected, why) in [
            ("host/a", LocationError::Syntax, "no scheme"),
            ("http://host/a", LocationError::Scheme, "another one"),
            ("ftp://", LocationError::Syntax, "no host"),
            ("ftp://host/a%0D%0ADELE%20b", LocationError::Control, "a second command"),
            ("ftp://host/a%00", LocationError::Control, "NUL"),
            ("ftp://me%0A@host/a", LocationError::Control, "in the login"),
            ("ftp://%FF@host/a", LocationError::Login, "not UTF-8"),
            ("ftp://host/a;type=a", LocationError::Type, "lines"),
            ("ftp://host/a#b", LocationError::Unescaped('#'), "a fragment is no part of the path"),
            ("ftp://host/a\\b", LocationError::Unescaped('\\'), "a backslash would be a slash"),
            ("ftp://host/a\tb", LocationError::Unescaped('\t'), "a tab would be left out"),
            ("ftp://host/a\nb", LocationError::Unescaped('\n'), "a line end as well"),
            ("ftp://host/a ", LocationError::Unescaped(' '), "and a blank at the end"),
        ] {
            assert_eq!(url.parse::<Location>(), Err(expected), "{why}");
        }
    }

    #[test]
    fn the_last_name_must_be_plain() {
        for (url, expected) in [
            ("ftp://host/a/b", Some(&b"b"[..])),
            ("ftp://host/a/", Some(b"a")),
            ("ftp://host/", None),
            ("ftp://host/a%2F..", None),
            ("ftp://host/%2F", None),
        ] {
            assert_eq!(url.parse::<Location>().unwrap().name(), expected, "{url}");
        }
    }

    #[test]
    fn paths_are_joined_by_one_slash() {
        for (directory, below, expected) in
            [("", "a", "a"), ("a", "", "a"), ("a", "b/c", "a/b/c"), ("/", "a", "/a"), ("", "", "")]
        {
            assert_eq!(join(directory.as_bytes(), below.as_bytes()), expected.as_bytes());
        }
    }
}
