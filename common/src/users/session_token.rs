//! Session tokens: what a browser keeps in a cookie instead of a password.
//!
//! A token states a user and an expiry, and carries their MAC (HMAC-SHA-256) under a random key of this process. The
//! server keeps no list of tokens: a token is void after its expiry, after a restart, and when its user is removed.
//!
//! ```text
//! token = user "." expiry "." MAC      (name and MAC in hexadecimal, expiry in seconds since 1970)
//! ```

use std::sync::Arc;

use super::hexadecimal::{decode, encode};
use super::{User, Users};

impl Users {
    /// A token with which `user` is logged in until `expiry`, in seconds since 1970.
    pub fn session_token(&self, user: &User, expiry: u64) -> String {
        let mac = self.logins().mac(&message(user.name(), expiry));
        format!("{}.{expiry}.{}", encode(user.name()), encode(&mac))
    }

    /// The user of a token. `None` if it is malformed, forged or expired, or if the user does not exist any more. `now`
    /// is in seconds since 1970.
    pub fn user_of_session_token(&self, token: &[u8], now: u64) -> Option<Arc<User>> {
        let mut parts = std::str::from_utf8(token).ok()?.split('.');
        let (name, expiry, mac) =
            (decode(parts.next()?)?, parts.next()?.parse().ok()?, decode(parts.next()?)?);
        let is_valid = parts.next().is_none() && expiry > now;
        let logins = self.logins();
        let user = logins.user(&name).filter(|_| is_valid)?;
        logins.is_mac(&message(&name, expiry), &mac).then_some(user)
    }
}

/// What the MAC covers. The expiry has a fixed length, so that no two pairs give the same bytes.
fn message(name: &[u8], expiry: u64) -> Vec<u8> {
    [&expiry.to_be_bytes()[..], name].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::{Actions, UserSecret};

    fn users(names: &[&str]) -> Users {
        let user =
            |name: &&str| (User::new(name, Actions::ALL).unwrap(), UserSecret::Password("secret".into()));
        Users::new(names.iter().map(user).collect(), None).unwrap()
    }

    #[test]
    fn a_token_logs_in_its_user_until_it_expires() {
        let users = users(&["ada", "Зоя"]);
        for name in ["ada", "Зоя"] {
            let token = users.session_token(&User::new(name, Actions::ALL).unwrap(), 1_000);
            let user =
                |now| users.user_of_session_token(token.as_bytes(), now).map(|user| user.name().to_vec());
            assert_eq!(user(999), Some(name.as_bytes().to_vec()), "{token}");
            assert_eq!(user(1_000), None, "expired");
        }
    }

    #[test]
    fn other_tokens_are_void() {
        let users = users(&["ada", "ben"]);
        let of = |users: &Users, name| users.session_token(&User::new(name, Actions::ALL).unwrap(), 1_000);
        let token = of(&users, "ada");
        let (name, mac) = (encode(b"ada"), token.rsplit('.').next().unwrap());
        for (text, why) in [
            (String::new(), "empty"),
            (name.clone(), "no expiry"),
            (format!("{name}.1000"), "no MAC"),
            (format!("{name}.1000."), "an empty MAC"),
            (format!("{name}.1001.{mac}"), "another expiry"),
            (format!("{name}.+1000.{}", &mac[1..]), "an odd number of digits"),
            (format!("{}.1000.{mac}", encode(b"ben")), "another user"),
            (format!("{name}.1000.{mac}.0"), "more parts"),
            (format!("{name}.1000.{}", &mac[2..]), "a shorter MAC"),
            (format!("\u{e9}{name}.1000.{mac}"), "not hexadecimal"),
            (of(&users, "cat"), "a user who does not exist"),
            (of(&self::users(&["ada"]), "ada"), "the key of another process"),
        ] {
            assert!(users.user_of_session_token(text.as_bytes(), 0).is_none(), "{text}: {why}");
        }
        assert!(users.user_of_session_token(&token.into_bytes(), 0).is_some());
    }
}
