//! Buffers that belong to the thread and are lent to a connection while it has unread input or unsent output.
//! A waiting connection with nothing pending owns none.

use std::cell::RefCell;
use std::net::IpAddr;

use super::budget::{self, MemoryUse, Reservation};
use super::offload::Busy;

/// The most bytes of one read, and the most that a parser may leave unread (64 KiB).
pub const INPUT: usize = 64 << 10;
/// Queued output is written before it grows beyond this (64 KiB), so a pipeline of requests cannot make it
/// grow without limit.
pub const HIGH_WATER: usize = 64 << 10;
/// Idle buffers that a thread keeps of each kind.
const SPARE: usize = 32;

thread_local! {
    static INPUTS: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
    static OUTPUTS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Input of a connection: a lent buffer of [`INPUT`] bytes, or a small one of its own while an incomplete
/// value waits for the rest, or none.
#[derive(Debug, Default)]
pub(crate) struct InputBuffer {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    // Boxed: most connections have none.
    reserved: Option<Box<Reservation>>,
}

impl InputBuffer {
    pub(crate) fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(crate) fn consume(&mut self, used: usize) {
        self.start = self.end.min(self.start.saturating_add(used));
        if self.is_empty() {
            *self = Self::default();
        }
    }

    /// Appends input with `read`, which returns the number of bytes, into a buffer with room for it. If there
    /// are none, the unread bytes move to a buffer of their own size.
    pub(crate) fn fill<T>(&mut self, read: impl FnOnce(&mut [u8]) -> (usize, T)) -> T {
        let mut buffer = INPUTS.with_borrow_mut(Vec::pop).unwrap_or_else(|| vec![0; INPUT].into());
        let kept = self.unread().len();
        let (front, room) = buffer.split_at_mut(kept);
        let (came, result) = read(room);
        if came == 0 {
            give_input(buffer);
            if self.buffer.len() == INPUT && !self.is_empty() {
                self.release_buffer();
            }
            return result;
        }
        front.copy_from_slice(self.unread());
        let reserved = self.reserved.take();
        *self = Self { buffer, start: 0, end: kept + came, reserved };
        result
    }

    /// Moves what is unread to a buffer of its own size.
    fn release_buffer(&mut self) {
        let (own, reserved) = (Box::<[u8]>::from(self.unread()), self.reserved.take());
        *self = Self { start: 0, end: own.len(), buffer: own, reserved };
    }

    /// Counts an incomplete value while its rest is awaited from `address`.
    pub(crate) fn reserve(&mut self, address: Option<IpAddr>) -> Result<(), Busy> {
        match self.buffer.len() {
            0 => Ok(()),
            held => reserve(&mut self.reserved, MemoryUse::Heads, held, address),
        }
    }

    /// Gives a lent buffer back while the connection does not read, and returns the bytes that are kept.
    pub(crate) fn pause(&mut self) -> usize {
        if self.buffer.len() == INPUT && self.unread().len() < INPUT {
            self.release_buffer();
        }
        self.buffer.len()
    }
}

/// Makes a connection's reservation, or changes it.
pub(crate) fn reserve(
    reserved: &mut Option<Box<Reservation>>,
    purpose: MemoryUse,
    bytes: usize,
    address: Option<IpAddr>,
) -> Result<(), Busy> {
    match reserved {
        Some(reserved) => reserved.resize(bytes),
        None => {
            *reserved = Some(budget::reserve(purpose, bytes, address)?.into());
            Ok(())
        }
    }
}

impl Drop for InputBuffer {
    fn drop(&mut self) {
        give_input(std::mem::take(&mut self.buffer));
    }
}

fn give_input(buffer: Box<[u8]>) {
    if buffer.len() == INPUT {
        // An ending thread may have dropped its pool already.
        let _ = INPUTS.try_with(|spare| keep(spare, buffer));
    }
}

/// Output of a connection: the queue, and the number of bytes already written.
#[derive(Debug, Default)]
pub(crate) struct OutputBuffer {
    queued: Vec<u8>,
    written: usize,
}

impl OutputBuffer {
    pub(crate) fn queue(&mut self) -> &mut Vec<u8> {
        if self.queued.capacity() == 0 {
            self.queued = OUTPUTS.with_borrow_mut(Vec::pop).unwrap_or_else(|| Vec::with_capacity(16 << 10));
        }
        &mut self.queued
    }

    /// The size of the buffer.
    pub(crate) fn held(&self) -> usize {
        self.queued.capacity()
    }

    pub(crate) fn unsent(&self) -> &[u8] {
        self.queued.get(self.written..).unwrap_or_default()
    }

    /// Records that `sent` bytes were written, and returns how many of them were beyond the end of the queue.
    pub(crate) fn sent(&mut self, sent: usize) -> usize {
        let mine = sent.min(self.unsent().len());
        self.written += mine;
        if self.written == self.queued.len() {
            *self = Self::default();
        }
        sent - mine
    }
}

impl Drop for OutputBuffer {
    fn drop(&mut self) {
        give_output(std::mem::take(&mut self.queued));
    }
}

fn give_output(mut buffer: Vec<u8>) {
    if (1..=4 * HIGH_WATER).contains(&buffer.capacity()) {
        buffer.clear();
        let _ = OUTPUTS.try_with(|spare| keep(spare, buffer));
    }
}

fn keep<T>(spare: &RefCell<Vec<T>>, buffer: T) {
    let mut spare = spare.borrow_mut();
    if spare.len() < SPARE {
        spare.push(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receive(input: &mut InputBuffer, bytes: &[u8]) {
        input.fill(|room| {
            room[..bytes.len()].copy_from_slice(bytes);
            (bytes.len(), ())
        });
    }

    #[test]
    fn input_keeps_unread_bytes_in_order() {
        let mut input = InputBuffer::default();
        receive(&mut input, b"abc");
        input.consume(2);
        receive(&mut input, b"def");
        assert_eq!(input.unread(), b"cdef");
        input.consume(4);
        assert!(input.is_empty());
        assert_eq!(input.buffer.len(), 0, "an empty input owns no buffer");
    }

    #[test]
    fn waiting_with_an_incomplete_value_owns_only_its_bytes() {
        let mut input = InputBuffer::default();
        receive(&mut input, b"GET /");
        input.fill(|_room| (0, ()));
        assert_eq!((input.unread(), input.buffer.len()), (&b"GET /"[..], 5));
        receive(&mut input, b" HTTP");
        assert_eq!((input.unread(), input.buffer.len()), (&b"GET / HTTP"[..], INPUT));
    }

    #[test]
    fn output_counts_bytes_sent_past_the_buffer() {
        let mut output = OutputBuffer::default();
        output.queue().extend_from_slice(b"head");
        assert_eq!(output.sent(3), 0);
        assert_eq!(output.unsent(), b"d");
        assert_eq!(output.sent(6), 5, "one call sent the rest of the queue and five bytes of a body");
        assert_eq!(output.queued.capacity(), 0, "the buffer went back to the thread");
    }
}
