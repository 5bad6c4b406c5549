//! Writes content of unknown length.

use std::io;
use std::num::NonZeroUsize;

use common::net::conn::Conn;

use crate::wire::chunked::{self, CHUNK_END, LAST_CHUNK};

pub(crate) struct Writer<'a> {
    conn: &'a mut Conn,
    is_chunked: bool,
    length: u64,
}

impl<'a> Writer<'a> {
    /// Without chunks, closing the connection ends the content.
    pub(crate) fn new(conn: &'a mut Conn, is_chunked: bool) -> Self {
        Self { conn, is_chunked, length: 0 }
    }

    /// Writes a piece as one chunk, and skips an empty one: as a chunk it would end the content.
    pub(crate) async fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        let Some(size) = NonZeroUsize::new(piece.len()) else { return Ok(()) };
        self.length += piece.len() as u64;
        if !self.is_chunked {
            return self.conn.write(piece).await;
        }
        chunked::write_size(self.conn.out(), size);
        self.conn.write(piece).await?;
        self.conn.out().extend_from_slice(CHUNK_END);
        Ok(())
    }

    pub(crate) fn finish(self) -> u64 {
        if self.is_chunked {
            self.conn.out().extend_from_slice(LAST_CHUNK);
        }
        self.length
    }
}
