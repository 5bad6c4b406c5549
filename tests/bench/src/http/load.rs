//! Many HTTP connections from one thread: as busy as the server allows, or at a given rate.

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

/// Longer than any answer takes: whoever is silent for so long has lost a request.
const SILENCE_LIMIT: Duration = Duration::from_secs(5);
const EVENTS: usize = 512;
/// What common clients read at once; with more, this side's cache misses slow the servers down too.
const INPUT: usize = 64 * 1024;
/// `HTTP/1.1 200`, the part of each answer that is always checked.
const STATUS_LENGTH: usize = 12;

/// What is asked, and how.
pub(crate) struct Ask<'a> {
    /// One request.
    pub(crate) request: Vec<u8>,
    pub(crate) expected: Expected<'a>,
    pub(crate) connections: usize,
    /// Requests written together before their answers are awaited.
    pub(crate) pipeline: usize,
    /// A connection for each request, which the server closes.
    pub(crate) close: bool,
}

/// Connections of which each has had one checked answer; none of them waits for another.
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

    /// Sends the next requests of a connection that has had its answers.
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

    /// Connections with something to read, after waiting at most `limit`.
    fn ready(&mut self, limit: Duration) -> Result<Vec<usize>> {
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&Timespec::try_from(limit)?)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error).context("cannot wait"),
        }
        self.events.iter().map(|event| Ok(usize::try_from(event.data.u64())?)).collect()
    }

    /// Takes what has come on a connection. True when all its answers are there.
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
            ensure!(connection.received <= expected, "more came than was asked for");
            let complete = connection.received == expected;
            self.check_status(before, length)?;
            // An answer that ends with the connection is complete when the end is seen.
            if !(complete && self.close) {
                return Ok(complete);
            }
        }
    }

    /// Checks the beginnings of answers in the first `length` bytes of the input, `position` bytes
    /// after the beginning of the first answer.
    fn check_status(&self, position: usize, length: usize) -> Result<()> {
        let end = position + length;
        let first = position - position % self.answer_length;
        for start in (first..end).step_by(self.answer_length) {
            let seen = start.max(position)..end.min(start + STATUS_LENGTH);
            if seen.is_empty() {
                continue;
            }
            let bytes = self.input.get(seen.start - position..seen.end - position);
            ensure!(bytes == self.status.get(seen.start - start..seen.end - start), "a wrong answer came");
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

/// Connections that send the next requests as soon as they have their answers.
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
