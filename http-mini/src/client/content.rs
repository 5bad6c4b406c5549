//! The content of a response as it comes: chunks are undone, codings are not. Where it ends decides
//! whether the connection can carry another request.

use std::io;

use common::client::{Fault, Kind};
use common::net::conn::{Broken, Conn};

use super::connection::Connection;
use crate::content::decoding::Undecodable;
use crate::wire::chunked::{Decoder, Piece};
use crate::wire::framing::{Framing, ResponseFraming};
use crate::wire::rule::Violation;

/// The content of a response, as far as it has not been taken.
#[derive(Debug)]
pub(super) struct Content {
    /// Until the content is whole.
    connection: Option<Connection>,
    left: Left,
    persists: bool,
}

#[derive(Debug)]
enum Left {
    Nothing,
    Bytes(u64),
    Chunks(Box<Decoder>),
    /// All that comes before the server closes.
    UntilClose,
}

/// Why content is not whole.
#[derive(Debug)]
pub(super) enum Lost {
    /// The server ended it early.
    Short,
    /// The connection failed.
    Io(io::Error),
    /// A chunk breaks a rule.
    Malformed(Violation),
    /// A coding cannot be undone.
    Undecodable(Undecodable),
}

impl From<Broken<Violation>> for Lost {
    fn from(broken: Broken<Violation>) -> Self {
        match broken {
            Broken::Input(violation) => Self::Malformed(violation),
            Broken::Io(error) => error.into(),
        }
    }
}

impl From<io::Error> for Lost {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // Also TLS without a close_notify: anybody on the way can have cut it off.
            io::ErrorKind::UnexpectedEof => Self::Short,
            _ => Self::Io(error),
        }
    }
}

impl From<Undecodable> for Lost {
    fn from(error: Undecodable) -> Self {
        Self::Undecodable(error)
    }
}

impl From<Lost> for Fault {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Short => Self::new(Kind::Integrity, "the content is cut off: the server closed too early"),
            Lost::Io(error) => Self::io("the connection was lost", &error),
            Lost::Malformed(violation) => {
                Self::new(Kind::Integrity, format!("the content is malformed: {violation}"))
            }
            Lost::Undecodable(error) => Self::new(Kind::Integrity, error.to_string()),
        }
    }
}

impl Content {
    /// What comes behind a head on this connection. `persists`: whether the server keeps it open.
    pub(super) fn new(connection: Connection, framing: ResponseFraming, persists: bool) -> Self {
        let left = match framing {
            ResponseFraming::Known(Framing::None | Framing::Length(0)) => Left::Nothing,
            ResponseFraming::Known(Framing::Length(length)) => Left::Bytes(length),
            ResponseFraming::Known(Framing::Chunked) => Left::Chunks(Box::default()),
            ResponseFraming::UntilClose => Left::UntilClose,
        };
        let mut content = Self { connection: Some(connection), left, persists };
        content.end_if_whole();
        content
    }

    /// Bytes that are still to come, where that is known.
    pub(super) fn left(&self) -> Option<u64> {
        match self.left {
            Left::Nothing => Some(0),
            Left::Bytes(left) => Some(left),
            Left::Chunks(_) | Left::UntilClose => None,
        }
    }

    /// Whether the end of a connection without TLS, where a cut looks the same, is the end of the content.
    pub(super) fn ends_by_close(&self) -> bool {
        let is_secure = self.connection.as_ref().is_some_and(|connection| connection.conn.is_secure());
        matches!(self.left, Left::UntilClose) && !is_secure
    }

    /// Appends what comes next, about `most` bytes at most. `false`: the content is whole, and nothing
    /// was appended.
    pub(super) async fn next(&mut self, into: &mut Vec<u8>, most: usize) -> Result<bool, Lost> {
        let Some(Connection { conn, .. }) = &mut self.connection else { return Ok(false) };
        match &mut self.left {
            Left::Nothing => return Ok(false),
            Left::Bytes(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX).min(most);
                match conn.receive(into, most).await? {
                    0 => return Err(Lost::Short),
                    came => *left -= came as u64,
                }
                if *left == 0 {
                    self.left = Left::Nothing;
                }
            }
            Left::Chunks(decoder) => {
                if !next_of_chunks(decoder, conn, into).await? {
                    self.left = Left::Nothing;
                    self.end_if_whole();
                    return Ok(false);
                }
            }
            Left::UntilClose => {
                if conn.receive(into, most).await? == 0 {
                    (self.left, self.persists) = (Left::Nothing, false);
                    self.end_if_whole();
                    return Ok(false);
                }
            }
        }
        self.end_if_whole();
        Ok(true)
    }

    fn end_if_whole(&mut self) {
        if matches!(self.left, Left::Nothing)
            && let Some(connection) = self.connection.take()
            && self.persists
        {
            connection.keep();
        }
    }
}

/// Appends at least a byte of content, or finds its end (`false`).
async fn next_of_chunks(decoder: &mut Decoder, conn: &mut Conn, into: &mut Vec<u8>) -> Result<bool, Lost> {
    loop {
        match conn.next_piece(|input| decoder.take(input, into)).await? {
            Piece::Content => return Ok(true),
            Piece::Nothing => {}
            Piece::End => return Ok(false),
        }
    }
}

/// Content that nobody wants is read up to this size (64 KiB), so that the connection can be kept.
const DISCARDED: usize = 64 << 10;

/// Reads what is left, if that is worth the connection.
pub(super) async fn discard(mut content: Content) {
    let mut piece = Vec::new();
    let mut discarded = 0;
    if content.left().is_some_and(|left| left > DISCARDED as u64) {
        return;
    }
    while discarded <= DISCARDED && matches!(content.next(&mut piece, DISCARDED).await, Ok(true)) {
        discarded += piece.len();
        piece.clear();
    }
}
