//! The rights of a running server. What a confined process cannot do is tested in `common::command::confine`; that all
//! features work in it is tested by all other cases, whose servers run with the default `--sandbox on`.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::Command;

use rustix::process::geteuid;

use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, binary, for_each_engine, wait_until};

/// A user without rights on most systems: "nobody".
const USER: u32 = 65_534;

/// The values of a line of `/proc/PID/status` (proc(5)), of all threads.
fn of_all_threads(server: &Server, name: &str) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{}/task", server.id())).unwrap();
    let status = |task: fs::DirEntry| fs::read_to_string(task.path().join("status")).unwrap_or_default();
    let value =
        |status: String| Some(status.lines().find_map(|line| line.strip_prefix(name))?.trim().to_owned());
    tasks.filter_map(|task| value(status(task.unwrap()))).collect()
}

/// A tree that every user can reach.
fn reachable(tree: Tree) -> Tree {
    fs::set_permissions(tree.path(), Permissions::from_mode(0o755)).unwrap();
    tree
}

#[test]
fn no_thread_of_a_server_holds_a_capability() {
    let served = Tree::of(&[("a", "a")]);
    for_each_engine(|engine| {
        let options = ["--engine", engine, "--tls", "self-signed", "--writable", "--quiet"];
        let server = Server::both(&served, &options);
        for name in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
            let values = of_all_threads(&server, name);
            let is_zero = |value: &String| value.bytes().all(|byte| byte == b'0');
            // Without CAP_SETPCAP, which a test without root lacks, the bounding set cannot be changed.
            let can_change = name != "CapBnd:" || geteuid().is_root();
            assert!(values.len() > 1 && (!can_change || values.iter().all(is_zero)), "{name} {values:?}");
        }
        assert!(of_all_threads(&server, "NoNewPrivs:").iter().all(|value| value == "1"));
        let filters = of_all_threads(&server, "Seccomp:");
        assert!(filters.iter().all(|value| value == "2"), "2 is SECCOMP_MODE_FILTER: {filters:?}");
    });
}

#[test]
fn a_server_that_root_starts_becomes_the_owner_of_its_directory() {
    if !geteuid().is_root() {
        println!("not run: only root can change its user");
        return;
    }
    let tree = reachable(Tree::new());
    let of_user = tree.directory("served");
    chown(&of_user, Some(USER), Some(USER)).unwrap();
    let of_root = tree.directory("volume");
    for (directory, options, expected, why) in [
        (&of_user, &[][..], USER, "the owner"),
        (&of_root, &[], 0, "a mounted volume stays writable"),
        (&of_user, &["--run-as", "65533"], 65_533, "by number"),
        (&of_user, &["--run-as", "daemon"], 1, "by name (Debian's base-passwd)"),
        (&of_user, &["--run-as", "65533:65532", "--sandbox", "off"], 65_533, "without a sandbox as well"),
    ] {
        let options = [&["--writable", "--quiet"], options].concat();
        let server = Server::http(directory, &options);
        for ids in of_all_threads(&server, "Uid:") {
            let ids: Vec<u32> = ids.split_whitespace().map(|id| id.parse().unwrap()).collect();
            assert_eq!(ids, [expected; 4], "{options:?}: {why}");
        }
        if directory.metadata().unwrap().uid() == expected {
            let mut wire = server.connect();
            wire.send("PUT /new HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
            assert_eq!(wire.response("PUT").status, 201, "{why}");
            assert_eq!(directory.join("new").metadata().unwrap().uid(), expected, "{why}");
        }
    }
}

/// As in an image that contains only the binary.
#[test]
fn a_server_that_root_starts_needs_no_file_of_users() {
    if !geteuid().is_root() {
        println!("not run: only root can change its user");
        return;
    }
    let tree = reachable(Tree::new());
    let served = tree.directory("served");
    chown(&served, Some(USER), Some(USER)).unwrap();
    let mut command = tool("unshare");
    command.args(["-m", "sh", "-c", "mount -t tmpfs none /etc && exec \"$0\" serve \"$@\""]);
    command.arg(binary("http-mini")).arg(&served).args(["--listen", "127.0.0.1:0", "--quiet"]);
    let server = Server::start(command);
    let ids = format!("{USER} {USER} {USER} {USER}");
    assert!(of_all_threads(&server, "Uid:").iter().all(|found| found.split_whitespace().eq(ids.split(' '))));
}

#[test]
fn a_server_that_could_not_serve_does_not_start() {
    let tree = Tree::new();
    let served = tree.directory("served");
    chown(&served, Some(USER), Some(USER)).unwrap();
    fs::set_permissions(tree.path(), Permissions::from_mode(0o700)).unwrap();
    for (options, code, says, why) in [
        (&["--run-as", "no-such-user"][..], 2, "this machine has no user 'no-such-user'", "a name"),
        (&["--run-as", "65534"], 1, "cannot be opened by the user 65534", "a folder around it is root's"),
        (&["--sandbox", "maybe"], 2, "--sandbox", "no such mode"),
    ] {
        let mut command = Command::new(binary("http-mini"));
        command.arg("serve").arg(&served).args(["--listen", "127.0.0.1:0"]).args(options);
        let ended = run(&mut command);
        assert_eq!(ended.code, Some(code), "{options:?}: {why}: {}", ended.err);
        assert!(ended.err.contains(says), "{options:?}: {why}: {}", ended.err);
    }
}

#[test]
fn another_directory_in_place_of_the_root_is_served_only_if_the_sandbox_covers_it() {
    for (options, expected, logged) in [
        (&[][..], (503, 450), "which this process may not read; restart the server"),
        (&["--follow-root"], (200, 213), "is another directory now; serving that one"),
        (&["--sandbox", "off"], (200, 213), "is another directory now; serving that one"),
    ] {
        let tree = Tree::of(&[("served/a", "one"), ("next/a", "two")]);
        let server = Server::both(tree.join("served"), &[&["--writable"], options].concat());
        assert_eq!(server.get("/a").body, b"one");
        fs::rename(tree.join("served"), tree.join("old")).unwrap();
        fs::rename(tree.join("next"), tree.join("served")).unwrap();
        wait_until(|| server.get("/a").body != b"one");
        server.log_lines(logged, 1);
        assert_eq!(server.get("/a").status, expected.0, "{options:?}");
        let mut ftp = crate::harness::ftp::Ftp::login(&server);
        ftp.expect("SIZE a", expected.1);
    }
}

#[test]
fn a_server_runs_with_the_confinement_that_it_is_asked_for() {
    let served = Tree::of(&[("a", "a")]);
    for (mode, filter, why) in
        [("on", "2", "by default"), ("require", "2", "this kernel has both"), ("off", "0", "no filter")]
    {
        let server = Server::http(&served, &["--sandbox", mode, "--quiet"]);
        assert_eq!(server.get("/a").status, 200, "{mode}");
        assert!(of_all_threads(&server, "Seccomp:").iter().all(|value| value == filter), "{mode}: {why}");
    }
}
