//! Asks a person for a password, without showing what is typed.

use std::fs::File;
use std::io::{self, Write};

use rustix::io::{read, retry_on_intr};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};

/// The longest line that a terminal gives (termios(3), canonical mode).
const LONGEST: usize = 4_096;

/// Asks on the controlling terminal, whatever standard input and error are: content may be piped in. Input
/// that was typed before the question is discarded.
///
/// # Errors
///
/// No terminal, or `Interrupted` if Ctrl-C or Ctrl-D ends the line.
#[expect(clippy::disallowed_methods, reason = "the user's terminal, not a served file")]
pub fn ask_password(prompt: &str) -> io::Result<Vec<u8>> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let before = tcgetattr(&terminal)?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
    hidden.local_modes.insert(LocalModes::ICANON);
    // SIGINT would end the process before the echo is restored, so its key ends the line instead.
    hidden.special_codes[SpecialCodeIndex::VEOL] = before.special_codes[SpecialCodeIndex::VINTR];
    tcsetattr(&terminal, OptionalActions::Flush, &hidden)?;
    let mut line = vec![0; LONGEST];
    let asked = terminal.write_all(prompt.as_bytes());
    let typed = asked.and_then(|()| Ok(retry_on_intr(|| read(&terminal, &mut line))?));
    // The end of the line was not shown either.
    let _ = terminal.write_all(b"\n");
    tcsetattr(&terminal, OptionalActions::Flush, &before)?;
    line.truncate(typed?);
    match line.pop() {
        Some(b'\n') => Ok(line),
        _ => Err(io::ErrorKind::Interrupted.into()),
    }
}
