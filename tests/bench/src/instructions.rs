//! `bench instructions`: the number of instructions that a server executes for one request.
//!
//! ptrace(2) single-steps the server's main thread while a client sends requests. With `--engine event-loop`
//! that thread runs every session; the kernel and other threads are not counted. A repeated string
//! instruction (`rep movsb`, which copies large values) counts once, as in the processor's own counter.
//!
//! Stepping slows the server down ten thousand times, so work that it does at most once a second (formatting
//! the Date field, checking the served directory) would be counted with every second request. The result is
//! the smallest count of several requests, which excludes that work unless other programs delay the stepping.

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
use crate::tree::{Content, FileSystem, Tree};

/// Requests before counting, which fill the server's caches.
const WARM_UP: u32 = 5;
/// A server that executes nothing for this time has finished the request.
const QUIET: Duration = Duration::from_millis(20);
const FILE_LENGTH: usize = 1_024;

type Request = Box<dyn FnMut() -> Result<()> + Send>;

struct Case {
    name: &'static str,
    title: &'static str,
    program: &'static str,
    /// How many requests are counted.
    requests: u32,
    connect: fn(SocketAddr) -> Result<Request>,
}

#[rustfmt::skip]
const CASES: [Case; 4] = [
    Case { name: "get-1k", title: "GET of 1 KiB", program: "http-mini", requests: 16,
        connect: |server| http(server, b"GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n") },
    Case { name: "get-browser", title: "the same with a browser's 15 fields", program: "http-mini", requests: 16,
        connect: |server| http(server, BROWSER) },
    Case { name: "retr-1k", title: "EPSV, RETR of 1 KiB", program: "ftp-mini", requests: 12,
        connect: |server| ftp(server, "RETR file") },
    Case { name: "list-200", title: "EPSV, LIST of 200 entries", program: "ftp-mini", requests: 4,
        connect: |server| ftp(server, "LIST folder") },
];

/// A head as Chromium sends it.
const BROWSER: &[u8] = b"GET /file HTTP/1.1\r\n\
    Host: localhost:8080\r\n\
    Connection: keep-alive\r\n\
    sec-ch-ua: \"Not;A=Brand\";v=\"99\", \"Chromium\";v=\"139\"\r\n\
    sec-ch-ua-mobile: ?0\r\n\
    sec-ch-ua-platform: \"Linux\"\r\n\
    Upgrade-Insecure-Requests: 1\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8\r\n\
    Sec-Fetch-Site: none\r\n\
    Sec-Fetch-Mode: navigate\r\n\
    Sec-Fetch-User: ?1\r\n\
    Sec-Fetch-Dest: document\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Accept-Language: id-ID,id;q=0.9,en;q=0.8\r\n\
    Cache-Control: max-age=0\r\n\r\n";

pub(crate) fn case_names() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|case| case.name)
}

/// Prints a table of the selected cases, with the ratio to the programs in `against`.
pub(crate) fn measure(
    programs: &Programs,
    against: Option<&Path>,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<()> {
    let tree = Tree::new(&programs.place(), FileSystem::Disk)?;
    let content = Content::binary();
    tree.file("file", FILE_LENGTH as u64, &content)?;
    tree.folder("folder", 200, 1, &content)?;
    // Stepping does not use a second core, and switching between cores is slow.
    pin_to(SERVER_CORE)?;
    println!("| request | instructions | with --against | ratio |\n| --- | --- | --- | --- |");
    for case in CASES.iter().filter(|case| wanted(case.name)) {
        report::progress(case.title);
        let ours = case.count(&programs.path(case.program)?, &tree)?;
        let other = against.map(|folder| case.count(&folder.join(case.program), &tree)).transpose()?;
        let (theirs, ratio) = match other {
            Some(count) => (count.to_string(), format!("{:.3}", ours as f64 / count as f64)),
            None => ("–".to_owned(), "–".to_owned()),
        };
        println!("| {} | {ours} | {theirs} | {ratio} |", case.title);
    }
    Ok(())
}

impl Case {
    fn count(&self, program: &Path, tree: &Tree) -> Result<u64> {
        let mut command = on_server_core(program);
        command.arg("serve").arg(&tree.root).args(["--listen", "127.0.0.1:0", "--quiet"]);
        command.args(["--engine", "event-loop"]);
        let server = Server::ours(self.program, command)?;
        let mut request = (self.connect)(server.address)?;
        (0..WARM_UP).try_for_each(|_| request())?;
        instructions(&server, &mut request, self.requests)
    }
}

/// The smallest count of instructions that the server's main thread executes for a request.
fn instructions(server: &Server, request: &mut Request, requests: u32) -> Result<u64> {
    let server = Pid::from_raw(server.pid().context("the server has ended")?.as_raw_nonzero().get());
    ptrace::attach(server).context("cannot trace the server")?;
    waitpid(server, None)?;
    let steps = AtomicU64::new(0);
    thread::scope(|scope| {
        let load = scope.spawn(|| {
            let counts = (0..requests).map(|_| {
                let before = quiet(&steps);
                request().map(|()| quiet(&steps) - before)
            });
            let counts = counts.collect::<Result<Vec<u64>>>();
            // Ends the loop below, which waits for the server's next stop.
            kill(server, Signal::SIGSTOP).context("cannot stop the server")?;
            counts?.into_iter().min().context("no request was counted")
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
    })
}

/// Waits until nothing is counted for [`QUIET`].
fn quiet(steps: &AtomicU64) -> u64 {
    loop {
        let before = steps.load(Ordering::Relaxed);
        thread::sleep(QUIET);
        if steps.load(Ordering::Relaxed) == before {
            return before;
        }
    }
}

fn http(server: SocketAddr, head: &'static [u8]) -> Result<Request> {
    let mut stream = TcpStream::connect(server)?;
    let mut answer = vec![0; FILE_LENGTH * 2];
    Ok(Box::new(move || {
        stream.write_all(head)?;
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
