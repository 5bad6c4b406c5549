//! The metrics of HTTP: requests by method and code, and their durations.

use std::time::Duration;

use common::metrics::{Counters, Durations, Exposition};

use crate::wire::head::Method;

/// The methods as labels, and the one of all others.
const METHODS: [(Method, &str); 10] = [
    (Method::Get, "GET"),
    (Method::Head, "HEAD"),
    (Method::Options, "OPTIONS"),
    (Method::Put, "PUT"),
    (Method::Delete, "DELETE"),
    (Method::Post, "POST"),
    (Method::Patch, "PATCH"),
    (Method::Mkcol, "MKCOL"),
    (Method::Move, "MOVE"),
    (Method::Other, "_OTHER"),
];
/// Status codes from 100 on.
const CODES: usize = 500;

static REQUESTS: Counters<{ METHODS.len() * CODES }> = Counters::new();
static DURATIONS: Durations = Durations::new();

/// Counts a request, whose line may be malformed.
pub(super) fn count(line: &[u8], status: u16, duration: Duration) {
    let method = Method::named(line.split(|byte| *byte == b' ').next().unwrap_or_default());
    let method = METHODS.iter().position(|(known, _)| *known == method).unwrap_or(METHODS.len() - 1);
    REQUESTS.add(method * CODES + usize::from(status.saturating_sub(100)), 1);
    DURATIONS.observe(duration);
}

/// Writes the metrics of this process's HTTP servers.
pub fn write(to: &mut Exposition) {
    const REQUESTS_TOTAL: &str = "mini_http_requests_total";
    to.family(REQUESTS_TOTAL, "counter", "Answered requests; other methods are _OTHER.");
    for (method, (_, name)) in METHODS.iter().enumerate() {
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
