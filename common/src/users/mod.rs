//! Accounts, logins and permissions, shared by both protocols. This module opens no file of the tree and
//! knows no protocol.
//!
//! A session gets its [`User`] from [`Users::anonymous`] or [`Users::login`]. For each request it calls
//! `user.locate(&tree, &path, last)`, `user.may(action, &located)`, and then the tree with `located.place()`.
//!
//! Accounts come from `--user NAME:PASSWORD` and from the file that `--users` names
//! ([`AccessOptions`](crate::command::AccessOptions) reads both):
//!
//! ```toml
#![doc = include_str!("example.toml")]
//! ```
//!
//! The deepest rule at or above a path replaces the user's own `allow`. `home` and the rules are optional;
//! any other missing key and any unknown one is an error.

mod action;
mod failures;
mod file;
mod hexadecimal;
mod login;
mod names;
mod password;
mod rules;
mod session_token;
#[cfg(test)]
mod tests;
mod token;
mod user;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::files::PathRule;
use crate::metrics::shared::{self as metrics, LoginResult};
use crate::net::peer::Peer;
pub use action::{Action, Actions};
pub use file::File;
use login::Logins;
pub use names::OnConflict;
pub use password::{Hash, HashRule, MAX_MEMORY, MAX_PASSES};
pub use token::{TokenHash, TokenRule, new_token};
pub use user::{Located, User, is_anonymous};

/// The delay of a wrong login for each failure that counts against it, at most five times.
pub const DELAY: Duration = Duration::from_secs(1);

/// All users; shared by all workers.
#[derive(Clone, Debug)]
pub struct Users {
    /// Replaced as a whole.
    logins: Arc<RwLock<Arc<Logins>>>,
    has_accounts: bool,
    anonymous: Option<Arc<User>>,
    delay: Duration,
    on_conflict: Option<OnConflict>,
}

/// A user's secret.
#[derive(Clone)]
pub enum UserSecret {
    /// A plaintext password, as `--user` gives it.
    Password(String),
    /// A password's hash.
    Hash(Hash),
}

impl fmt::Debug for UserSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a login is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Unknown name or wrong password. The answer is already delayed.
    #[error("wrong name or password")]
    Wrong,
    /// Too many failures from this address within ten minutes, in total or at this name.
    #[error("too many failed logins; try again in {} seconds", retry_after.as_secs() + 1)]
    TooMany {
        /// Until enough failures have expired.
        retry_after: Duration,
    },
    /// Too many logins are being checked, or memory is short.
    #[error("too many logins at the moment; try again")]
    Busy,
}

/// Why a set of users is invalid. Names and paths are escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsersFault {
    /// The name is empty.
    #[error("a user has an empty name")]
    NoName,
    /// The name is `anonymous` or `ftp`.
    #[error("the name '{0}' means anonymous access; choose another")]
    Anonymous(String),
    /// A protocol cannot transmit the name.
    #[error("the name '{0}' has a colon or a control character; choose another")]
    Unusable(String),
    /// Two users have this name.
    #[error("there are two users '{0}'; names are unique")]
    Twice(String),
    /// The plaintext password is empty.
    #[error("the password of '{0}' is empty")]
    NoPassword(String),
    /// The home or the path of a rule is invalid.
    #[error("user '{user}': '{path}': {rule}")]
    Path {
        /// The user.
        user: String,
        /// The path as written.
        path: String,
        /// What is wrong with it.
        rule: PathRule,
    },
    /// Two rules of one user for the same path.
    #[error("user '{user}': there are two rules for '{path}'")]
    RuleTwice {
        /// The user.
        user: String,
        /// The path as the second rule writes it.
        path: String,
    },
    /// The hash is invalid.
    #[error("user '{user}': {rule}")]
    Hash {
        /// The user.
        user: String,
        /// What is wrong with it.
        rule: HashRule,
    },
    /// The hash of a token is invalid.
    #[error("user '{user}': {rule}")]
    Token {
        /// The user.
        user: String,
        /// What is wrong with it.
        rule: TokenRule,
    },
    /// Two users have this token.
    #[error("user '{0}': the token is that of another user, too")]
    TokenTwice(String),
    /// Verifying the hash takes more than half of the system's memory.
    #[error("the hash of '{user}' takes {mib} MiB to verify, more than half of the memory of this system")]
    Memory {
        /// The user.
        user: String,
        /// Its cost.
        mib: usize,
    },
    /// Hashes of too many different costs; a wrong login computes one of each.
    #[error("the hashes have more than {} different parameters", login::COSTS)]
    Costs,
    /// The system has no random bytes for the process key.
    #[error("no random key: {0}")]
    Random(#[from] rustix::io::Errno),
}

