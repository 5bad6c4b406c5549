//! Oracles: the expected answer of each function, from the parsers of our servers and clients.
//!
//! An exercise needs a row of [`FUNCTIONS`] and an oracle here or in a module. Everything else about it is in its
//! folder.

mod ftp;
mod http;
mod stream;

use std::fmt;

use common::files::{PathRule, TreePath};
use http_wire::chunked::{ChunkedDecoder, ChunkedPiece, ChunkedStep};
use http_wire::head;
use syntax::rule::Description;

/// The exercises, by the name of their folder.
pub(super) static FUNCTIONS: &[(&str, Function)] = &[
    (
        "count_bytes",
        Function {
            oracle: stream::count_bytes,
            arrives: Arrives::InReads,
            real_use: None,
            production: source!("mini/src/check/client.rs", "fn characters_for_bytes"),
        },
    ),
    (
        "frame",
        Function {
            oracle: stream::frame,
            arrives: Arrives::InReads,
            real_use: None,
            production: source!("mini/src/learn/child.rs", "fn frame("),
        },
    ),
    (
        "line",
        Function {
            oracle: stream::line,
            arrives: Arrives::InReads,
            real_use: None,
            production: source!("mini/src/chat/session.rs", "fn line(input"),
        },
    ),
    (
        "request_line",
        Function {
            oracle: http::request_line,
            arrives: Arrives::InReads,
            real_use: None,
            production: source!("http-mini/wire/src/head.rs", "fn request_line("),
        },
    ),
    (
        "fields",
        Function {
            oracle: http::fields,
            arrives: Arrives::InReads,
            real_use: None,
            production: source!("http-mini/wire/src/fields.rs", "fn field_line("),
        },
    ),
    (
        "host",
        Function {
            oracle: http::host,
            arrives: Arrives::Whole,
            real_use: None,
            production: source!("http-mini/wire/src/host.rs", "fn is_valid"),
        },
    ),
    (
        "framing",
        Function {
            oracle: http::framing,
            arrives: Arrives::Whole,
            real_use: None,
            production: source!("http-mini/wire/src/framing.rs", "fn of_fields"),
        },
    ),
    (
        "date",
        Function {
            oracle: http::date,
            arrives: Arrives::Whole,
            real_use: None,
            production: source!("http-mini/wire/src/date.rs", "fn imf_fixdate"),
        },
    ),
    (
        "range",
        Function {
            oracle: http::range,
            arrives: Arrives::Whole,
            real_use: None,
            production: source!("http-mini/wire/src/range.rs", "fn spec("),
        },
    ),
    (
        "conditional",
        Function {
            oracle: http::conditional,
            arrives: Arrives::Whole,
            real_use: None,
            production: source!("http-mini/wire/src/conditional.rs", "fn evaluate"),
        },
    ),
    (
        "persistence",
        Function {
            oracle: http::persistence,
            arrives: Arrives::Whole,
            real_use: None,
            production: source!("http-mini/wire/src/fields.rs", "fn persists"),
        },
    ),
    (
        "path",
        Function {
            oracle: path,
            arrives: Arrives::Whole,
            real_use: Some(RealUse::HttpPath),
            production: source!("common/src/files/tree/path.rs", "pub fn join"),
        },
    ),
    (
        "chunk_size",
        Function {
            oracle: chunk_size,
            arrives: Arrives::InReads,
            real_use: None,
            production: source!("http-mini/wire/src/chunked.rs", "fn size("),
        },
    ),
    (
        "chunked",
        Function {
            oracle: chunked,
            arrives: Arrives::InReads,
            real_use: Some(RealUse::HttpContent),
            production: source!("http-mini/wire/src/chunked.rs", "fn advance"),
        },
    ),
    (
        "command",
        Function {
            oracle: ftp::command,
            arrives: Arrives::InReads,
            real_use: Some(RealUse::FtpCommand),
            production: source!("ftp-mini/wire/src/command/parse.rs", "fn command_of"),
        },
    ),
    (
        "passive",
        Function {
            oracle: ftp::passive,
            arrives: Arrives::Whole,
            real_use: None,
            production: source!("ftp-mini/wire/src/address.rs", "fn find_with"),
        },
    ),
    (
        "reply",
        Function {
            oracle: ftp::reply,
            arrives: Arrives::InReads,
            real_use: None,
            production: source!("ftp-mini/wire/src/reply.rs", "pub fn take_with"),
        },
    ),
    (
        "extended_passive",
        Function {
            oracle: ftp::extended_passive,
            arrives: Arrives::Whole,
            real_use: None,
            production: source!("ftp-mini/wire/src/address.rs", "fn find_extended_port_with"),
        },
    ),
    (
        "list",
        Function {
            oracle: ftp::list,
            arrives: Arrives::Whole,
            real_use: None,
            production: source!("ftp-mini/wire/src/listing/unix.rs", "fn read_columns"),
        },
    ),
    (
        "facts",
        Function {
            oracle: ftp::facts,
            arrives: Arrives::Whole,
            real_use: None,
            production: source!("ftp-mini/wire/src/facts.rs", "fn each"),
        },
    ),
    (
        "ascii",
        Function {
            oracle: ftp::ascii,
            arrives: Arrives::Whole,
            real_use: None,
            production: source!("ftp-mini/wire/src/ascii.rs", "pub fn decode"),
        },
    ),
];

