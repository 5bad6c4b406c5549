//! A connection of a check: it sends what a case needs and reads until the case is satisfied, with a deadline.
//!
//! Blocking sockets, since a case is a dialogue with one peer at a time.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use rustix::net::sockopt;
use syntax::rule::{Language, Text};

use super::cpu::{GLANCE, Pid, Watchdog};

/// Bytes read at a time (64 KiB).
const PIECE: usize = 64 << 10;
/// How often a peer's process is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// A connection, and what was sent and received on it.
#[derive(Debug)]
pub(super) struct CheckStream {
    socket: TcpStream,
    timeout: Duration,
    /// The peer's process, which is silent as soon as it is stuck.
    process: Option<Pid>,
    pub(super) sent: Vec<u8>,
    pub(super) received: Vec<u8>,
    pub(super) state: StreamState,
}

/// What the peer did last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamState {
    Open,
    /// It sent nothing until the deadline.
    Silent,
    /// It ended its side.
    Ended,
    /// The connection was reset or failed.
    Reset,
}

impl StreamState {
    /// The state after the last byte; nothing if the connection is open.
    pub(super) fn text(self, language: Language) -> &'static str {
        let text = match self {
            Self::Open => return "",
            Self::Silent => Text { en: "then nothing more", id: "lalu tidak ada data lagi" },
            Self::Ended => Text { en: "then the end of the connection", id: "lalu akhir koneksi" },
            Self::Reset => Text { en: "then a reset of the connection", id: "lalu koneksi di-reset" },
        };
        text.in_language(language)
    }
}

