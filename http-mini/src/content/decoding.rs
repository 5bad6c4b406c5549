//! Decodes content codings ([RFC 9110 section 8.4](https://www.rfc-editor.org/rfc/rfc9110#section-8.4)).
//!
//! A small content can decode to an endless one, so the output of each step and of all has a limit.

use std::io::Write;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::write::MultiGzDecoder;
use zstd::stream::raw::{DParameter, Decoder as Zstd, Operation};

use crate::wire::coding::CodingName;

/// The most bytes that one step appends; gzip may exceed it by 32 KiB.
const STEP: usize = 64 << 10;

/// The largest window of zstd: 8 MiB (RFC 9659 section 3). That of brotli is 16 MiB by its format.
const ZSTD_WINDOW_LOG: u32 = 23;

/// Why content cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Undecodable {
    /// The content is not in the coding, or is followed by other bytes.
    #[error("the content is not in its declared content coding")]
    Malformed,
    #[error("the encoded content is cut off")]
    Cut,
    #[error("the decoded content is too large")]
    TooLarge,
}

pub(crate) struct CodingDecoder {
    coding: Coding,
    /// Bytes that may still be decoded.
    left: u64,
    is_empty: bool,
}

enum Coding {
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    Brotli { state: Box<Brotli>, is_done: bool },
    Zstd { context: Zstd<'static>, is_between_frames: bool },
}

type Brotli = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

impl std::fmt::Debug for CodingDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("left", &self.left).finish_non_exhaustive()
    }
}

impl CodingDecoder {
    /// Decodes to at most `limit` bytes. Without memory for a decoder it fails with [`Undecodable::TooLarge`].
    pub(crate) fn new(coding: CodingName, limit: u64) -> Result<Self, Undecodable> {
        let coding = match coding {
            CodingName::Gzip => Coding::Gzip(MultiGzDecoder::new(Vec::new()).into()),
            CodingName::Brotli => Coding::Brotli { state: brotli(), is_done: false },
            CodingName::Zstd => Coding::Zstd { context: zstd_context()?, is_between_frames: true },
        };
        Ok(Self { coding, left: limit, is_empty: true })
    }

    /// Decodes the start of `input`, appends about [`STEP`] bytes at most to `out`, and returns how many
    /// bytes of the input were consumed. If all were consumed and nothing was appended, more input is needed.
    pub(crate) fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Undecodable> {
        self.is_empty &= input.is_empty();
        let before = out.len();
        let used = match &mut self.coding {
            Coding::Gzip(decoder) => gunzip(decoder, input, out)?,
            Coding::Brotli { state, is_done } => unbrotli(state, is_done, input, out)?,
            Coding::Zstd { context, is_between_frames } => {
                let start = grown(out);
                let room = out.get_mut(start..).unwrap_or_default();
                let status = context.run_on_buffers(input, room).map_err(|_| Undecodable::Malformed)?;
                out.truncate(start + status.bytes_written);
                // A step without input and output reports that a new frame could begin.
                if status.bytes_read + status.bytes_written > 0 {
                    *is_between_frames = status.remaining == 0;
                }
                status.bytes_read
            }
        };
        let produced = (out.len() - before) as u64;
        self.left = self.left.checked_sub(produced).ok_or(Undecodable::TooLarge)?;
        Ok(used)
    }

    /// Checks that the content is complete and its checksum right. Empty content is valid: some servers name a
    /// coding and send nothing.
    pub(crate) fn finish(self) -> Result<(), Undecodable> {
        let is_whole = match self.coding {
            _ if self.is_empty => true,
            Coding::Gzip(mut decoder) => return decoder.try_finish().map_err(|error| gzip_error(&error)),
            Coding::Brotli { is_done, .. } => is_done,
            Coding::Zstd { is_between_frames, .. } => is_between_frames,
        };
        if is_whole { Ok(()) } else { Err(Undecodable::Cut) }
    }
}

/// Makes room for one step. Returns where it starts.
fn grown(out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.resize(start + STEP, 0);
    start
}

fn gunzip(
    decoder: &mut MultiGzDecoder<Vec<u8>>,
    input: &[u8],
    out: &mut Vec<u8>,
) -> Result<usize, Undecodable> {
    let (mut used, end) = (0, out.len() + STEP);
    std::mem::swap(decoder.get_mut(), out);
    // One call appends at most 32 KiB, the size of the decoder's buffer.
    let result = loop {
        let rest = input.get(used..).unwrap_or_default();
        if decoder.get_ref().len() >= end {
            break Ok(used);
        }
        if rest.is_empty() {
            break decoder.flush().map(|()| used);
        }
        match decoder.write(rest) {
            Ok(taken) => used += taken,
            Err(error) => break Err(error),
        }
    };
    std::mem::swap(decoder.get_mut(), out);
    result.map_err(|error| gzip_error(&error))
}

fn gzip_error(error: &std::io::Error) -> Undecodable {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => Undecodable::Cut,
        _ => Undecodable::Malformed,
    }
}

fn brotli() -> Box<Brotli> {
    // Strict: the windows of RFC 7932, not the large ones that an option of the format allows.
    Box::new(BrotliState::new_strict(
        StandardAlloc::default(),
        StandardAlloc::default(),
        StandardAlloc::default(),
    ))
}

