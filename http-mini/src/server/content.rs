//! [`Incoming`], the content of a request: taken piece by piece by whoever stores it, else discarded.
//! Where it ends decides where the next request begins.

use std::io;

use common::net::conn::{Broken, Conn};

use crate::wire::chunked::{Decoder, Piece};
use crate::wire::framing::Framing;
use crate::wire::head::Head;
use crate::wire::response::CONTINUE;
use crate::wire::rule::Violation;

/// Content that nobody asked for is read and discarded up to this size (64 KiB), so that the
/// connection can go on.
pub(super) const DISCARDED: u64 = 64 << 10;

/// The content of a request, as far as it has not been taken.
#[derive(Debug)]
pub(super) struct Incoming {
    left: Left,
    is_framed: bool,
    is_empty: bool,
    /// The client asks for 100 (Continue) before it sends any of it.
    is_held_back: bool,
}

#[derive(Debug)]
enum Left {
    Nothing,
    Bytes(u64),
    Chunks(Box<Decoder>),
}

impl Incoming {
    pub(super) fn of(head: &Head, framing: Framing) -> Self {
        let left = match framing {
            Framing::None | Framing::Length(0) => Left::Nothing,
            Framing::Length(length) => Left::Bytes(length),
            Framing::Chunked => Left::Chunks(Box::default()),
        };
        Self {
            is_framed: framing != Framing::None,
            is_empty: matches!(left, Left::Nothing),
            is_held_back: head.expects_continue(),
            left,
        }
    }

    /// Whether the head says that there is content, be it of no length.
    pub(super) fn is_framed(&self) -> bool {
        self.is_framed
    }

    /// Whether the head says that there is none, or of no length.
    pub(super) fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Whether all of it has been taken, or there was none.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.left, Left::Nothing)
    }

    /// Whether nothing comes before the client has an answer. One that asks for 100 need not wait for it
    /// (RFC 9110 section 10.1.1).
    fn client_waits(&self, conn: &Conn) -> bool {
        self.is_held_back && !self.is_whole() && !conn.has_unread()
    }

    /// Appends what comes next. `false`: the content is whole, and nothing was appended. The first call
    /// lets a client send that waits for 100.
    ///
    /// # Errors
    /// Those of [`Conn::receive`]; content that is cut off is `UnexpectedEof`, and nothing of it can be
    /// taken for the whole. A rule of chunks that is broken.
    pub(super) async fn next(
        &mut self,
        conn: &mut Conn,
        into: &mut Vec<u8>,
    ) -> Result<bool, Broken<Violation>> {
        if self.client_waits(conn) {
            conn.out().extend_from_slice(CONTINUE);
        }
        self.is_held_back = false;
        match &mut self.left {
            Left::Nothing => return Ok(false),
            Left::Bytes(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX);
                match conn.receive(into, most).await? {
                    0 => return Err(Broken::Io(io::ErrorKind::UnexpectedEof.into())),
                    came => *left -= came as u64,
                }
                if *left == 0 {
                    self.left = Left::Nothing;
                }
            }
            Left::Chunks(decoder) => {
                if !next_of_chunks(decoder, conn, into).await? {
                    self.left = Left::Nothing;
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Discards what is left. `false`: there is more of it than [`DISCARDED`], or whether it comes at
    /// all cannot be known, as the client has its final answer in place of 100. Then the connection
    /// must end after the answer.
    pub(super) async fn discard(&mut self, conn: &mut Conn) -> Result<bool, Broken<Violation>> {
        let is_too_much = matches!(self.left, Left::Bytes(left) if left > DISCARDED);
        if is_too_much || self.client_waits(conn) {
            return Ok(false);
        }
        let (mut discarded, mut piece) = (0, Vec::new());
        while self.next(conn, &mut piece).await? {
            discarded += piece.len() as u64;
            if discarded > DISCARDED {
                return Ok(false);
            }
            piece.clear();
        }
        Ok(true)
    }
}

/// Appends at least a byte of content, or finds its end (`false`).
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
