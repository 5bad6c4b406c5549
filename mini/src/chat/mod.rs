//! Chat: lines of text among people, with this client or with plain `nc`.

mod client;
mod hall;
mod name;
mod session;

use std::net::SocketAddr;

use clap::{Args, Subcommand};
use common::command::{Port, ServerOptions};
use common::listen::Address;

#[derive(Subcommand)]
pub(crate) enum Chat {
    /// Let people talk
    Server(Server),
    /// Talk, from a terminal
    Client(Client),
}

#[derive(Args)]
#[command(args_override_self = true, after_help = SERVER_EXAMPLES)]
pub(crate) struct Server {
    /// Address to listen on
    #[arg(long, value_name = "ADDR", default_value = "[::]:7070")]
    listen: Address,

    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
#[command(after_help = CLIENT_EXAMPLES)]
pub(crate) struct Client {
    /// The server: IP:PORT
    #[arg(value_name = "ADDR")]
    to: SocketAddr,
}

const SERVER_EXAMPLES: &str = "\
Examples:
  mini chat server                          on port 7070
  mini chat server --listen 127.0.0.1:0     any free port, this machine only";

const CLIENT_EXAMPLES: &str = "\
Examples:
  mini chat client 192.0.2.7:7070
  nc 192.0.2.7 7070                         works as well";

impl Chat {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Server(Server { listen, server }) => {
                let service = session::Chat::default();
                server.prepare()?.run(vec![Port { scheme: "chat", address: listen, tls: None, service }])
            }
            Self::Client(Client { to }) => client::talk(to),
        }
    }
}
