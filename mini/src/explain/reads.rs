//! The state of a parser after each read of an input that arrives in pieces: whether it needs more, and the
//! byte at which it rejects.

use std::cell::Cell;

use serde::Serialize;
use syntax::conversation::{Conversation as _, Sender};
use syntax::rule::{Description, Severity};
use syntax::watch::{Watch, offsets};

use super::connection::Connection;
use super::conversations::Reader;

/// The end of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Read {
    pub(super) end: usize,
    #[serde(flatten)]
    pub(super) state: ParserState,
}

/// The state of a parser after a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub(super) enum ParserState {
    /// Everything that has arrived is parsed.
    Complete,
    /// The part that begins at this byte is incomplete.
    Waits { at: usize },
    /// The byte breaks a rule, and the connection is closed.
    Rejects { at: usize, rule: &'static str },
}

/// Parses the bytes of one end, up to each of these offsets and then to the end. Nothing follows a rejection.
pub(super) fn simulate(connection: &Connection, ends: &[usize]) -> Vec<Read> {
    let sender = if connection.client.is_empty() { Sender::Server } else { Sender::Client };
    let input = connection.sent_by(sender);
    let mut ends: Vec<_> = ends.iter().copied().filter(|end| (1..input.len()).contains(end)).collect();
    ends.push(input.len());
    ends.sort_unstable();
    ends.dedup();
    let mut reader = Reader::new(connection.protocol());
    let first = First { input, broken: Cell::new(None) };
    let (mut at, mut reads) = (0, Vec::new());
    for end in ends {
        let mut state = ParserState::Complete;
        while let Some(rest) = input.get(at..end).filter(|rest| !rest.is_empty()) {
            let used = reader.read(sender, rest, false, &first);
            if let Some((at, rule)) = first.broken.get() {
                reads.push(Read { end, state: ParserState::Rejects { at, rule: rule.id } });
                return reads;
            }
            let Some(used @ 1..) = used else {
                state = ParserState::Waits { at };
                break;
            };
            at += used;
        }
        reads.push(Read { end, state });
    }
    reads
}

/// Keeps the first violation for which a message is refused.
struct First<'a> {
    input: &'a [u8],
    broken: Cell<Option<(usize, &'static Description)>>,
}

impl Watch for &First<'_> {
    fn tolerates(self, rule: &'static Description, rest: &[u8]) -> bool {
        if rule.severity == Severity::Breaks && self.broken.get().is_none() {
            self.broken.set(offsets(self.input, rest).map(|span| (span.start, rule)));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::kind::InputKind;
    use super::*;

    #[test]
    fn a_parser_waits_completes_and_rejects() {
        for (input, ends, expected, why) in [
            (
                &b"NOOP\r\n"[..],
                &[2][..],
                &[(2, ParserState::Waits { at: 0 }), (6, ParserState::Complete)][..],
                "half a line",
            ),
            (
                b"NOOP\r\nQUIT\r\n",
                &[6, 8],
                &[(6, ParserState::Complete), (8, ParserState::Waits { at: 6 }), (12, ParserState::Complete)],
                "two lines",
            ),
            (
                b"NO",
                &[],
                &[(2, ParserState::Waits { at: 0 })],
                "the end of the input is no end of the stream",
            ),
            (b"NO", &[0, 2, 9], &[(2, ParserState::Waits { at: 0 })], "only places inside count"),
            (
                b"NOOP\r\nXYZ\r\n",
                &[8],
                &[
                    (8, ParserState::Waits { at: 6 }),
                    (11, ParserState::Rejects { at: 6, rule: "verb-unknown" }),
                ],
                "an unknown command",
            ),
        ] {
            let connection = Connection::of_kind(InputKind::FtpCommand, input.to_vec());
            let reads: Vec<_> =
                simulate(&connection, ends).iter().map(|read| (read.end, read.state)).collect();
            assert_eq!(reads, expected, "{why}");
        }
    }
}
