//! `--trace`: its content in each format, without secrets.

use std::fs;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::ftp::Ftp;
use crate::harness::program::{run, tool};
use crate::harness::scripted::ScriptedServer;
use crate::harness::scripted::http::{close, response};
use crate::harness::tree::pattern;
use crate::harness::{ENGINES, Server, Tree, Wire, binary, for_each_engine};

const PASSWORD: &str = "hunter2-of-ada";
/// `ada:hunter2-of-ada` and `eve:hunter2-of-ada` in the form of RFC 7617.
const BASIC: [&str; 2] = ["YWRhOmh1bnRlcjItb2YtYWRh", "ZXZlOmh1bnRlcjItb2YtYWRh"];
const TOKEN: &str = "tk9-4711-secret";

/// Whether a trace contains these bytes, as they are or escaped as JSON.
fn has(trace: &[u8], text: &str) -> bool {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    [text, &hex].iter().any(|text| trace.windows(text.len()).any(|part| part == text.as_bytes()))
}

#[track_caller]
fn assert_masked(trace: &[u8], what: &str) {
    for secret in [PASSWORD, BASIC[0], BASIC[1], TOKEN] {
        assert!(!has(trace, secret), "{what} shows {secret}: {}", String::from_utf8_lossy(trace));
    }
}

fn curl(options: &[&str]) {
    let mut curl = tool("curl");
    // The server's response does not matter.
    run(curl.args(["--silent", "--insecure", "--max-time", "60", "--output", "/dev/null"]).args(options));
}

#[test]
fn traces_contain_no_secrets() {
    let engines = ENGINES.iter().cycle();
    let formats = ["text", "jsonl", "pcap"];
    let cases = formats.iter().flat_map(|format| [(format, false), (format, true)]);
    for ((format, is_secure), engine) in cases.zip(engines) {
        let (served, traces) = (Tree::of(&[("a.txt", "hello\n")]), Tree::new());
        let user = format!("ada:{PASSWORD}");
        let file = |name: &str| format!("{format}:{}", traces.join(name).display());
        let server_trace = file("server");
        let mut options = vec!["--writable", "--user", &user, "--engine", engine, "--trace", &server_trace];
        if is_secure {
            options.extend(["--tls", "self-signed", "--ftps", "127.0.0.1:0"]);
        }
        let server = Server::both(&served, &options);
        use_passwords(&server, is_secure, &file);
        server.stop();
        let mut seen = Vec::new();
        for entry in fs::read_dir(traces.path()).unwrap() {
            let path = entry.unwrap().path();
            let trace = fs::read(&path).unwrap();
            assert_masked(&trace, &format!("{} as {format}, TLS: {is_secure}", path.display()));
            seen.extend(trace);
        }
        for text in ["USER ada", "PASS **", "RETR a.txt", "GET /a.txt", "hello"] {
            assert!(has(&seen, text), "{format}: {text} is not in the trace");
        }
    }
}

