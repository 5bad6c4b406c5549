//! Exercises that are programs: what becomes of their processes, and messages about programs that do not serve. And
//! the clients that use a learner's code for the third star.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{Learner, PYTHON, RUST};
use crate::harness::program::{run, tool};

/// A server with a process for each client, which writes their ids into a file and never ends them.
const FORKING: &str = "
import os, socket, sys
server = socket.create_server(('127.0.0.1', int(sys.argv[1])))
with open('pids', 'a') as pids:
    print(os.getpid(), file=pids)
while True:
    client, _ = server.accept()
    if os.fork() == 0:
        with open('pids', 'a') as pids:
            print(os.getpid(), file=pids)
        while True:
            client.sendall(client.recv(4096))
";

#[test]
fn learn_no_process_of_a_program_is_left() {
    let learner = Learner::new(PYTHON, "en");
    learner.write("echo", FORKING);
    let checked = learner.check("echo");
    assert_eq!(checked.code, Some(1), "{}", checked.message);
    let pids = fs::read_to_string(learner.folder.path().join("pids")).unwrap();
    assert!(pids.lines().count() > 2, "the program and its children: {pids}");
    for pid in pids.lines() {
        assert!(has_ended(pid), "process {pid} is left");
    }
}

/// Whether a process has ended; its parent may still have to collect its status.
fn has_ended(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.is_empty() || status.contains("State:\tZ")
}

/// A program that does not serve: its source, and what the message says.
const NO_SERVERS: &[(&str, &[&str])] = &[
    ("def main(:\n", &["does not listen on port", "SyntaxError"]),
    ("print('bye')\n", &["does not listen on port", "bye"]),
    ("while True:\n    pass\n", &["does not listen on port", "within 10 s"]),
    (
        "import socket, sys\ns = socket.create_server(('127.0.0.1', int(sys.argv[1])))\ns.accept()\nprint('gone')\n",
        &["stream/message", "sent: \"hello\\n\"", "expected: the same bytes", "output: gone"],
    ),
];

#[test]
fn learn_a_program_that_does_not_serve_gives_one_message() {
    let learner = Learner::new(PYTHON, "en");
    for (source, expected) in NO_SERVERS {
        learner.write("echo", source);
        let checked = learner.check("echo");
        assert_eq!((checked.code, checked.stars), (Some(1), 0), "{source}");
        for part in *expected {
            assert!(checked.message.contains(part), "{source}: {:?} lacks {part:?}", checked.message);
        }
    }
}

/// Exercises whose third star is a use by a client, the client, and a word of its command.
const REAL_USE: &[(&str, &str, &str)] = &[
    ("path", "curl", "/caf%C3%A9.txt"),
    ("chunked", "curl", "Transfer-Encoding: chunked"),
    ("serve", "curl", "/two%20words.txt"),
    ("command", "lftp", "mkdir 'my folder'"),
    ("session", "lftp", "ftp:ssl-force yes"),
];

#[test]
fn learn_clients_use_the_code_for_the_third_star() {
    for programming in [PYTHON, RUST] {
        let learner = Learner::new(programming, "en");
        for (id, client, word) in REAL_USE {
            learner.write(id, &learner.solution(id));
            let spied = learner.folder.path().join("bin").join(client);
            let real = tool(client).get_program().to_str().unwrap().to_owned();
            // It writes down its arguments, and runs the client or fails.
            let check = |then: &str| {
                let script =
                    format!("#!/bin/sh\nprintf '%s\\n' \"$*\" >>'{}.log'\n{then}\n", spied.display());
                fs::create_dir_all(spied.parent().unwrap()).unwrap();
                fs::write(&spied, script).unwrap();
                fs::set_permissions(&spied, fs::Permissions::from_mode(0o755)).unwrap();
                let mut command = learner.command(&["check", id]);
                let path = std::env::var("PATH").unwrap();
                command.env("PATH", format!("{}:{path}", spied.parent().unwrap().display()));
                run(&mut command)
            };
            let passed = check(&format!("exec '{real}' \"$@\""));
            assert_eq!(passed.code, Some(0), "{id}: {passed:?}");
            let log = fs::read_to_string(spied.with_extension("log")).unwrap();
            assert!(log.contains(word), "{id}: {log}");
            let failed = check("[ \"$1\" = --version ] || { echo broken; exit 7; }");
            let shown = String::from_utf8(failed.out).unwrap();
            assert!(shown.starts_with(&format!("✗ {id}  ★★☆   with your code")), "{id}: {shown}");
            assert!(shown.contains(client) && shown.contains("output: broken"), "{id}: {shown}");
            fs::remove_file(&spied).unwrap();
        }
    }
}
