//! Narrates what a small service does: a line on standard error for each event of a connection, for people who learn.
//!
//! ```text
//! connection 3 from 127.0.0.1:4711 (thread 2)
//! 3: received 16 bytes: halo, apa kabar?\n
//! 3: half-closed
//! 3: closed
//! ```
//!
//! Lines pass through the bounded queue of the log, so a slow terminal never delays a connection.

use std::cell::Cell;
use std::fmt::{self, Display};
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;
use common::command::{Lang, language};
use common::escape::Escaped;
use common::log;
use common::net::engine::Engine;
use common::net::peer::Peer;
use syntax::rule::Language;

/// Bytes of a message that are shown; the number of all is shown, too.
const SHOWN: usize = 60;

/// Options of the servers that narrate.
#[derive(Args, Clone, Copy)]
pub(crate) struct NarrationOptions {
    /// Narrate each connection on standard error, as on a terminal
    #[arg(long, conflicts_with = "quiet", help_heading = "Narration")]
    verbose: bool,

    /// Do not narrate on a terminal; problems are still reported
    #[arg(long, help_heading = "Narration")]
    quiet: bool,

    /// Language of the narration: en or id [default: that of LC_ALL or LANG]
    #[arg(long, value_name = "LANG", hide_possible_values = true, help_heading = "Narration")]
    lang: Option<Lang>,
}

