//! How much a server may ask of us, and how long it is waited for.

use std::time::Duration;

/// For a reply, to its first byte.
pub(super) const ANSWER: Duration = Duration::from_secs(60);
/// For the final reply of a transfer: a server may have to make a large file durable first.
pub(super) const COMPLETION: Duration = Duration::from_secs(300);
/// For the rest of a reply, from its first byte.
pub(super) const LINE: Duration = Duration::from_secs(30);
/// For the end of a data connection after the server has said that the transfer failed, and for the replies
/// to ABOR.
pub(super) const GRACE: Duration = Duration::from_secs(5);
/// Preliminary replies that a command may have.
pub(super) const PRELIMINARY: usize = 16;
/// Replies that may come without a command.
pub(super) const UNASKED: usize = 4;
/// For the replies to ABOR when the user leaves.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);
/// Ports below this one belong to services.
pub(super) const FIRST_DATA_PORT: u16 = 1024;
/// Entries of a listing.
pub(super) const ENTRIES: usize = 200_000;
/// Its lines, with those that are no entries.
pub(super) const LINES: usize = 2 * ENTRIES;
/// Its bytes (32 MiB).
pub(super) const LISTING: usize = 32 << 20;
/// Bytes of a line of a listing (16 KiB).
pub(super) const LISTED: usize = 16 << 10;
/// Names without an entry that the server is asked about, one by one.
pub(super) const NAMED: usize = 1_000;
/// Bytes of a line that a message shows.
pub(super) const SHOWN: usize = 80;
/// Bytes of a name, the most that Linux has (NAME_MAX).
pub(super) const NAME: usize = 255;
/// Bytes before the end of what is there that are compared before a transfer goes on behind them (64 KiB).
pub(super) const TAIL: u64 = 64 << 10;
