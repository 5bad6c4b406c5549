//! Lists what a pathname or a pattern names, like `ls`. RFC 959 specifies none of this;
//! [`wire::ls`](crate::wire::ls) parses the options.
//!
//! A name that exists is listed as itself, even if it looks like a pattern. A pattern is matched with the
//! names of one directory, which precedes it in the pathname; without a match the listing is empty.

use std::cmp::Ordering;
use std::net::IpAddr;

use common::files::{Entry, MAX_ENTRIES, Meta, SortFields, Sorted, Tree, TreeError};
use common::net::budget::{self, MemoryUse, Reservation};
use common::net::clock;
use common::net::offload::Busy;
use common::users::Action;

use super::{LineSink, listed_entry};
use crate::server::refusal::Refusal;
use crate::server::state::SessionState;
use crate::server::target::CommandTarget;
use crate::wire::entry::Perm;
use crate::wire::glob::{Glob, is_pattern};
use crate::wire::listing;
use crate::wire::ls::{Dots, LsArgument, LsOptions, LsOrder};
use crate::wire::pathname::Pathname;

/// Entries that are written at a time.
const PIECE: usize = 64;

pub(super) struct LsListing {
    options: LsOptions,
    /// Lines like those of `ls -l`, or names only.
    is_long: bool,
    /// The pathname as sent by the client.
    written: Vec<u8>,
    /// The directory, or the file.
    target: CommandTarget,
    found: ListingSubject,
    /// The client's.
    address: Option<IpAddr>,
}

enum ListingSubject {
    /// A file, or with `-d` a directory.
    Itself(Itself),
    Directory(Sorted),
    Matches(Sorted),
}

/// An entry that is listed alone.
struct Itself {
    name: Vec<u8>,
    meta: Meta,
    target: Option<Vec<u8>>,
}

impl Itself {
    fn new(name: &[u8], meta: Meta) -> Self {
        Self { name: name.to_vec(), meta, target: None }
    }

    fn entry(&self) -> Entry<'_> {
        let target = self.target.as_deref();
        Entry { is_link: target.is_some(), target, ..Entry::new(&self.name, self.meta) }
    }
}

