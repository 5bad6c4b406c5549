//! Chat between people, with this client or with plain `nc`.

mod client;
mod hall;
mod message;
mod name;
mod page;
mod session;

use anyhow::anyhow;
use clap::{Args, Subcommand};
use common::command::{Port, Running, ServerOptions, TlsOptions};
use common::net::endpoint::{Endpoint, HostPort};

use crate::narration::NarrationOptions;
use crate::remote::Remote;
use hall::Hall;
use page::ChatPage;

#[derive(Subcommand)]
pub(crate) enum Chat {
    /// Run a chat server
    Server(Box<ChatServerOptions>),
    /// Join a chat from a terminal
    Client(ChatClientOptions),
}

#[derive(Args)]
#[command(args_override_self = true, after_help = SERVER_EXAMPLES)]
pub(crate) struct ChatServerOptions {
    /// Address to listen on
    #[arg(long, visible_alias = "port", value_name = "ADDR", default_value = "[::]:7070")]
    listen: Endpoint,

    /// Serve a page for browsers at this address, with the same rooms; PORT or :PORT is on all addresses
    #[arg(long, value_name = "ADDR")]
    page: Option<HostPort>,

    #[command(flatten)]
    narration: NarrationOptions,

    #[command(flatten)]
    server: ServerOptions,

    #[command(flatten)]
    tls: TlsOptions,
}

#[derive(Args)]
#[command(after_help = CLIENT_EXAMPLES)]
pub(crate) struct ChatClientOptions {
    #[command(flatten)]
    remote: Remote,
}

const SERVER_EXAMPLES: &str = "\
Examples:
  mini chat server                          on port 7070
  mini chat server --listen 127.0.0.1:0     any free port, this machine only
  mini chat server --page 8070              a page for phones as well
  mini chat server --engine pool:2 --verbose
                                            narrates also into a file or a pipe
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
            Self::Client(ChatClientOptions { remote }) => client::talk(&remote),
        }
    }
}

impl ChatServerOptions {
    fn run(self) -> anyhow::Result<()> {
        let narration = self.narration.start(Some(self.server.engine));
        let mut server = self.server.prepare(None)?;
        let tls = server.tls(&self.tls)?;
        let scheme = if tls.is_some() { "chats" } else { "chat" };
        let hall = Hall::default();
        let service = session::ChatService { hall: hall.clone(), narration: narration.clone() };
        let ports = vec![Port { scheme, address: self.listen, tls, service, data_ports: None }];
        let Some(address) = self.page else { return server.run(ports) };
        let (listeners, bound) = address.listen("::").map_err(|error| {
            anyhow!("cannot listen on {address}: {error}; choose another address or port")
        })?;
        let announced = vec![("http", Endpoint::Inet(bound.clone()))];
        let site = ChatPage::new(hall, narration);
        // A thread of its own: each page holds a connection, which would occupy a thread of a pool.
        let serve =
            move |running: Running| crate::page::serve(listeners, &bound, &site, running.stop, || Ok(()));
        server.run_beside(ports, announced, serve)
    }
}
