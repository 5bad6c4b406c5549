//! The local end of a transfer if it is not a regular file: standard input and output, a device, a pipe. It
//! may be slow, so it is read and written off the event loop, which meanwhile handles Ctrl-C and the server's
//! timeouts, on threads of the runtime, whose shutdown does not wait for them.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::os::fd::AsFd as _;

use tokio::task::spawn_blocking;

use super::fault::{Fault, FaultKind};
use crate::escape::printable;
use crate::files::{Checks, Checksum, TreeError};

/// The size of the buffer (256 KiB).
const PIECE: usize = 256 << 10;

/// Writes bytes in order. A terminal would interpret a peer's control characters, so they are replaced there.
#[derive(Debug)]
pub struct Outlet {
    file: File,
    room: Vec<u8>,
    written: u64,
    checks: Checks,
    /// On a terminal: bytes that are shown together with those that follow.
    rest: Option<Vec<u8>>,
}

impl Outlet {
    /// Writes to an open file.
    pub fn new(file: &File) -> Result<Self, Fault> {
        let file = file.try_clone().map_err(|error| unwritten(&error))?;
        let rest = file.is_terminal().then(Vec::new);
        Ok(Self { file, room: Vec::new(), written: 0, checks: Checks::default(), rest })
    }

    /// Writes to standard output.
    pub fn standard_output() -> Result<Self, Fault> {
        let file = io::stdout().as_fd().try_clone_to_owned().map_err(|error| unwritten(&error))?;
        Self::new(&File::from(file))
    }

    /// Sets the required hash of the content; with another one [`Self::finish`] fails. To be called before
    /// any content is added.
    pub fn expect(&mut self, checksum: Checksum) {
        self.checks.expect(checksum);
    }

    /// The bytes added so far.
    pub fn received(&self) -> u64 {
        self.written + self.room.len() as u64
    }

    /// The buffer for the next bytes. Call [`Self::advance`] after each append.
    pub fn room(&mut self) -> &mut Vec<u8> {
        self.room.reserve(PIECE.saturating_sub(self.room.len()));
        &mut self.room
    }

    /// Writes the buffer. After a failure nothing more can be written.
    pub async fn advance(&mut self) -> Result<(), Fault> {
        self.written += self.room.len() as u64;
        self.checks.update(&self.room);
        match &mut self.rest {
            None => self.room = write(&self.file, std::mem::take(&mut self.room)).await?,
            Some(rest) => {
                let shown = shown(&self.room, rest);
                self.room.clear();
                write(&self.file, shown).await?;
            }
        }
        Ok(())
    }

    /// Writes the rest. Content with another hash is a [`FaultKind::Integrity`] failure.
    pub async fn finish(mut self) -> Result<(), Fault> {
        self.advance().await?;
        if let Some(rest) = self.rest.filter(|rest| !rest.is_empty()) {
            write(&self.file, text(&rest)).await?;
        }
        match self.checks.hold() {
            true => Ok(()),
            false => Err(Fault::file(&"standard output", &TreeError::Checksum)),
        }
    }
}

/// Writes all bytes, and returns the empty buffer.
async fn write(file: &File, mut bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let mut file = file.try_clone().map_err(|error| unwritten(&error))?;
    let write = move || {
        file.write_all(&bytes)?;
        bytes.clear();
        io::Result::Ok(bytes)
    };
    let written = spawn_blocking(write).await.map_err(io::Error::other).flatten();
    written.map_err(|error| unwritten(&error))
}

fn unwritten(error: &io::Error) -> Fault {
    Fault::new(FaultKind::Failed, format!("the content cannot be written: {error}"))
}

