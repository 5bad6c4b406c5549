//! `mini serve`.

use std::slice;

use clap::Args;
use common::command::{AccessOptions, LogOptions, ServerOptions, TimeoutOptions, TlsOptions, TreeOptions};
use common::metrics::shared::Protocol;
use common::net::endpoint::{Endpoint, HostPort};
use ftp_mini::command::{self as ftp, DataOptions, SecurityOptions};
use http_mini::command::{self as http, SiteOptions};
use mini_metrics::{MetricsOptions, MetricsSource};

use crate::both::EitherService;

#[derive(Args)]
#[command(args_override_self = true, after_help = EXAMPLES)]
pub(crate) struct Serve {
    /// Address for HTTP: PORT, HOST:PORT, IP:PORT or unix:PATH
    #[arg(long, visible_alias = "port", value_name = "ADDR", default_value = "[::]:8080")]
    http: Endpoint,

    /// Address for FTP: PORT, HOST:PORT or IP:PORT
    #[arg(long, value_name = "ADDR", value_parser = ftp::address, default_value = "[::]:2121")]
    ftp: HostPort,

    /// Do not serve HTTP
    #[arg(long, conflicts_with_all = ["http", "no_ftp"])]
    no_http: bool,

    /// Do not serve FTP
    #[arg(long, conflicts_with_all = ["ftp", "passive_ports", "public_address"])]
    #[arg(conflicts_with_all = ["ftps", "require_tls", "data_session"])]
    no_ftp: bool,

    #[command(flatten)]
    access: AccessOptions,

    #[command(flatten)]
    tls: TlsOptions,

    #[command(flatten)]
    security: SecurityOptions,

    #[command(flatten)]
    site: SiteOptions,

    #[command(flatten)]
    data: DataOptions,

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

const EXAMPLES: &str = "\
Examples:
  mini serve                               HTTP on port 8080, FTP on port 2121
  mini serve ~/public --http 80 --ftp 21   another directory, standard ports
  mini serve --ftp 127.0.0.1:0 --quiet     any free port for FTP, no log
  mini serve --tls self-signed             HTTPS, and AUTH TLS for FTP
  mini serve --writable --user ada:secret  only ada, who may change files
  mini serve --writable --user ada:secret --anonymous drop
                                           others may only upload
  mini serve --writable --users users.toml --require-tls login --tls self-signed
                                           hashed passwords, never unencrypted
  mini serve --config mini.toml            options from a file

Exit codes: 0 stopped, 1 failed, 2 usage, 130 or 143 after a second signal.
Signals: SIGINT and SIGTERM stop the server, SIGHUP reloads certificate,
users and the header rules of --config, and opens the log file again.
Environment: MINI_<OPTION> sets an option, as in MINI_USER=ada:secret. The
command line takes precedence over it, and it over the file of --config.
STATE_DIRECTORY and XDG_STATE_HOME: see --state-dir.";

impl Serve {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let mut server = self.server.prepare(Some(&self.log))?;
        let tls = server.tls(&self.tls)?;
        let (root, users) = server.open(&self.tree, &self.access)?;
        let root = self.site.name(root);
        let (mut ports, mut sources) = (Vec::new(), Vec::<MetricsSource>::new());
        if !self.no_http {
            let listen = slice::from_ref(&self.http);
            let tree = (root.clone(), users.clone());
            let http = self.site.service::<crate::Command>(&mut server, tree, &self.access, listen);
            let service = EitherService::Http(http.with_timeouts(self.timeouts.into()));
            ports.push(http::port(self.http, service, tls.as_ref()));
            sources.push((Protocol::Http, http_mini::server::metrics::write));
        }
        if !self.no_ftp {
            let ftp = self
                .data
                .service(root.clone(), users)
                .behind(self.access.proxies())
                .with_timeouts(self.timeouts.into());
            let listen = vec![self.ftp];
            ports.extend(ftp::ports(listen, ftp, tls.as_ref(), &self.security, EitherService::Ftp)?);
            sources.push((Protocol::Ftp, ftp_mini::server::metrics::write));
        }
        self.metrics.run(server, ports, root, sources)
    }
}
