//! Permissions: every cell of the table, over both protocols and on every engine.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use crate::harness::{Server, Tree, binary, for_each_engine, ftp::Ftp, program::run, tree};

/// The users file; `{}` is the hash of the only password, `secret`.
const USERS: &str = r#"
[[user]]
name = "ada"
hash = "{}"
allow = ["list", "get", "upload", "overwrite", "delete"]

[[user]]
name = "keeper"
hash = "{}"
allow = ["list", "get", "upload"]

[[user]]
name = "box"
hash = "{}"
allow = ["upload"]

[[user]]
name = "class"
hash = "{}"
home = "/lessons"
allow = ["list", "get"]

[[user.path]]
path = "/incoming"
allow = ["list", "upload", "delete"]

[[user.path]]
path = "/incoming/deep"
allow = ["get", "overwrite"]
"#;

struct Account {
    name: &'static str,
    /// The Authorization field, `name:secret` in Base64.
    authorization: &'static str,
    home: &'static str,
    /// The permissions in the top directory, in `/incoming` and in `/incoming/deep`: (L)ist, (G)et, (U)pload,
    /// (O)verwrite, (D)elete.
    may: [&'static str; 3],
}

impl Account {
    /// The permissions at a path.
    fn may_at(&self, path: &str) -> &'static str {
        let depth = PLACES.iter().rposition(|place| path.trim_start_matches('/').starts_with(place));
        self.may[depth.unwrap()]
    }
}

const ACCOUNTS: [Account; 5] = [
    Account {
        name: "ada",
        authorization: "Authorization: Basic YWRhOnNlY3JldA==\r\n",
        home: "",
        may: ["LGUOD", "LGUOD", "LGUOD"],
    },
    Account {
        name: "keeper",
        authorization: "Authorization: Basic a2VlcGVyOnNlY3JldA==\r\n",
        home: "",
        may: ["LGU", "LGU", "LGU"],
    },
    Account {
        name: "box",
        authorization: "Authorization: Basic Ym94OnNlY3JldA==\r\n",
        home: "",
        may: ["U", "U", "U"],
    },
    Account {
        name: "class",
        authorization: "Authorization: Basic Y2xhc3M6c2VjcmV0\r\n",
        home: "lessons",
        may: ["LG", "LUD", "GO"],
    },
    // --anonymous drop
    Account { name: "anonymous", authorization: "", home: "", may: ["U", "U", "U"] },
];

const PLACES: [&str; 3] = ["", "incoming/", "incoming/deep/"];

/// Each verb, the permissions that it needs, and the files afterwards if it is allowed, starting from
/// [`BEFORE`].
const VERBS: [(Verb, &str, &str); 17] = [
    (Verb::List, "L", BEFORE),
    (Verb::Get, "G", BEFORE),
    (Verb::PutNew, "U", "new=content old=before other=before vacant/"),
    (Verb::PutOld, "O", "old=content other=before vacant/"),
    (Verb::PutRest, "O", "old=becontent other=before vacant/"),
    (Verb::AppendNew, "U", "new=content old=before other=before vacant/"),
    (Verb::AppendOld, "O", "old=beforecontent other=before vacant/"),
    (Verb::Form, "U", "new=content old=before other=before vacant/"),
    (Verb::Patch, "UO", "new=content old=before other=before vacant/"),
    (Verb::Delete, "D", "other=before vacant/"),
    (Verb::MakeDirectory, "U", "made/ old=before other=before vacant/"),
    (Verb::RemoveDirectory, "D", "old=before other=before"),
    (Verb::Rename, "DU", "new=before other=before vacant/"),
    (Verb::RenameOver, "DO", "other=before vacant/"),
    (Verb::RenameDirectory, "DU", "made/ old=before other=before"),
    (Verb::SetTime, "O", "old=before at 981173106 other=before vacant/"),
    (Verb::SetMode, "O", "old=before mode 600 other=before vacant/"),
];

/// The files in each place before a verb is tried.
const BEFORE: &str = "old=before other=before vacant/";

