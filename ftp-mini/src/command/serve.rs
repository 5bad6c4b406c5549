//! `ftp-mini serve`, and the FTP options that `mini serve` shares.

use std::net::Ipv4Addr;

use clap::Args;
use common::command::{
    AccessOptions, CommandFailure, LogOptions, Port, ServerOptions, TimeoutOptions, TlsOptions, TreeOptions,
};
use common::files::Root;
use common::log;
use common::metrics::shared::Protocol;
use common::net::endpoint::{Endpoint, HostPort};
use common::net::tls::Tls;
use common::users::Users;
use mini_metrics::MetricsOptions;

use crate::server::{DataSession, Ftp, PortRange, Required, TlsSettings, metrics};

#[derive(Args, Debug)]
#[command(args_override_self = true, after_help = EXAMPLES)]
pub struct Serve {
    /// Address to listen on: PORT, HOST:PORT or IP:PORT; repeatable
    #[arg(long, visible_alias = "port", value_name = "ADDR", value_parser = address, default_value = "[::]:2121")]
    listen: Vec<HostPort>,

    #[command(flatten)]
    access: AccessOptions,

    #[command(flatten)]
    tls: TlsOptions,

    #[command(flatten)]
    security: SecurityOptions,

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

/// Printed once if TLS is offered and not required.
const UNENCRYPTED: &str = "warning: FTP clients that do not ask for TLS send passwords unencrypted; --require-tls login refuses them";

const EXAMPLES: &str = "\
Examples:
  ftp-mini serve                               on port 2121
  ftp-mini serve ~/public --port 21            another directory and port
  ftp-mini serve --writable --user cam:secret  only cam, who may change files
  ftp-mini serve --writable --anonymous drop --user ada:secret
                                               anyone may upload, ada sees all
  ftp-mini serve --passive-ports 50000-50100 --public-address 192.0.2.7
                                               behind a NAT that forwards these
  ftp-mini serve --tls self-signed --require-tls data
                                               AUTH TLS for logins and for files
  ftp-mini serve --tls-cert chain.pem --tls-key key.pem --ftps 990
                                               ftps:// too, your certificate

Exit codes: 0 stopped, 1 failed, 2 usage, 130 or 143 after a second signal.
Signals: SIGINT and SIGTERM stop the server, SIGHUP reloads certificate and
users, and opens the log file again.
Environment: MINI_<OPTION> sets an option, as in MINI_USER=ada:secret. The
command line takes precedence over it, and it over the file of --config.
STATE_DIRECTORY and XDG_STATE_HOME: see --state-dir.";

/// Options of data connections.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct DataOptions {
    /// Ports for passive data connections, as in 50000-50100 [default: any free port]
    #[arg(long, value_name = "A-B", help_heading = "Network")]
    passive_ports: Option<PortRange>,

    /// IPv4 address in replies to PASV, for a server behind NAT; local clients get the local address
    #[arg(long, value_name = "IP", help_heading = "Network")]
    public_address: Option<Ipv4Addr>,
}

impl DataOptions {
    /// Creates the service with these options.
    pub fn service(self, root: Root, users: Users) -> Ftp {
        let mut ftp = Ftp::new(root, users);
        if let Some(range) = self.passive_ports {
            ftp = ftp.with_passive_ports(range);
        }
        if let Some(address) = self.public_address {
            ftp = ftp.with_public_address(address);
        }
        ftp
    }
}

/// TLS options of a server.
#[derive(Args, Clone, Debug, Default)]
pub struct SecurityOptions {
    /// Address for implicit TLS (ftps://); the other ports offer AUTH TLS
    #[arg(long, value_name = "ADDR", value_parser = address, help_heading = "TLS")]
    ftps: Option<HostPort>,

    /// Operations that require TLS: none, login, or data (and login) [default: none]
    #[arg(long, value_name = "WHAT", hide_possible_values = true, help_heading = "TLS")]
    require_tls: Option<Required>,

    /// Resumption of the control connection's TLS session by data connections: off, prefer, or require (TLS
    /// 1.2 only) [default: prefer]
    #[arg(long, value_name = "MODE", hide_possible_values = true, help_heading = "TLS")]
    data_session: Option<DataSession>,
}

/// Parses an address to listen on. A Unix socket is refused: data connections could not reach it.
pub fn address(text: &str) -> Result<HostPort, String> {
    match text.starts_with("unix:") {
        true => {
            Err("FTP needs an IP address, for its data connections; write it like 2121 or 127.0.0.1:2121"
                .into())
        }
        false => text.parse::<HostPort>().map_err(str::to_owned),
    }
}

impl Serve {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let mut server = self.server.prepare(Some(&self.log))?;
        let tls = server.tls(&self.tls)?;
        let (root, users) = server.open(&self.tree, &self.access)?;
        let ftp = self
            .data
            .service(root.clone(), users)
            .behind(self.access.proxies())
            .with_timeouts(self.timeouts.into());
        let ports = ports(self.listen, ftp, tls.as_ref(), &self.security, |ftp| ftp)?;
        self.metrics.run(server, ports, root, vec![(Protocol::Ftp, metrics::write)])
    }
}

/// The listeners for FTP, each with the service that `service` returns. With TLS those of `listen` offer AUTH
/// TLS, and that of `--ftps` requires TLS. Options without effect are a [`CommandFailure::Usage`].
pub fn ports<S>(
    listen: Vec<HostPort>,
    ftp: Ftp,
    tls: Option<&Tls>,
    options: &SecurityOptions,
    service: impl Fn(Ftp) -> S,
) -> Result<Vec<Port<S>>, CommandFailure> {
    let port = |scheme, address, ftp: Ftp| {
        let (address, data_ports) = (Endpoint::Inet(address), Some(ftp.passive_ports()));
        Port { scheme, address, tls: None, service: service(ftp), data_ports }
    };
    let Some(tls) = tls else {
        if options.ftps.is_some() || options.require_tls.is_some() || options.data_session.is_some() {
            let hint = "--ftps, --require-tls and --data-session have no effect without TLS; add \
                        --tls self-signed, or --tls-cert with --tls-key";
            return Err(CommandFailure::Usage(hint.into()));
        }
        return Ok(listen.into_iter().map(|address| port("ftp", address, ftp.clone())).collect());
    };
    let (required, data_session) = (options.require_tls, options.data_session);
    let security = TlsSettings::new(tls, required.unwrap_or_default(), data_session.unwrap_or_default());
    let (explicit, implicit) = ftp.with_tls(security);
    if explicit.has_unencrypted_passwords() {
        log::to_stderr(format_args!("{UNENCRYPTED}"));
    }
    let explicit = listen.into_iter().map(|address| port("ftp", address, explicit.clone()));
    Ok(explicit.chain(options.ftps.clone().map(|address| port("ftps", address, implicit))).collect())
}
