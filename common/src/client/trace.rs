//! The dialogue with a server, for users who want to see it.

use crate::escape::printable;

/// Receives the dialogue line by line, printable and without secrets: `> GET / HTTP/1.1`, `< 220 ready`. By
/// default it is discarded.
#[derive(Clone, Copy, Debug, Default)]
pub struct DialogueTrace(pub Option<fn(&str)>);

impl DialogueTrace {
    /// A line that is sent.
    pub fn sent(self, line: &[u8]) {
        self.show('>', line);
    }

    /// A line that was received.
    pub fn received(self, line: &[u8]) {
        self.show('<', line);
    }

    /// An event of the connection.
    pub fn note(self, line: &str) {
        self.show('*', line.as_bytes());
    }

    fn show(self, mark: char, line: &[u8]) {
        if let Self(Some(show)) = self {
            show(&format!("{mark} {}", printable(line)));
        }
    }
}
