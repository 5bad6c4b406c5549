//! Names of uploads, over both protocols: names that are served for other URLs, drop boxes, and existing
//! names.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::harness::ftp::Ftp;
use crate::harness::{Response, Server, Tree, Wire, for_each_engine, tree::contents};
use crate::permissions::users_file_of;

/// `ada:secret`, encoded.
const ADA: &str = "Authorization: Basic YWRhOnNlY3JldA==\r\n";

const PATCH: &str = "Content-Type: application/partial-upload\r\nUpload-Offset: 0\r\nUpload-Complete: ?1\r\n";

/// Empties a tree.
fn clear(tree: &Tree) {
    for entry in fs::read_dir(tree).unwrap() {
        let path = entry.unwrap().path();
        if path.symlink_metadata().unwrap().is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        }
        .unwrap();
    }
}

fn ask(wire: &mut Wire, method: &str, target: &str, fields: &str, content: &str) -> Response {
    wire.send(format!(
        "{method} {target} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n{fields}\r\n{content}",
        content.len()
    ));
    wire.response(method)
}

/// A form with a file of this name.
fn form(name: &str) -> (String, String) {
    let content = format!(
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{name}\"\r\n\r\nnew\r\n--b--\r\n"
    );
    ("Content-Type: multipart/form-data; boundary=b\r\n".into(), content)
}

/// Every path in a tree with its content; for a link, its target.
fn everything(tree: &Tree) -> Vec<(PathBuf, String)> {
    let (mut found, mut directories) = (Vec::new(), vec![tree.path().to_owned()]);
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.symlink_metadata().unwrap().file_type();
            let content = match kind.is_symlink() {
                true => fs::read_link(&path).unwrap().display().to_string(),
                false => fs::read_to_string(&path).unwrap_or_default(),
            };
            if kind.is_dir() {
                directories.push(path.clone());
            }
            found.push((path, content));
        }
    }
    found
}

fn lost<'a>(before: &'a [(PathBuf, String)], after: &[(PathBuf, String)]) -> Vec<&'a (PathBuf, String)> {
    before.iter().filter(|entry| !after.contains(entry)).collect()
}

/// A kind of entry, and the function that creates it.
type EntryKind = (&'static str, fn(&Path));

/// The kinds of entry that `x` can be in a drop box.
const ENTRY_KINDS: [EntryKind; 7] = [
    ("nothing", |_| {}),
    ("a file", |x| fs::write(x, "old").unwrap()),
    ("an empty file", |x| fs::write(x, "").unwrap()),
    ("an empty directory", |x| fs::create_dir(x).unwrap()),
    ("a directory", |x| {
        fs::create_dir_all(x.join("y")).unwrap();
        fs::write(x.join("z"), "old").unwrap();
    }),
    ("a link to nothing", |x| symlink("nothing", x).unwrap()),
    ("a link to a directory", |x| {
        fs::create_dir(x.with_file_name("elsewhere")).unwrap();
        symlink("elsewhere", x).unwrap();
    }),
];

/// Each request gets the same response, whatever `x` is.
#[test]
fn responses_of_a_drop_box_do_not_reveal_existing_names() {
    let tree = Tree::new();
    let conditions = [
        "",
        "If-Match: *\r\n",
        "If-None-Match: *\r\n",
        "If-Match: \"1-1-1.1\"\r\n",
        "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
        "If-Unmodified-Since: Fri, 06 Nov 2093 08:49:37 GMT\r\n",
        "If-Modified-Since: Fri, 06 Nov 2093 08:49:37 GMT\r\n",
        "Range: bytes=0-0\r\n",
        "Expect: 100-continue\r\n",
        "Accept: application/json\r\n",
        "Overwrite: F\r\nDestination: /y\r\n",
        "Overwrite: F\r\nDestination: /x\r\n",
        PATCH,
        "Content-Type: application/partial-upload\r\nUpload-Offset: 3\r\nUpload-Complete: ?0\r\n",
    ];
    let methods =
        ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "MKCOL", "MOVE", "COPY", "TRACE", "PROPFIND"];
    let server =
        Server::http(&tree, &["--quiet", "--writable", "--anonymous", "drop", "--durability", "off"]);
    let mut wire = server.connect();
    let mut compare = |method: &str, target: &str, fields: &str, content: &str| {
        let mut first = None;
        for (kind, make) in ENTRY_KINDS {
            clear(&tree);
            make(&tree.join("x"));
            let before = everything(&tree);
            let answer = ask(&mut wire, method, target, fields, content);
            let head: Vec<_> = answer.head.lines().filter(|line| !line.starts_with("Date:")).collect();
            let seen = format!("{}\n{}", head.join("\n"), answer.text());
            let case = format!("{method} {target} {fields:?}");
            assert_eq!(*first.get_or_insert_with(|| seen.clone()), seen, "{case}: x is {kind}");
            for name in ["Location", "ETag", "Last-Modified"] {
                let is_page = matches!(method, "GET" | "HEAD") && name == "ETag";
                assert!(is_page || answer.field(name).is_none(), "{case}: {name}");
            }
            let lost = lost(&before, &everything(&tree));
            assert!(lost.is_empty(), "{case}: x is {kind}: {lost:?}");
        }
    };
    for method in methods {
        for target in ["/x", "/x/", "/x/y", "/x/y/", "/x/y/z"] {
            for fields in conditions {
                let content = if matches!(method, "PUT" | "PATCH") { "new" } else { "" };
                compare(method, target, fields, content);
            }
        }
    }
    for target in ["/", "/x/", "/x/y/"] {
        for name in ["x", "x/y", "x/y/z"] {
            let (fields, content) = form(name);
            compare("POST", target, &fields, &content);
            compare("POST", target, &format!("{fields}Accept: text/html\r\n"), &content);
        }
    }
}

