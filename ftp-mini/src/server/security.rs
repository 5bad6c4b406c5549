//! The TLS settings of a server ([RFC 4217](https://www.rfc-editor.org/rfc/rfc4217)). `commands::security` and
//! `data` enforce them.

use common::net::tls::Tls;

/// The names of control and data connections in a TLS handshake (RFC 7301).
const CONTROL: &str = "ftp";
const DATA: &str = "ftp-data";

/// TLS 1.3 tickets for a control connection. A client that uses each of them once can make as many uploads
/// before it needs another handshake.
const CONTROL_TICKETS: usize = 4;
/// TLS 1.3 tickets for a download's data connection.
const DATA_TICKETS: usize = 2;

/// The TLS requirement of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Required {
    /// Nothing.
    #[default]
    None,
    /// Logins.
    Login,
    /// Logins and data connections.
    Data,
}

/// Whether data connections must resume the control connection's TLS session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum DataSession {
    /// Clients get no TLS 1.3 tickets, so each connection needs a complete handshake.
    Off,
    /// Clients that can resume the session save most of the handshake.
    #[default]
    Prefer,
    /// Other connections are refused (522). TLS 1.2 only: clients that use a TLS 1.3 ticket once, such as those
    /// with OpenSSL, would soon have no ticket for a small upload.
    Require,
}

/// TLS settings shared by all sessions.
#[derive(Debug)]
pub struct TlsSettings {
    pub(super) control: Tls,
    download: Tls,
    upload: Tls,
    pub(super) required: Required,
    pub(super) data_session: DataSession,
}

impl TlsSettings {
    /// Settings with this certificate.
    pub fn new(tls: &Tls, required: Required, data_session: DataSession) -> Self {
        let (tls, control, download) = match data_session {
            DataSession::Off => (tls.clone(), 0, 0),
            DataSession::Prefer => (tls.clone(), CONTROL_TICKETS, DATA_TICKETS),
            DataSession::Require => (tls.only_tls12(), 0, 0),
        };
        Self {
            control: tls.for_protocol(&[CONTROL], control),
            download: tls.for_protocol(&[CONTROL, DATA], download).for_further(),
            upload: tls.for_protocol(&[CONTROL, DATA], 0).for_further(),
            required,
            data_session,
        }
    }

    /// The settings for a data connection. For an upload there are no TLS 1.3 tickets: a client that only writes
    /// leaves them unread, and closing a socket with unread data resets the connection, which may lose the end
    /// of the upload.
    pub(super) fn data(&self, is_upload: bool) -> &Tls {
        match is_upload {
            true => &self.upload,
            false => &self.download,
        }
    }
}
