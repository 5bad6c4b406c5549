//! Accounts and permissions, from the options and the users file.

use std::fs;

use super::{login, store};
use crate::harness::ftp::Ftp;
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, for_each_engine, tree};

/// A hash of `secret` at the lowest cost.
const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$+RsCrdHrAKGEJIDLM0Esow";

/// Three users: ada may do everything, ben may read and may upload into `/in`, cem sees only the home.
fn users_file(tree: &Tree) -> String {
    let text = format!(
        "[[user]]\nname = 'ada'\nhash = '{HASH}'\n\
         allow = ['list', 'get', 'upload', 'overwrite', 'delete']\n\
         [[user]]\nname = 'ben'\nhash = '{HASH}'\nallow = ['list', 'get']\n\
         [[user.path]]\npath = '/in'\nallow = ['upload']\n\
         [[user]]\nname = 'cem'\nhash = '{HASH}'\nhome = '/home/cem'\nallow = ['list', 'get', 'upload']\n"
    );
    tree.file("users.toml", text).to_str().unwrap().to_owned()
}

fn served() -> Tree {
    let served = Tree::of(&[("a", "before"), ("in/a", "before"), ("home/cem/a", "cem's")]);
    served.directory("empty");
    served
}

/// The reply to each user. `up` and `down` are the verbs that store and fetch.
const TABLE: &[(&str, [u16; 3], &str)] = &[
    ("NLST", [226, 226, 226], "all may list"),
    ("NLST in", [226, 550, 550], "ben may not list there, cem has no such directory"),
    ("RETR a", [226, 226, 226], ""),
    ("RETR in/a", [226, 550, 550], ""),
    ("STOR new", [226, 550, 226], ""),
    ("STOR a", [226, 550, 553], "cem may not overwrite"),
    ("APPE a", [226, 550, 553], ""),
    ("STOR in/new", [226, 226, 550], ""),
    ("STOR in/a", [226, 226, 550], "but the upload of ben gets another name"),
    ("STOU", [226, 550, 226], ""),
    ("SIZE a", [213, 213, 213], ""),
    ("SIZE in/a", [213, 550, 550], ""),
    ("MKD sub", [257, 550, 257], ""),
    ("MFMT 20261123185100 a", [213, 550, 550], ""),
    ("SITE CHMOD 644 a", [200, 550, 550], ""),
    ("RNFR a", [350, 550, 550], ""),
    ("RMD empty", [250, 550, 550], ""),
    ("DELE a", [250, 550, 550], ""),
    ("CWD ..", [250, 250, 250], "above the root is nothing"),
    ("CDUP", [250, 250, 250], "and the root stays"),
    ("STOR .hidden", [553, 550, 553], "a hidden name"),
];

#[test]
fn the_users_file_decides_permissions() {
    for_each_engine(|engine| {
        for (column, name) in ["ada", "ben", "cem"].into_iter().enumerate() {
            let (served, outside) = (served(), Tree::new());
            let file = users_file(&outside);
            let options = ["--writable", "--users", &file, "--engine", engine, "--quiet"];
            let server = Server::ftp(&served, &options);
            let mut ftp = login(&server, name, "secret");
            assert!(ftp.expect("PWD", 257).text.starts_with("\"/\" "), "also in a home");
            for (command, expected, why) in TABLE {
                let expected = expected[column];
                let code = match command.split(' ').next().unwrap() {
                    "STOR" | "APPE" | "STOU" => store(&mut ftp, command, b"new"),
                    "NLST" | "RETR" if expected == 226 => {
                        ftp.fetch(command);
                        226
                    }
                    _ => ftp.say(command).code,
                };
                assert_eq!(code, expected, "{name}: {command}: {why}");
            }
            if name == "ben" {
                assert_eq!(fs::read(served.join("in/a")).unwrap(), b"before", "ben replaces nothing");
                assert_eq!(fs::read(served.join("in/a (2)")).unwrap(), b"new", "and loses nothing");
            }
            if name == "cem" {
                assert!(served.join("home/cem/new").exists() && served.join("home/cem/sub").is_dir());
                assert_eq!(fs::read(served.join("a")).unwrap(), b"before", "nothing outside of the home");
            }
        }
    });
}

