//! What every parser here is tested with: each way of cutting its input must give the result of
//! the whole, and not a byte behind the value may be touched.

use std::fmt::Debug;

use super::rule::Violation;

/// What may follow a message in the same read. A parser that goes too far swallows it.
pub(crate) const CANARY: &[u8] = b"DELETE /canary HTTP/1.1\r\nHost: canary\r\n\r\n";

/// Parses `input` whole, with a canary behind it and cut at every place; gives the result of the
/// whole.
pub(crate) fn check<T: Debug + PartialEq>(
    parse: impl Fn(&[u8]) -> Result<Option<(T, usize)>, Violation>,
    input: &[u8],
) -> Result<Option<(T, usize)>, Violation> {
    let whole = parse(input);
    // Inputs of thousands of bytes test a limit; some of their cuts are enough.
    for cut in (0..input.len()).step_by(1 + input.len() / 2_000) {
        let part = parse(&input[..cut]);
        let expected = match &whole {
            Ok(Some((_, used))) => cut >= *used,
            Ok(None) => false,
            Err(_) => part.is_err(),
        };
        let shown = input[..cut.min(200)].escape_ascii();
        match expected {
            true => assert_eq!(part, whole, "cut at {cut}: {shown}"),
            false => assert_eq!(part, Ok(None), "cut at {cut}: {shown}"),
        }
    }
    if !matches!(whole, Ok(None)) {
        assert_eq!(parse(&[input, CANARY].concat()), whole, "with a canary: {}", input.escape_ascii());
    }
    whole
}
