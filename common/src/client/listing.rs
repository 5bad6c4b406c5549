//! [`Listing`], the entries of a remote directory and whether they are complete.

use std::fmt;

/// The entries of a directory that could be read, and whether any are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<E> {
    entries: Vec<E>,
    unread: Unread,
    /// Identifies the directory on its server, like the `unique` fact (RFC 3659 section 7.5.2).
    pub identity: Option<Box<[u8]>>,
}

/// The parts of a listing that could not be read. If there are any, a name that is not listed may exist.
#[must_use = "a name that is not listed may exist all the same"]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    count: usize,
    first: String,
}

impl<E> Listing<E> {
    /// The entries that could be read, and the unreadable parts.
    pub fn new(entries: Vec<E>, unread: Unread) -> Self {
        Self { entries, unread, identity: None }
    }

    /// The entries that could be read, and the unreadable parts.
    pub fn into_parts(self) -> (Vec<E>, Unread) {
        (self.entries, self.unread)
    }

    /// Converts the entries.
    pub fn map<T>(self, convert: impl FnMut(E) -> T) -> Listing<T> {
        let mut entries: Vec<T> = self.entries.into_iter().map(convert).collect();
        // The new entries may have reused the memory of the larger old ones.
        entries.shrink_to_fit();
        Listing { entries, unread: self.unread, identity: self.identity }
    }
}

impl Unread {
    /// Adds an unreadable part; messages describe the first one.
    pub fn add(&mut self, what: impl FnOnce() -> String) {
        if self.count == 0 {
            self.first = what();
        }
        self.count += 1;
    }

    /// Whether the whole listing was read.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl fmt::Display for Unread {
    /// `the listing is incomplete: the line 'x' cannot be read (and 2 more)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the listing is incomplete: {}", self.first)?;
        match self.count {
            0 | 1 => Ok(()),
            count => write!(f, " (and {} more)", count - 1),
        }
    }
}
