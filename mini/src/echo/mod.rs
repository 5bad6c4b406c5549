//! Echo (RFC 862): what comes goes back. The smallest service there is, over TCP and over UDP.

mod client;
mod tcp;
mod udp;

use std::net::SocketAddr;

use clap::{Args, Subcommand};
use common::command::{Failure, Port, ServerOptions};
use common::listen::Address;

#[derive(Subcommand)]
pub(crate) enum Echo {
    /// Send back what comes
    Server(Server),
    /// Send standard input and print what comes back
    Client(Client),
}

#[derive(Args)]
#[command(args_override_self = true, after_help = SERVER_EXAMPLES)]
pub(crate) struct Server {
    /// Address to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7007")]
    listen: Address,

    /// Answer datagrams rather than connections
    #[arg(long)]
    udp: bool,

    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
#[command(after_help = CLIENT_EXAMPLES)]
pub(crate) struct Client {
    /// The server: IP:PORT
    #[arg(value_name = "ADDR")]
    to: SocketAddr,

    /// Send each line as a datagram rather than everything over a connection
    #[arg(long)]
    udp: bool,
}

const SERVER_EXAMPLES: &str = "\
Examples:
  mini echo server                            TCP, on 127.0.0.1:7007
  mini echo server --engine threads           a thread for each connection
  mini echo server --udp --listen 0.0.0.0:7   datagrams, from any network";

const CLIENT_EXAMPLES: &str = "\
Examples:
  echo hello | mini echo client 127.0.0.1:7007
  mini echo client 127.0.0.1:7007 --udp       a datagram for each line typed";

impl Echo {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Server(Server { listen, udp: false, server }) => server.prepare()?.run(vec![Port {
                scheme: "tcp",
                address: listen,
                tls: None,
                service: tcp::Echo,
            }]),
            Self::Server(Server { listen: Address::Inet(listen), udp: true, .. }) => udp::serve(listen),
            Self::Server(_) => Err(Failure::Usage("--udp needs an IP address and port".into()).into()),
            Self::Client(Client { to, udp: false }) => client::over_tcp(to),
            Self::Client(Client { to, udp: true }) => client::over_udp(to),
        }
    }
}
