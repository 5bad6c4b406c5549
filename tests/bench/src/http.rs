//! The HTTP cases: the requests to each server, and their cost limits.

mod answer;
mod coded;
mod delay;
mod idle;
mod latency;
mod load;
mod peers;
mod tls;

use std::net::TcpStream;

use anyhow::{Context, Result};

use crate::programs::Programs;
use crate::report::{self, Goals, Report};
use crate::rounds::{Plan, compare};
use crate::server::Server;
use crate::tree::{Content, FileSystem, Tree};
use answer::{Expected, exchange};
use load::{Ask, Clients};
pub(crate) use peers::Peers;

const KIB: u64 = 1024;
const FILES: [(&str, u64); 5] = [
    ("1k.bin", KIB),
    ("16k.bin", 16 * KIB),
    ("100k.bin", 100 * KIB),
    ("1m.bin", KIB * KIB),
    ("1g.bin", KIB * KIB * KIB),
];
const LATENCY: &str = "latency";
const IDLE: &str = "idle";
const DELAY: &str = "coding-delay";

struct Case {
    name: &'static str,
    title: &'static str,
    file: &'static str,
    connections: usize,
    shape: Shape,
    /// The largest ratio of our CPU time per request to nginx's.
    to_peer: f64,
    /// The same for the floor.
    to_floor: Option<f64>,
}

#[derive(Clone, Copy)]
enum Shape {
    KeepAlive,
    Pipelined(usize),
    Close,
    NotModified,
    Range { first: u64, length: u64 },
}

#[rustfmt::skip]
const CASES: [Case; 10] = [
    Case { name: "1k-64", title: "1 KiB, 64 connections", file: "1k.bin", connections: 64,
        shape: Shape::KeepAlive, to_peer: 0.8, to_floor: Some(1.1) },
    Case { name: "1k-512", title: "1 KiB, 512 connections", file: "1k.bin", connections: 512,
        shape: Shape::KeepAlive, to_peer: 0.8, to_floor: Some(1.1) },
    Case { name: "16k", title: "16 KiB", file: "16k.bin", connections: 64,
        shape: Shape::KeepAlive, to_peer: 0.85, to_floor: Some(1.15) },
    Case { name: "100k", title: "100 KiB", file: "100k.bin", connections: 64,
        shape: Shape::KeepAlive, to_peer: 0.9, to_floor: Some(1.15) },
    Case { name: "1m", title: "1 MiB", file: "1m.bin", connections: 16,
        shape: Shape::KeepAlive, to_peer: 0.8, to_floor: Some(1.3) },
    Case { name: "1g", title: "1 GiB", file: "1g.bin", connections: 1,
        shape: Shape::KeepAlive, to_peer: 1.0, to_floor: None },
    Case { name: "pipelined", title: "1 KiB, 16 requests pipelined", file: "1k.bin", connections: 64,
        shape: Shape::Pipelined(16), to_peer: 0.15, to_floor: None },
    Case { name: "close", title: "1 KiB, a connection for each request", file: "1k.bin", connections: 64,
        shape: Shape::Close, to_peer: 0.85, to_floor: None },
    Case { name: "304", title: "304 by If-None-Match", file: "1k.bin", connections: 64,
        shape: Shape::NotModified, to_peer: 0.8, to_floor: None },
    Case { name: "range", title: "range of 16 KiB in 1 MiB", file: "1m.bin", connections: 64,
        shape: Shape::Range { first: 500_000, length: 16 * KIB }, to_peer: 0.8, to_floor: None },
];

pub(crate) fn case_names() -> impl Iterator<Item = &'static str> {
    CASES
        .iter()
        .map(|case| case.name)
        .chain(tls::CASES.map(|case| case.name))
        .chain(coded::CASES.map(|case| case.name))
        .chain([LATENCY, IDLE, DELAY])
}

