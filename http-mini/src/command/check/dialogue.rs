//! One connection of a case: sends bytes, and reads what comes as responses.
//!
//! It judges nothing. Responses are read by the client's parser, which accepts deviations that have one reading.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use common::client::{Dialer, Fault};
use common::net::conn::{Conn, ConnTimeouts};
use common::net::tls::client::TlsClient;
use tokio::time::{Instant, timeout_at};

use crate::wire::chunked::{ChunkedDecoder, ChunkedPiece};
use crate::wire::framing::{self, Framing};
use crate::wire::head::Method;
use crate::wire::response::{self, ResponseHead};

/// Bytes of a response; a larger resource cannot be checked (1 MiB of content, and its head).
pub(super) const RESPONSE_LIMIT: usize = (1 << 20) + (64 << 10);

/// Where the server is, and how to connect.
#[derive(Clone, Debug)]
pub(super) struct CheckedServer {
    pub(super) dialer: Dialer,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Option<TlsClient>,
    /// How long each response is awaited.
    pub(super) timeout: Duration,
}

/// A final response.
#[derive(Clone, Debug)]
pub(super) struct FinalResponse {
    pub(super) head: ResponseHead,
    pub(super) content: Vec<u8>,
    /// Interim responses before it.
    pub(super) interim: usize,
}

impl FinalResponse {
    pub(super) fn status(&self) -> u16 {
        self.head.status().0
    }

    pub(super) fn field(&self, name: &str) -> Option<&[u8]> {
        self.head.fields().field(name)
    }
}

/// What comes next from the server.
#[derive(Debug)]
pub(super) enum ServerEvent {
    Response(Box<FinalResponse>),
    /// 100 (Continue).
    Continue,
    /// The end, where a response could begin.
    Closed,
    /// The end, within a response.
    CutOff,
    /// Nothing within the time.
    Silent,
    /// Bytes that are no response, or a part of one.
    Malformed(String),
}

pub(super) struct Dialogue<'a> {
    peer: &'a CheckedServer,
    conn: Option<Conn>,
    /// The methods of the requests that are not answered yet: a response to HEAD has no content.
    methods: VecDeque<Method>,
    pub(super) sent: Vec<u8>,
    pub(super) received: Vec<u8>,
    /// Where the next response begins in `received`.
    at: usize,
    is_ended: bool,
    /// TLS ended without a close_notify.
    pub(super) is_cut: bool,
    /// The last response announced that the connection closes.
    pub(super) is_closing: bool,
}

impl<'a> Dialogue<'a> {
    pub(super) fn new(peer: &'a CheckedServer) -> Self {
        Self {
            peer,
            conn: None,
            methods: VecDeque::new(),
            sent: Vec::new(),
            received: Vec::new(),
            at: 0,
            is_ended: false,
            is_cut: false,
            is_closing: false,
        }
    }

    async fn connect(&mut self) -> Result<&mut Conn, Fault> {
        if self.conn.is_none() {
            let mut conn = self.peer.dialer.connect(&self.peer.host, self.peer.port).await?;
            let patience = Duration::from_secs(3_600);
            conn.set_timeouts(ConnTimeouts {
                idle: Some(patience),
                value: patience,
                stall: patience,
                rate: 0,
            });
            if let Some(tls) = &self.peer.tls {
                conn.connect_tls(tls, &self.peer.host).await?;
            }
            self.conn = Some(conn);
        }
        self.conn
            .as_mut()
            .ok_or_else(|| Fault::io("the connection is gone", &io::ErrorKind::NotConnected.into()))
    }

    /// Continues on a new connection.
    pub(super) fn reconnect(&mut self) {
        self.conn = None;
        self.methods.clear();
        self.at = self.received.len();
        (self.is_ended, self.is_closing) = (false, false);
    }

    /// Queues bytes; `separately` writes each by itself.
    pub(super) async fn send(&mut self, bytes: &[u8], separately: bool) -> Result<(), Fault> {
        self.methods.extend(method(bytes));
        self.sent.extend_from_slice(bytes);
        let conn = self.connect().await?;
        match separately {
            false => conn.out().extend_from_slice(bytes),
            true => {
                for &byte in bytes {
                    conn.out().push(byte);
                    // A server that has seen enough may have closed the connection.
                    let _ = conn.flush().await;
                    tokio::task::yield_now().await;
                }
            }
        }
        Ok(())
    }

    /// Ends our direction.
    pub(super) async fn end(&mut self) {
        if let Some(conn) = &mut self.conn {
            // A server may have closed the connection already.
            let _ = conn.end().await;
        }
    }

    /// The next final response. While 100 (Continue) is awaited, it is returned as well, and a final response is not
    /// taken.
    pub(super) async fn next(&mut self, wait: Duration, awaits_continue: bool) -> ServerEvent {
        let deadline = Instant::now() + wait;
        loop {
            let method = self.methods.front().copied().unwrap_or(Method::Get);
            let unread = self.received.get(self.at..).unwrap_or_default();
            match parse(unread, method, self.is_ended, awaits_continue) {
                Ok(Parsed::Response(response, _)) if awaits_continue => {
                    return ServerEvent::Response(response);
                }
                Ok(Parsed::Response(response, used)) => {
                    self.at += used;
                    self.methods.pop_front();
                    self.is_closing = !response.head.persists();
                    return ServerEvent::Response(response);
                }
                Ok(Parsed::Continue) => return ServerEvent::Continue,
                Ok(Parsed::More) if self.is_ended && unread.is_empty() => return ServerEvent::Closed,
                Ok(Parsed::More) if self.is_ended => {
                    self.at = self.received.len();
                    return ServerEvent::CutOff;
                }
                Ok(Parsed::More) if unread.len() > RESPONSE_LIMIT => {
                    return ServerEvent::Malformed("the response is too long".into());
                }
                Ok(Parsed::More) => {}
                Err(why) => return ServerEvent::Malformed(why),
            }
            if !self.receive(deadline).await {
                return ServerEvent::Silent;
            }
        }
    }

