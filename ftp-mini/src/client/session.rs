//! A session: who is logged in where, and how its data connections come about.

use common::client::{Dialer, Trace};
use common::net::conn::Conn;
use common::net::tls::client::TlsClient;

use super::control::Control;
use super::data::{DataPort, Mode};
use super::error::Error;
use super::limits::{ANSWER, GRACE};
use super::login::{self, Login};
use crate::wire::command::Verb;
use crate::wire::features::Features;

/// How a session is secured.
#[derive(Clone, Debug)]
pub enum Security {
    /// Not at all.
    Clear,
    /// By AUTH TLS, before the login (RFC 4217).
    Explicit(TlsClient),
    /// From the first byte.
    Implicit(TlsClient),
}

/// What a session needs besides its control connection.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How it is secured.
    pub security: Security,
    /// The name or the address that the server's certificate must have.
    pub name: String,
    /// The server connects to us for data.
    pub active: bool,
    /// How the server is reached, for data as well.
    pub dialer: Dialer,
    /// Receives the dialogue.
    pub trace: Trace,
}

impl Settings {
    /// Those of an unencrypted session with a server of this name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        let (security, name) = (Security::Clear, name.into());
        Self { security, name, active: false, dialer: Dialer::default(), trace: Trace::default() }
    }

    pub(super) fn speaks_tls(&self) -> bool {
        !matches!(self.security, Security::Clear)
    }
}

/// A session that is logged in. Everything is transferred as it is (TYPE I).
#[derive(Debug)]
pub struct Session {
    pub(super) control: Control,
    pub(super) data: DataPort,
    pub(super) features: Features,
    /// The current directory, where it is known: an absolute path.
    pub(super) directory: Option<Vec<u8>>,
    /// Data connections that it has had.
    pub(super) transfers: usize,
}

impl Session {
    /// Logs in over a new connection.
    ///
    /// # Errors
    /// [`Error`]; then the connection is of no more use.
    pub async fn open(mut conn: Conn, settings: &Settings, login: &Login) -> Result<Self, Error> {
        // The data connections resume the TLS session of this one, and of no other.
        let tls = |client: &TlsClient| client.for_protocol(&["ftp"]);
        let name = settings.name.as_str();
        let mut protection = None;
        if let Security::Implicit(client) = &settings.security {
            let tls = tls(client);
            conn.connect_tls(&tls, name).await?;
            protection = Some(tls);
        }
        let mut control = Control::new(conn, settings.trace);
        login::greeting(&mut control).await?;
        if let Security::Explicit(client) = &settings.security {
            let tls = tls(client);
            login::secure(&mut control, &tls, name).await?;
            protection = Some(tls);
        }
        login::log_in(&mut control, login).await?;
        if protection.is_some() {
            login::protect(&mut control).await?;
        }
        let features = login::negotiate(&mut control).await?;
        let mode = if settings.active { Mode::Active } else { Mode::Extended };
        let data =
            DataPort { mode, dialer: settings.dialer, tls: protection.map(|tls| (tls, name.to_owned())) };
        Ok(Self { control, data, features, directory: None, transfers: 0 })
    }

    /// What the server said that it can do.
    #[must_use]
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// Whether the session has ended, whatever ended it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.control.is_over()
    }

    /// Ends a transfer whose future was dropped (ABOR, RFC 959 section 4.1.3), so that the session can go on.
    ///
    /// # Errors
    /// A server that does not answer in a few seconds; then the session cannot go on.
    pub async fn abort(&mut self) -> Result<(), Error> {
        if !self.control.is_settled() {
            self.control.wait_for(Some(GRACE));
            self.control.say(Verb::Abor, None)?;
            self.control.settle().await?;
        }
        // The transfer may have left it without end.
        self.control.wait_for(Some(ANSWER));
        Ok(())
    }

    /// Says goodbye. Nobody waits for the answer.
    pub async fn quit(mut self) {
        if self.control.say(Verb::Quit, None).is_ok() {
            let _ = self.control.flush().await;
        }
    }
}
