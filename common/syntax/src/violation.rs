//! A broken rule and the byte at which a parser detected it.

use core::fmt;

/// A rule of a format that its input breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation<R> {
    /// The rule.
    pub rule: R,
    /// Offset of the offending byte from the first byte of the parsed value: of a head, a content or a line.
    pub at: usize,
}

impl<R: fmt::Display> fmt::Display for Violation<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.rule, self.at)
    }
}

impl<R: fmt::Debug + fmt::Display> core::error::Error for Violation<R> {}
