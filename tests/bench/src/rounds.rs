//! Contenders in turn: in both orders in each round, with a warm-up before each turn.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::server::Server;
use crate::values::Values;

/// The warm-up of a turn, which is not counted.
pub(crate) const WARM_UP: Duration = Duration::from_millis(200);

/// The rounds and the length of a turn.
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    /// Length of one turn, which ends with the current operation.
    pub(crate) turn: Duration,
}

/// Work for a server over established connections.
pub(crate) trait Load {
    /// Keeps the server busy for about `length`, with at least one operation. Returns the number of units
    /// done.
    fn run(&mut self, length: Duration) -> Result<f64>;
}

/// The results of one contender.
pub(crate) struct Outcome {
    /// CPU time of the server per unit, in microseconds.
    pub(crate) cpu: Values,
    /// Units per second.
    pub(crate) rate: Values,
}

/// Applies the load that `connect` creates to each server in turn.
pub(crate) fn compare<L: Load>(
    plan: &Plan,
    servers: &[&Server],
    connect: impl Fn(&Server) -> Result<L>,
) -> Result<Vec<Outcome>> {
    let rounds = in_turn(plan, servers, |server| Turn::of(plan, server, connect(server)?))?;
    let (cpu, rate) = (rounds.values(Turn::cpu_per_unit), rounds.values(Turn::rate));
    Ok(cpu.into_iter().zip(rate).map(|(cpu, rate)| Outcome { cpu, rate }).collect())
}

/// The results of each server: two from each round.
pub(crate) struct Rounds<'a, T> {
    servers: &'a [&'a Server],
    results: Vec<Vec<[T; 2]>>,
}

/// Calls `turn` for every server in both orders in each round.
pub(crate) fn in_turn<'a, T>(
    plan: &Plan,
    servers: &'a [&'a Server],
    turn: impl Fn(&Server) -> Result<T>,
) -> Result<Rounds<'a, T>> {
    let turn = |server: &&Server| turn(server).with_context(|| server.described());
    let mut results: Vec<Vec<[T; 2]>> = servers.iter().map(|_| Vec::new()).collect();
    for _ in 0..plan.rounds {
        let forth = servers.iter().map(turn).collect::<Result<Vec<T>>>()?;
        let back = servers.iter().rev().map(turn).collect::<Result<Vec<T>>>()?;
        for ((rounds, first), second) in results.iter_mut().zip(forth).zip(back.into_iter().rev()) {
            rounds.push([first, second]);
        }
    }
    Ok(Rounds { servers, results })
}

impl<T> Rounds<'_, T> {
    /// One value for each round.
    pub(crate) fn values(&self, of: impl Fn(&[T; 2]) -> f64) -> Vec<Values> {
        let values = |(server, rounds): (&&Server, &Vec<[T; 2]>)| Values {
            name: server.name.clone(),
            role: server.role,
            rounds: rounds.iter().map(&of).collect(),
        };
        self.servers.iter().zip(&self.results).map(values).collect()
    }
}

struct Turn {
    units: f64,
    seconds: f64,
    cpu: Duration,
}

impl Turn {
    fn of(plan: &Plan, server: &Server, mut load: impl Load) -> Result<Self> {
        load.run(WARM_UP)?;
        let before = server.usage()?.cpu;
        let started = Instant::now();
        let units = load.run(plan.turn)?;
        let seconds = started.elapsed().as_secs_f64();
        let cpu = server.usage()?.cpu.saturating_sub(before);
        Ok(Self { units, seconds, cpu })
    }

    fn cpu_per_unit([one, other]: &[Self; 2]) -> f64 {
        (one.cpu + other.cpu).as_secs_f64() * 1e6 / (one.units + other.units)
    }

    fn rate([one, other]: &[Self; 2]) -> f64 {
        (one.units + other.units) / (one.seconds + other.seconds)
    }
}
