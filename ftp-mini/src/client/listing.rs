//! Lists directories by MLSD if the server supports it, else by LIST. If a line cannot be parsed, NLST adds
//! the missing names ([RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 7).
//!
//! Lines that are not understood are counted: only a complete listing proves that a name does not exist. A
//! name that is not [sound](is_sound) is not an entry, and counts as well.

use std::collections::HashSet;

use common::client::{Listing, Unread};
use common::escape::printable;
use common::net::clock;
use common::net::conn::{Conn, INPUT};
use memchr::memchr;

use super::entry::{RemoteEntry, is_sound};
use super::error::{ServerReason, SessionError};
use super::limits::{ENTRIES, HEADINGS, LINES, LISTED, LISTING, NAMED, SHOWN};
use super::session::Session;
use crate::wire::command::Verb;
use crate::wire::entry::EntryType;
use crate::wire::listing::ListLine;
use crate::wire::reply::Reply;
use crate::wire::{facts, listing};

const TOO_MANY: SessionError = SessionError::TooLong("more than 200,000 entries");

/// The format of the lines.
#[derive(Clone, Copy)]
enum ListingForm {
    Facts,
    /// Lines in a format that depends on the system, which all lines together determine.
    List,
    Names,
}

/// The listing so far.
#[derive(Default)]
struct Received {
    entries: Vec<RemoteEntry>,
    names: Vec<Vec<u8>>,
    /// The lines of LIST, until all have arrived.
    text: Vec<u8>,
    unread: Unread,
    /// NLST may find names that `unread` lacks.
    lacks_names: bool,
    /// The `unique` fact of the directory itself.
    identity: Option<Box<[u8]>>,
    lines: usize,
    bytes: usize,
}

impl Session {
    /// Lists a directory; an empty path means the current one. The entries are in the server's order, without the
    /// directory itself and its parent. More than 200,000 entries or 32 MiB are a [`SessionError::TooLong`].
    pub async fn list(&mut self, path: &[u8]) -> Result<Listing<RemoteEntry>, SessionError> {
        let mut received = self.entries(path).await?;
        if received.lacks_names && !self.is_over() {
            // The names are an addition, so a failure of NLST is ignored.
            let names = self.within(path, Verb::Nlst, ListingForm::Names).await.map(|listed| listed.names);
            self.add_named(path, names.unwrap_or_default(), &mut received.entries).await;
        }
        let mut listing = Listing::new(received.entries, received.unread);
        listing.identity = received.identity;
        Ok(listing)
    }

    async fn entries(&mut self, path: &[u8]) -> Result<Received, SessionError> {
        if self.features.mlst {
            match self.read(Verb::Mlsd, path, ListingForm::Facts).await {
                // MLST is listed as a feature, but not implemented.
                Err(SessionError::Refused { code: 500 | 502 | 504, .. }) => self.features.mlst = false,
                listed => return listed,
            }
        }
        self.within(path, Verb::List, ListingForm::List).await
    }

    /// Lists a directory by making it the current one temporarily. Servers take options and patterns from the
    /// argument of LIST, cut it at a space, and some reply 226 for a directory that does not exist.
    async fn within(&mut self, path: &[u8], verb: Verb, form: ListingForm) -> Result<Received, SessionError> {
        if path.is_empty() {
            return self.read(verb, path, form).await;
        }
        let Some(here) = self.known_directory().await? else {
            // The session could not return to the current directory.
            return self.read(verb, path, form).await;
        };
        self.control.perform(Verb::Cwd, Some(path)).await?;
        let listing = self.read(verb, b"", form).await;
        let back = self.control.perform(Verb::Cwd, Some(&here)).await;
        let listing = listing?;
        back?;
        Ok(listing)
    }

    async fn read(&mut self, verb: Verb, path: &[u8], form: ListingForm) -> Result<Received, SessionError> {
        let mut listing = Received::default();
        let argument = (!path.is_empty()).then_some(path);
        let read = async |data: &mut Conn| listing.receive(data, form).await;
        let ((), reply) = self.receive(verb, argument, 0, read).await?;
        listing.read_text()?;
        if says_incomplete(&reply) {
            listing.lack(|| format!("the server replied{}", ServerReason::from(&reply)));
        }
        Ok(listing)
    }

    /// Adds the names that have no entry, if the server reports their status.
    async fn add_named(&mut self, directory: &[u8], names: Vec<Vec<u8>>, entries: &mut Vec<RemoteEntry>) {
        let known: HashSet<&[u8]> = entries.iter().map(|entry| entry.name.as_slice()).collect();
        let unknown = names.into_iter().filter(|name| !known.contains(name.as_slice()));
        let unknown: Vec<_> = unknown.take(NAMED).collect();
        for name in unknown {
            match self.status(&super::join(directory, &name)).await {
                Ok(entry) => entries.push(RemoteEntry { name, ..entry }),
                Err(_) if self.is_over() => return,
                Err(_) => {}
            }
        }
    }
}

