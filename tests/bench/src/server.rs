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
    /// What the kernel alone costs: no server can do less.
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
        server.address =
            server.announced().with_context(|| format!("{name} did not say where it listens"))?;
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

    /// Starts another server, which was told to listen on `port`, and waits until it answers there.
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

    /// What the server has used up to now.
    pub(crate) fn usage(&self) -> Result<Family> {
        Family::of(self.pid().context("no process")?)
    }

    /// The name, and that the server has ended if it has: for errors.
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

/// A command that runs on the servers' core and dies with this program, even when this program is
/// killed and drops nothing.
pub(crate) fn on_server_core(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "taskset", "--cpu-list", &SERVER_CORE.to_string()]).arg(program);
    command.stdin(Stdio::null());
    command
}

/// A port that was free a moment ago, for servers that cannot choose one themselves.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
