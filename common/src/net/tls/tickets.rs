//! Session tickets (RFC 8446 section 4.6.1, RFC 5077) that identify the session of the protocol above TLS.
//! TLS 1.2 clients without tickets, such as curl, resume sessions by their id ([RFC
//! 5246](https://www.rfc-editor.org/rfc/rfc5246) section 7.4.1.2); these sessions are cached here.
//!
//! rustls has a field for such data in its tickets, but does not return it with TLS 1.2. So the id is
//! prepended to the content of the tickets, under the same encryption, for both versions, and to cached
//! sessions.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::server::{ProducesTickets, ServerSessionMemoryCache, StoresServerSessions};

/// The most cached sessions of TLS 1.2 clients without tickets, a few hundred bytes each. The oldest is
/// dropped.
const KEPT: usize = 4_096;

/// Identifies a session of the protocol: it is in the tickets that a connection issues, and is read from a
/// ticket that a connection uses. Clients can neither read nor forge it. It is unique in this process, like
/// the keys of the tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionId(u64);

/// For tickets of connections without an id, and for the first connection of a session.
const NO_ID: u64 = 0;

/// The most further connections that are recorded as their session's own (32 KiB); the latest ones.
const CONFIRMED: usize = 4_096;

impl SessionId {
    /// A new id.
    #[expect(clippy::new_without_default, reason = "no two are the same, so none is the default")]
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(NO_ID + 1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Creates and reads the tickets of one connection, or of all connections without an id.
#[derive(Debug)]
pub(super) struct Tickets {
    ticketer: Arc<dyn ProducesTickets>,
    kept: Arc<dyn StoresServerSessions>,
    confirmed: Arc<Confirmed>,
    prefix: TicketPrefix,
    /// The prefix of the ticket or cached session that was read last.
    came: Mutex<Option<TicketPrefix>>,
}

/// The data in front of a ticket's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TicketPrefix {
    /// The session.
    id: u64,
    /// The further connection of it that issues the ticket.
    by: u64,
}

/// Further connections that proved to belong to their session. Any client can open one, and gets tickets with
/// the handshake, before its session is known.
#[derive(Debug)]
struct Confirmed(Box<[AtomicU64]>);

impl Confirmed {
    fn place(&self, connection: u64) -> Option<&AtomicU64> {
        self.0.get(connection as usize % CONFIRMED)
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
        let confirmed = Arc::new(Confirmed((0..CONFIRMED).map(|_| AtomicU64::new(NO_ID)).collect()));
        let prefix = TicketPrefix { id: NO_ID, by: NO_ID };
        Arc::new(Self { ticketer, kept, confirmed, prefix, came: Mutex::new(None) })
    }

    /// The same for a connection with an id. `is_further`: it is not the first connection of its session.
    pub(super) fn of(&self, SessionId(id): SessionId, is_further: bool) -> Arc<Self> {
        let (ticketer, kept) = (Arc::clone(&self.ticketer), Arc::clone(&self.kept));
        let confirmed = Arc::clone(&self.confirmed);
        let prefix = TicketPrefix { id, by: if is_further { SessionId::new().0 } else { NO_ID } };
        Arc::new(Self { ticketer, kept, confirmed, prefix, came: Mutex::new(None) })
    }

    /// The id of the session that the connection has resumed. If it is the connection's own, the tickets that
    /// it issues count as the session's.
    pub(super) fn came_from(&self) -> Option<SessionId> {
        let came = *self.came.lock().unwrap_or_else(PoisonError::into_inner);
        let came = came.filter(|came| came.id != NO_ID && self.confirmed.has(came.by))?;
        if came.id == self.prefix.id {
            self.confirmed.add(self.prefix.by);
        }
        Some(SessionId(came.id))
    }

    fn marked(&self, session: &[u8]) -> Vec<u8> {
        [&self.prefix.id.to_be_bytes(), &self.prefix.by.to_be_bytes(), session].concat()
    }

    fn unmarked(&self, mut session: Vec<u8>) -> Option<Vec<u8>> {
        let (id, rest) = session.split_first_chunk()?;
        let came = TicketPrefix { id: u64::from_be_bytes(*id), by: u64::from_be_bytes(*rest.first_chunk()?) };
        session.drain(..2 * size_of::<u64>());
        // Without an id this value may serve many connections, and none of them queries it.
        if self.prefix.id != NO_ID {
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
