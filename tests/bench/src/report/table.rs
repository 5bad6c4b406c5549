//! Markdown tables for docs/performance.md.

use super::{Case, Figure, Goal, Report, machine};
use crate::rounds::Outcome;
use crate::server::Role;
use crate::values::{Spread, Values};

const NOTHING: &str = "–";

impl Report {
    /// Two tables, of cases and of other figures, and a list of the servers left out.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("Measured by `cargo run --release -p bench` on {}.\n", machine::description());
        text += "CPU is the server's time for one unit, in microseconds; the best peer is the fastest. Medians of\n";
        text += "all rounds; ratios are ours to the other's in the same round, with their range.\n";
        if !self.cases.is_empty() {
            text += "\n| case | ours: rate, CPU | best peer: rate, CPU | rate to peer | goal ";
            text += "| CPU to peer | goal | CPU to floor | goal |\n";
            text += "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
            text.extend(self.cases.iter().map(|(on, case)| case.row(on.as_deref())));
        }
        if !self.figures.is_empty() {
            text += "\n| figure | ours | best peer | ratio | goal |\n";
            text += "| --- | --- | --- | --- | --- |\n";
            text.extend(self.figures.iter().map(Figure::row));
        }
        if !self.left_out.is_empty() {
            text += "\n";
            text.extend(self.left_out.iter().map(|line| format!("Left out: {line}.\n")));
        }
        text
    }
}

impl Case {
    fn row(&self, on: Option<&str>) -> String {
        let (cpu_to_peer, cpu_to_floor) = (self.cpu_to(Role::Peer), self.cpu_to(Role::Floor));
        row(&[
            on.map_or_else(|| self.title.to_owned(), |on| format!("{}, {on}", self.title)),
            self.of(Role::Ours).map_or_else(nothing, |ours| self.pace(ours)),
            self.of(Role::Peer)
                .map_or_else(nothing, |peer| format!("{}: {}", peer.rate.name, self.pace(peer))),
            spread(self.rate_to_peer()),
            at_least(median(self.rate_to_peer()), self.goals.rate_to_peer),
            spread(cpu_to_peer),
            at_most(median(cpu_to_peer), self.goals.cpu_to_peer),
            spread(cpu_to_floor),
            at_most(median(cpu_to_floor), self.goals.cpu_to_floor),
        ])
    }

    /// `171,204 requests/s, 5.80 µs`
    fn pace(&self, outcome: &Outcome) -> String {
        format!("{} {}/s, {} µs", number(outcome.rate.median()), self.unit, number(outcome.cpu.median()))
    }
}

impl Figure {
    fn row(&self) -> String {
        let own = self.of(Role::Ours).map(Values::median);
        let (ratio, unit) = (self.to_peer(), self.unit);
        row(&[
            self.title.clone(),
            own.map_or_else(nothing, |own| format!("{} {unit}", number(own))),
            self.of(Role::Peer)
                .map_or_else(nothing, |peer| format!("{}: {} {unit}", peer.name, number(peer.median()))),
            spread(ratio),
            match self.goal {
                Goal::ToPeer(goal) => at_most(median(ratio), Some(goal)),
                Goal::AtMost(goal) => at_most(own, Some(goal)),
                Goal::None => nothing(),
            },
        ])
    }
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn spread(ratio: Option<Spread>) -> String {
    ratio.map_or_else(nothing, |ratio| ratio.to_string())
}

fn median(ratio: Option<Spread>) -> Option<f64> {
    ratio.map(|ratio| ratio.median)
}

fn at_most(value: Option<f64>, goal: Option<f64>) -> String {
    goal.map_or_else(nothing, |goal| format!("≤ {goal}{}", verdict(value.map(|value| value <= goal))))
}

fn at_least(value: Option<f64>, goal: f64) -> String {
    format!("≥ {goal}{}", verdict(value.map(|value| value >= goal)))
}

fn verdict(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => ", met",
        Some(false) => ", **missed**",
        None => "",
    }
}

fn nothing() -> String {
    NOTHING.to_owned()
}

/// Three significant digits, because a shared machine gives no more; large numbers get separators: `171,204`.
fn number(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => separated(&format!("{value:.0}")),
    }
}

fn separated(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_exact_as_their_size_deserves() {
        for (value, text) in [(0.531, "0.53"), (12.34, "12.3"), (359.6, "360"), (1_061_204.4, "1,061,204")] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_goal_says_whether_it_was_met() {
        assert_eq!(at_most(Some(0.8), Some(0.8)), "≤ 0.8, met");
        assert_eq!(at_least(Some(0.99), 1.0), "≥ 1, **missed**");
        assert_eq!(at_most(None, Some(1.1)), "≤ 1.1");
    }
}
