//! `mini check echo`, `chat` and `client`, with programs that are not ours: no false alarm, and each faulty program is
//! identified by its own bug.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::start;
use crate::harness::ports::free_address;
use crate::harness::program::{run, tool};
use crate::harness::{Tree, at_once, binary, wait_until};

/// Runs a check, whose findings must have exactly these ids.
#[track_caller]
fn expect(kind: &str, arguments: &[&str], expected: &[&str], name: &str) {
    let mut command = Command::new(binary("mini"));
    command.args(["check", kind, "--json", "--timeout", "4"]).args(arguments);
    let outcome = run(&mut command);
    let report: Value =
        serde_json::from_slice(&outcome.out).unwrap_or_else(|_| panic!("{name}: {outcome:?}"));
    let failed: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["verdict"] == "failed")
        .map(|finding| finding["id"].as_str().unwrap())
        .collect();
    assert_eq!(failed, expected, "{name}: {}", String::from_utf8_lossy(&outcome.out));
    assert_eq!(outcome.code, Some(i32::from(!expected.is_empty())), "{name}");
}

/// A server that is not ours, on a port that it is given.
struct Peer {
    child: Child,
    address: SocketAddr,
    /// The connection that showed that it listens. ncat ends if that is closed before it is accepted.
    _first: TcpStream,
}

impl Peer {
    /// `{host}` and `{port}` are replaced.
    fn start(name: &str, arguments: &[&str]) -> Self {
        let address = free_address();
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        let arguments = arguments.iter().map(|word| word.replace("{host}", &host).replace("{port}", &port));
        let mut child =
            tool(name).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut first = None;
        wait_until(|| {
            assert!(child.try_wait().unwrap().is_none(), "{name} has ended");
            first = TcpStream::connect(address).ok();
            first.is_some()
        });
        Self { child, address, _first: first.unwrap() }
    }

