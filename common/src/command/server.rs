//! A server command: its options, and its way from them to serving: prepare, open, listen, confine, announce, serve.

use std::io;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::{Context as _, anyhow};
use clap::{Args, FromArgMatches, Parser};
use rustix::fs::Mode;
use rustix::io::Errno;

use super::access::{self, AccessOptions};
use super::announce::announce;
use super::client::Bytes;
use super::config;
use super::confine::{ConfineOptions, Needs};
use super::named::Named;
use super::options::{LogOptions, mode, positive};
use super::reload::{Reload, Settings};
use super::systemd::{self, Sockets};
use super::tree::TreeOptions;
use super::{CommandFailure, TlsOptions, TraceOptions};
use crate::files::{CacheLimits, Root};
use crate::log::{self, LogOutput};
use crate::net::budget::{self, MemoryLimits};
use crate::net::endpoint::Endpoint;
use crate::net::engine::{Engine, Service};
use crate::net::limits::{self, Gate};
use crate::net::listen::Listener;
use crate::net::open_file;
use crate::net::peer::TrustedProxy;
use crate::net::shutdown::{self, Stop};
use crate::net::tls::Tls;
use crate::net::trace::Tracer;
use crate::users::Users;

/// Engines that are offered for completion; a pool has any number of threads.
const ENGINES: &[&str] = &["per-core", "event-loop", "threads", "pool:8"];

/// The part of the memory that copies of small files may take, which is less than their usual limit only in a small
/// container.
const KEPT_SHARE: usize = 32;

/// Options of every server command.
#[derive(Args, Clone, Debug)]
pub struct ServerOptions {
    /// Permissions of Unix sockets in octal, as in 660 [default: 777 minus the umask]
    #[arg(long, value_name = "MODE", value_parser = mode, help_heading = "Network")]
    pub socket_mode: Option<u32>,

    /// Threading model: per-core, event-loop, pool:N, threads
    #[arg(long, value_name = "ENGINE", default_value = "per-core", help_heading = "Running")]
    #[arg(value_parser = Named(Engine::from_str, ENGINES), hide_possible_values = true)]
    pub engine: Engine,

    /// Threads of the per-core engine [default: one per core]
    #[arg(long, value_name = "N", value_parser = positive, help_heading = "Running")]
    pub workers: Option<NonZeroUsize>,

    /// Limit of connections in total [default: as many as the descriptors and an eighth of the memory allow, at most
    /// 100000]
    #[arg(long, value_name = "N", value_parser = positive, help_heading = "Limits")]
    pub max_connections: Option<NonZeroUsize>,

    /// Limit of connections from one address (IPv6: from one /64 network) [default: half of all, 16 to
    /// 1000]
    #[arg(long, value_name = "N", value_parser = positive, help_heading = "Limits")]
    pub max_per_ip: Option<NonZeroUsize>,

    /// Memory for what clients make the server hold, as in 64M [default: a quarter of the machine's or container's,
    /// at least 24M]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    pub memory_budget: Option<Bytes>,

    /// Permissions that new files do not get, in octal, as in 027 [default: inherited]
    #[arg(long, value_name = "MODE", value_parser = mode, help_heading = "Running")]
    pub umask: Option<u32>,

    /// Read the options, the users and the certificate, and exit: 0 if the server could start with them
    #[arg(long, help_heading = "Running")]
    pub check_config: bool,

    /// The rights of the process.
    #[command(flatten)]
    pub confine: ConfineOptions,

    /// What is shown of connections.
    #[command(flatten)]
    pub trace: TraceOptions,

