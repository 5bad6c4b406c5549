//! Whenever the server is killed, acknowledged uploads are stored and no file is incomplete. A file that is
//! written in place (APPE, REST with STOR) keeps acknowledged content and the content before the offset,
//! followed by at most a prefix of one upload. Unencrypted and over TLS.
//!
//! `KILL_ROUNDS` sets the number of kills; `tests/long` sets it.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use rustls::ClientConfig;

use crate::harness::link::{Link, accept_any_certificate};
use crate::harness::{ENGINES, Server, TIMEOUT, Tree, ftp::Ftp};

const ROUNDS: u64 = 40;
/// A name that both protocols write, so that an acknowledged upload may be replaced at once.
const SHARED: &str = "shared";
/// A file that is written in place: each upload adds its content.
const LOG: &str = "log";
/// The file is restarted when it is longer.
const LOG_FULL: usize = 4 << 20;

#[test]
fn a_killed_server_has_stored_every_acknowledged_upload() {
    let rounds = std::env::var("KILL_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let tree = Tree::new();
    let mut current: BTreeMap<String, u64> = BTreeMap::new();
    let mut acknowledged = 0;
    let mut log = Log::default();
    for round in 0..rounds {
        let turn = usize::try_from(round).unwrap();
        let engine = ENGINES[turn % ENGINES.len()];
        let tls = (turn / ENGINES.len() % 2 == 1).then(accept_any_certificate);
        let mut server = start(&tree, engine, tls.is_some());
        let (http, ftp, handshakes) = match tls {
            None => {
                check_what_peers_see(&server);
                (Endpoint(server.address("http"), None), Endpoint(server.address("ftp"), None), 5_000)
            }
            tls => (
                Endpoint(server.address("https"), tls.clone()),
                Endpoint(server.address("ftps"), tls),
                50_000,
            ),
        };
        let from = current.values().max().copied().unwrap_or_default() + 1;
        let writers: Vec<_> = [
            ("http-1", true),
            ("http-2", true),
            (SHARED, true),
            ("ftp-1", false),
            ("ftp-2", false),
            (SHARED, false),
        ]
        .map(|(name, is_http)| {
            let (http, ftp) = (http.clone(), ftp.clone());
            let write = move || match is_http {
                true => put_until_killed(&http, name, from),
                false => store_until_killed(&ftp, name, from, |_| vec![format!("STOR {name}")]),
            };
            (name, thread::spawn(write))
        })
        .into();
        let (started, offset) = (log.started, log.kept.len());
        let appender = thread::spawn(move || {
            store_until_killed(&ftp, LOG, started, |version| match version == started {
                true => vec![format!("REST {offset}"), format!("STOR {LOG}")],
                false => vec![format!("APPE {LOG}")],
            })
        });
        // At any moment of an upload, which takes a few milliseconds; handshakes precede it.
        thread::sleep(Duration::from_micros(handshakes + round * 7_919 % 90_000));
        server.signal(Signal::KILL);
        server.ended_within(TIMEOUT);
        for (name, writer) in writers {
            let Written { last_acknowledged, last_begun } = writer.join().unwrap();
            let found = version(&tree.path().join(name), name);
            acknowledged += last_acknowledged.map_or(0, |last| last + 1 - from);
            let least = last_acknowledged.or(current.get(name).copied());
            // The other writer of the shared name may be behind, but its file is complete.
            let least = least.filter(|_| name != SHARED);
            assert!(
                found >= least,
                "round {round}, {engine}: {name} is at {found:?}, acknowledged was {least:?}"
            );
            assert!(found <= Some(last_begun) || name == SHARED, "round {round}: {name} is at {found:?}");
            current.extend(found.map(|found| (name.to_owned(), found)));
        }
        acknowledged += log.check(&appender.join().unwrap(), &tree.path().join(LOG));
    }
    check_what_is_left(&tree);
    assert!(acknowledged > rounds, "{acknowledged} uploads in {rounds} rounds test nothing");
    eprintln!("{rounds} kills, {acknowledged} acknowledged uploads");
}

fn start(tree: &Tree, engine: &str, is_secure: bool) -> Server {
    // Hidden names are shown, so that the check also covers names that no peer may see.
    let options = ["--engine", engine, "--writable", "--hidden", "--quiet"];
    let secure: &[&str] = if is_secure { &["--tls", "self-signed", "--ftps", "127.0.0.1:0"] } else { &[] };
    Server::both(tree, &[&options, secure].concat())
}

/// Neither protocol lists a name that no peer has written.
fn check_what_peers_see(server: &Server) {
    let listing = server.get("/?format=json").json();
    let entries = listing["entries"].as_array().unwrap();
    for name in entries.iter().map(|entry| entry["name"].as_str().unwrap()) {
        assert!(is_ours(name), "{name} is listed over HTTP");
    }
    let names = String::from_utf8(Ftp::login(server).fetch("NLST -a")).unwrap();
    for name in names.lines().filter(|name| !matches!(*name, "." | "..")) {
        assert!(is_ours(name), "{name} is listed over FTP");
    }
}

/// Only the files are left, after a server has started and swept the directory.
fn check_what_is_left(tree: &Tree) {
    let _server = start(tree, "event-loop", false);
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let names = std::fs::read_dir(tree.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let strange: Vec<_> = names.filter(|name| !is_ours(name)).collect();
        if strange.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "{strange:?} are left");
        thread::sleep(Duration::from_millis(10));
    }
}

fn is_ours(name: &str) -> bool {
    matches!(name, SHARED | LOG) || name.starts_with("http-") || name.starts_with("ftp-")
}

/// The expected content of [`LOG`].
#[derive(Default)]
struct Log {
    /// The acknowledged content, one upload after the other.
    kept: Vec<u8>,
    /// The bytes after that at the last kill.
    torn: Vec<u8>,
    /// The next content.
    started: u64,
}

