//! The chat client: the messages of others above, the line being typed below, with its history.

use std::io::{self, IsTerminal, Write};

use common::client::{Fault, Kind};
use common::escape::printable;
use common::net::conn::{Broken, Conn};
use rustyline::error::ReadlineError;
use rustyline::{DefaultEditor, ExternalPrinter};
use tokio::sync::mpsc;

use super::session::line;
use crate::remote::{Remote, lost, standard_input};

pub(super) fn talk(remote: &Remote) -> anyhow::Result<()> {
    match io::stdin().is_terminal() && io::stdout().is_terminal() {
        true => {
            let mut editor = DefaultEditor::new()?;
            let mut printer = editor.create_external_printer()?;
            remote.talk(async move |conn| {
                let mut input = typed(editor);
                let mut show = |text: &str| printer.print(format!("{text}\n")).map_err(unprintable);
                let done = converse(conn, &mut input, &mut show).await;
                if !input.is_closed() {
                    // The editor owns the terminal until it returns.
                    show("* the conversation has ended; Ctrl-D leaves")?;
                    while input.recv().await.is_some() {}
                }
                done
            })
        }
        false => remote.talk(async |conn| {
            let mut show = |text: &str| writeln!(io::stdout(), "{text}").map_err(unprintable);
            converse(conn, &mut standard_input(), &mut show).await
        }),
    }
}

fn unprintable(error: impl std::fmt::Display) -> Fault {
    Fault::new(Kind::Failed, format!("cannot print what was said: {error}"))
}

/// Sends what is typed, and shows the server's lines, until the server ends the conversation.
async fn converse(
    mut conn: Conn,
    input: &mut mpsc::Receiver<io::Result<Vec<u8>>>,
    show: &mut impl FnMut(&str) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut is_over = false;
    loop {
        tokio::select! {
            said = conn.next(line) => match said {
                Ok(Some(said)) => show(&printable(&said))?,
                Ok(None) => return Ok(()),
                Err(Broken::Io(error)) => return Err(lost(&error)),
                Err(Broken::Input(_)) => return Err(Fault::new(Kind::Network, "the server's line has no end")),
            },
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
