//! Permissions: the same commands by users with different ones.

use common::users::{Action, User, UserSecret};

use super::*;

const LIST: Actions = Actions::NONE.and(Action::List);
const GET: Actions = Actions::NONE.and(Action::Get);
const UPLOAD: Actions = Actions::DROP;
const OVERWRITE: Actions = Actions::NONE.and(Action::Overwrite);
const DELETE: Actions = Actions::NONE.and(Action::Delete);

/// Users who log in with `secret`.
fn users(users: Vec<User>) -> Users {
    let secret = || UserSecret::Password("secret".into());
    Users::new(users.into_iter().map(|user| (user, secret())).collect(), None).unwrap()
}

fn user(name: &str, allow: Actions) -> User {
    User::new(name, allow).unwrap()
}

/// The reply to each command for a user with only this permission.
#[test]
fn each_command_requires_its_permission() {
    let kinds = [
        ("none", Actions::NONE),
        ("list", LIST),
        ("get", GET),
        ("upload", UPLOAD),
        ("overwrite", OVERWRITE),
        ("delete", DELETE),
        ("all", Actions::ALL),
    ];
    // Columns: none, list, get, upload, overwrite, delete, all. `file` and `dir` exist.
    let table: &[(&[&str], [u16; 7], &str)] = &[
        (&["LIST"], [550, 226, 550, 550, 550, 550, 226], "names need List"),
        (&["NLST *"], [550, 226, 550, 550, 550, 550, 226], ""),
        (&["MLSD dir"], [550, 226, 550, 550, 550, 550, 226], ""),
        (&["STAT dir"], [550, 212, 550, 550, 550, 550, 212], ""),
        (&["MLST file"], [550, 250, 550, 550, 550, 550, 250], "facts too"),
        (&["SIZE file"], [550, 213, 213, 550, 550, 550, 213], "List or Get"),
        (&["MDTM file"], [550, 213, 213, 550, 550, 550, 213], "List or Get"),
        (&["SIZE none"], [550, 550, 550, 550, 550, 550, 550], "nothing there"),
        (&["CWD dir"], [550, 250, 250, 250, 250, 250, 250], "any permission suffices"),
        (&["CWD /"], [250; 7], "the root is where everybody is"),
        (&["PWD"], [257; 7], ""),
        (&["RETR file"], [550, 550, 226, 550, 550, 550, 226], ""),
        (&["RETR none"], [550; 7], ""),
        (&["STOR none"], [550, 550, 550, 226, 550, 550, 226], "a new file is Upload"),
        (&["STOR file"], [550, 550, 550, 226, 226, 550, 226], "replacing is Overwrite; a drop box renames"),
        (&["REST 2", "STOR file"], [550, 550, 550, 554, 226, 550, 226], ""),
        (&["REST 2", "STOR none"], [550, 550, 550, 554, 550, 550, 554], "nothing to resume"),
        (&["APPE file"], [550, 550, 550, 226, 226, 550, 226], ""),
        (&["APPE none"], [550, 550, 550, 226, 550, 550, 226], ""),
        (&["STOU"], [550, 550, 550, 226, 550, 550, 226], ""),
        (&["STOU file"], [550, 550, 550, 226, 550, 550, 226], "another name"),
        (&["MKD none"], [550, 550, 550, 257, 550, 550, 257], ""),
        (&["DELE file"], [550, 550, 550, 550, 550, 250, 250], ""),
        (&["RMD dir"], [550, 550, 550, 550, 550, 250, 250], ""),
        (&["RNFR file"], [550, 550, 550, 550, 550, 350, 350], "a rename takes the old name away"),
        (&["RNFR file", "RNTO none"], [503, 503, 503, 503, 503, 550, 250], "and makes a new one"),
        (&["RNFR file", "RNTO other"], [503, 503, 503, 503, 503, 550, 250], "or replaces one"),
        (&["MFMT 20261123185100 file"], [550, 550, 550, 550, 213, 550, 213], ""),
        (&["MFF UNIX.mode=0644; file"], [550, 550, 550, 550, 213, 550, 213], ""),
        (&["MDTM 20261123185100 file"], [550, 550, 550, 550, 213, 550, 213], ""),
        (&["SITE CHMOD 644 file"], [550, 550, 550, 550, 200, 550, 200], ""),
        (&["SITE UTIME 20261123185100 file"], [550, 550, 550, 550, 213, 550, 213], ""),
    ];
    let accounts = kinds.iter().map(|(name, allow)| user(name, *allow)).collect();
    let server = Server::with(Setup::of(users(accounts)));
    for (commands, expected, why) in table {
        for ((name, _), expected) in kinds.iter().zip(expected) {
            server.clear();
            for (file, content) in [("file", "file"), ("other", "other")] {
                server.write(file, content);
            }
            std::fs::create_dir(server.path().join("dir")).unwrap();
            let mut client = server.log_in_as(name);
            let mut reply = String::new();
            for command in *commands {
                reply = client.carry_out(command);
            }
            assert_eq!(reply[..3], expected.to_string(), "{name}: {commands:?}: {why}: {reply}");
            if *name == "upload" || *expected >= 500 {
                assert_eq!(server.read("file").unwrap(), b"file", "{name}: {commands:?}");
            }
            if *expected >= 500 {
                assert_eq!(server.names(), ["dir", "file", "other"], "{name}: {commands:?}");
                assert_eq!(server.read("other").unwrap(), b"other", "{name}: {commands:?}");
            }
        }
    }
}