    /// Read options from a TOML file, by their names without dashes; the command line takes precedence
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// A server before it listens.
#[derive(Debug)]
pub struct Server {
    engine: Engine,
    check_config: bool,
    config: Option<PathBuf>,
    descriptors: usize,
    cache_limits: CacheLimits,
    gate: Gate,
    socket_mode: Option<u32>,
    reload: Reload,
    tracer: Option<Tracer>,
    proxies: Arc<[TrustedProxy]>,
    confine: ConfineOptions,
    needs: Needs,
    root: Option<Root>,
}

/// An address to listen on, and the service there.
#[derive(Debug)]
pub struct Port<S> {
    /// The scheme of the announced URL: `http`, `ftp`.
    pub scheme: &'static str,
    /// The address to listen on.
    pub address: Endpoint,
    /// TLS from the first byte, or none.
    pub tls: Option<Tls>,
    /// The service.
    pub service: S,
    /// TCP ports of data connections, if its sessions bind any and connect: 0 means any that is free.
    pub data_ports: Option<RangeInclusive<u16>>,
}

/// The life of a server, for what runs beside it.
#[derive(Clone, Debug)]
pub struct Running {
    /// Requested when the server begins to stop.
    pub stop: Stop,
    /// Requested when its last session has ended.
    pub ended: Stop,
}

impl ServerOptions {
    /// Raises the limit of descriptors, and starts the log and the trace. Without options of the log only problems are
    /// logged.
    pub fn prepare(&self, log: Option<&LogOptions>) -> anyhow::Result<Server> {
        let engine = match (self.engine, self.workers) {
            (Engine::PerCore(_), Some(workers)) => Engine::PerCore(workers),
            (engine, None) => engine,
            (_, Some(_)) => {
                let hint = "--workers goes with --engine per-core; a pool's size is pool:N";
                return Err(CommandFailure::Usage(hint.into()).into());
            }
        };
        let descriptors = limits::raise_descriptors();
        let memory = budget::system_memory();
        let possible =
            limits::connections_for(descriptors, engine.descriptors_each(CacheLimits::LEAST_FILES))
                .min(limits::connections_in(memory, engine.memory_each()));
        let connections = self.max_connections.map_or(possible, NonZeroUsize::get);
        let per_address = limits::connections_per_address(connections);
        let cache_limits = CacheLimits(limits::files_for(descriptors)).shared_by(engine.workers(connections));
        let budget = self.memory_budget.map(|Bytes(bytes)| usize::try_from(bytes).unwrap_or(usize::MAX));
        budget::set_limits(MemoryLimits::new(memory, budget));
        open_file::keep_at_most(memory / KEPT_SHARE);
        if let Some(mode) = self.umask {
            rustix::process::umask(Mode::from_raw_mode(mode));
        }
        let log_file = log.and_then(|log| log.log_file.as_deref());
        log::start(
            log.and_then(LogOptions::format),
            log.map_or(Ok(LogOutput::StandardError), LogOptions::output)?,
        );
        let mut needs = Needs::default();
        needs.append.extend(log_file.map(Path::to_path_buf));
        let gate = Gate::new(connections, self.max_per_ip.map_or(per_address, NonZeroUsize::get));
        let tracer = self.trace.tracer()?;
        Ok(Server {
            engine,
            check_config: self.check_config,
            config: config::file(self.config.clone()),
            descriptors,
            cache_limits,
            gate,
            socket_mode: self.socket_mode,
            reload: Reload::default(),
            tracer,
            proxies: Arc::default(),
            confine: self.confine.clone(),
            needs,
            root: None,
        })
    }
}

impl Server {
    /// Opens the directory to be served, checks the users' homes, and reads the users file.
    pub fn open(&mut self, tree: &TreeOptions, access: &AccessOptions) -> anyhow::Result<(Root, Users)> {
        let users = access.open()?;
        let root = tree.open(access.writable, self.cache_limits)?;
        access::check_homes(users.all().iter().map(|user| &**user), &root)?;
        if users.have_passwords() && self.reload.tls.is_none() {
            log::to_stderr(format_args!("{}", access::UNENCRYPTED_PASSWORDS));
        }
        self.needs.serve(&tree.directory()?, access.writable, tree.follow_root)?;
        if let Some(file) = &access.users {
            self.needs.files.push(file.clone());
            self.reload.users = Some((access.clone(), users.clone(), root.clone()));
        }
        self.proxies = access.proxies();
        self.root = Some(root.clone());
        Ok((root.with_uploads(limits::uploads_for(self.descriptors)), users))
    }

    /// Loads or creates the certificate of the options. The fingerprint of a self-signed one is announced.
    pub fn tls(&mut self, options: &TlsOptions) -> anyhow::Result<Option<Tls>> {
        self.reload.tls = options.open()?;
        self.needs.files.extend(options.tls_cert.iter().chain(&options.tls_key).cloned());
        self.needs.write.extend(options.written_directory());
        Ok(self.reload.tls.clone())
    }

    /// Passes the options `O` of the command `C` to `apply` whenever SIGHUP has the configuration file read again. `false`
    /// if there is none.
    pub fn reread<C: Parser, O: FromArgMatches>(
        &mut self,
        apply: impl Fn(O) + Send + Sync + 'static,
    ) -> bool {
        let Some(file) = &self.config else { return false };
        self.needs.files.push(file.clone());
        self.reload.settings = Some(Settings(Arc::new(move || super::options_again::<C, O>().map(&apply))));
        true
    }

    /// Whether the options are only checked: nothing is bound.
    pub fn only_checks(&self) -> bool {
        self.check_config
    }

    /// Listens, announces each address and then `ready` on standard output, and serves until SIGINT or
    /// SIGTERM.
    pub fn run<S: Service>(self, ports: Vec<Port<S>>) -> anyhow::Result<()> {
        self.run_all(ports, Vec::new(), None::<fn(Running) -> io::Result<()>>)
    }

