//! Text in a content coding: beside a plain file of the same length, and beside other servers, with precompressed
//! siblings and without.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::KIB;
use super::answer::Expected;
use super::load::{Ask, Busy, Clients};
use super::peers::Peers;
use crate::report::{self, Goals};
use crate::rounds::{Load, Plan, compare};
use crate::server::{Role, Server};
use crate::tree::{Content, Tree};

/// Timeout of an expected response, and of the coding of a large file.
const SILENCE_LIMIT: Duration = Duration::from_secs(5);
const CONNECTIONS: usize = 16;

/// The text is three times as long as its coded form.
const TEXTS: [(&str, u64); 3] =
    [("text-100k.txt", 310 * KIB), ("text-1m.txt", 3_150 * KIB), (LARGEST, 16 * KIB * KIB)];
/// The largest text that our server codes.
pub(super) const LARGEST: &str = "text-5m.txt";
const WITH_SIBLING: (&str, u64) = ("sibling.txt", 310 * KIB);
const PLAIN: &str = "plain.bin";

pub(super) struct Case {
    pub(super) name: &'static str,
    title: &'static str,
    file: (&'static str, u64),
    beside: Beside,
    goals: Goals,
}

#[derive(Clone, Copy)]
enum Beside {
    /// Our server, with a file that is as long as the coded form.
    PlainFile,
    Nginx(&'static str),
    Caddy(&'static str),
    StaticWebServer(&'static str),
}

const AS_FAST: Goals = Goals { cpu_to_peer: Some(1.1), cpu_to_floor: None, rate_to_peer: 0.9 };
const FASTER: Goals = Goals { cpu_to_peer: Some(0.9), cpu_to_floor: None, rate_to_peer: 1.0 };

#[rustfmt::skip]
pub(super) const CASES: [Case; 9] = [
    Case { name: "coded-100k", title: "text coded to 100 KiB, to a plain file", file: TEXTS[0],
        beside: Beside::PlainFile, goals: AS_FAST },
    Case { name: "coded-1m", title: "text coded to 1 MiB, to a plain file", file: TEXTS[1],
        beside: Beside::PlainFile, goals: AS_FAST },
    Case { name: "coded-5m", title: "text coded to 5 MiB, to a plain file", file: TEXTS[2],
        beside: Beside::PlainFile, goals: AS_FAST },
    Case { name: "coded-nginx", title: "text coded to 100 KiB, by the server", file: TEXTS[0],
        beside: Beside::Nginx("gzip on; gzip_types *;"), goals: FASTER },
    Case { name: "coded-caddy", title: "text coded to 100 KiB, by the server", file: TEXTS[0],
        beside: Beside::Caddy("encode gzip\nfile_server"), goals: FASTER },
    Case { name: "coded-sws", title: "text coded to 100 KiB, by the server", file: TEXTS[0],
        beside: Beside::StaticWebServer("--compression=true"), goals: FASTER },
    Case { name: "sibling-nginx", title: "text with a sibling of 100 KiB", file: WITH_SIBLING,
        beside: Beside::Nginx("gzip_static on; sendfile on; tcp_nopush on;"), goals: FASTER },
    Case { name: "sibling-caddy", title: "text with a sibling of 100 KiB", file: WITH_SIBLING,
        beside: Beside::Caddy("file_server {\nprecompressed gzip\n}"), goals: FASTER },
    Case { name: "sibling-sws", title: "text with a sibling of 100 KiB", file: WITH_SIBLING,
        beside: Beside::StaticWebServer("--compression-static=true"), goals: FASTER },
];

/// Makes the files of the cases.
pub(super) fn prepare(tree: &Tree, text: &Content) -> Result<()> {
    for (name, length) in TEXTS.into_iter().chain([WITH_SIBLING]) {
        tree.file(name, length, text)?;
    }
    let (name, length) = WITH_SIBLING;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    text.parts(0, length).try_for_each(|part| encoder.write_all(part))?;
    let coded = Content::of(encoder.finish()?);
    tree.file(&format!("{name}.gz"), coded.tile_length(), &coded)
}

impl Case {
    /// `None` if the peer is not installed.
    pub(super) fn measure(
        &self,
        plan: &Plan,
        peers: &Peers,
        tree: &Tree,
        text: &Content,
    ) -> Result<Option<report::Case>> {
        report::progress(self.title);
        let (ours, Some(other)) = (peers.ours(&[])?, self.other(peers)?) else { return Ok(None) };
        let coded = Answer::coded(ours.address, self.file, text)?;
        let theirs = match self.beside {
            Beside::PlainFile => {
                tree.file(PLAIN, coded.content.tile_length(), &coded.content)?;
                Answer {
                    target: PLAIN,
                    in_chunks: false,
                    content: Content::of(coded.content.tile().to_vec()),
                }
            }
            _ => Answer::coded(other.address, self.file, text)?,
        };
        let connect = |server: &Server| match server.role {
            Role::Ours => coded.load(server.address),
            _ => theirs.load(server.address),
        };
        let outcomes =
            compare(plan, &[&ours, &other], connect).with_context(|| format!("case {}", self.name))?;
        let Self { name, title, goals, .. } = *self;
        Ok(Some(report::Case { name, title, unit: "requests", goals, outcomes }))
    }

    fn other(&self, peers: &Peers) -> Result<Option<Server>> {
        match self.beside {
            Beside::PlainFile => {
                let mut server = peers.ours(&[])?;
                (server.name, server.role) = ("http-mini, the plain file".to_owned(), Role::Peer);
                Ok(Some(server))
            }
            Beside::Nginx(directives) => peers.nginx_with(directives),
            Beside::Caddy(directives) => peers.caddy(directives),
            Beside::StaticWebServer(option) => peers.static_web_server(option),
        }
    }
}

/// What a server sends.
struct Answer {
    target: &'static str,
    in_chunks: bool,
    /// As it is sent, without the framing of chunks.
    content: Content,
}

impl Answer {
    /// A text in the coding gzip, once the server sends it so.
    fn coded(address: SocketAddr, (target, length): (&'static str, u64), text: &Content) -> Result<Self> {
        let started = Instant::now();
        while started.elapsed() < SILENCE_LIMIT {
            let (head, content) = exchange(&mut connect(address)?, target, "gzip")?;
            if !head.contains("content-encoding: gzip") {
                std::thread::sleep(Duration::from_millis(20));
                continue;
            }
            let mut decoded = Vec::new();
            GzDecoder::new(&*content).read_to_end(&mut decoded)?;
            ensure!(decoded.len() as u64 == length, "{} bytes of text, expected {length}", decoded.len());
            text.check(0, &decoded)?;
            let in_chunks = head.contains("transfer-encoding: chunked");
            return Ok(Self { target, in_chunks, content: Content::of(content) });
        }
        bail!("{target} is not sent in the coding gzip")
    }

    fn load(&self, address: SocketAddr) -> Result<CodedLoad<'_>> {
        if self.in_chunks {
            return Ok(CodedLoad::InChunks(connect(address)?, self));
        }
        let ask = Ask {
            request: request(self.target, "gzip"),
            expected: Expected {
                status: 200,
                content: &self.content,
                offset: 0,
                length: self.content.tile_length(),
            },
            connections: CONNECTIONS,
            pipeline: 1,
            close: false,
        };
        Ok(CodedLoad::Busy(Clients::connect(address, &ask)?.busy()?))
    }
}

enum CodedLoad<'a> {
    Busy(Busy),
    /// The lengths of chunks vary. One connection suffices for a server that codes each response.
    InChunks(BufReader<TcpStream>, &'a Answer),
}

impl Load for CodedLoad<'_> {
    fn run(&mut self, length: Duration) -> Result<f64> {
        let (stream, answer) = match self {
            Self::Busy(busy) => return busy.run(length),
            Self::InChunks(stream, answer) => (stream, answer),
        };
        let (end, mut answered) = (Instant::now() + length, 0.0);
        while answered == 0.0 || Instant::now() < end {
            let (_, content) = exchange(stream, answer.target, "gzip")?;
            ensure!(content == answer.content.tile(), "another content");
            answered += 1.0;
        }
        Ok(answered)
    }
}

pub(super) fn connect(address: SocketAddr) -> Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address).context("cannot connect")?;
    stream.set_read_timeout(Some(SILENCE_LIMIT))?;
    Ok(BufReader::with_capacity(64 << 10, stream))
}

fn request(target: &str, accepted: &str) -> Vec<u8> {
    format!("GET /{target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: {accepted}\r\n\r\n").into_bytes()
}

/// Sends a request. Returns the head in lower case, and the content.
pub(super) fn exchange(
    stream: &mut BufReader<TcpStream>,
    target: &str,
    accepted: &str,
) -> Result<(String, Vec<u8>)> {
    stream.get_mut().write_all(&request(target, accepted))?;
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        ensure!(stream.read_line(&mut head)? > 0, "the server closed the connection");
    }
    head.make_ascii_lowercase();
    ensure!(head.starts_with("http/1.1 200 "), "{:?}", head.lines().next());
    let mut content = Vec::new();
    if let Some(length) = head.lines().find_map(|line| line.strip_prefix("content-length: ")) {
        stream.take(length.parse()?).read_to_end(&mut content)?;
        return Ok((head, content));
    }
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim_end(), 16).context("no chunk")?;
        stream.take(length).read_to_end(&mut content)?;
        stream.read_exact(&mut [0; 2])?;
        if length == 0 {
            return Ok((head, content));
        }
    }
}
