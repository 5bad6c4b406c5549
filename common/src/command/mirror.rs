//! The options that all mirror commands share, and what they do.

use std::io;
use std::path::Path;

use clap::{Args, ValueEnum};

use super::{Failure, ParallelOptions};
use crate::client::mirror::{Filter, LocalTree, Options, Source, Target, mirror};
use crate::client::{Fault, Folder, Kind, Report, Summary, printable_path};

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
    pub fn options(&self) -> Result<Options, Failure> {
        let filter = Filter::new(&self.include, &self.exclude).map_err(Failure::Usage)?;
        let follows_links = self.links == Links::Follow;
        Ok(Options { filter, follows_links, delete: self.delete, dry_run: self.dry_run })
    }

    /// Mirrors a server to a folder, which is created if it does not exist. Fails if entries were left out.
    #[expect(clippy::disallowed_methods, reason = "the user's own folder, which the command line names")]
    pub async fn download<S: Source<LocalTree>>(
        &self,
        options: &Options,
        mut source: impl FnMut() -> S,
        folder: &Path,
        report: &Report,
    ) -> Result<(), Fault> {
        let is_new = !folder.exists();
        let target = match (is_new, self.dry_run) {
            (false, _) => local(folder, Folder::open(folder))?,
            (true, false) => local(folder, Folder::make(folder))?,
            (true, true) => LocalTree { is_missing: true, ..local(folder, Folder::open(Path::new(".")))? },
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
    pub async fn upload<T: Target>(
        &self,
        options: &Options,
        folder: &Path,
        mut target: impl FnMut() -> T,
        report: &Report,
    ) -> Result<(), Fault>
    where
        LocalTree: Source<T>,
    {
        let source = local(folder, Folder::open(folder))?;
        let workers = (0..self.parallel.count).map(|_| (source.clone(), target())).collect();
        outcome(mirror(options, workers, report).await?)
    }
}

fn outcome(summary: Summary) -> Result<(), Fault> {
    match summary.skipped {
        0 => Ok(()),
        _ => Err(Fault::new(Kind::Failed, "not everything could be kept")),
    }
}

fn local(path: &Path, opened: io::Result<Folder>) -> Result<LocalTree, Fault> {
    let folder = opened.map_err(|error| {
        let why = format!("cannot open the folder '{}': {error}", printable_path(path));
        Fault::new(Kind::Failed, why)
    })?;
    Ok(LocalTree { folder: folder.into(), is_missing: false })
}
