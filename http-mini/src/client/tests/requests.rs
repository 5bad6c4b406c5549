//! Requests, and responses that affect them.

use std::time::{Duration, Instant};

use common::client::{Fault, FaultKind, UserCredentials, run};
use common::net::conn::ConnTimeouts;

use super::{CLOSE, Scripted, client, options};
use crate::client::{Client, ClientSettings, Proxies};
use crate::wire::response::INTERIM_LIMIT;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// The text of the response to a GET.
fn get(answers: &[&str]) -> Result<String, FaultKind> {
    let server = Scripted::new(answers);
    let text = run(async { client().get(&server.url).await?.ok()?.text(100).await });
    text.unwrap().map_err(|fault| fault.kind)
}

/// RFC 9110 section 11.6.2: two of them could be read in two ways.
#[test]
fn one_authorization_is_sent() {
    let server = Scripted::new(&[OK, OK, OK]);
    let login = || Some(UserCredentials { user: "ada".into(), password: "secret".into(), netrc: None });
    let done = run(async {
        client().get(&server.url).login(login()).await?;
        client().get(&server.url).field("Authorization", "Bearer t0ken").login(login()).await?;
        client().get(&server.url.replace("//", "//ada:secret@")).field("AUTHORIZATION", "Bearer t0ken").await
    });
    done.unwrap().unwrap();
    for (head, expected) in
        server.asked().iter().zip(["Basic YWRhOnNlY3JldA==", "Bearer t0ken", "Bearer t0ken"])
    {
        let said: Vec<_> =
            head.lines().filter(|line| line.to_lowercase().starts_with("authorization")).collect();
        assert!(matches!(said[..], [said] if said.ends_with(expected)), "{head}");
    }
}

#[test]
fn content_ends_where_it_says_and_nowhere_else() {
    let gzip =
        "\x1f\u{8b}\x08\0\0\0\0\0\0\x03\u{cb}\u{48}\u{cd}\u{c9}\u{c9}\x07\0\u{86}\u{a6}\x10\x36\x05\0\0\0";
    let gzipped = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n{gzip}");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let ok = |text: &str| Ok(text.to_owned());
    for (answer, expected, why) in [
        (OK.to_owned(), ok("ok"), "RFC 9112 section 6.3, step 6"),
        (format!("{chunked}2\r\nok\r\n0\r\n\r\n"), ok("ok"), "step 4"),
        (format!("HTTP/1.1 200 OK\r\n\r\nok{CLOSE}"), ok("ok"), "step 8"),
        (format!("HTTP/1.0 200 OK\r\n\r\nok{CLOSE}"), ok("ok"), "step 8: 1.0"),
        ("HTTP/1.1 204 No Content\r\n\r\n".into(), ok(""), "step 1"),
        (gzipped.clone(), ok("hello"), "RFC 9110 section 8.4"),
        (
            gzipped.replace("Length: 25", "Length: 20"),
            Err(FaultKind::Integrity),
            "an encoded content that is cut off",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Encoding: odd\r\nContent-Length: 1\r\n\r\nx".into(),
            Err(FaultKind::Failed),
            "an unrequested coding",
        ),
        (
            format!("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok{CLOSE}"),
            Err(FaultKind::Integrity),
            "section 8: short",
        ),
        (format!("{chunked}2\r\nok\r\n{CLOSE}"), Err(FaultKind::Integrity), "section 8: no last chunk"),
        (
            format!("{chunked}2\r\nok\r\n0\r\n{CLOSE}"),
            Err(FaultKind::Integrity),
            "section 8: no end of trailers",
        ),
        (
            format!("{chunked}2\r\nokay\r\n0\r\n\r\n"),
            Err(FaultKind::Integrity),
            "section 7.1: a malformed chunk",
        ),
        (format!("{chunked}x\r\n"), Err(FaultKind::Integrity), "section 7.1: a malformed size"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok".into(),
            Err(FaultKind::Failed),
            "step 5: two readings",
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok".into(), Err(FaultKind::Failed), "step 5: 1*DIGIT"),
        (
            format!("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n{}", "x".repeat(101)),
            Err(FaultKind::Failed),
            "the limit",
        ),
        ("HTTP/1.1 200 OK\nContent-Length: 2\n\nok".into(), ok("ok"), "section 2.2: LF ends a line"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok".into(),
            ok("ok"),
            "step 5: equal lengths",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok".into(),
            ok("ok"),
            "step 5: a list of equal lengths",
        ),
        (format!("{chunked}2 \r\nok\r\n0 \r\n\r\n"), ok("ok"), "section 7.1: a space after the size"),
        (format!("{chunked}2 2\r\nok\r\n0\r\n\r\n"), Err(FaultKind::Integrity), "section 7.1: two sizes"),
        (format!("220 ready\r\n{CLOSE}"), Err(FaultKind::Failed), "another protocol"),
        (CLOSE.to_owned(), Err(FaultKind::Network), "no answer"),
        (format!("HTTP/1.1 200{CLOSE}"), Err(FaultKind::Network), "half a head"),
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into(),
            Err(FaultKind::NotFound),
            "RFC 9110 section 15.5.5",
        ),
        (
            "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n".into(),
            Err(FaultKind::NotFound),
            "RFC 9110 section 15.5.11",
        ),
        (
            "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n".into(),
            Err(FaultKind::Refused),
            "RFC 9110 section 15.5.2",
        ),
        (
            "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".into(),
            Err(FaultKind::Refused),
            "RFC 9110 section 15.5.4",
        ),
        (
            "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n".into(),
            Err(FaultKind::Failed),
            "RFC 9110 section 15.6.1",
        ),
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n".into(),
            Err(FaultKind::Failed),
            "RFC 9110 section 15.2.2: not requested",
        ),
    ] {
        assert_eq!(get(&[&answer]), expected, "{answer:?}: {why}");
    }
}

