//! Sets up a session after the greeting: TLS, login and features. Once TLS was requested, the password is never
//! sent without it ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 5.4,
//! [RFC 4217](https://www.rfc-editor.org/rfc/rfc4217),
//! [RFC 2389](https://www.rfc-editor.org/rfc/rfc2389),
//! [RFC 2640](https://www.rfc-editor.org/rfc/rfc2640)).

use common::client::{Fault, FaultKind, UserCredentials};
use common::escape::printable;
use common::net::tls::client::TlsClient;

use super::control::ClientControl;
use super::error::{ServerReason, SessionError};
use super::limits::{ANSWER, GREETING};
use crate::wire::command::Verb;
use crate::wire::features::Features;
use crate::wire::reply::ReplyClass;

/// The anonymous user (RFC 1635). The password is not a real address.
pub fn anonymous() -> UserCredentials {
    UserCredentials { user: "anonymous".into(), password: "anonymous@".into(), netrc: None }
}

/// The greeting: 220, after any number of 120 (RFC 959 section 5.4).
pub(super) async fn greeting(control: &mut ClientControl) -> Result<(), SessionError> {
    control.wait_for(Some(GREETING));
    let greeting = control.last().await.map_err(|error| match error {
        SessionError::Silent(_) => SessionError::NoGreeting(GREETING),
        error => error,
    })?;
    control.wait_for(Some(ANSWER));
    match greeting.class() {
        ReplyClass::Completion => Ok(()),
        _ => Err(SessionError::Ended(ServerReason::from(&greeting))),
    }
}

/// AUTH TLS and the handshake.
pub(super) async fn secure(
    control: &mut ClientControl,
    tls: &TlsClient,
    name: &str,
) -> Result<(), SessionError> {
    let reply = control.ask(Verb::Auth, Some(b"TLS")).await?;
    match reply.class() {
        ReplyClass::Completion => control.start_tls(tls, name).await,
        _ => Err(SessionError::NoTls(ServerReason::from(&reply))),
    }
}

/// PBSZ and PROT: data connections use TLS as well (RFC 4217 section 9).
pub(super) async fn protect(control: &mut ClientControl) -> Result<(), SessionError> {
    // Servers that need no PBSZ may refuse it.
    control.ask(Verb::Pbsz, Some(b"0")).await?;
    control.perform(Verb::Prot, Some(b"P")).await?;
    Ok(())
}

/// USER and PASS. Some servers accept USER alone.
pub(super) async fn log_in(control: &mut ClientControl, login: &UserCredentials) -> Result<(), SessionError> {
    let reply = control.ask(Verb::User, Some(login.user.as_bytes())).await?;
    let (verb, reply) = match reply.code() {
        331 => (Verb::Pass, control.ask(Verb::Pass, Some(login.password.as_bytes())).await?),
        _ => (Verb::User, reply),
    };
    match (reply.class(), reply.code()) {
        (ReplyClass::Completion, _) => Ok(()),
        (_, 332) => Err(SessionError::Account),
        _ => Err(of_file(SessionError::refused(verb, &reply), login)),
    }
}

/// Adds the file that the login was read from to the error.
fn of_file(refused: SessionError, login: &UserCredentials) -> SessionError {
    match &login.netrc {
        Some(file) if refused.kind() == FaultKind::Refused => {
            let file = file.display().to_string();
            let why =
                format!("{refused}; the login is from '{}', check it there", printable(file.as_bytes()));
            Fault::new(FaultKind::Refused, why).into()
        }
        _ => refused,
    }
}

/// Requests the features, UTF-8 names if the server has them, and binary transfer.
pub(super) async fn negotiate(control: &mut ClientControl) -> Result<Features, SessionError> {
    control.settle().await?;
    control.say(Verb::Feat, None)?;
    control.say(Verb::Type, Some(b"I"))?;
    let reply = control.last().await?;
    // A server without FEAT has no features.
    let features = if reply.code() == 211 { Features::read(&reply) } else { Features::default() };
    let representation = control.last().await?;
    if representation.class() != ReplyClass::Completion {
        return Err(SessionError::refused(Verb::Type, &representation));
    }
    if features.utf8 {
        // Servers that always use UTF-8 may refuse it.
        control.ask(Verb::Opts, Some(b"UTF8 ON")).await?;
    }
    Ok(features)
}
