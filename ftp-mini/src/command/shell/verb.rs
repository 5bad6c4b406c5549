//! The commands of the shell, and what the words behind each of them name.

use clap::{CommandFactory, Parser};

use super::word::Word;

/// A line.
#[derive(Debug, Parser)]
#[command(
    multicall = true,
    subcommand_required = true,
    disable_version_flag = true,
    about = "Commands of the shell; !COMMAND is carried out on this machine",
    help_template = "{about}\n\n{subcommands}",
    subcommand_help_heading = "Commands"
)]
pub(super) enum Verb {
    /// List directories of the server
    Ls {
        /// As a table, which it is anyway
        #[arg(short, hide = true)]
        long: bool,
        /// Directories or files; patterns like *.txt
        names: Vec<Word>,
    },
    /// Go to another directory of the server
    Cd {
        /// The directory [default: the one of the login]
        directory: Option<Word>,
    },
    /// Tell the directory of the server
    Pwd,
    /// Go to another directory of this machine
    Lcd {
        /// The directory [default: the home directory]
        directory: Option<Word>,
    },
    /// Tell the directory of this machine
    Lpwd,
    /// List a directory of this machine
    Lls {
        /// The directory
        directory: Option<Word>,
    },
    /// Get files from the server
    #[command(visible_alias = "mget")]
    Get {
        /// Files; patterns like *.txt
        #[arg(required = true)]
        names: Vec<Word>,
        /// Go on with what has come before
        #[arg(long)]
        resume: bool,
        /// Replace files that are there
        #[arg(short, long)]
        force: bool,
        /// Write one file to this name
        #[arg(short, long, value_name = "FILE")]
        output: Option<Word>,
    },
    /// Put files on the server
    #[command(visible_alias = "mput")]
    Put {
        /// Files; patterns like *.txt
        #[arg(required = true)]
        names: Vec<Word>,
        /// Go on behind what the server has
        #[arg(long)]
        resume: bool,
    },
    /// Show files of the server
    Cat {
        /// Files; patterns like *.txt
        #[arg(required = true)]
        names: Vec<Word>,
    },
    /// Remove files of the server
    Rm {
        /// Files; patterns like *.txt
        #[arg(required = true)]
        names: Vec<Word>,
        /// Remove directories and everything in them
        #[arg(short, long)]
        recursive: bool,
    },
    /// Make directories on the server
    Mkdir {
        /// The directories
        #[arg(required = true)]
        names: Vec<Word>,
        /// Make those above them as well
        #[arg(short, long)]
        parents: bool,
    },
    /// Rename something on the server
    Mv {
        /// What
        from: Word,
        /// Its new path; one that ends in a slash is a directory, in which the name stays
        to: Word,
    },
    /// Leave
    #[command(visible_aliases = ["quit", "bye"])]
    Exit,
}

/// What the words behind a verb name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Something on the server.
    Remote,
    /// Something on this machine.
    Local,
    /// Nothing.
    None,
}

/// How every verb is spelled.
pub(super) fn verbs() -> Vec<String> {
    let command = Verb::command();
    let names = command.get_subcommands().flat_map(|verb| {
        std::iter::once(verb.get_name())
            .chain(verb.get_visible_aliases())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    names.chain(["help".to_owned()]).collect()
}

/// What the words behind this verb name.
pub(super) fn names_of(verb: &str) -> Names {
    match verb {
        "ls" | "cd" | "get" | "mget" | "cat" | "rm" | "mkdir" | "mv" => Names::Remote,
        "lcd" | "lls" | "put" | "mput" => Names::Local,
        verb if verb.starts_with('!') => Names::Local,
        _ => Names::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound_and_knows_every_verb() {
        Verb::command().debug_assert();
        let verbs = verbs();
        for verb in ["ls", "mget", "quit", "help"] {
            assert!(verbs.iter().any(|known| known == verb), "{verb}");
        }
        for (verb, expected) in [("get", Names::Remote), ("put", Names::Local), ("pwd", Names::None)] {
            assert_eq!(names_of(verb), expected, "{verb}");
        }
    }
}
