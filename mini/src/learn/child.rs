//! A learner's function in a process of its own, with limits, which answers cases in frames.
//!
//! The frames travel over a socket that is the process's standard input, so that whatever it prints does not reach them;
//! the end of what it prints is kept for messages. A process that crashes is replaced before the next case.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use super::exercise::Limits;
use super::frames::{self, FRAME_LIMIT, Reply, SplitInput};

/// Bytes of cases that are sent before their answers are read: they fit into the socket's buffer, so that both ends
/// cannot wait for each other.
const BATCH: usize = 32 << 10;

/// How long a program may take to load.
const LOAD_TIME: Duration = Duration::from_secs(10);

/// How long a process that has closed its socket may take to end: until then it may still print why.
const END_TIME: Duration = Duration::from_millis(500);
/// How often its end is looked for.
const POLL: Duration = Duration::from_millis(2);

/// Bytes that are kept of what a process prints.
const OUTPUT_KEPT: usize = 4 << 10;

/// Lines of it that are shown.
const LINES_SHOWN: usize = 8;

/// How to start a learner's process.
#[derive(Clone)]
pub(super) struct Launch {
    pub(super) program: OsString,
    pub(super) arguments: Vec<OsString>,
    pub(super) directory: PathBuf,
    pub(super) limits: Limits,
}

impl Launch {
    /// The program and its arguments, if they are UTF-8.
    pub(super) fn command(&self) -> Option<Vec<String>> {
        let words = std::iter::once(&self.program).chain(&self.arguments);
        words.map(|word| word.to_str().map(str::to_owned)).collect()
    }
}

/// Why there is no answer to a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Crash {
    /// The function is the stub.
    NotWritten,
    /// No answer within so many seconds.
    Hang(u64),
    /// It needs more than so many MiB.
    Memory(u64),
    /// An exception or a panic.
    Raised(String),
    /// The process ended.
    Ended(String),
    /// The program does not load: a syntax error, an import that fails.
    Unloadable(String),
}

/// A function that answers cases.
pub(super) struct Runner {
    launch: Launch,
    process: Option<Process>,
}

