//! Servers of other projects, as `tests/peers` unpacks them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::programs::Programs;

/// Their folder.
pub(crate) struct Unpacked(PathBuf);

impl Unpacked {
    /// Downloads them unless they exist.
    pub(crate) fn fetch(programs: &Programs) -> Result<Self> {
        let target = programs.target();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("peers");
        let mut command = Command::new(&script);
        command.env("CARGO_TARGET_DIR", target).stdin(Stdio::null()).stdout(Stdio::null());
        let status = command.status().with_context(|| format!("cannot run {}", script.display()))?;
        ensure!(status.success(), "{} failed", script.display());
        Ok(Self(target.join("peers")))
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.0.join("usr/sbin").join(name)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    pub(crate) fn libraries(&self) -> PathBuf {
        self.0.join("usr/lib").join(format!("{}-linux-gnu", std::env::consts::ARCH))
    }

    /// The folder for PYTHONPATH.
    pub(crate) fn python(&self) -> PathBuf {
        self.0.join("python")
    }
}
