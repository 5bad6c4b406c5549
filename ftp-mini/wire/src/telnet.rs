//! The Telnet bytes on a control connection: removed from input, doubled in output.
//!
//! No negotiation is answered or started; FTP does not use subnegotiations. Commands occur only before a line
//! or in its first word. In the text after it 0xFF is data, doubled or not: few clients double it in names
//! (it is a letter in Latin-1 and in Windows-1251), and the bytes after it often look like a command.
//!
//! [RFC 854](https://www.rfc-editor.org/rfc/rfc854) defines the bytes, [RFC
//! 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.3 the `IAC IP IAC DM` before ABOR; RFC 1123
//! section 4.1.2.12 requires a server to understand them.

use std::borrow::Cow;

use memchr::{memchr, memchr3_iter};
use syntax::watch::{Decoded, Watch};

use super::part;
use super::rule::Rule;

/// "Interpret as command": the next byte is a Telnet command, or a literal 0xFF if it is doubled.
pub const IAC: u8 = 0xFF;

const SE: u8 = 0xF0;
const DATA_MARK: u8 = 0xF2;
const INTERRUPT_PROCESS: u8 = 0xF4;
const SB: u8 = 0xFA;
const WILL: u8 = 0xFB;
const DONT: u8 = 0xFE;

/// The sequence at an IAC.
enum Sequence {
    /// A command of this many bytes, without meaning for FTP.
    Command(usize),
    /// The data byte 0xFF, encoded in this many bytes.
    Literal(usize),
    /// The sequence is incomplete.
    Cut,
}

/// Reads the sequence at the start of `bytes`, whose first byte is IAC.
///
/// ```text
/// IAC IAC                          the data byte 0xFF     FF FF
/// IAC (WILL|WONT|DO|DONT) option   three bytes            FF FD 06
/// IAC (SE ... SB)                  two bytes              FF F4
/// ```
///
/// An IAC before any other byte is data.
fn sequence(bytes: &[u8]) -> Sequence {
    match bytes {
        [_] | [_, WILL..=DONT] => Sequence::Cut,
        [_, WILL..=DONT, ..] => Sequence::Command(3),
        [_, SE..=SB, ..] => Sequence::Command(2),
        [_, IAC, ..] => Sequence::Literal(2),
        _ => Sequence::Literal(1),
    }
}

/// The end of the first word of `input`, at a space or LF, if it has arrived. The option byte of a Telnet
/// command may have the same value and does not end the word.
fn word_end(input: &[u8]) -> Option<usize> {
    let mut at = 0;
    for candidate in memchr3_iter(b' ', b'\n', IAC, input) {
        if candidate < at {
            continue;
        }
        let rest = input.get(candidate..)?;
        if rest.first() != Some(&IAC) {
            return Some(candidate);
        }
        match sequence(rest) {
            Sequence::Command(length) | Sequence::Literal(length) => at = candidate + length,
            Sequence::Cut => return None,
        }
    }
    None
}

/// The offset of the LF of the line at the start of `input`, if it has arrived.
pub(super) fn line_feed(input: &[u8]) -> Option<usize> {
    memchr(b'\n', input)?;
    let text = word_end(input)?;
    Some(text + memchr(b'\n', input.get(text..)?)?)
}

/// The data bytes of a line, with their offsets in it.
#[derive(Debug)]
pub(super) struct LineData<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// For each byte, the offset of its encoding, and the length of the line; empty if nothing was decoded.
    pub(super) offsets: Vec<usize>,
}

impl<'a> LineData<'a> {
    /// The data without the CR of the line end. Some devices send more than one: `NOOP\r\r\n`.
    pub(super) fn text(&self) -> &[u8] {
        let end = self.bytes.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
        self.bytes.get(..end).unwrap_or_default()
    }

    /// The offset in the line of a byte of the data.
    pub(super) fn raw_offset(&self, at: usize) -> usize {
        self.offsets.get(at).copied().unwrap_or(at)
    }

    /// A watch for these bytes that reports parts of `line` to `watch`.
    pub(super) fn watched<W>(&'a self, line: &'a [u8], watch: W) -> Option<Decoded<'a, W>> {
        let decoded = Decoded { watch, raw: line, text: &self.bytes, offsets: &self.offsets };
        (!self.offsets.is_empty()).then_some(decoded)
    }
}

/// Decodes `line`: commands are removed and reported as parts, doubled IACs become one.
pub(super) fn decode(line: &[u8], watch: impl Watch) -> LineData<'_> {
    if memchr(IAC, line).is_none() {
        return LineData { bytes: Cow::Borrowed(line), offsets: Vec::new() };
    }
    let word_end = word_end(line).unwrap_or(line.len());
    let (mut bytes, mut offsets) = (Vec::with_capacity(line.len()), Vec::with_capacity(line.len() + 1));
    let mut at = 0;
    while let Some((&byte, _)) = line.get(at..).and_then(<[u8]>::split_first) {
        let rest = line.get(at..).unwrap_or_default();
        let length = match sequence(rest) {
            _ if byte != IAC => 1,
            // In the text after the first word, 0xFF is data.
            _ if at >= word_end => 1 + usize::from(rest.get(1) == Some(&IAC)),
            Sequence::Command(length) => {
                report(rest.get(..length).unwrap_or(rest), watch);
                at += length;
                continue;
            }
            Sequence::Literal(length) => length,
            Sequence::Cut => 1,
        };
        if byte == IAC && length == 1 {
            watch.tolerates(Rule::TelnetUndoubled.description(), rest);
        }
        bytes.push(byte);
        offsets.push(at);
        at += length;
    }
    offsets.push(line.len());
    LineData { bytes: Cow::Owned(bytes), offsets }
}

