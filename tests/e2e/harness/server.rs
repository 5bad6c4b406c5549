//! A server process: started on ports that the kernel chooses, found by its announcement, and stopped when
//! dropped.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, geteuid, kill_process};

use super::{TIMEOUT, Wire, binary, program};

#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Lines printed before `ready`.
    announced: Vec<String>,
    log: Arc<Log>,
    /// Lines printed after `ready`.
    output: Arc<Log>,
}

/// Standard error or output, line by line.
#[derive(Debug, Default)]
struct Log {
    lines: Mutex<Lines>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Lines {
    lines: Vec<String>,
    ended: bool,
}

impl Server {
    /// `http-mini serve`.
    pub(crate) fn http(directory: impl AsRef<Path>, options: &[&str]) -> Self {
        Self::single("http-mini", directory.as_ref(), options)
    }

    /// `ftp-mini serve`.
    pub(crate) fn ftp(directory: impl AsRef<Path>, options: &[&str]) -> Self {
        Self::single("ftp-mini", directory.as_ref(), options)
    }

    fn single(name: &str, directory: &Path, options: &[&str]) -> Self {
        let mut command = Command::new(binary(name));
        command.arg("serve").arg(directory).args(["--listen", "127.0.0.1:0"]).args(options);
        Self::start(command)
    }

    /// `mini serve`: HTTP and FTP over one tree.
    pub(crate) fn both(directory: impl AsRef<Path>, options: &[&str]) -> Self {
        let mut command = Command::new(binary("mini"));
        command.arg("serve").arg(directory.as_ref());
        command.args(["--http", "127.0.0.1:0", "--ftp", "127.0.0.1:0"]).args(options);
        Self::start(command)
    }

    /// A server of a file system of one MiB, which is mounted for it only.
    pub(crate) fn on_a_small_disk(name: &str, mounted: &Path, options: &[&str]) -> Self {
        let mut command = program::tool("unshare");
        // A test without privileges gets them in a user namespace.
        command.arg(if geteuid().is_root() { "-m" } else { "-rm" });
        command.args(["sh", "-c", "mount -t tmpfs -o size=1m none \"$1\" && exec \"$0\" serve \"$@\""]);
        command.arg(binary(name)).arg(mounted);
        command.args(["--listen", "127.0.0.1:0", "--writable", "--quiet"]).args(options);
        Self::start(command)
    }

