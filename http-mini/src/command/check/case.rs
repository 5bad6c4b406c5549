//! The vocabulary of the cases: what is sent, and what a server may do then.
//!
//! In bytes that are sent, `{NAME}` is a placeholder ([`Resource::expand`](super::resource::Resource::expand)); `{host}`
//! is the field Host, and Authorization with `--login`, each with its CRLF. A case whose placeholder has no value here,
//! as `{etag}` of a resource without one, is not applicable.

use common::check::Level;
use syntax::rule::{Language, Text};

/// A rule, and a dialogue that shows whether a server follows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) id: &'static str,
    pub(super) section: &'static str,
    pub(super) level: Level,
    pub(super) needs: &'static [Need],
    pub(super) steps: &'static [Step],
    pub(super) why: Text,
}

pub(super) const fn must(id: &'static str, section: &'static str, steps: &'static [Step]) -> Case {
    Case { id, section, level: Level::Must, needs: &[], steps, why: Text { en: "", id: "" } }
}

pub(super) const fn should(id: &'static str, section: &'static str, steps: &'static [Step]) -> Case {
    Case { level: Level::Should, ..must(id, section, steps) }
}

pub(super) const fn may(id: &'static str, section: &'static str, steps: &'static [Step]) -> Case {
    Case { level: Level::May, ..must(id, section, steps) }
}

impl Case {
    /// What the rule requires and why, in English and Indonesian.
    pub(super) const fn why(self, en: &'static str, id: &'static str) -> Self {
        Self { why: Text { en, id }, ..self }
    }

    pub(super) const fn needs(self, needs: &'static [Need]) -> Self {
        Self { needs, ..self }
    }
}

/// What a case needs of the resource besides the values of its placeholders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// The server answers a range with 206.
    Ranges,
    /// At least ten bytes of content.
    TenBytes,
    /// No content.
    Empty,
    /// A path that does not end with a slash: Last-Modified of a listing is not required.
    File,
    /// No TLS: over TLS, the end of one direction may end both (RFC 8446 section 6.1).
    Plain,
    /// `--writable`, and a server that stores what is PUT.
    Writable,
}

