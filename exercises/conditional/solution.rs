//! conditional: whether a client has the file already.

use learn::Answer;

const ETAG: &[u8] = b"v2";

fn parse(data: &[u8]) -> Answer<u16> {
    Answer::Done(data.len(), status(data))
}

fn status(data: &[u8]) -> u16 {
    let (mut if_match, mut if_none_match) = (Vec::new(), Vec::new());
    for line in data.split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let value = parts.next().unwrap_or_default().trim_ascii();
        match name.as_slice() {
            b"if-match" => if_match.push(value),
            b"if-none-match" => if_none_match.push(value),
            _ => {}
        }
    }
    if !if_match.is_empty() && !is_listed(&if_match, true) {
        return 412;
    }
    if !if_none_match.is_empty() && is_listed(&if_none_match, false) {
        return 304;
    }
    200
}

/// Whether one of the tags is ours; false if the list is malformed.
fn is_listed(values: &[&[u8]], strong: bool) -> bool {
    if values == [b"*"] {
        return true;
    }
    let mut found = false;
    for value in values {
        let mut rest = skip(value, b", \t");
        while !rest.is_empty() {
            let Some((is_weak, tag, behind)) = take_tag(rest) else { return false };
            found |= tag == ETAG && !(strong && is_weak);
            rest = behind;
        }
    }
    found
}

/// The tag at the start, and the text after it and its comma.
fn take_tag(text: &[u8]) -> Option<(bool, &[u8], &[u8])> {
    let is_weak = text.starts_with(b"W/");
    let quoted = if is_weak { &text[2..] } else { text };
    let inside = quoted.strip_prefix(b"\"")?;
    let end = inside.iter().position(|byte| *byte == b'"')?;
    let (tag, behind) = (&inside[..end], skip(&inside[end + 1..], b" \t"));
    let is_etagc = |byte: &u8| !byte.is_ascii_control() && *byte != b' ';
    let is_valid = tag.iter().all(is_etagc) && matches!(behind, [] | [b',', ..]);
    is_valid.then_some((is_weak, tag, skip(behind, b", \t")))
}

/// A text without the bytes of a class at its start.
fn skip<'a>(text: &'a [u8], class: &[u8]) -> &'a [u8] {
    let length = text.iter().take_while(|byte| class.contains(byte)).count();
    &text[length..]
}

fn main() {
    learn::run(parse);
}
