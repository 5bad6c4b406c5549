//! The access options of every server of a directory, and the users file.

#![expect(clippy::disallowed_methods, reason = "the operator's file, not a served one")]

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};

use super::CommandFailure;
use super::config::one_line;
use crate::escape::Escaped;
use crate::files::{Root, TreePath};
use crate::net::peer::TrustedProxy;
use crate::users::{Action, Actions, File, OnConflict, User, UserSecret, Users, UsersFault};

/// Printed once on standard error when passwords are accepted without TLS.
pub(super) const UNENCRYPTED_PASSWORDS: &str =
    "warning: passwords travel unencrypted; use --tls, or only a network that you trust";

/// Access options.
#[derive(Args, Clone, Debug, Default)]
pub struct AccessOptions {
    /// Allow uploads and other changes, by the users or, without users, by everyone
    #[arg(long, help_heading = "Access")]
    pub writable: bool,

    /// User with all permissions that --writable allows, as in ada:secret; repeatable
    #[arg(long, value_name = "NAME:PASSWORD", help_heading = "Access")]
    pub user: Vec<UserOption>,

    /// TOML file of users with hashed passwords and permissions; see 'mini passwd --help'
    #[arg(long, value_name = "FILE", help_heading = "Access")]
    pub users: Option<PathBuf>,

    /// Access without a password: none, read, write, or drop (only to upload) [default: none if there
    /// are users, else write with --writable and read without it]
    #[arg(long, value_name = "ACCESS", hide_possible_values = true, help_heading = "Access")]
    pub anonymous: Option<Anonymous>,

    /// Action for an upload whose name exists: replace, rename (store it as 'NAME (2).ext') or refuse
    /// [default: replace if the user may overwrite, else refuse; a drop box always renames]
    #[arg(long, value_name = "WHAT", hide_possible_values = true, help_heading = "Access")]
    pub on_conflict: Option<OnConflict>,

    /// Host name that HTTP requests may use if there are no users, as in files.example.org; '*' for any;
    /// repeatable [default: IP addresses, names without a dot or in .local, .lan, .internal, .home.arpa and
    /// .localhost, and this machine's name in any domain]
    #[arg(long, value_name = "NAME", value_parser = host_name, help_heading = "Access")]
    pub host: Vec<String>,

    /// Trust X-Forwarded-For and Forwarded of proxies in this network ('unix': on a Unix socket); the
    /// client's address is used for the log, failed logins and upload limits; repeatable
    #[arg(long, value_name = "CIDR", help_heading = "Access")]
    pub trusted_proxy: Vec<TrustedProxy>,

    /// Connections of --trusted-proxy addresses begin with a PROXY header (version 1 or 2), those of FTP clients as well;
    /// the client's address is also used for limits of connections
    #[arg(long, help_heading = "Access")]
    pub proxy_protocol: bool,
}

/// A name as a browser sends it, or `*`. A port would never match.
fn host_name(text: &str) -> Result<String, &'static str> {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    match text {
        "*" => Ok(text.into()),
        "" => Err("it is empty; give a name, as in files.example.org"),
        text if text.bytes().all(is_of_name) => Ok(text.into()),
        _ => Err("give a name without a port, in ASCII (xn--... for others), as in files.example.org"),
    }
}

/// `NAME:PASSWORD`, split at the first colon. It is parsed late and never shown, so that no error message or
/// log contains the password.
#[derive(Clone)]
pub struct UserOption(String);

impl From<String> for UserOption {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for UserOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(..)")
    }
}

/// Access without a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Anonymous {
    /// None: everyone must log in.
    None,
    /// List and get.
    Read,
    /// Everything.
    Write,
    /// Upload only: nothing can be listed, read or replaced.
    Drop,
}

impl AccessOptions {
    /// The proxies whose connections begin with a PROXY header.
    pub fn proxies(&self) -> Arc<[TrustedProxy]> {
        self.trusted_proxy.iter().filter(|_| self.proxy_protocol).copied().collect()
    }

    /// Reads the users file and checks that the options are consistent.
    pub(super) fn open(&self) -> anyhow::Result<Users> {
        let users = self.accounts()?;
        let anonymous = self.anonymous(users.is_empty())?;
        if self.proxy_protocol && self.trusted_proxy.is_empty() {
            return Err(usage(
                "--proxy-protocol needs --trusted-proxy, the addresses whose headers are believed",
            )
            .into());
        }
        if self.on_conflict.is_some() && !self.writable {
            return Err(usage("--on-conflict has no effect without --writable; add it").into());
        }
        let users = Users::new(users, anonymous).map_err(|fault| usage(explain(&fault)))?;
        Ok(users.with_on_conflict(self.on_conflict))
    }

