//! Archives of folders, read by other programs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::permissions::ADA;
use super::writing::ask;
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, WorkDir, for_each_engine, tree};
use crate::permissions::users_file_of;

/// Extracts a zip or tar archive with Python's standard library, and compares the number of members.
const EXTRACT: &str = r#"
import sys, tarfile, zipfile
kind, archive, to = sys.argv[1:4]
if kind == "zip":
    with zipfile.ZipFile(archive) as file:
        assert file.testzip() is None
        file.extractall(to)
        print(len(file.namelist()))
else:
    with tarfile.open(archive) as file:
        file.extractall(to, filter="fully_trusted")
        print(len(file.getnames()))
"#;

const KINDS: [&str; 2] = ["zip", "tar"];

/// Stores the response to a target in a file of the folder.
fn fetch(server: &Server, workdir: &WorkDir, target: &str, name: &str) -> PathBuf {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}");
    workdir.file(name, answer.body)
}

/// Extracts an archive with Python. Returns the folder and the number of members.
fn extract(workdir: &WorkDir, kind: &str, archive: &Path) -> (PathBuf, usize) {
    let to = workdir.join(format!("python-{kind}"));
    let count = run(tool("python3").args(["-c", EXTRACT, kind]).args([archive, &to])).text();
    (to, count.trim().parse().unwrap())
}

/// The members of an archive, sorted.
fn members(server: &Server, workdir: &WorkDir, target: &str) -> Vec<String> {
    let archive = fetch(server, workdir, target, "listed");
    let listed = run(tool("bsdtar").arg("-tf").arg(archive)).text();
    let mut names: Vec<String> = listed.lines().map(Into::into).collect();
    names.sort();
    names
}

#[test]
fn other_programs_extract_what_the_folder_holds() {
    let (served, expected) = (Tree::new(), Tree::new());
    for tree in [&served, &expected] {
        tree::fill(tree.path());
        tree.file([b'n'; 255], "a long name");
        tree.file([&[b'd'; 200][..], b"/", &[b'e'; 200], "/ä".as_bytes()].concat(), "a long path");
        tree.directory("empty/below");
        fs::set_permissions(tree.file("run", "#!"), fs::Permissions::from_mode(0o700)).unwrap();
    }
    served.file(".hidden", "");
    served.symlink("to directory", "a");
    served.symlink("to file", "large");
    expected.file("to file", fs::read(served.join("large")).unwrap());
    for_each_engine(|engine| {
        let server = Server::http(&served, &["--engine", engine, "--quiet"]);
        for kind in KINDS {
            let workdir = WorkDir::new();
            let archive = fetch(&server, &workdir, &format!("/?format={kind}"), kind);
            let (folder, count) = extract(&workdir, kind, &archive);
            tree::assert_same(expected.path(), &folder);
            // It changes `a:b`, and combines `e` and its accent.
            let folder = workdir.join("bsdtar");
            fs::create_dir(&folder).unwrap();
            run(tool("bsdtar").arg("-xf").arg(&archive).arg("-C").arg(&folder)).success();
            let listed = run(tool("bsdtar").arg("-tf").arg(&archive)).text();
            assert_eq!(listed.lines().count(), count, "{kind}");
            let mode = fs::metadata(folder.join("run")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o755, "{kind}: executable");
            let time = |path: PathBuf| fs::metadata(path).unwrap().modified().unwrap();
            let late = time(served.join("large")).duration_since(time(folder.join("large"))).unwrap();
            assert!(late.as_secs() < 1, "{kind}: the time in seconds");
            run(tool("7z").args(["t", "-bso0"]).arg(&archive)).success();
            if kind == "zip" {
                run(tool("unzip").arg("-tqq").arg(&archive)).success();
            }
        }
    });
}

#[test]
fn an_archive_holds_the_folder_or_the_selected_entries() {
    let served = Tree::of(&[("a.txt", "a"), ("d/b", "b"), ("d/e/c", "c"), ("50%", "p"), ("é", "e")]);
    served.symlink("link", "d");
    let (server, workdir) = (Server::http(&served, &["--quiet"]), WorkDir::new());
    for (query, expected, why) in [
        ("", &["50%", "a.txt", "d/", "d/b", "d/e/", "d/e/c", "é"][..], "all"),
        ("&name=a.txt", &["a.txt"], "a file"),
        ("&name=d&name=%C3%A9", &["d/", "d/b", "d/e/", "d/e/c", "é"], "a directory with all below it"),
        ("&name=50%2525", &["50%"], "percent-encoded, as the page does"),
        ("&name=b", &[], "only names of the folder itself"),
    ] {
        for kind in KINDS {
            let target = format!("/?format={kind}{query}");
            match expected {
                [] => assert_eq!(server.get(&target).status, 404, "{target}: {why}"),
                names => assert_eq!(members(&server, &workdir, &target), *names, "{target}: {why}"),
            }
        }
    }
    assert_eq!(members(&server, &workdir, "/d/?format=zip"), ["b", "e/", "e/c"], "names begin in the folder");
    assert_eq!(server.get("/?format=zip&name=..%2Fa").status, 400, "no path");
}

#[test]
fn the_page_selects_entries_without_a_script() {
    let names = ["two words", "100%", "%41", "a&b"];
    let served = Tree::of(&names.map(|name| (name, "")));
    let (server, workdir) = (Server::http(&served, &["--quiet"]), WorkDir::new());
    let page = |query: &str| server.get_with(query, "Accept: text/html\r\n").text();
    assert!(page("/").contains("Download folder") && !page("/").contains("type=\"checkbox\""));
    let page = page("/?select=1");
    let boxes = page.split("type=\"checkbox\" name=\"name\" value=\"").skip(1);
    let values = boxes.map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"));
    // As a browser writes the query of a form.
    let query: String =
        values.map(|value| format!("&name={}", value.replace('%', "%25").replace('&', "%26"))).collect();
    let mut expected = names;
    expected.sort_unstable();
    assert_eq!(members(&server, &workdir, &format!("/?format=zip{query}")), expected);
}

