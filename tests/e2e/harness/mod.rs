//! Shared by the cases: server processes, trees, raw connections, other programs.

pub(crate) mod activation;
mod binaries;
pub(crate) mod capture;
mod certificates;
pub(crate) mod cgroup;
pub(crate) mod fault;
pub(crate) mod ftp;
pub(crate) mod link;
mod marionette;
pub(crate) mod peers;
pub(crate) mod ports;
pub(crate) mod program;
mod response;
pub(crate) mod scripted;
mod server;
pub(crate) mod slow_files;
mod terminal_user;
pub(crate) mod tree;
pub(crate) mod workdir;

mod tests;
pub(crate) mod webdriver;
mod wire;

use std::time::{Duration, Instant};

pub(crate) use binaries::binary;
pub(crate) use certificates::Certificates;
pub(crate) use response::Response;
pub(crate) use server::Server;
pub(crate) use terminal_user::TerminalUser;
pub(crate) use tree::Tree;
pub(crate) use wire::Wire;
pub(crate) use workdir::WorkDir;

/// Longer than any wait of a working test, even on a busy machine, and shorter than the server's idle timeout.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(50);

/// Ends of waits that the server limits to ten seconds. A busy machine adds some; the next longer limit is 30 seconds.
pub(crate) const TEN_SECONDS: std::ops::Range<Duration> = Duration::from_secs(9)..Duration::from_secs(25);

/// What happens promptly takes less, even on a busy machine; draining would take ten seconds.
pub(crate) const PROMPT: Duration = Duration::from_secs(8);

/// Every engine. Eight threads are more than any case needs at a time.
pub(crate) const ENGINES: [&str; 4] = ["per-core", "event-loop", "pool:8", "threads"];

/// Runs a case on each engine; a failure names the engine.
pub(crate) fn for_each_engine(mut case: impl FnMut(&str)) {
    for engine in ENGINES {
        let running = Running(engine);
        case(engine);
        drop(running);
    }
}

/// The same at once, for a case that waits most of its time.
pub(crate) fn at_once_on_each_engine(case: impl Fn(&str) + Sync) {
    at_once(&ENGINES, |engine| {
        let running = Running(engine);
        case(engine);
        drop(running);
    });
}

/// Names the engine when a case panics.
struct Running(&'static str);

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("this was with --engine {}", self.0);
        }
    }
}

/// Runs a case for each row, concurrently, because most wait for a network. Every failure is printed.
pub(crate) fn at_once<T: Sync>(rows: &[T], case: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| rows.iter().for_each(|row| drop(scope.spawn(|| case(row)))));
}

/// Polls for a condition that has no event.
#[track_caller]
pub(crate) fn wait_until(mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !holds() {
        assert!(Instant::now() < deadline, "the condition is not met in time");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Bytes as a failure shows them.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let start = bytes.get(..400).unwrap_or(bytes);
    let more = if start.len() < bytes.len() { "..." } else { "" };
    format!("{}{more}", start.escape_ascii())
}

/// Raises the soft limit of descriptors: a thousand connections need more than the usual 1,024.
pub(crate) fn raise_descriptors(needed: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    assert!(
        maximum.is_none_or(|most| most >= needed),
        "the hard limit of descriptors (ulimit -Hn) is {maximum:?}; this needs {needed}"
    );
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}
