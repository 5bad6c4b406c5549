//! Conversations as trees of parts and lists of broken rules, and properties for any bytes in any pieces.

mod commands;
mod listings;
mod replies;
mod rules;

use proptest::prelude::*;
use syntax::conversation::Sender::{Client, Server};
use syntax::record::{Node, RecordedViolation, Recorder, UNPARSED};
use syntax::splits;

use super::*;

/// A recorded stream: its tree and its faults.
type Recorded = (Vec<Node>, Vec<RecordedViolation>);

/// Reads the bytes of `sender`, of which this many have arrived at each step.
fn read_in_pieces(talk: &mut impl Conversation, sender: Sender, input: &[u8], arrived: &[usize]) -> Recorded {
    let recorder = Recorder::new(input);
    let mut at = 0;
    for &end in arrived.iter().chain([&input.len()]) {
        let is_end = end == input.len();
        while let Some(used) = talk.read(sender, &input[at.min(end)..end], is_end, &recorder) {
            assert!(used > 0 && used <= end - at, "{used} of {}", end - at);
            at += used;
        }
    }
    assert_eq!(at, input.len(), "all is read: {}", input.escape_ascii());
    recorder.finish()
}

fn read_whole(talk: &mut impl Conversation, sender: Sender, input: &[u8]) -> Recorded {
    read_in_pieces(talk, sender, input, &[])
}

/// The tree as `name=value(children)`; parts without children show their bytes.
fn tree(nodes: &[Node], input: &[u8]) -> String {
    let one = |node: &Node| {
        let bytes = &input[node.span.clone()];
        let value = node.value.as_deref().map_or(String::new(), |value| format!("={value}"));
        match (node.children.is_empty(), node.part.name) {
            (_, name @ ("CRLF" | "SP")) => name.to_owned(),
            (true, name) => format!("{name}{value}'{}'", bytes.escape_ascii()),
            (false, name) => format!("{name}{value}({})", tree(&node.children, input)),
        }
    };
    nodes.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// The faults as `rule@byte`.
fn faults(faults: &[RecordedViolation]) -> String {
    faults.iter().map(|fault| format!("{}@{}", fault.rule.id, fault.at)).collect::<Vec<_>>().join(" ")
}

/// Compares a tree with the expected one, without the surrounding parts that every row has.
fn check(recorded: &Recorded, input: &[u8], expected: (&str, &str), why: &str) {
    let shown = (tree(&recorded.0, input), faults(&recorded.1));
    assert_eq!((shown.0.as_str(), shown.1.as_str()), expected, "{why}: {}", input.escape_ascii());
}

/// Adjacent pieces of content, or of unread bytes, are one part.
fn merged(nodes: Vec<Node>) -> Vec<Node> {
    let mut whole: Vec<Node> = Vec::new();
    for node in nodes {
        match whole.last_mut() {
            Some(last) if last.part == node.part && [&UNPARSED, &part::CONTENT].contains(&node.part) => {
                last.span.end = node.span.end;
            }
            _ => whole.push(node),
        }
    }
    whole
}

/// Bytes that look like FTP often enough to reach every parser.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(WORDS).prop_map(<[u8]>::to_vec);
    let piece = prop_oneof![6 => word, 2 => prop::collection::vec(any::<u8>(), 0..6)];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

const WORDS: &[&[u8]] = &[
    b"\r\n",
    b"\r\n",
    b"\n",
    b" ",
    b"USER ",
    b"PASS ",
    b"PORT ",
    b"127,0,0,1,195,80",
    b"EPRT |1|127.0.0.1|50000|",
    b"MFMT 20261123185100 a",
    b"MFF modify=20261123185100;UNIX.mode=644; a",
    b"LIST -la *",
    b"MLST\r\n",
    b"RETR ",
    b"FEAT\r\n",
    b"STAT\r\n",
    b"MDTM a\r\n",
    b"AUTH TLS\r\n",
    b"234 go\r\n",
    b"220 hi\r\n",
    b"331 ",
    b"226-",
    b"226 ",
    b"227 (127,0,0,1,195,80)",
    b"229 (|||50000|)",
    b"257 \"/a\"\"b\"",
    b"213 20261123185100",
    b"211-Features\r\n UTF8\r\n",
    b"250-\r\n type=file;size=1; a\r\n250 ",
    b"type=file;size=1; a",
    b"-rw-r--r-- 1 o g 5 Nov 24 10:15 a",
    b"11-24-25  10:15AM  <DIR>  a",
    b"+r,s1,m5,\ta",
    b"total 5",
    b"\xFF\xFB\x01",
    b"\xFF\xF4\xFF\xF2ABOR",
    b"\xFF",
    b"\x16\x03\x03\0\x06\x01\0\0\x02ab",
    b"\x17\x03\x03\0\x01z",
    b"\0",
    b"GET / HTTP/1.1",
];

fn arrivals(cuts: &[prop::sample::Index], length: usize) -> Vec<usize> {
    let mut arrived: Vec<usize> = cuts.iter().map(|cut| cut.index(length + 1)).collect();
    arrived.sort_unstable();
    arrived
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_are_read_alike(
        client in stream(), server in stream(), cuts: [prop::sample::Index; 4],
    ) {
        let kinds = [DataKind::Content, DataKind::Listing(ListingKind::List),
            DataKind::Listing(ListingKind::Nlst), DataKind::Listing(ListingKind::Mlsd)];
        let (mut whole, mut pieces) = (FtpConversation::new(), FtpConversation::new());
        for (sender, input) in [(Client, &client), (Server, &server)] {
            let expected = read_whole(&mut whole, sender, input);
            splits::assert_covers(&expected.0, input.len());
            let read = read_in_pieces(&mut pieces, sender, input, &arrivals(&cuts, input.len()));
            prop_assert_eq!((merged(expected.0), expected.1), (merged(read.0), read.1));
        }
        for (kind, input) in kinds.into_iter().flat_map(|kind| [(kind, &client), (kind, &server)]) {
            let expected = read_whole(&mut DataConversation::new(kind), Server, input);
            splits::assert_covers(&expected.0, input.len());
            let read = read_in_pieces(&mut DataConversation::new(kind), Server, input, &arrivals(&cuts, input.len()));
            prop_assert_eq!((merged(expected.0), expected.1), (merged(read.0), read.1));
        }
    }
}
