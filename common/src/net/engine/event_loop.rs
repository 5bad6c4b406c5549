//! One thread, one runtime, every connection: epoll reports which of them are ready.

use std::io;
use std::rc::Rc;

use super::Service;
use super::runtime::serve_concurrently;
use crate::net::limits::Gate;
use crate::net::listen::Listener;
use crate::net::shutdown::Stop;

pub(super) fn run<S: Service>(
    listeners: Vec<(Listener, S)>,
    gate: &Gate,
    stop: &Stop,
    ready: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    serve_concurrently(listeners, gate, stop, ready, |session, acceptor, alive| {
        session.spawn(Rc::clone(&acceptor.worker), Some(alive));
    })
}
