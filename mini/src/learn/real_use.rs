//! Real use: a learner's function works between our server and a real client, for the third star.
//!
//! A relay on this machine passes what the client sends through the function, and forwards the result to
//! `mini serve`. It is not a proxy for anything else: one request for each HTTP connection, and no pipelining.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use http_wire::head::{self, Head};
use http_wire::target;

use super::child::Runner;
use super::compile;
use super::folder;
use super::frames::{Case, Reply};
use super::oracle::{Answer, RealUse, Value};

/// How long a client may take.
const CLIENT_TIME: Duration = Duration::from_secs(20);

/// How long either end of a relayed connection may be silent.
const SILENCE: Duration = Duration::from_secs(10);

/// The largest content that is relayed, in bytes.
const CONTENT_LIMIT: usize = 8 << 20;

/// Names of files, and the targets by which a client requests them.
const TARGETS: &[(&str, &str)] = &[
    ("plain.txt", "/plain.txt"),
    ("two words.txt", "/two%20words.txt"),
    ("100%.txt", "/100%25.txt"),
    ("caf\u{e9}.txt", "/caf%C3%A9.txt"),
    ("a+b.txt", "/a+b.txt"),
    ("plain.txt", "/./not-here/../plain.txt"),
];

/// What went wrong.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The star needs this program, which is not installed.
    Missing(&'static str),
    /// The command that was run, and how it ended.
    Failed { command: String, outcome: String },
}

/// Lets a client use the function. `None`: everything arrived.
pub(super) fn run(real_use: RealUse, runner: Runner) -> anyhow::Result<Option<Trouble>> {
    let client = if real_use == RealUse::FtpCommand { "lftp" } else { "curl" };
    if !compile::exists(client) {
        return Ok(Some(Trouble::Missing(client)));
    }
    let place = tempfile::tempdir().context("cannot make a temporary directory")?;
    let served = place.path().join("served");
    for (name, _) in TARGETS {
        folder::write(&served.join(name), name)?;
    }
    let server = Server::start(&served)?;
    let to = if real_use == RealUse::FtpCommand { server.ftp } else { server.http };
    let relay = Relay::start(real_use, runner, to).context("cannot start a relay")?;
    match real_use {
        RealUse::HttpPath => paths(relay.address),
        RealUse::HttpContent => upload(relay.address, place.path(), &served),
        RealUse::FtpCommand => dialogue(relay.address, place.path(), &served),
    }
}

fn paths(address: SocketAddr) -> anyhow::Result<Option<Trouble>> {
    for (content, target) in TARGETS {
        let mut curl = Command::new("curl");
        curl.args(["-q", "-sS", "--path-as-is", "--max-time", "10", "--noproxy", "*"]);
        curl.arg(format!("http://{address}{target}"));
        let (is_ok, printed) = finish(&mut curl)?;
        if !is_ok || printed != *content {
            return Ok(Some(Trouble::Failed {
                command: format!("curl http://localhost{target}"),
                outcome: printed,
            }));
        }
    }
    Ok(None)
}

fn upload(address: SocketAddr, place: &Path, served: &Path) -> anyhow::Result<Option<Trouble>> {
    let content: String = (0..40_000).map(|line| format!("line {line}\r\n")).collect();
    let file = place.join("upload.txt");
    folder::write(&file, &content)?;
    let mut curl = Command::new("curl");
    curl.args([
        "-q",
        "-sS",
        "--max-time",
        "10",
        "--noproxy",
        "*",
        "-f",
        "-H",
        "Expect:",
        "-H",
        "Transfer-Encoding: chunked",
        "-T",
    ]);
    curl.arg(&file).arg(format!("http://{address}/upload.txt"));
    let (is_ok, printed) = finish(&mut curl)?;
    let arrived = folder::read(&served.join("upload.txt"));
    let is_whole = arrived.as_deref() == Some(content.as_bytes());
    Ok((!is_ok || !is_whole).then(|| Trouble::Failed {
        command: "curl -H 'Transfer-Encoding: chunked' -T upload.txt http://localhost/".into(),
        outcome: format!("{printed} {} of {} bytes", arrived.map_or(0, |bytes| bytes.len()), content.len())
            .trim()
            .into(),
    }))
}

