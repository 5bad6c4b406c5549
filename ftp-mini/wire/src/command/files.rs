//! Arguments that set a file's facts: MDTM in its old form, MFMT, MFF, and SITE.
//! [draft-somers-ftp-mfxx](https://datatracker.ietf.org/doc/html/draft-somers-ftp-mfxx-04).

use nom::bytes::complete::tag;
use nom::combinator::rest;
use nom::sequence::separated_pair;
use syntax::watch::Watch;

use super::argument::{end, number, pathname, word};
use crate::facts::{self, Fact};
use crate::failure::{ParseFailure, breaks, whole};
use crate::part;
use crate::pathname::Pathname;
use crate::rule::Rule;
use crate::time_val::{self, TimeVal};

/// The changes of MFF to a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactChanges {
    /// The `modify` fact.
    pub modify: Option<TimeVal>,
    /// The `UNIX.mode` fact.
    pub mode: Option<u32>,
}

/// SITE: commands specific to this server, which other servers also have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SiteCommand {
    /// `CHMOD 644 notes.txt`
    Chmod {
        /// Permission bits, at most 0o7777.
        mode: u32,
        /// The file.
        path: Pathname,
    },
    /// `UTIME 20261123185100 notes.txt`: as MFMT.
    Utime {
        /// The time to set.
        time: TimeVal,
        /// The file.
        path: Pathname,
    },
    /// `IDLE [seconds]`: queries or sets the idle timeout.
    Idle(Option<u64>),
    /// `WHO`
    Who,
    /// `HELP`
    Help,
}

/// ```text
/// mfmt = "MFMT" SP time-val SP pathname             20261123185100 notes.txt
/// ```
pub(super) fn timed(argument: &[u8], watch: impl Watch) -> Result<(TimeVal, Pathname), ParseFailure<'_>> {
    let space = breaks(Rule::NameSeparator, tag(" "));
    let (time, name) = whole(separated_pair(time_val::time_val(watch), space, rest), argument)?;
    Ok((time, pathname(name, watch)?))
}

/// A fact that cannot be set is answered with 504.
///
/// ```text
/// mff = "MFF" SP 1*( factname "=" value ";" ) SP pathname        modify=20261123185100; notes.txt
/// ```
pub(super) fn changes(
    argument: &[u8],
    watch: impl Watch,
) -> Result<(FactChanges, Pathname), ParseFailure<'_>> {
    if argument.starts_with(b" ") {
        return Err(ParseFailure::new(Rule::FactForm, argument));
    }
    let mut changes = FactChanges::default();
    let name = facts::each(argument, watch, |fact, value| {
        match Fact::named(fact) {
            Some(Fact::Modify) => changes.modify = Some(time_val::parse_with(value, watch)?),
            Some(Fact::UnixMode) => changes.mode = Some(mode(value)?),
            _ => return Err(ParseFailure::new(Rule::FactUnsettable, fact)),
        }
        watch.part(&part::FACT_VALUE, value);
        Ok(())
    })?;
    Ok((changes, pathname(name, watch)?))
}

fn mode(value: &[u8]) -> Result<u32, ParseFailure<'_>> {
    facts::mode(value).ok_or(ParseFailure::new(Rule::ModeOctal, value))
}

/// An unknown SITE command is answered with 504.
pub(super) fn site(argument: &[u8], watch: impl Watch) -> Result<SiteCommand, ParseFailure<'_>> {
    let (verb, rest) = word(argument);
    watch.part(&part::SITE_COMMAND, verb);
    match (verb.to_ascii_uppercase().as_slice(), rest) {
        (b"CHMOD", Some(rest)) => {
            let (bits, name) = word(rest);
            let mode = mode(bits)?;
            watch.part(&part::OCTAL_MODE, bits);
            Ok(SiteCommand::Chmod { mode, path: pathname(name.unwrap_or(end(rest)), watch)? })
        }
        (b"UTIME", Some(rest)) => utime(rest, watch),
        (b"IDLE", None | Some(b"")) => Ok(SiteCommand::Idle(None)),
        (b"IDLE", Some(seconds)) => number(Rule::IdleSeconds, &part::DECIMAL, seconds, watch)
            .map(|seconds| SiteCommand::Idle(Some(seconds))),
        (b"WHO", _) => Ok(SiteCommand::Who),
        (b"HELP", _) => Ok(SiteCommand::Help),
        (b"" | b"CHMOD" | b"UTIME", _) => Err(ParseFailure::new(Rule::ArgumentMissing, end(argument))),
        _ => Err(ParseFailure::new(Rule::SiteUnknown, verb)),
    }
}

