//! [`Link`], a session that comes back after it was lost.

use std::rc::Rc;

use common::client::{Fault, Report, Retries};
use tokio::time::timeout;

use super::error::Error;
use super::limits::FAREWELL;
use super::location::Location;
use super::login::Login;
use super::session::{Session, Settings};

/// The port of FTP (RFC 959 section 8).
const PORT: u16 = 21;

/// A server, and how a session there begins.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// The port of the control connection.
    pub port: u16,
    /// How a session is carried.
    pub settings: Settings,
    /// Who logs in.
    pub login: Login,
}

impl Server {
    /// The standard port of a host, where the user is anonymous and the session is not encrypted.
    #[must_use]
    pub fn new(host: impl Into<String>) -> Self {
        let host = host.into();
        Self { port: PORT, settings: Settings::new(host.clone()), host, login: Login::anonymous() }
    }

    /// The server of a URL, and the login in it.
    #[must_use]
    pub fn of(location: &Location) -> Self {
        let login = location.user.as_deref().map(|user| {
            let password = location.password.as_deref().unwrap_or_default();
            Login { user: user.into(), password: password.into(), netrc: None }
        });
        let server = Self::new(location.host.clone());
        Self { port: location.port, login: login.unwrap_or_else(Login::anonymous), ..server }
    }

    /// A new session.
    pub async fn session(&self) -> Result<Session, Error> {
        let conn = self.settings.dialer.connect(&self.host, self.port).await?;
        Session::open(conn, &self.settings, &self.login).await
    }
}

/// A way to a server: one session at a time, begun when there is something to do, and anew after it was lost.
#[derive(Debug)]
pub struct Link {
    server: Rc<Server>,
    session: Option<Session>,
    /// Data connections for which a session has tickets, where that was found out.
    tickets: Option<usize>,
}

impl Link {
    /// A link without a session yet.
    #[must_use]
    pub fn new(server: Rc<Server>) -> Self {
        Self { server, session: None, tickets: None }
    }

    /// Another link to the same server.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::new(Rc::clone(&self.server))
    }

    /// Says goodbye to this server, and leads to another one from now on.
    pub async fn turn_to(&mut self, server: Rc<Server>) {
        if let Some(session) = self.session.take() {
            session.quit().await;
        }
        *self = Self::new(server);
    }

    /// Does something in a session. One that is over is given up, so that the next attempt has another.
    ///
    /// # Errors
    /// That of `work`, or of a session that cannot be begun.
    pub async fn with<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Session) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let session = match self.session.take() {
            Some(session) if self.tickets.is_none_or(|tickets| session.transfers < tickets) => session,
            worn_out => {
                if let Some(session) = worn_out {
                    session.quit().await;
                }
                self.server.session().await?
            }
        };
        // Who drops this future finds the session where it was, and can abort what it was doing.
        let session = self.session.insert(session);
        let done = work(session).await;
        let transfers = session.transfers;
        if session.is_over() {
            self.session = None;
        }
        let Err(Error::Refused { code: code @ (425 | 522), .. }) = &done else { return done };
        // A ticket of TLS 1.3 is used once, and not every server gives new ones over data connections. Some
        // say 425 when they miss one.
        if !self.server.settings.speaks_tls() || transfers < 2 {
            return done;
        }
        self.session = None;
        if *code == 522 {
            self.tickets = Some(transfers - 1);
            return Err(Error::NoTickets);
        }
        done
    }

    /// Does something at `location` in a session, and again in another one, as often as `retries` allows.
    ///
    /// # Errors
    /// That of the last attempt.
    pub async fn retry<T>(
        &mut self,
        retries: Retries,
        (report, location): (&Report, &Location),
        mut work: impl AsyncFnMut(&mut Session) -> Result<T, Error>,
    ) -> Result<T, Fault> {
        let url = location.to_string();
        let attempt = async || Ok(self.with(async |session| work(session).await).await?);
        retries.persist(&report.transfer(&url, &url), attempt).await
    }

    /// Ends what was going on when its future was dropped, so that the session can go on. A server that does
    /// not follow loses it.
    pub async fn abort(&mut self) {
        if let Some(session) = &mut self.session
            && session.abort().await.is_err()
        {
            self.session = None;
        }
    }

    /// Ends the session, if there is one, and what was going on in it. The user has left, so a server that is
    /// silent is not waited for.
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
