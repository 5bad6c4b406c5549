//! Replies of the control connection: a three-digit code and one or more lines of text.
//!
//! The writer prevents a text from forging a line. The reader limits its input and leaves the meaning of the
//! code to its caller. [RFC 959](https://www.rfc-editor.org/rfc/rfc959) sections 4.2 and 5.4.

use core::ops::RangeInclusive;
use std::borrow::Cow;

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n};
use nom::combinator::{consumed, map_opt, rest, value, verify};
use syntax::violation::Violation;
use syntax::watch::Watch;

use super::failure::{ParseFailure, breaks, prefix};
use super::part;
use super::rule::Rule;
use super::telnet::{self, LineData};

/// The longest accepted reply, in bytes with all its lines.
pub const MAX_REPLY: usize = 64 * 1024;

/// A reply: a code and one or more lines of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    first: ReplyText,
    /// The last of them is the reply's last line.
    more: Vec<ReplyText>,
}

/// The text of one line of a reply; bytes, because it may quote a pathname.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyText(Cow<'static, [u8]>);

/// The meaning of the first digit of a code (RFC 959 section 4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyClass {
    /// 1yz: started; another reply follows.
    Preliminary,
    /// 2yz: done.
    Completion,
    /// 3yz: the next command is required.
    Intermediate,
    /// 4yz: failed; the client may retry.
    Transient,
    /// 5yz: failed; a retry is useless. Also 6yz, which protects replies (RFC 2228) and which we never
    /// request.
    Permanent,
}

impl ReplyClass {
    fn of(code: u16) -> Self {
        match code {
            100..200 => Self::Preliminary,
            200..300 => Self::Completion,
            300..400 => Self::Intermediate,
            400..500 => Self::Transient,
            _ => Self::Permanent,
        }
    }

    /// The name in RFC 959 section 4.2.1.
    fn name(self) -> &'static str {
        match self {
            Self::Preliminary => "positive preliminary",
            Self::Completion => "positive completion",
            Self::Intermediate => "positive intermediate",
            Self::Transient => "transient negative completion",
            Self::Permanent => "permanent negative completion",
        }
    }
}

impl Reply {
    /// `nnn text`. The code is one of RFC 959 section 4.2, from 100 to 699.
    #[must_use]
    pub fn new(code: u16, text: impl Into<ReplyText>) -> Self {
        debug_assert!((100..700).contains(&code), "{code} is no reply code");
        Self { code, first: text.into(), more: Vec::new() }
    }

    /// The same reply with one more line. The last line added ends it:
    ///
    /// ```text
    /// Reply::new(211, "Features:").line(" SIZE").line(" MDTM").line("End")
    ///
    /// 211-Features:
    ///  SIZE
    ///  MDTM
    /// 211 End
    /// ```
    ///
    /// Lines between the first and the last are written unchanged, so the caller adds the leading space of
    /// FEAT and MLST.
    #[must_use]
    pub fn line(mut self, text: impl Into<ReplyText>) -> Self {
        self.more.push(text.into());
        self
    }

    /// The three digits.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The class of its first digit.
    #[must_use]
    pub fn class(&self) -> ReplyClass {
        ReplyClass::of(self.code)
    }

    /// The last line, without the code; for most replies the only one.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.more.last().unwrap_or(&self.first).0
    }

    /// The lines, without code and line end.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        core::iter::once(&self.first).chain(&self.more).map(|text| text.0.as_ref())
    }

    /// Appends the encoded reply.
    ///
    /// In texts CR, LF and NUL become `?`, and 0xFF is doubled (RFC 854). A line in the middle that starts
    /// with three digits gets a leading space, so that it is not mistaken for the last line (RFC 959 section
    /// 4.2).
    pub fn write(&self, out: &mut Vec<u8>) {
        let Some((last, middle)) = self.more.split_last() else {
            return write_line(self.code, b' ', &self.first, out);
        };
        write_line(self.code, b'-', &self.first, out);
        for line in middle {
            if looks_like_a_code(&line.0) {
                out.push(b' ');
            }
            write_text(line, out);
        }
        write_line(self.code, b' ', last, out);
    }
}

fn write_line(code: u16, separator: u8, text: &ReplyText, out: &mut Vec<u8>) {
    let digit = |place: u16| b'0' + (code / place % 10).to_le_bytes()[0];
    out.extend_from_slice(&[digit(100), digit(10), digit(1), separator]);
    write_text(text, out);
}

fn write_text(ReplyText(text): &ReplyText, out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    for byte in text.iter() {
        match byte {
            b'\r' | b'\n' | 0 => out.push(b'?'),
            _ => telnet::encode(*byte, out),
        }
    }
    out.extend_from_slice(b"\r\n");
}

fn looks_like_a_code(line: &[u8]) -> bool {
    matches!(line, [a, b, c, ..] if [a, b, c].iter().all(|byte| byte.is_ascii_digit()))
}

