//! TYPE A on a data connection: LF in files, CRLF on the wire.
//!
//! RETR converts every LF to CRLF, except after a CR: text that is stored with CRLF is sent unchanged, as by
//! vsftpd, ProFTPD and pyftpdlib. STOR converts CRLF to LF and keeps every other CR. [RFC
//! 959](https://www.rfc-editor.org/rfc/rfc959) section 3.1.1.1.

use memchr::memchr_iter;
use wide::u8x16;

/// Bytes that are processed together.
const BLOCK: usize = 32;
/// By how much the output grows at a time (4 KiB). What is written next was initialised just before, so it is in the
/// processor's first cache.
const GROWTH: usize = 4 << 10;

/// Converts LF to CRLF, in chunks of any size.
#[derive(Clone, Copy, Debug, Default)]
pub struct Encoder {
    /// The last byte was a CR, so an LF needs no other.
    after_cr: bool,
}

impl Encoder {
    /// Appends `content` with its line ends as CRLF; at most twice as many bytes.
    ///
    /// `b"a\nb\r\n"` becomes `b"a\r\nb\r\n"`.
    pub fn encode(&mut self, content: &[u8], out: &mut Vec<u8>) {
        let mut end = out.len();
        let mut rest = content;
        while let Some(window) = rest.first_chunk() {
            let Some(room) = out.get_mut(end..).and_then(<[u8]>::first_chunk_mut) else {
                out.resize(end + GROWTH, 0);
                continue;
            };
            end += self.encode_block(window, room);
            rest = rest.get(BLOCK..).unwrap_or_default();
        }
        out.truncate(end);
        for &byte in rest {
            if self.width(byte) == 2 {
                out.push(b'\r');
            }
            out.push(byte);
        }
    }

    /// Encodes the first [`BLOCK`] bytes of the window, and returns the number of bytes written. Later bytes
    /// of the output have no meaning and may be overwritten.
    ///
    /// Lines are short and of varying length, so searching for each end and copying each line costs two
    /// mispredicted branches per line. Here all copies are alike: the block is copied once, and again from
    /// each LF, one byte further. This was measured to take half the time.
    fn encode_block(&mut self, window: &[u8; 2 * BLOCK], room: &mut [u8; 3 * BLOCK]) -> usize {
        copy_block(window, 0, room, 0);
        let (block, _) = window.as_chunks::<BLOCK>();
        let mut line_feeds = block.first().map_or(0, |block| self.bare_line_feeds(block));
        let mut inserted = 0;
        while line_feeds != 0 {
            let at = line_feeds.trailing_zeros() as usize;
            line_feeds &= line_feeds - 1;
            if let Some(byte) = room.get_mut(at + inserted) {
                *byte = b'\r';
            }
            inserted += 1;
            copy_block(window, at, room, at + inserted);
        }
        BLOCK + inserted
    }

    /// A bit mask of the LFs that do not follow a CR; the lowest bit is the first byte.
    fn bare_line_feeds(&mut self, block: &[u8; BLOCK]) -> u32 {
        let crs = bits_of(b'\r', block);
        let behind_crs = crs << 1 | u32::from(self.after_cr);
        self.after_cr = crs >> (BLOCK - 1) == 1;
        bits_of(b'\n', block) & !behind_crs
    }

    /// The encoded length of `content`, for SIZE in TYPE A (RFC 3659 section 4). The lengths of chunks add
    /// up.
    pub fn encoded_len(&mut self, content: &[u8]) -> u64 {
        let (blocks, rest) = content.as_chunks::<BLOCK>();
        let inserted: u32 = blocks.iter().map(|block| self.bare_line_feeds(block).count_ones()).sum();
        let rest: u64 = rest.iter().map(|byte| self.width(*byte)).sum();
        (blocks.len() * BLOCK) as u64 + u64::from(inserted) + rest
    }

    /// The encoded length of the next byte.
    pub fn width(&mut self, byte: u8) -> u64 {
        let is_bare = byte == b'\n' && !self.after_cr;
        self.after_cr = byte == b'\r';
        if is_bare { 2 } else { 1 }
    }
}

fn copy_block(window: &[u8; 2 * BLOCK], from: usize, room: &mut [u8; 3 * BLOCK], to: usize) {
    if let (Some(from), Some(to)) = (window.get(from..from + BLOCK), room.get_mut(to..to + BLOCK)) {
        to.copy_from_slice(from);
    }
}

/// A bit mask of these bytes in the block; the lowest bit is the first byte.
fn bits_of(byte: u8, block: &[u8; BLOCK]) -> u32 {
    let (halves, _) = block.as_chunks::<{ BLOCK / 2 }>();
    halves.iter().rev().fold(0, |bits, half| {
        let found = u8x16::new(*half).simd_eq(u8x16::splat(byte));
        bits << 16 | found.to_bitmask()
    })
}

/// Converts CRLF back to LF, in chunks of any size.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    /// The last chunk ended with a CR that an LF may follow.
    pending: bool,
}

