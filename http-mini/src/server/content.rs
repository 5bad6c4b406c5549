//! [`Incoming`], the content of a request: read by the method that stores it, else discarded.

use common::net::conn::{Broken, Conn};

use crate::content::read::Unread;
use crate::wire::framing::Framing;
use crate::wire::head::Head;
use crate::wire::response::CONTINUE;
use crate::wire::rule::Violation;

/// Content that no method reads is discarded up to this size (64 KiB), so that the connection can be kept.
const DISCARDED: u64 = 64 << 10;

/// The content of a request that has not been read yet.
#[derive(Debug)]
pub(super) struct Incoming {
    unread: Unread,
    is_framed: bool,
    is_empty: bool,
    /// The client asks for 100 (Continue) before it sends any of it.
    is_held_back: bool,
}

impl Incoming {
    pub(super) fn of(head: &Head, framing: Framing) -> Self {
        let unread = Unread::from(framing);
        Self {
            is_framed: framing != Framing::None,
            is_empty: unread.is_none(),
            is_held_back: head.expects_continue(),
            unread,
        }
    }

    /// Whether the head announces content, be it of no length.
    pub(super) fn is_framed(&self) -> bool {
        self.is_framed
    }

    /// Whether the head announces no content, or content of no length.
    pub(super) fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Whether all of it has been read.
    pub(super) fn is_whole(&self) -> bool {
        self.unread.is_none()
    }

    /// Whether the client sends nothing before it has an answer. One that asks for 100 need not wait for it
    /// (RFC 9110 section 10.1.1).
    fn client_waits(&self, conn: &Conn) -> bool {
        self.is_held_back && !self.is_whole() && !conn.has_unread()
    }

    /// Appends the next bytes. `false`: the content has ended, and nothing was appended. The first call
    /// sends 100 (Continue) to a client that waits for it.
    ///
    /// # Errors
    /// As [`Unread::next`].
    pub(super) async fn next(
        &mut self,
        conn: &mut Conn,
        into: &mut Vec<u8>,
    ) -> Result<bool, Broken<Violation>> {
        if self.client_waits(conn) {
            conn.out().extend_from_slice(CONTINUE);
        }
        self.is_held_back = false;
        self.unread.next(conn, into, usize::MAX).await
    }

    /// Discards the rest. `false`: the connection must end after the answer, because there is more than
    /// [`DISCARDED`], or because a client that got its final answer in place of 100 may or may not send it.
    pub(super) async fn discard(&mut self, conn: &mut Conn) -> Result<bool, Broken<Violation>> {
        match self.client_waits(conn) {
            true => Ok(false),
            false => self.unread.discard(conn, DISCARDED).await,
        }
    }
}
