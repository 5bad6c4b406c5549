//! list: a line of LIST.

use learn::Answer;

/// Name, size of a file, and type: `file`, `dir` or `link`.
type Entry = (Vec<u8>, Option<u64>, String);

fn parse(data: &[u8]) -> Answer<Entry> {
    entry(data).map_or(Answer::Bad(0), |entry| Answer::Done(data.len(), entry))
}

fn entry(line: &[u8]) -> Option<Entry> {
    let mut rest = line;
    let mode = column(&mut rest).filter(|mode| mode.len() == 10)?;
    let (_links, _owner, _group) = (column(&mut rest)?, column(&mut rest)?, column(&mut rest)?);
    let size = number(column(&mut rest)?)?;
    let (_month, _day, _time) = (column(&mut rest)?, column(&mut rest)?, column(&mut rest)?);
    let name = rest.strip_prefix(b" ").filter(|name| !name.is_empty())?;
    match mode[0] {
        b'-' => Some((name.to_vec(), Some(size), "file".into())),
        b'd' => Some((name.to_vec(), None, "dir".into())),
        b'l' => {
            let arrow = name.windows(4).position(|four| four == b" -> ");
            let name = &name[..arrow.unwrap_or(name.len())];
            Some((name.to_vec(), None, "link".into()))
        }
        _ => None,
    }
}

/// Takes a column and the spaces before it.
fn column<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let start = rest.iter().position(|byte| *byte != b' ')?;
    let (column, after) = rest[start..].split_at(rest[start..].iter().position(|byte| *byte == b' ')?);
    *rest = after;
    Some(column)
}

fn number(digits: &[u8]) -> Option<u64> {
    let is_number = digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_number)?.parse().ok()
}

fn main() {
    learn::run(parse);
}
