//! Chat with many participants: memory per idle participant, and the time until a message reaches a room of a
//! thousand.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::programs::Programs;
use crate::report::{self, Figure, Goal, Report};
use crate::rounds::Plan;
use crate::server::{Role, Server, on_server_core};
use crate::values::Values;

const NAME: &str = "chat";
const ENGINES: [&str; 2] = ["per-core", "event-loop"];
const PEOPLE: usize = 10_000;
const ROOM: usize = 1_000;
/// The total memory in MB, and milliseconds until the last participant of a room has received a message.
const GOALS: (f64, f64) = (100.0, 500.0);
/// Timeout of an expected line.
const LINE_LIMIT: Duration = Duration::from_secs(20);

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
    for engine in ENGINES {
        report::progress(&format!("chat, {engine}"));
        let mut command = on_server_core(programs.path("mini")?);
        command.args(["chat", "server", "--listen", "127.0.0.1:0", "--max-per-ip", "20000"]);
        command.args(["--engine", engine]);
        let server = Server::ours("mini chat", command)?;
        let before = server.usage()?.resident;
        let mut people = (0..PEOPLE).map(|number| enter(&server, number)).collect::<Result<Vec<_>>>()?;
        let grown = server.usage()?.resident.saturating_sub(before) as f64 / 1e6;
        let times = (0..plan.rounds).map(|round| message(&mut people, round)).collect::<Result<Vec<_>>>()?;
        let one = |title: String, unit, goal, rounds| Figure {
            name: NAME,
            title,
            unit,
            goal: Goal::AtMost(goal),
            values: vec![Values { name: server.name.clone(), role: Role::Ours, rounds }],
        };
        let (memory, time) = GOALS;
        report.add_figure(one(
            format!("chat, {engine}: memory of {PEOPLE} people"),
            "MB",
            memory,
            vec![grown],
        ));
        report.add_figure(one(format!("chat, {engine}: a message to {ROOM} of them"), "ms", time, times));
    }
    Ok(())
}

/// Enters a room of a thousand and reads everything sent so far.
fn enter(server: &Server, number: usize) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(server.address)?;
    stream.set_read_timeout(Some(LINE_LIMIT))?;
    write!(stream, "p{number}\n/join r{}\n/help\n", number / ROOM)?;
    read_until(&mut stream, "* /nick").with_context(|| format!("person {number}"))?;
    Ok(stream)
}

/// Milliseconds from sending a message until the last participant of the room has it.
fn message(people: &mut [TcpStream], round: usize) -> Result<f64> {
    let room = people.get_mut(..ROOM).context("a room")?;
    let (speaker, listeners) = room.split_first_mut().context("a speaker")?;
    let said = format!("<p0> message {round}\r\n");
    let started = Instant::now();
    writeln!(speaker, "message {round}")?;
    for listener in listeners {
        read_until(listener, &said)?;
    }
    Ok(started.elapsed().as_secs_f64() * 1_000.0)
}

/// Reads until this text, which is the last to arrive.
fn read_until(stream: &mut TcpStream, text: &str) -> Result<()> {
    let (mut seen, mut buffer) = (Vec::new(), [0; 4_096]);
    while !seen.windows(text.len()).any(|window| window == text.as_bytes()) {
        let read = stream.read(&mut buffer)?;
        ensure!(read > 0, "the server ended the conversation after {:?}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(buffer.get(..read).unwrap_or_default());
    }
    Ok(())
}
