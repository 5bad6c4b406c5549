//! The facts that a session selects: FEAT offers them, OPTS MLST selects. [RFC
//! 3659](https://www.rfc-editor.org/rfc/rfc3659) sections 7.8 and 7.9.

use nom::bytes::complete::{tag, take_till1};
use nom::multi::fold_many0;
use nom::sequence::terminated;

use crate::failure::{ParseFailure, whole};
use crate::reply::ReplyText;
use crate::rule::Rule;

/// A fact of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// `type`: file, dir, cdir, pdir.
    Type,
    /// `size`, in bytes; of files only.
    Size,
    /// `modify`, the modification time.
    Modify,
    /// `unique`: equal for two names of one file.
    Unique,
    /// `perm`: the user's permissions.
    Perm,
    /// `UNIX.mode`: permission bits, in octal.
    UnixMode,
    /// `UNIX.owner`.
    UnixOwner,
    /// `UNIX.group`.
    UnixGroup,
}

impl Fact {
    /// Every fact, in the order of writing.
    const ALL: [Self; 8] = [
        Self::Type,
        Self::Size,
        Self::Modify,
        Self::Unique,
        Self::Perm,
        Self::UnixMode,
        Self::UnixOwner,
        Self::UnixGroup,
    ];

    /// Its name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Size => "size",
            Self::Modify => "modify",
            Self::Unique => "unique",
            Self::Perm => "perm",
            Self::UnixMode => "UNIX.mode",
            Self::UnixOwner => "UNIX.owner",
            Self::UnixGroup => "UNIX.group",
        }
    }

    /// The fact of this name, ignoring case (RFC 3659 section 7.5).
    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.name().as_bytes().eq_ignore_ascii_case(name))
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A selection of facts. The default is type, size, modify, unique and perm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactSet(u8);

impl FactSet {
    /// No facts: names only.
    pub const NONE: Self = Self(0);

    /// Parses the argument of OPTS MLST. Unknown facts are ignored, as RFC 3659 section 7.9 requires; `None`
    /// if it is not a list of facts.
    ///
    /// ```text
    /// mlst-opts = "MLST" [ SP 1*( factname ";" ) ]        type;size;modify;
    /// ```
    #[must_use]
    pub fn parse(list: &[u8]) -> Option<Self> {
        Self::parse_with(list).ok()
    }

    pub(crate) fn parse_with(list: &[u8]) -> Result<Self, ParseFailure<'_>> {
        let name = take_till1(|byte| matches!(byte, b';' | b'=' | b' '));
        let fact = terminated(name, tag(";"));
        let set = fold_many0(
            fact,
            || Self::NONE,
            |set: Self, name| match Fact::named(name) {
                Some(fact) => Self(set.0 | fact.bit()),
                None => set,
            },
        );
        whole(set, list).map_err(|failure| ParseFailure::new(Rule::OptionValue, failure.rest))
    }

    /// The selected facts, in the order of writing.
    pub fn iter(self) -> impl Iterator<Item = Fact> {
        Fact::ALL.into_iter().filter(move |fact| self.0 & fact.bit() != 0)
    }

    /// The text of the 200 reply to OPTS MLST: `MLST OPTS type;size;`.
    #[must_use]
    pub fn selected_text(self) -> ReplyText {
        let facts: String = self.iter().flat_map(|fact| [fact.name(), ";"]).collect();
        format!("MLST OPTS {facts}").trim_end().to_owned().into()
    }

    /// The line of FEAT, with its leading space; a `*` marks selected facts: ` MLST
    /// type*;size*;modify*;unique*;perm*;UNIX.mode;UNIX.owner;UNIX.group;`.
    #[must_use]
    pub fn feature_text(self) -> ReplyText {
        let mark = |fact: Fact| if self.0 & fact.bit() == 0 { ";" } else { "*;" };
        let facts: String = Fact::ALL.into_iter().flat_map(|fact| [fact.name(), mark(fact)]).collect();
        format!(" MLST {facts}").into()
    }
}

impl Default for FactSet {
    fn default() -> Self {
        let facts = [Fact::Type, Fact::Size, Fact::Modify, Fact::Unique, Fact::Perm];
        Self(facts.into_iter().fold(0, |bits, fact| bits | fact.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: ReplyText) -> String {
        String::from_utf8(text.into()).unwrap()
    }

    #[test]
    fn opts_mlst_follows_rfc_3659_section_7_9() {
        for (list, expected, why) in [
            (&b"type;size;"[..], Some("MLST OPTS type;size;"), "two"),
            (b"SIZE;unix.MODE;Type;", Some("MLST OPTS type;size;UNIX.mode;"), "any case, our order"),
            (b"type;create;x.y;", Some("MLST OPTS type;"), "unknown facts are ignored"),
            (b"", Some("MLST OPTS"), "none"),
            (b"create;", Some("MLST OPTS"), "none that is known"),
            (b"type", None, "each ends in ;"),
            (b"type; size;", None, "no spaces"),
            (b";", None, "no name"),
        ] {
            assert_eq!(
                FactSet::parse(list).map(|set| text(set.selected_text())).as_deref(),
                expected,
                "{why}"
            );
        }
    }

    #[test]
    fn feat_marks_the_selected_facts() {
        let default = " MLST type*;size*;modify*;unique*;perm*;UNIX.mode;UNIX.owner;UNIX.group;";
        let none = " MLST type;size;modify;unique;perm;UNIX.mode;UNIX.owner;UNIX.group;";
        assert_eq!(text(FactSet::default().feature_text()), default, "RFC 3659 section 7.8");
        assert_eq!(text(FactSet::NONE.feature_text()), none);
    }
}
