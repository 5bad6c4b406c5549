//! The control connection: commands in, replies out, also while a transfer runs beside it.
//!
//! It knows which commands a transfer does not keep waiting (ABOR, NOOP, STAT), and nothing else of what
//! they mean. [RFC 959](https://www.rfc-editor.org/rfc/rfc959) sections 4.1.3 and 5.1.

use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::time::Duration;

use common::conn::{Broken, Conn, Patience};
use common::listen::Peer;
use common::tls::{SessionId, Tls};

use super::limits::{Limits, WAITING_COMMANDS};
use super::refusal::Refusal;
use crate::wire::command::{self, Command, Rule, Verb};
use crate::wire::line::{self, Line};
use crate::wire::reply::Reply;

/// A line, and what it asks for.
pub(super) struct Request {
    pub(super) line: Line,
    pub(super) command: Result<Command, Rule>,
}

impl Request {
    fn of(line: Line) -> Self {
        let command = command::parse(&line);
        Self { line, command }
    }

    /// Its verb, also if its argument is wrong.
    pub(super) fn verb(&self) -> Option<Verb> {
        self.command.as_ref().map_or_else(|rule| rule.verb(), |command| Some(command.verb()))
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
        self.conn.set_patience(Patience { idle, value: self.idle, ..Patience::default() });
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
            Err(Broken::Input(line::Endless)) => Reply::new(500, "A line without end."),
            Ok(None) | Err(Broken::Io(_)) => return None,
        };
        self.say(&farewell);
        None
    }

    /// Carries a transfer to its end and listens meanwhile: ABOR ends it and is answered in its turn, NOOP
    /// and STAT are answered at once, everything else waits in order. What is queued is said first, unless the transfer ends without
    /// any wait: then its replies go out together.
    pub(super) async fn alongside<T>(
        &mut self,
        transfer: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        self.wait_for(None);
        let outcome = self.listen_during(transfer).await;
        self.wait_for(Some(self.idle));
        outcome
    }

    async fn listen_during<T>(
        &mut self,
        transfer: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        let mut transfer = pin!(transfer);
        loop {
            let line = tokio::select! {
                biased;
                outcome = &mut transfer => return outcome,
                line = self.conn.next(line::take) => line,
            };
            let Ok(line) = line else { return Err(Refusal::ControlLost) };
            let Some(line) = line else {
                return match self.conn.is_draining() || self.has_quit() {
                    true => transfer.await,
                    false => Err(Refusal::ControlLost),
                };
            };
            let request = Request::of(line);
            match &request.command {
                Ok(Command::Abor) => {
                    self.waiting.push_back(request);
                    return Err(Refusal::Aborted);
                }
                Ok(Command::Noop) => self.say(&Reply::new(200, "Transferring.")),
                Ok(Command::Stat(None)) => self.say(&Reply::new(211, "A transfer is in progress.")),
                _ => self.waiting.push_back(request),
            }
            if self.waiting.len() >= WAITING_COMMANDS {
                self.conn.flush().await.map_err(|_| Refusal::ControlLost)?;
                return transfer.await;
            }
        }
    }

    /// Whether the client has sent QUIT, after which the end of the connection is no surprise.
    fn has_quit(&self) -> bool {
        self.waiting.iter().any(|request| matches!(request.command, Ok(Command::Quit)))
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
