//! HTTP over TLS: the same responses as without.

use std::time::Duration;

use super::python;
use crate::harness::program::{run, tool};
use crate::harness::{Certificates, Server, TIMEOUT, Tree, Wire, for_each_engine, tree};

const SIZE: usize = 3_000_001;

fn served() -> (Tree, Vec<u8>) {
    let (served, content) = (Tree::of(&[("a", "hello\n"), ("empty", "")]), tree::pattern(SIZE));
    served.file("f.bin", &content);
    (served, content)
}

fn serve(tree: &Tree, engine: &str, options: &[&str]) -> Server {
    Server::http(tree, &[&["--quiet", "--engine", engine], options].concat())
}

#[test]
fn files_arrive_whole_and_in_parts() {
    let (tree, content) = served();
    let certificates = Certificates::new();
    let [certificate, key] = certificates.options("localhost");
    for_each_engine(|engine| {
        let server = serve(&tree, engine, &[&certificate, &key]);
        let url = |name: &str| format!("{}{name}", server.url("https"));
        let curl = |options: &[&str]| {
            let mut curl = tool("curl");
            curl.args(["--silent", "--show-error", "--fail", "--max-time", "60", "--cacert"]);
            curl.arg(certificates.path("localhost.pem")).args(options);
            run(&mut curl)
        };
        assert!(curl(&[&url("f.bin")]).success() == content);
        assert!(curl(&["--tls-max", "1.2", &url("f.bin")]).success() == content);
        assert!(curl(&["--range", "100-2000000", &url("f.bin")]).success() == content[100..=2_000_000]);
        assert!(curl(&["--range", "-5", &url("f.bin")]).success() == content[SIZE - 5..]);
        assert_eq!(curl(&[&url("empty")]).success(), b"");
        assert_eq!(curl(&[&url("missing")]).code, Some(22), "404");
        let reused = ["--write-out", "%{num_connects} "];
        assert_eq!(curl(&[&reused[..], &[&url("empty"), &url("empty")]].concat()).text(), "1 0 ");
        let by_name = format!("https://localhost:{}/a", server.address("https").port());
        assert_eq!(curl(&[&by_name]).success(), b"hello\n", "a certificate for the name as well");

        let mut wget = tool("wget");
        wget.args(["--quiet", "--output-document=-", "--timeout=60", "--tries=1", "--ca-certificate"]);
        assert!(run(wget.arg(certificates.path("localhost.pem")).arg(url("f.bin"))).success() == content);
    });
}

#[test]
fn a_self_signed_certificate_has_the_announced_fingerprint() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let server = serve(&tree, engine, &["--tls", "self-signed"]);
        let url = format!("{}f.bin", server.url("https"));
        assert_eq!(run(tool("curl").args(["--silent", &url])).code, Some(60), "it is self-signed");
        assert!(run(tool("curl").args(["--silent", "--insecure", &url])).success() == content);
        let script = python(
            r#"
import hashlib
digest = hashlib.sha256(connect().getpeercert(True)).digest()
print("certificate SHA-256 " + ":".join(f"{byte:02X}" for byte in digest))
"#,
        );
        let port = server.address("https").port().to_string();
        let seen = run(tool("python3").args(["-c", &script, &port])).text();
        let said = server.announced().iter().find(|line| line.starts_with("certificate ")).unwrap();
        assert_eq!(seen.lines().next(), Some(&**said));
    });
}

