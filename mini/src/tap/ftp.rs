//! Rewrites the addresses of data connections on an FTP control connection, so that the data passes through the tap
//! ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) sections 4.1.2 and 5.3.2,
//! [RFC 2428](https://www.rfc-editor.org/rfc/rfc2428)).
//!
//! Only lines that start like the four rewritten ones are held back until they end; everything else is
//! forwarded as it arrives. After AUTH (RFC 4217) nothing can be rewritten.

use std::net::{IpAddr, SocketAddr, SocketAddrV4};

use ftp_wire::command::{self, Command, Verb};
use ftp_wire::reply::{self, Reply};
use ftp_wire::{address, line};
use syntax::conversation::Sender;

use super::protocol::TapProtocol;

/// The longest line that is held back. A longer one is forwarded unchanged.
const LINE_LIMIT: usize = 4 << 10;

/// A line, or a part of one, and its replacement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Passage {
    pub(super) line: Vec<u8>,
    pub(super) rewritten: Option<Vec<u8>>,
}

/// The end that opens a data connection, and the address of the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DataAddress {
    /// The end that connects, now to the tap.
    pub(super) from: Sender,
    /// The address of the other end.
    pub(super) to: SocketAddr,
}

/// Opens a port for a data connection; returns its address for the connecting end.
pub(super) type Open = Box<dyn FnMut(DataAddress) -> Option<SocketAddr>>;

/// The state of a control connection.
pub(super) struct ControlState {
    client: IpAddr,
    server: IpAddr,
    open: Open,
    /// As `--as` gives it, or as the first byte shows.
    protocol: Option<TapProtocol>,
    is_begun: bool,
    /// The client's last command was AUTH.
    has_asked_for_tls: bool,
    is_encrypted: bool,
    /// Incomplete lines of the client and of the server.
    held: [Vec<u8>; 2],
    /// Whether a line began that has not ended, and that was forwarded as far as it arrived.
    is_inside_line: [bool; 2],
}

impl ControlState {
    pub(super) fn new(client: IpAddr, server: IpAddr, protocol: Option<TapProtocol>, open: Open) -> Self {
        Self {
            client,
            server,
            open,
            protocol,
            is_begun: false,
            has_asked_for_tls: false,
            is_encrypted: false,
            held: Default::default(),
            is_inside_line: Default::default(),
        }
    }

    /// The replacement for these bytes, none at the end of the stream. `None`: forward them unchanged.
    pub(super) fn filter(&mut self, sender: Sender, bytes: &[u8]) -> Option<Vec<Passage>> {
        if let Some(first) = bytes.first().filter(|_| !self.is_begun) {
            self.protocol = Some(TapProtocol::detect(self.protocol, sender, *first));
            self.is_begun = true;
        }
        if self.protocol != Some(TapProtocol::Ftp) || self.is_encrypted {
            return None;
        }
        let side = usize::from(sender == Sender::Server);
        let mut lines = Vec::new();
        let mut input = std::mem::take(self.held.get_mut(side)?);
        input.extend_from_slice(bytes);
        for piece in input.split_inclusive(|&byte| byte == b'\n') {
            let is_whole = piece.ends_with(b"\n");
            let is_inside = std::mem::replace(self.is_inside_line.get_mut(side)?, !is_whole);
            if !is_whole && !is_inside && !bytes.is_empty() && may_be_rewritten(sender, piece) {
                *self.is_inside_line.get_mut(side)? = false;
                *self.held.get_mut(side)? = piece.to_vec();
                break;
            }
            let rewritten = if is_whole && !is_inside { self.rewrite(sender, piece) } else { None };
            lines.push(Passage { line: piece.to_vec(), rewritten });
        }
        Some(lines)
    }

    fn rewrite(&mut self, sender: Sender, raw: &[u8]) -> Option<Vec<u8>> {
        if self.is_encrypted {
            return None;
        }
        match sender {
            Sender::Client => self.rewrite_command(raw),
            Sender::Server => self.rewrite_reply(raw),
        }
    }

    fn rewrite_command(&mut self, raw: &[u8]) -> Option<Vec<u8>> {
        let (line, _) = line::take(raw).ok()??;
        let (_, command) = command::parse(&line).ok()?;
        self.has_asked_for_tls = matches!(command, Command::Auth(_));
        let mut out = Vec::new();
        match command {
            Command::Port(address) => {
                let at = v4(self.open_to(Sender::Client, address.port())?)?;
                command::write(Verb::Port, Some(address::host_port_text(at).as_bytes()), &mut out).ok()?;
            }
            Command::Eprt(address) => {
                let at = self.open_to(Sender::Client, address.port())?;
                command::write(Verb::Eprt, Some(address::extended_text(at).as_bytes()), &mut out).ok()?;
            }
            _ => return None,
        }
        Some(out)
    }

    fn rewrite_reply(&mut self, raw: &[u8]) -> Option<Vec<u8>> {
        let (reply, _) = reply::take(raw).ok()??;
        let text = match reply.code() {
            227 => {
                let port = address::find(reply.text())?.port();
                address::passive_text(v4(self.open_to(Sender::Server, port)?)?)
            }
            229 => {
                let port = address::find_extended_port(reply.text())?;
                address::extended_passive_text(self.open_to(Sender::Server, port)?.port())
            }
            code => {
                self.is_encrypted = code == 234 && self.has_asked_for_tls;
                return None;
            }
        };
        let mut out = Vec::new();
        Reply::new(reply.code(), text).write(&mut out);
        Some(out)
    }