#[test]
fn replies_of_a_drop_box_do_not_reveal_existing_names() {
    let tree = Tree::new();
    let server = Server::ftp(&tree, &["--quiet", "--writable", "--anonymous", "drop", "--durability", "off"]);
    for commands in [
        &["CWD x", "PWD", "LIST", "CDUP", "PWD"][..],
        &["CWD x/y", "PWD", "STOR z"],
        &["CWD x", "STOU z"],
        &["CWD x/"],
        &["MKD x", "MKD x", "CWD x", "STOR y"],
        &["MKD x/y"],
        &["RMD x"],
        &["RMD x/y"],
        &["DELE x"],
        &["DELE x/z"],
        &["RNFR x", "RNTO y"],
        &["SIZE x"],
        &["SIZE x/y"],
        &["SIZE x/z/a"],
        &["TYPE A", "SIZE x"],
        &["MDTM x"],
        &["MDTM 20010203040506 x"],
        &["MLST x"],
        &["MLST"],
        &["MLSD x"],
        &["LIST x"],
        &["LIST x*"],
        &["NLST x"],
        &["STAT x"],
        &["RETR x"],
        &["REST 1", "RETR x"],
        &["STOR x"],
        &["STOR x", "STOR x"],
        &["STOR x/y"],
        &["STOR x/y/z"],
        &["TYPE A", "STOR x"],
        &["ALLO 3", "STOR x"],
        &["APPE x"],
        &["APPE x/z"],
        &["STOU x"],
        &["STOU x/y"],
        &["STOU /x"],
        &["REST 0", "STOR x"],
        &["REST 1", "STOR x"],
        &["REST 3", "STOR x", "SIZE x"],
        // An upload that is interrupted and resumed at the offset that SIZE reports.
        &["ALLO 99999", "STOR x", "SIZE x", "REST 65536", "STOR x", "SIZE x"],
        &["ALLO 99999", "STOR x", "SIZE x", "APPE x", "SIZE x"],
        &["ALLO 99999", "STOR x/z", "SIZE x/z", "APPE x/z"],
        &["MFMT 20010203040506 x"],
        &["MFF UNIX.mode=0600; x"],
        &["SITE CHMOD 600 x"],
        &["SITE UTIME 20010203040506 x"],
    ] {
        let mut first = None;
        for (kind, make) in ENTRY_KINDS {
            clear(&tree);
            make(&tree.join("x"));
            let before = everything(&tree);
            // A kept upload would be resumed by the same address in the next round.
            let mut ftp = Ftp::login(&server);
            let seen: Vec<_> = commands.iter().flat_map(|command| carry_out(&mut ftp, command)).collect();
            assert_eq!(*first.get_or_insert_with(|| seen.clone()), seen, "{commands:?}: x is {kind}");
            let lost = lost(&before, &everything(&tree));
            assert!(lost.is_empty(), "{commands:?}: x is {kind}: {lost:?}");
        }
    }
}

