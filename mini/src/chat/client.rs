//! The chat client: what others say above, the line being typed below, with its history.

use std::io::{self, BufRead, BufReader, IsTerminal, Write};

use common::escape::printable;
use rustyline::error::ReadlineError;
use rustyline::{DefaultEditor, ExternalPrinter};

use crate::remote::{Remote, Sending};

/// Talks until the person or the server ends it.
pub(super) fn talk(remote: &Remote) -> anyhow::Result<()> {
    let (receiving, sending) = remote.connect()?;
    let incoming = lines(BufReader::new(receiving));
    match io::stdin().is_terminal() && io::stdout().is_terminal() {
        true => at_terminal(incoming, sending),
        false => piped(incoming, sending),
    }
}

fn at_terminal(
    incoming: impl Iterator<Item = String> + Send + 'static,
    mut outgoing: Sending,
) -> anyhow::Result<()> {
    let mut editor = DefaultEditor::new()?;
    let mut printer = editor.create_external_printer()?;
    std::thread::spawn(move || {
        for line in incoming {
            if printer.print(format!("{line}\n")).is_err() {
                break;
            }
        }
        let _ = printer.print("* the server has ended the conversation; Ctrl-D leaves\n".into());
    });
    loop {
        match editor.readline("> ") {
            Ok(line) => {
                editor.add_history_entry(&line)?;
                if writeln!(outgoing, "{line}").is_err() || line == "/quit" {
                    return Ok(());
                }
            }
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Standard input goes out as it is; its end is the end of the talk once the server has answered.
fn piped(incoming: impl Iterator<Item = String>, mut outgoing: Sending) -> anyhow::Result<()> {
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut outgoing);
        let _ = outgoing.finish();
    });
    let mut out = io::stdout().lock();
    for line in incoming {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// The server's lines, harmless to a terminal.
fn lines(from: impl BufRead) -> impl Iterator<Item = String> {
    let lines = from.split(b'\n').map_while(Result::ok);
    lines.map(|line| printable(line.strip_suffix(b"\r").unwrap_or(&line)).into_owned())
}
