//! One line of the control connection: the bytes between two line ends, without Telnet commands.
//!
//! This module does not parse commands. A line that is too long or contains NUL is still a line, so that a
//! session can answer it and continue; only input without any line end is an error. [RFC
//! 959](https://www.rfc-editor.org/rfc/rfc959) sections 4 and 5.3, RFC 1123 section 4.1.2.12.

use core::ops::Deref;

use memchr::memchr;
use syntax::violation::Violation;
use syntax::watch::Watch;

use super::rule::Rule;
use super::telnet;

/// The longest valid line, in bytes as they arrive and without the line end.
pub const MAX_LINE: usize = 4096;

/// Input without an LF in this many bytes is not FTP.
pub const MAX_ENDLESS: usize = 32 * 1024;

/// A line of the control connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Its data bytes, without line end, Telnet commands and NUL.
    Text(LineText),
    /// An invalid line: it is too long, or contains NUL. Its bytes were discarded.
    Broken(Violation<Rule>),
}

/// The data bytes of a line. Two lines with the same data bytes are equal, however they were encoded.
#[derive(Clone, Debug)]
pub struct LineText {
    bytes: Box<[u8]>,
    /// `None` if no byte was encoded. Boxed, because ten thousand sessions store a line.
    origins: Option<Box<Origins>>,
}

/// The offset in the line of each data byte, and of the end.
#[derive(Clone, Debug)]
struct Origins(Vec<usize>);

impl LineText {
    /// The offset in the encoded line of a data byte.
    #[must_use]
    pub fn raw_offset(&self, at: usize) -> usize {
        self.origins.as_ref().and_then(|origins| origins.0.get(at).copied()).unwrap_or(at)
    }
}

impl From<Vec<u8>> for LineText {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes: bytes.into(), origins: None }
    }
}

