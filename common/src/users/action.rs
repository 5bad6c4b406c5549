//! [`Action`] and [`Actions`]: what a user can be allowed.

use std::fmt;

use serde::Deserialize;

/// What can be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// To read the names in a directory.
    List,
    /// To read a file.
    Get,
    /// To make a file or a directory under a name that is free.
    Upload,
    /// To change what has the name: replace it, append to it, set its times.
    Overwrite,
    /// To remove a name. A rename asks for this at the old name and for [`Action::Upload`] at the
    /// new one, or [`Action::Overwrite`] where a file has it.
    Delete,
}

impl Action {
    /// Those that change the tree.
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
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// To list and to get.
    pub const READ: Self = Self::NONE.and(Action::List).and(Action::Get);
    /// To upload under free names: nothing is listed, read or replaced.
    pub const DROP: Self = Self::NONE.and(Action::Upload);
    /// Everything.
    pub const ALL: Self = Self::READ.and(Action::Upload).and(Action::Overwrite).and(Action::Delete);

    /// These and one more.
    #[must_use]
    pub const fn and(self, action: Action) -> Self {
        Self(self.0 | (1 << action as u8))
    }

    /// Whether the action is one of them.
    pub const fn has(self, action: Action) -> bool {
        self.0 & (1 << action as u8) != 0
    }
}

impl FromIterator<Action> for Actions {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        actions.into_iter().fold(Self::NONE, Self::and)
    }
}
