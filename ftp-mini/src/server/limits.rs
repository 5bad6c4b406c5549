//! Limits and timeouts of a session.

use std::time::Duration;

/// Failed logins; the last one ends the session.
pub(super) const FAILED_LOGINS: u8 = 5;
/// Unknown commands before login; the last one ends the session.
pub(super) const UNKNOWN_COMMANDS: u8 = 10;
/// Commands that wait for the end of a transfer; later ones stay unread.
pub(super) const WAITING_COMMANDS: usize = 64;
/// Bytes of waiting commands (4 KiB): when there are more, later ones stay unread.
pub(super) const WAITING_BYTES: usize = 4 << 10;
/// Connections to a passive port that may attempt a TLS handshake for one transfer.
pub(super) const HANDSHAKES: usize = 4;
/// Bytes of a file that are read to convert an offset or a size to TYPE A (64 MiB).
pub(super) const CONVERTED: u64 = 64 << 20;
/// Bytes of a listing in a reply to STAT (60 KiB: clients need not read more).
pub(super) const STATUS: usize = 60 << 10;
/// How long to wait for the command after the first bytes of an early TLS handshake, before performing it. An
/// early handshake sends no tickets, so a later one is better.
pub(super) const UNASKED: Duration = Duration::from_millis(100);
/// How long after the end of an upload the end of the control connection still means that the client was
/// killed: the kernel closes the connections of a process one by one, on a busy machine milliseconds apart.
/// The content is written to disk meanwhile.
pub(super) const DEPARTURE: Duration = Duration::from_millis(10);
/// SIZE rounds the size of a partial upload down to a multiple of this (64 KiB).
pub(super) const PARTIAL_STEP: u64 = 64 << 10;
/// How long SIZE reports a partial upload after its last byte, in seconds (an hour).
pub(super) const PARTIAL_REPORTED: i64 = 60 * 60;
/// Temporary files that a session can have at a time, which only it sees.
pub(super) const TEMPORARY_NAMES: usize = 64;
/// Names that STOU tries.
pub(super) const UNIQUE_NAMES: usize = 10;
/// The range of SITE IDLE, in seconds.
pub(super) const IDLE: std::ops::RangeInclusive<u64> = 30..=7_200;

/// Timeouts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Between two commands, except during a transfer.
    pub(super) idle: Duration,
    /// For the client to connect to a passive port, from the reply that announced it.
    pub(super) accept: Duration,
    /// The same if no other port is free, or the client's address has used its share.
    pub(super) accept_scarce: Duration,
    /// For connecting to the client's port.
    pub(super) connect: Duration,
    /// For the next byte of a transfer. Any byte is enough: a camera or a logger may send 20 bytes every two
    /// seconds.
    pub(super) stall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        let (accept, accept_scarce) = (seconds(30), seconds(5));
        Self { idle: seconds(300), accept, accept_scarce, connect: seconds(10), stall: seconds(300) }
    }
}
