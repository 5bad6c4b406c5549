//! The chat client: the messages of others above, the line being typed below, with its history. A line without its end
//! is shown at once, because it may be a prompt.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use common::client::{Fault, FaultKind};
use common::escape::printable;
use common::net::conn::{Broken, Conn};
use rustyline::error::ReadlineError;
use rustyline::{DefaultEditor, ExternalPrinter};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::session::{ENDLESS, Endless};
use crate::remote::{Remote, lost, standard_input};

/// How long a line may be unfinished before it is shown: longer than between the segments of one line, and shorter than
/// a person notices.
const PROMPT_DELAY: Duration = Duration::from_millis(30);

pub(super) fn talk(remote: &Remote) -> anyhow::Result<()> {
    match io::stdin().is_terminal() && io::stdout().is_terminal() {
        true => {
            let mut editor = DefaultEditor::new()?;
            let mut printer = editor.create_external_printer()?;
            remote.talk(async move |conn| {
                let mut input = typed(editor);
                // What is typed has a line of its own below, so a prompt is a line as well, and its end adds nothing.
                let mut show = |text: &str, part| match part {
                    Part::Rest if text.is_empty() => Ok(()),
                    _ => printer.print(format!("{text}\n")).map_err(unprintable),
                };
                let done = converse(conn, &mut input, &mut show).await;
                if !input.is_closed() {
                    // The editor owns the terminal until it returns.
                    show("* the conversation has ended; Ctrl-D leaves", Part::Whole)?;
                    while input.recv().await.is_some() {}
                }
                done
            })
        }
        false => remote.talk(async |conn| {
            let mut show = |text: &str, part| {
                let mut out = io::stdout().lock();
                let end = if part == Part::Start { "" } else { "\n" };
                write!(out, "{text}{end}").and_then(|()| out.flush()).map_err(unprintable)
            };
            converse(conn, &mut standard_input(), &mut show).await
        }),
    }
}

fn unprintable(error: impl std::fmt::Display) -> Fault {
    Fault::new(FaultKind::Failed, format!("cannot print what was said: {error}"))
}

/// Sends what is typed, and shows the server's lines, until the server ends the conversation.
async fn converse(
    mut conn: Conn,
    input: &mut mpsc::Receiver<io::Result<Vec<u8>>>,
    show: &mut impl FnMut(&str, Part) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut is_over = false;
    let mut line = UnfinishedLine::default();
    loop {
        tokio::select! {
            said = conn.next(piece) => match said {
                Ok(Some(piece)) => {
                    if let Some((text, part)) = line.add(&piece) {
                        show(&text, part)?;
                    }
                }
                Ok(None) if line.bytes.is_empty() => return Ok(()),
                Ok(None) => {
                    show(&printable(&line.bytes), Part::Whole)?;
                    return Err(lost(&io::ErrorKind::UnexpectedEof.into()));
                }
                Err(Broken::Io(error)) => return Err(lost(&error)),
                Err(Broken::Input(Endless)) => return Err(endless()),
            },
            () = sleep(PROMPT_DELAY), if !line.bytes.is_empty() => show(&line.take(), Part::Start)?,
            piece = input.recv(), if !is_over => {
                let piece = piece.unwrap_or(Ok(Vec::new()));
                let piece = piece.map_err(|error| Fault::unreadable("standard input", &error))?;
                is_over = piece.is_empty();
                conn.write(&piece).await.map_err(|error| lost(&error))?;
                if is_over {
                    // The server answers what it has received, and ends the conversation.
                    conn.end().await.map_err(|error| lost(&error))?;
                }
            }
        }
    }
}

fn endless() -> Fault {
    Fault::new(FaultKind::Network, "the server's line has no end")
}

/// A line with its end, or all that has come of it.
fn piece(input: &[u8]) -> Result<Option<(Vec<u8>, usize)>, Endless> {
    let end = memchr::memchr(b'\n', input).map_or(input.len(), |end| end + 1);
    match end {
        0 => Ok(None),
        _ if end > ENDLESS => Err(Endless),
        _ => Ok(Some((input.get(..end).unwrap_or_default().to_vec(), end))),
    }
}

/// Which part of a line a text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    /// Its end has not arrived; it may be a prompt.
    Start,
    Rest,
}

/// What has come of a line and is not shown yet.
#[derive(Default)]
struct UnfinishedLine {
    bytes: Vec<u8>,
    /// Its start was shown.
    is_begun: bool,
}

impl UnfinishedLine {
    /// Adds a piece, and returns the text to show if the line is complete, or too long to wait for its end.
    fn add(&mut self, piece: &[u8]) -> Option<(String, Part)> {
        self.bytes.extend_from_slice(piece);
        match self.bytes.strip_suffix(b"\n") {
            Some(line) => {
                let text = printable(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
                self.bytes.clear();
                let part = if std::mem::take(&mut self.is_begun) { Part::Rest } else { Part::Whole };
                Some((text, part))
            }
            None if self.bytes.len() > ENDLESS => Some((self.take(), Part::Start)),
            None => None,
        }
    }

    /// The text so far, to be shown before its end.
    fn take(&mut self) -> String {
        self.is_begun = true;
        printable(&std::mem::take(&mut self.bytes)).into_owned()
    }
}

fn typed(mut editor: DefaultEditor) -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut is_over = false;
        while !is_over {
            let typed = match editor.readline("> ") {
                Ok(line) => {
                    let _ = editor.add_history_entry(&line);
                    is_over = line == "/quit";
                    Ok(format!("{line}\n").into_bytes())
                }
                Err(ReadlineError::Eof | ReadlineError::Interrupted) => return,
                Err(error) => Err(io::Error::other(error)),
            };
            is_over |= sender.blocking_send(typed).is_err();
        }
    });
    receiver
}
