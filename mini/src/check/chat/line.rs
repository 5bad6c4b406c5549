//! Lines as a chat server sends them: complete, and of any form.

/// The complete line that contains a text.
pub(super) fn line_with<'a>(received: &'a [u8], text: &str) -> Option<&'a [u8]> {
    let complete = received.split_inclusive(|&byte| byte == b'\n').filter(|line| line.ends_with(b"\n"));
    complete.into_iter().find(|line| memchr::memmem::find(line, text.as_bytes()).is_some())
}

/// What the server puts before a text, with each digit as 0: times differ between lines.
pub(super) fn prefix(line: &[u8], text: &str) -> Vec<u8> {
    let end = memchr::memmem::find(line, text.as_bytes()).unwrap_or_default();
    let digits = |byte: &u8| if byte.is_ascii_digit() { b'0' } else { *byte };
    line.get(..end).unwrap_or_default().iter().map(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_line_is_free() {
        for (line, text, expected, why) in [
            (&b"<siti> halo\r\n"[..], "halo", Some(&b"<siti> "[..]), "a name"),
            (b"[10:07] siti: halo\n", "halo", Some(b"[00:00] siti: "), "a time, which differs between lines"),
            (b"* hello\n> halo\n", "halo", Some(b"> "), "a prompt before it"),
            (b"halo\n", "halo", Some(b""), "nothing"),
            (b"<siti> halo", "halo", None, "no complete line"),
            (b"<siti> hal\no\n", "halo", None, "two lines"),
        ] {
            let found = line_with(line, text).map(|line| prefix(line, text));
            assert_eq!(found.as_deref(), expected, "{why}");
        }
    }
}
