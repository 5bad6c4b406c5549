//! Disk faults at every call of an upload: strace makes the n-th fsync, write, rename or link fail, or kills
//! the server there, for every n. Nothing is acknowledged that is not stored, earlier files are unchanged, no
//! partial upload is kept that may be incomplete, and the same upload succeeds afterwards.
//!
//! strace counts the calls of each thread. So that the n-th call is the n-th of the upload, the server gets
//! no second thread for blocking calls: they are queued for the first one.
//!
//! `DISK_FAULTS=all` combines every fault with every call; `tests/long` sets it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

use crate::harness::program::tool;
use crate::harness::{Server, TIMEOUT, Tree, at_once, binary, tree, wait_until};

/// Three writes of at most 256 KiB.
const SIZE: usize = 600_000;
/// Bytes sent by an interrupted upload.
const PARTIAL: usize = 100_000;
/// An upper bound of the calls of one kind in an upload.
const MOST_CALLS: usize = 20;

/// Threads that the server starts: for the log, signals, sweeping, and calls that block.
const THREADS: usize = 4;

/// Each has a counter of its own.
const CALLS: [&str; 5] = ["fsync", "pwrite64", "linkat", "renameat", "renameat2"];

/// Calls that are retried when a signal interrupts them. The program loader retries neither `openat` nor
/// `read`, so these are left out.
const RETRIED: &str = "fsync,pwrite64,linkat,renameat,renameat2,ftruncate,fchmod,fchown,utimensat,flock,\
                       unlinkat,openat2,mkdirat,sendfile";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Error(&'static str),
    Kill,
}
use Fault::{Error, Kill};

impl Fault {
    /// The reply that reports it over HTTP, or else over FTP. `None`: it is not reported.
    fn reply(self, is_http: bool) -> Option<u16> {
        let (status, code) = match self {
            Error("EIO") => (500, 451),
            Error("ENOSPC") => (507, 452),
            Error("EDQUOT") => (507, 552),
            Error(_) | Kill => return None,
        };
        Some(if is_http { status } else { code })
    }

    fn injected(self, calls: &str, when: &str) -> String {
        match self {
            Error(error) => format!("inject={calls}:error={error}:when={when}"),
            Kill => format!("inject={calls}:signal=KILL:when={when}"),
        }
    }
}

struct Upload {
    name: &'static str,
    /// Uploads [`content`] to `f` and returns the final reply. Fails when the server is killed.
    run: fn(&Server, &mut Kept) -> io::Result<u16>,
    before: Option<&'static [u8]>,
    /// The file is written in place, from this offset.
    in_place: Option<usize>,
    /// The least number of calls of each of [`CALLS`].
    calls: [usize; 5],
}

/// Bytes of a partial upload that the server has reported as kept.
struct Kept(u64);

const UPLOADS: [Upload; 9] = [
    Upload {
        name: "PUT",
        run: |server, _| put(server),
        before: None,
        in_place: None,
        calls: [2, 3, 1, 0, 0],
    },
    Upload {
        name: "PUT over",
        run: |server, _| put(server),
        before: Some(b"before"),
        in_place: None,
        calls: [2, 3, 2, 1, 0],
    },
    Upload {
        name: "STOR",
        run: |server, _| stor(server, 0),
        before: None,
        in_place: None,
        calls: [2, 3, 1, 0, 0],
    },
    Upload {
        name: "STOR over",
        run: |server, _| stor(server, 0),
        before: Some(b"before"),
        in_place: None,
        calls: [2, 3, 2, 1, 0],
    },
    Upload {
        name: "REST and STOR",
        run: |server, _| stor(server, 3),
        before: Some(b"before"),
        in_place: Some(3),
        calls: [1, 3, 0, 0, 0],
    },
    Upload {
        name: "APPE",
        run: |server, _| appe(server),
        before: Some(b"before"),
        in_place: Some(6),
        calls: [1, 3, 0, 0, 0],
    },
    Upload {
        name: "STOR resumed by REST",
        run: |server, kept| stor_in_two(server, kept, ResumedBy::Rest),
        before: None,
        in_place: None,
        calls: [4, 4, 1, 1, 1],
    },
    Upload {
        name: "STOR resumed by APPE",
        run: |server, kept| stor_in_two(server, kept, ResumedBy::Appe),
        before: None,
        in_place: None,
        calls: [4, 4, 1, 1, 1],
    },
    Upload { name: "resumed PATCH", run: patch_in_two, before: None, in_place: None, calls: [4, 4, 1, 1, 1] },
];

