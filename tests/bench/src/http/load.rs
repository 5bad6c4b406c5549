//! Many HTTP connections from one thread: at the maximum rate of the server, or at a given rate.

mod paced;

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

use super::answer::{Expected, exchange};
use crate::rounds::Load;

/// Longer than any response takes: a longer silence means a lost request.
const SILENCE_LIMIT: Duration = Duration::from_secs(5);
const EVENTS: usize = 512;
/// The read size of common clients; with more, this side's cache misses also slow the servers down.
const INPUT: usize = 64 * 1024;
/// `HTTP/1.1 200`, the part of each response that is always checked.
const STATUS_LENGTH: usize = 12;

/// The request and how it is sent.
pub(crate) struct Ask<'a> {
    /// One request.
    pub(crate) request: Vec<u8>,
    pub(crate) expected: Expected<'a>,
    pub(crate) connections: usize,
    /// Requests written together before their responses are awaited.
    pub(crate) pipeline: usize,
    /// A connection for each request, which the server closes.
    pub(crate) close: bool,
}

/// Connections that each have received one checked response and are idle.
pub(crate) struct Clients {
    address: SocketAddr,
    epoll: OwnedFd,
    connections: Vec<Connection>,
    /// All requests of a pipeline.
    requests: Vec<u8>,
    pipeline: usize,
    close: bool,
    status: Vec<u8>,
    answer_length: usize,
    events: Vec<epoll::Event>,
    input: Vec<u8>,
}

struct Connection {
    stream: TcpStream,
    /// Bytes of the answers to the last requests.
    received: usize,
}

impl Clients {
    pub(crate) fn connect(address: SocketAddr, ask: &Ask) -> Result<Self> {
        let mut clients = Self {
            address,
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            connections: Vec::with_capacity(ask.connections),
            requests: ask.request.repeat(ask.pipeline),
            pipeline: ask.pipeline,
            close: ask.close,
            status: format!("HTTP/1.1 {}", ask.expected.status).into_bytes(),
            answer_length: 0,
            events: Vec::with_capacity(EVENTS),
            input: vec![0; INPUT],
        };
        for index in 0..ask.connections {
            let mut stream = clients.open(index)?;
            stream.set_read_timeout(Some(SILENCE_LIMIT))?;
            let answer = exchange(&mut stream, &ask.request, &ask.expected)?;
            ensure!([0, answer.wire_length].contains(&clients.answer_length), "answers of different length");
            clients.answer_length = answer.wire_length;
            clients.connections.push(Connection { stream, received: 0 });
        }
        Ok(clients)
    }

    fn open(&self, index: usize) -> Result<TcpStream> {
        let stream = TcpStream::connect(self.address).context("cannot connect")?;
        epoll::add(&self.epoll, &stream, epoll::EventData::new_u64(index as u64), epoll::EventFlags::IN)?;
        Ok(stream)
    }

    /// Sends the next requests of an idle connection.
    fn ask(&mut self, index: usize) -> Result<()> {
        let fresh = if self.close { Some(self.open(index)?) } else { None };
        let connection = self.connections.get_mut(index).context("no such connection")?;
        if let Some(stream) = fresh {
            connection.stream = stream;
        }
        connection.received = 0;
        let sent = send(&connection.stream, &self.requests, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?;
        ensure!(sent == self.requests.len(), "the server leaves requests unread");
        Ok(())
    }

    /// Readable connections, after waiting at most `limit`.
    fn ready(&mut self, limit: Duration) -> Result<Vec<usize>> {
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&Timespec::try_from(limit)?)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error).context("cannot wait"),
        }
        self.events.iter().map(|event| Ok(usize::try_from(event.data.u64())?)).collect()
    }

    /// Reads from a connection. Returns true when all its responses are complete.
    fn receive(&mut self, index: usize) -> Result<bool> {
        let expected = self.answer_length * self.pipeline;
        loop {
            let connection = self.connections.get_mut(index).context("no such connection")?;
            let length = match recv(&connection.stream, self.input.as_mut_slice(), RecvFlags::DONTWAIT) {
                Ok((length, _)) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error).context("cannot receive"),
            };
            if length == 0 {
                ensure!(self.close && connection.received == expected, "the server closed the connection");
                return Ok(true);
            }
            let before = connection.received;
            connection.received += length;
            ensure!(connection.received <= expected, "received more bytes than requested");
            let complete = connection.received == expected;
            self.check_status(before, length)?;
            // A response that ends with the connection is complete at the end.
            if !(complete && self.close) {
                return Ok(complete);
            }
        }
    }

    /// Checks the status lines in the first `length` bytes of the input, which starts `position` bytes after
    /// the start of the first response.
    fn check_status(&self, position: usize, length: usize) -> Result<()> {
        let end = position + length;
        let first = position - position % self.answer_length;
        for start in (first..end).step_by(self.answer_length) {
            let seen = start.max(position)..end.min(start + STATUS_LENGTH);
            if seen.is_empty() {
                continue;
            }
            let bytes = self.input.get(seen.start - position..seen.end - position);
            ensure!(
                bytes == self.status.get(seen.start - start..seen.end - start),
                "received a wrong response"
            );
        }
        Ok(())
    }

    /// Keeps every connection busy from now on.
    pub(crate) fn busy(mut self) -> Result<Busy> {
        for index in 0..self.connections.len() {
            self.ask(index)?;
        }
        Ok(Busy(self))
    }
}

/// Connections that send the next requests as soon as they have their responses.
pub(crate) struct Busy(Clients);

impl Load for Busy {
    fn run(&mut self, length: Duration) -> Result<f64> {
        let Self(clients) = self;
        let end = Instant::now() + length;
        let mut answered = 0;
        while answered == 0 || Instant::now() < end {
            let ready = clients.ready(SILENCE_LIMIT)?;
            if ready.is_empty() {
                bail!("no answer for {SILENCE_LIMIT:?}");
            }
            for index in ready {
                if clients.receive(index)? {
                    answered += clients.pipeline;
                    clients.ask(index)?;
                }
            }
        }
        Ok(answered as f64)
    }
}
