//! The TLS records of one connection, above its socket. Input is read through a buffer of the thread, many
//! records at a time; output is encrypted in pieces of up to 64 KiB and written in one call. A waiting
//! connection owns no buffers except those inside rustls.

use std::io::{self, BufRead, IoSlice, Read, Write};
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, Connection, HandshakeKind, ServerConnection};

use super::Tls;
use super::client::TlsClient;
use super::tickets::{SessionId, Tickets};
use crate::net::buffers::InputBuffer;
use crate::net::socket::{Done, Socket};
use crate::net::transport::FollowedBy;
use crate::net::transport::Written;

#[derive(Clone, Debug)]
pub(crate) enum TlsRole<'a> {
    /// The server. The id goes into the client's tickets.
    Server(&'a Tls, Option<SessionId>),
    /// The client, and the name that the server must have.
    Client(&'a TlsClient, ServerName<'static>),
}

#[derive(Debug)]
pub(crate) struct TlsStream {
    pub(crate) socket: Socket,
    session: Connection,
    /// Identifies the sessions of a server.
    tickets: Option<Arc<Tickets>>,
    /// Received records that the session has not read yet.
    incoming: InputBuffer,
    /// Encrypted content was not written completely. The session's own messages (tickets, the answer to a key
    /// update) may be delayed until the next content, or until we wait.
    owes: bool,
    /// The close_notify is sent or queued.
    is_closing: bool,
}

impl TlsStream {
    pub(crate) fn new(socket: Socket, end: TlsRole<'_>) -> io::Result<Self> {
        let (session, tickets) = match end {
            TlsRole::Server(tls, id) => {
                let (config, tickets) = tls.for_connection(id);
                (ServerConnection::new(config).map(Connection::from), Some(tickets))
            }
            TlsRole::Client(tls, name) => {
                (ClientConnection::new(Arc::clone(&tls.0), name).map(Connection::from), None)
            }
        };
        let session = session.map_err(io::Error::other)?;
        let incoming = InputBuffer::default();
        Ok(Self { socket, session, tickets, incoming, owes: false, is_closing: false })
    }

    /// The id in the client's ticket, if its session was resumed by one.
    pub(crate) fn resumed_session(&self) -> Option<SessionId> {
        match self.has_resumed() {
            true => self.tickets.as_ref()?.came_from(),
            false => None,
        }
    }

    pub(crate) fn has_resumed(&self) -> bool {
        self.session.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Ready when content can be transferred. The last messages may still be queued: they are sent with the
    /// first content, or before the first wait for input.
    pub(crate) fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.session.is_handshaking() {
            if self.session.wants_write() {
                ready!(self.poll_transmit(cx))?;
            } else if !ready!(self.poll_take(cx))? {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Reads content. At its end returns 0 after the peer's close_notify, `UnexpectedEof` without it.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        self.poll_content(cx, |content| content.read(into))
    }

    /// Reads content of one record into the spare capacity of the vector, at most `most` bytes.
    pub(crate) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut Vec<u8>,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        let most = most.min(into.capacity() - into.len());
        self.poll_content(cx, |content| {
            let record = content.fill_buf()?;
            let taken = record.get(..most).unwrap_or(record);
            into.extend_from_slice(taken);
            let taken = taken.len();
            content.consume(taken);
            Ok(taken)
        })
    }

    /// Encrypts `first` and then `second`, as much as fits, and writes as much as the socket accepts.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        first: &[u8],
        second: &[u8],
        followed_by: FollowedBy,
    ) -> Poll<io::Result<Written>> {
        let taken = self.session.writer().write_vectored(&[IoSlice::new(first), IoSlice::new(second)])?;
        self.owes |= taken > 0;
        if followed_by == FollowedBy::End && !self.is_closing && taken == first.len() + second.len() {
            self.session.send_close_notify();
            (self.is_closing, self.owes) = (true, true);
        }
        match self.poll_transmit(cx)? {
            Poll::Ready(moved) => Poll::Ready(Ok(Written { taken, moved })),
            // The encrypted bytes are kept here.
            Poll::Pending if taken > 0 => Poll::Ready(Ok(Written { taken, moved: 0 })),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Whether all content is written, and the close_notify too if the end follows.
    pub(crate) fn is_flushed(&self, followed_by: FollowedBy) -> bool {
        !self.owes && (self.is_closing || followed_by != FollowedBy::End)
    }

    fn poll_content(
        &mut self,
        cx: &mut Context<'_>,
        mut take: impl FnMut(&mut rustls::Reader<'_>) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            match take(&mut self.session.reader()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // The text of rustls refers to its manual, which does not help the peer.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Poll::Ready(Err(io::Error::new(
                        error.kind(),
                        "TLS ended without a close_notify",
                    )));
                }
                taken => return Poll::Ready(taken),
            }
            if self.poll_take(cx)?.is_pending() {
                // The peer may be waiting for a message of the session.
                if self.session.wants_write()
                    && let Poll::Ready(sent) = self.poll_transmit(cx)
                {
                    sent?;
                }
                return Poll::Pending;
            }
        }
    }

    /// Passes received bytes to the session. `false`: the peer has ended the stream.
    fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.incoming.is_empty() {
            let socket = &mut self.socket;
            ready!(self.incoming.fill(|room| match socket.poll_read(cx, room) {
                Poll::Ready(Ok(came)) => (came, Poll::Ready(Ok(()))),
                Poll::Ready(Err(error)) => (0, Poll::Ready(Err(error))),
                Poll::Pending => (0, Poll::Pending),
            }))?;
        }
        // The session must also see the end of the stream: an empty read, once.
        let taken = self.session.read_tls(&mut self.incoming.unread())?;
        match taken {
            // Input after a close_notify is ignored.
            0 => self.incoming.consume(usize::MAX),
            taken => self.incoming.consume(taken),
        }
        if let Err(error) = self.session.process_new_packets() {
            // An alert reports the reason to the peer, if it can be sent at once.
            let _ = self.poll_transmit(cx);
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, error)));
        }
        Poll::Ready(Ok(taken > 0))
    }

    /// Writes as many records as one call takes. Returns their bytes; 0 if there are none.
    fn poll_transmit(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let session = &mut self.session;
        let moved = ready!(self.socket.poll_write_with(cx, |socket| {
            let mut records = Records { socket, exhausted: false };
            let result = session.write_tls(&mut records)?;
            Ok(Done { result, exhausted: records.exhausted })
        }))?;
        self.owes &= self.session.wants_write();
        Poll::Ready(Ok(moved))
    }
}

struct Records<'a> {
    socket: BorrowedFd<'a>,
    exhausted: bool,
}

impl Write for Records<'_> {
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(record)])
    }

    fn write_vectored(&mut self, records: &[IoSlice<'_>]) -> io::Result<usize> {
        let sent = sendmsg(self.socket, records, &mut SendAncillaryBuffer::default(), SendFlags::NOSIGNAL)?;
        self.exhausted = sent < records.iter().map(|record| record.len()).sum();
        Ok(sent)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
