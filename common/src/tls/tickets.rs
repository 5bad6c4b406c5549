//! Session tickets (RFC 8446 section 4.6.1, RFC 5077) that tell which session of the protocol above TLS
//! they come from. TLS 1.2 clients that take no tickets, as curl, name their sessions
//! ([RFC 5246](https://www.rfc-editor.org/rfc/rfc5246) section 7.4.1.2); what they name is kept here.
//!
//! rustls has a place for such data in its tickets, but does not give it back with TLS 1.2. So it is
//! put in front of the ticket's content, under the same encryption, for both versions, and in front of
//! what is kept.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::server::{ProducesTickets, ServerSessionMemoryCache, StoresServerSessions};

/// Sessions of TLS 1.2 clients without tickets that are kept, each in a few hundred bytes. The oldest
/// gives way.
const KEPT: usize = 4_096;

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
    kept: Arc<dyn StoresServerSessions>,
    id: Option<SessionId>,
    /// The id in the ticket, or with what was kept, that was read last.
    came: Mutex<Option<SessionId>>,
}

impl Tickets {
    /// For all connections that have no id.
    pub(super) fn new(ticketer: Arc<dyn ProducesTickets>) -> Arc<Self> {
        let kept = ServerSessionMemoryCache::new(KEPT);
        Arc::new(Self { ticketer, kept, id: None, came: Mutex::new(None) })
    }

    /// The same for a connection with an id.
    pub(super) fn of(&self, id: SessionId) -> Arc<Self> {
        let (ticketer, kept) = (Arc::clone(&self.ticketer), Arc::clone(&self.kept));
        Arc::new(Self { ticketer, kept, id: Some(id), came: Mutex::new(None) })
    }

    /// The id of the session that the connection comes from, once it is known to have resumed one.
    pub(super) fn came_from(&self) -> Option<SessionId> {
        *self.came.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn marked(&self, session: &[u8]) -> Vec<u8> {
        let id = self.id.map_or(NO_ID, |id| id.0);
        [&id.to_be_bytes(), session].concat()
    }

    fn unmarked(&self, mut session: Vec<u8>) -> Option<Vec<u8>> {
        let id = u64::from_be_bytes(*session.first_chunk()?);
        session.drain(..size_of::<u64>());
        // Without an id of its own this may be many connections, and none of them asks.
        if self.id.is_some() {
            *self.came.lock().unwrap_or_else(PoisonError::into_inner) =
                (id != NO_ID).then_some(SessionId(id));
        }
        Some(session)
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
        self.ticketer.encrypt(&self.marked(plain))
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        self.unmarked(self.ticketer.decrypt(ticket)?)
    }
}

impl StoresServerSessions for Tickets {
    fn put(&self, name: Vec<u8>, session: Vec<u8>) -> bool {
        self.kept.put(name, self.marked(&session))
    }

    fn get(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.unmarked(self.kept.get(name)?)
    }

    fn take(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.unmarked(self.kept.take(name)?)
    }

    fn can_cache(&self) -> bool {
        self.kept.can_cache()
    }
}
