//! [`Link`], which replaces a lost session.

use std::rc::Rc;

use common::client::{Fault, Reporter, Retries};
use tokio::time::timeout;

use super::error::SessionError;
use super::limits::FAREWELL;
use super::location::Location;
use super::session::{RemoteServer, Session};

/// A connection to a server that opens a session when needed, and a new one after it was lost.
#[derive(Debug)]
pub struct Link {
    server: Rc<RemoteServer>,
    session: Option<Session>,
    /// The number of data connections for which a session has tickets, once it is known.
    tickets: Option<usize>,
}

impl Link {
    /// A link without a session.
    pub fn new(server: Rc<RemoteServer>) -> Self {
        Self { server, session: None, tickets: None }
    }

    /// Another link to the same server.
    pub fn another(&self) -> Self {
        Self::new(Rc::clone(&self.server))
    }

    /// Ends the session, and uses another server from now on.
    pub async fn turn_to(&mut self, server: Rc<RemoteServer>) {
        if let Some(session) = self.session.take() {
            session.quit().await;
        }
        *self = Self::new(server);
    }

    /// Runs `work` in a session. A session that is over is dropped, so that the next call opens a new one.
    pub async fn with<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Session) -> Result<T, SessionError>,
    ) -> Result<T, SessionError> {
        let session = match self.session.take() {
            Some(session) if self.tickets.is_none_or(|tickets| session.transfers < tickets) => session,
            exhausted => {
                if let Some(session) = exhausted {
                    session.quit().await;
                }
                self.server.session().await?
            }
        };
        // If this future is dropped, the session is still here, so that `abort` can end its transfer.
        let session = self.session.insert(session);
        let done = work(session).await;
        let transfers = session.transfers;
        if session.is_over() {
            self.session = None;
        }
        let Err(SessionError::Refused { code: code @ (425 | 522), .. }) = &done else { return done };
        // A TLS 1.3 ticket is used once, and some servers send no new ones over data connections. Some of
        // them reply 425 if a ticket is missing.
        if !self.server.uses_tls() || transfers < 2 {
            return done;
        }
        self.session = None;
        if *code == 522 {
            self.tickets = Some(transfers - 1);
            return Err(SessionError::NoTickets);
        }
        done
    }

    /// Runs `work` at `location`, and again after a failure, as often as `retries` allows.
    pub async fn retry<T>(
        &mut self,
        retries: Retries,
        (report, location): (&Reporter, &Location),
        mut work: impl AsyncFnMut(&mut Session) -> Result<T, SessionError>,
    ) -> Result<T, Fault> {
        let url = location.to_string();
        let attempt = async || Ok(self.with(async |session| work(session).await).await?);
        retries.persist(&report.transfer(&url, &url), attempt).await
    }

    /// Ends a transfer whose future was dropped. If the server does not reply, the session is dropped.
    pub async fn abort(&mut self) {
        if let Some(session) = &mut self.session
            && session.abort().await.is_err()
        {
            self.session = None;
        }
    }

    /// Ends the session and its transfer, with a short timeout: the user has exited.
    pub async fn close(mut self) {
        let farewell = async {
            self.abort().await;
            if let Some(session) = self.session.take() {
                session.quit().await;
            }
        };
        let _ = timeout(FAREWELL, farewell).await;
    }
}
