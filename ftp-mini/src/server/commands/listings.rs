//! LIST, NLST, MLSD, and STAT with an argument: what is in a directory.
//! [RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.3, RFC 1123 section 4.1.2.7,
//! [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 7.
//!
//! A name that exists is listed as itself, even if it looks like a pattern. A pattern is matched
//! against the names of one directory, which the rest of the pathname gives; one that matches nothing
//! is an empty listing.

use std::collections::HashSet;

use common::clock;
use common::conn::{Conn, HIGH_WATER};
use common::files::{Entry, Error, List, MAX_ENTRIES, Meta, Tree, TreePath};
use common::offload;

use crate::server::commands::transfer::over_data;
use crate::server::control::Control;
use crate::server::limits;
use crate::server::refusal::Refusal;
use crate::server::session::Session;
use crate::wire::entry::{self, Kind, Perm};
use crate::wire::facts;
use crate::wire::glob::{Glob, is_pattern};
use crate::wire::listing;
use crate::wire::ls::{Dots, Options, Order, Request};
use crate::wire::pathname::Pathname;
use crate::wire::reply::Reply;

/// From so many entries on they are sorted off the event loop.
const MANY: usize = 10_000;
/// What is shown as the owner and group of everything: a name that says nothing of the machine.
const OWNER: &str = "ftp";

/// LIST.
pub(in crate::server) async fn list(
    session: &mut Session,
    request: &Request,
    control: &mut Control,
) -> Result<Reply, Refusal> {
    send(session, Listing::find(session, request, true).await?, control).await
}

/// NLST. With `-l` it is LIST.
pub(in crate::server) async fn nlst(
    session: &mut Session,
    request: &Request,
    control: &mut Control,
) -> Result<Reply, Refusal> {
    send(session, Listing::find(session, request, request.options.long).await?, control).await
}

async fn send(session: &mut Session, listing: Listing, control: &mut Control) -> Result<Reply, Refusal> {
    let worker = session.worker();
    over_data(session, control, async |data| listing.write(&worker.tree, data).await).await
}

/// MLSD, in the order of the file system.
pub(in crate::server) async fn mlsd(
    session: &mut Session,
    path: Option<&Pathname>,
    control: &mut Control,
) -> Result<Reply, Refusal> {
    let path = session.path_or_directory(path)?;
    let mut list = match session.tree().list(&path).await {
        Err(Error::NotDirectory) => return Err(Refusal::NoDirectory),
        list => list?,
    };
    let facts = session.facts;
    over_data(session, control, async |data| {
        while let Some(batch) = list.next().await.map_err(|error| Refusal::cut_short(&error))? {
            for Entry { name, meta } in &batch {
                facts::write_line(facts, &entry(name, meta), data.room().await?);
            }
        }
        Ok(())
    })
    .await
}

/// STAT of a path: LIST in the reply (RFC 959 section 4.1.3).
pub(in crate::server) async fn stat(session: &Session, request: &Request) -> Result<Reply, Refusal> {
    let listing = Listing::find(session, request, true).await?;
    let code = if matches!(listing.found, Found::File(_)) { 213 } else { 212 };
    let mut lines = Vec::new();
    listing.write(session.tree(), &mut lines).await?;
    let lines = lines.strip_suffix(b"\r\n").unwrap_or(&lines).split(|byte| *byte == b'\n');
    let reply = lines
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .fold(Reply::new(code, "Status:"), |reply, line| reply.line(line.to_vec()));
    Ok(reply.line("End"))
}

/// What a listing tells about a file or directory of a tree that can only be read.
pub(super) fn entry<'a>(name: &'a [u8], meta: &Meta) -> entry::Entry<'a> {
    let (kind, perm) = match meta.is_directory() {
        true => (Kind::Dir, Perm::ENTER | Perm::LIST),
        false => (Kind::File, Perm::READ),
    };
    entry::Entry {
        name,
        kind,
        size: meta.size,
        modified: meta.modified_unix(),
        mode: meta.mode,
        links: meta.links.into(),
        owner: OWNER,
        group: OWNER,
        unique: meta.version.identity(),
        perm,
    }
}

