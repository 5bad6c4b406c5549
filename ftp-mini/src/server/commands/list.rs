//! LIST, NLST and STAT with an argument ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.3, RFC
//! 1123 section 4.1.2.7), and MLSD ([RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 7).

mod ls;

use std::rc::Rc;

use common::files::{Entries, Entry, Meta, TreeError};
use common::net::conn::{Conn, HIGH_WATER};
use common::users::Action;

use crate::server::control::ServerControl;
use crate::server::limits;
use crate::server::refusal::{Outcome, Refusal};
use crate::server::state::SessionState;
use crate::server::transfer;
use crate::wire::entry::{self, EntryType, Perm};
use crate::wire::facts;
use crate::wire::ls::LsArgument;
use crate::wire::pathname::Pathname;
use crate::wire::reply::Reply;
use ls::LsListing;

/// The owner and group in listings, which reveals nothing about the machine.
const OWNER: &str = "ftp";

/// The permission bits of a link, as `ls` shows them.
const LINK_MODE: u32 = 0o777;

/// `is_long`: lines as of LIST, or names only.
pub(super) async fn list(
    state: &mut SessionState,
    request: &LsArgument,
    is_long: bool,
    control: &mut ServerControl,
) -> Outcome {
    let listing = LsListing::find(state, request, is_long, control.peer().ip()).await?;
    let worker = Rc::clone(&state.worker);
    // Boxed: this future is larger than those of the other commands.
    transfer::send(state, control, async |data| Box::pin(listing.write(&worker.tree, data)).await).await
}

/// MLSD, in the order of the file system.
pub(super) async fn mlsd(
    state: &mut SessionState,
    path: Option<&Pathname>,
    control: &mut ServerControl,
) -> Outcome {
    let target = state.path_or_directory(path).await?;
    target.check(Action::List)?;
    if !state.tree().metadata(target.place()).await?.is_directory() {
        return Err(Refusal::NoDirectory);
    }
    let address = control.peer().ip();
    let whole = match state.tree().entries(target.place(), address).await {
        // Nothing is sorted, so a longer list can be sent in parts.
        Err(TreeError::TooMany) => None,
        entries => Some(entries?),
    };
    let mut parts = state.tree().list(target.place(), address).await?;
    let (facts, worker) = (state.facts, Rc::clone(&state.worker));
    let write = async |data: &mut Conn, entries: &Entries| {
        for found in entries.iter() {
            let perm = target.child(&found).perm(&worker.tree, &found.meta);
            facts::write_line(facts, &listed_entry(&found, perm), data.room().await?);
        }
        Ok(())
    };
    transfer::send(state, control, async |data| {
        if let Some(entries) = whole {
            return write(data, &entries).await;
        }
        while let Some(entries) = parts.next().await.map_err(|error| Refusal::cut_short(&error))? {
            write(data, entries).await?;
        }
        Ok(())
    })
    .await
}

/// STAT of a path: LIST in the reply (RFC 959 section 4.1.3).
pub(super) async fn stat(state: &SessionState, request: &LsArgument, control: &ServerControl) -> Outcome {
    let listing = LsListing::find(state, request, true, control.peer().ip()).await?;
    let code = if listing.is_of_file() { 213 } else { 212 };
    let mut lines = Vec::new();
    listing.write(state.tree(), &mut lines).await?;
    let lines = lines.strip_suffix(b"\r\n").unwrap_or(&lines).split(|byte| *byte == b'\n');
    let reply = lines
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .fold(Reply::new(code, "Status:"), |reply, line| reply.line(line.to_vec()));
    Ok(reply.line("End"))
}

/// The entry of a name in a directory. A link to a directory is listed as a link, so that no client takes the
/// target for a directory of its own and empties it.
pub(super) fn listed_entry<'a>(found: &Entry<'a>, perm: Perm) -> entry::ListEntry<'a> {
    match found.target {
        None => entry_of(found.name, &found.meta, perm),
        Some(target) => entry::ListEntry {
            kind: EntryType::Link,
            size: target.len() as u64,
            mode: LINK_MODE,
            links: 1,
            target,
            ..entry_of(found.name, &found.meta, perm)
        },
    }
}

pub(super) fn entry_of<'a>(name: &'a [u8], meta: &Meta, perm: Perm) -> entry::ListEntry<'a> {
    entry::ListEntry {
        name,
        kind: if meta.is_directory() { EntryType::Dir } else { EntryType::File },
        size: meta.size,
        modified: meta.modified_unix(),
        mode: meta.mode,
        links: meta.links.into(),
        owner: OWNER,
        group: OWNER,
        unique: meta.version.identity(),
        perm,
        target: b"",
    }
}

/// Receives the lines of a listing.
trait LineSink {
    async fn room(&mut self) -> Result<&mut Vec<u8>, Refusal>;
}

impl LineSink for Conn {
    async fn room(&mut self) -> Result<&mut Vec<u8>, Refusal> {
        if self.out().len() >= HIGH_WATER {
            self.flush().await.map_err(Refusal::of_transfer)?;
            // A client that receives as fast as lines are written must not keep the thread for itself.
            tokio::task::yield_now().await;
        }
        Ok(self.out())
    }
}

/// The text of a reply.
impl LineSink for Vec<u8> {
    async fn room(&mut self) -> Result<&mut Vec<u8>, Refusal> {
        match self.len() {
            0..limits::STATUS => Ok(self),
            _ => Err(Refusal::TooLong),
        }
    }
}