#[derive(Clone, Copy, Debug)]
enum Verb {
    List,
    Get,
    PutNew,
    PutOld,
    /// REST and STOR.
    PutRest,
    /// APPE to a missing file.
    AppendNew,
    AppendOld,
    /// POST of a form.
    Form,
    Patch,
    Delete,
    MakeDirectory,
    RemoveDirectory,
    Rename,
    /// A rename over a file.
    RenameOver,
    RenameDirectory,
    /// MFMT.
    SetTime,
    /// SITE CHMOD.
    SetMode,
}

#[test]
fn each_user_has_exactly_the_permissions_of_the_table() {
    let config = Tree::new();
    let users = users_file(&config);
    for_each_engine(|engine| {
        let tree = Tree::new();
        tree.directory("lessons");
        let options =
            ["--engine", engine, "--writable", "--anonymous", "drop", "--quiet", "--durability", "off"];
        let server = Server::both(&tree, &[&options[..], &["--users", &users]].concat());
        for account in &ACCOUNTS {
            let mut ftp = log_in(&server, account.name);
            for (place, may) in PLACES.iter().zip(account.may) {
                for (verb, needed, after) in VERBS {
                    // A drop box stores an existing name under another one.
                    let is_numbered = may == "U" && matches!(verb, Verb::PutOld | Verb::AppendOld);
                    let allowed = is_numbered || needed.chars().all(|letter| may.contains(letter));
                    let after = match (is_numbered, allowed) {
                        (true, _) => "old=before old (2)=content other=before vacant/",
                        (_, true) => after,
                        (_, false) => BEFORE,
                    };
                    let at = tree.join(account.home).join(place);
                    let case = format!("{} {verb:?} in /{place}", account.name);
                    if let Some(request) = Request::of(verb, place) {
                        lay_out(&at);
                        request.check(&server, account, verb, allowed, &case);
                        assert_eq!(there(&at), after, "{case} over HTTP");
                    }
                    if let Some((commands, code)) = commands(verb, place) {
                        lay_out(&at);
                        let expected = if allowed { code } else { code_of_refusal(verb, may) };
                        over_ftp(&mut ftp, &commands, expected, &case);
                        assert_eq!(there(&at), after, "{case} over FTP");
                    }
                }
            }
        }
    });
}

/// The users file, with a hash that `mini passwd` made.
fn users_file(directory: &Tree) -> String {
    users_file_of(directory, USERS)
}

pub(crate) fn users_file_of(directory: &Tree, text: &str) -> String {
    let password = std::fs::File::open(directory.file("password", "secret\n")).unwrap();
    let hash = run(Command::new(binary("mini")).arg("passwd").stdin(password)).text();
    directory.file("users.toml", text.replace("{}", hash.trim())).into_os_string().into_string().unwrap()
}

fn log_in(server: &Server, name: &str) -> Ftp {
    let (mut ftp, _) = Ftp::connect(server.address("ftp"));
    ftp.expect(format!("USER {name}"), 331);
    ftp.expect("PASS secret", 230);
    ftp.expect("TYPE I", 200);
    ftp
}

/// Restores a place to [`BEFORE`]. The places below it are kept.
fn lay_out(at: &Path) {
    std::fs::create_dir_all(at.join("vacant")).unwrap();
    for name in ["old", "other"] {
        let _ = std::fs::remove_file(at.join(name));
        std::fs::write(at.join(name), "before").unwrap();
    }
    let _ = std::fs::remove_file(at.join("new"));
    let _ = std::fs::remove_file(at.join("old (2)"));
    let _ = std::fs::remove_dir(at.join("made"));
}

/// The files in a place, without the places below it, with a time and a mode that only a verb sets.
fn there(at: &Path) -> String {
    let describe = |name: &str| {
        let path = at.join(name);
        let found = path.metadata().ok()?;
        if found.is_dir() {
            return Some(format!("{name}/"));
        }
        let time = if found.mtime() == 981_173_106 { " at 981173106" } else { "" };
        let mode = if found.mode() & 0o777 == 0o600 { " mode 600" } else { "" };
        Some(format!("{name}={}{time}{mode}", std::fs::read_to_string(path).unwrap()))
    };
    let names = ["made", "new", "old", "old (2)", "other", "vacant"];
    names.into_iter().filter_map(describe).collect::<Vec<_>>().join(" ")
}

/// A verb over HTTP.
struct Request {
    method: &'static str,
    target: String,
    fields: String,
    content: &'static str,
    /// The status if it is allowed.
    status: u16,
}

