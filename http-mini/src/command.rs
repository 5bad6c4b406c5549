//! The command line of `http-mini`.

use clap::{Args, CommandFactory, Parser};
use common::command::{Documents, Port, ServerOptions, TreeOptions};
use common::listen::Address;

use crate::server::Http;

/// The command.
#[derive(Debug, Parser)]
#[command(name = "http-mini", version, about = "HTTP/1.1 by hand: serve a directory to browsers")]
pub enum Command {
    /// Serve a directory over HTTP
    Serve(Serve),
    /// What describes the command.
    #[command(flatten)]
    Documents(Documents),
}

/// `http-mini serve`.
#[derive(Args, Debug)]
#[command(args_override_self = true, after_help = EXAMPLES)]
pub struct Serve {
    #[command(flatten)]
    tree: TreeOptions,

    #[command(flatten)]
    server: ServerOptions,

    /// Address to listen on: IP:PORT or unix:PATH; can be repeated
    #[arg(long, value_name = "ADDR", default_value = "[::]:8080")]
    listen: Vec<Address>,
}

const EXAMPLES: &str = "\
Examples:
  http-mini serve                               the current directory, on port 8080
  http-mini serve ~/public --listen [::]:80     another directory and port
  http-mini serve --listen unix:/run/mini.sock  behind a proxy on this machine
  http-mini serve --engine pool:8 --log clf     eight threads, one connection each at a time";

/// Runs the command.
///
/// # Errors
/// What the user is told.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(Serve { tree, server, listen }) => {
            let server = server.prepare()?;
            let service = Http::new(server.open(&tree, false)?);
            let port = |address| Port { scheme: "http", address, service: service.clone() };
            server.run(listen.into_iter().map(port).collect())
        }
        Command::Documents(documents) => documents.print(Command::command()),
    }
}