impl CheckStream {
    pub(super) fn new(socket: TcpStream, timeout: Duration) -> io::Result<Self> {
        // Each write becomes a segment, and so a read of the peer.
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(timeout))?;
        let (sent, received) = (Vec::new(), Vec::new());
        Ok(Self { socket, timeout, process: None, sent, received, state: StreamState::Open })
    }

    /// Waits for this process only until it is stuck.
    pub(super) fn of_process(self, process: Option<Pid>) -> Self {
        Self { process, ..self }
    }

    /// Sends bytes. A failure shows in what is received.
    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.sent.extend_from_slice(bytes);
        if self.socket.write_all(bytes).is_err() {
            self.state = StreamState::Reset;
        }
    }

    /// Reads until `is_enough`, the end, or the deadline.
    pub(super) fn read_until(&mut self, is_enough: impl FnMut(&[u8]) -> bool) -> StreamState {
        self.read_for(self.timeout, is_enough)
    }

    pub(super) fn read_for(
        &mut self,
        time: Duration,
        mut is_enough: impl FnMut(&[u8]) -> bool,
    ) -> StreamState {
        let deadline = Instant::now() + time;
        let mut piece = vec![0; PIECE];
        let mut watchdog = None;
        self.state = loop {
            if is_enough(&self.received) {
                break StreamState::Open;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break StreamState::Silent;
            }
            let wait = if self.process.is_some() { left.min(LOOK) } else { left };
            match self.socket.set_read_timeout(Some(wait)).and_then(|()| self.socket.read(&mut piece)) {
                Ok(0) => break StreamState::Ended,
                Ok(read) => {
                    self.received.extend_from_slice(piece.get(..read).unwrap_or_default());
                    watchdog = None;
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                        let process =
                            self.process.map(|pid| watchdog.get_or_insert_with(|| Watchdog::new(pid)));
                        if process.is_none_or(Watchdog::is_stuck) {
                            break StreamState::Silent;
                        }
                    }
                    io::ErrorKind::Interrupted => {}
                    _ => break StreamState::Reset,
                },
            }
        };
        self.state
    }

    /// Reads until the peer has sent nothing for this long, or its process waits; at most until the deadline.
    pub(super) fn settle(&mut self, silence: Duration) -> StreamState {
        let deadline = Instant::now() + self.timeout;
        // The process is looked at here, so `read_for` need not do that as well.
        let process = self.process.take();
        let (mut watchdog, mut heard) = (process.map(Watchdog::new), Instant::now());
        while Instant::now() < deadline {
            let (before, left) = (self.received.len(), silence.saturating_sub(heard.elapsed()));
            match self.read_for(left.min(GLANCE), |received| received.len() > before) {
                StreamState::Open => heard = Instant::now(),
                StreamState::Silent
                    if left > GLANCE && !watchdog.as_mut().is_some_and(Watchdog::is_waiting) => {}
                _ => break,
            }
        }
        self.process = process;
        self.state
    }

    /// Reads until the peer ends its side.
    pub(super) fn read_to_end(&mut self) -> StreamState {
        self.read_until(|_| false)
    }

    /// Sends and reads at the same time, until as many bytes came back or the peer is silent until the timeout.
    pub(super) fn exchange(&mut self, bytes: &[u8]) -> io::Result<StreamState> {
        let expected = self.received.len() + bytes.len();
        let mut sending = self.socket.try_clone()?;
        self.sent.extend_from_slice(bytes);
        std::thread::scope(|scope| {
            scope.spawn(move || sending.write_all(bytes));
            let state = self.read_until_silence(|received| received.len() >= expected);
            if state != StreamState::Open {
                // The writer may wait for a peer that does not read.
                let _ = self.socket.shutdown(Shutdown::Both);
            }
            Ok(state)
        })
    }

    /// Runs `meanwhile`, and discards what the peer sends until then.
    pub(super) fn discard_while(
        &mut self,
        meanwhile: impl FnOnce(&mut Self) -> StreamState,
    ) -> io::Result<StreamState> {
        let mut receiving = self.socket.try_clone()?;
        receiving.set_read_timeout(None)?;
        std::thread::scope(|scope| {
            scope.spawn(move || io::copy(&mut receiving, &mut io::sink()));
            let state = meanwhile(self);
            // Ends the thread.
            let _ = self.socket.shutdown(Shutdown::Both);
            Ok(state)
        })
    }

    /// Reads until `is_enough`, the end, or until nothing came for the timeout.
    pub(super) fn read_until_silence(&mut self, mut is_enough: impl FnMut(&[u8]) -> bool) -> StreamState {
        loop {
            let before = self.received.len();
            let state = self.read_until(|received| received.len() > before);
            if state != StreamState::Open || is_enough(&self.received) {
                return state;
            }
        }
    }

    /// Sends until the peer takes nothing more for `pause`, or its process waits; at most `limit` bytes.
    pub(super) fn fill(&mut self, bytes: &[u8], limit: usize, pause: Duration) -> io::Result<()> {
        self.socket.set_write_timeout(Some(if self.process.is_some() { GLANCE } else { pause }))?;
        let (mut watchdog, mut taken) = (self.process.map(Watchdog::new), Instant::now());
        while self.sent.len() < limit {
            match self.socket.write(bytes) {
                Ok(written) => {
                    self.sent.extend_from_slice(bytes.get(..written).unwrap_or_default());
                    taken = Instant::now();
                }
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    if taken.elapsed() >= pause || watchdog.as_mut().is_none_or(Watchdog::is_waiting) {
                        break;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        self.socket.set_write_timeout(Some(self.timeout))
    }

    /// Ends our side.
    pub(super) fn end(&mut self) {
        if self.socket.shutdown(Shutdown::Write).is_err() {
            self.state = StreamState::Reset;
        }
    }

    /// Sends bytes and ends our side, so that the last bytes and the end arrive together.
    pub(super) fn send_and_end(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        sockopt::set_tcp_cork(&self.socket, true)?;
        self.send(bytes);
        self.end();
        Ok(())
    }

    /// Makes the kernel hold little of what is not read, so that a peer soon has to wait.
    pub(super) fn receive_little(&self) -> io::Result<()> {
        Ok(sockopt::set_socket_recv_buffer_size(&self.socket, 4 << 10)?)
    }

    /// Lets closing the connection reset it.
    pub(super) fn reset_at_close(&self) -> io::Result<()> {
        Ok(sockopt::set_socket_linger(&self.socket, Some(Duration::ZERO))?)
    }
}
