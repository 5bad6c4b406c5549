//! Uploads and archives that are larger than the memory of the server, 64 MiB.
//!
//! `HUGE=all` makes them 5 GiB, and archives of a million members, in minutes and 11 GiB of the disk; `tests/long` sets
//! it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::harness::cgroup::Cgroup;
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, WorkDir, binary};

const MEMORY: u64 = 64 << 20;
/// To count a million members.
const TIME: Duration = Duration::from_secs(600);
/// Members of an archive.
const FILES: u64 = 20_000;

/// A server that the kernel kills if it needs more memory; `None` if the kernel cannot.
fn in_small_container(served: &Tree) -> Option<(Cgroup, Server)> {
    let cgroup = Cgroup::of_memory("mini-huge", MEMORY)?;
    let mut command = cgroup.command(binary("http-mini"));
    command.arg("serve").arg(served.path()).args(["--listen", "127.0.0.1:0", "--writable", "--quiet"]);
    let server = Server::start(command);
    Some((cgroup, server))
}

fn curl(arguments: &[&str]) -> Command {
    let mut command = tool("curl");
    command.args(["-sS", "--fail", "-w", "%{http_code}"]).args(arguments);
    command
}

fn is_all() -> bool {
    std::env::var("HUGE").is_ok_and(|huge| huge == "all")
}

fn size() -> u64 {
    if is_all() { 5 << 30 } else { 256 << 20 }
}

/// By PUT and by a form.
#[test]
fn an_upload_needs_little_memory() {
    let (served, place) = (Tree::new(), Tree::new());
    let source = place.scattered("source", size());
    let Some((_cgroup, server)) = in_small_container(&served) else { return };
    let (url, file) = (server.url("http"), source.display());
    for (arguments, code, stored) in [
        (&["-T", &file.to_string(), &format!("{url}put")][..], "201", "put"),
        (&["-F", &format!("file=@{file};filename=form"), url], "201", "form"),
    ] {
        assert_eq!(run(&mut curl(arguments)).text().lines().last(), Some(code), "{stored}");
        run(tool("cmp").arg(&source).arg(served.join(stored))).success();
        fs::remove_file(served.join(stored)).unwrap();
    }
}

#[test]
fn an_archive_needs_little_memory() {
    let (served, workdir) = (Tree::new(), WorkDir::new());
    for number in 0..FILES {
        let folder = number / 1_000;
        served.directory(&folder.to_string());
        served.sparse(&format!("{folder}/{number}"), size() / FILES + 1);
    }
    let Some((_cgroup, server)) = in_small_container(&served) else { return };
    for (format, test) in [("zip", &["unzip", "-tqq"][..]), ("tar", &["bsdtar", "-tf"])] {
        let (url, archive) = (format!("{}?format={format}", server.url("http")), workdir.join(format));
        let [url, to] = [&*url, archive.to_str().unwrap()];
        assert_eq!(run(&mut curl(&["-o", to, url])).text(), "200", "{format}");
        run(tool(test[0]).args(&test[1..]).arg(&archive)).success();
        assert!(fs::metadata(&archive).unwrap().len() > size(), "{format}");
        fs::remove_file(archive).unwrap();
    }
}

/// Makes `count` names in folders of 10,000.
fn fill(root: &Path, count: usize) {
    let mut source = root.join("source");
    for number in 0..count {
        let folder = root.join((number / 10_000).to_string());
        if number % 10_000 == 0 {
            fs::create_dir(&folder).unwrap();
            // A file has at most 65,000 links on ext4.
            source = folder.join("source");
            fs::write(&source, "").unwrap();
        } else {
            fs::hard_link(&source, folder.join(number.to_string())).unwrap();
        }
    }
}

#[test]
fn a_zip_archive_has_at_most_a_million_members() {
    let served = Tree::new();
    // And a folder for each 10,000 of them.
    let (files, folders) = if is_all() { (999_900, 100) } else { (9_999, 1) };
    fill(served.path(), files);
    let server = Server::http(&served, &["--quiet"]);
    let request = |format: &str| {
        let mut wire = server.connect();
        wire.stream().set_read_timeout(Some(TIME)).unwrap();
        wire.send(format!("GET /?format={format} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        wire
    };
    // The members are counted before the head is sent; the rest is not read.
    for format in ["zip", "tar"] {
        assert_eq!(request(format).line(), "HTTP/1.1 200 OK", "{format}: {files} files, {folders} folders");
    }
    if is_all() {
        served.file("one more", "");
        let refusal = request("zip").response("GET");
        assert_eq!(refusal.status, 413, "a million and one");
        assert!(refusal.text().contains("?format=tar"), "{}", refusal.text());
        assert_eq!(request("tar").line(), "HTTP/1.1 200 OK");
    }
}
