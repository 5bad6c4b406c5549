//! [`Action`] and [`Actions`]: permissions.

use std::fmt;

use serde::Deserialize;

/// A permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Read the names in a directory.
    List,
    /// Read a file.
    Get,
    /// Create a file or a directory under a free name.
    Upload,
    /// Replace a file, append to it, or set its times.
    Overwrite,
    /// Remove a name. A rename needs this at the old name and, at the new one, [`Action::Upload`], or
    /// [`Action::Overwrite`] if a file has that name.
    Delete,
}

impl Action {
    /// The actions that change the tree.
    pub const CHANGES: [Self; 3] = [Self::Upload, Self::Overwrite, Self::Delete];
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::List => "list",
            Self::Get => "get",
            Self::Upload => "upload",
            Self::Overwrite => "overwrite",
            Self::Delete => "delete",
        })
    }
}

/// A set of [`Action`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actions(u8);

impl Actions {
    /// No action.
    pub const NONE: Self = Self(0);
    /// List and get.
    pub const READ: Self = Self::NONE.and(Action::List).and(Action::Get);
    /// Upload under free names, without listing, reading or replacing anything.
    pub const DROP: Self = Self::NONE.and(Action::Upload);
    /// Every action.
    pub const ALL: Self = Self::READ.and(Action::Upload).and(Action::Overwrite).and(Action::Delete);

    /// Adds an action.
    #[must_use]
    pub const fn and(self, action: Action) -> Self {
        Self(self.0 | (1 << action as u8))
    }

    /// Whether the set contains `action`.
    pub const fn has(self, action: Action) -> bool {
        self.0 & (1 << action as u8) != 0
    }
}

impl FromIterator<Action> for Actions {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        actions.into_iter().fold(Self::NONE, Self::and)
    }
}
