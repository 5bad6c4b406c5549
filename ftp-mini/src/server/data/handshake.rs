//! TLS on data connections, before or after the command
//! ([RFC 4217](https://www.rfc-editor.org/rfc/rfc4217) section 7).

use std::future::pending;

use common::net::conn::Conn;
use common::net::peer::Peer;
use common::net::trace::Sender;
use tokio::time::sleep;

use super::{DataConnection, DataPort, Source};
use crate::server::limits::{HANDSHAKES, UNASKED};
use crate::server::refusal::Refusal;
use crate::server::security::{DataSession, TlsSettings};
use crate::wire::command::Protection;

impl DataPort {
    /// Whether a client may already have started TLS at the passive port.
    pub(super) fn is_expectant(&self) -> bool {
        let is_private = self.protection == Some(Protection::Private);
        let is_met = self.early.as_ref().is_some_and(Conn::is_secure);
        let is_open = matches!(self.source, Source::Passive(_)) && self.failed < HANDSHAKES;
        self.security().is_some() && is_private && is_open && !is_met
    }

    /// Completes when a client has connected to the passive port, sent its first bytes, and sent no command for a
    /// while: aioftp completes the handshake before it sends a command. curl also starts early, but does not
    /// wait for the server. Cancel safe: an accepted connection is kept for the command.
    pub(super) async fn meet(&mut self) {
        if let (None, Source::Passive(listener), Peer::Inet(peer)) =
            (&self.early, &mut self.source, self.peer)
        {
            match listener.accept(peer.ip()).await {
                Ok(socket) => self.early = Some(self.conn(socket, Sender::Server)),
                // The command will report the error.
                Err(_) => pending().await,
            }
        }
        if let Some(conn) = &mut self.early {
            // A failed connection is ready as well.
            let _ = conn.speaks().await;
            sleep(UNASKED).await;
        }
    }

    /// Performs the early handshake. The client may be about to upload without reading, so it gets no tickets.
    pub(in crate::server) async fn secure_early(&mut self) {
        let (Some(mut conn), Some(security)) = (self.early.take(), self.security()) else { return };
        match self.start_tls(&mut conn, security, true).await {
            Ok(()) => self.early = Some(conn),
            Err(_) => self.failed += 1,
        }
    }

    /// Starts TLS after PROT P, as the TLS server even on an active connection (RFC 4217 section 7). Most clients
    /// start after the 150, some before. If the handshake fails, the next connection to the port is tried: the
    /// first may be of another process at the client's address. Fails with 522.
    pub(in crate::server) async fn secure(
        &self,
        data: &mut DataConnection,
        is_upload: bool,
    ) -> Result<(), Refusal> {
        let (Some(security), Some(Protection::Private)) = (self.security(), self.protection) else {
            return Ok(());
        };
        let (_, peer) = self.ends()?;
        let mut tries = 1;
        while let Err(refusal) = self.start_tls(&mut data.conn, security, is_upload).await {
            let listener = data.listener.as_ref().filter(|_| tries < HANDSHAKES);
            let waiting = listener.and_then(|listener| listener.waiting(peer.ip()).next());
            let Some(Ok(socket)) = waiting else { return Err(refusal) };
            data.conn = self.conn(socket, Sender::Server);
            tries += 1;
        }
        Ok(())
    }

    async fn start_tls(
        &self,
        conn: &mut Conn,
        security: &TlsSettings,
        is_upload: bool,
    ) -> Result<(), Refusal> {
        if !conn.is_secure() {
            let shaken = conn.start_tls(security.data(is_upload), Some(self.id)).await;
            shaken.map_err(Refusal::DataHandshake)?;
        }
        match conn.resumed_session() == Some(self.id) || security.data_session != DataSession::Require {
            true => Ok(()),
            false => Err(Refusal::DataSession),
        }
    }
}