/// Where the lines of a listing go.
trait Sink {
    /// Room for the next line.
    async fn room(&mut self) -> Result<&mut Vec<u8>, Refusal>;
}

impl Sink for Conn {
    async fn room(&mut self) -> Result<&mut Vec<u8>, Refusal> {
        if self.out().len() >= HIGH_WATER {
            self.flush().await.map_err(Refusal::DataLost)?;
        }
        Ok(self.out())
    }
}

/// The text of a reply.
impl Sink for Vec<u8> {
    async fn room(&mut self) -> Result<&mut Vec<u8>, Refusal> {
        match self.len() {
            0..limits::STATUS => Ok(self),
            _ => Err(Refusal::TooLong),
        }
    }
}

/// What is to be listed, and how.
struct Listing {
    options: Options,
    /// Lines as `ls -l` has them, or names only.
    is_long: bool,
    /// The pathname as the client wrote it.
    written: Vec<u8>,
    /// The directory, or the file.
    path: TreePath,
    found: Found,
}

enum Found {
    File(Meta),
    Directory(List),
    Matches(List, Glob),
}

impl Listing {
    async fn find(session: &Session, request: &Request, is_long: bool) -> Result<Self, Refusal> {
        let tree = session.tree();
        let path = session.path_or_directory(request.path.as_ref())?;
        let written = request.path.as_ref().map(Pathname::as_bytes).unwrap_or_default();
        let slash = written.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
        let (above, name) = written.split_at_checked(slash).unwrap_or_default();
        let (path, written, found) = match tree.metadata(&path).await {
            Ok(meta) if meta.is_directory() => {
                let list = tree.list(&path).await?;
                (path, written, Found::Directory(list))
            }
            Ok(meta) => (path, written, Found::File(meta)),
            Err(Error::NotFound) if is_pattern(name) => {
                let path = session.directory.join(above).map_err(Error::from)?;
                let list = tree.list(&path).await?;
                (path, above, Found::Matches(list, Glob::new(name)))
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Self { options: request.options, is_long, written: written.to_vec(), path, found })
    }

    async fn write(self, tree: &Tree, sink: &mut impl Sink) -> Result<(), Refusal> {
        let Self { options, is_long, written, path, found } = self;
        let form = Form { is_long, now: clock::unix_seconds().cast_signed() };
        match found {
            Found::File(meta) => {
                let name = path.name().unwrap_or_default();
                let prefix = written.strip_suffix(name).unwrap_or_default();
                form.write(prefix, name, &meta, sink.room().await?);
            }
            Found::Matches(list, glob) => {
                let mut entries = collect(list).await?;
                entries.retain(|entry| glob.matches(&entry.name));
                form.write_all(&written, &sorted(entries, options).await?, sink).await?;
            }
            Found::Directory(list) => {
                let mut walk = Walk { tree, options, form, seen: HashSet::new(), pending: Vec::new(), listed: 0 };
                walk.level(list, Level { path, shown: written }, sink).await?;
                while let Some(level) = walk.pending.pop() {
                    // What cannot be opened is left out, and the rest goes on, as with ls.
                    let Ok(list) = tree.list(&level.path).await else { continue };
                    sink.room().await?.extend_from_slice(b"\r\n");
                    walk.level(list, level, sink).await?;
                }
            }
        }
        Ok(())
    }
}

/// How an entry is shown.
#[derive(Clone, Copy)]
struct Form {
    is_long: bool,
    now: i64,
}

impl Form {
    /// A line of LIST, or one of NLST, whose names can be used as they are (RFC 1123 section
    /// 4.1.2.7) and so begin with the directory.
    fn write(self, directory: &[u8], name: &[u8], meta: &Meta, out: &mut Vec<u8>) {
        match self.is_long {
            true => listing::write_line(&entry(name, meta), self.now, out),
            false => {
                out.extend_from_slice(directory);
                listing::write_name_line(name, out);
            }
        }
    }

