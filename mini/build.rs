//! Embeds the folder `exercises/`: writes a table of its files for `src/learn/exercise.rs`.
#![expect(clippy::disallowed_methods, reason = "the sources of the build")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../exercises").canonicalize()?;
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let rows = files.iter().filter_map(|file| {
        let name = file.strip_prefix(&root).ok()?;
        Some(format!("({:?}, include_str!({:?})),\n", name.display().to_string(), file.display().to_string()))
    });
    let table = format!("&[\n{}]", rows.collect::<String>());
    let out = std::env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("exercises.rs"), table)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|kind| ["toml", "rs", "py", "md", "in"].iter().any(|known| kind == *known))
        {
            files.push(path);
        }
    }
    Ok(())
}
