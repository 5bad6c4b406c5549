//! Places in a message: offset and length, not slices, so that a head can be moved, kept and
//! explained together with its bytes.

use std::ops::Range;

/// A run of bytes in a message, counted from the message's first byte. Heads have 32 KiB at most; it
/// counts to 4 GiB, and takes half the room that machine words would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// The bytes from `start` up to and without `end`; empty where `end` comes first.
    pub fn new(start: usize, end: usize) -> Self {
        let count = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        Self { start: count(start), len: count(end.saturating_sub(start)) }
    }

    /// Offset of the first byte.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// Offset of the first byte behind it.
    pub fn end(self) -> usize {
        self.start() + self.len()
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether it holds no byte.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// As a range, for slicing.
    pub fn range(self) -> Range<usize> {
        self.start()..self.end()
    }

    /// These bytes of a message; none where the message is another, shorter one.
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