    /// Like [`Server::run`], with a listener that the caller has bound: it is announced, and `beside` serves it on
    /// another thread.
    pub fn run_beside<S: Service>(
        self,
        ports: Vec<Port<S>>,
        bound: Vec<(&'static str, Endpoint)>,
        beside: impl FnOnce(Running) -> io::Result<()> + Send + 'static,
    ) -> anyhow::Result<()> {
        self.run_all(ports, bound, Some(beside))
    }

    fn run_all<S: Service>(
        mut self,
        ports: Vec<Port<S>>,
        bound: Vec<(&'static str, Endpoint)>,
        beside: Option<impl FnOnce(Running) -> io::Result<()> + Send + 'static>,
    ) -> anyhow::Result<()> {
        self.check(&ports)?;
        if self.check_config {
            return Ok(());
        }
        let (listeners, mut announced) = self.listen(ports)?;
        bound.iter().for_each(|(_, endpoint)| self.needs.use_port(endpoint, None));
        announced.extend(bound);
        let shares = self.engine.share(listeners).map_err(|error| not_served(&error))?;
        // Before any thread is started.
        self.confine.confine(&self.needs)?;
        log::start_writing()?;
        let _sweeper = self.root.as_ref().and_then(Root::sweep);
        let fingerprint = self.reload.tls.as_ref().and_then(Tls::fingerprint);
        let reload = self.reload;
        let stop = Stop::on_signals(move || reload.run())?;
        let notifier = systemd::start(stop.clone())?;
        let ready = || {
            announce(&announced, fingerprint.as_deref())?;
            systemd::ready();
            Ok(())
        };
        let (stopper, ended) = shutdown::pair();
        let running = Running { stop: stop.clone(), ended };
        let beside =
            beside.map(|serve| thread::Builder::new().name("beside".into()).spawn(|| serve(running)));
        let beside = beside.transpose()?;
        shares.run(self.gate, stop, ready).map_err(|error| not_served(&error))?;
        stopper.stop();
        // The process must not end before the service manager is notified.
        notifier.map(JoinHandle::join);
        let Some(beside) = beside else { return Ok(()) };
        let served = beside.join().map_err(|_| anyhow!("a server thread ended unexpectedly"))?;
        served.context("cannot serve")
    }

    /// Options that contradict each other or the machine's limits.
    fn check<S>(&self, ports: &[Port<S>]) -> Result<(), CommandFailure> {
        let (threads, most) = (self.engine.workers(0), limits::threads_for(self.descriptors, ports.len()));
        if threads > most {
            return Err(CommandFailure::Usage(format!(
                "--engine and --workers may ask for {most} threads, not {threads}, with the {} descriptors \
                 that there are; ask for fewer, or raise 'ulimit -n'",
                self.descriptors
            )));
        }
        let has_socket = ports.iter().any(|port| matches!(port.address, Endpoint::Unix(_)));
        if self.socket_mode.is_some() && !has_socket {
            return Err(CommandFailure::Usage("--socket-mode goes with an address like unix:PATH".into()));
        }
        Ok(())
    }

    /// Listens on the sockets of the service manager for a port, or else on its address. Returns the listeners, and the
    /// addresses to be announced.
    #[expect(clippy::type_complexity, reason = "two lists")]
    fn listen<S: Service>(
        &mut self,
        ports: Vec<Port<S>>,
    ) -> anyhow::Result<(Vec<(Listener, S)>, Vec<(&'static str, Endpoint)>)> {
        let sockets = Sockets::passed()?;
        sockets.check(&ports.iter().map(|port| port.scheme).collect::<Vec<_>>())?;
        let (mut listeners, mut announced) = (Vec::new(), Vec::new());
        for Port { scheme, address, tls, service, data_ports } in ports {
            self.needs.use_port(&address, data_ports);
            let bound = match sockets.listeners(scheme) {
                // The sockets replace all addresses of the scheme.
                Some(_) if announced.iter().any(|(known, _)| *known == scheme) => continue,
                Some(passed) => {
                    let passed = passed?;
                    announced.extend(passed.iter().map(|listener| (scheme, listener.address().into())));
                    passed
                }
                None => {
                    let (bound, endpoint) = address.listen(self.socket_mode).map_err(|error| {
                        anyhow!("cannot listen on {address}: {error}; choose another address or port")
                    })?;
                    announced.push((scheme, endpoint));
                    bound
                }
            };
            listeners.extend(bound.into_iter().map(|listener| {
                let listener = listener.with_tls(tls.clone()).with_tracer(self.tracer.clone());
                (listener.with_proxies(Arc::clone(&self.proxies)), service.clone())
            }));
        }
        Ok((listeners, announced))
    }
}

fn not_served(error: &io::Error) -> anyhow::Error {
    let hint = match Errno::from_io_error(error) {
        Some(Errno::AGAIN | Errno::MFILE | Errno::NFILE | Errno::NOMEM) => {
            "; ask for fewer threads, or raise 'ulimit -u' and '-n'"
        }
        _ => "",
    };
    anyhow!("cannot begin to serve: {error}{hint}")
}
