//! Shell completions and man pages, made from the same definitions as the command line itself.

use std::io::{self, Write};

use clap::{Command, Subcommand};
use clap_complete::Shell;

/// Subcommands that print what belongs to the command rather than doing its work.
#[derive(Clone, Debug, Subcommand)]
pub enum Documents {
    /// Print the completions of a shell, for its source command
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the man page, of the command or of one of its subcommands, for man -l -
    Man {
        /// The subcommand
        subcommand: Option<String>,
    },
}

impl Documents {
    /// Prints it.
    ///
    /// # Errors
    /// Standard output is gone, or there is no such subcommand.
    pub fn print(self, mut command: Command) -> anyhow::Result<()> {
        let name = command.get_name().to_owned();
        match self {
            Self::Completions { shell } => {
                // The generator panics where it cannot write, as to a pipe whose reader has left.
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut command, name, &mut script);
                io::stdout().write_all(&script)?;
            }
            Self::Man { subcommand: None } => clap_mangen::Man::new(command).render(&mut io::stdout())?,
            Self::Man { subcommand: Some(wanted) } => {
                command.build();
                let found = command.find_subcommand(&wanted).cloned();
                let no_such = || {
                    super::Failure::Usage(format!("there is no subcommand '{wanted}'; see '{name} --help'"))
                };
                let page = found.ok_or_else(no_such)?.display_name(format!("{name}-{wanted}"));
                clap_mangen::Man::new(page).render(&mut io::stdout())?;
            }
        }
        Ok(())
    }
}
