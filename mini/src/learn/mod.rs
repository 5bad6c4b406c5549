//! `mini learn`: exercises in Python and Rust, checked against the parsers of this project.
//!
//! A learner's folder holds stubs and texts, and nothing of the expected answers. [`check`] compares a function in a
//! process of its own ([`child`]) with an [`oracle`], and examines a [`program`] with the cases of `mini check`;
//! [`folder`] keeps what was achieved.

mod cases;
mod check;
mod child;
mod clients;
mod compile;
mod examples;
mod exercise;
mod folder;
mod frames;
mod lesson;
mod oracle;
mod outcome;
mod program;
mod programming;
mod programs;
mod real_use;
mod report;
mod show;
mod shrink;
mod tls;
mod watch;
mod words;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use common::client::FaultKind;
use common::command::{CommandFailure, Lang, language};
use sha2::{Digest as _, Sha256};

use check::LearnOptions;
use exercise::Exercise;
use folder::Folder;
use outcome::{Failure, Report};
use programming::Programming;
use show::Show;
use words::say;

#[derive(Subcommand)]
#[command(after_help = examples::LEARN)]
pub(crate) enum Learn {
    /// Write the exercises into a folder
    #[command(after_help = examples::START)]
    Start(Start),
    /// List the exercises: their stars, what is missing, what is next
    #[command(visible_alias = "status")]
    #[command(after_help = examples::LIST)]
    List(Place),
    /// Check an exercise
    #[command(after_help = examples::CHECK)]
    Check(CheckExercise),
    /// Check an exercise again after each save
    #[command(after_help = examples::WATCH)]
    Watch(Watch),
    /// Print a hint: first a question, then a plan, then a skeleton
    #[command(after_help = examples::HINT)]
    Hint(Hint),
    /// Write the stub of an exercise again, and keep the previous file
    #[command(after_help = examples::RESET)]
    Reset(SelectedExercise),
    /// Print the solution, after two stars
    #[command(after_help = examples::SOLUTION)]
    Solution(Solution),
    /// Print what learners have achieved, for teachers
    #[command(after_help = examples::REPORT)]
    Report(ReportCommand),
    /// Serve TLS for a learner's program in Rust
    #[command(hide = true)]
    Tls(tls::TlsRelay),
}

#[derive(Args)]
pub(crate) struct Start {
    /// Folder to write into
    #[arg(value_name = "DIR")]
    dir: PathBuf,

    /// Programming language: python or rust [default: python]
    #[arg(long = "in", value_name = "LANG", hide_possible_values = true)]
    programming: Option<Programming>,

    /// Language of texts and messages: en or id [default: that of LC_ALL or LANG]
    #[arg(long, value_name = "LANG", hide_possible_values = true)]
    lang: Option<Lang>,
}

