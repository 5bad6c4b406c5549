//! FTP clients of the terminal: lftp, NcFTP, tnftp (the `ftp` of the BSDs), and wget.

use std::fs;
use std::process::Command;

use super::served;
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, for_each_engine};

/// A client with a home directory of its own for its settings.
fn client(name: &str, home: &Tree) -> Command {
    let mut command = tool(name);
    command.env("HOME", home.path()).env("TERM", "dumb").current_dir(home.path());
    command
}

/// lftp without retries.
fn lftp(home: &Tree, server: &Server, commands: &str) -> Command {
    let mut lftp = client("lftp", home);
    let script = format!("set net:max-retries 1; set net:timeout 60; open {}; {commands}", server.url("ftp"));
    lftp.args(["-c", &script]);
    lftp
}

#[test]
fn lftp_lists_and_fetches() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let home = Tree::new();
        let server = Server::both(&tree, &["--quiet", "--engine", engine]);
        let names = run(&mut lftp(&home, &server, "cls -1")).text();
        let mut names: Vec<&str> = names.lines().collect();
        names.sort_unstable();
        assert_eq!(names, ["d/", "empty", "f.bin", "two words.txt"]);
        let listing = run(&mut lftp(&home, &server, "ls")).text();
        assert!(listing.lines().any(|line| line.ends_with(" two words.txt")), "{listing}");
        for settings in
            ["", "set ftp:passive-mode off; ", "set ftp:prefer-epsv on; ", "set ftp:use-mlsd on; "]
        {
            let commands = format!("{settings}cat f.bin");
            assert!(run(&mut lftp(&home, &server, &commands)).success() == content, "{settings}");
        }
        assert_eq!(run(&mut lftp(&home, &server, "cd d; cat below.txt")).success(), b"below\n");
        let partial = home.file("f.bin", &content[..400_000]);
        run(&mut lftp(&home, &server, "get -c f.bin")).success();
        assert!(fs::read(partial).unwrap() == content, "resumed");
        run(&mut lftp(&home, &server, "pget -n 3 f.bin -o pieces")).success();
        assert!(fs::read(home.join("pieces")).unwrap() == content, "in three pieces at once");
        assert_eq!(run(&mut lftp(&home, &server, "cat missing")).code, Some(1));
    });
}

#[test]
fn ncftp_lists_and_fetches() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let home = Tree::new();
        let server = Server::both(&tree, &["--quiet", "--engine", engine]);
        let names = run(client("ncftpls", &home).args(["-1", "-t", "10", server.url("ftp")])).text();
        let mut names: Vec<&str> = names.lines().collect();
        names.sort_unstable();
        assert_eq!(names, ["d", "empty", "f.bin", "two words.txt"]);
        let port = server.address("ftp").port().to_string();
        for mode in ["-F", "-E"] {
            let folder = home.directory(mode);
            let to = folder.to_str().unwrap();
            let options = ["-V", "-t", "10", "-r", "1", mode, "-P", &port, "127.0.0.1", to, "/f.bin"];
            run(client("ncftpget", &home).args(options)).success();
            assert!(fs::read(folder.join("f.bin")).unwrap() == content, "{mode}: passive and active");
        }
        let options = ["-V", "-R", "-t", "10", "-r", "1", "-P", &port, "127.0.0.1", ".", "/d"];
        run(client("ncftpget", &home).args(options)).success();
        assert_eq!(fs::read(home.join("d/below.txt")).unwrap(), b"below\n", "a directory");
    });
}

#[test]
fn tnftp_fetches() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let home = Tree::new();
        let server = Server::both(&tree, &["--quiet", "--engine", engine]);
        for scheme in ["ftp", "http"] {
            let url = format!("{}f.bin", server.url(scheme));
            run(client("tnftp", &home).args(["-V", "-o", scheme, &url])).success();
            assert!(fs::read(home.join(scheme)).unwrap() == content, "{scheme}");
        }
        run(client("tnftp", &home).args([
            "-A",
            "-V",
            "-o",
            "active",
            &format!("{}f.bin", server.url("ftp")),
        ]))
        .success();
        assert!(fs::read(home.join("active")).unwrap() == content, "the server connects");
    });
}

#[test]
fn wget_fetches_over_both() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let home = Tree::new();
        let server = Server::both(&tree, &["--quiet", "--engine", engine]);
        for (scheme, option) in [("http", "--tries=1"), ("ftp", "--tries=1"), ("ftp", "--no-passive-ftp")] {
            let url = format!("{}f.bin", server.url(scheme));
            let partial = home.file("f.bin", &content[..300_000]);
            run(client("wget", &home).args(["--quiet", "--continue", "--timeout=60", option, &url]))
                .success();
            assert!(fs::read(&partial).unwrap() == content, "{scheme} {option}: resumed");
            fs::remove_file(partial).unwrap();
            run(client("wget", &home).args(["--quiet", "--timeout=60", option, &url])).success();
            assert!(fs::read(home.join("f.bin")).unwrap() == content, "{scheme} {option}");
        }
    });
}