const FORM: &str =
    "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"new\"\r\n\r\ncontent\r\n--b--\r\n";

impl Request {
    fn of(verb: Verb, place: &str) -> Option<Self> {
        let (method, name, fields, content, status) = match verb {
            Verb::List => ("GET", "?format=json", String::new(), "", 200),
            Verb::Get => ("GET", "old", String::new(), "", 200),
            Verb::PutNew => ("PUT", "new", String::new(), "content", 201),
            Verb::PutOld => ("PUT", "old", String::new(), "content", 204),
            Verb::Form => ("POST", "", "Content-Type: multipart/form-data; boundary=b\r\n".into(), FORM, 201),
            Verb::Patch => {
                let fields =
                    "Content-Type: application/partial-upload\r\nUpload-Offset: 0\r\nUpload-Complete: ?1\r\n";
                ("PATCH", "new", fields.into(), "content", 201)
            }
            Verb::Delete => ("DELETE", "old", String::new(), "", 204),
            Verb::MakeDirectory => ("MKCOL", "made/", String::new(), "", 201),
            Verb::RemoveDirectory => ("DELETE", "vacant/", String::new(), "", 204),
            Verb::Rename => ("MOVE", "old", format!("Destination: /{place}new\r\n"), "", 201),
            Verb::RenameOver => ("MOVE", "old", format!("Destination: /{place}other\r\n"), "", 204),
            Verb::RenameDirectory => ("MOVE", "vacant", format!("Destination: /{place}made\r\n"), "", 201),
            Verb::PutRest | Verb::AppendNew | Verb::AppendOld | Verb::SetTime | Verb::SetMode => return None,
        };
        Some(Self { method, target: format!("/{place}{name}"), fields, content, status })
    }

    fn check(&self, server: &Server, account: &Account, verb: Verb, allowed: bool, case: &str) {
        let Self { method, target, fields, content, status } = self;
        let mut wire = server.connect();
        wire.send(format!(
            "{method} {target} HTTP/1.1\r\nHost: a\r\n{}{fields}Content-Length: {}\r\n\r\n{content}",
            account.authorization,
            content.len()
        ));
        let answer = wire.response(method);
        let refused = match verb {
            _ if account.authorization.is_empty() => 401,
            // A user who may upload beside it gets 409, because the name exists.
            Verb::PutOld if account.may_at(target).contains('U') => 409,
            _ => 403,
        };
        match (verb, allowed) {
            (Verb::PutOld, true) if account.may_at(target) == "U" => assert_eq!(answer.status, 201, "{case}"),
            (_, true) => assert_eq!(answer.status, *status, "{case}: {} {}", answer.head, answer.text()),
            // A drop box has a page to upload from.
            (Verb::List, false) if account.may_at(target) == "U" => assert_eq!(answer.status, 200, "{case}"),
            (_, false) => assert_eq!(answer.status, refused, "{case}: {}", answer.head),
        }
        match verb {
            Verb::List => assert_eq!(answer.text().contains("vacant"), allowed, "{case}: {}", answer.text()),
            Verb::Get => assert_eq!(answer.text() == "before", allowed, "{case}: {}", answer.text()),
            _ => {}
        }
    }
}

/// A verb over FTP: its commands, and the code of the last one if it is allowed.
fn commands(verb: Verb, place: &str) -> Option<(Vec<String>, u16)> {
    let at = |verb: &str, name: &str| format!("{verb} /{place}{name}");
    let (commands, code) = match verb {
        Verb::List => (vec![at("MLSD", "")], 226),
        Verb::Get => (vec![at("RETR", "old")], 226),
        Verb::PutNew => (vec![at("STOR", "new")], 226),
        Verb::PutOld => (vec![at("STOR", "old")], 226),
        Verb::PutRest => (vec!["REST 2".into(), at("STOR", "old")], 226),
        Verb::AppendNew => (vec![at("APPE", "new")], 226),
        Verb::AppendOld => (vec![at("APPE", "old")], 226),
        Verb::Delete => (vec![at("DELE", "old")], 250),
        Verb::MakeDirectory => (vec![at("MKD", "made")], 257),
        Verb::RemoveDirectory => (vec![at("RMD", "vacant")], 250),
        Verb::Rename => (vec![at("RNFR", "old"), at("RNTO", "new")], 250),
        Verb::RenameOver => (vec![at("RNFR", "old"), at("RNTO", "other")], 250),
        Verb::RenameDirectory => (vec![at("RNFR", "vacant"), at("RNTO", "made")], 250),
        Verb::SetTime => (vec![at("MFMT 20010203040506", "old")], 213),
        Verb::SetMode => (vec![at("SITE CHMOD 600", "old")], 200),
        Verb::Form | Verb::Patch => return None,
    };
    Some((commands, code))
}

