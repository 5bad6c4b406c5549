//! Checks a program that communicates: starts it, and examines it with cases of `mini check`, a group for each star.
//!
//! It knows none of the cases; an exercise names them in `checks`.

use std::ffi::OsString;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use common::check::Verdict;
use common::net::tls::Tls;
use rustix::process::{Pid, Signal, kill_process};
use syntax::rule::Language;

use super::child::{self, Launch};
use super::clients;
use super::compile;
use super::exercise::Exercise;
use super::outcome::{Failure, ProgramFailure, Report};
use super::programming::Programming;
use super::programs::Role;
use crate::check::lesson::LessonProgram;

/// How long a server may take until it listens.
const START_TIME: Duration = Duration::from_secs(10);
/// How often it is looked for.
const POLL: Duration = Duration::from_millis(5);

/// Where a program was built, and its language.
#[derive(Clone, Copy)]
pub(super) struct Build<'a> {
    pub(super) directory: &'a Path,
    pub(super) programming: Programming,
}

/// A running server, which is ended when it is no longer needed.
struct Server {
    child: Child,
    printed: Receiver<Vec<u8>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Checks a program that was built.
pub(super) fn check(
    role: Role,
    build: Build<'_>,
    exercise: &Exercise,
    language: Language,
) -> anyhow::Result<Report> {
    match role {
        Role::Client => check_client(build, exercise, language),
        _ => check_server(role, build, exercise, language),
    }
}

fn check_server(
    role: Role,
    build: Build<'_>,
    exercise: &Exercise,
    language: Language,
) -> anyhow::Result<Report> {
    let address = free_address().context("cannot choose a port")?;
    let place = tempfile::tempdir().context("cannot make a temporary directory")?;
    let mut arguments = vec![address.port().to_string().into()];
    if role == Role::Ftp {
        arguments.push(certificate(place.path())?.into());
    }
    let mut launch = build.launch(exercise, arguments);
    if matches!(role, Role::Http | Role::Ftp) {
        launch.directory = clients::serve_files(place.path())?;
    }
    let mut server = Server::start(&launch).context("cannot start the program")?;
    if !server.listens(role, address)? {
        let printed = server.end();
        let (port, seconds) = (address.port(), START_TIME.as_secs());
        let failure = match is_stub(&printed) {
            true => ProgramFailure::NotWritten,
            false => ProgramFailure::NotListening { port, seconds, printed },
        };
        return Ok(Report { stars: 0, failure: Some(Failure::Program(failure)), cases: 0 });
    }
    let id = server.child.id();
    let program = match role {
        Role::Datagrams => LessonProgram::datagram_server(address, id, language),
        Role::Deadline => LessonProgram::deadline_server(address, id, language),
        Role::Http => LessonProgram::http_server(format!("http://{address}/plain.txt")),
        Role::Ftp => LessonProgram::ftp_server(format!("ftp://{address}/")),
        _ => LessonProgram::echo_server(address, id, role == Role::Pool, language),
    };
    let report = examine(&program, exercise, language, || server.end())?;
    if report.failure.is_some() {
        return Ok(report);
    }
    let trouble = clients::of_program(role, address, place.path())?;
    let stars = if trouble.is_some() { 2 } else { report.stars };
    Ok(Report { stars, failure: trouble.map(Failure::RealUse), cases: report.cases })
}

fn check_client(build: Build<'_>, exercise: &Exercise, language: Language) -> anyhow::Result<Report> {
    let limits = exercise.info.limits;
    let launch = build.launch(exercise, vec!["{port}".into()]);
    let command = launch.command().context("the path of the folder is not UTF-8")?;
    let program = LessonProgram::echo_client(command, move |child| child::limit(child, limits), language)?;
    // What a client printed is part of the finding.
    examine(&program, exercise, language, String::new)
}

/// Examines a program until the first case that fails. `end` ends it, and returns what it printed.
fn examine(
    program: &LessonProgram,
    exercise: &Exercise,
    language: Language,
    end: impl FnOnce() -> String,
) -> anyhow::Result<Report> {
    let mut cases = 0;
    for (stars, checks) in (0..).zip(&exercise.info.checks) {
        for finding in program.examine(checks, language)? {
            cases += 1;
            let failure = match &finding.verdict {
                Verdict::Passed => continue,
                Verdict::Failed(failure) if is_stub(&failure.observed) => ProgramFailure::NotWritten,
                _ => {
                    let (mutant, printed) = (mutant(exercise, finding.id), end());
                    ProgramFailure::Case { finding: Box::new(finding), mutant, printed }
                }
            };
            return Ok(Report { stars, failure: Some(Failure::Program(failure)), cases });
        }
    }
    Ok(Report { stars: 3, failure: None, cases })
}

/// The name of the mutant that a case finds, if it finds only one.
fn mutant(exercise: &Exercise, id: &str) -> Option<&'static str> {
    let mut found = exercise.mutants.iter().filter(|mutant| mutant.finding.as_deref() == Some(id));
    let first = found.next();
    first.filter(|_| found.next().is_none()).map(|mutant| mutant.name)
}

