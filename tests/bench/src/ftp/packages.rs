//! Peers that Debian and PyPI offer, unpacked but not installed: the FTP servers exclude each other
//! as packages, and none of them should start to serve this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The folder with the unpacked packages, from an earlier run or fetched now.
pub(crate) fn debian(cache: &Path, packages: &[&str]) -> Result<PathBuf> {
    let name = packages.first().context("no package named")?;
    fetch(cache, name, |folder| {
        let mut download = Command::new("apt-get");
        run(download.current_dir(folder).args(["--quiet", "download"]).args(packages))
            .context("apt-get cannot download it; try `apt-get update`")?;
        for entry in fs::read_dir(folder)? {
            run(Command::new("dpkg").arg("--extract").arg(entry?.path()).arg(folder))?;
        }
        Ok(())
    })
}

/// The folder for PYTHONPATH.
pub(crate) fn python(cache: &Path, package: &str) -> Result<PathBuf> {
    fetch(cache, package, |folder| {
        let mut install = Command::new("python3");
        run(install.args(["-m", "pip", "install", "--quiet", "--target"]).arg(folder).arg(package))
            .context("pip cannot install it")
    })
}

/// Calls `fill` for a new folder, which takes its name only when it is complete.
fn fetch(cache: &Path, name: &str, fill: impl Fn(&Path) -> Result<()>) -> Result<PathBuf> {
    let folder = cache.join(name);
    if !folder.exists() {
        let partial = cache.join(format!("{name}.partial"));
        if partial.exists() {
            fs::remove_dir_all(&partial)?;
        }
        fs::create_dir_all(&partial)?;
        fill(&partial)?;
        fs::rename(&partial, &folder)?;
    }
    Ok(folder)
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("cannot run {}", program.display()))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}", errors.lines().last().unwrap_or("it failed"));
    Ok(())
}
