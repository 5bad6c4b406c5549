//! The result of a check of an exercise: the stars, and why the next one is missing.

use common::check::Finding;

use super::child::Crash;
use super::clients::Trouble;
use super::compile::NotRunnable;
use super::frames::{Reply, SplitInput};
use super::oracle::Verdict;

/// The result of a check.
pub(super) struct Report {
    pub(super) stars: u32,
    pub(super) failure: Option<Failure>,
    /// How many cases were tried.
    pub(super) cases: usize,
}

/// Why a star is missing.
pub(super) enum Failure {
    NotRunnable(NotRunnable),
    Case(Box<Counterexample>),
    RealUse(Trouble),
    Program(ProgramFailure),
}

impl Failure {
    /// The name of the mutant that fails in the same way, if only one does.
    pub(super) fn mutant(&self) -> Option<&'static str> {
        match self {
            Self::Case(case) => case.mutant,
            Self::Program(ProgramFailure::Case { mutant, .. }) => *mutant,
            _ => None,
        }
    }
}

/// A case in which an answer is wrong.
pub(super) struct Counterexample {
    /// Its number.
    pub(super) number: usize,
    /// The length that it had before it was shrunk.
    pub(super) length: usize,
    pub(super) case: SplitInput,
    pub(super) actual: Result<Reply, Crash>,
    pub(super) expected: Verdict,
    /// The name of the mutant that fails in the same way, if only one does.
    pub(super) mutant: Option<&'static str>,
    /// The seed, if the case is random.
    pub(super) seed: Option<u16>,
}

/// Why a program does not earn a star.
pub(super) enum ProgramFailure {
    /// It is the stub.
    NotWritten,
    /// It does not listen, or has ended.
    NotListening { port: u16, seconds: u64, printed: String },
    /// The first case that failed, the only mutant that it finds, and the last lines that the program printed.
    Case { finding: Box<Finding>, mutant: Option<&'static str>, printed: String },
}
