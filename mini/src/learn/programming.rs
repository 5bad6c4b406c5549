//! The programming languages of the exercises, and the names of their files.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The programming language of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Programming {
    /// Python 3.8 or later
    Python,
    /// Rust, a package without dependencies
    Rust,
}

impl Programming {
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Python => "py",
            Self::Rust => "rs",
        }
    }

    /// The path of an exercise in a learner's folder. A Python file has a prefix, because `select.py` would replace a
    /// module of Python.
    pub(super) fn source_name(self, id: &str) -> String {
        match self {
            Self::Python => format!("ex_{id}.py"),
            Self::Rust => format!("src/bin/{id}.rs"),
        }
    }

    /// Files of the harness: path in the folder, and path in `exercises/`.
    pub(super) fn support(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Python => &[("learn.py", "support/learn.py")],
            Self::Rust => &[("Cargo.toml", "support/Cargo.toml.in"), ("src/lib.rs", "support/lib.rs")],
        }
    }
}
