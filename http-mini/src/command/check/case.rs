//! The cases: the text files in `cases/`, which hold dialogues (`C>` the client, `S>` the server). `docs/check.md`
//! describes the format. The order of the groups is that of a request: its line, its fields, its content, the
//! connection, the methods, and then what a resource is.
//!
//! What is allowed is what the RFC allows, not what our server does. Where the RFC leaves a choice, all of it is
//! allowed; a server that refuses a request has always understood it well enough.

use anyhow::{Context as _, bail};
use common::check::cases::{self, CaseText};
use syntax::rule::Language;

const FILES: &[(&str, &str)] = &[
    ("request-line", include_str!("cases/request-line.txt")),
    ("target", include_str!("cases/target.txt")),
    ("host", include_str!("cases/host.txt")),
    ("fields", include_str!("cases/fields.txt")),
    ("framing", include_str!("cases/framing.txt")),
    ("chunked", include_str!("cases/chunked.txt")),
    ("persistence", include_str!("cases/persistence.txt")),
    ("expect", include_str!("cases/expect.txt")),
    ("methods", include_str!("cases/methods.txt")),
    ("responses", include_str!("cases/responses.txt")),
    ("conditional", include_str!("cases/conditional.txt")),
    ("ranges", include_str!("cases/ranges.txt")),
    ("codings", include_str!("cases/codings.txt")),
    ("limits", include_str!("cases/limits.txt")),
    ("writing", include_str!("cases/writing.txt")),
    ("copying", include_str!("cases/copying.txt")),
];

/// A dialogue, and the rule that it checks.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) text: CaseText,
    /// What the case needs of the resource besides the values of its templates.
    pub(super) needs: Vec<Need>,
    pub(super) steps: Vec<Step>,
}

/// `if ...`
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
    Unencrypted,
    /// `--writable`, and a server that stores what is PUT.
    Writable,
    /// A server that copies a file by COPY (RFC 4918).
    Copy,
}

/// A step of a dialogue. Bytes to send are templates; see
/// [`CheckedResource::expand`](super::resource::CheckedResource::expand).
#[derive(Debug)]
pub(super) enum Step {
    /// `C>`: sends bytes. Steps without an `Expect` between them leave in one write. Once the server has responded
    /// early, nothing more is sent until its response was taken.
    Send(&'static str),
    /// Sends bytes, each in a write of its own.
    Slowly(&'static str),
    /// Ends the sending direction of the connection.
    End,
    /// Awaits 100 (Continue) or a final response, which stays for the next `Expect`.
    Continue,
    /// `S>`: awaits a final response, or what else is allowed.
    Expect(Vec<Answer>),
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
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) event: Allowed,
    /// Conditions on the response.
    pub(super) checks: Vec<ResponseCheck>,
}

/// An event that a step allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    /// `206`
    Status(u16),
    /// `4xx`
    Class(u16),
    /// `not-404`: any final status but this.
    Other(u16),
    /// `closed`: it closes the connection without a response.
    Closed,
    /// `closed-as-announced`: the same, if an earlier response announced it.
    ClosedAsAnnounced,
    /// `silent`: it waits for more bytes.
    Silent,
}

