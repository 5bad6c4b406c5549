//! Exercises: scripted learners in both languages, and the messages that they get.

mod programs;
mod report;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::binary;
use crate::harness::program::{isolate, run, tool};

const PYTHON: &str = "python";
const RUST: &str = "rust";

/// Cases of the solutions: `tests/long` tries more.
fn cases(programming: &str) -> String {
    let name = format!("LEARN_CASES_{}", programming.to_uppercase());
    std::env::var(name).unwrap_or_else(|_| "1000".into())
}

/// How often the solution of a program is checked: nothing in its cases is random, but their times differ.
fn rounds() -> usize {
    std::env::var("LEARN_ROUNDS").map_or(1, |count| count.parse().unwrap())
}

fn exercises() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../exercises")
}

/// The paths in a folder, in order.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The names of all exercises.
fn names() -> Vec<String> {
    let folders = entries(&exercises()).into_iter().filter(|folder| folder.join("info.toml").exists());
    folders.map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

/// A learner's folder.
struct Learner {
    folder: TempDir,
    programming: &'static str,
}

/// What a check prints as JSON.
#[derive(Debug)]
struct Checked {
    code: Option<i32>,
    stars: u64,
    message: String,
    mutant: Option<String>,
}

impl Learner {
    fn new(programming: &'static str, language: &str) -> Self {
        let learner = Self { folder: tempfile::tempdir().unwrap(), programming };
        learner.mini(&["start", ".", "--in", programming, "--lang", language]).success();
        learner
    }

    fn mini(&self, arguments: &[&str]) -> crate::harness::program::Outcome {
        run(&mut self.command(arguments))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary("mini"));
        isolate(&mut command);
        // cargo needs the user's toolchain.
        if let Some(home) = std::env::var_os("HOME") {
            command.env("HOME", home);
        }
        command.arg("learn").args(arguments).current_dir(self.folder.path());
        command
    }

    fn source(&self, id: &str) -> PathBuf {
        let name = match self.programming {
            PYTHON => format!("ex_{id}.py"),
            _ => format!("src/bin/{id}.rs"),
        };
        self.folder.path().join(name)
    }

    fn write(&self, id: &str, source: &str) {
        fs::write(self.source(id), source).unwrap();
    }

    fn extension(&self) -> &'static str {
        if self.programming == PYTHON { "py" } else { "rs" }
    }

    fn solution(&self, id: &str) -> String {
        fs::read_to_string(exercises().join(id).join(format!("solution.{}", self.extension()))).unwrap()
    }

    fn check(&self, id: &str) -> Checked {
        let cases = cases(self.programming);
        let outcome = self.mini(&["check", id, "--json", "--replay", "1", "--cases", &cases]);
        let json: Value = serde_json::from_slice(&outcome.out).unwrap_or_else(|_| panic!("{outcome:?}"));
        let text = |name: &str| json[0][name].as_str().map(str::to_owned);
        Checked {
            code: outcome.code,
            stars: json[0]["stars"].as_u64().unwrap(),
            message: text("message").unwrap_or_default(),
            mutant: text("mutant"),
        }
    }
}

/// A solution with the mistakes of a mutant: its star, its misconception in English, and its source.
fn mutant(file: &Path, learner: &Learner, id: &str) -> Option<(u64, String, String)> {
    let table: toml::Table = toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let mut source = learner.solution(id);
    for change in table.get(learner.programming)?.as_array()? {
        let text = |name: &str| change[name].as_str().unwrap();
        source = source.replace(text("old"), text("new"));
    }
    let star = table["star"].as_integer().unwrap().try_into().unwrap();
    Some((star, table["misconception"]["en"].as_str().unwrap().to_owned(), source))
}

fn solutions_earn_three_stars(programming: &'static str) {
    let learner = Learner::new(programming, "en");
    for id in names() {
        learner.write(&id, &learner.solution(&id));
        for _ in 0..if is_program(&id) { rounds() } else { 1 } {
            let checked = learner.check(&id);
            assert_eq!((checked.code, checked.stars), (Some(0), 3), "{id}: {}", checked.message);
        }
    }
    let list = learner.mini(&["list"]).text();
    assert!(list.contains("All exercises have three stars."), "{list}");
}

#[test]
fn learn_python_solutions_earn_three_stars() {
    solutions_earn_three_stars(PYTHON);
}

#[test]
fn learn_rust_solutions_earn_three_stars() {
    solutions_earn_three_stars(RUST);
}

