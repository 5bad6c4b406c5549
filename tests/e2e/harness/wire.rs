//! A raw TCP connection. Every wait has a timeout, and a reset is distinguished from an orderly end.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};

use super::{Response, TIMEOUT, shown, wait_until};

#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    unread: Vec<u8>,
    ended: bool,
}

impl Wire {
    #[track_caller]
    pub(crate) fn connect(to: SocketAddr) -> Self {
        Self::over(TcpStream::connect_timeout(&to, TIMEOUT).unwrap())
    }

    /// Connects from another address of this machine.
    #[track_caller]
    pub(crate) fn between(from: Ipv4Addr, to: SocketAddr) -> Self {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        bind(&socket, &SocketAddr::from((from, 0))).unwrap();
        connect(&socket, &to).unwrap();
        Self::over(socket.into())
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.set_write_timeout(Some(TIMEOUT)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, unread: Vec::new(), ended: false }
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Waits until the peer, a process of this machine, has read everything sent: the queues in
    /// proc_net_tcp(5) are empty.
    #[track_caller]
    pub(crate) fn wait_until_read(&self) {
        let port = |address: SocketAddr| format!(":{:04X}", address.port());
        let (here, there) = (port(self.stream.local_addr().unwrap()), port(self.stream.peer_addr().unwrap()));
        wait_until(|| {
            let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
            let rows = table.lines().map(|row| row.split_ascii_whitespace().collect::<Vec<_>>());
            let queues = |local: &str, remote: &str| {
                let mut rows = rows.clone();
                let row = rows.find(|row| row[1].ends_with(local) && row[2].ends_with(remote)).unwrap();
                row[4].to_owned()
            };
            queues(&here, &there).starts_with("00000000:") && queues(&there, &here).ends_with(":00000000")
        });
    }

    /// Sends each byte in its own segment.
    #[track_caller]
    pub(crate) fn drip(&mut self, bytes: &[u8]) {
        bytes.chunks(1).for_each(|byte| self.send(byte));
    }

    /// Ends the sending side.
    pub(crate) fn finish(&self) {
        // Fails if the peer has already closed the connection.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Reads once; `false` at the peer's end.
    #[track_caller]
    pub(crate) fn fill(&mut self) -> bool {
        let mut buffer = [0; 64 << 10];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.ended = true,
            Ok(read) => self.unread.extend_from_slice(&buffer[..read]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!("no data; unread before: {}", shown(&self.unread))
            }
            Err(error) => panic!("{error}; before it: {}", shown(&self.unread)),
        }
        !self.ended
    }

    /// Everything up to the peer's end.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while !self.ended {
            self.fill();
        }
        std::mem::take(&mut self.unread)
    }

    /// A line without its CRLF.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.unread.drain(..end + 2).take(end).collect();
                return String::from_utf8_lossy(&line).into_owned();
            }
            assert!(self.fill(), "no line end, but the end: {}", shown(&self.unread));
        }
    }

    /// The next response, to a request of this method.
    #[track_caller]
    pub(crate) fn response(&mut self, method: &str) -> Response {
        loop {
            if let Some((response, used)) = Response::parse(&self.unread, method, self.ended) {
                self.unread.drain(..used);
                return response;
            }
            assert!(!self.ended, "no whole response, but the end: {}", shown(&self.unread));
            self.fill();
        }
    }

    /// All responses to GETs up to the peer's end.
    #[track_caller]
    pub(crate) fn responses(&mut self) -> Vec<Response> {
        let rest = self.rest();
        let (mut at, mut found) = (0, Vec::new());
        while at < rest.len() {
            let parsed = Response::parse(&rest[at..], "GET", true);
            let (response, used) = parsed.unwrap_or_else(|| panic!("no response: {}", shown(&rest[at..])));
            found.push(response);
            at += used;
        }
        found
    }

    /// Sends a request without content; returns its response.
    #[track_caller]
    pub(crate) fn exchange(&mut self, method: &str, target: &str, fields: &str) -> Response {
        self.send(format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
        self.response(method)
    }

    /// Whether the connection still answers requests.
    #[track_caller]
    pub(crate) fn is_alive(&mut self) -> bool {
        self.exchange("OPTIONS", "*", "").status == 204
    }
}