impl Users {
    /// Users with a password, and what anonymous users may do (`None`: everyone must log in).
    pub fn new(users: Vec<(User, UserSecret)>, anonymous: Option<Actions>) -> Result<Self, UsersFault> {
        let anonymous = anonymous.map(|allow| Arc::new(User::anonymous(allow)));
        let has_accounts = !users.is_empty();
        let logins = Arc::new(RwLock::new(Arc::new(Logins::new(users)?)));
        Ok(Self { logins, has_accounts, anonymous, delay: DELAY, on_conflict: None })
    }

    /// Replaces the users with a password, for logins from now on. If there is a fault, the old ones remain. Counts of
    /// wrong logins and the session tokens of users who remain are kept. To be called off the event loops.
    pub fn replace(&self, users: Vec<(User, UserSecret)>) -> Result<(), UsersFault> {
        let new = self.logins().with_accounts(users)?;
        *self.logins.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        Ok(())
    }

    fn logins(&self) -> Arc<Logins> {
        Arc::clone(&self.logins.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same with another delay of wrong logins than [`DELAY`], for tests.
    #[must_use]
    pub fn with_delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Sets what an upload does if its name exists.
    #[must_use]
    pub fn with_on_conflict(self, on_conflict: Option<OnConflict>) -> Self {
        Self { on_conflict, ..self }
    }

    /// The action for an upload whose name exists.
    pub fn on_conflict(&self) -> Option<OnConflict> {
        self.on_conflict
    }

    /// Whether any user has a password, so that a refused peer can be asked for one.
    pub fn have_passwords(&self) -> bool {
        self.has_accounts
    }

    /// The users with a password.
    pub fn all(&self) -> Vec<Arc<User>> {
        self.logins().users()
    }

    /// The anonymous user. `None`: the peer must log in.
    pub fn anonymous(&self) -> Option<Arc<User>> {
        self.anonymous.clone()
    }

    /// Logs in. [`anonymous` and `ftp`](is_anonymous) are anonymous with any password, if anonymous access is
    /// on.
    ///
    /// A password that was verified within the last five minutes is accepted at once; any other is hashed off
    /// the event loop, at most two at a time in the process. A wrong login is answered after [`DELAY`] for
    /// each failure that counts against its address or its name, at most five times; an unknown name takes
    /// and costs as much.
    pub async fn login(&self, name: &[u8], password: &[u8], from: Peer) -> Result<Arc<User>, Denied> {
        let login = match &self.anonymous {
            Some(user) if is_anonymous(name) => Ok(Arc::clone(user)),
            _ => self.logins().login(name, password, from, self.delay).await,
        };
        count(&login);
        login
    }

    /// Logs in with a token. A wrong one costs and counts as a wrong password of an unknown user.
    pub async fn login_with_token(&self, token: &[u8], from: Peer) -> Result<Arc<User>, Denied> {
        let logins = self.logins();
        let login = match logins.user_of_token(TokenHash::of(token)) {
            Some(user) => Ok(user),
            // No user has an empty name.
            None => logins.login(b"", token, from, self.delay).await,
        };
        count(&login);
        login
    }
}

/// Counts a login by its result.
fn count(login: &Result<Arc<User>, Denied>) {
    metrics::login(match login {
        Ok(_) => LoginResult::Accepted,
        Err(Denied::Wrong) => LoginResult::Wrong,
        Err(Denied::TooMany { .. }) => LoginResult::LockedOut,
        Err(Denied::Busy) => LoginResult::Busy,
    });
}
