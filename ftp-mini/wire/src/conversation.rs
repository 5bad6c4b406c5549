//! Both directions of an FTP connection, read in units with the parsers of this crate: commands, replies, lines
//! of listings, TLS records.
//!
//! [`FtpConversation`] reads the control connection, [`DataConversation`] a data connection. Neither checks
//! the order of commands. [RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 2.3.

mod data;
mod meaning;

use core::net::IpAddr;
use std::collections::VecDeque;

use syntax::conversation::{Conversation, Sender};
use syntax::tls;
use syntax::watch::Watch;

use super::command::{Command, Verb, parse_text};
use super::failure::ParseFailure;
use super::line::{self, MAX_ENDLESS};
use super::reply::{self, Reply, ReplyClass};
use super::rule::Rule;
use super::{address, part, telnet};

pub use data::{DataConversation, DataKind, ListingKind};

/// The most commands whose reply is awaited; later commands of a longer pipeline are not matched with their
/// replies.
const MAX_AWAITED: usize = 1024;

/// Reads a control connection.
///
/// It matches replies with commands, so that it can parse the text of a reply: a time after MDTM, facts after
/// MLST. After AUTH TLS and 234, or from a TLS record on, it reads records.
///
/// ```
/// use ftp_wire::conversation::FtpConversation;
/// use syntax::conversation::{Conversation, Sender};
/// let mut ftp = FtpConversation::new();
/// assert_eq!(ftp.read(Sender::Client, b"PASV\r\nRETR a\r\n", false, ()), Some(6), "one command");
/// assert_eq!(ftp.read(Sender::Server, b"227 (127,0,0,1,195", false, ()), None, "an incomplete reply");
/// assert_eq!(ftp.read(Sender::Server, b"227 (127,0,0,1,195,80)\r\n", false, ()), Some(24));
/// assert_eq!(ftp.take_announced().unwrap().port, 50_000);
/// ```
#[derive(Debug, Default)]
pub struct FtpConversation {
    /// The commands without a final reply, oldest first; `None` is an unknown command.
    awaited: VecDeque<Option<Verb>>,
    has_replied: bool,
    is_anonymous: bool,
    /// For the client and for the server.
    layers: [Layer; 2],
    fresh: Option<Announced>,
    announced: VecDeque<Announced>,
    transfers: VecDeque<DataKind>,
}

/// The current content of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Layer {
    /// FTP, or the bytes of a transfer.
    #[default]
    Unencrypted,
    /// TLS records.
    Tls,
    /// Unreadable: no TLS records where they are required, or bytes after an HTTP request.
    Lost,
}

/// An announced address of a data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The listening side: the server after PASV and EPSV, the client after PORT and EPRT.
    pub listener: Sender,
    /// The announced address; a 229 reply has none and means that of the control connection.
    pub address: Option<IpAddr>,
    /// The announced port.
    pub port: u16,
}

/// An expected data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataHint {
    /// Its announced address.
    pub announced: Announced,
    /// Its content.
    pub kind: DataKind,
}

impl FtpConversation {
    /// A reader at any point of a control connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The address in the last unit, if it is a PORT or EPRT command or a 227 or 229 reply.
    pub fn take_announced(&mut self) -> Option<Announced> {
        self.fresh.take()
    }

    /// The next data connection, once its address was announced and its transfer was requested.
    pub fn take_data(&mut self) -> Option<DataHint> {
        if self.announced.is_empty() || self.transfers.is_empty() {
            return None;
        }
        Some(DataHint { announced: self.announced.pop_front()?, kind: self.transfers.pop_front()? })
    }

