//! The content of a response. Its end decides whether the connection can carry another request.

use std::io;

use common::client::{Fault, FaultKind};
use common::net::conn::Broken;

use super::connection::Connection;
use crate::content::decoding::Undecodable;
use crate::content::read::Incoming;
use crate::wire::framing::Framing;
use crate::wire::rule::{self, Violation};

/// Unused content is discarded up to this size (64 KiB), so that the connection can be reused.
const DISCARDED: u64 = 64 << 10;

#[derive(Debug)]
pub(super) struct ResponseContent {
    /// Until the content has been read.
    connection: Option<Connection>,
    incoming: Incoming,
    persists: bool,
}

/// Why content is not complete.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    #[error("the content is cut off: the server closed too early")]
    Short,
    #[error("the server has sent more than there is")]
    Excess,
    #[error("{0}")]
    Fault(#[from] Fault),
}

impl From<Broken<Violation>> for Lost {
    fn from(broken: Broken<Violation>) -> Self {
        Self::Fault(match broken {
            // Also TLS without a close_notify: an attacker may have cut the connection.
            Broken::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Self::Short,
            Broken::Io(error) => Fault::io("the connection was lost", &error),
            Broken::Input(violation) => Fault::new(
                FaultKind::Integrity,
                format!("the content is malformed: {}", rule::report(&violation)),
            ),
        })
    }
}

impl From<Undecodable> for Lost {
    fn from(error: Undecodable) -> Self {
        Self::Fault(Fault::new(FaultKind::Integrity, error.to_string()))
    }
}

impl From<Lost> for Fault {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Fault(fault) => fault,
            Lost::Short | Lost::Excess => Self::new(FaultKind::Integrity, lost.to_string()),
        }
    }
}

impl ResponseContent {
    /// `persists`: whether the server keeps the connection open.
    pub(super) fn new(connection: Connection, framing: Framing, persists: bool) -> Self {
        let persists = persists && framing != Framing::UntilClose;
        let mut content =
            Self { connection: Some(connection), incoming: Incoming::of_response(framing), persists };
        content.release_connection();
        content
    }

    pub(super) fn left(&self) -> Option<u64> {
        self.incoming.left()
    }

    /// Whether content ends with an unencrypted connection, where a truncation cannot be detected.
    pub(super) fn ends_by_close(&self) -> bool {
        self.incoming.framing() == Framing::UntilClose
            && self.connection.as_ref().is_some_and(|connection| !connection.conn.is_secure())
    }

    /// Appends about `most` of the next bytes. Returns `false` without appending at the end of the content.
    pub(super) async fn next(&mut self, into: &mut Vec<u8>, most: usize) -> Result<bool, Lost> {
        let Some(connection) = &mut self.connection else { return Ok(false) };
        let has_more = self.incoming.next(&mut connection.conn, into, most).await?;
        self.release_connection();
        Ok(has_more)
    }

    /// Reads the rest if it is short, so that the connection can be reused.
    pub(super) async fn discard(mut self) {
        let Some(connection) = &mut self.connection else { return };
        // A connection that fails is not kept.
        let _ = self.incoming.discard(&mut connection.conn, DISCARDED).await;
        self.release_connection();
    }

    /// Returns the connection to the pool once the content has been read.
    fn release_connection(&mut self) {
        if self.incoming.is_whole()
            && let Some(connection) = self.connection.take()
            && self.persists
            && !self.incoming.is_lenient()
        {
            connection.keep();
        }
    }
}
