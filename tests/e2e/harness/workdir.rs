//! A working folder for clients, and checks that apply to every run of a client.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use super::program::{Outcome, run, tool};
use super::{Tree, binary};

/// The memory limit of a client in KiB, whatever a server does: a listing of 200,000 names of usual length,
/// which a directory may have, needs three quarters of it.
const MEMORY: u64 = 96 << 10;
pub(crate) struct WorkDir {
    above: Tree,
}

impl WorkDir {
    pub(crate) fn new() -> Self {
        let above = Tree::new();
        above.directory("workdir");
        Self { above }
    }

    /// A path in the folder.
    pub(crate) fn join(&self, name: impl AsRef<std::path::Path>) -> PathBuf {
        self.above.join("workdir").join(name)
    }

    /// A file in the folder.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        self.above.file(format!("workdir/{name}"), content)
    }

    /// A file that only its owner may read.
    pub(crate) fn secret_file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name, content);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// The names in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.join("")).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The part files of incomplete transfers.
    pub(crate) fn parts(&self) -> Vec<String> {
        self.names().into_iter().filter(|name| name.ends_with(".part")).collect()
    }

    /// `http-mini` or `ftp-mini` in the folder, without the terminal of the test's user, where it could ask
    /// for a password.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, name: &str, arguments: &[S]) -> Command {
        let mut command = tool("setsid");
        command.arg(binary(name)).args(arguments).current_dir(self.join(""));
        command
    }

    pub(crate) fn http<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Outcome {
        self.run(&mut self.command("http-mini", arguments))
    }

    pub(crate) fn ftp<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Outcome {
        self.run(&mut self.command("ftp-mini", arguments))
    }

    /// Runs a client and checks its memory, its exit code, its messages and the files beside the folder.
    pub(crate) fn run(&self, command: &mut Command) -> Outcome {
        let outcome = run(command);
        let shown = format!("{command:?}\nerr: {}", outcome.err.escape_debug());
        assert!(outcome.memory < MEMORY, "{} KiB: {shown}", outcome.memory);
        assert!(!has_controls(outcome.err.as_bytes()), "controls on standard error: {shown}");
        assert!(outcome.code.is_some_and(|code| code <= 6), "{:?}: {shown}", outcome.code);
        let beside: Vec<_> = fs::read_dir(self.above.path()).unwrap().collect();
        assert_eq!(beside.len(), 1, "something appeared beside the folder: {beside:?} {shown}");
        outcome
    }
}

/// The last event of a mirror that is not an error: the summary.
#[track_caller]
pub(crate) fn summary(out: &[u8]) -> serde_json::Value {
    let text = String::from_utf8_lossy(out);
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = events.into_iter().rfind(|event| event["event"] != "error").unwrap_or_default();
    assert_eq!(last["event"], "summary", "{text}");
    last
}

/// Whether bytes contain control characters, which a terminal would interpret.
pub(crate) fn has_controls(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).chars().any(|letter| letter.is_control() && letter != '\n')
}

impl Outcome {
    /// Checks the exit code of a failure and that one line of standard error contains these words. Other
    /// lines are about retries and successes.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, words: &[&str]) {
        self.fails_with(&[code], words);
    }

    /// The same with any of several codes, where more than one is justified.
    #[track_caller]
    pub(crate) fn fails_with(&self, codes: &[i32], words: &[&str]) {
        assert!(self.code.is_some_and(|code| codes.contains(&code)), "{:?}: {}", self.code, self.err);
        let is_ours = |line: &&str| line.starts_with("http-mini: ") || line.starts_with("ftp-mini: ");
        let ours: Vec<&str> = self.err.lines().filter(is_ours).collect();
        let [line] = ours[..] else { panic!("not one line of failure: {}", self.err) };
        for word in words {
            assert!(line.contains(word), "no {word:?} in {line:?}");
        }
    }
}
