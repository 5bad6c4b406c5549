//! Messages of the chat: what people say, and notices of the chat itself.
//!
//! A notice has a text in each language, so none can lack its translation. Sessions over TCP show the English text, the
//! page that of its reader.

use std::fmt;

use syntax::rule::Text;

/// A message, which is one line of printable text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A line of a person: `<siti> halo`.
    Text(String),
    /// `siti joined`
    Notice(Notice),
}

/// A notice in each language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) en: String,
    pub(super) id: String,
}

impl Notice {
    /// `siti joined`
    pub(super) fn about(subject: &str, predicate: Text) -> Self {
        Self { en: format!("{subject} {}", predicate.en), id: format!("{subject} {}", predicate.id) }
    }
}

impl From<Text> for Notice {
    fn from(text: Text) -> Self {
        Self { en: text.en.into(), id: text.id.into() }
    }
}

/// The line of the chat protocol, without its end.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(line) => f.write_str(line),
            Self::Notice(notice) => notice.fmt(f),
        }
    }
}

/// `* siti joined`
impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "* {}", self.en)
    }
}
