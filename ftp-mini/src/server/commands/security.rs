//! AUTH, PBSZ, PROT and CCC ([RFC 4217](https://www.rfc-editor.org/rfc/rfc4217),
//! [RFC 2228](https://www.rfc-editor.org/rfc/rfc2228) section 3), and which commands need TLS.
//!
//! TLS on the control connection never ends before it: CCC is refused, and so is REIN, which would have to end
//! TLS (RFC 4217 section 13).

use crate::server::control::ServerControl;
use crate::server::refusal::{Outcome, Refusal};
use crate::server::security::Required;
use crate::server::state::SessionState;
use crate::wire::command::{Command, Mechanism, Protection};
use crate::wire::reply::Reply;
use crate::wire::rule::Rule;

/// Refuses a command that needs TLS, or that must not be used with it.
pub(super) fn admit<'a>(
    command: &'a Command,
    state: &SessionState,
    control: &ServerControl,
) -> Result<&'a Command, Refusal> {
    match command {
        Command::User(_) | Command::Pass(_) | Command::Acct(_)
            if !control.is_secure() && state.data.required() >= Required::Login =>
        {
            Err(Refusal::LoginUnencrypted)
        }
        Command::Rein if control.is_secure() => Err(Rule::CommandUnavailable.into()),
        _ => Ok(command),
    }
}

/// Resets the session: unencrypted commands may have been sent by an attacker (RFC 2228 section 3).
pub(super) fn auth(state: &mut SessionState, mechanism: Mechanism, control: &mut ServerControl) -> Outcome {
    let tls = state.data.control_tls().ok_or(Rule::CommandUnavailable)?;
    if control.is_secure() {
        return Err(Refusal::Policy("TLS is spoken already."));
    }
    state.reset(control);
    if mechanism == Mechanism::TlsWithData {
        state.data.protection = Some(Protection::Private);
    }
    control.start_tls_behind_reply(tls);
    Ok(Reply::new(234, "Begin the TLS handshake."))
}

/// The size is always 0, because TLS has its own blocks (RFC 4217 section 9).
pub(super) fn pbsz(state: &mut SessionState, control: &ServerControl) -> Outcome {
    if !control.is_secure() {
        return Err(Refusal::Sequence("Send AUTH TLS first."));
    }
    state.data.protection.get_or_insert_default();
    Ok(Reply::new(200, "PBSZ=0"))
}

/// RFC 4217 section 9.
pub(super) fn prot(state: &mut SessionState, wanted: Protection) -> Outcome {
    if state.data.protection.is_none() {
        return Err(Refusal::Sequence("Send AUTH TLS and PBSZ 0 first."));
    }
    if wanted == Protection::Clear && state.data.required() >= Required::Data {
        return Err(Refusal::Policy("Data connections need PROT P."));
    }
    state.data.protection = Some(wanted);
    Ok(Reply::new(
        200,
        match wanted {
            Protection::Clear => "Data connections are unencrypted.",
            Protection::Private => "Data connections speak TLS.",
        },
    ))
}

pub(super) fn ccc(control: &ServerControl) -> Refusal {
    match control.is_secure() {
        true => Refusal::Policy("The control connection stays protected."),
        false => Refusal::Unprotected,
    }
}

/// The verbs for HELP, without those that are refused now.
pub(super) fn verbs(state: &SessionState, control: &ServerControl) -> &'static [&'static str] {
    match (state.data.control_tls(), control.is_secure()) {
        (_, true) => &[" PBSZ PROT"],
        (Some(_), false) => &[" AUTH PBSZ PROT", " REIN"],
        (None, false) => &[" REIN"],
    }
}

/// The lines for FEAT.
pub(super) fn features(state: &SessionState) -> &'static [&'static str] {
    match state.data.control_tls() {
        Some(_) => &[" AUTH TLS", " PBSZ", " PROT"],
        None => &[],
    }
}

/// The line for STAT.
pub(super) fn state(state: &SessionState, control: &ServerControl) -> &'static str {
    match (control.is_secure(), state.data.protection) {
        (false, _) => "control and data connections are unencrypted",
        (true, None | Some(Protection::Clear)) => "TLS on the control connection, not on data connections",
        (true, Some(Protection::Private)) => "TLS on the control connection and on data connections",
    }
}