/// The replies to a command, without variable digits.
fn carry_out(ftp: &mut Ftp, command: &str) -> Vec<String> {
    let moves = ["STOR", "APPE", "STOU", "RETR", "LIST", "NLST", "MLSD"];
    let verb = command.split(' ').next().unwrap();
    if !moves.contains(&verb) {
        let reply = ftp.say(command);
        return vec![format!("{} {}", reply.code, reply.text)];
    }
    let mut data = ftp.data();
    let started = ftp.say(command);
    let mut text = started.text;
    if verb == "STOU" {
        text.retain(|letter| !letter.is_ascii_digit());
    }
    let mut seen = vec![format!("{} {text}", started.code)];
    if started.code == 150 {
        // More than SIZE rounds down to.
        data.send(vec![b'x'; 65_540]);
        data.finish();
        let ended = ftp.reply();
        seen.push(format!("{} {}", ended.code, ended.text));
    }
    seen
}

#[test]
fn a_drop_box_keeps_every_upload() {
    for_each_engine(|engine| {
        let tree = Tree::of(&[("a.txt", "old"), ("d/b", "old")]);
        let options = ["--engine", engine, "--quiet", "--writable", "--anonymous", "drop"];
        let server = Server::both(&tree, &options);
        let (mut wire, mut ftp) = (server.connect(), Ftp::login(&server));
        assert_eq!(ask(&mut wire, "PUT", "/a.txt", "", "put").status, 201);
        let (fields, content) = form("a.txt");
        assert_eq!(ask(&mut wire, "POST", "/", &fields, &content).status, 201);
        assert_eq!(ftp.transfer("STOR a.txt", Some(b"stor")), 226);
        assert_eq!(ftp.transfer("APPE a.txt", Some(b"appe")), 226);
        assert_eq!(ask(&mut wire, "PUT", "/d", "", "put").status, 201);
        assert_eq!(ask(&mut wire, "MKCOL", "/a.txt", "", "").status, 201);
        assert_eq!(ask(&mut wire, "PUT", "/a.txt/new/c", "", "put").status, 201);
        ftp.expect("MKD /d", 257);
        for (name, content) in [
            ("a.txt", "old"),
            ("a (2).txt", "put"),
            ("a (3).txt", "new"),
            ("a (4).txt", "stor"),
            ("a (5).txt", "appe"),
            ("a (6).txt/new/c", "put"),
            ("d/b", "old"),
            ("d (2)", "put"),
        ] {
            assert_eq!(fs::read_to_string(tree.join(name)).unwrap(), content, "{name}");
        }
        assert_eq!(fs::read_dir(&tree).unwrap().count(), 8, "and nothing else");
    });
}

/// A rename into a drop box reveals as little as an upload to it.
#[test]
fn a_rename_into_a_drop_box_gets_another_name() {
    let config = Tree::new();
    let users = users_file_of(
        &config,
        "[[user]]\nname = \"ada\"\nhash = \"{}\"\n\
         allow = [\"list\", \"get\", \"upload\", \"overwrite\", \"delete\"]\n\
         [[user.path]]\npath = \"/in\"\nallow = [\"upload\"]\n",
    );
    for_each_engine(|engine| {
        let tree = Tree::of(&[("in/a", "old"), ("one", "1"), ("two", "2"), ("three", "3"), ("dir/x", "x")]);
        let options = ["--engine", engine, "--quiet", "--writable", "--users", &users];
        let server = Server::both(&tree, &options);
        let (mut wire, (mut ftp, _)) = (server.connect(), Ftp::connect(server.address("ftp")));
        ftp.expect("USER ada", 331);
        ftp.expect("PASS secret", 230);
        for (from, to) in [("one", "in/a"), ("two", "in/none/b"), ("dir", "in/a")] {
            let fields = format!("{ADA}Overwrite: F\r\nDestination: /{to}\r\n");
            let answer = ask(&mut wire, "MOVE", &format!("/{from}"), &fields, "");
            assert_eq!((answer.status, answer.field("location")), (201, None), "{from} to {to}");
        }
        ftp.expect("RNFR three", 350);
        ftp.expect("RNTO in/a", 250);
        let expected =
            [("in/a", "old"), ("in/a (2)", "1"), ("in/none/b", "2"), ("in/a (3)/x", "x"), ("in/a (4)", "3")];
        for (name, content) in expected {
            assert_eq!(fs::read_to_string(tree.join(name)).unwrap(), content, "{name}");
        }
        for (method, target, status, why) in [
            ("GET", "/in", 301, "the drop box itself can be listed above it"),
            ("MKCOL", "/in", 405, "and is known to exist"),
            ("GET", "/in/a", 403, "its content is hidden"),
        ] {
            assert_eq!(ask(&mut wire, method, target, ADA, "").status, status, "{method} {target}: {why}");
        }
    });
}

