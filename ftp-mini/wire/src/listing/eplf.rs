//! Lines of EPLF, the easily parsed LIST format. <https://cr.yp.to/ftp/list/eplf.html>

use syntax::decimal;
use syntax::watch::Watch;

use super::listed::{Listed, ListedTime, named};
use crate::entry::EntryType;
use crate::failure::ParseFailure;
use crate::part;
use crate::rule::Rule;
use crate::time_val::TimeVal;

/// Parses a line. An entry that can be neither retrieved nor entered is neither a file nor a directory.
///
/// ```text
/// line = "+" *( fact "," ) TAB name
///
/// +i8388621.48594,m825718503,r,s280,<TAB>djb.html
/// +i8388621.50690,m824255907,/,<TAB>514
/// ```
pub(super) fn read(line: &[u8], watch: impl Watch) -> Result<Listed<'_>, ParseFailure<'_>> {
    let broken = |rest| ParseFailure::new(Rule::ListForm, rest);
    let rest = line.strip_prefix(b"+").ok_or(broken(line))?;
    let tab = memchr::memchr(b'\t', rest).ok_or(broken(rest))?;
    let (facts, name) = (rest.get(..tab).unwrap_or_default(), rest.get(tab + 1..).unwrap_or_default());
    let (mut kind, mut size, mut modified) = (None, None, None);
    for fact in facts.split(|byte| *byte == b',') {
        match fact {
            b"/" => kind = Some(EntryType::Dir),
            b"r" => kind = kind.or(Some(EntryType::File)),
            [b's', b'-', ..] => return Err(ParseFailure::new(Rule::FactSize, fact)),
            [b's', digits @ ..] => size = decimal::parse(digits),
            [b'm', digits @ ..] => {
                modified = decimal::parse(digits).and_then(|seconds| i64::try_from(seconds).ok());
            }
            _ => {}
        }
        match modified {
            Some(seconds) if fact.starts_with(b"m") => {
                let time = TimeVal { seconds, nanos: 0 };
                watch.value(&part::EPLF_FACT, fact, format_args!("{time}"));
            }
            _ => watch.part(&part::EPLF_FACT, fact),
        }
    }
    watch.part(&part::NAME, name);
    let modified = modified.map(|seconds| ListedTime { seconds, precision: 1 });
    let size = size.filter(|_| kind == Some(EntryType::File));
    named(name).map(|name| Listed { name: name.into(), kind, size, modified, target: None })
}