#[test]
fn learn_stubs_load_without_warnings_and_are_not_written_yet() {
    let rust = Learner::new(RUST, "en");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--offline", "--target-dir", "target"]).env("RUSTFLAGS", "-D warnings");
    let built = run(cargo.current_dir(rust.folder.path()));
    assert_eq!((built.code, built.err.as_str()), (Some(0), ""), "the stubs compile");
    let python = Learner::new(PYTHON, "en");
    for id in names() {
        let mut import = tool("python3");
        import
            .args(["-B", "-W", "error", "-c", &format!("import ex_{id}")])
            .current_dir(python.folder.path());
        let loaded = run(&mut import);
        assert_eq!((loaded.code, loaded.err.as_str()), (Some(0), ""), "{id}: the stub loads");
        for learner in [&rust, &python] {
            let checked = learner.check(&id);
            assert_eq!((checked.code, checked.stars), (Some(1), 0), "{id}");
            assert!(checked.message.starts_with("not written yet"), "{id}: {}", checked.message);
        }
    }
}

fn mutants_of_one_are_recognised(learner: &Learner, id: &str) {
    let mut found = 0;
    for file in entries(&exercises().join(id).join("mutants")) {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let Some((star, misconception, source)) = mutant(&file, learner, id) else { continue };
        learner.write(id, &source);
        let checked = learner.check(id);
        assert_eq!(checked.stars, star - 1, "{id}, {name}: {}", checked.message);
        assert_eq!(checked.mutant.as_deref(), Some(name), "{id}: {}", checked.message);
        assert!(checked.message.contains(&misconception), "{id}, {name}: {}", checked.message);
        found += 1;
    }
    assert!(found >= 3, "{id}: {found} mutants");
}

/// Several learners share the exercises: a check of a program, or of a function that does not return, mostly waits.
fn mutants_are_recognised(programming: &'static str, learners: usize) {
    let names = Mutex::new(names().into_iter());
    let next = || names.lock().unwrap().next();
    let learn = || {
        let learner = Learner::new(programming, "en");
        while let Some(id) = next() {
            mutants_of_one_are_recognised(&learner, &id);
        }
    };
    thread::scope(|scope| (0..learners).for_each(|_| drop(scope.spawn(learn))));
}

#[test]
fn learn_python_mutants_are_recognised() {
    mutants_are_recognised(PYTHON, 6);
}

#[test]
fn learn_rust_mutants_are_recognised() {
    // Fewer, because compilers do not wait.
    mutants_are_recognised(RUST, 3);
}

/// A function that goes wrong: its language, its body, and what the message says.
const CRASHES: &[(&str, &str, &[&str])] = &[
    (PYTHON, "    while True:\n        pass\n", &["no answer within 2 s", "5\\r\\n"]),
    (RUST, "    loop {\n        std::hint::black_box(data);\n    }\n", &["no answer within 2 s", "5\\r\\n"]),
    (PYTHON, "    return data[99]\n", &["IndexError", "ex_chunk_size.py, line 2", "5\\r\\n"]),
    (
        RUST,
        "    Answer::Bad(data[99] as usize)\n",
        &["index out of bounds", "chunk_size.rs, line 2", "5\\r\\n"],
    ),
    (
        PYTHON,
        "    kept = []\n    while True:\n        kept.append(bytes(1 << 20))\n",
        &["more than 256 MiB", "5\\r\\n"],
    ),
    (
        RUST,
        "    let mut kept = vec![data.to_vec()];\n    loop {\n        kept.push(vec![1; 1 << 20]);\n    }\n",
        &["more than 256 MiB", "5\\r\\n"],
    ),
    (PYTHON, "    return (\n", &["ex_chunk_size.py cannot be loaded", "SyntaxError"]),
    (RUST, "    Answer::More +\n", &["chunk_size.rs does not compile", "error"]),
    (PYTHON, "    return data\n", &["it must return more(), done(...) or bad(...)"]),
    (PYTHON, "    import os\n    os._exit(3)\n", &["ended before it answered", "5\\r\\n"]),
    (
        RUST,
        "    println!(\"bye\");\n    std::process::exit(data.len() as i32)\n",
        &["ended before it answered", "bye"],
    ),
];

#[test]
fn learn_a_crash_gives_one_message_with_its_input() {
    let learners = [Learner::new(PYTHON, "en"), Learner::new(RUST, "en")];
    for (programming, body, expected) in CRASHES {
        let learner = learners.iter().find(|learner| learner.programming == *programming).unwrap();
        let source = match *programming {
            PYTHON => format!("def parse(data):\n{body}"),
            _ => format!(
                "use learn::Answer; fn parse(data: &[u8]) -> Answer<u64> {{\n{body}}}\nfn main() {{ learn::run(parse) }}\n"
            ),
        };
        learner.write("chunk_size", &source);
        let checked = learner.check("chunk_size");
        assert_eq!((checked.code, checked.stars), (Some(1), 0), "{body}");
        for part in *expected {
            assert!(checked.message.contains(part), "{body}: {:?} lacks {part:?}", checked.message);
        }
    }
}

