//! Codes content: a file at once, for callers that may block, or a listing piece by piece.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use libdeflater::{CompressionLvl, Compressor};

use crate::wire::coding::CodingName;

/// A file is coded once for many responses: levels that need about 7 ms for a MiB.
const GZIP_FILE: i32 = 6;
const ZSTD_FILE: i32 = 3;
/// A listing is coded for one response.
const GZIP_LISTING: Compression = Compression::fast();
const ZSTD_LISTING: i32 = 1;

/// The coded form of a file; `None` if it is not smaller, or if nothing here encodes this coding.
pub(super) fn file(coding: CodingName, content: &[u8]) -> Option<Vec<u8>> {
    let coded = match coding {
        CodingName::Gzip => gzip(content)?,
        CodingName::Zstd => zstd::bulk::compress(content, ZSTD_FILE).ok()?,
        CodingName::Brotli => return None,
    };
    (coded.len() < content.len()).then_some(coded)
}

fn gzip(content: &[u8]) -> Option<Vec<u8>> {
    let mut compressor = Compressor::new(CompressionLvl::new(GZIP_FILE).ok()?);
    let mut coded = vec![0; compressor.gzip_compress_bound(content.len())];
    let length = compressor.gzip_compress(content, &mut coded).ok()?;
    coded.truncate(length);
    coded.shrink_to_fit();
    Some(coded)
}

/// Codes the pieces of a listing. The encoder holds output back, so a coded piece may be empty.
pub(in crate::server) enum PieceEncoder {
    Gzip(GzEncoder<Vec<u8>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

impl PieceEncoder {
    /// `None` if nothing here encodes this coding.
    pub(in crate::server) fn new(coding: CodingName) -> Option<Self> {
        match coding {
            CodingName::Gzip => Some(Self::Gzip(GzEncoder::new(Vec::new(), GZIP_LISTING))),
            CodingName::Zstd => {
                zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LISTING).ok().map(Self::Zstd)
            }
            CodingName::Brotli => None,
        }
    }

    /// The coded bytes that are complete after another piece.
    pub(in crate::server) fn push(&mut self, piece: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip(encoder) => encoder.write_all(piece).map(|()| std::mem::take(encoder.get_mut())),
            Self::Zstd(encoder) => encoder.write_all(piece).map(|()| std::mem::take(encoder.get_mut())),
        }
    }

    /// The rest.
    pub(in crate::server) fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}
