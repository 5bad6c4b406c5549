//! [`Screen`], where content of a peer goes that a person may see.

use std::fs::File;
use std::io::{self, IsTerminal as _};

use crate::escape::printable;

/// Bytes of a line that are shown on a terminal at once (64 KiB).
const LINE: usize = 64 << 10;

/// A file that content is written to. A terminal would obey its controls, so there it is shown line by line
/// without them; tabs and line ends stay.
#[derive(Debug)]
pub struct Screen<W = File> {
    to: W,
    /// What has come of a line for the terminal.
    line: Vec<u8>,
    is_terminal: bool,
}

impl Screen {
    /// Writes to a file as it is, unless it is a terminal.
    pub fn new(to: File) -> Self {
        Self { is_terminal: to.is_terminal(), to, line: Vec::new() }
    }
}

impl<W: io::Write> Screen<W> {
    fn show(&mut self) -> io::Result<()> {
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text: Vec<_> = line.split(|&byte| byte == b'\t').map(printable).collect();
        self.to.write_all(text.join("\t").as_bytes())?;
        if self.line.ends_with(b"\n") {
            self.to.write_all(b"\n")?;
        }
        self.line.clear();
        Ok(())
    }
}

impl<W: io::Write> io::Write for Screen<W> {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        if !self.is_terminal {
            return self.to.write(content);
        }
        for part in content.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") || self.line.len() >= LINE {
                self.show()?;
            }
        }
        Ok(content.len())
    }

    /// Shows a line without an end as well.
    fn flush(&mut self) -> io::Result<()> {
        self.show()?;
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_terminal_is_not_told_what_to_do() {
        for (pieces, is_terminal, expected, why) in [
            (&["a\tb\r\nc"][..], true, "a\tb\nc", "text"),
            (&["\x1b[2Ja\n"], true, "\u{fffd}[2Ja\n", "a control"),
            (&["\x1b[2Ja\r\n"], false, "\x1b[2Ja\r\n", "no terminal"),
            (&["caf\u{e9}"], true, "caf\u{e9}", "UTF-8"),
            (&["a\x1b", "[2J\n"], true, "a\u{fffd}[2J\n", "in pieces"),
        ] {
            let mut screen = Screen { to: Vec::new(), line: Vec::new(), is_terminal };
            for piece in pieces {
                screen.write_all(piece.as_bytes()).unwrap();
            }
            screen.flush().unwrap();
            assert_eq!(String::from_utf8(screen.to).unwrap(), expected, "{why}");
        }
        let mut screen = Screen { to: Vec::new(), line: Vec::new(), is_terminal: true };
        let (one, other) = "\u{e9}".as_bytes().split_at(1);
        screen.write_all(one).unwrap();
        screen.write_all(other).unwrap();
        screen.flush().unwrap();
        assert_eq!(screen.to, "\u{e9}".as_bytes(), "a letter that is cut in two");
    }
}
