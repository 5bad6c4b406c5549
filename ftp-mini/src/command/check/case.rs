//! The cases: the text files in `cases/`, which hold dialogues in the notation of RFC 3659 (`C>` the client, `S>` the
//! server, and `D>`, `D<` for the data connection). `docs/check.md` describes the format.

use anyhow::{Context as _, bail};
use common::check::cases::{self, CaseText};

use super::condition::Condition;

const FILES: &[(&str, &str)] = &[
    ("login", include_str!("cases/login.txt")),
    ("syntax", include_str!("cases/syntax.txt")),
    ("replies", include_str!("cases/replies.txt")),
    ("parameters", include_str!("cases/parameters.txt")),
    ("navigation", include_str!("cases/navigation.txt")),
    ("data", include_str!("cases/data.txt")),
    ("transfer", include_str!("cases/transfer.txt")),
    ("listing", include_str!("cases/listing.txt")),
    ("facts", include_str!("cases/facts.txt")),
    ("files", include_str!("cases/files.txt")),
    ("features", include_str!("cases/features.txt")),
    ("integrity", include_str!("cases/integrity.txt")),
    ("tls", include_str!("cases/tls.txt")),
];

/// A dialogue, and the rule that it checks.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) text: CaseText,
    /// What the server must have, or else the case does not apply.
    pub(super) needs: Vec<Need>,
    pub(super) steps: Vec<Step>,
}

