//! The common part of all transfers: the command, the data connection, and the final reply
//! ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 5.4,
//! [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 5).
//!
//! The final reply may arrive before the end of the data or long after it, and there may be no preliminary
//! reply. The control connection is read during the transfer, so that a server's failure ends the wait.

use std::io;
use std::pin::pin;
use std::time::Duration;

use common::net::conn::{Conn, ConnTimeouts, INPUT};
use tokio::time::{Instant, sleep_until, timeout};

use super::control::ClientControl;
use super::error::SessionError;
use super::limits::{ANSWER, COMPLETION, GRACE, PRELIMINARY};
use super::session::Session;
use crate::wire::command::Verb;
use crate::wire::reply::{Reply, ReplyClass};

/// A transfer in progress.
pub(super) struct Transfer<'a> {
    control: &'a mut ClientControl,
    verb: Verb,
    /// The final reply, if it was received early.
    outcome: Option<Reply>,
}

impl Session {
    /// Starts a transfer at an offset, and opens its data connection.
    pub(super) async fn begin(
        &mut self,
        verb: Verb,
        argument: Option<&[u8]>,
        offset: u64,
    ) -> Result<(Transfer<'_>, Conn), SessionError> {
        let prepared = self.data.prepare(&mut self.control).await?;
        if offset > 0 {
            // Not sent together with the command, which would start at 0 if REST is refused.
            let rest = self.control.ask(Verb::Rest, Some(offset.to_string().as_bytes())).await?;
            if rest.class() != ReplyClass::Intermediate {
                return Err(SessionError::refused(Verb::Rest, &rest));
            }
        }
        self.control.say(verb, argument)?;
        self.transfers += 1;
        let mut transfer = Transfer { control: &mut self.control, verb, outcome: None };
        match transfer.open(self.data.open(prepared)).await {
            Ok(conn) => Ok((transfer, conn)),
            Err(error) => Err(transfer.fail(error).await),
        }
    }

    /// Receives the data of a command with `read`. Returns the final reply as well.
    pub(super) async fn receive<T>(
        &mut self,
        verb: Verb,
        argument: Option<&[u8]>,
        offset: u64,
        read: impl AsyncFnOnce(&mut Conn) -> Result<T, SessionError>,
    ) -> Result<(T, Reply), SessionError> {
        let (mut transfer, mut conn) = self.begin(verb, argument, offset).await?;
        let received = transfer.alongside(read(&mut conn)).await?;
        drop(conn);
        match received {
            Ok(received) => Ok((received, transfer.complete().await?)),
            Err(error) => Err(transfer.fail(error).await),
        }
    }
}

impl Transfer<'_> {
    /// Waits for the first reply and for the data connection: some servers start TLS on it first, others reply
    /// first. If both fail, the reply has the reason.
    async fn open(
        &mut self,
        opening: impl Future<Output = Result<Conn, SessionError>>,
    ) -> Result<Conn, SessionError> {
        let mut opening = pin!(opening);
        let mut opened = None;
        let reply = loop {
            tokio::select! {
                biased;
                reply = self.control.next() => break reply?,
                conn = &mut opening, if opened.is_none() => opened = Some(conn),
            }
        };
        match reply.class() {
            ReplyClass::Preliminary => {}
            ReplyClass::Completion => self.outcome = Some(reply),
            _ => return Err(SessionError::refused(self.verb, &reply)),
        }
        match opened {
            Some(conn) => conn,
            None => self.alongside(opening).await?,
        }
    }

    /// Transfers data by `work`, reading the control connection meanwhile. After a reply of failure the data
    /// connection has a few seconds to end.
    pub(super) async fn alongside<T>(&mut self, work: impl Future<Output = T>) -> Result<T, SessionError> {
        let mut work = pin!(work);
        let mut given_up = None;
        let mut preliminary = 0;
        self.control.wait_for(None);
        let done = loop {
            let overdue = async {
                match given_up {
                    Some(until) => sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                done = &mut work => break Ok(done),
                reply = self.control.next(), if self.outcome.is_none() => match reply {
                    Ok(reply) if reply.class() == ReplyClass::Preliminary => {
                        preliminary += 1;
                        if preliminary > PRELIMINARY {
                            break Err(self.control.give_up());
                        }
                    }
                    Ok(reply) => {
                        if reply.class() != ReplyClass::Completion {
                            given_up = Some(Instant::now() + GRACE);
                        }
                        self.outcome = Some(reply);
                    }
                    Err(error) => break Err(error),
                },
                () = overdue => break Err(self.failure()),
            }
        };
        self.control.wait_for(Some(ANSWER));
        done
    }

    /// Ends a complete transfer by its final reply.
    pub(super) async fn complete(mut self) -> Result<Reply, SessionError> {
        let reply = self.outcome_within(COMPLETION).await?;
        match reply.class() {
            ReplyClass::Completion => Ok(reply),
            _ => Err(SessionError::refused(self.verb, &reply)),
        }
    }

    /// Ends an upload. The data connection stays open until the reply: a reset would discard bytes that the
    /// server has not read, so after a reset the wait for the reply is short.
    pub(super) async fn complete_upload(mut self, mut conn: Conn) -> Result<(), SessionError> {
        conn.set_timeouts(ConnTimeouts { stall: COMPLETION, ..ConnTimeouts::default() });
        let (mut unread, mut is_open) = (Vec::new(), true);
        let mut left = COMPLETION;
        while self.outcome.is_none() {
            self.control.wait_for(Some(left));
            tokio::select! {
                biased;
                reply = self.control.last() => self.outcome = Some(reply?),
                received = conn.receive(&mut unread, INPUT), if is_open => match received {
                    Ok(0) => is_open = false,
                    Ok(_) => unread.clear(),
                    Err(error) => {
                        is_open = false;
                        if error.kind() != io::ErrorKind::UnexpectedEof {
                            left = GRACE;
                        }
                    }
                },
            }
        }
        self.control.wait_for(Some(ANSWER));
        if is_open && conn.is_secure() {
            // The session tickets for the next data connections may be unread.
            let rest =
                async { while conn.receive(&mut unread, INPUT).await.is_ok_and(|length| length > 0) {} };
            let _ = timeout(GRACE, rest).await;
        }
        self.complete().await.map(drop)
    }

    /// Ends a transfer that failed with `error`. If the data connection failed, the reply may have a better reason,
    /// such as 425 for a missing ticket; 426 and 451 add nothing. A server that sends no final reply loses its
    /// session: Pure-FTPd may forget the current directory if it is left during a transfer.
    pub(super) async fn fail(mut self, error: SessionError) -> SessionError {
        if self.outcome.is_none() && (self.control.is_settled() || self.control.is_over()) {
            return error;
        }
        match (self.outcome_within(GRACE).await, &error) {
            (Ok(reply), SessionError::Data(_)) if matches!(reply.code(), 426 | 451) => error,
            (Ok(reply), _) if error.is_of_data() && reply.class() != ReplyClass::Completion => {
                SessionError::refused(self.verb, &reply)
            }
            _ => error,
        }
    }

    fn failure(&self) -> SessionError {
        match &self.outcome {
            Some(reply) => SessionError::refused(self.verb, reply),
            None => SessionError::Silent(GRACE),
        }
    }

    async fn outcome_within(&mut self, time: Duration) -> Result<Reply, SessionError> {
        if let Some(reply) = self.outcome.take() {
            return Ok(reply);
        }
        self.control.wait_for(Some(time));
        let reply = self.control.last().await;
        self.control.wait_for(Some(ANSWER));
        reply
    }
}
