//! `mini learn watch`: checks an exercise again after its file was saved.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::Context as _;
use notify::event::EventKind;
use notify::{Config, Event, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};

/// How long a file must be unchanged: editors save in several steps.
const QUIET: Duration = Duration::from_millis(200);

/// How often files are compared where the system reports no changes.
const POLL: Duration = Duration::from_millis(500);

/// Calls `ready` once changes are noticed, then `changed` with the files that were saved, until it fails.
pub(super) fn watch(
    directory: &Path,
    polls: bool,
    ready: impl FnOnce() -> anyhow::Result<()>,
    mut changed: impl FnMut(&[PathBuf]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (sender, events) = mpsc::channel();
    let send = move |event: notify::Result<Event>| {
        // The receiver is gone at the end.
        let _ = sender.send(event);
    };
    let mut watcher: Box<dyn Watcher> = match polls {
        true => Box::new(PollWatcher::new(
            send,
            Config::default().with_poll_interval(POLL).with_compare_contents(true),
        )?),
        false => Box::new(RecommendedWatcher::new(send, Config::default())?),
    };
    let failed = || format!("cannot watch '{}'; --poll works everywhere", directory.display());
    watcher.watch(directory, RecursiveMode::NonRecursive).with_context(failed)?;
    ready()?;
    let mut saved = Vec::new();
    loop {
        let event = match saved.is_empty() {
            true => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
            false => events.recv_timeout(QUIET),
        };
        match event {
            Ok(event) => {
                let event = event.with_context(failed)?;
                if matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_)) {
                    saved.extend(event.paths);
                }
            }
            Err(RecvTimeoutError::Timeout) => changed(&std::mem::take(&mut saved))?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}
