//! [`Incoming`], the content of a message, read up to the end that its framing sets
//! ([RFC 9112 section 6](https://www.rfc-editor.org/rfc/rfc9112#section-6)), without decoding.

use std::io;

use common::net::conn::{Broken, Conn};

use crate::wire::chunked::{ChunkedDecoder, ChunkedPiece};
use crate::wire::framing::Framing;
use crate::wire::response::CONTINUE;
use crate::wire::rule::Violation;

/// The unread content of a message.
#[derive(Debug)]
pub(crate) struct Incoming {
    remaining: Remaining,
    framing: Framing,
    /// The client waits for 100 (Continue) before it sends the content.
    is_held_back: bool,
    is_lenient: bool,
}

#[derive(Debug)]
enum Remaining {
    None,
    /// Remaining bytes, never 0.
    Length(u64),
    Chunked(Box<ChunkedDecoder>),
    UntilClose,
}

impl Incoming {
    /// The content of a request.
    pub(crate) fn of_request(framing: Framing, is_held_back: bool) -> Self {
        Self::new(framing, ChunkedDecoder::new, is_held_back)
    }

    /// The content of a response.
    pub(crate) fn of_response(framing: Framing) -> Self {
        Self::new(framing, ChunkedDecoder::of_response, false)
    }

    fn new(framing: Framing, decoder: fn() -> ChunkedDecoder, is_held_back: bool) -> Self {
        let remaining = match framing {
            Framing::None | Framing::Length(0) => Remaining::None,
            Framing::Length(length) => Remaining::Length(length),
            Framing::Chunked => Remaining::Chunked(Box::new(decoder())),
            Framing::UntilClose => Remaining::UntilClose,
        };
        Self { remaining, framing, is_held_back, is_lenient: false }
    }

    /// Whether a violation in it was tolerated: the connection must not be used again.
    pub(crate) fn is_lenient(&self) -> bool {
        self.is_lenient
    }

    pub(crate) fn framing(&self) -> Framing {
        self.framing
    }

    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.remaining, Remaining::None)
    }

    /// Unread bytes, if their number is known.
    pub(crate) fn left(&self) -> Option<u64> {
        match self.remaining {
            Remaining::None => Some(0),
            Remaining::Length(left) => Some(left),
            Remaining::Chunked(_) | Remaining::UntilClose => None,
        }
    }

    /// Whether the client waits for a response before it sends content. A client that expects 100 need not
    /// wait for it (RFC 9110 section 10.1.1).
    fn client_waits(&self, conn: &Conn) -> bool {
        self.is_held_back && !self.is_whole() && !conn.has_unread()
    }

    /// Appends about `most` of the next bytes. Returns `false` without appending at the end of the content.
    /// The first call sends 100 (Continue) to a client that waits for it. Truncated content is an
    /// `UnexpectedEof`.
    pub(crate) async fn next(
        &mut self,
        conn: &mut Conn,
        into: &mut Vec<u8>,
        most: usize,
    ) -> Result<bool, Broken<Violation>> {
        if self.client_waits(conn) {
            conn.out().extend_from_slice(CONTINUE);
        }
        self.is_held_back = false;
        let has_more = match &mut self.remaining {
            Remaining::None => false,
            Remaining::Length(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX).min(most);
                let received = conn.receive(into, most).await?;
                if received == 0 {
                    return Err(Broken::Io(io::ErrorKind::UnexpectedEof.into()));
                }
                *left -= received as u64;
                if *left == 0 {
                    self.remaining = Remaining::None;
                }
                return Ok(true);
            }
            Remaining::Chunked(decoder) => loop {
                match conn.next_piece(|input| decoder.take(input, into)).await? {
                    ChunkedPiece::Content => break true,
                    ChunkedPiece::Incomplete => {}
                    ChunkedPiece::End => {
                        self.is_lenient = decoder.is_lenient();
                        break false;
                    }
                }
            },
            Remaining::UntilClose => conn.receive(into, most).await? > 0,
        };
        if !has_more {
            self.remaining = Remaining::None;
        }
        Ok(has_more)
    }

    /// Reads and drops the rest. Returns `false` if the connection cannot be reused: the rest is longer than
    /// `limit`, or the client waits for 100 (Continue), and may or may not send content after a final response.
    pub(crate) async fn discard(&mut self, conn: &mut Conn, limit: u64) -> Result<bool, Broken<Violation>> {
        if self.left().is_some_and(|left| left > limit) || self.client_waits(conn) {
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
