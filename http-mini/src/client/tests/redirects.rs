//! The targets of redirects, and the fields that are sent there.

use common::client::{FaultKind, UserCredentials, run};

use super::super::REDIRECTS_LIMIT;
use super::{CLOSE, Scripted, client};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn to(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

fn has(request: &str, name: &str) -> bool {
    request.lines().any(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))
}

#[test]
fn credentials_and_given_fields_stay_with_their_origin() {
    for (path, kept, why) in [("HERE/b", true, "the same origin"), ("", false, "another port")] {
        let other = Scripted::new(&[OK, &to(302, "HERE/c"), OK]);
        let location = if path.is_empty() { format!("{}/b", other.url) } else { path.to_owned() };
        let server = Scripted::new(&[&to(302, &location), OK]);
        let login = Some(UserCredentials { user: "ada".into(), password: "secret".into(), netrc: None });
        let asked = run(async {
            let request = client().get(&server.url).login(login).field("Cookie", "a=b").field("X-Own", "c");
            request.await.map(drop)
        });
        asked.unwrap().unwrap();
        assert!(has(&server.asked()[0], "authorization") && has(&server.asked()[0], "cookie"), "{why}");
        let last = if kept { server.asked()[1].clone() } else { other.asked()[0].clone() };
        for name in ["authorization", "cookie", "x-own"] {
            assert_eq!(has(&last, name), kept, "{name}: {why}");
        }
        assert!(has(&last, "accept-encoding"), "{why}: fields of the request itself are sent");
    }
}

#[test]
fn credentials_do_not_come_back() {
    let login = Some(UserCredentials { user: "ada".into(), password: "secret".into(), netrc: None });
    let there = Scripted::new(&[&to(302, "BACK/again")]);
    let server = Scripted::new(&[&(to(302, &there.url) + CLOSE), OK]);
    there.learn(&server.url);
    let asked = run(async { client().get(&server.url).login(login).await.map(drop) });
    asked.unwrap().unwrap();
    let asked: Vec<_> = server.asked().iter().map(|request| has(request, "authorization")).collect();
    assert_eq!(asked, [true, false], "once it has led elsewhere");
}

#[test]
fn a_login_in_location_is_not_used() {
    let other = Scripted::new(&[OK]);
    let tempting = other.url.replace("http://", "http://u:p@");
    let server = Scripted::new(&[&to(302, &tempting)]);
    run(async { client().get(&server.url).await.map(drop) }).unwrap().unwrap();
    assert!(!has(&other.asked()[0], "authorization"));
}

#[test]
fn methods_and_content_are_kept_or_dropped_together() {
    for (status, method, expected, why) in [
        (307, "POST", "POST", "RFC 9110 section 15.4.8"),
        (308, "PUT", "PUT", "RFC 9110 section 15.4.9"),
        (303, "POST", "GET", "RFC 9110 section 15.4.4"),
        (302, "POST", "GET", "RFC 9110 section 15.4.3"),
        (302, "PUT", "PUT", "RFC 9110 section 15.4.3"),
    ] {
        // A request that cannot be repeated uses a new connection.
        let server = Scripted::new(&[&(to(status, "/b") + CLOSE), OK]);
        let asked = run(async {
            let request = client().request(method, &server.url).content("content");
            request.field("Content-Type", "text/plain").await.map(drop)
        });
        asked.unwrap().unwrap();
        let second = &server.asked()[1];
        assert!(second.starts_with(&format!("{expected} /b HTTP/1.1\r\n")), "{second}: {why}");
        assert_eq!(second.ends_with("content"), expected == method, "{why}");
        assert_eq!(has(second, "content-type"), expected == method, "{why}");
    }
}

#[test]
fn redirects_end() {
    let answers = vec![to(302, "/again"); REDIRECTS_LIMIT + 5];
    let answers: Vec<_> = answers.iter().map(String::as_str).collect();
    let server = Scripted::new(&answers);
    let asked = run(async { client().get(&server.url).await.map(drop) }).unwrap();
    assert_eq!(asked.unwrap_err().kind, FaultKind::Failed);
    assert_eq!(server.asked().len(), REDIRECTS_LIMIT + 1);
}
