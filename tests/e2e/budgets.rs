//! The memory budget of the server: what is refused beyond it, and what continues. In a small container, one address
//! makes the server hold as much as it can, while another one is served.
//!
//! `BUDGETS=all` does so in 64 and 256 MiB, on all engines; `tests/long` sets it.

use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::harness::cgroup::Cgroup;
use crate::harness::ftp::Ftp;
use crate::harness::{Server, Tree, Wire, binary, raise_descriptors};
use crate::logins::users_file;

const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const OWNER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
/// Files in `many/`.
const NAMES: usize = 200_000;
/// Bytes that are sent of an upload, more than the server stores at a time.
const UPLOAD: usize = 3 << 19;
/// Incomplete heads of 28 KB, uploads that are not completed, and wrong logins.
const HEADS: usize = 300;
const UPLOADS: usize = 64;
const LOGINS: usize = 100;
/// Requests of the owner, of each kind.
const REQUESTS: usize = 100;
/// How long a reader waits for its answer: listings of one address are sorted one after the other.
const ANSWERED: Duration = Duration::from_secs(120);

/// Every kind of hoarding, all by one address. Nothing reads what the server sends, until [`Hoard::end`].
#[derive(Default)]
struct Hoard {
    /// With a request for a listing.
    http: Vec<Wire>,
    /// Control and data connections; `None`: refused with 421.
    ftp: Vec<Option<(Wire, Wire)>>,
    others: Vec<Wire>,
}

impl Hoard {
    fn begin(server: &Server, readers: usize) -> Self {
        let mut hoard = Self::default();
        let (http, ftp) = (server.address("http"), server.address("ftp"));
        let request = |head: String, content: &[u8]| {
            let wire = Wire::between(ATTACKER, http);
            // What is refused is not received.
            let _ = wire.stream().write_all(&[head.as_bytes(), content].concat());
            wire
        };
        for query in ["?sort=name", "?format=json", "?format=text&sort=-time"].iter().cycle().take(readers) {
            hoard.http.push(request(format!("GET /many/{query} HTTP/1.1\r\nHost: a\r\n\r\n"), b""));
        }
        for command in ["LIST many", "NLST many", "MLSD many", "LIST -t many"].iter().cycle().take(readers) {
            hoard.ftp.push(list(Wire::between(ATTACKER, ftp), command));
        }
        // Its entries are in memory.
        hoard.http[0].stream().peek(&mut [0]).unwrap();
        let filler = format!("x: {}\r\n", "y".repeat(7_000)).repeat(4);
        for _ in 0..HEADS {
            hoard.others.push(request(format!("GET /a HTTP/1.1\r\nHost: a\r\n{filler}"), b""));
        }
        for number in 0..UPLOADS {
            let head = format!("PUT /upload{number} HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n");
            hoard.others.push(request(head, &vec![b'x'; UPLOAD]));
        }
        // ada:wrong, ben:wrong
        for login in ["YWRhOndyb25n", "YmVuOndyb25n"].iter().cycle().take(LOGINS) {
            let head = format!("GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Basic {login}\r\n\r\n");
            hoard.others.push(request(head, b""));
        }
        hoard
    }

