//! Who may do what where: every cell of the table, over both protocols and on every engine.

use std::path::Path;
use std::process::Command;

use crate::harness::{Server, Tree, binary, for_each_engine, ftp::Ftp, program::run};

/// What the users file says of everybody; `{}` is the hash of the one password, `secret`.
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

struct Who {
    name: &'static str,
    /// The Authorization field, `name:secret` in Base64.
    authorization: &'static str,
    home: &'static str,
    /// What is allowed in the top directory, in `/incoming` and in `/incoming/deep`: (L)ist, (G)et,
    /// (U)pload, (O)verwrite, (D)elete.
    may: [&'static str; 3],
}

const EVERYBODY: [Who; 5] = [
    Who {
        name: "ada",
        authorization: "Authorization: Basic YWRhOnNlY3JldA==\r\n",
        home: "",
        may: ["LGUOD", "LGUOD", "LGUOD"],
    },
    Who {
        name: "keeper",
        authorization: "Authorization: Basic a2VlcGVyOnNlY3JldA==\r\n",
        home: "",
        may: ["LGU", "LGU", "LGU"],
    },
    Who {
        name: "box",
        authorization: "Authorization: Basic Ym94OnNlY3JldA==\r\n",
        home: "",
        may: ["U", "U", "U"],
    },
    Who {
        name: "class",
        authorization: "Authorization: Basic Y2xhc3M6c2VjcmV0\r\n",
        home: "lessons",
        may: ["LG", "LUD", "GO"],
    },
    // --anonymous drop
    Who { name: "anonymous", authorization: "", home: "", may: ["U", "U", "U"] },
];

const PLACES: [&str; 3] = ["", "incoming/", "incoming/deep/"];

/// What is tried, and what of the permissions it needs.
const VERBS: [(Verb, &str); 8] = [
    (Verb::List, "L"),
    (Verb::Get, "G"),
    (Verb::PutNew, "U"),
    (Verb::PutOld, "O"),
    (Verb::Delete, "D"),
    (Verb::MakeDirectory, "U"),
    (Verb::RemoveDirectory, "D"),
    (Verb::Rename, "DU"),
];

#[derive(Clone, Copy, Debug)]
enum Verb {
    List,
    Get,
    PutNew,
    PutOld,
    Delete,
    MakeDirectory,
    RemoveDirectory,
    Rename,
}

#[test]
fn everybody_may_do_what_the_table_says_and_nothing_else() {
    let config = Tree::new();
    let users = users_file(&config);
    for_each_engine(|engine| {
        let tree = Tree::new();
        tree.directory("lessons");
        let options =
            ["--engine", engine, "--writable", "--anonymous", "drop", "--quiet", "--durability", "off"];
        let server = Server::both(&tree, &[&options[..], &["--users", &users]].concat());
        for who in &EVERYBODY {
            let mut ftp = log_in(&server, who.name);
            for (place, may) in PLACES.iter().zip(who.may) {
                for (verb, needed) in VERBS {
                    let allowed = needed.chars().all(|letter| may.contains(letter));
                    let at = tree.join(who.home).join(place);
                    let case = format!("{} {verb:?} in /{place}", who.name);
                    lay_out(&at);
                    over_http(&server, who, verb, place, allowed, &case);
                    check(&at, verb, allowed, &format!("{case} over HTTP"));
                    lay_out(&at);
                    over_ftp(&mut ftp, verb, place, allowed, &case);
                    check(&at, verb, allowed, &format!("{case} over FTP"));
                }
            }
        }
    });
}

/// The users file, with a hash that `mini passwd` made.
fn users_file(directory: &Tree) -> String {
    users_file_of(directory, USERS)
}

fn users_file_of(directory: &Tree, text: &str) -> String {
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

/// A file `old` and an empty directory `vacant`, and neither of `new` and `made`.
fn lay_out(at: &Path) {
    std::fs::create_dir_all(at.join("vacant")).unwrap();
    std::fs::write(at.join("old"), "old content").unwrap();
    let _ = std::fs::remove_file(at.join("new"));
    let _ = std::fs::remove_dir(at.join("made"));
}

/// What is there after it, whatever was answered.
fn check(at: &Path, verb: Verb, allowed: bool, case: &str) {
    let read = |name| std::fs::read_to_string(at.join(name)).ok();
    let (old, new) = match (verb, allowed) {
        (Verb::PutNew, true) => (Some("old content"), Some("new content")),
        (Verb::PutOld, true) => (Some("new content"), None),
        (Verb::Delete, true) => (None, None),
        (Verb::Rename, true) => (None, Some("old content")),
        _ => (Some("old content"), None),
    };
    assert_eq!((read("old").as_deref(), read("new").as_deref()), (old, new), "{case}");
    assert_eq!(at.join("made").exists(), allowed && matches!(verb, Verb::MakeDirectory), "{case}");
    assert_eq!(at.join("vacant").exists(), !(allowed && matches!(verb, Verb::RemoveDirectory)), "{case}");
}

fn over_http(server: &Server, who: &Who, verb: Verb, place: &str, allowed: bool, case: &str) {
    let content = "Content-Length: 11\r\n";
    let (method, target, fields, body, expected) = match verb {
        Verb::List => ("GET", format!("/{place}?format=json"), String::new(), "", 200),
        Verb::Get => ("GET", format!("/{place}old"), String::new(), "", 200),
        Verb::PutNew => ("PUT", format!("/{place}new"), content.into(), "new content", 201),
        Verb::PutOld => ("PUT", format!("/{place}old"), content.into(), "new content", 204),
        Verb::Delete => ("DELETE", format!("/{place}old"), String::new(), "", 204),
        Verb::MakeDirectory => ("MKCOL", format!("/{place}made/"), String::new(), "", 201),
        Verb::RemoveDirectory => ("DELETE", format!("/{place}vacant/"), String::new(), "", 204),
        Verb::Rename => ("MOVE", format!("/{place}old"), format!("Destination: /{place}new\r\n"), "", 201),
    };
    let mut wire = server.connect();
    wire.send(format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{}{fields}\r\n{body}", who.authorization));
    let answer = wire.response(method);
    let refused = if who.authorization.is_empty() { 401 } else { 403 };
    match (verb, allowed) {
        (_, true) => assert_eq!(answer.status, expected, "{case}: {} {}", answer.head, answer.text()),
        // A drop box has a page to upload from.
        (Verb::List, false) if answer.status == 200 => {}
        (_, false) => assert_eq!(answer.status, refused, "{case}: {}", answer.head),
    }
    let tells = answer.text().contains("old");
    match verb {
        Verb::List | Verb::Get if allowed => assert!(tells, "{case}: {}", answer.text()),
        Verb::List => assert!(!answer.text().contains("vacant"), "{case}: {}", answer.text()),
        Verb::Get => assert!(!answer.text().contains("old content"), "{case}: {}", answer.text()),
        _ => {}
    }
}

fn over_ftp(ftp: &mut Ftp, verb: Verb, place: &str, allowed: bool, case: &str) {
    let code = match verb {
        Verb::List => ftp.transfer(format!("MLSD /{place}"), None),
        Verb::Get => ftp.transfer(format!("RETR /{place}old"), None),
        Verb::PutNew => ftp.transfer(format!("STOR /{place}new"), Some(b"new content")),
        Verb::PutOld => ftp.transfer(format!("STOR /{place}old"), Some(b"new content")),
        Verb::Delete => ftp.say(format!("DELE /{place}old")).code,
        Verb::MakeDirectory => ftp.say(format!("MKD /{place}made")).code,
        Verb::RemoveDirectory => ftp.say(format!("RMD /{place}vacant")).code,
        Verb::Rename => match ftp.say(format!("RNFR /{place}old")).code {
            350 => ftp.say(format!("RNTO /{place}new")).code,
            refused => refused,
        },
    };
    let expected: &[u16] = match (verb, allowed) {
        (_, false) => &[550, 553],
        (Verb::MakeDirectory, _) => &[257],
        (Verb::Delete | Verb::RemoveDirectory | Verb::Rename, _) => &[250],
        _ => &[226],
    };
    assert!(expected.contains(&code), "{case}: {code}");
}

#[test]
fn a_user_sees_nothing_above_home() {
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
        let authorization = EVERYBODY.iter().find(|who| who.name == "class").unwrap().authorization;
        for (target, expected) in
            [("/one", 200), ("/secret", 404), ("/lessons/one", 404), ("/../secret", 400), ("/up", 404)]
        {
            assert_eq!(server.get_with(target, authorization).status, expected, "{target}");
        }
        assert_eq!(server.get("/one").status, 401, "nobody is anonymous");
    });
}

/// A relative symlink leads elsewhere when it is moved, or when a directory above it is.
#[test]
fn no_symlink_that_is_moved_leads_out_of_a_home() {
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
        let ada = &EVERYBODY[0];
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
