//! The commands of the shell and their arguments.

use clap::{CommandFactory, Parser};

use super::word::Word;

#[derive(Debug, Parser)]
#[command(
    multicall = true,
    subcommand_required = true,
    disable_version_flag = true,
    about = "Commands of the shell; !COMMAND is carried out on this machine",
    help_template = "{about}\n\n{subcommands}",
    subcommand_help_heading = "Commands"
)]
pub(super) enum ShellCommand {
    /// List remote directories
    Ls {
        /// Always print a table
        #[arg(short, hide = true)]
        long: bool,
        /// Directories or files; patterns like *.txt
        names: Vec<Word>,
    },
    /// Change the remote directory
    Cd {
        /// The directory [default: the initial one]
        directory: Option<Word>,
    },
    /// Print the remote directory
    Pwd,
    /// Change the local directory
    Lcd {
        /// The directory [default: the home directory]
        directory: Option<Word>,
    },
    /// Print the local directory
    Lpwd,
    /// List a local directory
    Lls {
        /// The directory
        directory: Option<Word>,
    },
    /// Download files
    #[command(visible_alias = "mget")]
    Get {
        /// Files; patterns like *.txt
        #[arg(required = true)]
        names: Vec<Word>,
        /// Resume an interrupted download
        #[arg(long)]
        resume: bool,
        /// Replace existing files
        #[arg(short, long)]
        force: bool,
        /// Write the file to this name
        #[arg(short, long, value_name = "FILE")]
        output: Option<Word>,
    },
    /// Upload files
    #[command(visible_alias = "mput")]
    Put {
        /// Files; patterns like *.txt
        #[arg(required = true)]
        names: Vec<Word>,
        /// Resume at the size of the server's file
        #[arg(long)]
        resume: bool,
    },
    /// Print remote files
    Cat {
        /// Files; patterns like *.txt
        #[arg(required = true)]
        names: Vec<Word>,
    },
    /// Delete remote files
    Rm {
        /// Files; patterns like *.txt
        #[arg(required = true)]
        names: Vec<Word>,
        /// Delete directories with their content
        #[arg(short, long)]
        recursive: bool,
    },
    /// Create remote directories
    Mkdir {
        /// The directories
        #[arg(required = true)]
        names: Vec<Word>,
        /// Also create missing parent directories
        #[arg(short, long)]
        parents: bool,
    },
    /// Rename a remote file or directory
    Mv {
        /// The file or directory
        from: Word,
        /// Its new path; one that ends with a slash is a directory, in which the name is kept
        to: Word,
    },
    /// End the session
    #[command(visible_aliases = ["quit", "bye"])]
    Exit,
}

/// The kind of names in a verb's arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Remote,
    Local,
    None,
}

/// The verbs and their aliases.
pub(super) fn verbs() -> Vec<String> {
    let command = ShellCommand::command();
    let names = command.get_subcommands().flat_map(|verb| {
        std::iter::once(verb.get_name())
            .chain(verb.get_visible_aliases())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    names.chain(["help".to_owned()]).collect()
}

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
        ShellCommand::command().debug_assert();
        let verbs = verbs();
        for verb in ["ls", "mget", "quit", "help"] {
            assert!(verbs.iter().any(|known| known == verb), "{verb}");
        }
        for (verb, expected) in [("get", Names::Remote), ("put", Names::Local), ("pwd", Names::None)] {
            assert_eq!(names_of(verb), expected, "{verb}");
        }
    }
}
