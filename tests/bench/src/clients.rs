//! The clients beside curl and lftp: the duration of whole commands, and the memory of our clients. A client
//! runs on the load's core, its server on the other one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::ftp;
use crate::http;
use crate::programs::Programs;
use crate::report::{self, Figure, Goal, Report};
use crate::rounds::Plan;
use crate::server::{Role, Server, on_server_core};
use crate::tree::{Content, FileSystem, Tree};
use crate::values::Values;

const LARGE: &str = "large.bin";
const LARGE_SIZE: u64 = 1 << 30;
const SMALL: &str = "small";
const FOLDERS: usize = 10;
const SMALL_EACH: usize = 1_000;
const SMALL_SIZE: u64 = 1_024;
const PARALLEL: &str = "4";
/// The memory limit of our clients, in MB.
const MEMORY: f64 = 32.0;
/// The interval at which a client's memory is measured.
const LOOK: Duration = Duration::from_millis(5);

/// The server and the files of a command.
struct Setting<'a> {
    programs: &'a Programs,
    /// `127.0.0.1:8080`
    server: String,
    /// The large local file.
    file: PathBuf,
    /// An empty folder.
    target: PathBuf,
}

struct Case {
    name: &'static str,
    title: &'static str,
    from: From,
    ours: fn(&Setting) -> Result<Command>,
    other: (&'static str, fn(&Setting) -> Result<Command>),
    /// Files and bytes that the command must have written to the target.
    expected: (usize, u64),
}

/// The server of a case.
#[derive(Clone, Copy, PartialEq)]
enum From {
    Nginx,
    Vsftpd,
    /// Our server, writable.
    Http,
    Ftp,
}

#[rustfmt::skip]
const CASES: [Case; 5] = [
    Case { name: "get-http", title: "GET of 1 GiB from nginx", from: From::Nginx, expected: (1, LARGE_SIZE),
        ours: |at| at.run("http-mini", &["get", "--quiet", &at.url("http", LARGE), "-o", &at.target(LARGE)]),
        other: ("curl", |at| curl(&["-o", &at.target(LARGE), &at.url("http", LARGE)])) },
    Case { name: "put-http", title: "PUT of 1 GiB to http-mini", from: From::Http, expected: (1, LARGE_SIZE),
        ours: |at| at.run("http-mini", &["put", "--quiet", &at.file(), &at.url("http", LARGE)]),
        other: ("curl", |at| curl(&["-T", &at.file(), &at.url("http", LARGE)])) },
    Case { name: "get-ftp", title: "RETR of 1 GiB from vsftpd", from: From::Vsftpd, expected: (1, LARGE_SIZE),
        ours: |at| at.run("ftp-mini", &["get", "--quiet", &at.url("ftp", LARGE), "-o", &at.target(LARGE)]),
        other: ("curl", |at| curl(&["-o", &at.target(LARGE), &at.url("ftp", LARGE)])) },
    Case { name: "put-ftp", title: "STOR of 1 GiB to ftp-mini", from: From::Ftp, expected: (1, LARGE_SIZE),
        ours: |at| at.run("ftp-mini", &["put", "--quiet", &at.file(), &at.url("ftp", LARGE)]),
        other: ("curl", |at| curl(&["-T", &at.file(), &at.url("ftp", LARGE)])) },
    Case { name: "mirror", title: "mirror of 10,000 files of 1 KiB from vsftpd, 4 at a time", from: From::Vsftpd,
        expected: (FOLDERS * SMALL_EACH, (FOLDERS * SMALL_EACH) as u64 * SMALL_SIZE),
        ours: |at| at.run("ftp-mini",
            &["mirror", "--quiet", "--parallel", PARALLEL, &at.url("ftp", SMALL), &at.target(SMALL)]),
        other: ("lftp", |at| lftp(&format!("mirror --parallel={PARALLEL} {} {}",
            at.url("ftp", SMALL), at.target(SMALL)))) },
];

pub(crate) fn case_names() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|case| case.name)
}

pub(crate) fn measure(
    programs: &Programs,
    plan: &Plan,
    wanted: &dyn Fn(&str) -> bool,
    report: &mut Report,
) -> Result<()> {
    if !case_names().any(wanted) {
        return Ok(());
    }
    report::progress("making the files for the clients");
    let tree = Tree::new(&programs.place(), FileSystem::Disk)?;
    let content = Content::binary();
    tree.file(LARGE, LARGE_SIZE, &content)?;
    fs::create_dir(tree.root.join(SMALL))?;
    for number in 0..FOLDERS {
        tree.folder(&format!("{SMALL}/{number}"), SMALL_EACH, SMALL_SIZE, &content)?;
    }
    tree.settle();
    for case in CASES.iter().filter(|case| wanted(case.name)) {
        report::progress(case.title);
        case.measure(programs, &tree, plan, report)?;
    }
    Ok(())
}

