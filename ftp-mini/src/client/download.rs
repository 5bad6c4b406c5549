//! Downloads: RETR, of a whole file or from an offset on
//! ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.3,
//! [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 5).
//!
//! A resumed transfer starts before the offset, and its first bytes must equal those stored. A transfer is
//! complete if its size is right; if the size is unknown, over TLS only with a close_notify.

use std::io;

use common::client::{ContentSink, Fault, PacedTransfer};
use common::net::conn::Conn;

use super::error::SessionError;
use super::session::Session;
use crate::wire::command::Verb;

/// The start of a file, as stored at the other end.
#[derive(Clone, Debug, Default)]
pub(super) struct StoredPart {
    pub(super) size: u64,
    /// The last bytes, for comparison.
    pub(super) tail: Vec<u8>,
}

impl Session {
    /// Downloads a file, or the rest after `part`, into a sink that is at that offset. `size` is that of the whole
    /// file, if known.
    pub(super) async fn fetch(
        &mut self,
        path: &[u8],
        size: Option<u64>,
        part: &StoredPart,
        into: &mut impl ContentSink,
        pump: PacedTransfer<'_>,
    ) -> Result<(), SessionError> {
        self.retrieve(path, size, part, async |conn, most| pump.receive(conn, into, most).await).await
    }

    /// Checks that a file equals `part` in size and at its end; otherwise fails with
    /// [`SessionError::AnotherFile`] or [`SessionError::TooMuch`].
    pub(super) async fn compare(&mut self, path: &[u8], part: &StoredPart) -> Result<(), SessionError> {
        self.retrieve(path, Some(part.size), part, async |_, _| Ok(0)).await
    }

    async fn retrieve(
        &mut self,
        path: &[u8],
        size: Option<u64>,
        part: &StoredPart,
        receive: impl AsyncFnOnce(&mut Conn, u64) -> Result<u64, Fault>,
    ) -> Result<(), SessionError> {
        let start = part.size.saturating_sub(part.tail.len() as u64);
        let read = async |conn: &mut Conn| {
            check(conn, &part.tail).await?;
            let most = size.map_or(u64::MAX, |size| size.saturating_sub(part.size));
            let received = part.size + receive(conn, most).await?;
            check_end(conn, received, size).await?;
            // The server may wait for our close_notify.
            let _ = conn.finish().await;
            Ok(())
        };
        self.receive(Verb::Retr, Some(path), start, read).await.map(drop)
    }
}

/// Receives and compares the bytes before the offset.
async fn check(conn: &mut Conn, tail: &[u8]) -> Result<(), SessionError> {
    let mut received = Vec::with_capacity(tail.len());
    while received.len() < tail.len() {
        let missing = tail.len() - received.len();
        if conn.receive(&mut received, missing).await.map_err(SessionError::Data)? == 0 {
            return Err(SessionError::AnotherFile);
        }
    }
    if received == tail { Ok(()) } else { Err(SessionError::AnotherFile) }
}

/// Expects the end of the stream after `received` bytes.
async fn check_end(conn: &mut Conn, received: u64, size: Option<u64>) -> Result<(), SessionError> {
    let mut more = Vec::new();
    match (conn.receive(&mut more, 1).await, size) {
        (Ok(0), Some(size)) if received < size => Err(SessionError::Cut { received }),
        (Ok(0), _) => Ok(()),
        (Ok(_), size) => Err(SessionError::TooMuch { size: size.unwrap_or(received) }),
        // Complete, although without a close_notify.
        (Err(error), Some(size)) if error.kind() == io::ErrorKind::UnexpectedEof && received == size => {
            Ok(())
        }
        (Err(error), _) => Err(SessionError::Data(error)),
    }
}
