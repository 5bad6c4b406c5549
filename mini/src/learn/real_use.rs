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
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use http_wire::head::{self, RequestHead};
use http_wire::target;

use super::child::Runner;
use super::clients::{self, Trouble};
use super::compile;
use super::frames::{Reply, SplitInput};
use super::oracle::{Answer, RealUse, Value};

/// How long either end of a relayed connection may be silent.
const SILENCE: Duration = Duration::from_secs(10);

/// The largest content that is relayed, in bytes.
const CONTENT_LIMIT: usize = 8 << 20;

/// Lets a client use the function. `None`: everything arrived.
pub(super) fn run(real_use: RealUse, runner: Runner) -> anyhow::Result<Option<Trouble>> {
    let client = if real_use == RealUse::FtpCommand { "lftp" } else { "curl" };
    if !compile::exists(client) {
        return Ok(Some(Trouble::Missing(client)));
    }
    let place = tempfile::tempdir().context("cannot make a temporary directory")?;
    let served = clients::serve_files(place.path())?;
    let server = Server::start(&served)?;
    let to = if real_use == RealUse::FtpCommand { server.ftp } else { server.http };
    let relay = Relay::start(real_use, runner, to).context("cannot start a relay")?;
    match real_use {
        RealUse::HttpPath => clients::paths(relay.address),
        RealUse::HttpContent => clients::upload(relay.address, place.path(), &served),
        RealUse::FtpCommand => clients::dialogue(relay.address, place.path(), &served),
    }
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
    let reply = runner.lock().ok()?.ask(&SplitInput::whole(input.to_vec())).ok()?;
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
fn path(runner: &Mutex<Runner>, head: &RequestHead) -> Vec<u8> {
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
fn request(head: &RequestHead, target: &[u8], content: &[u8]) -> Vec<u8> {
    let method = head.method_span().of(head.bytes());
    let host = head.host().unwrap_or_default();
    let mut out = [method, b" ", target, b" HTTP/1.1\r\nHost: ", host, b"\r\nConnection: close\r\n"].concat();
    if !content.is_empty() {
        out.extend_from_slice(format!("Content-Length: {}\r\n", content.len()).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out
}
