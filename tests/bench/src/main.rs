//! `bench`: measures the project's servers and clients beside their peers, in one run, on two cores.
//!
//! Every server runs alone on one core and this program on another. Contenders take turns (A B B A), so that
//! a machine that slows down slows them all; the report has the median of the ratios of each round, with
//! their spread. Responses are checked before they are counted.

#![allow(clippy::disallowed_methods, reason = "the benchmark makes its own files and reads /proc")]

mod chat;
mod clients;
mod durability;
mod ftp;
mod http;
mod instructions;
mod peers;
mod processes;
mod programs;
mod report;
mod rounds;
mod server;
mod tree;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::{Parser, ValueEnum};

use programs::Programs;
use report::Report;
use rounds::Plan;
use tree::FileSystem;

/// Measures http-mini and ftp-mini beside nginx, vsftpd, pure-ftpd, proftpd and pyftpdlib, their clients beside
/// curl and lftp; mini chat, and what durability costs, alone
#[derive(Parser)]
#[command(after_help = "Examples:
  cargo run --release -p bench                         everything, about twenty minutes
  cargo run --release -p bench -- http --quick         one short round of each case
  cargo run --release -p bench -- http --case 1k-64 --case pipelined
  cargo run --release -p bench -- all --json bench.json
  cargo run --release -p bench -- http --case 1k-64 --file-system disk,tmpfs,overlayfs
  cargo run --release -p bench -- instructions --against ../before/target/release

`instructions` counts what ftp-mini and http-mini execute for one request, by single-stepping them with
ptrace; it is not part of `all`. On an idle machine, or by `chrt --fifo 10` as root, the count is the same in
every run.

The other servers come from Debian and PyPI, unpacked beside the build and not installed; the FTP servers
need root. curl and lftp must be installed.")]
struct Options {
    /// What to measure
    #[arg(value_enum, default_value = "all")]
    what: BenchmarkSet,
    /// Rounds of each case; every contender has two turns in each
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: usize,
    /// Length of one turn
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    seconds: f64,
    /// Measure only this case; repeatable
    #[arg(long = "case", value_name = "NAME", value_parser = case_names())]
    cases: Vec<String>,
    /// What the files of the HTTP and FTP cases are stored on; several by commas
    #[arg(long, value_enum, value_name = "NAME", value_delimiter = ',', default_value = "disk")]
    file_system: Vec<FileSystem>,
    /// Also write the results as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Compare instructions with those of the programs in this folder
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
    /// One round of 0.3 seconds: does everything work?
    #[arg(long, conflicts_with_all = ["rounds", "seconds"])]
    quick: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum BenchmarkSet {
    Http,
    Ftp,
    Chat,
    Durability,
    Clients,
    Instructions,
    All,
}

impl Options {
    fn plan(&self) -> Result<Plan> {
        let (rounds, seconds) = if self.quick { (1, 0.3) } else { (self.rounds, self.seconds) };
        ensure!(rounds > 0, "--rounds 0 measures nothing; give at least 1");
        let turn = Duration::try_from_secs_f64(seconds).context("--seconds needs a positive number")?;
        ensure!(turn >= Duration::from_millis(100), "--seconds below 0.1 is beyond the clock of /proc");
        Ok(Plan { rounds, turn })
    }

    fn wants(&self, case: &str) -> bool {
        self.cases.is_empty() || self.cases.iter().any(|name| name == case)
    }
}

fn case_names() -> clap::builder::PossibleValuesParser {
    http::case_names()
        .chain(ftp::case_names())
        .chain(chat::case_names())
        .chain(durability::case_names())
        .chain(clients::case_names())
        .chain(instructions::case_names())
        .collect::<Vec<_>>()
        .into()
}

fn main() -> Result<()> {
    let options = Options::parse();
    let plan = options.plan()?;
    let programs = Programs::build()?;
    if options.what == BenchmarkSet::Instructions {
        return instructions::measure(&programs, options.against.as_deref(), &|case| options.wants(case));
    }
    ensure!(options.against.is_none(), "--against compares instructions only");
    processes::pin_to(processes::LOAD_CORE)?;
    processes::raise_open_files()?;
    let mut report = Report::default();
    for &on in &options.file_system {
        report.set_file_system(on);
        if matches!(options.what, BenchmarkSet::Http | BenchmarkSet::All) {
            http::measure(&programs, &plan, &|case| options.wants(case), on, &mut report)?;
        }
        if matches!(options.what, BenchmarkSet::Ftp | BenchmarkSet::All) {
            ftp::measure(&programs, &plan, &|case| options.wants(case), on, &mut report)?;
        }
    }
    report.set_file_system(FileSystem::Disk);
    if matches!(options.what, BenchmarkSet::Chat | BenchmarkSet::All) {
        chat::measure(&programs, &plan, &|case| options.wants(case), &mut report)?;
    }
    if matches!(options.what, BenchmarkSet::Durability | BenchmarkSet::All) {
        durability::measure(&programs, &plan, &|case| options.wants(case), &mut report)?;
    }
    if matches!(options.what, BenchmarkSet::Clients | BenchmarkSet::All) {
        clients::measure(&programs, &plan, &|case| options.wants(case), &mut report)?;
    }
    ensure!(!report.is_empty(), "none of the selected cases belongs to this protocol");
    print!("{}", report.markdown());
    if let Some(file) = &options.json {
        std::fs::write(file, report.json()).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}