fn content() -> Vec<u8> {
    tree::pattern(SIZE)
}

impl Upload {
    /// The content before the upload, which a failure must preserve.
    fn stays(&self) -> &[u8] {
        &self.before.unwrap_or_default()[..self.in_place.unwrap_or(0)]
    }

    fn is_http(&self) -> bool {
        self.name.contains("PUT") || self.name.contains("PATCH")
    }

    /// The reply that acknowledges the upload.
    fn acknowledgement(&self, exists: bool) -> u16 {
        match (self.is_http(), exists) {
            (true, false) => 201,
            (true, true) => 204,
            (false, _) => 226,
        }
    }

    /// The file after an acknowledged upload.
    fn after(&self) -> Vec<u8> {
        [self.stays(), &content()].concat()
    }

    /// Runs one upload with this fault and returns whether the fault occurred.
    fn check(&self, fault: Fault, calls: &str, when: &str) -> bool {
        let (served, workdir) = (Tree::new(), Tree::new());
        let (file, trace) = (served.join("f"), workdir.join("trace"));
        if let Some(before) = self.before {
            fs::write(&file, before).unwrap();
        }
        let why = format!("{}, {fault:?} at {calls} {when}", self.name);
        let mut kept = Kept(0);
        let mut server = start(&served, Some((calls, &fault.injected(calls, when), &trace)));
        let reply = (self.run)(&server, &mut kept);
        let is_killed = fault == Kill && reply.is_err();
        match is_killed {
            true => drop(server.ended_within(TIMEOUT)),
            false => drop(server.stop()),
        }
        let trace = fs::read_to_string(&trace).unwrap();
        let traced = trace.lines().filter(|line| !line.contains("clone3"));
        let has_happened = is_killed || traced.clone().any(|line| line.contains("(INJECTED)"));
        // strace may report the call at which the process was killed for its main thread as well.
        if CALLS.contains(&calls) && !is_killed {
            let call = format!(" {calls}(");
            let called = traced.filter(|line| line.contains(&call)).filter_map(|line| line.split(' ').next());
            let threads: BTreeSet<_> = called.collect();
            assert!(threads.len() <= 1, "{why}: the calls of several threads are counted: {trace}");
        }

        let found = fs::read(&file).ok();
        let is_unchanged = found.as_deref() == self.before;
        let is_stored = found.as_deref() == Some(&self.after());
        match reply {
            Ok(reply) if reply == self.acknowledgement(self.before.is_some()) => {
                assert!(is_stored, "{why}: acknowledged and not stored");
                // The data is in memory; whether it is on disk, only the error shows. A client whose partial
                // upload was not kept has sent everything again.
                let is_reported = has_happened && fault.reply(self.is_http()).is_some();
                let has_begun_anew = self.name.starts_with("STOR resumed") && kept.0 == 0;
                assert!(!is_reported || has_begun_anew, "{why}: acknowledged in spite of the error");
            }
            Ok(reply) => {
                assert!(has_happened && fault.reply(self.is_http()) == Some(reply), "{why}: {reply}");
                // The file already has its name when synchronising the directory fails.
                let is_seen = calls == "fsync" && is_stored;
                let is_cut_back = self.in_place.is_some() && found.as_deref() == Some(self.stays());
                assert!(is_unchanged || is_seen || is_cut_back, "{why}: neither old nor new");
                for (name, size) in own_files(served.path()) {
                    // The content was synchronised before the rename.
                    let is_whole = calls.starts_with("rename") && size == SIZE as u64;
                    let is_durable = name.starts_with(".mini~part-") && (size <= kept.0 || is_whole);
                    assert!(is_durable, "{why}: {name} of {size} bytes is left, {} were reported", kept.0);
                }
            }
            Err(error) => {
                assert!(is_killed, "{why}: {error}");
                let written = found.as_deref().and_then(|found| found.strip_prefix(self.stays()));
                let is_torn = self.in_place.is_some() && written.is_some_and(|it| content().starts_with(it));
                assert!(is_unchanged || is_stored || is_torn, "{why}: neither old nor new");
            }
        }

        if self.in_place.is_some() {
            fs::write(&file, self.before.unwrap()).unwrap();
        }
        if !has_happened || self.before.is_none() {
            let _ = fs::remove_file(&file);
        }
        if let (Some(before), false) = (self.before, file.exists()) {
            fs::write(&file, before).unwrap();
        }
        // An upload that was stored before its failure has left the file.
        let expected = self.acknowledgement(file.exists());
        let server = start(&served, None);
        let retried = (self.run)(&server, &mut kept).unwrap();
        assert_eq!(retried, expected, "{why}: when it is retried");
        assert!(fs::read(&file).unwrap() == self.after(), "{why}: other content when it is tried again");
        wait_until(|| own_files(served.path()).is_empty());
        has_happened
    }
}

