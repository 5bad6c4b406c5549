//! The control connection ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 5.1): commands in,
//! replies out. It does not know what they mean. `abort` listens to it during a transfer.

mod abort;

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use common::net::conn::{Broken, Conn, Patience};
use common::net::peer::Peer;
use common::net::tls::{SessionId, Tls};

use super::limits::Limits;
use super::refusal::Refusal;
use crate::wire::command::{self, Command, Invalid, Verb};
use crate::wire::line::{self, Line};
use crate::wire::reply::Reply;
use crate::wire::rule::Rule;

/// A line, and what it asks for.
pub(super) struct Request {
    pub(super) line: Line,
    /// The verb, also if its argument is wrong.
    pub(super) verb: Option<Verb>,
    pub(super) command: Result<Command, Invalid>,
}

impl Request {
    fn of(line: Line) -> Self {
        let (verb, command) = match command::parse(&line) {
            Ok((verb, command)) => (Some(verb), Ok(command)),
            Err(invalid) => (invalid.verb, Err(invalid)),
        };
        Self { line, verb, command }
    }
}

/// The control connection of one session.
pub(super) struct Control {
    conn: Conn,
    idle: Duration,
    /// What came during a transfer and waits for its end.
    waiting: VecDeque<Request>,
    /// Nothing more will be answered.
    is_over: bool,
    /// Names this session in the TLS tickets of its connections.
    id: SessionId,
    /// TLS begins behind what is said now.
    handshake: Option<Tls>,
}

impl Control {
    pub(super) fn new(mut conn: Conn, limits: Limits) -> Self {
        conn.keep_urgent_inline();
        conn.keep_alive();
        let mut control = Self {
            conn,
            idle: limits.idle,
            waiting: VecDeque::new(),
            is_over: false,
            id: SessionId::new(),
            handshake: None,
        };
        control.set_idle(limits.idle);
        control
    }

    pub(super) fn peer(&self) -> Peer {
        self.conn.peer()
    }

    pub(super) fn local(&self) -> Peer {
        self.conn.local()
    }

    /// How long the client may be silent between two commands.
    pub(super) fn idle(&self) -> Duration {
        self.idle
    }

    pub(super) fn set_idle(&mut self, idle: Duration) {
        self.idle = idle;
        self.wait_for(Some(idle));
    }

    fn wait_for(&mut self, idle: Option<Duration>) {
        // A person may be typing the line.
        let value = idle.unwrap_or(Duration::MAX);
        self.conn.set_patience(Patience { idle, value, ..Patience::default() });
    }

    /// Names this session among those whose TLS sessions a client can resume.
    pub(super) fn id(&self) -> SessionId {
        self.id
    }

    /// Whether TLS is spoken.
    pub(super) fn is_secure(&self) -> bool {
        self.conn.is_secure()
    }

    /// Speaks TLS from here on.
    pub(super) async fn start_tls(&mut self, tls: &Tls) -> io::Result<()> {
        // Nobody types this, as a line may be.
        self.conn.set_patience(Patience::default());
        let shaken = self.conn.accept_tls(tls, Some(self.id)).await;
        self.wait_for(Some(self.idle));
        shaken
    }

    /// Speaks TLS from the next command on. Commands that have come already are dropped: whoever sent
    /// them is not known to be the client.
    pub(super) fn start_tls_behind_reply(&mut self, tls: Tls) {
        self.waiting.clear();
        self.handshake = Some(tls);
    }

    /// Queues a reply; it goes out with others, at the latest before the next wait.
    pub(super) fn say(&mut self, reply: &Reply) {
        reply.write(self.conn.out());
    }

    /// Sends what is queued now: the client gets on with it while the next step is made here.
    pub(super) async fn flush(&mut self) {
        // A client that is gone is noticed when it is listened to.
        let _ = self.conn.flush().await;
    }

    /// Says why a command was not carried out.
    pub(super) fn refuse(&mut self, refusal: &Refusal) {
        self.say(&refusal.reply());
        self.is_over |= refusal.ends_session();
    }

    /// The session ends with what is said now.
    pub(super) fn end(&mut self) {
        self.is_over = true;
    }

    /// The next command. `None`: the session is over, and the client has been told why if it hears.
    pub(super) async fn next(&mut self) -> Option<Request> {
        if self.is_over {
            return None;
        }
        if let Some(tls) = self.handshake.take()
            && self.start_tls(&tls).await.is_err()
        {
            return None;
        }
        if let Some(request) = self.waiting.pop_front() {
            return Some(request);
        }
        let farewell = match self.conn.next(line::take).await {
            Ok(Some(line)) => return Some(Request::of(line)),
            Ok(None) if self.conn.is_draining() => Reply::new(421, "The server is stopping."),
            Err(Broken::Io(error)) if error.kind() == io::ErrorKind::TimedOut => {
                Reply::new(421, "Idle for too long.")
            }
            Err(Broken::Input(line::Endless)) => Refusal::Rule(Rule::LineEndless).reply(),
            Ok(None) | Err(Broken::Io(_)) => return None,
        };
        self.say(&farewell);
        None
    }

    /// Sends what is queued and closes.
    pub(super) async fn close(mut self) {
        if self.conn.has_unread() || !self.waiting.is_empty() {
            return self.conn.linger().await;
        }
        // Whether the last reply could be sent changes nothing any more.
        let _ = self.conn.finish().await;
    }
}
