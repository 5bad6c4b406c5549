//! The exercises: what the folders of `exercises/`, which are embedded in the program, contain.
//!
//! It runs nothing. The expected answers are those of [`oracle`].

use std::borrow::Cow;

use anyhow::{Context as _, anyhow};
use serde::Deserialize;
use syntax::rule::Language;

use super::oracle::{self, Function, Source};
use super::programming::Programming;
use super::programs::{PROGRAMS, Program};

/// Each file of `exercises/`, by its path there.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/exercises.rs"));

/// An embedded file: `chunked/stub.py`.
pub(super) fn file(path: &str) -> Option<&'static str> {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}

/// The embedded files of a folder, with their paths.
pub(super) fn files(folder: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().copied().filter(move |(path, _)| path.starts_with(folder))
}

/// What a learner writes.
#[derive(Clone, Copy)]
pub(super) enum Task {
    /// A function that parses.
    Function(&'static Function),
    /// A program that communicates.
    Program(&'static Program),
}

/// An exercise.
pub(super) struct Exercise {
    pub(super) id: &'static str,
    pub(super) info: Info,
    pub(super) mutants: Vec<Mutant>,
    pub(super) task: Task,
}

/// The file `info.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Info {
    /// Position on the ladder.
    pub(super) step: u32,
    /// Chapter of the course.
    pub(super) chapter: u32,
    /// How long a learner needs.
    pub(super) minutes: u32,
    /// The document that defines the format.
    pub(super) rfc: String,
    /// The rules that the exercise is about; input that breaks another rule is not used.
    #[serde(default)]
    pub(super) rules: Vec<String>,
    #[serde(default)]
    pub(super) limits: Limits,
    /// Inputs of the first star, which learners can see.
    #[serde(default)]
    pub(super) vectors: Vec<Bytes>,
    /// Further inputs from which hidden ones are made.
    #[serde(default)]
    pub(super) seeds: Vec<Bytes>,
    /// Pieces that are inserted into inputs.
    #[serde(default)]
    pub(super) tokens: Vec<Bytes>,
    /// Inputs of the third star: large ones, and those of an attacker.
    #[serde(default)]
    pub(super) hostile: Vec<Hostile>,
    /// For a program: the cases of `mini check` that each star needs.
    #[serde(default)]
    pub(super) checks: Vec<Vec<String>>,
}

/// What a learner's process may use.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Limits {
    pub(super) memory_mib: u64,
    /// Wall time of one case.
    pub(super) case_seconds: u64,
    /// CPU time of the whole check.
    pub(super) cpu_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_mib: 256, case_seconds: 2, cpu_seconds: 60 }
    }
}

/// An input of the third star: `start`, `repeat` many times, `end`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hostile {
    #[serde(default)]
    start: Bytes,
    repeat: Bytes,
    times: usize,
    #[serde(default)]
    end: Bytes,
}

impl Hostile {
    pub(super) fn input(&self) -> Vec<u8> {
        [&*self.start.0, &self.repeat.0.repeat(self.times), &self.end.0].concat()
    }
}

/// Bytes, written as a string whose characters U+0000 to U+00FF are one byte each.
#[derive(Clone, Default, Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl TryFrom<Cow<'_, str>> for Bytes {
    type Error = String;

    fn try_from(text: Cow<'_, str>) -> Result<Self, String> {
        let bytes =
            text.chars().map(|char| u8::try_from(char).map_err(|_| format!("{char:?} is not a byte")));
        bytes.collect::<Result<_, _>>().map(Self)
    }
}

/// A wrong solution that learners write, and how to recognise it: a file of `mutants/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mutant {
    /// The name of its file.
    #[serde(skip)]
    pub(super) name: &'static str,
    /// The star that it does not earn.
    pub(super) star: u32,
    /// What its author believes, as the end of "looks like: ...".
    pub(super) misconception: TranslatedText,
    /// For a program: the case of `mini check` that finds it.
    #[serde(default)]
    pub(super) finding: Option<String>,
    /// How it differs from the solution.
    #[serde(default)]
    python: Vec<Change>,
    #[serde(default)]
    rust: Vec<Change>,
}

/// A text in each language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TranslatedText {
    en: String,
    id: String,
}

impl TranslatedText {
    pub(super) fn in_language(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::Indonesian => &self.id,
        }
    }
}

/// A piece of the solution, and the mistake in its place.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    old: String,
    new: String,
}

impl Mutant {
    /// The wrong solution in a programming language; `None` if there is none in it.
    pub(super) fn source(
        &self,
        exercise: &Exercise,
        programming: Programming,
    ) -> anyhow::Result<Option<String>> {
        let changes = match programming {
            Programming::Python => &self.python,
            Programming::Rust => &self.rust,
        };
        let mut source = exercise.file(&format!("solution.{}", programming.extension()))?.to_owned();
        for Change { old, new } in changes {
            if source.matches(old.as_str()).count() != 1 {
                return Err(anyhow!("{}: {old:?} is not in the solution exactly once", self.name));
            }
            source = source.replace(old.as_str(), new);
        }
        Ok((!changes.is_empty()).then_some(source))
    }
}

impl Exercise {
    /// All exercises, in the order of the ladder.
    pub(super) fn all() -> anyhow::Result<Vec<Self>> {
        let mut all: Vec<Self> = tasks()
            .map(|(id, task)| Self::load(id, task).with_context(|| format!("exercise '{id}'")))
            .collect::<anyhow::Result<_>>()?;
        all.sort_by_key(|exercise| exercise.info.step);
        Ok(all)
    }