impl Decoder {
    /// Appends the decoded chunk. A CR at its end is held back until the next chunk.
    ///
    /// `b"a\r\nb\rc"` becomes `b"a\nb\rc"`.
    pub fn decode(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let Some(&first) = chunk.first() else { return };
        out.reserve(chunk.len() + 1);
        if self.pending && first != b'\n' {
            out.push(b'\r');
        }
        self.pending = chunk.last() == Some(&b'\r');
        let chunk = chunk.strip_suffix(b"\r").unwrap_or(chunk);
        let mut start = 0;
        for cr in memchr_iter(b'\r', chunk) {
            if chunk.get(cr + 1) == Some(&b'\n') {
                out.extend_from_slice(chunk.get(start..cr).unwrap_or_default());
                start = cr + 1;
            }
        }
        out.extend_from_slice(chunk.get(start..).unwrap_or_default());
    }

    /// Ends the transfer: a CR that was held back is data.
    pub fn finish(self, out: &mut Vec<u8>) {
        if self.pending {
            out.push(b'\r');
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(chunks: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        let (mut encoder, mut counter) = (Encoder::default(), Encoder::default());
        let mut length = 0;
        for chunk in chunks {
            encoder.encode(chunk, &mut out);
            length += counter.encoded_len(chunk);
        }
        assert_eq!(length, out.len() as u64);
        out
    }

    fn decoded(chunks: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut decoder = Decoder::default();
        chunks.iter().for_each(|chunk| decoder.decode(chunk, &mut out));
        decoder.finish(&mut out);
        out
    }

    #[test]
    fn retr_ends_every_line_with_crlf() {
        for (chunks, expected, why) in [
            (&[&b"a\nb\n"[..]][..], &b"a\r\nb\r\n"[..], "RFC 959 section 3.1.1.1"),
            (&[b"a\r\nb"], b"a\r\nb", "text stored with CRLF is sent unchanged"),
            (&[b"a\r", b"\nb"], b"a\r\nb", "also if the chunks divide it"),
            (&[b"a\r", b"", b"\nb"], b"a\r\nb", "with an empty one between them"),
            (&[b"a\r\r\n\n"], b"a\r\r\n\r\n", "only the byte before counts"),
            (&[b"\n\n\n"], b"\r\n\r\n\r\n", "nothing but LF"),
            (&[b"\n"], b"\r\n", "one"),
            (&[b"a\rb\r"], b"a\rb\r", "a lone CR stays"),
            (&[], b"", "nothing"),
        ] {
            assert_eq!(encoded(chunks), expected, "{why}");
        }
    }

    #[test]
    fn stor_reads_only_crlf_as_lf() {
        for (chunks, expected, why) in [
            (&[&b"a\r\nb\r\n"[..]][..], &b"a\nb\n"[..], "RFC 959 section 3.1.1.1"),
            (&[b"a\nb"], b"a\nb", "a bare LF stays"),
            (&[b"a\rb"], b"a\rb", "a lone CR stays"),
            (&[b"a\r\r\nb"], b"a\r\nb", "only the CR before the LF is taken"),
            (&[b"a\r"], b"a\r", "a CR at the end of all stays"),
            (&[b"a\r", b"\nb"], b"a\nb", "CRLF between chunks"),
            (&[b"a\r", b"b"], b"a\rb", "a lone CR between chunks"),
            (&[b"a\r", b"", b"\n"], b"a\n", "an empty chunk between them"),
            (&[b"\r", b"\r", b"\n"], b"\r\n", "two CRs in two chunks"),
            (&[], b"", "nothing"),
        ] {
            assert_eq!(decoded(chunks), expected, "{why}");
        }
    }

    /// Bytes of which most are line ends.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'a'), any::<u8>()], 0..200)
    }

    fn naively_encoded(content: &[u8]) -> Vec<u8> {
        let mut wire = Vec::new();
        for byte in content {
            if *byte == b'\n' && wire.last() != Some(&b'\r') {
                wire.push(b'\r');
            }
            wire.push(*byte);
        }
        wire
    }

    fn naively_decoded(wire: &[u8]) -> Vec<u8> {
        let follows = |at: usize| wire.get(at + 1) == Some(&b'\n');
        wire.iter()
            .enumerate()
            .filter(|(at, byte)| **byte != b'\r' || !follows(*at))
            .map(|(_, byte)| *byte)
            .collect()
    }

    proptest! {
        #[test]
        fn chunks_change_nothing(content in text(), size in 1usize..200) {
            let chunks: Vec<&[u8]> = content.chunks(size).collect();
            prop_assert_eq!(encoded(&chunks), naively_encoded(&content));
            prop_assert_eq!(decoded(&chunks), naively_decoded(&content));
        }

        #[test]
        fn text_with_lf_is_stored_as_it_was_retrieved(content in text(), size in 1usize..40) {
            let wire = encoded(&[&content]);
            prop_assert_eq!(decoded(&wire.chunks(size).collect::<Vec<_>>()), naively_decoded(&content));
        }
    }
}