/// A step of a dialogue.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Sends bytes. Steps without an `Expect` between them leave in one write. Once the server has responded early,
    /// nothing more is sent until its response was taken.
    Send(&'static [u8]),
    /// Sends bytes, each in a write of its own.
    Drip(&'static [u8]),
    /// Ends the sending direction of the connection.
    End,
    /// Awaits 100 (Continue) or a final response, which stays for the next `Expect`.
    Continue,
    /// Awaits a final response, or what else is allowed.
    Expect(&'static [Answer]),
    /// The last step: the server closes the connection and sends nothing more.
    Closed,
    /// The last step: the next request is answered, or the connection closes.
    /// A server may close it at any time (RFC 9112 section 9.5).
    InSync,
    /// The last step: nothing but a later request is answered; the server may also close the connection, or wait for
    /// more bytes.
    Alone,
}

/// What a server may do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    /// This status.
    Is(u16),
    /// A status of this class: 4 is 400 to 499.
    Any(u16),
    /// Any final status but this.
    Other(u16),
    /// This status, or this class, if all checks hold.
    With(u16, &'static [Check]),
    /// It closes the connection without a response.
    Dropped,
    /// The same, where an earlier response announced it.
    Unanswered,
    /// It waits for more bytes.
    Silent,
}

/// A condition on a response.
#[derive(Clone, Copy, Debug)]
pub(super) enum Check {
    /// The field is present.
    Has(&'static str),
    /// The field is absent.
    Lacks(&'static str),
    /// The field has this value, in which placeholders are expanded.
    Equals(&'static str, &'static str),
    /// The field is a list with this element.
    Lists(&'static str, &'static str),
    /// The field is absent or one of these values.
    Only(&'static str, &'static [&'static str]),
    /// The field has the value that it has in the response to GET, or is absent.
    AsInGet(&'static str),
    /// The same, and it is present if it is in the response to GET.
    LikeGet(&'static str),
    /// The field, if present, is an IMF-fixdate.
    Date(&'static str),
    /// Last-Modified is not later than Date.
    NotInFuture,
    /// ETag, if present, follows its grammar.
    Tag,
    /// No interim response came before.
    NoInterim,
    /// The content is that of GET.
    Whole,
    /// The content is this, in which placeholders are expanded.
    Content(&'static [u8]),
    /// The content does not contain these bytes.
    Without(&'static [u8]),
    /// Content-Range and content are these bytes of the content of GET, first to last.
    Range(First, Last),
    /// Content-Range and content, or each part of `multipart/byteranges`, agree with the content of GET.
    Ranges,
    /// If the content is coded: Vary names Accept-Encoding.
    VariesIfCoded,
    /// If the content is coded and ETag is strong: it is not that of the uncoded content.
    OwnTagIfCoded,
    /// If the content is coded: it decodes to that of GET.
    DecodesToWhole,
}

/// The first byte of a range, from the start or from the end.
pub(super) type First = i64;
/// The last byte of a range, from the start or (-1: the last byte) from the end.
pub(super) type Last = i64;

impl Answer {
    /// Whether this status is allowed, and under which conditions.
    pub(super) fn allows(&self, status: u16) -> Option<&'static [Check]> {
        let covers = |code: u16| if code < 10 { status / 100 == code } else { status == code };
        match *self {
            Self::Is(code) | Self::Any(code) => covers(code).then_some(&[]),
            Self::Other(code) => (status != code).then_some(&[]),
            Self::With(code, checks) => covers(code).then_some(checks),
            Self::Dropped | Self::Unanswered | Self::Silent => None,
        }
    }

    fn shown(&self, language: Language) -> String {
        let words = |en: &str, id: &str| if language == Language::English { en } else { id }.to_owned();
        let class = |code: u16| if code < 10 { format!("{code}xx") } else { code.to_string() };
        match *self {
            Self::Is(code) | Self::Any(code) => class(code),
            Self::Other(code) => format!("{} {code}", words("a response other than", "respons selain")),
            Self::With(code, checks) => {
                let checks: Vec<_> = checks.iter().map(|check| check.shown(language)).collect();
                format!("{} ({})", class(code), checks.join("; "))
            }
            Self::Dropped => words("the connection closes", "koneksi ditutup"),
            Self::Unanswered => {
                words("nothing after an announced close", "tidak ada setelah penutupan diumumkan")
            }
            Self::Silent => words("nothing yet", "belum ada respons"),
        }
    }
}

impl Check {
    /// The condition in words.
    pub(super) fn shown(&self, language: Language) -> String {
        let is_english = language == Language::English;
        let words = |en: &str, id: &str| if is_english { en } else { id }.to_owned();
        match *self {
            Self::Has(name) => format!("{} {name}", words("with", "dengan")),
            Self::Lacks(name) => format!("{} {name}", words("without", "tanpa")),
            Self::Equals(name, value) => format!("{name}: {value}"),
            Self::Lists(name, element) => format!("{name} {} {element}", words("lists", "memuat")),
            Self::Only(name, values) => {
                format!("{name} {} {}", words("absent or", "tidak ada atau"), values.join(", "))
            }
            Self::AsInGet(name) => {
                format!("{name} {}", words("absent or as in GET", "tidak ada atau seperti pada GET"))
            }
            Self::LikeGet(name) => format!("{name} {}", words("as in GET", "seperti pada GET")),
            Self::Date(name) => {
                format!("{name} {}", words("in the form of IMF-fixdate", "berbentuk IMF-fixdate"))
            }
            Self::NotInFuture => {
                words("Last-Modified is not later than Date", "Last-Modified tidak lebih lambat dari Date")
            }
            Self::Tag => words("ETag is \"...\" or W/\"...\"", "ETag berbentuk \"...\" atau W/\"...\""),
            Self::NoInterim => words("no 1xx before it", "tanpa 1xx sebelumnya"),
            Self::Whole => words("the whole content", "isi lengkap"),
            Self::Content(bytes) => {
                format!("{} \"{}\"", words("the content", "isi"), bytes.escape_ascii())
            }
            Self::Without(bytes) => {
                format!("{} \"{}\"", words("content without", "isi tanpa"), bytes.escape_ascii())
            }
            Self::Range(first, last) => format!("{} {first}..{last}", words("exactly bytes", "tepat bait")),
            Self::Ranges => words("Content-Range and content agree", "Content-Range dan isi cocok"),
            Self::VariesIfCoded => {
                words("if coded, Vary: Accept-Encoding", "jika dikodekan, Vary: Accept-Encoding")
            }
            Self::OwnTagIfCoded => words("if coded, an ETag of its own", "jika dikodekan, ETag sendiri"),
            Self::DecodesToWhole => {
                words("if coded, decodable to the content", "jika dikodekan, dapat didekode menjadi isi")
            }
        }
    }
}

/// What the steps of a case allow, in words.
pub(super) fn expected(case: &Case, language: Language) -> String {
    let is_english = language == Language::English;
    let steps = case.steps.iter().filter_map(|step| match step {
        Step::Send(_) | Step::Drip(_) | Step::End => None,
        Step::Continue => {
            Some(if is_english { "100 or a final response" } else { "100 atau respons akhir" }.into())
        }
        Step::Expect(answers) => {
            let or = if is_english { " or " } else { " atau " };
            Some(answers.iter().map(|answer| answer.shown(language)).collect::<Vec<_>>().join(or))
        }
        Step::Closed => Some(
            if is_english {
                "the connection closes, nothing more"
            } else {
                "koneksi ditutup, tanpa yang lain"
            }
            .into(),
        ),
        Step::InSync => Some(
            if is_english {
                "the next request is answered, or the connection closes"
            } else {
                "permintaan berikutnya dijawab, atau koneksi ditutup"
            }
            .into(),
        ),
        Step::Alone => Some(if is_english { "no further response" } else { "tanpa respons lain" }.to_owned()),
    });
    steps.collect::<Vec<String>>().join(if is_english { "; then " } else { "; lalu " })
}