    async fn write_all(
        self,
        directory: &[u8],
        entries: &[Entry],
        sink: &mut impl Sink,
    ) -> Result<(), Refusal> {
        for Entry { name, meta } in entries {
            self.write(directory, name, meta, sink.room().await?);
        }
        Ok(())
    }
}

/// A directory, and with `-R` those below it: each once, however many symlinks lead to it. The depth
/// is bounded by the length of a path, the whole by [`MAX_ENTRIES`].
struct Walk<'a> {
    tree: &'a Tree,
    options: Options,
    form: Form,
    seen: HashSet<(u64, u64)>,
    pending: Vec<Level>,
    listed: usize,
}

/// A directory that is listed.
struct Level {
    path: TreePath,
    /// Its pathname, as the client would write it.
    shown: Vec<u8>,
}

impl Walk<'_> {
    /// Lists one directory and takes note of those in it.
    async fn level(&mut self, list: List, level: Level, sink: &mut impl Sink) -> Result<(), Refusal> {
        let mut entries = collect(list).await?;
        self.listed += entries.len();
        if self.listed > MAX_ENTRIES {
            return Err(Refusal::cut_short(&Error::TooMany));
        }
        if self.options.dots == Dots::Hidden {
            entries.retain(|entry| !entry.name.starts_with(b"."));
        }
        let mut entries = sorted(entries, self.options).await?;
        if self.options.recursive {
            let heading = if level.shown.is_empty() { b"." } else { level.shown.as_slice() };
            let out = sink.room().await?;
            out.extend_from_slice(heading);
            out.extend_from_slice(b":\r\n");
            self.note_below(&level, &entries);
        }
        if self.options.dots == Dots::All {
            entries.splice(..0, self.dots(&level.path).await);
        }
        self.form.write_all(&inside(&level.shown), &entries, sink).await
    }

    /// Those below come next, in their order.
    fn note_below(&mut self, level: &Level, entries: &[Entry]) {
        for Entry { name, meta } in entries.iter().rev() {
            if meta.is_directory() && self.seen.insert(meta.version.identity()) {
                let shown = [&inside(&level.shown), &name[..]].concat();
                self.pending.push(Level { path: level.path.child(name), shown });
            }
        }
    }

    /// `.` and `..`, which no tree lists. Above the root is the root.
    async fn dots(&self, path: &TreePath) -> Vec<Entry> {
        let parent = path.parent().unwrap_or(TreePath::ROOT);
        let mut dots = Vec::new();
        for (name, path) in [(&b"."[..], path), (b"..", &parent)] {
            dots.extend(self.tree.metadata(path).await.ok().map(|meta| Entry { name: name.into(), meta }));
        }
        dots
    }
}

/// What stands before the names of a directory: nothing in the current one, `pub/` in `pub`.
fn inside(shown: &[u8]) -> Vec<u8> {
    match shown {
        [] | b"." => Vec::new(),
        [.., b'/'] => shown.to_vec(),
        _ => [shown, b"/"].concat(),
    }
}

async fn collect(list: List) -> Result<Vec<Entry>, Refusal> {
    list.collect().await.map_err(|error| Refusal::cut_short(&error))
}

async fn sorted(mut entries: Vec<Entry>, options: Options) -> Result<Vec<Entry>, Refusal> {
    if entries.len() < MANY {
        sort(&mut entries, options);
        return Ok(entries);
    }
    let sort_all = move || {
        sort(&mut entries, options);
        entries
    };
    offload::run(sort_all).await.map_err(|busy| Refusal::cut_short(&busy.into()))
}

fn sort(entries: &mut [Entry], options: Options) {
    entries.sort_unstable_by(|left, right| {
        let order = match options.order {
            Order::Name => left.name.cmp(&right.name),
            Order::Time => right.meta.modified.cmp(&left.meta.modified).then_with(|| left.name.cmp(&right.name)),
            Order::Size => right.meta.size.cmp(&left.meta.size).then_with(|| left.name.cmp(&right.name)),
        };
        if options.reverse { order.reverse() } else { order }
    });
}