impl Client {
    /// Runs a command with the data connection that it needs; returns its last reply.
    fn carry_out(&mut self, command: &str) -> String {
        match command.split(' ').next() {
            Some("STOR" | "APPE" | "STOU") => self.store(command, "new"),
            Some("LIST" | "NLST" | "MLSD" | "RETR") => self.transfer(command).1,
            _ => self.say(command),
        }
    }
}

#[test]
fn rules_apply_to_their_path_and_below() {
    let ada = user("ada", Actions::READ)
        .with_rule("/in", Actions::DROP)
        .and_then(|ada| ada.with_rule("/mine", Actions::ALL))
        .and_then(|ada| ada.with_rule("/mine/kept", Actions::READ))
        .and_then(|ada| ada.with_rule("/closed", Actions::NONE))
        .unwrap();
    let server = Server::with(Setup::of(users(vec![ada])));
    for file in ["in/a", "mine/a", "mine/b/c", "mine/kept/a", "closed/a", "free/a"] {
        server.write(file, "before");
    }
    let mut client = server.log_in_as("ada");
    for (command, expected, why) in [
        ("RETR free/a", "226 ", ""),
        ("STOR free/b", "550 ", "the user's own permissions"),
        ("RETR in/a", "550 ", "only uploads"),
        ("LIST in", "550 ", ""),
        ("MLSD in", "550 ", ""),
        ("SIZE in/a", "550 ", "not even that it is there"),
        ("SIZE in/b", "550 ", "or is not"),
        ("CWD in/a", "250 ", "not its kind"),
        ("CWD /in/none", "250 ", "or that it is not"),
        ("CWD /", "250 ", ""),
        ("STOR in/a/b", "226 ", "stored in 'in/a (2)'"),
        ("MKD in/a/c", "257 ", "as well"),
        ("CWD in", "250 ", "to get there"),
        ("NLST", "550 ", "in the current directory"),
        ("STOR b", "226 ", ""),
        ("STOR b", "226 ", "nothing is replaced"),
        ("RETR b", "550 ", "or read"),
        ("MKD c", "257 ", ""),
        ("MKD c", "257 ", "existing names are not revealed"),
        ("MKD a", "257 ", "existing names are not revealed"),
        ("CWD /", "250 ", ""),
        ("CWD closed", "550 Permission denied.", "nothing may be done there"),
        ("CWD closed/none", "550 Permission denied.", "and nothing is revealed"),
        ("RETR mine/../closed/a", "550 ", "by any way"),
        ("STOR mine/kept/a", "550 ", ""),
        ("DELE mine/kept/a", "550 ", ""),
        ("RNFR mine", "550 ", "a rule below would be left behind"),
        ("RMD mine", "550 ", ""),
        ("RNFR mine/b", "350 ", ""),
        ("RNTO free/b", "550 ", "not to where nothing may be made"),
        ("RNFR mine/b", "350 ", ""),
        ("RNTO mine/d", "250 ", ""),
        ("RNFR mine/a", "350 ", ""),
        ("RNTO in/a", "250 ", "a rename replaces nothing either"),
    ] {
        let reply = client.carry_out(command);
        assert!(reply.starts_with(expected), "{command}: {why}: {reply}");
    }
    let listed = client.lines("NLST -R");
    assert!(listed.contains(&"mine/d/c".to_owned()), "{listed:?}");
    assert!(!listed.iter().any(|line| line.starts_with("in/") || line.starts_with("closed/")), "{listed:?}");
    for (file, content) in [
        ("in/a", "before"),
        ("in/a (2)/b", "new"),
        ("in/a (3)", "before"),
        ("in/b", "new"),
        ("in/b (2)", "new"),
    ] {
        assert_eq!(server.read(file).unwrap(), content.as_bytes(), "{file}");
    }
    assert!(server.path().join("in/a (2)/c").is_dir());
}

