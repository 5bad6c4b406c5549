//! Replies about one file: 213 to SIZE, MDTM and HASH, 250 to the X-commands.
//!
//! [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) sections 3 and 4,
//! [draft-bryan-ftpext-hash](https://datatracker.ietf.org/doc/html/draft-bryan-ftpext-hash). The X-commands
//! are not specified; the parser accepts the observed replies of servers.

use nom::bytes::complete::tag;
use nom::character::complete::u64 as decimal;
use nom::sequence::separated_pair;
use syntax::decimal;

use super::command::Algorithm;
use super::failure::whole;
use super::reply::Reply;
use super::time_val::{self, TimeVal};

/// The size of a 213 reply to SIZE: `213 4096`.
#[must_use]
pub fn size(reply: &Reply) -> Option<u64> {
    (reply.code() == 213).then(|| decimal::parse(reply.text().trim_ascii()))?
}

/// The time of a 213 reply to MDTM: `213 20261123185100`.
#[must_use]
pub fn modified(reply: &Reply) -> Option<TimeVal> {
    (reply.code() == 213).then(|| time_val::parse(reply.text().trim_ascii()))?
}

/// The digest of a 213 reply to HASH over a whole file of `size` bytes.
///
/// ```text
/// 213 SP hashname SP start-point "-" end-point SP filehash SP pathname
///
/// 213 SHA-256 0-49 169cd22282da7f147cb491e559e9dd filename.ext
/// ```
#[must_use]
pub fn hash(reply: &Reply, algorithm: Algorithm, size: u64) -> Option<Vec<u8>> {
    let mut words = reply.text().split(|byte| *byte == b' ');
    let is_it = reply.code() == 213 && words.next()?.eq_ignore_ascii_case(algorithm.name().as_bytes());
    let (start, end) = whole(separated_pair(decimal, tag("-"), decimal), words.next()?).ok()?;
    // Servers differ in whether the end is the last byte or the one after it.
    let is_whole = start == 0 && (end == size || end.checked_add(1) == Some(size));
    (is_it && is_whole).then(|| hexadecimal(words.next()?, algorithm))?
}

/// The digest of a 250 reply to XCRC and its siblings: the last word that is a digest.
///
/// ```text
/// 250 1A2B3C4D         250 "notes.txt" 1A2B3C4D
/// ```
#[must_use]
pub fn digest(reply: &Reply, algorithm: Algorithm) -> Option<Vec<u8>> {
    let mut words = reply.text().rsplit(|byte| *byte == b' ');
    (reply.code() / 10 == 25).then(|| words.find_map(|word| hexadecimal(word, algorithm)))?
}

/// A digest of exactly the algorithm's length.
fn hexadecimal(word: &[u8], algorithm: Algorithm) -> Option<Vec<u8>> {
    if word.len() != algorithm.length() * 2 {
        return None;
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    word.chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_213_replies() {
        for (reply, expected, why) in [
            (Reply::new(213, "4096"), Some(4096), "RFC 3659 section 4.1"),
            (Reply::new(213, " 4096 "), Some(4096), "spaces"),
            (Reply::new(213, "18446744073709551616"), None, "more than 64 bits"),
            (Reply::new(213, "-1"), None, "a sign"),
            (Reply::new(213, "4096 bytes"), None, "text"),
            (Reply::new(550, "4096"), None, "another code"),
        ] {
            assert_eq!(size(&reply), expected, "{why}");
        }
        let time = Some(TimeVal { seconds: 1_795_459_860, nanos: 0 });
        for (reply, expected, why) in [
            (Reply::new(213, "20261123185100"), time, "RFC 3659 section 3.1"),
            (Reply::new(213, "20261123185100\t"), time, "white space"),
            (Reply::new(213, "191261123185100"), None, "the year 2000 of some servers"),
            (Reply::new(550, "20261123185100"), None, "another code"),
        ] {
            assert_eq!(modified(&reply), expected, "{why}");
        }
    }

    #[test]
    fn digests_have_the_length_of_their_algorithm() {
        let md5 = "d41d8cd98f00b204e9800998ecf8427e";
        let bytes = Some(vec![
            0xd4, 0x1d, 0x8c, 0xd9, 0x8f, 0, 0xb2, 0x04, 0xe9, 0x80, 0x09, 0x98, 0xec, 0xf8, 0x42, 0x7e,
        ]);
        for (text, expected, why) in [
            (format!("MD5 0-49 {md5} a b.txt"), bytes.clone(), "the last byte"),
            (format!("md5 0-50 {md5} a b.txt"), bytes.clone(), "the byte after it; any case"),
            (format!("MD5 0-10 {md5} a"), None, "a part of the file"),
            (format!("MD5 5-49 {md5} a"), None, "another part"),
            (format!("SHA-1 0-49 {md5} a"), None, "another algorithm"),
            (format!("MD5 0-49 {} a", &md5[2..]), None, "too short"),
            (format!("MD5 0-49 {} a", md5.replace('d', "g")), None, "no digits"),
            ("MD5".into(), None, "nothing more"),
        ] {
            assert_eq!(hash(&Reply::new(213, text), Algorithm::Md5, 50), expected, "{why}");
        }
        for (code, text, expected, why) in [
            (250, md5.to_string(), bytes.clone(), "the digest alone"),
            (251, md5.to_uppercase(), bytes.clone(), "capitals, and the code of some servers"),
            (250, format!("\"a {md5}\" {md5}"), bytes, "the last one"),
            (250, "deadbeef".into(), None, "of another length"),
            (550, md5.to_string(), None, "a refusal"),
        ] {
            assert_eq!(digest(&Reply::new(code, text), Algorithm::Md5), expected, "{why}");
        }
    }
}
