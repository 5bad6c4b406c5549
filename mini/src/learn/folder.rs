//! A learner's folder: its files, and what the learner has achieved (`learn.json`).
//!
//! No other module of `mini learn` opens files of it. It holds nothing of the oracles.
#![expect(clippy::disallowed_methods, reason = "the learner's own files, which the user names")]

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use serde::{Deserialize, Serialize};
use syntax::rule::Language;

use super::exercise;
use super::programming::Programming;

/// The file of the learner's progress.
const PROGRESS: &str = "learn.json";

/// What a folder's learner has achieved.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Progress {
    pub(super) programming: Programming,
    /// `en` or `id`
    lang: String,
    #[serde(default)]
    pub(super) exercises: BTreeMap<String, ExerciseProgress>,
}

/// What the learner has achieved in one exercise.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct ExerciseProgress {
    /// The most that were earned.
    pub(super) stars: u32,
    /// Checks of a changed file.
    pub(super) attempts: u32,
    /// Names of the mutants that a check has recognised.
    #[serde(default)]
    pub(super) misconceptions: Vec<String>,
    /// The last input that failed, as text.
    #[serde(default)]
    pub(super) failing: Option<String>,
    /// Digest of the file that was checked last.
    #[serde(default)]
    pub(super) checked: String,
}

/// A learner's folder.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) progress: Progress,
}

impl Folder {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let file = path.join(PROGRESS);
        let text = fs::read_to_string(&file).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => anyhow!(
                "'{}' is no folder of exercises; 'mini learn start {}' makes one",
                path.display(),
                path.display()
            ),
            _ => anyhow!("cannot read '{}': {error}", file.display()),
        })?;
        let progress =
            serde_json::from_str(&text).with_context(|| format!("'{}' is damaged", file.display()))?;
        Ok(Self { path: path.to_owned(), progress })
    }

    /// Makes a folder, or adopts one that exists.
    pub(super) fn create(
        path: &Path,
        programming: Option<Programming>,
        language: Option<Language>,
        default: Language,
    ) -> anyhow::Result<Self> {
        let folder = match path.join(PROGRESS).exists() {
            true => {
                let mut folder = Self::open(path)?;
                if programming.is_some_and(|given| given != folder.progress.programming) {
                    return Err(anyhow!(
                        "'{}' has exercises in another programming language; name another folder",
                        path.display()
                    ));
                }
                if let Some(language) = language {
                    folder.progress.lang = language_code(language).to_owned();
                }
                folder
            }
            false => Self {
                path: path.to_owned(),
                progress: Progress {
                    programming: programming.unwrap_or(Programming::Python),
                    lang: language_code(language.unwrap_or(default)).to_owned(),
                    exercises: BTreeMap::new(),
                },
            },
        };
        folder.save()?;
        write_support(path, folder.progress.programming)?;
        Ok(folder)
    }

    pub(super) fn language(&self) -> Language {
        if self.progress.lang == "id" { Language::Indonesian } else { Language::English }
    }

    /// The name of the folder, which a report shows as the learner's.
    pub(super) fn name(&self) -> String {
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    pub(super) fn save(&self) -> anyhow::Result<()> {
        write(&self.path.join(PROGRESS), &(serde_json::to_string_pretty(&self.progress)? + "\n"))
    }

    /// The learner's file of an exercise.
    pub(super) fn source(&self, id: &str) -> PathBuf {
        self.path.join(self.progress.programming.source_name(id))
    }

    pub(super) fn read_source(&self, id: &str) -> anyhow::Result<String> {
        let file = self.source(id);
        fs::read_to_string(&file).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                anyhow!("'{}' does not exist; 'mini learn reset {id}' writes it again", file.display())
            }
            _ => anyhow!("cannot read '{}': {error}", file.display()),
        })
    }

    /// Writes a file unless it exists.
    pub(super) fn write_new(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let file = self.path.join(name);
        if file.exists() { Ok(()) } else { write(&file, text) }
    }

    /// Replaces a file, and keeps the former one as `NAME.bak`, `NAME.bak2` and so on; with its name.
    pub(super) fn replace(&self, name: &str, text: &str) -> anyhow::Result<Option<PathBuf>> {
        let file = self.path.join(name);
        let mut kept = None;
        if file.exists() {
            let backups = (1..).map(|number| match number {
                1 => format!("{name}.bak"),
                number => format!("{name}.bak{number}"),
            });
            let backup = backups
                .map(|name| self.path.join(name))
                .find(|backup| !backup.exists())
                .unwrap_or_else(|| file.clone());
            fs::rename(&file, &backup).with_context(|| format!("cannot keep '{}'", file.display()))?;
            kept = Some(backup);
        }
        write(&file, text)?;
        Ok(kept)
    }
}

/// Writes the files of the harness that are missing or differ.
pub(super) fn write_support(path: &Path, programming: Programming) -> anyhow::Result<()> {
    for (name, source) in programming.support() {
        let text = exercise::file(source).ok_or_else(|| anyhow!("exercises/{source} is missing"))?;
        let file = path.join(name);
        if fs::read_to_string(&file).ok().as_deref() != Some(text) {
            write(&file, text)?;
        }
    }
    Ok(())
}

/// Writes a file, and makes its folder.
pub(super) fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    let made = file.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(file, text)).with_context(|| format!("cannot write '{}'", file.display()))
}

pub(super) fn exists(file: &Path) -> bool {
    file.exists()
}

pub(super) fn rename(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::rename(from, to).with_context(|| format!("cannot write '{}'", to.display()))
}

/// The bytes of a file that a client has made; `None` if there is none.
pub(super) fn read(file: &Path) -> Option<Vec<u8>> {
    fs::read(file).ok()
}

fn language_code(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::Indonesian => "id",
    }
}
