//! STOR, APPE, STOU and ALLO ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.3; after REST,
//! [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 5).
//!
//! After a 226 the file is complete under its name. In STREAM mode the end of the data connection is the end of
//! the file, so it counts only while the client is connected. An upload is interrupted by a reset, a stall,
//! ABOR, or the end of the control connection, even shortly after that of the data connection; by an end before
//! the size that ALLO announced; and by an end without content if the client has opened two data connections.
//! Then the target is unchanged, and the received part is kept, so that the same user can resume it.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use common::files::{Create, Meta, ROOM, Tree, TreeError, Upload};
use common::net::clock;
use common::net::conn::Conn;
use common::users::Action;
use tokio::time::sleep;

use crate::server::control::ServerControl;
use crate::server::data::DataConnection;
use crate::server::limits::{DEPARTURE, UNIQUE_NAMES};
use crate::server::refusal::{Outcome, Refusal};
use crate::server::state::{Pending, SessionState, names_directory};
use crate::server::target::CommandTarget;
use crate::server::transfer;
use crate::wire::ascii::Decoder;
use crate::wire::command::Type;
use crate::wire::pathname::Pathname;
use crate::wire::reply::Reply;
use crate::wire::time_val::{self, TimeVal};

/// Bytes of text converted at a time (64 KiB).
const TEXT: usize = 64 << 10;

/// ALLO reserves nothing, but a STOR or STOU with fewer bytes is incomplete.
pub(super) fn allo(state: &mut SessionState, size: u64) -> Reply {
    state.pending.announced = Some(size);
    Reply::new(200, format!("The next file is to have {size} bytes."))
}

pub(super) async fn stor(
    state: &mut SessionState,
    path: &Pathname,
    Pending { restart: offset, announced, .. }: Pending,
    control: &mut ServerControl,
) -> Outcome {
    if offset > 0 && state.kind == Type::Ascii {
        return Err(Refusal::Unsuitable("REST with STOR needs TYPE I."));
    }
    let target = state.new_file(path).await?;
    check_rights(state, &target).await?;
    let how = match target.create(state.users().on_conflict()) {
        how if offset == 0 => how,
        Create::Replace => Create::At(offset),
        how => resumed(how, offset),
    };
    let upload = create(state, &target, how, control).await?;
    let missing = announced.map(|size| size.saturating_sub(offset));
    let expected = Expected { target: &target, missing, is_whole: offset == 0 };
    receive(state, upload, expected, transfer::begun(), control).await
}

pub(super) async fn appe(
    state: &mut SessionState,
    path: &Pathname,
    pending: Pending,
    control: &mut ServerControl,
) -> Outcome {
    let target = state.new_file(path).await?;
    let reported = pending.size_reported.filter(|reported| reported.0 == *target.path());
    check_rights(state, &target).await?;
    // A client that has not sent SIZE does not know of a partial upload, so it sends another file.
    let how = match (target.create(state.users().on_conflict()), reported) {
        (how, Some(reported)) => resumed(how, reported.1),
        _ if target.may(Action::Overwrite) && current(state.tree(), &target).await?.is_some() => {
            Create::Append
        }
        (Create::Numbered, None) => Create::Numbered,
        _ => Create::New,
    };
    let upload = create(state, &target, how, control).await?;
    // ALLO before APPE means the size of the complete file to some clients, that of the added part to others.
    let expected = Expected { target: &target, missing: None, is_whole: false };
    receive(state, upload, expected, transfer::begun(), control).await
}

/// Stores under an unused name, which the 150 contains (RFC 1123 section 4.1.2.9).
pub(super) async fn stou(
    state: &mut SessionState,
    suggestion: Option<&Pathname>,
    announced: Option<u64>,
    control: &mut ServerControl,
) -> Outcome {
    if suggestion.is_some_and(names_directory) {
        return Err(Refusal::NameOfDirectory);
    }
    let suggestion = suggestion.map(Pathname::as_bytes);
    for try_number in 0..UNIQUE_NAMES {
        let name = match suggestion {
            Some(name) if try_number == 0 => name.to_vec(),
            Some(name) => [name, b".", &unique()].concat(),
            None => [&b"upload-"[..], &unique()].concat(),
        };
        let target = state.target(state.directory.join(&name).map_err(TreeError::from)?).await?;
        target.check_new(state.tree()).await?;
        // In a drop box another name than the suggested one would reveal that this one exists.
        if try_number == 0 && suggestion.is_some() && target.is_in_drop_box() {
            continue;
        }
        match create(state, &target, Create::New, control).await {
            Err(Refusal::Taken | Refusal::Tree(TreeError::IsDirectory) | Refusal::Permission) => {}
            Err(refusal) => return Err(refusal),
            Ok(upload) => {
                let begun = Reply::new(150, [&b"FILE: "[..], &name].concat());
                state.transferred.unique = Some(target.path().clone().into());
                let expected = Expected { target: &target, missing: announced, is_whole: true };
                return receive(state, upload, expected, begun, control).await;
            }
        }
    }
    Err(TreeError::Exists.into())
}

/// `20261123185100-7`: unique in this process.
fn unique() -> Vec<u8> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut text = Vec::new();
    time_val::write(TimeVal { seconds: clock::unix_seconds().cast_signed(), nanos: 0 }, &mut text);
    text.extend_from_slice(format!("-{}", NEXT.fetch_add(1, Ordering::Relaxed)).as_bytes());
    text
}

/// Resumes a partial upload, which is committed like `how`.
fn resumed(how: Create, offset: u64) -> Create {
    match how {
        Create::Numbered => Create::ResumeNumbered(offset),
        _ => Create::Resume(offset),
    }
}

