//! The reply with which the server ends a session, 421
//! ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 5.4): a client that is sending commands receives it, and then
//! the end of the connection, not a reset.

use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::harness::ftp::Ftp;
use crate::harness::{PROMPT, Server, Tree, at_once_on_each_engine, for_each_engine};

/// When a session's commands are sent.
#[derive(Clone, Copy, Debug)]
enum Commands {
    /// This many are on their way at any time.
    Pipelined(usize),
    /// One, this long after the start of the test.
    At(Duration),
}

impl Commands {
    /// Sends NOOPs until the session ends. A reset, before or after the 421, fails the case.
    #[track_caller]
    fn run(self, mut ftp: Ftp) {
        let noops = |ftp: &mut Ftp, count| ftp.control.send("NOOP\r\n".repeat(count));
        match self {
            Self::Pipelined(count) => noops(&mut ftp, count),
            Self::At(time) => {
                thread::sleep(time);
                noops(&mut ftp, 1);
            }
        }
        loop {
            match (ftp.reply().code, self) {
                (200, Self::Pipelined(_)) => noops(&mut ftp, 1),
                (200, Self::At(_)) => {}
                (code, _) => break assert_eq!(code, 421),
            }
        }
        // A closed connection would answer the first one with a reset, which the second one would report.
        for _ in 0..2 {
            noops(&mut ftp, 1);
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(ftp.control.rest(), b"");
    }
}

/// Runs sessions with such commands at the same time.
fn run_all(server: &Server, sessions: &[Commands], meanwhile: impl FnOnce()) {
    thread::scope(|scope| {
        for session in sessions {
            let ftp = Ftp::login(server);
            scope.spawn(|| session.run(ftp));
        }
        meanwhile();
    });
}

/// A time in milliseconds.
const fn at(milliseconds: u64) -> Commands {
    Commands::At(Duration::from_millis(milliseconds))
}

#[test]
fn a_stopping_server_sends_421_to_busy_clients() {
    let served = Tree::new();
    at_once_on_each_engine(|engine| {
        // Idle sessions end 100 to 150 ms after the signal.
        for round in 0..5 {
            let sessions = [
                Commands::Pipelined(1),
                Commands::Pipelined(2),
                Commands::Pipelined(100),
                at(100 + 10 * round),
                at(102 + 10 * round),
                at(104 + 10 * round),
                at(106 + 10 * round),
            ];
            let mut server = Server::ftp(&served, &["--quiet", "--engine", engine]);
            run_all(&server, &sessions, || server.signal(Signal::TERM));
            assert_eq!(server.ended_within(PROMPT).code(), Some(0));
        }
    });
}

#[test]
fn an_idle_session_ends_with_421_although_a_command_arrives() {
    let served = Tree::new();
    at_once_on_each_engine(|engine| {
        let server = Server::ftp(&served, &["--quiet", "--engine", engine, "--idle-timeout", "1"]);
        // The server checks once a second.
        let sessions = [at(1_000), at(1_200), at(1_400), at(1_600), at(1_800), at(2_000), at(2_200)];
        run_all(&server, &sessions, || {});
    });
}

#[test]
fn a_stopping_server_accepts_only_quit_after_a_transfer() {
    let served = Tree::new();
    served.sparse("big", 64 << 20);
    for_each_engine(|engine| {
        for (command, code) in [("SYST", 421), ("QUIT", 221)] {
            let mut server = Server::ftp(&served, &["--quiet", "--engine", engine]);
            let (mut idle, mut ftp) = (Ftp::login(&server), Ftp::login(&server));
            let mut data = ftp.data();
            ftp.expect("RETR big", 150);
            server.signal(Signal::TERM);
            idle.expect_reply(421);
            ftp.send(command);
            data.rest();
            ftp.expect_reply(226);
            ftp.expect_reply(code);
            assert_eq!(ftp.control.rest(), b"");
            assert_eq!(server.ended_within(PROMPT).code(), Some(0));
        }
    });
}
