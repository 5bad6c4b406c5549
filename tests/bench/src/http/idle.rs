//! Memory for connections that wait for their next request.

use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};

use super::answer::exchange;
use super::load::Ask;
use crate::report::{self, Figure, Goal};
use crate::server::Server;
use crate::values::Values;

const CONNECTIONS: usize = 10_000;
const GOAL_MB: f64 = 20.0;
/// Time for a server to release buffers before its memory is measured.
const SETTLE: Duration = Duration::from_secs(1);

pub(crate) fn measure(servers: &[Server], ask: &Ask) -> Result<Figure> {
    report::progress("memory of idle connections");
    let values = |server: &Server| {
        let grown = growth(server, ask).with_context(|| server.described())?;
        Ok(Values { name: server.name.clone(), role: server.role, rounds: vec![grown] })
    };
    Ok(Figure {
        name: super::IDLE,
        title: format!("memory of {CONNECTIONS} idle connections"),
        unit: "MB",
        goal: Goal::AtMost(GOAL_MB),
        values: servers.iter().map(values).collect::<Result<_>>()?,
    })
}

/// Resident memory, in MB, that the server has gained since its start.
fn growth(server: &Server, ask: &Ask) -> Result<f64> {
    let before = server.usage()?.resident;
    let mut streams = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(server.address)?;
        exchange(&mut stream, &ask.request, &ask.expected)?;
        streams.push(stream);
    }
    std::thread::sleep(SETTLE);
    let after = server.usage()?.resident;
    // Checks that all connections are still open.
    for stream in &mut streams {
        exchange(stream, &ask.request, &ask.expected)?;
    }
    Ok(after.saturating_sub(before) as f64 / 1e6)
}
