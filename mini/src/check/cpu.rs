//! What a process and its descendants do, from `/proc`: their CPU time (proc_pid_stat(5)), and whether they wait
//! (proc_pid_status(5)).

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant};

/// A process id.
pub(super) type Pid = u32;

/// A process that has not run for this long does nothing more by itself. One that is ready to run, on a busy machine,
/// does not count as waiting.
const STUCK: Duration = Duration::from_millis(250);
/// A process that has not run for this long has read what was sent to it.
const STILL: Duration = Duration::from_millis(40);
/// How often a process that is expected to wait soon is looked at.
pub(super) const GLANCE: Duration = Duration::from_millis(20);
/// CPU time without a byte after which a process is in an endless loop.
const SPINNING: Duration = Duration::from_secs(1);

/// Notices that a process will do nothing more, so that a case need not wait for its deadline.
#[derive(Debug)]
pub(super) struct Watchdog {
    pid: Pid,
    /// Context switches when it last ran, and when that was.
    switches: u64,
    ran_at: Instant,
    /// CPU time at the start.
    ticks: u64,
}

impl Watchdog {
    pub(super) fn new(pid: Pid) -> Self {
        Self { pid, switches: 0, ran_at: Instant::now(), ticks: ticks(pid).unwrap_or_default() }
    }

    /// Whether it waits for its peer.
    pub(super) fn is_waiting(&mut self) -> bool {
        self.has_slept(STILL)
    }

    /// Whether it waits for something that will not come, or is in an endless loop.
    pub(super) fn is_stuck(&mut self) -> bool {
        self.has_slept(STUCK) || self.is_spinning()
    }

    /// Whether it has not run for this long.
    fn has_slept(&mut self, time: Duration) -> bool {
        let (switches, is_asleep) = switches(self.pid);
        if is_asleep && switches == self.switches {
            return self.ran_at.elapsed() >= time;
        }
        (self.switches, self.ran_at) = (switches, Instant::now());
        false
    }

    fn is_spinning(&self) -> bool {
        let used = ticks(self.pid).unwrap_or_default().saturating_sub(self.ticks);
        used >= SPINNING.as_secs() * rustix::param::clock_ticks_per_second()
    }
}

/// How often the threads of a process and its descendants have begun or stopped to run, and whether all of them sleep.
fn switches(pid: Pid) -> (u64, bool) {
    let threads = processes()
        .map(|processes| family(&processes, pid).flat_map(|(id, _)| threads(id)).collect::<Vec<String>>());
    threads.unwrap_or_default().iter().fold((0, true), |(switches, is_asleep), status| {
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let count = |name: &str| field(name).trim().parse::<u64>().unwrap_or_default();
        let own = count("voluntary_ctxt_switches:") + count("nonvoluntary_ctxt_switches:");
        (switches + own, is_asleep && field("State:").trim().starts_with(['S', 'Z']))
    })
}

/// The file `status` of each thread.
#[expect(clippy::disallowed_methods, reason = "/proc is no served tree")]
fn threads(pid: Pid) -> Vec<String> {
    // It may have ended since.
    let entries = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    entries.filter_map(|entry| std::fs::read_to_string(entry.path().join("status")).ok()).collect()
}

/// The same as [`busy_share`], or nothing as soon as all of them wait: they will not run until something arrives.
pub(super) fn busy_share_unless_waiting(pid: Pid, time: Duration) -> io::Result<f64> {
    let (started, before, mut watchdog) = (Instant::now(), ticks(pid)?, Watchdog::new(pid));
    while started.elapsed() < time {
        std::thread::sleep(GLANCE);
        if watchdog.is_waiting() {
            return Ok(0.0);
        }
    }
    share(pid, before, started)
}

/// The share of one core that the process and its descendants use during `time`.
pub(super) fn busy_share(pid: Pid, time: Duration) -> io::Result<f64> {
    let (started, before) = (Instant::now(), ticks(pid)?);
    std::thread::sleep(time);
    share(pid, before, started)
}

fn share(pid: Pid, before: u64, started: Instant) -> io::Result<f64> {
    let used = ticks(pid)?.saturating_sub(before);
    let per_second = rustix::param::clock_ticks_per_second();
    Ok(used as f64 / per_second as f64 / started.elapsed().as_secs_f64())
}

struct Usage {
    parent: Pid,
    ticks: u64,
}

/// Ticks of CPU time that the process and its running descendants have used.
fn ticks(pid: Pid) -> io::Result<u64> {
    let processes = processes()?;
    if !processes.contains_key(&pid) {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("no process has the id {pid}")));
    }
    Ok(family(&processes, pid).map(|(_, usage)| usage.ticks).sum())
}

/// The running descendants of a process.
pub(super) fn descendants(pid: Pid) -> io::Result<Vec<Pid>> {
    Ok(family(&processes()?, pid).map(|(id, _)| id).filter(|id| *id != pid).collect())
}

/// A process and its descendants.
fn family(processes: &HashMap<Pid, Usage>, pid: Pid) -> impl Iterator<Item = (Pid, &Usage)> {
    let is_ours = move |mut id: Pid| {
        // A process is older than its children, so the walk to the parents ends.
        while id != pid {
            match processes.get(&id) {
                Some(usage) if usage.parent != 0 && usage.parent != id => id = usage.parent,
                _ => return false,
            }
        }
        true
    };
    processes.iter().map(|(id, usage)| (*id, usage)).filter(move |(id, _)| is_ours(*id))
}

#[expect(clippy::disallowed_methods, reason = "/proc is no served tree")]
fn processes() -> io::Result<HashMap<Pid, Usage>> {
    let mut processes = HashMap::new();
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let id = entry.file_name().to_str().and_then(|name| name.parse::<Pid>().ok());
        let Some(id) = id else { continue };
        // It may have ended since.
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let Some(usage) = parse(&stat) {
            processes.insert(id, usage);
        }
    }
    Ok(processes)
}

/// ```text
/// 4711 (a name) S 1 ...      field 4: parent; fields 14 and 15: user and system time, in ticks
/// ```
fn parse(stat: &str) -> Option<Usage> {
    // The name may contain spaces and parentheses.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let parent = fields.nth(1)?.parse().ok()?;
    let user: u64 = fields.nth(9)?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Usage { parent, ticks: user + system })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_behind_the_name() {
        let stat = "7 (a) b (c) S 4 7 7 0 -1 0 1 2 3 4 250 50 9 9 20 0 1 0";
        let usage = parse(stat).unwrap();
        assert_eq!((usage.parent, usage.ticks), (4, 300));
        assert!(parse("").is_none() && parse("7 (a) S").is_none(), "ended meanwhile");
    }

    #[test]
    fn a_process_that_waits_or_spins_is_stuck() {
        for (script, is_stuck, why) in [
            ("read line", true, "it waits for its input"),
            ("while :; do :; done", true, "it spins"),
            ("while :; do sleep 0.02; done", false, "it polls"),
        ] {
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", script]).stdin(std::process::Stdio::piped());
            let mut child = shell.spawn().unwrap();
            let mut watchdog = Watchdog::new(child.id());
            let deadline = Instant::now() + Duration::from_secs(if is_stuck { 60 } else { 1 });
            let mut found = false;
            while !found && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(20));
                found = watchdog.is_stuck();
            }
            child.kill().unwrap();
            child.wait().unwrap();
            assert_eq!(found, is_stuck, "{why}");
        }
    }

    #[test]
    fn a_missing_process_is_named() {
        let error = busy_share(Pid::MAX, Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains(&Pid::MAX.to_string()), "{error}");
    }
}
