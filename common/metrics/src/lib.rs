//! `--metrics ADDR`: the metrics of a server for Prometheus, and its health, on an address of their own. Both protocols
//! use it; what they count is defined in their own crates and in `common::metrics`.
#![forbid(unsafe_code)]

mod health;
mod page;

use anyhow::anyhow;
use clap::Args;
use common::command::{Port, Server};
use common::files::Root;
use common::metrics::process::Process;
use common::metrics::shared::{self, Protocol};
use common::metrics::{self, Exposition};
use common::net::endpoint::Endpoint;
use common::net::engine::{self, Engine, Service};
use common::net::limits::Gate;

use health::Health;
use page::Page;

/// Connections to the page at the same time.
const MAX_CONNECTIONS: usize = 64;

/// The option of server commands.
#[derive(Args, Clone, Debug)]
pub struct MetricsOptions {
    /// Address for /metrics (Prometheus), /livez and /readyz; everyone who reaches it can read them
    #[arg(long, value_name = "ADDR", help_heading = "Log")]
    pub metrics: Option<Endpoint>,
}

/// A protocol of the command, and the function that writes its metrics.
pub type MetricsSource = (Protocol, fn(&mut Exposition));

impl MetricsOptions {
    /// Runs the server. If the option is given, events are counted, and the page is served until the last session has
    /// ended.
    pub fn run<S: Service>(
        self,
        server: Server,
        ports: Vec<Port<S>>,
        root: Root,
        sources: Vec<MetricsSource>,
    ) -> anyhow::Result<()> {
        let Some(address) = self.metrics.filter(|_| !server.only_checks()) else { return server.run(ports) };
        metrics::turn_on();
        let (listeners, bound) = address.listen(None).map_err(|error| {
            anyhow!("cannot listen on {address}: {error}; choose another address or port")
        })?;
        let process = Process::new();
        server.run_beside(ports, vec![("http", bound)], move |running| {
            let page = Page::new(Health { root, stop: running.stop }, process, sources);
            let listeners = listeners.into_iter().map(|listener| (listener, page.clone())).collect();
            let gate = Gate::new(MAX_CONNECTIONS, MAX_CONNECTIONS);
            engine::run(Engine::EventLoop, listeners, gate, running.ended, || Ok(()))
        })
    }
}

/// All metrics.
fn exposition(root: &Root, process: &Process, sources: &[MetricsSource]) -> String {
    let mut text = Exposition::default();
    let protocols: Vec<_> = sources.iter().map(|(protocol, _)| *protocol).collect();
    shared::write(&mut text, &protocols);
    sources.iter().for_each(|(_, write)| write(&mut text));
    text.single("mini_uploads_active", "gauge", "Uploads in progress.", root.uploads_in_progress());
    process.write(&mut text);
    text.into_text()
}
