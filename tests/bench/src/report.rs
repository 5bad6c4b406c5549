//! The results of one run.

mod json;
mod machine;
mod table;

use anyhow::Result;
use clap::ValueEnum;

use crate::rounds::Outcome;
use crate::server::Role;
use crate::tree::FileSystem;
use crate::values::{Spread, Values};

#[derive(Default)]
pub(crate) struct Report {
    /// With the file system's name, unless it is the disk's.
    cases: Vec<(Option<String>, Case)>,
    file_system: Option<String>,
    figures: Vec<Figure>,
    left_out: Vec<String>,
}

/// A load, compared by the rate of each server and its CPU time.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// The counted unit: requests, logins, MB.
    pub(crate) unit: &'static str,
    pub(crate) goals: Goals,
    pub(crate) outcomes: Vec<Outcome>,
}

/// Limits of the ratios of ours to another's: maximum CPU time, minimum rate.
#[derive(Clone, Copy)]
pub(crate) struct Goals {
    pub(crate) cpu_to_peer: Option<f64>,
    pub(crate) cpu_to_floor: Option<f64>,
    pub(crate) rate_to_peer: f64,
}

/// Any other measurement; less is better.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) title: String,
    pub(crate) unit: &'static str,
    pub(crate) goal: Goal,
    pub(crate) values: Vec<Values>,
}

pub(crate) enum Goal {
    /// At most this ratio to the best peer.
    ToPeer(f64),
    /// At most this value, in the figure's unit.
    AtMost(f64),
    /// Reported without a limit.
    None,
}

/// Prints to standard error what is being measured.
pub(crate) fn progress(title: &str) {
    eprintln!("measuring: {title}");
}

impl Report {
    /// Names what the files of the cases that follow are stored on.
    pub(crate) fn set_file_system(&mut self, on: FileSystem) {
        let name = on.to_possible_value().map(|value| value.get_name().to_owned());
        self.file_system = name.filter(|_| on != FileSystem::Disk);
    }

    /// Adds a case behind its results on other file systems.
    pub(crate) fn add(&mut self, case: Case) {
        let last = self.cases.iter().rposition(|(_, other)| other.name == case.name);
        let at = last.map_or(self.cases.len(), |last| last + 1);
        self.cases.insert(at, (self.file_system.clone(), case));
    }

    pub(crate) fn add_figure(&mut self, mut figure: Figure) {
        figure.title.extend(self.file_system.iter().map(|on| format!(", {on}")));
        self.figures.push(figure);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.cases.is_empty() && self.figures.is_empty()
    }

    /// Names an unavailable program, at once and in the report, and continues without it.
    pub(crate) fn or_left_out<T>(&mut self, name: &str, result: Result<T>) -> Option<T> {
        let note = |error: &anyhow::Error| {
            let line = format!("{name}: {error:#}");
            eprintln!("left out: {line}");
            self.left_out.push(line);
        };
        result.inspect_err(note).ok()
    }
}

impl Case {
    fn of(&self, role: Role) -> Option<&Outcome> {
        best(&self.outcomes, role)
    }

    fn cpu_to(&self, role: Role) -> Option<Spread> {
        Some(self.of(Role::Ours)?.cpu.ratio_to(&self.of(role)?.cpu))
    }

    fn rate_to_peer(&self) -> Option<Spread> {
        Some(self.of(Role::Ours)?.rate.ratio_to(&self.of(Role::Peer)?.rate))
    }
}

impl Figure {
    fn of(&self, role: Role) -> Option<&Values> {
        let all = self.values.iter().filter(|values| values.role == role);
        all.min_by(|one, other| one.median().total_cmp(&other.median()))
    }

    fn to_peer(&self) -> Option<Spread> {
        Some(self.of(Role::Ours)?.ratio_to(self.of(Role::Peer)?))
    }
}

/// The server with the highest rate of a role. The one with the least CPU time may only be one that stalls.
pub(crate) fn best(outcomes: &[Outcome], role: Role) -> Option<&Outcome> {
    let all = outcomes.iter().filter(|outcome| outcome.rate.role == role);
    all.max_by(|one, other| one.rate.median().total_cmp(&other.rate.median()))
}
