//! The grammar of commands: converts a line to a [`Command`] or the [`Rule`] that it breaks.

use syntax::watch::{Watch, offsets};

use super::argument::{Argument, number, word};
use super::{Algorithm, Command, Epsv, Invalid, Secret, Verb};
use super::{files, integrity, negotiation, parameter, security};
use crate::failure::ParseFailure;
use crate::line::Line;
use crate::rule::Rule;
use crate::{address, ls, part};

/// Parses a line as a verb and its command.
///
/// ```text
/// command = verb [SP argument]               b"RETR my notes.txt"
/// ```
///
/// One space separates the case-insensitive verb from its argument; further spaces belong to a pathname.
///
/// # Errors
///
/// [`Invalid`], with the code of the reply.
pub fn parse(line: &Line) -> Result<(Verb, Command), Invalid> {
    let invalid = |verb, rule, at| Invalid { verb, rule, at };
    let text = match line {
        Line::Text(text) => text,
        Line::Broken(violation) => return Err(invalid(None, violation.rule, violation.at)),
    };
    parse_text(text, ()).map_err(|(verb, ParseFailure { rule, rest })| {
        let at = offsets(text, rest).map_or(0, |rest| rest.start);
        invalid(verb, rule, text.raw_offset(at))
    })
}

/// Parses the data bytes of a line, and reports the parts of the command and the rule that it breaks.
pub(crate) fn parse_text<W: Watch>(
    text: &[u8],
    watch: W,
) -> Result<(Verb, Command), (Option<Verb>, ParseFailure<'_>)> {
    let command = command_of(text, watch);
    if let Err((_, failure)) = &command {
        watch.tolerates(failure.rule.description(), failure.rest);
    }
    watch.part(&part::COMMAND, text);
    command
}

fn command_of<W: Watch>(text: &[u8], watch: W) -> Result<(Verb, Command), (Option<Verb>, ParseFailure<'_>)> {
    if text.is_empty() {
        return Err((None, ParseFailure::new(Rule::CommandEmpty, text)));
    }
    let (name, bytes) = word(text);
    if is_http(name, bytes) {
        return Err((None, ParseFailure::new(Rule::HttpRequest, text)));
    }
    let Some(verb) = Verb::named(name) else {
        mask(text, watch);
        return Err((None, ParseFailure::new(Rule::VerbUnknown, text)));
    };
    watch.part(&part::VERB, name);
    let argument = Argument { bytes, line: text, watch };
    let command = command(verb, argument).map_err(|failure| (Some(verb), failure));
    if let Some(bytes) = bytes {
        watch.part(&part::SP, text.get(name.len()..text.len() - bytes.len()).unwrap_or_default());
        watch.part(&part::ARGUMENT, bytes);
    }
    Ok((verb, command?))
}

/// Masks a misspelled PASS or ACCT, as in ` PASS secret`.
fn mask(text: &[u8], watch: impl Watch) {
    let start = text.trim_ascii_start();
    if [&b"PASS"[..], b"ACCT"]
        .iter()
        .any(|verb| start.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(verb)))
    {
        watch.part(&part::PASSWORD, text);
    }
}