    fn client(&mut self, input: &[u8], is_end: bool, watch: impl Watch) -> Option<usize> {
        let used = match line::take(input) {
            Ok(Some((_, used))) => used,
            Ok(None) if !is_end => return None,
            Ok(None) => {
                watch.tolerates(Rule::LineUnended.description(), input.get(input.len()..)?);
                input.len()
            }
            Err(line::Endless) => {
                watch.tolerates(Rule::LineEndless.description(), input.get(MAX_ENDLESS..)?);
                MAX_ENDLESS
            }
        };
        let line = input.get(..used)?;
        let is_broken = !matches!(line::take_with(line, watch), Ok(Some((line::Line::Text(_), _))));
        let data = telnet::decode_line(line, ());
        let text = telnet::without_synch(data.text());
        let command = match data.watched(line, watch) {
            Some(decoded) => self.command(text, decoded),
            None => self.command(text, watch),
        };
        watch.part(&part::LINE, line);
        if self.awaited.len() < MAX_AWAITED {
            self.awaited.push_back(command.as_ref().map(|(verb, _)| *verb));
        }
        if let Some((_, command)) = command.filter(|_| !is_broken) {
            self.expect(&command);
        }
        Some(used)
    }

    /// Reads a command. A password in an invalid line is masked too.
    fn command<W: Watch>(&mut self, text: &[u8], watch: W) -> Option<(Verb, Command)> {
        let parsed = parse_text(text, watch);
        // A session ends at an HTTP request, so the fields after it are not commands.
        if let (Err((_, ParseFailure { rule: Rule::HttpRequest, .. })), [client, _]) =
            (&parsed, &mut self.layers)
        {
            *client = Layer::Lost;
        }
        let (verb, command) = parsed.ok()?;
        match &command {
            Command::User(name) => {
                self.is_anonymous =
                    [&b"anonymous"[..], b"ftp"].iter().any(|user| name.eq_ignore_ascii_case(user));
            }
            Command::Pass(_) if !self.is_anonymous => {
                let password = text.get(verb.name().len()..).unwrap_or_default();
                watch.tolerates(
                    Rule::PasswordUnencrypted.description(),
                    password.get(1..).unwrap_or(password),
                );
            }
            _ => {}
        }
        Some((verb, command))
    }

    /// Records the data connection that a command requests.
    fn expect(&mut self, command: &Command) {
        let kind = match command {
            Command::Port(address) => {
                return self.announce(Sender::Client, Some((*address.ip()).into()), address.port());
            }
            Command::Eprt(address) => {
                return self.announce(Sender::Client, Some(address.ip()), address.port());
            }
            Command::List(_) => DataKind::Listing(ListingKind::List),
            Command::Nlst(request) if request.options.long => DataKind::Listing(ListingKind::List),
            Command::Nlst(_) => DataKind::Listing(ListingKind::Nlst),
            Command::Mlsd(_) => DataKind::Listing(ListingKind::Mlsd),
            Command::Retr(_) | Command::Stor(_) | Command::Appe(_) | Command::Stou(_) => DataKind::Content,
            _ => return,
        };
        if self.transfers.len() < MAX_AWAITED {
            self.transfers.push_back(kind);
        }
    }

    fn announce(&mut self, listener: Sender, address: Option<IpAddr>, port: u16) {
        let announced = Announced { listener, address, port };
        self.fresh = Some(announced);
        // Unless a transfer waits for it, an earlier announcement is replaced.
        if self.transfers.is_empty() {
            self.announced.clear();
        }
        if self.announced.len() < MAX_AWAITED {
            self.announced.push_back(announced);
        }
    }

    fn server(&mut self, input: &[u8], is_end: bool, watch: impl Watch) -> Option<usize> {
        match reply::take(input) {
            Ok(Some((reply, used))) => {
                let raw = input.get(..used)?;
                let verb = self.answered(&reply);
                meaning::report(raw, reply.code(), verb, watch);
                let _ = reply::take_with(raw, watch);
                self.follow(verb, &reply);
                Some(used)
            }
            Ok(None) if !is_end => None,
            Ok(None) => {
                let _ = reply::take_with(input, watch);
                watch.tolerates(Rule::LineUnended.description(), input.get(input.len()..)?);
                Some(input.len())
            }
            Err(violation) => {
                let _ = reply::take_with(input, watch);
                let used = match violation.rule {
                    Rule::ReplyTooLong => violation.at,
                    _ => telnet::line_feed(input)? + 1,
                };
                watch.retract(input.get(..used)?);
                Some(used)
            }
        }
    }

