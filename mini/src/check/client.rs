//! `mini check client`: an echo client sends a message, receives as much as it sent, and ends; if the server fails, it
//! ends as well and reports why.
//!
//! This side is the server, which behaves differently in each case. With a command, the end of its process is observed,
//! else the end of its connection.

mod cases;
mod process;

use std::cell::Cell;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use common::log;
use common::net::endpoint::HostPort;
use syntax::rule::Language;

use super::case::{Deviation, Evidence, Outcome, choose};
use super::cpu::Pid;
use super::stream::{CheckStream, StreamState};
use crate::remote::THIS_MACHINE;

pub(super) use cases::CASES;
use process::{End, Process};

/// The message of a command: it has characters of one to four bytes.
pub(super) const MESSAGE: &str = "Halo, dunia: \u{e9}\u{2192}\u{1f30f}, sampai jumpa lagi\n";
/// A client that has sent nothing for this long has sent its message.
const COMPLETE: Duration = Duration::from_millis(300);
/// A client has read what came before this pause.
const PAUSE: Duration = Duration::from_millis(400);
/// How long a person has to start the client.
const START: Duration = Duration::from_secs(120);
/// How often a connection is looked for.
const POLL: Duration = Duration::from_millis(10);
/// Bytes beyond the message.
const EXCESS: usize = 1_000;

/// What is done to a process when it has started.
pub(super) type Prepare = Box<dyn Fn(&Child) -> io::Result<()>>;

/// How the client is started.
pub(super) struct Command {
    pub(super) words: Vec<String>,
    /// Its standard input.
    pub(super) input: String,
    /// Applied to each process, such as its limits.
    pub(super) prepare: Prepare,
}

/// How long a client may take.
#[derive(Clone, Copy)]
pub(super) struct Wait {
    /// For each step of a client that works.
    pub(super) timeout: Duration,
    /// To give up on a silent server.
    pub(super) patience: Duration,
}

/// The client under check, and the address to which it connects.
pub(super) struct ClientProgram {
    /// On each address of the host: `localhost` may have two.
    listeners: Vec<TcpListener>,
    /// That of the first one.
    address: SocketAddr,
    command: Option<Command>,
    wait: Wait,
    language: Language,
    /// Times that the client was asked to start.
    starts: Cell<u32>,
}

fn half_character(client: &ClientProgram) -> Outcome {
    let visit = client.visit()?;
    let multibyte = |text: &str| text.char_indices().find(|(_, letter)| letter.len_utf8() > 1);
    match visit.text().and_then(multibyte) {
        Some((start, _)) => visit.answer_in_pieces(client, start + 1),
        None => visit.inapplicable(client),
    }
}

fn characters_for_bytes(client: &ClientProgram) -> Outcome {
    let visit = client.visit()?;
    // So many bytes as there are characters, or a few more: a character is not split here.
    let boundary = |text: &str| {
        let characters = text.chars().count();
        text.char_indices().map(|(at, _)| at).find(|at| *at >= characters)
    };
    match visit.text().and_then(boundary) {
        Some(at) => visit.answer_in_pieces(client, at),
        None => visit.inapplicable(client),
    }
}

impl ClientProgram {
    pub(super) fn listen(
        address: &HostPort,
        command: Option<Command>,
        wait: Wait,
        language: Language,
    ) -> anyhow::Result<Self> {
        let failed = |error| anyhow!("cannot listen on {address}: {error}; choose another address or port");
        let addresses = address.resolve(THIS_MACHINE).map_err(failed)?;
        let (listeners, address) = listen(&addresses).map_err(failed)?;
        Ok(Self { listeners, address, command, wait, language, starts: Cell::new(0) })
    }

    /// What the report calls it.
    pub(super) fn name(&self) -> String {
        match &self.command {
            Some(command) => command.words.join(" "),
            None => format!("client of {}", self.address),
        }
    }

    /// Starts the client, or asks for it, and receives its message.
    fn visit(&self) -> Result<ClientConnection, Deviation> {
        let process = self.command.as_ref().map(|command| Process::start(command, self.address)).transpose();
        let process = process.map_err(Deviation::NotStarted)?;
        if process.is_none() {
            self.starts.set(self.starts.get() + 1);
            let (number, address) = (self.starts.get(), self.address);
            let text = choose(
                self.language,
                format!("{number}: start the client now; it connects to {address}"),
                format!("{number}: jalankan klien sekarang; alamatnya {address}"),
            );
            log::to_stderr(format_args!("{text}"));
        }
        let wait = if process.is_some() { self.wait.timeout } else { START };
        let Some(mut stream) = self.accept(wait, process.as_ref().map(Process::id))? else {
            let why = choose(
                self.language,
                format!("a connection to {}", self.address),
                format!("koneksi ke {}", self.address),
            );
            let observed = process.map(|process| process.end(Duration::ZERO).describe(self.language));
            let observed = observed.unwrap_or_default();
            return Err(Deviation::Failed(Evidence { expected: why, observed, ..Evidence::default() }));
        };
        stream.read_until(|received| !received.is_empty());
        // It may also end its side.
        stream.settle(COMPLETE);
        Ok(ClientConnection { message: stream.received.clone(), stream, process })
    }

