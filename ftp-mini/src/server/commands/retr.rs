//! RETR and REST ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.3,
//! [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 5).
//!
//! In TYPE A an offset counts bytes as they go over the data connection, as SIZE does
//! (RFC 3659 section 5.1: the offset into the data stream).

use std::io;
use std::ops::Range;

use common::files::Content;
use common::net::conn::Conn;
use common::users::Action;

use crate::server::control::Control;
use crate::server::limits::CONVERTED;
use crate::server::refusal::{Outcome, Refusal};
use crate::server::state::State;
use crate::server::transfer;
use crate::wire::ascii;
use crate::wire::command::Type;
use crate::wire::pathname::Pathname;
use crate::wire::reply::Reply;

/// Bytes of a file that are converted at a time (64 KiB).
const PIECE: usize = 64 << 10;

/// REST.
pub(super) fn rest(state: &mut State, offset: u64) -> Reply {
    state.pending.restart = offset;
    Reply::new(350, format!("The next transfer starts at {offset}."))
}

/// RETR.
pub(super) async fn retr(state: &mut State, path: &Pathname, offset: u64, control: &mut Control) -> Outcome {
    let target = state.path(path).await?;
    target.check(Action::Get)?;
    let content = state.tree().open(target.place()).await?;
    match state.kind {
        Type::Image => {
            let size = content.meta().size;
            let span = (offset <= size).then_some(offset..size).ok_or(Refusal::RestartBeyond(offset))?;
            let send =
                async |data: &mut Conn| data.send(content.file(), span).await.map_err(Refusal::of_transfer);
            transfer::send(state, control, send).await
        }
        Type::Ascii => {
            let start = Place::of(offset, &content).await?;
            let send =
                async |data: &mut Conn| send_ascii(data, &content, start).await.map_err(Refusal::of_transfer);
            transfer::send(state, control, send).await
        }
    }
}

/// Sends a file from `start` on with every line ended by CRLF.
async fn send_ascii(data: &mut Conn, content: &Content, start: Place) -> io::Result<()> {
    if start.inside_line_end {
        data.out().push(b'\n');
    }
    let mut pieces = Pieces::of(content, start.at..content.meta().size);
    while let Some(piece) = pieces.next().await? {
        ascii::encode(piece, data.out());
        data.flush().await?;
    }
    Ok(())
}

/// The size of a file in TYPE A.
pub(super) async fn converted_size(content: &Content) -> Result<u64, Refusal> {
    if content.meta().size > CONVERTED {
        return Err(Refusal::Unsuitable("Too large to be counted in TYPE A; use TYPE I."));
    }
    let mut pieces = Pieces::of(content, 0..content.meta().size);
    let mut size = 0;
    while let Some(piece) = pieces.next().await.map_err(Refusal::of_transfer)? {
        size += ascii::encoded_len(piece);
    }
    Ok(size)
}

/// A place in the TYPE A form of a file.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The next byte of the file.
    at: u64,
    /// The LF before it has sent its CR only.
    inside_line_end: bool,
}

impl Place {
    /// The place that is `offset` bytes from the start on the wire.
    async fn of(offset: u64, content: &Content) -> Result<Self, Refusal> {
        if offset > CONVERTED {
            return Err(Refusal::Unsuitable("Too far to be counted in TYPE A; use TYPE I."));
        }
        let mut place = Self { at: 0, inside_line_end: false };
        let mut missing = offset;
        let mut pieces = Pieces::of(content, 0..content.meta().size.min(offset));
        while missing > 0 {
            let piece = pieces.next().await.map_err(Refusal::of_transfer)?;
            let piece = piece.ok_or(Refusal::RestartBeyond(offset))?;
            let whole = ascii::encoded_len(piece);
            if whole <= missing {
                missing -= whole;
                place.at += piece.len() as u64;
                continue;
            }
            for byte in piece {
                if missing == 0 {
                    break;
                }
                place.at += 1;
                let width = if *byte == b'\n' { 2 } else { 1 };
                place.inside_line_end = width > missing;
                missing = missing.saturating_sub(width);
            }
        }
        Ok(place)
    }
}

/// A span of a file, a piece at a time.
struct Pieces<'a> {
    content: &'a Content,
    left: Range<u64>,
    buffer: Vec<u8>,
}

impl<'a> Pieces<'a> {
    fn of(content: &'a Content, span: Range<u64>) -> Self {
        let size = usize::try_from(span.end.saturating_sub(span.start)).unwrap_or(PIECE);
        Self { content, left: span, buffer: vec![0; PIECE.min(size)] }
    }

    /// The next piece; `None` at the end.
    async fn next(&mut self) -> io::Result<Option<&[u8]>> {
        if self.left.is_empty() {
            return Ok(None);
        }
        // A file in memory and a fast client must not keep the thread for themselves.
        tokio::task::coop::consume_budget().await;
        let room = usize::try_from(self.left.end - self.left.start).unwrap_or(PIECE).min(PIECE);
        let room = self.buffer.get_mut(..room).unwrap_or_default();
        let read = self.content.read_at(room, self.left.start).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left.start += read as u64;
        Ok(self.buffer.get(..read))
    }
}
