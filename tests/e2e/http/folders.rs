//! COPY (RFC 4918 section 9.8), and DELETE of a directory with everything in it (section 9.6.1): the response, and the
//! state of the disk afterwards.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use rustix::fs::{CWD, Mode, mkfifoat};

use super::permissions::ADA;
use super::writing::ask;
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, for_each_engine};
use crate::permissions::users_file_of;

/// Method, target, fields; the status, the entries afterwards (empty: unchanged), and why.
type Row<'a> = (&'a str, &'a str, &'a str, u16, &'a str, &'a str);

/// The entries before each row.
const BEFORE: &str = "a=hello d/ d/b=below d/back->.. d/s/ d/s/c=deep d/to-a->../a e/ l->d";

fn reset(tree: &Tree) {
    for entry in fs::read_dir(tree).unwrap() {
        let path = entry.unwrap().path();
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
    }
    for (name, content) in [("a", "hello"), ("d/b", "below"), ("d/s/c", "deep")] {
        tree.file(name, content);
    }
    tree.directory("e");
    for (name, target) in [("l", "d"), ("d/back", ".."), ("d/to-a", "../a")] {
        tree.symlink(name, target);
    }
}

/// All entries below a directory in one line; links are not followed.
fn entries(directory: &Path) -> String {
    fn collect(directory: &Path, start: &str, found: &mut Vec<String>) {
        let mut paths: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let name = format!("{start}{}", path.file_name().unwrap().display());
            match (fs::read_link(&path), path.is_dir()) {
                (Ok(target), _) => found.push(format!("{name}->{}", target.display())),
                (_, true) => {
                    found.push(format!("{name}/"));
                    collect(&path, &format!("{name}/"), found);
                }
                _ => found.push(format!("{name}={}", fs::read_to_string(&path).unwrap())),
            }
        }
    }
    let mut found = Vec::new();
    collect(directory, "", &mut found);
    found.join(" ")
}

fn check(options: &[&str], rows: &[Row<'_>]) {
    let tree = Tree::new();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &[&["--engine", engine, "--quiet"], options].concat());
        for (method, target, fields, status, after, why) in rows {
            reset(&tree);
            let mut wire = server.connect();
            let answer = ask(&mut wire, method, target, fields, "");
            let row = format!("{method} {target} {fields:?}: {why}");
            assert_eq!(answer.status, *status, "{row}: {}", answer.text());
            let after = if after.is_empty() { BEFORE } else { after };
            assert_eq!(entries(tree.path()), after, "{row}");
            assert!(wire.is_alive(), "{row}: the next request is answered");
        }
    });
}