/// Decodes a line that includes its LF, and reports the line end.
pub(super) fn decode_line(line: &[u8], watch: impl Watch) -> LineData<'_> {
    let data = decode(line.strip_suffix(b"\n").unwrap_or(line), watch);
    if line.ends_with(b"\n") {
        let end = line.get(data.raw_offset(data.text().len())..).unwrap_or_default();
        watch.part(&part::CRLF, end);
        if end == b"\n" {
            watch.tolerates(Rule::BareLf.description(), end);
        } else if end != b"\r\n" {
            watch.tolerates(Rule::ExtraCr.description(), end);
        }
    }
    data
}

/// Reports a command, with the names of RFC 854.
fn report(command: &[u8], watch: impl Watch) {
    const NAMES: [&str; 16] = [
        "SE", "NOP", "DM", "BRK", "IP", "AO", "AYT", "EC", "EL", "GA", "SB", "WILL", "WONT", "DO", "DONT",
        "IAC",
    ];
    let [_, code, option @ ..] = command else { return };
    let name = NAMES.get(usize::from(code.wrapping_sub(SE))).unwrap_or(&"");
    match option {
        [] => watch.value(&part::TELNET, command, format_args!("{name}")),
        [option, ..] => {
            watch.value(&part::TELNET, command, format_args!("{name} {option}"));
            watch.tolerates(Rule::TelnetOption.description(), command);
        }
    }
}

/// `line` without the remains of the Synch signal at its start.
///
/// The signal is `IAC IP IAC DM`, and one of its bytes is sent as urgent data, which the kernel removes from
/// the stream. The byte varies: BSD's client marks the second IAC (`FF F4 F2 ABOR` remains), lftp the first
/// (`F4 FF F2 ABOR`), others DM (`FF F4 FF ABOR`). No verb starts with any of them.
pub(super) fn without_synch(line: &[u8]) -> &[u8] {
    let command = line.iter().position(|byte| !matches!(*byte, IAC | INTERRUPT_PROCESS | DATA_MARK));
    line.get(command.unwrap_or(line.len())..).unwrap_or_default()
}

/// Appends one data byte; 0xFF is doubled.
pub(super) fn encode(byte: u8, out: &mut Vec<u8>) {
    if byte == IAC {
        out.push(IAC);
    }
    out.push(byte);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn telnet_commands_are_removed_and_data_stays() {
        for (input, expected, why) in [
            (&b"NOOP"[..], &b"NOOP"[..], "nothing to do"),
            (b"RETR \xFF\xFF.txt", b"RETR \xFF.txt", "RFC 854: IAC IAC is the data byte 255"),
            (b"\xFF\xFD\x06NOOP", b"NOOP", "DO TIMING-MARK: three bytes"),
            (b"NO\xFF\xFB\xFFOP", b"NOOP", "the option may be any byte"),
            (b"NO\xFF\xF1OP", b"NOOP", "NOP: two bytes"),
            (b"\xFF\xF4\xFF\xF2ABOR", b"ABOR", "RFC 959 section 4.1.3: IP and Synch"),
            (b"NO\xFF\xFB\x20OP", b"NOOP", "an option that is a space elsewhere"),
            (b"RETR \xFFa", b"RETR \xFFa", "a client that does not double"),
            (b"RETR \xFF\xFE", b"RETR \xFF\xFE", "bytes in a name that look like a command"),
            (b"RETR \xEC\xFF\xF1\xEE", b"RETR \xEC\xFF\xF1\xEE", "the same in Windows-1251: meat"),
            (b"RETR \xFF\xFF\xFE", b"RETR \xFF\xFE", "and where it is doubled"),
            (b"RETR \xFF", b"RETR \xFF", "the same at the end"),
            (b"\xFF\xFF\xFF\xFF", b"\xFF\xFF", "pairs"),
        ] {
            assert_eq!(decode(input, ()).bytes.as_ref(), expected, "{why}");
        }
    }

    #[test]
    fn synch_remains_are_stripped_whichever_byte_was_urgent() {
        for left in
            [&b"\xFF\xF4\xF2"[..], b"\xF4\xFF\xF2", b"\xFF\xF4\xFF", b"\xF2", b"\xF4", b"\xFF\xF4\xFF\xF2"]
        {
            let line = [left, b"ABOR"].concat();
            assert_eq!(without_synch(&decode(&line, ()).bytes), b"ABOR", "{left:x?}");
        }
    }

    #[test]
    fn an_option_byte_does_not_end_a_line() {
        for (input, expected, why) in [
            (&b"NOOP\r\n"[..], Some(5), "plain"),
            (b"\xFF\xFD\nNOOP\n", Some(7), "option 10"),
            (b"\xFF\n", Some(1), "LF is no Telnet command"),
            (b"\xFF\xFF\n", Some(2), "nor is it the option of a doubled IAC"),
            (b"\xFF\xFD", None, "cut"),
            (b"\xFF\xFD\n", None, "the option only"),
            (b"CWD \xFF\xFD\n", Some(6), "a name has no options"),
        ] {
            assert_eq!(line_feed(input), expected, "{why}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes_to_itself(data: Vec<u8>) {
            let mut wire = Vec::new();
            data.iter().for_each(|byte| encode(*byte, &mut wire));
            prop_assert_eq!(decode(&wire, ()).bytes.into_owned(), data);
        }
    }
}
