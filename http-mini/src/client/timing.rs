//! The durations of a request's phases.

use std::fmt;
use std::time::Duration;

/// The phases of one request. Redirects and failed attempts are separate requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Name lookup and connecting, to the proxy if there is one; `None` if a connection was reused.
    pub connect: Option<Duration>,
    /// The tunnel through a proxy, and the TLS handshake.
    pub secure: Option<Duration>,
    /// From the first byte of the request to the head of the response.
    pub answer: Duration,
}

impl fmt::Display for Timing {
    /// `connect 0.3 ms, TLS 2.1 ms, answer 0.9 ms`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
        for (phase, time) in [("connect", self.connect), ("TLS", self.secure)] {
            if let Some(time) = time {
                write!(f, "{phase} {:.1} ms, ", milliseconds(time))?;
            }
        }
        write!(f, "answer {:.1} ms", milliseconds(self.answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_phases_that_occurred_are_shown() {
        let some = |micros| Some(Duration::from_micros(micros));
        let answer = Duration::from_micros(1_234);
        for (connect, secure, expected) in [
            (some(300), some(21_000), "connect 0.3 ms, TLS 21.0 ms, answer 1.2 ms"),
            (some(300), None, "connect 0.3 ms, answer 1.2 ms"),
            (None, None, "answer 1.2 ms"),
        ] {
            assert_eq!(Timing { connect, secure, answer }.to_string(), expected);
        }
    }
}
