//! Checks a function: visible vectors, hidden tests, limits and real use, a star for each. Programs are in [`program`].

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Context as _;
use syntax::rule::Language;

use super::cases::{self, Mutation, Random};
use super::child::{Crash, Runner};
use super::compile;
use super::exercise::{Exercise, Task};
use super::frames::{Reply, SplitInput};
use super::oracle::{Answer, Arrives, Function, Verdict};
use super::outcome::{Counterexample, Failure, Report};
use super::program::{self, Build};
use super::programming::Programming;
use super::real_use;
use super::shrink::shrink;

/// Random inputs are tried so many times as often as there are to be cases: many break rules of other exercises.
const TRIES: usize = 8;

/// How a check is done.
#[derive(Clone, Copy)]
pub(super) struct LearnOptions {
    /// Random cases of the second star.
    pub(super) cases: usize,
    /// Determines them.
    pub(super) seed: u16,
    /// Of findings about a program.
    pub(super) language: Language,
}

/// Checks the file of an exercise in a folder.
pub(super) fn check(
    directory: &Path,
    programming: Programming,
    exercise: &Exercise,
    options: LearnOptions,
) -> anyhow::Result<Report> {
    let directory = &compile::absolute(directory)?;
    if let Err(failure) = compile::build(directory, programming, exercise.id)? {
        return Ok(Report { stars: 0, failure: Some(Failure::NotRunnable(failure)), cases: 0 });
    }
    let function = match exercise.task {
        Task::Function(function) => function,
        Task::Program(program) => {
            let build = Build { directory, programming };
            return program::check(program.role, build, exercise, options.language);
        }
    };
    let launch = compile::function(directory, programming, exercise.id, exercise.info.limits);
    let judge = Judge { exercise, function };
    FunctionCheck { judge, runner: Runner::new(launch), directory, programming, tried: 0 }.run(options)
}

/// Knows which inputs belong to an exercise, and which answers are right.
#[derive(Clone, Copy)]
struct Judge<'a> {
    exercise: &'a Exercise,
    function: &'static Function,
}

impl<'a> Judge<'a> {
    fn expected(self, input: &[u8]) -> Verdict {
        (self.function.oracle)(input)
    }

    fn arrives_in_reads(self) -> bool {
        self.function.arrives == Arrives::InReads
    }

    /// Whether an answer is the oracle's, for what had arrived.
    fn is_right(self, case: &SplitInput, actual: &Result<Reply, Crash>) -> bool {
        match actual {
            Ok(Reply { read, answer: Ok(answer) }) => *answer == self.expected(case.arrived(*read)).answer,
            _ => false,
        }
    }

    /// An input that is bad is followed by line ends: a function may wait for the end of the line.
    fn closed(self, mut input: Vec<u8>) -> Vec<u8> {
        const LINE_ENDS: &[u8] = b"\r\n\r\n";
        let is_open = self.arrives_in_reads() && !input.ends_with(LINE_ENDS);
        if is_open && matches!(self.expected(&input).answer, Answer::Bad(_)) {
            input.extend_from_slice(LINE_ENDS);
        }
        input
    }

    fn is_in_scope(self, input: &[u8]) -> bool {
        let verdict = self.expected(input);
        let is_complete = self.arrives_in_reads() || verdict.answer != Answer::More;
        is_complete && verdict.rule.is_none_or(|rule| self.exercise.info.rules.iter().any(|id| id == rule.id))
    }

    /// Random cases about the rules of the exercise.
    fn random(self, options: LearnOptions) -> impl Iterator<Item = SplitInput> + use<'a> {
        let mut random = Random::new(options.seed.into());
        let mutation = Mutation::new(&self.exercise.info);
        let cases = (0..options.cases.saturating_mul(TRIES)).filter_map(move |_| {
            let input = self.closed(mutation.input(&mut random));
            self.is_in_scope(&input).then(|| match self.arrives_in_reads() {
                true => cases::reads(input, &mut random),
                false => SplitInput::whole(input),
            })
        });
        cases.take(options.cases)
    }
}

struct FunctionCheck<'a> {
    judge: Judge<'a>,
    runner: Runner,
    /// The learner's folder.
    directory: &'a Path,
    programming: Programming,
    tried: usize,
}

/// A case that failed, and the answer to it.
struct FailedCase {
    case: SplitInput,
    actual: Result<Reply, Crash>,
}