    fn load(id: &'static str, task: Task) -> anyhow::Result<Self> {
        let read = |path: &str| file(path).ok_or_else(|| anyhow!("{path} is missing"));
        let info = toml::from_str(read(&format!("{id}/info.toml"))?).context("info.toml")?;
        let prefix = format!("{id}/mutants/");
        let files = files(&prefix).filter_map(|(path, text)| {
            let name = path.rsplit('/').next()?.strip_suffix(".toml")?;
            Some(toml::from_str(text).map(|mutant| Mutant { name, ..mutant }).context(name))
        });
        Ok(Self { id, info, mutants: files.collect::<anyhow::Result<_>>()?, task })
    }

    /// A file of its folder.
    pub(super) fn file(&self, name: &str) -> anyhow::Result<&'static str> {
        let path = format!("{}/{name}", self.id);
        file(&path).ok_or_else(|| anyhow!("exercises/{path} is missing"))
    }

    /// Its text, without the hints.
    pub(super) fn text(&self, language: Language) -> anyhow::Result<&'static str> {
        let text = self.file(text_file(language))?;
        Ok(text.split_once("\n## ").map_or(text, |(text, _)| text))
    }

    /// The part of this project that does the same work.
    pub(super) fn production(&self) -> &'static Source {
        match self.task {
            Task::Function(function) => &function.production,
            Task::Program(program) => &program.production,
        }
    }

    /// A hint, from 1 to 3.
    pub(super) fn hint(&self, language: Language, level: usize) -> anyhow::Result<&'static str> {
        let section = self.file(text_file(language))?.split("\n## ").nth(level);
        let (_, hint) = section
            .and_then(|section| section.split_once('\n'))
            .ok_or_else(|| anyhow!("{}: hint {level} is missing in {}", self.id, text_file(language)))?;
        Ok(hint.trim())
    }
}

/// Each exercise's name and task.
fn tasks() -> impl Iterator<Item = (&'static str, Task)> {
    let functions = oracle::FUNCTIONS.iter().map(|(id, function)| (*id, Task::Function(function)));
    functions.chain(PROGRAMS.iter().map(|(id, program)| (*id, Task::Program(program))))
}

/// The file of a text in a language.
pub(super) fn text_file(language: Language) -> &'static str {
    match language {
        Language::English => "text.en.md",
        Language::Indonesian => "text.id.md",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const LANGUAGES: [Language; 2] = [Language::English, Language::Indonesian];

    fn known_rules() -> HashSet<&'static str> {
        let http = http_wire::rule::Rule::ALL.iter().map(|rule| rule.description().id);
        http.chain(ftp_wire::rule::Rule::ALL.iter().map(|rule| rule.description().id)).collect()
    }

    #[test]
    fn every_exercise_is_complete() {
        let known = known_rules();
        for exercise in Exercise::all().unwrap() {
            let (id, info) = (exercise.id, &exercise.info);
            assert!((5..=120).contains(&info.minutes) && (1..=8).contains(&info.chapter), "{id}");
            assert!(info.rfc.contains("RFC "), "{id}: {}", info.rfc);
            assert!(info.rules.iter().all(|rule| known.contains(rule.as_str())), "{id}: {:?}", info.rules);
            for language in LANGUAGES {
                assert!(exercise.text(language).unwrap().starts_with("# "), "{id}");
                for level in 1..=3 {
                    assert!(exercise.hint(language, level).unwrap().len() > 40, "{id}, hint {level}");
                }
                assert!(
                    exercise.hint(language, 1).unwrap().contains("RFC "),
                    "{id}: the first hint names a section"
                );
            }
            let (_, lines) = exercise.production().lines();
            assert!(lines.lines().count() > 2, "{id}: {lines}");
        }
    }

    #[test]
    fn every_exercise_has_mutants_in_both_languages() {
        for exercise in Exercise::all().unwrap() {
            for programming in [Programming::Python, Programming::Rust] {
                for file in ["stub", "solution"] {
                    exercise.file(&format!("{file}.{}", programming.extension())).unwrap();
                }
                let sources =
                    exercise.mutants.iter().map(|mutant| mutant.source(&exercise, programming).unwrap());
                assert!(sources.flatten().count() >= 3, "{}: {programming:?}", exercise.id);
            }
            for mutant in &exercise.mutants {
                let texts: HashSet<_> =
                    LANGUAGES.map(|language| mutant.misconception.in_language(language)).into();
                assert_eq!(texts.len(), 2, "{}: {} in two languages", exercise.id, mutant.name);
            }
        }
    }

    #[test]
    fn every_folder_has_a_task() {
        let folders: HashSet<_> =
            FILES.iter().filter_map(|(path, _)| path.strip_suffix("/info.toml")).collect();
        let bound: HashSet<_> = tasks().map(|(id, _)| id).collect();
        assert_eq!(folders, bound);
    }

    #[test]
    fn a_visible_case_is_about_the_rules_of_its_exercise() {
        for exercise in Exercise::all().unwrap() {
            let Task::Function(function) = exercise.task else { continue };
            for input in &exercise.info.vectors {
                let rule = (function.oracle)(&input.0).rule;
                let is_known = rule.is_none_or(|rule| exercise.info.rules.iter().any(|id| id == rule.id));
                assert!(is_known, "{}: {}", exercise.id, input.0.escape_ascii());
            }
        }
    }
}
