//! The users file: TOML, each account a `[[user]]`. This module only interprets the text; the command reads
//! the file.

use serde::Deserialize;

use super::{Action, User, UserSecret, UsersFault};

/// A parsed users file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    #[serde(default)]
    user: Vec<Account>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    name: String,
    hash: String,
    #[serde(default)]
    tokens: Vec<String>,
    #[serde(default)]
    home: String,
    allow: Vec<Action>,
    #[serde(default)]
    path: Vec<PathTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PathTable {
    path: String,
    allow: Vec<Action>,
}

impl File {
    /// The accounts of the file, unless a name, path or hash is malformed.
    pub fn accounts(self) -> Result<Vec<(User, UserSecret)>, UsersFault> {
        self.user.into_iter().map(Account::read).collect()
    }
}

impl Account {
    fn read(self) -> Result<(User, UserSecret), UsersFault> {
        let mut user = User::new(&self.name, self.allow.into_iter().collect())?.with_home(&self.home)?;
        for PathTable { path, allow } in self.path {
            user = user.with_rule(&path, allow.into_iter().collect())?;
        }
        let token =
            |text: &String| text.parse().map_err(|rule| UsersFault::Token { user: self.name.clone(), rule });
        let user = user.with_tokens(self.tokens.iter().map(token).collect::<Result<_, _>>()?);
        let hash = self.hash.parse().map_err(|rule| UsersFault::Hash { user: user.shown_name(), rule })?;
        Ok((user, UserSecret::Hash(hash)))
    }
}
