//! Who the user is on a server: from the URL, `--login`, or the file `.netrc`.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

/// A name and a password. Shown, it does not tell the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// The logins of `.netrc` (that of `$NETRC`, else of the home directory).
#[derive(Default)]
pub struct Netrc(Vec<Entry>);

/// A login of the file; without a machine it is for any.
#[derive(Default)]
struct Entry {
    machine: Option<String>,
    user: String,
    password: Option<String>,
}

/// A larger file is not read.
const LARGEST: u64 = 1 << 20;

/// Why a file of logins is not used.
#[derive(Debug, thiserror::Error)]
pub enum NetrcError {
    /// Others may read or change it.
    #[error("{} can be read or changed by others; run 'chmod 600 {}'", .0.display(), .0.display())]
    Exposed(PathBuf),
    /// It belongs to another user.
    #[error("{} belongs to another user; make a file of your own", .0.display())]
    Foreign(PathBuf),
}

impl Netrc {
    /// Reads the user's file. Without one that can be read there are no logins.
    ///
    /// # Errors
    /// [`NetrcError`].
    pub fn of_user() -> Result<Self, NetrcError> {
        let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".netrc"));
        let file = std::env::var_os("NETRC").map(PathBuf::from).or_else(home);
        file.map_or_else(|| Ok(Self::default()), |file| Self::read(&file))
    }

    #[expect(clippy::disallowed_methods, reason = "the user's own file, not a served one")]
    fn read(path: &Path) -> Result<Self, NetrcError> {
        let read = || {
            let (file, mut text) = (File::open(path)?, String::new());
            let meta = file.metadata()?;
            file.take(LARGEST).read_to_string(&mut text)?;
            Ok::<_, io::Error>((meta, text))
        };
        let Ok((meta, text)) = read() else { return Ok(Self::default()) };
        let netrc = Self::parse(&text);
        let has_passwords = netrc.0.iter().any(|login| login.password.is_some());
        match () {
            // What others may know or have written is no secret, and no login of the user's.
            () if !has_passwords || !meta.is_file() => Ok(netrc),
            () if meta.mode() & 0o077 != 0 => Err(NetrcError::Exposed(path.to_owned())),
            () if meta.uid() != geteuid().as_raw() && meta.uid() != 0 => {
                Err(NetrcError::Foreign(path.to_owned()))
            }
            () => Ok(netrc),
        }
    }

    /// Reads the text of a file: `machine NAME login NAME password WORD`, `default` for any other
    /// machine. Words can stand in quotes; macros are passed over.
    fn parse(text: &str) -> Self {
        let mut logins: Vec<Entry> = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let mut words = words(line).into_iter();
            while let Some(word) = words.next() {
                let mut value = || words.next().unwrap_or_default();
                match word.as_str() {
                    "machine" => {
                        let machine = Some(value().to_ascii_lowercase());
                        logins.push(Entry { machine, ..Entry::default() });
                    }
                    "default" => logins.push(Entry::default()),
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
        Self(logins)
    }

    /// Name and password on a host: of this user, if one is given. The file need not have the password.
    pub fn login(&self, host: &str, user: Option<&str>) -> Option<(&str, Option<&str>)> {
        let host = host.to_ascii_lowercase();
        let is_meant = |login: &&Entry| {
            login.machine.as_ref().is_none_or(|machine| *machine == host)
                && user.is_none_or(|user| login.user == user)
                && !login.user.is_empty()
        };
        self.0.iter().find(is_meant).map(|login| (&*login.user, login.password.as_deref()))
    }
}

/// The words of a line; one in double quotes may hold blanks, and quotes behind a backslash.
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
#[expect(clippy::disallowed_methods, reason = "a test makes the user's files")]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_that_others_may_read_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".netrc");
        assert!(Netrc::read(&path).unwrap().0.is_empty(), "no file");
        for (text, mode, is_used, why) in [
            ("machine a login b password c", 0o600, true, "the user's alone"),
            ("machine a login b password c", 0o400, true, "read-only"),
            ("machine a login b password c", 0o640, false, "the group may read it"),
            ("machine a login b password c", 0o604, false, "everybody may read it"),
            ("machine a login b password c", 0o620, false, "the group may change it"),
            ("machine a login b", 0o644, true, "no password in it"),
        ] {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let read = Netrc::read(&path);
            assert_eq!(read.is_ok(), is_used, "{mode:o}: {why}");
            if let Err(error) = read {
                assert!(error.to_string().contains("chmod 600"), "{error}");
            }
        }
    }

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
        let netrc = Netrc::parse(file);
        for (host, user, expected, why) in [
            ("a.example", None, Some(("ann", Some("one"))), "the first one"),
            ("A.EXAMPLE", None, Some(("ann", Some("one"))), "in any case"),
            ("a.example", Some("bob"), Some(("bob", Some("t w\"o"))), "the one of this user, quoted"),
            ("a.example", Some("eve"), None, "none of this user"),
            ("b.example", None, Some(("cat", Some("three"))), "over several lines"),
            ("c.example", None, Some(("anonymous", Some("me@"))), "what stands in a macro is none"),
            ("d.example", None, Some(("anonymous", Some("me@"))), "a password without a name is none"),
            ("e.example", None, Some(("anonymous", Some("me@"))), "the default"),
            ("f.example", None, Some(("fay", None)), "no password"),
            ("g.example", None, Some(("gus", Some(""))), "an empty one"),
        ] {
            assert_eq!(netrc.login(host, user), expected, "{why}");
        }
    }
}