#[test]
fn a_refusal_has_the_reason_of_the_server() {
    let answer = |head: &str, content: &str| {
        format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{content}", content.len())
    };
    let plain = "Content-Type: text/plain; charset=utf-8";
    let long = format!("no{}", "\nmore".repeat(4_000));
    for (answer, expected, why) in [
        (
            answer(&format!("409 Conflict\r\n{plain}"), "a directory of this name exists\nmore"),
            "the server answers 409 Conflict: a directory of this name exists",
            "the first line of a text",
        ),
        (
            answer(&format!("409 Conflict\r\n{plain}"), &long),
            "the server answers 409 Conflict: no",
            "of a long text",
        ),
        (
            format!(
                "HTTP/1.1 507 Full\r\n{plain}\r\nContent-Length: 99\r\n\r\nthe quota is used up\n{CLOSE}"
            ),
            "the server answers 507 Insufficient Storage: the quota is used up",
            "of a content that is cut off",
        ),
        (
            answer(
                "404 Not Found\r\nContent-Type: text/html",
                "<h1>404 Not Found</h1><p>/x was not found</p>",
            ),
            "the server answers 404 Not Found: /x was not found; check the path",
            "our own page",
        ),
        (
            answer("409 Conflict\r\nContent-Type: text/html", "<h1>No</h1><p>what</p>"),
            "the server answers 409 Conflict",
            "another page",
        ),
        (answer("409 Conflict", "what"), "the server answers 409 Conflict", "content of an unknown type"),
    ] {
        let server = Scripted::new(&[&answer]);
        let response = run(async { client().get(&server.url).await });
        let fault = response.unwrap().unwrap().failure().unwrap();
        assert_eq!(fault.to_string(), expected, "{why}");
    }
}

#[test]
fn the_content_of_a_refusal_is_whole_after_its_reason_was_read() {
    let content = format!("no\n{}", "x".repeat(20_000));
    let server = Scripted::new(&[&format!(
        "HTTP/1.1 409 Conflict\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{content}",
        content.len()
    )]);
    let text = run(async { client().get(&server.url).await?.text(30_000).await });
    assert_eq!(text.unwrap().unwrap(), content);
}

/// The alert that a TLS server sends for an unencrypted request.
#[test]
fn a_port_of_tls_is_named() {
    let server = Scripted::new(&["\x15\x03\x01\0\x02\x02\x46<close>"]);
    let failure = run(async { client().get(&server.url).await.map(drop) });
    let fault = failure.unwrap().unwrap_err();
    assert_eq!(fault.to_string(), "the server speaks TLS on this port; use https");
}

#[test]
fn a_silent_server_times_out() {
    let (short, long) = (Duration::from_millis(500), Duration::from_secs(60));
    let timeouts = ConnTimeouts { idle: Some(long), value: long, stall: long, rate: 1 };
    for (timeouts, answer, why) in [
        (ConnTimeouts { idle: Some(short), ..timeouts }, "", "no answer"),
        (ConnTimeouts { value: short, ..timeouts }, "HTTP/1.1 200 OK\r\nA: ", "half a head"),
        (
            ConnTimeouts { stall: short, ..timeouts },
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
            "half a content",
        ),
    ] {
        let server = Scripted::new(&[answer]);
        let client = Client::new(ClientSettings { timeouts, ..options() });
        let begun = Instant::now();
        let text = run(async { client.get(&server.url).await?.text(100).await });
        let fault = text.unwrap().unwrap_err();
        assert_eq!((fault.kind, fault.is_passing()), (FaultKind::Network, true), "{why}: {fault}");
        assert!(fault.to_string().contains("silent"), "{why}: {fault}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{why}: {:?}", begun.elapsed());
    }
}

