//! The access options of every server of a directory, and the users file.

#![expect(clippy::disallowed_methods, reason = "the operator's file, not a served one")]

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};

use super::Failure;
use super::config::one_line;
use crate::escape::Escaped;
use crate::files::{Root, TreePath};
use crate::net::peer::TrustedProxy;
use crate::users::{Action, Actions, Fault, File, OnConflict, Secret, User, Users};

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
    pub user: Vec<Login>,

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
pub struct Login(String);

impl From<String> for Login {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Login {
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
    /// Reads the users file and checks that the options are consistent.
    pub(super) fn open(&self) -> anyhow::Result<Users> {
        let users = self.accounts()?;
        let anonymous = self.anonymous(users.is_empty())?;
        if self.on_conflict.is_some() && !self.writable {
            return Err(usage("--on-conflict has no effect without --writable; add it").into());
        }
        let users = Users::new(users, anonymous).map_err(|fault| usage(explain(&fault)))?;
        Ok(users.with_on_conflict(self.on_conflict))
    }

    /// The accounts of `--user`, and those of the users file.
    fn accounts(&self) -> anyhow::Result<Vec<(User, Secret)>> {
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

    fn named(&self, Login(text): &Login) -> Result<(User, Secret), Failure> {
        let split = text.split_once(':');
        let (name, password) = split.ok_or_else(|| usage("--user takes NAME:PASSWORD, as in ada:secret"))?;
        let user = User::new(name, self.everything()).map_err(|fault| usage(explain(&fault)))?;
        Ok((user, Secret::Password(password.into())))
    }

    fn read(&self, file: &Path) -> anyhow::Result<Vec<(User, Secret)>> {
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
    fn anonymous(&self, is_everybody: bool) -> Result<Option<Actions>, Failure> {
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
fn explain(fault: &Fault) -> String {
    let hint = match fault {
        Fault::Anonymous(_) => ", or use --anonymous",
        Fault::Hash { .. } => "; make one with 'mini passwd'",
        Fault::Memory { .. } => "; make one with 'mini passwd'",
        Fault::Costs => "; make them again with 'mini passwd'",
        _ => "",
    };
    format!("{fault}{hint}")
}

fn usage(what: impl fmt::Display) -> Failure {
    Failure::Usage(what.to_string())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::net::peer::Peer;
    use crate::users::Located;

    /// A hash of `secret` at the lowest cost.
    const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$+RsCrdHrAKGEJIDLM0Esow";

    /// As the server commands take the options.
    #[derive(Debug, Parser)]
    enum Cli {
        #[command(args_override_self = true)]
        Serve {
            #[command(flatten)]
            access: AccessOptions,
            #[arg(long)]
            config: Option<PathBuf>,
        },
    }

    fn parse(arguments: &[&str]) -> Result<AccessOptions, clap::Error> {
        let Cli::Serve { access, .. } = Cli::try_parse_from(["mini", "serve"].iter().chain(arguments))?;
        Ok(access)
    }

    /// A users file with these accounts of `secret`: name, allow and what follows.
    fn file(accounts: &[(&str, &str, &str)]) -> tempfile::TempPath {
        let account = |(name, allow, more): &(&str, &str, &str)| {
            format!("[[user]]\nname = '{name}'\nhash = '{HASH}'\nallow = [{allow}]\n{more}\n")
        };
        text_file(&accounts.iter().map(account).collect::<String>())
    }

    fn text_file(text: &str) -> tempfile::TempPath {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file.into_temp_path()
    }

    fn allowed(user: &User) -> Actions {
        let all = [Action::List, Action::Get].into_iter().chain(Action::CHANGES);
        all.filter(|action| user.may(*action, &Located::by_text("/"))).collect()
    }

    async fn login(users: &Users, name: &str, password: &str) -> Option<Actions> {
        let user = users.login(name.as_bytes(), password.as_bytes(), Peer::Unix).await;
        user.ok().map(|user| allowed(&user))
    }

    #[tokio::test]
    async fn options_define_the_permissions() {
        let (nothing, read, drop, all) = (None, Some(Actions::READ), Some(Actions::DROP), Some(Actions::ALL));
        let one = file(&[("ada", "'list'", "")]);
        let users = format!("--users={}", one.display());
        let list = Some(Actions::NONE.and(Action::List));
        for (arguments, anonymous, ada, why) in [
            (&[][..], read, nothing, "everybody reads"),
            (&["--writable"], all, nothing, "everybody does everything"),
            (&["--anonymous=read"], read, nothing, "as without"),
            (&["--writable", "--anonymous=read"], read, nothing, "no change is allowed to any user"),
            (&["--writable", "--anonymous=drop"], drop, nothing, "a drop box"),
            (&["--user=ada:secret"], nothing, read, "a user reads; the others log in"),
            (&["--user=ada:secret", "--writable"], nothing, all, "a user does everything"),
            (&["--user=ada:secret", "--anonymous=read"], read, read, "the others read, too"),
            (&["--user=ada:secret", "--anonymous=none"], nothing, read, "as without"),
            (&["--user=ada:secret", "--writable", "--anonymous=drop"], drop, all, "both"),
            (&["--user=ada:secret", "--writable", "--anonymous=write"], all, all, "both"),
            (&["--user=ben:x", "--user=ada:secret"], nothing, read, "repeated"),
            (&[&users], nothing, list, "from a file"),
            (&[&users, "--writable"], nothing, list, "a file grants what it says"),
            (&[&users, "--user=ben:x", "--anonymous=read"], read, list, "all together"),
        ] {
            let users = parse(arguments).unwrap().open().unwrap();
            assert_eq!(users.anonymous().map(|user| allowed(&user)), anonymous, "{arguments:?}: {why}");
            let seen = match ada {
                Some(_) => login(&users, "ada", "secret").await,
                None => None,
            };
            assert_eq!(seen, ada, "{arguments:?}: {why}");
            let has_passwords = arguments.iter().any(|argument| argument.starts_with("--user"));
            assert_eq!(users.have_passwords(), has_passwords, "{arguments:?}: {why}");
        }
    }

    #[tokio::test]
    async fn a_password_begins_behind_the_first_colon() {
        for (argument, name, password) in
            [("ada:a:b", "ada", "a:b"), ("ada: ", "ada", " "), ("Зоя:π", "Зоя", "π")]
        {
            let access = parse(&["--user", argument]).unwrap().open().unwrap();
            assert!(login(&access, name, password).await.is_some(), "{argument}");
        }
    }

    #[test]
    fn options_without_sense_stop_the_start() {
        let two = file(&[("ada", "", ""), ("ada", "", "")]);
        let useless =
            file(&[("ada", "'get'", ""), ("ben", "'get'", "path = [{path = '/in', allow = ['delete']}]")]);
        let harmless = file(&[("ada", "'get'", "path = [{path = '/in', allow = ['get']}]")]);
        let no_hash = text_file("[[user]]\nname = 'ada'\nhash = 'secret'\nallow = []");
        let (empty, not_toml) = (text_file("# empty\n"), text_file("[[user]]\nname: ada\n"));
        let slip = text_file("[[user]]\nname = 'ada'\npassword = 'secret'");
        let users = |file: &Path| format!("--users={}", file.display());
        let (missing, two, useless) = (users(Path::new("/nonexistent")), users(&two), users(&useless));
        let (no_hash, empty, not_toml, slip) =
            (users(&no_hash), users(&empty), users(&not_toml), users(&slip));
        let one = file(&[("ada", "", "")]);
        let one = users(&one);
        for (arguments, code, says, why) in [
            (&["--anonymous=write"][..], Some(2), "--writable", "nothing can be changed"),
            (&["--anonymous=drop", "--user=ada:x"], Some(2), "--writable", "nothing can be changed"),
            (&["--anonymous=none"], Some(2), "no one", "no one is left"),
            (&["--on-conflict=rename"], Some(2), "--writable", "nothing can be changed"),
            (&["--user=ada"], Some(2), "NAME:PASSWORD", "no password"),
            (&["--user=ada:"], Some(2), "the password of 'ada' is empty", "no password"),
            (&["--user=:x"], Some(2), "empty name", "no name"),
            (&["--user=ftp:x"], Some(2), "--anonymous", "a name with a meaning"),
            (&["--user=ada:x", "--user=ada:y"], Some(2), "two users 'ada'", "which password?"),
            (&["--user=ada:x", &one], Some(2), "two users 'ada'", "which password?"),
            (&[&two], Some(2), "two users 'ada'", "which one?"),
            (&[&useless], Some(2), "'ben' may delete", "nothing can be changed"),
            (&[&empty], Some(2), "[[user]]", "it would let everybody in"),
            (&[&no_hash], Some(2), "mini passwd", "a password is no hash"),
            (&[&not_toml], None, "line 2: ", "not TOML"),
            (&[&slip], None, "line 3: unknown field `password`", "no such setting"),
            (&[&missing], None, "cannot read the users '/nonexistent'", "no such file"),
        ] {
            let error = parse(arguments).unwrap().open().map(drop).unwrap_err();
            let shown = format!("{error:#}");
            assert!(shown.contains(says) && !shown.contains('\n'), "{arguments:?}: {why}: {shown}");
            assert_eq!(error.downcast_ref().map(|_: &Failure| 2), code, "{arguments:?}: {why}: {shown}");
        }
        parse(&[&users(&harmless)]).unwrap().open().unwrap();
        parse(&[&useless, "--writable"]).unwrap().open().unwrap();
    }

    #[test]
    fn values_that_mean_nothing_are_refused() {
        for (argument, accepted, why) in [
            ("--host=files.example.org", true, "a name"),
            ("--host=*", true, "any name"),
            ("--host=xn--mller-kva.example", true, "as a browser sends it"),
            ("--host=müller.example", false, "no browser sends that"),
            ("--host=files.example.org:8080", false, "ports are not compared"),
            ("--host=http://files.example.org/", false, "a URL"),
            ("--host=*.example.org", false, "no pattern"),
            ("--host=", false, "no name"),
            ("--on-conflict=rename", true, "a known value"),
            ("--on-conflict=keep", false, "an unknown value"),
            ("--trusted-proxy=10.0.0.0/8", true, "a network"),
            ("--trusted-proxy=::1", true, "an address"),
            ("--trusted-proxy=unix", true, "Unix sockets"),
            ("--trusted-proxy=10.0.0.0/33", false, "no network"),
            ("--trusted-proxy=proxy.example", false, "a name may resolve to any address"),
        ] {
            assert_eq!(parse(&[argument]).is_ok(), accepted, "{argument}: {why}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        for argument in ["ada:hunter2", "hunter2", ":hunter2", "ftp:hunter2"] {
            let access = parse(&["--user", argument]).unwrap();
            let opened = access.open().map_err(|error| format!("{error:#}"));
            let shown = format!("{access:?} {opened:?}");
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[tokio::test]
    async fn a_configuration_file_says_it_too() {
        let config = text_file("writable = true\nuser = ['ada:secret', 'ben:x']\nanonymous = 'drop'");
        let arguments = ["mini", "serve", "--config", config.to_str().unwrap(), "--user=cleo:x"];
        let Cli::Serve { access, .. } = crate::command::parse(&arguments.map(Into::into)).unwrap();
        let users = access.open().unwrap();
        for (name, password) in [("ada", "secret"), ("ben", "x"), ("cleo", "x")] {
            assert_eq!(login(&users, name, password).await, Some(Actions::ALL), "{name}");
        }
        assert_eq!(users.anonymous().map(|user| allowed(&user)), Some(Actions::DROP));
    }
}
