//! The content of traces, and the secrets that must not be in them, however the bytes arrive.

#![expect(clippy::disallowed_methods, reason = "a test reads its own files")]

use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

use syntax::conversation::Conversation;
use syntax::watch::{Part, Watch};
use tempfile::NamedTempFile;

use super::*;

static LINE: Part = Part::new("line", "");
static SECRET: Part = Part::secret("key", "");

/// Lines: `key SECRET`, `say WORD`; others are not recognised.
#[derive(Default)]
struct Lines;

impl Conversation for Lines {
    fn read(&mut self, _sender: Sender, input: &[u8], _is_end: bool, watch: impl Watch) -> Option<usize> {
        let used = input.iter().position(|&byte| byte == b'\n')? + 1;
        let line = input.get(..used)?;
        if let Some(key) = line.strip_prefix(b"key ") {
            watch.part(&SECRET, key.trim_ascii_end());
        }
        if line.starts_with(b"key ") || line.starts_with(b"say ") {
            watch.part(&LINE, line);
        }
        Some(used)
    }
}

/// A trace in a file.
struct TraceFile {
    tracer: Tracer,
    file: NamedTempFile,
    read: usize,
}

impl TraceFile {
    fn new(format: TraceFormat) -> Self {
        let file = NamedTempFile::new().unwrap();
        let tracer = Tracer::new(format, Some(file.path()), |what| panic!("{what}")).unwrap();
        Self { tracer, file, read: 0 }
    }

    /// What was written since the last call.
    fn more(&mut self) -> Vec<u8> {
        let written = std::fs::read(self.file.path()).unwrap();
        let more = written[self.read..].to_vec();
        self.read = written.len();
        more
    }

    /// The trace of these pieces from one end, which then closes.
    fn shown(&mut self, pieces: &[&[u8]]) -> String {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let mask = Masked::boxed(Lines::default, 99);
        let mut trace = ConnTrace::new(&self.tracer, Some(ours.as_fd()), Sender::Server, Some(mask));
        pieces.iter().for_each(|piece| trace.moved(Direction::Read, piece));
        drop(trace);
        String::from_utf8_lossy(&self.more()).into_owned()
    }
}

fn shown(pieces: &[&[u8]], format: TraceFormat) -> String {
    TraceFile::new(format).shown(pieces)
}

/// The bytes of a JSON trace, in their order.
fn bytes(trace: &str) -> String {
    let line = |line: &str| -> Option<String> {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        Some(object.get("text")?.as_str()?.to_owned())
    };
    trace.lines().filter_map(line).collect()
}

#[test]
fn secrets_are_masked_in_every_split() {
    for (input, expected, why) in [
        (&b"say a\r\nkey hunter2\r\nsay b\r\n"[..], "say a\r\nkey *******\r\nsay b\r\n", "a secret part"),
        (b"kay hunter2\r\nsay b\r\n", "***********\r\nsay b\r\n", "a line that is not recognised"),
        (b"say a\r\nkey hunter2", "say a\r\n***********", "the connection ends within the line"),
        (b"key hunter2\nkey hunter2\n", "key *******\nkey *******\n", "two in one read"),
    ] {
        let mut file = TraceFile::new(TraceFormat::Jsonl);
        for first in 0..=input.len() {
            for second in first..=input.len() {
                let pieces = [&input[..first], &input[first..second], &input[second..]];
                let trace = file.shown(&pieces);
                assert_eq!(bytes(&trace), expected, "{why}: split at {first} and {second}");
            }
        }
        let single: Vec<_> = input.chunks(1).collect();
        for format in [TraceFormat::Text, TraceFormat::Jsonl, TraceFormat::Pcap] {
            let trace = shown(&single, format);
            assert!(!trace.contains("hunter") && !trace.contains("nter2"), "{why}: byte by byte: {trace}");
        }
    }
}

#[test]
fn bytes_without_an_end_are_masked_beyond_the_limit() {
    let long = vec![b'x'; flow::HELD + 1];
    let trace = bytes(&shown(&[&long, b"say a\n"], TraceFormat::Jsonl));
    assert!(!trace.contains('x'), "held bytes are masked");
    assert!(trace.ends_with("*****\n"), "and so are later bytes: {}", &trace[trace.len() - 10..]);
}

