//! Files in TYPE A ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 3.1.1.1), as RETR sends them and
//! SIZE counts them: every line ends with CRLF, also if it is stored so. An offset counts bytes of the data connection
//! ([RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 5.1). Uploads are in `commands::stor`.

use common::files::FileContent;
use common::net::conn::Conn;

use super::limits::CONVERTED;
use super::refusal::Refusal;
use crate::wire::ascii::Encoder;

/// Bytes of a file that are read at a time (256 KiB): where a read may block, each is a call on another thread.
const PIECE: usize = 256 << 10;
/// Bytes of it that are converted and sent at a time (128 KiB). Usual text with its line ends fits into 256 KiB, the
/// largest buffer that a thread keeps for its next use.
const CONVERTED_TOGETHER: usize = 128 << 10;

/// Sends a file from `start` on, with CRLF line ends.
pub(super) async fn send(data: &mut Conn, content: &FileContent, mut start: Position) -> Result<(), Refusal> {
    if start.inside_line_end {
        data.out().push(b'\n');
    }
    let mut pieces = content.pieces(start.at..content.meta().size, PIECE);
    while let Some(piece) = pieces.next().await.map_err(Refusal::of_transfer)? {
        for part in piece.chunks(CONVERTED_TOGETHER) {
            start.encoder.encode(part, data.out());
            data.flush().await.map_err(Refusal::of_transfer)?;
        }
    }
    Ok(())
}

/// The size of a file in TYPE A, for SIZE.
pub(super) async fn size(content: &FileContent) -> Result<u64, Refusal> {
    if content.meta().size > CONVERTED {
        return Err(Refusal::Unsuitable("Too large to be counted in TYPE A; use TYPE I."));
    }
    let mut pieces = content.pieces(0..content.meta().size, PIECE);
    let (mut size, mut encoder) = (0, Encoder::default());
    while let Some(piece) = pieces.next().await.map_err(Refusal::of_transfer)? {
        size += encoder.encoded_len(piece);
    }
    Ok(size)
}

/// A position in the TYPE A form of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    /// The next byte of the file.
    at: u64,
    /// The CR of the LF before it has been sent, but not the LF.
    inside_line_end: bool,
    encoder: Encoder,
}

impl Position {
    /// The position after `offset` bytes on the wire.
    pub(super) async fn of(offset: u64, content: &FileContent) -> Result<Self, Refusal> {
        if offset > CONVERTED {
            return Err(Refusal::Unsuitable("Too far to be counted in TYPE A; use TYPE I."));
        }
        let mut position = Self { at: 0, inside_line_end: false, encoder: Encoder::default() };
        let mut missing = offset;
        let mut pieces = content.pieces(0..content.meta().size.min(offset), PIECE);
        while missing > 0 {
            let piece =
                pieces.next().await.map_err(Refusal::of_transfer)?.ok_or(Refusal::RestartBeyond(offset))?;
            let mut encoder = position.encoder;
            let whole = encoder.encoded_len(piece);
            if whole <= missing {
                missing -= whole;
                position.at += piece.len() as u64;
                position.encoder = encoder;
                continue;
            }
            for byte in piece {
                if missing == 0 {
                    break;
                }
                position.at += 1;
                let width = position.encoder.width(*byte);
                position.inside_line_end = width > missing;
                missing = missing.saturating_sub(width);
            }
        }
        Ok(position)
    }
}