/// The input as it is shown, also a line without its end, which may be a prompt. What cannot be shown without the bytes
/// that follow stays in `rest`: a part of a character, or a CR whose LF may follow.
fn shown(bytes: &[u8], rest: &mut Vec<u8>) -> Vec<u8> {
    rest.extend_from_slice(bytes);
    let last = rest.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
    let is_part = str::from_utf8(last).is_err_and(|error| error.error_len().is_none());
    let held = match is_part {
        true => last.len(),
        false => usize::from(rest.ends_with(b"\r")),
    };
    let complete: Vec<u8> = rest.drain(..rest.len() - held).collect();
    complete.split_inclusive(|&byte| byte == b'\n').flat_map(text).collect()
}

/// A printable line; tabs and the line end are kept.
fn text(line: &[u8]) -> Vec<u8> {
    let (content, end) = line.strip_suffix(b"\n").map_or((line, ""), |content| (content, "\n"));
    let content = content.strip_suffix(b"\r").unwrap_or(content);
    let words: Vec<_> = content.split(|&byte| byte == b'\t').map(printable).collect();
    (words.join("\t") + end).into_bytes()
}

/// Reads bytes in order.
#[derive(Debug)]
pub struct Inlet(Option<(File, Vec<u8>)>);

impl Inlet {
    /// Reads from an open file.
    pub fn new(file: File) -> Self {
        Self(Some((file, Vec::new())))
    }

    /// The next bytes, at most `most`; none at the end. Fails after a read whose future was dropped.
    pub async fn next(&mut self, most: usize) -> io::Result<&[u8]> {
        let (mut file, mut piece) = self.0.take().ok_or(io::ErrorKind::BrokenPipe)?;
        piece.resize(most.clamp(1, PIECE), 0);
        let read = move || {
            let read = file.read(&mut piece)?;
            piece.truncate(read);
            io::Result::Ok((file, piece))
        };
        let (_, piece) = self.0.insert(spawn_blocking(read).await.map_err(io::Error::other)??);
        Ok(piece)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "a test opens what it made")]

    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::net::engine::on_test_runtime;

    #[test]
    fn bytes_pass_in_their_order() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        let right: [u8; 32] = Sha256::digest(b"one\x1btwo").into();
        for (checksum, expected) in [(right, Ok(())), ([0; 32], Err(FaultKind::Integrity))] {
            on_test_runtime(async {
                let mut outlet = Outlet::new(&File::create(&path).unwrap()).unwrap();
                outlet.expect(Checksum::Sha256(checksum));
                for piece in [&b"one\x1b"[..], b"two"] {
                    outlet.room().extend_from_slice(piece);
                    outlet.advance().await.unwrap();
                }
                assert_eq!(outlet.received(), 7);
                assert_eq!(outlet.finish().await.map_err(|fault| fault.kind), expected);
                let mut inlet = Inlet::new(File::open(&path).unwrap());
                assert_eq!(
                    inlet.next(4).await.unwrap(),
                    b"one\x1b",
                    "anything but a terminal gets the bytes unchanged"
                );
                assert_eq!(inlet.next(100).await.unwrap(), b"two");
                assert_eq!(inlet.next(100).await.unwrap(), b"");
            });
        }
    }

    #[test]
    fn a_prompt_is_shown_without_its_line_end() {
        assert_eq!(shown(b"name: ", &mut Vec::new()), b"name: ");
    }

    #[test]
    fn a_terminal_is_not_commanded() {
        for (pieces, expected, why) in [
            (&[&b"a\tb\r\nc\n"[..]][..], "a\tb\nc\n", "text"),
            (&[b"a\x1b[2Jb\n"], "a\u{fffd}[2Jb\n", "an escape sequence"),
            (&[b"caf\xc3", b"\xa9\n"], "caf\u{e9}\n", "a letter in two pieces"),
            (&[b"no end"], "no end", "the last line"),
            (&[b"a\r", b"\nb"], "a\nb", "CR LF in two pieces"),
            (&[b"a\rb"], "a\u{fffd}b", "CR alone, which writes over the line"),
        ] {
            let (mut rest, mut out) = (Vec::new(), Vec::new());
            for piece in pieces {
                out.extend(shown(piece, &mut rest));
            }
            out.extend(text(&rest));
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{why}");
        }
    }
}