    /// The accounts of `--user`, and those of the users file.
    fn accounts(&self) -> anyhow::Result<Vec<(User, UserSecret)>> {
        let mut users = self.user.iter().map(|login| self.named(login)).collect::<Result<Vec<_>, _>>()?;
        if let Some(file) = &self.users {
            users.extend(self.read(file)?);
        }
        Ok(users)
    }

    /// Replaces the users by those that the users file has now. If it is invalid, or a home is missing, nothing changes.
    pub(super) fn reload(&self, users: &Users, root: &Root) -> anyhow::Result<()> {
        let accounts = self.accounts()?;
        check_homes(accounts.iter().map(|(user, _)| user), root)?;
        users.replace(accounts).map_err(|fault| anyhow!("{}", explain(&fault)))
    }

    /// The permissions of `--writable`.
    fn everything(&self) -> Actions {
        match self.writable {
            true => Actions::ALL,
            false => Actions::READ,
        }
    }

    fn named(&self, UserOption(text): &UserOption) -> Result<(User, UserSecret), CommandFailure> {
        let split = text.split_once(':');
        let (name, password) = split.ok_or_else(|| usage("--user takes NAME:PASSWORD, as in ada:secret"))?;
        let user = User::new(name, self.everything()).map_err(|fault| usage(explain(&fault)))?;
        Ok((user, UserSecret::Password(password.into())))
    }

    fn read(&self, file: &Path) -> anyhow::Result<Vec<(User, UserSecret)>> {
        let at = || format!("cannot read the users '{}'", file.display());
        let text = std::fs::read_to_string(file).with_context(at)?;
        let read: File = toml::from_str(&text).map_err(|error| one_line(&text, &error)).with_context(at)?;
        let in_file = |what: &dyn fmt::Display| usage(format!("'{}': {what}", file.display()));
        let users = read.accounts().map_err(|fault| in_file(&explain(&fault)))?;
        if users.is_empty() {
            return Err(in_file(&"there is no [[user]]; without --users everyone is anonymous").into());
        }
        if !self.writable
            && let Some(useless) = users.iter().find_map(|(user, _)| change(user))
        {
            return Err(in_file(&useless).into());
        }
        Ok(users)
    }

    /// The permissions without a password. `is_everybody`: there are no users.
    fn anonymous(&self, is_everybody: bool) -> Result<Option<Actions>, CommandFailure> {
        Ok(match self.anonymous {
            None => is_everybody.then(|| self.everything()),
            Some(Anonymous::None) if is_everybody => {
                return Err(usage("--anonymous none leaves no one who may log in; add --user or --users"));
            }
            Some(Anonymous::Write | Anonymous::Drop) if !self.writable => {
                return Err(usage("--anonymous write and drop have no effect without --writable; add it"));
            }
            Some(Anonymous::None) => None,
            Some(Anonymous::Read) => Some(Actions::READ),
            Some(Anonymous::Write) => Some(Actions::ALL),
            Some(Anonymous::Drop) => Some(Actions::DROP),
        })
    }
}

/// Every home must exist.
pub(super) fn check_homes<'a>(users: impl Iterator<Item = &'a User>, root: &Root) -> anyhow::Result<()> {
    let top = TreePath::ROOT;
    for user in users {
        let home = user.place(&top);
        root.check_directory(&home).map_err(|error| {
            let (home, name) = (Escaped(home.as_bytes()), Escaped(user.name()));
            anyhow!("cannot serve the home '/{home}' of '{name}': {error}; make that directory first")
        })?;
    }
    Ok(())
}

/// The first change that a user may make, described as having no effect.
fn change(user: &User) -> Option<String> {
    let action = Action::CHANGES.into_iter().find(|action| user.may_somewhere(*action))?;
    let name = Escaped(user.name());
    Some(format!(
        "'{name}' may {action}, which has no effect without --writable; add it, or remove '{action}'"
    ))
}

/// The text of a fault, with the option that may have been meant.
fn explain(fault: &UsersFault) -> String {
    let hint = match fault {
        UsersFault::Anonymous(_) => ", or use --anonymous",
        UsersFault::Hash { .. } => "; make one with 'mini passwd'",
        UsersFault::Memory { .. } => "; make one with 'mini passwd'",
        UsersFault::Costs => "; make them again with 'mini passwd'",
        _ => "",
    };
    format!("{fault}{hint}")
}

fn usage(what: impl fmt::Display) -> CommandFailure {
    CommandFailure::Usage(what.to_string())
}

#[cfg(test)]
mod tests;
