//! What a case requires of the bytes of a reply, or of data: a table of predicates. `S> 257 : pathname /` and
//! `D< : line read.bin` name a row and its argument.

use std::collections::BTreeMap;

use anyhow::Context as _;
use syntax::rule::{Language, Text};

use crate::wire::reply::{self, Reply};
use crate::wire::{address, pathname, time_val};

/// A row of the table, and its argument as a template.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition {
    row: &'static Row,
    pub(super) argument: &'static str,
}

/// What a predicate sees.
pub(super) struct PredicateInput<'a> {
    /// The bytes of the reply, or the data.
    pub(super) bytes: &'a [u8],
    /// The file of the survey.
    pub(super) content: &'a [u8],
    /// Replies that were saved by `as NAME`.
    pub(super) saved: &'a BTreeMap<&'static str, Vec<u8>>,
    /// The data connection ended with close_notify.
    pub(super) is_notified: bool,
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    meaning: Text,
    holds: fn(&PredicateInput<'_>, &[u8]) -> bool,
}

const fn row(
    name: &'static str,
    en: &'static str,
    id: &'static str,
    holds: fn(&PredicateInput<'_>, &[u8]) -> bool,
) -> Row {
    Row { name, meaning: Text { en, id }, holds }
}

/// The longer of two names that begin alike comes first.
static TABLE: &[Row] = &[
    // Of replies.
    row("as", "any text", "teks apa pun", |_, _| true),
    row("form", "in the form of RFC 959 section 4.2", "dalam bentuk RFC 959 bagian 4.2", |input, _| {
        is_well_formed(input.bytes)
    }),
    row("code", "with digits in their range", "dengan digit dalam rentangnya", |input, _| {
        matches!(input.bytes, [b'1'..=b'5', b'0'..=b'5', b'0'..=b'9', ..])
    }),
    row("text", "with a text", "dengan teks", |input, _| !input.text().trim_ascii().is_empty()),
    row("pathname", "with the quoted pathname", "dengan path dalam tanda kutip", |input, wanted| {
        pathname::unquoted(&input.text()).is_some_and(|path| wanted.is_empty() || path == wanted)
    }),
    row("host-port", "with an address", "dengan alamat", |input, _| address::find(&input.text()).is_some()),
    row("high port", "with a port from 1024 on", "dengan port mulai 1024", |input, _| {
        address::find(&input.text()).is_some_and(|address| address.port() >= 1024)
    }),
    row("extended port", "with (|||port|)", "dengan (|||port|)", |input, _| {
        address::find_extended_port(&input.text()).is_some()
    }),
    row("number", "with the number", "dengan bilangan", |input, wanted| input.text() == wanted),
    row("time", "with YYYYMMDDHHMMSS", "dengan YYYYMMDDHHMMSS", |input, _| {
        time_val::parse(&input.text()).is_some()
    }),
    row(
        "features",
        "with features, each after a space",
        "dengan fitur, masing-masing setelah spasi",
        |input, _| input.middle().iter().all(|line| matches!(&**line, [b' ', b'!'..=b'~', ..])),
    ),
    row("unique name", "with FILE: and the name", "dengan FILE: dan namanya", |input, _| {
        input.text().strip_prefix(b"FILE: ").is_some_and(|name| !name.is_empty())
    }),
    row("unlike", "different from the earlier reply", "berbeda dari balasan sebelumnya", |input, name| {
        input.earlier(name).is_some_and(|earlier| earlier != input.bytes)
    }),
    row("like", "the same as the earlier reply", "sama dengan balasan sebelumnya", |input, argument| {
        is_alike(input, argument).unwrap_or(false)
    }),
    // Of replies and data.
    row("contains-any-case", "containing", "memuat", |input, wanted| {
        has(&input.bytes.to_ascii_lowercase(), &wanted.to_ascii_lowercase())
    }),
    row("contains", "containing", "memuat", |input, wanted| has(input.bytes, wanted)),
    row("lacks", "without", "tanpa", |input, unwanted| !has(input.bytes, unwanted)),
    row("fact lines", "with facts in each line", "dengan fakta pada tiap baris", |input, _| {
        lines(input.bytes).all(|line| entry(line).is_some())
    }),
    row(
        "fact line",
        "with one line of facts after a space",
        "dengan satu baris fakta setelah spasi",
        |input, _| matches!(&*input.middle(), [line] if line.strip_prefix(b" ").and_then(entry).is_some()),
    ),
    row("facts", "with these facts only", "hanya dengan fakta ini", |input, wanted| {
        let names =
            |(facts, _): Entry<'_>| facts.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(&b' ');
        let line = input.middle().into_iter().next().unwrap_or_default();
        entry(line.get(1..).unwrap_or_default())
            .is_some_and(|entry| names(entry).eq_ignore_ascii_case(wanted))
    }),
    row("fact", "with the fact", "dengan fakta", has_fact),
    // Of data.
    row("content", "the content of the file", "isi berkas", |input, from| {
        let from =
            from.strip_prefix(b"from ").and_then(|number| std::str::from_utf8(number).ok()?.parse().ok());
        input.content.get(from.unwrap_or(0)..) == Some(input.bytes)
    }),
    row("exactly", "exactly", "tepat", |input, wanted| input.bytes == wanted),
    row("empty", "no data", "tanpa data", |input, _| input.bytes.is_empty()),
    row("lines", "lines that end with CRLF", "baris yang diakhiri CRLF", |input, _| {
        input.bytes.split_inclusive(|byte| *byte == b'\n').all(|line| line.ends_with(b"\r\n"))
    }),
    row("line", "with the line", "dengan baris", |input, wanted| {
        lines(input.bytes).any(|line| line == wanted)
    }),
    row("utf-8", "in UTF-8", "dalam UTF-8", |input, _| std::str::from_utf8(input.bytes).is_ok()),
    row("length as", "as many bytes as SIZE says", "sebanyak byte menurut SIZE", |input, name| {
        let size = input.earlier(name).and_then(|reply| reply.strip_prefix(b"213 "));
        size.is_none_or(|size| size.trim_ascii() == input.bytes.len().to_string().as_bytes())
    }),
    row("ends with", "ended by", "diakhiri", |input, _| input.is_notified),
];

impl Condition {
    pub(super) fn parse(text: &'static str) -> anyhow::Result<Self> {
        let argument = |row: &Row| match text.strip_prefix(row.name)? {
            "" => Some(""),
            rest => rest.strip_prefix(' '),
        };
        let found = TABLE.iter().find_map(|row| Some(Self { row, argument: argument(row)? }));
        found.with_context(|| format!("'{text}' is no condition"))
    }

    /// The name under which the bytes are kept, of `as NAME`.
    pub(super) fn save_as(self) -> Option<&'static str> {
        (self.row.name == "as").then_some(self.argument)
    }

    pub(super) fn holds(self, input: &PredicateInput<'_>, argument: &[u8]) -> bool {
        (self.row.holds)(input, argument)
    }

    pub(super) fn meaning(self, language: Language) -> &'static str {
        self.row.meaning.in_language(language)
    }
}

