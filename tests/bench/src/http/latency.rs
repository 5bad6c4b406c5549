//! p99 latency at half of nginx's maximum rate.

use anyhow::{Context, Result};

use super::load::Clients;
use crate::report::{self, Figure, Goal, best};
use crate::rounds::{Plan, WARM_UP, compare, in_turn};
use crate::server::{Role, Server};

pub(crate) fn measure(
    plan: &Plan,
    servers: &[Server],
    connect: impl Fn(&Server) -> Result<Clients>,
) -> Result<Figure> {
    report::progress("p99 at half load");
    let servers: Vec<&Server> = servers.iter().collect();
    let once = Plan { rounds: 1, turn: plan.turn };
    let capacity = compare(&once, &servers, |server| connect(server)?.busy())?;
    // Without nginx, at half of our own.
    let full = best(&capacity, Role::Peer).or(best(&capacity, Role::Ours)).context("no server")?;
    let rate = full.rate.median() / 2.0;
    let rounds = in_turn(plan, &servers, |server| {
        let mut clients = connect(server)?;
        clients.paced(rate, WARM_UP)?;
        let latencies = clients.paced(rate, plan.turn)?;
        let p99 = latencies.get(latencies.len() * 99 / 100).context("no answers")?;
        Ok(p99.as_secs_f64() * 1e6)
    })?;
    Ok(Figure {
        name: super::LATENCY,
        title: format!("p99 of 1 KiB at {rate:.0} requests/s"),
        unit: "µs",
        goal: Goal::ToPeer(1.0),
        values: rounds.values(|[forth, back]| f64::midpoint(*forth, *back)),
    })
}
