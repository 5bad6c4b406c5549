//! How every parser of the control connection is tested: whole, at every split, and with a neighbour behind.

use std::fmt::Debug;

/// What `take` functions return.
pub(super) type Taken<T, E> = Result<Option<(T, usize)>, E>;

/// Checks that `take` finds `expected` in `input` using all of it, that no shorter start of `input` is
/// mistaken for a whole value, and that bytes which follow change nothing and stay untouched.
pub(super) fn check<T, E>(take: impl Fn(&[u8]) -> Taken<T, E>, input: &[u8], expected: &T, why: &str)
where
    T: PartialEq + Debug,
    E: PartialEq + Debug,
{
    for split in splits(input.len()) {
        let partial = take(&input[..split]);
        assert!(matches!(partial, Ok(None)), "{why}: the first {split} bytes gave {partial:?}");
    }
    for next in [&b""[..], b"NOOP\r\n", b"\r\n", b"\xFF", b"226 ", b"\0"] {
        let followed = [input, next].concat();
        match take(&followed) {
            Ok(Some((value, used))) => {
                assert_eq!(&value, expected, "{why}: before {:?}", next.escape_ascii().to_string());
                assert_eq!(used, input.len(), "{why}: a neighbour's bytes were used, or our own left");
            }
            other => panic!("{why}: {other:?}"),
        }
    }
}

/// Checks that `take` refuses `input` with `expected`, and never finds a value in a start of it.
pub(super) fn check_refused<T, E>(take: impl Fn(&[u8]) -> Taken<T, E>, input: &[u8], expected: &E, why: &str)
where
    T: PartialEq + Debug,
    E: PartialEq + Debug,
{
    for split in splits(input.len()) {
        let partial = take(&input[..split]);
        assert!(!matches!(partial, Ok(Some(_))), "{why}: the first {split} bytes gave {partial:?}");
    }
    assert_eq!(take(input).as_ref().err(), Some(expected), "{why}");
}

/// Every place where `len` bytes can be cut short; for long inputs, those near both ends and some between.
fn splits(len: usize) -> impl Iterator<Item = usize> {
    (0..len).filter(move |&at| len < 600 || at < 100 || at + 100 > len || at % 509 == 0)
}
