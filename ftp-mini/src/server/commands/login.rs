//! USER, PASS, REIN and QUIT ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.1).
//!
//! [`Users`](common::users::Users) checks logins. Unknown names look like known ones, and replies to failures
//! are delayed ([RFC 2577](https://www.rfc-editor.org/rfc/rfc2577) sections 5 and 7).

use common::files::TreePath;
use common::users::{Denied, is_anonymous};

use crate::server::control::ServerControl;
use crate::server::limits::FAILED_LOGINS;
use crate::server::refusal::{Outcome, Refusal};
use crate::server::state::{LoginState, SessionState};
use crate::wire::command::Secret;
use crate::wire::reply::Reply;

/// Logs out the current user.
pub(super) fn user(state: &mut SessionState, name: &[u8]) -> Reply {
    state.login = LoginState::Named(name.to_vec());
    Reply::new(
        331,
        match is_anonymous(name) && state.users().anonymous().is_some() {
            true => "Any password will do.",
            false => "Send your password.",
        },
    )
}

/// After a failure the client may try again without USER.
pub(super) async fn pass(state: &mut SessionState, password: &Secret, control: &ServerControl) -> Outcome {
    let LoginState::Named(name) = &state.login else { return Err(Refusal::Sequence("Send USER first.")) };
    match state.users().login(name, password.as_bytes(), control.peer()).await {
        Ok(user) => state.login = LoginState::User(user),
        Err(Denied::Wrong) => {
            state.failed_logins += 1;
            return Err(match state.failed_logins {
                FAILED_LOGINS.. => Refusal::TooManyLogins,
                _ => Refusal::Login,
            });
        }
        Err(barred @ (Denied::TooMany { .. } | Denied::Busy)) => return Err(Refusal::Barred(barred)),
    }
    state.directory = TreePath::ROOT;
    Ok(Reply::new(230, "Logged in."))
}

pub(super) fn rein(state: &mut SessionState, control: &ServerControl) -> Reply {
    state.reset(control);
    Reply::new(220, "Ready for a new user.")
}

/// A running transfer has ended before.
pub(super) fn quit(control: &mut ServerControl) -> Reply {
    control.quit();
    Reply::new(221, "Goodbye.")
}