#[derive(Args)]
pub(crate) struct Place {
    /// Folder of the exercises
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

#[derive(Args)]
pub(crate) struct SelectedExercise {
    /// Exercise, as in chunked
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(crate) struct CheckExercise {
    /// Exercise [default: the next one]
    #[arg(value_name = "ID")]
    id: Option<String>,

    /// Check all exercises that were started
    #[arg(long, conflicts_with = "id")]
    all: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Repeat the random cases of an earlier check
    #[arg(long, value_name = "SEED", value_parser = seed)]
    replay: Option<u16>,

    /// Random cases of the second star
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    cases: usize,

    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(crate) struct Watch {
    /// Compare files twice a second, where the system does not report changes (WSL, network drives)
    #[arg(long)]
    poll: bool,

    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(crate) struct Hint {
    /// Exercise and folder.
    #[command(flatten)]
    selected: SelectedExercise,

    /// Level: 1, 2 or 3
    #[arg(value_name = "LEVEL", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=3))]
    level: u8,
}

#[derive(Args)]
pub(crate) struct Solution {
    /// Show it before two stars are earned
    #[arg(long)]
    give_up: bool,

    #[command(flatten)]
    selected: SelectedExercise,
}

#[derive(Args)]
pub(crate) struct ReportCommand {
    /// Folders of the learners; the name of each is the learner's
    #[arg(value_name = "DIR", required = true)]
    dirs: Vec<PathBuf>,

    /// A line for each learner and exercise
    #[arg(long, required_unless_present = "html", conflicts_with = "html")]
    csv: bool,

    /// A page for a browser
    #[arg(long)]
    html: bool,

    /// Language of the page: en or id [default: that of LC_ALL or LANG]
    #[arg(long, value_name = "LANG", hide_possible_values = true)]
    lang: Option<Lang>,
}

fn seed(text: &str) -> Result<u16, String> {
    u16::from_str_radix(text, 16).map_err(|_| "a seed is up to four hexadecimal digits, as in 51f3".into())
}

impl Learn {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        // A process for each connection starts sooner without them.
        let exercises = if matches!(self, Self::Tls(_)) { Vec::new() } else { Exercise::all()? };
        match self {
            Self::Start(start) => start.run(&exercises),
            Self::List(place) => list(&Folder::open(&place.dir)?, &exercises),
            Self::Check(check) => check.run(&exercises),
            Self::Watch(watch) => watch.run(&exercises),
            Self::Hint(Hint { level, selected }) => {
                let (folder, exercise) = selected.open(&exercises)?;
                print(&lesson::hint(&folder, exercise, level)?)
            }
            Self::Reset(selected) => {
                let (folder, exercise) = selected.open(&exercises)?;
                print(&lesson::reset(&folder, exercise)?)
            }
            Self::Solution(Solution { give_up, selected }) => {
                let (folder, exercise) = selected.open(&exercises)?;
                print(&lesson::solution(&folder, exercise, give_up)?)
            }
            Self::Report(report) => report.run(&exercises),
            Self::Tls(relay) => relay.run(),
        }
    }
}

impl SelectedExercise {
    fn open<'a>(&self, exercises: &'a [Exercise]) -> anyhow::Result<(Folder, &'a Exercise)> {
        Ok((Folder::open(&self.place.dir)?, find(exercises, &self.id)?))
    }
}

fn find<'a>(exercises: &'a [Exercise], id: &str) -> anyhow::Result<&'a Exercise> {
    exercises.iter().find(|exercise| exercise.id == id).ok_or_else(|| {
        let names: Vec<_> = exercises.iter().map(|exercise| exercise.id).collect();
        CommandFailure::Usage(format!("there is no exercise '{id}'; the exercises are {}", names.join(", ")))
            .into()
    })
}

impl Start {
    fn run(self, exercises: &[Exercise]) -> anyhow::Result<()> {
        if self.programming == Some(Programming::Rust) && !compile::exists("cargo") {
            return Err(anyhow!("{}", words::NO_CARGO.in_language(language(self.lang))));
        }
        let given = self.lang.map(|lang| language(Some(lang)));
        let folder = Folder::create(&self.dir, self.programming, given, language(self.lang))?;
        for exercise in exercises {
            lesson::write(&folder, exercise)?;
        }
        lesson::write_faulty(&folder)?;
        let first = exercises.first().map_or("", |exercise| exercise.id);
        let file = folder.progress.programming.source_name(first);
        let dir = self.dir.display();
        let values: [(&str, &dyn std::fmt::Display); 4] =
            [("count", &exercises.len()), ("dir", &dir), ("first", &first), ("file", &file)];
        print(&(say(words::STARTED, folder.language(), &values) + "\n"))
    }
}

fn list(folder: &Folder, exercises: &[Exercise]) -> anyhow::Result<()> {
    let language = folder.language();
    let mut text = String::new();
    for exercise in exercises {
        let stars = stars_of(folder, exercise);
        let missing = match stars {
            0 => words::STAR_ONE.in_language(language),
            1 => words::STAR_TWO.in_language(language),
            2 => words::STAR_THREE.in_language(language),
            _ => "",
        };
        let line = format!("{}  {:18} {missing}", show::stars(stars), exercise.id);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str(&next_line(folder, exercises));
    print(&text)
}

fn stars_of(folder: &Folder, exercise: &Exercise) -> u32 {
    folder.progress.exercises.get(exercise.id).map_or(0, |progress| progress.stars)
}

fn next<'a>(folder: &Folder, exercises: &'a [Exercise]) -> Option<&'a Exercise> {
    exercises.iter().find(|exercise| stars_of(folder, exercise) < 3)
}

fn next_line(folder: &Folder, exercises: &[Exercise]) -> String {
    let Some(exercise) = next(folder, exercises) else {
        return words::ALL_DONE.in_language(folder.language()).to_owned() + "\n";
    };
    let file = folder.progress.programming.source_name(exercise.id);
    let values: [(&str, &dyn std::fmt::Display); 4] = [
        ("id", &exercise.id),
        ("chapter", &exercise.info.chapter),
        ("minutes", &exercise.info.minutes),
        ("file", &file),
    ];
    say(words::NEXT, folder.language(), &values) + "\n"
}

