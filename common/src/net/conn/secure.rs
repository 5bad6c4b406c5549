//! Starts TLS on a connection: at its first byte, or after a command (RFC 4217).

use std::future::poll_fn;
use std::io;
use std::task::{Poll, ready};

use super::watch;
use super::{Conn, State};
use crate::net::buffers::InputBuffer;
use crate::net::tls::client::{ConnectError, TlsClient};
use crate::net::tls::{SessionId, Tls, TlsRole, TlsStream};

impl Conn {
    /// Starts TLS as a server. Queued output is sent unencrypted first. Received input is discarded unread,
    /// because it may be an attacker's. The whole handshake must complete within
    /// [`ConnTimeouts::value`](super::ConnTimeouts).
    ///
    /// `session` is stored in the client's tickets; see [`Conn::resumed_session`].
    ///
    /// # Errors
    ///
    /// A failed handshake or connection, a peer that exceeds the timeout (`TimedOut`), or a connection that
    /// already uses TLS. The connection cannot be used again.
    pub async fn start_tls(&mut self, tls: &Tls, session: Option<SessionId>) -> io::Result<()> {
        self.flush().await?;
        // Boxed: a waiting session is as large as its largest state.
        Box::pin(self.serve_handshake(tls, session, false)).await
    }

    /// The same for a new connection without pending work: a stopping server does not wait for the handshake.
    ///
    /// # Errors
    ///
    /// See [`Conn::start_tls`].
    pub async fn accept_tls(&mut self, tls: &Tls, session: Option<SessionId>) -> io::Result<()> {
        self.flush().await?;
        Box::pin(self.serve_handshake(tls, session, true)).await
    }

    /// Waits for the first byte of a new connection, without consuming it. Returns whether it is a letter:
    /// this is not a TLS handshake, but may be a request of a client without TLS. A stopping server does not
    /// wait for it.
    ///
    /// # Errors
    ///
    /// A failed connection, or a peer that exceeds the timeout (`TimedOut`).
    pub(crate) async fn starts_with_letter(&mut self) -> io::Result<bool> {
        let State { stream, watch, timeouts, .. } = &mut *self.0;
        watch.until(watch::after(timeouts.value), true);
        let first = poll_fn(|cx| {
            let first = stream.poll_peek(cx);
            if first.is_pending() {
                ready!(watch.poll_ended(cx));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            first
        })
        .await;
        watch.rest();
        Ok(first?.is_some_and(|byte| byte.is_ascii_alphabetic()))
    }

    /// Starts TLS as a client, to a server with this name or IP address. Queued output, received input and
    /// the timeout are treated as by [`Conn::start_tls`].
    ///
    /// # Errors
    ///
    /// [`ConnectError`]. The connection cannot be used again.
    pub async fn connect_tls(&mut self, tls: &TlsClient, name: &str) -> Result<(), ConnectError> {
        self.flush().await?;
        let name = TlsClient::name(name)?;
        Ok(Box::pin(self.handshake(TlsRole::Client(tls, name), false)).await?)
    }

    async fn serve_handshake(&mut self, tls: &Tls, id: Option<SessionId>, idle: bool) -> io::Result<()> {
        tls.refresh().await;
        self.handshake(TlsRole::Server(tls, id), idle).await
    }

    async fn handshake(&mut self, end: TlsRole<'_>, idle: bool) -> io::Result<()> {
        self.0.input = InputBuffer::default();
        self.0.stream.start_tls(end)?;
        let State { stream, watch, timeouts, .. } = &mut *self.0;
        watch.until(watch::after(timeouts.value), idle);
        let shaken = poll_fn(|cx| {
            let shaken = stream.poll_handshake(cx);
            if shaken.is_pending() {
                ready!(watch.poll_ended(cx));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            shaken
        })
        .await;
        watch.rest();
        shaken
    }

    /// Whether the connection uses TLS.
    pub fn is_secure(&self) -> bool {
        self.0.stream.tls().is_some()
    }

    /// Whether this connection resumed the TLS session of an earlier one.
    pub fn has_resumed(&self) -> bool {
        self.0.stream.tls().is_some_and(TlsStream::has_resumed)
    }

    /// The id of the session that this connection resumed, as given to [`Conn::start_tls`] on an earlier
    /// connection. `None`: the client resumed no session, so it may be any client. If this connection was
    /// given the same id, its tickets count as the session's from now on.
    pub fn resumed_session(&self) -> Option<SessionId> {
        self.0.stream.tls()?.resumed_session()
    }
}
