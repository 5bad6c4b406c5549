//! An event loop for each core. Each has its own listening socket on the shared address (SO_REUSEPORT), so
//! the kernel distributes the connections and wakes only one thread for each.

use std::io;

use super::runtime::{Readiness, on_threads};
use super::{Service, event_loop};
use crate::net::limits::Gate;
use crate::net::listen::Listener;
use crate::net::shutdown::Stop;

pub(super) fn run<S: Service>(
    shares: Vec<Vec<(Listener, S)>>,
    gate: Gate,
    stop: Stop,
    ready: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let carry =
        move |share, readiness: Readiness| event_loop::run(share, &gate, &stop, || readiness.signal());
    on_threads("core", shares, carry, ready)
}
