//! The kind of an input: the format of its bytes, and its sender.

use clap::ValueEnum;
use ftp_wire::command::Verb;
use ftp_wire::{facts, listing};
use syntax::conversation::Sender;

/// A format that one end of a connection sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputKind {
    /// Bytes of an HTTP client
    HttpRequest,
    /// Bytes of an HTTP server
    HttpResponse,
    /// Bytes of an FTP client on the control connection
    FtpCommand,
    /// Bytes of an FTP server on the control connection
    FtpReply,
    /// The lines of LIST, on a data connection
    List,
    /// The lines of MLSD, on a data connection
    Mlsd,
}

/// The protocol of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExplainedProtocol {
    Http,
    Ftp,
    List,
    Nlst,
    Mlsd,
    /// The content of a file, or a protocol that is not known.
    Opaque,
}

impl InputKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::HttpRequest => "http-request",
            Self::HttpResponse => "http-response",
            Self::FtpCommand => "ftp-command",
            Self::FtpReply => "ftp-reply",
            Self::List => "list",
            Self::Mlsd => "mlsd",
        }
    }

    pub(super) fn sender(self) -> Sender {
        match self {
            Self::HttpRequest | Self::FtpCommand => Sender::Client,
            Self::HttpResponse | Self::FtpReply | Self::List | Self::Mlsd => Sender::Server,
        }
    }

    pub(super) fn protocol(self) -> ExplainedProtocol {
        match self {
            Self::HttpRequest | Self::HttpResponse => ExplainedProtocol::Http,
            Self::FtpCommand | Self::FtpReply => ExplainedProtocol::Ftp,
            Self::List => ExplainedProtocol::List,
            Self::Mlsd => ExplainedProtocol::Mlsd,
        }
    }

    /// The kind that the first line indicates.
    pub(super) fn detect(input: &[u8]) -> Option<Self> {
        let line = input.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let word = line.split(|&byte| byte == b' ').next().unwrap_or_default();
        let has_target = word.len() < line.len() && line.get(word.len() + 1) == Some(&b'/');
        let is_method = !word.is_empty() && word.iter().all(u8::is_ascii_uppercase);
        if line.starts_with(b"HTTP/") {
            Some(Self::HttpResponse)
        } else if memchr::memmem::find(line, b" HTTP/").is_some() {
            Some(Self::HttpRequest)
        } else if matches!(line, [b'1'..=b'6', b'0'..=b'9', b'0'..=b'9', b' ' | b'-', ..]) {
            Some(Self::FtpReply)
        } else if Verb::named(word).is_some() {
            Some(Self::FtpCommand)
        } else if is_method && has_target {
            Some(Self::HttpRequest)
        } else if memchr::memchr2(b'=', b';', word).is_some() && facts::parse(line).is_some() {
            Some(Self::Mlsd)
        } else {
            match listing::read(line, 0) {
                listing::ListLine::Unreadable => None,
                listing::ListLine::Heading if word.is_empty() => None,
                _ => Some(Self::List),
            }
        }
    }
}

impl ExplainedProtocol {
    /// The protocol of a connection, detected from the first bytes of its ends.
    pub(super) fn detect(client: &[u8], server: &[u8]) -> Self {
        match (InputKind::detect(client), InputKind::detect(server)) {
            (Some(InputKind::HttpRequest), _) | (_, Some(InputKind::HttpResponse)) => Self::Http,
            (Some(InputKind::FtpCommand), _) | (_, Some(InputKind::FtpReply)) => Self::Ftp,
            _ => Self::Opaque,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Ftp => "ftp",
            Self::List => "list",
            Self::Nlst => "nlst",
            Self::Mlsd => "mlsd",
            Self::Opaque => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_shows_the_kind() {
        for (input, expected, why) in [
            (&b"GET / HTTP/1.1\r\n"[..], Some(InputKind::HttpRequest), "RFC 9112 section 3"),
            (b"get / HTTP/1.1\n", Some(InputKind::HttpRequest), "a method in small letters, a bare LF"),
            (b"GET /\r\n", Some(InputKind::HttpRequest), "HTTP/0.9"),
            (b"HTTP/1.1 200 OK\r\n", Some(InputKind::HttpResponse), "RFC 9112 section 4"),
            (b"220 ready\r\n", Some(InputKind::FtpReply), "RFC 959 section 4.2"),
            (b"220-ready\r\n", Some(InputKind::FtpReply), "the first of many lines"),
            (b"USER ada\r\n", Some(InputKind::FtpCommand), "RFC 959 section 4.1"),
            (b"noop\r\n", Some(InputKind::FtpCommand), "commands have no letter case"),
            (b"type=file;size=3; a.txt\r\n", Some(InputKind::Mlsd), "RFC 3659 section 7"),
            (b"-rw-r--r-- 1 a b 3 Jan 1 2020 a.txt\r\n", Some(InputKind::List), "as ls -l"),
            (b"total 12\r\n", Some(InputKind::List), "the heading of ls -l"),
            (b"01-02-20  03:04PM  <DIR>  pub\r\n", Some(InputKind::List), "as DOS"),
            (b"hello\r\n", None, "none of them"),
            (b"", None, "empty"),
        ] {
            assert_eq!(InputKind::detect(input), expected, "{}: {why}", input.escape_ascii());
        }
    }
}
