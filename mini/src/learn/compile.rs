//! Makes a learner's file runnable: Rust is compiled by cargo, Python is interpreted.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, anyhow};
use sha2::{Digest as _, Sha256};

use super::child::Launch;
use super::exercise::{self, Limits};
use super::folder;
use super::programming::Programming;

/// Lines of a compiler's message that are shown.
const LINES_SHOWN: usize = 14;

/// Why a file cannot be run.
#[derive(Debug)]
pub(super) enum NotRunnable {
    /// This program is not installed.
    Missing(&'static str),
    /// The compiler's message.
    Rejected(String),
}

/// How to start a function: it answers frames.
pub(super) fn function(directory: &Path, programming: Programming, name: &str, limits: Limits) -> Launch {
    match programming {
        Programming::Python => {
            let module = format!("ex_{name}");
            launch(
                directory,
                "python3",
                ["-B", "learn.py", module.as_str()].map(OsString::from).to_vec(),
                limits,
            )
        }
        Programming::Rust => binary(directory, name, limits),
    }
}

/// How to start a program with its arguments.
pub(super) fn program(
    directory: &Path,
    programming: Programming,
    name: &str,
    arguments: Vec<OsString>,
    limits: Limits,
) -> Launch {
    match programming {
        Programming::Python => {
            let file = directory.join(programming.source_name(name));
            let words = ["-B".into(), "-u".into(), file.into()].into_iter().chain(arguments);
            launch(directory, "python3", words.collect(), limits)
        }
        Programming::Rust => Launch { arguments, ..binary(directory, name, limits) },
    }
}

fn binary(directory: &Path, name: &str, limits: Limits) -> Launch {
    launch(directory, directory.join("target/debug").join(name), Vec::new(), limits)
}

fn launch(directory: &Path, program: impl AsRef<OsStr>, arguments: Vec<OsString>, limits: Limits) -> Launch {
    Launch { program: program.as_ref().to_owned(), arguments, directory: directory.to_owned(), limits }
}

/// Compiles an exercise of a folder, or checks that there is an interpreter.
pub(super) fn build(
    directory: &Path,
    programming: Programming,
    name: &str,
) -> anyhow::Result<Result<(), NotRunnable>> {
    folder::write_support(directory, programming)?;
    if programming == Programming::Python {
        return Ok(if exists("python3") { Ok(()) } else { Err(NotRunnable::Missing("python3")) });
    }
    let mut cargo = Command::new("cargo");
    cargo.args([
        "build",
        "--quiet",
        "--offline",
        "--color",
        "never",
        "--target-dir",
        "target",
        "--bin",
        name,
    ]);
    // Settings of a surrounding cargo, as in tests, are not the learner's.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    let output = cargo.current_dir(absolute(directory)?).stdin(Stdio::null()).output();
    let output = match output {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Err(NotRunnable::Missing("cargo")));
        }
        output => output.context("cannot run cargo")?,
    };
    if output.status.success() {
        return Ok(Ok(()));
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let first = message.lines().skip_while(|line| !line.starts_with("error")).take(LINES_SHOWN);
    Ok(Err(NotRunnable::Rejected(first.collect::<Vec<_>>().join("\n").trim_end().to_owned())))
}

/// Makes mutants of functions runnable, by name and source. Files of Python are written to `scratch`.
pub(super) fn mutants(
    learner: &Path,
    scratch: &Path,
    programming: Programming,
    sources: &[(&str, String)],
    limits: Limits,
) -> anyhow::Result<Vec<Launch>> {
    let names = sources.iter().map(|(name, _)| *name);
    if programming == Programming::Python {
        folder::write_support(scratch, programming)?;
        for (name, source) in sources {
            folder::write(&scratch.join(programming.source_name(name)), source)?;
        }
        return Ok(names.map(|name| function(scratch, programming, name, limits)).collect());
    }
    let program = compiled_mutants(learner, sources)?;
    Ok(names.map(|name| launch(learner, &program, vec![name.into()], limits)).collect())
}

/// The program of mutants in Rust, with a module for each of them, which compiles as fast as one of them. It is kept in
/// the learner's folder, because the next check of the exercise needs the same.
fn compiled_mutants(learner: &Path, sources: &[(&str, String)]) -> anyhow::Result<PathBuf> {
    let harness = exercise::file("support/lib.rs").context("support/lib.rs is missing")?;
    // A mutant uses the harness by the name of its crate.
    let mut main = format!("{harness}\nextern crate self as learn;\nfn main() {{\n");
    main += "    let mutants: &[(&str, fn())] = &[";
    main.extend(sources.iter().map(|(name, _)| format!("(\"{name}\", {name}::main), ")));
    main += "];\n    let name = std::env::args().nth(1);\n";
    main += "    mutants.iter().filter(|(known, _)| Some(*known) == name.as_deref()).for_each(|(_, main)| main());\n}\n";
    main.extend(sources.iter().map(|(name, _)| format!("mod {name};\n")));
    let digest = sources.iter().fold(Sha256::new_with_prefix(&main), |digest, (_, source)| {
        digest.chain_update(source.len().to_be_bytes()).chain_update(source)
    });
    let digest = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
    let directory = learner.join("target/mutants").join(digest);
    let program = directory.join("mutants");
    if folder::exists(&program) {
        return Ok(program);
    }
    folder::write(&directory.join("main.rs"), &main)?;
    for (name, source) in sources {
        let source = source.replace("\nfn main()", "\npub fn main()");
        folder::write(&directory.join(format!("{name}.rs")), &source)?;
    }
    // A program that is not complete, or that another check is compiling, never has the final name.
    let made = format!("mutants-{}", std::process::id());
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition", "2024", "-C", "opt-level=1", "-A", "warnings", "-o", &made, "main.rs"]);
    let output = rustc.current_dir(&directory).stdin(Stdio::null()).output().context("cannot run rustc")?;
    if !output.status.success() {
        return Err(anyhow!("the mutants do not compile: {}", String::from_utf8_lossy(&output.stderr)));
    }
    folder::rename(&directory.join(made), &program)?;
    Ok(program)
}

/// Whether a program can be started.
pub(super) fn exists(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

/// A path that remains valid when a program is started in another directory.
pub(super) fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("cannot find '{}'", path.display()))
}
