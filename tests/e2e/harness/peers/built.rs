//! Servers that `tests/judge` installs from crates.io and PyPI: only its tables need them.

use std::path::PathBuf;
use std::process::Command;

use super::super::program::tool;
use super::Peer;
use super::ftp::FtpServerKind;
use super::http::HttpServerKind;

pub(crate) const HTTP: [HttpServerKind; 4] = [
    HttpServerKind { name: "dufs", start: dufs, has_ranges: true, has_put: true },
    HttpServerKind { name: "miniserve", start: miniserve, has_ranges: true, has_put: false },
    HttpServerKind { name: "static-web-server", start: static_web_server, has_ranges: true, has_put: false },
    HttpServerKind { name: "copyparty", start: copyparty, has_ranges: true, has_put: true },
];

pub(crate) const FTP: [FtpServerKind; 1] = [FtpServerKind { name: "unftp", start: |_| unftp() }];

/// Starts a server.
type Start = fn() -> Peer;

/// The servers with all functions of their pages.
pub(crate) const PAGES: [(&str, Start); 4] = [
    ("copyparty", copyparty),
    ("dufs", dufs),
    ("miniserve", || {
        miniserve_with(&[
            "--upload-files",
            "--mkdir",
            "--rm-files",
            "--enable-tar",
            "--enable-zip",
            "--readme",
        ])
    }),
    ("static-web-server", || static_web_server_with(&["--directory-listing"])),
];

/// The version that one of these programs prints; `None` for another one.
pub(crate) fn version(name: &str) -> Option<String> {
    let mut names = HTTP.iter().map(|kind| kind.name).chain(FTP.iter().map(|kind| kind.name));
    names.find(|built| *built == name)?;
    let mut command = if name == "copyparty" { copyparty_program() } else { program(name) };
    let output = command.arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_version = |word: &&str| word.starts_with(|first: char| first.is_ascii_digit() || first == 'v');
    text.split_whitespace().find(is_version).map(|word| word.trim_start_matches('v').to_owned())
}

/// The folder into which `tests/judge` installs.
pub(crate) fn folder() -> PathBuf {
    super::folder().with_file_name("judged")
}

fn program(name: &str) -> Command {
    let file = folder().join("bin").join(name);
    assert!(file.exists(), "{} is missing; run tests/judge", file.display());
    Command::new(file)
}

fn dufs() -> Peer {
    Peer::start(|_, root, port| {
        let mut command = program("dufs");
        command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--allow-all"]).arg(root.path());
        command
    })
}

fn miniserve() -> Peer {
    miniserve_with(&[])
}

fn miniserve_with(options: &[&str]) -> Peer {
    Peer::start(|_, root, port| {
        let mut command = program("miniserve");
        command
            .args(["--interfaces", "127.0.0.1", "--port", &port.to_string()])
            .arg(root.path())
            .args(options);
        command
    })
}

fn static_web_server() -> Peer {
    static_web_server_with(&[])
}

fn static_web_server_with(options: &[&str]) -> Peer {
    Peer::start(|_, root, port| {
        let mut command = program("static-web-server");
        command.args(["--host", "127.0.0.1", "--port", &port.to_string(), "--root"]).arg(root.path());
        command.args(options);
        command
    })
}

fn copyparty() -> Peer {
    Peer::start(|_, root, port| {
        let mut command = copyparty_program();
        let volume = format!("{}::rwmd", root.path().display());
        command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-v", &volume]);
        command
    })
}

fn copyparty_program() -> Command {
    let mut command = tool("python3");
    command.args(["-m", "copyparty"]).env("PYTHONPATH", folder().join("python"));
    command
}

/// Anonymous may do everything.
fn unftp() -> Peer {
    Peer::start(|place, root, port| {
        place.write("anonymous", "");
        let mut command = program("unftp");
        command.args(["--auth-type", "anonymous", "--bind-address", &format!("127.0.0.1:{port}")]);
        command.arg("--root-dir").arg(root.path());
        command
    })
}