#[test]
fn fields_of_an_archive() {
    let served = Tree::of(&[("photos/a", "a"), ("photos/index.html", "index")]);
    for_each_engine(|engine| {
        let server = Server::http(&served, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        for (method, target, length, coding, why) in [
            ("GET", "/photos/?format=zip", true, None, "known before the content"),
            ("GET", "/photos/?format=tar", false, Some("chunked"), "streamed"),
            ("HEAD", "/photos/?format=zip", false, None, "no walk"),
            ("HEAD", "/photos/?format=tar", false, None, "no walk"),
        ] {
            let answer = wire.exchange(method, target, "");
            assert_eq!(answer.status, 200, "{method} {target}");
            assert_eq!(answer.field("content-length").is_some(), length, "{method} {target}: {why}");
            assert_eq!(answer.field("transfer-encoding"), coding, "{method} {target}: {why}");
            let kind = target.split('=').next_back().unwrap();
            let named = format!("attachment; filename=\"photos.{kind}\"");
            assert_eq!(answer.field("content-disposition"), Some(&*named), "{method} {target}");
            assert_eq!(answer.field("accept-ranges"), Some("none"), "{method} {target}");
            assert_eq!(answer.field("cache-control"), Some("no-store"), "{method} {target}: no validator");
        }
        assert!(wire.is_alive());
        wire.send("GET /photos/?format=tar HTTP/1.0\r\n\r\n");
        let answer = wire.response("GET");
        assert_eq!(answer.field("transfer-encoding"), None, "HTTP/1.0 has no chunks");
        assert_eq!(answer.body.len() % 512, 0, "whole blocks");
    });
}

#[test]
fn an_archive_holds_what_the_user_may_get() {
    let served = Tree::of(&[("a", ""), ("in/dropped", ""), ("secret/b", ""), ("names/c", ""), ("d/e", "")]);
    served.symlink("d/to_secret", "../secret/b");
    let expected = Tree::of(&[("a", ""), ("d/e", "")]);
    expected.directory("names");
    let config = Tree::new();
    let users = users_file_of(
        &config,
        "[[user]]\nname = \"ada\"\nhash = \"{}\"\nallow = [\"list\", \"get\"]\n\
         [[user.path]]\npath = \"/in\"\nallow = [\"upload\"]\n\
         [[user.path]]\npath = \"/secret\"\nallow = []\n\
         [[user.path]]\npath = \"/names\"\nallow = [\"list\"]\n",
    );
    for_each_engine(|engine| {
        let server = Server::http(&served, &["--engine", engine, "--writable", "--users", &users, "--quiet"]);
        let workdir = WorkDir::new();
        let get = |target: &str| ask(&mut server.connect(), "GET", target, ADA, "");
        for kind in KINDS {
            let archive = workdir.file(kind, get(&format!("/?format={kind}")).body);
            let (folder, count) = extract(&workdir, kind, &archive);
            tree::assert_same(expected.path(), &folder);
            assert_eq!(count, 4, "{kind}: a, names, d, d/e");
            for (target, status, why) in
                [("/in/", 403, "a drop box"), ("/secret/", 403, "not listed"), ("/", 200, "allowed")]
            {
                let target = format!("{target}?format={kind}");
                assert_eq!(get(&target).status, status, "{target}: {why}");
            }
        }
        assert_eq!(server.get("/?format=zip").status, 401, "no anonymous access");
    });
}

/// The size of the first member: more than the buffers of a connection.
const BUFFERED: u64 = 64 << 20;

#[test]
fn a_file_that_has_changed_ends_the_connection() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 2] = [
        ("changed", |file| fs::write(file, "another length").unwrap()),
        ("removed", |file| fs::remove_file(file).unwrap()),
    ];
    for_each_engine(|engine| {
        for (why, change) in changes {
            let served = Tree::of(&[("later/file", "content")]);
            served.sparse("first", BUFFERED);
            let server = Server::http(&served, &["--engine", engine]);
            let mut wire = server.connect();
            wire.send("GET /?format=zip HTTP/1.1\r\nHost: a\r\n\r\n");
            let head = wire.line();
            assert!(head.ends_with("200 OK"), "{head}");
            change(&served.join("later/file"));
            let length = (wire.rest().len() as u64).checked_sub(BUFFERED);
            assert!(length.is_some_and(|length| length < 1_000), "{why}: cut off after the first file");
            server.log_lines("cannot archive 'later/file'", 1);
        }
    });
}

#[test]
fn zip_archives_have_more_than_65535_members() {
    const COUNT: usize = 65_600;
    let served = Tree::new();
    for number in 0..COUNT {
        fs::write(served.join(number.to_string()), "").unwrap();
    }
    let (server, workdir) = (Server::http(&served, &["--quiet"]), WorkDir::new());
    let archive = fetch(&server, &workdir, "/?format=zip", "many");
    let listed = run(tool("unzip").arg("-Z1").arg(&archive)).text();
    assert_eq!(listed.lines().count(), COUNT);
    let script = "import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))";
    let count = run(tool("python3").args(["-c", script]).arg(&archive)).text();
    assert_eq!(count.trim(), COUNT.to_string());
}
