//! Arguments that set a file's facts: MDTM in its old form, MFMT, MFF, and SITE.
//! [draft-somers-ftp-mfxx](https://datatracker.ietf.org/doc/html/draft-somers-ftp-mfxx-04).

use nom::bytes::complete::tag;
use nom::combinator::rest;
use nom::multi::many1;
use nom::sequence::{separated_pair, terminated};
use nom::{IResult, Parser};

use super::Fault;
use super::argument::{number, pathname, word};
use crate::facts::{self, Fact};
use crate::pathname::Pathname;
use crate::time_val::{self, TimeVal};

/// What MFF changes of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The `modify` fact.
    pub modify: Option<TimeVal>,
    /// The `UNIX.mode` fact.
    pub mode: Option<u32>,
}

/// SITE: what is particular to this server, as others have it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Site {
    /// `CHMOD 644 notes.txt`
    Chmod {
        /// Permission bits, at most 0o7777.
        mode: u32,
        /// Of which file.
        path: Pathname,
    },
    /// `UTIME 20261123185100 notes.txt`: as MFMT.
    Utime {
        /// The time to set.
        time: TimeVal,
        /// Of which file.
        path: Pathname,
    },
    /// `IDLE [seconds]`: asks for the idle timeout, or sets it.
    Idle(Option<u64>),
    /// `WHO`
    Who,
    /// `HELP`
    Help,
}

/// ```text
/// mfmt = "MFMT" SP time-val SP pathname             20261123185100 notes.txt
/// ```
pub(super) fn timed(argument: &[u8]) -> Result<(TimeVal, Pathname), Fault> {
    let (_, (time, name)) = time_and_name(argument).map_err(|_| Fault::Syntax)?;
    Ok((time, pathname(name)?))
}

fn time_and_name(input: &[u8]) -> IResult<&[u8], (TimeVal, &[u8])> {
    separated_pair(time_val::time_val, tag(" "), rest).parse(input)
}

/// A fact that cannot be set is 504.
///
/// ```text
/// mff = "MFF" SP 1*( factname "=" value ";" ) SP pathname        modify=20261123185100; notes.txt
/// ```
pub(super) fn changes(argument: &[u8]) -> Result<(Changes, Pathname), Fault> {
    let (name, pairs) = pairs(argument).map_err(|_| Fault::Syntax)?;
    let mut changes = Changes::default();
    for (fact, value) in pairs {
        match Fact::named(fact) {
            Some(Fact::Modify) => changes.modify = Some(time_val::parse(value).ok_or(Fault::Syntax)?),
            Some(Fact::UnixMode) => changes.mode = Some(facts::mode(value).ok_or(Fault::Syntax)?),
            _ => return Err(Fault::Parameter),
        }
    }
    Ok((changes, pathname(name)?))
}

type Pair<'a> = (&'a [u8], &'a [u8]);

fn pairs(input: &[u8]) -> IResult<&[u8], Vec<Pair<'_>>> {
    terminated(many1(facts::pair), tag(" ")).parse(input)
}

/// A SITE command that is not known is 504.
pub(super) fn site(argument: &[u8]) -> Result<Site, Fault> {
    let (verb, rest) = word(argument);
    match (verb.to_ascii_uppercase().as_slice(), rest) {
        (b"CHMOD", Some(rest)) => {
            let (mode, name) = word(rest);
            let mode = facts::mode(mode).ok_or(Fault::Syntax)?;
            Ok(Site::Chmod { mode, path: pathname(name.unwrap_or_default())? })
        }
        (b"UTIME", Some(rest)) => utime(rest),
        (b"IDLE", None | Some(b"")) => Ok(Site::Idle(None)),
        (b"IDLE", Some(seconds)) => Ok(Site::Idle(Some(number(seconds)?))),
        (b"WHO", _) => Ok(Site::Who),
        (b"HELP", _) => Ok(Site::Help),
        (b"" | b"CHMOD" | b"UTIME", _) => Err(Fault::Syntax),
        _ => Err(Fault::Parameter),
    }
}