/// A part of the project's source that does the same work.
pub(super) struct Source {
    pub(super) path: &'static str,
    pub(super) text: &'static str,
    pub(super) item: &'static str,
}

impl Source {
    /// The number of its first line, and its lines up to the end of the item.
    pub(super) fn lines(&self) -> (usize, String) {
        let lines: Vec<&str> = self.text.lines().collect();
        let first = lines.iter().position(|line| line.contains(self.item)).unwrap_or_default();
        let indent = lines.get(first).map_or(0, |line| line.len() - line.trim_start().len());
        let end = format!("{}}}", " ".repeat(indent));
        let item = lines.iter().skip(first);
        let length = item.clone().position(|line| *line == end).unwrap_or_default();
        let text = item.take(length + 1).map(|line| format!("{line}\n")).collect();
        (first + 1, text)
    }
}

macro_rules! source {
    ($path:literal, $item:literal) => {
        Source { path: $path, text: include_str!(concat!("../../../", $path)), item: $item }
    };
}
pub(super) use source;

/// What a function does for a client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RealUse {
    /// It decodes the path of each request of curl.
    HttpPath,
    /// It decodes the content of an upload of curl.
    HttpContent,
    /// It parses the commands of lftp.
    FtpCommand,
}

/// A function that parses.
pub(super) struct Function {
    /// The expected answer to an input that has arrived so far.
    pub(super) oracle: fn(&[u8]) -> Verdict,
    pub(super) arrives: Arrives,
    /// A use by a real client, for the third star.
    pub(super) real_use: Option<RealUse>,
    /// Our own function.
    pub(super) production: Source,
}

/// How the input of a function arrives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrives {
    /// In any number of reads.
    InReads,
    /// Always complete.
    Whole,
}

/// An answer, a learner's or an oracle's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    More,
    Done { used: usize, value: Value },
    Bad(usize),
}

/// The answer of an oracle.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) answer: Answer,
    /// The rule that a bad input breaks, if the catalogue has it.
    pub(super) rule: Option<&'static Description>,
}

/// A parsed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    None,
    Number(i128),
    Bytes(Vec<u8>),
    List(Vec<Value>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Number(number) => number.fmt(f),
            Self::Bytes(bytes) => write!(f, "\"{}\"", bytes.escape_ascii()),
            Self::List(values) => {
                f.write_str("(")?;
                for (at, value) in values.iter().enumerate() {
                    let comma = if at > 0 { ", " } else { "" };
                    write!(f, "{comma}{value}")?;
                }
                f.write_str(")")
            }
        }
    }
}

impl Verdict {
    fn more() -> Self {
        Self { answer: Answer::More, rule: None }
    }

    fn done(used: usize, value: Value) -> Self {
        Self { answer: Answer::Done { used, value }, rule: None }
    }

    fn bad(at: usize, rule: &'static Description) -> Self {
        Self { answer: Answer::Bad(at), rule: Some(rule) }
    }

    /// Bad by a rule that the catalogue does not have.
    fn bad_at(at: usize) -> Self {
        Self { answer: Answer::Bad(at), rule: None }
    }
}

/// `b"1a;name=value\r\n"`: 26.
fn chunk_size(input: &[u8]) -> Verdict {
    let line = input
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(input, |end| input.get(..=end).unwrap_or_default());
    match ChunkedDecoder::new().decode(line) {
        Err(violation) => Verdict::bad(violation.at, violation.rule.description()),
        Ok(ChunkedStep::More(used)) if used > 0 => {
            let digits = line.split(|byte| !byte.is_ascii_hexdigit()).next().unwrap_or_default();
            let size = digits.iter().fold(0, |size, digit| {
                size * 16 + i128::from(char::from(*digit).to_digit(16).unwrap_or_default())
            });
            Verdict::done(used, Value::Number(size))
        }
        Ok(_) => Verdict::more(),
    }
}

/// `b"5\r\nhello\r\n0\r\n\r\n"`: `hello`.
fn chunked(input: &[u8]) -> Verdict {
    let (mut decoder, mut content, mut at) = (ChunkedDecoder::new(), Vec::new(), 0);
    loop {
        match decoder.take(input.get(at..).unwrap_or_default(), &mut content) {
            Err(violation) => return Verdict::bad(violation.at, violation.rule.description()),
            Ok(None) => return Verdict::more(),
            Ok(Some((piece, used))) => {
                at += used;
                if piece == ChunkedPiece::End {
                    return Verdict::done(at, Value::Bytes(content));
                }
            }
        }
    }
}

/// `b"/a%20b/../c"`: `c`. A path that leads above the root, or has a NUL byte, is bad at 0.
fn path(input: &[u8]) -> Verdict {
    const METHOD: &[u8] = b"GET ";
    match head::parse(&[METHOD, input, b" HTTP/1.1\r\nHost: a\r\n\r\n"].concat()) {
        Err(violation) => {
            Verdict::bad(violation.at.saturating_sub(METHOD.len()), violation.rule.description())
        }
        Ok(None) => Verdict::more(),
        Ok(Some((head, _))) => match TreePath::ROOT.join(&head.target().decoded_path()) {
            Ok(path) => Verdict::done(input.len(), Value::Bytes(path.as_bytes().to_vec())),
            Err(PathRule::Outside | PathRule::Nul | PathRule::TooLong) => Verdict::bad_at(0),
        },
    }
}
