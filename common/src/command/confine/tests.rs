//! What a confined thread can still do. Each case runs in a thread of its own, because confinement cannot be undone.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::process::Command;

use super::*;

/// Runs `attempt` in a thread that is confined to these needs. `None`: the kernel lacks Landlock or seccomp.
#[expect(clippy::print_stdout, reason = "says why nothing was tested")]
fn confined<T: Send + 'static>(needs: Needs, attempt: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let confined = move || {
        let is_enforced = paths::restrict(&needs).unwrap() && calls::restrict().unwrap();
        is_enforced.then(attempt)
    };
    let result = std::thread::spawn(confined).join().unwrap();
    if result.is_none() {
        println!("not run: kernel lacks Landlock or seccomp");
    }
    result
}

/// The kinds of failure of what a fault in a session could attempt.
fn attempts(outside: &Path, listening: u16) -> Vec<(&'static str, Option<ErrorKind>)> {
    let denied = |result: io::Result<()>| result.err().map(|error| error.kind());
    vec![
        ("open a file outside", denied(File::open("/etc/passwd").map(drop))),
        ("list a directory outside", denied(fs::read_dir("/").map(drop))),
        ("write outside", denied(fs::write(outside, "x"))),
        ("start a program", denied(Command::new("true").status().map(drop))),
        ("connect", denied(TcpStream::connect(("127.0.0.1", listening)).map(drop))),
        ("listen", denied(TcpListener::bind("127.0.0.1:0").map(drop))),
        ("trace a process", denied(nix::sys::ptrace::traceme().map_err(Into::into))),
        ("change the root", denied(rustix::process::chroot("/").map_err(Into::into))),
    ]
}

#[test]
fn a_confined_process_reaches_nothing_outside_its_directory() {
    let place = tempfile::tempdir().unwrap();
    let (root, outside) = (place.path().join("root"), place.path().join("outside"));
    fs::create_dir(&root).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut needs = Needs::default();
    needs.serve(&root, true, false).unwrap();
    let Some(attempts) = confined(needs, move || attempts(&outside, port)) else { return };
    for (what, result) in attempts {
        assert_eq!(result, Some(ErrorKind::PermissionDenied), "{what}");
    }
}

#[test]
fn a_confined_process_can_do_what_it_needs() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    for name in ["releases/1/sub", "live", "archive", "run"] {
        fs::create_dir_all(at(name)).unwrap();
    }
    symlink("releases/1", at("current")).unwrap();
    fs::write(at("archive/key1.pem"), "1").unwrap();
    symlink("../archive/key1.pem", at("live/key.pem")).unwrap();
    fs::write(at("run/socket"), "").unwrap();
    symlink("sub", at("releases/1/link")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut needs = Needs { files: vec![at("live/key.pem")], ..Needs::default() };
    needs.serve(&at("current"), true, false).unwrap();
    needs.use_port(&Endpoint::Unix(at("run/socket")), Some(0..=0));
    // Replaced as an ACME client and a deployment do it.
    fs::write(at("archive/key2.pem"), "2").unwrap();
    fs::remove_file(at("live/key.pem")).unwrap();
    symlink("../archive/key2.pem", at("live/key.pem")).unwrap();
    fs::create_dir(at("releases/2")).unwrap();
    let folder = place.path().to_owned();
    let attempts = move || {
        let at = |name: &str| folder.join(name);
        let all: Vec<(&str, io::Result<()>)> = vec![
            ("write in the tree", fs::write(at("current/a"), "a")),
            ("rename within it", fs::rename(at("current/a"), at("current/sub/b"))),
            ("link within it", fs::hard_link(at("current/sub/b"), at("current/c"))),
            ("move a symlink", fs::rename(at("current/link"), at("current/sub/link"))),
            ("make a directory", fs::create_dir(at("current/d"))),
            ("remove a directory", fs::remove_dir(at("current/d"))),
            ("remove a file", fs::remove_file(at("current/c"))),
            ("read a replaced key", File::open(at("live/key.pem")).map(drop)),
            ("serve the next release", fs::read_dir(at("releases/2")).map(drop)),
            ("remove a socket", fs::remove_file(at("run/socket"))),
            ("bind a data port", TcpListener::bind("127.0.0.1:0").map(drop)),
            ("connect from one", TcpStream::connect(("127.0.0.1", port)).map(drop)),
            ("start a thread", std::thread::Builder::new().spawn(|| ()).map(drop)),
        ];
        all.into_iter()
            .map(|(what, result)| (what, result.map_err(|error| error.to_string())))
            .collect::<Vec<_>>()
    };
    for (what, result) in confined(needs, attempts).unwrap_or_default() {
        assert_eq!(result, Ok(()), "{what}");
    }
}

#[test]
fn links_lead_to_the_directories_of_a_file() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    fs::create_dir_all(at("tls/..2026_1")).unwrap();
    fs::write(at("tls/..2026_1/key.pem"), "").unwrap();
    symlink("..2026_1", at("tls/..data")).unwrap();
    symlink("..data/key.pem", at("tls/key.pem")).unwrap();
    symlink("loop", at("loop")).unwrap();
    for (file, expected, why) in [
        ("tls/key.pem", vec!["tls", "tls/..data"], "the layout of Kubernetes"),
        ("none/key.pem", vec!["none"], "a missing file"),
        ("loop", vec![""; 40], "a loop"),
    ] {
        let expected: Vec<PathBuf> =
            expected.into_iter().map(|name| at(name).components().collect()).collect();
        assert_eq!(directories_of(&at(file)), expected, "{why}");
    }
}
