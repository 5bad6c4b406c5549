//! Where the content of a download goes: a file that stands beside its name, or a stream.

use common::client::{Fault, Outlet, Transfer};
use common::files::Upload;

use super::cannot_store;

/// What takes content.
#[derive(Debug)]
pub(super) enum Sink {
    File(Upload),
    Stream(Outlet),
}

impl Sink {
    /// Bytes that have come.
    pub(super) fn received(&self) -> u64 {
        match self {
            Self::File(upload) => upload.received(),
            Self::Stream(outlet) => outlet.received(),
        }
    }

    /// Where the next bytes go. [`Self::advance`] is to be called each time that bytes were put in.
    pub(super) fn room(&mut self) -> &mut Vec<u8> {
        match self {
            Self::File(upload) => upload.room(),
            Self::Stream(outlet) => outlet.room(),
        }
    }

    /// Writes what has come, when it is enough.
    pub(super) async fn advance(&mut self, transfer: &Transfer) -> Result<(), Fault> {
        match self {
            Self::File(upload) => upload.advance().await.map_err(|error| cannot_store(&error, transfer)),
            Self::Stream(outlet) => outlet.advance().await,
        }
    }
}
