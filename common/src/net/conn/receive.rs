//! Receives content: bytes are read from the socket directly into the caller's vector.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use super::{Broken, Conn, INPUT, State, count};
use crate::metrics::shared::ByteDirection;

impl Conn {
    /// Appends at most `most` received bytes: unread input first, else directly from the socket into the
    /// spare capacity of `into`, in one system call (over TLS: from a record). A vector without spare
    /// capacity grows by up to [`INPUT`]; a larger capacity saves calls if `most` covers it. Returns the
    /// number of bytes appended, 0 at the end of the stream.
    ///
    /// Queued output is flushed before waiting. A stopping server does not end the wait.
    ///
    /// # Errors
    ///
    /// A failed connection, `UnexpectedEof` if TLS ends without a close_notify (an attacker can cut the
    /// connection), or `TimedOut` from a peer that sends less than the minimum rate
    /// ([`ConnTimeouts`](super::ConnTimeouts)). The time used is stored in the connection, so that content in many
    /// pieces does not renew it.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn receive(&mut self, into: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        if !self.0.input.is_empty() {
            let unread = self.0.input.unread();
            let taken = unread.get(..most).unwrap_or(unread);
            into.extend_from_slice(taken);
            let taken = taken.len();
            self.0.input.consume(taken);
            return Ok(taken);
        }
        self.flush().await?;
        if self.0.ended || most == 0 {
            return Ok(0);
        }
        if into.len() == into.capacity() {
            into.reserve(most.min(INPUT));
        }
        let State { stream, watch, timeouts, receiving: pace, counted, .. } = &mut *self.0;
        let read = |cx: &mut Context<'_>| {
            let step = stream.poll_receive(cx, into, most);
            pace.bound(step, timeouts, watch, cx)
        };
        let came = poll_fn(read).await;
        watch.rest();
        let came = came?;
        count(*counted, ByteDirection::Received, came as u64);
        pace.earn(came as u64, timeouts);
        self.0.ended = came == 0;
        Ok(came)
    }

    /// The next piece of content whose end is marked in the content itself, as with chunks: like
    /// [`Conn::next`], but the minimum rate limits the wait, and a stopping server does not end it.
    ///
    /// # Errors
    ///
    /// [`Broken::Input`] is the parser's error; otherwise see [`Conn::receive`], with `UnexpectedEof` at the
    /// end of the stream, `InvalidData` for a piece larger than [`INPUT`], and `ResourceBusy` as for
    /// [`Conn::next`].
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn next_piece<T, E>(
        &mut self,
        mut parse: impl FnMut(&[u8]) -> Result<Option<(T, usize)>, E>,
    ) -> Result<T, Broken<E>> {
        loop {
            if !self.0.input.is_empty()
                && let Some((piece, used)) = parse(self.0.input.unread()).map_err(Broken::Input)?
            {
                self.0.input.consume(used);
                return Ok(piece);
            }
            self.flush().await?;
            if self.0.input.unread().len() >= INPUT {
                return Err(Broken::Io(io::ErrorKind::InvalidData.into()));
            }
            if self.0.ended || self.refill().await? == 0 {
                return Err(Broken::Io(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    /// Reads once and appends to the unread input.
    async fn refill(&mut self) -> io::Result<usize> {
        let State { stream, peer, input, watch, timeouts, receiving: pace, counted, .. } = &mut *self.0;
        let address = peer.ip();
        let read = |cx: &mut Context<'_>| {
            let step = input.fill(|room| match stream.poll_read(cx, room) {
                Poll::Ready(Ok(came)) => (came, Poll::Ready(Ok(came))),
                nothing => (0, nothing),
            });
            if step.is_pending() {
                input.reserve(address)?;
            }
            pace.bound(step, timeouts, watch, cx)
        };
        let came = poll_fn(read).await;
        watch.rest();
        let came = came?;
        count(*counted, ByteDirection::Received, came as u64);
        pace.earn(came as u64, timeouts);
        self.0.ended = came == 0;
        Ok(came)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::{Duration, Instant};

    use super::super::ConnTimeouts;
    use super::super::tests::{line, pair};
    use super::*;
    use crate::net::engine::on_test_runtime;

    #[test]
    fn content_is_taken_up_to_its_end_and_no_further() {
        on_test_runtime(async {
            let (mut conn, mut peer) = pair();
            peer.write_all(b"put 6\nabc").unwrap();
            assert_eq!(conn.next(line).await.unwrap().unwrap(), b"put 6");
            let mut content = Vec::with_capacity(100);
            assert_eq!(conn.receive(&mut content, 6).await.unwrap(), 3, "unread input comes first");
            peer.write_all(b"defget\n").unwrap();
            assert_eq!(conn.receive(&mut content, 3).await.unwrap(), 3);
            assert_eq!(content, b"abcdef");
            assert_eq!(conn.next(line).await.unwrap().unwrap(), b"get", "the next value is untouched");
            peer.write_all(b"unread").unwrap();
            assert_eq!(conn.receive(&mut content, 0).await.unwrap(), 0, "no bytes were requested");
            drop(peer);
            assert_eq!(conn.receive(&mut content, 9).await.unwrap(), 6);
            for _ in 0..2 {
                assert_eq!(conn.receive(&mut content, 9).await.unwrap(), 0, "the end stays the end");
            }
        });
    }

    #[test]
    fn pieces_may_take_their_time() {
        on_test_runtime(async {
            let (mut conn, mut peer) = pair();
            let instant = Duration::from_millis(1);
            // The timeouts between and within values are shorter than this wait.
            conn.set_timeouts(ConnTimeouts {
                idle: Some(instant),
                value: instant,
                ..ConnTimeouts::default()
            });
            let send = tokio::task::spawn_blocking(move || {
                for piece in [&b"a"[..], b"b\n", b"c\nd"] {
                    std::thread::sleep(Duration::from_millis(50));
                    peer.write_all(piece).unwrap();
                }
            });
            for expected in [b"ab".to_vec(), b"c".to_vec()] {
                assert_eq!(conn.next_piece(line).await.unwrap(), expected);
            }
            send.await.unwrap();
            let cut = conn.next_piece(line).await;
            assert!(matches!(cut, Err(Broken::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof));
        });
    }

    /// The capacity is zeroed first, so a call reads at most that many bytes; further bytes in the kernel are
    /// not awaited.
    #[test]
    fn a_part_of_the_spare_capacity_is_filled_by_and_by() {
        on_test_runtime(async {
            let (mut conn, mut peer) = pair();
            let mut content = Vec::with_capacity(8 * INPUT);
            let send = async { peer.write_all(&vec![b'x'; 2 * INPUT]).unwrap() };
            let (came, ()) = tokio::join!(conn.receive(&mut content, 4 * INPUT), send);
            assert_eq!(came.unwrap(), INPUT);
            let more = tokio::time::timeout(Duration::from_secs(10), conn.receive(&mut content, 4 * INPUT));
            assert_eq!(more.await.expect("it is there").unwrap(), INPUT);
        });
    }

    #[test]
    fn one_call_fills_the_spare_capacity() {
        for (capacity, most, expected, why) in [
            (1_000, 5_000, 1_000, "the vector's room is the limit"),
            (5_000, 1_000, 1_000, "the caller's limit"),
            (5_000, 5_000, 5_000, "both"),
            (0, 2_000, 2_000, "a vector without capacity grows by `most`"),
            (0, usize::MAX, 8_000, "but not without bounds"),
        ] {
            on_test_runtime(async {
                let (mut conn, mut peer) = pair();
                peer.write_all(&[b'x'; 8_000]).unwrap();
                let mut content = Vec::with_capacity(capacity);
                assert_eq!(conn.receive(&mut content, most).await.unwrap(), expected, "{why}");
                assert_eq!(content, vec![b'x'; expected], "{why}");
                assert!(content.capacity() <= INPUT, "{why}");
            });
        }
    }

    #[test]
    fn queued_output_goes_before_the_wait() {
        on_test_runtime(async {
            let (mut conn, peer) = pair();
            conn.out().extend_from_slice(b"continue");
            let content = tokio::task::spawn_blocking(move || {
                let mut said = [0; 8];
                io::Read::read_exact(&mut &peer, &mut said).unwrap();
                (&peer).write_all(b"content").unwrap();
                said
            });
            let mut into = Vec::new();
            assert_eq!(conn.receive(&mut into, 100).await.unwrap(), 7);
            assert_eq!((content.await.unwrap(), &into[..]), (*b"continue", &b"content"[..]));
        });
    }

    #[test]
    fn a_peer_below_the_minimum_rate_is_not_waited_for() {
        let second = Duration::from_secs(1);
        for (rate, piece, is_fast_enough) in
            [(1_000, 0, false), (1_000, 20, false), (1_000, 200, true), (0, 1, true), (0, 0, false)]
        {
            on_test_runtime(async {
                let (mut conn, mut peer) = pair();
                conn.set_timeouts(ConnTimeouts { idle: None, value: second, stall: second, rate });
                let send = tokio::task::spawn_blocking(move || {
                    // Three seconds, thrice the time for a peer that sends nothing.
                    for _ in 0..30 {
                        std::thread::sleep(Duration::from_millis(100));
                        if peer.write_all(&vec![b'x'; piece]).is_err() {
                            return;
                        }
                    }
                });
                let (mut content, started) = (Vec::new(), Instant::now());
                let ended = loop {
                    match conn.receive(&mut content, 1_000).await {
                        Ok(0) => break Ok(()),
                        Ok(_) => {}
                        Err(error) => break Err(error.kind()),
                    }
                };
                let took = started.elapsed();
                drop(conn);
                send.await.unwrap();
                match is_fast_enough {
                    true => assert_eq!((ended, content.len()), (Ok(()), 30 * piece)),
                    false => {
                        assert_eq!(ended, Err(io::ErrorKind::TimedOut), "{piece} bytes each time");
                        assert!(took < 3 * second, "{piece} bytes each time: {took:?}");
                    }
                }
            });
        }
    }
}