/// `if ...`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Tls,
    /// TLS that begins with AUTH.
    Explicit,
    /// A user with a password that may be wrong.
    Account,
    Anonymous,
    /// The control connection is over IPv4.
    Ipv4,
    /// A value of the survey: `file`, `directory`, `folder`.
    Value(&'static str),
    /// A name that FEAT lists.
    Feature(&'static str),
    /// A fact in the MLST line of FEAT.
    Fact(&'static str),
}

/// A step of a dialogue. Arguments are templates; see [`Dialogue::expand`](super::dialogue::Dialogue::expand).
#[derive(Debug)]
pub(super) enum Step {
    /// Connects, and leaves the greeting to the next step.
    Dial,
    /// Connects, with TLS if it is used, up to the greeting; or without TLS.
    Connect {
        is_secure: bool,
    },
    /// Connects and logs in; changes to the folder of this check.
    Login {
        into_folder: bool,
    },
    /// Performs the handshake on the control connection; a failed one ends the case as passed if it may fail.
    Secure {
        may_fail: bool,
    },
    /// `C>`: a command with its line end.
    Send(&'static str),
    /// Bytes as they are; or one by one.
    Raw(&'static str),
    Slowly(&'static str),
    /// `S>`: the next reply.
    Reply(Codes, Option<Condition>),
    /// `S?`: if the next reply is one of these, the case does not apply; else it is the reply of the next step.
    Unless(Codes),
    /// A command that must succeed, or else the case does not apply.
    Given(&'static str),
    /// Stores a file; the same.
    Upload(&'static str, &'static str),
    /// The case ends as passed if the saved reply is one of these.
    SkipIf(&'static str, Codes),
    /// No reply comes.
    Quiet,
    Wait,
    /// The server closes the control connection.
    Closed,
    /// Opens a data connection by PASV or EPSV; without TLS even after PROT P if it is not secure.
    Passive {
        is_secure: bool,
    },
    /// Opens one to the port of the last reply.
    Open,
    /// Listens for one.
    Listen,
    /// `D<`: receives all data.
    Receive(Option<Condition>),
    /// Ends our direction without TLS, and receives data, which must not be the file.
    ReceiveUnencrypted,
    /// `D>`: sends data and ends it; `D>>` leaves it open.
    Store {
        content: &'static str,
        is_complete: bool,
    },
    CloseData,
    /// Not a step: removes a file or a directory after the case, however it ended.
    Remove(&'static str),
}

/// The replies that a step allows, as in `226 5xx closed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Codes(pub(super) &'static str);

impl Codes {
    fn parse(text: &'static str) -> anyhow::Result<Self> {
        let is_code = |word: &str| {
            let digits = word.strip_suffix("xx").map_or((word, 3), |digit| (digit, 1));
            digits.0.len() == digits.1 && digits.0.bytes().all(|byte| byte.is_ascii_digit())
        };
        match text.split(' ').all(|word| matches!(word, "any" | "closed") || is_code(word)) {
            true => Ok(Self(text)),
            false => bail!("'{text}' is no list of reply codes"),
        }
    }

    pub(super) fn allow(self, code: u16) -> bool {
        let is_allowed = |word: &str| match word.strip_suffix("xx") {
            Some(class) => class == (code / 100).to_string(),
            None => word == "any" || word == code.to_string(),
        };
        self.0.split(' ').any(is_allowed)
    }

    pub(super) fn allow_close(self) -> bool {
        self.0.split(' ').any(|word| word == "closed")
    }
}

/// Every case, in the order of the files.
pub(super) fn all() -> anyhow::Result<Vec<Case>> {
    cases::parse(FILES)?.into_iter().map(Case::new).collect()
}

impl Case {
    fn new(text: CaseText) -> anyhow::Result<Self> {
        let parsed_step = |line: &&'static str| step(line).with_context(|| format!("{}: '{line}'", text.id));
        let mut needs = text.conditions.iter().map(|line| need(line)).collect::<Result<Vec<_>, _>>()?;
        let steps = text.steps.iter().map(parsed_step).collect::<Result<Vec<_>, _>>()?;
        if steps.iter().any(|step| matches!(step, Step::Login { into_folder: true })) {
            needs.push(Need::Value("folder"));
        }
        Ok(Self { text, needs, steps })
    }

    /// Whether it applies only to a server with TLS.
    pub(super) fn needs_tls(&self) -> bool {
        self.needs.iter().any(|need| matches!(need, Need::Tls | Need::Explicit))
    }
}

fn need(text: &'static str) -> anyhow::Result<Need> {
    Ok(match text.split_once(' ').unwrap_or((text, "")) {
        ("tls", "") => Need::Tls,
        ("explicit", "") => Need::Explicit,
        ("account", "") => Need::Account,
        ("anonymous", "") => Need::Anonymous,
        ("ipv4", "") => Need::Ipv4,
        ("file" | "directory", "") => Need::Value(text),
        ("feature", name) => Need::Feature(name),
        ("fact", name) => Need::Fact(name),
        _ => bail!("'if {text}' is no condition"),
    })
}

fn step(line: &'static str) -> anyhow::Result<Step> {
    let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
    let (main, condition) = match argument
        .split_once(" : ")
        .or_else(|| Some(("", argument.strip_prefix(": ")?)))
    {
        Some((main, condition)) if matches!(verb, "S>" | "D<") => (main, Some(Condition::parse(condition)?)),
        _ => (argument, None),
    };
    let pair = || argument.split_once(' ').unwrap_or((argument, ""));
    Ok(match (verb, argument) {
        ("dial", "") => Step::Dial,
        ("connect", "") => Step::Connect { is_secure: true },
        ("connect-unencrypted", "") => Step::Connect { is_secure: false },
        ("login", "" | "folder") => Step::Login { into_folder: !argument.is_empty() },
        ("secure", "") => Step::Secure { may_fail: false },
        ("secure-or-fail", "") => Step::Secure { may_fail: true },
        ("C>", command) => Step::Send(command),
        ("raw", bytes) => Step::Raw(bytes),
        ("slowly", bytes) => Step::Slowly(bytes),
        ("S>", _) => Step::Reply(Codes::parse(main)?, condition),
        ("S?", codes) => Step::Unless(Codes::parse(codes)?),
        ("given", command) => Step::Given(command),
        ("upload", _) => Step::Upload(pair().0, pair().1),
        ("skip-if", _) => Step::SkipIf(pair().0, Codes::parse(pair().1)?),
        ("quiet", "") => Step::Quiet,
        ("wait", "") => Step::Wait,
        ("closed", "") => Step::Closed,
        ("passive", "") => Step::Passive { is_secure: true },
        ("passive-unencrypted", "") => Step::Passive { is_secure: false },
        ("open", "") => Step::Open,
        ("listen", "") => Step::Listen,
        ("D<", _) if main.is_empty() => Step::Receive(condition),
        ("D-unencrypted", "") => Step::ReceiveUnencrypted,
        ("D>", content) => Step::Store { content, is_complete: true },
        ("D>>", content) => Step::Store { content, is_complete: false },
        ("close-data", "") => Step::CloseData,
        ("remove", name) => Step::Remove(name),
        _ => bail!("this is no step"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_cases() {
        let cases = all().unwrap();
        assert!(cases.len() >= 240, "{}", cases.len());
        for case in &cases {
            let is_start = matches!(case.steps[0], Step::Dial | Step::Connect { .. } | Step::Login { .. });
            assert!(is_start, "{} begins with a connection", case.text.id);
        }
    }

    #[test]
    fn codes_are_lists_of_replies() {
        for (text, code, expected) in [
            ("226 250", 250, true),
            ("226 250", 550, false),
            ("5xx", 550, true),
            ("5xx", 250, false),
            ("any", 120, true),
            ("closed", 421, false),
        ] {
            assert_eq!(Codes::parse(text).unwrap().allow(code), expected, "{text}, {code}");
        }
        for text in ["", "22", "2x", "open", "226  250"] {
            assert!(Codes::parse(text).is_err(), "{text}");
        }
    }
}
