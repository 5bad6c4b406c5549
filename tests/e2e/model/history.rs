//! Random histories: commands of several clients over both protocols, with faults.

use std::fmt;

/// A path below the directory of the history.
pub(super) type Path = &'static str;

/// So few names that commands meet.
const PATHS: [Path; 7] = ["a", "b", "d", "d/a", "d/e", "d/e/b", "f"];

/// The clients, each with a connection of HTTP and a session of FTP.
pub(super) const CLIENTS: usize = 3;

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) client: usize,
    pub(super) command: Command,
    pub(super) fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    None,
    /// Each byte arrives alone.
    Slow,
    /// The connection ends after half of the content, or of a request or command without content.
    Cut,
}

#[derive(Clone, Debug)]
pub(super) enum Command {
    Get(Path, Option<(usize, usize)>),
    List(Path),
    Put(Path, Condition, Content),
    /// The first half of a PUT; the other half comes with `Finish`, after commands of others.
    Begin(Path, Condition, Content),
    Finish,
    /// A file in two pieces.
    Patch(Path, Content),
    Delete(Path, Depth),
    Mkcol(Path),
    Move(Path, Path, Overwrite),
    Copy(Path, Path, Overwrite),
    Cwd(Path),
    Retr(Path, usize),
    /// From an offset, with REST.
    Stor(Path, usize, Content),
    Appe(Path, Content),
    Size(Path),
    Mlsd(Path),
    Dele(Path),
    Mkd(Path),
    Rmd(Path),
    Rename(Path, Path),
}

impl Command {
    pub(super) fn is_of_ftp(&self) -> bool {
        use Command::{Appe, Cwd, Dele, Mkd, Mlsd, Rename, Retr, Rmd, Size, Stor};
        matches!(
            self,
            Appe(..)
                | Cwd(_)
                | Dele(_)
                | Mkd(_)
                | Mlsd(_)
                | Rename(..)
                | Retr(..)
                | Rmd(_)
                | Size(_)
                | Stor(..)
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Condition {
    None,
    /// `If-Match: *`
    Exists,
    /// `If-None-Match: *`
    IsFree,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Depth {
    Zero,
    Infinity,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Overwrite {
    True,
    False,
}

/// The content of an upload, different in each.
#[derive(Clone, PartialEq)]
pub(super) struct Content(pub(super) Vec<u8>);

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes {:?}", self.0.len(), String::from_utf8_lossy(self.0.get(..8).unwrap_or(&self.0)))
    }
}

/// xorshift64 (Marsaglia 2003)
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn path(&mut self) -> Path {
        self.pick(&PATHS)
    }

    fn content(&mut self, number: usize) -> Content {
        let length = self.pick(&[0, 1, 10, 40, 40, 100, 70_000]);
        Self::content_of(number, length)
    }

    fn content_of(number: usize, length: usize) -> Content {
        Content(format!("{number:08} ").bytes().cycle().take(length).collect())
    }

    pub(super) fn history(&mut self) -> Vec<Step> {
        // Otherwise most commands would find nothing.
        let first = Step { client: 0, command: Command::Mkcol("d"), fault: Fault::None };
        let length = 4 + self.below(12);
        [first].into_iter().chain((0..length).map(|number| self.step(number))).collect()
    }

    fn step(&mut self, number: usize) -> Step {
        let fault = self.pick(&[Fault::None, Fault::None, Fault::None, Fault::None, Fault::Slow, Fault::Cut]);
        Step { client: self.below(CLIENTS), command: self.command(number), fault }
    }

    fn command(&mut self, number: usize) -> Command {
        let (path, other) = (self.path(), self.path());
        let overwrite = self.pick(&[Overwrite::True, Overwrite::False]);
        let condition = self.pick(&[Condition::None, Condition::None, Condition::Exists, Condition::IsFree]);
        let offset = self.pick(&[0, 0, 1, 10, 50]);
        match self.below(24) {
            0 => Command::Get(path, None),
            1 => Command::Get(path, Some((offset, offset + self.below(100)))),
            2 => Command::List(path),
            3 | 4 => Command::Put(path, condition, self.content(number)),
            5 => Command::Begin(path, condition, Self::content_of(number, 10)),
            6 | 7 => Command::Finish,
            8 => Command::Patch(path, self.content(number)),
            9 => Command::Delete(path, self.pick(&[Depth::Zero, Depth::Infinity])),
            10 => Command::Mkcol(path),
            11 => Command::Move(path, other, overwrite),
            12 => Command::Copy(path, other, overwrite),
            13 => Command::Cwd(self.pick(&["", "d", "d/e", "a"])),
            14 => Command::Retr(path, offset),
            15 | 16 => Command::Stor(path, offset, self.content(number)),
            17 => Command::Appe(path, self.content(number)),
            18 => Command::Size(path),
            19 => Command::Mlsd(path),
            20 => Command::Dele(path),
            21 => Command::Mkd(path),
            22 => Command::Rmd(path),
            _ => Command::Rename(path, other),
        }
    }
}