/// A condition on a response.
#[derive(Clone, Copy, Debug)]
pub(super) enum ResponseCheck {
    /// The field is present.
    Has(&'static str),
    /// The field is absent.
    Lacks(&'static str),
    /// The field has this value, a template.
    Equals(&'static str, &'static str),
    /// The field is a list with this element.
    Lists(&'static str, &'static str),
    /// The field is absent or one of these values, which are separated by commas.
    Only(&'static str, &'static str),
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
    /// The content is this template.
    Content(&'static str),
    /// The content does not contain this template.
    Without(&'static str),
    /// Content-Range and content are these bytes of the content of GET, first to last.
    Range(FirstByte, LastByte),
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
pub(super) type FirstByte = i64;
/// The last byte of a range, from the start or (-1: the last byte) from the end.
pub(super) type LastByte = i64;

/// Every case, in the order of the files.
pub(super) fn all() -> anyhow::Result<Vec<Case>> {
    cases::parse(FILES)?.into_iter().map(Case::new).collect()
}

impl Case {
    fn new(text: CaseText) -> anyhow::Result<Self> {
        let parsed_step = |line: &&'static str| step(line).with_context(|| format!("{}: '{line}'", text.id));
        let needs = text.conditions.iter().map(|line| need(line)).collect::<Result<_, _>>()?;
        let steps = text.steps.iter().map(parsed_step).collect::<Result<_, _>>()?;
        Ok(Self { text, needs, steps })
    }

    /// What the steps allow, in words.
    pub(super) fn expected(&self, language: Language) -> String {
        let steps: Vec<_> = self.steps.iter().filter_map(|step| step.expected(language)).collect();
        steps.join(in_words(language, "; then ", "; lalu "))
    }
}

fn need(text: &str) -> anyhow::Result<Need> {
    Ok(match text {
        "ranges" => Need::Ranges,
        "ten-bytes" => Need::TenBytes,
        "empty" => Need::Empty,
        "file" => Need::File,
        "unencrypted" => Need::Unencrypted,
        "writable" => Need::Writable,
        "copy" => Need::Copy,
        _ => bail!("'if {text}' is no condition"),
    })
}

fn step(line: &'static str) -> anyhow::Result<Step> {
    Ok(match line.split_once(' ').unwrap_or((line, "")) {
        ("C>", bytes) => Step::Send(bytes),
        ("slowly", bytes) => Step::Slowly(bytes),
        ("end", "") => Step::End,
        ("continue", "") => Step::Continue,
        ("S>", list) => Step::Expect(answers(list)?),
        ("closed", "") => Step::Closed,
        ("in-sync", "") => Step::InSync,
        ("alone", "") => Step::Alone,
        _ => bail!("this is no step"),
    })
}

/// `206 : range 0 4 | 4xx closed`: events that share their conditions, separated by `|`.
fn answers(list: &'static str) -> anyhow::Result<Vec<Answer>> {
    let mut answers = Vec::new();
    for group in list.split(" | ") {
        let (events, conditions) = group.split_once(" : ").unwrap_or((group, ""));
        let conditions = conditions.split("; ").filter(|text| !text.is_empty());
        let checks = conditions.map(ResponseCheck::parse).collect::<Result<Vec<_>, _>>()?;
        for event in events.split(' ') {
            answers.push(Answer { event: Allowed::parse(event)?, checks: checks.clone() });
        }
    }
    Ok(answers)
}

impl Step {
    fn expected(&self, language: Language) -> Option<String> {
        let words = |en, id| Some(in_words(language, en, id).to_owned());
        match self {
            Self::Send(_) | Self::Slowly(_) | Self::End => None,
            Self::Continue => words("100 or a final response", "100 atau respons akhir"),
            Self::Expect(answers) => {
                let answers: Vec<_> = answers.iter().map(|answer| answer.in_words(language)).collect();
                Some(answers.join(in_words(language, " or ", " atau ")))
            }
            Self::Closed => words("the connection closes, nothing more", "koneksi ditutup, tanpa yang lain"),
            Self::InSync => words(
                "the next request is answered, or the connection closes",
                "permintaan berikutnya dijawab, atau koneksi ditutup",
            ),
            Self::Alone => words("no further response", "tanpa respons lain"),
        }
    }
}

impl Answer {
    fn in_words(&self, language: Language) -> String {
        let event = self.event.in_words(language);
        let checks: Vec<_> = self.checks.iter().map(|check| check.in_words(language)).collect();
        if checks.is_empty() { event } else { format!("{event} ({})", checks.join("; ")) }
    }
}

impl Allowed {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let class = text.strip_suffix("xx").and_then(|class| class.parse().ok());
        Ok(match text {
            "closed" => Self::Closed,
            "closed-as-announced" => Self::ClosedAsAnnounced,
            "silent" => Self::Silent,
            _ => match (class, text.strip_prefix("not-")) {
                (Some(class @ 2..=5), _) => Self::Class(class),
                (_, Some(status)) => Self::Other(status.parse()?),
                _ => Self::Status(text.parse().with_context(|| format!("'{text}' is no status"))?),
            },
        })
    }

    /// Whether a response with this status is allowed.
    pub(super) fn allows(self, status: u16) -> bool {
        match self {
            Self::Status(code) => status == code,
            Self::Class(class) => status / 100 == class,
            Self::Other(code) => status != code,
            Self::Closed | Self::ClosedAsAnnounced | Self::Silent => false,
        }
    }

    fn in_words(self, language: Language) -> String {
        let words = |en, id| in_words(language, en, id).to_owned();
        match self {
            Self::Status(code) => code.to_string(),
            Self::Class(class) => format!("{class}xx"),
            Self::Other(code) => format!("{} {code}", words("a response other than", "respons selain")),
            Self::Closed => words("the connection closes", "koneksi ditutup"),
            Self::ClosedAsAnnounced => {
                words("nothing after an announced close", "tidak ada setelah penutupan diumumkan")
            }
            Self::Silent => words("nothing yet", "belum ada respons"),
        }
    }
}

impl ResponseCheck {
    fn parse(text: &'static str) -> anyhow::Result<Self> {
        let (verb, argument) = text.split_once(' ').unwrap_or((text, ""));
        let (first, second) = argument.split_once(' ').unwrap_or((argument, ""));
        Ok(match verb {
            "has" => Self::Has(argument),
            "lacks" => Self::Lacks(argument),
            "equals" => Self::Equals(first, second),
            "lists" => Self::Lists(first, second),
            "only" => Self::Only(first, second),
            "as-in-get" => Self::AsInGet(argument),
            "like-get" => Self::LikeGet(argument),
            "date" => Self::Date(argument),
            "not-in-future" => Self::NotInFuture,
            "tag" => Self::Tag,
            "no-interim" => Self::NoInterim,
            "whole" => Self::Whole,
            "content" => Self::Content(argument),
            "without" => Self::Without(argument),
            "range" => Self::Range(first.parse()?, second.parse()?),
            "ranges" => Self::Ranges,
            "varies-if-coded" => Self::VariesIfCoded,
            "own-tag-if-coded" => Self::OwnTagIfCoded,
            "decodes-to-whole" => Self::DecodesToWhole,
            _ => bail!("'{text}' is no condition"),
        })
    }

    /// The condition in words.
    pub(super) fn in_words(&self, language: Language) -> String {
        let words = |en, id| in_words(language, en, id).to_owned();
        match *self {
            Self::Has(name) => format!("{} {name}", words("with", "dengan")),
            Self::Lacks(name) => format!("{} {name}", words("without", "tanpa")),
            Self::Equals(name, value) => format!("{name}: {value}"),
            Self::Lists(name, element) => format!("{name} {} {element}", words("lists", "memuat")),
            Self::Only(name, values) => {
                format!("{name} {} {}", words("absent or", "tidak ada atau"), values.replace(',', ", "))
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
                format!("{} \"{}\"", words("the content", "isi"), bytes)
            }
            Self::Without(bytes) => {
                format!("{} \"{}\"", words("content without", "isi tanpa"), bytes)
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

fn in_words(language: Language, en: &'static str, id: &'static str) -> &'static str {
    if language == Language::English { en } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_cases() {
        let cases = all().unwrap();
        assert!(cases.len() >= 220, "{} cases", cases.len());
        for Case { text, steps, .. } in cases {
            let id = text.id;
            assert!(id.len() <= 37, "{id}: it does not fit into its column");
            for sentence in [text.why.en, text.why.id, text.look_for.en, text.look_for.id] {
                assert!(sentence.ends_with('.'), "{id}: {sentence:?} is no sentence");
            }
            let is_last = |step: &Step| matches!(step, Step::Closed | Step::InSync | Step::Alone);
            let (last, before) = steps.split_last().unwrap();
            assert!(!before.iter().any(is_last), "{id}: a step follows the last one");
            assert!(is_last(last) || matches!(last, Step::Expect(_)), "{id}: it ends without a judgement");
            assert!(steps.iter().any(|step| matches!(step, Step::Expect(_))), "{id}: nothing is expected");
        }
    }

    #[test]
    fn answers_are_read_and_shown() {
        for (text, expected) in [
            ("200", "200"),
            ("4xx closed", "4xx or the connection closes"),
            ("not-404", "a response other than 404"),
            (
                "206 : range 0 -1; has etag | 200 : whole",
                "206 (exactly bytes 0..-1; with etag) or 200 (the whole content)",
            ),
            ("200 : only vary a,b", "200 (vary absent or a, b)"),
            ("200 : content ", "200 (the content \"\")"),
        ] {
            let step = step(format!("S> {text}").leak()).unwrap();
            assert_eq!(step.expected(Language::English).as_deref(), Some(expected), "{text}");
        }
        for text in ["S> ", "S> 6xx", "S> ok", "S> 200 : range a b", "S> 200 : nonsense", "closed 1", "wait"]
        {
            assert!(step(text).is_err(), "{text}");
        }
    }
}