/// A browser with the wrong scheme, or none.
#[test]
fn http_on_the_port_of_https_is_redirected() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let server = serve(&tree, engine, &["--tls", "self-signed"]);
        let address = server.address("https");
        let to = |target: &str| Some(format!("https://{address}{target}"));
        for (method, host, target, status, location, why) in [
            (
                "GET",
                &*address.to_string(),
                "/f.bin?a=%2F",
                301,
                to("/f.bin?a=%2F"),
                "the same host and target",
            ),
            ("HEAD", &address.to_string(), "/d%2Fe", 301, to("/d%2Fe"), "as it was encoded"),
            (
                "GET",
                &address.to_string(),
                "/\u{e9}?{\"}",
                301,
                to("/%C3%A9?%7B%22%7D"),
                "encoded for Location",
            ),
            ("GET", &address.to_string(), "//evil.example/", 301, to("//evil.example/"), "not another host"),
            ("GET", "evil.example", "/", 400, None, "a host that is refused"),
            ("GET", "", "/", 400, None, "no host"),
            ("PUT", &address.to_string(), "/f.bin", 400, None, "a method that would be repeated"),
        ] {
            let mut wire = Wire::connect(address);
            wire.send(format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            let answer = wire.response(method);
            assert_eq!(
                (answer.status, answer.field("location")),
                (status, location.as_deref()),
                "{target}: {why}"
            );
            assert_eq!(answer.field("connection"), Some("close"), "{target}: {why}");
        }
        let url = format!("http://{address}/f.bin");
        assert!(run(tool("curl").args(["--silent", "--insecure", "--location", &url])).success() == content);
    });
}

/// The certificate outlives the server, so that a browser's exception does as well.
#[test]
fn a_self_signed_certificate_is_kept() {
    let (tree, _) = served();
    let state = Tree::new();
    let start = |directory: &str| {
        let server = Server::http(&tree, &["--tls", "self-signed", "--state-dir", directory]);
        let lines = server.announced().to_vec();
        (lines.into_iter().find(|line| line.starts_with("certificate ")).unwrap(), server.stop())
    };
    let directory = state.join("mini");
    let (first, log) = start(directory.to_str().unwrap());
    assert_eq!(log, Vec::<String>::new());
    assert_eq!(start(directory.to_str().unwrap()), (first.clone(), log), "the same after a restart");
    let pem = directory.join("self-signed.pem");
    let shown =
        run(tool("openssl").args(["x509", "-noout", "-ext", "extendedKeyUsage", "-dates", "-in"]).arg(&pem));
    let shown = shown.text();
    assert!(shown.contains("TLS Web Server Authentication"), "{shown}");
    let day = |name: &str| {
        let date = shown.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        run(tool("date").args(["-d", date, "+%s"])).text().trim().parse::<u64>().unwrap() / (24 * 3_600)
    };
    assert_eq!(day("notAfter=") - day("notBefore="), 397, "{shown}");
    let text = std::fs::read_to_string(&pem).unwrap();
    std::fs::write(&pem, text.replace("127.0.0.1", "192.0.2.7")).unwrap();
    let (second, log) = start(directory.to_str().unwrap());
    assert!(second != first && log.concat().contains("the names or addresses have changed"), "{log:?}");
    let (_, log) = start("/proc/nowhere");
    assert!(log.len() == 1 && log[0].starts_with("warning: ") && log[0].contains("--state-dir"), "{log:?}");
}

#[test]
fn both_protocols_share_the_options() {
    let (tree, _) = served();
    let server = Server::both(&tree, &["--quiet", "--tls", "self-signed"]);
    let url = format!("{}a", server.url("https"));
    assert_eq!(run(tool("curl").args(["--silent", "--insecure", &url])).success(), b"hello\n");
}

#[test]
fn persistence_over_tls_follows_the_same_rules() {
    let script = python(
        r#"
get = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
last = b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
with connect() as pipeline:
    pipeline.sendall(get * 999 + last)
    answers = until_end(pipeline)
assert answers.count(b"HTTP/1.1 200 OK\r\n") == 1000 and answers.count(b"hello\n") == 1000

with connect() as pieces:
    for byte in last:
        pieces.sendall(bytes([byte]))
    assert until_end(pieces).endswith(b"hello\n"), "a record for each byte"

connection = http.client.HTTPSConnection(host, port, timeout=60, context=anyone)
for _ in range(20):
    connection.request("GET", "/f.bin")
    assert len(connection.getresponse().read()) == 3000001
    connection.request("HEAD", "/f.bin")
    connection.getresponse().read()
"#,
    );
    let (tree, _) = served();
    for_each_engine(|engine| {
        let server = serve(&tree, engine, &["--tls", "self-signed"]);
        let port = server.address("https").port().to_string();
        assert_eq!(run(tool("python3").args(["-c", &script, &port])).text(), "done\n");
    });
}

