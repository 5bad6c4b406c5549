//! The records of one connection, above its socket. Bytes come from the kernel by way of a buffer of
//! the thread, many records at a time; what goes out is encrypted by up to 64 KiB and written in one
//! call. A connection that waits owns no buffer but those inside of rustls.

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
use crate::net::buffers::Input;
use crate::net::socket::{Done, Socket};
use crate::net::transport::Behind;
use crate::net::transport::Written;

/// Which end of a connection is ours.
#[derive(Clone, Debug)]
pub(crate) enum End<'a> {
    /// The server's. The id goes into the tickets that the client gets.
    Server(&'a Tls, Option<SessionId>),
    /// The client's, and who has to be at the other one.
    Client(&'a TlsClient, ServerName<'static>),
}

/// Either end of a TLS connection.
#[derive(Debug)]
pub(crate) struct TlsStream {
    socket: Socket,
    session: Connection,
    /// What the server's end knows its sessions by.
    tickets: Option<Arc<Tickets>>,
    /// Records that have come and that the session has not taken yet.
    incoming: Input,
    /// Content was encrypted that has not gone out whole. The session's own messages (tickets, the
    /// answer to a change of keys) may wait for the next content, or until we wait ourselves.
    owes: bool,
    /// The close_notify is sent, or on its way.
    is_closing: bool,
}

impl TlsStream {
    /// Before the handshake.
    pub(crate) fn new(socket: Socket, end: End<'_>) -> io::Result<Self> {
        let (session, tickets) = match end {
            End::Server(tls, id) => {
                let (config, tickets) = tls.for_connection(id);
                (ServerConnection::new(config).map(Connection::from), Some(tickets))
            }
            End::Client(tls, name) => {
                (ClientConnection::new(Arc::clone(&tls.0), name).map(Connection::from), None)
            }
        };
        let session = session.map_err(io::Error::other)?;
        let incoming = Input::default();
        Ok(Self { socket, session, tickets, incoming, owes: false, is_closing: false })
    }

    pub(crate) fn socket(&self) -> &Socket {
        &self.socket
    }

    pub(crate) fn socket_mut(&mut self) -> &mut Socket {
        &mut self.socket
    }

    /// The id in the ticket that the client came with, if its session was resumed by one.
    pub(crate) fn resumed_session(&self) -> Option<SessionId> {
        match self.session.handshake_kind() {
            Some(HandshakeKind::Resumed) => self.tickets.as_ref()?.came_from(),
            _ => None,
        }
    }

    /// Ready when content can move. It need not be flushed then: the last messages go out with the
    /// first content, or before the first wait for some.
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

    /// Content. Its end is 0 after the peer's close_notify, and `UnexpectedEof` without it.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        self.poll_content(cx, |content| content.read(into))
    }

    /// Content of a record, behind what the vector holds: into its spare capacity, at most `most`
    /// bytes.
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

    /// Encrypts `first` and then `second`, as much as fits, and writes what the socket takes.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        first: &[u8],
        second: &[u8],
        behind: Behind,
    ) -> Poll<io::Result<Written>> {
        let taken = self.session.writer().write_vectored(&[IoSlice::new(first), IoSlice::new(second)])?;
        self.owes |= taken > 0;
        if behind == Behind::End && !self.is_closing && taken == first.len() + second.len() {
            self.session.send_close_notify();
            (self.is_closing, self.owes) = (true, true);
        }
        match self.poll_transmit(cx)? {
            Poll::Ready(moved) => Poll::Ready(Ok(Written { taken, moved })),
            // What is encrypted is ours to keep.
            Poll::Pending if taken > 0 => Poll::Ready(Ok(Written { taken, moved: 0 })),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Whether all content has gone out, and the close_notify where the end comes behind it.
    pub(crate) fn is_flushed(&self, behind: Behind) -> bool {
        !self.owes && (self.is_closing || behind != Behind::End)
    }

    /// What `take` finds, as soon as it finds something.
    fn poll_content(
        &mut self,
        cx: &mut Context<'_>,
        mut take: impl FnMut(&mut rustls::Reader<'_>) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            match take(&mut self.session.reader()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // The words of rustls lead to its manual, which says nothing to the peer.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Poll::Ready(Err(io::Error::new(
                        error.kind(),
                        "TLS ended without a close_notify",
                    )));
                }
                taken => return Poll::Ready(taken),
            }
            if self.poll_take(cx)?.is_pending() {
                // The peer may be waiting for what the session has to say.
                if self.session.wants_write()
                    && let Poll::Ready(sent) = self.poll_transmit(cx)
                {
                    sent?;
                }
                return Poll::Pending;
            }
        }
    }

    /// Gives the session some of what has come. `false`: the peer has ended the stream.
    fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.incoming.is_empty() {
            let socket = &mut self.socket;
            ready!(self.incoming.fill(|room| match socket.poll_read(cx, room) {
                Poll::Ready(Ok(came)) => (came, Poll::Ready(Ok(()))),
                Poll::Ready(Err(error)) => (0, Poll::Ready(Err(error))),
                Poll::Pending => (0, Poll::Pending),
            }))?;
        }
        // An end of the stream is given to the session as well: nothing, read once.
        let taken = self.session.read_tls(&mut self.incoming.unread())?;
        match taken {
            // Behind a close_notify nothing is read any more.
            0 => self.incoming.consume(usize::MAX),
            taken => self.incoming.consume(taken),
        }
        if let Err(error) = self.session.process_new_packets() {
            // An alert tells the peer why, if it can be sent at once.
            let _ = self.poll_transmit(cx);
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, error)));
        }
        Poll::Ready(Ok(taken > 0))
    }

    /// Writes records, as many as one call takes. Gives their bytes; 0 when there are none.
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

/// The socket as rustls writes to it.
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
