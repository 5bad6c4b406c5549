//! Redirects: limited, and never with a password to another origin.

use crate::harness::scripted::http::{Request, close, field, response};
use crate::harness::scripted::{Connection, ScriptedServer};
use crate::harness::{WorkDir, at_once};

/// A server that answers every request with this status and this Location.
fn redirecting(status: &'static str, location: String) -> ScriptedServer {
    ScriptedServer::http(move |caller, _| {
        caller.send(response(status, &format!("Location: {location}\r\n"), "moved\n"))
    })
}

fn serving(caller: &mut Connection, request: &Request) -> std::io::Result<()> {
    caller.send(response("200 OK", "", format!("{} {}", request.method, request.body.len())))
}

#[test]
fn methods_and_content_follow_rfc_9110_section_15_4() {
    for (status, method, expected, why) in [
        ("301 Moved Permanently", "GET", "GET 0", ""),
        ("302 Found", "GET", "GET 0", ""),
        ("303 See Other", "POST", "GET 0", "15.4.4: the answer is elsewhere"),
        ("307 Temporary Redirect", "POST", "POST 5", "15.4.8: the same request"),
        ("308 Permanent Redirect", "POST", "POST 5", "15.4.9: the same request"),
        ("307 Temporary Redirect", "PUT", "PUT 5", "15.4.8: the same request"),
        ("308 Permanent Redirect", "PUT", "PUT 5", "15.4.9: the same request"),
    ] {
        let server = ScriptedServer::http(move |caller, request| match &*request.target {
            "/from" => caller.send(response(status, "Location: to\r\n", "moved\n")),
            _ => serving(caller, request),
        });
        let workdir = WorkDir::new();
        let url = server.url("http", "from");
        let mut arguments = vec!["request", method, &url];
        if method != "GET" {
            arguments.extend(["-d", "hello"]);
        }
        let answer = workdir.http(&arguments).text();
        assert_eq!(answer, expected, "{method} {status}: {why}");
    }
}

#[test]
fn passwords_are_sent_to_their_origin_only() {
    for (credentials, why) in [
        ("url", "in the URL"),
        ("header", "-H Authorization"),
        ("cookie", "-H Cookie"),
        ("key", "-H with any other field"),
        ("netrc", ".netrc has this host, but the other port is another origin"),
    ] {
        let other = ScriptedServer::http(serving);
        let origin = redirecting("302 Found", other.url("http", "taken"));
        let workdir = WorkDir::new();
        let netrc = format!("machine {} login ada password secret\n", origin.address().ip());
        let netrc = workdir.secret_file(".netrc", netrc);
        let url = origin.url("http", "f");
        let with_login = url.replace("http://", "http://ada:secret@");
        let arguments = match credentials {
            "url" => vec!["get", &with_login, "-o", "-"],
            "header" => vec!["get", &url, "-o", "-", "-H", "Authorization: Bearer secret"],
            "cookie" => vec!["get", &url, "-o", "-", "-H", "Cookie: secret"],
            "key" => vec!["get", &url, "-o", "-", "-H", "X-Api-Key: secret"],
            _ => vec!["get", &url, "-o", "-", "--login", "ada"],
        };
        let mut command = workdir.command("http-mini", &arguments);
        if credentials == "netrc" {
            command.env("NETRC", netrc);
        }
        workdir.run(&mut command).success();
        let has_any = |heads: &[String]| {
            heads.iter().any(|head| {
                let head = head.to_lowercase();
                ["authorization:", "cookie:", "x-api-key:"].iter().any(|name| head.contains(name))
            })
        };
        assert!(has_any(&origin.received()), "{why}: the origin has them: {:?}", origin.received());
        // For .netrc the other port is the same machine, but it did not request a login.
        assert!(!has_any(&other.received()), "{why}: {:?}", other.received());
        assert_eq!(other.received().len(), 1, "{why}");
    }
}

