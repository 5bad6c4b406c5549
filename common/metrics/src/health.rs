//! The health of a server: whether it lives, and whether it can take requests.

use common::files::{Root, TreePath};
use common::net::shutdown::Stop;
use common::net::{budget, heartbeat, offload};

#[derive(Clone, Debug)]
pub(crate) struct Health {
    pub(crate) root: Root,
    pub(crate) stop: Stop,
}

impl Health {
    /// Whether every thread that runs sessions responds. If not, restarting the process helps.
    pub(crate) fn liveness() -> Result<(), &'static str> {
        heartbeat::all_threads_respond().then_some(()).ok_or("a thread does not respond")
    }

    /// Whether requests would be served. If not, they should be sent elsewhere for the time being.
    pub(crate) async fn readiness(&self) -> Result<(), &'static str> {
        if self.stop.is_requested() {
            return Err("the server is stopping");
        }
        let memory = budget::snapshot();
        if memory.held.iter().sum::<usize>() > memory.budget {
            return Err("the memory budget is used up");
        }
        let root = self.root.clone();
        match offload::run(move || root.check_directory(&TreePath::ROOT)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err("the served directory is missing"),
            Err(_) => Err("the server is busy"),
        }
    }
}
