//! Sets up data connections. An address in a reply is never used: the other end must be the peer of the
//! control connection.
//!
//! [RFC 2428](https://www.rfc-editor.org/rfc/rfc2428),
//! [RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 3.2,
//! [RFC 4217](https://www.rfc-editor.org/rfc/rfc4217) section 7,
//! [RFC 2577](https://www.rfc-editor.org/rfc/rfc2577) section 3.

use std::io;
use std::net::SocketAddr;

use common::client::Dialer;
use common::net::conn::Conn;
use common::net::expecting::Expecting;
use common::net::tls::client::TlsClient;
use common::net::trace::{Sender, Tracer};
use tokio::time::timeout;

use super::control::ClientControl;
use super::error::SessionError;
use super::limits::FIRST_DATA_PORT;
use crate::wire::address;
use crate::wire::command::Verb;
use crate::wire::reply::{Reply, ReplyClass};

/// How data connections are set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataMode {
    /// EPSV, and PASV once EPSV has failed: it was refused, its reply has no port, or the port cannot be reached.
    Extended,
    Passive,
    /// EPRT or PORT.
    Active,
}

/// State shared by all data connections of a session.
#[derive(Debug)]
pub(super) struct DataConnector {
    pub(super) mode: DataMode,
    pub(super) dialer: Dialer,
    /// After PROT P; the name must match the server's certificate.
    pub(super) tls: Option<(TlsClient, String)>,
    pub(super) tracer: Option<Tracer>,
}

/// A data connection before its command is sent.
#[derive(Debug)]
pub(super) enum Prepared {
    Passive(Conn),
    /// The server will connect.
    Active(Expecting, SocketAddr),
}

impl DataConnector {
    /// Agrees with the server on the next data connection.
    pub(super) async fn prepare(&mut self, control: &mut ClientControl) -> Result<Prepared, SessionError> {
        let (local, peer) = control.ends()?;
        let port = match self.mode {
            DataMode::Active => return active(control, local, peer).await,
            DataMode::Passive => passive_port(control).await?,
            DataMode::Extended => match self.extended(control, peer).await {
                Ok(conn) => return Ok(self.passive(conn)),
                Err(error) if is_final(&error) => return Err(error),
                Err(error) => {
                    // A reply to PASV has no IPv6 address, but as the address is not used, PASV works even there.
                    let port = match passive_port(control).await {
                        // Without PASV, EPSV has the reason.
                        Err(SessionError::Refused { .. }) => return Err(error),
                        port => port?,
                    };
                    let conn = self.connect(peer, port).await?;
                    self.mode = DataMode::Passive;
                    return Ok(self.passive(conn));
                }
            },
        };
        let conn = self.connect(peer, port).await?;
        Ok(self.passive(conn))
    }

    /// Connects to the port that EPSV names.
    async fn extended(&self, control: &mut ClientControl, peer: SocketAddr) -> Result<Conn, SessionError> {
        let reply = control.ask(Verb::Epsv, None).await?;
        let port = match reply.class() {
            ReplyClass::Completion => extended_port(&reply)?,
            _ => return Err(SessionError::refused(Verb::Epsv, &reply)),
        };
        self.connect(peer, port).await
    }

    async fn connect(&self, peer: SocketAddr, port: u16) -> Result<Conn, SessionError> {
        if port < FIRST_DATA_PORT {
            return Err(SessionError::DataPort(port));
        }
        Ok(self.dialer.connect_to(with_port(peer, port)).await?)
    }

    fn passive(&self, conn: Conn) -> Prepared {
        Prepared::Passive(conn.traced(self.tracer.as_ref(), Sender::Client, || None))
    }

    /// Opens the data connection after its command is sent; with TLS after PROT P.
    pub(super) async fn open(&self, prepared: Prepared) -> Result<Conn, SessionError> {
        let mut conn = match prepared {
            Prepared::Passive(conn) => conn,
            Prepared::Active(expecting, peer) => {
                let accepted = timeout(self.dialer.timeout, accept(expecting, peer)).await;
                let conn = accepted.map_err(io::Error::from).flatten().map_err(SessionError::Data)?;
                conn.traced(self.tracer.as_ref(), Sender::Server, || None)
            }
        };
        if let Some((tls, name)) = &self.tls {
            conn.connect_tls(tls, name).await.map_err(SessionError::DataTls)?;
        }
        Ok(conn)
    }
}

/// Whether PASV cannot help: the session is over, or the server violates the protocol.
fn is_final(error: &SessionError) -> bool {
    !matches!(error, SessionError::Refused { .. } | SessionError::Unexpected { .. } | SessionError::Ours(_))
}

fn extended_port(reply: &Reply) -> Result<u16, SessionError> {
    let port = (reply.code() == 229).then(|| reply.lines().find_map(address::find_extended_port)).flatten();
    port.ok_or_else(|| SessionError::Unexpected { verb: Verb::Epsv.name(), reason: reply.into() })
}

async fn passive_port(control: &mut ClientControl) -> Result<u16, SessionError> {
    let reply = control.perform(Verb::Pasv, None).await?;
    let address = (reply.code() == 227).then(|| reply.lines().find_map(address::find)).flatten();
    let address =
        address.ok_or_else(|| SessionError::Unexpected { verb: Verb::Pasv.name(), reason: (&reply).into() });
    // Servers behind a NAT send a private address, and a hostile one may send that of a third party.
    Ok(address?.port())
}

async fn active(
    control: &mut ClientControl,
    local: SocketAddr,
    peer: SocketAddr,
) -> Result<Prepared, SessionError> {
    let expecting = Expecting::bind(with_port(local, 0)).map_err(SessionError::Data)?;
    let (verb, address) = match with_port(local, expecting.port()) {
        SocketAddr::V4(address) => (Verb::Port, address::host_port_text(address)),
        address => (Verb::Eprt, address::extended_text(address)),
    };
    control.perform(verb, Some(address.as_bytes())).await?;
    Ok(Prepared::Active(expecting, peer))
}

/// The first connection from the server; others are dropped.
async fn accept(mut expecting: Expecting, server: SocketAddr) -> io::Result<Conn> {
    loop {
        match expecting.accept().await {
            Ok((socket, peer)) if peer.ip() == Some(server.ip()) => return Ok(Conn::new(socket, peer)),
            Err(error) if error.kind() != io::ErrorKind::ConnectionAborted => return Err(error),
            _ => tokio::task::yield_now().await,
        }
    }
}

fn with_port(mut address: SocketAddr, port: u16) -> SocketAddr {
    address.set_port(port);
    address
}
