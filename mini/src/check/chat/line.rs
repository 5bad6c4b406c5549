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

/// The number of complete lines with a word, in bytes to which more are added. Each byte is examined once.
pub(super) struct LineCount<'a> {
    word: &'a str,
    /// The end of the lines that are counted.
    scanned: usize,
    pub(super) lines: usize,
}

impl<'a> LineCount<'a> {
    pub(super) fn new(word: &'a str) -> Self {
        Self { word, scanned: 0, lines: 0 }
    }

    /// Counts the lines that were added since the last call; the number of all. The word occurs once in a line.
    pub(super) fn update(&mut self, received: &[u8]) -> usize {
        let added = received.get(self.scanned..).unwrap_or_default();
        let end = memchr::memrchr(b'\n', added).map_or(0, |end| end + 1);
        let complete = added.get(..end).unwrap_or_default();
        self.lines += memchr::memmem::find_iter(complete, self.word.as_bytes()).count();
        self.scanned += end;
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_they_arrive() {
        let mut count = LineCount::new("halo");
        for (received, expected, why) in [
            (&b"<ani> ha"[..], 0, "half a word"),
            (b"<ani> halo", 0, "half a line"),
            (b"<ani> halo\r\n* budi joined\r\n", 1, "another line without it"),
            (b"<ani> halo\r\n* budi joined\r\n", 1, "nothing was added"),
            (b"<ani> halo\r\n* budi joined\r\n<b> halo\n<c> halo\nha", 3, "two lines at once"),
        ] {
            assert_eq!(count.update(received), expected, "{why}");
        }
    }

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
