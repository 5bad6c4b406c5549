//! The lines for bytes that arrive in pieces, for secrets, for long content, and after missing bytes.

use super::super::feed::Feed;
use super::super::queue::Break;
use super::*;

/// The lines for these events: the sender's first letter and the text, notes in brackets.
fn shown(events: Vec<TapEventKind>) -> Vec<String> {
    let feed = Feed::new(Language::English);
    let outputs =
        Outputs { terminal: None, feed: Some(feed.clone()), recording: None, shows_passwords: false };
    let mut explainer = Explainer::new(Language::English, outputs, false);
    for kind in events {
        explainer.explain(TapEvent { time: Time(0), connection: "1".into(), kind });
    }
    let line = |line: serde_json::Value| {
        let sender = line["sender"].as_str().map_or("", |name| &name[..1]).to_owned();
        let text = line["text"].as_str().unwrap();
        if line["is_note"] == true { format!("{sender}[{text}]") } else { format!("{sender} {text}") }
    };
    feed.lines().into_iter().map(line).collect()
}

fn opened(protocol: Option<TapProtocol>) -> TapEventKind {
    let [client, server] = ["127.0.0.1:1", "127.0.0.1:2"].map(|address| address.parse().unwrap());
    TapEventKind::Opened(Opening { client, server, protocol })
}

fn client(bytes: &[u8]) -> TapEventKind {
    TapEventKind::Bytes(Sender::Client, bytes.to_vec().into())
}

fn server(bytes: &[u8]) -> TapEventKind {
    TapEventKind::Bytes(Sender::Server, bytes.to_vec().into())
}

const OPENED: &str = "[connection from 127.0.0.1:1 to 127.0.0.1:2]";

#[test]
fn units_are_shown_when_they_are_complete() {
    let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let text = r"c GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for cut in 0..=request.len() {
        let pieces = [&request[..cut], &request[cut..]].into_iter().filter(|piece| !piece.is_empty());
        let events = [opened(None)].into_iter().chain(pieces.map(client)).collect();
        assert_eq!(shown(events), [OPENED, "[explained as HTTP]", text], "cut at {cut}");
    }
    let two = request.repeat(2);
    assert_eq!(
        shown(vec![opened(Some(TapProtocol::Http)), client(&two)]),
        [OPENED, text, text],
        "a pipeline"
    );
}

#[test]
fn secrets_are_masked_also_where_they_are_not_recognised() {
    let events = vec![opened(None), server(b"220 a\r\n"), client(b"PASS se"), client(b"cret\r\n")];
    assert_eq!(shown(events).last().unwrap(), r"c PASS ******\r\n");
    let malformed = b"\x01\r\nAuthorization: Basic abc\r\n\r\n";
    let lines = shown(vec![opened(Some(TapProtocol::Http)), client(malformed)]);
    assert!(!lines.concat().contains("abc"), "{lines:?}");
}

#[test]
fn long_content_is_counted() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 12000\r\n\r\n";
    let mut events = vec![opened(Some(TapProtocol::Http)), server(head)];
    events.extend((0..3).map(|_| server(&[b'x'; 4_000])));
    events.push(TapEventKind::Ended(Sender::Server));
    let lines = shown(events);
    assert!(lines[2].ends_with("x... (4000 bytes)"), "{lines:?}");
    assert_eq!(lines[3..], ["s[8000 more bytes of content in 2 pieces]", "s[ends its side]"]);
}

#[test]
fn reading_restarts_after_missing_bytes() {
    let head = b"HTTP/1.1 204 No Content\r\n\r\n";
    let lines = shown(vec![
        opened(Some(TapProtocol::Http)),
        TapEventKind::Skipped(Sender::Server, 5_000),
        server(b"rest of the content"),
        server(head),
        TapEventKind::Broken(Break::Reset(Sender::Server)),
        TapEventKind::Closed,
    ]);
    let expected = [
        OPENED,
        "s[5000 bytes forwarded and not shown]",
        "s[19 bytes forwarded and not shown]",
        r"s HTTP/1.1 204 No Content\r\n\r\n",
        "[reset by the server]",
        "[closed]",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn nothing_is_lost_at_the_end() {
    let events = vec![
        opened(Some(TapProtocol::Ftp)),
        server(b"220 hel"),
        TapEventKind::Ended(Sender::Server),
        TapEventKind::Closed,
    ];
    assert_eq!(shown(events), [OPENED, "s 220 hel", "s[ends its side]", "[closed]"]);
}