#[test]
fn a_line_of_text_has_the_addresses_and_the_direction() {
    let trace = shown(&[b"say \"a\"\x1b\r\n", b"key k\n"], TraceFormat::Text);
    let lines: Vec<_> =
        trace.lines().map(|line| line.split_once(" #").map_or(line, |(_, rest)| rest)).collect();
    let expected = [
        "1 unix - unix open",
        "1 unix < unix read 10 bytes",
        "    say \"a\"\\x1b\\r\\n",
        "1 unix < unix read 6 bytes",
        "    key *\\n",
        "1 unix - unix close",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_json_object_has_these_fields() {
    let trace = shown(&[b"say a\n", b"key k\nsay \xff\n"], TraceFormat::Jsonl);
    let lines: Vec<_> = trace.lines().map(|line| line.split_once("Z\",").unwrap().1).collect();
    let expected = [
        r#""connection":1,"event":"open","local":"unix","peer":"unix","tls":false}"#,
        r#""connection":1,"event":"data","direction":"read","local":"unix","peer":"unix","tls":false,"offset":0,"length":6,"text":"say a\n"}"#,
        r#""connection":1,"event":"data","direction":"read","local":"unix","peer":"unix","tls":false,"offset":6,"length":12,"hex":"6b6579202a0a73617920ff0a","masked":[[4,5]]}"#,
        r#""connection":1,"event":"close","local":"unix","peer":"unix","tls":false}"#,
    ];
    assert_eq!(lines, expected);
}

/// The packets of a capture: the flags of TCP, and the payload.
fn packets(capture: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let word = |at: usize| u32::from_le_bytes(capture[at..at + 4].try_into().unwrap()) as usize;
    let (mut at, mut packets) = (0, Vec::new());
    while at < capture.len() {
        let (kind, length) = (word(at), word(at + 4));
        assert_eq!((length % 4, word(at + length - 4)), (0, length), "both lengths of the block at {at}");
        if kind == 6 {
            let packet = &capture[at + 28..at + 28 + word(at + 20)];
            packets.push((packet[33], packet[40..].to_vec()));
        }
        at += length;
    }
    packets
}

#[test]
fn packets_open_carry_and_end_a_stream() {
    let mut file = TraceFile::new(TraceFormat::Pcap);
    let mut trace = ConnTrace::new(&file.tracer, None, Sender::Client, None);
    trace.moved(Direction::Written, b"request");
    trace.moved(Direction::Read, &[b'x'; 65_536]);
    trace.secured();
    trace.moved(Direction::Written, b"inside");
    trace.ended(Direction::Read);
    drop(trace);
    let found = packets(&file.more());
    let (syn, syn_ack, ack, data, fin) = (2, 18, 16, 24, 17);
    let flags: Vec<_> = found.iter().map(|(flags, payload)| (*flags, payload.len())).collect();
    let opened = [(syn, 0), (syn_ack, 0), (ack, 0)];
    let before = [(data, 7), (data, 60_000), (ack, 0), (data, 5_536), (fin, 0), (fin, 0)];
    let inside = [(data, 6), (fin, 0), (fin, 0)];
    assert_eq!(flags, [&opened[..], &before, &opened, &inside].concat());
}

#[test]
fn connections_are_numbered_and_name_the_one_they_belong_to() {
    let mut file = TraceFile::new(TraceFormat::Jsonl);
    let control = ConnTrace::new(&file.tracer, None, Sender::Client, None);
    drop(ConnTrace::new(&control.tracer(), None, Sender::Client, None));
    drop(control);
    let trace = String::from_utf8(file.more()).unwrap();
    let found: Vec<_> = trace
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|line| (line["connection"].as_u64(), line["related"].as_u64()))
        .collect();
    assert_eq!(found, [(Some(1), None), (Some(2), Some(1)), (Some(2), None), (Some(1), None)]);
}
