//! `mini check echo`: an echo server (RFC 862) returns every byte, in order, to the client that sent it, until that
//! client has ended its side and received everything.
//!
//! Servers may read and write in any pieces, and use threads, select or one process for each client.

mod cases;

use std::time::{Duration, Instant};

use super::case::{Deviation, Evidence, Outcome, Target, choose};
use super::cpu::{Pid, busy_share, busy_share_unless_waiting};
use super::stream::{CheckStream, StreamState};

pub(super) use cases::CASES;

/// A pause after which the peer has read what was sent before, as a rule.
const PAUSE: Duration = Duration::from_millis(20);
/// Bytes of the large message (1 MiB).
const LARGE: usize = 1 << 20;
/// Bytes that are sent before a half-close without reading: less than any kernel holds for both ends.
const PENDING: usize = 20_000;
/// Bytes that a client sends without reading at most (16 MiB): more than the kernel holds for both ends.
const UNREAD_LIMIT: usize = 16 << 20;
/// How long `mini check` measures the CPU time.
pub(super) const IDLE: Duration = Duration::from_secs(2);
/// A client that gets no answer for this long waits for another one to leave.
const WAITING: Duration = Duration::from_millis(300);
/// The share of a core that an idle server may use. One that spins uses all that it gets, which may be little on a busy
/// machine.
const BUSY: f64 = 0.03;

/// The server, and what differs between servers.
pub(super) struct EchoServer {
    pub(super) target: Target,
    /// Clients at the same time.
    pub(super) clients: usize,
    /// It serves so many clients at a time, and lets others wait.
    pub(super) is_pool: bool,
    /// The process whose CPU time is measured.
    pub(super) pid: Option<Pid>,
    /// A client sends nothing for this long while the server's CPU time is measured.
    pub(super) idle: Duration,
}

fn lines(length: usize) -> Vec<u8> {
    let lines = (0_u32..).flat_map(|number| format!("line {number} of a long message\n").into_bytes());
    lines.take(length).collect()
}

/// A new client sends bytes, and the same bytes come back.
fn echoes(server: &EchoServer, bytes: &[u8]) -> Outcome {
    let mut stream = server.target.connect()?;
    stream.send(bytes);
    comes_back(server, &mut stream)
}

/// Everything that was sent comes back, and nothing else within a pause.
fn comes_back(server: &EchoServer, stream: &mut CheckStream) -> Outcome {
    let sent = stream.sent.clone();
    let mut state = stream.read_until(|received| received.len() >= sent.len() || !sent.starts_with(received));
    if state == StreamState::Open {
        // Nothing may follow.
        let _ = stream.settle(PAUSE);
        state = StreamState::Open;
    }
    let is_same = state == StreamState::Open && stream.received == sent;
    let language = server.target.language;
    let expected = choose(language, "the same bytes".into(), "bait yang sama".into());
    server.target.require(is_same, stream, expected)
}

fn several_messages(server: &EchoServer) -> Outcome {
    let mut stream = server.target.connect()?;
    for message in ["one\n", "two\n", "three\n"] {
        stream.send(message);
        comes_back(server, &mut stream)?;
    }
    Ok(())
}

fn in_pieces<'a>(server: &EchoServer, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut stream = server.target.connect()?;
    for piece in pieces {
        stream.send(piece);
        std::thread::sleep(PAUSE);
    }
    comes_back(server, &mut stream)
}

fn byte_by_byte(server: &EchoServer) -> Outcome {
    in_pieces(server, b"one byte at a time\n".chunks(1))
}

fn half_character(server: &EchoServer) -> Outcome {
    let text = "Halo, dunia: \u{e9}\u{2192}\u{1f30f}\n".as_bytes();
    // Inside each of the three characters.
    let (start, rest) = text.split_at(14);
    let (second, rest) = rest.split_at(3);
    let (third, rest) = rest.split_at(3);
    in_pieces(server, [start, second, third, rest])
}

fn large_message(server: &EchoServer) -> Outcome {
    let mut stream = server.target.connect()?;
    let state = stream.exchange(&lines(LARGE))?;
    let is_same = state == StreamState::Open && stream.received == stream.sent;
    summarized(server, stream, is_same)
}

/// Fails unless `is_same`; a long message is shown by its length and the place of the first difference.
fn summarized(server: &EchoServer, stream: CheckStream, is_same: bool) -> Outcome {
    if is_same {
        return Ok(());
    }
    let (sent, came) = (stream.sent.len(), stream.received.len());
    let same = stream.sent.iter().zip(&stream.received).take_while(|(one, other)| one == other).count();
    let language = server.target.language;
    let state = stream.state.text(language);
    Err(Deviation::Failed(Evidence {
        sent: stream.sent,
        expected: choose(language, format!("the same {sent} bytes"), format!("{sent} bait yang sama")),
        observed: choose(
            language,
            format!("{came} bytes, the first {same} of them as sent {state}"),
            format!("{came} bait, {same} bait pertama sama {state}"),
        ),
        ..Evidence::default()
    }))
}

