//! Runs single cases against the programs of `mini learn`.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use common::check::Finding;
use syntax::rule::Language;

use super::case::{Case, Target};
use super::cpu::{self, Pid};
use super::echo::{self, EchoServer};

/// How long each response is awaited.
const TIMEOUT: Duration = Duration::from_secs(3);
/// How long the CPU time of a server is measured. A server that spins uses all that it gets.
const IDLE: Duration = Duration::from_millis(500);
/// Clients at the same time.
const CLIENTS: usize = 10;

/// A learner's program under check.
pub(crate) struct LessonProgram(Role);

enum Role {
    EchoServer(EchoServer),
}

impl LessonProgram {
    /// An echo server that listens.
    pub(crate) fn echo_server(address: SocketAddr, pid: Pid, language: Language) -> Self {
        let target = Target { address, timeout: TIMEOUT, language };
        Self(Role::EchoServer(EchoServer { target, clients: CLIENTS, pid: Some(pid), idle: IDLE }))
    }

    /// Processes that the program with this process id has started, and theirs.
    pub(crate) fn descendants(pid: Pid) -> io::Result<Vec<Pid>> {
        cpu::descendants(pid)
    }

    /// The finding of a case; `None` if there is no case of this name.
    pub(crate) fn examine(&self, id: &str, language: Language) -> Option<Finding> {
        match &self.0 {
            Role::EchoServer(server) => find(echo::CASES, id).map(|case| case.examine(server, language)),
        }
    }
}

fn find<T>(cases: &'static [Case<T>], id: &str) -> Option<&'static Case<T>> {
    cases.iter().find(|case| case.id == id)
}
