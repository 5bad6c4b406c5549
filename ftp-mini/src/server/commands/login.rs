//! USER, PASS, REIN and QUIT ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.1).
//!
//! Who may log in is decided by [`Users`](common::users::Users), for which names that nobody has look
//! like any other, and which answers failures later and later
//! ([RFC 2577](https://www.rfc-editor.org/rfc/rfc2577) sections 5 and 7).

use std::sync::Arc;

use common::files::TreePath;
use common::users::{Denied, User, is_anonymous};

use crate::server::control::Control;
use crate::server::limits::FAILED_LOGINS;
use crate::server::refusal::Refusal;
use crate::server::session::Session;
use crate::wire::command::Secret;
use crate::wire::reply::Reply;

/// How far a client has come.
#[derive(Debug, Default)]
pub(in crate::server) enum Login {
    #[default]
    Nobody,
    /// USER was sent; PASS is to follow.
    Named(Vec<u8>),
    /// Who may do what follows.
    User(Arc<User>),
}

impl Login {
    pub(in crate::server) fn user(&self) -> Option<&Arc<User>> {
        match self {
            Self::User(user) => Some(user),
            Self::Nobody | Self::Named(_) => None,
        }
    }

    /// The name that was given last, whether or not it may log in.
    pub(in crate::server) fn name(&self) -> Option<&[u8]> {
        match self {
            Self::Nobody => None,
            Self::Named(name) => Some(name),
            Self::User(user) => Some(user.name()),
        }
    }
}

/// USER, at any time: whoever was logged in is so no more.
pub(in crate::server) fn user(session: &mut Session, name: &[u8]) -> Reply {
    session.login = Login::Named(name.to_vec());
    Reply::new(
        331,
        match is_anonymous(name) && session.users().anonymous().is_some() {
            true => "Any password will do.",
            false => "Send your password.",
        },
    )
}

/// PASS. After a failure the same name may try again at once.
pub(in crate::server) async fn pass(
    session: &mut Session,
    password: &Secret,
    control: &Control,
) -> Result<Reply, Refusal> {
    let Login::Named(name) = &session.login else { return Err(Refusal::Sequence("Send USER first.")) };
    match session.users().login(name, password.as_bytes(), control.peer()).await {
        Ok(user) => session.login = Login::User(user),
        Err(Denied::Wrong) => {
            session.failed_logins += 1;
            return Err(match session.failed_logins {
                FAILED_LOGINS.. => Refusal::TooManyLogins,
                _ => Refusal::Login,
            });
        }
        Err(barred @ (Denied::TooMany { .. } | Denied::Busy)) => return Err(Refusal::Barred(barred)),
    }
    session.directory = TreePath::ROOT;
    Ok(Reply::new(230, "Logged in."))
}

/// REIN.
pub(in crate::server) fn rein(session: &mut Session, control: &Control) -> Reply {
    session.begin_again(control);
    Reply::new(220, "Ready for a new user.")
}

/// QUIT. A transfer that was running is over by now.
pub(in crate::server) fn quit(control: &mut Control) -> Reply {
    control.end();
    Reply::new(221, "Goodbye.")
}
