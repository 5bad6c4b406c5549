//! Both directions of a connection, read in units: shared by explanations, taps and traces.

use crate::watch::Watch;

/// The end of a connection that sent some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// The end that opened the connection.
    Client,
    /// The end that accepted it.
    Server,
}

/// Reads the bytes of both ends of a connection, and reports their parts.
///
/// A unit is the smallest readable item: a head, the first line of a chunk, some content, a command, a reply.
/// Content of any length passes without being stored, and every other unit has a limit.
pub trait Conversation {
    /// Reads the unit at the start of `input`, sent by `sender`, and returns its length in bytes. `None`: it
    /// is incomplete, and the caller must repeat the call with the same bytes and more.
    ///
    /// If `is_end`, no more bytes will arrive, and an incomplete unit is read as far as possible. A violation
    /// does not end the conversation: if the watch tolerates it, the lenient reading is used; otherwise bytes
    /// are skipped, without a part, up to the next place where reading can start.
    fn read(&mut self, sender: Sender, input: &[u8], is_end: bool, watch: impl Watch) -> Option<usize>;
}
