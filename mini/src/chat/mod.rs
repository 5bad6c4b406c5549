//! Chat between people, with this client or with plain `nc`.

mod client;
mod hall;
mod name;
mod session;

use clap::{Args, Subcommand};
use common::command::{Port, ServerOptions, TlsOptions};
use common::net::endpoint::Endpoint;

use crate::narration::NarrationOptions;
use crate::remote::Remote;
use hall::Hall;

#[derive(Subcommand)]
pub(crate) enum Chat {
    /// Run a chat server
    Server(Server),
    /// Join a chat from a terminal
    Client(Client),
}

#[derive(Args)]
#[command(args_override_self = true, after_help = SERVER_EXAMPLES)]
pub(crate) struct Server {
    /// Address to listen on
    #[arg(long, visible_alias = "port", value_name = "ADDR", default_value = "[::]:7070")]
    listen: Endpoint,

    #[command(flatten)]
    narration: NarrationOptions,

    #[command(flatten)]
    server: ServerOptions,

    #[command(flatten)]
    tls: TlsOptions,
}

#[derive(Args)]
#[command(after_help = CLIENT_EXAMPLES)]
pub(crate) struct Client {
    #[command(flatten)]
    remote: Remote,
}

const SERVER_EXAMPLES: &str = "\
Examples:
  mini chat server                          on port 7070
  mini chat server --listen 127.0.0.1:0     any free port, this machine only
  mini chat server --engine pool:2 --verbose
                                            what happens, also in a file or a pipe
  mini chat server --tls-cert chain.pem --tls-key key.pem
                                            encrypted";

const CLIENT_EXAMPLES: &str = "\
Examples:
  mini chat client example.com:7070
  nc 192.0.2.7 7070                         works as well
  mini chat client 192.0.2.7:7070 --tls     if the server speaks TLS";

impl Chat {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Server(server) => server.run(),
            Self::Client(Client { remote }) => client::talk(&remote),
        }
    }
}

impl Server {
    fn run(self) -> anyhow::Result<()> {
        let narration = self.narration.start(Some(self.server.engine));
        let mut server = self.server.prepare(None)?;
        let tls = server.tls(&self.tls)?;
        let scheme = if tls.is_some() { "chats" } else { "chat" };
        let service = session::Chat { hall: Hall::default(), narration };
        let ports = vec![Port { scheme, address: self.listen, tls, service }];
        server.run(ports)
    }
}
