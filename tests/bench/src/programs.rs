//! The project's own programs, built and found beside this one.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

pub(crate) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Builds the workspace when run by cargo; otherwise uses the programs beside this one.
    pub(crate) fn build() -> Result<Self> {
        let this = env::current_exe().context("cannot find this program")?;
        let folder = this.parent().context("this program is in no folder")?.to_owned();
        if let Some(cargo) = env::var_os("CARGO") {
            let target = folder.parent().context("no target folder")?;
            let status = Command::new(cargo)
                .args(["build", "--release", "--workspace", "--bins", "--target-dir"])
                .arg(target)
                .status()
                .context("cannot run cargo")?;
            ensure!(status.success(), "the build failed");
        }
        Ok(Self { folder })
    }

    pub(crate) fn path(&self, name: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        ensure!(path.exists(), "{} is not built; run `cargo build --release --workspace`", path.display());
        Ok(path)
    }

    /// The target folder.
    pub(crate) fn target(&self) -> &Path {
        self.folder.parent().unwrap_or(&self.folder)
    }

    /// The benchmark's own folder in the target folder, for served files.
    pub(crate) fn place(&self) -> PathBuf {
        self.target().join("bench")
    }
}