/// The code of a refusal over FTP, by the user's permissions at the path.
fn code_of_refusal(verb: Verb, may: &str) -> u16 {
    match verb {
        // In a drop box, REST resumes only a partial upload of the user, and none exists (RFC 3659 section 5.3).
        Verb::PutRest if may == "U" => 554,
        // A user who may upload beside it is refused because the name exists (RFC 959 section 4.2: 553).
        Verb::PutOld | Verb::PutRest | Verb::AppendOld if may.contains('U') => 553,
        // The permission is missing.
        _ => 550,
    }
}

fn over_ftp(ftp: &mut Ftp, commands: &[String], expected: u16, case: &str) {
    let mut seen = 0;
    for command in commands {
        seen = match command.split(' ').next() {
            Some("STOR" | "APPE") => ftp.transfer(command, Some(b"content")),
            Some("MLSD" | "RETR") => ftp.transfer(command, None),
            _ => ftp.say(command).code,
        };
        if seen >= 500 {
            break;
        }
    }
    assert_eq!(seen, expected, "{case}");
}

/// Which entries a user with rules may move or remove, and to which destinations.
#[test]
fn moves_cannot_bypass_rules() {
    let everything = "\"list\", \"get\", \"upload\", \"overwrite\", \"delete\"";
    let rule = |path: &str, allow: &str| format!("[[user.path]]\npath = \"{path}\"\nallow = [{allow}]\n");
    let rules = [
        format!("[[user]]\nname = \"ada\"\nhash = \"{{}}\"\nallow = [{everything}]\n"),
        rule("/in", "\"upload\", \"overwrite\", \"delete\""),
        rule("/bare", everything),
        rule("/free", everything),
        rule("/pub/ro", "\"list\", \"get\""),
    ]
    .concat();
    let config = Tree::new();
    let users = users_file_of(&config, &rules);
    let authorization = ACCOUNTS[0].authorization;
    for_each_engine(|engine| {
        let tree = Tree::new();
        let options = ["--engine", engine, "--writable", "--quiet", "--durability", "off"];
        let server = Server::both(&tree, &[&options[..], &["--users", &users]].concat());
        let mut ftp = log_in(&server, "ada");
        // HTTP: 403 if a rule forbids the change, 409 if the destination is an existing directory. FTP: 550 for both.
        for (from, to, status, code, why) in [
            ("x", Some("y"), 201, 250, "no rule"),
            ("x", Some("pub"), 403, 550, "with x/ro, which would be where a rule allows no upload"),
            ("x", Some("free"), 403, 550, "in the place of a rule's own directory"),
            ("x", Some("empty"), 409, 550, "a directory does not replace a directory"),
            ("a", Some("empty"), 409, 550, "a file does not replace a directory"),
            ("a", Some("in/f"), 204, 250, "replaces a file, to where less may be done"),
            ("in/f", Some("in/g"), 201, 250, "nothing more can be seen there"),
            ("in/f", Some("a"), 403, 550, "it could be read there"),
            ("in/d", Some("d"), 403, 550, "its names could be listed there"),
            ("in", Some("out"), 403, 550, "a rule's own directory"),
            ("bare", None, 403, 550, "a rule's own directory"),
            ("in/d", None, 204, 250, "its entries"),
            ("in/f", None, 204, 250, "its entries"),
            ("empty", None, 204, 250, "no rule"),
        ] {
            let allowed = code == 250;
            for over_http in [true, false] {
                for entry in std::fs::read_dir(tree.path()).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
                        .unwrap();
                }
                ["x/ro", "empty", "in/d", "bare"].into_iter().for_each(|name| drop(tree.directory(name)));
                ["a", "in/f", "x/ro/evil"].into_iter().for_each(|name| drop(tree.file(name, name)));
                let before = tree::contents(tree.path());
                let case = format!("{from} to {to:?}, HTTP {over_http}: {why}");
                if over_http {
                    let (method, fields) = match to {
                        Some(to) => ("MOVE", format!("{authorization}Destination: /{to}\r\n")),
                        None => ("DELETE", authorization.to_owned()),
                    };
                    let response = server.connect().exchange(method, &format!("/{from}"), &fields);
                    assert_eq!(response.status, status, "{case}");
                } else {
                    let is_directory = tree.join(from).is_dir();
                    let commands = match to {
                        Some(to) => vec![format!("RNFR {from}"), format!("RNTO {to}")],
                        None if is_directory => vec![format!("RMD {from}")],
                        None => vec![format!("DELE {from}")],
                    };
                    over_ftp(&mut ftp, &commands, code, &case);
                }
                assert_eq!(tree::contents(tree.path()) != before, allowed, "{case}");
                if allowed {
                    assert!(!tree.join(from).exists(), "{case}");
                    assert!(to.is_none_or(|to| tree.join(to).exists()), "{case}");
                }
            }
        }
    });
}

