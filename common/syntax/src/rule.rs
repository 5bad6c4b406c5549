//! The rule catalogue as data: each protocol lists its rules once with [`rules!`](crate::rules); replies,
//! logs, explanations and exercises use their texts.

/// A rule of a format: what it requires, why, and how to repair input that breaks it.
#[derive(Debug, PartialEq, Eq)]
pub struct Description {
    /// Its name in replies, logs and explanations: `bare-lf`.
    pub id: &'static str,
    /// The document that contains it: `RFC 9112 section 2.2`.
    pub source: &'static str,
    /// The consequence of breaking it.
    pub severity: Severity,
    /// The fault in the input, without a full stop: `a line ends with LF alone`.
    pub fault: Text,
    /// What the rule requires.
    pub requires: Text,
    /// Why it matters.
    pub why: Text,
    /// How to repair the input.
    pub fix: Text,
}

/// The consequence of breaking a rule, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The message is refused.
    Breaks,
    /// Two parsers may read different messages, or a secret is exposed.
    Risky,
    /// The value is ignored, or a default is used instead.
    Unusual,
    /// For information; it has no consequence.
    Note,
}

/// A text in each language of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: &'static str,
    /// Indonesian.
    pub id: &'static str,
}

/// A language of the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// `en`
    #[default]
    English,
    /// `id`
    Indonesian,
}

impl Text {
    /// The text in a language.
    #[must_use]
    pub fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Indonesian => self.id,
        }
    }
}

impl Severity {
    /// `breaks`, `risky`, `unusual` or `note`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Breaks => "breaks",
            Self::Risky => "risky",
            Self::Unusual => "unusual",
            Self::Note => "note",
        }
    }
}

/// Defines the rules of a protocol: a `Copy` enum with one variant for each, `ALL`, and `description()`.
/// `Display` is the fault in English.
///
/// ```
/// syntax::rules! {
///     /// What a line must follow.
///     pub enum Rule {
///         BareLf: Breaks, "bare-lf", "RFC 9112 section 2.2" {
///             fault: "a line ends with LF alone", "baris hanya diakhiri LF";
///             requires: "A line ends with CR LF.", "Setiap baris diakhiri CR LF.";
///             why: "Parsers differ about a lone LF.", "Parser berbeda membaca LF tunggal.";
///             fix: "Send \\r\\n.", "Kirim \\r\\n.";
///         }
///     }
/// }
/// assert_eq!(Rule::BareLf.to_string(), "a line ends with LF alone");
/// assert_eq!(Rule::ALL[0].description().id, "bare-lf");
/// ```
#[macro_export]
macro_rules! rules {
    (
        $(#[$about:meta])*
        pub enum $name:ident {
            $($rule:ident: $severity:ident, $id:literal, $source:literal {
                fault: $fault:literal, $fault_id:literal;
                requires: $requires:literal, $requires_id:literal;
                why: $why:literal, $why_id:literal;
                fix: $fix:literal, $fix_id:literal;
            })*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = concat!($requires, " (", $source, ")")] $rule,)*
        }

        impl $name {
            /// Every rule, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$rule),*];

            /// The rule as data: its source, and its texts in each language.
            #[must_use]
            pub fn description(self) -> &'static $crate::rule::Description {
                match self {
                    $(Self::$rule => {
                        const DESCRIPTION: $crate::rule::Description = $crate::rule::Description {
                            id: $id,
                            source: $source,
                            severity: $crate::rule::Severity::$severity,
                            fault: $crate::rule::Text { en: $fault, id: $fault_id },
                            requires: $crate::rule::Text { en: $requires, id: $requires_id },
                            why: $crate::rule::Text { en: $why, id: $why_id },
                            fix: $crate::rule::Text { en: $fix, id: $fix_id },
                        };
                        &DESCRIPTION
                    })*
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.description().fault.en)
            }
        }

        impl core::error::Error for $name {}
    };
}
