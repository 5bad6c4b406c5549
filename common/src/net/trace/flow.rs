//! One direction of a connection: bytes that are held until it is known which of them are secret.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::SystemTime;

use super::Sender;
use super::mask::{self, Mask};

/// The most bytes that are held (128 KiB), more than the longest head, line or chunk that the parsers accept.
/// If more arrive, everything after them is masked.
pub(super) const HELD: usize = 128 << 10;

#[derive(Debug, Default)]
pub(super) struct Flow {
    held: Vec<u8>,
    /// Times and lengths of the reads or writes of the held bytes.
    pieces: VecDeque<(SystemTime, usize)>,
    /// Bytes before the held ones.
    offset: u64,
    is_opaque: bool,
}

/// Bytes of one read or write, masked.
#[derive(Debug)]
pub(super) struct TracePiece {
    pub(super) time: SystemTime,
    /// Bytes of this direction before these.
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
    /// The masked spans of these bytes.
    pub(super) masked: Vec<Range<usize>>,
}

impl Flow {
    pub(super) fn push(&mut self, time: SystemTime, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
        self.pieces.push_back((time, bytes.len()));
    }

    /// The bytes that can be shown: those of complete units, and at the end all of them.
    pub(super) fn take(
        &mut self,
        mask: Option<&mut dyn Mask>,
        sender: Sender,
        is_end: bool,
    ) -> Vec<TracePiece> {
        if self.held.is_empty() {
            return Vec::new();
        }
        let mut secrets = Vec::new();
        let known = match mask {
            None => self.held.len(),
            Some(_) if self.is_opaque => 0,
            Some(mask) => mask.read(sender, &self.held, is_end, &mut secrets).min(self.held.len()),
        };
        self.is_opaque |= self.held.len() - known > HELD;
        let shown = if is_end || self.is_opaque { self.held.len() } else { known };
        secrets.extend(mask::without_line_ends(self.held.get(known..shown).unwrap_or_default(), known));
        for span in &secrets {
            self.held.get_mut(span.clone()).unwrap_or_default().fill(b'*');
        }
        self.cut(shown, &secrets)
    }

    /// TLS starts: a new conversation follows.
    pub(super) fn restart(&mut self) {
        self.is_opaque = false;
    }

    /// Takes bytes from the start, split into their reads or writes.
    fn cut(&mut self, length: usize, secrets: &[Range<usize>]) -> Vec<TracePiece> {
        let (mut at, mut pieces) = (0, Vec::new());
        while at < length
            && let Some((time, whole)) = self.pieces.pop_front()
        {
            let end = length.min(at + whole);
            if end < at + whole {
                self.pieces.push_front((time, at + whole - end));
            }
            let within = |span: &Range<usize>| span.start.clamp(at, end) - at..span.end.clamp(at, end) - at;
            let masked = secrets.iter().map(within).filter(|span| !span.is_empty()).collect();
            let bytes = self.held.get(at..end).unwrap_or_default().to_vec();
            pieces.push(TracePiece { time, offset: self.offset, bytes, masked });
            self.offset += (end - at) as u64;
            at = end;
        }
        self.held.drain(..length);
        pieces
    }
}

/// The trace of the bytes that `sender` sends in these pieces before it ends: for tests of masks.
pub fn shown(mask: &mut dyn Mask, sender: Sender, pieces: &[&[u8]]) -> Vec<u8> {
    let (mut flow, mut shown) = (Flow::default(), Vec::new());
    for piece in pieces {
        flow.push(SystemTime::UNIX_EPOCH, piece);
        shown.extend(flow.take(Some(&mut *mask), sender, false));
    }
    shown.extend(flow.take(Some(mask), sender, true));
    shown.into_iter().flat_map(|piece| piece.bytes).collect()
}
