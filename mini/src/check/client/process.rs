//! The process of a client: how it is started, what it prints, and how it ends.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use syntax::rule::Language;

use super::super::case::{Deviation, Evidence, choose};
use super::super::cpu::{Pid, Watchdog};
use super::{ClientProgram, Command};

/// How often the end of a process is looked for.
const POLL: Duration = Duration::from_millis(10);
/// Bytes of a program's output that are kept.
const OUTPUT: u64 = 1 << 20;

/// A running client.
pub(super) struct Process {
    child: Child,
    out: JoinHandle<Vec<u8>>,
    err: JoinHandle<Vec<u8>>,
}

impl Process {
    pub(super) fn start(command: &Command, address: SocketAddr) -> io::Result<Self> {
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        let mut words =
            command.words.iter().map(|word| word.replace("{host}", &host).replace("{port}", &port));
        let program = words.next().unwrap_or_default();
        let started = std::process::Command::new(&program)
            .args(words)
            // A backtrace would displace the message of a panic.
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child =
            started.map_err(|error| io::Error::new(error.kind(), format!("{program}: {error}")))?;
        (command.prepare)(&child)?;
        let input = command.input.clone();
        if let Some(mut stdin) = child.stdin.take() {
            // A client that does not read its input is none that fails.
            thread::spawn(move || stdin.write_all(input.as_bytes()));
        }
        let (out, err) = (collect(child.stdout.take()), collect(child.stderr.take()));
        Ok(Self { child, out, err })
    }

    pub(super) fn id(&self) -> Pid {
        self.child.id()
    }

    pub(super) fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Waits until it ends or has read what was sent, at most for this long.
    pub(super) fn pause(&mut self, wait: Duration) {
        self.watch(wait, Watchdog::is_waiting);
    }

    /// Waits until it ends or is stuck, and ends it.
    pub(super) fn end_if_stuck(self, wait: Duration) -> End {
        self.end_when(wait, Watchdog::is_stuck)
    }

    /// Waits for its end, and ends it.
    pub(super) fn end(self, wait: Duration) -> End {
        self.end_when(wait, |_| false)
    }

    /// Waits until it ends or `is_over`, at most for this long.
    fn watch(&mut self, wait: Duration, is_over: impl Fn(&mut Watchdog) -> bool) -> Option<ExitStatus> {
        let (deadline, mut watchdog) = (Instant::now() + wait, Watchdog::new(self.child.id()));
        loop {
            match self.child.try_wait() {
                Ok(None) if Instant::now() < deadline && !is_over(&mut watchdog) => thread::sleep(POLL),
                status => return status.ok().flatten(),
            }
        }
    }

    fn end_when(mut self, wait: Duration, is_over: impl Fn(&mut Watchdog) -> bool) -> End {
        let started = Instant::now();
        let status = self.watch(wait, is_over);
        let waited = started.elapsed();
        let _ = self.child.kill();
        let _ = self.child.wait();
        let text = |output: JoinHandle<Vec<u8>>| output.join().unwrap_or_default();
        // A signal is shown as shells do.
        let code = status.map(|status| status.code().unwrap_or(128));
        End { code, waited, out: text(self.out), err: text(self.err) }
    }
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.by_ref().take(OUTPUT).read_to_end(&mut bytes);
            let _ = io::copy(&mut pipe, &mut io::sink());
        }
        bytes
    })
}

/// How a client ended.
pub(super) struct End {
    /// Its exit code; `None`: it did not end, and was killed.
    pub(super) code: Option<i32>,
    waited: Duration,
    pub(super) out: Vec<u8>,
    pub(super) err: Vec<u8>,
}

impl End {
    pub(super) fn failure(
        &self,
        client: &ClientProgram,
        expected: String,
        sent: Vec<u8>,
        message: Vec<u8>,
    ) -> Deviation {
        let observed = self.describe(client.language);
        Deviation::Failed(Evidence { sent, expected, received: message, observed })
    }

    pub(super) fn describe(&self, language: Language) -> String {
        let err = String::from_utf8_lossy(&self.err);
        // A panic of Rust ends with advice, a traceback of Python with the error.
        let last = err.lines().rfind(|line| !line.starts_with("note: ") && !line.trim().is_empty());
        let last = last.map(|line| format!(": {line}"));
        let last = last.unwrap_or_default();
        match self.code {
            Some(code) => choose(
                language,
                format!("the client ended with exit code {code}{last}"),
                format!("klien berakhir dengan kode keluar {code}{last}"),
            ),
            None => choose(
                language,
                format!("the client was still running after {:.1} s", self.waited.as_secs_f32()),
                format!("klien masih berjalan setelah {:.1} detik", self.waited.as_secs_f32()),
            ),
        }
    }
}
