//! A thread, with a runtime of its own, for each connection.

use std::io;
use std::rc::Rc;

use tokio::sync::mpsc;
use tokio::task::spawn_local;

use super::Service;
use super::runtime::{Accepted, accept, doors, on_this_thread, spawn_thread};
use crate::limits::Gate;
use crate::listen::Listener;
use crate::log;
use crate::shutdown::{DRAIN, Stop};

pub(super) fn run<S: Service>(listeners: Vec<(Listener, S)>, gate: Gate, stop: Stop) -> io::Result<()> {
    on_this_thread(stop.clone(), accept_all(listeners, gate, stop))?
}

async fn accept_all<S: Service>(listeners: Vec<(Listener, S)>, gate: Gate, mut stop: Stop) -> io::Result<()> {
    let services: Vec<S> = listeners.iter().map(|(_, service)| service.clone()).collect();
    let mut doors = doors(listeners)?;
    let (alive, mut all_ended) = mpsc::channel::<()>(1);
    while let Some((at, accepted)) = accept(&mut doors, &gate, &mut stop).await {
        let (Some(door), Some(service)) = (doors.get(at), services.get(at)) else { continue };
        if accepted.is_refused() {
            // A refusal gets no thread: threads are what has run out.
            spawn_local(accepted.carry(Rc::clone(&door.worker)));
            continue;
        }
        let (service, stop, alive) = (service.clone(), stop.clone(), alive.clone());
        let session = move || {
            let _until_the_end = alive;
            on_this_thread(stop, carry(accepted, service))
        };
        if let Err(error) = spawn_thread("session".into(), session) {
            log::problem(format_args!("cannot start a thread for a connection: {error}"));
        }
    }
    drop((doors, alive));
    let _ = tokio::time::timeout(DRAIN, all_ended.recv()).await;
    Ok(())
}

async fn carry<S: Service>(accepted: Accepted, service: S) {
    accepted.carry(Rc::new(service.worker())).await;
}
