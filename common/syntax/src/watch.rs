//! Watched parsing: a parser reports the parts that it recognises and the rules that its input breaks.
//!
//! Production passes `()`, for which the calls compile to nothing; an explanation passes a
//! [`Recorder`](crate::record::Recorder). A parser reports a part as a sub-slice of its input, so that no
//! parser computes offsets for a watch.

use core::fmt;
use core::ops::Range;

use crate::rule::Description;

/// A kind of part of a format.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// The term in its grammar: `request-target`.
    pub name: &'static str,
    /// The document that defines it: `RFC 9112 section 3.2`.
    pub source: &'static str,
    /// Whether its bytes are masked in traces and recordings.
    pub is_secret: bool,
}

impl Part {
    /// A part that may be shown.
    #[must_use]
    pub const fn new(name: &'static str, source: &'static str) -> Self {
        Self { name, source, is_secret: false }
    }

    /// A part that is masked: a password, a token.
    #[must_use]
    pub const fn secret(name: &'static str, source: &'static str) -> Self {
        Self { name, source, is_secret: true }
    }
}

/// Declares the parts of a crate's formats: `new`, or `secret` for masked ones, a name, the term and its
/// source.
///
/// ```
/// syntax::parts! {
///     new METHOD: "method", "RFC 9110 section 9.1";
///     secret PASSWORD: "password", "RFC 959 section 5.3.2";
/// }
/// assert!(PASSWORD.is_secret);
/// assert_eq!(METHOD.name, "method");
/// ```
#[macro_export]
macro_rules! parts {
    ($($kind:ident $name:ident: $term:literal, $source:literal;)*) => {
        $(pub(crate) static $name: $crate::watch::Part = $crate::watch::Part::$kind($term, $source);)*
    };
}

/// Receives the parts that a parser recognises. Each slice is a sub-slice of the parsed input.
pub trait Watch: Copy {
    /// Whether parts are recorded. Parsers check it before costly reports.
    const IS_WATCHING: bool = true;
    /// Whether a violation may be tolerated. Parsers then keep the data for a lenient reading.
    const IS_LENIENT: bool = true;

    /// Reports a part. Its own parts may be reported before or after it; parts that contain one another nest.
    fn part(self, part: &'static Part, bytes: &[u8]) {
        let _ = (part, bytes);
    }

    /// Like [`part`](Self::part), with the meaning of the bytes if it is not obvious: 26 for `1a`.
    fn value(self, part: &'static Part, bytes: &[u8], value: fmt::Arguments<'_>) {
        let _ = value;
        self.part(part, bytes);
    }

    /// Reports a rule that is broken at the first byte of `rest` (the end of the input if it is empty).
    ///
    /// `true`: the parser should continue as a lenient parser does, if possible. `()` returns `false`, and
    /// the parser returns the violation.
    fn tolerates(self, rule: &'static Description, rest: &[u8]) -> bool {
        let _ = (rule, rest);
        false
    }

    /// The lenient reading to use after a violation that real parsers read in two ways.
    fn reading(self) -> Reading {
        Reading::First
    }

    /// Retracts the parts that start in these bytes: an alternative that failed had reported them.
    fn retract(self, bytes: &[u8]) {
        let _ = bytes;
    }
}

impl Watch for () {
    const IS_WATCHING: bool = false;
    const IS_LENIENT: bool = false;
}

/// The two ways in which lenient parsers read input that breaks a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// LF ends a line, a transfer coding overrides a length, the first of several lengths counts.
    #[default]
    First,
    /// LF is data, a length overrides a transfer coding, the last of several lengths counts.
    Second,
}

/// Watches the parsing of a decoded copy: each part is reported as the raw bytes from which it was decoded.
#[derive(Clone, Copy, Debug)]
pub struct Decoded<'a, W> {
    /// The watch of the raw bytes.
    pub watch: W,
    /// The raw bytes.
    pub raw: &'a [u8],
    /// The decoded copy.
    pub text: &'a [u8],
    /// For each decoded byte, the offset in `raw` at which its encoding begins; one more entry for the end.
    pub offsets: &'a [usize],
}

impl<'a, W: Watch> Decoded<'a, W> {
    fn raw(&self, bytes: &[u8]) -> Option<&'a [u8]> {
        let Range { start, end } = offsets(self.text, bytes)?;
        self.raw.get(*self.offsets.get(start)?..*self.offsets.get(end)?)
    }
}

impl<W: Watch> Watch for Decoded<'_, W> {
    const IS_WATCHING: bool = W::IS_WATCHING;
    const IS_LENIENT: bool = W::IS_LENIENT;

    fn part(self, part: &'static Part, bytes: &[u8]) {
        if let Some(raw) = self.raw(bytes) {
            self.watch.part(part, raw);
        }
    }

    fn value(self, part: &'static Part, bytes: &[u8], value: fmt::Arguments<'_>) {
        if let Some(raw) = self.raw(bytes) {
            self.watch.value(part, raw, value);
        }
    }

    fn tolerates(self, rule: &'static Description, rest: &[u8]) -> bool {
        let raw = offsets(self.text, rest).and_then(|rest| self.raw.get(*self.offsets.get(rest.start)?..));
        self.watch.tolerates(rule, raw.unwrap_or_default())
    }

    fn reading(self) -> Reading {
        self.watch.reading()
    }

    fn retract(self, bytes: &[u8]) {
        if let Some(raw) = self.raw(bytes) {
            self.watch.retract(raw);
        }
    }
}

/// The position of `part` within `whole`; `None` if it is not a sub-slice of it.
#[must_use]
pub fn offsets(whole: &[u8], part: &[u8]) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (end <= whole.len()).then_some(start..end)
}
