//! The control connection: commands in, replies out, also while a transfer runs beside it.
//!
//! It knows which commands a transfer does not keep waiting (ABOR, NOOP, STAT), and nothing else of what
//! they mean. [RFC 959](https://www.rfc-editor.org/rfc/rfc959) sections 4.1.3 and 5.1.

use std::collections::VecDeque;
use std::io;
use std::pin::{Pin, pin};
use std::time::Duration;

use common::net::conn::{Broken, Conn, INPUT, Patience};
use common::net::peer::Peer;
use common::net::tls::{SessionId, Tls};

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
            Err(Broken::Input(line::Endless)) => Reply::new(500, "A line without end."),
            Ok(None) | Err(Broken::Io(_)) => return None,
        };
        self.say(&farewell);
        None
    }

    /// Carries a transfer to its end and listens meanwhile: ABOR ends it, NOOP and STAT are answered,
    /// everything else waits in order, also the ABOR's own reply. What is queued is said first, unless the
    /// transfer ends without any wait: then its replies go out together.
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
        if self.awaits(&Command::Abor) {
            return Err(Refusal::Aborted);
        }
        let mut transfer = pin!(transfer);
        while self.waiting.len() < WAITING_COMMANDS {
            let heard = tokio::select! {
                biased;
                outcome = &mut transfer => return outcome,
                heard = self.conn.next(line::take) => heard,
            };
            let Ok(Some(line)) = heard else {
                return match self.awaits(&Command::Quit) && is_end(&heard) {
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
        }
        self.look_ahead_during(transfer).await
    }

    /// The same when as many commands wait as may. Those behind them are looked at and left unread: ABOR
    /// still ends the transfer, and so does the end of the connection.
    async fn look_ahead_during<T, F>(&mut self, mut transfer: Pin<&mut F>) -> Result<T, Refusal>
    where
        F: Future<Output = Result<T, Refusal>>,
    {
        let (mut has_quit, mut is_full, mut seen) = (self.awaits(&Command::Quit), false, 0);
        let abor = self.conn.next(|unread| {
            while let Some((line, used)) = line::take(unread.get(seen..).unwrap_or_default())? {
                seen += used;
                match command::parse(&line) {
                    Ok(Command::Abor) => return Ok(Some(((), 0))),
                    Ok(Command::Quit) => has_quit = true,
                    _ => {}
                }
            }
            is_full = unread.len() >= INPUT;
            Ok(None)
        });
        let heard = tokio::select! {
            biased;
            outcome = &mut transfer => return outcome,
            heard = abor => heard,
        };
        match heard {
            Ok(Some(())) => Err(Refusal::Aborted),
            // What comes behind so much cannot be seen.
            Err(Broken::Io(error)) if is_full && error.kind() == io::ErrorKind::InvalidData => transfer.await,
            heard if has_quit && is_end(&heard) => transfer.await,
            _ => Err(Refusal::ControlLost),
        }
    }

    /// Whether this command waits. ABOR ends the transfers before it; behind QUIT the end of the
    /// connection is no surprise.
    fn awaits(&self, command: &Command) -> bool {
        self.waiting.iter().any(|request| request.command.as_ref() == Ok(command))
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

/// Whether the client has ended its side, perhaps behind something that is no whole line or stays unread.
fn is_end<T>(heard: &Result<Option<T>, Broken<line::Endless>>) -> bool {
    match heard {
        Ok(ended) => ended.is_none(),
        Err(Broken::Io(error)) => error.kind() == io::ErrorKind::UnexpectedEof,
        Err(Broken::Input(line::Endless)) => false,
    }
}