    fn accept(&self, wait: Duration, process: Option<Pid>) -> io::Result<Option<CheckStream>> {
        let deadline = Instant::now() + wait;
        loop {
            for listener in &self.listeners {
                match listener.accept() {
                    Ok((socket, _)) => {
                        socket.set_nonblocking(false)?;
                        return Ok(Some(CheckStream::new(socket, self.wait.timeout)?.of_process(process)));
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
            if Instant::now() > deadline {
                return Ok(None);
            }
            thread::sleep(POLL);
        }
    }
}

/// Listens on each address, with one port, and returns the first address. One that this machine lacks, as `::1` without
/// IPv6, is left out.
fn listen(addresses: &[SocketAddr]) -> io::Result<(Vec<TcpListener>, SocketAddr)> {
    let mut listeners = Vec::new();
    let mut first: Option<SocketAddr> = None;
    for address in addresses {
        let port = first.map_or(address.port(), |first| first.port());
        let listener = match TcpListener::bind((address.ip(), port)) {
            Ok(listener) => listener,
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable && addresses.len() > 1 => continue,
            Err(error) => return Err(error),
        };
        listener.set_nonblocking(true)?;
        first = first.or(listener.local_addr().ok());
        listeners.push(listener);
    }
    let first = first.ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok((listeners, first))
}

/// One connection of the client, whose message has arrived.
struct ClientConnection {
    stream: CheckStream,
    message: Vec<u8>,
    process: Option<Process>,
}

impl ClientConnection {
    fn text(&self) -> Option<&str> {
        str::from_utf8(&self.message).ok()
    }

    /// The client sent only ASCII.
    fn inapplicable(self, client: &ClientProgram) -> Outcome {
        Err(Deviation::NotApplicable(choose(
            client.language,
            "the client sent no character of several bytes before the end; let it send text like \u{e9}\u{2192}".into(),
            "klien tidak mengirim karakter lebih dari satu bait sebelum akhir; kirim teks seperti \u{e9}\u{2192}".into(),
        )))
    }

    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // A client that has ended its side still reads.
        self.stream.send(bytes);
    }

    fn answer_whole(mut self, client: &ClientProgram) -> Outcome {
        self.send(self.message.clone());
        self.must_succeed(client)
    }

    /// Answers in two pieces. Between them, the client must wait.
    fn answer_in_pieces(mut self, client: &ClientProgram, at: usize) -> Outcome {
        let message = self.message.clone();
        let (first, second) = message.split_at(at.min(message.len()));
        self.send(first);
        self.pause();
        if self.has_ended() {
            let expected = choose(
                client.language,
                "the client waits for the rest".into(),
                "klien menunggu sisanya".into(),
            );
            return self.fail(client, expected);
        }
        self.send(second);
        self.must_succeed(client)
    }

    /// Waits until the client has read what was sent, as a rule.
    fn pause(&mut self) {
        match &mut self.process {
            Some(process) => process.pause(PAUSE),
            None => thread::sleep(PAUSE),
        }
    }

    /// Whether the client has closed the connection, or ended.
    fn has_ended(&mut self) -> bool {
        if let Some(process) = &mut self.process {
            return process.has_ended();
        }
        // A client that ended its side before is not known to have closed.
        let was_ended = self.stream.state == StreamState::Ended;
        let state = self.stream.read_for(POLL, |_| false);
        !was_ended && matches!(state, StreamState::Ended | StreamState::Reset)
    }

    fn close_early(mut self, client: &ClientProgram, is_report_required: bool) -> Outcome {
        if is_report_required && self.process.is_none() {
            return Err(Deviation::NotApplicable(needs_command(client)));
        }
        let half = self.message.len() / 2;
        let boundary =
            self.text().and_then(|text| text.char_indices().map(|(at, _)| at).find(|at| *at >= half));
        let half = self.message.get(..boundary.unwrap_or(half)).unwrap_or_default().to_vec();
        self.send(half);
        self.stream.end();
        self.must_end(client, client.wait.timeout, is_report_required)
    }

    fn reset(self, client: &ClientProgram) -> Outcome {
        let Self { stream, message, process } = self;
        stream.reset_at_close()?;
        let Some(process) = process else { return Err(Deviation::NotApplicable(needs_command(client))) };
        let sent = stream.sent.clone();
        drop(stream);
        let end = process.end_if_stuck(client.wait.timeout);
        match end.code {
            Some(_) => Ok(()),
            None => Err(end.failure(client, expected_end(client, client.wait.timeout), sent, message)),
        }
    }

    fn answer_too_much(mut self, client: &ClientProgram) -> Outcome {
        self.send([&*self.message, &b"!".repeat(EXCESS)].concat());
        self.must_end(client, client.wait.timeout, false)
    }

    fn say_nothing(mut self, client: &ClientProgram) -> Outcome {
        let Some(process) = self.process.take() else { return self.must_close(client, client.wait.patience) };
        // It may wait for its own timeout.
        let end = process.end(client.wait.patience);
        self.ends_so(client, &end, client.wait.patience, false)
    }

    /// The client has received everything, and must end without an error.
    fn must_succeed(mut self, client: &ClientProgram) -> Outcome {
        if self.stream.state == StreamState::Ended {
            // As an echo server does when its client has ended its side.
            self.stream.end();
        }
        match self.process.take() {
            None => self.must_close(client, client.wait.timeout),
            Some(process) => {
                let end = process.end_if_stuck(client.wait.timeout);
                let has_replacement = self.text().is_some_and(|text| !text.contains('\u{fffd}'))
                    && String::from_utf8_lossy(&end.out).contains('\u{fffd}');
                match end.code {
                    Some(0) if !has_replacement => Ok(()),
                    _ => {
                        let expected = choose(
                            client.language,
                            "the client prints the answer as it was sent, and ends with exit code 0".into(),
                            "klien mencetak jawaban seperti yang dikirim, lalu berakhir dengan kode keluar 0"
                                .into(),
                        );
                        Err(end.failure(client, expected, self.stream.sent, self.message))
                    }
                }
            }
        }
    }

    /// The client must end, whether it reports an error or not.
    fn must_end(mut self, client: &ClientProgram, wait: Duration, is_report_required: bool) -> Outcome {
        let Some(process) = self.process.take() else { return self.must_close(client, wait) };
        let end = process.end_if_stuck(wait);
        self.ends_so(client, &end, wait, is_report_required)
    }

    /// Judges how the client has ended.
    fn ends_so(self, client: &ClientProgram, end: &End, wait: Duration, is_report_required: bool) -> Outcome {
        let is_reported = end.code != Some(0) || !end.err.is_empty();
        let expected = match end.code {
            Some(_) if is_reported || !is_report_required => return Ok(()),
            Some(_) => choose(
                client.language,
                "a message on standard error, or an exit code other than 0".into(),
                "pesan di standard error, atau kode keluar selain 0".into(),
            ),
            None => expected_end(client, wait),
        };
        Err(end.failure(client, expected, self.stream.sent, self.message))
    }

    /// The client must close its connection.
    fn must_close(mut self, client: &ClientProgram, wait: Duration) -> Outcome {
        if self.stream.state == StreamState::Ended {
            // It ended its side with its message, so its end cannot be observed from here.
            return Err(Deviation::NotApplicable(needs_command(client)));
        }
        match self.stream.read_for(wait, |_| false) {
            StreamState::Ended | StreamState::Reset => Ok(()),
            _ => {
                let expected = choose(
                    client.language,
                    format!("the client closes the connection within {} s", wait.as_secs()),
                    format!("klien menutup koneksi dalam {} detik", wait.as_secs()),
                );
                self.fail(client, expected)
            }
        }
    }

    fn fail(self, client: &ClientProgram, expected: String) -> Outcome {
        let observed = self.process.map(|process| process.end(Duration::ZERO).describe(client.language));
        let observed = observed.unwrap_or_else(|| self.stream.state.text(client.language).into());
        let (sent, received) = (self.stream.sent, self.message);
        Err(Deviation::Failed(Evidence { sent, expected, received, observed }))
    }
}

fn expected_end(client: &ClientProgram, wait: Duration) -> String {
    let seconds = wait.as_secs();
    choose(
        client.language,
        format!("the client ends within {seconds} s"),
        format!("klien berakhir dalam {seconds} detik"),
    )
}

fn needs_command(client: &ClientProgram) -> String {
    choose(
        client.language,
        "needs the command of the client after --".into(),
        "memerlukan perintah klien setelah --".into(),
    )
}
