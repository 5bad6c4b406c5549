//! The format of wu-ftpd's xferlog, which tools for FTP logs read
//! ([xferlog(5)](https://manpages.debian.org/xferlog.5)): a line for each transfer and deletion of a file over FTP. Times
//! are in UTC.
//!
//! ```text
//! Mon Nov 23 18:51:00 2026 1 192.0.2.7 1024 /a.txt b _ o r ada ftp 0 * c
//! ```

use std::fmt::Write as _;

use time::OffsetDateTime;

use super::Record;
use crate::escape::Escaped;

/// A transfer or deletion of a file.
#[derive(Clone, Copy, Debug)]
pub struct TransferRecord<'a> {
    /// The complete path in the tree.
    pub path: &'a [u8],
    /// What happened to the file.
    pub direction: TransferDirection,
    /// Lines were converted (TYPE A).
    pub is_ascii: bool,
    /// The user has no password.
    pub is_anonymous: bool,
}

/// The direction of a transfer, from the server's view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferDirection {
    /// An upload.
    Incoming,
    /// A download.
    Outgoing,
    /// The file was deleted.
    Deleted,
}

/// The line of a record; `None` if it is no transfer, or was refused before it began.
pub(super) fn line(record: &Record<'_>, now: OffsetDateTime) -> Option<String> {
    let TransferRecord { path, direction, is_ascii, is_anonymous } = record.transfer?;
    let status = match record.code {
        200..=299 => 'c',
        400..=499 => 'i',
        _ => return None,
    };
    let (date, (hour, minute, second)) = (now.date(), now.to_hms());
    let (weekday, month) = (date.weekday().to_string(), date.month().to_string());
    // Whole seconds, of which each transfer takes one at least.
    let seconds = record.duration.as_secs().max(1);
    let kind = if is_ascii { 'a' } else { 'b' };
    let direction = match direction {
        TransferDirection::Incoming => 'i',
        TransferDirection::Outgoing => 'o',
        TransferDirection::Deleted => 'd',
    };
    let access = if is_anonymous { 'a' } else { 'r' };
    let mut line = format!(
        "{weekday:.3} {month:.3} {:2} {hour:02}:{minute:02}:{second:02} {} {seconds} {} {} ",
        date.day(),
        date.year(),
        record.peer,
        record.bytes
    );
    push_word(&mut line, path);
    // Writing to memory cannot fail.
    let _ = write!(line, " {kind} _ {direction} {access} ");
    push_word(&mut line, record.user.unwrap_or(b"?"));
    let _ = write!(line, " ftp 0 * {status}");
    Some(line)
}

/// Appends escaped text without spaces, which separate the fields.
fn push_word(line: &mut String, text: &[u8]) {
    line.push_str(&Escaped(text).to_string().replace(' ', "_"));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::net::peer::Peer;

    #[test]
    fn a_transfer_is_a_line() {
        let now = OffsetDateTime::from_unix_timestamp(1_795_459_860).unwrap();
        let transfer = TransferRecord {
            path: b"/a b\x1b",
            direction: TransferDirection::Outgoing,
            is_ascii: false,
            is_anonymous: false,
        };
        let ascii = TransferRecord {
            direction: TransferDirection::Incoming,
            is_ascii: true,
            is_anonymous: true,
            ..transfer
        };
        let deleted = TransferRecord { direction: TransferDirection::Deleted, ..transfer };
        for (transfer, code, expected, why) in [
            (Some(transfer), 226, Some("1024 /a_b\\x1b b _ o r ada ftp 0 * c"), "a download"),
            (Some(ascii), 426, Some("1024 /a_b\\x1b a _ i a ada ftp 0 * i"), "an incomplete upload"),
            (Some(deleted), 250, Some("1024 /a_b\\x1b b _ d r ada ftp 0 * c"), "a deletion"),
            (Some(transfer), 550, None, "refused before it began"),
            (None, 226, None, "a listing"),
        ] {
            let record = Record {
                peer: Peer::Inet("192.0.2.7:4000".parse().unwrap()),
                protocol: "ftp",
                user: Some(b"ada"),
                request: b"",
                code,
                bytes: 1_024,
                duration: Duration::from_millis(2_500),
                completed: true,
                stored: "",
                reason: "",
                transfer,
            };
            let expected = expected.map(|rest| format!("Mon Nov 23 18:51:00 2026 2 192.0.2.7 {rest}"));
            assert_eq!(line(&record, now), expected, "{why}");
        }
    }
}
