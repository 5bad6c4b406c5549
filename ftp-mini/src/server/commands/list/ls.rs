//! Lists what a pathname or a pattern names, like `ls`. RFC 959 specifies none of this;
//! [`wire::ls`](crate::wire::ls) parses the options.
//!
//! A name that exists is listed as itself, even if it looks like a pattern. A pattern is matched with the
//! names of one directory, which precedes it in the pathname; without a match the listing is empty.

use common::files::{Entry, Error, List, MAX_ENTRIES, Meta, Tree};
use common::net::clock;
use common::net::offload;
use common::users::Action;

use super::{Sink, listed_entry};
use crate::server::refusal::Refusal;
use crate::server::state::State;
use crate::server::target::Target;
use crate::wire::entry::{self, Perm};
use crate::wire::glob::{Glob, is_pattern};
use crate::wire::listing;
use crate::wire::ls::{Dots, Options, Order, Request};
use crate::wire::pathname::Pathname;

/// From this number of entries on, they are sorted on another thread.
const MANY: usize = 10_000;

pub(super) struct Listing {
    options: Options,
    /// Lines like those of `ls -l`, or names only.
    is_long: bool,
    /// The pathname as sent by the client.
    written: Vec<u8>,
    /// The directory, or the file.
    target: Target,
    found: Found,
}

enum Found {
    /// A file, or with `-d` a directory.
    Itself(Box<Entry>),
    Directory(List),
    Matches(List, Glob),
}

impl Listing {
    pub(super) async fn find(state: &State, request: &Request, is_long: bool) -> Result<Self, Refusal> {
        let tree = state.tree();
        let mut options = request.options;
        let target = state.path_or_directory(request.path.as_ref()).await?;
        target.check(Action::List)?;
        let written = request.path.as_ref().map(Pathname::as_bytes).unwrap_or_default();
        let slash = written.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
        let (above, name) = written.split_at_checked(slash).unwrap_or_default();
        let (target, written, found) = match tree.metadata(target.place()).await {
            Ok(meta) if meta.is_directory() && options.directory => {
                let entry = directory_itself(state, &target, written, meta).await?;
                (target, written, Found::Itself(entry.into()))
            }
            Ok(meta) if meta.is_directory() => {
                let list = tree.list(target.place()).await?;
                (target, written, Found::Directory(list))
            }
            Ok(meta) => {
                let entry = Entry::new(target.path().name().unwrap_or_default(), meta);
                (target, written, Found::Itself(entry.into()))
            }
            Err(Error::NotFound) if is_pattern(name) => {
                let target = state.target(state.directory.join(above).map_err(Error::from)?).await?;
                target.check(Action::List)?;
                let list = tree.list(target.place()).await?;
                if name.starts_with(b".") && options.dots == Dots::Hidden {
                    options.dots = Dots::AlmostAll;
                }
                (target, above, Found::Matches(list, Glob::new(name)))
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Self { options, is_long, written: written.to_vec(), target, found })
    }

    pub(super) fn is_of_file(&self) -> bool {
        matches!(&self.found, Found::Itself(entry) if !entry.meta.is_directory())
    }

    pub(super) async fn write(self, tree: &Tree, sink: &mut impl Sink) -> Result<(), Refusal> {
        let Self { options, is_long, written, target, found } = self;
        let form = LineFormat { is_long, now: clock::unix_seconds().cast_signed() };
        match found {
            Found::Itself(entry) => {
                let prefix = written.strip_suffix(&*entry.name).unwrap_or_default();
                form.write(prefix, &listed_entry(&entry, Perm::NONE), sink.room().await?);
            }
            Found::Matches(list, glob) => {
                let mut entries = collect(list).await?;
                entries.retain(|entry| shows(options, &entry.name) && glob.matches(&entry.name));
                form.write_all(&written, &sorted(entries, options).await?, sink).await?;
            }
            Found::Directory(list) => {
                let mut walk = Walk { tree, options, form, pending: Vec::new(), listed: 0 };
                walk.level(list, Level { target, shown: written }, sink).await?;
                while let Some(level) = walk.pending.pop() {
                    // Directories that cannot be opened are skipped, as by ls.
                    let Ok(list) = tree.list(level.target.place()).await else { continue };
                    sink.room().await?.extend_from_slice(b"\r\n");
                    walk.level(list, level, sink).await?;
                }
            }
        }
        Ok(())
    }
}

/// The entry of a directory for `-d`: with its name, or as written (`.`, `..`, `/`). A link to a directory is found
/// in its parent, whose listing has the link's target.
async fn directory_itself(
    state: &State,
    target: &Target,
    written: &[u8],
    meta: Meta,
) -> Result<Entry, Refusal> {
    let slashes = written.iter().rev().take_while(|byte| **byte == b'/').count();
    let named = written.get(..written.len() - slashes).unwrap_or_default();
    let Some(name) = target.path().name().filter(|name| named.ends_with(name)) else {
        return Ok(Entry::new(if written.is_empty() { b"." } else { written }, meta));
    };
    let tree = state.tree();
    if tree.is_link(target.place()).await? {
        let siblings = collect(tree.list(target.parent(tree).await?.place()).await?).await?;
        let link = siblings.into_iter().find(|entry| *entry.name == *name);
        return Ok(link.ok_or(Error::NotFound)?);
    }
    Ok(Entry::new(name, meta))
}

#[derive(Clone, Copy)]
struct LineFormat {
    is_long: bool,
    now: i64,
}

impl LineFormat {
    /// A line of LIST, or a name of NLST with its directory, so that it can be used as a pathname (RFC 1123
    /// section 4.1.2.7).
    fn write(self, directory: &[u8], found: &entry::ListEntry<'_>, out: &mut Vec<u8>) {
        match self.is_long {
            true => listing::write_line(found, self.now, out),
            false => listing::write_name_line(directory, found.name, out),
        }
    }

