//! Metrics that both protocols have.

use super::{Counters, Exposition};

/// A protocol, as a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Protocol {
    Http,
    Ftp,
}

impl Protocol {
    const NAMES: [&str; 2] = ["http", "ftp"];
}

/// What came of a login, as a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginResult {
    Accepted,
    Wrong,
    LockedOut,
    Busy,
}

impl LoginResult {
    const NAMES: [&str; 4] = ["accepted", "wrong", "locked_out", "busy"];
}

static ACCEPTED: Counters<2> = Counters::new();
static OPEN: Counters<2> = Counters::new();
static ACTIVE: Counters<2> = Counters::new();
/// Received and sent bytes of each protocol.
static BYTES: Counters<4> = Counters::new();
static LOGINS: Counters<4> = Counters::new();

/// Counts a connection while it is open.
#[derive(Debug)]
pub struct OpenConnection(Protocol);

impl OpenConnection {
    /// A connection was accepted.
    pub fn new(protocol: Protocol) -> Self {
        ACCEPTED.add(protocol as usize, 1);
        OPEN.add(protocol as usize, 1);
        Self(protocol)
    }

    /// A request or command begins; it ends when the result is dropped.
    pub fn activity(&self) -> Activity {
        ACTIVE.add(self.0 as usize, 1);
        Activity(self.0)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        OPEN.subtract(self.0 as usize, 1);
    }
}

/// Counts a connection as active.
#[derive(Debug)]
pub struct Activity(Protocol);

impl Drop for Activity {
    fn drop(&mut self) {
        ACTIVE.subtract(self.0 as usize, 1);
    }
}

/// The direction of bytes, from the server's view.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ByteDirection {
    Received,
    Sent,
}

impl ByteDirection {
    const NAMES: [&str; 2] = ["received", "sent"];
}

pub(crate) fn transferred(protocol: Protocol, direction: ByteDirection, bytes: u64) {
    BYTES.add(2 * protocol as usize + direction as usize, bytes);
}

pub(crate) fn login(result: LoginResult) {
    LOGINS.add(result as usize, 1);
}

/// Writes the metrics of these protocols.
pub fn write(to: &mut Exposition, protocols: &[Protocol]) {
    let all = || Protocol::NAMES.into_iter().enumerate();
    let named = || all().filter(|(index, _)| protocols.iter().any(|protocol| *protocol as usize == *index));
    to.family(
        "mini_connections_accepted_total",
        "counter",
        "Accepted connections, without those over a limit.",
    );
    for (index, name) in named() {
        to.sample("mini_connections_accepted_total", &[("protocol", name)], ACCEPTED.total(index));
    }
    to.family(
        "mini_connections",
        "gauge",
        "Open connections: active during a request or command, else idle.",
    );
    for (index, name) in named() {
        let active = ACTIVE.total(index);
        // The two are not read at the same moment.
        let idle = OPEN.total(index).saturating_sub(active);
        to.sample("mini_connections", &[("protocol", name), ("state", "active")], active);
        to.sample("mini_connections", &[("protocol", name), ("state", "idle")], idle);
    }
    to.family("mini_transfer_bytes_total", "counter", "Bytes of HTTP messages and of FTP data connections.");
    for (index, name) in named() {
        for (offset, direction) in ByteDirection::NAMES.into_iter().enumerate() {
            let labels = [("protocol", name), ("direction", direction)];
            to.sample("mini_transfer_bytes_total", &labels, BYTES.total(2 * index + offset));
        }
    }
    to.family("mini_logins_total", "counter", "Logins by their result; over HTTP those of each request.");
    for (index, result) in LoginResult::NAMES.iter().enumerate() {
        to.sample("mini_logins_total", &[("result", result)], LOGINS.total(index));
    }
}
