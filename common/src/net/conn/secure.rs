//! TLS on a connection: from its first byte, or from a command on (RFC 4217).

use std::future::poll_fn;
use std::io;
use std::task::{Poll, ready};

use super::watch;
use super::{Conn, State};
use crate::net::buffers::Input;
use crate::net::tls::client::{ConnectError, TlsClient};
use crate::net::tls::{End, SessionId, Tls};

impl Conn {
    /// Speaks TLS from here on. Queued output goes out in clear first. Input that has come is dropped
    /// unread: whoever put it there before the handshake is not known to be the peer. The handshake has
    /// [`Patience::value`](super::Patience) in all, however busily the peer talks.
    ///
    /// `session` goes into the tickets that the client gets; see [`Conn::resumed_session`].
    ///
    /// # Errors
    /// A failed handshake or connection, a peer that takes too long (`TimedOut`), or a connection that
    /// speaks TLS already. Then it is of no more use.
    pub async fn start_tls(&mut self, tls: &Tls, session: Option<SessionId>) -> io::Result<()> {
        self.flush().await?;
        // Boxed: a session that waits is as large as the largest of its states.
        Box::pin(self.serve_handshake(tls, session, false)).await
    }

    /// The same where nothing is at stake yet, as on a new connection: a stopping server does not wait
    /// for the handshake.
    ///
    /// # Errors
    /// As [`Conn::start_tls`].
    pub async fn accept_tls(&mut self, tls: &Tls, session: Option<SessionId>) -> io::Result<()> {
        self.flush().await?;
        Box::pin(self.serve_handshake(tls, session, true)).await
    }

    /// Waits for the first byte of a new connection, which stays unread. Returns whether it is a letter: it does not
    /// begin a TLS handshake, but may begin a request of a client that speaks no TLS. A stopping server does not wait
    /// for it.
    ///
    /// # Errors
    /// A failed connection, or a peer that takes too long (`TimedOut`).
    pub(crate) async fn starts_with_letter(&mut self) -> io::Result<bool> {
        let State { stream, watch, patience, .. } = &mut *self.0;
        watch.until(watch::after(patience.value), true);
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

    /// Speaks TLS from here on as the client's end, to a server that has this name, or this IP address.
    /// What is queued and what has come are treated as by [`Conn::start_tls`], and so is the time.
    ///
    /// # Errors
    /// [`ConnectError`]; then the connection is of no more use.
    pub async fn connect_tls(&mut self, tls: &TlsClient, name: &str) -> Result<(), ConnectError> {
        self.flush().await?;
        let name = TlsClient::name(name)?;
        Ok(Box::pin(self.handshake(End::Client(tls, name), false)).await?)
    }

    async fn serve_handshake(&mut self, tls: &Tls, id: Option<SessionId>, idle: bool) -> io::Result<()> {
        tls.refresh().await;
        self.handshake(End::Server(tls, id), idle).await
    }

    async fn handshake(&mut self, end: End<'_>, idle: bool) -> io::Result<()> {
        self.0.input = Input::default();
        self.0.stream.start_tls(end)?;
        let State { stream, watch, patience, .. } = &mut *self.0;
        watch.until(watch::after(patience.value), idle);
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

    /// Whether TLS is spoken.
    pub fn is_secure(&self) -> bool {
        self.0.stream.tls().is_some()
    }

    /// The id that [`Conn::start_tls`] was given on the connection whose session this one resumed.
    /// `None`: the client resumed none, and may be anybody. Where this connection was given the same id, the
    /// tickets that it hands out lead there from now on.
    pub fn resumed_session(&self) -> Option<SessionId> {
        self.0.stream.tls()?.resumed_session()
    }
}