impl Log {
    /// Compares the file with its writer's record; returns the number of acknowledged uploads.
    fn check(&mut self, written: &Written, file: &Path) -> u64 {
        let last = written.last_acknowledged.map_or(self.started, |last| last + 1);
        let count = last - self.started;
        (self.started..last).for_each(|version| self.kept.extend_from_slice(&content(LOG, version)));
        let found = std::fs::read(file).unwrap_or_default();
        let torn = found.strip_prefix(&*self.kept);
        let torn =
            torn.unwrap_or_else(|| panic!("{LOG} lacks acknowledged content or content before the offset"));
        let is_untouched = count == 0 && torn == self.torn;
        assert!(
            is_untouched || content(LOG, written.last_begun).starts_with(torn),
            "{LOG} ends with bytes that no upload wrote there, {} bytes",
            torn.len()
        );
        self.torn = torn.to_vec();
        self.started = written.last_begun + 1;
        if self.kept.len() > LOG_FULL {
            std::fs::remove_file(file).unwrap();
            (self.kept, self.torn) = (Vec::new(), Vec::new());
        }
        count
    }
}

/// A server's port, and its TLS configuration if it uses TLS.
#[derive(Clone)]
struct Endpoint(SocketAddr, Option<Arc<ClientConfig>>);

impl Endpoint {
    fn connect(&self) -> io::Result<Link> {
        Link::connect(self.0, self.1.as_ref())
    }
}

struct Written {
    last_acknowledged: Option<u64>,
    last_begun: u64,
}

/// Uploads one version after the other until the connection fails.
fn until_killed(from: u64, mut upload: impl FnMut(u64) -> io::Result<()>) -> Written {
    let mut written = Written { last_acknowledged: None, last_begun: from };
    loop {
        if upload(written.last_begun).is_err() {
            return written;
        }
        written.last_acknowledged = Some(written.last_begun);
        written.last_begun += 1;
    }
}

fn put_until_killed(to: &Endpoint, name: &'static str, from: u64) -> Written {
    let mut connection = to.connect().map(BufReader::new);
    until_killed(from, |version| {
        let connection = connection.as_mut().map_err(|error| io::Error::from(error.kind()))?;
        let content = content(name, version);
        write!(
            connection.get_mut(),
            "PUT /{name} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
            content.len()
        )?;
        connection.get_mut().write_all(&content)?;
        let status = line(connection)?;
        while line(connection)? != "\r\n" {}
        // 201 for the first version that is stored. Whether that was before the last kill is a race.
        assert!(status.starts_with("HTTP/1.1 201") || status.starts_with("HTTP/1.1 204"), "{status}");
        Ok(())
    })
}

/// `commands`: the commands that start the upload of a version.
fn store_until_killed(
    to: &Endpoint,
    name: &'static str,
    from: u64,
    commands: impl Fn(u64) -> Vec<String>,
) -> Written {
    let mut control = to.connect().map(BufReader::new);
    let logged_in = control.as_mut().map_err(|error| io::Error::from(error.kind())).and_then(|control| {
        line(control)?;
        let protect: &[&str] = if to.1.is_some() { &["PBSZ 0", "PROT P"] } else { &[] };
        for command in ["USER anonymous", "PASS guest@", "TYPE I"].iter().chain(protect) {
            say(control, command)?;
        }
        Ok(())
    });
    until_killed(from, |version| {
        logged_in.as_ref().map_err(|error| io::Error::from(error.kind()))?;
        let control = control.as_mut().map_err(|error| io::Error::from(error.kind()))?;
        let passive = say(control, "EPSV")?;
        let port = passive.split('|').nth(3).and_then(|port| port.parse().ok()).expect(&passive);
        let mut data = Endpoint(SocketAddr::new(to.0.ip(), port), to.1.clone()).connect()?;
        for command in commands(version) {
            let started = say(control, &command)?;
            let expected = if command.starts_with("REST ") { "350" } else { "150" };
            assert!(started.starts_with(expected), "{command}: {started}");
        }
        data.write_all(&content(name, version))?;
        data.finish()?;
        let stored = line(control)?;
        assert!(stored.starts_with("226"), "{stored}");
        Ok(())
    })
}

fn say(control: &mut BufReader<Link>, command: &str) -> io::Result<String> {
    control.get_mut().write_all(format!("{command}\r\n").as_bytes())?;
    line(control)
}

fn line(connection: &mut BufReader<Link>) -> io::Result<String> {
    let mut line = String::new();
    match connection.read_line(&mut line)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line),
    }
}

/// The content of a version: it starts and ends with its number, and its length is unique.
fn content(name: &str, version: u64) -> Arc<[u8]> {
    let mut content = format!("{name} {version}\n").into_bytes();
    let filler = u8::try_from(version % 251).unwrap();
    content.resize(content.len() + usize::try_from(version * 104_729 % 700_000).unwrap(), filler);
    content.extend_from_slice(format!("\n{version} end").as_bytes());
    content.into()
}

/// The version in a file, if the file is complete; `None` if there is no file.
fn version(path: &Path, name: &str) -> Option<u64> {
    let mut found = Vec::new();
    std::fs::File::open(path).ok()?.read_to_end(&mut found).unwrap();
    let first = found.split(|byte| *byte == b'\n').next().unwrap();
    let first = std::str::from_utf8(first).unwrap();
    let version = first.strip_prefix(name).and_then(|rest| rest.trim().parse().ok());
    let version = version.unwrap_or_else(|| panic!("{name} begins with {first:?}"));
    assert!(
        *found == *content(name, version),
        "{name} holds version {version} in part, {} bytes",
        found.len()
    );
    Some(version)
}