/// Sends passwords and tokens to a server in every place that the protocols define.
fn use_passwords(server: &Server, is_secure: bool, trace: &dyn Fn(&str) -> String) {
    let (scheme, tls) = if is_secure { ("https", &["--tls", "--insecure"][..]) } else { ("http", &[][..]) };
    let (http, ftp) = (server.address(scheme), server.address("ftp"));
    let with_login = |scheme: &str, at| format!("{scheme}://ada:{PASSWORD}@{at}/a.txt");
    let client = |name: &str, url: &str, options: &[&str]| {
        let trace = trace(&name[..4]);
        let mut command = Command::new(binary(name));
        command.args(["get", url, "-o", "-", "--trace", &trace]).args(options).stdin(Stdio::null());
        assert_eq!(run(&mut command).success(), b"hello\n", "{name}");
    };
    client("http-mini", &with_login(scheme, http), if is_secure { &["--insecure"] } else { &[] });
    client("ftp-mini", &with_login("ftp", ftp), tls);
    if is_secure {
        client("ftp-mini", &with_login("ftps", server.address("ftps")), &["--insecure"]);
    }
    let url = format!("{scheme}://{http}/a.txt");
    curl(&[
        "-H",
        &format!("Authorization: Bearer {TOKEN}"),
        "-H",
        &format!("Cookie: id={TOKEN}; b={TOKEN}"),
        &url,
    ]);
    curl(&["-H", &format!("Proxy-Authorization: Basic {}", BASIC[1]), &url]);
    curl(&["-H", &format!("Referer: http://eve:{PASSWORD}@example.org/"), &url]);
    curl(&["-d", &format!("user=ada&password={PASSWORD}&api_token={TOKEN}"), &url]);
    curl(&[
        "-F",
        &format!("passwd={PASSWORD}"),
        "-F",
        &format!("token={TOKEN}"),
        "-F",
        "file=@/dev/null",
        &url,
    ]);
    curl(&["--insecure", "--ssl", "-T", "/dev/null", &format!("ftp://ada:{PASSWORD}@{ftp}/up.txt")]);
    if is_secure {
        return;
    }
    // In pieces, and malformed.
    let mut wire = Wire::connect(ftp);
    wire.line();
    for line in ["USER ada\r\n", &format!("PASS {PASSWORD}\r\n"), &format!("acct {TOKEN}\r\nQUIT\r\n")] {
        wire.drip(line.as_bytes());
    }
    wire.rest();
    for request in [
        format!("GET http://eve:{PASSWORD}@{http}/ HTTP/1.1\r\nHost: {http}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {http}\r\nAuthorization : Basic {}\r\n\r\n", BASIC[1]),
        format!("GET / HTTP/1.1\nHost: {http}\nAuthorization: Basic {}\n\n", BASIC[1]),
        format!("GET / HTTP/1.1\r\nHost: {http}\r\nAuthorization:\r\n Basic {}\r\n\r\n", BASIC[1]),
        format!("GET / HTTP/1.1\r\nHost: {http}\r\nAuthorization: Basic {}", BASIC[1]),
    ] {
        let mut wire = Wire::connect(http);
        wire.drip(request.as_bytes());
        wire.finish();
        wire.rest();
    }
}

#[test]
fn client_traces_mask_proxy_logins_and_cookies() {
    let server = ScriptedServer::http(|caller, request| {
        let fields = format!(
            "Set-Cookie: id={TOKEN}; Path=/\r\nset-cookie: b={TOKEN}\r\nLocation: http://eve:{PASSWORD}@{}/b\r\n",
            request.field("host").unwrap()
        );
        let status = if request.target.ends_with("/a") { "302 Found" } else { "404 Not Found" };
        caller.send(response(status, &fields, "no"))?;
        Err(close())
    });
    let proxy = format!("http://eve:{PASSWORD}@{}", server.address());
    for format in ["text", "jsonl", "pcap"] {
        for (url, shown) in [
            (server.url("http", "a"), "302 Found"),
            ("http://a.example/a".to_owned(), "GET http://a.example/a"),
            ("https://a.example/a".to_owned(), "CONNECT a.example:443"),
        ] {
            let traces = Tree::new();
            let file = traces.join("trace");
            let mut command = Command::new(binary("http-mini"));
            command.args(["request", "GET", &url, "--trace"]).arg(format!("{format}:{}", file.display()));
            command.env("http_proxy", &proxy).env("https_proxy", &proxy).env("no_proxy", "127.0.0.1");
            run(&mut command);
            let trace = fs::read(&file).unwrap();
            assert_masked(&trace, format);
            assert!(has(&trace, "Set-Cookie: ") && has(&trace, shown), "{format}: {url}");
        }
    }
}