#[test]
fn decoded_content_has_a_limit() {
    let gzip =
        "\x1f\u{8b}\x08\0\0\0\0\0\0\x03\u{cb}\u{48}\u{cd}\u{c9}\u{c9}\x07\0\u{86}\u{a6}\x10\x36\x05\0\0\0";
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n{gzip}");
    for (decoded_limit, expected) in [(5, Ok("hello".to_owned())), (4, Err(FaultKind::Integrity))] {
        let server = Scripted::new(&[&answer]);
        let client = Client::new(ClientSettings { decoded_limit, ..options() });
        let text = run(async { client.get(&server.url).await?.text(100).await });
        assert_eq!(text.unwrap().map_err(|fault| fault.kind), expected, "{decoded_limit}");
    }
}

#[test]
fn interim_responses_are_passed_over_up_to_a_limit() {
    let interim = |count: usize| "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(count) + OK;
    assert_eq!(get(&[&interim(INTERIM_LIMIT)]), Ok("ok".to_owned()));
    assert_eq!(get(&[&interim(INTERIM_LIMIT + 1)]), Err(FaultKind::Failed));
}

#[test]
fn a_connection_carries_the_next_request_when_it_can() {
    for (first, second, expected, why) in [
        (OK, OK, 2, "it can"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok<close>",
            OK,
            2,
            "the server closes",
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok<close>", OK, 2, "the server closes without a word"),
        // The second response belongs to no request.
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n<close>",
            OK,
            2,
            "unrequested bytes",
        ),
    ] {
        let server = Scripted::new(&[first, second]);
        let texts = run(async {
            let client = client();
            let one = client.get(&server.url).await?.text(9).await?;
            Ok::<_, Fault>((one, client.get(&server.url).await?.text(9).await?))
        });
        assert_eq!(texts.unwrap().unwrap(), ("ok".to_owned(), "ok".to_owned()), "{why}");
        assert_eq!(server.asked().len(), expected, "{why}");
    }
}

#[test]
fn nothing_that_was_not_meant_gets_into_a_head() {
    for (name, value, why) in [
        ("A", "b\r\nC: d", "RFC 9110 section 5.5: another field"),
        ("A\r\nB", "c", "RFC 9110 section 5.1: another field"),
        ("Content-Length", "5", "RFC 9112 section 6: it is made here"),
        ("Transfer-Encoding", "chunked", "RFC 9112 section 6: it is made here"),
        ("Connection", "close", "RFC 9112 section 9: it is made here"),
    ] {
        let server = Scripted::new(&[OK]);
        let asked = run(async { client().get(&server.url).field(name, value).await.map(drop) });
        assert_eq!(asked.unwrap().map_err(|fault| fault.kind), Err(FaultKind::Usage), "{why}");
        assert!(server.asked().is_empty(), "{why}");
    }
}

#[test]
fn content_that_is_large_waits_for_the_word_of_the_server() {
    for (answers, expected, why) in [
        (["HTTP/1.1 413 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n<close>", OK], 413, "a refusal"),
        (
            ["HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n<close>", OK],
            200,
            "RFC 9110 section 15.5.18: retried",
        ),
    ] {
        let server = Scripted::new(&answers);
        let status = run(async {
            let response = client().put(&server.url, vec![b'x'; 100_000]).await?;
            Ok::<_, Fault>(response.status().0)
        });
        assert_eq!(status.unwrap().unwrap(), expected, "{why}");
        assert!(server.asked()[0].contains("Expect: 100-continue\r\n"), "{why}");
    }
}

#[test]
fn a_proxy_is_asked_in_the_place_of_the_server() {
    for (url, answers, expected, asked, why) in [
        (
            "http://a.example/x?y#z",
            vec![OK],
            Ok("ok"),
            "GET http://a.example/x?y HTTP/1.1\r\nHost: a.example\r\n",
            "RFC 9112 section 3.2.2: absolute-form",
        ),
        (
            "https://a.example/x",
            vec!["HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=a\r\nContent-Length: 0\r\n\r\n"],
            Err(FaultKind::Refused),
            "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n",
            "RFC 9110 section 9.3.6: a tunnel",
        ),
        (
            "https://a.example:8443/x",
            vec!["HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n"],
            Err(FaultKind::Network),
            "CONNECT a.example:8443 HTTP/1.1\r\n",
            "the server is not there",
        ),
    ] {
        let proxy = Scripted::new(&answers);
        let named = proxy.url.replace("http://", "http://u:p@");
        let environment =
            |name: &str| name.ends_with("_proxy").then(|| named.clone()).filter(|_| name != "no_proxy");
        let options = ClientSettings { proxies: Proxies::of(environment), ..options() };
        let text = run(async { Client::new(options).get(url).await?.ok()?.text(9).await }).unwrap();
        assert_eq!(text.as_deref().map_err(|fault| fault.kind), expected, "{why}");
        let found = proxy.asked().concat();
        assert!(
            found.starts_with(asked) && found.contains("Proxy-Authorization: Basic dTpw\r\n"),
            "{found}: {why}"
        );
    }
}
