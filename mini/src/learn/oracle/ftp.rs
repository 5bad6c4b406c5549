//! Oracles of the FTP formats, from `ftp-wire`.

use ftp_wire::line::Line;
use ftp_wire::rule::Rule;
use ftp_wire::{address, command, line};

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
