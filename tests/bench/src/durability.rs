//! The cost of durability: the time of consecutive uploads, with and without waiting for the disk.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::programs::Programs;
use crate::report::{self, Figure, Goal, Report};
use crate::rounds::Plan;
use crate::server::{Role, Server, on_server_core};
use crate::values::Values;

const NAME: &str = "durability";
const CONTENT: [u8; 1_024] = [b'x'; 1_024];

pub(crate) fn case_names() -> impl Iterator<Item = &'static str> {
    std::iter::once(NAME)
}

pub(crate) fn measure(
    programs: &Programs,
    plan: &Plan,
    wants: &dyn Fn(&str) -> bool,
    report: &mut Report,
) -> Result<()> {
    if !wants(NAME) {
        return Ok(());
    }
    for switch in ["on", "off"] {
        report::progress(&format!("uploads, durability {switch}"));
        // Not in /tmp, which may be in memory.
        let directory = programs.place().join("uploads").join(switch);
        fs::create_dir_all(&directory)?;
        let mut command = on_server_core(programs.path("http-mini")?);
        command.arg("serve").arg(&directory).args(["--listen", "127.0.0.1:0", "--writable", "--quiet"]);
        command.args(["--durability", switch]);
        let server = Server::ours("http-mini", command)?;
        let rounds =
            (0..plan.rounds).map(|round| uploads(&server, plan, round)).collect::<Result<Vec<_>>>()?;
        report.add_figure(Figure {
            name: NAME,
            title: format!("PUT of a new file of 1 KiB, --durability {switch}"),
            unit: "ms",
            goal: Goal::None,
            values: vec![Values { name: server.name.clone(), role: Role::Ours, rounds }],
        });
        drop(server);
        fs::remove_dir_all(directory)?;
    }
    Ok(())
}

/// Milliseconds per upload on one connection, over one turn.
fn uploads(server: &Server, plan: &Plan, round: usize) -> Result<f64> {
    let mut stream = TcpStream::connect(server.address)?;
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed() < plan.turn {
        let head =
            format!("PUT /{round}-{count} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", CONTENT.len());
        stream.write_all(&[head.as_bytes(), &CONTENT].concat())?;
        let mut answer = [0; 1_024];
        let read = stream.read(&mut answer)?;
        let answer = answer.get(..read).context("an answer")?;
        ensure!(answer.starts_with(b"HTTP/1.1 201 "), "{}", String::from_utf8_lossy(answer));
        count += 1;
    }
    Ok(started.elapsed().as_secs_f64() * 1_000.0 / f64::from(count))
}
