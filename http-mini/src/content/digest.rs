//! Compares the digests of a message with the stored content, and hashes files.
//! [`wire::digest`](crate::wire::digest) reads and writes the fields.

use std::io;

use common::files::{Checksum, FileContent, Upload};
use sha2::{Digest as _, Sha256};

use crate::wire::digest::Digest;

/// Bytes hashed at a time (64 KiB).
const PIECE: usize = 64 << 10;

/// Makes an upload fail unless its content has these digests.
pub(crate) fn expect(upload: &mut Upload, digests: &[Digest]) {
    for digest in digests {
        upload.expect(match digest {
            Digest::Sha256(bytes) => Checksum::Sha256(*bytes),
            Digest::Sha512(bytes) => Checksum::Sha512(*bytes),
        });
    }
}

/// The digest of a file, up to its size when it was opened.
pub(crate) async fn sha256(content: &FileContent) -> io::Result<Digest> {
    let (mut hash, mut pieces) = (Sha256::new(), content.pieces(0..content.meta().size, PIECE));
    while let Some(piece) = pieces.next().await? {
        hash.update(piece);
    }
    Ok(Digest::Sha256(hash.finalize().into()))
}
