//! `mini explain`: its outputs and exit codes, and its page in a browser.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::program::{Outcome, isolate, run, tool};
use crate::harness::webdriver::Browser;
use crate::harness::{Person, Server, Tree, Wire, binary};

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
        (b"S: 220 a\nC: QUIT\n", &["--reads", "3"], 2, "--reads goes with", "reads of two ends"),
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
fn secrets_are_masked_unless_they_are_wanted() {
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
    Person::sits_down(&command).sees("\x1b[1;31m");
    let plain = format!("NO_COLOR=1 {command}; echo done");
    assert!(!Person::sits_down(&plain).sees("done").contains("\x1b["));
}

/// What a real curl traces, over HTTP and FTP.
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
    let begun = std::time::Instant::now();
    run(command.arg(&file)).success();
    let time = begun.elapsed();
    println!("{time:?}");
    // A build without optimization may take longer.
    let limit = if cfg!(debug_assertions) { 10 } else { 1 };
    assert!(time.as_secs() < limit, "{time:?}");
}

/// Sizes of a window, and whether it is a phone's.
const DEVICES: [(&str, u64, u64); 2] = [("phone", 390, 844), ("desktop", 1_200, 800)];

/// The page fits and has no findings of axe-core, on each device, light and dark; pictures are kept for people.
fn inspect(browser: &Browser, name: &str) {
    let axe = crate::harness::peers::fetched("node/node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(axe).unwrap();
    for (device, width, height) in DEVICES {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": device == "phone"});
        browser.devtools("Emulation.setDeviceMetricsOverride", &size);
        for scheme in ["light", "dark"] {
            let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            browser.devtools("Emulation.setEmulatedMedia", &features);
            let needed = browser.script("return document.documentElement.scrollWidth").as_u64().unwrap();
            assert!(needed <= width, "{name} on a {device}: {needed} of {width} pixels");
            let findings = "return axe.run().then(result => result.violations.map(
                found => `${found.id}: ${found.nodes.map(node => node.html)}`))";
            let found = browser.script(&format!("{axe}; window.axe = axe; {findings}"));
            assert_eq!(found, json!([]), "{name} on a {device}, {scheme}");
            let picture = pictures().join(format!("explain-{name}-{device}-{scheme}.png"));
            fs::write(picture, browser.screenshot()).unwrap();
        }
    }
}

/// `target/screenshots/`.
fn pictures() -> std::path::PathBuf {
    let this = std::env::current_exe().unwrap();
    let pictures = this.ancestors().nth(3).unwrap().join("screenshots");
    fs::create_dir_all(&pictures).unwrap();
    pictures
}

#[test]
fn the_offline_page_links_bytes_and_parts() {
    let (files, downloads) = (Tree::new(), Tree::new());
    let browser = Browser::start(downloads.path());
    for language in ["en", "id"] {
        let page = explained(SMUGGLING, &["--output", "html", "--lang", language]).success();
        let file = files.file("page.html", page);
        open(&browser, &file);
        let alerts = "return document.querySelectorAll('#bytes script, #parts script').length";
        assert_eq!(browser.script(alerts), json!(0), "a value is only text");
        let tree = "return document.querySelectorAll('[role=treeitem]').length";
        assert!(browser.script(tree).as_u64().unwrap() > 20);

        // By pointer: bytes light their part, and a part its bytes.
        let hover = "const piece = document.querySelectorAll('#bytes pre > span')[2];
            piece.dispatchEvent(new PointerEvent('pointerenter', {pointerType: 'mouse'}));
            return document.querySelector('.row.on .name').innerText";
        assert_eq!(browser.script(hover), json!("absolute-path"));
        // By keyboard.
        let focus = "document.querySelector('[role=treeitem]').focus()";
        browser.script(focus);
        for (key, expected) in [
            ("ArrowDown", "request-line"),
            ("ArrowRight", "method"),
            ("ArrowLeft", "request-line"),
            ("End", "CRLF"),
            ("Home", "request head"),
        ] {
            browser.devtools("Input.dispatchKeyEvent", &json!({"type": "keyDown", "key": key}));
            browser.devtools("Input.dispatchKeyEvent", &json!({"type": "keyUp", "key": key}));
            let name = browser.script("return document.activeElement.querySelector('.name').innerText");
            assert_eq!(name, json!(expected), "{key}");
            assert_eq!(
                browser.script("return document.querySelector('#detail h2').innerText"),
                json!(expected)
            );
        }
        // A violation leads to its part.
        browser.script("document.querySelector('#faults button').click()");
        let marked = "return [document.activeElement.querySelector('.name').className.includes('breaks'),
            document.querySelector('#detail').innerText.includes('bare-lf')]";
        assert_eq!(browser.script(marked), json!([true, true]));
        let loaded = "return performance.getEntriesByType('resource').length";
        assert_eq!(browser.script(loaded), json!(0), "nothing is loaded");
        inspect(&browser, language);
    }
}

