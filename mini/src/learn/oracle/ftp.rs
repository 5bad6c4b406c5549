//! Oracles of the FTP formats, from `ftp-wire`.

use ftp_wire::line::Line;
use ftp_wire::rule::Rule;
use ftp_wire::{address, command, line, reply};

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
