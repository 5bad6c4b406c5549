//! The options that the mirrors of all clients have in common, and what they do with them.

use std::path::Path;

use clap::{Args, ValueEnum};

use super::Failure;
use crate::client::mirror::{Direction, Filter, Plan, Remote, mirror};
use crate::client::{Fault, Folder, Kind, Report, printable_path};

/// What becomes of symbolic links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Links {
    /// They are left out.
    #[value(help = None::<&str>)]
    Skip,
    /// What they lead to is mirrored.
    #[value(help = None::<&str>)]
    Follow,
}

/// Options of a mirror.
#[derive(Args, Clone, Debug)]
pub struct MirrorOptions {
    /// Move N files at the same time, each over a connection of its own
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub parallel: u8,

    /// Leave symbolic links out, or follow those that lead neither above themselves nor to a directory that
    /// was visited
    #[arg(long, value_enum, default_value_t = Links::Skip)]
    pub links: Links,

    /// Remove what is only at the target, but no links
    #[arg(long)]
    pub delete: bool,

    /// Only files that match: *.txt by name, docs/*.txt by path; can be repeated
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,

    /// Neither files nor directories that match; can be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl MirrorOptions {
    /// What is to be done.
    ///
    /// # Errors
    /// [`Failure::Usage`] for what is no pattern.
    pub fn plan(&self, direction: Direction, folder: &Path) -> Result<Plan, Failure> {
        let filter = Filter::new(&self.include, &self.exclude).map_err(Failure::Usage)?;
        let is_new = self.dry_run && direction == Direction::Down && Folder::is_missing(folder);
        let follows_links = self.links == Links::Follow;
        Ok(Plan { direction, filter, follows_links, delete: self.delete, dry_run: self.dry_run, is_new })
    }

    /// Carries it out, by as many workers as are wanted, and tells the sum.
    ///
    /// # Errors
    /// Those of [`mirror`]; a folder that cannot be opened; [`Kind::Failed`] where something was left out.
    #[expect(clippy::disallowed_methods, reason = "the user's own folder, which the command line names")]
    pub async fn carry<R: Remote>(
        &self,
        plan: &Plan,
        folder: &Path,
        worker: impl FnMut() -> R,
        report: &Report,
    ) -> Result<(), Fault> {
        let is_made = plan.direction == Direction::Down && !plan.dry_run && !folder.exists();
        let opened = match plan.direction {
            Direction::Down if !plan.dry_run => Folder::make(folder),
            // Nothing is looked for in it, so any folder does.
            _ if plan.is_new => Folder::open(Path::new(".")),
            _ => Folder::open(folder),
        };
        let opened = opened.map_err(|error| {
            let why = format!("cannot open the folder '{}': {error}", printable_path(folder));
            Fault::new(Kind::Failed, why)
        })?;
        let workers = std::iter::repeat_with(worker).take(self.parallel.into()).collect();
        let mirrored = mirror(plan, &opened, workers, report).await;
        if mirrored.is_err() && is_made {
            // Made for what did not come; one that has something in it stays.
            let _ = std::fs::remove_dir(folder);
        }
        let summary = mirrored?;
        report.summary(&summary, plan.dry_run);
        match summary.skipped {
            0 => Ok(()),
            _ => Err(Fault::new(Kind::Failed, "not everything could be kept")),
        }
    }
}
