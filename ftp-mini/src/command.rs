//! The command line of `ftp-mini`.

use clap::{Args, CommandFactory, Parser};
use common::command::{AccessOptions, Documents, Port, ServerOptions, TreeOptions};
use common::listen::Address;

use crate::server::{DataOptions, Ftp};

/// The command.
#[derive(Debug, Parser)]
#[command(name = "ftp-mini", version, about = "FTP by hand: serve a directory to any FTP client")]
pub enum Command {
    /// Serve a directory over FTP
    Serve(Serve),
    /// What describes the command.
    #[command(flatten)]
    Documents(Documents),
}

/// `ftp-mini serve`.
#[derive(Args, Debug)]
#[command(args_override_self = true, after_help = EXAMPLES)]
pub struct Serve {
    #[command(flatten)]
    tree: TreeOptions,

    #[command(flatten)]
    server: ServerOptions,

    /// Address to listen on; can be repeated
    #[arg(long, value_name = "ADDR", default_value = "[::]:2121")]
    listen: Vec<Address>,

    #[command(flatten)]
    access: AccessOptions,

    #[command(flatten)]
    data: DataOptions,
}

const EXAMPLES: &str = "\
Examples:
  ftp-mini serve                                the current directory, on port 2121
  ftp-mini serve ~/public --listen [::]:21      another directory and port
  ftp-mini serve --passive-ports 50000-50100 --public-address 192.0.2.7
                                                behind a NAT that forwards these ports";

/// Runs the command.
///
/// # Errors
/// What the user is told.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(Serve { tree, server, listen, access, data }) => {
            let server = server.prepare()?;
            let (root, users) = server.open(&tree, &access)?;
            let service = Ftp::new(root, users, data);
            let port = |address| Port { scheme: "ftp", address, tls: None, service: service.clone() };
            server.run(listen.into_iter().map(port).collect())
        }
        Command::Documents(documents) => documents.print(Command::command()),
    }
}
