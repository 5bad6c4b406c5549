//! Real clients: curl and lftp transfer files, for the third star. Each command that fails is [`Trouble`].

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::child;
use super::compile;
use super::folder;
use super::programs::Role;

/// How long a client may take.
const CLIENT_TIME: Duration = Duration::from_secs(20);

/// Names of files, and the targets by which a client requests them.
const TARGETS: &[(&str, &str)] = &[
    ("plain.txt", "/plain.txt"),
    ("two words.txt", "/two%20words.txt"),
    ("100%.txt", "/100%25.txt"),
    ("caf\u{e9}.txt", "/caf%C3%A9.txt"),
    ("a+b.txt", "/a+b.txt"),
    ("plain.txt", "/./not-here/../plain.txt"),
];

/// What went wrong.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The star needs this program, which is not installed.
    Missing(&'static str),
    /// The command that was run, and how it ended.
    Failed { command: String, outcome: String },
}

/// The folder that a server serves: a file for each target, and a page.
pub(super) fn serve_files(place: &Path) -> anyhow::Result<PathBuf> {
    let served = place.join("served");
    for (name, _) in TARGETS {
        folder::write(&served.join(name), name)?;
    }
    folder::write(&served.join("numbers.txt"), &"0123456789\n".repeat(50))?;
    folder::write(&served.join("folder/large.txt"), &large())?;
    Ok(served)
}

/// More than a socket's buffer holds.
fn large() -> String {
    (0..40_000).map(|line| format!("line {line}\r\n")).collect()
}

/// Lets a client use a program that serves files. `None`: everything arrived.
pub(super) fn of_program(role: Role, address: SocketAddr, place: &Path) -> anyhow::Result<Option<Trouble>> {
    let client = match role {
        Role::Http => "curl",
        Role::Ftp => "lftp",
        _ => return Ok(None),
    };
    if !compile::exists(client) {
        return Ok(Some(Trouble::Missing(client)));
    }
    match role {
        Role::Http => paths(address),
        _ => downloads(address, place),
    }
}

/// lftp lists the folder and downloads two files, over TLS.
fn downloads(address: SocketAddr, place: &Path) -> anyhow::Result<Option<Trouble>> {
    let commands = "cls; get 'two words.txt' -o copy.txt; cd folder; get large.txt -o large.txt";
    let (is_ok, printed) = lftp(address, place, TLS, commands)?;
    let read = |name: &str| folder::read(&place.join(name));
    let is_whole = read("copy.txt").as_deref() == Some(b"two words.txt")
        && read("large.txt").as_deref() == Some(large().as_bytes());
    Ok((!is_ok || !is_whole || !printed.contains("plain.txt"))
        .then(|| Trouble::Failed { command: format!("lftp -c \"{TLS}; {commands}\""), outcome: printed }))
}

/// Settings of lftp: TLS on both connections, and none.
const TLS: &str = "set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set ssl:verify-certificate no";
const NO_TLS: &str = "set ftp:ssl-allow no";

/// Runs commands of lftp in a directory.
fn lftp(address: SocketAddr, place: &Path, security: &str, commands: &str) -> anyhow::Result<(bool, String)> {
    let mut lftp = Command::new("lftp");
    let settings =
        "set cmd:fail-exit yes; set net:max-retries 1; set net:timeout 5; set net:reconnect-interval-base 1";
    lftp.current_dir(place).env("HOME", place).args(["--norc", "-c"]);
    lftp.arg(format!("{settings}; {security}; open ftp://{address}; {commands}"));
    finish(&mut lftp)
}

/// curl requests each target.
pub(super) fn paths(address: SocketAddr) -> anyhow::Result<Option<Trouble>> {
    for (content, target) in TARGETS {
        let mut curl = Command::new("curl");
        curl.args(["-q", "-sS", "--path-as-is", "--max-time", "10", "--noproxy", "*"]);
        curl.arg(format!("http://{address}{target}"));
        let (is_ok, printed) = finish(&mut curl)?;
        if !is_ok || printed != *content {
            return Ok(Some(Trouble::Failed {
                command: format!("curl http://localhost{target}"),
                outcome: printed,
            }));
        }
    }
    Ok(None)
}

/// curl uploads a file in chunks.
pub(super) fn upload(address: SocketAddr, place: &Path, served: &Path) -> anyhow::Result<Option<Trouble>> {
    let content = large();
    let file = place.join("upload.txt");
    folder::write(&file, &content)?;
    let mut curl = Command::new("curl");
    curl.args([
        "-q",
        "-sS",
        "--max-time",
        "10",
        "--noproxy",
        "*",
        "-f",
        "-H",
        "Expect:",
        "-H",
        "Transfer-Encoding: chunked",
        "-T",
    ]);
    curl.arg(&file).arg(format!("http://{address}/upload.txt"));
    let (is_ok, printed) = finish(&mut curl)?;
    let arrived = folder::read(&served.join("upload.txt"));
    let is_whole = arrived.as_deref() == Some(content.as_bytes());
    Ok((!is_ok || !is_whole).then(|| Trouble::Failed {
        command: "curl -H 'Transfer-Encoding: chunked' -T upload.txt http://localhost/".into(),
        outcome: format!("{printed} {} of {} bytes", arrived.map_or(0, |bytes| bytes.len()), content.len())
            .trim()
            .into(),
    }))
}

/// lftp makes a folder, uploads and downloads.
pub(super) fn dialogue(address: SocketAddr, place: &Path, served: &Path) -> anyhow::Result<Option<Trouble>> {
    let file = place.join("notes.txt");
    folder::write(&file, "notes\n")?;
    let commands = "mkdir 'my folder'; put notes.txt -o 'my folder/my  notes.txt'; get 'my folder/my  notes.txt' -o copy.txt; cls 'my folder'";
    let (is_ok, printed) = lftp(address, place, NO_TLS, commands)?;
    let arrived =
        [served.join("my folder/my  notes.txt"), place.join("copy.txt")].map(|file| folder::read(&file));
    let is_whole = arrived.iter().all(|content| content.as_deref() == Some(b"notes\n"));
    Ok((!is_ok || !is_whole)
        .then(|| Trouble::Failed { command: format!("lftp -c \"{commands}\""), outcome: printed }))
}

/// Runs a client to its end; whether it succeeded, and what it printed.
fn finish(command: &mut Command) -> anyhow::Result<(bool, String)> {
    let (printed, output) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let mut child = command.spawn().context("cannot start a client")?;
    // The command holds copies of the pipe's end for writing.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let printed = child::keep_end(printed);
    let deadline = Instant::now() + CLIENT_TIME;
    let status = loop {
        match child.try_wait()? {
            None if Instant::now() < deadline => thread::sleep(Duration::from_millis(5)),
            status => break status,
        }
    };
    if status.is_none() {
        child.kill()?;
        child.wait()?;
    }
    let printed = printed.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
    let is_ok = status.is_some_and(|status| status.success());
    Ok((is_ok, String::from_utf8_lossy(&printed).trim_end().to_owned()))
}