impl Case {
    fn measure(&self, programs: &Programs, tree: &Tree, plan: &Plan, report: &mut Report) -> Result<()> {
        let target = tree.beside("target");
        fs::create_dir_all(&target)?;
        let server = self.from.start(programs, tree, &target);
        let Some(server) = report.or_left_out(self.name, server) else { return Ok(()) };
        let setting =
            Setting { programs, server: server.address.to_string(), file: tree.root.join(LARGE), target };
        let (other, begin_other) = self.other;
        let (mut ours, mut others, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..plan.rounds {
            // In both orders, so that a machine that slows down slows both.
            let first = self.turn((self.ours)(&setting)?, &setting)?;
            let theirs = [begin_other(&setting)?, begin_other(&setting)?];
            let [one, two] = theirs.map(|command| self.turn(command, &setting));
            let last = self.turn((self.ours)(&setting)?, &setting)?;
            ours.push(first.seconds + last.seconds);
            others.push(one?.seconds + two?.seconds);
            peaks.push(first.peak.max(last.peak));
        }
        let values = |name: &str, role, rounds: Vec<f64>| Values { name: name.to_owned(), role, rounds };
        let halved = |sums: Vec<f64>| sums.into_iter().map(|sum| sum / 2.0).collect();
        report.add_figure(Figure {
            name: self.name,
            title: self.title.to_owned(),
            unit: "s",
            goal: Goal::ToPeer(1.0),
            values: vec![values("ours", Role::Ours, halved(ours)), values(other, Role::Peer, halved(others))],
        });
        report.add_figure(Figure {
            name: self.name,
            title: format!("memory of that: {}", self.title),
            unit: "MB",
            goal: Goal::AtMost(MEMORY),
            values: vec![values("ours", Role::Ours, peaks)],
        });
        Ok(())
    }

    /// Runs one command, checks its result and removes it.
    fn turn(&self, mut command: Command, setting: &Setting) -> Result<Turn> {
        let name = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let started = Instant::now();
        let mut child = command.spawn().with_context(|| format!("cannot run {name}"))?;
        let mut peak = 0.0_f64;
        let status = loop {
            peak = peak.max(resident(&child).unwrap_or_default());
            if let Some(status) = child.try_wait()? {
                break status;
            }
            std::thread::sleep(LOOK);
        };
        let seconds = started.elapsed().as_secs_f64();
        ensure!(status.success(), "{name} failed in case {} ({status})", self.name);
        let written = count(&setting.target)?;
        ensure!(written == self.expected, "{name} wrote {written:?}, not {:?}", self.expected);
        clear(&setting.target)?;
        Ok(Turn { seconds, peak })
    }
}

struct Turn {
    seconds: f64,
    /// Peak memory in MB.
    peak: f64,
}

impl From {
    fn start(self, programs: &Programs, tree: &Tree, target: &Path) -> Result<Server> {
        let ours = |name: &str| {
            let mut command = on_server_core(programs.path(name)?);
            command.arg("serve").arg(target).args(["--listen", "127.0.0.1:0", "--writable", "--quiet"]);
            command.args(["--durability", "off", "--workers", "1"]);
            Server::ours(name, command)
        };
        match self {
            Self::Nginx => http::Peers::only_nginx(programs, tree),
            Self::Vsftpd => ftp::only_vsftpd(programs, tree),
            Self::Http => ours("http-mini"),
            Self::Ftp => ours("ftp-mini"),
        }
    }
}

impl Setting<'_> {
    fn run(&self, program: &str, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(self.programs.path(program)?);
        command.args(arguments);
        Ok(command)
    }

    fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://{}/{path}", self.server)
    }

    fn target(&self, name: &str) -> String {
        self.target.join(name).display().to_string()
    }

    fn file(&self) -> String {
        self.file.display().to_string()
    }
}

fn curl(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail"]).args(arguments);
    Ok(command)
}

fn lftp(script: &str) -> Result<Command> {
    let mut command = Command::new("lftp");
    command.args(["--norc", "-c", script]);
    Ok(command)
}

/// The peak memory of a process, in MB.
fn resident(child: &Child) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1_024.0 / 1e6)
}

/// Empties a folder, which may be open as the root of a server.
fn clear(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
    }
    Ok(())
}

/// Counts the files below a folder, and their bytes.
fn count(folder: &Path) -> Result<(usize, u64)> {
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (more, size) = match entry.file_type()?.is_dir() {
            true => count(&entry.path())?,
            false => (1, entry.metadata()?.len()),
        };
        (files, bytes) = (files + more, bytes + size);
    }
    Ok((files, bytes))
}
