//! The command line of `http-mini`.

mod cat;
mod check;
mod get;
mod ls;
mod mirror;
mod mkdir;
mod mv;
mod options;
mod put;
mod request;
mod rm;
mod site;

use std::cell::Cell;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser};
use common::client::{self, Fault, Reporter, without_password};
use common::command::{
    AccessOptions, Documents, LogOptions, Port, ServerOptions, TimeoutOptions, TlsOptions, TreeOptions,
    interruptible, outcome,
};
use common::metrics::shared::Protocol;
use common::net::endpoint::Endpoint;
use common::net::tls::Tls;
use mini_metrics::{MetricsOptions, MetricsSource};

use cat::Cat;
pub use check::{Check, examine};
use get::Get;
use ls::Ls;
use mirror::Mirror;
use mkdir::Mkdir;
use mv::Mv;
use put::Put;
use request::RequestCommand;
use rm::Rm;
pub use site::SiteOptions;

/// The command.
#[derive(Debug, Parser)]
#[command(
    name = "http-mini",
    version,
    about = "Serve a directory over HTTP/1.1, download and upload files",
    after_help = EXIT_CODES
)]
pub enum CliCommand {
    /// Serve a directory over HTTP
    Serve(Box<Serve>),
    /// List a directory
    Ls(Box<Ls>),
    /// Download files
    Get(Box<Get>),
    /// Upload files and folders
    Put(Box<Put>),
    /// Print a file to standard output
    Cat(Box<Cat>),
    /// Delete files or directories
    Rm(Box<Rm>),
    /// Create a directory
    Mkdir(Box<Mkdir>),
    /// Rename a file or a directory
    Mv(Box<Mv>),
    /// Copy a tree between a folder and a server
    Mirror(Box<Mirror>),
    /// Send one request and print the response
    Request(Box<RequestCommand>),
    /// Check whether a server follows the RFCs
    Check(Box<Check>),
    /// Documents about the command.
    #[command(flatten)]
    Documents(Documents),
}

/// `http-mini serve`.
#[derive(Args, Debug)]
#[command(args_override_self = true, after_help = EXAMPLES)]
pub struct Serve {
    /// Address to listen on: PORT, HOST:PORT, IP:PORT or unix:PATH; repeatable
    #[arg(long, visible_alias = "port", value_name = "ADDR", default_value = "[::]:8080")]
    listen: Vec<Endpoint>,

    #[command(flatten)]
    access: AccessOptions,

    #[command(flatten)]
    tls: TlsOptions,

    #[command(flatten)]
    site: SiteOptions,

    #[command(flatten)]
    tree: TreeOptions,

    #[command(flatten)]
    server: ServerOptions,

    #[command(flatten)]
    timeouts: TimeoutOptions,

    #[command(flatten)]
    log: LogOptions,

    #[command(flatten)]
    metrics: MetricsOptions,
}

/// The name of HTTP/1.1 in a TLS handshake (RFC 7301 section 6).
const ALPN: &str = "http/1.1";
/// Tickets for each handshake. A browser gets the next one with each connection.
const TICKETS: usize = 1;

/// Scripts rely on these codes.
const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused (login,
permission), 5 network, 6 integrity (digest, truncated, changed), 130
interrupted.

Environment: http_proxy, https_proxy, all_proxy and no_proxy (proxies), NETRC
(logins, else ~/.netrc), SSL_CERT_FILE (trusted authorities).";

const EXAMPLES: &str = "\
Examples:
  http-mini serve                               on port 8080
  http-mini serve ~/public --port 80            another directory and port
  http-mini serve --listen unix:/run/mini.sock  behind a proxy on this machine
  http-mini serve --writable --user ada:secret  only ada, who may change things
  http-mini serve --writable --durability off   everyone, without syncs to disk
  http-mini serve --host files.example.org      also under this name
  http-mini serve ~/site --clean-urls --no-listing
                                                a web site
  http-mini serve --tls self-signed             HTTPS, generated certificate
  http-mini serve --tls-cert chain.pem --tls-key key.pem
                                                HTTPS, your certificate
  http-mini serve --engine pool:8 --log clf     8 threads, one client each

Exit codes: 0 stopped, 1 failed, 2 usage, 130 or 143 after a second signal.
Signals: SIGINT and SIGTERM stop the server, SIGHUP reloads certificate,
users and the header rules of --config, and opens the log file again.
Environment: MINI_<OPTION> sets an option, as in MINI_USER=ada:secret. The
command line takes precedence over it, and it over the file of --config.
STATE_DIRECTORY and XDG_STATE_HOME: see --state-dir.";

/// Runs the command. Errors are texts for the user.
pub fn run(command: CliCommand) -> anyhow::Result<()> {
    match command {
        CliCommand::Serve(serve) => {
            let Serve { tree, server, timeouts, log, listen, access, site, tls, metrics } = *serve;
            let mut server = server.prepare(Some(&log))?;
            let tls = server.tls(&tls)?;
            let (root, users) = server.open(&tree, &access)?;
            let root = site.name(root);
            let tree = (root.clone(), users);
            let service = site.service::<CliCommand>(&mut server, tree, &access, &listen);
            let service = service.with_timeouts(timeouts.into());
            let port = |address| port(address, service.clone(), tls.as_ref());
            let sources: Vec<MetricsSource> = vec![(Protocol::Http, crate::server::metrics::write)];
            metrics.run(server, listen.into_iter().map(port).collect(), root, sources)
        }
        CliCommand::Ls(ls) => ls.run(),
        CliCommand::Get(get) => get.run(),
        CliCommand::Put(put) => put.run(),
        CliCommand::Cat(cat) => cat.run(),
        CliCommand::Rm(rm) => rm.run(),
        CliCommand::Mkdir(mkdir) => mkdir.run(),
        CliCommand::Mv(mv) => mv.run(),
        CliCommand::Mirror(mirror) => mirror.run(),
        CliCommand::Request(request) => request.run(),
        CliCommand::Check(check) => check.run(),
        CliCommand::Documents(documents) => documents.print(CliCommand::command()),
    }
}

/// A listener for HTTP, or for HTTPS only if there is TLS.
pub fn port<S>(address: Endpoint, service: S, tls: Option<&Tls>) -> Port<S> {
    let scheme = if tls.is_some() { "https" } else { "http" };
    let tls = tls.map(|tls| tls.for_protocol(&[ALPN], TICKETS));
    Port { scheme, address, tls, service, data_ports: None }
}

/// Runs a client command until it is done, interrupted, or `most` has passed; `url` is the current one.
fn run_client(
    report: &Reporter,
    most: Option<Duration>,
    (verb, url): (&str, &Cell<&str>),
    work: impl Future<Output = Result<(), Fault>>,
) -> anyhow::Result<()> {
    if let Err(fault) = client::run(interruptible(most, work))? {
        fail(report, verb, url.get(), &fault);
    }
    outcome(report)
}

fn fail(report: &Reporter, verb: &str, url: &str, fault: &Fault) {
    let url = without_password(url);
    report.fail(&format!("http-mini: cannot {} '{url}'", without_password(verb)), &url, fault);
}
