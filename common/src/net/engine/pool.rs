//! A fixed number of threads; each accepts a connection, serves it to its end, and accepts the next. Further
//! clients wait in the kernel's backlog.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Service;
use super::runtime::{Acceptors, Readiness, on_this_thread, on_threads};
use crate::net::conn;
use crate::net::limits::Gate;
use crate::net::listen::Listener;
use crate::net::shutdown::{DRAIN, Stop};

pub(super) fn run<S: Service>(
    shares: Vec<Vec<(Listener, S)>>,
    gate: Gate,
    stop: Stop,
    ready: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let busy = Busy { threads: shares.len(), count: Arc::default() };
    let carry = move |share, readiness| {
        let serving = one_at_a_time(share, gate.clone(), stop.clone(), busy.clone(), readiness);
        on_this_thread(stop.clone(), serving)?
    };
    on_threads("pool", shares, carry, ready)
}

/// How many threads of the pool serve a connection.
#[derive(Clone)]
struct Busy {
    threads: usize,
    count: Arc<AtomicUsize>,
}

async fn one_at_a_time<S: Service>(
    listeners: Vec<(Listener, S)>,
    gate: Gate,
    mut stop: Stop,
    busy: Busy,
    readiness: Readiness,
) -> io::Result<()> {
    conn::make_room_for(gate.clone());
    let mut acceptors = Acceptors::open(listeners)?;
    readiness.signal()?;
    while let Some((session, acceptor)) = acceptors.accept(&gate, &mut stop).await {
        let is_refused = session.refused.is_some();
        let mut session = session.spawn(Rc::clone(&acceptor.worker), None);
        if is_refused {
            // A peer that is slow to read why must not keep a thread of those within their limit.
            continue;
        }
        let is_last = busy.count.fetch_add(1, Ordering::Relaxed) + 1 == busy.threads;
        tokio::select! {
            _ = &mut session => {}
            // It does not end; the connection is accepted by the thread whose session ends first.
            () = acceptors.report_waiting(), if is_last => {}
            () = stop.requested() => {
                // No connection may enter a queue that is no longer served.
                drop(acceptors);
                let _ = tokio::time::timeout(DRAIN, session).await;
                return Ok(());
            }
        }
        busy.count.fetch_sub(1, Ordering::Relaxed);
    }
    Ok(())
}
