//! Facts: the lines of MLST and MLSD, whose format is the same on every server.
//!
//! `type=file;size=4096;modify=20261123185100;perm=r;unique=801g2f4; notes.txt`
//!
//! Writes the facts that a session selected, and leniently parses the facts of any server. The caller that
//! fills the [`ListEntry`] determines `perm`. [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 7.

mod set;

use nom::Parser;
use nom::bytes::complete::{tag, take_till1, take_while};
use nom::sequence::{separated_pair, terminated};
use syntax::decimal;
use syntax::watch::Watch;

use super::entry::{self, EntryType, ListEntry, Perm};
use super::failure::{ParseFailure, breaks, part, prefix};
use super::part;
use super::rule::Rule;
use super::time_val::{self, TimeVal};

pub use set::{Fact, FactSet};

/// Appends the facts in `set` and the name, without a line end: the entry line of an MLST reply, after its
/// space.
///
/// ```text
/// entry = [ facts ] SP pathname
/// facts = 1*( factname "=" value ";" )
/// ```
///
/// A directory has no `size`, which RFC 3659 section 7.5.7 defines as the length of a transfer.
pub fn write(set: FactSet, entry: &ListEntry<'_>, out: &mut Vec<u8>) {
    for fact in set.iter() {
        if fact != Fact::Size || entry.kind == EntryType::File {
            out.extend_from_slice(fact.name().as_bytes());
            out.push(b'=');
            write_value(fact, entry, out);
            out.push(b';');
        }
    }
    out.push(b' ');
    entry::write_name(entry.name, out);
}

/// Appends the same with CRLF: a line of MLSD.
pub fn write_line(set: FactSet, entry: &ListEntry<'_>, out: &mut Vec<u8>) {
    write(set, entry, out);
    out.extend_from_slice(b"\r\n");
}

fn write_value(fact: Fact, entry: &ListEntry<'_>, out: &mut Vec<u8>) {
    match fact {
        Fact::Type => out.extend_from_slice(type_name(entry.kind)),
        Fact::Size => out.extend_from_slice(itoa::Buffer::new().format(entry.size).as_bytes()),
        Fact::Modify => time_val::write(TimeVal { seconds: entry.modified, nanos: 0 }, out),
        Fact::Unique => {
            let (device, inode) = entry.unique;
            write_radix(device, 4, out);
            out.push(b'g');
            write_radix(inode, 4, out);
        }
        Fact::Perm => entry.perm.write(out),
        Fact::UnixMode => {
            out.push(b'0');
            write_radix(u64::from(entry.mode & 0o7777), 3, out);
        }
        Fact::UnixOwner => out.extend_from_slice(entry.owner.as_bytes()),
        Fact::UnixGroup => out.extend_from_slice(entry.group.as_bytes()),
    }
}

/// RFC 3659 section 7.5.1.
fn type_name(kind: EntryType) -> &'static [u8] {
    match kind {
        EntryType::File => b"file",
        EntryType::Dir => b"dir",
        EntryType::Current => b"cdir",
        EntryType::Parent => b"pdir",
        EntryType::Link => b"OS.unix=symlink",
    }
}

/// A number in octal (3 bits a digit) or hexadecimal (4).
fn write_radix(number: u64, bits: u32, out: &mut Vec<u8>) {
    let places = (64 - number.leading_zeros()).div_ceil(bits).max(1);
    out.extend((0..places).rev().map(|place| {
        match (number >> (place * bits)).to_le_bytes()[0] & ((1 << bits) - 1) {
            digit @ 0..=9 => b'0' + digit,
            digit => b'a' + digit - 10,
        }
    }));
}

/// The facts of one name in a server's listing. Missing facts were not sent or not understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `type`. Of the operating system's types only links are known: `OS.unix=symlink`, `OS.unix=slink:a/b`.
    pub kind: Option<EntryType>,
    /// `size`, in bytes.
    pub size: Option<u64>,
    /// `modify`.
    pub modify: Option<TimeVal>,
    /// `perm`.
    pub perm: Option<Perm>,
    /// `unique`, an opaque value.
    pub unique: Option<Box<[u8]>>,
    /// `UNIX.mode`.
    pub mode: Option<u32>,
}

