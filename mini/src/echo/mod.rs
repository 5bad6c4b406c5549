//! Echo (RFC 862): everything is sent back. The smallest service there is, over TCP and over UDP.

mod client;
mod tcp;
mod udp;

use clap::{Args, Subcommand};
use common::command::{CommandFailure, Port, ServerOptions, TlsOptions};
use common::net::endpoint::Endpoint;

use crate::narration::NarrationOptions;
use crate::remote::Remote;

#[derive(Subcommand)]
pub(crate) enum Echo {
    /// Echo received bytes or datagrams
    Server(EchoServerOptions),
    /// Send standard input and print the answer
    Client(EchoClientOptions),
}

#[derive(Args)]
#[command(args_override_self = true, after_help = SERVER_EXAMPLES)]
pub(crate) struct EchoServerOptions {
    /// Address to listen on
    #[arg(long, visible_alias = "port", value_name = "ADDR", default_value = "127.0.0.1:7007")]
    listen: Endpoint,

    /// Answer UDP datagrams instead of TCP connections
    #[arg(long, conflicts_with_all = ["engine", "workers", "max_connections", "max_per_ip"])]
    #[arg(conflicts_with_all = ["tls", "tls_cert", "tls_key", "trace"])]
    udp: bool,

    #[command(flatten)]
    narration: NarrationOptions,

    #[command(flatten)]
    server: ServerOptions,

    #[command(flatten)]
    tls: TlsOptions,
}

#[derive(Args)]
#[command(after_help = CLIENT_EXAMPLES)]
pub(crate) struct EchoClientOptions {
    #[command(flatten)]
    remote: Remote,

    /// Send each line as a UDP datagram instead of using a TCP connection
    #[arg(long, conflicts_with_all = ["tls", "cacert", "pin", "insecure", "trace"])]
    udp: bool,
}

const SERVER_EXAMPLES: &str = "\
Examples:
  mini echo server                           TCP, on 127.0.0.1:7007
  mini echo server --engine threads          a thread for each connection
  mini echo server --engine pool:2 --verbose
                                             narrates also into a file or a pipe
  mini echo server --udp --port 7            datagrams, from any network
  mini echo server --tls self-signed         TLS, generated certificate";

const CLIENT_EXAMPLES: &str = "\
Examples:
  echo hello | mini echo client 127.0.0.1:7007
  mini echo client 127.0.0.1:7007 --udp      a datagram for each line typed
  mini echo client 127.0.0.1:7007 --tls --insecure
                                             TLS, certificate not verified";

impl Echo {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Server(EchoServerOptions { listen, udp: false, narration, server, tls }) => {
                let narration = narration.start(Some(server.engine));
                let mut server = server.prepare(None)?;
                let tls = server.tls(&tls)?;
                let scheme = if tls.is_some() { "tls" } else { "tcp" };
                let service = tcp::EchoService { narration };
                server.run(vec![Port { scheme, address: listen, tls, service, data_ports: None }])
            }
            Self::Server(EchoServerOptions {
                listen: Endpoint::Inet(listen), udp: true, narration, ..
            }) => udp::serve(&listen, &narration.start(None)),
            Self::Server(_) => Err(CommandFailure::Usage("--udp needs an IP address and port".into()).into()),
            Self::Client(EchoClientOptions { remote, udp: false }) => client::over_tcp(&remote),
            Self::Client(EchoClientOptions { remote, udp: true }) => client::over_udp(&remote.to),
        }
    }
}