impl Deref for LineText {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl PartialEq for LineText {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for LineText {}

/// The peer sent [`MAX_ENDLESS`] bytes without a line end: the session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no line end within 32 KiB")]
pub struct Endless;

/// Reads the first line of `input`: the line and its length in bytes, or `None` if it is incomplete.
///
/// ```text
/// line = *byte *CR LF         b"RETR notes.txt\r\n"   b"\xFF\xF4\xFF\xF2ABOR\r\n"
/// ```
///
/// # Errors
///
/// [`Endless`] if there is no LF in the first [`MAX_ENDLESS`] bytes.
pub fn take(input: &[u8]) -> Result<Option<(Line, usize)>, Endless> {
    take_with(input, ())
}

/// Like [`take`], and reports the line end and the Telnet commands.
///
/// # Errors
///
/// See [`take`].
pub fn take_with(input: &[u8], watch: impl Watch) -> Result<Option<(Line, usize)>, Endless> {
    let window = input.get(..MAX_ENDLESS).unwrap_or(input);
    let Some(end) = telnet::line_feed(window) else {
        return if window.len() == MAX_ENDLESS { Err(Endless) } else { Ok(None) };
    };
    let (line, _) = window.split_at(end + 1);
    Ok(Some((read(line, watch), end + 1)))
}

fn read(line: &[u8], watch: impl Watch) -> Line {
    let data = telnet::decode_line(line, watch);
    let length = data.raw_offset(data.text().len());
    if let Some(rest @ [_, ..]) = line.get(MAX_LINE..length) {
        watch.tolerates(Rule::LineTooLong.description(), rest);
        return Line::Broken(Violation { rule: Rule::LineTooLong, at: MAX_LINE });
    }
    let text = telnet::without_synch(data.text());
    let skipped = data.text().len() - text.len();
    if skipped > 0 {
        watch.tolerates(Rule::TelnetSynch.description(), line);
    }
    if let Some(at) = memchr(0, text) {
        let at = data.raw_offset(skipped + at);
        watch.tolerates(Rule::LineNul.description(), line.get(at..).unwrap_or_default());
        return Line::Broken(Violation { rule: Rule::LineNul, at });
    }
    let is_plain = skipped == 0 && data.offsets.is_empty();
    let origins = || Origins((skipped..=data.text().len()).map(|at| data.raw_offset(at)).collect());
    Line::Text(LineText { bytes: text.into(), origins: (!is_plain).then(|| Box::new(origins())) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use syntax::splits::check;

    #[test]
    fn a_line_ends_at_its_lf() {
        for (input, expected, why) in [
            (&b"NOOP\r\n"[..], &b"NOOP"[..], "RFC 959 section 5.3.1: CRLF"),
            (b"NOOP\n", b"NOOP", "a bare LF is accepted"),
            (b"\r\n", b"", "an empty line is a line"),
            (b"\n", b"", "the same, bare"),
            (b"CWD a\rb\r\n", b"CWD a\rb", "a lone CR is data"),
            (b"NOOP\r\r\n", b"NOOP", "CRs before the LF belong to the line end"),
            (b"\r\r\r\n", b"", "also in an empty line"),
            (b"CWD  a \r\n", b"CWD  a ", "spaces are data"),
            (b"CWD caf\xE9\r\n", b"CWD caf\xE9", "names need not be UTF-8"),
            (b"CWD \xFF\xFF\r\n", b"CWD \xFF", "RFC 854: a doubled IAC"),
            (b"\xFF\xF4\xFF\xF2ABOR\r\n", b"ABOR", "RFC 959 section 4.1.3: IP and Synch before ABOR"),
            (b"\xF2ABOR\r\n", b"ABOR", "DM alone: the IAC was urgent data"),
            (b"\xFF\xFD\nNOOP\r\n", b"NOOP", "DO 10: an option is no line end"),
            (b"\xFF\xFB\0NOOP\r\n", b"NOOP", "WILL BINARY: an option is no NUL"),
            (b"CWD \xFF\r\n", b"CWD \xFF", "an IAC before CRLF is data"),
        ] {
            assert_eq!(
                check(take, input),
                Ok(Some((Line::Text(expected.to_vec().into()), input.len()))),
                "{why}"
            );
        }
    }

    #[test]
    fn a_line_that_cannot_be_carried_out_is_still_taken_whole() {
        let broken = |rule, at| Line::Broken(Violation { rule, at });
        let longest = [&b"a".repeat(MAX_LINE)[..], b"\r\n"].concat();
        let longer = [b"a", &longest[..]].concat();
        let nearly_endless = [&b"a".repeat(MAX_ENDLESS - 1)[..], b"\n"].concat();
        for (input, expected, why) in [
            (&longest[..], Line::Text(b"a".repeat(MAX_LINE).into()), "the limit itself"),
            (&longer, broken(Rule::LineTooLong, MAX_LINE), "one more"),
            (&nearly_endless, broken(Rule::LineTooLong, MAX_LINE), "the longest that ends"),
            (b"CWD a\0b\r\n", broken(Rule::LineNul, 5), "NUL is refused"),
            (b"\0\n", broken(Rule::LineNul, 0), "anywhere"),
        ] {
            assert_eq!(check(take, input), Ok(Some((expected, input.len()))), "{why}");
        }
    }

    #[test]
    fn input_without_a_line_end_is_given_up() {
        let endless = b"a".repeat(MAX_ENDLESS);
        assert_eq!(check(take, &endless), Err(Endless), "32 KiB without LF");
        assert_eq!(
            check(take, &[&endless[..], b"\r\n"].concat()),
            Err(Endless),
            "an LF behind does not help"
        );
        assert_eq!(
            check(take, &b"\xFF\xFD\n".repeat(MAX_ENDLESS / 2)),
            Err(Endless),
            "nor do Telnet options"
        );
    }

    proptest! {
        #[test]
        fn a_pipeline_is_read_alike_however_it_arrives(lines in prop::collection::vec("[ -~]{0,20}", 1..6), cut: usize) {
            let wire: Vec<u8> = lines.iter().flat_map(|line| format!("{line}\r\n").into_bytes()).collect();
            let mut buffered = wire[..cut % (wire.len() + 1)].to_vec();
            let mut late = Some(&wire[buffered.len()..]);
            let mut read = Vec::new();
            loop {
                match take(&buffered).unwrap() {
                    Some((Line::Text(text), used)) => {
                        read.push(String::from_utf8(text.to_vec()).unwrap());
                        buffered.drain(..used);
                    }
                    Some(other) => panic!("{other:?}"),
                    None => match late.take() {
                        Some(rest) => buffered.extend_from_slice(rest),
                        None => break,
                    },
                }
            }
            prop_assert_eq!(read, lines);
        }

        #[test]
        fn any_bytes_are_taken_without_a_panic(input: Vec<u8>) {
            if let Ok(Some((_, used))) = take(&input) {
                prop_assert!(used <= input.len());
            }
        }
    }
}
