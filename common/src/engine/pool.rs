//! A fixed number of threads; each accepts a connection, carries it to its end, and accepts again.
//! Whoever comes while all are busy waits in the kernel's backlog.

use std::io;
use std::num::NonZeroUsize;
use std::rc::Rc;

use tokio::task::spawn_local;

use super::Service;
use super::runtime::{accept, doors, on_this_thread, on_threads};
use crate::limits::Gate;
use crate::listen::Listener;
use crate::shutdown::{DRAIN, Stop};

pub(super) fn run<S: Service>(
    threads: NonZeroUsize,
    listeners: Vec<(Listener, S)>,
    gate: Gate,
    stop: Stop,
) -> io::Result<()> {
    let carry = move |share| on_this_thread(stop.clone(), one_at_a_time(share, gate.clone(), stop.clone()))?;
    on_threads("pool", threads, listeners, Listener::duplicate, carry)
}

async fn one_at_a_time<S: Service>(
    listeners: Vec<(Listener, S)>,
    gate: Gate,
    mut stop: Stop,
) -> io::Result<()> {
    let mut doors = doors(listeners)?;
    while let Some((at, accepted)) = accept(&mut doors, &gate, &mut stop).await {
        let Some(worker) = doors.get(at).map(|door| Rc::clone(&door.worker)) else { continue };
        // A task of its own, so that a panic ends the session and not the thread.
        let mut session = spawn_local(accepted.carry(worker));
        tokio::select! {
            _ = &mut session => {}
            () = async { stop.requested().await; tokio::time::sleep(DRAIN).await } => {}
        }
    }
    Ok(())
}
