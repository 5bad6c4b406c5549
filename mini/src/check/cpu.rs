//! The CPU time of a process and its descendants, from `/proc` (proc_pid_stat(5)).

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant};

/// A process id.
pub(super) type Pid = u32;

/// The share of one core that the process and its descendants use during `time`.
pub(super) fn busy_share(pid: Pid, time: Duration) -> io::Result<f64> {
    let (started, before) = (Instant::now(), ticks(pid)?);
    std::thread::sleep(time);
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
    fn a_missing_process_is_named() {
        let error = busy_share(Pid::MAX, Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains(&Pid::MAX.to_string()), "{error}");
    }
}