#[test]
fn a_user_cannot_leave_the_home() {
    let config = Tree::new();
    let users = users_file(&config);
    for_each_engine(|engine| {
        let tree = Tree::of(&[("secret", "s"), ("lessons/one", "1"), ("lessons/incoming/x", "x")]);
        tree.symlink("lessons/up", "../secret");
        let server = Server::both(&tree, &["--engine", engine, "--writable", "--users", &users, "--quiet"]);
        let mut ftp = log_in(&server, "class");
        assert!(ftp.expect("PWD", 257).text.starts_with("\"/\""));
        ftp.expect("CDUP", 250);
        assert!(ftp.expect("PWD", 257).text.starts_with("\"/\""), "the home is the top");
        for path in ["/secret", "../secret", "/../secret", "/lessons/one", "/up"] {
            ftp.expect(format!("MLST {path}"), 550);
        }
        ftp.expect("MLST /one", 250);
        let authorization = ACCOUNTS.iter().find(|account| account.name == "class").unwrap().authorization;
        for (target, expected) in
            [("/one", 200), ("/secret", 404), ("/lessons/one", 404), ("/../secret", 400), ("/up", 404)]
        {
            assert_eq!(server.get_with(target, authorization).status, expected, "{target}");
        }
        assert_eq!(server.get("/one").status, 401, "no anonymous access");
    });
}

/// The target of a relative symlink changes when it or a directory above it is moved.
#[test]
fn a_moved_symlink_cannot_lead_out_of_a_home() {
    for_each_engine(|engine| {
        let tree = Tree::of(&[("outside/secret", "s"), ("home/outside/mine", "m"), ("home/a/b/c", "c")]);
        tree.symlink("home/a/link", "../outside");
        tree.symlink("home/a/b/link", "../../outside");
        let users = users_file_of(
            &tree,
            "[[user]]\nname = \"ada\"\nhash = \"{}\"\nhome = \"/home\"\n\
             allow = [\"list\", \"get\", \"upload\", \"overwrite\", \"delete\"]\n",
        );
        let server = Server::both(&tree, &["--engine", engine, "--writable", "--users", &users, "--quiet"]);
        let mut ftp = log_in(&server, "ada");
        let ada = &ACCOUNTS[0];
        let ask = |method: &str, target: &str, fields: &str| {
            let mut wire = server.connect();
            wire.send(format!(
                "{method} {target} HTTP/1.1\r\nHost: a\r\n{}{fields}Content-Length: 0\r\n\r\n",
                ada.authorization
            ));
            wire.response(method).status
        };
        assert_eq!(ask("GET", "/a/link/mine", ""), 200, "it leads to where she may look");
        assert_eq!(ask("GET", "/a/b/link/mine", ""), 200, "and so does this");
        assert_eq!(ask("MOVE", "/a/link", "Destination: /link\r\n"), 201, "the link alone");
        ftp.expect("RNFR /a/b", 350);
        ftp.expect("RNTO /b", 250);
        for link in ["/link", "/b/link"] {
            for (method, expected) in [("GET", 404), ("PUT", 409), ("DELETE", 404), ("MKCOL", 409)] {
                assert_eq!(ask(method, &format!("{link}/secret"), ""), expected, "{method} by {link}");
            }
            assert_eq!(ask("MOVE", "/outside/mine", &format!("Destination: {link}/mine\r\n")), 409, "{link}");
            for command in ["RETR", "STOR", "APPE", "MLSD"] {
                assert_eq!(
                    ftp.transfer(format!("{command} {link}/secret"), Some(b"x")),
                    550,
                    "{command} {link}"
                );
            }
            for command in ["SIZE", "MLST", "DELE", "MKD", "RNFR", "SITE CHMOD 600"] {
                ftp.expect(format!("{command} {link}/secret"), 550);
            }
            assert_eq!(ftp.transfer(format!("NLST {link}"), None), 550, "{link}");
        }
        assert_eq!(std::fs::read_to_string(tree.join("outside/secret")).unwrap(), "s");
        assert_eq!(std::fs::read_dir(tree.join("outside")).unwrap().count(), 1);
    });
}