#[test]
fn copy_copies_files_and_directories() {
    let to = |destination: &str| format!("Destination: {destination}\r\n");
    let keep = |destination: &str| format!("Destination: {destination}\r\nOverwrite: F\r\n");
    let alone = |destination: &str| format!("Destination: {destination}\r\nDepth: 0\r\n");
    let with = |more: &str| BEFORE.replace("e/ l->d", more);
    check(
        &["--writable"],
        &[
            ("COPY", "/a", &to("/n"), 201, &format!("{BEFORE} n=hello"), "9.8.5: a new file"),
            ("COPY", "/a", &to("http://a/e/n"), 201, &with("e/ e/n=hello l->d"), "an absolute URI"),
            ("COPY", "/a", &to("/d/b"), 204, &BEFORE.replace("below", "hello"), "9.8.4: replaces"),
            ("COPY", "/l/b", &to("/n"), 201, &format!("{BEFORE} n=below"), "by a link to a directory"),
            ("COPY", "/a", &to("/d/to-a"), 204, &BEFORE.replace("to-a->../a", "to-a=hello"), "over a link"),
            ("COPY", "/a", &keep("/n"), 201, &format!("{BEFORE} n=hello"), "10.6: nothing to replace"),
            ("COPY", "/a", &keep("/d/b"), 412, "", "10.6"),
            ("COPY", "/a", &to("/e"), 409, "", "a directory is never replaced"),
            ("COPY", "/a", &to("/a"), 403, "", "9.8.5: the same"),
            ("COPY", "/a", &to("/n/"), 409, "", "a directory's name"),
            ("COPY", "/a/", &to("/n"), 404, "", "not a directory"),
            ("COPY", "/a", &to("/none/n"), 409, "", "9.8.5: no directory for it"),
            ("COPY", "/none", &to("/n"), 404, "", "nothing of that name"),
            ("COPY", "/d/to-a", &to("/n"), 409, "", "a link"),
            ("COPY", "/l", &to("/n"), 409, "", "a link to a directory"),
            ("COPY", "/a", &to("/.n"), 403, "", "hidden"),
            ("COPY", "/a", &to("/../n"), 400, "", "outside"),
            ("COPY", "/a", &to("http://b/n"), 502, "", "9.8.5: another server"),
            ("COPY", "/a", "", 400, "", "10.3: where to?"),
            ("COPY", "/a", &format!("{}If-Match: \"other\"\r\n", to("/n")), 412, "", "13.1.1: the source"),
            (
                "COPY",
                "/d",
                &to("/n"),
                201,
                &format!("{BEFORE} n/ n/b=below n/s/ n/s/c=deep"),
                "9.8.3: everything in it, without links",
            ),
            (
                "COPY",
                "/d/",
                &to("/e/n/"),
                201,
                &with("e/ e/n/ e/n/b=below e/n/s/ e/n/s/c=deep l->d"),
                "slashes",
            ),
            ("COPY", "/d/", &alone("/n/"), 201, &format!("{BEFORE} n/"), "9.8.3: alone"),
            ("COPY", "/d", &to("/e"), 409, "", "nor an empty one by another"),
            ("COPY", "/d", &keep("/e"), 412, "", "10.6"),
            ("COPY", "/d", &to("/a"), 409, "", "nor a file by one"),
            ("COPY", "/d", &to("/d/s/n"), 409, "", "into itself"),
            ("COPY", "/d", &to("/l/n"), 409, "", "into itself by a link"),
            ("COPY", "/d", &to("/none/n"), 409, "", "9.8.5: no directory for it"),
            ("COPY", "/", &to("/n"), 403, "", "the root"),
            ("COPY", "/d", &format!("{}Depth: 1\r\n", to("/n")), 400, "", "9.8.3: 0 or infinity"),
            ("COPY", "/d", &format!("{}Depth: 2\r\n", to("/n")), 400, "", "10.2"),
        ],
    );
}

#[test]
fn delete_removes_a_directory_with_everything_in_it() {
    let deep = "Depth: infinity\r\n";
    let without_d = "a=hello e/ l->d";
    check(
        &["--writable"],
        &[
            ("DELETE", "/d/", "", 409, "", "not empty"),
            ("DELETE", "/d/", "Depth: 0\r\n", 409, "", "not empty"),
            ("DELETE", "/d/", "Depth: 1\r\n", 400, "", "9.6.1"),
            ("DELETE", "/d/", "Depth: all\r\n", 400, "", "10.2"),
            ("DELETE", "/d/", deep, 204, without_d, "9.6.1; the targets of links stay"),
            ("DELETE", "/d", "Depth: Infinity\r\n", 204, without_d, "its slash does not matter"),
            ("DELETE", "/e", deep, 204, &BEFORE.replace("e/ ", ""), "an empty one"),
            ("DELETE", "/a", deep, 204, &BEFORE.replace("a=hello ", ""), "a file"),
            ("DELETE", "/l", deep, 204, &BEFORE.replace(" l->d", ""), "the link alone"),
            (
                "DELETE",
                "/l/s",
                deep,
                204,
                &BEFORE.replace("d/s/ d/s/c=deep ", ""),
                "by a link to a directory",
            ),
            ("DELETE", "/d/back", deep, 404, "", "a link above itself does not exist"),
            ("DELETE", "/", deep, 403, "", "the root"),
            ("DELETE", "/none", deep, 404, "", "nothing of that name"),
        ],
    );
}