/// Serves a file of 4 MiB and accepts any upload; its first response is cut in the middle.
fn elsewhere(caller: &mut Connection, request: &Request) -> std::io::Result<()> {
    const SIZE: usize = 4 << 20;
    let content = vec![b'x'; SIZE];
    let fields = "ETag: \"a\"\r\nAccept-Ranges: bytes\r\nAccept-Patch: application/partial-upload\r\n";
    let range = request.field("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    match (&*request.method, range) {
        ("HEAD", _) if request.target == "/up" => caller.send(response("404 Not Found", "", "")),
        ("HEAD", _) => caller
            .send(format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {SIZE}\r\nConnection: close\r\n\r\n")),
        ("GET", Some((first, last))) => {
            let (first, last) = (first.parse().unwrap(), last.parse().unwrap_or(SIZE - 1));
            let fields = format!("{fields}Content-Range: bytes {first}-{last}/{SIZE}\r\n");
            caller.send(response("206 Partial Content", &fields, &content[first..=last]))
        }
        ("GET", None) => {
            let whole = response("200 OK", fields, &content);
            caller.send(&whole[..SIZE / 2])?;
            Err(close())
        }
        ("PUT" | "PATCH", _) if request.number < 4 => {
            caller.send(response("503 Service Unavailable", "", ""))
        }
        _ => caller.send(response("201 Created", fields, "")),
    }
}

#[test]
fn fields_of_the_user_never_leave_their_origin() {
    const KEY: [&str; 2] = ["-H", "X-Api-Key: secret"];
    let large = "x".repeat(2 << 20);
    for (arguments, target, needed, why) in [
        (&["get", "URL", "-o", "got"][..], "down", Some("range"), "resumed after a cut"),
        (&["get", "URL", "-o", "got", "--segments", "3"], "down", Some("if-range"), "in segments"),
        (&["put", "small", "URL"], "up", None, "tried again"),
        (&["put", "large", "URL"], "up", Some("upload-offset"), "in pieces"),
        (&["request", "DELETE", "URL"], "up", None, "any method"),
        (&["mirror", "URL", "copy"], "down", None, "a mirror, which stays with its server"),
    ] {
        let other = ScriptedServer::http(elsewhere);
        let there = other.url("http", "");
        let origin = ScriptedServer::http(move |caller, request| {
            let location = format!("Location: {there}{}\r\n", &request.target[1..]);
            caller.send(response("307 Temporary Redirect", &location, ""))
        });
        let workdir = WorkDir::new();
        workdir.file("small", "hello\n");
        workdir.file("large", &large);
        let url = origin.url("http", target);
        let arguments: Vec<_> =
            arguments.iter().map(|argument| if *argument == "URL" { &url } else { *argument }).collect();
        let got = workdir.http(&[&arguments[..], &KEY].concat());
        let code = if arguments[0] == "mirror" { 1 } else { 0 };
        assert_eq!(got.code, Some(code), "{why}: {}", got.err);
        for head in origin.received() {
            assert_eq!(field(&head, "x-api-key"), Some("secret"), "{why}: {head}");
        }
        let received = other.received();
        assert!(!received.is_empty() && !received.concat().contains("secret"), "{why}: {received:?}");
        if let Some(needed) = needed {
            assert!(received.iter().any(|head| field(head, needed).is_some()), "{why}: {needed} goes along");
        }
    }
}

/// A change without its condition or its description would be a different change.
#[test]
fn a_change_that_needs_its_fields_is_not_redirected_to_another_origin() {
    for (method, given, code, why) in [
        ("PUT", "If-None-Match: *", 1, "it would replace a file"),
        ("DELETE", "If-Match: \"a\"", 1, "it would remove another version"),
        ("PUT", "Content-Encoding: gzip", 1, "it would be stored as something else"),
        ("PUT", "Repr-Digest: sha-256=:AAAA:", 1, "it would not be checked"),
        ("PUT", "X-Api-Key: secret", 0, "the other server may ignore it"),
        ("GET", "If-None-Match: \"a\"", 0, "it changes nothing"),
    ] {
        let other = ScriptedServer::http(serving);
        let origin = redirecting("307 Temporary Redirect", other.url("http", "taken"));
        let workdir = WorkDir::new();
        let got = workdir.http(&["request", method, &origin.url("http", "f"), "-d", "hello", "-H", given]);
        assert_eq!(got.code, Some(code), "{given}: {why}: {}", got.err);
        if code == 1 {
            got.fails(1, &["redirects", given.split(':').next().unwrap()]);
            assert!(other.received().is_empty(), "{given}: {why}");
        }
    }
}

#[test]
fn a_password_follows_within_its_origin() {
    let server = ScriptedServer::http(|caller, request| match &*request.target {
        "/from" => caller.send(response("302 Found", "Location: /to\r\n", "")),
        _ => serving(caller, request),
    });
    let workdir = WorkDir::new();
    let url = server.url("http", "from").replace("http://", "http://ada:secret@");
    workdir.http(&["get", &url, "-o", "-"]).success();
    assert!(server.received().last().unwrap().contains("Authorization: Basic YWRhOnNlY3JldA=="));
}

#[test]
fn invalid_redirects_are_refused() {
    let rows = [
        ("/f", "to itself"),
        ("file:///etc/passwd", "to a file"),
        ("ftp://127.0.0.1/f", "to another protocol"),
        ("http://127.0.0.1:1/", "a closed port"),
        ("javascript:alert(1)", "to no place at all"),
        ("http://[::1", "to no URL"),
        ("", "to nothing"),
        ("http://ada:secret@", "to no host"),
    ];
    at_once(&rows, |(location, why)| {
        let server = redirecting("302 Found", (*location).to_owned());
        let workdir = WorkDir::new();
        let got = workdir.http(&["get", &server.url("http", "f"), "--retries", "0"]);
        let code = if *why == "a closed port" { 5 } else { 1 };
        got.fails(code, &[]);
        assert!(workdir.names().is_empty(), "{why}: {:?}", workdir.names());
        assert!(server.received().len() <= 50, "{why}: {} requests", server.received().len());
    });
}

#[test]
fn endless_redirects_are_limited() {
    let server = ScriptedServer::http(|caller, request| {
        let location = format!("Location: /{}\r\n", request.number);
        caller.send(response("302 Found", &location, ""))
    });
    let workdir = WorkDir::new();
    workdir.http(&["get", &server.url("http", "f")]).fails(1, &["redirect"]);
    assert!((5..=50).contains(&server.received().len()), "{}", server.received().len());
}
