//! A thread, with a runtime of its own, for each connection.

use std::io;
use std::rc::Rc;

use tokio::sync::mpsc;

use super::Service;
use super::runtime::{Doors, on_this_thread, spawn_thread};
use crate::log;
use crate::net::limits::Gate;
use crate::net::listen::Listener;
use crate::net::shutdown::{DRAIN, Stop};

pub(super) fn run<S: Service>(
    listeners: Vec<(Listener, S)>,
    gate: Gate,
    stop: Stop,
    ready: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    on_this_thread(stop.clone(), async {
        let doors = Doors::open(listeners)?;
        ready()?;
        accept_all(doors, gate, stop).await;
        Ok(())
    })?
}

async fn accept_all<S: Service>(mut doors: Doors<S>, gate: Gate, mut stop: Stop) {
    let (alive, mut all_ended) = mpsc::channel::<()>(1);
    while let Some((session, door)) = doors.accept(&gate, &mut stop).await {
        if session.is_refused() {
            // A refusal gets no thread: threads have run out.
            session.spawn(Rc::clone(&door.worker), Some(alive.clone()));
            continue;
        }
        let (service, stop, alive) = (door.service.clone(), stop.clone(), alive.clone());
        let carry = move || {
            // Dropped after the thread has handed over its log lines.
            let _until_the_end = alive;
            on_this_thread(stop, async { session.spawn(Rc::new(service.worker()), None).await })
        };
        if let Err(error) = spawn_thread("session".into(), carry) {
            log::problem(format_args!("cannot start a thread for a connection: {error}"));
        }
    }
    drop((doors, alive));
    let _ = tokio::time::timeout(DRAIN, all_ended.recv()).await;
}