/// Parses a line of MLSD, or of an MLST reply without its first space: facts and pathname. `None` if it is
/// neither, or has a negative size.
///
/// The name is the server's and not to be trusted. Unknown facts are ignored.
#[must_use]
pub fn parse(line: &[u8]) -> Option<(Facts, &[u8])> {
    parse_with(line, ()).ok()
}

/// Like [`parse`], and reports the facts and the name.
pub(crate) fn parse_with(line: &[u8], watch: impl Watch) -> Result<(Facts, &[u8]), ParseFailure<'_>> {
    let mut facts = Facts::default();
    let start = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    let name = each(start, watch, |name, value| facts.set(name, value, watch))?;
    if name.is_empty() {
        return Err(ParseFailure::new(Rule::NameMissing, name));
    }
    watch.part(&part::PATHNAME, name);
    Ok((facts, name))
}

/// Calls `set` with the name and the value of each fact, and returns the text after the space that ends the
/// facts. A name that starts with a space keeps it.
pub(super) fn each<'a>(
    input: &'a [u8],
    watch: impl Watch,
    mut set: impl FnMut(&'a [u8], &'a [u8]) -> Result<(), ParseFailure<'a>>,
) -> Result<&'a [u8], ParseFailure<'a>> {
    let mut rest = input;
    loop {
        if let Some(name) = rest.strip_prefix(b" ") {
            return Ok(name);
        }
        let (after, (name, value)) = prefix(fact(watch), rest)?;
        set(name, value)?;
        rest = after;
    }
}

/// `size=4096;`
fn fact<'a>(
    watch: impl Watch,
) -> impl Parser<&'a [u8], Output = (&'a [u8], &'a [u8]), Error = ParseFailure<'a>> {
    let name = part(watch, &part::FACT_NAME, take_till1(|byte| matches!(byte, b'=' | b';' | b' ')));
    let value = terminated(take_while(|byte| byte != b';'), tag(";"));
    part(watch, &part::FACT, breaks(Rule::FactForm, separated_pair(name, tag("="), value)))
}

impl Facts {
    fn set<'a>(&mut self, name: &[u8], value: &'a [u8], watch: impl Watch) -> Result<(), ParseFailure<'a>> {
        let mut is_readable = true;
        match Fact::named(name) {
            Some(Fact::Type) => self.kind = kind(value),
            // Some servers have an integer overflow in sizes.
            Some(Fact::Size) if value.starts_with(b"-") => {
                return Err(ParseFailure::new(Rule::FactSize, value));
            }
            Some(Fact::Size) => {
                self.size = decimal::parse(value);
                is_readable = self.size.is_some();
            }
            Some(Fact::Modify) => {
                self.modify = time_val::parse_with(value, watch).ok();
                is_readable = self.modify.is_some();
            }
            Some(Fact::Perm) => self.perm = Some(Perm::read(value)),
            Some(Fact::Unique) => self.unique = Some(value.into()),
            Some(Fact::UnixMode) => {
                self.mode = mode(value);
                is_readable = self.mode.is_some();
            }
            Some(Fact::UnixOwner | Fact::UnixGroup) | None => {}
        }
        if !is_readable {
            watch.tolerates(Rule::FactValue.description(), value);
        }
        watch.part(&part::FACT_VALUE, value);
        Ok(())
    }
}

fn kind(value: &[u8]) -> Option<EntryType> {
    let is = |name: &[u8]| value.eq_ignore_ascii_case(name);
    let kinds = [EntryType::File, EntryType::Dir, EntryType::Current, EntryType::Parent];
    // The target of a link may follow a colon.
    let system = value.split(|byte| *byte == b':').next().unwrap_or_default();
    let is_link =
        [&b"OS.unix=symlink"[..], b"OS.unix=slink"].iter().any(|name| system.eq_ignore_ascii_case(name));
    kinds.into_iter().find(|kind| is(type_name(*kind))).or(is_link.then_some(EntryType::Link))
}

