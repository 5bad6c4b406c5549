//! Uploads over HTTP by common clients.

use std::fs;

use super::{SIZE, served};
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, for_each_engine};

#[test]
fn curl_uploads() {
    let (source, content) = served();
    let file = source.join("f.bin");
    let file = file.to_str().unwrap();
    for_each_engine(|engine| {
        let tree = Tree::new();
        let server = Server::http(&tree, &["--quiet", "--engine", engine, "--writable"]);
        let url = server.url("http");
        let to = |name: &str| format!("{url}{name}");
        let part = format!("files=@{file};filename=form.bin");
        let folder = format!("files=@{file};filename=folder/below/f.bin");
        let moved = format!("Destination: {url}moved.bin");
        for (arguments, status, why) in [
            (&["--upload-file", file, url][..], "201", "the URL ends with a slash: under its own name"),
            (&["--upload-file", file, &to("f.bin")], "204", "replaced"),
            (
                &["--upload-file", file, &to("chunked"), "--header", "Transfer-Encoding: chunked"],
                "201",
                "chunks",
            ),
            (&["--upload-file", file, &to("rest"), "--continue-at", "1000"], "400", "a part: Content-Range"),
            (&["--upload-file", file, &to("none/f")], "409", "no directory for it"),
            (&["--form", &part, url], "201", "a form"),
            (&["--form", &folder, url], "201", "a form with a folder"),
            (&["--form", &part, url], "409", "the name is taken"),
            (&["--form", "overwrite=1", "--form", &part, url], "201", "replaced on request"),
            (&["--request", "MOVE", "--header", &moved, &to("chunked")], "201", "MOVE"),
            (&["--request", "DELETE", &to("f.bin")], "204", "DELETE"),
            (&["--request", "MKCOL", &to("new/")], "201", "MKCOL"),
        ] {
            let mut curl = tool("curl");
            curl.args(["--silent", "--show-error", "--max-time", "60", "--output", "/dev/null"]);
            let seen = run(curl.args(["--write-out", "%{http_code}"]).args(arguments)).text();
            assert_eq!(seen, status, "{arguments:?}: {why}");
        }
        let mut names: Vec<_> = fs::read_dir(&tree)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["folder", "form.bin", "moved.bin", "new"]);
        for name in ["folder/below/f.bin", "form.bin", "moved.bin"] {
            assert!(fs::read(tree.join(name)).unwrap() == content, "{name}");
        }
    });
}

#[test]
fn curl_uploads_over_tls() {
    let (source, content) = served();
    let file = source.join("f.bin");
    for_each_engine(|engine| {
        let tree = Tree::new();
        let options = ["--quiet", "--engine", engine, "--writable", "--tls", "self-signed"];
        let server = Server::http(&tree, &options);
        let to = |name: &str| format!("{}{name}", server.url("https"));
        for (name, coding) in [("length", "X: y"), ("chunks", "Transfer-Encoding: chunked")] {
            let mut curl = tool("curl");
            curl.args(["--silent", "--show-error", "--fail", "--insecure", "--max-time", "60"]);
            run(curl.args(["--header", coding, "--upload-file"]).arg(&file).arg(to(name))).success();
            assert!(fs::read(tree.join(name)).unwrap() == content, "{name}");
        }
    });
}

#[test]
fn curl_logs_in() {
    let (source, _) = served();
    let tree = Tree::new();
    let server = Server::http(&tree, &["--quiet", "--writable", "--user", "ada:secret"]);
    let url = format!("{}f", server.url("http"));
    for (user, status) in [("ada:secret", "201"), ("ada:wrong", "401")] {
        let mut curl = tool("curl");
        curl.args([
            "--silent",
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_code}",
            "--user",
            user,
            "--upload-file",
        ]);
        assert_eq!(run(curl.arg(source.join("f.bin")).arg(&url)).text(), status, "{user}");
    }
    assert_eq!(fs::metadata(tree.join("f")).unwrap().len(), SIZE as u64);
}

#[test]
fn wget_uploads() {
    let (source, content) = served();
    for_each_engine(|engine| {
        let tree = Tree::new();
        let server = Server::http(&tree, &["--quiet", "--engine", engine, "--writable"]);
        let mut wget = tool("wget");
        wget.args(["--quiet", "--output-document=-", "--method=PUT"]);
        wget.arg(format!("--body-file={}", source.join("f.bin").display()));
        run(wget.arg(format!("{}f", server.url("http")))).success();
        assert!(fs::read(tree.join("f")).unwrap() == content);
    });
}

const PYTHON: &str = r#"
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=60)
def ask(method, target, body=None, **fields):
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    connection.request(method, target, body=body, headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer
assert ask("PUT", "/f", b"one").status == 201
tag = ask("PUT", "/f", b"two").getheader("ETag")
assert ask("GET", "/f").getheader("ETag") == tag
assert ask("PUT", "/f", b"three", If_Match='"other"').status == 412
assert ask("PUT", "/f", b"three", If_Match=tag).status == 204
assert ask("PUT", "/g", iter([b"chunk", b"ed"])).status == 201
assert ask("MKCOL", "/d").status == 201
assert ask("MOVE", "/g", Destination="/d/g").status == 201
assert ask("DELETE", "/d").status == 409
assert ask("DELETE", "/f").status == 204
print("done")
"#;

#[test]
fn python_uploads() {
    for_each_engine(|engine| {
        let tree = Tree::new();
        let server = Server::http(&tree, &["--quiet", "--engine", engine, "--writable"]);
        let address = server.address("http");
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        assert_eq!(run(tool("python3").args(["-c", PYTHON, &host, &port])).text(), "done\n");
        assert_eq!(fs::read(tree.join("d/g")).unwrap(), b"chunked");
    });
}