fn start(served: &Tree, fault: Option<(&str, &str, &Path)>) -> Server {
    let mut command = match fault {
        None => std::process::Command::new(binary("mini")),
        Some((calls, inject, trace)) => {
            let mut strace = tool("strace");
            // With -D the server is our child, and strace is the server's child. --seccomp-bpf is not used:
            // with it, strace 6.1 injects only the first signal.
            strace.args(["-D", "-f", "-qq", "-e", &format!("trace=clone3,{calls}"), "-e", inject]);
            strace
                .args(["-e", &format!("inject=clone3:error=EAGAIN:when={}+", THREADS + 1), "-o"])
                .arg(trace);
            strace.arg(binary("mini"));
            strace
        }
    };
    command.arg("serve").arg(served.path()).args(["--http", "127.0.0.1:0", "--ftp", "127.0.0.1:0"]);
    command.args(["--writable", "--quiet", "--engine", "event-loop"]);
    Server::start(command)
}

/// Names of the server's own files, with their sizes.
fn own_files(directory: &Path) -> Vec<(String, u64)> {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    let entries = entries.map(|entry| (entry.file_name().into_string().unwrap(), entry));
    let own = entries.filter(|(name, _)| name.starts_with(".mini~"));
    own.filter_map(|(name, entry)| Some((name, entry.metadata().ok()?.len()))).collect()
}

/// A connection that may end at any time.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn connect(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(to)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self(BufReader::new(stream)))
    }

    fn read(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.0.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line),
        }
    }

    /// Sends an FTP command and returns its reply.
    fn say(&mut self, command: &str) -> io::Result<(u16, String)> {
        self.0.get_mut().write_all(format!("{command}\r\n").as_bytes())?;
        self.reply()
    }

    fn reply(&mut self) -> io::Result<(u16, String)> {
        let line = self.read()?;
        Ok((line[..3].parse().expect(&line), line[4..].trim_end().to_owned()))
    }
}

/// Sends an HTTP request; returns the status and the field with the offset that is kept.
fn request(server: &Server, method: &str, fields: &str, content: &[u8]) -> io::Result<(u16, Option<u64>)> {
    let mut line = Connection::connect(server.address("http"))?;
    let length = content.len();
    let head = format!("{method} /f HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{fields}\r\n");
    // The response may arrive before all content is sent.
    let _ = line.0.get_mut().write_all(&[head.as_bytes(), content].concat());
    let status = line.read()?;
    let mut offset = None;
    loop {
        let field = line.read()?.to_ascii_lowercase();
        if field == "\r\n" {
            return Ok((status.split(' ').nth(1).and_then(|code| code.parse().ok()).expect(&status), offset));
        }
        offset =
            offset.or(field.strip_prefix("upload-offset: ").map(|digits| digits.trim().parse().unwrap()));
    }
}

fn put(server: &Server) -> io::Result<u16> {
    Ok(request(server, "PUT", "", &content())?.0)
}

