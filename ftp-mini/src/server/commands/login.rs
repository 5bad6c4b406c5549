//! USER, PASS, REIN and QUIT ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.1): only
//! `anonymous` and `ftp` log in, with any password.
//!
//! A name that may not is asked for its password all the same, and refused later and later
//! ([RFC 2577](https://www.rfc-editor.org/rfc/rfc2577) sections 5 and 7).

use common::files::TreePath;

use crate::server::control::Control;
use crate::server::limits::FAILED_LOGINS;
use crate::server::refusal::Refusal;
use crate::server::session::Session;
use crate::wire::reply::Reply;

/// How far a client has come.
#[derive(Debug, Default)]
pub(in crate::server) enum Login {
    #[default]
    Nobody,
    /// USER was sent; PASS is to follow.
    Named(Vec<u8>),
    /// Who may do what follows.
    User(User),
}

/// Somebody who is logged in; made by [`pass`] only.
#[derive(Debug)]
pub(in crate::server) struct User {
    name: Vec<u8>,
}

impl Login {
    pub(in crate::server) fn user(&self) -> Option<&User> {
        match self {
            Self::User(user) => Some(user),
            Self::Nobody | Self::Named(_) => None,
        }
    }

    /// The name that was given last, whether or not it may log in.
    pub(in crate::server) fn name(&self) -> Option<&[u8]> {
        match self {
            Self::Nobody => None,
            Self::Named(name) | Self::User(User { name }) => Some(name),
        }
    }
}

/// USER, at any time: whoever was logged in is so no more.
pub(in crate::server) fn user(session: &mut Session, name: &[u8]) -> Reply {
    session.login = Login::Named(name.to_vec());
    Reply::new(331, "Send your password; for anonymous any will do.")
}

/// PASS. After a failure the same name may try again at once.
pub(in crate::server) async fn pass(session: &mut Session) -> Result<Reply, Refusal> {
    let Login::Named(name) = &session.login else { return Err(Refusal::Sequence("Send USER first.")) };
    if !is_anonymous(name) {
        session.failed_logins += 1;
        tokio::time::sleep(session.limits().login_delay * session.failed_logins).await;
        return Err(match session.failed_logins {
            FAILED_LOGINS.. => Refusal::TooManyLogins,
            _ => Refusal::Login,
        });
    }
    session.login = Login::User(User { name: name.clone() });
    session.directory = TreePath::ROOT;
    Ok(Reply::new(230, "Logged in."))
}

fn is_anonymous(name: &[u8]) -> bool {
    [&b"anonymous"[..], b"ftp"].iter().any(|known| known.eq_ignore_ascii_case(name))
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