fn half_close(server: &EchoServer) -> Outcome {
    let mut stream = server.target.connect()?;
    stream.send_and_end(lines(PENDING))?;
    let state = stream.read_to_end();
    if state == StreamState::Silent && stream.received == stream.sent {
        let expected = choose(
            server.target.language,
            "the end of the connection, after everything came back".into(),
            "akhir koneksi, setelah semuanya dikirim kembali".into(),
        );
        stream.received.clear();
        return server.target.require(false, &stream, expected);
    }
    let is_same = state == StreamState::Ended && stream.received == stream.sent;
    summarized(server, stream, is_same)
}

fn many_clients(server: &EchoServer) -> Outcome {
    let mut streams = Vec::new();
    for _ in 0..server.clients {
        streams.push(server.target.connect()?);
    }
    // The last one first: a server that serves one after the other answers none of them.
    for (number, stream) in streams.iter_mut().enumerate().rev() {
        stream.send(format!("client {number}\n"));
        comes_back(server, stream)?;
    }
    Ok(())
}

fn pool(server: &EchoServer) -> Outcome {
    if !server.is_pool {
        let why = choose(server.target.language, "needs --pool".into(), "memerlukan --pool".into());
        return Err(Deviation::NotApplicable(why));
    }
    let mut streams = Vec::new();
    for number in 0..server.clients {
        let mut stream = server.target.connect()?;
        stream.send(format!("client {number}\n"));
        comes_back(server, &mut stream)?;
        streams.push(stream);
    }
    let mut next = server.target.connect()?;
    next.send("next client\n");
    let state = next.read_for(WAITING, |received| !received.is_empty());
    let expected = choose(
        server.target.language,
        format!("nothing, until one of {} clients leaves", server.clients),
        format!("tidak ada apa pun, sampai salah satu dari {} klien pergi", server.clients),
    );
    server.target.require(state == StreamState::Silent, &next, expected)?;
    streams.pop();
    comes_back(server, &mut next)
}

fn slow_reader(server: &EchoServer) -> Outcome {
    let mut slow = server.target.connect()?;
    if let Err(error) = slow.fill(&lines(64 << 10), UNREAD_LIMIT, Duration::from_millis(300)) {
        let note = choose(
            server.target.language,
            format!("{error}, after {} bytes without reading", slow.sent.len()),
            format!("{error}, setelah {} bait tanpa membaca", slow.sent.len()),
        );
        return Err(Deviation::NotApplicable(note));
    }
    echoes(server, b"is anybody delayed?\n")?;
    let sent = slow.sent.len();
    slow.read_until_silence(|received| received.len() >= sent);
    let is_same = slow.received == slow.sent;
    summarized(server, slow, is_same)
}

fn reset(server: &EchoServer) -> Outcome {
    let mut other = server.target.connect()?;
    other.send("before\n");
    comes_back(server, &mut other)?;
    let mut gone = server.target.connect()?;
    gone.send("gone\n");
    comes_back(server, &mut gone)?;
    gone.send("nobody reads the answer");
    gone.reset_at_close()?;
    drop(gone);
    std::thread::sleep(PAUSE);
    other.send("after\n");
    comes_back(server, &mut other)?;
    match echoes(server, b"new\n") {
        Err(Deviation::Unreachable(error)) => Err(Deviation::Failed(Evidence {
            expected: choose(
                server.target.language,
                "a new connection, after a reset of another one".into(),
                "koneksi baru, setelah koneksi lain di-reset".into(),
            ),
            observed: error.to_string(),
            ..Evidence::default()
        })),
        outcome => outcome,
    }
}

fn idle_client(server: &EchoServer) -> Outcome {
    let mut stream = server.target.connect()?;
    stream.send("hello\n");
    comes_back(server, &mut stream)?;
    rests(server, &stream)?;
    stream.send("still here\n");
    comes_back(server, &mut stream)
}

fn after_the_end(server: &EchoServer) -> Outcome {
    if server.pid.is_none() {
        let why = choose(server.target.language, "needs --pid".into(), "memerlukan --pid".into());
        return Err(Deviation::NotApplicable(why));
    }
    let mut stream = server.target.connect()?;
    stream.send("hello\n");
    comes_back(server, &mut stream)?;
    stream.end();
    stream.read_to_end();
    rests(server, &stream)
}

/// Without a process id the time only passes.
fn rests(server: &EchoServer, stream: &CheckStream) -> Outcome {
    let started = Instant::now();
    let share = match (server.target.process, server.pid) {
        (Some(process), _) => busy_share_unless_waiting(process, server.idle)?,
        (None, Some(pid)) => busy_share(pid, server.idle)?,
        (None, None) => {
            std::thread::sleep(server.idle);
            0.0
        }
    };
    if share < BUSY {
        return Ok(());
    }
    let (percent, seconds) = (share * 100.0, started.elapsed().as_secs_f64());
    Err(Deviation::Failed(Evidence {
        sent: stream.sent.clone(),
        expected: choose(
            server.target.language,
            format!("less than {:.0} % of a core while nothing is sent", BUSY * 100.0),
            format!("kurang dari {:.0} % dari satu inti CPU selama tidak ada yang dikirim", BUSY * 100.0),
        ),
        observed: choose(
            server.target.language,
            format!("{percent:.0} % of a core for {seconds:.0} s"),
            format!("{percent:.0} % dari satu inti CPU selama {seconds:.0} detik"),
        ),
        ..Evidence::default()
    }))
}