impl LsListing {
    pub(super) async fn find(
        state: &SessionState,
        request: &LsArgument,
        is_long: bool,
        address: Option<IpAddr>,
    ) -> Result<Self, Refusal> {
        let tree = state.tree();
        let mut options = request.options;
        let target = state.path_or_directory(request.path.as_ref()).await?;
        target.check(Action::List)?;
        let written = request.path.as_ref().map(Pathname::as_bytes).unwrap_or_default();
        let slash = written.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
        let (above, name) = written.split_at_checked(slash).unwrap_or_default();
        let (target, written, found) = match tree.metadata(target.place()).await {
            Ok(meta) if meta.is_directory() && options.directory => {
                let itself = directory_itself(state, &target, written, meta, address).await?;
                (target, written, ListingSubject::Itself(itself))
            }
            Ok(meta) if meta.is_directory() => {
                let entries = sorted(tree, &target, address, options, None).await?;
                (target, written, ListingSubject::Directory(entries))
            }
            Ok(meta) => {
                let itself = Itself::new(target.path().name().unwrap_or_default(), meta);
                (target, written, ListingSubject::Itself(itself))
            }
            Err(TreeError::NotFound) if is_pattern(name) => {
                let target = state.target(state.directory.join(above).map_err(TreeError::from)?).await?;
                target.check(Action::List)?;
                if name.starts_with(b".") && options.dots == Dots::Hidden {
                    options.dots = Dots::AlmostAll;
                }
                let matches = sorted(tree, &target, address, options, Some(Glob::new(name))).await?;
                (target, above, ListingSubject::Matches(matches))
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Self { options, is_long, written: written.to_vec(), target, found, address })
    }

    pub(super) fn is_of_file(&self) -> bool {
        matches!(&self.found, ListingSubject::Itself(itself) if !itself.meta.is_directory())
    }

    pub(super) async fn write(self, tree: &Tree, sink: &mut impl LineSink) -> Result<(), Refusal> {
        let Self { options, is_long, written, target, found, address } = self;
        let form = LineFormat { is_long, now: clock::unix_seconds().cast_signed() };
        match found {
            ListingSubject::Itself(itself) => {
                let prefix = written.strip_suffix(&*itself.name).unwrap_or_default();
                form.write(prefix, &itself.entry(), sink.room().await?);
            }
            ListingSubject::Matches(entries) => form.write_all(&written, entries, sink).await?,
            ListingSubject::Directory(entries) => {
                let reserved = budget::reserve(MemoryUse::Listings, 0, address).map_err(TreeError::Busy)?;
                let mut walk = Walk { tree, options, form, pending: Vec::new(), reserved, listed: 0 };
                walk.level(entries, Level { target, shown: written }, sink).await?;
                while let Some(level) = walk.next() {
                    let entries = match sorted(tree, &level.target, address, options, None).await {
                        Ok(entries) => entries,
                        Err(error @ (TreeError::TooMany | TreeError::Busy(_))) => {
                            return Err(Refusal::cut_short(&error));
                        }
                        // Directories that cannot be opened are skipped, as by ls.
                        Err(_) => continue,
                    };
                    sink.room().await?.extend_from_slice(b"\r\n");
                    walk.level(entries, level, sink).await?;
                }
            }
        }
        Ok(())
    }
}

/// The entry of a directory for `-d`: with its name, or as written (`.`, `..`, `/`). A link to a directory is found
/// in its parent, whose listing has the link's target.
async fn directory_itself(
    state: &SessionState,
    target: &CommandTarget,
    written: &[u8],
    meta: Meta,
    address: Option<IpAddr>,
) -> Result<Itself, Refusal> {
    let slashes = written.iter().rev().take_while(|byte| **byte == b'/').count();
    let named = written.get(..written.len() - slashes).unwrap_or_default();
    let Some(name) = target.path().name().filter(|name| named.ends_with(name)) else {
        return Ok(Itself::new(if written.is_empty() { b"." } else { written }, meta));
    };
    let tree = state.tree();
    if tree.is_link(target.place()).await? {
        let siblings = tree.entries(target.parent(tree).await?.place(), address).await?;
        let link = siblings.iter().find(|entry| *entry.name == *name).ok_or(TreeError::NotFound)?;
        return Ok(Itself { target: link.target.map(Vec::from), ..Itself::new(name, link.meta) });
    }
    Ok(Itself::new(name, meta))
}

#[derive(Clone, Copy)]
struct LineFormat {
    is_long: bool,
    now: i64,
}

impl LineFormat {
    /// A line of LIST, or a name of NLST with its directory, so that it can be used as a pathname (RFC 1123
    /// section 4.1.2.7).
    fn write(self, directory: &[u8], found: &Entry<'_>, out: &mut Vec<u8>) {
        let entry = listed_entry(found, Perm::NONE);
        match self.is_long {
            true => listing::write_line(&entry, self.now, out),
            false => listing::write_name_line(directory, entry.name, out),
        }
    }

    async fn write_all(
        self,
        directory: &[u8],
        mut entries: Sorted,
        sink: &mut impl LineSink,
    ) -> Result<(), Refusal> {
        loop {
            let piece = entries.take(PIECE);
            if piece.is_empty() {
                return Ok(());
            }
            for found in &piece {
                self.write(directory, found, sink.room().await?);
            }
        }
    }
}

/// Walks a directory, and with `-R` those below it, but not links. The length of a path limits the depth, and
/// [`MAX_ENTRIES`] the number of entries.
struct Walk<'a> {
    tree: &'a Tree,
    options: LsOptions,
    form: LineFormat,
    pending: Vec<Level>,
    /// The memory of `pending`.
    reserved: Reservation,
    listed: usize,
}