/// Over HTTP and FTP: whether a user who may list, get, upload and delete, but not overwrite, can create the
/// name.
#[test]
fn names_served_for_other_urls_require_overwrite() {
    let config = Tree::new();
    let users = users_file_of(
        &config,
        "[[user]]\nname = \"ada\"\nhash = \"{}\"\nallow = [\"list\", \"get\", \"upload\", \"delete\"]\n\
         [[user.path]]\npath = \"/own\"\nallow = [\"list\", \"get\", \"upload\", \"overwrite\", \"delete\"]\n",
    );
    for_each_engine(|engine| {
        let tree = Tree::new();
        let options = ["--engine", engine, "--quiet", "--writable", "--anonymous", "drop", "--users", &users];
        let server = Server::both(&tree, &options);
        for (name, allowed, why) in [
            ("index.html", false, "it would take the place of the listing"),
            ("INDEX.html", false, "the same on a file system without letter case"),
            ("d/index.html", false, "also below"),
            ("404.html", false, "it would be served for missing files"),
            ("README.md", false, "it would be shown with the listing"),
            ("notes.txt.gz", false, "it would be served for notes.txt"),
            ("backup.tar.gz", true, "an archive"),
            ("own/index.html", true, "may overwrite there"),
            ("index.htm", true, "no index"),
            ("page.html", true, "only its own URL"),
        ] {
            for (user, authorization) in [("ada", ADA), ("anonymous", "")] {
                let allowed = allowed && (user == "ada" || !name.starts_with("own/"));
                let mut wire = server.connect();
                let mut http = |method: &str, fields: &str, content: &str| {
                    let target = if method == "POST" { "/".into() } else { format!("/{name}") };
                    let (target, fields) = match method {
                        "MOVE" => ("/source".into(), format!("Destination: /{name}\r\n")),
                        _ => (target, fields.to_owned()),
                    };
                    reset(&tree);
                    let answer =
                        ask(&mut wire, method, &target, &format!("{authorization}{fields}"), content);
                    let case = format!("{user} {method} {name}: {why}: {}", answer.text());
                    assert_eq!(tree.join(name).exists(), allowed, "{case}");
                    assert_eq!(answer.status, if allowed { 201 } else { 403 }, "{case}");
                };
                let (fields, content) = form(name);
                http("PUT", "", "new");
                http("POST", &fields, &content);
                http("MKCOL", "", "");
                let (mut ftp, _) = Ftp::connect(server.address("ftp"));
                ftp.expect(format!("USER {user}"), 331);
                ftp.expect("PASS secret", 230);
                let mut over_ftp = |commands: &[&str], expected: u16| {
                    reset(&tree);
                    let mut code = 0;
                    for command in commands {
                        code = match *command {
                            "STOR" | "APPE" | "STOU" => {
                                ftp.transfer(format!("{command} {name}"), Some(b"new"))
                            }
                            "RNFR" => ftp.say("RNFR source").code,
                            command => ftp.say(format!("{command} {name}")).code,
                        };
                    }
                    let case = format!("{user} {commands:?} {name}: {why}");
                    let is_there = tree.join(name).exists();
                    // In a drop box STOU never uses the name as given.
                    assert!(is_there == allowed || commands == ["STOU"], "{case}: {is_there}");
                    assert_eq!(code, if allowed { expected } else { 553 }, "{case}");
                };
                over_ftp(&["STOR"], 226);
                over_ftp(&["APPE"], 226);
                over_ftp(&["STOU"], 226);
                over_ftp(&["MKD"], 257);
                if user == "ada" {
                    over_ftp(&["RNFR", "RNTO"], 250);
                    http("MOVE", "", "");
                    reset(&tree);
                    let answer =
                        ask(&mut wire, "PATCH", &format!("/{name}"), &format!("{ADA}{PATCH}"), "new");
                    let may_patch = name.starts_with("own/");
                    assert_eq!(answer.status, if may_patch { 201 } else { 403 }, "{name}: {why}");
                }
            }
        }
    });

    /// The rule's own directory is kept: the server looks for it only once a second.
    fn reset(tree: &Tree) {
        for entry in fs::read_dir(tree).unwrap().chain(fs::read_dir(tree.directory("own")).unwrap()) {
            let path = entry.unwrap().path();
            let _ = fs::remove_file(&path).or_else(|_| match path.ends_with("own") {
                true => Ok(()),
                false => fs::remove_dir_all(&path),
            });
        }
        tree.file("source", "source");
        tree.directory("d");
    }
}