impl PredicateInput<'_> {
    fn reply(&self) -> Option<Reply> {
        Some(reply::take(self.bytes).ok()??.0)
    }

    /// The text of the last line.
    fn text(&self) -> Vec<u8> {
        self.reply().map(|reply| reply.text().to_vec()).unwrap_or_default()
    }

    /// The lines between the first and the last.
    fn middle(&self) -> Vec<Vec<u8>> {
        let lines: Vec<_> = self.reply().iter().flat_map(Reply::lines).map(<[u8]>::to_vec).collect();
        lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default().to_vec()
    }

    fn earlier(&self, name: &[u8]) -> Option<&[u8]> {
        self.saved.get(std::str::from_utf8(name).ok()?).map(Vec::as_slice)
    }
}

/// Lines that end with CRLF; the code of the first one, a space or a hyphen; after a hyphen, a last line with the same
/// code and a space, before which no line looks like it.
fn is_well_formed(bytes: &[u8]) -> bool {
    let lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let (Some(code), Some((last, before))) = (bytes.get(..3), lines.split_last()) else { return false };
    let opens = |line: &[u8], separator: u8| line.starts_with(&[code, &[separator]].concat());
    let is_opened = before.first().is_none_or(|first| opens(first, b'-'));
    let is_ended = lines.iter().all(|line| line.ends_with(b"\r\n"));
    code.iter().all(u8::is_ascii_digit) && is_opened && is_ended && opens(last, b' ')
}

/// `like NAME THIS OTHER`: the same reply with THIS in place of OTHER.
fn is_alike(input: &PredicateInput<'_>, argument: &[u8]) -> Option<bool> {
    let mut words = argument.split(|byte| *byte == b' ');
    let earlier = input.earlier(words.next()?)?;
    let shown = String::from_utf8_lossy(input.bytes).into_owned();
    let word = |word: Option<&[u8]>| String::from_utf8_lossy(word.unwrap_or_default()).into_owned();
    let (this, other) = (word(words.next()), word(words.next()));
    let same = if other.is_empty() { shown } else { shown.replace(&other, &this) };
    Some(same.as_bytes() == earlier)
}

/// Facts with their values, and the pathname.
type Entry<'a> = (Vec<(&'a [u8], &'a [u8])>, &'a [u8]);

/// A line of MLSD as RFC 3659 section 7.2 has it: each fact ends with a semicolon, and no value contains a space.
fn entry(line: &[u8]) -> Option<Entry<'_>> {
    let space = line.iter().position(|byte| *byte == b' ')?;
    let (facts, name) = (line.get(..space)?, line.get(space + 1..)?);
    let mut found = Vec::new();
    for fact in facts.split_inclusive(|byte| *byte == b';') {
        let fact = fact.strip_suffix(b";")?;
        let equals = fact.iter().position(|byte| *byte == b'=').filter(|at| *at > 0)?;
        found.push((fact.get(..equals)?, fact.get(equals + 1..)?));
    }
    (!name.is_empty()).then_some((found, name))
}

/// `NAME=VALUE`, of the entry `of NAME` or of the only one; the value `time` is any time.
fn has_fact(input: &PredicateInput<'_>, argument: &[u8]) -> bool {
    let text = String::from_utf8_lossy(argument);
    let (fact, of) = text.split_once(" of ").unwrap_or((&text, ""));
    let Some((name, value)) = fact.split_once('=') else { return false };
    let is_value = |found: &[u8]| match value {
        "time" => time_val::parse(found).is_some(),
        value => found.eq_ignore_ascii_case(value.as_bytes()),
    };
    let is_it = |(found, its): &(&[u8], &[u8])| found.eq_ignore_ascii_case(name.as_bytes()) && is_value(its);
    let is_in = |line: &[u8]| {
        entry(line)
            .is_some_and(|(facts, name)| (of.is_empty() || name == of.as_bytes()) && facts.iter().any(is_it))
    };
    match of {
        "" => input.middle().iter().any(|line| is_in(line.get(1..).unwrap_or_default())),
        _ => lines(input.bytes).any(is_in),
    }
}

/// Lines without their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(|line| {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    })
}

fn has(bytes: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(bytes, wanted).is_some()
}