impl CheckExercise {
    fn run(self, exercises: &[Exercise]) -> anyhow::Result<()> {
        let mut folder = Folder::open(&self.place.dir)?;
        let chosen: Vec<&Exercise> = match &self.id {
            Some(id) => vec![find(exercises, id)?],
            None if self.all => exercises.iter().collect(),
            None => next(&folder, exercises).or(exercises.first()).into_iter().collect(),
        };
        let seed = self.replay.map_or_else(random_seed, Ok)?;
        let options = LearnOptions { cases: self.cases, seed, language: folder.language() };
        let (mut results, mut is_complete) = (Vec::new(), true);
        for exercise in chosen {
            let report = check_one(&mut folder, exercise, options)?;
            is_complete &= report.failure.is_none();
            let show =
                Show { exercise, language: folder.language(), programming: folder.progress.programming };
            match self.json {
                true => results.push(serde_json::to_value(show.json(&report))?),
                false => print(&show.text(&report))?,
            }
        }
        if self.json {
            print(&(serde_json::to_string_pretty(&results)? + "\n"))?;
        }
        if is_complete { Ok(()) } else { Err(CommandFailure::Reported(FaultKind::Failed).into()) }
    }
}

/// Checks an exercise, and records the result.
fn check_one(folder: &mut Folder, exercise: &Exercise, options: LearnOptions) -> anyhow::Result<Report> {
    let source = folder.read_source(exercise.id)?;
    let report = check::check(&folder.path, folder.progress.programming, exercise, options)?;
    let progress = folder.progress.exercises.entry(exercise.id.to_owned()).or_default();
    let digest =
        Sha256::digest(source.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    if progress.checked != digest {
        progress.attempts += 1;
        progress.checked = digest;
    }
    progress.stars = progress.stars.max(report.stars);
    if let Some(Failure::Case(case)) = &report.failure {
        progress.failing = Some(show::escaped(&case.case.input));
    }
    let mutant = report.failure.as_ref().and_then(Failure::mutant);
    let new = mutant.filter(|name| !progress.misconceptions.iter().any(|known| known == name));
    progress.misconceptions.extend(new.map(str::to_owned));
    folder.save()?;
    Ok(report)
}

fn random_seed() -> anyhow::Result<u16> {
    let mut bytes = [0; 2];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())
        .context("cannot choose a seed")?;
    Ok(u16::from_be_bytes(bytes))
}

impl Watch {
    fn run(self, exercises: &[Exercise]) -> anyhow::Result<()> {
        let mut folder = Folder::open(&self.place.dir)?;
        let language = folder.language();
        let dir = self.place.dir.display();
        let heading =
            say(words::WATCHING, language, &[("dir", &dir)]) + "\n" + &next_line(&folder, exercises);
        let first = exercises.first().map(|exercise| folder.source(exercise.id));
        let directory = first.as_deref().and_then(Path::parent).unwrap_or(&self.place.dir).to_owned();
        watch::watch(
            &directory,
            self.poll,
            || print(&heading),
            |saved| {
                for exercise in exercises {
                    let file = folder.source(exercise.id);
                    if saved.iter().any(|path| path.file_name() == file.file_name()) {
                        print(&(say(words::CHECKING, language, &[("id", &exercise.id)]) + "\n"))?;
                        let options = LearnOptions { cases: 1_000, seed: random_seed()?, language };
                        let report = check_one(&mut folder, exercise, options)?;
                        let show = Show { exercise, language, programming: folder.progress.programming };
                        print(&show.text(&report))?;
                    }
                }
                Ok(())
            },
        )
    }
}

impl ReportCommand {
    fn run(self, exercises: &[Exercise]) -> anyhow::Result<()> {
        let folders: Vec<Folder> =
            self.dirs.iter().map(|dir: &PathBuf| Folder::open(dir)).collect::<anyhow::Result<_>>()?;
        match self.html {
            true => print(&report::page(&folders, exercises, language(self.lang))),
            false => print(&report::csv(&folders, exercises)),
        }
    }
}

/// Prints all of it. A reader that has seen enough, such as `head`, is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("cannot print"),
        _ => Ok(()),
    }
}