impl FunctionCheck<'_> {
    fn run(mut self, options: LearnOptions) -> anyhow::Result<Report> {
        let (judge, info) = (self.judge, &self.judge.exercise.info);
        let vectors = info.vectors.iter().map(|vector| SplitInput::whole(vector.0.clone()));
        if let Some(found) = self.first_failure(vectors)? {
            return self.report(0, found, None);
        }
        let inputs = info.vectors.iter().chain(&info.seeds).map(|input| judge.closed(input.0.clone()));
        let hidden = inputs.flat_map(|input| match judge.arrives_in_reads() {
            true => cases::splits(&input),
            false => vec![SplitInput::whole(input)],
        });
        if let Some(found) = self.first_failure(hidden)? {
            return self.report(1, found, None);
        }
        if let Some(found) = self.first_failure(judge.random(options))? {
            return self.report(1, found, Some(options.seed));
        }
        let hostile = info.hostile.iter().map(|hostile| SplitInput::whole(hostile.input()));
        if let Some(found) = self.first_failure(hostile)? {
            return self.report(2, found, None);
        }
        let trouble = match judge.function.real_use {
            Some(real_use) => real_use::run(real_use, self.runner)?,
            None => None,
        };
        let stars = if trouble.is_some() { 2 } else { 3 };
        Ok(Report { stars, failure: trouble.map(Failure::RealUse), cases: self.tried })
    }

    fn first_failure(
        &mut self,
        cases: impl IntoIterator<Item = SplitInput>,
    ) -> anyhow::Result<Option<FailedCase>> {
        let (judge, mut found, tried) = (self.judge, None, &mut self.tried);
        let asked = self.runner.ask_all(cases, |case, actual| {
            *tried += 1;
            if judge.is_right(case, &actual) {
                return ControlFlow::Continue(());
            }
            found = Some(FailedCase { case: case.clone(), actual });
            ControlFlow::Break(())
        });
        asked.context("cannot start the exercise")?;
        Ok(found)
    }

    fn report(mut self, stars: u32, found: FailedCase, seed: Option<u16>) -> anyhow::Result<Report> {
        let (number, length) = (self.tried, found.case.input.len());
        let is_slow = matches!(found.actual, Err(Crash::Hang(_) | Crash::Memory(_)));
        let found = if stars == 1 && !is_slow { self.shrunk(found)? } else { found };
        let mutant = self.mutant(stars, &found)?;
        let read = found.actual.as_ref().map_or(usize::MAX, |reply| reply.read);
        let expected = self.judge.expected(found.case.arrived(read));
        let FailedCase { case, actual } = found;
        let counterexample = Counterexample { number, length, case, actual, expected, mutant, seed };
        Ok(Report { stars, failure: Some(Failure::Case(Box::new(counterexample))), cases: number })
    }

    /// The simplest case that fails.
    fn shrunk(&mut self, found: FailedCase) -> anyhow::Result<FailedCase> {
        let (judge, start, mut best, mut trouble) = (self.judge, found.case.clone(), found, None);
        best.case = shrink(start, |case| {
            let is_closed = judge.closed(case.input.clone()) == case.input;
            if case.input.is_empty() || !is_closed || !judge.is_in_scope(&case.input) {
                return false;
            }
            match self.first_failure([case.clone()]) {
                Ok(Some(FailedCase { actual: Err(Crash::Hang(_)), .. }) | None) => false,
                Ok(Some(FailedCase { actual, .. })) => {
                    best.actual = actual;
                    true
                }
                Err(error) => {
                    trouble = Some(error);
                    false
                }
            }
        });
        trouble.map_or(Ok(best), Err)
    }

    /// The name of the mutant that answers as the learner does, if only one does.
    fn mutant(&self, stars: u32, found: &FailedCase) -> anyhow::Result<Option<&'static str>> {
        if matches!(found.actual, Err(Crash::NotWritten | Crash::Unloadable(_))) {
            return Ok(None);
        }
        let (exercise, programming) = (self.judge.exercise, self.programming);
        let scratch = tempfile::tempdir().context("cannot make a temporary directory")?;
        let mut sources = Vec::new();
        // The others fail before this star, or after it.
        for mutant in exercise.mutants.iter().filter(|mutant| mutant.star == stars + 1) {
            sources.extend(mutant.source(exercise, programming)?.map(|source| (mutant.name, source)));
        }
        let limits = exercise.info.limits;
        let launches = compile::mutants(self.directory, scratch.path(), programming, &sources, limits)
            .with_context(|| format!("exercise '{}'", exercise.id))?;
        let mut same = Vec::new();
        for ((name, _), launch) in sources.iter().zip(launches) {
            if is_same(&Runner::new(launch).ask(&found.case)?, &found.actual) {
                same.push(*name);
            }
        }
        Ok(match same.as_slice() {
            [only] => Some(only),
            _ => None,
        })
    }
}

/// Whether two functions fail in the same way: with the same answer, or with the same kind of crash.
fn is_same(one: &Result<Reply, Crash>, other: &Result<Reply, Crash>) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => one == other,
        (Err(one), Err(other)) => std::mem::discriminant(one) == std::mem::discriminant(other),
        _ => false,
    }
}