#[test]
fn learn_printing_does_not_disturb_a_check() {
    for (programming, old, new) in [
        (PYTHON, "def parse(data):\n", "def parse(data):\n    print('data', data[:9], input)\n"),
        (
            RUST,
            "-> Answer<u64> {\n    let mut size",
            "-> Answer<u64> {\n    println!(\"{data:?}\");\n    let mut size",
        ),
    ] {
        let learner = Learner::new(programming, "en");
        let source = learner.solution("chunk_size");
        assert!(source.contains(old), "{source}");
        learner.write("chunk_size", &source.replacen(old, new, 1));
        let checked = learner.check("chunk_size");
        assert_eq!(checked.stars, 3, "{}", checked.message);
    }
}

/// A program is checked from outside, so a check waits for what it does not send.
fn is_program(id: &str) -> bool {
    fs::read_to_string(exercises().join(id).join("info.toml")).unwrap().contains("\nchecks = ")
}

#[test]
fn learn_a_check_of_a_function_takes_two_seconds_at_most() {
    let learner = Learner::new(PYTHON, "en");
    for id in names().into_iter().filter(|id| !is_program(id)) {
        learner.write(&id, &learner.solution(&id));
        let fastest = (0..3).map(|_| {
            let start = Instant::now();
            learner.mini(&["check", &id]).success();
            start.elapsed()
        });
        let fastest = fastest.min().unwrap();
        assert!(fastest < Duration::from_secs(2), "{id}: {fastest:?}");
    }
}

#[test]
fn learn_a_counterexample_is_shown_at_its_byte() {
    let learner = Learner::new(PYTHON, "en");
    let file = exercises().join("chunked/mutants/accepts_prefixes.toml");
    learner.write("chunked", &mutant(&file, &learner, "chunked").unwrap().2);
    let shown = learner.mini(&["check", "chunked", "--replay", "51f3"]);
    assert_eq!(shown.code, Some(1));
    let shown = String::from_utf8(shown.out).unwrap();
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("✗ chunked  ★☆☆   case ") && lines[0].contains("shrunk from"), "{shown}");
    assert!(lines[1].contains("0x"), "{shown}");
    assert!(lines[2].trim_start().starts_with("^ byte "), "{shown}");
    assert_eq!(lines[2].find('^'), lines[1].find('x'), "{shown}");
    assert!(lines[3].contains("yours: ") && lines[3].contains("expected: bad at "), "{shown}");
    assert!(lines[4].contains("RFC 9112 section 7.1: "), "{shown}");
    assert_eq!(lines[5], "  looks like: an integer parser that accepts prefixes", "{shown}");
    assert_eq!(lines[6], "  again: mini learn check chunked --replay 51f3", "{shown}");
}

#[test]
fn learn_hints_reset_and_solution() {
    let learner = Learner::new(PYTHON, "id");
    let text = fs::read_to_string(learner.folder.path().join("chunked.md")).unwrap();
    assert!(text.contains("## Kasus yang terlihat") && text.contains("done, terpakai 15"), "{text}");
    for (level, expected) in [("1", "RFC 9112"), ("2", "Belum ada masukan yang gagal"), ("3", "ulangi:")] {
        let hint = learner.mini(&["hint", "chunked", level]).text();
        assert!(hint.contains(expected), "{hint}");
    }
    let locked = learner.mini(&["solution", "chunked"]);
    assert_eq!(locked.code, Some(1), "{}", locked.err);
    let solution = learner.mini(&["solution", "chunked", "--give-up"]).text();
    assert!(
        solution.contains("def parse") && solution.contains("http-mini/wire/src/chunked.rs, baris "),
        "{solution}"
    );
    learner.write("chunked", "mine");
    let reset = learner.mini(&["reset", "chunked"]).text();
    assert!(reset.contains("ex_chunked.py.bak"), "{reset}");
    let kept = fs::read_to_string(learner.folder.path().join("ex_chunked.py.bak")).unwrap();
    assert_eq!(kept, "mine");
    learner.write("chunked", "mine again");
    learner.mini(&["start", "."]).success();
    assert_eq!(
        fs::read_to_string(learner.source("chunked")).unwrap(),
        "mine again",
        "an update replaces no answer"
    );
}

#[test]
fn learn_watch_checks_what_was_saved() {
    for options in [&["watch"][..], &["watch", "--poll"]] {
        let learner = Learner::new(PYTHON, "en");
        let mut watch = learner.command(options).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.next().unwrap().starts_with("watching "));
        assert!(lines.next().unwrap().starts_with("next: "));
        learner.write("command", &learner.solution("command"));
        assert_eq!(lines.next().unwrap(), "checking command ...", "{options:?}");
        let result = lines.next().unwrap();
        assert!(result.starts_with("✓ command  ★★★"), "{result}");
        watch.kill().unwrap();
        watch.wait().unwrap();
    }
}
