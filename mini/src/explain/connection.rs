//! A connection in an input: the bytes of each end, in the order of arrival.

use std::net::SocketAddr;
use std::ops::Range;

use syntax::conversation::Sender;

use super::kind::{ExplainedProtocol, InputKind};

/// Both directions of a connection.
#[derive(Debug, Default)]
pub(super) struct Connection {
    /// The addresses of client and server, where the input is a capture.
    pub(super) ends: Option<(SocketAddr, SocketAddr)>,
    pub(super) client: Vec<u8>,
    pub(super) server: Vec<u8>,
    /// After each arrival: its sender, and how many bytes this sender had sent.
    pub(super) arrivals: Vec<(Sender, usize)>,
    /// `None`: detected later.
    pub(super) protocol: Option<ExplainedProtocol>,
    /// The control connection of a data connection, and the command that uses it.
    pub(super) control: Option<ControlReference>,
    /// Bytes that a capture lacks, by sender and offset; later bytes are left out.
    pub(super) missing: Vec<(Sender, Range<usize>)>,
}

/// The control connection of a data connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ControlReference {
    /// The index of the control connection.
    pub(super) connection: usize,
    /// The line of the command: `LIST -a`.
    pub(super) command: String,
}

impl Connection {
    /// The bytes of one end.
    pub(super) fn of_kind(kind: InputKind, bytes: Vec<u8>) -> Self {
        let sender = kind.sender();
        let (arrivals, protocol) = (vec![(sender, bytes.len())], Some(kind.protocol()));
        let (client, server) = match sender {
            Sender::Client => (bytes, Vec::new()),
            Sender::Server => (Vec::new(), bytes),
        };
        Self { client, server, arrivals, protocol, ..Self::default() }
    }

    pub(super) fn push(&mut self, sender: Sender, bytes: &[u8]) {
        let side = match sender {
            Sender::Client => &mut self.client,
            Sender::Server => &mut self.server,
        };
        side.extend_from_slice(bytes);
        let end = side.len();
        self.arrivals.push((sender, end));
    }

    pub(super) fn sent_by(&self, sender: Sender) -> &[u8] {
        match sender {
            Sender::Client => &self.client,
            Sender::Server => &self.server,
        }
    }

    pub(super) fn protocol(&self) -> ExplainedProtocol {
        self.protocol.unwrap_or_else(|| ExplainedProtocol::detect(&self.client, &self.server))
    }
}
