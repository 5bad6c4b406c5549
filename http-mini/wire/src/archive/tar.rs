//! Tar archives in the pax interchange format
//! ([POSIX.1-2024, pax](https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html)), which is ustar with
//! extended headers for what its fields cannot hold.
//!
//! ```text
//! archive  = *member END
//! member   = [ extended ] header content padding     ; header() content padding()
//! extended = header *record padding                  ; type x, a file of records for the next member
//! record   = length SP keyword "=" value LF          ; 19 path=long/name...
//! ```
//!
//! | offset | bytes | field of a header |
//! | --- | --- | --- |
//! | 0 | 100 | name, ended by NUL if shorter |
//! | 100 | 8 | mode, octal |
//! | 108 | 8, 8 | user and group, 0 |
//! | 124 | 12 | size, octal |
//! | 136 | 12 | modification time, octal |
//! | 148 | 8 | sum of all bytes of the header, with this field as spaces |
//! | 156 | 1 | type: `0` file, `5` directory, `x` extended header |
//! | 257 | 8 | `ustar`, NUL, `00` |
//! | 265 | 247 | owner, device, and the start of a long name: unused |

use super::Member;

/// Everything is padded to blocks of this size.
const BLOCK: usize = 512;
/// The longest name in a header.
const NAME: usize = 100;
/// The first number that the 11 octal digits of a size or time cannot hold.
const OCTAL_END: u64 = 1 << 33;

/// The end of an archive.
pub const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// The header of a member, which its content follows, with an extended header before it if necessary.
pub fn header(member: &Member<'_>) -> Vec<u8> {
    let name = member.name();
    let time = u64::try_from(member.modified).ok().filter(|&time| time < OCTAL_END);
    let size = Some(member.size).filter(|&size| size < OCTAL_END);
    let mut records = Vec::new();
    if name.len() > NAME || !name.is_ascii() {
        // Values are UTF-8 unless another character set is declared.
        if std::str::from_utf8(&name).is_err() {
            record(&mut records, "hdrcharset", b"BINARY");
        }
        record(&mut records, "path", &name);
    }
    if size.is_none() {
        record(&mut records, "size", member.size.to_string().as_bytes());
    }
    if time.is_none() {
        record(&mut records, "mtime", member.modified.to_string().as_bytes());
    }
    let mut out = Vec::new();
    if !records.is_empty() {
        let length = records.len() as u64;
        out.extend_from_slice(&ustar(b"././@PaxHeader", b'x', 0o644, length, 0));
        out.extend_from_slice(&records);
        out.extend_from_slice(padding(length));
    }
    let kind = if member.is_directory() { b'5' } else { b'0' };
    let (size, time) = (size.unwrap_or_default(), time.unwrap_or_default());
    out.extend_from_slice(&ustar(&name, kind, member.mode(), size, time));
    out
}

/// What follows a content of this size.
pub fn padding(size: u64) -> &'static [u8] {
    let used = usize::try_from(size % BLOCK as u64).unwrap_or_default();
    END.get(..(BLOCK - used) % BLOCK).unwrap_or_default()
}

/// Appends a record. Its length counts its own digits.
fn record(out: &mut Vec<u8>, keyword: &str, value: &[u8]) {
    let rest = 3 + keyword.len() + value.len();
    let digits = |number: usize| number.to_string().len();
    let mut length = rest + digits(rest);
    length = rest + digits(length);
    out.extend_from_slice(format!("{length} {keyword}=").as_bytes());
    out.extend_from_slice(value);
    out.push(b'\n');
}

fn ustar(name: &[u8], kind: u8, mode: u32, size: u64, time: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| {
        block.iter_mut().skip(at).zip(bytes).for_each(|(to, from)| *to = *from);
    };
    put(0, name.get(..NAME).unwrap_or(name));
    put(100, format!("{mode:07o}").as_bytes());
    put(108, b"0000000");
    put(116, b"0000000");
    put(124, format!("{size:011o}").as_bytes());
    put(136, format!("{time:011o}").as_bytes());
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    let sum = format!("{sum:06o}\0");
    block.iter_mut().skip(148).zip(sum.bytes()).for_each(|(to, from)| *to = from);
    block
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;
    use crate::archive::MemberKind;

    fn file(path: &[u8], size: u64, modified: i64) -> Member<'_> {
        Member { path, kind: MemberKind::File, size, modified }
    }

    #[test]
    fn extended_headers_hold_what_ustar_cannot() {
        let long = [b'n'; 101];
        let long_record = [&b"111 path="[..], &long, b"\n"].concat();
        for (member, expected, why) in [
            (file(b"a/b.txt", 5, 1_000), &b""[..], "all of it fits"),
            (file(&[b'n'; 100], 5, 1_000), b"", "the longest name"),
            (file(&long, 5, 1_000), &long_record, "a longer name"),
            (file("é".as_bytes(), 5, 1_000), "11 path=é\n".as_bytes(), "not ASCII"),
            (
                file(b"\xE9", 5, 1_000),
                b"21 hdrcharset=BINARY\n9 path=\xE9\n",
                "not UTF-8: the bytes, with their character set",
            ),
            (file(b"a", (1 << 33) - 1, 0), b"", "the largest size of 11 octal digits"),
            (file(b"a", 1 << 33, 0), b"19 size=8589934592\n", "a larger one"),
            (file(b"a", 5, -1), b"12 mtime=-1\n", "before 1970"),
        ] {
            let header = header(&member);
            let (extended, last) = header.split_at(header.len() - BLOCK);
            let records = extended.get(BLOCK..).unwrap_or_default();
            let mut padded = expected.to_vec();
            padded.extend_from_slice(padding(expected.len() as u64));
            assert_eq!(records.escape_ascii().to_string(), padded.escape_ascii().to_string(), "{why}");
            assert_eq!(&last[257..265], b"ustar\x0000", "{why}");
        }
    }

    #[test]
    fn records_count_the_digits_of_their_length() {
        for length in [1, 80, 88, 89, 90, 91, 987, 988, 989, 990] {
            let mut out = Vec::new();
            record(&mut out, "path", &vec![b'x'; length]);
            let stated = out.split(|&byte| byte == b' ').next().unwrap();
            assert_eq!(
                std::str::from_utf8(stated).unwrap().parse(),
                Ok(out.len()),
                "a value of {length} bytes"
            );
        }
    }

    proptest! {
        #[test]
        fn an_independent_reader_finds_every_member(
            members in proptest::collection::vec(
                ("[a-zé/]{1,160}", proptest::collection::vec(any::<u8>(), 0..2_000), 0..1_i64 << 34),
                0..8,
            ),
        ) {
            let mut archive = Vec::new();
            for (path, content, modified) in &members {
                archive.extend(header(&file(path.as_bytes(), content.len() as u64, *modified)));
                archive.extend(content);
                archive.extend(padding(content.len() as u64));
            }
            archive.extend(END);
            let mut reader = tar::Archive::new(&*archive);
            let mut entries = reader.entries().unwrap();
            for (path, content, modified) in &members {
                let mut entry = entries.next().unwrap().unwrap();
                let mut read = Vec::new();
                entry.read_to_end(&mut read).unwrap();
                prop_assert_eq!(&*entry.path_bytes(), path.as_bytes());
                prop_assert_eq!(&read, content);
                if (*modified as u64) < OCTAL_END {
                    prop_assert_eq!(entry.header().mtime().unwrap(), *modified as u64);
                }
            }
            prop_assert!(entries.next().is_none());
        }
    }
}
