//! Limits for replies and listings, and timeouts.

use std::time::Duration;

/// Until the first byte of a reply.
pub(super) const ANSWER: Duration = Duration::from_secs(60);
/// For the final reply of a transfer: a server may first have to store a large file durably.
pub(super) const COMPLETION: Duration = Duration::from_secs(300);
/// Until the first byte of the greeting: other protocols wait for the client.
pub(super) const GREETING: Duration = Duration::from_secs(10);
/// For the rest of a reply, after its first byte.
pub(super) const LINE: Duration = Duration::from_secs(30);
/// For the end of a data connection after the server has reported a failure, and for the replies to ABOR.
pub(super) const GRACE: Duration = Duration::from_secs(5);
/// Preliminary replies to one command.
pub(super) const PRELIMINARY: usize = 16;
/// Replies without a command.
pub(super) const UNASKED: usize = 4;
/// For the replies to ABOR when the user exits.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);
/// Lower ports belong to services.
pub(super) const FIRST_DATA_PORT: u16 = 1024;
/// Entries of a listing.
pub(super) const ENTRIES: usize = 200_000;
/// Lines of LIST that are not entries, in a listing of very many entries.
pub(super) const HEADINGS: usize = 1_000;
/// Lines of a listing, including those that are not entries.
pub(super) const LINES: usize = 2 * ENTRIES;
/// Bytes of a listing (32 MiB).
pub(super) const LISTING: usize = 32 << 20;
/// Bytes of a line of a listing (16 KiB).
pub(super) const LISTED: usize = 16 << 10;
/// Names without an entry whose status is requested, one by one.
pub(super) const NAMED: usize = 1_000;
/// Bytes of a line in a message.
pub(super) const SHOWN: usize = 80;
/// Bytes of a name, as in Linux (NAME_MAX).
pub(super) const NAME: usize = 255;
/// Bytes before the offset that are compared when a transfer is resumed (64 KiB).
pub(super) const TAIL: u64 = 64 << 10;
