//! A thread, with a runtime of its own, for each connection.

use std::io;
use std::rc::Rc;

use super::Service;
use super::runtime::{on_this_thread, serve_concurrently, spawn_thread};
use crate::log;
use crate::net::conn;
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
        if session.refused.is_some() {
            // A refusal gets no thread: threads have run out.
            session.spawn(Rc::clone(&acceptor.worker), Some(alive));
            return;
        }
        let (service, stop, gate) = (acceptor.service.clone(), stop.clone(), gate.clone());
        let carry = move || {
            // Dropped after the thread has handed over its log lines.
            let _until_the_end = alive;
            on_this_thread(stop, async {
                conn::make_room_for(gate);
                session.spawn(Rc::new(service.worker()), None).await
            })
        };
        if let Err(error) = spawn_thread("session".into(), carry) {
            log::problem(format_args!("cannot start a thread for a connection: {error}"));
        }
    })
}