/// Prints a capture with tshark, which verifies each checksum.
fn tshark(capture: &Path, ports: &[(u16, &str)], options: &[&str]) -> String {
    let mut tshark = tool("tshark");
    // tshark needs a home that is a directory.
    tshark.arg("-r").arg(capture).env("HOME", capture.parent().unwrap());
    tshark.args(["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]);
    for (port, protocol) in ports {
        tshark.args(["-d", &format!("tcp.port=={port},{protocol}")]);
    }
    let outcome = run(tshark.args(options));
    let warnings: Vec<_> = outcome.err.lines().filter(|line| !line.starts_with("Running as user")).collect();
    assert!(warnings.is_empty(), "{warnings:?}");
    outcome.text()
}

/// Nothing in a capture is malformed, lost, or repeated.
#[track_caller]
fn assert_sound(capture: &Path, ports: &[(u16, &str)]) {
    let flaws = "_ws.malformed || tcp.checksum.status == Bad || ip.checksum.status == Bad || \
                 tcp.analysis.retransmission || tcp.analysis.out_of_order || tcp.analysis.lost_segment || \
                 tcp.analysis.ack_lost_segment || tcp.analysis.window_full";
    assert_eq!(tshark(capture, ports, &["-Y", flaws]), "");
}

/// The request-targets and the commands in a capture, in order.
fn asked(capture: &Path, ports: &[(u16, &str)]) -> Vec<String> {
    let fields = ["http.request.uri", "ftp.request.command", "ftp.request.arg"].map(|field| ["-e", field]);
    let options = [&["-Y", "http.request.uri || ftp.request.command", "-T", "fields"], fields.as_flattened()];
    let lines = tshark(capture, ports, &options.concat());
    lines.lines().map(|line| line.replace('\t', " ").trim().to_owned()).collect()
}

#[test]
fn wireshark_reads_the_same_dialogue() {
    let large = pattern(300_000);
    let unencrypted = ["USER anonymous", "PASS ***************"];
    let encrypted = ["AUTH SSL", "USER anonymous", "PASS ***************", "PBSZ 0", "PROT P"];
    let dialogue = ["PWD", "EPSV", "TYPE I", "SIZE large", "RETR large", "QUIT"];
    for_each_engine(|engine| {
        for (tls, explicit, login) in
            [(&[][..], &[][..], &unencrypted[..]), (&["--tls", "self-signed"], &["--ssl-reqd"], &encrypted)]
        {
            let (served, traces) = (Tree::of(&[("a.txt", "hello\n")]), Tree::new());
            served.file("large", &large);
            let capture = traces.join("server.pcapng");
            let trace = format!("pcap:{}", capture.display());
            let server = Server::both(&served, &[&["--engine", engine, "--trace", &*trace], tls].concat());
            let scheme = if tls.is_empty() { "http" } else { "https" };
            let (http, ftp) = (server.address(scheme), server.address("ftp"));
            curl(&[
                &format!("{scheme}://{http}/a.txt"),
                "-o",
                "/dev/null",
                &format!("{scheme}://{http}/large"),
            ]);
            curl(&[explicit, &[&*format!("ftp://{ftp}/large")]].concat());
            server.stop();
            let ports = [(http.port(), "http"), (ftp.port(), "ftp")];
            assert_sound(&capture, &ports);
            let expected = [&["/a.txt", "/large"], login, &dialogue].concat();
            assert_eq!(asked(&capture, &ports), expected, "{tls:?}");
            let sizes = tshark(&capture, &ports, &["-T", "fields", "-e", "tcp.len", "-Y", "ftp-data"]);
            let bytes: usize = sizes.lines().map(|line| line.parse::<usize>().unwrap()).sum();
            assert_eq!(bytes, large.len(), "all of the content is there");
        }
    });
}

#[test]
fn captures_include_unix_sockets_and_ipv6() {
    let (served, traces) = (Tree::of(&[("a.txt", "hello\n")]), Tree::new());
    let (capture, socket) = (traces.join("server.pcapng"), traces.join("socket"));
    let (trace, unix) =
        (format!("--trace=pcap:{}", capture.display()), format!("--listen=unix:{}", socket.display()));
    let server = Server::http(&served, &["--listen=[::1]:0", &unix, &trace]);
    let url = server.announced().iter().find(|line| line.contains("[::1]")).unwrap();
    curl(&[&format!("{url}a.txt")]);
    let mut wire = UnixStream::connect(&socket).unwrap();
    wire.write_all(b"GET /by-unix HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    std::io::Read::read_to_end(&mut wire, &mut answer).unwrap();
    let port = url.rsplit([':', '/']).nth(1).unwrap().parse().unwrap();
    server.stop();
    assert_sound(&capture, &[(port, "http")]);
    assert_eq!(asked(&capture, &[(port, "http")]), ["/a.txt", "/by-unix"]);
}

/// The lines of a trace as JSON.
fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn json_lines_have_the_bytes_in_their_order() {
    let content = pattern(200_000);
    let (served, traces) = (Tree::new(), Tree::new());
    served.file("large", &content);
    let file = traces.join("trace");
    let server = Server::ftp(&served, &["--trace", &format!("jsonl:{}", file.display())]);
    let mut ftp = Ftp::login(&server);
    assert_eq!(ftp.fetch("RETR large"), content);
    ftp.expect("QUIT", 221);
    server.stop();
    let lines = lines(&file);
    let opened = lines.iter().find(|line| line["related"] == 1).expect("a data connection");
    let data = |line: &&Value| line["connection"] == opened["connection"] && line["direction"] == "written";
    let (mut bytes, mut hex) = (0, String::new());
    for line in lines.iter().filter(data).filter(|line| line["event"] == "data") {
        assert_eq!(line["offset"], bytes);
        bytes += line["length"].as_u64().unwrap();
        match line["hex"].as_str() {
            Some(more) => hex.push_str(more),
            None => hex.extend(line["text"].as_str().unwrap().bytes().map(|byte| format!("{byte:02x}"))),
        }
    }
    let expected: String = content.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(hex == expected, "{bytes} bytes");
}

#[test]
fn echo_and_chat_are_traced_at_both_ends() {
    for (service, said) in [("echo", "hello"), ("chat", "ada\n/quit")] {
        let mut server = Command::new(binary("mini"));
        server.args([service, "server", "--listen", "127.0.0.1:0", "--trace", "text"]);
        let server = Server::start(server);
        let scheme = if service == "echo" { "tcp" } else { "chat" };
        let mut client = Command::new(binary("mini"));
        client.args([service, "client", &server.address(scheme).to_string(), "--trace", "text"]);
        let mut client =
            client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        client.stdin.take().unwrap().write_all(format!("{said}\n").as_bytes()).unwrap();
        let client = String::from_utf8(client.wait_with_output().unwrap().stderr).unwrap();
        let server = server.stop().join("\n");
        let word = said.lines().next().unwrap();
        assert!(client.contains(&format!("    {word}\\n")) && client.contains(" written "), "{client}");
        assert!(server.contains(&format!("    {word}\\n")) && server.contains(" read "), "{server}");
    }
}

#[test]
fn a_full_output_ends_the_trace_and_not_the_server() {
    let served = Tree::of(&[("a.txt", "hello\n")]);
    let server = Server::http(&served, &["--trace", "text:/dev/full", "--quiet"]);
    for _ in 0..3 {
        assert_eq!(server.get("/a.txt").body, b"hello\n");
    }
    let log = server.stop();
    let warnings: Vec<_> = log.iter().filter(|line| line.contains("the trace ends here")).collect();
    assert_eq!(warnings.len(), 1, "{log:?}");
    assert!(warnings[0].contains("'/dev/full': No space left"), "{log:?}");
}

/// A truncated packet would make the file unreadable.
#[test]
fn a_capture_that_grows_too_large_stays_readable() {
    let (served, traces) = (Tree::new(), Tree::new());
    served.file("large", pattern(300_000));
    let capture = traces.join("trace.pcapng");
    let mut command = tool("prlimit");
    command.args(["--fsize=100000"]).arg(binary("http-mini")).arg("serve").arg(served.path());
    command
        .args(["--listen", "127.0.0.1:0", "--quiet", "--trace"])
        .arg(format!("pcap:{}", capture.display()));
    let server = Server::start(command);
    assert_eq!(server.get("/large").body.len(), 300_000);
    let port = server.address("http").port();
    server.stop();
    assert_eq!(asked(&capture, &[(port, "http")]), ["/large"]);
}

#[test]
fn an_impossible_trace_is_refused() {
    let tree = Tree::of(&[("a", "")]);
    tree.symlink("link", "a");
    let at = |name: &str| -> PathBuf { tree.join(name) };
    let missing = format!("text:{}", at("missing/trace").display());
    let link = format!("text:{}", at("link").display());
    for (arguments, code, words) in [
        (&["http-mini", "serve", "--trace", "pcap"][..], 2, "pcap needs a file, as in pcap:trace.pcapng"),
        (
            &["ftp-mini", "ls", "ftp://localhost/", "--trace", "json"],
            2,
            "formats are text, jsonl and pcap:FILE",
        ),
        (&["mini", "echo", "server", "--udp", "--trace", "text"], 2, "--trace"),
        (&["mini", "serve", "--trace", &missing], 1, "No such file"),
        (&["mini", "serve", "--trace", &link], 1, "it is a symlink to a file"),
    ] {
        let outcome = run(Command::new(binary(arguments[0])).args(&arguments[1..]).stdin(Stdio::null()));
        assert_eq!(outcome.code, Some(code), "{arguments:?}: {}", outcome.err);
        assert!(
            outcome.err.contains(words) && outcome.err.lines().count() == 1,
            "{arguments:?}: {}",
            outcome.err
        );
    }
}
