//! Reads the content of a message up to the end that its framing sets
//! ([RFC 9112 section 6](https://www.rfc-editor.org/rfc/rfc9112#section-6)). Content codings are left as they
//! are.

use std::io;

use common::net::conn::{Broken, Conn};

use crate::wire::chunked::{Decoder, Piece};
use crate::wire::framing::Framing;
use crate::wire::rule::Violation;

/// The content of a message that has not been read yet.
#[derive(Debug)]
pub(crate) enum Unread {
    /// All of it was read, or there is none.
    None,
    /// So many bytes, never 0.
    Length(u64),
    Chunked(Box<Decoder>),
    /// All bytes until the peer closes the connection.
    UntilClose,
}

impl From<Framing> for Unread {
    fn from(framing: Framing) -> Self {
        match framing {
            Framing::None | Framing::Length(0) => Self::None,
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunked(Box::default()),
            Framing::UntilClose => Self::UntilClose,
        }
    }
}

impl Unread {
    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Its length, where that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Self::None => Some(0),
            Self::Length(left) => Some(*left),
            Self::Chunked(_) | Self::UntilClose => None,
        }
    }

    /// Appends the next bytes, about `most` of them at most. `false`: the content has ended, and nothing was
    /// appended.
    ///
    /// # Errors
    /// Those of [`Conn::receive`], `UnexpectedEof` for content that is cut off; a violation of the chunked
    /// coding.
    pub(crate) async fn next(
        &mut self,
        conn: &mut Conn,
        into: &mut Vec<u8>,
        most: usize,
    ) -> Result<bool, Broken<Violation>> {
        let has_more = match self {
            Self::None => false,
            Self::Length(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX).min(most);
                let received = conn.receive(into, most).await?;
                if received == 0 {
                    return Err(Broken::Io(io::ErrorKind::UnexpectedEof.into()));
                }
                *left -= received as u64;
                if *left == 0 {
                    *self = Self::None;
                }
                return Ok(true);
            }
            Self::Chunked(decoder) => next_of_chunks(decoder, conn, into).await?,
            Self::UntilClose => conn.receive(into, most).await? > 0,
        };
        if !has_more {
            *self = Self::None;
        }
        Ok(has_more)
    }

    /// Reads the rest and drops it. `false`: the rest is longer than `limit`, so it was not read to its end.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub(crate) async fn discard(&mut self, conn: &mut Conn, limit: u64) -> Result<bool, Broken<Violation>> {
        if self.length().is_some_and(|length| length > limit) {
            return Ok(false);
        }
        let (mut discarded, mut piece) = (0, Vec::new());
        while self.next(conn, &mut piece, usize::MAX).await? {
            discarded += piece.len() as u64;
            if discarded > limit {
                return Ok(false);
            }
            piece.clear();
        }
        Ok(true)
    }
}

/// Appends at least a byte of content; `false` at its end.
async fn next_of_chunks(
    decoder: &mut Decoder,
    conn: &mut Conn,
    into: &mut Vec<u8>,
) -> Result<bool, Broken<Violation>> {
    loop {
        match conn.next_piece(|input| decoder.take(input, into)).await? {
            Piece::Content => return Ok(true),
            Piece::Nothing => {}
            Piece::End => return Ok(false),
        }
    }
}
