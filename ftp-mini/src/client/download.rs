//! From the server: RETR, whole or from an offset on.
//!
//! A transfer that goes on begins before the offset, and what comes first must be what is there already.
//! The end of the data is believed when the size agrees; where no size is known, over TLS only with a
//! close_notify. [RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.3,
//! [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 5.

use std::io;

use common::client::{Fault, Pump, Sink};
use common::net::conn::Conn;

use super::error::Error;
use super::session::Session;
use crate::wire::command::Verb;

/// The beginning of a file: what is stored of it at the other end than the one it is read from.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Its size in bytes.
    pub size: u64,
    /// Its last bytes, which are compared.
    pub tail: Vec<u8>,
}

impl Session {
    /// Fetches a file, or the rest of it, into something that stands at the end of what is there: an upload,
    /// or a stream. `size`: that of the whole file, if it is known.
    ///
    /// # Errors
    /// [`Error`]. What came before stays where it is.
    pub async fn fetch(
        &mut self,
        path: &[u8],
        size: Option<u64>,
        part: &Part,
        into: &mut impl Sink,
        pump: Pump<'_>,
    ) -> Result<(), Error> {
        self.retrieve(path, size, part, async |conn, most| pump.receive(conn, into, most).await).await
    }

    /// Looks whether a file has exactly what is there, by its end.
    ///
    /// # Errors
    /// [`Error::AnotherFile`] or [`Error::TooMuch`] where it has not; others.
    pub(super) async fn compare(&mut self, path: &[u8], part: &Part) -> Result<(), Error> {
        self.retrieve(path, Some(part.size), part, async |_, _| Ok(0)).await
    }

    async fn retrieve(
        &mut self,
        path: &[u8],
        size: Option<u64>,
        part: &Part,
        bring: impl AsyncFnOnce(&mut Conn, u64) -> Result<u64, Fault>,
    ) -> Result<(), Error> {
        let start = part.size.saturating_sub(part.tail.len() as u64);
        let read = async |conn: &mut Conn| {
            check(conn, &part.tail).await?;
            let most = size.map_or(u64::MAX, |size| size.saturating_sub(part.size));
            let came = part.size + bring(conn, most).await?;
            check_end(conn, came, size).await?;
            // The server may wait for our close_notify.
            let _ = conn.finish().await;
            Ok(())
        };
        self.receive(Verb::Retr, Some(path), start, read).await.map(drop)
    }
}

/// Takes what must come first.
async fn check(conn: &mut Conn, tail: &[u8]) -> Result<(), Error> {
    let mut came = Vec::with_capacity(tail.len());
    while came.len() < tail.len() {
        let missing = tail.len() - came.len();
        if conn.receive(&mut came, missing).await.map_err(Error::Data)? == 0 {
            return Err(Error::AnotherFile);
        }
    }
    if came == tail { Ok(()) } else { Err(Error::AnotherFile) }
}

/// Takes the end of the stream behind `came` bytes.
async fn check_end(conn: &mut Conn, came: u64, size: Option<u64>) -> Result<(), Error> {
    let mut more = Vec::new();
    match (conn.receive(&mut more, 1).await, size) {
        (Ok(0), Some(size)) if came < size => Err(Error::Cut { came }),
        (Ok(0), _) => Ok(()),
        (Ok(_), size) => Err(Error::TooMuch { size: size.unwrap_or(came) }),
        // Without a close_notify, but whole.
        (Err(error), Some(size)) if error.kind() == io::ErrorKind::UnexpectedEof && came == size => Ok(()),
        (Err(error), _) => Err(Error::Data(error)),
    }
}
