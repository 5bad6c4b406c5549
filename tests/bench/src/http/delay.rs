//! How long others wait while the server codes a large text: one client requests it again and again, each time changed
//! and in a coding only, another one a small file. Here the server has both cores.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, anyhow, ensure};

use super::answer::exchange;
use super::coded;
use super::load::Ask;
use super::peers::Peers;
use crate::report::{self, Figure, Goal};
use crate::rounds::Plan;
use crate::tree::Tree;
use crate::values::Values;

/// Of the small file.
const INTERVAL: Duration = Duration::from_millis(1);
const GOAL_MS: f64 = 2.0;

/// The p99 of the small file, without codings and with them.
pub(super) fn measure(plan: &Plan, peers: &Peers, tree: &Tree, small: &Ask) -> Result<[Figure; 2]> {
    report::progress("delay by a coding");
    let server = peers.ours_on_both_cores()?;
    let text = tree.root.join(coded::LARGEST);
    let mut figures =
        [("without a coding", Goal::None), ("while a text of 16 MiB is coded", Goal::AtMost(GOAL_MS))].map(
            |(when, goal)| Figure {
                name: super::DELAY,
                title: format!("p99 of 1 KiB every {} ms, {when}", INTERVAL.as_millis()),
                unit: "ms",
                goal,
                values: vec![Values { name: server.name.clone(), role: server.role, rounds: Vec::new() }],
            },
        );
    for _ in 0..plan.rounds {
        for (figure, is_coding) in figures.iter_mut().zip([false, true]) {
            let is_over = AtomicBool::new(!is_coding);
            let (p99, codings) = thread::scope(|scope| {
                let codings = scope.spawn(|| keep_coding(server.address, &text, &is_over));
                let p99 = p99(server.address, plan.turn, small);
                is_over.store(true, Ordering::Relaxed);
                (p99, codings.join())
            });
            let codings = codings.map_err(|_| anyhow!("a panic"))??;
            ensure!(codings > 0 || !is_coding, "no coding was ready within a turn");
            let p99 = p99?.as_secs_f64() * 1e3;
            figure.values.iter_mut().for_each(|values| values.rounds.push(p99));
        }
    }
    Ok(figures)
}

/// Requests a text in a coding, changed each time. Returns how many times.
fn keep_coding(address: SocketAddr, text: &Path, is_over: &AtomicBool) -> Result<u32> {
    let (mut stream, mut codings) = (coded::connect(address)?, 0);
    while !is_over.load(Ordering::Relaxed) {
        File::options().write(true).open(text)?.set_modified(SystemTime::now())?;
        let (head, _) = coded::exchange(&mut stream, coded::LARGEST, "gzip, identity;q=0")?;
        ensure!(head.contains("content-encoding: gzip"), "the text is not coded");
        codings += 1;
    }
    Ok(codings)
}

fn p99(address: SocketAddr, length: Duration, small: &Ask) -> Result<Duration> {
    let mut stream = TcpStream::connect(address)?;
    let (mut due, mut latencies) = (Instant::now(), Vec::new());
    let end = due + length;
    while due < end {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        exchange(&mut stream, &small.request, &small.expected)?;
        // A request that could not be sent in time waits as well.
        latencies.push(due.elapsed());
        due += INTERVAL;
    }
    latencies.sort_unstable();
    latencies.get(latencies.len() * 99 / 100).copied().context("no answers")
}
