//! Many concurrent logins, with passwords that are stored as Argon2id hashes.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Command;

use crate::harness::cgroup::Cgroup;
use crate::harness::{Server, Tree, Wire, binary, program::run};

/// The smallest common memory limit of a container for a file server.
const CONTAINER: u64 = 256 << 20;
/// Concurrent wrong logins over each protocol.
const LOGINS: u8 = 30;
/// In KiB: two hashes of 19 MiB, and the server itself.
const MEMORY: u64 = 80 << 10;

/// A users file with `ada`, whose password is stored as a hash.
pub(crate) fn users_file(config: &Tree) -> PathBuf {
    let password = std::fs::File::open(config.file("password", "secret\n")).unwrap();
    let hash = run(Command::new(binary("mini")).arg("passwd").stdin(password)).text();
    let user = format!("[[user]]\nname = \"ada\"\nhash = \"{}\"\nallow = [\"list\", \"get\"]\n", hash.trim());
    config.file("users.toml", user)
}

/// Every hash takes 19 MiB. The allocator used to keep them for each thread that had computed one, and 18
/// wrong logins killed a server in 256 MiB.
#[test]
fn concurrent_wrong_logins_use_the_memory_of_two_hashes() {
    let Some(cgroup) = Cgroup::of_memory("mini-logins", CONTAINER) else { return };
    let (tree, config) = (Tree::of(&[("a", "hello\n")]), Tree::new());
    let mut command = cgroup.command(binary("mini"));
    command.arg("serve").arg(tree.path()).args(["--http", "127.0.0.1:0", "--ftp", "127.0.0.1:0", "--quiet"]);
    command.args(["--anonymous", "read", "--users"]).arg(users_file(&config));
    let server = Server::start(command);

    let from = |protocol: u8, number: u8| Ipv4Addr::new(127, 1, protocol, number);
    let http: Vec<Wire> = (1..=LOGINS)
        .map(|number| {
            let mut wire = Wire::between(from(1, number), server.address("http"));
            // ada:wrong
            wire.send("GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWRhOndyb25n\r\n\r\n");
            wire
        })
        .collect();
    let ftp: Vec<Wire> = (1..=LOGINS)
        .map(|number| {
            let mut wire = Wire::between(from(2, number), server.address("ftp"));
            wire.send("USER ada\r\nPASS wrong\r\n");
            wire
        })
        .collect();
    for _ in 0..20 {
        assert_eq!(server.get("/a").body, b"hello\n", "others are served meanwhile");
    }
    let waits = |wire: &Wire| {
        wire.stream().set_nonblocking(true).unwrap();
        let waits = wire.stream().peek(&mut [0]).is_err();
        wire.stream().set_nonblocking(false).unwrap();
        waits
    };
    assert!(http.iter().any(waits), "and do not wait for the logins");
    for mut wire in http {
        assert_eq!(wire.response("GET").status, 401);
    }
    for mut wire in ftp {
        for expected in ["220", "331", "530"] {
            let line = wire.line();
            assert!(line.starts_with(expected), "{line}");
        }
    }
    assert!(server.memory() < MEMORY, "{} KiB", server.memory());
}
