//! The control connection from the client's end: commands out, replies in.
//!
//! It knows how many replies are still to come, so that none is ever taken for that of another command,
//! whatever became of who waited for it. What a reply means is not known here.
//! [RFC 959](https://www.rfc-editor.org/rfc/rfc959) sections 4.2 and 5.4.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use common::client::Trace;
use common::net::conn::{Conn, Patience};
use common::net::peer::Peer;
use common::net::tls::client::TlsClient;

use super::error::{Error, Said};
use super::limits::{ANSWER, LINE, PRELIMINARY, UNASKED};
use crate::wire::command::{self, Verb};
use crate::wire::reply::{self, Class, Reply};

/// The control connection of one session.
#[derive(Debug)]
pub(super) struct Control {
    conn: Conn,
    trace: Trace,
    /// Final replies that are still to come, one for each command.
    awaited: usize,
    patience: Duration,
    /// No more can be asked.
    is_over: bool,
}

impl Control {
    /// Over a new connection, on which the server speaks first.
    pub(super) fn new(conn: Conn, trace: Trace) -> Self {
        conn.keep_alive();
        let mut control = Self { conn, trace, awaited: 1, patience: ANSWER, is_over: false };
        control.wait_for(Some(ANSWER));
        control
    }

    /// How long a reply is waited for from now on; `None` without end, while something else is watched.
    pub(super) fn wait_for(&mut self, time: Option<Duration>) {
        self.patience = time.unwrap_or(Duration::MAX);
        self.conn.set_patience(Patience { idle: time, value: LINE, ..Patience::default() });
    }

    /// Both ends: ours and the server's.
    pub(super) fn ends(&self) -> Result<(SocketAddr, SocketAddr), Error> {
        match (self.conn.local(), self.conn.peer()) {
            (Peer::Inet(local), Peer::Inet(peer)) => Ok((local, peer)),
            _ => Err(Error::Lost(io::ErrorKind::NotConnected.into())),
        }
    }

    /// Speaks TLS from here on. Whoever could put something in clear behind the reply to AUTH could do more.
    pub(super) async fn start_tls(&mut self, tls: &TlsClient, name: &str) -> Result<(), Error> {
        if self.conn.has_unread() {
            return Err(Error::Meddled);
        }
        Ok(self.conn.connect_tls(tls, name).await?)
    }

    /// Queues a command; it goes out with others, at the latest before the next wait.
    pub(super) fn say(&mut self, verb: Verb, argument: Option<&[u8]>) -> Result<(), Error> {
        command::write(verb, argument, self.conn.out())?;
        self.awaited += 1;
        let shown =
            if matches!(verb, Verb::Pass | Verb::Acct) { argument.map(|_| &b"***"[..]) } else { argument };
        let line = [verb.name().as_bytes(), shown.unwrap_or_default()].join(&b' ');
        self.trace.sent(line.trim_ascii_end());
        Ok(())
    }

    /// The next reply, whatever it says. After a preliminary one the same command has another.
    ///
    /// # Cancel safety
    /// No reply is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> Result<Reply, Error> {
        let came = self.conn.next(reply::take).await;
        let reply = match came.map_err(Error::from) {
            Ok(Some(reply)) => Ok(reply),
            Ok(None) => Err(Error::Ended(Said::default())),
            Err(Error::Lost(error)) if error.kind() == io::ErrorKind::TimedOut => {
                Err(Error::Silent(self.patience))
            }
            Err(error) => Err(error),
        };
        let reply = reply.inspect_err(|_| self.is_over = true)?;
        let last = reply.lines().count().saturating_sub(1);
        for (at, line) in reply.lines().enumerate() {
            let separator = if at == last { b' ' } else { b'-' };
            self.trace.received(&[reply.code().to_string().as_bytes(), line].join(&separator));
        }
        if reply.class() != Class::Preliminary {
            self.awaited = self.awaited.saturating_sub(1);
        }
        if reply.code() == 421 {
            self.is_over = true;
            return Err(Error::Ended(Said::from(&reply)));
        }
        Ok(reply)
    }

    /// The final reply of the oldest command that has none yet.
    pub(super) async fn last(&mut self) -> Result<Reply, Error> {
        for _ in 0..PRELIMINARY {
            let reply = self.next().await?;
            if reply.class() != Class::Preliminary {
                return Ok(reply);
            }
        }
        Err(self.give_up())
    }

    /// Ends a connection on which replies do not end.
    pub(super) fn give_up(&mut self) -> Error {
        self.is_over = true;
        Error::Endless
    }

    /// Whether every command has its reply.
    pub(super) fn is_settled(&self) -> bool {
        self.awaited == 0
    }

    /// Whether the connection is of no more use.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Takes the replies that nobody waits for any more, and those that were never asked for: a server that
    /// goes says so, and some say twice that a transfer is complete.
    pub(super) async fn settle(&mut self) -> Result<(), Error> {
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

    /// What the server says to a command.
    pub(super) async fn ask(&mut self, verb: Verb, argument: Option<&[u8]>) -> Result<Reply, Error> {
        self.settle().await?;
        self.say(verb, argument)?;
        self.last().await
    }

    /// The reply to a command that the server has to carry out.
    pub(super) async fn perform(&mut self, verb: Verb, argument: Option<&[u8]>) -> Result<Reply, Error> {
        let reply = self.ask(verb, argument).await?;
        match reply.class() {
            Class::Completion => Ok(reply),
            _ => Err(Error::refused(verb, &reply)),
        }
    }

    /// Writes what is queued.
    pub(super) async fn flush(&mut self) -> Result<(), Error> {
        self.conn.flush().await.map_err(Error::Lost)
    }
}
