//! Hex dumps: `xxd`, `hexdump -C`, Wireshark's "offset bytes text", and hexadecimal digits alone.

use super::Unreadable;

/// The fewest bytes that plain digits are parsed as: `220` or `ABBA` is text.
const FEWEST: usize = 4;

/// Parses a dump. `None`: the text is not one, so its own bytes are explained.
pub(super) fn read(text: &[u8], limit: usize) -> Option<Result<Vec<u8>, Unreadable>> {
    let text = std::str::from_utf8(text).ok()?;
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    match row(first) {
        Some((_, rest)) if bytes_of(rest).is_some_and(|bytes| !bytes.is_empty()) => Some(rows(text, limit)),
        _ => digits(text).filter(|bytes| bytes.len() >= FEWEST).map(Ok),
    }
}

/// The offset of a row, and the rest.
///
/// ```text
/// 00000010: 4854 5450 2f31 2e31 0d0a              HTTP/1.1..       xxd
/// 00000010  48 54 54 50 2f 31 2e 31  0d 0a        |HTTP/1.1..|     hexdump -C
/// 0010   48 54 54 50 2f 31 2e 31 0d 0a            HTTP/1.1..       Wireshark
/// ```
fn row(line: &str) -> Option<(usize, &str)> {
    let line = line.trim_start();
    let length = line.bytes().take_while(u8::is_ascii_hexdigit).count();
    let (offset, rest) = line.split_at_checked(length)?;
    let is_row = rest.starts_with(':') || rest.starts_with("  ") || rest.trim().is_empty();
    let offset = usize::from_str_radix(offset, 16).ok().filter(|_| length >= 4 && is_row)?;
    Some((offset, rest.strip_prefix(':').unwrap_or(rest).trim_start()))
}

/// The bytes of a row: up to the text, which `|` or two spaces precede.
fn bytes_of(rest: &str) -> Option<Vec<u8>> {
    let bytes = match rest.split_once(" |") {
        Some((bytes, _)) => bytes,
        None => rest.split_once("  ").map_or(rest, |(bytes, _)| bytes),
    };
    digits(bytes)
}

/// The bytes of hexadecimal digits between which there may be white space and colons.
fn digits(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().filter(|letter| !letter.is_whitespace() && *letter != ':');
    let digits: Option<Vec<u32>> = digits.map(|letter| letter.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    digits
        .chunks_exact(2)
        .map(|pair| u8::try_from(pair.iter().fold(0, |sum, digit| sum * 16 + digit)).ok())
        .collect()
}

fn rows(text: &str, limit: usize) -> Result<Vec<u8>, Unreadable> {
    let wrong = |line: usize, what: &str| Unreadable(format!("line {} of the hex dump {what}", line + 1));
    let (mut bytes, mut last, mut is_repeated) = (Vec::new(), Vec::new(), false);
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        if line.trim() == "*" {
            is_repeated = true;
            continue;
        }
        let (offset, rest) = row(line).ok_or_else(|| wrong(at, "has no offset"))?;
        if is_repeated && !last.is_empty() && offset <= limit {
            while bytes.len() + last.len() <= offset {
                bytes.extend_from_slice(&last);
            }
        }
        is_repeated = false;
        if offset != bytes.len() {
            return Err(wrong(
                at,
                &format!("begins at {offset:#x}, but {:#x} bytes precede it", bytes.len()),
            ));
        }
        last = bytes_of(rest).ok_or_else(|| wrong(at, "has something else than pairs of digits"))?;
        bytes.extend_from_slice(&last);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_of_common_programs_are_read() {
        let long = [b"GET / HTTP/1.1\r\n".to_vec(), vec![b'a'; 48], b"b\n".to_vec()].concat();
        for (text, expected, why) in [
            ("00000000: 4745 5420 2f0d 0a                        GET /..\n", &b"GET /\r\n"[..], "xxd"),
            ("00000000: 47 45 54 20  GET \n", b"GET ", "xxd -g 1"),
            (
                "00000000  47 45 54 20 2f 0d 0a                              |GET /..|\n00000007\n",
                b"GET /\r\n",
                "hexdump -C",
            ),
            (
                "00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|\n\
                 00000010  61 61 61 61 61 61 61 61  61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa|\n*\n\
                 00000040  62 0a                                             |b.|\n00000042\n",
                &long,
                "hexdump -C leaves repeated rows out",
            ),
            ("0000   47 45 54 20 2f 0d 0a                              GET /..\n", b"GET /\r\n", "Wireshark"),
            ("0000  61 62 20 63 64   ab cd\n", b"ab cd", "text that looks like digits"),
            ("474554202f0d0a\n", b"GET /\r\n", "xxd -p"),
            ("47 45 54 20\r\n2F 0D 0A\r\n", b"GET /\r\n", "pairs, on two lines, from Windows"),
            ("47:45:54:20", b"GET ", "with colons"),
        ] {
            let bytes = read(text.as_bytes(), 1 << 20).unwrap().unwrap();
            assert_eq!(bytes, expected, "{why}: {}", bytes.escape_ascii());
        }
    }

    #[test]
    fn text_is_no_dump() {
        for text in
            ["GET / HTTP/1.1\r\n", "220 \r\n", "ABBA\r\n", "200-\r\n", "1234567\n", "", "\n", "type=dir; a"]
        {
            assert!(read(text.as_bytes(), 1 << 20).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_damaged_dump_is_refused_at_its_line() {
        for (text, expected) in [
            ("0000: 4745\n0003: 54\n", "line 2 of the hex dump begins at 0x3, but 0x2 bytes precede it"),
            ("0000: 4745\nhello\n", "line 2 of the hex dump has no offset"),
            ("0000: 4745\n0002: 4x\n", "line 2 of the hex dump has something else than pairs of digits"),
        ] {
            assert_eq!(read(text.as_bytes(), 1 << 20).unwrap().unwrap_err().0, expected);
        }
        let far = "0000: 41\n*\nffffffff: 41\n";
        assert!(read(far.as_bytes(), 1 << 20).unwrap().is_err(), "rows are not repeated beyond the limit");
    }
}