    /// Checks the answers: each is one of those that are allowed, or a refusal that says when to try again. Returns the
    /// numbers of refused listings and of other refused requests.
    fn end(self, why: &str) -> (usize, usize) {
        let listed = |mut wire: Wire| {
            wire.stream().set_read_timeout(Some(ANSWERED)).unwrap();
            std::iter::from_fn(|| Some(wire.line()).filter(|line| !line.is_empty()))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let http =
            self.http.into_iter().map(listed).filter(|response| is_refused(response, &["200"], why)).count();
        let other = |wire: Wire| {
            wire.finish();
            let (mut stream, mut answer) = (wire.stream(), Vec::new());
            // Of more than 256 refusals at the same time, some connections are reset.
            let _ = stream.read_to_end(&mut answer);
            String::from_utf8_lossy(&answer).into_owned()
        };
        // Nothing for a part of a head, and after a reset; a part of an upload; a wrong password.
        let allowed = ["", "400", "401"];
        let others =
            self.others.into_iter().map(other).filter(|response| is_refused(response, &allowed, why)).count();
        let sessions = self.ftp.len();
        let listed = self
            .ftp
            .into_iter()
            .flatten()
            .map(|session| is_listed(session, why))
            .filter(|&listed| listed)
            .count();
        (http + sessions - listed, others)
    }
}

/// Whether the response is a refusal; otherwise its status is one of the `allowed`.
/// 429 if the address has too many connections or failed logins, 503 if there is no memory: which comes first depends on
/// the order of the requests.
fn is_refused(response: &str, allowed: &[&str], why: &str) -> bool {
    let status = response.split(' ').nth(1).unwrap_or_default();
    let is_refused = ["429", "503"].contains(&status);
    let says_when = response.to_lowercase().contains("\nretry-after: ");
    assert!(if is_refused { says_when } else { allowed.contains(&status) }, "{why}: {response:?}");
    is_refused
}

/// Whether the listing of a session begins; what waits behind it is then answered or refused.
fn is_listed((mut control, data): (Wire, Wire), why: &str) -> bool {
    control.stream().set_read_timeout(Some(ANSWERED)).unwrap();
    let listing = control.line();
    drop(data);
    let is_listed = listing.starts_with("150");
    let transfer = if is_listed { control.line() } else { listing };
    // 451 after 150 (RFC 959 section 5.4), or 426 because the data connection was dropped; before it 450, or 421 if the
    // session itself has no memory. Which limit is reached first depends on the order of the requests.
    let codes = if is_listed { &["426", "451"][..] } else { &["450", "421"] };
    assert!(codes.iter().any(|code| transfer.starts_with(code)), "{why}: {transfer}");
    if !transfer.starts_with("421") {
        let status = control.line();
        assert!(["213-", "450", "421"].iter().any(|code| status.starts_with(code)), "{why}: STAT: {status}");
    }
    is_listed
}

/// Starts a listing, with commands behind it that wait; its data is not read.
fn list(mut control: Wire, command: &str) -> Option<(Wire, Wire)> {
    let greeting = control.line();
    if greeting.starts_with("421") {
        return None;
    }
    let data = retrieve(&mut control, command);
    control.send(["STAT many\r\n".repeat(4), "MDTM a\r\n".repeat(100)].concat());
    Some((control, data))
}

/// Logs in after the greeting, and sends a command that needs a data connection.
fn retrieve(control: &mut Wire, command: &str) -> Wire {
    control.send("USER anonymous\r\nPASS x\r\nTYPE I\r\nEPSV\r\n");
    for code in ["331", "230", "200"] {
        let reply = control.line();
        assert!(reply.starts_with(code), "{code}: {reply}");
    }
    let passive = control.line();
    let port = passive.split('|').nth(3).unwrap_or_else(|| panic!("229: {passive}")).parse().unwrap();
    let data = Wire::between(ATTACKER, (control.stream().peer_addr().unwrap().ip(), port).into());
    control.send(format!("{command}\r\n"));
    data
}

/// The times of the owner's requests, the longest first.
fn serve_the_owner(server: &Server, why: &str) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut time = |protocol: &str, sent: &str, expected: &str| {
        let start = Instant::now();
        let mut wire = Wire::between(OWNER, server.address(protocol));
        wire.send(sent);
        let answer = String::from_utf8(wire.rest()).unwrap();
        assert!(answer.contains(expected), "{why}: {sent}: {answer}");
        times.push(start.elapsed());
    };
    let fields = "Host: a\r\nConnection: close\r\n";
    for number in 0..REQUESTS {
        time("http", &format!("GET /a HTTP/1.1\r\n{fields}\r\n"), "\r\n\r\nhello\n");
        let put = format!("PUT /owner{number} HTTP/1.1\r\n{fields}Content-Length: 5\r\n\r\nhello");
        time("http", &put, "HTTP/1.1 201 ");
        time("ftp", "USER anonymous\r\nPASS x\r\nSTAT a\r\nQUIT\r\n", "\r\n213 End");
    }
    times.sort_unstable();
    times.reverse();
    times
}

/// `a`, and the 200,000 files of `many`.
fn tree_of_many() -> Tree {
    let tree = Tree::of(&[("a", "hello\n")]);
    let many = tree.directory("many");
    for number in 0..NAMES {
        std::fs::File::create(many.join(format!("name-{number:07}"))).unwrap();
    }
    tree
}

fn is_all() -> bool {
    std::env::var("BUDGETS").is_ok_and(|budgets| budgets == "all")
}