/// Fails with 550 if the user may not upload there, or may only overwrite and the file does not exist; with 553
/// if the user may not create this name.
async fn check_rights(state: &SessionState, target: &CommandTarget) -> Result<(), Refusal> {
    if target.may(Action::Upload) {
        return target.check_new(state.tree()).await;
    }
    target.check(Action::Overwrite)?;
    state.tree().metadata(target.place()).await?;
    Ok(())
}

async fn create(
    state: &SessionState,
    target: &CommandTarget,
    how: Create,
    control: &ServerControl,
) -> Result<Upload, Refusal> {
    let peer = control.peer();
    let (tree, user) = (state.tree(), state.user()?);
    let place = target.place_in(tree).await.map_err(|error| target.withhold(error))?;
    tree.create(&place, how, Some(&user.holder(peer)), user.uploader(peer)).await.map_err(|error| match error
    {
        TreeError::Exists if target.may_know() => Refusal::Taken,
        error => target.withhold(error),
    })
}

/// The conditions under which an upload is complete.
struct Expected<'a> {
    target: &'a CommandTarget,
    /// The least number of bytes, from ALLO.
    missing: Option<u64>,
    /// The upload is neither resumed nor appended.
    is_whole: bool,
}

/// Receives an upload and commits it, or keeps the received part.
async fn receive(
    state: &mut SessionState,
    mut upload: Upload,
    expected: Expected<'_>,
    begun: Reply,
    control: &mut ServerControl,
) -> Outcome {
    if let Some(length) = expected.missing {
        upload.announce(length).await?;
    }
    let (kind, tree) = (state.kind, &state.worker.tree);
    let work = async |data: &mut DataConnection| expected.receive(data, &mut upload, kind, tree).await;
    let run = transfer::run(&mut state.data, control, begun, true, work).await;
    let received = run.and_then(|(data, received)| received.map(|()| data));
    let length = upload.received();
    state.transferred.bytes = length;
    let mut data = match received {
        Ok(data) => data,
        Err(refusal) => {
            // If it cannot be kept, the client starts over.
            let _ = upload.keep().await;
            return Err(refusal);
        }
    };
    let stored = upload.commit().await.map_err(Refusal::Store)?;
    // Over TLS the client waits for the close_notify. If it is lost, the file is stored all the same.
    let _ = data.conn.finish().await;
    state.data.complete(data);
    let stored_as = match stored.other_name.filter(|_| !expected.target.is_in_drop_box()) {
        Some(name) => [&b"Stored as "[..], &name].concat(),
        None => b"Stored".to_vec(),
    };
    let size = match stored.meta.size {
        size if size == length => format!(", {size} bytes."),
        size => format!(", {length} bytes more; the file has {size}."),
    };
    Ok(Reply::new(226, [stored_as, size.into_bytes()].concat()))
}

impl Expected<'_> {
    /// Receives the content, and checks whether its end is that of the file.
    async fn receive(
        &self,
        data: &mut DataConnection,
        upload: &mut Upload,
        kind: Type,
        tree: &Tree,
    ) -> Result<(), Refusal> {
        let mut length = 0;
        let ended = match kind {
            Type::Image => image(&mut data.conn, upload, &mut length).await,
            Type::Ascii => text(&mut data.conn, upload, &mut length).await,
        };
        // Over TLS the end is the client's close_notify (RFC 4217 section 7). lftp omits it for an empty file. An
        // attacker who cuts the connection must not empty an existing file.
        let is_silent = matches!(&ended, Err(Refusal::DataLost(error))
            if error.kind() == io::ErrorKind::UnexpectedEof);
        if !(self.is_whole && is_silent && length == 0 && self.replaces_nothing(tree).await?) {
            ended?;
        }
        let departure = sleep(DEPARTURE);
        // Sealing usually takes longer than the wait.
        upload.seal().await.map_err(Refusal::Store)?;
        match self.missing {
            Some(missing) if length < missing => return Err(Refusal::Short { length, missing }),
            Some(_) => return Ok(()),
            None => {}
        }
        // A client that was killed closes both connections, in either order.
        departure.await;
        if length == 0 && data.is_contested() { Err(Refusal::Contested) } else { Ok(()) }
    }

    /// Whether an empty upload replaces no content. In a drop box uploads replace nothing.
    async fn replaces_nothing(&self, tree: &Tree) -> Result<bool, Refusal> {
        let target = self.target;
        Ok(target.is_in_drop_box() || current(tree, target).await?.is_none_or(|meta| meta.size == 0))
    }
}

async fn current(tree: &Tree, target: &CommandTarget) -> Result<Option<Meta>, Refusal> {
    match tree.metadata(target.place()).await {
        Err(TreeError::NotFound) => Ok(None),
        found => found.map(Some).map_err(|error| target.withhold(error)),
    }
}

async fn image(data: &mut Conn, upload: &mut Upload, length: &mut u64) -> Result<(), Refusal> {
    while data.receive(upload.room(), ROOM).await.map_err(Refusal::DataLost)? > 0 {
        upload.advance().await.map_err(Refusal::Store)?;
        *length = upload.received();
    }
    Ok(())
}

/// `length` counts the bytes before conversion. When the upload is interrupted, a CR without its LF is not kept:
/// the client sends it again.
async fn text(data: &mut Conn, upload: &mut Upload, length: &mut u64) -> Result<(), Refusal> {
    let (mut decoder, mut piece) = (Decoder::default(), Vec::with_capacity(TEXT));
    while data.receive(&mut piece, TEXT).await.map_err(Refusal::DataLost)? > 0 {
        decoder.decode(&piece, upload.room());
        *length += piece.len() as u64;
        piece.clear();
        upload.advance().await.map_err(Refusal::Store)?;
    }
    decoder.finish(upload.room());
    Ok(())
}