/// Measures the selected cases into the report.
pub(crate) fn measure(
    programs: &Programs,
    plan: &Plan,
    wanted: &dyn Fn(&str) -> bool,
    on: FileSystem,
    report: &mut Report,
) -> Result<()> {
    if !case_names().any(wanted) {
        return Ok(());
    }
    let tree = Tree::new(&programs.place(), on)?;
    let content = Content::binary();
    FILES.iter().try_for_each(|(name, length)| tree.file(name, *length, &content))?;
    let peers = Peers::find(programs, &tree, report);
    for case in CASES.iter().filter(|case| wanted(case.name)) {
        report.add(case.measure(plan, &peers, &content)?);
    }
    let [small, ..] = &CASES;
    for case in tls::CASES.iter().filter(|case| wanted(case.name)) {
        report.add(case.measure(plan, &peers, &small.ask(&content, None))?);
    }
    if coded::CASES.iter().map(|case| case.name).chain([DELAY]).any(wanted) {
        let text = Content::words();
        coded::prepare(&tree, &text)?;
        for case in coded::CASES.iter().filter(|case| wanted(case.name)) {
            if let Some(measured) = case.measure(plan, &peers, &tree, &text)? {
                report.add(measured);
            }
        }
    }
    if wanted(DELAY) {
        let small = small.ask(&content, None);
        delay::measure(plan, &peers, &tree, &small)?.into_iter().for_each(|figure| report.add_figure(figure));
    }
    if wanted(LATENCY) {
        report
            .add_figure(latency::measure(plan, &peers.servers()?, |server| small.clients(server, &content))?);
    }
    if wanted(IDLE) {
        report.add_figure(idle::measure(&peers.servers()?, &small.ask(&content, None))?);
    }
    Ok(())
}

impl Case {
    fn measure(&self, plan: &Plan, peers: &Peers, content: &Content) -> Result<report::Case> {
        report::progress(self.title);
        let mut servers = peers.servers()?;
        if self.to_floor.is_some() {
            servers.extend(peers.floor(self.file)?);
        }
        let servers: Vec<&Server> = servers.iter().collect();
        let outcomes = compare(plan, &servers, |server| self.clients(server, content)?.busy())
            .with_context(|| format!("case {}", self.name))?;
        let goals = Goals { cpu_to_peer: Some(self.to_peer), cpu_to_floor: self.to_floor, rate_to_peer: 1.0 };
        Ok(report::Case { name: self.name, title: self.title, unit: "requests", goals, outcomes })
    }

    fn clients(&self, server: &Server, content: &Content) -> Result<Clients> {
        let etag = match self.shape {
            Shape::NotModified => Some(self.etag(server, content)?),
            _ => None,
        };
        Clients::connect(server.address, &self.ask(content, etag.as_deref()))
    }

    fn ask<'a>(&self, content: &'a Content, etag: Option<&str>) -> Ask<'a> {
        let whole = FILES.iter().find(|(name, _)| *name == self.file).map_or(0, |(_, length)| *length);
        let (field, status, offset, length) = match (self.shape, etag) {
            (Shape::Range { first, length }, _) => {
                (format!("Range: bytes={first}-{}\r\n", first + length - 1), 206, first, length)
            }
            (Shape::NotModified, Some(etag)) => (format!("If-None-Match: {etag}\r\n"), 304, 0, 0),
            (Shape::Close, _) => ("Connection: close\r\n".to_owned(), 200, 0, whole),
            _ => (String::new(), 200, 0, whole),
        };
        Ask {
            request: format!("GET /{} HTTP/1.1\r\nHost: 127.0.0.1\r\n{field}\r\n", self.file).into_bytes(),
            expected: Expected { status, content, offset, length },
            connections: self.connections,
            pipeline: if let Shape::Pipelined(count) = self.shape { count } else { 1 },
            close: matches!(self.shape, Shape::Close),
        }
    }

    /// The server's validator for the version of the file.
    fn etag(&self, server: &Server, content: &Content) -> Result<String> {
        let plain = self.ask(content, None);
        let answer = exchange(&mut TcpStream::connect(server.address)?, &plain.request, &plain.expected)?;
        Ok(answer.field("etag").context("no ETag to ask with")?.to_owned())
    }
}
