//! Exercises that are programs: what becomes of their processes, and messages about programs that do not serve.

use std::fs;

use super::{Learner, PYTHON};

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
        &["stream/message", "sent: \"hello\\n\"", "expected: the same bytes", "it printed: gone"],
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
