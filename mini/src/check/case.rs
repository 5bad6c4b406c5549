//! A case of a check: what it examines, why, and the dialogue that decides.

use std::cell::Cell;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use syntax::rule::{Language, Text};

use super::cpu::Pid;
use super::stream::CheckStream;

/// A case, with texts for learners. `T` is the program under check.
pub(super) struct Case<T> {
    /// The name of the bug that it finds: `half-close`.
    pub(super) id: &'static str,
    pub(super) chapter: Text,
    /// What a program must do, and why.
    pub(super) why: Text,
    /// Where in the program the cause is usually found.
    pub(super) look_for: Text,
    /// Cases whose failure explains a failure of this one, which is then not reported.
    pub(super) unless: &'static [&'static str],
    pub(super) run: fn(&T) -> Outcome,
}

pub(super) type Outcome = Result<(), Deviation>;

/// Why a case did not pass.
#[derive(Debug)]
pub(super) enum Deviation {
    Failed(Evidence),
    /// The case says nothing about this program.
    NotApplicable(String),
    /// No connection is possible.
    Unreachable(io::Error),
    /// The program cannot be started.
    NotStarted(io::Error),
}

/// What shows the failure, in the language of the report.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) sent: Vec<u8>,
    pub(super) expected: String,
    pub(super) received: Vec<u8>,
    /// What happened besides the bytes.
    pub(super) observed: String,
}

impl From<io::Error> for Deviation {
    fn from(error: io::Error) -> Self {
        Self::Unreachable(error)
    }
}

/// Chapters of the course.
pub(super) mod chapter {
    use syntax::rule::Text;

    pub(in crate::check) const SOCKETS: Text = Text { en: "stream sockets", id: "soket stream" };
    pub(in crate::check) const CLIENT: Text = Text {
        en: "a client that receives as much as it sent",
        id: "klien yang menerima sebanyak yang dikirim",
    };
    pub(in crate::check) const THREADS: Text =
        Text { en: "an echo server with threads", id: "server echo dengan thread" };
    pub(in crate::check) const SELECT: Text =
        Text { en: "a non-blocking server with select", id: "server non-blocking dengan select" };
    pub(in crate::check) const CHAT: Text =
        Text { en: "case study: a chat server", id: "studi kasus: server chat" };
    pub(in crate::check) const THREATS: Text =
        Text { en: "threats and countermeasures", id: "ancaman dan penanggulangannya" };
}

/// A server under check.
pub(super) struct Target {
    pub(super) address: SocketAddr,
    /// The connection that showed that the server runs. The first case uses it, because a first program may accept only
    /// one.
    pub(super) first: Cell<Option<TcpStream>>,
    /// How long it is waited for.
    pub(super) timeout: Duration,
    /// Its process, if nothing more is to be expected once that is stuck.
    pub(super) process: Option<Pid>,
    pub(super) language: Language,
}

impl Target {
    pub(super) fn connect(&self) -> io::Result<CheckStream> {
        let socket = match self.first.take() {
            Some(first) => first,
            None => TcpStream::connect_timeout(&self.address, self.timeout)?,
        };
        Ok(CheckStream::new(socket, self.timeout)?.of_process(self.process))
    }

    /// Fails the case unless `is_met`, with what was sent and received on a connection.
    pub(super) fn require(&self, is_met: bool, stream: &CheckStream, expected: String) -> Outcome {
        if is_met {
            return Ok(());
        }
        Err(Deviation::Failed(Evidence {
            sent: stream.sent.clone(),
            expected,
            received: stream.received.clone(),
            observed: stream.state.text(self.language).into(),
        }))
    }
}

/// One of two texts, for those that contain values.
pub(super) fn choose(language: Language, english: String, indonesian: String) -> String {
    match language {
        Language::English => english,
        Language::Indonesian => indonesian,
    }
}
