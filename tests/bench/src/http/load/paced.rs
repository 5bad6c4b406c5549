//! Requests at a fixed rate, independent of the server: a latency is measured from the moment when its
//! request was due, so that a stalled server cannot hide delayed requests.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::{Clients, SILENCE_LIMIT};

impl Clients {
    /// Sends `rate` requests a second for `length`. Returns the sorted latencies.
    pub(crate) fn paced(&mut self, rate: f64, length: Duration) -> Result<Vec<Duration>> {
        let interval = Duration::from_secs_f64(1.0 / rate);
        let mut idle: VecDeque<usize> = (0..self.connections.len()).collect();
        let mut asked = vec![Instant::now(); idle.len()];
        let mut latencies = Vec::new();
        let mut due = Instant::now();
        let end = due + length;
        while due < end || idle.len() < asked.len() {
            let now = Instant::now();
            ensure!(now < end + SILENCE_LIMIT, "the server cannot keep this rate, or lost a request");
            while due <= now.min(end)
                && let Some(index) = idle.pop_front()
            {
                *asked.get_mut(index).context("no such connection")? = due;
                self.ask(index)?;
                due += interval;
            }
            // Polling without waiting keeps this side's wake-ups out of the latencies; it has its own core.
            for index in self.ready(Duration::ZERO)? {
                if self.receive(index)? {
                    latencies.push(asked.get(index).context("no such connection")?.elapsed());
                    idle.push_back(index);
                }
            }
        }
        latencies.sort_unstable();
        Ok(latencies)
    }
}