struct Level {
    target: CommandTarget,
    /// Its pathname for the client.
    shown: Vec<u8>,
}

impl Level {
    /// The memory that it takes: its path is stored three times.
    fn bytes(&self) -> usize {
        size_of::<Self>() + 3 * self.shown.len()
    }
}

impl Walk<'_> {
    /// Lists one directory, and queues those in it.
    async fn level(
        &mut self,
        entries: Sorted,
        level: Level,
        sink: &mut impl LineSink,
    ) -> Result<(), Refusal> {
        self.listed += entries.len();
        if self.listed > MAX_ENTRIES {
            return Err(Refusal::cut_short(&TreeError::TooMany));
        }
        if self.options.recursive {
            let heading = if level.shown.is_empty() { b"." } else { level.shown.as_slice() };
            listing::write_heading(heading, sink.room().await?);
            self.queue_below(&level, &entries).await.map_err(|busy| Refusal::cut_short(&busy.into()))?;
        }
        let shown = inside(&level.shown);
        if self.options.dots == Dots::All {
            for (name, meta) in self.dots(&level.target).await {
                self.form.write(&shown, &Entry::new(name, meta), sink.room().await?);
            }
        }
        self.form.write_all(&shown, entries, sink).await
    }

    async fn queue_below(&mut self, level: &Level, entries: &Sorted) -> Result<(), Busy> {
        let directories = entries.iter().rev().filter(Entry::is_own_directory);
        for (number, entry) in (1..).zip(directories) {
            let target = level.target.child(&entry);
            // Directories that this user may not list are skipped.
            if target.may(Action::List) {
                let level = Level { target, shown: [&inside(&level.shown), entry.name].concat() };
                self.reserved.resize(self.reserved.bytes() + level.bytes())?;
                self.pending.push(level);
            }
            if number % PIECE == 0 {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    /// The directory to be listed next.
    fn next(&mut self) -> Option<Level> {
        let level = self.pending.pop()?;
        // Less is never refused.
        let _ = self.reserved.resize(self.reserved.bytes().saturating_sub(level.bytes()));
        Some(level)
    }

    /// `.` and `..`, which the tree does not list. The parent of the root is the root.
    async fn dots(&self, target: &CommandTarget) -> Vec<(&'static [u8], Meta)> {
        let parent = target.parent(self.tree).await;
        let mut dots = Vec::new();
        for (name, target) in [(&b"."[..], Some(target)), (b"..", parent.as_ref().ok())] {
            let Some(target) = target else { continue };
            dots.extend(self.tree.metadata(target.place()).await.ok().map(|meta| (name, meta)));
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

fn shows(options: LsOptions, name: &[u8]) -> bool {
    options.dots != Dots::Hidden || !name.starts_with(b".")
}

/// The entries of a directory that are shown and match, in order.
async fn sorted(
    tree: &Tree,
    target: &CommandTarget,
    address: Option<IpAddr>,
    options: LsOptions,
    glob: Option<Glob>,
) -> Result<Sorted, TreeError> {
    let entries = tree.entries(target.place(), address).await?;
    let keeps = move |entry: &Entry<'_>| {
        shows(options, entry.name) && glob.as_ref().is_none_or(|glob| glob.matches(entry.name))
    };
    let sort =
        move |entries| Sorted::new(entries, address, keeps, |left, right| compare(options, left, right));
    Ok(entries.compute(address, sort).await??)
}

fn compare(options: LsOptions, left: &SortFields<'_>, right: &SortFields<'_>) -> Ordering {
    let order = match options.order {
        LsOrder::Name => left.name.cmp(right.name),
        LsOrder::Time => right.modified.cmp(&left.modified).then_with(|| left.name.cmp(right.name)),
        LsOrder::Size => right.size.cmp(&left.size).then_with(|| left.name.cmp(right.name)),
    };
    if options.reverse { order.reverse() } else { order }
}
