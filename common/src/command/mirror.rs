//! The options that all mirror commands share, and what they do.

use std::io;
use std::path::Path;

use clap::{Args, ValueEnum};

use super::{CommandFailure, ParallelOptions};
use crate::client::mirror::{Filter, LocalTree, MirrorSettings, MirrorSource, MirrorTarget, mirror};
use crate::client::{Fault, FaultKind, LocalFolder, MirrorSummary, Reporter, printable_path};

/// How symbolic links are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Links {
    /// They are left out.
    #[value(help = None::<&str>)]
    Skip,
    /// Their targets are mirrored.
    #[value(help = None::<&str>)]
    Follow,
}

/// Options of a mirror.
#[derive(Args, Clone, Debug)]
pub struct MirrorOptions {
    /// The number of workers.
    #[command(flatten)]
    pub parallel: ParallelOptions,

    /// Skip symbolic links, or follow those that lead neither above themselves nor to a visited directory
    #[arg(long, value_enum, default_value_t = Links::Skip)]
    pub links: Links,

    /// Delete entries that are only at the target, except links
    #[arg(long)]
    pub delete: bool,

    /// Copy only matching files: *.txt by name, docs/*.txt by path; repeatable
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,

    /// Skip matching files and directories; repeatable
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Print the actions without performing them
    #[arg(long)]
    pub dry_run: bool,
}

impl MirrorOptions {
    /// The options of the library, unless a pattern is malformed.
    pub fn options(&self) -> Result<MirrorSettings, CommandFailure> {
        let filter = Filter::new(&self.include, &self.exclude).map_err(CommandFailure::Usage)?;
        let follows_links = self.links == Links::Follow;
        Ok(MirrorSettings { filter, follows_links, delete: self.delete, dry_run: self.dry_run })
    }

    /// Mirrors a server to a folder, which is created if it does not exist. Fails if entries were left out.
    #[expect(clippy::disallowed_methods, reason = "the user's own folder, which the command line names")]
    pub async fn download<S: MirrorSource<LocalTree>>(
        &self,
        options: &MirrorSettings,
        mut source: impl FnMut() -> S,
        folder: &Path,
        report: &Reporter,
    ) -> Result<(), Fault> {
        let is_new = !folder.exists();
        let target = match (is_new, self.dry_run) {
            (false, _) => local(folder, LocalFolder::open(folder))?,
            (true, false) => local(folder, LocalFolder::make(folder))?,
            (true, true) => {
                LocalTree { is_missing: true, ..local(folder, LocalFolder::open(Path::new(".")))? }
            }
        };
        let workers = (0..self.parallel.count).map(|_| (source(), target.clone())).collect();
        let done = mirror(options, workers, report).await;
        if done.is_err() && is_new && !self.dry_run {
            // A folder that is not empty stays.
            let _ = std::fs::remove_dir(folder);
        }
        outcome(done?)
    }

    /// Mirrors a folder to a server. Fails if entries were left out.
    pub async fn upload<T: MirrorTarget>(
        &self,
        options: &MirrorSettings,
        folder: &Path,
        mut target: impl FnMut() -> T,
        report: &Reporter,
    ) -> Result<(), Fault>
    where
        LocalTree: MirrorSource<T>,
    {
        let source = local(folder, LocalFolder::open(folder))?;
        let workers = (0..self.parallel.count).map(|_| (source.clone(), target())).collect();
        outcome(mirror(options, workers, report).await?)
    }
}

fn outcome(summary: MirrorSummary) -> Result<(), Fault> {
    match summary.skipped {
        0 => Ok(()),
        _ => Err(Fault::new(FaultKind::Failed, "not everything could be kept")),
    }
}

fn local(path: &Path, opened: io::Result<LocalFolder>) -> Result<LocalTree, Fault> {
    let folder = opened.map_err(|error| {
        let why = format!("cannot open the folder '{}': {error}", printable_path(path));
        Fault::new(FaultKind::Failed, why)
    })?;
    Ok(LocalTree { folder: folder.into(), is_missing: false })
}
