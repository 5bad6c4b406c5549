//! The supported inputs, and the detection of their format: captures, traces of curl, hex dumps, dialogues,
//! and plain bytes.

mod capture;
mod data;
mod dialogue;
mod hex;
mod packet;
mod reassembly;
mod trace;

use syntax::record::Node;

use super::connection::Connection;
use super::kind::InputKind;

/// The largest input (16 MiB). Each recognised part of it takes about 200 bytes of memory.
pub(super) const LIMIT: usize = 16 << 20;

/// An input, split into connections.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) format: Format,
    pub(super) connections: Vec<Connection>,
}

/// The format of an input.
#[derive(Debug)]
pub(super) enum Format {
    /// The bytes of one end, plain or as a hex dump.
    Bytes(InputKind),
    /// Both directions, from a trace of curl or a dialogue.
    Dialogue,
    /// A capture: its packets with their outer layers.
    Capture(Vec<Node>),
}

/// Why an input cannot be explained.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) String);

impl Unreadable {
    fn new(why: &str) -> Self {
        Self(why.into())
    }
}

/// Detects the format of an input; `kind` is the user's choice.
pub(super) fn read(bytes: Vec<u8>, kind: Option<InputKind>) -> Result<Input, Unreadable> {
    if bytes.len() > LIMIT {
        return Err(Unreadable(format!("it is larger than {} MiB; explain a part of it", LIMIT >> 20)));
    }
    if capture::is_capture(&bytes) {
        let (nodes, connections) = capture::read(&bytes)?;
        return Ok(Input { format: Format::Capture(nodes), connections });
    }
    if let Some(connections) = trace::read(&bytes) {
        return Ok(Input { format: Format::Dialogue, connections: connections? });
    }
    let bytes = hex::read(&bytes, LIMIT).unwrap_or(Ok(bytes))?;
    if kind.is_none()
        && let Some(connection) = dialogue::read(&bytes)
    {
        return Ok(Input { format: Format::Dialogue, connections: vec![connection] });
    }
    let unknown = "it looks like neither HTTP nor FTP; name its format with --as";
    let kind = kind.or_else(|| InputKind::detect(&bytes)).ok_or_else(|| Unreadable::new(unknown))?;
    Ok(Input { format: Format::Bytes(kind), connections: vec![Connection::of_kind(kind, bytes)] })
}