    fn python(file: &str) -> Self {
        Self::start("python3", &[&source(file), "{host}", "{port}"])
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The path of a file of the repository.
fn source(file: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(file).display().to_string()
}

/// A server of these tests.
fn own(file: &str) -> String {
    format!("tests/e2e/services/check/{file}")
}

fn check_echo(peer: &Peer, expected: &[&str], name: &str) {
    let (address, id) = (peer.address.to_string(), peer.child.id().to_string());
    expect("echo", &[&address, "--pid", &id], expected, name);
}

#[test]
fn echo_servers_of_others_are_judged_rightly() {
    at_once(
        &[
            ("socat", &["TCP-LISTEN:{port},bind={host},reuseaddr,fork", "EXEC:cat"][..]),
            ("busybox", &["nc", "-ll", "-p", "{port}", "-e", "cat"]),
        ],
        |(name, arguments)| check_echo(&Peer::start(name, arguments), &[], name),
    );
}

/// It ends as soon as its client ends its side, and discards what cat has not written by then. When the pipes to and
/// from cat are full, it and cat wait for each other: that depends on the order in which they run.
#[test]
fn ncat_passes_as_an_echo_server() {
    let ncat = Peer::start("ncat", &["--listen", "--keep-open", "--exec", "/bin/cat", "{host}", "{port}"]);
    let address = ncat.address.to_string();
    let cases =
        ["stream/message", "stream/several-messages", "stream/no-line-end", "clients/next", "clients/many"];
    let only: Vec<&str> =
        cases.into_iter().chain(["end/reset", "cpu"]).flat_map(|id| ["--only", id]).collect();
    expect("echo", &[&[&*address], &only[..]].concat(), &[], "ncat");
}

#[test]
fn echo_servers_in_python_are_judged_rightly() {
    at_once(
        &[
            ("echo_asyncio.py", &[][..]),
            ("echo_threads.py", &[]),
            // It reads once, as in the documentation of asyncio.
            ("echo_once.py", &["stream/several-messages"]),
            ("echo_select.py", &["clients/slow-reader"]),
        ],
        |(file, expected)| check_echo(&Peer::python(&own(file)), expected, file),
    );
}

#[test]
fn our_echo_server_passes() {
    at_once(
        &[
            ("per-core", &[][..], &[][..]),
            ("event-loop", &[], &[]),
            ("pool:10", &[], &[]),
            ("threads", &[], &[]),
            ("pool:2", &["--clients", "2"], &[]),
            ("pool:2", &["--only", "clients/many"], &["clients/many"]),
        ],
        |(engine, options, expected)| {
            let server = start("echo", &["--engine", engine]);
            let (address, id) = (server.address("tcp").to_string(), server.id().to_string());
            let arguments = [&[&*address, "--pid", &id][..], options].concat();
            expect("echo", &arguments, expected, &format!("{engine} {options:?}"));
        },
    );
}

#[test]
fn chat_servers_are_judged_rightly() {
    at_once(&["per-core", "event-loop", "threads"], |engine| {
        let server = start("chat", &["--engine", engine]);
        let address = server.address("chat").to_string();
        expect("chat", &[&address], &[], engine);
        expect("chat", &[&address, "--crlf", "--only", "lines"], &[], engine);
    });
}

#[test]
fn chat_servers_of_others_are_judged_rightly() {
    let threads = Peer::python(&own("chat_threads.py"));
    // ncat sends what it has read, with the name of the sender once, and escapes control characters.
    let ncat = Peer::start("ncat", &["--listen", "--chat", "{host}", "{port}"]);
    at_once(
        &[
            (&threads, &[][..], &["clients/stalled-reader"][..], "sendall"),
            (
                &ncat,
                &["--no-names", "--only", "lines", "--only", "threats"],
                &["lines/two-in-one-read", "lines/half-a-line"],
                "ncat",
            ),
        ],
        |(peer, options, expected, name)| {
            expect("chat", &[&[&*peer.address.to_string()][..], options].concat(), expected, name);
        },
    );
}

/// A faulty program, the kind of its check, and the case that finds its bug.
const FAULTY: &[(&str, &str, &str)] = &[
    ("eof_loop", "client", "end/early"),
    ("characters", "client", "answer/characters-for-bytes"),
    ("half_character", "client", "answer/half-character"),
    ("half_close", "echo", "end/half-close"),
    ("spinning", "echo", "cpu/idle"),
    ("two_lines", "chat", "lines/two-in-one-read"),
    ("table", "chat", "clients/vanishes"),
];

#[test]
fn each_faulty_program_is_identified_by_its_own_bug() {
    let versions = FAULTY.iter().flat_map(|row| [(row, "faulty"), (row, "fixed")]);
    at_once(&versions.collect::<Vec<_>>(), |((name, kind, bug), version)| {
        let expected: &[&str] = if *version == "faulty" { &[bug] } else { &[] };
        let file = format!("exercises/faulty/{name}/{version}.py");
        let what = format!("{name}, {version}");
        if *kind == "client" {
            let command = ["--", "python3", &source(&file), "{host}", "{port}"];
            return expect("client", &command, expected, &what);
        }
        let peer = Peer::python(&file);
        match *kind {
            "echo" => check_echo(&peer, expected, &what),
            kind => expect(kind, &[&peer.address.to_string()], expected, &what),
        }
    });
    for (name, _, bug) in FAULTY {
        for language in ["en", "id"] {
            let text =
                std::fs::read_to_string(source(&format!("exercises/faulty/{name}/text.{language}.md")));
            assert!(text.unwrap().contains(bug), "{name}: the text names the finding");
        }
    }
}

#[test]
fn clients_are_judged_rightly() {
    let (mini, nc) =
        (binary("mini").display().to_string(), tool("nc").get_program().to_str().unwrap().to_owned());
    at_once(
        &[
            (&[&*mini, "echo", "client", "{host}:{port}"][..], &[][..], "ours"),
            // It does not compare what it receives with what it sent: the answer ends with the connection, and it has
            // no timeout.
            (&[&nc, "-N", "{host}", "{port}"], &["end/reported", "end/too-much", "end/silence"], "nc"),
        ],
        |(command, expected, name)| expect("client", &[&["--"], *command].concat(), expected, name),
    );
}

#[test]
fn the_report_is_for_people_and_for_tools() {
    let peer = Peer::python(&own("echo_once.py"));
    let address = peer.address.to_string();
    let tree = Tree::new();
    let results = tree.join("results.json");
    let mut command = Command::new(binary("mini"));
    command.args(["check", "echo", &address, "--lang", "id", "--only", "stream", "--results"]).arg(&results);
    let outcome = run(&mut command);
    let shown = String::from_utf8(outcome.out).unwrap();
    assert!(shown.contains("Apakah recv hanya dipanggil sekali"), "{shown}");
    assert!(shown.contains("soket stream") && shown.contains("akhir koneksi"), "{shown}");
    let results: Value = serde_json::from_slice(&std::fs::read(results).unwrap()).unwrap();
    assert_eq!((&results["version"], &results["status"]), (&3.into(), &"fail".into()));
    for (arguments, code, text) in [
        (&["echo", "127.0.0.1:1"][..], 5, "cannot connect to 127.0.0.1:1"),
        (&["echo", &address, "--only", "nothing"], 2, "no case 'nothing'"),
        (&["chat", &address, "--name-line", "x"], 2, "{name}"),
        (&["client", "--", "/nonexistent"], 1, "/nonexistent"),
    ] {
        let outcome = run(Command::new(binary("mini")).arg("check").args(arguments));
        assert_eq!(outcome.code, Some(code), "{arguments:?}: {outcome:?}");
        assert!(outcome.err.contains(text), "{arguments:?}: {}", outcome.err);
        assert_eq!(outcome.err.lines().count(), 1, "{arguments:?}: {}", outcome.err);
    }
}