/// The client disappears in the middle of a response, with and without a close_notify.
#[test]
fn a_reset_connection_does_not_affect_others() {
    let script = python(
        r#"
streams = []
for number in range(60):
    stream = connect()
    stream.sendall(b"GET /f.bin HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
    stream.recv(1000)
    if number % 3 == 0:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.close()
    elif number % 3 == 1:
        socket.socket(fileno=stream.detach()).close()
    else:
        # Bytes that are no record.
        raw = socket.socket(fileno=stream.detach())
        raw.sendall(bytes(range(256)))
        raw.close()
"#,
    );
    let (tree, content) = served();
    for_each_engine(|engine| {
        let server = serve(&tree, engine, &["--tls", "self-signed"]);
        let port = server.address("https").port().to_string();
        assert_eq!(run(tool("python3").args(["-c", &script, &port])).text(), "done\n");
        let url = format!("{}f.bin", server.url("https"));
        assert!(
            run(tool("curl").args(["--silent", "--insecure", "--max-time", "60", &url])).success() == content
        );
        assert_eq!(server.stop(), Vec::<String>::new(), "nothing is logged");
    });
}

/// A file that is many times larger than all buffers, compared by its hash.
#[test]
fn a_large_file_arrives_whole() {
    let tree = Tree::new();
    let large = tree.file("large", tree::pattern(300 << 20));
    let server = Server::http(&tree, &["--quiet", "--tls", "self-signed"]);
    let digest = |command: String| run(tool("bash").args(["-c", &command])).text();
    let sent = digest(format!("sha256sum < {}", large.display()));
    let came = digest(format!("curl --silent --insecure {}large | sha256sum", server.url("https")));
    assert_eq!(came, sent);
    assert!(server.memory() < 64 << 10, "{} KiB", server.memory());
}

/// A refused client gets the reason over TLS too; a handshake counts as a connection.
#[test]
fn connection_limits_include_handshakes() {
    let (tree, _) = served();
    for_each_engine(|engine| {
        let server = serve(&tree, engine, &["--tls", "self-signed", "--max-per-ip", "1"]);
        let mut slow = Wire::connect(server.address("https"));
        // The first byte of a ClientHello (RFC 8446 section 5.1: a handshake record).
        slow.send(b"\x16");
        let url = format!("{}a", server.url("https"));
        let status = || {
            let mut curl = tool("curl");
            curl.args(["--silent", "--insecure", "--max-time", "60", "--output", "/dev/null"]);
            run(curl.args(["--write-out", "%{http_code}", &url])).text()
        };
        assert_eq!(status(), "429");
        drop(slow);
        let deadline = std::time::Instant::now() + TIMEOUT;
        while status() != "200" {
            assert!(std::time::Instant::now() < deadline, "the place is free again");
            std::thread::sleep(Duration::from_millis(20));
        }
    });
}

#[test]
fn idle_connections_take_little_memory() {
    crate::harness::raise_descriptors(8_192);
    let tree = served().0;
    let script = python(
        r#"
def memory():
    with open(f"/proc/{sys.argv[2]}/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS:")).split()[1]) * 1024
def one():
    stream = connect()
    stream.sendall(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
    while not stream.recv(65536).endswith(b"hello\n"):
        pass
    return stream
for _ in range(20):
    one().close()
before = memory()
crowd = [one() for _ in range(1000)]
each = (memory() - before) // len(crowd)
assert each < 16384, f"{each} bytes for each idle connection"
"#,
    );
    for engine in ["per-core", "event-loop"] {
        let server = serve(&tree, engine, &["--tls", "self-signed", "--max-per-ip", "5000"]);
        let port = server.address("https").port().to_string();
        let mut python = tool("python3");
        assert_eq!(run(python.args(["-c", &script, &port, &server.id().to_string()])).text(), "done\n");
    }
}