/// Reads the first reply of `input`: the reply and its length in bytes, or `None` if it is incomplete.
///
/// ```text
/// reply      = code [SP text] EOL                        b"226 Done\r\n"
///            / code "-" [text] EOL *line code [SP text] EOL    b"211-Features:\r\n SIZE\r\n211 End\r\n"
/// code       = 3DIGIT                                    from 100 to 699, both the same
/// EOL        = [CR] LF
/// ```
///
/// A line in the middle that repeats the code and `-`, as many servers write it, is returned without them;
/// all others are returned unchanged.
///
/// # Errors
///
/// [`Rule::ReplyCode`], [`Rule::ReplySeparator`] or [`Rule::ReplyTooLong`]. The connection cannot be used
/// again.
pub fn take(input: &[u8]) -> Result<Option<(Reply, usize)>, Violation<Rule>> {
    take_with(input, ())
}

/// Like [`take`], and reports the lines with their codes and texts.
///
/// # Errors
///
/// See [`take`].
pub fn take_with(input: &[u8], watch: impl Watch) -> Result<Option<(Reply, usize)>, Violation<Rule>> {
    let window = input.get(..MAX_REPLY).unwrap_or(input);
    let missing = || {
        if window.len() < MAX_REPLY {
            return Ok(None);
        }
        watch.tolerates(Rule::ReplyTooLong.description(), input.get(MAX_REPLY..).unwrap_or_default());
        Err(Violation { rule: Rule::ReplyTooLong, at: MAX_REPLY })
    };
    let Some((line, data)) = take_line(window, watch) else { return missing() };
    let opened = open(line, &data, 100..=699, watch);
    let (text, (code, mut follow)) = opened.map_err(|ParseFailure { rule, rest }| {
        let at = data.raw_offset(data.text().len() - rest.len());
        watch.tolerates(rule.description(), line.get(at..).unwrap_or_default());
        Violation { rule, at }
    })?;
    let mut reply = Reply::new(code, text.to_vec());
    let mut used = line.len();
    while follow == Follow::More {
        let Some((line, data)) = take_line(window.get(used..).unwrap_or_default(), watch) else {
            return missing();
        };
        used += line.len();
        let opened = open(line, &data, code..=code, watch);
        let (text, next) = opened.map_or((data.text(), Follow::More), |(text, (_, follow))| (text, follow));
        reply = reply.line(text.to_vec());
        follow = next;
    }
    watch.part(&part::REPLY, window.get(..used).unwrap_or_default());
    Ok(Some((reply, used)))
}

/// Whether lines follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follow {
    /// A space, or nothing, after the code.
    Last,
    /// A `-` after the code.
    More,
}

/// The text of a line and what precedes it.
type Opened<'a> = Result<(&'a [u8], (u16, Follow)), ParseFailure<'a>>;

/// Reads a line whose code is one of `codes`, and reports it.
fn open<'a>(
    line: &'a [u8],
    data: &'a LineData<'a>,
    codes: RangeInclusive<u16>,
    watch: impl Watch,
) -> Opened<'a> {
    let opened = match data.watched(line, watch) {
        Some(decoded) => open_text(data.text(), codes, decoded),
        None => open_text(data.text(), codes, watch),
    };
    watch.part(&part::REPLY_LINE, line);
    opened
}

fn open_text(text: &[u8], codes: RangeInclusive<u16>, watch: impl Watch) -> Opened<'_> {
    let opened = prefix(opening(codes, watch), text);
    watch.part(&part::TEXT, opened.map_or(text, |(text, _)| text));
    opened
}

/// The code at the start of a line and the separator after it; the text remains.
fn opening<'a>(
    codes: RangeInclusive<u16>,
    watch: impl Watch,
) -> impl Parser<&'a [u8], Output = (u16, Follow), Error = ParseFailure<'a>> {
    let digits = take_while_m_n(3, 3, |byte: u8| byte.is_ascii_digit());
    let number = map_opt(digits, |digits| core::str::from_utf8(digits).ok()?.parse().ok());
    let code = consumed(breaks(Rule::ReplyCode, verify(number, move |code| codes.contains(code))));
    let nothing = verify(rest, |rest: &[u8]| rest.is_empty());
    let last = value(Follow::Last, alt((tag(" "), nothing)));
    let follow = consumed(alt((value(Follow::More, tag("-")), last)));
    (code, breaks(Rule::ReplySeparator, follow)).map(move |((digits, code), (separator, follow))| {
        watch.value(&part::CODE, digits, format_args!("{}", ReplyClass::of(code).name()));
        watch.part(&part::SEPARATOR, separator);
        (code, follow)
    })
}

/// The text of a line of a reply with this code, and whether it is the reply's last line.
pub(crate) fn text_of(line: &[u8], code: u16) -> (&[u8], bool) {
    prefix(opening(code..=code, ()), line)
        .map_or((line, false), |(text, (_, follow))| (text, follow == Follow::Last))
}

fn take_line(input: &[u8], watch: impl Watch) -> Option<(&[u8], LineData<'_>)> {
    let line = input.get(..=telnet::line_feed(input)?)?;
    Some((line, telnet::decode_line(line, watch)))
}

impl From<&'static str> for ReplyText {
    fn from(text: &'static str) -> Self {
        Self(Cow::Borrowed(text.as_bytes()))
    }
}

impl From<String> for ReplyText {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text.into_bytes()))
    }
}

impl From<Vec<u8>> for ReplyText {
    fn from(text: Vec<u8>) -> Self {
        Self(Cow::Owned(text))
    }
}

impl From<ReplyText> for Vec<u8> {
    fn from(ReplyText(text): ReplyText) -> Self {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests;
