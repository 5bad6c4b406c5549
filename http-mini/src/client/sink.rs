//! Where the content of a download goes: a file that stands beside its name, or a stream.

use std::fs::File;
use std::io::{self, Write as _};

use common::client::{Fault, Kind, Transfer};
use common::files::{Error, Upload};
use common::offload;

use super::download::cannot_store;

/// Bytes that are written to a stream at a time (256 KiB).
const PIECE: usize = 256 << 10;

/// What takes content.
#[derive(Debug)]
pub(super) enum Sink {
    File(Upload),
    Stream(Stream),
}

/// Standard output, or a device.
#[derive(Debug)]
pub(super) struct Stream {
    file: File,
    room: Vec<u8>,
    written: u64,
}

/// Why content cannot be stored.
#[derive(Debug)]
pub(super) enum Unstored {
    File(Error),
    Stream(io::Error),
}

impl Unstored {
    pub(super) fn fault(&self, transfer: &Transfer) -> Fault {
        match self {
            Self::File(error) => cannot_store(error, transfer),
            Self::Stream(error) => cannot_write(error),
        }
    }
}

pub(super) fn cannot_write(error: &io::Error) -> Fault {
    Fault::new(Kind::Failed, format!("it cannot be written: {error}"))
}

impl Sink {
    pub(super) fn stream(file: &File) -> io::Result<Self> {
        Ok(Self::Stream(Stream { file: file.try_clone()?, room: Vec::new(), written: 0 }))
    }

    /// Bytes that have come.
    pub(super) fn received(&self) -> u64 {
        match self {
            Self::File(upload) => upload.received(),
            Self::Stream(stream) => stream.written + stream.room.len() as u64,
        }
    }

    /// Where the next bytes go. [`Self::advance`] is to be called each time that bytes were put in.
    pub(super) fn room(&mut self) -> &mut Vec<u8> {
        match self {
            Self::File(upload) => upload.room(),
            Self::Stream(stream) => {
                stream.room.reserve(PIECE.saturating_sub(stream.room.len()));
                &mut stream.room
            }
        }
    }

    /// Writes what has come, when it is enough.
    pub(super) async fn advance(&mut self) -> Result<(), Unstored> {
        match self {
            Self::File(upload) => upload.advance().await.map_err(Unstored::File),
            Self::Stream(stream) => match stream.room.len() {
                PIECE.. => stream.write().await,
                _ => Ok(()),
            },
        }
    }

    /// Writes the rest.
    pub(super) async fn finish(self) -> Result<(), Unstored> {
        match self {
            Self::File(upload) => upload.commit().await.map(drop).map_err(Unstored::File),
            Self::Stream(mut stream) => stream.write().await,
        }
    }
}

impl Stream {
    /// Off the event loop: whoever reads may be slow, and the connection has its deadlines.
    async fn write(&mut self) -> Result<(), Unstored> {
        let piece = std::mem::take(&mut self.room);
        let mut file = self.file.try_clone().map_err(Unstored::Stream)?;
        let written = offload::run(move || (file.write_all(&piece), piece)).await;
        let (written, mut piece) = written.map_err(|busy| Unstored::Stream(io::Error::other(busy)))?;
        written.map_err(Unstored::Stream)?;
        self.written += piece.len() as u64;
        piece.clear();
        self.room = piece;
        Ok(())
    }
}
