//! TYPE, HELP, SITE and STAT ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) sections 4.1.2 and 4.1.3),
//! FEAT and OPTS ([RFC 2389](https://www.rfc-editor.org/rfc/rfc2389)),
//! LANG ([RFC 2640](https://www.rfc-editor.org/rfc/rfc2640) section 4),
//! HOST ([RFC 7151](https://www.rfc-editor.org/rfc/rfc7151) section 3): settings of the session.

use std::time::Duration;

use crate::server::commands::{facts, security};
use crate::server::control::ServerControl;
use crate::server::limits;
use crate::server::refusal::{Outcome, Refusal};
use crate::server::state::{LoginState, SessionState};
use crate::wire::command::{FactChanges, Opts, SiteCommand, Type, Verb};
use crate::wire::reply::Reply;
use crate::wire::rule::Rule;

/// The verbs of every connection.
const VERBS: &[&str] = &[
    " ABOR ACCT ALLO APPE CDUP CLNT CWD  DELE EPRT EPSV FEAT HELP",
    " HOST LANG LIST MDTM MFF  MFMT MKD  MLSD MLST MODE NLST NOOP",
    " OPTS PASS PASV PORT PWD  QUIT REST RETR RMD  RNFR RNTO SITE",
    " SIZE STAT STOR STOU STRU SYST TYPE USER",
];

pub(super) fn representation(state: &mut SessionState, kind: Type) -> Reply {
    state.kind = kind;
    Reply::new(
        200,
        match kind {
            Type::Ascii => "Type is ASCII.",
            Type::Image => "Type is Image.",
        },
    )
}

pub(super) fn feat(state: &SessionState) -> Reply {
    let reply = Reply::new(211, "Features:");
    let reply = security::features(state).iter().fold(reply, |reply, line| reply.line(*line));
    let reply = reply.line(" EPRT").line(" EPSV").line(" HOST").line(" LANG EN*").line(" MDTM");
    let reply = match state.tree().is_writable() {
        true => reply.line(" MFF modify;UNIX.mode;").line(" MFMT"),
        false => reply,
    };
    reply
        .line(state.facts.feature_text())
        .line(" REST STREAM")
        .line(" SIZE")
        .line(" TVFS")
        .line(" UTF8")
        .line("End")
}

pub(super) fn opts(state: &mut SessionState, option: Opts) -> Outcome {
    match option {
        Opts::Utf8(true) => Ok(Reply::new(200, "Names are in UTF-8.")),
        // Names are sent as they are stored, so UTF-8 cannot be turned off.
        Opts::Utf8(false) => Err(Rule::ParameterUnavailable.into()),
        Opts::Mlst(facts) => {
            state.facts = facts;
            Ok(Reply::new(200, facts.selected_text()))
        }
        Opts::Hash(_) | Opts::DeflateLevel(_) => Err(Rule::OptionUnknown.into()),
    }
}

/// All names have the same tree. RFC 7151 section 3.2.2: not after USER.
pub(super) fn host(state: &SessionState) -> Outcome {
    match state.login {
        LoginState::None => Ok(Reply::new(220, "ftp-mini ready.")),
        LoginState::Named(_) | LoginState::User(_) => {
            Err(Refusal::Sequence("HOST must be sent before USER."))
        }
    }
}

pub(super) fn lang(tag: Option<&str>) -> Outcome {
    match tag.map(|tag| tag.split('-').next().unwrap_or_default()) {
        Some(primary) if !primary.eq_ignore_ascii_case("en") => Err(Rule::ParameterUnavailable.into()),
        _ => Ok(Reply::new(200, "Replies are in English.")),
    }
}

pub(super) fn help(state: &SessionState, topic: Option<&[u8]>, control: &ServerControl) -> Outcome {
    let mut lines = VERBS.iter().chain(security::verbs(state, control)).copied();
    let Some(topic) = topic else {
        let reply = Reply::new(214, "These commands do something:");
        return Ok(lines.fold(reply, Reply::line).line("End"));
    };
    let verb = Verb::named(topic).map(Verb::name).unwrap_or_default();
    match lines.any(|line| line.split_ascii_whitespace().any(|known| known == verb)) {
        true => Ok(Reply::new(214, format!("{verb} is carried out here as its RFC has it."))),
        false => Err(Rule::ParameterUnavailable.into()),
    }
}

pub(super) async fn site(state: &SessionState, site: &SiteCommand, control: &mut ServerControl) -> Outcome {
    match site {
        SiteCommand::Chmod { mode, path } => {
            facts::mff(state, FactChanges { modify: None, mode: Some(*mode) }, path).await?;
            Ok(Reply::new(200, "Mode changed."))
        }
        SiteCommand::Utime { time, path } => facts::mfmt(state, *time, path).await,
        SiteCommand::Idle(None) => {
            Ok(Reply::new(200, format!("Idle timeout is {} s.", control.idle().as_secs())))
        }
        SiteCommand::Idle(Some(seconds)) if limits::IDLE.contains(seconds) => {
            control.set_idle(Duration::from_secs(*seconds));
            Ok(Reply::new(200, format!("Idle timeout is {seconds} s now.")))
        }
        SiteCommand::Idle(Some(_)) => Err(Rule::IdleSeconds.into()),
        SiteCommand::Help => Ok(Reply::new(214, "SITE knows CHMOD, HELP, IDLE with seconds, and UTIME.")),
        // Sessions of other users are private.
        SiteCommand::Who => Err(Rule::SiteUnknown.into()),
    }
}

/// STAT without an argument.
pub(super) fn stat(state: &SessionState, control: &ServerControl) -> Reply {
    let kind = match state.kind {
        Type::Ascii => "ASCII",
        Type::Image => "Image",
    };
    let user = String::from_utf8_lossy(state.login.name().unwrap_or_default());
    Reply::new(211, "ftp-mini")
        .line(format!(" connected from {}", control.peer()))
        .line(format!(" logged in as {user}"))
        .line(format!(" type {kind}, structure File, mode Stream"))
        .line(format!(" {}", state.data.state()))
        .line(format!(" {}", security::state(state, control)))
        .line("End")
}
