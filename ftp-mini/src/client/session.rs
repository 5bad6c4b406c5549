//! [`Session`]: a connection with a user logged in.

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
    /// No TLS.
    None,
    /// AUTH TLS before the login (RFC 4217).
    Explicit(TlsClient),
    /// TLS from the first byte.
    Implicit(TlsClient),
}

/// The options of a session.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether and how TLS is used.
    pub security: Security,
    /// The name or the address in the server's certificate.
    pub name: String,
    /// Whether the server opens data connections (active mode).
    pub active: bool,
    /// How to connect, for data as well.
    pub dialer: Dialer,
    /// Receives commands and replies.
    pub trace: Trace,
}

impl Settings {
    /// The options of an unencrypted session with a server of this name.
    pub fn new(name: impl Into<String>) -> Self {
        let (security, name) = (Security::None, name.into());
        Self { security, name, active: false, dialer: Dialer::default(), trace: Trace::default() }
    }

    pub(super) fn speaks_tls(&self) -> bool {
        !matches!(self.security, Security::None)
    }
}

/// A session that is logged in and transfers binary data (TYPE I).
#[derive(Debug)]
pub struct Session {
    pub(super) control: Control,
    pub(super) data: DataPort,
    pub(super) features: Features,
    /// The current directory as an absolute path, if known.
    pub(super) directory: Option<Vec<u8>>,
    /// The number of data connections so far.
    pub(super) transfers: usize,
}

impl Session {
    /// Logs in over a new connection.
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

    /// The features that the server has listed.
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// Whether the session has ended for any reason.
    pub fn is_over(&self) -> bool {
        self.control.is_over()
    }

    /// Ends a transfer whose future was dropped (ABOR, RFC 959 section 4.1.3), so that the session can be used
    /// again. Fails if the server does not reply within a few seconds; then the session is over.
    pub async fn abort(&mut self) -> Result<(), Error> {
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
