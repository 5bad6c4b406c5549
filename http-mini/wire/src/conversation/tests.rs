use proptest::prelude::*;
use syntax::record::{Node, RecordedViolation, Recorder, UNPARSED};
use syntax::splits;
use syntax::watch::Reading;

use super::*;

/// Reads everything that one end sends, and returns the parts and the violations.
fn read_all(
    http: &mut HttpConversation,
    sender: Sender,
    input: &[u8],
    reading: Reading,
) -> (Vec<Node>, Vec<RecordedViolation>) {
    let recorder = Recorder::new(input).with_reading(reading);
    let mut at = 0;
    while let Some(used) = http.read(sender, &input[at..], true, &recorder) {
        assert!(used > 0 && used <= input.len() - at, "{used} of {}", input.len() - at);
        at += used;
    }
    assert_eq!(at, input.len(), "{}", input.escape_ascii());
    recorder.finish()
}

/// The innermost parts with their bytes: `method:GET`. Line ends and spaces are left out.
fn leaves(input: &[u8], nodes: &[Node], into: &mut Vec<String>) {
    for node in nodes {
        let is_line_end = |child: &Node| child.part.name == "CRLF" && child.span == node.span;
        if !node.children.is_empty() && !node.children.iter().any(is_line_end) {
            leaves(input, &node.children, into);
        } else if !["CRLF", "SP"].contains(&node.part.name) {
            into.push(format!("{}:{}", node.part.name, input[node.span.clone()].escape_ascii()));
        }
    }
}