#[test]
fn each_wrong_password_is_refused_after_a_longer_delay() {
    let (served, outside) = (served(), Tree::new());
    let file = users_file(&outside);
    let server = Server::ftp(&served, &["--users", &file, "--writable", "--quiet"]);
    let (mut ftp, _) = Ftp::connect(server.address("ftp"));
    let mut waited = Vec::new();
    for (name, password) in [("ada", "Secret"), ("nobody", "secret")] {
        ftp.expect(format!("USER {name}"), 331);
        let asked = std::time::Instant::now();
        ftp.expect(format!("PASS {password}"), 530);
        waited.push(asked.elapsed().as_millis());
    }
    assert!(waited[0] >= 900 && waited[1] >= 1_900, "{waited:?}");
    ftp.expect("USER anonymous", 331);
    ftp.expect("PWD", 530);
    let ada = login(&server, "ada", "secret");
    drop(ada);
}

#[test]
fn without_writable_nothing_changes() {
    for_each_engine(|engine| {
        let served = served();
        let server = Server::ftp(&served, &["--user", "ada:secret", "--engine", engine, "--quiet"]);
        let mut ftp = login(&server, "ada", "secret");
        assert_eq!(ftp.fetch("RETR a"), b"before");
        for command in ["STOR a", "APPE a", "STOU", "DELE a", "MKD b", "RMD empty", "RNFR a"] {
            ftp.expect(command, 550);
        }
        let features = ftp.expect("FEAT", 211).text;
        assert!(!features.contains("MFMT"), "an unsupported feature is not listed: {features}");
    });
}

/// Anonymous users can upload and see nothing: neither existing files nor their own uploads.
#[test]
fn a_drop_box_accepts_uploads_and_reveals_nothing() {
    const SCRIPT: &str = r#"
import ftplib, io, sys
ftp = ftplib.FTP(timeout=60)
ftp.connect(sys.argv[1], int(sys.argv[2]))
ftp.login()
ftp.cwd("in")
assert ftp.storbinary("STOR python", io.BytesIO(b"python's")).startswith("226")
assert ftp.storbinary("STOR python", io.BytesIO(b"again")).startswith("226")
for command in ("NLST", "RETR python", "DELE python", "RNFR python", "SIZE python", "MLST python", "MDTM python"):
    try:
        ftp.ntransfercmd(command) if command[:4] in ("NLST", "RETR") else ftp.sendcmd(command)
        raise SystemExit(command + " is carried out")
    except ftplib.error_perm as error:
        assert str(error).startswith("550 "), (command, error)
ftp.quit()
print("done")
"#;
    for_each_engine(|engine| {
        let served = served();
        let server =
            Server::ftp(&served, &["--writable", "--anonymous", "drop", "--engine", engine, "--quiet"]);
        let from = Tree::new();
        let content = tree::pattern(300_000);
        let file = from.file("f.bin", &content);
        let url = |name: &str| format!("{}in/{name}", server.url("ftp"));
        let curl = |name: &str| {
            let mut curl = tool("curl");
            curl.args(["--silent", "--show-error", "--max-time", "60", "-T"]).arg(&file).arg(url(name));
            run(&mut curl).code
        };
        assert_eq!(curl("curl"), Some(0));
        assert!(fs::read(served.join("in/curl")).unwrap() == content);
        assert_eq!(curl("a"), Some(0), "the reply does not reveal whether it exists");
        assert!(fs::read(served.join("in/a (2)")).unwrap() == content);
        let mut lftp = tool("lftp");
        let commands = format!(
            "set net:max-retries 1; set net:timeout 60; open {}; put {} -o in/lftp",
            server.url("ftp"),
            file.display()
        );
        lftp.args(["-c", &commands]).env("HOME", from.path());
        run(&mut lftp).success();
        assert!(fs::read(served.join("in/lftp")).unwrap() == content);
        let address = server.address("ftp");
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        assert_eq!(run(tool("python3").args(["-c", SCRIPT, &host, &port])).text(), "done\n");
        for (name, content) in [("a", &b"before"[..]), ("python", b"python's"), ("python (2)", b"again")] {
            assert_eq!(fs::read(served.join("in").join(name)).unwrap(), content, "{name}");
        }
    });
}