#[test]
fn perm_lists_the_permissions_of_the_user() {
    let rules = [("/in", Actions::DROP), ("/mine", Actions::ALL), ("/mine/kept", Actions::READ)];
    let ada = rules
        .iter()
        .try_fold(user("ada", Actions::READ), |ada, (path, allow)| ada.with_rule(path, *allow))
        .unwrap();
    let setup = Setup::of(users(vec![ada, user("bea", Actions::ALL), user("cem", LIST)]));
    let server = Server::with(setup);
    for file in ["a", "in/a", "mine/a", "mine/kept/a", "mine/free/a"] {
        server.write(file, "");
    }
    for (name, directory, expected) in [
        ("ada", "/", &["type=file;perm=r; a", "type=dir;perm=cem; in", "type=dir;perm=celmp; mine"][..]),
        (
            "ada",
            "/mine",
            &["type=file;perm=adfrw; a", "type=dir;perm=cdeflmp; free", "type=dir;perm=el; kept"],
        ),
        ("ada", "/mine/kept", &["type=file;perm=r; a"]),
        (
            "bea",
            "/",
            &["type=file;perm=adfrw; a", "type=dir;perm=cdeflmp; in", "type=dir;perm=cdeflmp; mine"],
        ),
        ("cem", "/", &["type=file;perm=; a", "type=dir;perm=el; in", "type=dir;perm=el; mine"]),
    ] {
        let mut client = server.log_in_as(name);
        client.converse(&[("OPTS MLST type;perm;", "200 ", "")]);
        let mut lines = client.lines(&format!("MLSD {directory}"));
        lines.sort_by_key(|line| line.rsplit(' ').next().map(str::to_owned));
        assert_eq!(lines, expected, "{name} in {directory}");
    }
    let mut client = server.log_in_as("bea");
    client.converse(&[("OPTS MLST type;perm;", "200 ", "")]);
    client.converse(&[("MLST /", "250-Facts:\r\n type=dir;perm=celmp; /\r\n250 End", "the root stays")]);
}

