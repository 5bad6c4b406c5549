//! The memory budget of the server: what is refused beyond it, and what continues.

use std::net::Ipv4Addr;

use crate::harness::ftp::Ftp;
use crate::harness::{Server, Tree, Wire};

const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const OWNER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

#[test]
fn over_the_budget_new_work_is_refused_until_there_is_room() {
    let tree = Tree::of(&[("a", "hello\n")]);
    for engine in ["per-core", "event-loop", "pool:8", "threads"] {
        let options = ["--engine", engine, "--writable", "--memory-budget", "40k"];
        let server = Server::both(&tree, &options);
        let part = format!("GET /a HTTP/1.1\r\nHost: a\r\nx: {}\r\n", "y".repeat(7_000)).into_bytes();
        let mut holder = Wire::between(ATTACKER, server.address("http"));
        holder.send(&part);
        holder.send(format!("x: {}\r\n", "y".repeat(7_000)).repeat(3));
        holder.wait_until_read();

        let mut other = Wire::between(ATTACKER, server.address("http"));
        other.send(&part);
        let response = other.response("GET");
        assert_eq!(response.status, 503, "{engine}: half of the budget is the share of an address");
        assert!(response.field("retry-after").is_some(), "{engine}: {response:?}");
        for (from, expected, why) in
            [(ATTACKER, 503, "the share is used up"), (OWNER, 503, "32 KiB are needed")]
        {
            let mut wire = Wire::between(from, server.address("http"));
            wire.send("PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nb");
            let response = wire.response("PUT");
            assert_eq!(response.status, expected, "{engine}: {why}");
            assert!(response.field("retry-after").is_some(), "{engine}: {response:?}");
        }
        let mut line = Wire::between(ATTACKER, server.address("ftp"));
        line.send([b"RETR ", &[b'x'; 3_000][..]].concat());
        assert!(line.line().starts_with("220"), "{engine}");
        assert!(line.line().starts_with("421"), "{engine}: an incomplete command line");
        let mut ftp = Ftp::login(&server);
        assert_eq!(ftp.transfer("STOR b", Some(b"b")), 450, "{engine}");
        assert_eq!(server.get("/a").body, b"hello\n", "{engine}: this takes no memory");

        holder.send("\r\n");
        assert_eq!(holder.response("GET").body, b"hello\n", "{engine}: running work continues");
        assert_eq!(ftp.transfer("STOR b", Some(b"b")), 226, "{engine}: there is room");
        assert_eq!(server.log_lines("refusing work", 1).len(), 1, "{engine}: reported once");
    }
}
