//! One direction of a TCP connection, put in order from its segments
//! ([RFC 9293 section 3.4](https://www.rfc-editor.org/rfc/rfc9293#section-3.4)).

use std::collections::BTreeMap;

/// Segments that wait for an earlier one, in number and in bytes (4 MiB); more are left out.
const WAITING: (usize, usize) = (4_096, 4 << 20);

/// The bytes of one direction so far.
#[derive(Debug, Default)]
pub(super) struct ReassembledStream {
    pub(super) bytes: Vec<u8>,
    /// The sequence number of the next byte; `None` before the first segment.
    next: Option<u32>,
    /// Segments after a gap, by their offset in the stream.
    waiting: BTreeMap<usize, Vec<u8>>,
    held: usize,
}

/// How a segment continues the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SegmentOrder {
    InOrder,
    /// All of its bytes have been seen.
    Retransmission,
    /// Some of its bytes have been seen; the first ones count.
    Overlap,
    /// Bytes before it are missing.
    AfterGap,
}

impl ReassembledStream {
    /// The segment that begins the stream: SYN takes one number.
    pub(super) fn begin(&mut self, sequence: u32) {
        self.next.get_or_insert(sequence.wrapping_add(1));
    }

    /// Adds a segment's bytes, of which there is at least one.
    pub(super) fn add(&mut self, sequence: u32, bytes: &[u8]) -> SegmentOrder {
        let next = *self.next.get_or_insert(sequence);
        // The distance from the next byte, negative for bytes that have been seen.
        let distance = i64::from(sequence.wrapping_sub(next).cast_signed());
        let Ok(ahead) = usize::try_from(distance) else {
            let seen = usize::try_from(-distance).unwrap_or(usize::MAX);
            let Some(new) = bytes.get(seen..).filter(|new| !new.is_empty()) else {
                return SegmentOrder::Retransmission;
            };
            self.append(new);
            return SegmentOrder::Overlap;
        };
        if ahead == 0 {
            self.append(bytes);
            return SegmentOrder::InOrder;
        }
        let is_full = self.waiting.len() >= WAITING.0 || self.held + bytes.len() > WAITING.1;
        let place = self.bytes.len() + ahead;
        let is_longer = self.waiting.get(&place).is_none_or(|other| other.len() < bytes.len());
        if !is_full && is_longer {
            self.held += bytes.len();
            self.waiting.insert(place, bytes.to_vec());
        }
        SegmentOrder::AfterGap
    }

    fn append(&mut self, bytes: &[u8]) {
        let before = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        while let Some(first) = self.waiting.first_entry().filter(|first| *first.key() <= self.bytes.len()) {
            let (place, waited) = first.remove_entry();
            self.held = self.held.saturating_sub(waited.len());
            let seen = self.bytes.len() - place;
            self.bytes.extend_from_slice(waited.get(seen..).unwrap_or_default());
        }
        // Sequence numbers count modulo 2^32.
        #[expect(clippy::cast_possible_truncation, reason = "an input is smaller than 4 GiB")]
        let appended = (self.bytes.len() - before) as u32;
        self.next = self.next.map(|next| next.wrapping_add(appended));
    }

    /// The number of missing bytes before the first waiting segment.
    pub(super) fn gap(&self) -> Option<usize> {
        self.waiting.keys().next().map(|place| place - self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_put_in_order() {
        use SegmentOrder::{AfterGap, InOrder, Overlap, Retransmission};
        for (segments, expected, bytes, gap, why) in [
            (&[(0, "ab"), (2, "cd")][..], &[InOrder, InOrder][..], "abcd", None, "in order"),
            (
                &[(0, "ab"), (0, "ab"), (2, "cd")],
                &[InOrder, Retransmission, InOrder],
                "abcd",
                None,
                "sent again",
            ),
            (&[(0, "ab"), (4, "ef"), (2, "cd")], &[InOrder, AfterGap, InOrder], "abcdef", None, "swapped"),
            (&[(0, "abc"), (2, "XD")], &[InOrder, Overlap], "abcD", None, "the first bytes count"),
            (
                &[(0, "ab"), (3, "de"), (2, "cXe")],
                &[InOrder, AfterGap, InOrder],
                "abcXe",
                None,
                "behind a gap",
            ),
            (
                &[(0, "ab"), (4, "ef"), (4, "efg")],
                &[InOrder, AfterGap, AfterGap],
                "ab",
                Some(2),
                "a gap stays",
            ),
            (&[(0, "abcd"), (1, "b")], &[InOrder, Retransmission], "abcd", None, "a part sent again"),
        ] {
            for start in [1_000, u32::MAX, u32::MAX - 2] {
                let mut stream = ReassembledStream::default();
                stream.begin(start.wrapping_sub(1));
                let add = |&(at, text): &(u32, &str)| stream.add(start.wrapping_add(at), text.as_bytes());
                let orders: Vec<_> = segments.iter().map(add).collect();
                assert_eq!(orders, expected, "{why}, from {start}");
                assert_eq!(
                    (stream.bytes.as_slice(), stream.gap()),
                    (bytes.as_bytes(), gap),
                    "{why}, from {start}"
                );
            }
        }
    }

    #[test]
    fn a_stream_may_begin_in_the_middle_and_waits_within_limits() {
        let mut stream = ReassembledStream::default();
        assert_eq!(stream.add(7, b"ab"), SegmentOrder::InOrder);
        for at in 0..10_000_u32 {
            stream.add(100 + 2 * at, b"x");
        }
        assert!(stream.waiting.len() <= WAITING.0, "{}", stream.waiting.len());
    }
}