#[test]
fn a_home_is_all_that_its_user_sees() {
    let ada = user("ada", Actions::ALL).with_home("/home/ada").unwrap();
    let server = Server::with(Setup::of(users(vec![ada])));
    server.write("secret", "secret");
    server.write("home/ada/a", "mine");
    let mut client = server.log_in_as("ada");
    for (command, expected, why) in [
        ("PWD", "257 \"/\" ", "the home is the root"),
        ("CWD ..", "250 ", "nothing is above it"),
        ("PWD", "257 \"/\" ", "as at the root"),
        ("CDUP", "250 ", "the root stays"),
        ("PWD", "257 \"/\" ", ""),
        ("CWD ~", "250 ", ""),
        ("RETR /a", "226 ", ""),
        ("RETR /secret", "550 ", ""),
        ("RETR ../../secret", "550 ", ""),
        ("RETR /home/ada/a", "550 ", "as the user sees it"),
        ("MKD sub", "257 \"/sub\" ", ""),
        ("STOR sub/b", "226 ", ""),
        ("APPE sub/b", "226 ", ""),
        ("CWD sub", "250 ", ""),
        ("STOU c", "226 ", ""),
        ("MLST c", "250-", ""),
        ("RNFR c", "350 ", ""),
        ("RNTO /c", "250 ", ""),
        ("MFMT 20261123185100 /c", "213 ", ""),
        ("MDTM /c", "213 20261123185100", ""),
        ("SITE CHMOD 600 /c", "200 ", ""),
        ("SIZE /c", "213 3", ""),
        ("STAT /c", "213-", ""),
        ("LIST -R /", "226 ", ""),
        ("MLSD /", "226 ", ""),
        ("DELE /c", "250 ", ""),
        ("RMD /", "550 ", "the home stays"),
        ("RNFR /", "550 ", ""),
        ("MFF UNIX.mode=0777; /", "550 ", ""),
    ] {
        let reply = client.carry_out(command);
        assert!(reply.starts_with(expected), "{command}: {why}: {reply}");
    }
    assert_eq!(client.lines("NLST /"), ["/a", "/sub"]);
    assert_eq!(client.lines("NLST -a /").len(), 4);
    assert_eq!(server.read("home/ada/sub/b").unwrap(), b"newnew");
    assert_eq!(server.names(), ["home", "secret"]);
}

/// The kept part of an interrupted upload belongs to its user; anonymous users are distinguished by address.
#[test]
fn only_its_user_can_resume_an_interrupted_upload() {
    let accounts = vec![user("ada", Actions::ALL), user("ben", Actions::ALL), user("eve", UPLOAD)];
    let secret = || UserSecret::Password("secret".into());
    let accounts = accounts.into_iter().map(|user| (user, secret())).collect();
    let server = Server::with(Setup::of(Users::new(accounts, Some(UPLOAD)).unwrap()));
    let users = ["ada", "ben", "eve", "anonymous"];
    let part = vec![b'x'; 100_000];
    for owner in users {
        server.clear();
        let mut client = server.log_in_as(owner);
        client.converse(&[("ALLO 999999", "200 ", "")]);
        assert_eq!(&client.store("STOR a", &part)[..4], "426 ");
        for other in users {
            let expected = if other == owner { "213 65536" } else { "550 " };
            server.log_in_as(other).converse(&[("SIZE a", expected, owner)]);
        }
        let mut elsewhere = server.connect_from("127.0.0.2");
        let expected = if owner == "anonymous" { "550 " } else { "213 65536" };
        let user = format!("USER {owner}");
        elsewhere.converse(&[(&user, "331 ", ""), ("PASS secret", "230 ", ""), ("TYPE I", "200 ", "")]);
        elsewhere.converse(&[("SIZE a", expected, "from another address")]);
        let kept = match owner {
            "ben" => {
                client.converse(&[("SIZE a", "213 65536", "")]);
                assert_eq!(&client.store("APPE a", "more")[..4], "226 ", "{owner}");
                65_536
            }
            _ => {
                client.converse(&[("REST 4", "350 ", "")]);
                assert_eq!(&client.store("STOR a", "more")[..4], "226 ", "{owner}");
                4
            }
        };
        assert!(server.read("a").unwrap() == [&part[..kept], b"more"].concat(), "{owner}");
    }
}
