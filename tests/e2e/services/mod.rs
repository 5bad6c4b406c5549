//! The smallest services: echo and chat.

mod chat;
mod check;
mod echo;
mod explain;
mod grammar;
mod learn;
mod narration;
mod tap;

use std::process::Command;

use crate::harness::{Server, binary};

/// `mini echo server` or `mini chat server`, on a port of this machine.
pub(crate) fn start(service: &str, options: &[&str]) -> Server {
    let mut command = Command::new(binary("mini"));
    command.args([service, "server", "--listen", "127.0.0.1:0"]).args(options);
    Server::start(command)
}
