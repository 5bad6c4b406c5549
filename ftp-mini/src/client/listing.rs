//! Directories: MLSD where the server has it, else LIST.
//!
//! Names come from the server. Those that are not [sound](is_sound) are told apart, so that they can be
//! warned about, and never returned as entries. [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 7.

use common::clock;
use common::conn::{Conn, INPUT};
use memchr::memchr;

use super::entry::{Entry, is_sound};
use super::error::Error;
use super::limits::{ENTRIES, LINES, LISTED, LISTING, NAME};
use super::session::Session;
use crate::wire::command::Verb;
use crate::wire::entry::Kind;
use crate::wire::{facts, listing};

/// What is in a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Its entries, in the server's order, without itself and the directory above.
    pub entries: Vec<Entry>,
    /// Names that are none: they would lead elsewhere, or are too long, of which the beginning stands here.
    pub unsound: Vec<Vec<u8>>,
    /// Lines that have come, with those that are no entries.
    lines: usize,
    /// Bytes that have.
    bytes: usize,
}

/// How the lines are to be read.
#[derive(Clone, Copy)]
enum Form {
    Facts,
    List { now: i64 },
}

impl Session {
    /// What is in a directory; the current one for an empty path.
    ///
    /// # Errors
    /// [`Error`], among them [`Error::TooLong`] beyond 200,000 entries or 32 MiB.
    pub async fn list(&mut self, path: &[u8]) -> Result<Listing, Error> {
        if self.features.mlst {
            match self.read(Verb::Mlsd, path, Form::Facts).await {
                // It was only said to be there.
                Err(Error::Refused { code: 500 | 502 | 504, .. }) => self.features.mlst = false,
                listed => return listed,
            }
        }
        let form = Form::List { now: i64::try_from(clock::unix_seconds()).unwrap_or(i64::MAX) };
        if path.is_empty() {
            return self.read(Verb::List, path, form).await;
        }
        // Servers take options and patterns from the argument of LIST, cut it at a space, and some list
        // nothing, successfully, where there is no directory.
        let here = self.directory().await?;
        self.control.perform(Verb::Cwd, Some(path)).await?;
        let listing = self.read(Verb::List, b"", form).await;
        let back = self.control.perform(Verb::Cwd, Some(&here)).await;
        let listing = listing?;
        back?;
        Ok(listing)
    }

    async fn read(&mut self, verb: Verb, path: &[u8], form: Form) -> Result<Listing, Error> {
        let (mut transfer, mut data) = self.begin(verb, (!path.is_empty()).then_some(path), 0).await?;
        let mut listing = Listing::default();
        let received = transfer.alongside(listing.receive(&mut data, form)).await?;
        drop(data);
        match received {
            Ok(()) => transfer.complete().await.map(|()| listing),
            Err(error) => Err(transfer.fail(error).await),
        }
    }
}

impl Listing {
    /// One entry.
    #[must_use]
    pub fn of(entry: Entry) -> Self {
        Self { entries: vec![entry], ..Self::default() }
    }

    async fn receive(&mut self, data: &mut Conn, form: Form) -> Result<(), Error> {
        let mut buffer = Vec::with_capacity(INPUT);
        loop {
            let came = data.receive(&mut buffer, INPUT).await.map_err(Error::Data)?;
            self.bytes += came;
            if self.bytes > LISTING {
                return Err(Error::TooLong("more than 32 MiB"));
            }
            let mut rest = buffer.as_slice();
            while let Some(end) = memchr(b'\n', rest) {
                let (line, after) = rest.split_at(end);
                self.add(line, form)?;
                rest = after.get(1..).unwrap_or_default();
            }
            if came == 0 {
                // The last line may lack its end.
                return self.add(rest, form);
            }
            let read = buffer.len() - rest.len();
            buffer.drain(..read);
            if buffer.len() > LISTED {
                return Err(Error::TooLong("a line of more than 16 KiB"));
            }
        }
    }

    fn add(&mut self, line: &[u8], form: Form) -> Result<(), Error> {
        self.lines += 1;
        if self.lines > LINES {
            return Err(Error::TooLong("more than 400,000 lines"));
        }
        let Some(mut entry) = entry(line, form) else { return Ok(()) };
        match is_sound(&entry.name) {
            true => self.entries.push(entry),
            false => {
                entry.name.truncate(NAME);
                entry.name.shrink_to_fit();
                self.unsound.push(entry.name);
            }
        }
        match self.entries.len() + self.unsound.len() {
            0..=ENTRIES => Ok(()),
            _ => Err(Error::TooLong("more than 200,000 entries")),
        }
    }
}

/// The entry that a line tells of. `None`: it is none, or the directory itself or the one above.
fn entry(line: &[u8], form: Form) -> Option<Entry> {
    match form {
        Form::Facts => {
            let (facts, name) = facts::parse(line.strip_suffix(b"\r").unwrap_or(line))?;
            let is_other = !matches!(facts.kind, Some(Kind::Current | Kind::Parent));
            is_other.then(|| Entry::of_facts(&facts, name.to_vec()))
        }
        Form::List { now } => {
            let listed = listing::read(line, now)?;
            let is_other = !(listed.kind == Kind::Dir && matches!(listed.name, b"." | b".."));
            is_other.then(|| Entry::of_listed(&listed))
        }
    }
}