const CHALLENGE: &str = ".well-known/acme-challenge/token";

/// Commands, and the code of the first one that is refused: for a user with all permissions while [`CHALLENGE`] does
/// not exist and while it exists, and in a drop box.
///
/// 553: the name is in `/.well-known`. 550: RNFR finds no such entry, or a drop box allows only uploads.
const WELL_KNOWN_COMMANDS: [(&[&str], [u16; 3]); 13] = [
    (&["STOR .well-known/acme-challenge/token"], [553, 553, 553]),
    (&["STOR .well-known/new"], [553, 553, 553]),
    (&["APPE .well-known/new"], [553, 553, 553]),
    (&["STOU .well-known/new"], [553, 553, 553]),
    (&["MKD .well-known"], [553, 553, 553]),
    (&["MKD .well-known/new"], [553, 553, 553]),
    (&["RMD .well-known/acme-challenge"], [553, 553, 550]),
    (&["DELE .well-known/acme-challenge/token"], [553, 553, 550]),
    (&["RNFR source", "RNTO .well-known"], [553, 553, 550]),
    (&["RNFR file", "RNTO .well-known/new"], [553, 553, 550]),
    (&["RNFR .well-known", "RNTO new"], [550, 553, 550]),
    (&["MFMT 20010203040506 .well-known/acme-challenge/token"], [553, 553, 550]),
    (&["SITE CHMOD 600 .well-known/acme-challenge/token"], [553, 553, 550]),
];

/// Independent of other permissions and of `--hidden`.
#[test]
fn nothing_is_written_to_well_known() {
    for_each_engine(|engine| {
        for hidden in [&[][..], &["--hidden"]] {
            for access in [&[][..], &["--anonymous", "drop"]] {
                for exists in [false, true] {
                    let tree = Tree::of(&[("source/acme-challenge/token", "new"), ("file", "new")]);
                    if exists {
                        tree.file(CHALLENGE, "old");
                    }
                    let before = contents(tree.path());
                    let options = [&["--engine", engine, "--quiet", "--writable"], hidden, access].concat();
                    let is_drop_box = !access.is_empty();
                    let server = Server::both(&tree, &options);
                    let (mut wire, mut ftp) = (server.connect(), Ftp::login(&server));
                    let case = format!("{options:?}, exists: {exists}");
                    let (is_form, content) = form("token");
                    let (_, deep) = form(CHALLENGE);
                    let to = |path: &str| format!("Destination: /{path}\r\n");
                    // For a user with all permissions, while the challenge does not exist and while it exists.
                    // 403: the name is in /.well-known. 404: nothing to change. 409: a directory has the name.
                    for (method, target, fields, content, statuses) in [
                        ("PUT", "/.well-known/acme-challenge/token", "", "new", [403, 403]),
                        ("PUT", "/.well-known/new", "", "new", [403, 403]),
                        ("PUT", "/a/../.well-known/new", "", "new", [403, 403]),
                        ("PUT", "/.WELL-known/new", "", "new", [403, 403]),
                        ("PUT", "/.well-known", "", "new", [403, 409]),
                        ("PATCH", "/.well-known/new", PATCH, "new", [403, 403]),
                        ("POST", "/.well-known/acme-challenge/", &is_form, &content, [404, 403]),
                        ("POST", "/", &is_form, &deep, [403, 403]),
                        ("MKCOL", "/.well-known", "", "", [403, 403]),
                        ("MKCOL", "/.well-known/acme-challenge/new/", "", "", [403, 403]),
                        ("DELETE", "/.well-known/acme-challenge/token", "", "", [404, 403]),
                        ("MOVE", "/source", &to(".well-known"), "", [403, 403]),
                        ("MOVE", "/file", &to(CHALLENGE), "", [403, 403]),
                        ("MOVE", "/.well-known", &to("new"), "", [404, 403]),
                        ("MOVE", "/.well-known/acme-challenge/token", &to("new"), "", [404, 403]),
                    ] {
                        // A drop box does not reveal which names exist.
                        let expected = if is_drop_box { 403 } else { statuses[usize::from(exists)] };
                        let status = ask(&mut wire, method, target, fields, content).status;
                        assert_eq!(status, expected, "{case}: {method} {target} {fields}");
                    }
                    for (commands, codes) in WELL_KNOWN_COMMANDS {
                        ftp.expect("CWD /", 250);
                        let code = commands.iter().find_map(|command| {
                            let code = match command.split(' ').next() {
                                Some("STOR" | "APPE" | "STOU") => ftp.transfer(command, Some(b"new")),
                                _ => ftp.say(command).code,
                            };
                            (code != 350).then_some(code)
                        });
                        let expected = codes[if is_drop_box { 2 } else { usize::from(exists) }];
                        assert_eq!(code, Some(expected), "{case}: {commands:?}");
                    }
                    assert_eq!(contents(tree.path()), before, "{case}");
                    if exists && !is_drop_box {
                        assert_eq!(
                            server.get(&format!("/{CHALLENGE}")).text(),
                            "old",
                            "{case}: peers can read it"
                        );
                        let listed =
                            String::from_utf8(ftp.fetch("MLSD /.well-known/acme-challenge")).unwrap();
                        assert!(
                            listed.contains("perm=r;"),
                            "{case}: an unavailable change is not offered: {listed}"
                        );
                    }
                }
            }
        }
    });
}

