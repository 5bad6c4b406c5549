//! One running server: started on its own core, killed when dropped.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::processes::{Family, SERVER_CORE};

const START_LIMIT: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    Ours,
    Peer,
    /// The cost of the kernel alone, which no server can undercut.
    Floor,
}

pub(crate) struct Server {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts a server of this project, which prints its URL and then `ready`.
    pub(crate) fn ours(name: &str, mut command: Command) -> Result<Self> {
        let child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {name}"))?;
        let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let mut server = Self { name: name.to_owned(), role: Role::Ours, address, child };
        server.address = server.announced().with_context(|| format!("{name} did not print its address"))?;
        Ok(server)
    }

    /// The address in the first line, `http://127.0.0.1:8080/`, once `ready` follows.
    fn announced(&mut self) -> Result<SocketAddr> {
        let output = self.child.stdout.as_mut().context("its output is not piped")?;
        let mut address = None;
        for line in BufReader::new(output).lines() {
            let line = line?;
            if line == "ready" {
                return address.context("no URL before `ready`");
            }
            let authority = line.split_once("://").map(|(_, rest)| rest.trim_end_matches('/'));
            address = address.or(authority.and_then(|text| text.parse().ok()));
        }
        bail!("it ended before `ready`")
    }

    /// Starts another server, configured for `port`, and waits until it answers there.
    pub(crate) fn other(name: &str, role: Role, mut command: Command, port: u16) -> Result<Self> {
        let child = command.stdout(Stdio::null()).spawn().with_context(|| format!("cannot start {name}"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut server = Self { name: name.to_owned(), role, address, child };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("{name} ended at its start ({status})");
            }
            if started.elapsed() > START_LIMIT {
                bail!("{name} does not listen on {address} after {START_LIMIT:?}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Resource usage of the server so far.
    pub(crate) fn usage(&self) -> Result<Family> {
        Family::of(self.pid().context("no process")?)
    }

    /// The name for error messages, and a note if the server has ended.
    pub(crate) fn described(&self) -> String {
        // A process that ends closes its connections first.
        std::thread::sleep(Duration::from_millis(100));
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let ended = self.pid().and_then(|pid| waitid(WaitId::Pid(pid), look).ok().flatten());
        let Some(ended) = ended else { return self.name.clone() };
        let (status, signal) = (ended.exit_status(), ended.terminating_signal());
        format!("{}, which has ended (status {status:?}, signal {signal:?})", self.name)
    }

    pub(crate) fn pid(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.id()).ok()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(family) = self.usage() {
            family.kill();
        }
        let _ = self.child.wait();
    }
}

/// A command that runs on the servers' core and is killed with this program, even if this program is killed
/// itself.
pub(crate) fn on_server_core(program: impl AsRef<OsStr>) -> Command {
    on_cores(&[SERVER_CORE], program)
}

pub(crate) fn on_cores(cores: &[usize], program: impl AsRef<OsStr>) -> Command {
    let cores: Vec<String> = cores.iter().map(usize::to_string).collect();
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "taskset", "--cpu-list", &cores.join(",")]).arg(program);
    command.stdin(Stdio::null());
    command
}

/// A free port for servers that cannot choose one. Another process may take it.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