fn unbrotli(
    state: &mut Brotli,
    is_done: &mut bool,
    input: &[u8],
    out: &mut Vec<u8>,
) -> Result<usize, Undecodable> {
    if *is_done {
        return if input.is_empty() { Ok(0) } else { Err(Undecodable::Malformed) };
    }
    let start = grown(out);
    let (mut available, mut used) = (input.len(), 0);
    let (mut room, mut written, mut total) = (STEP, 0, 0);
    let output = out.get_mut(start..).unwrap_or_default();
    let result = BrotliDecompressStream(
        &mut available,
        &mut used,
        input,
        &mut room,
        &mut written,
        output,
        &mut total,
        state,
    );
    out.truncate(start + written);
    match result {
        BrotliResult::ResultFailure => Err(Undecodable::Malformed),
        BrotliResult::ResultSuccess => {
            *is_done = true;
            Ok(used)
        }
        BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => Ok(used),
    }
}

fn zstd_context() -> Result<Zstd<'static>, Undecodable> {
    // Both fail only without memory.
    let mut context = Zstd::new().map_err(|_| Undecodable::TooLarge)?;
    context.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG)).map_err(|_| Undecodable::TooLarge)?;
    Ok(context)
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// The decoded bytes of reads of this size.
    fn decode(coding: CodingName, input: &[u8], read: usize, limit: u64) -> Result<Vec<u8>, Undecodable> {
        let mut decoder = CodingDecoder::new(coding, limit)?;
        let mut content = Vec::new();
        for mut part in input.chunks(read) {
            loop {
                let before = content.len();
                let used = decoder.decode(part, &mut content)?;
                assert!(content.len() - before <= 2 * STEP, "{coding:?}: a step of bounded size");
                part = &part[used..];
                if part.is_empty() && content.len() == before {
                    break;
                }
            }
        }
        decoder.finish()?;
        Ok(content)
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(content: &[u8]) -> Vec<u8> {
        zstd::stream::encode_all(content, 3).unwrap()
    }

    /// `hello` as two meta-blocks of RFC 7932, the second of them empty and the last.
    const BROTLI: &[u8] = b"\x0b\x02\x80hello\x03";

    fn text() -> Vec<u8> {
        (0..40_000_u32).flat_map(|number| (number.wrapping_mul(2_654_435_761) >> 20).to_le_bytes()).collect()
    }

    #[test]
    fn any_way_of_cutting_gives_the_same_content() {
        let text = text();
        for (coding, encoded, expected) in [
            (CodingName::Gzip, gzip(&text), &text[..]),
            (CodingName::Gzip, [gzip(b"hello "), gzip(b"world")].concat(), b"hello world"),
            (CodingName::Zstd, zstd(&text), &text[..]),
            (CodingName::Zstd, [zstd(b"hello "), zstd(b"world")].concat(), b"hello world"),
            (CodingName::Brotli, BROTLI.to_vec(), b"hello"),
            (CodingName::Gzip, Vec::new(), b""),
            (CodingName::Brotli, Vec::new(), b""),
            (CodingName::Zstd, Vec::new(), b""),
        ] {
            for read in [1, 2, 3, 7, 1_000, usize::MAX] {
                let found = decode(coding, &encoded, read, u64::MAX);
                assert!(found.as_deref() == Ok(expected), "{coding:?} in reads of {read}: {:?}", found.err());
            }
        }
    }

    #[test]
    fn content_that_is_cut_off_is_never_whole() {
        for (coding, encoded) in [
            (CodingName::Gzip, gzip(b"hello")),
            (CodingName::Zstd, zstd(b"hello")),
            (CodingName::Brotli, BROTLI.to_vec()),
        ] {
            for cut in 1..encoded.len() {
                let found = decode(coding, &encoded[..cut], usize::MAX, u64::MAX);
                // The checksum of gzip, cut off, is a wrong one.
                let is_checksum = coding == CodingName::Gzip && cut >= encoded.len() - 8;
                let expected = if is_checksum { Undecodable::Malformed } else { Undecodable::Cut };
                assert_eq!(found, Err(expected), "{coding:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn content_that_is_not_in_its_coding_is_refused() {
        let mut wrong = gzip(b"hello");
        let crc = wrong.len() - 8;
        wrong[crc] ^= 1;
        for (coding, input, why) in [
            (CodingName::Gzip, b"hello world, this is no gzip".to_vec(), "another format"),
            (CodingName::Gzip, wrong, "RFC 1952 section 2.3.1: the checksum"),
            (CodingName::Gzip, [gzip(b"hello"), b"something else".to_vec()].concat(), "something behind"),
            (CodingName::Zstd, b"hello world, this is no zstd".to_vec(), "another format"),
            (CodingName::Zstd, [zstd(b"hello"), b"something else".to_vec()].concat(), "something behind"),
            (CodingName::Brotli, [BROTLI, b"something else"].concat(), "something behind"),
            (CodingName::Brotli, b"\x91\x00hello".to_vec(), "RFC 7932 section 9.1: a large window"),
        ] {
            assert_eq!(
                decode(coding, &input, usize::MAX, u64::MAX),
                Err(Undecodable::Malformed),
                "{coding:?}: {why}"
            );
        }
    }

    #[test]
    fn a_small_content_does_not_become_an_endless_one() {
        let zeros = vec![0; 8 << 20];
        for (coding, encoded) in [(CodingName::Gzip, gzip(&zeros)), (CodingName::Zstd, zstd(&zeros))] {
            assert_eq!(
                decode(coding, &encoded, usize::MAX, 1 << 20),
                Err(Undecodable::TooLarge),
                "{coding:?}"
            );
            assert_eq!(
                decode(coding, &encoded, usize::MAX, 8 << 20).unwrap().len(),
                8 << 20,
                "{coding:?}: it fits"
            );
        }
    }
}