    /// The names in a directory as the server sees it.
    pub(crate) fn names_in(&self, directory: &Path) -> Vec<OsString> {
        let inside = format!("/proc/{}/root{}", self.child.id(), directory.display());
        std::fs::read_dir(inside).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    /// Starts any command that announces itself as servers do, and waits until it is ready.
    #[track_caller]
    pub(crate) fn start(mut command: Command) -> Self {
        if !command.get_envs().any(|(name, _)| name == "XDG_STATE_HOME") {
            // Keeps state out of the home of the tests' user.
            command.env("XDG_STATE_HOME", binary("state"));
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let log = Arc::new(Log::default());
        let reader = Arc::clone(&log);
        thread::spawn(move || reader.read(BufReader::new(err)));
        let (said, received) = channel();
        let output = Arc::new(Log::default());
        let rest = Arc::clone(&output);
        thread::spawn(move || {
            let mut out = BufReader::new(out);
            let mut line = String::new();
            while line != "ready" {
                line.clear();
                if !out.read_line(&mut line).is_ok_and(|read| read > 0) {
                    return;
                }
                line.truncate(line.trim_end_matches('\n').len());
                let _ = said.send(line.clone());
            }
            rest.read(out);
        });
        let mut server = Self { child, announced: Vec::new(), log, output };
        loop {
            match received.recv_timeout(TIMEOUT) {
                Ok(line) if line == "ready" => return server,
                Ok(line) => server.announced.push(line),
                Err(_) => panic!("{command:?} is not ready: {:?} {:?}", server.announced, server.log.end()),
            }
        }
    }

    /// The lines before `ready`.
    pub(crate) fn announced(&self) -> &[String] {
        &self.announced
    }

    /// `http://127.0.0.1:4711/`, without a path after it.
    pub(crate) fn url(&self, scheme: &str) -> &str {
        let start = format!("{scheme}://");
        let found = self.announced.iter().find(|line| line.starts_with(&start));
        found.unwrap_or_else(|| panic!("no {scheme} in {:?}", self.announced))
    }

    /// The address of the scheme's listener.
    pub(crate) fn address(&self, scheme: &str) -> SocketAddr {
        let address = self.url(scheme).rsplit('/').nth(1).unwrap();
        address.replace("localhost", "127.0.0.1").parse().unwrap()
    }

    /// A connection to the HTTP port.
    pub(crate) fn connect(&self) -> Wire {
        Wire::connect(self.address("http"))
    }

    /// A GET on a connection of its own.
    #[track_caller]
    pub(crate) fn get(&self, target: &str) -> super::Response {
        self.get_with(target, "")
    }

    /// A GET with more field lines, each with its line end.
    #[track_caller]
    pub(crate) fn get_with(&self, target: &str, fields: &str) -> super::Response {
        self.connect().exchange("GET", target, fields)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The exit status, which must be available within `time`.
    #[track_caller]
    pub(crate) fn ended_within(&mut self, time: Duration) -> ExitStatus {
        program::wait(&mut self.child, time).unwrap_or_else(|| panic!("the server runs on after {time:?}"))
    }

    /// Stops the server as a service manager does; returns its log.
    #[track_caller]
    pub(crate) fn stop(mut self) -> Vec<String> {
        self.signal(Signal::TERM);
        let status = self.ended_within(TIMEOUT);
        assert_eq!(status.code(), Some(0), "a stopped server has done its work: {:?}", self.log.end());
        self.log.end()
    }

    /// Waits until the log has `count` lines that contain this text, and returns them.
    #[track_caller]
    pub(crate) fn log_lines(&self, with: impl AsRef<OsStr>, count: usize) -> Vec<String> {
        self.log.lines_with(with.as_ref().to_str().unwrap(), count)
    }

    /// The same for standard output after `ready`.
    #[track_caller]
    pub(crate) fn output_lines(&self, with: &str, count: usize) -> Vec<String> {
        self.output.lines_with(with, count)
    }

    /// All output after `ready`, until the process ends.
    pub(crate) fn output(&self) -> Vec<String> {
        self.output.end()
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Bytes that the last of `count` complete FTP transfers of a file has moved, from the log.
    #[track_caller]
    pub(crate) fn moved(&self, path: &str, count: usize) -> usize {
        let done = format!(" {path}\" 226 ");
        let line = self.log_lines(&done, count).pop().unwrap();
        let (_, behind) = line.split_once(&done).unwrap();
        behind.split(' ').next().unwrap().parse().unwrap()
    }

    /// Sizes of the unnamed files that the process has open: its running uploads.
    pub(crate) fn uploads(&self) -> Vec<u64> {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.id())).unwrap();
        let open = open.filter_map(|entry| Some(entry.ok()?.path()));
        let is_unnamed = |path: &PathBuf| {
            std::fs::read_link(path).is_ok_and(|name| name.to_string_lossy().ends_with(" (deleted)"))
        };
        open.filter(is_unnamed).filter_map(|path| Some(path.metadata().ok()?.len())).collect()
    }

    /// Resident memory of the process, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Processor time of the process.
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // proc(5): utime and stime are fields 14 and 15; the name before them ends with a parenthesis.
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        let fields: Vec<&str> = fields.split(' ').collect();
        let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 1_000 / rustix::param::clock_ticks_per_second())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let log = self.log.end();
            eprintln!("the server's log ended with {:#?}", log.get(log.len().saturating_sub(20)..));
        }
    }
}

impl Log {
    fn read(&self, mut from: impl BufRead) {
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
            self.lines.lock().unwrap().lines.push(text);
            self.more.notify_all();
            line.clear();
        }
        self.lines.lock().unwrap().ended = true;
        self.more.notify_all();
    }

    /// Waits for `count` lines that contain this text.
    #[track_caller]
    fn lines_with(&self, with: &str, count: usize) -> Vec<String> {
        let deadline = Instant::now() + TIMEOUT;
        let mut log = self.lines.lock().unwrap();
        loop {
            let found: Vec<_> = log.lines.iter().filter(|line| line.contains(with)).cloned().collect();
            if found.len() >= count {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !log.ended, "not {count} lines with {with:?} in {:?}", log.lines);
            log = self.more.wait_timeout(log, left).unwrap().0;
        }
    }

    /// All lines, after the process has ended.
    fn end(&self) -> Vec<String> {
        let log = self.lines.lock().unwrap();
        let (log, _) = self.more.wait_timeout_while(log, TIMEOUT, |log| !log.ended).unwrap();
        log.lines.clone()
    }
}
