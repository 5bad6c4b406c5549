//! The formats of the log: a line for each request or transfer.

use std::fmt;
use std::io::Write;
use std::time::Duration;

use time::OffsetDateTime;

use super::xferlog::{self, TransferRecord};
use crate::escape::Escaped;
use crate::net::peer::Peer;

/// The format of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Format {
    /// A line for people.
    ///
    /// `2026-11-23T18:51:00Z 192.0.2.7 http - "GET /a" 200 1024 0.000120`, and if there are any,
    /// `stored="a.txt, b.txt"` and `reason="was not found"`.
    #[default]
    Text,
    /// The Common Log Format of web servers.
    Clf,
    /// One JSON object a line.
    Json,
    /// wu-ftpd's format of FTP transfers, without anything else.
    Xferlog,
}

/// A request that was answered, or a transfer that ended.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The peer's address.
    pub peer: Peer,
    /// `http` or `ftp`.
    pub protocol: &'static str,
    /// The name of the user.
    pub user: Option<&'a [u8]>,
    /// The request as received: `b"GET /a HTTP/1.1"`, `b"RETR a"`.
    pub request: &'a [u8],
    /// The status or reply code.
    pub code: u16,
    /// Bytes of content that were sent.
    pub bytes: u64,
    /// From the request's arrival to the end of its answer.
    pub duration: Duration,
    /// Whether the whole answer was sent.
    pub completed: bool,
    /// The names of the files that a form stored, one a line and escaped; else empty.
    pub stored: &'a str,
    /// Why the request was refused, perhaps in several lines; else empty.
    pub reason: &'a str,
    /// The transfer or deletion of a file over FTP.
    pub transfer: Option<TransferRecord<'a>>,
}

pub(super) fn write_record(to: &mut Vec<u8>, format: Format, record: &Record<'_>, now: OffsetDateTime) {
    let Record { peer, protocol, code, bytes, .. } = record;
    let (request, user) = (Escaped(record.request), Escaped(record.user.unwrap_or(b"-")));
    let seconds = record.duration.as_secs_f64();
    let written = match format {
        Format::Text => {
            let cut = if record.completed { "" } else { " aborted" };
            let (stored, reason) =
                (listed("stored", record.stored, ", "), listed("reason", record.reason, "; "));
            writeln!(
                to,
                "{} {peer} {protocol} {user} \"{request}\" {code} {bytes} {seconds:.6}{cut}{stored}{reason}",
                rfc3339(now)
            )
        }
        Format::Clf => writeln!(to, "{peer} - {user} [{}] \"{request}\" {code} {bytes}", clf_time(now)),
        Format::Json => {
            let line = serde_json::json!({
                "time": rfc3339(now).to_string(),
                "peer": peer.to_string(),
                "protocol": protocol,
                "user": record.user.map(|user| Escaped(user).to_string()),
                "request": request.to_string(),
                "code": code,
                "bytes": bytes,
                "seconds": seconds,
                "completed": record.completed,
                "stored": record.stored.lines().collect::<Vec<_>>(),
                "reason": (!record.reason.is_empty()).then_some(record.reason),
            });
            writeln!(to, "{line}")
        }
        Format::Xferlog => match xferlog::line(record, now) {
            Some(line) => writeln!(to, "{line}"),
            None => Ok(()),
        },
    };
    // Writing to memory cannot fail.
    debug_assert!(written.is_ok());
}

/// ` stored="a.txt, b.txt"`; nothing if there are no lines.
fn listed(name: &str, lines: &str, separator: &str) -> String {
    match lines.lines().collect::<Vec<_>>().join(separator) {
        text if text.is_empty() => text,
        text => format!(" {name}=\"{}\"", Escaped(text.as_bytes())),
    }
}

/// `2026-11-23T18:51:00Z`
pub(super) fn rfc3339(at: OffsetDateTime) -> impl fmt::Display {
    let (date, (hour, minute, second)) = (at.date(), at.to_hms());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    fmt::from_fn(move |f| write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

/// `23/Nov/2026:18:51:00 +0000`
fn clf_time(at: OffsetDateTime) -> impl fmt::Display {
    let (date, (hour, minute, second)) = (at.date(), at.to_hms());
    let (day, month, year) = (date.day(), date.month().to_string(), date.year());
    fmt::from_fn(move |f| write!(f, "{day:02}/{month:.3}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_look_like_this() {
        let record = Record {
            peer: Peer::Inet("192.0.2.7:4000".parse().unwrap()),
            protocol: "http",
            user: None,
            request: b"GET /a\x1b\" HTTP/1.1",
            code: 200,
            bytes: 1_024,
            duration: Duration::from_micros(120),
            completed: false,
            stored: "a.txt\nb.txt",
            reason: "took 2 files, but not all. Not stored:\n\"c\u{1b}\": exists already",
            transfer: None,
        };
        let now = OffsetDateTime::from_unix_timestamp(1_795_459_860).unwrap();
        for (format, expected) in [
            (
                Format::Text,
                "2026-11-23T18:51:00Z 192.0.2.7 http - \"GET /a\\x1b\\\" HTTP/1.1\" 200 1024 0.000120 aborted \
                 stored=\"a.txt, b.txt\" reason=\"took 2 files, but not all. Not stored:; \\\"c\\x1b\\\": exists already\"\n",
            ),
            (
                Format::Clf,
                "192.0.2.7 - - [23/Nov/2026:18:51:00 +0000] \"GET /a\\x1b\\\" HTTP/1.1\" 200 1024\n",
            ),
            (
                Format::Json,
                "{\"bytes\":1024,\"code\":200,\"completed\":false,\"peer\":\"192.0.2.7\",\"protocol\":\"http\",\
                 \"reason\":\"took 2 files, but not all. Not stored:\\n\\\"c\\u001b\\\": exists already\",\
                 \"request\":\"GET /a\\\\x1b\\\\\\\" HTTP/1.1\",\"seconds\":0.00012,\
                 \"stored\":[\"a.txt\",\"b.txt\"],\"time\":\"2026-11-23T18:51:00Z\",\"user\":null}\n",
            ),
        ] {
            let mut line = Vec::new();
            write_record(&mut line, format, &record, now);
            assert_eq!(String::from_utf8(line).unwrap(), expected, "{format:?}");
        }
    }
}
