//! Forwards bytes between two sockets in both directions, and reports a copy of them.
//!
//! It knows no protocol except the filter for control connections of FTP. `common`'s `Conn` serves one
//! direction at a time, so this module uses sockets: each direction reads only after its last bytes were
//! written (backpressure), the end of one side is forwarded as the end of that side, and a reset as a reset.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::{Shutdown, shutdown, sockopt};
use syntax::conversation::Sender;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};

use super::bulk::{self, Bulk, when_ready};
use super::ftp::{ControlState, Passage};
use super::queue::{Break, ConnectionReporter, TapEventKind, TapPiece, other};

/// The most bytes that are read at once (256 KiB).
const BUFFER: usize = 256 << 10;
/// Buffers of a direction that the explanation may still read while others are filled.
const BUFFERS: usize = 8;
/// The least pause between the writes of `--split`, so that the peer reads them separately.
const SPLIT_PAUSE: Duration = Duration::from_millis(1);
/// How long peers may still send after `--cut-after` ended a connection.
const LINGER: Duration = Duration::from_secs(2);

/// Faults that are injected into every connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    /// The most bytes of a write.
    pub(super) split: Option<usize>,
    /// The wait before each write.
    pub(super) delay: Option<Duration>,
    pub(super) cut: Option<Cut>,
}

/// Ends a connection after this many bytes in one direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub(super) after: u64,
    pub(super) is_reset: bool,
}

/// Forwards until both sides have ended, or the connection breaks.
pub(super) async fn relay(
    client: TcpStream,
    server: TcpStream,
    faults: Faults,
    reporter: &ConnectionReporter,
    control: Option<&RefCell<ControlState>>,
) {
    let streaks = Streaks::default();
    let pump = |sender| RelayDirection { sender, faults, reporter, control, streaks: &streaks };
    let (requests, responses) = (pump(Sender::Client), pump(Sender::Server));
    let mut requests = pin!(requests.run(&client, &server));
    let mut responses = pin!(responses.run(&server, &client));
    // A peer that has ended its side and does not read can still reset the connection.
    let ended = tokio::select! {
        ended = &mut requests => match ended {
            Ok(()) => tokio::select! {
                ended = &mut responses => ended,
                _ = client.ready(Interest::ERROR) => Err(Break::Reset(Sender::Client)),
            },
            broken => broken,
        },
        ended = &mut responses => match ended {
            Ok(()) => tokio::select! {
                ended = &mut requests => ended,
                _ = server.ready(Interest::ERROR) => Err(Break::Reset(Sender::Server)),
            },
            broken => broken,
        },
    };
    let Err(broken) = ended else { return };
    match &broken {
        Break::Reset(Sender::Client) => reset(&server),
        Break::Reset(Sender::Server) => reset(&client),
        Break::Cut if faults.cut.is_some_and(|cut| cut.is_reset) => {
            reset(&client);
            reset(&server);
        }
        _ => finish(&client, &server).await,
    }
    reporter.push(TapEventKind::Broken(broken));
}

/// Makes closing the socket reset the connection.
pub(super) fn reset(socket: &TcpStream) {
    // It fails only on a connection that is closed already.
    let _ = sockopt::set_socket_linger(socket, Some(Duration::ZERO));
}

/// Ends both sides, and discards what still arrives: unread bytes would turn the end into a reset.
async fn finish(client: &TcpStream, server: &TcpStream) {
    let deadline = Instant::now() + LINGER;
    for socket in [client, server] {
        let _ = shutdown(socket, Shutdown::Write);
    }
    let discard = async |socket: &TcpStream| {
        let mut bytes = [0; 4 << 10];
        while timeout_at(deadline, read(socket, &mut bytes))
            .await
            .is_ok_and(|read| read.is_ok_and(|read| read > 0))
        {}
    };
    tokio::join!(discard(client), discard(server));
}

/// One direction of a connection.
struct RelayDirection<'a> {
    sender: Sender,
    faults: Faults,
    reporter: &'a ConnectionReporter,
    control: Option<&'a RefCell<ControlState>>,
    streaks: &'a Streaks,
}

/// Bytes that each end has sent since the other one last sent any.
#[derive(Default)]
struct Streaks {
    client: Cell<u64>,
    server: Cell<u64>,
}

impl Streaks {
    fn of(&self, sender: Sender) -> &Cell<u64> {
        match sender {
            Sender::Client => &self.client,
            Sender::Server => &self.server,
        }
    }

    fn add(&self, sender: Sender, bytes: u64) {
        self.of(sender).update(|streak| streak + bytes);
        self.of(other(sender)).set(0);
    }
}

