//! Credentials for a server, and those of the user's `.netrc` file.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use crate::users::is_anonymous;

/// A name and a password. `Debug` does not show the password.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCredentials {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
    /// The `.netrc` file that has them, for messages.
    pub netrc: Option<PathBuf>,
}

impl fmt::Debug for UserCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// The logins of a `.netrc` file: that of `$NETRC`, else that of the home directory.
#[derive(Default)]
pub struct Netrc {
    file: PathBuf,
    logins: Vec<NetrcEntry>,
    /// Why its passwords are not used, and what to do before `chmod`.
    exposure: Option<&'static str>,
}

/// A login of the file; without a machine it applies to any.
#[derive(Default)]
struct NetrcEntry {
    machine: Option<String>,
    user: String,
    password: Option<String>,
}

/// A larger file is not read.
const LARGEST: usize = 1 << 20;

impl Netrc {
    /// Reads the user's file. Without one there are no logins.
    pub fn of_user() -> Self {
        let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".netrc"));
        let file = std::env::var_os("NETRC").map(PathBuf::from).or_else(home);
        file.and_then(Self::read).unwrap_or_default()
    }

    #[expect(clippy::disallowed_methods, reason = "the user's own file, not a served one")]
    fn read(file: PathBuf) -> Option<Self> {
        let opened = File::open(&file).ok()?;
        let meta = opened.metadata().ok()?;
        let mut text = String::new();
        opened.take(LARGEST as u64 + 1).read_to_string(&mut text).ok()?;
        let exposure = exposure(meta.mode(), meta.uid());
        (text.len() <= LARGEST).then(|| Self { file, logins: Self::parse(&text), exposure })
    }

    /// The path of the file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Why this user's password in the file is not used, and what to do. `None`: it is used. Anonymous users
    /// have no secret.
    pub fn refusal(&self, user: &str) -> Option<String> {
        let why = self.exposure.filter(|_| !is_anonymous(user.as_bytes()))?;
        let file = self.file.display();
        Some(format!("the passwords in '{file}' are not used because {why} 'chmod 600 {file}'"))
    }

    /// Parses a file: `machine NAME login NAME password WORD`, `default` for any other machine. Words can be
    /// quoted; macros are skipped.
    fn parse(text: &str) -> Vec<NetrcEntry> {
        let mut logins: Vec<NetrcEntry> = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let mut words = words(line).into_iter();
            while let Some(word) = words.next() {
                let mut value = || words.next().unwrap_or_default();
                match word.as_str() {
                    "machine" => {
                        let machine = Some(value().to_ascii_lowercase());
                        logins.push(NetrcEntry { machine, ..NetrcEntry::default() });
                    }
                    "default" => logins.push(NetrcEntry::default()),
                    "login" => logins.last_mut().into_iter().for_each(|login| login.user = value()),
                    "password" => {
                        logins.last_mut().into_iter().for_each(|login| login.password = Some(value()));
                    }
                    "account" => drop(value()),
                    // A macro ends at an empty line.
                    "macdef" => {
                        lines.by_ref().take_while(|line| !line.trim().is_empty()).for_each(drop);
                        break;
                    }
                    comment if comment.starts_with('#') => break,
                    _ => {}
                }
            }
        }
        logins
    }

    /// The name and password for a host, and for this user, if one is given. The password may be missing.
    pub fn login(&self, host: &str, user: Option<&str>) -> Option<(&str, Option<&str>)> {
        let host = host.to_ascii_lowercase();
        let is_meant = |login: &&NetrcEntry| {
            login.machine.as_ref().is_none_or(|machine| *machine == host)
                && user.is_none_or(|user| login.user == user)
                && !login.user.is_empty()
        };
        self.logins.iter().find(is_meant).map(|login| (&*login.user, login.password.as_deref()))
    }
}

/// The same check as in the `ftp` command.
fn exposure(mode: u32, owner: u32) -> Option<&'static str> {
    match owner == geteuid().as_raw() {
        false => Some("it belongs to another user; own it and run"),
        true if mode & 0o077 != 0 => Some("others can read or change it; run"),
        true => None,
    }
}

/// The words of a line; one in double quotes may contain blanks, and quotes behind a backslash.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut letters = line.chars().peekable();
    while let Some(&letter) = letters.peek() {
        if letter.is_whitespace() {
            letters.next();
            continue;
        }
        let is_quoted = letter == '"';
        if is_quoted {
            letters.next();
        }
        let mut word = String::new();
        while let Some(letter) = letters.next_if(|letter| is_quoted || !letter.is_whitespace()) {
            match letter {
                '"' if is_quoted => break,
                '\\' => word.extend(letters.next()),
                letter => word.push(letter),
            }
        }
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_login_that_fits_is_taken() {
        let file = "# mine\n\
            machine A.example login ann password one\n\
            machine a.example login bob password \"t w\\\"o\"\n\
            machine b.example\n\tlogin cat\n\taccount x password three\n\
            macdef init\nmachine c.example login m password m\n\n\
            machine d.example password nameless\n\
            machine f.example login fay\n\
            machine g.example login gus password \"\"\n\
            default login anonymous password me@\n";
        let netrc = Netrc { logins: Netrc::parse(file), ..Netrc::default() };
        for (host, user, expected, why) in [
            ("a.example", None, Some(("ann", Some("one"))), "the first one"),
            ("A.EXAMPLE", None, Some(("ann", Some("one"))), "in any case"),
            ("a.example", Some("bob"), Some(("bob", Some("t w\"o"))), "the one of this user, quoted"),
            ("a.example", Some("eve"), None, "none of this user"),
            ("b.example", None, Some(("cat", Some("three"))), "over several lines"),
            ("c.example", None, Some(("anonymous", Some("me@"))), "text of a macro is not a login"),
            ("d.example", None, Some(("anonymous", Some("me@"))), "a password without a name is none"),
            ("e.example", None, Some(("anonymous", Some("me@"))), "the default"),
            ("f.example", None, Some(("fay", None)), "no password"),
            ("g.example", None, Some(("gus", Some(""))), "an empty one"),
        ] {
            assert_eq!(netrc.login(host, user), expected, "{why}");
        }
    }

    #[test]
    fn only_a_private_file_has_usable_passwords() {
        let own = geteuid().as_raw();
        for (mode, owner, user, expected, why) in [
            (0o100_600, own, "ada", None, "private"),
            (0o100_400, own, "ada", None, "private, and read-only"),
            (0o010_600, own, "ada", None, "a pipe, as of <(...)"),
            (0o100_640, own, "ada", Some("chmod 600 /home/ada/.netrc"), "the group reads it"),
            (0o100_604, own, "ada", Some("chmod 600 /home/ada/.netrc"), "others read it"),
            (0o100_620, own, "ada", Some("chmod 600 /home/ada/.netrc"), "the group writes it"),
            (0o100_602, own, "ada", Some("chmod 600 /home/ada/.netrc"), "others write it"),
            (0o100_600, own + 1, "ada", Some("another user"), "another user's file"),
            (0o100_644, own, "anonymous", None, "no secret"),
        ] {
            let file = "/home/ada/.netrc".into();
            let netrc = Netrc { file, logins: Vec::new(), exposure: exposure(mode, owner) };
            let refusal = netrc.refusal(user);
            assert_eq!(refusal.is_some(), expected.is_some(), "{mode:o}: {why}: {refusal:?}");
            let words = expected.unwrap_or_default();
            assert!(refusal.unwrap_or_default().contains(words), "{mode:o}: {why}");
        }
    }
}