    /// Whether a final response has come that was not taken.
    pub(super) fn has_response(&self) -> bool {
        let method = self.methods.front().copied().unwrap_or(Method::Get);
        let unread = self.received.get(self.at..).unwrap_or_default();
        matches!(parse(unread, method, self.is_ended, false), Ok(Parsed::Response(..)))
    }

    /// Waits for bytes or the end; `false` if neither comes in time.
    async fn receive(&mut self, deadline: Instant) -> bool {
        let Some(conn) = &mut self.conn else {
            self.is_ended = true;
            return true;
        };
        match timeout_at(deadline, conn.receive(&mut self.received, RESPONSE_LIMIT)).await {
            Err(_) => return false,
            Ok(Ok(came)) => self.is_ended = came == 0,
            // The response may have come before the connection was reset.
            Ok(Err(_)) if !conn.out().is_empty() => conn.out().clear(),
            Ok(Err(error)) => {
                self.is_cut |= error.kind() == io::ErrorKind::UnexpectedEof;
                self.is_ended = true;
            }
        }
        true
    }
}

/// The method of the first request in these bytes, if one begins there.
fn method(bytes: &[u8]) -> Option<Method> {
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    let name = bytes.get(start..)?.split(|byte| *byte == b' ').next()?;
    let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_uppercase);
    is_name.then(|| Method::named(name))
}

enum Parsed {
    Response(Box<FinalResponse>, usize),
    Continue,
    More,
}

/// The response at the start of these bytes.
fn parse(bytes: &[u8], method: Method, is_ended: bool, awaits_continue: bool) -> Result<Parsed, String> {
    let (mut at, mut interim) = (0, 0);
    let head = loop {
        let parsed = response::parse(bytes.get(at..).unwrap_or_default());
        let Some((head, used)) = parsed.map_err(|violation| violation.to_string())? else {
            return Ok(match awaits_continue && interim > 0 {
                true => Parsed::Continue,
                false => Parsed::More,
            });
        };
        at += used;
        match head.status().0 {
            // A client did not ask for another protocol.
            101 => return Err("101 (Switching Protocols)".into()),
            100..=199 => interim += 1,
            _ => break head,
        }
    };
    let framing = framing::of_response(&head, method).map_err(|violation| violation.to_string())?;
    let rest = bytes.get(at..).unwrap_or_default();
    let (content, used) = match framing {
        Framing::None => (Vec::new(), 0),
        Framing::Length(length) => {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            match rest.get(..length) {
                Some(content) => (content.to_vec(), length),
                None => return Ok(Parsed::More),
            }
        }
        Framing::UntilClose if is_ended => (rest.to_vec(), rest.len()),
        Framing::UntilClose => return Ok(Parsed::More),
        Framing::Chunked => match chunks(rest)? {
            Some(content) => content,
            None => return Ok(Parsed::More),
        },
    };
    Ok(Parsed::Response(Box::new(FinalResponse { head, content, interim }), at + used))
}

/// Complete chunked content, and the bytes that it takes.
fn chunks(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, String> {
    let (mut decoder, mut content, mut at) = (ChunkedDecoder::of_response(), Vec::new(), 0);
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match decoder.take(rest, &mut content).map_err(|violation| violation.to_string())? {
            Some((ChunkedPiece::End, used)) => return Ok(Some((content, at + used))),
            Some((_, used)) if used > 0 => at += used,
            _ => return Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_read_by_their_framing() {
        let ended = true;
        for (bytes, method, is_ended, expected, why) in [
            (
                &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi+"[..],
                Method::Get,
                false,
                Some(&b"hi"[..]),
                "a length",
            ),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh", Method::Get, ended, None, "cut off"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", Method::Head, false, Some(b""), "HEAD"),
            (b"HTTP/1.1 200 OK\r\n\r\nhi", Method::Get, ended, Some(b"hi"), "the end of the connection"),
            (b"HTTP/1.1 200 OK\r\n\r\nhi", Method::Get, false, None, "before that end"),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n+",
                Method::Get,
                false,
                Some(b"hi"),
                "chunks",
            ),
            (
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
                Method::Get,
                false,
                Some(b""),
                "interim",
            ),
        ] {
            let parsed = parse(bytes, method, is_ended, false).unwrap();
            let content = match &parsed {
                Parsed::Response(response, _) => Some(&*response.content),
                _ => None,
            };
            assert_eq!(content, expected, "{why}");
        }
        assert!(parse(b"<html>", Method::Get, false, false).is_err(), "no response");
    }

    #[test]
    fn the_method_is_that_of_the_first_request() {
        for (bytes, expected) in [
            (&b"HEAD / HTTP/1.1\r\n"[..], Some(Method::Head)),
            (b"\r\nGET / HTTP/1.1\r\n", Some(Method::Get)),
            (b"hello", None),
            (b"", None),
        ] {
            assert_eq!(method(bytes), expected, "{}", bytes.escape_ascii());
        }
    }
}
