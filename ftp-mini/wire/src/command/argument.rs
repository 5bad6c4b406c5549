//! The parts that arguments are made of.

use nom::bytes::complete::{tag, take_till};
use nom::combinator::{opt, rest};
use nom::sequence::preceded;
use syntax::decimal;

use super::{Command, Fault};
use crate::pathname::Pathname;
use crate::whole;

/// What follows a verb and one space; `None` if there was no space.
#[derive(Clone, Copy)]
pub(super) struct Argument<'a>(pub(super) Option<&'a [u8]>);

impl<'a> Argument<'a> {
    /// The command, if there is nothing here. Spaces are forgiven: some clients always send one.
    pub(super) fn nothing(self, command: Command) -> Result<Command, Fault> {
        if self.word().is_some() { Err(Fault::Syntax) } else { Ok(command) }
    }

    /// The argument without the spaces behind it, if it has more than spaces.
    pub(super) fn word(self) -> Option<&'a [u8]> {
        let bytes = self.0?.trim_ascii_end();
        (!bytes.is_empty()).then_some(bytes)
    }

    /// The value of the argument without the spaces behind it.
    pub(super) fn parse<T>(self, parse: impl Fn(&'a [u8]) -> Result<T, Fault>) -> Result<T, Fault> {
        parse(self.word().ok_or(Fault::Syntax)?)
    }

    /// The same where an argument may be missing.
    pub(super) fn parse_if_any<T>(
        self,
        parse: impl Fn(&'a [u8]) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        self.word().map(parse).transpose()
    }

    /// A pathname, with all its spaces.
    pub(super) fn path(self) -> Result<Pathname, Fault> {
        pathname(self.bytes())
    }

    /// A pathname where it may be missing.
    pub(super) fn path_if_any(self) -> Option<Pathname> {
        Pathname::new(self.bytes())
    }

    /// Every byte.
    pub(super) fn bytes(self) -> &'a [u8] {
        self.0.unwrap_or_default()
    }
}

/// What stands before the first space, and what after it.
///
/// ```text
/// word [SP rest]                RETR my notes.txt
/// ```
pub(super) fn word(input: &[u8]) -> (&[u8], Option<&[u8]>) {
    let word = take_till(|byte| byte == b' ');
    whole((word, opt(preceded(tag(" "), rest))), input).unwrap_or((input, None))
}

pub(super) fn number(word: &[u8]) -> Result<u64, Fault> {
    decimal::parse(word).ok_or(Fault::Syntax)
}

pub(super) fn pathname(bytes: &[u8]) -> Result<Pathname, Fault> {
    Pathname::new(bytes).ok_or(Fault::Syntax)
}
