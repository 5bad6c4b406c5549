//! Cases: inputs, and the reads in which they arrive. A seed determines all random ones.

use super::exercise::{Bytes, Info};
use super::frames::SplitInput;

/// Up to this length, all splits of an input into three reads are tried.
const THREE_WAY_LIMIT: usize = 24;

/// Changes of one random input.
const CHANGES: usize = 4;

/// Bytes of a random input.
const LENGTH_LIMIT: usize = 400;

/// A generator of pseudo-random numbers (SplitMix64).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 if there is none.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or_default()
    }

    fn choose<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }
}

/// All splits of an input into two reads, of a short one into three, and byte by byte.
pub(super) fn splits(input: &[u8]) -> Vec<SplitInput> {
    let length = input.len();
    let case = |cuts: &[usize]| SplitInput { input: input.to_vec(), ends: [cuts, &[length]].concat() };
    let mut cases: Vec<SplitInput> = (1..length).map(|cut| case(&[cut])).collect();
    if length <= THREE_WAY_LIMIT {
        cases.extend(
            (1..length)
                .flat_map(|first| (first + 1..length).map(move |second| [first, second]))
                .map(|cuts| case(&cuts)),
        );
    }
    cases.push(case(&(1..length).collect::<Vec<_>>()));
    cases
}

/// Changes inputs of an exercise: pieces are inserted, removed, replaced, repeated and joined.
pub(super) struct Mutation<'a> {
    seeds: Vec<&'a [u8]>,
    tokens: Vec<&'a [u8]>,
    /// The bytes of all seeds and tokens.
    alphabet: Vec<u8>,
}

impl<'a> Mutation<'a> {
    pub(super) fn new(info: &'a Info) -> Self {
        let slices = |bytes: &'a [Bytes]| bytes.iter().map(|bytes| &*bytes.0);
        let seeds: Vec<_> = slices(&info.vectors).chain(slices(&info.seeds)).collect();
        let tokens: Vec<_> = slices(&info.tokens).collect();
        let mut alphabet = [seeds.concat(), tokens.concat()].concat();
        alphabet.sort_unstable();
        alphabet.dedup();
        Self { seeds, tokens, alphabet }
    }

    pub(super) fn input(&self, random: &mut Random) -> Vec<u8> {
        let mut input = random.choose(&self.seeds).map_or_else(Vec::new, |seed| seed.to_vec());
        for _ in 0..=random.below(CHANGES) {
            self.change(&mut input, random);
        }
        input.truncate(LENGTH_LIMIT);
        input
    }

    fn change(&self, input: &mut Vec<u8>, random: &mut Random) {
        let at = random.below(input.len() + 1);
        let end = (at + 1 + random.below(4)).min(input.len()).max(at);
        let token = random.choose(&self.tokens).copied().unwrap_or_default();
        match random.below(7) {
            0 | 1 => drop(input.splice(at..at, token.iter().copied())),
            2 => drop(input.splice(at..end, token.iter().copied())),
            3 => drop(input.drain(at..end)),
            4 => {
                let again = input.get(at..end).unwrap_or_default().to_vec();
                input.splice(at..at, again);
            }
            5 => {
                let other = random.choose(&self.seeds).copied().unwrap_or_default();
                let from = random.below(other.len() + 1);
                input.splice(at.., other.get(from..).unwrap_or_default().iter().copied());
            }
            _ => {
                if let (Some(byte), Some(new)) = (input.get_mut(at), random.choose(&self.alphabet)) {
                    *byte = *new;
                }
            }
        }
    }
}

/// Some reads for an input: one, a few, or one for each byte.
pub(super) fn reads(input: Vec<u8>, random: &mut Random) -> SplitInput {
    let length = input.len();
    let mut ends: Vec<usize> = match random.below(8) {
        0 => (1..length).collect(),
        count => (0..count % 4).map(|_| random.below(length)).filter(|end| *end > 0).collect(),
    };
    ends.push(length);
    ends.sort_unstable();
    ends.dedup();
    SplitInput { input, ends }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_split_at_every_place() {
        let ends: Vec<_> = splits(b"abcd").into_iter().map(|case| case.ends).collect();
        let expected: [&[usize]; 7] =
            [&[1, 4], &[2, 4], &[3, 4], &[1, 2, 4], &[1, 3, 4], &[2, 3, 4], &[1, 2, 3, 4]];
        assert_eq!(ends, expected);
    }

    #[test]
    fn a_seed_determines_all_cases() {
        let made =
            |seed| (0..50).scan(Random::new(seed), |random, _| Some(random.below(1000))).collect::<Vec<_>>();
        assert_eq!(made(7), made(7));
        assert_ne!(made(7), made(8));
    }
}
