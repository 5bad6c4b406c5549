//! Spans of a message: offsets and lengths instead of slices, so that a head can be moved, kept and explained
//! together with its bytes.

use std::ops::Range;

/// A run of bytes in a message, as an offset from its first byte. Heads have at most 32 KiB; a span can
/// express 4 GiB in half the memory of two machine words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// The bytes from `start` up to but excluding `end`; empty if `end` is less than `start`.
    pub fn new(start: usize, end: usize) -> Self {
        let count = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        Self { start: count(start), len: count(end.saturating_sub(start)) }
    }

    /// Offset of the first byte.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// Offset of the first byte after it.
    pub fn end(self) -> usize {
        self.start() + self.len()
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether it is empty.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// As a range, for slicing.
    pub fn range(self) -> Range<usize> {
        self.start()..self.end()
    }

    /// These bytes of a message; empty if the message is too short.
    pub fn of(self, message: &[u8]) -> &[u8] {
        message.get(self.range()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_never_leaves_its_message() {
        let text = b"GET / HTTP/1.1";
        for (span, expected, why) in [
            (Span::new(0, 3), &b"GET"[..], "the method"),
            (Span::new(4, 4), b"", "empty"),
            (Span::new(4, 2), b"", "turned round"),
            (Span::new(10, 99), b"", "of a longer message"),
        ] {
            assert_eq!(span.of(text), expected, "{why}");
        }
    }
}
