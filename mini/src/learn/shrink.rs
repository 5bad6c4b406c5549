//! Shrinking: the simplest case that fails, first by length, then by number of reads, then by values.

use std::time::{Duration, Instant};

use super::frames::SplitInput;

/// Cases that are tried at most, and for how long.
const ATTEMPTS: usize = 2_000;
const TIME: Duration = Duration::from_millis(800);

/// Bytes that others are replaced by, simplest first.
const SIMPLE: &[u8] = b"0a";

/// The simplest case that `fails`, from one that does.
pub(super) fn shrink(case: SplitInput, mut fails: impl FnMut(&SplitInput) -> bool) -> SplitInput {
    let (start, mut attempts) = (Instant::now(), 0);
    let mut fails = move |case: &SplitInput| {
        attempts += 1;
        attempts <= ATTEMPTS && start.elapsed() < TIME && fails(case)
    };
    let mut case = case;
    loop {
        let before = case.clone();
        case = shorter(case, &mut fails);
        case = fewer_reads(case, &mut fails);
        case = simpler(case, &mut fails);
        if case == before {
            return case;
        }
    }
}

/// Removes pieces, large ones first.
fn shorter(mut case: SplitInput, fails: &mut impl FnMut(&SplitInput) -> bool) -> SplitInput {
    let mut size = case.input.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < case.input.len() {
            let smaller = without(&case, at, size);
            match fails(&smaller) {
                true => case = smaller,
                false => at += size,
            }
        }
        size /= 2;
    }
    case
}

fn without(case: &SplitInput, at: usize, size: usize) -> SplitInput {
    let end = (at + size).min(case.input.len());
    let mut input = case.input.clone();
    input.drain(at..end);
    let moved = case.ends.iter().map(|&place| if place >= end { place - (end - at) } else { place.min(at) });
    let mut ends: Vec<usize> = moved.filter(|place| *place > 0).collect();
    ends.dedup();
    if ends.last() != Some(&input.len()) {
        ends.push(input.len());
    }
    SplitInput { input, ends }
}

/// Tries one read, then two, then drops one at a time.
fn fewer_reads(mut case: SplitInput, fails: &mut impl FnMut(&SplitInput) -> bool) -> SplitInput {
    let length = case.input.len();
    if case.ends.len() > 1 {
        let with = |ends| SplitInput { input: case.input.clone(), ends };
        let fewer = std::iter::once(vec![length]).chain((1..length).map(|cut| vec![cut, length]));
        if let Some(found) =
            fewer.map(with).filter(|fewer| fewer.ends.len() < case.ends.len()).find(|case| fails(case))
        {
            return found;
        }
    }
    let mut at = 0;
    while at + 1 < case.ends.len() {
        let mut fewer = case.clone();
        fewer.ends.remove(at);
        match fails(&fewer) {
            true => case = fewer,
            false => at += 1,
        }
    }
    case
}

/// Replaces bytes by simple ones.
fn simpler(mut case: SplitInput, fails: &mut impl FnMut(&SplitInput) -> bool) -> SplitInput {
    for at in 0..case.input.len() {
        for byte in SIMPLE {
            let mut simpler = case.clone();
            match simpler.input.get_mut(at) {
                Some(old) if old.is_ascii_alphanumeric() && !SIMPLE.contains(old) => *old = *byte,
                _ => break,
            }
            if fails(&simpler) {
                case = simpler;
                break;
            }
        }
    }
    case
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simplest_failing_case_is_found() {
        let case = SplitInput { input: b"5\r\nhello\r\n0x3\r\n".to_vec(), ends: vec![3, 11, 15] };
        for (fails, expected, reads, why) in [
            (
                Box::new(|case: &SplitInput| case.input.contains(&b'x')) as Box<dyn Fn(&SplitInput) -> bool>,
                &b"x"[..],
                vec![1],
                "one byte",
            ),
            (Box::new(|case: &SplitInput| case.ends.len() > 1), b"\r\n", vec![1, 2], "two reads are needed"),
            (
                Box::new(|case: &SplitInput| case.input.len() > 2 && case.input.starts_with(b"5")),
                b"5\x0D\n",
                vec![3],
                "a length",
            ),
        ] {
            let shrunk = shrink(case.clone(), fails);
            assert_eq!(
                shrunk.input.len(),
                expected.len(),
                "{why}: {:?}",
                shrunk.input.escape_ascii().to_string()
            );
            assert_eq!(shrunk.ends, reads, "{why}");
        }
    }
}