#[test]
fn on_conflict_decides_uploads_over_existing_names() {
    let (old, new, both) = ("a.txt=old", "a.txt=new", "a (2).txt=new a.txt=old");
    let digest = "Content-Digest: sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:\r\n";
    let no_match = "If-None-Match: *\r\n";
    for_each_engine(|engine| {
        let tree = Tree::new();
        for (on_conflict, rows) in [
            (
                &[][..],
                [
                    ("PUT", "", 204, new, "the default replaces"),
                    ("PUT", no_match, 412, old, "a condition keeps its meaning"),
                    ("PUT", digest, 400, old, "nothing that does not match"),
                    ("POST", "", 409, old, "a form replaces only on request"),
                    ("STOR", "", 226, new, "the default replaces"),
                    ("APPE", "", 226, "a.txt=oldnew", "it appends"),
                ],
            ),
            (
                &["--on-conflict", "replace"],
                [
                    ("PUT", "", 204, new, "as without it"),
                    ("PUT", no_match, 412, old, "as without it"),
                    ("PUT", digest, 400, old, "as without it"),
                    ("POST", "", 409, old, "as without it"),
                    ("STOR", "", 226, new, "as without it"),
                    ("APPE", "", 226, "a.txt=oldnew", "as without it"),
                ],
            ),
            (
                &["--on-conflict", "rename"],
                [
                    ("PUT", "", 201, both, "another name"),
                    ("PUT", no_match, 412, old, "a condition keeps its meaning"),
                    ("PUT", digest, 400, old, "nothing that does not match"),
                    ("POST", "", 201, both, "another name"),
                    ("STOR", "", 226, both, "another name"),
                    ("APPE", "", 226, "a.txt=oldnew", "it appends"),
                ],
            ),
            (
                &["--on-conflict", "refuse"],
                [
                    ("PUT", "", 409, old, "refused"),
                    ("PUT", no_match, 412, old, "a condition keeps its meaning"),
                    ("PUT", digest, 409, old, "refused before the content is read"),
                    ("POST", "", 409, old, "refused"),
                    ("STOR", "", 553, old, "refused"),
                    ("APPE", "", 226, "a.txt=oldnew", "it appends"),
                ],
            ),
        ] {
            let options = [&["--engine", engine, "--quiet", "--writable"], on_conflict].concat();
            let server = Server::both(&tree, &options);
            let (mut wire, mut ftp) = (server.connect(), Ftp::login(&server));
            for (verb, fields, expected, after, why) in rows {
                clear(&tree);
                tree.file("a.txt", "old");
                let case = format!("{on_conflict:?} {verb} {fields}: {why}");
                let code = match verb {
                    "STOR" | "APPE" => ftp.transfer(format!("{verb} a.txt"), Some(b"new")),
                    "POST" => {
                        let (is_form, content) = form("a.txt");
                        let answer = ask(&mut wire, verb, "/", &is_form, &content);
                        let is_named = answer.text().contains("a (2).txt");
                        assert_eq!(is_named, after == both, "{case}: {}", answer.text());
                        answer.status
                    }
                    _ => {
                        let answer = ask(&mut wire, verb, "/a.txt", fields, "new");
                        let location = (after == both).then_some("/a%20(2).txt");
                        assert_eq!(
                            answer.field("location").map(str::to_lowercase).as_deref(),
                            location,
                            "{case}"
                        );
                        answer.status
                    }
                };
                assert_eq!(code, expected, "{case}");
                let found: Vec<_> = contents(tree.path())
                    .iter()
                    .map(|(name, content)| {
                        let content = content.as_deref().unwrap_or_default();
                        format!("{}={}", name.display(), String::from_utf8_lossy(content))
                    })
                    .collect();
                assert_eq!(found.join(" "), after, "{case}");
            }
            if on_conflict == ["--on-conflict", "rename"] {
                let mut data = ftp.data();
                ftp.expect("STOR a.txt", 150);
                data.send("more");
                data.finish();
                assert!(ftp.expect_reply(226).text.contains("a (2).txt"), "the reply contains the name");
            }
        }
    });
}