    /// The command of a reply. `None`: it is unknown, or the reply is the greeting.
    fn answered(&mut self, reply: &Reply) -> Option<Verb> {
        let is_greeting = !self.has_replied && matches!(reply.code(), 120 | 220 | 421);
        let is_final = reply.class() != ReplyClass::Preliminary;
        self.has_replied |= is_final || !is_greeting;
        if is_greeting {
            return None;
        }
        // NOOP and STAT are answered during a transfer.
        let is_between = |verb: &Option<Verb>| matches!(verb, Some(Verb::Noop | Verb::Stat));
        let is_transfer = self.awaited.front().is_some_and(|verb| verb.is_some_and(is_transfer));
        let at = match reply.code() {
            200 | 211..=213 if is_transfer => self.awaited.iter().position(is_between).unwrap_or(0),
            _ => 0,
        };
        if is_final { self.awaited.remove(at).flatten() } else { self.awaited.get(at).copied().flatten() }
    }

    /// Applies the consequences of a reply for later bytes.
    fn follow(&mut self, verb: Option<Verb>, reply: &Reply) {
        match (reply.code(), verb) {
            (234, Some(Verb::Auth)) => self.layers = [Layer::Tls; 2],
            (227, _) => {
                if let Some(address) = address::find(reply.text()) {
                    self.announce(Sender::Server, Some((*address.ip()).into()), address.port());
                }
            }
            (229, _) => {
                if let Some(port) = address::find_extended_port(reply.text()) {
                    self.announce(Sender::Server, None, port);
                }
            }
            (400.., Some(Verb::Port | Verb::Eprt)) => drop(self.announced.pop_back()),
            // The transfer had no data connection.
            (400.., Some(verb)) if is_transfer(verb) => drop(self.transfers.pop_front()),
            _ => {}
        }
    }
}

fn is_transfer(verb: Verb) -> bool {
    use Verb::{Appe, List, Mlsd, Nlst, Retr, Stor, Stou};
    matches!(verb, Appe | List | Mlsd | Nlst | Retr | Stor | Stou)
}

impl Conversation for FtpConversation {
    fn read(&mut self, sender: Sender, input: &[u8], is_end: bool, watch: impl Watch) -> Option<usize> {
        self.fresh = None;
        if input.is_empty() {
            return None;
        }
        // No line starts with the type byte of a record.
        if self.layers == [Layer::Unencrypted; 2] && tls::begins_record(input) {
            if input.len() < tls::HEADER_LENGTH && !is_end {
                return None;
            }
            self.layers = [Layer::Tls; 2];
        }
        let [client, server] = &mut self.layers;
        match (sender, client, server) {
            (Sender::Client, Layer::Unencrypted, _) => self.client(input, is_end, watch),
            (Sender::Server, _, Layer::Unencrypted) => self.server(input, is_end, watch),
            (Sender::Client, layer, _) | (Sender::Server, _, layer) => {
                read_record(layer, input, is_end, watch)
            }
        }
    }
}

/// Reads a TLS record. If one is required and missing, no later byte can be read.
pub(super) fn read_record(layer: &mut Layer, input: &[u8], is_end: bool, watch: impl Watch) -> Option<usize> {
    if *layer == Layer::Tls && !tls::begins_record(input) {
        watch.tolerates(Rule::TlsRecord.description(), input);
        *layer = Layer::Lost;
    }
    match layer {
        Layer::Tls if is_end => tls::record(input, watch).or(Some(input.len())),
        Layer::Tls => tls::record(input, watch),
        _ => Some(input.len()),
    }
}

#[cfg(test)]
mod tests;