/// A server that cannot hold all of it is killed by the kernel.
#[test]
fn an_address_that_hoards_delays_no_other_and_ends_no_small_container() {
    raise_descriptors(8_192);
    let (tree, config) = (tree_of_many(), Tree::new());
    let users = users_file(&config);
    let all = (&[64, 256][..], &[20, 200][..], &["per-core", "event-loop", "pool:64", "threads"][..]);
    let (memory, readers, engines) = if is_all() { all } else { (&[64][..], &[20][..], &["per-core"][..]) };
    let cases = memory.iter().flat_map(|memory| readers.iter().map(move |readers| (*memory, *readers)));
    for (memory, readers) in cases {
        for engine in engines {
            let Some(cgroup) = Cgroup::of_memory("mini-budgets", memory << 20) else { return };
            let mut command = cgroup.command(binary("mini"));
            command.arg("serve").arg(tree.path()).args(["--http", "127.0.0.1:0", "--ftp", "127.0.0.1:0"]);
            command.args(["--engine", engine, "--durability", "off", "--quiet"]);
            if engine.starts_with("pool") {
                // Else an address may have all threads; the others wait in the kernel's queue.
                command.args(["--max-per-ip", "32"]);
            }
            command.args(["--writable", "--anonymous", "write", "--users"]).arg(&users);
            let server = Server::start(command);
            let why = format!("{memory} MiB, {readers} readers, {engine}");
            let hoard = Hoard::begin(&server, readers);
            let times = serve_the_owner(&server, &why);
            let p99 = times[times.len() / 100];
            assert!(p99 < Duration::from_secs(1), "{why}: {times:?}");
            let (used, (listings, others)) = (server.memory(), hoard.end(&why));
            println!("{why}: p99 {p99:?}, {used} KiB; refused: {listings} listings, {others} others");
            assert_eq!(server.get("/a").body, b"hello\n", "{why}: the server is alive");
            server.stop();
            for number in 0..REQUESTS {
                std::fs::remove_file(tree.path().join(format!("owner{number}"))).unwrap();
            }
        }
    }
}

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

#[test]
fn a_transfer_continues_without_memory_for_a_command() {
    let (tree, size) = (Tree::new(), 16 << 20);
    std::fs::File::create(tree.path().join("big")).unwrap().set_len(size).unwrap();
    let no_memory = "421 The server has no memory";
    for (sent, is_whole, last, why) in [
        ("x".repeat(3_000), true, no_memory, "a part of a line"),
        (["MDTM big\r\n".repeat(100), "QUIT\r\n".into()].concat(), true, "221 ", "commands that wait"),
        ("MDTM big\r\n".repeat(1_000), false, no_memory, "more than a line"),
    ] {
        let server = Server::both(&tree, &["--quiet", "--memory-budget", "40k"]);
        let mut holder = Wire::between(ATTACKER, server.address("http"));
        holder.send(format!(
            "GET /a HTTP/1.1\r\nHost: a\r\n{}",
            format!("x: {}\r\n", "y".repeat(7_000)).repeat(3)
        ));
        holder.wait_until_read();

        let mut control = Wire::between(ATTACKER, server.address("ftp"));
        assert!(control.line().starts_with("220"), "{why}");
        let mut data = retrieve(&mut control, "RETR big");
        assert!(control.line().starts_with("150"), "{why}");
        control.send(sent);
        control.wait_until_read();
        let received = data.rest().len() as u64;
        assert_eq!(received == size, is_whole, "{why}: {received}");
        if is_whole {
            assert!(control.line().starts_with("226"), "{why}");
        }
        let replies = String::from_utf8(control.rest()).unwrap();
        assert!(replies.contains(last), "{why}: {replies}");
    }
}

/// On one worker, while another client lists 200,000 entries again and again: 5 ms, or 100 ms beside other tests.
#[test]
fn a_long_listing_delays_no_other_request() {
    let tree = tree_of_many();
    let (limit, requests) = if is_all() { (5, 20 * REQUESTS) } else { (100, 2 * REQUESTS) };
    let limit = Duration::from_millis(limit);
    for query in ["?sort=name", "?format=json", "?format=text&sort=-time"] {
        let server = Server::http(&tree, &["--engine", "event-loop", "--quiet"]);
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let head = format!("GET /many/{query} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                    let mut wire = Wire::between(ATTACKER, server.address("http"));
                    wire.send(head);
                    wire.rest();
                }
            });
            let mut wire = server.connect();
            let mut times: Vec<_> = (0..requests)
                .map(|_| {
                    let start = Instant::now();
                    assert_eq!(wire.exchange("GET", "/a", "").body, b"hello\n");
                    let time = start.elapsed();
                    // A listing takes about a second.
                    std::thread::sleep(Duration::from_millis(1));
                    time
                })
                .collect();
            is_over.store(true, Ordering::Relaxed);
            times.sort_unstable();
            let p99 = times[times.len() * 99 / 100];
            println!("{query}: p99 {p99:?}, longest {:?}", times[times.len() - 1]);
            assert!(p99 < limit, "{query}: {p99:?}");
        });
    }
}
