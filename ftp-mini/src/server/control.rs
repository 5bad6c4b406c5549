//! The control connection ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 5.1): receives commands and
//! sends replies without interpreting them. `abort` reads it during a transfer.

mod abort;

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use common::net::conn::{Broken, Conn, ConnTimeouts};
use common::net::peer::Peer;
use common::net::tls::{SessionId, Tls};
use common::net::trace::Tracer;

use super::limits::Limits;
use super::metrics;
use super::refusal::Refusal;
use crate::wire::command::{self, Command, Invalid, Verb};
use crate::wire::line::{self, Line};
use crate::wire::reply::Reply;
use crate::wire::rule::Rule;

/// A line and the command in it.
pub(super) struct ReceivedCommand {
    pub(super) line: Line,
    /// Also set if only the argument is wrong.
    pub(super) verb: Option<Verb>,
    pub(super) command: Result<Command, Invalid>,
}

impl ReceivedCommand {
    fn of(line: Line) -> Self {
        let (verb, command) = match command::parse(&line) {
            Ok((verb, command)) => (Some(verb), Ok(command)),
            Err(invalid) => (invalid.verb, Err(invalid)),
        };
        Self { line, verb, command }
    }

    fn is_quit(&self) -> bool {
        matches!(self.command, Ok(Command::Quit))
    }
}

/// Who ends the session.
enum Side {
    /// The client, which sends nothing after QUIT.
    Client,
    /// The server, while a command of the client may be on its way.
    Server,
}

pub(super) struct ServerControl {
    conn: Conn,
    idle: Duration,
    /// Commands received during a transfer, which wait for its end.
    waiting: VecDeque<ReceivedCommand>,
    /// Set when no more commands are read.
    ended_by: Option<Side>,
    /// Identifies this session in the TLS tickets of its connections.
    id: SessionId,
    /// Starts TLS after the queued replies.
    handshake: Option<Tls>,
}

impl ServerControl {
    pub(super) fn new(mut conn: Conn, limits: Limits) -> Self {
        conn.keep_urgent_inline();
        conn.keep_alive();
        let mut control = Self {
            conn,
            idle: limits.idle,
            waiting: VecDeque::new(),
            ended_by: None,
            id: SessionId::new(),
            handshake: None,
        };
        control.set_idle(limits.idle);
        control
    }

    pub(super) fn peer(&self) -> Peer {
        self.conn.peer()
    }

    /// Traces the data connections, if this connection is traced.
    pub(super) fn tracer(&self) -> Option<Tracer> {
        self.conn.tracer()
    }

    /// The address to which the client connected.
    pub(super) fn reached(&self) -> Peer {
        self.conn.reached()
    }

    pub(super) fn local(&self) -> Peer {
        self.conn.local()
    }

    /// The timeout between two commands.
    pub(super) fn idle(&self) -> Duration {
        self.idle
    }

    pub(super) fn set_idle(&mut self, idle: Duration) {
        self.idle = idle;
        self.wait_for(Some(idle));
    }

    fn wait_for(&mut self, idle: Option<Duration>) {
        // A user may be typing the line.
        let value = idle.unwrap_or(Duration::MAX);
        self.conn.set_timeouts(ConnTimeouts { idle, value, ..ConnTimeouts::default() });
    }

    pub(super) fn id(&self) -> SessionId {
        self.id
    }

    pub(super) fn is_secure(&self) -> bool {
        self.conn.is_secure()
    }

    pub(super) async fn start_tls(&mut self, tls: &Tls) -> io::Result<()> {
        // Unlike a line, a handshake is not typed.
        self.conn.set_timeouts(ConnTimeouts::default());
        let accepted = self.conn.accept_tls(tls, Some(self.id)).await;
        self.wait_for(Some(self.idle));
        accepted
    }

    /// Starts TLS after the reply. Commands that were already received are dropped: an attacker may have sent
    /// them.
    pub(super) fn start_tls_behind_reply(&mut self, tls: Tls) {
        self.waiting.clear();
        self.handshake = Some(tls);
    }

    /// Queues a reply, which is sent before the next wait.
    pub(super) fn say(&mut self, reply: &Reply) {
        metrics::reply(reply.code());
        reply.write(self.conn.out());
    }

    /// Sends the queued replies now, so that the client can proceed during the next step.
    pub(super) async fn flush(&mut self) {
        // The next read reports a lost connection.
        let _ = self.conn.flush().await;
    }

    /// Replies to a refused command.
    pub(super) fn refuse(&mut self, refusal: &Refusal) {
        match refusal.ends_session() {
            true => self.dismiss(&refusal.reply()),
            false => self.say(&refusal.reply()),
        }
    }

    /// Ends the session after the queued replies, as the client asked.
    pub(super) fn quit(&mut self) {
        self.ended_by = Some(Side::Client);
    }

    /// The next command; `None` when the session is over, of which the client has been notified if possible. A stopping
    /// server accepts only QUIT.
    pub(super) async fn next(&mut self) -> Option<ReceivedCommand> {
        if self.ended_by.is_some() {
            return None;
        }
        if let Some(tls) = self.handshake.take()
            && self.start_tls(&tls).await.is_err()
        {
            return None;
        }
        let farewell = match self.receive().await {
            Ok(Some(request)) if !self.conn.is_draining() || request.is_quit() => return Some(request),
            Ok(_) if self.conn.is_draining() => Reply::new(421, "The server is stopping."),
            Err(Broken::Io(error)) if error.kind() == io::ErrorKind::TimedOut => {
                Reply::new(421, "Idle for too long.")
            }
            Err(Broken::Io(error)) if error.kind() == io::ErrorKind::ResourceBusy => {
                Refusal::NoMemory.reply()
            }
            Err(Broken::Input(line::Endless)) => Refusal::Rule(Rule::LineEndless).reply(),
            Ok(_) | Err(Broken::Io(_)) => return None,
        };
        self.dismiss(&farewell);
        None
    }

    /// A command that has waited for the end of a transfer, or the next one on the connection.
    async fn receive(&mut self) -> Result<Option<ReceivedCommand>, Broken<line::Endless>> {
        match self.waiting.pop_front() {
            Some(request) => Ok(Some(request)),
            None => Ok(self.conn.next(line::take).await?.map(ReceivedCommand::of)),
        }
    }

    /// Ends the session by a reply of the server's own.
    fn dismiss(&mut self, farewell: &Reply) {
        self.say(farewell);
        self.ended_by = Some(Side::Server);
    }

    /// Sends the queued replies and closes. A command that arrives at a closed connection makes the kernel send a reset,
    /// which could discard the last reply.
    pub(super) async fn close(mut self) {
        let is_dismissed = matches!(self.ended_by, Some(Side::Server));
        if is_dismissed || self.conn.has_unread() || !self.waiting.is_empty() {
            return self.conn.linger().await;
        }
        // A failure to send the last reply has no consequences.
        let _ = self.conn.finish().await;
    }
}