/// The start of an HTTP request, as in `POST / HTTP/1.1`: a method in capitals, and something like a
/// request-target. `get notes.txt`, typed by a person, is just an unknown command.
fn is_http(method: &[u8], target: Option<&[u8]>) -> bool {
    const METHODS: [&[u8]; 9] =
        [b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH"];
    let is_target = |target: &[u8]| {
        let form = matches!(target, [b'/' | b'*', ..]) || target.contains(&b':');
        form || word(target).1.is_some_and(|version| version.starts_with(b"HTTP/"))
    };
    METHODS.contains(&method) && target.is_some_and(is_target)
}

/// Parses the argument of a verb: the grammar of RFC 959 section 5.3.1, one line each.
fn command<'a, W: Watch>(verb: Verb, argument: Argument<'a, W>) -> Result<Command, ParseFailure<'a>> {
    let watch = argument.watch;
    if let Some(command) = without_argument(verb) {
        return argument.nothing(command);
    }
    match verb {
        Verb::User => argument.parse(username).map(Command::User),
        Verb::Pass => {
            watch.part(&part::PASSWORD, argument.bytes());
            Ok(Command::Pass(Secret(argument.bytes().to_vec())))
        }
        Verb::Acct => argument.parse(account).map(Command::Acct),
        Verb::Auth => argument.parse(security::mechanism).map(Command::Auth),
        Verb::Pbsz => argument.parse(buffer_size).map(Command::Pbsz),
        Verb::Prot => argument.parse(security::protection).map(Command::Prot),
        Verb::Type => argument.parse(parameter::representation).map(Command::Type),
        Verb::Mode => argument.parse(parameter::mode).map(Command::Mode),
        Verb::Stru => argument.parse(parameter::structure).map(Command::Stru),
        Verb::Cwd => argument.path().map(Command::Cwd),
        Verb::Mkd => argument.path().map(Command::Mkd),
        Verb::Rmd => argument.path().map(Command::Rmd),
        Verb::Epsv => Ok(Command::Epsv(argument.parse_if_any(epsv)?.unwrap_or(Epsv::Any))),
        Verb::Port => argument.parse(address::port).map(Command::Port),
        Verb::Eprt => argument.parse(address::extended_port).map(Command::Eprt),
        Verb::Retr => argument.path().map(Command::Retr),
        Verb::Stor => argument.path().map(Command::Stor),
        Verb::Appe => argument.path().map(Command::Appe),
        Verb::Stou => Ok(Command::Stou(argument.path_if_any())),
        Verb::Rest => argument.parse(marker).map(Command::Rest),
        Verb::Allo => argument.parse(parameter::allocation).map(Command::Allo),
        Verb::List => Ok(Command::List(ls::parse_with(argument.bytes(), watch))),
        Verb::Nlst => Ok(Command::Nlst(ls::parse_with(argument.bytes(), watch))),
        Verb::Mlsd => Ok(Command::Mlsd(argument.path_if_any())),
        Verb::Mlst => Ok(Command::Mlst(argument.path_if_any())),
        Verb::Stat => Ok(Command::Stat(argument.word().map(|_| ls::parse_with(argument.bytes(), watch)))),
        Verb::Dele => argument.path().map(Command::Dele),
        Verb::Rnfr => argument.path().map(Command::Rnfr),
        Verb::Rnto => argument.path().map(Command::Rnto),
        Verb::Size => argument.path().map(Command::Size),
        Verb::Mdtm => {
            let set = files::timed(argument.bytes(), watch).inspect_err(|_| watch.retract(argument.bytes()));
            Ok(Command::Mdtm { path: argument.path()?, set: set.ok() })
        }
        Verb::Mfmt => files::timed(argument.bytes(), watch).map(|(time, path)| Command::Mfmt { time, path }),
        Verb::Mff => {
            files::changes(argument.bytes(), watch).map(|(changes, path)| Command::Mff { changes, path })
        }
        Verb::Hash => argument.path().map(Command::Hash),
        Verb::Rang => argument.parse(integrity::range).map(Command::Rang),
        Verb::Xcrc => digest(Algorithm::Crc32, argument),
        Verb::Xmd5 => digest(Algorithm::Md5, argument),
        Verb::Xsha1 => digest(Algorithm::Sha1, argument),
        Verb::Xsha256 => digest(Algorithm::Sha256, argument),
        Verb::Xsha512 => digest(Algorithm::Sha512, argument),
        Verb::Opts => argument.parse(negotiation::opts).map(Command::Opts),
        Verb::Clnt => argument.parse(text).map(Command::Clnt),
        Verb::Csid => argument.parse(text).map(Command::Csid),
        Verb::Host => argument.parse(negotiation::host).map(Command::Host),
        Verb::Lang => argument.parse_if_any(negotiation::language).map(Command::Lang),
        Verb::Avbl => Ok(Command::Avbl(argument.path_if_any())),
        // Devices send an argument, as in `NOOP x`.
        Verb::Noop => Ok(Command::Noop),
        Verb::Syst => Ok(Command::Syst),
        Verb::Help => argument.parse_if_any(text).map(Command::Help),
        Verb::Site => files::site(argument.bytes(), watch).map(Command::Site),
        _ => Err(ParseFailure::new(Rule::CommandUnavailable, argument.line)),
    }
}

/// The commands that have no argument.
fn without_argument(verb: Verb) -> Option<Command> {
    Some(match verb {
        Verb::Rein => Command::Rein,
        Verb::Quit => Command::Quit,
        Verb::Ccc => Command::Ccc,
        Verb::Cdup => Command::Cdup,
        Verb::Pwd => Command::Pwd,
        Verb::Pasv => Command::Pasv,
        Verb::Abor => Command::Abor,
        Verb::Feat => Command::Feat,
        _ => return None,
    })
}

fn text(argument: &[u8], _: impl Watch) -> Result<Vec<u8>, ParseFailure<'_>> {
    Ok(argument.to_vec())
}

fn username(argument: &[u8], watch: impl Watch) -> Result<Vec<u8>, ParseFailure<'_>> {
    watch.part(&part::USERNAME, argument);
    Ok(argument.to_vec())
}

fn account(argument: &[u8], watch: impl Watch) -> Result<Secret, ParseFailure<'_>> {
    watch.part(&part::ACCOUNT, argument);
    Ok(Secret(argument.to_vec()))
}

fn buffer_size(argument: &[u8], watch: impl Watch) -> Result<u64, ParseFailure<'_>> {
    number(Rule::PbszNumber, &part::DECIMAL, argument, watch)
}

fn marker(argument: &[u8], watch: impl Watch) -> Result<u64, ParseFailure<'_>> {
    number(Rule::RestNumber, &part::MARKER, argument, watch)
}

fn digest<'a, W: Watch>(
    algorithm: Algorithm,
    argument: Argument<'a, W>,
) -> Result<Command, ParseFailure<'a>> {
    let part = integrity::file_part(argument.bytes(), argument.watch)?;
    Ok(Command::Digest(algorithm, part))
}

/// ```text
/// epsv = "EPSV" [SP ( net-prt / "ALL" )]           EPSV   EPSV 2   EPSV ALL
/// ```
fn epsv(argument: &[u8], watch: impl Watch) -> Result<Epsv, ParseFailure<'_>> {
    if argument.eq_ignore_ascii_case(b"ALL") {
        return Ok(Epsv::All);
    }
    if !argument.iter().all(u8::is_ascii_digit) {
        return Err(ParseFailure::new(Rule::EpsvArgument, argument));
    }
    address::family(argument, watch).map(Epsv::Family)
}

#[cfg(test)]
mod tests;
