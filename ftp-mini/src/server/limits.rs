//! How much a session may ask for, and how long it is waited for.

use std::time::Duration;

/// Failed logins that a session may have; the last one ends it.
pub(super) const FAILED_LOGINS: u8 = 5;
/// Unknown commands that a session may send before login; the last one ends it.
pub(super) const UNKNOWN_COMMANDS: u8 = 10;
/// Commands that may wait for the end of a transfer. Those behind them stay unread.
pub(super) const WAITING_COMMANDS: usize = 64;
/// Connections to a passive port with which a TLS handshake is tried for one transfer.
pub(super) const HANDSHAKES: usize = 4;
/// Bytes of a file that are read to find a place in its TYPE A form: for SIZE, and for REST (64 MiB).
pub(super) const CONVERTED: u64 = 64 << 20;
/// Bytes of a listing that STAT puts into a reply (60 KiB: clients need not read longer ones).
pub(super) const STATUS: usize = 60 << 10;
/// How long a client that shakes hands on a data connection may take to send the command for it, before it
/// is answered without. The answer cannot have tickets then, so it is better to know.
pub(super) const UNASKED: Duration = Duration::from_millis(100);
/// How long after the end of an upload the end of the control connection still means that the client is
/// gone: the kernel closes the connections of a killed process one by one, on a busy machine milliseconds
/// apart. It passes while the content is made durable.
pub(super) const DEPARTURE: Duration = Duration::from_millis(10);
/// SIZE reports a partial upload in multiples of so many bytes (64 KiB).
pub(super) const PARTIAL_STEP: u64 = 64 << 10;
/// How long after its last byte SIZE reports a partial upload, in seconds (an hour).
pub(super) const PARTIAL_REPORTED: i64 = 60 * 60;
/// Names that STOU tries before it gives up.
pub(super) const UNIQUE_NAMES: usize = 10;
/// What SITE IDLE may set, in seconds.
pub(super) const IDLE: std::ops::RangeInclusive<u64> = 30..=7_200;

/// The times that a server may be given otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Between two commands, unless a transfer runs.
    pub(super) idle: Duration,
    /// For the client to connect to a passive port, counted from the reply that announced it.
    pub(super) accept: Duration,
    /// The same while no other port is free, or none for the client's address.
    pub(super) accept_scarce: Duration,
    /// For the client to take our connection to its port.
    pub(super) connect: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        let (accept, accept_scarce) = (seconds(30), seconds(5));
        Self { idle: seconds(300), accept, accept_scarce, connect: seconds(10) }
    }
}
