//! Session tickets (RFC 8446 section 4.6.1, RFC 5077) that tell which session of the protocol above TLS
//! they come from.
//!
//! rustls has a place for such data in its tickets, but does not give it back with TLS 1.2. So it is
//! put in front of the ticket's content, under the same encryption, for both versions.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::server::ProducesTickets;

/// Names a session of the protocol, so that connections of the same client can be known by it: it is
/// in the tickets that a connection hands out, and comes back with a connection that uses one of them.
/// Clients can neither read nor make it. Unique in this process, as the keys of the tickets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionId(u64);

/// Stands in tickets of connections that have no id.
const NO_ID: u64 = 0;

impl SessionId {
    /// One that no other session has.
    #[expect(clippy::new_without_default, reason = "no two are the same, so none is the default")]
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(NO_ID + 1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Makes and reads the tickets of one connection, or of all that have no id.
#[derive(Debug)]
pub(super) struct Tickets {
    ticketer: Arc<dyn ProducesTickets>,
    id: Option<SessionId>,
    /// The id in the ticket that was read last.
    came: Mutex<Option<SessionId>>,
}

impl Tickets {
    pub(super) fn new(ticketer: Arc<dyn ProducesTickets>, id: Option<SessionId>) -> Arc<Self> {
        Arc::new(Self { ticketer, id, came: Mutex::new(None) })
    }

    /// The same for a connection with an id.
    pub(super) fn of(&self, id: SessionId) -> Arc<Self> {
        Self::new(Arc::clone(&self.ticketer), Some(id))
    }

    /// The id of the session that the connection comes from, once it is known to have resumed one.
    pub(super) fn came_from(&self) -> Option<SessionId> {
        *self.came.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        self.ticketer.enabled()
    }

    fn lifetime(&self) -> u32 {
        self.ticketer.lifetime()
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let id = self.id.map_or(NO_ID, |id| id.0);
        self.ticketer.encrypt(&[&id.to_be_bytes(), plain].concat())
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        let mut plain = self.ticketer.decrypt(ticket)?;
        let id = u64::from_be_bytes(*plain.first_chunk()?);
        plain.drain(..size_of::<u64>());
        // Without an id of its own this may be many connections, and none of them asks.
        if self.id.is_some() {
            *self.came.lock().unwrap_or_else(PoisonError::into_inner) =
                (id != NO_ID).then_some(SessionId(id));
        }
        Some(plain)
    }
}
