//! `mini passwd`: the Argon2id hash of a typed or piped password, or a new token. It stores nothing.

use std::io::{self, IsTerminal, Read, Write};

use anyhow::{Context as _, bail};
use clap::Args;
use common::command::ask_password;
use common::users::{Hash, TokenHash, new_token};

/// The longest piped password, in bytes.
const LONGEST: usize = 1_024;

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Passwd {
    /// Print a new token for programs, and the line with its hash for the file of --users
    #[arg(long)]
    token: bool,
}

const EXAMPLES: &str = "\
Examples:
  mini passwd                            asks twice, without echo
  printf %s \"$PASSWORD\" | mini passwd    one line of input, without its end
  mini passwd --token                    a token and its hash

Put the hash into the file of --users:
  [[user]]
  name = \"ada\"
  hash = \"$argon2id$v=19$m=19456,t=2,p=1$...\"
  tokens = [\"sha256:...\"]     # optional: sent as Authorization: Bearer
  home = \"/photos\"            # optional: an existing directory, seen as /
  allow = [\"list\", \"get\", \"upload\", \"overwrite\", \"delete\"]

  [[user.path]]               # optional: other permissions below a path
  path = \"/finished\"
  allow = [\"list\", \"get\"]";

impl Passwd {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        if self.token {
            return print_token();
        }
        let password = match io::stdin().is_terminal() {
            true => typed()?,
            false => piped(io::stdin().lock())?,
        };
        if password.is_empty() {
            bail!("the password is empty");
        }
        let hash = Hash::of(&password).context("cannot hash the password")?;
        Ok(writeln!(io::stdout(), "{hash}")?)
    }
}

/// The token is not stored anywhere else: the users file gets the hash alone.
fn print_token() -> anyhow::Result<()> {
    let token = new_token().context("cannot make a token")?;
    let hash = TokenHash::of(token.as_bytes());
    Ok(writeln!(io::stdout(), "{token}\ntokens = [\"{hash}\"]")?)
}

fn typed() -> anyhow::Result<Vec<u8>> {
    let ask = |prompt| ask_password(prompt).context("cannot read the password");
    let password = ask("Password: ")?;
    if ask("Again: ")? != password {
        bail!("the two passwords differ; type the same one twice");
    }
    Ok(password)
}

fn piped(input: impl Read) -> anyhow::Result<Vec<u8>> {
    let mut password = Vec::new();
    let most = LONGEST + "\r\n".len();
    input.take(most as u64 + 1).read_to_end(&mut password).context("cannot read the password")?;
    if let Some(line) = password.strip_suffix(b"\n") {
        password.truncate(line.strip_suffix(b"\r").unwrap_or(line).len());
    }
    if password.len() > LONGEST {
        bail!("the password is longer than {LONGEST} bytes");
    }
    if password.contains(&b'\n') {
        bail!("the password has more than one line; pipe in one");
    }
    Ok(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_piped_in() {
        let longest = "x".repeat(LONGEST);
        for (input, expected, why) in [
            ("secret", Some("secret"), "no line end"),
            ("secret\n", Some("secret"), "echo adds one"),
            ("secret\r\n", Some("secret"), "from Windows"),
            (" two words \n", Some(" two words "), "spaces belong to it"),
            ("secret\n\n", None, "an empty line more"),
            ("a\nb\n", None, "two lines"),
            ("", Some(""), "refused later, as a typed one is"),
            (&format!("{longest}\r\n"), Some(&*longest), "the longest"),
            (&format!("{longest}x"), None, "longer"),
            (&format!("{longest}{longest}\n"), None, "not cut off"),
        ] {
            let seen = piped(input.as_bytes()).ok();
            assert_eq!(seen.as_deref(), expected.map(str::as_bytes), "{why}");
        }
    }
}
