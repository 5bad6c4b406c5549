//! Both directions of a connection, read in units: what explanations, taps and traces share.

use crate::watch::Watch;

/// The end of a connection that sent some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// The end that opened the connection.
    Client,
    /// The end that accepted it.
    Server,
}

/// Reads what both ends of a connection send, and reports the parts.
///
/// A unit is the least that can be read alone: a head, the first line of a chunk, some content, a command, a
/// reply. So content of any length passes without being kept, and every other unit has a limit.
pub trait Conversation {
    /// Reads the unit at the start of `input`, sent by `sender`, and returns how many bytes it has. `None`: it is
    /// incomplete, and the next call brings the same bytes and more.
    ///
    /// If `is_end`, no more bytes will arrive, and an incomplete unit is read as far as possible. A violation does
    /// not end the conversation: the watch is asked whether it tolerates the violation, and what a lenient parser
    /// would read is read, or bytes up to a place where reading can start again are passed over without a part.
    fn read(&mut self, sender: Sender, input: &[u8], is_end: bool, watch: impl Watch) -> Option<usize>;
}
