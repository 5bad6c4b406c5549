//! Log in and Log out of the pages: `POST ?login` and `POST ?logout`. The session is a cookie
//! ([RFC 6265](https://www.rfc-editor.org/rfc/rfc6265)), which this server does not store: it states the user and an
//! expiry, and carries their MAC ([`Users::session_token`](common::users::Users::session_token)).
//!
//! Clients other than browsers use Basic authentication, which works beside it.

use std::sync::Arc;

use common::net::clock;
use common::net::conn::Conn;
use common::net::peer::Peer;
use common::users::User;

use super::form::Form;
use super::location::same_target;
use super::refusal::{Outcome, Refusal};
use super::response::ServerResponse;
use super::{COOKIE, HttpWorker};
use crate::content::read::Incoming;
use crate::wire::head::{Method, RequestHead};
use crate::wire::{cookie, query};

/// How long a session lasts, in seconds (12 hours).
const LIFETIME: u64 = 12 * 60 * 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoginAction {
    LogIn,
    LogOut,
}

/// What a form of the page asks for, if it is one of these.
pub(super) fn action(head: &RequestHead) -> Option<LoginAction> {
    let query = head.target().query().filter(|_| head.method() == Method::Post)?;
    match (query::get(query, "login"), query::get(query, "logout")) {
        (Some(_), _) => Some(LoginAction::LogIn),
        (None, Some(_)) => Some(LoginAction::LogOut),
        (None, None) => None,
    }
}

impl HttpWorker {
    /// The user whose session the cookie of a request states.
    pub(super) fn session_user(&self, head: &RequestHead) -> Option<Arc<User>> {
        self.users.user_of_session_token(cookie::get(head, COOKIE)?, clock::unix_seconds())
    }

    /// Performs the action of a form, and returns the browser to the page on which it was chosen.
    pub(super) async fn perform_login(
        &self,
        head: &RequestHead,
        peer: Peer,
        content: &mut Incoming,
        conn: &mut Conn,
    ) -> Outcome {
        if !self.users.have_passwords() {
            return Err(Refusal::because(
                404,
                "has no users who log in",
                "tidak memiliki pengguna yang dapat masuk",
            ));
        }
        // Another site must not change the user for whom the browser acts.
        if self.site.is_foreign(head) {
            return Err(Refusal::because(
                403,
                "may not be changed by pages of another site",
                "tidak boleh diubah oleh halaman situs lain",
            ));
        }
        let form = Form::receive(head, content, conn).await?;
        let (token, age) = match action(head) {
            None | Some(LoginAction::LogOut) => (String::new(), 0),
            Some(LoginAction::LogIn) => {
                let user = self.users.login(form.value("user"), form.value("password"), peer).await;
                let user = user.map_err(Refusal::Login)?;
                (self.users.session_token(&user, clock::unix_seconds() + LIFETIME), LIFETIME)
            }
        };
        let secure = if conn.is_secure() { "; Secure" } else { "" };
        let cookie = format!("{COOKIE}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}");
        Ok(ServerResponse::empty(303).with(|response| {
            response
                .field("Location", same_target(head.target()))
                .field("Set-Cookie", cookie)
                .field("Cache-Control", "no-store")
        }))
    }
}
