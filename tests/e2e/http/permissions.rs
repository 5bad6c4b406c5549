//! Permissions: logins by Basic (RFC 7617), and the permissions of users.

use std::process::Command;

use super::writing::{ask, on_disk};
use crate::harness::program::{run, tool};
use crate::harness::{Response, Server, Tree, at_once_on_each_engine, binary, for_each_engine};

/// `ada:secret` and `ada:wrong`, encoded.
pub(super) const ADA: &str = "Authorization: Basic YWRhOnNlY3JldA==\r\n";
const WRONG: &str = "Authorization: Basic YWRhOndyb25n\r\n";
const CHALLENGE: &str = "Basic realm=\"mini\", charset=\"UTF-8\"";

fn tree() -> Tree {
    Tree::of(&[("a", "hello"), ("d/b", "below"), ("site/index.html", "<p>index")])
}

/// Options of the server, and requests to it: method, target, fields, content; the status and why.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str, &'a str, &'a str, u16, &'a str)]);

fn check(cases: &[Case<'_>]) {
    at_once_on_each_engine(|engine| {
        for (options, rows) in cases {
            let tree = tree();
            let server = Server::http(&tree, &[&["--engine", engine, "--quiet"], *options].concat());
            for (method, target, fields, content, status, why) in *rows {
                let answer = ask(&mut server.connect(), method, target, fields, content);
                assert_eq!(answer.status, *status, "{options:?} {method} {target} {fields:?}: {why}");
                let challenge = (*status == 401).then_some(CHALLENGE);
                assert_eq!(answer.field("www-authenticate"), challenge, "{method} {target}: {why}");
            }
        }
    });
}

#[test]
fn users_log_in() {
    check(&[
        (
            &["--user", "ada:secret", "--writable"],
            &[
                ("GET", "/a", "", "", 401, "no anonymous access"),
                ("OPTIONS", "/a", "", "", 401, "no anonymous access"),
                ("PUT", "/new", "", "x", 401, "no anonymous access"),
                ("GET", "/a", ADA, "", 200, "7617 section 2"),
                ("GET", "/", ADA, "", 200, "7617 section 2"),
                ("PUT", "/new", ADA, "x", 201, "--user grants everything"),
                ("DELETE", "/new", ADA, "", 204, "--user grants everything"),
                ("GET", "/a", WRONG, "", 401, "a wrong password"),
                ("GET", "/a", "Authorization: Bearer x\r\n", "", 401, "another scheme"),
                ("GET", "/a", "Authorization: Basic x\r\n", "", 400, "malformed"),
            ],
        ),
        (
            &["--user", "ada:secret", "--writable", "--anonymous", "read"],
            &[
                ("GET", "/a", "", "", 200, "anonymous"),
                ("PUT", "/new", "", "x", 401, "a browser asks for a password"),
                ("DELETE", "/a", "", "", 401, "a browser asks for a password"),
                ("PUT", "/new", ADA, "x", 201, "logged in"),
                ("GET", "/a", WRONG, "", 401, "not taken for anonymous"),
            ],
        ),
        (
            &["--user", "ada:secret"],
            &[("PUT", "/new", ADA, "x", 405, "without --writable nothing can be changed")],
        ),
        (&[], &[("GET", "/a", WRONG, "", 200, "without users no password is checked")]),
        (
            &["--writable", "--anonymous", "read"],
            &[
                ("GET", "/a", "", "", 200, "read"),
                ("PUT", "/new", "", "x", 403, "there are no users"),
                ("PUT", "/a", "", "x", 403, "there are no users"),
                ("MKCOL", "/n", "", "", 403, "there are no users"),
                ("MOVE", "/a", "Destination: /n\r\n", "", 403, "there are no users"),
            ],
        ),
    ]);
}

#[test]
fn a_drop_box_stores_and_reveals_nothing() {
    let form = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n";
    let is_form = "Content-Type: multipart/form-data; boundary=b\r\n";
    check(&[(
        &["--writable", "--anonymous", "drop"],
        &[
            ("PUT", "/new", "", "x", 201, "a free name"),
            ("PUT", "/a", "", "x", 201, "nothing is replaced or revealed"),
            ("PUT", "/new", "If-Match: *\r\n", "x", 412, "no condition is evaluated"),
            ("POST", "/", is_form, form, 201, "by a form"),
            ("POST", "/", is_form, form, 201, "the name is taken now"),
            ("GET", "/d", "", "", 403, "its existence is not revealed"),
            ("GET", "/new", "", "", 403, "not even one's own"),
            ("GET", "/none", "", "", 403, "its existence is not revealed"),
            ("DELETE", "/new", "", "", 403, "not even one's own"),
            ("GET", "/", "", "", 200, "a page to upload with"),
        ],
    )]);
    let tree = tree();
    let server = Server::http(&tree, &["--quiet", "--writable", "--anonymous", "drop"]);
    let mut wire = server.connect();
    for target in ["/", "/?format=json", "/d/", "/site/", "/none/", "/a/"] {
        let answer = wire.exchange("GET", target, "Accept: application/json\r\n");
        let etag = format!("If-None-Match: {}\r\n", answer.field("etag").unwrap());
        assert_eq!(wire.exchange("GET", target, &etag).status, 304, "{target}");
        assert_eq!(answer.field("last-modified"), None, "{target}: the time of an upload is not revealed");
        let page = answer.text();
        assert!(page.contains("type=\"file\""), "{target}: {page}");
        let revealed = ["<a href=\"./", "index", "hello", "below"].iter().find(|text| page.contains(**text));
        assert_eq!(revealed, None, "{target}: {page}");
    }
}

/// The hash that `mini passwd` prints.
fn hash(password: &str) -> String {
    let scratch = Tree::of(&[("input", password)]);
    let input = std::fs::File::open(scratch.join("input")).unwrap();
    run(Command::new(binary("mini")).arg("passwd").stdin(input)).text().trim_end().to_owned()
}

#[test]
fn cancelling_an_upload_needs_no_permission_to_delete() {
    let scratch = Tree::new();
    let allow = "[\"get\", \"upload\", \"overwrite\"]";
    let user = format!("[[user]]\nname = \"ada\"\nhash = \"{}\"\nallow = {allow}\n", hash("secret"));
    let users = scratch.file("users.toml", user);
    let served = Tree::of(&[("a", "hello")]);
    let server = Server::http(&served, &["--quiet", "--writable", "--users", users.to_str().unwrap()]);
    let mut wire = server.connect();
    for (method, target, fields, expected, why) in [
        ("PUT", "/f", "Upload-Complete: ?0\r\nContent-Length: 0\r\n", 201, "an upload"),
        ("HEAD", "/f", "", 204, "it has begun"),
        ("DELETE", "/f", "", 204, "cancelled"),
        ("HEAD", "/f", "", 404, "it is gone"),
        ("DELETE", "/f", "", 403, "there is none"),
        ("DELETE", "/a", "", 403, "a file"),
    ] {
        let answer = wire.exchange(method, target, &format!("{ADA}{fields}"));
        assert_eq!(answer.status, expected, "{method} {target}: {why}");
    }
}

#[test]
fn the_root_of_a_user_is_the_home_and_rules_apply() {
    let scratch = Tree::new();
    let hash = hash("secret");
    let users = scratch.file(
        "users.toml",
        format!(
            "[[user]]\nname = \"ada\"\nhash = \"{hash}\"\nhome = \"/home\"\nallow = [\"list\", \"get\"]\n\
             [[user.path]]\npath = \"/in\"\nallow = [\"list\", \"upload\", \"delete\"]\n\
             [[user.path]]\npath = \"/in/kept\"\nallow = [\"get\"]\n"
        ),
    );
    for_each_engine(|engine| {
        let tree = Tree::of(&[("a", "not hers"), ("home/a", "hers"), ("home/in/kept/k", "kept")]);
        let options = ["--engine", engine, "--quiet", "--writable", "--users", users.to_str().unwrap()];
        let server = Server::http(&tree, &options);
        let mut wire = server.connect();
        let mut asked = |method: &str, target: &str, fields: &str, content: &str| -> Response {
            ask(&mut wire, method, target, &format!("{ADA}{fields}"), content)
        };
        assert_eq!(asked("GET", "/a", "", "").text(), "hers");
        for (method, target, fields, content, status, why) in [
            ("GET", "/home/a", "", "", 404, "there is nothing above home"),
            ("GET", "/../a", "", "", 400, "there is nothing above home"),
            ("GET", "/in", "", "", 301, "a directory"),
            ("PUT", "/new", "", "x", 403, "not here"),
            ("PUT", "/in/new", "", "x", 201, "a rule"),
            ("PUT", "/in/new", "", "x", 409, "no overwrite"),
            ("GET", "/in/new", "", "", 403, "no get"),
            ("GET", "/in/kept/k", "", "", 200, "a deeper rule"),
            ("GET", "/in/kept/", "", "", 403, "no list"),
            ("PUT", "/in/kept/new", "", "x", 403, "a deeper rule"),
            ("MOVE", "/in/new", "Destination: /in/kept/k\r\n", "", 403, "no overwrite there"),
            ("MOVE", "/in/new", "Destination: /moved\r\n", "", 403, "no upload there"),
            ("MOVE", "/in", "Destination: /in/in\r\n", "", 403, "a rule below forbids it"),
            ("MOVE", "/in/new", "Destination: /in/moved\r\n", "", 201, "both allowed"),
            ("DELETE", "/in/kept/k", "", "", 403, "a deeper rule"),
            ("DELETE", "/in", "", "", 403, "a rule below forbids it"),
            ("DELETE", "/in/moved", "", "", 204, "a rule"),
            ("DELETE", "/", "", "", 403, "her home stays"),
        ] {
            let seen = asked(method, target, fields, content);
            assert_eq!(seen.status, status, "{method} {target}: {why}: {}", seen.text());
        }
        let redirect = asked("GET", "/in?x", "", "");
        assert_eq!(redirect.field("location"), Some("/in/?x"), "as she sees it");
        let listing = asked("GET", "/in/?format=json", "", "").json();
        assert_eq!(listing["path"], "/in", "as she sees it");
        assert_eq!(on_disk(&tree), "a=not hers home/ home/a=hers home/in/ home/in/kept/ home/in/kept/k=kept");
    });
}

#[test]
fn responses_to_users_are_not_for_shared_caches() {
    let tree = tree();
    for (options, expected) in [(&["--user", "ada:secret"][..], "private, no-cache"), (&[], "no-cache")] {
        let server = Server::http(&tree, &[&["--quiet"], options].concat());
        let mut wire = server.connect();
        for target in ["/a", "/?format=json", "/site/", "/site"] {
            let answer = wire.exchange("GET", target, ADA);
            assert_eq!(answer.field("cache-control"), Some(expected), "{target} {options:?}");
        }
        let page = if options.is_empty() { expected } else { "no-store" };
        assert_eq!(wire.exchange("GET", "/", ADA).field("cache-control"), Some(page), "{options:?}");
    }
}

#[test]
fn allow_lists_the_permitted_methods() {
    let all = "GET, HEAD, OPTIONS, PUT, PATCH, POST, MKCOL, COPY, DELETE, MOVE";
    let tree = tree();
    for (options, fields, expected) in [
        (&["--writable"][..], "", all),
        (&["--writable", "--anonymous", "drop"], "", "GET, HEAD, OPTIONS, PUT, PATCH, POST, MKCOL, COPY"),
        (&["--writable", "--anonymous", "read"], "", "GET, HEAD, OPTIONS"),
        (&["--writable", "--anonymous", "read", "--user", "ada:secret"], ADA, all),
        (&[], "", "GET, HEAD, OPTIONS"),
    ] {
        let server = Server::http(&tree, &[&["--quiet"], options].concat());
        let mut wire = server.connect();
        for (method, status) in [("OPTIONS", 204), ("TRACE", 405)] {
            let answer = wire.exchange(method, "/a", fields);
            assert_eq!((answer.status, answer.field("allow")), (status, Some(expected)), "{options:?}");
        }
    }
}

/// RFC 6750 section 2.1, with curl as well.
#[test]
fn a_token_logs_in_its_user() {
    let printed = run(Command::new(binary("mini")).args(["passwd", "--token"])).text();
    let (token, tokens) = printed.trim_end().split_once('\n').unwrap();
    let scratch = Tree::new();
    let users = scratch.file(
        "users.toml",
        format!("[[user]]\nname = \"ada\"\nhash = \"{}\"\n{tokens}\nallow = [\"get\"]\n", hash("secret")),
    );
    for_each_engine(|engine| {
        let tree = Tree::of(&[("a", "hello")]);
        let server = Server::http(&tree, &["--users", users.to_str().unwrap(), "--engine", engine]);
        let mut wire = server.connect();
        for (fields, status, why) in [
            (format!("Authorization: Bearer {token}\r\n"), 200, "the token"),
            (format!("Authorization: bearer {token}\r\n"), 200, "schemes have no case"),
            (format!("Authorization: Bearer {token}0\r\n"), 401, "another token"),
            ("Authorization: Bearer\r\n".into(), 400, "none"),
            ("Authorization: Bearer a b\r\n".into(), 400, "no token"),
            (ADA.into(), 200, "the password works as well"),
            (String::new(), 401, "no login"),
        ] {
            assert_eq!(wire.exchange("GET", "/a", &fields).status, status, "{why}");
        }
        let url = format!("{}a", server.url("http"));
        let curl = run(tool("curl").args(["--silent", "--fail", "--oauth2-bearer", token, &url]));
        assert_eq!(curl.text(), "hello");
        let log = server.log_lines("200", 4);
        assert!(log.iter().all(|line| line.contains("ada") && !line.contains(token)), "{log:?}");
    });
}

/// The log contains the name of a logged-in user, but not the name of a failed login.
#[test]
fn the_log_names_users() {
    let tree = tree();
    let server = Server::http(&tree, &["--user", "ada:secret", "--anonymous", "read"]);
    for (fields, name) in [(ADA, "ada"), (WRONG, "-"), ("", "-")] {
        let target = format!("/a?{}", fields.len());
        server.connect().exchange("GET", &target, fields);
        let line = server.log_lines(&target, 1).remove(0);
        assert!(line.contains(&format!(" http {name} \"GET")), "{line}");
    }
}
