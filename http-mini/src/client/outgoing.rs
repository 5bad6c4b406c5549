//! [`Outgoing`], the content of a request: bytes, a span of a file, or a stream.

use std::cell::RefCell;
use std::fs::File;
use std::ops::Range;
use std::rc::Rc;

use common::client::{Fault, FaultKind, Inlet, PacedTransfer, Throttle, TransferProgress, Unsent};
use common::files::FileContent;
use common::net::conn::Conn;

use crate::content::write::Writer;

/// Bytes read from a stream at a time (64 KiB).
const PIECE: usize = 64 << 10;

/// The content of a request.
#[derive(Clone, Debug, Default)]
pub struct Outgoing(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    None,
    Bytes(Rc<[u8]>),
    File(Rc<FileContent>, Range<u64>, Meter),
    /// A stream can be read once; its length is not known.
    Stream(Rc<RefCell<Option<Inlet>>>, Meter),
}

/// Reports the progress of a transfer and limits its rate.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    pub(super) throttle: Throttle,
    pub(super) transfer: Rc<TransferProgress>,
}

impl From<Vec<u8>> for Outgoing {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Source::Bytes(bytes.into()))
    }
}

impl From<&str> for Outgoing {
    fn from(text: &str) -> Self {
        text.as_bytes().to_vec().into()
    }
}

impl Outgoing {
    pub(super) fn file(content: Rc<FileContent>, span: Range<u64>, meter: Meter) -> Self {
        Self(Source::File(content, span, meter))
    }

    pub(super) fn stream(file: File, meter: Meter) -> Self {
        Self(Source::Stream(Rc::new(RefCell::new(Some(Inlet::new(file)))), meter))
    }

    /// Whether the request has content, even of length 0.
    pub(super) fn is_some(&self) -> bool {
        !matches!(self.0, Source::None)
    }

    pub(super) fn length(&self) -> Option<u64> {
        match &self.0 {
            Source::None => Some(0),
            Source::Bytes(bytes) => Some(bytes.len() as u64),
            Source::File(_, span, _) => Some(span.end - span.start),
            Source::Stream(..) => None,
        }
    }

    pub(super) fn is_repeatable(&self) -> bool {
        !matches!(self.0, Source::Stream(..))
    }

    /// Sends the content, in chunks if its length is not known.
    pub(super) async fn send(&self, conn: &mut Conn) -> Result<(), Unsent> {
        match &self.0 {
            Source::None => {}
            Source::Bytes(bytes) => conn.write(bytes).await?,
            Source::File(content, span, meter) => {
                let pump = PacedTransfer { throttle: &meter.throttle, transfer: &meter.transfer };
                pump.send(conn, content, span.clone()).await?;
            }
            Source::Stream(inlet, meter) => {
                let spent = || Fault::new(FaultKind::Failed, "content from a stream cannot be sent again");
                send_chunks(conn, inlet.take().ok_or_else(spent)?, meter).await?;
            }
        }
        Ok(conn.flush().await?)
    }
}

async fn send_chunks(conn: &mut Conn, mut from: Inlet, meter: &Meter) -> Result<(), Unsent> {
    let mut writer = Writer::new(conn, true);
    loop {
        let piece = from.next(PIECE.min(meter.throttle.step())).await;
        let piece = piece.map_err(|error| Fault::unreadable(meter.transfer.file(), &error))?;
        if piece.is_empty() {
            break;
        }
        writer.write(piece).await?;
        meter.transfer.advance(piece.len() as u64);
        meter.throttle.moved(piece.len() as u64).await;
    }
    writer.finish();
    Ok(())
}