fn dialogue(address: SocketAddr, place: &Path, served: &Path) -> anyhow::Result<Option<Trouble>> {
    let file = place.join("notes.txt");
    folder::write(&file, "notes\n")?;
    let commands = "mkdir 'my folder'; put notes.txt -o 'my folder/my  notes.txt'; get 'my folder/my  notes.txt' -o copy.txt; cls 'my folder'";
    let mut lftp = Command::new("lftp");
    let settings = "set cmd:fail-exit yes; set net:max-retries 1; set net:timeout 5; set ftp:ssl-allow no; set net:reconnect-interval-base 1";
    lftp.current_dir(place).env("HOME", place).args(["--norc", "-c"]);
    lftp.arg(format!("{settings}; open ftp://{address}; {commands}"));
    let (is_ok, printed) = finish(&mut lftp)?;
    let arrived =
        [served.join("my folder/my  notes.txt"), place.join("copy.txt")].map(|file| folder::read(&file));
    let is_whole = arrived.iter().all(|content| content.as_deref() == Some(b"notes\n"));
    Ok((!is_ok || !is_whole)
        .then(|| Trouble::Failed { command: format!("lftp -c \"{commands}\""), outcome: printed }))
}

/// Runs a client to its end; whether it succeeded, and what it printed.
fn finish(command: &mut Command) -> anyhow::Result<(bool, String)> {
    let (printed, output) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let mut child = command.spawn().context("cannot start a client")?;
    // The command holds copies of the pipe's end for writing.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let printed = super::child::keep_end(printed);
    let deadline = Instant::now() + CLIENT_TIME;
    let status = loop {
        match child.try_wait()? {
            None if Instant::now() < deadline => thread::sleep(Duration::from_millis(5)),
            status => break status,
        }
    };
    if status.is_none() {
        child.kill()?;
        child.wait()?;
    }
    let printed = printed.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
    let is_ok = status.is_some_and(|status| status.success());
    Ok((is_ok, String::from_utf8_lossy(&printed).trim_end().to_owned()))
}

/// `mini serve`, in a process of its own.
struct Server {
    child: Child,
    http: SocketAddr,
    ftp: SocketAddr,
}

impl Server {
    fn start(served: &Path) -> anyhow::Result<Self> {
        let mini = std::env::current_exe().context("cannot find mini")?;
        let mut command = Command::new(mini);
        command.arg("serve").arg(served).args([
            "--http",
            "127.0.0.1:0",
            "--ftp",
            "127.0.0.1:0",
            "--writable",
            "--quiet",
        ]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let lines = child.stdout.take().map(|out| BufReader::new(out).lines());
        let lines = lines.into_iter().flatten().map_while(Result::ok).take_while(|line| line != "ready");
        let ports: Vec<u16> = lines
            .filter_map(|line| {
                line.trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok())
            })
            .collect();
        let [http, ftp] = ports.as_slice() else {
            child.kill()?;
            child.wait()?;
            return Err(anyhow!("mini serve did not start"));
        };
        let local = |port: &u16| SocketAddr::from((Ipv4Addr::LOCALHOST, *port));
        Ok(Self { http: local(http), ftp: local(ftp), child })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Accepts clients until it is dropped.
struct Relay {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
}

impl Relay {
    fn start(real_use: RealUse, runner: Runner, to: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, runner) = (stop.clone(), Arc::new(Mutex::new(runner)));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let runner = runner.clone();
                // The client reports a connection that breaks.
                thread::spawn(move || drop(relay(real_use, &runner, client, to)));
            }
        });
        Ok(Self { address, stop })
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // The listener wakes up.
        let _ = TcpStream::connect(self.address);
    }
}

fn relay(real_use: RealUse, runner: &Mutex<Runner>, client: TcpStream, to: SocketAddr) -> io::Result<()> {
    let server = TcpStream::connect(to)?;
    for stream in [&client, &server] {
        stream.set_read_timeout(Some(SILENCE))?;
        stream.set_nodelay(true)?;
    }
    match real_use {
        RealUse::FtpCommand => ftp(runner, client, &server),
        _ => http(real_use, runner, client, &server),
    }
}

