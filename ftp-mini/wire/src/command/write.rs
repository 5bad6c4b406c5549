//! Writes a verb and its argument as a line.

use memchr::memchr3;

use super::Verb;
use crate::line::MAX_LINE;
use crate::telnet;

/// Why an argument cannot be sent. It is never altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// CR, LF or NUL: the first two would start another command.
    #[error("a line end or NUL cannot be sent over FTP")]
    Control,
    /// More than [`MAX_LINE`] bytes with its verb.
    #[error("a command longer than 4096 bytes cannot be sent over FTP")]
    TooLong,
}

/// Appends a command line. 0xFF is doubled (RFC 854).
///
/// ```text
/// command = verb [SP argument] CRLF           b"RETR my notes.txt\r\n"
/// ```
///
/// # Errors
///
/// [`Unsendable`]; nothing is appended then.
pub fn write(verb: Verb, argument: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), Unsendable> {
    let start = out.len();
    out.extend_from_slice(verb.name().as_bytes());
    if let Some(argument) = argument {
        if memchr3(b'\r', b'\n', 0, argument).is_some() {
            out.truncate(start);
            return Err(Unsendable::Control);
        }
        out.push(b' ');
        argument.iter().for_each(|byte| telnet::encode(*byte, out));
    }
    if out.len() - start > MAX_LINE {
        out.truncate(start);
        return Err(Unsendable::TooLong);
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::command::{Command, parse};
    use crate::line::{self, Line};
    use crate::pathname::Pathname;
    use syntax::splits::check;

    #[test]
    fn a_command_is_one_line() {
        let longest = b"a".repeat(MAX_LINE - 5);
        let longest_line = [b"RETR ", &longest[..], b"\r\n"].concat();
        for (verb, argument, expected, why) in [
            (Verb::Pasv, None, Ok(&b"PASV\r\n"[..]), "no argument"),
            (Verb::Pass, Some(&b""[..]), Ok(b"PASS \r\n"), "an empty one"),
            (Verb::Retr, Some(b" my notes "), Ok(b"RETR  my notes \r\n"), "spaces are part of a name"),
            (Verb::Retr, Some(b"caf\xFF"), Ok(b"RETR caf\xFF\xFF\r\n"), "RFC 854: 0xFF is doubled"),
            (Verb::Retr, Some(b"a\r\nDELE b"), Err(Unsendable::Control), "another command"),
            (Verb::Retr, Some(b"a\nb"), Err(Unsendable::Control), "LF alone"),
            (Verb::Retr, Some(b"a\rb"), Err(Unsendable::Control), "CR alone"),
            (Verb::Retr, Some(b"a\0b"), Err(Unsendable::Control), "NUL"),
            (Verb::Retr, Some(&longest), Ok(&longest_line), "the limit itself"),
            (Verb::Stor, Some(&[&longest[..], b"a"].concat()), Err(Unsendable::TooLong), "one more"),
        ] {
            let mut out = b"NOOP\r\n".to_vec();
            let written = write(verb, argument, &mut out);
            let (before, line) = out.split_at(6);
            assert_eq!(before, b"NOOP\r\n", "{why}");
            assert_eq!(written.map(|()| line), expected, "{why}");
            assert!(written.is_ok() || line.is_empty(), "{why}: nothing is left behind");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_read_as_it_was_written(name in prop::collection::vec(any::<u8>(), 1..40)) {
            let mut wire = Vec::new();
            if write(Verb::Retr, Some(&name), &mut wire).is_ok() {
                let line = Line::Text([b"RETR ", &name[..]].concat().into());
                assert_eq!(check(line::take, &wire), Ok(Some((line.clone(), wire.len()))));
                prop_assert_eq!(parse(&line), Ok((Verb::Retr, Command::Retr(Pathname::new(&name).unwrap()))));
            }
        }
    }
}
