//! Medians, their spread, and the best contender.

use std::fmt;

use crate::server::Role;

/// One value of a contender for each round.
pub(crate) struct Values {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) rounds: Vec<f64>,
}

impl Values {
    pub(crate) fn median(&self) -> f64 {
        Spread::of(self.rounds.clone()).median
    }

    /// The ratio of ours to theirs, round by round.
    pub(crate) fn ratio_to(&self, other: &Self) -> Spread {
        Spread::of(self.rounds.iter().zip(&other.rounds).map(|(own, theirs)| own / theirs).collect())
    }
}

/// A median and its range.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let last = values.len().saturating_sub(1);
        Self { median: f64::midpoint(at(last / 2), at(last.div_ceil(2))), least: at(0), most: at(last) }
    }
}

/// `0.72 (0.70–0.75)`
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ({:.2}–{:.2})", self.median, self.least, self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        for (values, expected) in [
            (vec![3.0], "3.00 (3.00–3.00)"),
            (vec![4.0, 1.0], "2.50 (1.00–4.00)"),
            (vec![9.0, 1.0, 2.0], "2.00 (1.00–9.00)"),
            (vec![4.0, 1.0, 2.0, 3.0], "2.50 (1.00–4.00)"),
        ] {
            assert_eq!(Spread::of(values).to_string(), expected);
        }
    }

    #[test]
    fn a_ratio_is_taken_within_each_round() {
        let values = |rounds: &[f64]| Values { name: String::new(), role: Role::Peer, rounds: rounds.into() };
        let ratio = values(&[4.0, 60.0, 3.0]).ratio_to(&values(&[8.0, 60.0, 1.0]));
        assert_eq!(ratio.to_string(), "1.00 (0.50–3.00)");
    }
}