/// Both forms that are in use; the second gives access, modification and creation times, of which the middle
/// one counts. Times may lack their seconds.
///
/// ```text
/// UTIME time SP pathname                                    202611231851 notes.txt
/// UTIME pathname SP time SP time SP time SP "UTC"           notes.txt 20261123185100 20261123185100 20261123185100 UTC
/// ```
fn utime(argument: &[u8]) -> Result<Site, Fault> {
    let (first, rest) = word(argument);
    if let (Some(time), Some(name)) = (minutes_or_seconds(first), rest) {
        return Ok(Site::Utime { time, path: pathname(name)? });
    }
    let mut from_the_right = argument.rsplitn(5, |byte| *byte == b' ');
    let zone = from_the_right.next().unwrap_or_default();
    let (_created, modified, _accessed) =
        (from_the_right.next(), from_the_right.next(), from_the_right.next());
    let time = modified.and_then(minutes_or_seconds).filter(|_| zone.eq_ignore_ascii_case(b"UTC"));
    let path = pathname(from_the_right.next().unwrap_or_default())?;
    Ok(Site::Utime { time: time.ok_or(Fault::Syntax)?, path })
}

fn minutes_or_seconds(word: &[u8]) -> Option<TimeVal> {
    time_val::parse(word).or_else(|| time_val::parse(&[word, b"00"].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODIFIED: TimeVal = TimeVal { seconds: 1_795_459_860, nanos: 0 };

    fn notes() -> Pathname {
        Pathname::new(b"my notes").unwrap()
    }

    #[test]
    fn mff_sets_what_can_be_set() {
        let both = Changes { modify: Some(MODIFIED), mode: Some(0o640) };
        for (argument, expected, why) in [
            (
                &b"modify=20261123185100;UNIX.mode=0640; my notes"[..],
                Ok((both, notes())),
                "draft-somers section 5",
            ),
            (b"Modify=20261123185100;unix.MODE=640; my notes", Ok((both, notes())), "in any case"),
            (b"create=20261123185100; my notes", Err(Fault::Parameter), "Linux sets no creation time"),
            (b"size=0; my notes", Err(Fault::Parameter), "nor a size"),
            (b"modify=never; my notes", Err(Fault::Syntax), "no time"),
            (b"UNIX.mode=888; my notes", Err(Fault::Syntax), "no octal number"),
            (b"UNIX.mode=+644; my notes", Err(Fault::Syntax), "no sign"),
            (b"modify=20261123185100;my notes", Err(Fault::Syntax), "no space"),
            (b" my notes", Err(Fault::Syntax), "no fact"),
            (b"modify=20261123185100; ", Err(Fault::Syntax), "no name"),
        ] {
            assert_eq!(changes(argument), expected, "{why}");
        }
    }

    #[test]
    fn site_commands_are_those_of_other_servers() {
        let utime = || Ok(Site::Utime { time: MODIFIED, path: notes() });
        for (argument, expected, why) in [
            (&b"CHMOD 640 my notes"[..], Ok(Site::Chmod { mode: 0o640, path: notes() }), "wu-ftpd"),
            (b"chmod 10000 my notes", Err(Fault::Syntax), "more than twelve bits"),
            (b"CHMOD u+x my notes", Err(Fault::Syntax), "no letters"),
            (b"CHMOD 640", Err(Fault::Syntax), "no name"),
            (b"CHMOD", Err(Fault::Syntax), "nothing"),
            (b"UTIME 20261123185100 my notes", utime(), "proftpd"),
            (b"UTIME 202611231851 my notes", utime(), "without seconds"),
            (
                b"UTIME my notes 20250101000000 20261123185100 20250101000000 UTC",
                utime(),
                "pure-ftpd and lftp",
            ),
            (b"UTIME my notes", Err(Fault::Syntax), "no time"),
            (b"IDLE", Ok(Site::Idle(None)), "asks"),
            (b"idle 600", Ok(Site::Idle(Some(600))), "sets"),
            (b"IDLE long", Err(Fault::Syntax), "no number"),
            (b"WHO", Ok(Site::Who), ""),
            (b"HELP CHMOD", Ok(Site::Help), "its argument changes nothing"),
            (b"EXEC ls", Err(Fault::Parameter), "not here"),
        ] {
            assert_eq!(site(argument), expected, "{why}");
        }
    }
}
