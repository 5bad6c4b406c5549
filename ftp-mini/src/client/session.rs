//! [`RemoteServer`] and [`Session`], a connection to it with a user logged in.

use common::client::{Dialer, DialogueTrace, UserCredentials};
use common::net::tls::client::TlsClient;
use common::net::trace::{Sender, Tracer};

use super::control::ClientControl;
use super::data::{DataConnector, DataMode};
use super::error::SessionError;
use super::limits::{ANSWER, GRACE};
use super::location::Location;
use super::login::{self, anonymous};
use crate::mask;
use crate::wire::command::Verb;
use crate::wire::features::Features;

/// How a session is secured.
#[derive(Clone, Debug)]
pub enum SessionSecurity {
    /// No TLS.
    None,
    /// AUTH TLS before the login (RFC 4217).
    Explicit(TlsClient),
    /// TLS from the first byte.
    Implicit(TlsClient),
}

/// A server and the options of its sessions.
#[derive(Clone, Debug)]
pub struct RemoteServer {
    /// A name or an address, also that in the server's certificate.
    pub host: String,
    /// The port of the control connection.
    pub port: u16,
    /// Whether and how TLS is used.
    pub security: SessionSecurity,
    /// Whether the server opens data connections (active mode).
    pub active: bool,
    /// How to connect, for data as well.
    pub dialer: Dialer,
    /// Receives commands and replies.
    pub trace: DialogueTrace,
    /// Records every byte of the connections except secrets.
    pub tracer: Option<Tracer>,
    /// The user.
    pub login: UserCredentials,
}

impl RemoteServer {
    /// The standard port of a host (RFC 959 section 8), with an anonymous login and without TLS.
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: 21,
            security: SessionSecurity::None,
            active: false,
            dialer: Dialer::default(),
            trace: DialogueTrace::default(),
            tracer: None,
            login: anonymous(),
        }
    }

    /// The server and the login of a URL.
    pub fn of(location: &Location) -> Self {
        let mut server = Self { port: location.port, ..Self::new(&*location.host) };
        if let Some(user) = location.user.clone() {
            let password = location.password.clone().unwrap_or_default();
            server.login = UserCredentials { user, password, netrc: None };
        }
        server
    }

    pub(super) fn uses_tls(&self) -> bool {
        !matches!(self.security, SessionSecurity::None)
    }

    /// Connects and logs in.
    pub async fn session(&self) -> Result<Session, SessionError> {
        let conn = self.dialer.connect(&self.host, self.port).await?;
        let mut conn = conn.traced(self.tracer.as_ref(), Sender::Client, || Some(mask::new()));
        // The data connections resume the TLS session of this one, and of no other.
        let tls = |client: &TlsClient| client.for_protocol(&["ftp"]);
        let mut protection = None;
        if let SessionSecurity::Implicit(client) = &self.security {
            let tls = tls(client);
            conn.connect_tls(&tls, &self.host).await?;
            protection = Some(tls);
        }
        let mut control = ClientControl::new(conn, self.trace);
        login::greeting(&mut control).await?;
        if let SessionSecurity::Explicit(client) = &self.security {
            let tls = tls(client);
            login::secure(&mut control, &tls, &self.host).await?;
            protection = Some(tls);
        }
        login::log_in(&mut control, &self.login).await?;
        if protection.is_some() {
            login::protect(&mut control).await?;
        }
        let features = login::negotiate(&mut control).await?;
        let mode = if self.active { DataMode::Active } else { DataMode::Extended };
        let (tls, tracer) = (protection.map(|tls| (tls, self.host.clone())), control.tracer());
        let data = DataConnector { mode, dialer: self.dialer.clone(), tls, tracer };
        Ok(Session { control, data, features, directory: None, transfers: 0 })
    }
}

/// A session that is logged in and transfers binary data (TYPE I).
#[derive(Debug)]
pub struct Session {
    pub(super) control: ClientControl,
    pub(super) data: DataConnector,
    pub(super) features: Features,
    /// The current directory as an absolute path, if known.
    pub(super) directory: Option<Vec<u8>>,
    /// The number of data connections so far.
    pub(super) transfers: usize,
}

impl Session {
    /// Whether the session has ended for any reason.
    pub fn is_over(&self) -> bool {
        self.control.is_over()
    }

    /// Ends a transfer whose future was dropped (ABOR, RFC 959 section 4.1.3), so that the session can be used
    /// again. Fails if the server does not reply within a few seconds; then the session is over.
    pub async fn abort(&mut self) -> Result<(), SessionError> {
        if !self.control.is_settled() {
            self.control.wait_for(Some(GRACE));
            self.control.say(Verb::Abor, None)?;
            self.control.settle().await?;
        }
        // The transfer may have left it without a timeout.
        self.control.wait_for(Some(ANSWER));
        Ok(())
    }

    /// Sends QUIT without waiting for the reply.
    pub async fn quit(mut self) {
        if self.control.say(Verb::Quit, None).is_ok() {
            let _ = self.control.flush().await;
        }
    }
}
