//! Connections that wait for the next request.

use std::time::{Duration, Instant};

use common::net::conn::Conn;

use super::connection::Route;

/// Connections that are kept, in all; the oldest goes first.
const KEPT: usize = 32;
/// How long one is kept. Most servers close a little later, and a request that meets one that has closed
/// is sent again.
const IDLE: Duration = Duration::from_secs(50);

/// What is kept, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Pool(Vec<(Route, Conn, Instant)>);

impl Pool {
    /// The connection that has come back last: it is the least likely to have been closed.
    pub(super) fn take(&mut self, route: &Route) -> Option<Conn> {
        self.0.retain(|(_, _, since)| since.elapsed() < IDLE);
        let at = self.0.iter().rposition(|(kept, ..)| kept == route)?;
        Some(self.0.remove(at).1)
    }

    pub(super) fn give_back(&mut self, route: Route, conn: Conn) {
        // What a server says unasked belongs to no request.
        if conn.has_unread() {
            return;
        }
        if self.0.len() == KEPT {
            self.0.remove(0);
        }
        self.0.push((route, conn, Instant::now()));
    }
}