/// Both forms in use; the second has access, modification and creation times, of which only the middle one is
/// used. Times may lack their seconds.
///
/// ```text
/// UTIME time SP pathname                                    202611231851 notes.txt
/// UTIME pathname SP time SP time SP time SP "UTC"           notes.txt 20261123185100 20261123185100 20261123185100 UTC
/// ```
fn utime(argument: &[u8], watch: impl Watch) -> Result<SiteCommand, ParseFailure<'_>> {
    let (first, rest) = word(argument);
    let first = minutes_or_seconds(first, watch);
    if let (Ok(time), Some(name)) = (first, rest) {
        return Ok(SiteCommand::Utime { time, path: pathname(name, watch)? });
    }
    let broken = first.err().unwrap_or(ParseFailure::new(Rule::PathnameMissing, end(argument)));
    let mut from_the_right = argument.rsplitn(5, |byte| *byte == b' ');
    let zone = from_the_right.next().unwrap_or(argument);
    let (_created, modified, _accessed) =
        (from_the_right.next(), from_the_right.next(), from_the_right.next());
    let name = from_the_right.next().filter(|_| zone.eq_ignore_ascii_case(b"UTC")).ok_or(broken)?;
    let time = minutes_or_seconds(modified.ok_or(broken)?, watch)?;
    Ok(SiteCommand::Utime { time, path: pathname(name, watch)? })
}

fn minutes_or_seconds(word: &[u8], watch: impl Watch) -> Result<TimeVal, ParseFailure<'_>> {
    let with_seconds = || time_val::parse(&[word, b"00"].concat());
    let time = time_val::parse_with(word, ()).or_else(|failure| with_seconds().ok_or(failure))?;
    watch.value(&part::TIME_VAL, word, format_args!("{time}"));
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODIFIED: TimeVal = TimeVal { seconds: 1_795_459_860, nanos: 0 };

    fn notes() -> Pathname {
        Pathname::new(b"my notes").unwrap()
    }

    #[test]
    fn mff_sets_only_the_facts_that_can_be_set() {
        let both = FactChanges { modify: Some(MODIFIED), mode: Some(0o640) };
        for (argument, expected, why) in [
            (
                &b"modify=20261123185100;UNIX.mode=0640; my notes"[..],
                Ok((both, notes())),
                "draft-somers section 5",
            ),
            (b"Modify=20261123185100;unix.MODE=640; my notes", Ok((both, notes())), "in any case"),
            (b"create=20261123185100; my notes", Err(Rule::FactUnsettable), "Linux sets no creation time"),
            (b"size=0; my notes", Err(Rule::FactUnsettable), "nor a size"),
            (b"modify=never; my notes", Err(Rule::TimeDigits), "no time"),
            (b"UNIX.mode=888; my notes", Err(Rule::ModeOctal), "no octal number"),
            (b"UNIX.mode=+644; my notes", Err(Rule::ModeOctal), "no sign"),
            (b"modify=20261123185100;my notes", Err(Rule::FactForm), "no space"),
            (b" my notes", Err(Rule::FactForm), "no fact"),
            (b"modify=20261123185100; ", Err(Rule::PathnameMissing), "no name"),
        ] {
            assert_eq!(changes(argument, ()).map_err(|failure| failure.rule), expected, "{why}");
        }
    }

    #[test]
    fn site_commands_match_other_servers() {
        let utime = || Ok(SiteCommand::Utime { time: MODIFIED, path: notes() });
        for (argument, expected, why) in [
            (&b"CHMOD 640 my notes"[..], Ok(SiteCommand::Chmod { mode: 0o640, path: notes() }), "wu-ftpd"),
            (b"chmod 10000 my notes", Err(Rule::ModeOctal), "more than twelve bits"),
            (b"CHMOD u+x my notes", Err(Rule::ModeOctal), "no letters"),
            (b"CHMOD 640", Err(Rule::PathnameMissing), "no name"),
            (b"CHMOD", Err(Rule::ArgumentMissing), "nothing"),
            (b"UTIME 20261123185100 my notes", utime(), "proftpd"),
            (b"UTIME 202611231851 my notes", utime(), "without seconds"),
            (
                b"UTIME my notes 20250101000000 20261123185100 20250101000000 UTC",
                utime(),
                "pure-ftpd and lftp",
            ),
            (b"UTIME my notes", Err(Rule::TimeDigits), "no time"),
            (b"IDLE", Ok(SiteCommand::Idle(None)), "asks"),
            (b"idle 600", Ok(SiteCommand::Idle(Some(600))), "sets"),
            (b"IDLE long", Err(Rule::IdleSeconds), "no number"),
            (b"WHO", Ok(SiteCommand::Who), ""),
            (b"HELP CHMOD", Ok(SiteCommand::Help), "its argument changes nothing"),
            (b"EXEC ls", Err(Rule::SiteUnknown), "not here"),
        ] {
            assert_eq!(site(argument, ()).map_err(|failure| failure.rule), expected, "{why}");
        }
    }
}
