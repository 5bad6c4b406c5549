//! The `mini` command: one directory for browsers and FTP clients, from one process.
#![forbid(unsafe_code)]
// They panic where standard error or output is full or closed.
#![warn(clippy::print_stderr, clippy::print_stdout)]

mod both;
mod chat;
mod check;
mod echo;
mod explain;
mod health;
mod learn;
mod narration;
mod page;
mod passwd;
mod remote;
mod serve;
mod tap;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use common::command::Documents;

#[derive(Parser)]
#[command(name = "mini", version, about = "Serve a directory to browsers and FTP clients at once")]
enum Command {
    /// Serve a directory over HTTP and FTP
    Serve(Box<serve::Serve>),
    /// Echo server and client, over TCP or UDP
    #[command(subcommand)]
    Echo(echo::Echo),
    /// Chat server and client
    #[command(subcommand)]
    Chat(chat::Chat),
    /// Check a program over the network
    #[command(subcommand)]
    Check(check::Check),
    /// Explain each byte of a message, and the rules it breaks
    Explain(Box<explain::Explain>),
    /// Forward connections to a server, and show their messages
    Tap(Box<tap::TapCommand>),
    /// Exercises in Python and Rust, and their checks
    #[command(subcommand)]
    Learn(learn::Learn),
    /// Print a password hash or a token for the file of --users
    Passwd(passwd::Passwd),
    /// Ask whether a server with --metrics is healthy
    Health(health::HealthCommand),
    #[command(flatten)]
    Documents(Documents),
}

fn main() -> ExitCode {
    common::command::main(|command: Command| match command {
        Command::Serve(serve) => serve.run(),
        Command::Echo(echo) => echo.run(),
        Command::Chat(chat) => chat.run(),
        Command::Check(check) => check.run(),
        Command::Explain(explain) => explain.run(),
        Command::Tap(tap) => tap.run(),
        Command::Learn(learn) => learn.run(),
        Command::Passwd(passwd) => passwd.run(),
        Command::Health(health) => health.run(),
        Command::Documents(documents) => documents.print(Command::command()),
    })
}
