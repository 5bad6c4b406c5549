//! Links in the tree, with common clients: no client empties the target of a link, and every recursive
//! operation terminates. docs/links.md has the table.

use std::path::Path;
use std::process::Command;

use crate::harness::peers::fetched;
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, for_each_engine};

/// `work`, the directory to copy or remove, beside `keep`, the target of its links.
fn linked() -> Tree {
    let tree = Tree::of(&[
        ("work/file", "f"),
        ("work/sub/inside", "i"),
        ("keep/file", "k"),
        ("keep/deep/file", "d"),
    ]);
    for (link, target) in
        [("work/to_file", "../keep/file"), ("work/to_dir", "../keep"), ("keep/to_work", "../work")]
    {
        tree.symlink(link, target);
    }
    tree
}

/// The names below a directory, without following links.
fn names(at: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![at.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(&directory).into_iter().flatten() {
            let entry = entry.unwrap();
            match entry.file_type().unwrap().is_dir() {
                true => waiting.push(entry.path()),
                false => found.push(entry.path().strip_prefix(at).unwrap().to_str().unwrap().to_owned()),
            }
        }
    }
    found.sort();
    found
}

fn lftp(server: &Server, here: &Path, commands: &str) -> Command {
    let mut lftp = tool("lftp");
    let settings = "set ftp:ssl-allow no; set net:max-retries 1; set cmd:fail-exit yes";
    lftp.current_dir(here).args(["-c", &format!("{settings}; open {}; {commands}", server.url("ftp"))]);
    lftp
}

fn rclone(server: &Server, here: &Path, arguments: &[&str]) -> Command {
    let at = server.address("ftp");
    let mut rclone = Command::new(fetched("python/bin/rclone"));
    let password = run(Command::new(fetched("python/bin/rclone")).args(["obscure", "x"])).text();
    rclone.current_dir(here).args(["--config", "/dev/null", "--retries", "1", "--low-level-retries", "1"]);
    rclone.args(["--ftp-host", &at.ip().to_string(), "--ftp-port", &at.port().to_string()]);
    rclone.args(["--ftp-user", "anonymous", "--ftp-pass", password.trim()]).args(arguments);
    rclone
}

fn basic_ftp(server: &Server, here: &Path, calls: &str) -> Command {
    let at = server.address("ftp");
    let mut node = tool("node");
    let module = fetched("node/node_modules/basic-ftp");
    let script = format!(
        "const {{ Client }} = require({:?}); (async () => {{ const client = new Client(20000); \
         await client.access({{ host: '{}', port: {} }}); {calls}; client.close() }})() \
         .catch(error => {{ console.error(String(error)); process.exit(1) }})",
        module.to_str().unwrap(),
        at.ip(),
        at.port(),
    );
    node.current_dir(here).args(["-e", &script]);
    node
}

fn aioftp(server: &Server, here: &Path, call: &str) -> Command {
    let at = server.address("ftp");
    let mut python = tool("python3");
    let script = format!(
        "import asyncio, aioftp\nasync def main():\n async with aioftp.Client.context('{}', {}) as client:\n  \
         await client.{call}\nasyncio.run(main())",
        at.ip(),
        at.port()
    );
    python.current_dir(here).args(["-c", &script]);
    python
}

fn ncftpget(server: &Server, here: &Path) -> Command {
    let at = server.address("ftp");
    let mut ncftp = tool("ncftpget");
    ncftp.current_dir(here).args([
        "-V",
        "-R",
        "-P",
        &at.port().to_string(),
        &at.ip().to_string(),
        ".",
        "/work",
    ]);
    ncftp
}

fn wget(server: &Server, here: &Path) -> Command {
    let mut wget = tool("wget");
    wget.current_dir(here).args([
        "--quiet",
        "--recursive",
        "--level=inf",
        "--no-parent",
        "--no-host-directories",
    ]);
    wget.arg(format!("{}work/", server.url("ftp")));
    wget
}

#[test]
fn no_client_empties_the_target_of_a_link() {
    type Remove = fn(&Server, &Path) -> Command;
    let clients: [(&str, Remove, &[&str]); 5] = [
        ("lftp rm -r", |server, here| lftp(server, here, "rm -r work"), &[]),
        ("lftp mirror -R --delete", |server, here| lftp(server, here, "mirror -R --delete . work"), &[]),
        ("rclone purge", |server, here| rclone(server, here, &["purge", ":ftp:work"]), &[]),
        (
            "basic-ftp removeDir",
            |server, here| basic_ftp(server, here, "await client.removeDir('work')"),
            &[],
        ),
        // aioftp removes only files and directories.
        ("aioftp remove", |server, here| aioftp(server, here, "remove('work')"), &["to_dir"]),
    ];
    for (client, remove, left) in clients {
        let (tree, here) = (linked(), Tree::new());
        let server = Server::both(&tree, &["--writable", "--quiet"]);
        let outcome = run(&mut remove(&server, here.path()));
        assert_eq!(names(&tree.join("keep")), ["deep/file", "file", "to_work"], "{client}: {}", outcome.err);
        assert_eq!(names(&tree.join("work")), left, "{client}: {}", outcome.err);
        assert_eq!(outcome.code == Some(0), left.is_empty(), "{client}: {}", outcome.err);
    }
}

#[test]
fn every_recursive_copy_terminates() {
    type Copy = fn(&Server, &Path) -> Command;
    let without_link = &["file", "sub/inside", "to_file"][..];
    let clients: [(&str, Copy, &str, i32); 6] = [
        ("lftp mirror", |server, here| lftp(server, here, "mirror work out"), "out", 0),
        // rclone treats the link as a file.
        ("rclone copy", |server, here| rclone(server, here, &["copy", ":ftp:work", "out"]), "out", 1),
        (
            "basic-ftp downloadToDir",
            |server, here| basic_ftp(server, here, "await client.downloadToDir('out', 'work')"),
            "out",
            0,
        ),
        ("aioftp download", |server, here| aioftp(server, here, "download('work', 'out')"), "out/work", 0),
        ("ncftpget -R", ncftpget, "work", 0),
        ("wget -r", wget, "work", 0),
    ];
    for (client, copy, to, code) in clients {
        let (tree, here) = (linked(), Tree::new());
        for (link, target) in [("work/self", "."), ("work/up", ".."), ("work/out", "/etc")] {
            tree.symlink(link, target);
        }
        let server = Server::both(&tree, &["--quiet"]);
        let outcome = run(&mut copy(&server, here.path()));
        assert_eq!(outcome.code, Some(code), "{client}: {}", outcome.err);
        assert_eq!(names(&here.join(to)), without_link, "{client}");
    }
}

/// Over HTTP a link to a directory is a directory; a link to a directory above itself does not exist.
#[test]
fn recursive_wget_terminates_over_http() {
    for_each_engine(|engine| {
        let (tree, here) = (linked(), Tree::new());
        tree.symlink("work/self", ".");
        let server = Server::both(&tree, &["--quiet", "--engine", engine]);
        let mut wget = tool("wget");
        wget.current_dir(here.path()).args([
            "--quiet",
            "--recursive",
            "--level=inf",
            "--no-parent",
            "--no-host-directories",
        ]);
        run(wget.arg(format!("{}work/", server.url("http")))).success();
        let found = names(&here.join("work"));
        assert!(found.contains(&"to_dir/deep/file".to_owned()), "{found:?}");
        assert!(found.len() < 60, "{found:?}");
    });
}