impl RelayDirection<'_> {
    async fn run(&self, from: &TcpStream, to: &TcpStream) -> Result<(), Break> {
        let mut buffers = Buffers::default();
        let (mut forwarded, mut pipe) = (0, None);
        loop {
            // The other end may have sent something since the last bytes: it began a new message.
            from.readable().await.map_err(|_| Break::Reset(self.sender))?;
            if self.streaks.of(self.sender).get() >= bulk::THRESHOLD && self.may_move() {
                if pipe.is_none() {
                    pipe = Bulk::new().ok();
                }
                if let Some(pipe) = &pipe {
                    match pipe.forward(self.sender, from, to).await? {
                        Some(0) => break,
                        Some(moved) => {
                            self.reporter.skip(self.sender, moved);
                            self.streaks.add(self.sender, moved);
                        }
                        None => {}
                    }
                    continue;
                }
            }
            let mut buffer = buffers.take();
            let Some(space) = Arc::get_mut(&mut buffer) else { continue };
            let length = read(from, space).await.map_err(|_| Break::Reset(self.sender))?;
            let filtered = self.control.and_then(|control| {
                control.borrow_mut().filter(self.sender, buffer.get(..length).unwrap_or_default())
            });
            match filtered {
                None => self.forward(to, &buffer, length, &mut forwarded).await?,
                Some(lines) => {
                    for line in lines {
                        self.pass(to, line, &mut forwarded).await?;
                    }
                }
            }
            if length == 0 {
                break;
            }
            self.streaks.add(self.sender, length as u64);
            buffers.give(buffer);
        }
        self.reporter.end(self.sender);
        shutdown(to, Shutdown::Write).map_err(|_| Break::Reset(other(self.sender)))
    }

    /// Whether content may be forwarded without a copy: nothing else must happen to it.
    fn may_move(&self) -> bool {
        let Faults { split, delay, cut } = self.faults;
        !self.reporter.is_complete && split.is_none() && delay.is_none() && cut.is_none()
    }

    /// Forwards the start of a buffer, and reports each part as soon as it is written: the answer to it must not be
    /// reported earlier.
    async fn forward(
        &self,
        to: &TcpStream,
        buffer: &Arc<Vec<u8>>,
        length: usize,
        forwarded: &mut u64,
    ) -> Result<(), Break> {
        let mut at = 0;
        while at < length {
            let end = at + self.write(to, buffer.get(at..length).unwrap_or_default(), forwarded).await?;
            self.reporter.bytes(self.sender, TapPiece::of(buffer, at..end));
            at = end;
        }
        Ok(())
    }

    /// Forwards a line of a control connection, or its replacement.
    async fn pass(&self, to: &TcpStream, line: Passage, forwarded: &mut u64) -> Result<(), Break> {
        let Passage { line, rewritten } = line;
        let bytes = rewritten.as_ref().unwrap_or(&line);
        let mut at = 0;
        while at < bytes.len() {
            at += self.write(to, bytes.get(at..).unwrap_or_default(), forwarded).await?;
        }
        self.reporter.bytes(self.sender, line.into());
        if let Some(rewritten) = rewritten {
            self.reporter.push(TapEventKind::Rewritten(self.sender, rewritten));
        }
        Ok(())
    }

    /// Writes as much as the socket accepts and the faults allow.
    async fn write(&self, to: &TcpStream, bytes: &[u8], forwarded: &mut u64) -> Result<usize, Break> {
        let Faults { split, delay, cut } = self.faults;
        if let Some(pause) = delay.or(split.map(|_| SPLIT_PAUSE)) {
            sleep(pause).await;
        }
        let allowed = cut.map_or(u64::MAX, |cut| cut.after - *forwarded);
        let most = split.unwrap_or(usize::MAX).min(usize::try_from(allowed).unwrap_or(usize::MAX));
        let bytes = bytes.get(..most).unwrap_or(bytes);
        let written = when_ready(to, Interest::WRITABLE, || to.try_write(bytes)).await;
        let written = written.map_err(|_| Break::Reset(other(self.sender)))?;
        *forwarded += written as u64;
        match cut {
            Some(cut) if *forwarded >= cut.after => Err(Break::Cut),
            _ => Ok(written),
        }
    }
}

async fn read(from: &TcpStream, into: &mut [u8]) -> io::Result<usize> {
    when_ready(from, Interest::READABLE, || from.try_read(into)).await
}

/// Buffers that are filled again when the explanation no longer reads them.
#[derive(Default)]
struct Buffers(Vec<Arc<Vec<u8>>>);

impl Buffers {
    fn take(&mut self) -> Arc<Vec<u8>> {
        match self.0.iter().position(|buffer| Arc::strong_count(buffer) == 1) {
            Some(unused) => self.0.swap_remove(unused),
            None => Arc::new(vec![0; BUFFER]),
        }
    }

    fn give(&mut self, buffer: Arc<Vec<u8>>) {
        if self.0.len() < BUFFERS {
            self.0.push(buffer);
        }
    }
}
