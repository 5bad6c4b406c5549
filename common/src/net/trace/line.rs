//! Traces for people and programs: lines of text, and one JSON object a line. `docs/trace.md` describes the fields.

use std::fmt::Write as _;
use std::ops::Range;
use std::time::SystemTime;

use serde::Serialize;
use time::OffsetDateTime;

use super::{Direction, Moment, TraceEvent};
use crate::escape::Escaped;

/// Bytes on one line of text.
const WIDTH: usize = 96;

/// An event as text: a line, and the bytes below it, indented.
pub(super) fn text(Moment { time, connection, local, peer, is_secure, event }: &Moment<'_>) -> Vec<u8> {
    let mut out = String::new();
    let arrow = match event.direction() {
        Some(Direction::Read) => "<",
        Some(Direction::Written) => ">",
        None => "-",
    };
    let tls = if *is_secure { " inside TLS" } else { "" };
    let head = format!("{} #{connection} {local} {arrow} {peer}", stamp(*time));
    // Writing to memory cannot fail.
    let _ = match event {
        TraceEvent::Open { related: None } => writeln!(out, "{head} open"),
        TraceEvent::Open { related: Some(control) } => writeln!(out, "{head} open, belongs to #{control}"),
        TraceEvent::Tls => writeln!(out, "{head} TLS begins"),
        TraceEvent::Data { direction, bytes, .. } => {
            writeln!(out, "{head} {} {} bytes{tls}", direction.name(), bytes.len())
        }
        TraceEvent::End { direction } => writeln!(out, "{head} {} end", direction.name()),
        TraceEvent::Error { what } => writeln!(out, "{head} error: {}", Escaped(what.as_bytes())),
        TraceEvent::Close => writeln!(out, "{head} close"),
    };
    if let TraceEvent::Data { bytes, .. } = event {
        let lines = bytes.split_inclusive(|&byte| byte == b'\n').flat_map(|line| line.chunks(WIDTH));
        for line in lines {
            let (text, end) = match line {
                [text @ .., b'\r', b'\n'] => (text, "\\r\\n"),
                [text @ .., b'\n'] => (text, "\\n"),
                text => (text, ""),
            };
            // Nothing is quoted here, so quotes need no backslash.
            let _ = writeln!(out, "    {}{end}", Escaped(text).to_string().replace("\\\"", "\""));
        }
    }
    out.into_bytes()
}

/// The object of a line; fields that do not apply are omitted.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    connection: u64,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    local: &'a str,
    peer: &'a str,
    tls: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    related: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    data: Option<Data<'a>>,
}

#[derive(Serialize)]
struct Data<'a> {
    offset: u64,
    length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    masked: Vec<[usize; 2]>,
}

/// An event as a JSON object and a line end.
pub(super) fn json(Moment { time, connection, local, peer, is_secure, event }: &Moment<'_>) -> Vec<u8> {
    let data = match event {
        TraceEvent::Data { offset, bytes, masked, .. } => Some(data(*offset, bytes, masked)),
        _ => None,
    };
    let line = Line {
        time: stamp(*time),
        connection: *connection,
        event: event.name(),
        direction: event.direction().map(Direction::name),
        local,
        peer,
        tls: *is_secure,
        related: if let TraceEvent::Open { related } = event { *related } else { None },
        error: if let TraceEvent::Error { what } = event { Some(what) } else { None },
        data,
    };
    // Serialisation fails only for maps whose keys are not strings.
    let mut json = serde_json::to_vec(&line).unwrap_or_default();
    json.push(b'\n');
    json
}

fn data<'a>(offset: u64, bytes: &'a [u8], masked: &[Range<usize>]) -> Data<'a> {
    let text = str::from_utf8(bytes).ok();
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    };
    let masked = masked.iter().map(|span| [span.start, span.end]).collect();
    Data { offset, length: bytes.len(), text, hex: text.is_none().then(|| hex(bytes)), masked }
}

/// `2026-11-23T18:51:00.000120400Z`
fn stamp(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    let (date, (hour, minute, second, nano)) = (time.date(), time.to_hms_nano());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nano:09}Z")
}