/// RFC 4918 section 9.6.1 would answer 207 and continue; here the first refusal is the last one.
#[test]
fn both_stop_at_the_first_refusal_and_count() {
    let scratch = Tree::new();
    let users = users_file_of(
        &scratch,
        "[[user]]\nname = \"ada\"\nhash = \"{}\"\n\
         allow = [\"list\", \"get\", \"upload\", \"overwrite\", \"delete\"]\n\
         [[user.path]]\npath = \"/d/s/kept\"\nallow = [\"list\"]\n\
         [[user.path]]\npath = \"/unlisted/s\"\nallow = [\"get\", \"delete\"]\n",
    );
    let files = [("d/b", "below"), ("d/s/kept/c", "deep"), ("unlisted/s/x", "x")];
    for_each_engine(|engine| {
        let tree = Tree::of(&files);
        tree.directory("hidden/.git");
        tree.directory("pipe");
        mkfifoat(CWD, tree.join("pipe/p"), Mode::from_raw_mode(0o666)).unwrap();
        tree.symlink("d/s/link", "kept");
        let server = Server::http(&tree, &["--quiet", "--writable", "--users", &users, "--engine", engine]);
        let mut wire = server.connect();
        let mut asked = |method: &str, target: &str, fields: &str| {
            let answer = ask(&mut wire, method, target, &format!("{ADA}{fields}"), "");
            (answer.status, answer.text().to_owned())
        };
        for (method, target, fields, status, says, why) in [
            (
                "COPY",
                "/d",
                "Destination: /n\r\n",
                403,
                "was copied only in part (4 entries): '/d/s/kept/c' is not for this user",
                "no get there",
            ),
            (
                "DELETE",
                "/d",
                "Depth: infinity\r\n",
                403,
                "is not for this user",
                "a rule is below it: nothing is removed",
            ),
            (
                "DELETE",
                "/unlisted",
                "Depth: infinity\r\n",
                403,
                "is not for this user",
                "a rule is below it: nothing is removed",
            ),
            (
                "DELETE",
                "/hidden",
                "Depth: infinity\r\n",
                409,
                "was not removed: '/hidden' contains names that are not served",
                "hidden names stay",
            ),
            (
                "DELETE",
                "/pipe",
                "Depth: infinity\r\n",
                409,
                "was not removed: '/pipe' contains names that are not served",
                "neither a file nor a directory",
            ),
        ] {
            let (seen, text) = asked(method, target, fields);
            assert!((seen, text.contains(says)) == (status, true), "{method} {target}: {why}: {seen} {text}");
        }
        assert_eq!(entries(&tree.join("d")), "b=below s/ s/kept/ s/kept/c=deep s/link->kept");
        assert_eq!(entries(&tree.join("n")), "b=below s/ s/kept/");
    });
}

/// What the server may not remove ends it as well.
#[test]
fn a_directory_is_removed_up_to_what_cannot_be() {
    let tree = Tree::of(&[("d/a", ""), ("d/locked/b", "")]);
    // The server has no capabilities, also if root owns the directory.
    let server = Server::http(&tree, &["--quiet", "--writable"]);
    let locked = tree.join("d/locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    let answer = ask(&mut server.connect(), "DELETE", "/d", "Depth: infinity\r\n", "");
    let says = "was removed only in part (1 entry): '/d/locked/b' is not open to the server itself";
    assert!(answer.status == 403 && answer.text().contains(says), "{}", answer.text());
    assert_eq!(entries(tree.path()), "d/ d/locked/ d/locked/b=");
}

#[test]
fn a_copy_that_does_not_fit_on_the_disk_leaves_no_file() {
    let mounted = Tree::new();
    let server = Server::on_a_small_disk("http-mini", mounted.path(), &[]);
    let mut wire = server.connect();
    let half = "x".repeat(600 << 10);
    assert_eq!(ask(&mut wire, "PUT", "/half", "", &half).status, 201);
    assert_eq!(ask(&mut wire, "COPY", "/half", "Destination: /copy\r\n", "").status, 507);
    assert_eq!(server.names_in(mounted.path()), ["half"]);
}

/// 2,000 files in 200 directories, and one of 20 MiB.
#[test]
fn a_large_tree_is_copied_and_removed_by_curl() {
    let tree = Tree::new();
    for directory in 0..200 {
        for file in 0..10 {
            tree.file(format!("d/{directory}/{file}"), "x");
        }
    }
    tree.file("large", vec![7; 20 << 20]);
    let server = Server::http(&tree, &["--quiet", "--writable", "--durability", "off"]);
    let url = server.url("http");
    let asked = |arguments: &[&str], target: &str| {
        let mut curl = tool("curl");
        curl.args(["--silent", "--show-error", "--fail", "--write-out", "%{http_code}"]).args(arguments);
        run(curl.arg(format!("{url}{target}"))).text().to_owned()
    };
    let started = Instant::now();
    assert_eq!(asked(&["--request", "COPY", "--header", "Destination: /copy"], "d"), "201");
    assert_eq!(entries(&tree.join("copy")), entries(&tree.join("d")));
    assert_eq!(asked(&["--request", "COPY", "--header", "Destination: /large%20copy"], "large"), "201");
    assert!(fs::read(tree.join("large")).unwrap() == fs::read(tree.join("large copy")).unwrap());
    assert_eq!(asked(&["--request", "DELETE", "--header", "Depth: infinity"], "d/"), "204");
    assert!(!tree.join("d").exists());
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
