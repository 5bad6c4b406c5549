//! Runs single cases against the programs of `mini learn`.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::process::Child;
use std::time::Duration;

use anyhow::anyhow;
use common::check::{CheckFailure, Finding, Verdict};
use common::net::endpoint::HostPort;
use syntax::rule::Language;

use super::case::{Case, Target};
use super::client::{self, ClientProgram, Command, Wait};
use super::cpu::{self, Pid};
use super::datagram::{self, DatagramServer};
use super::deadline::{self, DeadlineServer};
use super::echo::{self, EchoServer};

/// How long each response is awaited from a program that polls. One that waits or spins is noticed earlier.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long a client may take to give up on a silent server.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a response of HTTP or a reply of FTP is awaited.
const RESPONSE: Duration = Duration::from_secs(2);
/// How long the CPU time of a server is measured. A server that spins uses all that it gets.
const IDLE: Duration = Duration::from_millis(500);
/// Clients at the same time.
const CLIENTS: usize = 10;

/// A learner's program under check.
pub(crate) struct LessonProgram(Role);

enum Role {
    /// Over TCP, and at the same port over UDP (RFC 862): one exercise needs both.
    EchoServer(EchoServer, DatagramServer),
    EchoClient(ClientProgram),
    DatagramServer(DatagramServer),
    DeadlineServer(DeadlineServer),
    /// The URLs of a server of files.
    Http(String),
    Ftp(String),
}

impl LessonProgram {
    /// An echo server that listens; with `is_pool` it has a pool of ten threads.
    pub(crate) fn echo_server(address: SocketAddr, pid: Pid, is_pool: bool, language: Language) -> Self {
        let process = Some(pid);
        let target = Target { address, first: Cell::new(None), timeout: TIMEOUT, process, language };
        let server = EchoServer { target, clients: CLIENTS, is_pool, pid: Some(pid), idle: IDLE };
        Self(Role::EchoServer(server, datagrams(address, pid, language)))
    }

    /// An echo server over UDP.
    pub(crate) fn datagram_server(address: SocketAddr, process: Pid, language: Language) -> Self {
        Self(Role::DatagramServer(datagrams(address, process, language)))
    }

    /// A server that closes slow connections. It waits for its deadlines, so it is never stuck.
    pub(crate) fn deadline_server(address: SocketAddr, process: Pid, language: Language) -> Self {
        let target = Target { address, first: Cell::new(None), timeout: TIMEOUT, process: None, language };
        Self(Role::DeadlineServer(DeadlineServer { target, process, idle: IDLE }))
    }

    /// An HTTP server, by the URL of a file that it serves.
    pub(crate) fn http_server(url: String) -> Self {
        Self(Role::Http(url))
    }

    /// An FTP server, by the URL of a directory that it serves.
    pub(crate) fn ftp_server(url: String) -> Self {
        Self(Role::Ftp(url))
    }

    /// An echo client that a command starts for each case, with `{port}` replaced.
    pub(crate) fn echo_client(
        words: Vec<String>,
        prepare: impl Fn(&Child) -> io::Result<()> + 'static,
        language: Language,
    ) -> anyhow::Result<Self> {
        let command = Command { words, input: client::MESSAGE.to_owned(), prepare: Box::new(prepare) };
        let address: HostPort = "127.0.0.1:0".parse().map_err(anyhow::Error::msg)?;
        let wait = Wait { timeout: TIMEOUT, patience: PATIENCE };
        let client = ClientProgram::listen(&address, Some(command), wait, language)?;
        Ok(Self(Role::EchoClient(client)))
    }

    /// Processes that the program with this process id has started, and theirs.
    pub(crate) fn descendants(pid: Pid) -> io::Result<Vec<Pid>> {
        cpu::descendants(pid)
    }

    /// The findings of cases, in order, up to the first one that does not pass.
    pub(crate) fn examine(&self, ids: &[String], language: Language) -> anyhow::Result<Vec<Finding>> {
        if let Role::Ftp(url) = &self.0 {
            let findings = ftp_mini::command::examine(url, ids, RESPONSE, language)?;
            return Ok(findings.into_iter().map(applied).collect());
        }
        let mut findings = Vec::new();
        for id in ids {
            let finding =
                self.examine_one(id, language).ok_or_else(|| anyhow!("there is no case '{id}'"))??;
            let is_passed = matches!(finding.verdict, Verdict::Passed);
            findings.push(finding);
            if !is_passed {
                break;
            }
        }
        Ok(findings)
    }

    /// The finding of a case; `None` if there is no case of this name.
    fn examine_one(&self, id: &str, language: Language) -> Option<anyhow::Result<Finding>> {
        match &self.0 {
            Role::EchoServer(server, datagrams) => match find(echo::CASES, id) {
                Some(case) => Some(case.examine(server, language)),
                None => find(datagram::CASES, id).map(|case| case.examine(datagrams, language)),
            },
            Role::EchoClient(client) => find(client::CASES, id).map(|case| case.examine(client, language)),
            Role::DatagramServer(server) => {
                find(datagram::CASES, id).map(|case| case.examine(server, language))
            }
            Role::DeadlineServer(server) => {
                find(deadline::CASES, id).map(|case| case.examine(server, language))
            }
            Role::Http(url) => {
                let finding = http_mini::command::examine(url, id, RESPONSE, language).transpose()?;
                Some(finding.map(applied))
            }
            Role::Ftp(_) => None,
        }
    }
}

/// The cases of an exercise are about what its program must do: one that does not apply has failed.
fn applied(finding: Finding) -> Finding {
    let verdict = match finding.verdict {
        Verdict::NotApplicable(observed) => Verdict::Failed(Box::new(CheckFailure {
            sent: Vec::new(),
            expected: String::new(),
            received: Vec::new(),
            observed,
            look_for: finding.why,
        })),
        verdict => verdict,
    };
    Finding { verdict, ..finding }
}

fn datagrams(address: SocketAddr, process: Pid, language: Language) -> DatagramServer {
    DatagramServer { address, process, timeout: TIMEOUT, idle: IDLE, language }
}

fn find<T>(cases: &'static [Case<T>], id: &str) -> Option<&'static Case<T>> {
    cases.iter().find(|case| case.id == id)
}
