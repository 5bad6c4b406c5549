//! Shell completions and man pages, made from the same definitions as the command line itself.

use std::io::{self, Write};

use clap::builder::Resettable;
use clap::{Command, Subcommand};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::CommandFailure;

/// Subcommands that print documents about the command.
#[derive(Clone, Debug, Subcommand)]
pub enum Documents {
    /// Print the completion script of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page of a command
    Man {
        /// The subcommand, as in: man serve | man -l -
        subcommand: Vec<String>,
    },
}

impl Documents {
    /// Prints the document.
    pub fn print(self, mut command: Command) -> anyhow::Result<()> {
        let name = command.get_name().to_owned();
        let mut document = Vec::new();
        match self {
            Self::Completions { shell } => {
                clap_complete::generate(shell, &mut command, &name, &mut document);
                if shell == Shell::Bash {
                    document = reachable(&name, &document);
                }
            }
            Self::Man { subcommand } => {
                // Each subcommand has a page, and its own `help` would have one as well.
                let mut page = &mut command.disable_help_subcommand(true);
                page.build();
                for wanted in &subcommand {
                    let hint = || {
                        CommandFailure::Usage(format!(
                            "there is no subcommand '{wanted}'; see '{name} --help'"
                        ))
                    };
                    page = page.find_subcommand_mut(wanted).ok_or_else(hint)?;
                }
                man(page.clone(), &mut document)?;
            }
        }
        // In one call: clap's generators panic if they cannot write, for example to a closed pipe.
        Ok(io::stdout().write_all(&document)?)
    }
}

/// Fixes a bash script so that it finds the subcommands of a name with a hyphen: clap_complete spells the
/// name differently where it sets the subcommand and where it looks it up (clap-rs/clap, issue 6421).
fn reachable(name: &str, script: &[u8]) -> Vec<u8> {
    let (set, looked_for) = (name.replace('-', "__"), name.replace('-', "__subcmd__"));
    String::from_utf8_lossy(script).replace(&looked_for, &set).into_bytes()
}

/// The page of a command. Its examples keep their line breaks, which clap would fill like prose.
fn man(command: Command, page: &mut Vec<u8>) -> io::Result<()> {
    let examples = command.get_after_help().map(ToString::to_string);
    Man::new(command.after_help(Resettable::Reset)).render(page)?;
    let Some(examples) = examples else { return Ok(()) };
    let mut section = Roff::new();
    section.control("SH", ["EXAMPLES"]).control("nf", []).control("in", ["0"]);
    for line in examples.lines().skip_while(|line| *line == "Examples:") {
        section.text([roman(line)]);
    }
    section.to_writer(page)
}
