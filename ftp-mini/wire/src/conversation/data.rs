//! A data connection: lines of a listing, content, or TLS records.
//!
//! Only the reply on the control connection shows whether it is complete. [RFC
//! 959](https://www.rfc-editor.org/rfc/rfc959) section 3.1.1, RFC 3659 section 7.

use memchr::memchr;
use syntax::conversation::{Conversation, Sender};
use syntax::watch::Watch;

use super::{Layer, read_record};
use crate::failure::ParseFailure;
use crate::rule::Rule;
use crate::{facts, listing, part};

/// The longest line of a listing that is read.
const MAX_LINE: usize = 16 * 1024;

/// The content of a data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataKind {
    /// Lines about files.
    Listing(ListingKind),
    /// The bytes of a file.
    Content,
}

/// The form of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListingKind {
    /// LIST, whose lines have no standard form.
    List,
    /// NLST: names.
    Nlst,
    /// MLSD: facts and names.
    Mlsd,
}

/// Reads a data connection. It is TLS if it begins with a handshake.
#[derive(Debug)]
pub struct DataConversation {
    kind: DataKind,
    /// For each sender, once it is known.
    layers: [Option<Layer>; 2],
    /// The rest of a line that is too long is skipped.
    is_skipping: bool,
}

impl DataConversation {
    /// A data connection that carries `kind`.
    #[must_use]
    pub fn new(kind: DataKind) -> Self {
        Self { kind, layers: [None; 2], is_skipping: false }
    }

    /// A data connection that carries a listing.
    #[must_use]
    pub fn listing(kind: ListingKind) -> Self {
        Self::new(DataKind::Listing(kind))
    }

    /// A data connection that carries a file.
    #[must_use]
    pub fn content() -> Self {
        Self::new(DataKind::Content)
    }

    fn line(&mut self, kind: ListingKind, input: &[u8], is_end: bool, watch: impl Watch) -> Option<usize> {
        let window = input.get(..MAX_LINE).unwrap_or(input);
        let used = match memchr(b'\n', window) {
            Some(end) => end + 1,
            None if self.is_skipping => return Some(window.len()),
            None if window.len() == MAX_LINE => {
                watch.tolerates(Rule::LineTooLong.description(), input.get(MAX_LINE..)?);
                self.is_skipping = true;
                return Some(MAX_LINE);
            }
            None if is_end => {
                watch.tolerates(Rule::LineUnended.description(), input.get(input.len()..)?);
                input.len()
            }
            None => return None,
        };
        if !core::mem::take(&mut self.is_skipping) {
            read_line(kind, input.get(..used)?, watch);
        }
        Some(used)
    }
}

fn read_line(kind: ListingKind, line: &[u8], watch: impl Watch) {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let end = line.get(text.len()..).unwrap_or_default();
    watch.part(&part::CRLF, end);
    if end == b"\n" {
        watch.tolerates(Rule::BareLf.description(), end);
    }
    match kind {
        ListingKind::List => {
            listing::read_with(text, 0, watch);
        }
        ListingKind::Nlst => watch.part(&part::PATHNAME, text),
        ListingKind::Mlsd if text.is_empty() => {}
        ListingKind::Mlsd => {
            if let Err(ParseFailure { rule, rest }) = facts::parse_with(text, watch) {
                watch.tolerates(rule.description(), rest);
            }
        }
    }
    watch.part(if kind == ListingKind::Mlsd { &part::ENTRY } else { &part::LIST_LINE }, line);
}

/// Whether a sender starts with a TLS handshake; `None` if more bytes are needed.
///
/// ```text
/// handshake = 16 03 minor length length ( client_hello / server_hello )       16 03 01 02 00 01
/// ```
fn layer_of(input: &[u8], is_end: bool) -> Option<Layer> {
    let fits = |(at, byte): (usize, &u8)| match at {
        0 => *byte == 22,
        1 => *byte == 3,
        2 => *byte <= 4,
        5 => matches!(byte, 1 | 2),
        _ => true,
    };
    match input.iter().enumerate().take(6).all(fits) {
        true if input.len() >= 6 => Some(Layer::Tls),
        true if !is_end => None,
        _ => Some(Layer::Unencrypted),
    }
}

impl Conversation for DataConversation {
    fn read(&mut self, sender: Sender, input: &[u8], is_end: bool, watch: impl Watch) -> Option<usize> {
        if input.is_empty() {
            return None;
        }
        let [client, server] = &mut self.layers;
        let slot = if sender == Sender::Client { client } else { server };
        if slot.is_none() {
            *slot = layer_of(input, is_end);
        }
        match (slot.as_mut()?, self.kind) {
            (Layer::Unencrypted, DataKind::Listing(kind)) => self.line(kind, input, is_end, watch),
            (Layer::Unencrypted, DataKind::Content) => {
                watch.part(&part::CONTENT, input);
                Some(input.len())
            }
            (layer, _) => read_record(layer, input, is_end, watch),
        }
    }
}