/// Asks the function about all that has arrived.
fn ask(runner: &Mutex<Runner>, input: &[u8]) -> Option<Answer> {
    let reply = runner.lock().ok()?.ask(&Case::whole(input.to_vec())).ok()?;
    match reply {
        Ok(Reply { answer: Ok(answer), .. }) => Some(answer),
        _ => None,
    }
}

/// Appends what arrives next; `false` at the end.
fn read_more(from: &mut TcpStream, into: &mut Vec<u8>) -> io::Result<bool> {
    let mut buffer = [0; 16 << 10];
    let count = from.read(&mut buffer)?;
    into.extend_from_slice(buffer.get(..count).unwrap_or_default());
    Ok(count > 0 && into.len() < CONTENT_LIMIT)
}

fn ftp(runner: &Mutex<Runner>, mut client: TcpStream, mut server: &TcpStream) -> io::Result<()> {
    let (mut replies, mut to_client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        // Either end may leave first.
        let _ = io::copy(&mut replies, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let mut input = Vec::new();
    while read_more(&mut client, &mut input)? {
        loop {
            match ask(runner, &input) {
                Some(Answer::More) => break,
                Some(Answer::Done { used: used @ 1.., value: Value::List(parts) }) if used <= input.len() => {
                    input.drain(..used);
                    server.write_all(&command_line(&parts))?;
                }
                _ => {
                    client.write_all(b"500 The function did not parse this command.\r\n")?;
                    input.clear();
                }
            }
            if input.is_empty() {
                break;
            }
        }
    }
    server.shutdown(Shutdown::Both)
}

/// The command with the verb and argument that the function found.
fn command_line(parts: &[Value]) -> Vec<u8> {
    match parts {
        [Value::Bytes(verb), Value::Bytes(argument)] => [&**verb, b" ", argument, b"\r\n"].concat(),
        [Value::Bytes(verb), ..] => [&**verb, b"\r\n"].concat(),
        _ => b"\r\n".to_vec(),
    }
}

fn http(
    real_use: RealUse,
    runner: &Mutex<Runner>,
    mut client: TcpStream,
    mut server: &TcpStream,
) -> io::Result<()> {
    let mut input = Vec::new();
    let head = loop {
        match head::parse(&input) {
            Ok(Some((head, used))) => {
                input.drain(..used);
                break head;
            }
            Ok(None) if read_more(&mut client, &mut input)? => {}
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
    };
    let (target, content) = match real_use {
        RealUse::HttpContent => (head.target().raw().to_vec(), content(runner, &mut client, input)?),
        _ => (path(runner, &head), Some(Vec::new())),
    };
    let (false, Some(content)) = (target.is_empty(), content) else {
        return client
            .write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    server.write_all(&request(&head, &target, &content))?;
    server.write_all(&content)?;
    io::copy(&mut &*server, &mut client)?;
    client.shutdown(Shutdown::Both)
}

/// The target with the path that the function found, encoded again; empty if it found none.
fn path(runner: &Mutex<Runner>, head: &Head) -> Vec<u8> {
    match ask(runner, head.target().raw()) {
        Some(Answer::Done { value: Value::Bytes(path), .. }) => {
            target::encode_path(&[b"/", &*path].concat()).into_bytes()
        }
        _ => Vec::new(),
    }
}

/// The content that the function decodes.
fn content(
    runner: &Mutex<Runner>,
    client: &mut TcpStream,
    mut input: Vec<u8>,
) -> io::Result<Option<Vec<u8>>> {
    loop {
        match ask(runner, &input) {
            Some(Answer::Done { value: Value::Bytes(content), .. }) => return Ok(Some(content)),
            Some(Answer::More) if read_more(client, &mut input)? => {}
            _ => return Ok(None),
        }
    }
}

/// The head that is sent to the server, with a length instead of chunks.
fn request(head: &Head, target: &[u8], content: &[u8]) -> Vec<u8> {
    let method = head.method_span().of(head.bytes());
    let host = head.host().unwrap_or_default();
    let mut out = [method, b" ", target, b" HTTP/1.1\r\nHost: ", host, b"\r\nConnection: close\r\n"].concat();
    if !content.is_empty() {
        out.extend_from_slice(format!("Content-Length: {}\r\n", content.len()).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out
}