/// Whether a program ended because it is not written yet.
fn is_stub(printed: &str) -> bool {
    printed.contains("NotImplementedError") || printed.contains("not yet implemented")
}

/// An address whose port was free a moment ago, over UDP as well: `udp` and `echo` use it.
fn free_address() -> io::Result<SocketAddr> {
    loop {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        match UdpSocket::bind((Ipv4Addr::UNSPECIFIED, address.port())) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            bound => return bound.map(|_| address),
        }
    }
}

/// The file of a new certificate and its key, in a directory.
fn certificate(directory: &Path) -> anyhow::Result<PathBuf> {
    Tls::self_signed_in(directory, vec!["localhost".into()]).context("cannot make a certificate")?;
    Ok(directory.join("self-signed.pem"))
}

impl Build<'_> {
    fn launch(self, exercise: &Exercise, arguments: Vec<OsString>) -> Launch {
        compile::program(self.directory, self.programming, exercise.id, arguments, exercise.info.limits)
    }
}

impl Server {
    fn start(launch: &Launch) -> io::Result<Self> {
        let (printed, output) = io::pipe()?;
        let mut command = Command::new(&launch.program);
        command.args(&launch.arguments).current_dir(&launch.directory);
        // A backtrace would displace the message of a panic.
        command.env_remove("RUST_BACKTRACE");
        // `learn::tls` runs it.
        command.env("MINI", std::env::current_exe()?);
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let server = Self { child: command.spawn()?, printed: child::keep_end(printed) };
        child::limit(&server.child, launch.limits)?;
        Ok(server)
    }

    /// Whether it listens before it ends and before the deadline. A connection would be its first client, so there is
    /// none.
    fn listens(&mut self, role: Role, address: SocketAddr) -> io::Result<bool> {
        let deadline = Instant::now() + START_TIME;
        while Instant::now() < deadline && self.child.try_wait()?.is_none() {
            if is_listening(role, address.port())? {
                return Ok(true);
            }
            thread::sleep(POLL);
        }
        Ok(false)
    }

    /// Ends it; the last lines that it printed. One that has closed a connection may be ending by itself.
    fn end(&mut self) -> String {
        child::status_of_ending(&mut self.child);
        self.kill();
        child::last_lines(&self.printed)
    }

    /// Kills it and the processes that it has started. They may have ended already.
    fn kill(&mut self) {
        let started = LessonProgram::descendants(self.child.id()).unwrap_or_default();
        let _ = self.child.kill();
        let _ = self.child.wait();
        for process in started.into_iter().filter_map(|id| Pid::from_raw(id.try_into().ok()?)) {
            let _ = kill_process(process, Signal::KILL);
        }
    }
}

/// Whether a socket listens on a port of IPv4 or IPv6 (proc_net_tcp(5)).
///
/// ```text
///    0: 0100007F:2710 00000000:0000 0A ...      local address, remote address, state: 0A is LISTEN
/// ```
///
/// UDP has no state of its own: a socket with this port is enough.
#[expect(clippy::disallowed_methods, reason = "/proc is no served tree")]
fn is_listening(role: Role, port: u16) -> io::Result<bool> {
    let (protocol, state) = if role == Role::Datagrams { ("udp", "07") } else { ("tcp", "0A") };
    let local = format!(":{port:04X}");
    let listens = |line: &str| {
        let mut fields = line.split_whitespace().skip(1);
        fields.next().is_some_and(|address| address.ends_with(&local)) && fields.nth(1) == Some(state)
    };
    let table = std::fs::read_to_string(format!("/proc/net/{protocol}"))?;
    // A kernel without IPv6 has no table of it.
    let table6 = std::fs::read_to_string(format!("/proc/net/{protocol}6")).unwrap_or_default();
    Ok(table.lines().chain(table6.lines()).any(listens))
}
