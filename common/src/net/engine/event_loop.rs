//! One thread, one runtime, every connection: epoll reports which of them are ready.

use std::io;

use super::Service;
use super::runtime::{Doors, carry_many, on_this_thread};
use crate::net::limits::Gate;
use crate::net::listen::Listener;
use crate::net::shutdown::Stop;

pub(super) fn run<S: Service>(
    listeners: Vec<(Listener, S)>,
    gate: Gate,
    stop: Stop,
    ready: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    on_this_thread(stop.clone(), async {
        let doors = Doors::open(listeners)?;
        ready()?;
        carry_many(doors, gate, stop).await;
        Ok(())
    })?
}
