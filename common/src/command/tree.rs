//! What a server serves: a directory or a single file, and which names exist.

#![expect(clippy::disallowed_methods, reason = "DIR before it is served")]

use std::io;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, ValueEnum};

use super::{Bytes, CommandFailure};
use crate::files::{CacheLimits, Root, ServeOptions, UploadLimits};
use crate::patterns::Patterns;

/// Options of the commands that serve a directory.
#[derive(Args, Clone, Debug)]
pub struct TreeOptions {
    /// Directory to serve, or a single file
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,

    /// Also serve names that start with a dot
    #[arg(long)]
    pub hidden: bool,

    /// Do not serve names that match a pattern, as in '*.bak'; repeatable
    #[arg(long, value_name = "GLOB")]
    pub hide: Vec<String>,

    /// Serve also a directory that replaces DIR, as a new release does: the sandbox then covers the directory around DIR
    #[arg(long, help_heading = "Running")]
    pub follow_root: bool,

    /// Largest file that an upload may store, as in 500M; resumed and appended parts count
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    pub max_upload: Option<Bytes>,

    /// Free disk space that uploads leave, as in 1G
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    pub min_free: Option<Bytes>,

    /// Acknowledge an upload only after it is synchronised to disk: on or off
    #[arg(long, value_name = "on|off", default_value = "on", hide_possible_values = true)]
    pub durability: Switch,
}

/// The value of an option that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Switch {
    On,
    Off,
}

impl TreeOptions {
    pub(super) fn open(&self, writable: bool, cache_limits: CacheLimits) -> anyhow::Result<Root> {
        let dir = self.dir.display();
        let durable = self.durability == Switch::On;
        let root = match self.dir.is_file() {
            true if writable => {
                let hint = format!("'{dir}' is a file, which is served read-only; omit --writable");
                return Err(CommandFailure::Usage(hint).into());
            }
            true => Root::open_file(&self.dir, cache_limits),
            false => {
                Root::open(&self.dir, ServeOptions { hidden: self.hidden, writable, durable }, cache_limits)
            }
        };
        let root = root
            .map_err(|error| anyhow!("cannot serve '{dir}': {error}; name a directory that you may read"))?;
        let bytes = |limit: Option<Bytes>| limit.map(|Bytes(bytes)| bytes);
        let limits = UploadLimits { max_size: bytes(self.max_upload), min_free: bytes(self.min_free) };
        Ok(root.with_hidden_names(self.hidden_names()?).with_upload_limits(limits))
    }

    /// The patterns of `--hide`, without letter case: some file systems ignore it.
    fn hidden_names(&self) -> Result<Patterns, CommandFailure> {
        if let Some(glob) = self.hide.iter().find(|glob| glob.contains('/')) {
            let hint = format!("--hide takes a pattern of names, without a slash, not '{glob}'");
            return Err(CommandFailure::Usage(hint));
        }
        Patterns::without_case(&self.hide).map_err(CommandFailure::Usage)
    }

    /// The served directory: that of a single file.
    pub(super) fn directory(&self) -> io::Result<PathBuf> {
        if !self.dir.is_file() {
            return Ok(self.dir.clone());
        }
        let file = self.dir.canonicalize()?;
        Ok(file.parent().map_or_else(|| file.clone(), PathBuf::from))
    }
}