fn request(text: &str, reading: Reading) -> (Vec<String>, Vec<(&'static str, usize)>) {
    let (nodes, faults) = read_all(&mut HttpConversation::new(), Sender::Client, text.as_bytes(), reading);
    let mut parts = Vec::new();
    leaves(text.as_bytes(), &nodes, &mut parts);
    (parts, faults.iter().map(|fault| (fault.rule.id, fault.at)).collect())
}

#[test]
fn messages_are_divided_into_their_parts() {
    for (text, expected, why) in [
        (
            "GET /a%20b?q=1 HTTP/1.1\r\nHost: h:80\r\n\r\n",
            "method:GET absolute-path:/a%20b name:q value:1 HTTP-version:HTTP/1.1 field-name:Host uri-host:h port:80 \
             end of the head:\\r\\n",
            "a request line, a target and a host",
        ),
        (
            "OPTIONS * HTTP/1.0\r\n\r\n",
            "method:OPTIONS asterisk-form:* HTTP-version:HTTP/1.0 end of the head:\\r\\n",
            "RFC 9112 section 3.2.4",
        ),
        (
            "\r\nGET http://h:81/ HTTP/1.1\r\nHost: h\r\n\r\n",
            "empty line:\\r\\n method:GET scheme:http uri-host:h port:81 absolute-path:/ HTTP-version:HTTP/1.1 \
             field-name:Host uri-host:h end of the head:\\r\\n",
            "RFC 9112 section 3.2.2, and an empty line that is ignored",
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4;a=b\r\nwiki\r\n0\r\nX: y\r\n\r\n",
            "chunk-size:4 chunk-ext:;a=b chunk-data:wiki end of the chunk:\\r\\n chunk-size:0 field-name:X \
             field-value:y end of the content:\\r\\n",
            "RFC 9112 section 7.1",
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: 13\r\n\r\nu=a&password=",
            "name:u value:a name:password",
            "a form",
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\n\
             Content-Length: 79\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n\
             hello\r\n--b--\r\n",
            "part content:hello delimiter:\\r\\n--b close-delimiter:-- epilogue:\\r\\n",
            "RFC 7578",
        ),
    ] {
        let (parts, faults) = request(text, Reading::First);
        let shown = parts.join(" ");
        assert!(shown.ends_with(expected), "{why}\n{shown}\n{expected}");
        assert_eq!(faults, [], "{why}");
    }
}

#[test]
fn a_violation_is_reported_at_its_byte_and_reading_continues() {
    let ok = "Host: h\r\n";
    for (start, end, rule, at, first, second, why) in [
        (
            "GET  / HTTP/1.1\r\n",
            "",
            "request-line-space",
            4,
            "absolute-path:/",
            "absolute-path:/",
            "two spaces",
        ),
        (
            "GET / HTTP/1.1\n",
            "",
            "bare-lf",
            14,
            "HTTP-version:HTTP/1.1",
            "HTTP-version:HTTP/1.1",
            "a lone LF",
        ),
        ("GET /` HTTP/1.1\r\n", "", "target-byte", 5, "absolute-path:/`", "absolute-path:/`", "a backtick"),
        (
            "GET /% HTTP/1.1\r\n",
            "",
            "escape-malformed",
            5,
            "absolute-path:/%",
            "absolute-path:/%",
            "a lone percent sign",
        ),
        (
            "get / HTTP/9.1\r\n",
            "",
            "version-unsupported",
            11,
            "HTTP-version:HTTP/9.1",
            "HTTP-version:HTTP/9.1",
            "505",
        ),
        (
            "GET / HTTP/1.1\r\n",
            "A : b\r\n",
            "space-before-colon",
            26,
            "field-name:A field-value:b",
            "field-name:A  field-value:b",
            "white space before a colon",
        ),
        (
            "GET / HTTP/1.1\r\n",
            "A: b\r\n c\r\n",
            "folded-line",
            31,
            "field-value:b field-value:c",
            "field-value:b field-name: c",
            "a folded line",
        ),
        (
            "GET / HTTP/1.1\r\n",
            "A: b\nC: d\r\n",
            "bare-lf",
            29,
            "field-name:C field-value:d",
            "field-value:b field-value:C: d",
            "a smuggled field",
        ),
        (
            "GET / HTTP/1.1\r\n",
            "A: b\0c\r\n",
            "control-byte",
            29,
            "field-value:b\\x00c",
            "field-value:b\\x00c",
            "a NUL",
        ),
        (
            "GET / HTTP/1.1\r\n",
            "A@b\r\n",
            "name-malformed",
            26,
            "field-name:A@b",
            "field-name:A@b",
            "no colon",
        ),
        ("GET / HTTP/1.1\r\n", "Host: i\r\n", "host-repeated", 25, "uri-host:i", "uri-host:i", "two hosts"),
    ] {
        let text = format!("{start}{ok}{end}\r\n");
        for (reading, expected) in [(Reading::First, first), (Reading::Second, second)] {
            let (parts, faults) = request(&text, reading);
            assert_eq!(faults.first(), Some(&(rule, at)), "{why}: {text:?} {reading:?}");
            assert!(parts.join(" ").contains(expected), "{why}: {parts:?} {reading:?}");
        }
    }
}

#[test]
fn the_framing_of_a_refused_message_has_two_readings() {
    let text = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n";
    let (first, faults) = request(text, Reading::First);
    assert_eq!(faults[0].0, "length-and-coding");
    assert!(first.iter().any(|part| part == "method:GET"), "{first:?}");
    let (second, _) = request(text, Reading::Second);
    assert!(second.iter().any(|part| part == "method:ET"), "{second:?}");
}

#[test]
fn a_response_ends_as_its_request_demands() {
    let mut http = HttpConversation::new();
    let requests = b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n";
    read_all(&mut http, Sender::Client, requests, Reading::First);
    let responses = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    let (nodes, faults) = read_all(&mut http, Sender::Server, responses, Reading::First);
    let names: Vec<_> = nodes.iter().map(|node| node.part.name).collect();
    assert_eq!(
        names,
        ["response head", "response head", "response head", "content"],
        "no content after HEAD and 103"
    );
    assert_eq!(faults, []);
}

#[test]
fn a_length_that_frames_nothing_is_checked() {
    for (value, expected, why) in [
        ("3495", vec![], "RFC 9110 section 8.6: the length that a response to GET would have"),
        ("5, 5", vec![], "RFC 9110 section 8.6: a repeated length"),
        ("34x5", vec![("length-ignored", 39)], "no number"),
        ("", vec![("length-ignored", 36)], "empty, behind the colon"),
        ("5, 6", vec![("length-ignored", 38)], "two lengths"),
        ("9223372036854775808", vec![("length-ignored", 37)], "above the limit"),
    ] {
        let response = format!("HTTP/1.1 304 \r\nA: b\r\nContent-Length: {value}\r\n\r\n");
        let (_, faults) =
            read_all(&mut HttpConversation::new(), Sender::Server, response.as_bytes(), Reading::First);
        let faults: Vec<_> = faults.iter().map(|fault| (fault.rule.id, fault.at)).collect();
        assert_eq!(faults, expected, "{value}: {why}");
    }
}

#[test]
fn bytes_after_an_upgrade_are_a_tunnel() {
    let mut http = HttpConversation::new();
    let (nodes, _) =
        read_all(&mut http, Sender::Server, b"HTTP/1.1 101 \r\n\r\n\x81\x05hello", Reading::First);
    assert_eq!(nodes.last().unwrap().part.name, "tunnel");
}

#[test]
fn the_url_of_an_upload_is_secret() {
    let mut http = HttpConversation::new();
    let response = b"HTTP/1.1 104 \r\nLocation: http://h/up/x7?a\r\nUpload-Offset: 0\r\n\r\n";
    read_all(&mut http, Sender::Server, response, Reading::First);
    let (nodes, _) =
        read_all(&mut http, Sender::Client, b"HEAD /up/x7 HTTP/1.1\r\nHost: h\r\n\r\n", Reading::First);
    fn has_secret(nodes: &[Node]) -> bool {
        nodes.iter().any(|node| node.part.is_secret || has_secret(&node.children))
    }
    assert!(has_secret(&nodes));
}

proptest! {
    #[test]
    fn any_bytes_are_covered_by_parts_that_nest(
        start in prop::sample::select(vec!["", "GET / HTTP/1.1\r\nHost: a\r\n", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"]),
        rest: Vec<u8>,
        is_server: bool,
    ) {
        let input = [start.as_bytes(), &rest].concat();
        let sender = if is_server { Sender::Server } else { Sender::Client };
        for reading in [Reading::First, Reading::Second] {
            let (nodes, _) = read_all(&mut HttpConversation::new(), sender, &input, reading);
            splits::assert_covers(&nodes, input.len());
        }
    }

    #[test]
    fn messages_are_read_alike_however_they_arrive(cuts in prop::collection::vec(1usize..40, 1..20)) {
        let input = b"PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n0\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n";
        let mut http = HttpConversation::new();
        let (mut at, mut arrived, mut names) = (0, 0, Vec::new());
        let mut cuts = cuts.into_iter().cycle();
        while at < input.len() {
            let recorder = Recorder::new(&input[at..arrived]);
            match http.read(Sender::Client, &input[at..arrived], false, &recorder) {
                Some(used) => {
                    at += used;
                    names.extend(recorder.finish().0.iter().filter(|node| node.span.end <= used).map(|node| node.part.name));
                }
                None => arrived = (arrived + cuts.next().unwrap()).min(input.len()),
            }
        }
        names.dedup();
        let whole = ["request head", "chunk line", "chunk-data", "end of the chunk", "last-chunk", "end of the content", "request head"];
        prop_assert_eq!(names, whole);
        prop_assert_eq!(UNPARSED.name, "unparsed");
    }
}
