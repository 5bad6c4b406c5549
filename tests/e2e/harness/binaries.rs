//! The commands under test. They are built with the profile of this test binary before the first one starts,
//! so they are never older than the sources.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The path of `mini`, `http-mini` or `ftp-mini`.
pub(crate) fn binary(name: &str) -> PathBuf {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(built).join(name)
}

/// `target/release/`: the parent of `deps/`, the test binary's directory.
fn built() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let directory = this.ancestors().nth(2).unwrap().to_owned();
    // With nextest each test is a separate process, and the first one of a run builds for all.
    let run = std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| std::process::id().to_string());
    let marker = directory.join("e2e-built-in-run");
    let mut marker =
        File::options().read(true).write(true).create(true).truncate(false).open(marker).unwrap();
    marker.lock().unwrap();
    let mut last = String::new();
    marker.read_to_string(&mut last).unwrap();
    if last != run {
        build(&directory);
        marker.set_len(0).unwrap();
        marker.rewind().unwrap();
        marker.write_all(run.as_bytes()).unwrap();
    }
    directory
}

fn build(directory: &Path) {
    let profile = match directory.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        name => name,
    };
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--locked", "--workspace", "--bins", "--profile", profile, "--target-dir"])
        .arg(directory.parent().unwrap())
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status()
        .unwrap();
    assert!(built.success(), "the commands do not build");
}
