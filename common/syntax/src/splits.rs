//! Tests for parsers that read from a stream: the input may arrive in any pieces, and other bytes may follow
//! it.

use core::fmt::Debug;

use crate::record::Node;

/// Bytes that may follow a value in the same read. A parser that reads too far consumes them.
pub const FOLLOWING: &[&[u8]] =
    &[b"DELETE /canary HTTP/1.1\r\nHost: canary\r\n\r\n", b"NOOP\r\n", b"226 ", b"\r\n", b"\xFF", b"\0"];

/// Inputs up to this length are split at every offset; longer ones only near their ends and at some offsets
/// between.
const EVERY_PLACE: usize = 600;

/// The offsets at which input of this length is cut.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    (0..length)
        .filter(move |&at| length < EVERY_PLACE || at < 100 || at + 100 > length || at.is_multiple_of(509))
}

/// One offset at which to cut an input, which the input determines: a fuzzer has so many inputs that it tries them all.
fn one_cut(input: &[u8]) -> Option<usize> {
    // Mixes the bytes as FNV-1a does.
    let mix = |hash: usize, &byte: &u8| (hash ^ usize::from(byte)).wrapping_mul(0x0100_0193);
    input.iter().fold(0x811C_9DC5, mix).checked_rem(input.len())
}

/// Parses `input` as a whole, split at every offset, and followed by [`FOLLOWING`]. Returns the result for
/// the whole: the value and the number of bytes used, `None` if more are needed, or the error.
///
/// # Panics
///
/// If a split input gives a different value or error, or following bytes change the result.
pub fn check<T: Debug + PartialEq, E: Debug + PartialEq>(
    parse: impl Fn(&[u8]) -> Result<Option<(T, usize)>, E>,
    input: &[u8],
) -> Result<Option<(T, usize)>, E> {
    check_at(parse, input, cuts(input.len()))
}

/// [`check`], but split at one offset only.
///
/// # Panics
///
/// As [`check`].
pub fn check_one<T: Debug + PartialEq, E: Debug + PartialEq>(
    parse: impl Fn(&[u8]) -> Result<Option<(T, usize)>, E>,
    input: &[u8],
) -> Result<Option<(T, usize)>, E> {
    check_at(parse, input, one_cut(input))
}

#[expect(clippy::panic_in_result_fn, reason = "it is a test")]
fn check_at<T: Debug + PartialEq, E: Debug + PartialEq>(
    parse: impl Fn(&[u8]) -> Result<Option<(T, usize)>, E>,
    input: &[u8],
    cuts: impl IntoIterator<Item = usize>,
) -> Result<Option<(T, usize)>, E> {
    let whole = parse(input);
    for (cut, start) in cuts.into_iter().filter_map(|at| Some((at, input.get(..at)?))) {
        let part = parse(start);
        let is_complete = match &whole {
            Ok(Some((_, used))) => cut >= *used,
            Ok(None) => false,
            Err(_) => part.is_err(),
        };
        let expected = if is_complete { &whole } else { &Ok(None) };
        assert_eq!(&part, expected, "cut at {cut}: {}", input.escape_ascii());
    }
    for following in FOLLOWING.iter().filter(|_| !matches!(whole, Ok(None))) {
        let followed = parse(&[input, following].concat());
        assert_eq!(followed, whole, "{} before {}", input.escape_ascii(), following.escape_ascii());
    }
    whole
}

/// Decodes input of this length as a whole, byte by byte, and split at every offset. `decode` gets the offsets at
/// which reads end. Returns the result for the whole.
///
/// # Panics
///
/// If split input gives a different result.
pub fn check_reads<T: Debug + PartialEq>(decode: impl Fn(&[usize]) -> T, length: usize) -> T {
    check_reads_at(decode, length, (0..length).step_by(1 + length / EVERY_PLACE))
}

/// [`check_reads`] of `input`, but split at one offset only.
///
/// # Panics
///
/// As [`check_reads`].
pub fn check_reads_one<T: Debug + PartialEq>(decode: impl Fn(&[usize]) -> T, input: &[u8]) -> T {
    check_reads_at(decode, input.len(), one_cut(input))
}

fn check_reads_at<T: Debug + PartialEq>(
    decode: impl Fn(&[usize]) -> T,
    length: usize,
    cuts: impl IntoIterator<Item = usize>,
) -> T {
    let whole = decode(&[length]);
    let bytes: Vec<usize> = (1..=length).collect();
    assert_eq!(decode(&bytes), whole, "byte by byte");
    for cut in cuts {
        assert_eq!(decode(&[cut, length]), whole, "cut at {cut}");
    }
    whole
}

/// Checks that parts cover the input without a gap, and that children are inside their parents, in order.
///
/// # Panics
///
/// If they do not.
pub fn assert_covers(nodes: &[Node], length: usize) {
    let mut at = 0;
    for node in nodes {
        assert_eq!(node.span.start, at, "a gap or an overlap before {node:?}");
        at = node.span.end;
    }
    assert_eq!(at, length, "a gap at the end");
    nodes.iter().for_each(assert_nests);
}

fn assert_nests(node: &Node) {
    let mut at = node.span.start;
    for child in &node.children {
        assert!(at <= child.span.start && child.span.end <= node.span.end, "{child:?} in {node:?}");
        at = child.span.end;
        assert_nests(child);
    }
}