fn patch_in_two(server: &Server, kept: &mut Kept) -> io::Result<u16> {
    let fields = |offset, rest| {
        format!(
            "Content-Type: application/partial-upload\r\nUpload-Offset: {offset}\r\nUpload-Complete: {rest}\r\n"
        )
    };
    let started = request(server, "PATCH", &fields(0, "?0"), &content()[..PARTIAL])?;
    if started.0 != 204 {
        return Ok(started.0);
    }
    kept.0 = started.1.unwrap();
    assert_eq!(kept.0, PARTIAL as u64);
    let (status, offset) = request(server, "HEAD", "", b"")?;
    assert_eq!((status, offset), (204, Some(kept.0)), "acknowledged bytes are kept");
    Ok(request(server, "PATCH", &fields(PARTIAL, "?1"), &content()[PARTIAL..])?.0)
}

fn login(server: &Server) -> io::Result<Connection> {
    let mut control = Connection::connect(server.address("ftp"))?;
    control.reply()?;
    for command in ["USER anonymous", "PASS guest@", "TYPE I"] {
        control.say(command)?;
    }
    Ok(control)
}

/// Sends content by these commands; returns the reply that ends the transfer.
fn send(server: &Server, control: &mut Connection, commands: &[String], content: &[u8]) -> io::Result<u16> {
    let (_, passive) = control.say("EPSV")?;
    let port = passive.split('|').nth(3).and_then(|port| port.parse().ok()).expect(&passive);
    let mut data = TcpStream::connect(SocketAddr::new(server.address("ftp").ip(), port))?;
    for command in commands {
        match control.say(command)?.0 {
            // STOR and APPE; ALLO; REST.
            150 | 200 | 350 => {}
            refused => return Ok(refused),
        }
    }
    // The server may abort before it has read everything.
    let _ = data.write_all(content);
    drop(data);
    Ok(control.reply()?.0)
}

fn stor(server: &Server, offset: usize) -> io::Result<u16> {
    send(server, &mut login(server)?, &[format!("REST {offset}"), "STOR f".into()], &content())
}

fn appe(server: &Server) -> io::Result<u16> {
    send(server, &mut login(server)?, &["APPE f".into()], &content())
}

/// How an FTP client resumes an upload after it has requested the size.
#[derive(Clone, Copy)]
enum ResumedBy {
    Rest,
    Appe,
}

fn stor_in_two(server: &Server, kept: &mut Kept, by: ResumedBy) -> io::Result<u16> {
    let mut control = login(server)?;
    let started =
        send(server, &mut control, &[format!("ALLO {SIZE}"), "STOR f".into()], &content()[..PARTIAL])?;
    if started != 426 {
        return Ok(started);
    }
    let offset = match control.say("SIZE f")? {
        (213, size) => {
            kept.0 = PARTIAL as u64;
            size.parse().unwrap()
        }
        _ => 0,
    };
    let commands = match by {
        ResumedBy::Rest => vec![format!("REST {offset}"), "STOR f".into()],
        ResumedBy::Appe => vec!["APPE f".into()],
    };
    send(server, &mut control, &commands, &content()[offset..])
}

/// Each fault at the n-th call, for every n that occurs in an upload.
#[test]
fn a_failed_write_is_never_acknowledged() {
    let few: &[Fault] = &[Error("EIO")];
    let all: &[Fault] = &[Error("EIO"), Error("ENOSPC"), Error("EDQUOT"), Error("EINTR"), Kill];
    let faults = if std::env::var("DISK_FAULTS").is_ok_and(|faults| faults == "all") { all } else { few };
    at_once(&UPLOADS, |upload| {
        for &fault in faults {
            let most = |calls: &&str| {
                let nth = (1..=MOST_CALLS).find(|nth| !upload.check(fault, calls, &nth.to_string()));
                nth.unwrap_or_else(|| panic!("{}: there is no end of {calls}", upload.name)) - 1
            };
            let made = CALLS.each_ref().map(most);
            eprintln!("{}, {fault:?} at each of {made:?} {CALLS:?}", upload.name);
            let least = upload.calls;
            assert!(made.iter().zip(least).all(|(made, least)| *made >= least), "{}: {made:?}", upload.name);
        }
    });
}

/// Every other call is interrupted by a signal.
#[test]
fn interrupted_system_calls_are_retried() {
    at_once(&UPLOADS, |upload| {
        assert!(upload.check(Error("EINTR"), RETRIED, "1+2"), "{}: nothing was interrupted", upload.name);
    });
}