/// A user without the overwrite permission cannot replace a file, and the answer gives the reason.
#[test]
fn an_upload_without_overwrite_permission_is_refused() {
    let config = Tree::new();
    let users = users_file_of(
        &config,
        "[[user]]\nname = \"ada\"\nhash = \"{}\"\nallow = [\"list\", \"get\", \"upload\"]\n",
    );
    for_each_engine(|engine| {
        for (on_conflict, http, ftp_code, is_renamed) in
            [("replace", 409, 553, false), ("refuse", 409, 553, false), ("rename", 201, 226, true)]
        {
            let tree = Tree::of(&[("a", "old")]);
            let options = ["--engine", engine, "--quiet", "--writable", "--users", &users];
            let server = Server::both(&tree, &[&options[..], &["--on-conflict", on_conflict]].concat());
            let (mut wire, (mut ftp, _)) = (server.connect(), Ftp::connect(server.address("ftp")));
            ftp.expect("USER ada", 331);
            ftp.expect("PASS secret", 230);
            ftp.expect("TYPE I", 200);
            assert_eq!(ask(&mut wire, "PUT", "/a", ADA, "new").status, http, "{on_conflict}");
            let etag = ask(&mut wire, "GET", "/a", ADA, "").field("etag").unwrap().to_owned();
            let conditional = format!("{ADA}If-Match: {etag}\r\n");
            assert_eq!(
                ask(&mut wire, "PUT", "/a", &conditional, "new").status,
                403,
                "{on_conflict}: this file"
            );
            assert_eq!(ftp.transfer("STOR a", Some(b"new")), ftp_code, "{on_conflict}");
            assert_eq!(ftp.transfer("APPE a", Some(b"new")), ftp_code, "{on_conflict}");
            assert_eq!(fs::read_to_string(tree.join("a")).unwrap(), "old", "{on_conflict}");
            assert_eq!(tree.join("a (4)").exists(), is_renamed, "{on_conflict}");
        }
    });
}

/// A user with the upload permission cannot redirect other sessions: devices send `CWD ~` for the login
/// directory.
#[test]
fn a_directory_named_tilde_does_not_shadow_the_login_directory() {
    let tree = Tree::of(&[("~/a", "x"), ("b", "x")]);
    let server = Server::ftp(&tree, &["--quiet"]);
    let mut ftp = Ftp::login(&server);
    for (command, expected, why) in [
        ("CWD ~", "\"/\"", "the login directory"),
        ("CWD ~/", "\"/\"", "with a slash"),
        ("CWD ./~", "\"/~\"", "the name itself"),
        ("CWD ~", "\"/\"", "from anywhere"),
    ] {
        ftp.expect(command, 250);
        assert!(ftp.expect("PWD", 257).text.starts_with(expected), "{command}: {why}");
    }
}
