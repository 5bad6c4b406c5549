//! Feeds content to a parser that blocks on its input: the parser runs on its own thread.

use std::io::{self, Cursor, Read};

use common::client::{Fault, FaultKind};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::spawn_blocking;

use super::response::Response;

/// Pieces in the queue of the parser: each up to 64 KiB, or its decoded form.
const AHEAD: usize = 2;

/// The content as a blocking reader. It also ends if the connection fails; the result is then discarded.
#[derive(Debug)]
pub(super) struct ContentReader {
    piece: Cursor<Vec<u8>>,
    pieces: Receiver<Vec<u8>>,
}

impl Read for ContentReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.piece.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            match self.pieces.blocking_recv() {
                Some(piece) => self.piece = Cursor::new(piece),
                None => return Ok(0),
            }
        }
    }
}

impl Response {
    /// Runs `parse` on the content, which may have at most `limit` bytes. It need not read all of it.
    pub(super) async fn parsed<T: Send + 'static>(
        mut self,
        limit: usize,
        parse: impl FnOnce(ContentReader) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let (to, pieces) = channel(AHEAD);
        let parsed = spawn_blocking(move || parse(ContentReader { piece: Cursor::default(), pieces }));
        let mut left = limit;
        loop {
            let mut piece = Vec::new();
            if !self.next(&mut piece).await? {
                break;
            }
            let too_large =
                || Fault::new(FaultKind::Failed, format!("the content has more than {} MiB", limit >> 20));
            left = left.checked_sub(piece.len()).ok_or_else(too_large)?;
            if to.send(piece).await.is_err() {
                break;
            }
        }
        drop(to);
        parsed.await.map_err(|error| Fault::new(FaultKind::Failed, error.to_string()))
    }
}
