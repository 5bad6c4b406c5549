//! The client's end of the control connection: sends commands and receives replies
//! ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) sections 4.2 and 5.4).
//!
//! It counts outstanding replies, so that no reply is taken for that of another command, even if a future was
//! dropped. It does not interpret replies.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use common::client::DialogueTrace;
use common::net::conn::{Conn, ConnTimeouts};
use common::net::peer::Peer;
use common::net::tls::client::TlsClient;
use common::net::trace::Tracer;

use super::error::{ServerReason, SessionError};
use super::limits::{ANSWER, LINE, PRELIMINARY, UNASKED};
use crate::wire::command::{self, Verb};
use crate::wire::reply::{self, Reply, ReplyClass};

#[derive(Debug)]
pub(super) struct ClientControl {
    conn: Conn,
    trace: DialogueTrace,
    /// Final replies still to be received, one for each command.
    awaited: usize,
    timeouts: Duration,
    /// The connection cannot be used any more.
    is_over: bool,
}

impl ClientControl {
    /// Expects the greeting of the server.
    pub(super) fn new(conn: Conn, trace: DialogueTrace) -> Self {
        conn.keep_alive();
        let mut control = Self { conn, trace, awaited: 1, timeouts: ANSWER, is_over: false };
        control.wait_for(Some(ANSWER));
        control
    }

    /// Sets the timeout for replies; `None` while something else has a timeout.
    pub(super) fn wait_for(&mut self, time: Option<Duration>) {
        self.timeouts = time.unwrap_or(Duration::MAX);
        self.conn.set_timeouts(ConnTimeouts { idle: time, value: LINE, ..ConnTimeouts::default() });
    }

    pub(super) fn tracer(&self) -> Option<Tracer> {
        self.conn.tracer()
    }

    pub(super) fn ends(&self) -> Result<(SocketAddr, SocketAddr), SessionError> {
        match (self.conn.local(), self.conn.peer()) {
            (Peer::Inet(local), Peer::Inet(peer)) => Ok((local, peer)),
            _ => Err(SessionError::Lost(io::ErrorKind::NotConnected.into())),
        }
    }

    /// Starts TLS. Unencrypted bytes after the reply to AUTH may have been injected.
    pub(super) async fn start_tls(&mut self, tls: &TlsClient, name: &str) -> Result<(), SessionError> {
        if self.conn.has_unread() {
            return Err(SessionError::Injected);
        }
        Ok(self.conn.connect_tls(tls, name).await?)
    }

    /// Queues a command, which is sent before the next wait.
    pub(super) fn say(&mut self, verb: Verb, argument: Option<&[u8]>) -> Result<(), SessionError> {
        command::write(verb, argument, self.conn.out())?;
        self.awaited += 1;
        let shown =
            if matches!(verb, Verb::Pass | Verb::Acct) { argument.map(|_| &b"***"[..]) } else { argument };
        let line = [verb.name().as_bytes(), shown.unwrap_or_default()].join(&b' ');
        self.trace.sent(line.trim_ascii_end());
        Ok(())
    }

    /// The next reply, even a preliminary one. Cancel safe: no reply is lost.
    pub(super) async fn next(&mut self) -> Result<Reply, SessionError> {
        let received = self.conn.next(reply::take).await;
        let reply = match received.map_err(SessionError::from) {
            Ok(Some(reply)) => Ok(reply),
            Ok(None) => Err(SessionError::Ended(ServerReason::default())),
            Err(SessionError::Lost(error)) if error.kind() == io::ErrorKind::TimedOut => {
                Err(SessionError::Silent(self.timeouts))
            }
            Err(error) => Err(error),
        };
        let reply = reply.inspect_err(|_| self.is_over = true)?;
        let last = reply.lines().count().saturating_sub(1);
        for (at, line) in reply.lines().enumerate() {
            let separator = if at == last { b' ' } else { b'-' };
            self.trace.received(&[reply.code().to_string().as_bytes(), line].join(&separator));
        }
        if reply.class() != ReplyClass::Preliminary {
            self.awaited = self.awaited.saturating_sub(1);
        }
        if reply.code() == 421 {
            self.is_over = true;
            return Err(SessionError::Ended(ServerReason::from(&reply)));
        }
        Ok(reply)
    }

    /// The final reply to the oldest command without one.
    pub(super) async fn last(&mut self) -> Result<Reply, SessionError> {
        for _ in 0..PRELIMINARY {
            let reply = self.next().await?;
            if reply.class() != ReplyClass::Preliminary {
                return Ok(reply);
            }
        }
        Err(self.give_up())
    }

    /// Ends a connection on which replies do not end.
    pub(super) fn give_up(&mut self) -> SessionError {
        self.is_over = true;
        SessionError::Endless
    }

    pub(super) fn is_settled(&self) -> bool {
        self.awaited == 0
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Drops outstanding replies, and those without a command: a server that shuts down announces it, and some
    /// report the end of a transfer twice.
    pub(super) async fn settle(&mut self) -> Result<(), SessionError> {
        while self.awaited > 0 {
            self.last().await?;
        }
        for _ in 0..UNASKED {
            if !self.conn.has_unread() {
                return Ok(());
            }
            self.last().await?;
        }
        Err(self.give_up())
    }

    /// Sends a command and returns its final reply.
    pub(super) async fn ask(&mut self, verb: Verb, argument: Option<&[u8]>) -> Result<Reply, SessionError> {
        self.settle().await?;
        self.say(verb, argument)?;
        self.last().await
    }

    /// Sends a command that must be completed (2xx).
    pub(super) async fn perform(
        &mut self,
        verb: Verb,
        argument: Option<&[u8]>,
    ) -> Result<Reply, SessionError> {
        let reply = self.ask(verb, argument).await?;
        match reply.class() {
            ReplyClass::Completion => Ok(reply),
            _ => Err(SessionError::refused(verb, &reply)),
        }
    }

    pub(super) async fn flush(&mut self) -> Result<(), SessionError> {
        self.conn.flush().await.map_err(SessionError::Lost)
    }
}
