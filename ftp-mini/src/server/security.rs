//! What a server asks of TLS, which all its sessions go by.
//!
//! Nothing is refused here: commands are by `commands::security`, data connections by `data`.
//! [RFC 4217](https://www.rfc-editor.org/rfc/rfc4217).

use common::net::tls::Tls;

/// The names of the control and the data connection in a TLS handshake, registered for RFC 7301.
const CONTROL: &str = "ftp";
const DATA: &str = "ftp-data";

/// Tickets of TLS 1.3 with the handshake of a control connection. A client that uses each of them once has
/// enough for as many uploads one after the other.
const CONTROL_TICKETS: usize = 4;
/// Tickets with a data connection that hands them out.
const DATA_TICKETS: usize = 2;

/// What is refused in clear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Required {
    /// Nothing.
    #[default]
    None,
    /// Names and passwords.
    Login,
    /// Data connections too.
    Data,
}

/// Whether data connections resume the control connection's TLS session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum DataSession {
    /// TLS 1.3 clients get no tickets, so each connection has a handshake of its own.
    Off,
    /// Clients that can do it spare most of the handshake.
    #[default]
    Prefer,
    /// Others are refused (522). TLS 1.2 only: of a client that uses a ticket of TLS 1.3 once, as OpenSSL's,
    /// the next small upload would come without one.
    Require,
}

/// What the sessions of a server go by.
#[derive(Debug)]
pub struct Security {
    pub(super) control: Tls,
    download: Tls,
    upload: Tls,
    pub(super) required: Required,
    pub(super) data_session: DataSession,
}

impl Security {
    /// TLS with this certificate.
    #[must_use]
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

    /// For a data connection. With an upload come no tickets of TLS 1.3: a client that only writes leaves them
    /// unread, and a connection that is closed with something unread is reset: the end of its upload could be
    /// lost.
    pub(super) fn data(&self, is_upload: bool) -> &Tls {
        match is_upload {
            true => &self.upload,
            false => &self.download,
        }
    }
}
