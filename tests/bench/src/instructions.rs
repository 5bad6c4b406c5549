//! `bench instructions`: how many instructions a server executes for one request.
//!
//! ptrace(2) steps the server's main thread from instruction to instruction while a client sends
//! requests. With `--engine event-loop` that thread runs every session; the kernel and other threads are
//! not counted. A repeated string instruction (`rep movsb`, which copies large values) counts once, as in
//! the processor's own counter. The machine's load does not change the count. Stepping is slow, so work
//! that the server does at intervals of time adds about one percent, which varies between runs.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::ftp::Session;
use crate::processes::{SERVER_CORE, pin_to};
use crate::programs::Programs;
use crate::report;
use crate::server::{Server, on_server_core};
use crate::tree::{Content, Tree};

/// Requests that fill the server's caches before any are counted.
const WARM_UP: u32 = 5;
/// A server that executes nothing for so long has finished the request.
const QUIET: Duration = Duration::from_millis(100);
const FILE_LENGTH: usize = 1_024;

type Request = Box<dyn FnMut() -> Result<()> + Send>;

struct Case {
    name: &'static str,
    title: &'static str,
    program: &'static str,
    /// How many requests are counted. One is subtracted, and with it what attaching adds.
    requests: u32,
    connect: fn(SocketAddr) -> Result<Request>,
}

#[rustfmt::skip]
const CASES: [Case; 3] = [
    Case { name: "get-1k", title: "GET of 1 KiB", program: "http-mini", requests: 33,
        connect: http },
    Case { name: "retr-1k", title: "EPSV, RETR of 1 KiB", program: "ftp-mini", requests: 17,
        connect: |server| ftp(server, "RETR file") },
    Case { name: "list-200", title: "EPSV, LIST of 200 entries", program: "ftp-mini", requests: 4,
        connect: |server| ftp(server, "LIST folder") },
];

pub(crate) fn case_names() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|case| case.name)
}

/// Prints a table of the wanted cases, with the ratio to the programs in `against`.
pub(crate) fn measure(
    programs: &Programs,
    against: Option<&Path>,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<()> {
    let tree = Tree::new(&programs.place())?;
    let content = Content::binary();
    tree.file("file", FILE_LENGTH as u64, &content)?;
    tree.folder("folder", 200, 1, &content)?;
    // Stepping needs no second core, and switching between two is slow.
    pin_to(SERVER_CORE)?;
    println!("| request | instructions | with --against | ratio |\n| --- | --- | --- | --- |");
    for case in CASES.iter().filter(|case| wanted(case.name)) {
        report::progress(case.title);
        let ours = case.count(&programs.path(case.program)?, &tree)?;
        let other = against.map(|folder| case.count(&folder.join(case.program), &tree)).transpose()?;
        let (theirs, ratio) = match other {
            Some(count) => (format!("{count:.0}"), format!("{:.3}", ours / count)),
            None => ("–".to_owned(), "–".to_owned()),
        };
        println!("| {} | {ours:.0} | {theirs} | {ratio} |", case.title);
    }
    Ok(())
}

impl Case {
    fn count(&self, program: &Path, tree: &Tree) -> Result<f64> {
        let mut command = on_server_core(program);
        command.arg("serve").arg(&tree.root).args(["--listen", "127.0.0.1:0", "--quiet"]);
        command.args(["--engine", "event-loop"]);
        let server = Server::ours(self.program, command)?;
        let mut request = (self.connect)(server.address)?;
        (0..WARM_UP).try_for_each(|_| request())?;
        let one = instructions(&server, &mut request)?;
        let all = instructions(&server, || (0..self.requests).try_for_each(|_| request()))?;
        Ok((all as f64 - one as f64) / f64::from(self.requests - 1))
    }
}

/// The instructions that the server's main thread executes until `load` is done and the server is quiet.
fn instructions(server: &Server, load: impl FnOnce() -> Result<()> + Send) -> Result<u64> {
    let server = Pid::from_raw(server.pid().context("the server has ended")?.as_raw_nonzero().get());
    ptrace::attach(server).context("cannot trace the server")?;
    waitpid(server, None)?;
    let steps = AtomicU64::new(0);
    thread::scope(|scope| {
        let load = scope.spawn(|| {
            let result = load();
            let mut before = None;
            while before != Some(steps.load(Ordering::Relaxed)) {
                before = Some(steps.load(Ordering::Relaxed));
                thread::sleep(QUIET);
            }
            // Ends the loop below, which waits for the server's next stop.
            kill(server, Signal::SIGSTOP).context("cannot stop the server")?;
            result
        });
        let (mut signal, mut last) = (None, 0);
        loop {
            ptrace::step(server, signal.take())?;
            match waitpid(server, None)? {
                WaitStatus::Stopped(_, Signal::SIGTRAP) => {
                    let next = ptrace::syscall_info(server)?.instruction_pointer;
                    steps.fetch_add(u64::from(next != last), Ordering::Relaxed);
                    last = next;
                }
                WaitStatus::Stopped(_, Signal::SIGSTOP) => break,
                WaitStatus::Stopped(_, other) => signal = Some(other),
                ended => bail!("the server has ended: {ended:?}"),
            }
        }
        ptrace::detach(server, None)?;
        load.join().map_err(|_| anyhow::anyhow!("the client panicked"))?
    })?;
    Ok(steps.into_inner())
}

fn http(server: SocketAddr) -> Result<Request> {
    let mut stream = TcpStream::connect(server)?;
    let mut answer = vec![0; FILE_LENGTH * 2];
    Ok(Box::new(move || {
        stream.write_all(b"GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let mut length = 0;
        loop {
            let read = stream.read(answer.get_mut(length..).context("an endless answer")?)?;
            ensure!(read > 0, "the server closed the connection");
            length += read;
            let answer = answer.get(..length).unwrap_or_default();
            let head = answer.windows(4).position(|window| window == b"\r\n\r\n");
            if head.is_some_and(|head| length == head + 4 + FILE_LENGTH) {
                ensure!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(answer));
                return Ok(());
            }
        }
    }))
}

fn ftp(server: SocketAddr, line: &'static str) -> Result<Request> {
    let mut session = Session::login(server)?;
    session.command("TYPE I", "200")?;
    Ok(Box::new(move || {
        let received = session.receive(line, |_| Ok(()))?;
        ensure!(received >= FILE_LENGTH as u64, "{line}: only {received} bytes");
        Ok(())
    }))
}