/// Whether a 2xx reply reports missing entries, like those of vsftpd (`226 Transfer done (but failed to open
/// directory).`) and Pure-FTPd (`226-Output truncated to 2000 matches`).
fn says_incomplete(reply: &Reply) -> bool {
    const WORDS: [&str; 8] = [
        "truncated",
        "failed to open",
        "unable to open",
        "cannot open",
        "can't open",
        "could not open",
        "denied",
        "incomplete",
    ];
    reply.lines().any(|line| {
        let line = String::from_utf8_lossy(line).to_lowercase();
        WORDS.iter().any(|words| line.contains(words))
    })
}

impl Received {
    async fn receive(&mut self, data: &mut Conn, form: ListingForm) -> Result<(), SessionError> {
        let mut buffer = Vec::with_capacity(INPUT);
        loop {
            let received = data.receive(&mut buffer, INPUT).await.map_err(SessionError::Data)?;
            self.bytes += received;
            if self.bytes > LISTING {
                return Err(SessionError::TooLong("more than 32 MiB"));
            }
            let mut rest = buffer.as_slice();
            while let Some(end) = memchr(b'\n', rest) {
                let (line, after) = rest.split_at(end);
                self.add(line.strip_suffix(b"\r").unwrap_or(line), form)?;
                rest = after.get(1..).unwrap_or_default();
            }
            if received == 0 {
                if !rest.trim_ascii().is_empty() {
                    self.lack(|| format!("the last line, {}, has no end", shown(rest)));
                }
                return Ok(());
            }
            let read = buffer.len() - rest.len();
            buffer.drain(..read);
            if buffer.len() > LISTED {
                return Err(SessionError::TooLong("a line of more than 16 KiB"));
            }
        }
    }

    /// Counts a missing entry whose name is unknown.
    fn lack(&mut self, what: impl FnOnce() -> String) {
        self.unread.add(what);
        self.lacks_names = true;
    }

    fn add(&mut self, line: &[u8], form: ListingForm) -> Result<(), SessionError> {
        self.lines += 1;
        if self.lines > LINES {
            return Err(SessionError::TooLong("more than 400,000 lines"));
        }
        match form {
            ListingForm::Names => {
                let name = line.strip_prefix(b"./").unwrap_or(line);
                if is_sound(name) {
                    self.names.push(name.to_vec());
                }
            }
            ListingForm::Facts => self.add_facts(line),
            ListingForm::List => {
                self.text.extend_from_slice(line);
                self.text.push(b'\n');
                if self.lines == ENTRIES + HEADINGS {
                    // An endless listing is received only up to the limit of MLSD.
                    let entries = listing::lines(&self.text, 0);
                    let entries = entries.filter(|(_, line)| matches!(line, ListLine::Entry(_))).count();
                    if entries > ENTRIES {
                        return Err(TOO_MANY);
                    }
                }
            }
        }
        self.check_bounds()
    }

    fn check_bounds(&self) -> Result<(), SessionError> {
        match self.entries.len() + self.names.len() {
            0..=ENTRIES => Ok(()),
            _ => Err(TOO_MANY),
        }
    }

    /// Reads the lines of LIST.
    fn read_text(&mut self) -> Result<(), SessionError> {
        let now = i64::try_from(clock::unix_seconds()).unwrap_or(i64::MAX);
        let text = std::mem::take(&mut self.text);
        for (line, read) in listing::lines(&text, now) {
            match read {
                ListLine::Entry(listed) if listed.kind == Some(EntryType::Dir) && is_dots(&listed.name) => {}
                ListLine::Entry(listed) => self.push(RemoteEntry::of_listed(&listed)),
                ListLine::Heading => {}
                ListLine::Unreadable => self.lack(|| format!("the line {} cannot be read", shown(line))),
            }
            self.check_bounds()?;
        }
        Ok(())
    }

    fn add_facts(&mut self, line: &[u8]) {
        match facts::parse(line) {
            Some((facts, name)) => match facts.kind {
                Some(EntryType::Current) => self.identity = facts.unique,
                Some(EntryType::Parent) => {}
                Some(EntryType::Dir) if is_dots(name) => {}
                _ => self.push(RemoteEntry::of_facts(facts, name.to_vec())),
            },
            None if line.trim_ascii().is_empty() => {}
            None => self.lack(|| format!("the line {} cannot be read", shown(line))),
        }
    }

    fn push(&mut self, entry: RemoteEntry) {
        match is_sound(&entry.name) {
            true => self.entries.push(entry),
            false => self.unread.add(|| format!("the name {} cannot be stored safely", shown(&entry.name))),
        }
    }
}

fn is_dots(name: &[u8]) -> bool {
    matches!(name, b"." | b"..")
}

/// Text from a server, quoted and cut after [`SHOWN`] bytes.
fn shown(text: &[u8]) -> String {
    match text.get(..SHOWN) {
        Some(start) => format!("'{}...'", printable(start)),
        None => format!("'{}'", printable(text)),
    }
}
