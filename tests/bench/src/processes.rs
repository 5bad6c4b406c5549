//! Processes as /proc shows them: the members of a server, their resource usage, and their core. See proc(5),
//! `/proc/pid/stat`.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};

/// Servers run here, this program on `LOAD_CORE`.
pub(crate) const SERVER_CORE: usize = 0;
pub(crate) const LOAD_CORE: usize = 1;

/// A process and its living descendants, with their resource usage so far.
pub(crate) struct Family {
    /// User and system time, including ended children that were waited for. The kernel's resolution is 10 ms.
    pub(crate) cpu: Duration,
    /// Resident memory in bytes.
    pub(crate) resident: u64,
    members: Vec<Pid>,
}

impl Family {
    pub(crate) fn of(parent: Pid) -> Result<Self> {
        let everyone = processes()?;
        let mut members = vec![parent];
        let mut grown = 0;
        while grown < members.len() {
            let known = members.clone();
            grown = known.len();
            members.extend(
                everyone
                    .iter()
                    .filter(|process| known.contains(&process.parent) && !known.contains(&process.pid))
                    .map(|process| process.pid),
            );
        }
        let (mut ticks, mut pages) = (0, 0);
        for process in everyone.iter().filter(|process| members.contains(&process.pid)) {
            ticks += process.ticks;
            pages += process.pages;
        }
        let tick = Duration::from_secs(1) / u32::try_from(rustix::param::clock_ticks_per_second())?;
        let resident = pages * u64::try_from(rustix::param::page_size())?;
        Ok(Self { cpu: tick * u32::try_from(ticks)?, resident, members })
    }

    /// Ends every member at once.
    pub(crate) fn kill(&self) {
        for member in &self.members {
            // Fails if it has already ended.
            let _ = kill_process(*member, Signal::KILL);
        }
    }
}

struct Process {
    pid: Pid,
    parent: Pid,
    ticks: u64,
    pages: u64,
}

fn processes() -> Result<Vec<Process>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").context("cannot read /proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process may end meanwhile and have no stat; the first one has no parent.
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        found.extend(parse_stat(pid, &stat));
    }
    Ok(found)
}

/// Reads the fields after the command, which may itself hold blanks and parentheses:
/// `714 (vsftpd) S 1 714 ...`.
fn parse_stat(pid: i32, stat: &str) -> Option<Process> {
    let (_, after_command) = stat.rsplit_once(") ")?;
    // proc(5) counts from 1; the first field after the command is number 3.
    let field = |number: usize| after_command.split(' ').nth(number - 3)?.trim().parse::<i64>().ok();
    let number = |position| field(position).and_then(|value| u64::try_from(value).ok());
    Some(Process {
        pid: Pid::from_raw(pid)?,
        parent: Pid::from_raw(i32::try_from(field(4)?).ok()?)?,
        ticks: number(14)? + number(15)? + number(16)? + number(17)?,
        pages: number(24)?,
    })
}

/// Binds this thread, and the threads that it starts, to one core.
pub(crate) fn pin_to(core: usize) -> Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).context("the benchmark needs two cores, numbers 0 and 1")
}

/// Raises the limit of open files for this program and its servers to the system's maximum.
pub(crate) fn raise_open_files() -> Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).context("cannot raise the open files")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_read_after_its_last_parenthesis() {
        let line = "7 (a) b) S 3 7 7 0 -1 4 1 0 0 0 10 20 30 40 20 0 1 0 99 5000 12 0\n";
        let process = parse_stat(7, line).expect("well formed");
        assert_eq!((process.parent.as_raw_nonzero().get(), process.ticks, process.pages), (3, 100, 12));
    }
}
