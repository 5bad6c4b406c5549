//! `mini check`: black-box checks of anybody's program over the network, whatever language it is written in.
//!
//! Each case is a dialogue (`echo`, `chat`, `client`); a finding names the usual cause of what was observed. How findings
//! are shown is in `common::check`.

mod case;
mod chat;
mod client;
mod cpu;
mod datagram;
mod deadline;
mod echo;
pub(crate) mod lesson;
mod run;
mod stream;

use std::cell::Cell;
use std::net::TcpStream;
use std::time::Duration;

use clap::{Args, Subcommand};
use common::check::CheckOptions;
use common::command::CommandFailure;
use common::net::endpoint::HostPort;

use crate::remote::THIS_MACHINE;
use case::Target;
use chat::ChatServer;
use client::{ClientProgram, Command, Wait};
use cpu::Pid;
use echo::EchoServer;

#[derive(Subcommand)]
pub(crate) enum Check {
    /// Check an HTTP server, against RFC 9110 and 9112
    Http(Box<http_mini::command::Check>),
    /// Check an FTP server, against RFC 959 and its extensions
    Ftp(Box<ftp_mini::command::Check>),
    /// Check an echo server
    Echo(CheckEcho),
    /// Check a chat server whose messages are lines of text
    Chat(CheckChat),
    /// Check an echo client
    Client(CheckClient),
}

#[derive(Args)]
#[command(after_help = ECHO_EXAMPLES)]
pub(crate) struct CheckEcho {
    /// The server: HOST:PORT, IP:PORT, or PORT (on this machine)
    #[arg(value_name = "ADDR")]
    to: HostPort,

    /// Number of clients at the same time; for a pool of threads, at most the number of its threads
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    clients: u16,

    /// The server has a pool of so many threads as --clients: one more client waits until another one leaves
    #[arg(long)]
    pool: bool,

    /// Measure the CPU time of this process on this machine, and of its children, while nothing is sent
    #[arg(long)]
    pid: Option<Pid>,

    #[command(flatten)]
    check: CheckOptions,
}

#[derive(Args)]
#[command(after_help = CHAT_EXAMPLES)]
pub(crate) struct CheckChat {
    /// The server: HOST:PORT, IP:PORT, or PORT (on this machine)
    #[arg(value_name = "ADDR")]
    to: HostPort,

    /// The first line of a client, which contains its name
    #[arg(long, value_name = "TEXT", default_value = "{name}", value_parser = with_name)]
    name_line: String,

    /// The server has no names: the first line is already a message
    #[arg(long, conflicts_with = "name_line")]
    no_names: bool,

    /// The line with which a client sends a message
    #[arg(long, value_name = "TEXT", default_value = "{text}", value_parser = with_text)]
    text_line: String,

    /// End lines with CR LF rather than LF
    #[arg(long)]
    crlf: bool,

    #[command(flatten)]
    check: CheckOptions,
}

#[derive(Args)]
#[command(after_help = CLIENT_EXAMPLES)]
pub(crate) struct CheckClient {
    /// Address to listen on
    #[arg(long, visible_alias = "port", value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: HostPort,

    /// What the command reads from standard input
    #[arg(long, value_name = "TEXT", default_value = client::MESSAGE)]
    message: String,

    /// How long a client may take to give up on a silent server, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=600))]
    patience: u16,

    #[command(flatten)]
    check: CheckOptions,

