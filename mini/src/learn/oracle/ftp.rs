//! Oracles of the FTP formats, from `ftp-wire`.

use ftp_wire::entry::EntryType;
use ftp_wire::line::Line;
use ftp_wire::listing::{self, Listed};
use ftp_wire::rule::Rule;
use ftp_wire::{address, ascii, command, facts, line, reply};
use syntax::decimal;

use super::{Value, Verdict};

/// `b"retr my notes.txt\r\n"`: `RETR` and `my notes.txt`. Arguments are not parsed.
pub(super) fn command(input: &[u8]) -> Verdict {
    match line::take(input) {
        Err(_) => Verdict::bad(line::MAX_ENDLESS, Rule::LineEndless.description()),
        Ok(None) => Verdict::more(),
        Ok(Some((line, used))) => match (command::parse(&line), line) {
            (Err(command::Invalid { verb: None, rule, at }), _) => Verdict::bad(at, rule.description()),
            (_, Line::Broken(violation)) => Verdict::bad(violation.at, violation.rule.description()),
            (_, Line::Text(text)) => {
                let (verb, argument) = match text.iter().position(|byte| *byte == b' ') {
                    Some(space) => text.split_at(space),
                    None => text.split_at(text.len()),
                };
                let argument =
                    argument.get(1..).map_or(Value::None, |argument| Value::Bytes(argument.to_vec()));
                Verdict::done(used, Value::List(vec![Value::Bytes(verb.to_ascii_uppercase()), argument]))
            }
        },
    }
}

/// `b"Entering Passive Mode (127,0,0,1,195,80)."`: `127.0.0.1` and 50000. Without an address it is bad at 0.
pub(super) fn passive(input: &[u8]) -> Verdict {
    match address::find(input) {
        Some(address) => Verdict::done(
            input.len(),
            Value::List(vec![
                Value::Bytes(address.ip().to_string().into()),
                Value::Number(address.port().into()),
            ]),
        ),
        None => Verdict::bad(0, Rule::PassiveAddress.description()),
    }
}

/// `b"211-Features:\r\n SIZE\r\n211 End\r\n"`: 211, and the texts `Features:`, ` SIZE` and `End`.
pub(super) fn reply(input: &[u8]) -> Verdict {
    match reply::take(input) {
        Err(violation) => Verdict::bad(violation.at, violation.rule.description()),
        Ok(None) => Verdict::more(),
        Ok(Some((reply, used))) => {
            let lines = reply.lines().map(|line| Value::Bytes(line.to_vec())).collect();
            Verdict::done(used, Value::List(vec![Value::Number(reply.code().into()), Value::List(lines)]))
        }
    }
}

/// `b"Entering Extended Passive Mode (|||6446|)"`: 6446. Without a port it is bad at 0.
pub(super) fn extended_passive(input: &[u8]) -> Verdict {
    match address::find_extended_port(input) {
        Some(port) => Verdict::done(input.len(), Value::Number(port.into())),
        None => Verdict::bad(0, Rule::ExtendedPort.description()),
    }
}

/// `b"-rw-r--r-- 1 owner group 4096 Nov 23 18:51 a"`: `a`, 4096 and `file`.
///
/// Our parser reads lines of many systems. A line in which it finds other columns than the text of the exercise
/// describes is not used: an incomplete answer to a whole input is out of scope.
pub(super) fn list(input: &[u8]) -> Verdict {
    match (listing::read(input, 0), columns_of_ls(input)) {
        _ if input.starts_with(b" ") => Verdict::more(),
        (listing::ListLine::Entry(listed), Some((size, rest))) if is_made_of(&listed, size, rest) => {
            let kind = listed.kind.map_or(Value::None, type_name);
            let size = listed.size.map_or(Value::None, |size| Value::Number(size.into()));
            Verdict::done(input.len(), Value::List(vec![Value::Bytes(listed.name.into_owned()), size, kind]))
        }
        (listing::ListLine::Heading | listing::ListLine::Unreadable, None) => Verdict::bad_at(0),
        _ => Verdict::more(),
    }
}

/// Whether our parser found the same columns.
fn is_made_of(listed: &Listed<'_>, size: &[u8], rest: &[u8]) -> bool {
    let arrow = listed.target.map_or(&b""[..], |_| b" -> ");
    let name = [&*listed.name, arrow, listed.target.unwrap_or_default()].concat();
    name == rest && (listed.size.is_none() || listed.size == decimal::parse(size))
}

/// The size, and what follows the eight columns of `ls -l`, if mode and size are as the exercise describes them.
fn columns_of_ls(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut rest, mut columns) = (line, [line; 8]);
    for column in &mut columns {
        let text = rest.get(rest.iter().position(|byte| *byte != b' ')?..)?;
        (*column, rest) = text.split_at_checked(text.iter().position(|byte| *byte == b' ')?)?;
    }
    let [mode @ [b'-' | b'd' | b'l', ..], _, _, _, size, ..] = columns else { return None };
    let name = rest.get(1..).filter(|name| !name.is_empty())?;
    (mode.len() == 10 && size.iter().all(u8::is_ascii_digit)).then_some((size, name))
}

fn type_name(kind: EntryType) -> Value {
    let name = match kind {
        EntryType::File => "file",
        EntryType::Dir => "dir",
        EntryType::Current => "cdir",
        EntryType::Parent => "pdir",
        EntryType::Link => "link",
    };
    Value::Bytes(name.into())
}

/// `b"type=file;size=4096; notes.txt"`: `notes.txt`, `file` and 4096. Of the types only those of the RFC count.
pub(super) fn facts(input: &[u8]) -> Verdict {
    let Some((facts, name)) = facts::parse(input) else { return Verdict::bad_at(0) };
    let kind = facts.kind.filter(|kind| *kind != EntryType::Link).map_or(Value::None, type_name);
    let size = facts.size.map_or(Value::None, |size| Value::Number(size.into()));
    Verdict::done(input.len(), Value::List(vec![Value::Bytes(name.to_vec()), kind, size]))
}

/// `b"STOR a\r|\nb"`: `a` and `\nb` for the two reads, and nothing at the end of the transfer.
pub(super) fn ascii(input: &[u8]) -> Verdict {
    let (command, content) = input.split_at_checked(5).unwrap_or_default();
    let reads = content.split(|byte| *byte == b'|');
    let written = match command {
        b"STOR " => stored(reads),
        b"RETR " => retrieved(reads),
        _ => return Verdict::bad_at(0),
    };
    Verdict::done(input.len(), Value::List(written.into_iter().map(Value::Bytes).collect()))
}

fn stored<'a>(reads: impl Iterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let mut decoder = ascii::Decoder::default();
    let mut written: Vec<_> = reads.map(|read| written_by(|out| decoder.decode(read, out))).collect();
    written.push(written_by(|out| decoder.finish(out)));
    written
}

fn retrieved<'a>(reads: impl Iterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let mut encoder = ascii::Encoder::default();
    let converted = reads.map(|read| written_by(|out| encoder.encode(read, out)));
    converted.chain([Vec::new()]).collect()
}

fn written_by(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}