/// The octal mode of `UNIX.mode` and CHMOD, the lowest twelve bits.
pub(super) fn mode(value: &[u8]) -> Option<u32> {
    let digits = core::str::from_utf8(value).ok().filter(|digits| !digits.starts_with('+'))?;
    u32::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o7777)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(set: FactSet, entry: &ListEntry<'_>) -> String {
        let mut out = Vec::new();
        write_line(set, entry, &mut out);
        out.escape_ascii().to_string()
    }

    #[test]
    fn lines_follow_rfc_3659_section_7_2() {
        let notes = ListEntry::NOTES;
        let perm = Perm::LIST | Perm::ENTER;
        let dir = ListEntry { name: b"sub dir", kind: EntryType::Dir, perm, ..notes };
        let all = FactSet::parse(b"type;size;modify;perm;unique;unix.mode;UNIX.owner;UNIX.group;").unwrap();
        for (set, entry, expected, why) in [
            (
                FactSet::default(),
                notes,
                "type=file;size=4096;modify=20261123185100;unique=801g2f4;perm=r; notes.txt\\r\\n",
                "a file",
            ),
            (
                FactSet::default(),
                dir,
                "type=dir;modify=20261123185100;unique=801g2f4;perm=el; sub dir\\r\\n",
                "7.5.7: a directory has no size",
            ),
            (
                all,
                ListEntry { mode: 0o102_755, ..notes },
                "type=file;size=4096;modify=20261123185100;unique=801g2f4;perm=r;\
                 UNIX.mode=02755;UNIX.owner=owner;UNIX.group=group; notes.txt\\r\\n",
                "all",
            ),
            (FactSet::NONE, notes, " notes.txt\\r\\n", "7.2: facts are optional, the space is not"),
            (FactSet::NONE, ListEntry { name: b"a\nb", ..notes }, " a?b\\r\\n", "a name cannot forge a line"),
        ] {
            assert_eq!(line(set, &entry), expected, "{why}");
        }
    }

    #[test]
    fn lines_of_other_servers_are_read() {
        let file = Facts { kind: Some(EntryType::File), ..Facts::default() };
        for (line, expected, why) in [
            (&b"type=file; a b"[..], Some((file.clone(), &b"a b"[..])), "section 7.2"),
            (b"Type=File; a", Some((file.clone(), b"a")), "section 7.5: names and values in any case"),
            (b"type=file;  a", Some((file.clone(), b" a")), "one space, then the name"),
            (b"type=file; a=b;c d", Some((file.clone(), b"a=b;c d")), "a name that looks like facts"),
            (b"x.y=z;type=file;lang=; a", Some((file, b"a")), "unknown facts"),
            (b"size=big;modify=never; a", Some((Facts::default(), b"a")), "values that are none"),
            (b"type=file;size=-1; a", None, "a negative size"),
            (
                b"type=OS.unix=slink:/etc; a",
                Some((Facts { kind: Some(EntryType::Link), ..Facts::default() }, b"a")),
                "a link",
            ),
            (
                b"type=OS.unix=symlink; a",
                Some((Facts { kind: Some(EntryType::Link), ..Facts::default() }, b"a")),
                "a link that hides its target",
            ),
            (b"type=OS.unix=socket; a", Some((Facts::default(), b"a")), "a socket"),
            (b" a", Some((Facts::default(), b"a")), "no facts"),
            (b"type=file;a", None, "no space"),
            (b"type=file; ", None, "no name"),
            (b"-rw-r--r-- 1 a b 0 Nov 23 18:51 c", None, "a line of LIST"),
            (b"", None, "nothing"),
        ] {
            assert_eq!(parse(line), expected, "{why}");
        }
    }

    proptest! {
        #[test]
        fn facts_are_read_as_they_were_written(
            size: u64, modified in 0i64..253_402_300_800, mode in 0u32..=0o7777, name in "[^\r\n\0]{1,20}",
            unique: (u64, u64),
        ) {
            let entry = ListEntry { name: name.as_bytes(), size, modified, mode, unique, ..ListEntry::NOTES };
            let mut out = Vec::new();
            write(FactSet::parse(b"type;size;modify;perm;unique;UNIX.mode;").unwrap(), &entry, &mut out);
            let expected = Facts {
                kind: Some(entry.kind),
                size: Some(size),
                modify: Some(TimeVal { seconds: modified, nanos: 0 }),
                perm: Some(entry.perm),
                unique: Some(format!("{:x}g{:x}", unique.0, unique.1).into_bytes().into()),
                mode: Some(mode),
            };
            prop_assert_eq!(parse(&out), Some((expected, name.as_bytes())));
        }

        #[test]
        fn no_line_panics(line: Vec<u8>) {
            let _ = parse(&line);
        }
    }
}