    /// Opens a port for the end that will connect to `port` of the announcing end. The address that it announced is
    /// replaced by the one of its control connection, as clients do: another one is a mistake behind NAT, or an attack.
    fn open_to(&mut self, announced_by: Sender, port: u16) -> Option<SocketAddr> {
        let (from, to) = match announced_by {
            Sender::Client => (Sender::Server, self.client),
            Sender::Server => (Sender::Client, self.server),
        };
        (self.open)(DataAddress { from, to: SocketAddr::new(to, port) })
    }
}

impl std::fmt::Debug for ControlState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("is_encrypted", &self.is_encrypted).finish_non_exhaustive()
    }
}

fn v4(address: SocketAddr) -> Option<SocketAddrV4> {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => Some(SocketAddrV4::new(ip, address.port())),
        IpAddr::V6(_) => None,
    }
}

/// Whether the start of a line may become one that is rewritten, or that begins TLS.
fn may_be_rewritten(sender: Sender, start: &[u8]) -> bool {
    let words: &[&[u8]] = match sender {
        Sender::Client => &[b"PORT ", b"EPRT ", b"AUTH "],
        Sender::Server => &[b"227 ", b"229 ", b"234 "],
    };
    let is_start = |word: &&&[u8]| {
        let compared = start.len().min(word.len());
        start.iter().zip(**word).take(compared).all(|(byte, letter)| byte.eq_ignore_ascii_case(letter))
    };
    start.len() < LINE_LIMIT && words.iter().any(|word| is_start(&word))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::super::queue::other;
    use super::*;

    /// A control connection of 192.0.2.1 with 192.0.2.2; the tap is 192.0.2.3, and opens port 50000.
    fn control(opened: &Rc<RefCell<Vec<DataAddress>>>) -> ControlState {
        let opened = Rc::clone(opened);
        let open = move |address| {
            opened.borrow_mut().push(address);
            Some("192.0.2.3:50000".parse().unwrap())
        };
        let [client, server] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().unwrap());
        ControlState::new(client, server, Some(TapProtocol::Ftp), Box::new(open))
    }

    fn forwarded(passages: Vec<Passage>) -> String {
        let bytes = passages.into_iter().flat_map(|passage| passage.rewritten.unwrap_or(passage.line));
        String::from_utf8(bytes.collect()).unwrap()
    }

    #[test]
    fn addresses_lead_to_the_tap() {
        use Sender::{Client, Server};
        for (sender, line, expected, to, why) in [
            (Server, "220 hello\r\n", "220 hello\r\n", None, "another reply"),
            (
                Server,
                "227 Passive (10,0,0,1,4,1).\r\n",
                "227 Entering Passive Mode (192,0,2,3,195,80).\r\n",
                Some("192.0.2.2:1025"),
                "RFC 959 section 4.1.2; the address is the server's",
            ),
            (
                Server,
                "229 Extended (|||1025|)\r\n",
                "229 Entering Extended Passive Mode (|||50000|)\r\n",
                Some("192.0.2.2:1025"),
                "RFC 2428 section 3",
            ),
            (
                Client,
                "port 192,0,2,1,4,1\r\n",
                "PORT 192,0,2,3,195,80\r\n",
                Some("192.0.2.1:1025"),
                "RFC 959 section 4.1.2",
            ),
            (
                Client,
                "EPRT |1|192.0.2.1|1025|\r\n",
                "EPRT |1|192.0.2.3|50000|\r\n",
                Some("192.0.2.1:1025"),
                "RFC 2428 section 2",
            ),
            (Client, "PORT 1,2,3\r\n", "PORT 1,2,3\r\n", None, "no address"),
            (Server, "227 no address\r\n", "227 no address\r\n", None, "no address"),
            (Server, "PORT 192,0,2,1,4,1\r\n", "PORT 192,0,2,1,4,1\r\n", None, "not a reply"),
            (Client, "227 (192,0,2,1,4,1)\r\n", "227 (192,0,2,1,4,1)\r\n", None, "not a command"),
        ] {
            for cut in 0..=line.len() {
                let opened = Rc::default();
                let mut control = control(&opened);
                let (one, two) = line.split_at(cut);
                let mut passed = String::new();
                for piece in [one, two, ""] {
                    passed += &forwarded(control.filter(sender, piece.as_bytes()).unwrap());
                }
                assert_eq!(passed, expected, "cut at {cut}: {why}");
                let to = to.map(|to| DataAddress { from: other(sender), to: to.parse().unwrap() });
                assert_eq!(*opened.borrow(), Vec::from_iter(to), "cut at {cut}: {why}");
            }
        }
    }

    #[test]
    fn nothing_is_rewritten_after_auth() {
        let opened = Rc::default();
        let mut control = control(&opened);
        for (sender, bytes, is_filtered, why) in [
            (Sender::Client, "AUTH TLS\r\n", true, "a command"),
            (Sender::Server, "234 Go ahead\r\n", true, "its reply"),
            (Sender::Server, "227 (10,0,0,1,4,1)\r\n", false, "encrypted from here"),
        ] {
            let passages = control.filter(sender, bytes.as_bytes());
            assert_eq!(passages.is_some(), is_filtered, "{why}");
        }
        assert!(opened.borrow().is_empty());
    }

    #[test]
    fn only_lines_that_may_be_rewritten_are_held_back() {
        for (sender, start, expected, why) in [
            (Sender::Server, "150 Here ", "150 Here ", "another reply"),
            (Sender::Server, "22", "", "it may become 227"),
            (Sender::Server, "220", "220", "it cannot"),
            (Sender::Client, "RETR", "RETR", "another command"),
            (Sender::Client, "eprt |1", "", "its end is missing"),
        ] {
            let opened = Rc::default();
            let mut control = control(&opened);
            let passed = forwarded(control.filter(sender, start.as_bytes()).unwrap());
            assert_eq!(passed, expected, "{start}: {why}");
        }
    }
}
