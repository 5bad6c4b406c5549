//! The chat client: what others say above, the line being typed below, with its history.

use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use common::command::Failure;
use common::escape::printable;
use rustyline::error::ReadlineError;
use rustyline::{DefaultEditor, ExternalPrinter};

/// Talks until the person or the server ends it.
pub(super) fn talk(to: SocketAddr) -> anyhow::Result<()> {
    let unreachable =
        |error| Failure::Network(format!("cannot connect to {to}: {error}; is the server running?"));
    let stream = TcpStream::connect(to).map_err(unreachable)?;
    match io::stdin().is_terminal() && io::stdout().is_terminal() {
        true => at_terminal(&stream),
        false => piped(&stream),
    }
}

fn at_terminal(stream: &TcpStream) -> anyhow::Result<()> {
    let mut editor = DefaultEditor::new()?;
    let mut printer = editor.create_external_printer()?;
    let incoming = BufReader::new(stream.try_clone()?);
    std::thread::spawn(move || {
        for line in lines(incoming) {
            if printer.print(format!("{line}\n")).is_err() {
                break;
            }
        }
        let _ = printer.print("* the server has ended the conversation; Ctrl-D leaves\n".into());
    });
    let mut outgoing = stream;
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
fn piped(stream: &TcpStream) -> anyhow::Result<()> {
    let mut outgoing = stream.try_clone()?;
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut outgoing);
        let _ = outgoing.shutdown(Shutdown::Write);
    });
    let mut out = io::stdout().lock();
    for line in lines(BufReader::new(stream)) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// The server's lines, harmless to a terminal.
fn lines(from: impl BufRead) -> impl Iterator<Item = String> {
    let lines = from.split(b'\n').map_while(Result::ok);
    lines.map(|line| printable(line.strip_suffix(b"\r").unwrap_or(&line)).into_owned())
}
