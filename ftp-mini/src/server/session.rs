//! The session: reads a command, performs it, and replies
//! ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 5.4).

use std::borrow::Cow;
use std::mem;
use std::rc::Rc;

use common::files::TreePath;
use common::log::{self, Record, TransferDirection, TransferRecord};
use common::metrics::shared::{OpenConnection, Protocol};
use common::net::clock::Stopwatch;
use common::net::conn::Conn;
use common::net::engine::Worker;
use common::net::limits::Full;

use super::FtpWorker;
use super::commands;
use super::control::{ReceivedCommand, ServerControl};
use super::metrics;
use super::refusal::{Outcome, Refusal};
use super::state::{SessionState, Transferred};
use super::target::absolute;
use crate::wire::command::{Command, Type, Verb};
use crate::wire::line::Line;
use crate::wire::ls::LsArgument;
use crate::wire::reply::Reply;

impl Worker for FtpWorker {
    async fn serve(self: Rc<Self>, conn: Conn) {
        let mut control = ServerControl::new(conn, self.service.limits);
        if let Some(tls) = self.service.channel.implicit()
            && control.start_tls(tls).await.is_err()
        {
            return;
        }
        let mut state = SessionState::new(self, &control);
        control.say(&Reply::new(220, "ftp-mini ready."));
        let counted = OpenConnection::new(Protocol::Ftp);
        while let Some(request) = next(&mut state, &mut control).await {
            let active = counted.activity();
            metrics::command(request.verb);
            let watch = Stopwatch::start();
            // Boxed: an idle session is as large as the largest of its states.
            let outcome = Box::pin(commands::perform(&request, &mut state, &mut control)).await;
            record(&request, &outcome, watch, &mut state, &control);
            match outcome {
                Ok(reply) => control.say(&reply),
                Err(refusal) => control.refuse(&refusal),
            }
            drop(active);
        }
        control.close().await;
    }

    async fn refuse(self: Rc<Self>, mut conn: Conn, why: Full) {
        let what = match why {
            Full::Server => "The server carries as many connections as it may; try again later.",
            Full::Address => {
                "Your address has as many connections as it may; close some, or try again later."
            }
        };
        if let Some(tls) = self.service.channel.implicit()
            && conn.accept_tls(tls, None).await.is_err()
        {
            return;
        }
        Reply::new(421, what).write(conn.out());
        conn.linger().await;
    }
}

/// The next command. Meanwhile a client may start TLS on its data connection, and an unused passive port times
/// out.
async fn next(state: &mut SessionState, control: &mut ServerControl) -> Option<ReceivedCommand> {
    match state.data.holds_unused() {
        // Boxed: few sessions need it.
        true => Box::pin(next_beside_data(state, control)).await,
        false => control.next().await,
    }
}

async fn next_beside_data(state: &mut SessionState, control: &mut ServerControl) -> Option<ReceivedCommand> {
    while state.data.holds_unused() {
        let is_met = tokio::select! {
            biased;
            request = control.next() => return request,
            is_met = state.data.wait() => is_met,
        };
        if is_met {
            state.data.secure_early().await;
        }
    }
    control.next().await
}

/// Logs logins, and commands on files and directories; counts transfers.
fn record(
    request: &ReceivedCommand,
    outcome: &Outcome,
    watch: Stopwatch,
    state: &mut SessionState,
    control: &ServerControl,
) {
    let Transferred { bytes, unique } = mem::take(&mut state.transferred);
    metrics::transfer(request.verb, outcome.is_ok());
    if !log::is_on() {
        return;
    }
    let text = match (request.verb, &request.line) {
        // The password is not logged.
        (Some(Verb::Pass), _) => Cow::Borrowed(&b"PASS"[..]),
        (Some(verb), Line::Text(line)) if LOGGED.contains(&verb) => {
            in_full(request, state, unique).map_or(Cow::Borrowed(&**line), Cow::Owned)
        }
        _ => return,
    };
    let reason = outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
    log::record(&Record {
        peer: control.peer(),
        protocol: "ftp",
        user: state.login.name(),
        request: &text,
        code: outcome.as_ref().map_or_else(Refusal::code, Reply::code),
        bytes,
        duration: watch.elapsed(),
        completed: !matches!(outcome, Err(refusal) if refusal.is_of_transfer()),
        stored: "",
        reason: &reason,
        transfer: transfer(request, &text, state),
    });
}

/// The transfer or deletion that a command is. `text` is the verb with the complete path.
fn transfer<'a>(
    request: &ReceivedCommand,
    text: &'a [u8],
    state: &SessionState,
) -> Option<TransferRecord<'a>> {
    let direction = match request.verb? {
        Verb::Stor | Verb::Appe | Verb::Stou => TransferDirection::Incoming,
        Verb::Retr => TransferDirection::Outgoing,
        Verb::Dele => TransferDirection::Deleted,
        _ => return None,
    };
    let path = text.splitn(2, |byte| *byte == b' ').nth(1)?;
    let is_anonymous = state.user().is_ok_and(|user| user.is_anonymous());
    Some(TransferRecord { path, direction, is_ascii: state.kind == Type::Ascii, is_anonymous })
}

/// The verbs that are logged besides logins.
const LOGGED: [Verb; 14] = {
    use Verb::{Appe, Dele, List, Mff, Mfmt, Mkd, Mlsd, Nlst, Retr, Rmd, Rnfr, Rnto, Stor, Stou};
    [Appe, Dele, List, Mff, Mfmt, Mkd, Mlsd, Nlst, Retr, Rmd, Rnfr, Rnto, Stor, Stou]
};

/// The verb with the complete path in the tree.
fn in_full(
    request: &ReceivedCommand,
    state: &SessionState,
    unique: Option<Box<TreePath>>,
) -> Option<Vec<u8>> {
    let command = request.command.as_ref().ok()?;
    let path = match command {
        Command::Stou(_) => Ok(*unique?),
        Command::Retr(path)
        | Command::Stor(path)
        | Command::Appe(path)
        | Command::Dele(path)
        | Command::Mkd(path)
        | Command::Rmd(path)
        | Command::Rnfr(path)
        | Command::Rnto(path) => state.join(path),
        Command::List(LsArgument { path, .. })
        | Command::Nlst(LsArgument { path, .. })
        | Command::Mlsd(path) => {
            path.as_ref().map_or_else(|| Ok(state.directory.clone()), |path| state.join(path))
        }
        _ => return None,
    };
    let place = absolute(&state.user().ok()?.place(&path.ok()?));
    Some([request.verb?.name().as_bytes(), b" ", &place].concat())
}
