//! The rules of the FTP formats as data, and the codes of the replies to violations. [RFC
//! 959](https://www.rfc-editor.org/rfc/rfc959) section 4.2.

mod catalogue;

use core::fmt;

pub use syntax::violation::Violation;

pub use catalogue::Rule;

impl Rule {
    /// The code of the reply to a command that breaks the rule. It has no meaning for rules of replies or
    /// listings.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::CommandEmpty
            | Self::LineTooLong
            | Self::LineEndless
            | Self::LineNul
            | Self::HttpRequest
            | Self::VerbUnknown => 500,
            Self::CommandUnavailable => 502,
            Self::ParameterUnavailable
            | Self::MechanismUnknown
            | Self::ProtectionUnknown
            | Self::FactUnsettable
            | Self::SiteUnknown
            | Self::AlgorithmUnknown => 504,
            Self::FamilyUnknown => 522,
            Self::ProtectionUnsupported => 536,
            _ => 501,
        }
    }

    /// The text of a reply that refuses a value after parsing: `idle-seconds: not an idle ....`.
    #[must_use]
    pub fn reply_text(self) -> impl fmt::Display {
        fmt::from_fn(move |f| write!(f, "{}: {self}.", self.description().id))
    }
}

/// The text of a reply that refuses a command: `port-octet: a number above 255, or no number (at byte 13).`
#[must_use]
pub fn reply_text(violation: Violation<Rule>) -> impl fmt::Display {
    fmt::from_fn(move |f| write!(f, "{}: {violation}.", violation.rule.description().id))
}
