//! Limits of a request (RFC 9112 section 3, RFC 6585 section 5).

use super::After::{Closed, Open};
use super::{Row, check};

#[test]
fn heads_are_bounded() {
    let target = |length: usize| {
        format!("GET /a?{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(length - "/a?".len())).into_bytes()
    };
    let fields = |count: usize, length: usize| {
        let line = format!("X: {}\r\n", "x".repeat(length));
        format!("GET /a HTTP/1.1\r\nHost: a\r\n{}\r\n", line.repeat(count)).into_bytes()
    };
    let endless_target = format!("GET /{}", "a".repeat(100_000)).into_bytes();
    let endless_field = format!("GET /a HTTP/1.1\r\nX: {}", "a".repeat(100_000)).into_bytes();
    let endless_name = format!("GET /a HTTP/1.1\r\n{}", "a".repeat(100_000)).into_bytes();
    let endless_method = "A".repeat(100_000).into_bytes();
    let inputs = [
        (target(7_900), 200, Open, "9112 section 3: 8,000 are recommended"),
        (target(8_000), 200, Open, "as long as the limit"),
        (target(8_001), 414, Closed, "9112 section 3"),
        (target(100_000), 414, Closed, "9112 section 3"),
        (endless_target, 414, Closed, "noticed before its end"),
        (fields(90, 10), 200, Open, "many fields"),
        (fields(101, 1), 431, Closed, "6585 section 5: too many fields"),
        (fields(1, 30_000), 200, Open, "a long field"),
        (fields(1, 33_000), 431, Closed, "6585 section 5: too long a field"),
        (fields(40, 1_000), 431, Closed, "6585 section 5: too much together"),
        (endless_field, 431, Closed, "noticed before its end"),
        (endless_name, 431, Closed, "noticed before its end"),
        (endless_method, 501, Closed, "9112 section 3: longer than any method"),
    ];
    let rows: Vec<Row<'_>> =
        inputs.iter().map(|(input, status, after, why)| (&input[..], *status, *after, *why)).collect();
    check(&rows);
}
