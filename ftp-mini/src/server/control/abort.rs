//! Commands received during a transfer, above all ABOR
//! ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.3).

use std::io;
use std::pin::Pin;

use common::net::conn::{Broken, INPUT};

use super::{ReceivedCommand, ServerControl};
use crate::server::limits::{WAITING_BYTES, WAITING_COMMANDS};
use crate::server::refusal::Refusal;
use crate::wire::command::{self, Command, Verb};
use crate::wire::line::{self, Line, MAX_LINE};
use crate::wire::reply::Reply;

impl ServerControl {
    /// Runs a transfer and reads commands meanwhile. ABOR and the end of the connection end the transfer. NOOP and
    /// STAT are answered; other commands wait, and so does ABOR for its own reply. Queued replies are sent
    /// first, unless the transfer ends without waiting: then they are sent with its final reply. The transfer is
    /// pinned by the caller: a future that is passed by value is stored twice.
    pub(in crate::server) async fn alongside<T>(
        &mut self,
        transfer: Pin<&mut impl Future<Output = Result<T, Refusal>>>,
    ) -> Result<T, Refusal> {
        self.wait_for(None);
        let outcome = self.listen_during(transfer).await;
        self.wait_for(Some(self.idle));
        outcome
    }

    async fn listen_during<T>(
        &mut self,
        mut transfer: Pin<&mut impl Future<Output = Result<T, Refusal>>>,
    ) -> Result<T, Refusal> {
        if self.awaits(&Command::Abor) {
            return Err(Refusal::Aborted);
        }
        while self.waiting.len() < WAITING_COMMANDS && self.waiting_bytes() < WAITING_BYTES {
            let received = tokio::select! {
                biased;
                outcome = &mut transfer => return outcome,
                received = self.conn.next(line::take) => received,
            };
            let Ok(Some(line)) = received else {
                return match received {
                    received if self.awaits(&Command::Quit) && is_end(&received) => transfer.await,
                    received if is_busy(&received) => self.without_memory(transfer).await,
                    _ => Err(Refusal::ControlLost),
                };
            };
            let request = ReceivedCommand::of(line);
            match &request.command {
                Ok(Command::Abor) => {
                    self.waiting.push_back(request);
                    return Err(Refusal::Aborted);
                }
                Ok(Command::Noop) => self.say(&Reply::new(200, "Transferring.")),
                Ok(Command::Stat(None)) => self.say(&Reply::new(211, "A transfer is in progress.")),
                _ => self.waiting.push_back(request),
            }
        }
        self.look_ahead_during(transfer).await
    }

    /// The same when the queue is full. More commands stay unread, but ABOR among them still ends the transfer,
    /// and so does the end of the connection.
    async fn look_ahead_during<T>(
        &mut self,
        mut transfer: Pin<&mut impl Future<Output = Result<T, Refusal>>>,
    ) -> Result<T, Refusal> {
        let (mut has_quit, mut is_full, mut seen) = (self.awaits(&Command::Quit), false, 0);
        let abor = self.conn.next(|unread| {
            while let Some((line, used)) = line::take(unread.get(seen..).unwrap_or_default())? {
                seen += used;
                match command::parse(&line) {
                    Ok((Verb::Abor, _)) => return Ok(Some(((), 0))),
                    Ok((Verb::Quit, _)) => has_quit = true,
                    _ => {}
                }
            }
            is_full = unread.len() >= INPUT;
            Ok(None)
        });
        let received = tokio::select! {
            biased;
            outcome = &mut transfer => return outcome,
            received = abor => received,
        };
        match received {
            Ok(Some(())) => Err(Refusal::Aborted),
            // The input buffer is full, so no more can be read.
            Err(Broken::Io(error)) if is_full && error.kind() == io::ErrorKind::InvalidData => transfer.await,
            received if has_quit && is_end(&received) => transfer.await,
            received if is_busy(&received) => self.without_memory(transfer).await,
            _ => Err(Refusal::ControlLost),
        }
    }

    /// The memory budget has no room for unread input. A transfer continues if that is at most a line, but no more is
    /// read meanwhile.
    async fn without_memory<T>(
        &self,
        transfer: Pin<&mut impl Future<Output = Result<T, Refusal>>>,
    ) -> Result<T, Refusal> {
        match self.conn.unread().len() {
            0..=MAX_LINE => transfer.await,
            _ => Err(Refusal::NoMemory),
        }
    }

    fn waiting_bytes(&self) -> usize {
        let bytes = |request: &ReceivedCommand| match &request.line {
            Line::Text(text) => text.len(),
            Line::Broken(_) => 0,
        };
        self.waiting.iter().map(bytes).sum()
    }

    /// Whether the queue has this command. ABOR ends the transfers before it; after QUIT a client may close the
    /// connection.
    fn awaits(&self, command: &Command) -> bool {
        self.waiting.iter().any(|request| request.command.as_ref() == Ok(command))
    }
}

/// Whether the memory budget is used up.
fn is_busy<T>(received: &Result<Option<T>, Broken<line::Endless>>) -> bool {
    matches!(received, Err(Broken::Io(error)) if error.kind() == io::ErrorKind::ResourceBusy)
}

/// Whether the client has closed its side, perhaps after an incomplete line or unread input.
fn is_end<T>(received: &Result<Option<T>, Broken<line::Endless>>) -> bool {
    match received {
        Ok(ended) => ended.is_none(),
        Err(Broken::Io(error)) => error.kind() == io::ErrorKind::UnexpectedEof,
        Err(Broken::Input(line::Endless)) => false,
    }
}
