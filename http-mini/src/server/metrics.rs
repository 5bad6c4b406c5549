//! The metrics of HTTP: requests by method and code, and their durations.

use std::time::Duration;

use common::metrics::{Counters, Durations, Exposition};

use crate::wire::head::Method;

/// The methods as labels, in the order of [`Method`].
const METHODS: [&str; 13] = [
    "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH", "MKCOL", "COPY", "MOVE", "TRACE", "CONNECT",
    "_OTHER",
];
/// Status codes from 100 on.
const CODES: usize = 500;

static REQUESTS: Counters<{ METHODS.len() * CODES }> = Counters::new();
static DURATIONS: Durations = Durations::new();

/// Counts a request.
pub(super) fn count(method: Method, status: u16, duration: Duration) {
    REQUESTS.add(method as usize * CODES + usize::from(status.saturating_sub(100)), 1);
    DURATIONS.observe(duration);
}

/// Writes the metrics of this process's HTTP servers.
pub fn write(to: &mut Exposition) {
    const REQUESTS_TOTAL: &str = "mini_http_requests_total";
    to.family(REQUESTS_TOTAL, "counter", "Answered requests; other methods are _OTHER.");
    for (method, name) in METHODS.iter().enumerate() {
        for code in 0..CODES {
            let count = REQUESTS.total(method * CODES + code);
            if count > 0 {
                to.sample(REQUESTS_TOTAL, &[("method", name), ("code", &(code + 100).to_string())], count);
            }
        }
    }
    let help = "From a request's arrival to the end of its answer.";
    DURATIONS.write(to, "http_server_request_duration_seconds", help);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_its_label() {
        for (index, name) in METHODS.iter().enumerate() {
            assert_eq!(Method::named(name.as_bytes()) as usize, index, "{name}");
        }
        assert_eq!(Method::Other as usize, METHODS.len() - 1);
    }
}
