//! Retries: delays that grow, and are reset after progress.

use std::time::Duration;

use rustix::rand::{GetRandomFlags, getrandom};
use tokio::time::sleep;

use super::fault::{Fault, RetryAdvice};
use super::report::TransferProgress;

const FIRST: Duration = Duration::from_millis(500);
/// The longest delay of our own.
const LONGEST: Duration = Duration::from_secs(30);
/// The longest delay that a server may request; a longer one makes the failure permanent.
const LONGEST_ASKED: Duration = Duration::from_secs(120);

/// How often a failed attempt is repeated.
#[derive(Clone, Copy, Debug)]
pub struct Retries(pub u32);

impl Default for Retries {
    /// 5.
    fn default() -> Self {
        Self(5)
    }
}

impl Retries {
    /// Makes attempts until one succeeds or fails permanently, or the last one has failed. An attempt that
    /// has transferred bytes resets the count: a bad network ends a transfer only when there is no progress.
    pub async fn persist<T>(
        self,
        transfer: &TransferProgress,
        mut attempt: impl AsyncFnMut() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut tries = 0;
        loop {
            let before = transfer.moved();
            let fault = match attempt().await {
                Ok(done) => return Ok(done),
                Err(fault) => fault,
            };
            if transfer.moved() > before {
                tries = 0;
            }
            let wait = match fault.retry {
                RetryAdvice::SoonOnceReached if !transfer.report().has_moved() => return Err(fault),
                RetryAdvice::Soon | RetryAdvice::SoonOnceReached => jittered(wait(tries)),
                RetryAdvice::After(asked) if asked <= LONGEST_ASKED => asked.max(wait(tries)),
                RetryAdvice::Never | RetryAdvice::After(_) => return Err(fault),
            };
            if tries == self.0 {
                return Err(fault);
            }
            tries += 1;
            transfer.retry(&fault, wait);
            sleep(wait).await;
        }
    }
}

/// Doubles with each attempt.
fn wait(tries: u32) -> Duration {
    FIRST.saturating_mul(1_u32.checked_shl(tries).unwrap_or(u32::MAX)).min(LONGEST)
}

/// Between half and all of it, so that clients that failed together do not retry together.
fn jittered(wait: Duration) -> Duration {
    let mut random = [0; 1];
    // Without randomness the whole delay is used.
    let chance = match getrandom(&mut random, GetRandomFlags::empty()) {
        Ok(_) => u32::from(random[0]),
        Err(_) => 255,
    };
    wait / 2 + wait * chance / 510
}

#[cfg(test)]
mod tests {
    use super::super::fault::FaultKind;
    use super::super::report::Reporter;
    use super::*;
    use crate::net::engine::on_test_runtime;

    #[test]
    fn waits_grow_to_a_limit() {
        for (tries, expected) in [(0, 500), (1, 1_000), (5, 16_000), (6, 30_000), (200, 30_000)] {
            assert_eq!(wait(tries).as_millis(), expected, "{tries}");
        }
        for _ in 0..100 {
            let wait = jittered(Duration::from_secs(1));
            assert!((500..=1_000).contains(&wait.as_millis()), "{wait:?}");
        }
    }

    #[test]
    fn attempts_end_when_nothing_comes_through_any_more() {
        let passing = || Fault::passing(FaultKind::Network, "lost");
        let refused = || Fault::passing_once_reached(FaultKind::Network, "no server");
        let long = Duration::from_secs(121);
        for (outcomes, retries, expected, why) in [
            (vec![None], 0, (true, 1), "the first one succeeds"),
            (vec![Some((passing(), 0)), None], 1, (true, 2), "the second one"),
            (vec![Some((passing(), 0)), None], 0, (false, 1), "no second one is wanted"),
            (vec![Some((Fault::new(FaultKind::Refused, "no"), 0)), None], 5, (false, 1), "it is final"),
            (vec![Some((passing(), 9)), Some((passing(), 9)), None], 1, (true, 3), "with progress"),
            (vec![Some((passing(), 9)), Some((passing(), 0)), None], 1, (false, 2), "and then without"),
            (vec![Some((refused(), 0)), None], 5, (false, 1), "no server was ever reached"),
            (vec![Some((passing(), 9)), Some((refused(), 0)), None], 5, (true, 3), "the server restarts"),
            (vec![Some((passing().after(long), 0)), None], 5, (false, 1), "the server wants too much time"),
        ] {
            let (mut outcomes, mut attempts) = (outcomes.into_iter(), 0);
            let transfer = Reporter::default().transfer("a", "b");
            let done = on_test_runtime(async {
                tokio::time::pause();
                let attempt = async || {
                    attempts += 1;
                    match outcomes.next().unwrap() {
                        None => Ok(()),
                        Some((fault, moved)) => {
                            transfer.advance(moved);
                            Err(fault)
                        }
                    }
                };
                Retries(retries).persist(&transfer, attempt).await.is_ok()
            });
            assert_eq!((done, attempts), expected, "{why}");
        }
    }
}
