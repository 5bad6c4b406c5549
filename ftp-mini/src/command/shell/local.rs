//! The shell's commands on the local machine.

use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::client::{Fault, FaultKind, LocalFolder, NOT_LOCAL, is_url, printable_path};
use common::escape::printable;
use common::files::TreePath;
use common::log;

use super::word::Word;

/// Runs a shell command of the user.
pub(super) fn run(command: &str) {
    let shell = std::env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into());
    if let Err(error) = Command::new(&shell).arg("-c").arg(command).status() {
        log::to_stderr(format_args!("cannot run {}: {error}", shell.display()));
    }
}

pub(super) fn change_directory(directory: Option<&Word>) -> Result<(), Fault> {
    let home = || std::env::var_os("HOME").map_or_else(|| "/".into(), PathBuf::from);
    let path = directory.map_or_else(|| Ok(home()), path)?;
    std::env::set_current_dir(&path).map_err(|error| unusable(&path, &error))
}

pub(super) async fn list(directory: Option<&Word>) -> Result<(), Fault> {
    let path = directory.map_or_else(|| Ok(".".into()), path)?;
    let mut lines: Vec<String> = Vec::new();
    for (name, is_directory) in entries(&path).await? {
        lines.push(format!("{}{}\n", printable(&name), if is_directory { "/" } else { "" }));
    }
    show(&lines.concat())
}

/// The files that the words name, with patterns expanded.
pub(super) async fn matching(names: &[Word]) -> Result<Vec<PathBuf>, Fault> {
    let mut paths = Vec::new();
    for name in names {
        if !name.is_pattern() {
            paths.push(path(name)?);
            continue;
        }
        let (directory, glob) = name.split();
        let directory = path(&directory)?;
        let within = if directory.as_os_str().is_empty() { Path::new(".") } else { &directory };
        let before = paths.len();
        for (found, is_directory) in entries(within).await? {
            let is_shown = name.wants_hidden() || !found.starts_with(b".");
            if !is_directory && is_shown && glob.matches(&found) {
                paths.push(directory.join(std::ffi::OsStr::from_bytes(&found)));
            }
        }
        if paths.len() == before {
            return Err(Fault::new(FaultKind::NotFound, "nothing fits the pattern"));
        }
    }
    Ok(paths)
}

pub(super) fn path(word: &Word) -> Result<PathBuf, Fault> {
    let path = word.literal();
    match is_url(&path) {
        true => Err(Fault::new(FaultKind::Usage, NOT_LOCAL)),
        false => Ok(path.into()),
    }
}

pub(super) fn unusable(path: &Path, error: &io::Error) -> Fault {
    Fault::new(FaultKind::Failed, format!("'{}': {error}", printable_path(path)))
}

pub(super) fn show(text: &str) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    let shown = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    shown.map_err(|error| Fault::new(FaultKind::Failed, format!("cannot write to standard output: {error}")))
}

/// The sorted names in a folder, and whether each is a directory.
async fn entries(path: &Path) -> Result<Vec<(Box<[u8]>, bool)>, Fault> {
    let folder = LocalFolder::open(path).map_err(|error| unusable(path, &error))?;
    let fault = |error| Fault::file(&printable_path(path), &error);
    let entries =
        folder.tree.list(&TreePath::ROOT, None).await.map_err(fault)?.collect().await.map_err(fault)?;
    let mut entries: Vec<_> =
        entries.iter().map(|entry| (entry.name.into(), entry.meta.is_directory())).collect();
    entries.sort_unstable();
    Ok(entries)
}