    /// The command that starts the client, run for each case; {host} and {port} are replaced. Without it, the check
    /// asks you to start the client
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

const ECHO_EXAMPLES: &str = "\
Examples:
  mini check echo 10000
  mini check echo localhost:10000 --pid $(pgrep -f server.py)
                                             CPU time as well
  mini check echo 10000 --only end/half-close --verbose
  mini check echo 10000 --lang id            in Indonesian
  mini check echo 10000 --clients 2 --pool   a pool of two threads

Exit code 1 if there is a finding.";

const CHAT_EXAMPLES: &str = "\
Examples:
  mini check chat 7070
  mini check chat 10000 --no-names           a server without names
  mini check chat 10000 --name-line 'NAMA {name}' --text-line 'PESAN {text}'
  mini check chat 10000 --only lines         only these cases
  mini check chat 10000 --results results.json

The first line of a client is its name; each further line reaches every other
client, in a line of its own that contains the text. Exit code 1 if there is a
finding.";

const CLIENT_EXAMPLES: &str = "\
Examples:
  mini check client -- python3 client.py {host} {port}
  mini check client --listen localhost:10000 -- python3 client.py
                                             a client with a fixed address
  mini check client --listen 10000           start the client for each case
  mini check client --message hello -- nc -N {host} {port}

The client sends a message, receives as much as it sent, and ends. Exit code 1
if there is a finding.";

impl Check {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Http(check) => check.run(),
            Self::Ftp(check) => check.run(),
            Self::Echo(echo) => echo.run(),
            Self::Chat(chat) => chat.run(),
            Self::Client(client) => client.run(),
        }
    }
}

impl CheckEcho {
    fn run(&self) -> anyhow::Result<()> {
        let target = target(&self.to, &self.check)?;
        let server = EchoServer {
            target,
            clients: self.clients.into(),
            is_pool: self.pool,
            pid: self.pid,
            idle: echo::IDLE,
        };
        run::run(echo::CASES, &server, shown(&self.to), &self.check)
    }
}

impl CheckChat {
    fn run(self) -> anyhow::Result<()> {
        let server = ChatServer {
            target: target(&self.to, &self.check)?,
            name_line: if self.no_names { String::new() } else { self.name_line },
            text_line: self.text_line,
            line_end: if self.crlf { "\r\n" } else { "\n" },
            // Names of an earlier run may still be taken.
            number: Cell::new(std::process::id()),
        };
        run::run(chat::CASES, &server, shown(&self.to), &self.check)
    }
}

impl CheckClient {
    fn run(self) -> anyhow::Result<()> {
        let command = (!self.command.is_empty()).then(|| Command {
            words: self.command,
            input: self.message,
            prepare: Box::new(|_| Ok(())),
        });
        let wait = Wait { timeout: self.check.timeout, patience: Duration::from_secs(self.patience.into()) };
        let program = ClientProgram::listen(&self.listen, command, wait, self.check.language())?;
        let name = program.name();
        run::run(client::CASES, &program, name, &self.check)
    }
}

fn target(to: &HostPort, check: &CheckOptions) -> anyhow::Result<Target> {
    let name = shown(to);
    let unknown = |error| CommandFailure::Network(format!("cannot find {name}: {error}; check the name"));
    let addresses = to.resolve(THIS_MACHINE).map_err(unknown)?;
    let refused = || CommandFailure::Network(format!("cannot connect to {name}; is the server running?"));
    // A name may have addresses on which the server does not listen.
    let first = addresses
        .iter()
        .find_map(|address| Some((*address, TcpStream::connect_timeout(address, check.timeout).ok()?)));
    let (address, first) = first.ok_or_else(refused)?;
    let (timeout, language) = (check.timeout, check.language());
    Ok(Target { address, first: Cell::new(Some(first)), timeout, process: None, language })
}

/// An address with its host: `localhost:10000` for a port alone.
fn shown(to: &HostPort) -> String {
    match to.host_or("") {
        "" => format!("{THIS_MACHINE}:{}", to.port()),
        _ => to.to_string(),
    }
}

fn with_name(text: &str) -> Result<String, &'static str> {
    text.contains("{name}").then(|| text.to_owned()).ok_or("it must contain {name}")
}

fn with_text(text: &str) -> Result<String, &'static str> {
    text.contains("{text}").then(|| text.to_owned()).ok_or("it must contain {text}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_documentation_lists_each_case() {
        let page = include_str!("../../../docs/services.md");
        let ids = super::echo::CASES.iter().map(|case| case.id);
        let ids = ids.chain(super::chat::CASES.iter().map(|case| case.id));
        for id in ids.chain(super::client::CASES.iter().map(|case| case.id)) {
            assert!(page.contains(&format!("| `{id}` |")), "{id}");
        }
    }
}
