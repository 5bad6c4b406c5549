//! Accounts, logins and permissions, the same for every protocol. It opens no file of the tree and
//! knows no command of a protocol.
//!
//! A session asks [`Users`] who its peer is, by [`Users::anonymous`] or [`Users::login`], and holds
//! the [`User`] that it gets. Then, for each request: `user.locate(&tree, &path, last)`,
//! `user.may(action, &located)`, and the tree's call on `located.place()`.
//!
//! Accounts come from `--user NAME:PASSWORD` and from the file that `--users` names
//! ([`AccessOptions`](crate::command::AccessOptions) reads both):
//!
//! ```toml
#![doc = include_str!("example.toml")]
//! ```
//!
//! The deepest rule whose path is the path asked for, or above it, takes the place of the user's own
//! `allow`. `home` and the rules may be left out; anything else that is missing or unknown is an
//! error.

mod action;
mod failures;
mod file;
mod login;
mod names;
mod password;
mod rules;
#[cfg(test)]
mod tests;
mod user;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::files::PathRule;
use crate::net::peer::Peer;
pub use action::{Action, Actions};
pub use file::File;
use login::Logins;
pub use names::{INDEX, OnConflict};
pub use password::{Hash, HashRule, MAX_MEMORY, MAX_PASSES};
pub use user::{Located, User, is_anonymous};

/// A wrong login is answered so much later for each failure that counts against it, at most five
/// times.
pub const DELAY: Duration = Duration::from_secs(1);

/// Everybody who may use the server; crosses threads and is shared by all workers.
#[derive(Clone, Debug)]
pub struct Users {
    logins: Arc<Logins>,
    anonymous: Option<Arc<User>>,
    delay: Duration,
    on_conflict: Option<OnConflict>,
}

/// What a user logs in with.
#[derive(Clone)]
pub enum Secret {
    /// A password in clear, as `--user` gives it.
    Password(String),
    /// The hash of one.
    Hash(Hash),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a login is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No such name, or not its password. The answer has been delayed already.
    #[error("wrong name or password")]
    Wrong,
    /// Too many failures from this address within ten minutes, in all or at this name.
    #[error("too many failed logins; try again in {} seconds", retry_after.as_secs() + 1)]
    TooMany {
        /// Until enough of the failures no longer count.
        retry_after: Duration,
    },
    /// Too many logins are being checked at the moment, or there is no memory for it.
    #[error("too many logins at the moment; try again")]
    Busy,
}

/// Why there cannot be such users. Names and paths are shown with what is not printable escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The name is empty.
    #[error("a user has an empty name")]
    NoName,
    /// The name is `anonymous` or `ftp`.
    #[error("the name '{0}' stands for anonymous access; choose another")]
    Anonymous(String),
    /// No login can carry the name.
    #[error("the name '{0}' has a colon or a control character; choose another")]
    Unusable(String),
    /// Two users have this name.
    #[error("there are two users '{0}'; names are unique")]
    Twice(String),
    /// The password in clear is empty.
    #[error("the password of '{0}' is empty")]
    NoPassword(String),
    /// The home or the path of a rule.
    #[error("user '{user}': '{path}': {rule}")]
    Path {
        /// Whose.
        user: String,
        /// As it is written.
        path: String,
        /// What is wrong with it.
        rule: PathRule,
    },
    /// Two rules of one user for the same path.
    #[error("user '{user}': there are two rules for '{path}'")]
    RuleTwice {
        /// Whose.
        user: String,
        /// As the second one writes it.
        path: String,
    },
    /// The hash.
    #[error("user '{user}': {rule}")]
    Hash {
        /// Whose.
        user: String,
        /// What is wrong with it.
        rule: HashRule,
    },
    /// A wrong login computes one hash of each cost.
    #[error(
        "the hashes have more than {} different parameters; make them anew with 'mini passwd'",
        login::COSTS
    )]
    Costs,
    /// The system has no randomness for the key of this process.
    #[error("no random key: {0}")]
    Random(#[from] rustix::io::Errno),
}

impl Users {
    /// Those who log in with a password, and what everybody else may do (`None`: log in first).
    ///
    /// # Errors
    /// Names that are not unique, empty passwords, hashes of more than four different costs, or no
    /// randomness.
    pub fn new(users: Vec<(User, Secret)>, anonymous: Option<Actions>) -> Result<Self, Fault> {
        let anonymous = anonymous.map(|allow| Arc::new(User::anonymous(allow)));
        Ok(Self { logins: Arc::new(Logins::new(users)?), anonymous, delay: DELAY, on_conflict: None })
    }

    /// The same with another delay of wrong logins than [`DELAY`]; tests need not wait.
    #[must_use]
    pub fn with_delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// The same with another rule for uploads whose name exists.
    #[must_use]
    pub fn with_on_conflict(self, on_conflict: Option<OnConflict>) -> Self {
        Self { on_conflict, ..self }
    }

    /// What an upload does if its name exists.
    pub fn on_conflict(&self) -> Option<OnConflict> {
        self.on_conflict
    }

    /// Whether anybody can log in with a password, so that a refused peer should be asked for one.
    pub fn have_passwords(&self) -> bool {
        !self.logins.is_empty()
    }

    /// Those who log in with a password.
    pub fn iter(&self) -> impl Iterator<Item = &User> {
        self.logins.users()
    }

    /// Who a peer is that has not said who it is. `None`: it must log in.
    pub fn anonymous(&self) -> Option<Arc<User>> {
        self.anonymous.clone()
    }

    /// Who a peer is that gives this name and password. [`anonymous` and `ftp`](is_anonymous) are
    /// anonymous with any password, if anybody may be.
    ///
    /// A password that was verified within the last five minutes is recognized at once; any other is
    /// hashed off the event loop, at most two at a time for the process.
    ///
    /// # Errors
    /// [`Denied`]. A wrong login is answered after [`DELAY`] for each failure that counts against its
    /// address or its name, at most five times; it takes as long and costs as much for a name that
    /// nobody has.
    pub async fn login(&self, name: &[u8], password: &[u8], from: Peer) -> Result<Arc<User>, Denied> {
        match &self.anonymous {
            Some(user) if is_anonymous(name) => Ok(Arc::clone(user)),
            _ => self.logins.login(name, password, from, self.delay).await,
        }
    }
}
