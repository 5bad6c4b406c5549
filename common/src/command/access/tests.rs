//! The access options: their effect, and those that are refused.

#![expect(clippy::disallowed_methods, reason = "a test makes the files that it names")]

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
    let (no_hash, empty, not_toml, slip) = (users(&no_hash), users(&empty), users(&not_toml), users(&slip));
    let one = file(&[("ada", "", "")]);
    let one = users(&one);
    for (arguments, code, says, why) in [
        (&["--anonymous=write"][..], Some(2), "--writable", "nothing can be changed"),
        (&["--anonymous=drop", "--user=ada:x"], Some(2), "--writable", "nothing can be changed"),
        (&["--anonymous=none"], Some(2), "no one", "no one is left"),
        (&["--on-conflict=rename"], Some(2), "--writable", "nothing can be changed"),
        (&["--proxy-protocol"], Some(2), "--trusted-proxy", "whose header?"),
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
        assert_eq!(error.downcast_ref().map(|_: &CommandFailure| 2), code, "{arguments:?}: {why}: {shown}");
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