/// Rules apply to the target of a path: no symlink bypasses them, wherever it is moved.
#[test]
fn rules_apply_through_every_symlink() {
    for_each_engine(|engine| {
        let tree = Tree::of(&[
            ("private/secret", "s"),
            ("private/in/x", "x"),
            ("pub/private/mine", "m"),
            ("pub/a/b/c", "c"),
        ]);
        tree.symlink("pub/to_private", "../private");
        tree.symlink("pub/to_secret", "../private/secret");
        tree.symlink("pub/a/link", "../private");
        tree.symlink("pub/a/b/link", "../../private");
        tree.symlink("pub/to_in", "../private/in");
        let users = users_file_of(
            &tree,
            "[[user]]\nname = \"ada\"\nhash = \"{}\"\n\
             allow = [\"list\", \"get\", \"upload\", \"overwrite\", \"delete\"]\n\
             [[user.path]]\npath = \"/private\"\nallow = []\n\
             [[user.path]]\npath = \"/pub/to_in\"\nallow = [\"list\", \"get\"]\n",
        );
        let server = Server::both(&tree, &["--engine", engine, "--writable", "--users", &users, "--quiet"]);
        let mut ftp = log_in(&server, "ada");
        let ask = |method: &str, target: &str, fields: &str| {
            let mut wire = server.connect();
            let ada = &ACCOUNTS[0];
            wire.send(format!(
                "{method} {target} HTTP/1.1\r\nHost: a\r\n{}{fields}Content-Length: 0\r\n\r\n",
                ada.authorization
            ));
            wire.response(method).status
        };
        assert_eq!(ask("GET", "/pub/a/link/mine", ""), 200, "it leads to where she may look");
        assert_eq!(ask("GET", "/private/in/x", ""), 200, "a rule whose path is a link is about its target");
        assert_eq!(ask("DELETE", "/private/in/x", ""), 403, "and so is its restriction");
        assert_eq!(ask("MOVE", "/pub/a/link", "Destination: /pub/link\r\n"), 201, "the link alone");
        ftp.expect("RNFR /pub/a/b", 350);
        ftp.expect("RNTO /pub/b", 250);
        for path in ["/private", "/pub/to_private", "/pub/link", "/pub/b/link"] {
            for (method, expected) in [("GET", 403), ("PUT", 403), ("DELETE", 403), ("MKCOL", 403)] {
                let status = ask(method, &format!("{path}/secret"), "");
                assert_eq!(status, expected, "{method} by {path}");
            }
            assert_eq!(ask("GET", &format!("{path}/"), ""), 403, "{path}");
            let destination = format!("Destination: {path}/mine\r\n");
            assert_eq!(ask("MOVE", "/pub/private/mine", &destination), 403, "to {path}");
            assert_eq!(ask("MOVE", &format!("{path}/secret"), "Destination: /pub/secret\r\n"), 403, "{path}");
            for command in ["RETR", "STOR", "APPE", "LIST"] {
                let reply = ftp.transfer(format!("{command} {path}/secret"), Some(b"x"));
                assert_eq!(reply, 550, "{command} {path}");
            }
            for command in ["SIZE", "MDTM", "MLST", "DELE", "MKD", "RNFR", "SITE CHMOD 600"] {
                ftp.expect(format!("{command} {path}/secret"), 550);
            }
            assert_eq!(ftp.transfer(format!("NLST {path}"), None), 550, "{path}");
        }
        assert_eq!(ask("GET", "/pub/to_secret", ""), 403, "a link to a file");
        assert_eq!(ask("DELETE", "/pub/to_secret", ""), 204, "the link is hers to remove");
        assert_eq!(ask("DELETE", "/pub/to_in", ""), 403, "a rule's own name is not");
        assert_eq!(std::fs::read_to_string(tree.join("private/secret")).unwrap(), "s");
    });
}