impl NarrationOptions {
    /// The narration of a server, which may be silent.
    pub(crate) fn start(self, engine: Option<Engine>) -> Narration {
        let is_on = self.verbose || (!self.quiet && io::stderr().is_terminal());
        let pool = match engine {
            Some(Engine::Pool(threads)) => threads.get(),
            _ => 0,
        };
        let state = || State {
            language: language(self.lang),
            pool,
            opened: AtomicU64::new(0),
            waits: AtomicU64::new(0),
        };
        Narration(is_on.then(|| Arc::new(state())))
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Narration(Option<Arc<State>>);

#[derive(Debug)]
struct State {
    language: Language,
    /// Threads of the engine `pool:N`.
    pool: usize,
    /// The number of the newest connection.
    opened: AtomicU64,
    /// The number of the connection that was last reported as waiting.
    waits: AtomicU64,
}

/// An event of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NarrationEvent<'a> {
    Opened(Peer, u64),
    Received(&'a [u8]),
    HalfClosed,
    Joined(&'a str),
    Renamed(&'a str),
    Whispered,
    Refused,
    Failed(&'a io::Error),
    Closed,
}

/// The narration of one connection; dropping it reports that the connection is closed.
#[derive(Debug)]
pub(crate) struct Story {
    state: Option<Arc<State>>,
    number: u64,
}

impl Narration {
    /// Numbers a connection that was accepted.
    pub(crate) fn connection(&self, peer: Peer) -> Story {
        let number = self.0.as_ref().map_or(0, |state| state.opened.fetch_add(1, Ordering::Relaxed) + 1);
        let story = Story { state: self.0.clone(), number };
        story.report(NarrationEvent::Opened(peer, thread_number()));
        story
    }

    /// Reports that the next connection waits for a thread of the pool, once for each connection.
    pub(crate) fn connection_waits(&self) {
        let Some(state) = &self.0 else { return };
        let number = state.opened.load(Ordering::Relaxed) + 1;
        if state.waits.swap(number, Ordering::Relaxed) == number {
            return;
        }
        let pool = state.pool;
        match state.language {
            Language::English => log::line(format_args!("connection {number} waits (pool:{pool})")),
            Language::Indonesian => log::line(format_args!("koneksi {number} menunggu (pool:{pool})")),
        }
    }

    /// Reports a datagram.
    pub(crate) fn datagram(&self, from: impl Display, bytes: &[u8]) {
        let Some(state) = &self.0 else { return };
        let (count, shown) = (bytes.len(), Shown(bytes));
        match state.language {
            Language::English => log::line(format_args!("datagram of {count} bytes from {from}: {shown}")),
            Language::Indonesian => log::line(format_args!("datagram {count} bait dari {from}: {shown}")),
        }
    }
}

impl Story {
    pub(crate) fn report(&self, event: NarrationEvent<'_>) {
        let Some(state) = &self.state else { return };
        log::line(format_args!("{}", fmt::from_fn(|f| event.write(f, self.number, state.language))));
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        self.report(NarrationEvent::Closed);
    }
}

impl NarrationEvent<'_> {
    fn write(self, f: &mut fmt::Formatter<'_>, number: u64, language: Language) -> fmt::Result {
        let is_english = language == Language::English;
        if let Self::Opened(peer, thread) = self {
            let (connection, from) = if is_english { ("connection", "from") } else { ("koneksi", "dari") };
            return match peer {
                Peer::Inet(address) => write!(f, "{connection} {number} {from} {address} (thread {thread})"),
                Peer::Unix => write!(f, "{connection} {number} {from} {peer} (thread {thread})"),
            };
        }
        write!(f, "{number}: ")?;
        match (self, is_english) {
            (Self::Received(bytes), true) => write!(f, "received {} bytes: {}", bytes.len(), Shown(bytes)),
            (Self::Received(bytes), false) => write!(f, "menerima {} bait: {}", bytes.len(), Shown(bytes)),
            (Self::HalfClosed, true) => f.write_str("half-closed"),
            (Self::HalfClosed, false) => f.write_str("sisi kirim ditutup klien"),
            (Self::Joined(name), true) => write!(f, "joined as {name}"),
            (Self::Joined(name), false) => write!(f, "bergabung sebagai {name}"),
            (Self::Renamed(name), true) => write!(f, "is now {name}"),
            (Self::Renamed(name), false) => write!(f, "sekarang bernama {name}"),
            (Self::Whispered, true) => f.write_str("received a private message"),
            (Self::Whispered, false) => f.write_str("menerima pesan pribadi"),
            (Self::Refused, true) => f.write_str("refused: too many connections"),
            (Self::Refused, false) => f.write_str("ditolak: terlalu banyak koneksi"),
            (Self::Failed(error), true) => write!(f, "failed: {error}"),
            (Self::Failed(error), false) => write!(f, "gagal: {error}"),
            (Self::Closed, true) => f.write_str("closed"),
            (Self::Closed, false) => f.write_str("ditutup"),
            (Self::Opened(..), _) => Ok(()),
        }
    }
}

/// The first bytes of a message, escaped.
struct Shown<'a>(&'a [u8]);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut end = SHOWN.min(self.0.len());
        // No character of UTF-8 is cut.
        while self.0.get(end).is_some_and(|byte| byte & 0xC0 == 0x80) && end > SHOWN - 4 {
            end -= 1;
        }
        let (shown, rest) = self.0.split_at(end);
        let dots = if rest.is_empty() { "" } else { "..." };
        let text = Escaped(shown).to_string().replace("\\x0d", "\\r").replace("\\x0a", "\\n");
        write!(f, "{text}{dots}")
    }
}

/// The number of the current thread, in the order in which threads served their first connection.
fn thread_number() -> u64 {
    static THREADS: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        static NUMBER: Cell<u64> = const { Cell::new(0) };
    }
    if NUMBER.get() == 0 {
        NUMBER.set(THREADS.fetch_add(1, Ordering::Relaxed) + 1);
    }
    NUMBER.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_happened_in_each_language() {
        let peer = Peer::Inet("127.0.0.1:4711".parse().unwrap());
        let long = "é".repeat(50);
        let cut = format!("received 100 bytes: {}...", "é".repeat(30));
        for (event, english, indonesian) in [
            (
                NarrationEvent::Opened(peer, 2),
                "connection 3 from 127.0.0.1:4711 (thread 2)",
                "koneksi 3 dari 127.0.0.1:4711 (thread 2)",
            ),
            (
                NarrationEvent::Received(b"halo\r\n"),
                "3: received 6 bytes: halo\\r\\n",
                "3: menerima 6 bait: halo\\r\\n",
            ),
            (
                NarrationEvent::Received(long.as_bytes()),
                &*format!("3: {cut}"),
                &*format!("3: menerima 100 bait: {}...", "é".repeat(30)),
            ),
            (
                NarrationEvent::Received(b"\x1b[2J"),
                "3: received 4 bytes: \\x1b[2J",
                "3: menerima 4 bait: \\x1b[2J",
            ),
            (NarrationEvent::Joined("siti"), "3: joined as siti", "3: bergabung sebagai siti"),
            (NarrationEvent::HalfClosed, "3: half-closed", "3: sisi kirim ditutup klien"),
            (NarrationEvent::Closed, "3: closed", "3: ditutup"),
        ] {
            for (language, expected) in [(Language::English, english), (Language::Indonesian, indonesian)] {
                let line = fmt::from_fn(|f| event.write(f, 3, language)).to_string();
                assert_eq!(line, expected, "{event:?}");
            }
        }
    }
}