    async fn write_all(
        self,
        directory: &[u8],
        entries: &[Entry],
        sink: &mut impl Sink,
    ) -> Result<(), Refusal> {
        for found in entries {
            self.write(directory, &listed_entry(found, Perm::NONE), sink.room().await?);
        }
        Ok(())
    }
}

/// Walks a directory, and with `-R` those below it, but not links. The length of a path limits the depth, and
/// [`MAX_ENTRIES`] the number of entries.
struct Walk<'a> {
    tree: &'a Tree,
    options: Options,
    form: LineFormat,
    pending: Vec<Level>,
    listed: usize,
}

struct Level {
    target: Target,
    /// Its pathname for the client.
    shown: Vec<u8>,
}

impl Walk<'_> {
    /// Lists one directory, and queues those in it.
    async fn level(&mut self, list: List, level: Level, sink: &mut impl Sink) -> Result<(), Refusal> {
        let mut entries = collect(list).await?;
        self.listed += entries.len();
        if self.listed > MAX_ENTRIES {
            return Err(Refusal::cut_short(&Error::TooMany));
        }
        entries.retain(|entry| shows(self.options, &entry.name));
        let mut entries = sorted(entries, self.options).await?;
        if self.options.recursive {
            let heading = if level.shown.is_empty() { b"." } else { level.shown.as_slice() };
            listing::write_heading(heading, sink.room().await?);
            self.queue_below(&level, &entries);
        }
        if self.options.dots == Dots::All {
            entries.splice(..0, self.dots(&level.target).await);
        }
        self.form.write_all(&inside(&level.shown), &entries, sink).await
    }

    fn queue_below(&mut self, level: &Level, entries: &[Entry]) {
        for entry in entries.iter().rev().filter(|entry| entry.is_own_directory()) {
            let target = level.target.child(entry);
            // Directories that this user may not list are skipped.
            if target.may(Action::List) {
                let shown = [&inside(&level.shown), &entry.name[..]].concat();
                self.pending.push(Level { target, shown });
            }
        }
    }

    /// `.` and `..`, which the tree does not list. The parent of the root is the root.
    async fn dots(&self, target: &Target) -> Vec<Entry> {
        let parent = target.parent(self.tree).await;
        let mut dots = Vec::new();
        for (name, target) in [(&b"."[..], Some(target)), (b"..", parent.as_ref().ok())] {
            let Some(target) = target else { continue };
            dots.extend(self.tree.metadata(target.place()).await.ok().map(|meta| Entry::new(name, meta)));
        }
        dots
    }
}

/// The prefix of the names in a directory: `pub/` in `pub`, empty in the current one.
fn inside(shown: &[u8]) -> Vec<u8> {
    match shown {
        [] | b"." => Vec::new(),
        [.., b'/'] => shown.to_vec(),
        _ => [shown, b"/"].concat(),
    }
}

fn shows(options: Options, name: &[u8]) -> bool {
    options.dots != Dots::Hidden || !name.starts_with(b".")
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

/// The stable sort profits from the sorted runs in which a tree lists.
fn sort(entries: &mut [Entry], options: Options) {
    entries.sort_by(|left, right| {
        let order = match options.order {
            Order::Name => left.name.cmp(&right.name),
            Order::Time => {
                right.meta.modified.cmp(&left.meta.modified).then_with(|| left.name.cmp(&right.name))
            }
            Order::Size => right.meta.size.cmp(&left.meta.size).then_with(|| left.name.cmp(&right.name)),
        };
        if options.reverse { order.reverse() } else { order }
    });
}