/// If the file system ignores letter case, so do rules and the protection of the server's own names.
#[test]
fn rules_apply_in_any_letter_case() {
    let config = Tree::new();
    let Some(disk) = tree::Mounted::ntfs_ignoring_case() else { return };
    for (name, content) in [("private/secret", "s"), ("data/private/secret", "s"), ("open/a", "a")] {
        let path = disk.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let users = users_file_of(
        &config,
        "[[user]]\nname = \"ada\"\nhash = \"{}\"\n\
         allow = [\"list\", \"get\", \"upload\", \"overwrite\", \"delete\"]\n\
         [[user.path]]\npath = \"/private\"\nallow = []\n\
         [[user.path]]\npath = \"/Data/PRIVATE\"\nallow = [\"list\"]\n",
    );
    let server = Server::both(disk.path(), &["--writable", "--hidden", "--users", &users, "--quiet"]);
    let ask = |method: &str, target: &str, fields: &str| {
        let mut wire = server.connect();
        let ada = ACCOUNTS[0].authorization;
        wire.send(format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{ada}{fields}Content-Length: 0\r\n\r\n"));
        wire.response(method).status
    };
    for (method, target, fields, expected, why) in [
        ("GET", "/OPEN/A", "", 200, "no rule"),
        ("GET", "/private/secret", "", 403, "as the rule has it"),
        ("GET", "/PRIVATE/secret", "", 403, "in capitals"),
        ("GET", "/Private/Secret", "", 403, "in both"),
        ("GET", "/PRIVATE/", "", 403, "the directory"),
        ("GET", "/DATA/private/SECRET", "", 403, "a rule that is written otherwise than the directory"),
        ("GET", "/data/Private/", "", 200, "which may be listed"),
        ("PUT", "/PRIVATE/new", "", 403, "to write"),
        ("DELETE", "/PRIVATE/secret", "", 403, "to remove"),
        ("MOVE", "/PRIVATE", "Destination: /x\r\n", 403, "the directory of a rule stays"),
        ("MOVE", "/DATA", "Destination: /x\r\n", 403, "and the one above"),
        ("MOVE", "/open/a", "Destination: /PRIVATE/a\r\n", 403, "into it"),
        ("COPY", "/PRIVATE/secret", "Destination: /x\r\n", 403, "to read"),
        ("COPY", "/open", "Destination: /PRIVATE/x\r\n", 403, "into it, with everything"),
        ("COPY", "/DATA", "Destination: /copy\r\n", 403, "a rule below forbids it"),
        ("DELETE", "/DATA", "Depth: infinity\r\n", 403, "the same"),
    ] {
        assert_eq!(ask(method, target, fields), expected, "{method} {target}: {why}");
    }
    let mut ftp = log_in(&server, "ada");
    for (command, expected) in
        [("CWD /PRIVATE", 550), ("SIZE /PRIVATE/SECRET", 550), ("RNFR /Private", 550), ("CWD /DATA", 250)]
    {
        ftp.expect(command, expected);
    }
    let listed = String::from_utf8(ftp.fetch("NLST -R /")).unwrap();
    assert!(!listed.contains("private/secret\r\n/data") && !listed.contains("./private/secret"), "{listed}");
    std::fs::write(disk.path().join(".mini~part-0"), "partial").unwrap();
    for target in ["/.mini~part-0", "/.MINI~PART-0", "/.Mini~part-0"] {
        assert_eq!(ask("GET", target, ""), 404, "{target}: a name of the server's own");
    }
}
