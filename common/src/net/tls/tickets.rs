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

/// Stands in tickets of connections that have no id, and for the connection that a session began with.
const NO_ID: u64 = 0;

/// Further connections that are remembered as their session's own (32 KiB); the latest of them.
const VOUCHED: usize = 4_096;

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
    vouched: Arc<Vouched>,
    mark: Mark,
    /// The mark of the ticket, or of what was kept, that was read last.
    came: Mutex<Option<Mark>>,
}

/// What stands in front of a ticket's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    /// The session.
    id: u64,
    /// The further connection of it that hands the ticket out.
    by: u64,
}

/// Further connections that have turned out to be their session's. Anybody can make one, and gets tickets
/// with the handshake, before it is known who it is.
#[derive(Debug)]
struct Vouched(Box<[AtomicU64]>);

impl Vouched {
    fn place(&self, connection: u64) -> Option<&AtomicU64> {
        self.0.get(connection as usize % VOUCHED)
    }

    fn add(&self, connection: u64) {
        if let Some(place) = self.place(connection) {
            place.store(connection, Ordering::Release);
        }
    }

    fn has(&self, connection: u64) -> bool {
        connection == NO_ID
            || self.place(connection).is_some_and(|place| place.load(Ordering::Acquire) == connection)
    }
}

impl Tickets {
    /// For all connections that have no id.
    pub(super) fn new(ticketer: Arc<dyn ProducesTickets>) -> Arc<Self> {
        let kept = ServerSessionMemoryCache::new(KEPT);
        let vouched = Arc::new(Vouched((0..VOUCHED).map(|_| AtomicU64::new(NO_ID)).collect()));
        let mark = Mark { id: NO_ID, by: NO_ID };
        Arc::new(Self { ticketer, kept, vouched, mark, came: Mutex::new(None) })
    }

    /// The same for a connection with an id. `is_further`: it is not the one that the session began with.
    pub(super) fn of(&self, SessionId(id): SessionId, is_further: bool) -> Arc<Self> {
        let (ticketer, kept) = (Arc::clone(&self.ticketer), Arc::clone(&self.kept));
        let vouched = Arc::clone(&self.vouched);
        let mark = Mark { id, by: if is_further { SessionId::new().0 } else { NO_ID } };
        Arc::new(Self { ticketer, kept, vouched, mark, came: Mutex::new(None) })
    }

    /// The id of the session that the connection comes from, once it is known to have resumed one. If it is
    /// the connection's own, the tickets that it hands out are as good.
    pub(super) fn came_from(&self) -> Option<SessionId> {
        let came = *self.came.lock().unwrap_or_else(PoisonError::into_inner);
        let came = came.filter(|came| came.id != NO_ID && self.vouched.has(came.by))?;
        if came.id == self.mark.id {
            self.vouched.add(self.mark.by);
        }
        Some(SessionId(came.id))
    }

    fn marked(&self, session: &[u8]) -> Vec<u8> {
        [&self.mark.id.to_be_bytes(), &self.mark.by.to_be_bytes(), session].concat()
    }

    fn unmarked(&self, mut session: Vec<u8>) -> Option<Vec<u8>> {
        let (id, rest) = session.split_first_chunk()?;
        let came = Mark { id: u64::from_be_bytes(*id), by: u64::from_be_bytes(*rest.first_chunk()?) };
        session.drain(..2 * size_of::<u64>());
        // Without an id of its own this may be many connections, and none of them asks.
        if self.mark.id != NO_ID {
            *self.came.lock().unwrap_or_else(PoisonError::into_inner) = Some(came);
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
