//! `mini explain`: its outputs and exit codes.

mod page;

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::program::{Outcome, isolate, run, tool};
use crate::harness::{Server, TerminalUser, Tree, binary};

const SMUGGLING: &[u8] =
    b"POST / HTTP/1.1\r\nHost: a\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n\
    0\r\n\r\nGET /<script>alert(1)</script> HTTP/1.1\r\nHost: a\r\n\r\n";

fn explain(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary("mini"));
    isolate(&mut command);
    command.arg("explain").args(arguments);
    command
}

/// Explains standard input.
fn explained(input: &[u8], arguments: &[&str]) -> Outcome {
    let files = Tree::new();
    let file = files.file("input", input);
    run(explain(arguments).arg(&file))
}

fn as_json(input: &[u8], arguments: &[&str]) -> Value {
    let outcome = explained(input, &[&["--output", "json"], arguments].concat());
    serde_json::from_slice(&outcome.success()).unwrap()
}

#[test]
fn standard_input_is_explained() {
    let mut child = explain(&["-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("request-target"), "{text}");
}

#[test]
fn each_outcome_has_its_exit_code_and_one_line() {
    for (input, arguments, code, expected, why) in [
        (&b"GET / HTTP/1.1\r\n"[..], &[][..], 0, "", "an incomplete head is explained as well"),
        (SMUGGLING, &[], 0, "", "violations are no failure"),
        (b"hello\r\n", &[], 1, "it looks like neither HTTP nor FTP; name its format with --as", "unknown"),
        (b"", &[], 1, "name its format with --as", "empty"),
        (b"hello\r\n", &["--as", "ftp-command"], 0, "", "the format is given"),
        (b"0000: 4745\n0009: 54\n", &[], 1, "line 2 of the hex dump begins at 0x9", "a damaged dump"),
        (b"\xd4\xc3\xb2\xa1\x02\0\x04\0", &[], 1, "a damaged capture", "a header that is cut off"),
        (b"S: 220 a\nC: QUIT\n", &["--reads", "3"], 2, "--reads applies to", "reads of two ends"),
        (b"", &["--as", "gopher"], 2, "gopher", "an unknown format"),
    ] {
        let outcome = explained(input, arguments);
        assert_eq!(outcome.code, Some(code), "{why}: {}", outcome.err);
        assert!(outcome.err.contains(expected), "{why}: {}", outcome.err);
        assert_eq!(outcome.err.lines().count(), usize::from(code != 0), "{why}: {}", outcome.err);
    }
    let missing = run(&mut explain(&["/nowhere/x"]));
    assert!(missing.code == Some(1) && missing.err.contains("cannot read '/nowhere/x'"), "{}", missing.err);
    let unknown = run(&mut explain(&["--rule", "bare-fl"]));
    assert!(unknown.code == Some(1) && unknown.err.contains("bare-lf"), "{}", unknown.err);
}

#[test]
fn a_rule_is_printed_in_both_languages() {
    let english = run(&mut explain(&["--rule", "bare-lf"])).text();
    assert!(english.starts_with("bare-lf (breaks, RFC 9112 section 2.2)\n"), "{english}");
    let indonesian = run(&mut explain(&["--rule", "bare-lf", "--lang", "id"])).text();
    assert!(indonesian.starts_with("bare-lf (melanggar, RFC 9112 section 2.2)\n"), "{indonesian}");
    let by_locale = run(explain(&["--rule", "bare-lf"]).env("LC_ALL", "id_ID.UTF-8")).text();
    assert_eq!(by_locale, indonesian);
}

/// Spans are contiguous at the top and cover the input; children lie inside their parent, in order.
#[track_caller]
fn check_spans(spans: &Value, length: u64) {
    let mut at = 0;
    for span in spans.as_array().unwrap() {
        assert_eq!(span["start"], at, "{span}");
        at = span["end"].as_u64().unwrap();
        check_span(span);
    }
    assert_eq!(at, length);
}

#[track_caller]
fn check_span(span: &Value) {
    let (mut at, end) = (span["start"].as_u64().unwrap(), span["end"].as_u64().unwrap());
    assert!(
        at < end && span["field"].is_string() && span["value"].is_string() && span["rfc"].is_string(),
        "{span}"
    );
    assert_eq!(span.get("rule").is_some(), span.get("severity").is_some(), "{span}");
    for child in span["children"].as_array().unwrap() {
        assert!(child["start"].as_u64().unwrap() >= at, "{span}");
        at = child["end"].as_u64().unwrap();
        assert!(at <= end, "{span}");
        check_span(child);
    }
}

#[test]
fn json_has_spans_that_cover_the_input() {
    for (input, kind) in [
        (&b"GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n"[..], "http-request"),
        (SMUGGLING, "http-request"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel", "http-response"),
        (b"USER ada\r\nPASS secret\r\nNO", "ftp-command"),
        (b"220-a\r\n220 b\r\n", "ftp-reply"),
        (b"-rw-r--r-- 1 a b 3 Jan 1 2020 a.txt\r\n", "list"),
        (b"type=file;size=3; a.txt\r\n", "mlsd"),
    ] {
        let explanation = as_json(input, &[]);
        assert_eq!(explanation["kind"], kind);
        check_spans(&explanation["spans"], input.len() as u64);
        let with_kind = as_json(input, &["--as", kind]);
        assert_eq!(with_kind, explanation, "{kind} is detected");
    }
    let explanation = as_json(SMUGGLING, &[]);
    let fault = &explanation["faults"][0];
    assert_eq!(
        (&fault["rule"], &fault["at"], &fault["severity"]),
        (&json!("bare-lf"), &json!(24), &json!("breaks"))
    );
    let marked: Vec<_> = explanation["spans"].as_array().unwrap().iter().flat_map(rules).collect();
    assert!(marked.contains(&"bare-lf".to_owned()), "{marked:?}");
    assert!(explanation["second_reading"].is_array(), "a lone LF is read in two ways");
}

fn rules(span: &Value) -> Vec<String> {
    let own = span.get("rule").map(|rule| rule.as_str().unwrap().to_owned());
    own.into_iter().chain(span["children"].as_array().unwrap().iter().flat_map(rules)).collect()
}

#[test]
fn reads_show_where_the_parser_waits_and_rejects() {
    let request = b"GET / HTTP/1.1\r\nHost a\r\n\r\n";
    let reads = as_json(request, &["--reads", "5,30"])["reads"].clone();
    assert_eq!(reads[0], json!({"end": 5, "state": "waits", "at": 0}));
    assert_eq!((&reads[1]["end"], &reads[1]["state"]), (&json!(26), &json!("rejects")));
    let text = explained(request, &["--reads", "5"]).text();
    assert!(text.contains("waits for more, from byte 0") && text.contains("rejects at byte"), "{text}");
}

#[test]
fn secrets_are_masked_by_default() {
    let commands = b"USER ada\r\nPASS geheim\r\n";
    for output in ["terminal", "json", "html"] {
        let text = explained(commands, &["--output", output]).text();
        assert!(!text.contains("geheim") && !text.contains("67 65 68"), "{output}: {text}");
        let shown = explained(commands, &["--output", output, "--show-passwords"]).text();
        assert!(shown.contains("geheim"), "{output}");
    }
}

#[test]
fn text_fits_80_columns_and_has_colour_only_on_a_terminal() {
    let text = explained(SMUGGLING, &[]).text();
    let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 80 && !text.contains('\x1b'), "{widest} columns\n{text}");
    assert!(text.contains("^ bare-lf: breaks, RFC 9112 \u{a7}2.2"), "{text}");
    assert!(text.contains("parsing continues"), "{text}");
    let files = Tree::new();
    let file = files.file("input", SMUGGLING);
    let mini = binary("mini");
    let command = format!("{} explain {}", mini.display(), file.display());
    TerminalUser::start(&command).wait_for("\x1b[1;31m");
    let plain = format!("NO_COLOR=1 {command}; echo done");
    assert!(!TerminalUser::start(&plain).wait_for("done").contains("\x1b["));
}

/// Traces of curl, over HTTP and FTP.
#[test]
fn traces_of_curl_show_both_directions() {
    let served = Tree::of(&[("a.txt", "hello\n")]);
    let server = Server::both(&served, &["--quiet"]);
    let files = Tree::new();
    for option in ["--trace", "--trace-ascii"] {
        let trace = files.join("trace");
        let traced = |url: &str| {
            run(tool("curl").args(["-sS", option]).arg(&trace).args(["--user", "anonymous:geheim", url]))
                .success();
            as_json(&fs::read(&trace).unwrap(), &[])["connections"].clone()
        };
        let http = traced(&format!("{}a.txt", server.url("http")));
        assert_eq!((&http[0]["protocol"], http.as_array().unwrap().len()), (&json!("http"), 1), "{option}");
        let text = http.to_string();
        assert!(text.contains("/a.txt") && text.contains("200"), "{option}: {text}");
        let ftp = traced(server.url("ftp"));
        assert_eq!(ftp[0]["protocol"], "ftp", "{option}");
        assert_eq!(
            (&ftp[1]["protocol"], &ftp[1]["control"]),
            (&json!("list"), &json!([0, "LIST"])),
            "{option}"
        );
        assert!(!ftp.to_string().contains("geheim"), "{option}: the password is masked");
        assert_eq!(ftp[0]["directions"][0]["sender"], "client");
    }
}

/// A little-endian pcap of raw IPv4: segments of (is by the client, flags, sequence, payload).
fn capture(segments: &[(bool, u8, u32, &[u8])]) -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    let mut file = words(&[0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 101]);
    for (is_by_client, flags, sequence, payload) in segments {
        let (ports, addresses) = match is_by_client {
            true => ([0xc3, 0x50, 0, 80], [192, 0, 2, 7, 192, 0, 2, 1]),
            false => ([0, 80, 0xc3, 0x50], [192, 0, 2, 1, 192, 0, 2, 7]),
        };
        let length = u16::try_from(40 + payload.len()).unwrap().to_be_bytes();
        let ip = [&[0x45, 0][..], &length, &[0, 0, 0x40, 0, 64, 6, 0, 0], &addresses].concat();
        let tcp =
            [&ports[..], &sequence.to_be_bytes(), &[0, 0, 0, 0, 0x50, *flags, 1, 0, 0, 0, 0, 0], payload]
                .concat();
        let size = u32::try_from(ip.len() + tcp.len()).unwrap();
        file.extend([words(&[1, 2, size, size]), ip, tcp].concat());
    }
    file
}

#[test]
fn captures_have_layers_and_both_directions() {
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YTpi\r\n\r\n";
    let (first, second) = request.split_at(20);
    let file = capture(&[
        (true, 2, 99, b""),
        (true, 16, 120, second),
        (true, 16, 100, first),
        (true, 16, 100, first),
        (false, 16, 500, b"HTTP/1.1 204 No Content\r\n\r\n"),
    ]);
    let explanation = as_json(&file, &[]);
    check_spans(&explanation["spans"], file.len() as u64);
    let values: Vec<_> =
        explanation["spans"].as_array().unwrap().iter().map(|span| span["value"].as_str().unwrap()).collect();
    assert!(values[2].ends_with(", out of order") && values[4].ends_with(", retransmission"), "{values:?}");
    let layers = explanation["spans"][2]["children"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| layer["field"].as_str().unwrap());
    assert_eq!(layers.collect::<Vec<_>>(), ["ipv4-header", "tcp-header", "payload"]);
    let connection = &explanation["connections"][0];
    assert_eq!(
        (&connection["client"], &connection["server"]),
        (&json!("192.0.2.7:50000"), &json!("192.0.2.1:80"))
    );
    check_spans(&connection["directions"][0]["spans"], request.len() as u64);
    check_spans(&connection["directions"][1]["spans"], 27);
    let text = explained(&file, &[]).text();
    assert!(text.contains("connection 1: http, 192.0.2.7:50000 > 192.0.2.1:80"), "{text}");
}

#[test]
fn a_large_capture_is_explained_in_a_second() {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 1_000 * 1_000);
    let request: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut segments = vec![(true, 16, 0, request), (false, 16, 0, head.as_bytes())];
    let content = [b'x'; 1_000];
    let start = u32::try_from(head.len()).unwrap();
    segments.extend((0..1_000).map(|number| (false, 16, start + 1_000 * number, &content[..])));
    let files = Tree::new();
    let file = files.file("large.pcap", capture(&segments));
    let mut command = explain(&["--output", "json"]);
    let started = std::time::Instant::now();
    run(command.arg(&file)).success();
    let time = started.elapsed();
    println!("{time:?}");
    // A build without optimization may take longer.
    let limit = if cfg!(debug_assertions) { 10 } else { 1 };
    assert!(time.as_secs() < limit, "{time:?}");
}