fn open(browser: &Browser, file: &Path) {
    browser.open(&format!("file://{}", file.display()));
}

fn listen() -> Server {
    let mut command = explain(&["--listen", "0"]);
    command.env_remove("LC_ALL");
    Server::start(command)
}

#[test]
fn the_editor_explains_what_is_typed() {
    let server = listen();
    assert!(server.address("http").ip().is_loopback());
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.open(server.url("http"));
    awaited(&browser, "return document.querySelector('#parts').innerText", "request-target");
    let example = |name: &str| {
        let script = format!(
            "const select = document.querySelector('#editor select'); select.value = '{name}';
             select.dispatchEvent(new Event('change'))"
        );
        browser.script(&script);
    };
    for (name, shown) in [
        ("upload_form", "part head"),
        ("smuggling CL.TE", "length-and-coding"),
        ("smuggling TE.CL", "length-and-coding"),
        ("smuggling LF", "bare-lf"),
        ("passive_dialogue", "server"),
        ("list_lines", "line"),
        ("plain_request", "request-target"),
    ] {
        example(name);
        awaited(&browser, "return document.querySelector('main').innerText", shown);
    }
    let every = "const select = document.querySelectorAll('#editor select')[3]; select.value = 'every';
        select.dispatchEvent(new Event('change'))";
    browser.script(every);
    awaited(&browser, "return document.querySelector('#reads').innerText", "waits for more, from byte 0");
    example("smuggling LF");
    awaited(&browser, "return document.querySelector('#reads').innerText", "rejects at byte 42: bare-lf");
    inspect(&browser, "editor");
    browser.script("document.querySelector('textarea').value = 'hello'; document.querySelector('textarea').dispatchEvent(new Event('input'))");
    awaited(&browser, "return document.querySelector('#summary').innerText", "neither HTTP nor FTP");
    browser.open(&format!("{}?lang=id", server.url("http")));
    awaited(&browser, "return document.body.innerText", "Bagian");
    server.stop();
}

/// Waits until a script returns text with this in it.
#[track_caller]
fn awaited(browser: &Browser, script: &str, text: &str) {
    let deadline = std::time::Instant::now() + crate::harness::PATIENCE;
    loop {
        let now = browser.script(script).as_str().unwrap_or_default().to_owned();
        if now.contains(text) {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{text} is not in {now}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn the_editor_answers_only_its_own_page() {
    let server = listen();
    let address = server.address("http");
    let own = format!("127.0.0.1:{}", address.port());
    let large = "x".repeat((1 << 20) + 1);
    for (fields, content, expected, why) in [
        (format!("Host: {own}\r\n"), "NOOP\r\n", 200, "no browser"),
        (format!("Host: {own}\r\nOrigin: http://{own}\r\n"), "NOOP\r\n", 200, "its own page"),
        (format!("Host: {own}\r\nOrigin: http://evil.example\r\n"), "NOOP\r\n", 403, "another site"),
        (format!("Host: {own}\r\nOrigin: http://127.0.0.1:1\r\n"), "NOOP\r\n", 403, "another port"),
        (format!("Host: {own}\r\nSec-Fetch-Site: cross-site\r\n"), "NOOP\r\n", 403, "another site"),
        ("Host: evil.example\r\n".into(), "NOOP\r\n", 421, "DNS rebinding"),
        (format!("Host: {own}\r\n"), "hello", 422, "not to be explained"),
        (format!("Host: {own}\r\n"), &large, 413, "more than 1 MiB"),
    ] {
        let mut wire = Wire::connect(address);
        let length = content.len();
        wire.send(format!("POST /explain HTTP/1.1\r\n{fields}Content-Length: {length}\r\n\r\n{content}"));
        assert_eq!(wire.response("POST").status, expected, "{why}");
    }
    let mut wire = Wire::connect(address);
    wire.send(format!("GET / HTTP/1.1\r\nHost: {own}\r\n\r\n"));
    let page = wire.response("GET");
    let policy = page.field("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
}
