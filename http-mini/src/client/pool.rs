//! Idle connections, kept for later requests.

use std::time::{Duration, Instant};

use common::net::conn::Conn;

use super::connection::Route;

/// Connections kept, in all; the oldest is closed first.
const KEPT: usize = 32;
/// How long a connection is kept. Most servers close one a little later.
const IDLE: Duration = Duration::from_secs(50);

/// The idle connections, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Pool(Vec<(Route, Conn, Instant)>);

impl Pool {
    /// The connection used most recently: it is the least likely to have been closed.
    pub(super) fn take(&mut self, route: &Route) -> Option<Conn> {
        self.0.retain(|(_, _, since)| since.elapsed() < IDLE);
        let at = self.0.iter().rposition(|(kept, ..)| kept == route)?;
        Some(self.0.remove(at).1)
    }

    pub(super) fn give_back(&mut self, route: Route, conn: Conn) {
        // Bytes sent without a request do not belong to a response.
        if conn.has_unread() {
            return;
        }
        if self.0.len() == KEPT {
            self.0.remove(0);
        }
        self.0.push((route, conn, Instant::now()));
    }
}
