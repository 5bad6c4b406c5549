//! Echo over TCP: every byte is sent back, in order, even after the peer has closed its side. While a peer
//! does not read, nothing more is read from it, so a connection never holds more than one buffer.

use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use common::net::conn::{Conn, ConnTimeouts};
use common::net::engine::{Service, Worker};
use common::net::limits::Full;

#[derive(Clone)]
pub(super) struct Echo;

/// An hour for a peer that neither sends nor reads.
const PATIENCE: ConnTimeouts = {
    let hour = Duration::from_secs(3_600);
    ConnTimeouts { idle: Some(hour), value: hour, stall: hour, rate: 1 }
};

impl Service for Echo {
    type Worker = Self;

    fn worker(&self) -> Self {
        Self
    }
}

impl Worker for Echo {
    async fn serve(self: Rc<Self>, mut conn: Conn) {
        conn.set_timeouts(PATIENCE);
        while let Ok(Some(bytes)) = conn.next(everything).await {
            conn.out().extend_from_slice(&bytes);
        }
        // The peer is gone, or has closed its side and received everything.
        let _ = conn.finish().await;
    }

    async fn refuse(self: Rc<Self>, conn: Conn, _why: Full) {
        // The protocol has no error messages.
        drop(conn);
    }
}

fn everything(input: &[u8]) -> Result<Option<(Vec<u8>, usize)>, Infallible> {
    Ok(Some((input.to_vec(), input.len())))
}
