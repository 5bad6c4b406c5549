//! A stream that traces its reads and writes.

use std::io;
use std::task::{Context, Poll};

use super::{ConnTrace, Direction};
use crate::net::transport::{FollowedBy, Transport, Written};

/// A stream, and its trace.
#[derive(Debug)]
pub(crate) struct Traced {
    pub(crate) inner: Transport,
    pub(crate) trace: ConnTrace,
}

impl Traced {
    pub(crate) fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shaken = self.inner.poll_handshake(cx);
        match &shaken {
            Poll::Ready(Ok(())) => self.trace.secured(),
            Poll::Ready(Err(error)) => self.trace.failed(error),
            Poll::Pending => {}
        }
        shaken
    }

    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let read = self.inner.poll_read(cx, into);
        self.show_read(&read, |came| into.get(..came));
        read
    }

    pub(crate) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut Vec<u8>,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        let before = into.len();
        let read = self.inner.poll_receive(cx, into, most);
        self.show_read(&read, |_| into.get(before..));
        read
    }

    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        first: &[u8],
        second: &[u8],
        followed_by: FollowedBy,
    ) -> Poll<io::Result<Written>> {
        let written = self.inner.poll_write(cx, first, second, followed_by);
        match &written {
            Poll::Ready(Ok(Written { taken, .. })) => {
                let (queued, rest) = first.split_at(first.len().min(*taken));
                let beyond = second.get(..taken - queued.len()).unwrap_or_default();
                debug_assert!(rest.is_empty() || beyond.is_empty());
                self.trace.moved(Direction::Written, queued);
                self.trace.moved(Direction::Written, beyond);
            }
            Poll::Ready(Err(error)) => self.trace.failed(error),
            Poll::Pending => {}
        }
        written
    }

    pub(crate) fn shutdown_write(&mut self) -> io::Result<()> {
        self.trace.ended(Direction::Written);
        self.inner.shutdown_write()
    }

    /// Traces a read; `bytes` returns the bytes, given their number.
    fn show_read<'a>(
        &mut self,
        read: &Poll<io::Result<usize>>,
        bytes: impl FnOnce(usize) -> Option<&'a [u8]>,
    ) {
        match read {
            Poll::Ready(Ok(0)) => self.trace.ended(Direction::Read),
            Poll::Ready(Ok(came)) => self.trace.moved(Direction::Read, bytes(*came).unwrap_or_default()),
            Poll::Ready(Err(error)) => self.trace.failed(error),
            Poll::Pending => {}
        }
    }
}
