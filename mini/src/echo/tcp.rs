//! Echo over TCP: every byte is sent back, in order, even after the peer has closed its side. While a peer
//! does not read, nothing more is read from it, so a connection never holds more than one buffer.

use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use common::net::conn::{Broken, Conn, ConnTimeouts};
use common::net::engine::{Service, Worker};
use common::net::limits::Full;

use crate::narration::{Narration, NarrationEvent};

#[derive(Clone)]
pub(super) struct EchoService {
    pub(super) narration: Narration,
}

/// An hour for a peer that neither sends nor reads.
const PATIENCE: ConnTimeouts = {
    let hour = Duration::from_secs(3_600);
    ConnTimeouts { idle: Some(hour), value: hour, stall: hour, rate: 1 }
};

impl Service for EchoService {
    type Worker = Self;

    fn worker(&self) -> Self {
        self.clone()
    }

    fn connection_waits(&self) {
        self.narration.connection_waits();
    }
}

impl Worker for EchoService {
    async fn serve(self: Rc<Self>, mut conn: Conn) {
        conn.set_timeouts(PATIENCE);
        let story = self.narration.connection(conn.peer());
        loop {
            match conn.next(everything).await {
                Ok(Some(bytes)) => {
                    story.report(NarrationEvent::Received(&bytes));
                    conn.out().extend_from_slice(&bytes);
                }
                Ok(None) => {
                    if !conn.is_draining() {
                        story.report(NarrationEvent::HalfClosed);
                    }
                    break;
                }
                Err(Broken::Io(error)) => {
                    story.report(NarrationEvent::Failed(&error));
                    break;
                }
            }
        }
        // The peer is gone, or has closed its side and received everything.
        let _ = conn.finish().await;
    }

    async fn refuse(self: Rc<Self>, conn: Conn, _why: Full) {
        self.narration.connection(conn.peer()).report(NarrationEvent::Refused);
        // The protocol has no error messages.
        drop(conn);
    }
}

fn everything(input: &[u8]) -> Result<Option<(Vec<u8>, usize)>, Infallible> {
    Ok(Some((input.to_vec(), input.len())))
}