struct Process {
    child: Child,
    frames: UnixStream,
    received: io::BufReader<UnixStream>,
    printed: Receiver<Vec<u8>>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Runner {
    pub(super) fn new(launch: Launch) -> Self {
        Self { launch, process: None }
    }

    /// Asks one case.
    pub(super) fn ask(&mut self, case: &SplitInput) -> io::Result<Result<Reply, Crash>> {
        let mut reply = Err(Crash::NotWritten);
        self.ask_all([case.clone()], |_, answer| {
            reply = answer;
            ControlFlow::Continue(())
        })?;
        Ok(reply)
    }

    /// Asks cases in order, until `judge` breaks.
    pub(super) fn ask_all(
        &mut self,
        cases: impl IntoIterator<Item = SplitInput>,
        mut judge: impl FnMut(&SplitInput, Result<Reply, Crash>) -> ControlFlow<()>,
    ) -> io::Result<()> {
        let mut cases = cases.into_iter().peekable();
        while cases.peek().is_some() {
            let (mut batch, mut bytes) = (Vec::new(), 0);
            while let Some(case) = cases.next_if(|case| bytes == 0 || bytes + case.input.len() < BATCH) {
                bytes += case.input.len() + 4 * case.ends.len() + 16;
                batch.push(case);
            }
            let mut waiting = batch.as_slice();
            while !waiting.is_empty() {
                let (answered, flow) = self.ask_batch(waiting, &mut judge)?;
                waiting = waiting.get(answered..).unwrap_or_default();
                if flow.is_break() {
                    if !waiting.is_empty() {
                        self.process = None;
                    }
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Asks cases until the first one that crashes; with how many were answered.
    fn ask_batch(
        &mut self,
        cases: &[SplitInput],
        judge: &mut impl FnMut(&SplitInput, Result<Reply, Crash>) -> ControlFlow<()>,
    ) -> io::Result<(usize, ControlFlow<()>)> {
        let mut requests = Vec::new();
        cases.iter().for_each(|case| case.write(&mut requests));
        let mut sent = false;
        for (at, case) in cases.iter().enumerate() {
            let reply = match self.running()? {
                Err(crash) => Err(crash),
                Ok(process) => {
                    if !sent {
                        // A process that has ended is noticed when its answer is read.
                        let _ = process.frames.write_all(&requests);
                        sent = true;
                    }
                    process.reply()
                }
            };
            let reply = reply.map_err(|crash| match crash {
                Crash::Unloadable(_) => crash,
                crash => self.crashed(crash),
            });
            let is_crash = reply.is_err();
            let reply = reply.and_then(|reply| self.described(reply));
            let flow = judge(case, reply);
            if is_crash || flow.is_break() {
                return Ok((at + 1, flow));
            }
        }
        Ok((cases.len(), ControlFlow::Continue(())))
    }

    /// An exception as what it means.
    fn described(&self, reply: Reply) -> Result<Reply, Crash> {
        match reply.answer {
            Ok(_) => Ok(reply),
            Err(text)
                if text.starts_with("NotImplementedError") || text.starts_with("not yet implemented") =>
            {
                Err(Crash::NotWritten)
            }
            Err(text) if text.starts_with("MemoryError") => Err(Crash::Memory(self.launch.limits.memory_mib)),
            Err(text) => Err(Crash::Raised(text)),
        }
    }

    /// The process, started if there is none.
    fn running(&mut self) -> io::Result<Result<&mut Process, Crash>> {
        if self.process.is_none() {
            let mut process = Process::start(&self.launch)?;
            process.received.get_ref().set_read_timeout(Some(LOAD_TIME))?;
            match process.frame() {
                Ok(frame) if frame == b"r" => {}
                _ => {
                    let (_, printed) = process.end();
                    return Ok(Err(Crash::Unloadable(printed)));
                }
            }
            let time = Duration::from_secs(self.launch.limits.case_seconds);
            process.received.get_ref().set_read_timeout(Some(time))?;
            process.frames.set_write_timeout(Some(time))?;
            self.process = Some(process);
        }
        Ok(self.process.as_mut().ok_or(Crash::Unloadable(String::new())))
    }

    /// Ends a process that gave no answer, and says why.
    fn crashed(&mut self, crash: Crash) -> Crash {
        let Some(process) = self.process.take() else { return crash };
        let limits = self.launch.limits;
        match (crash, process.end()) {
            (Crash::Ended(_), (status, printed)) => match status.and_then(|status| status.signal()) {
                _ if printed.contains("MemoryError") || printed.contains("memory allocation of") => {
                    Crash::Memory(limits.memory_mib)
                }
                Some(signal) if signal == rustix::process::Signal::XCPU.as_raw() => {
                    Crash::Hang(limits.cpu_seconds)
                }
                Some(signal) => Crash::Ended(format!("{printed}\nsignal {signal}").trim().to_owned()),
                None => Crash::Ended(printed),
            },
            (crash, _) => crash,
        }
    }
}

impl Process {
    fn start(launch: &Launch) -> io::Result<Self> {
        let (frames, theirs) = UnixStream::pair()?;
        let (printed, output) = io::pipe()?;
        let mut command = Command::new(&launch.program);
        command.args(&launch.arguments).current_dir(&launch.directory);
        command.stdin(OwnedFd::from(theirs)).stdout(output.try_clone()?).stderr(output);
        let child = command.spawn()?;
        // It holds copies of our ends of the socket and the pipe, which must be closed when the process ends.
        drop(command);
        limit(&child, launch.limits)?;
        Ok(Self {
            child,
            received: io::BufReader::new(frames.try_clone()?),
            frames,
            printed: keep_end(printed),
        })
    }

    fn reply(&mut self) -> Result<Reply, Crash> {
        match self.frame() {
            Ok(frame) => frames::reply(&frame).ok_or_else(|| Crash::Ended(String::new())),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                let time = self.received.get_ref().read_timeout().ok().flatten();
                Err(Crash::Hang(time.unwrap_or_default().as_secs()))
            }
            Err(_) => Err(Crash::Ended(String::new())),
        }
    }

    fn frame(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; 4];
        self.received.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length > FRAME_LIMIT {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut frame = vec![0; length];
        self.received.read_exact(&mut frame)?;
        Ok(frame)
    }

    /// Ends it; its status, unless it had to be killed, and the last lines that it printed.
    fn end(mut self) -> (Option<ExitStatus>, String) {
        let status = status_of_ending(&mut self.child);
        let _ = self.child.kill();
        (status, last_lines(&self.printed))
    }
}

/// The status of a process that has probably closed its socket, if it ends soon.
pub(super) fn status_of_ending(child: &mut Child) -> Option<ExitStatus> {
    let deadline = Instant::now() + END_TIME;
    loop {
        let status = child.try_wait().ok().flatten();
        if status.is_some() || Instant::now() >= deadline {
            return status;
        }
        thread::sleep(POLL);
    }
}

/// The last lines that a process printed, which has ended.
pub(super) fn last_lines(printed: &Receiver<Vec<u8>>) -> String {
    let printed = printed.recv_timeout(Duration::from_millis(500)).unwrap_or_default();
    let printed = String::from_utf8_lossy(&printed);
    let lines: Vec<&str> =
        printed.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("note: ")).collect();
    lines.get(lines.len().saturating_sub(LINES_SHOWN)..).unwrap_or_default().join("\n")
}

/// Applies limits to a process. What it runs before that is the interpreter's or the harness's own code.
pub(super) fn limit(child: &Child, limits: Limits) -> io::Result<()> {
    let memory = limits.memory_mib << 20;
    for (resource, most) in [(Resource::As, memory), (Resource::Cpu, limits.cpu_seconds), (Resource::Core, 0)]
    {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        match prlimit(Some(Pid::from_child(child)), resource, limit) {
            // It has ended already.
            Ok(_) | Err(rustix::io::Errno::SRCH) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Reads what a process prints, and delivers the end of it when the process ends.
pub(super) fn keep_end(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let (mut kept, mut buffer) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            kept.extend_from_slice(buffer.get(..count).unwrap_or_default());
            let excess = kept.len().saturating_sub(OUTPUT_KEPT);
            kept.drain(..excess);
        }
        // A receiver that is gone needs it no more.
        let _ = sender.send(kept);
    });
    receiver
}
