//! [`User`]: the permissions of a user. Sessions check them before they use the tree.
//!
//! A session [locates](User::locate) a path first. Rules are matched by device and inode, so letter case,
//! symlinks and moves cannot bypass them.

use std::borrow::Cow;

use super::action::{Action, Actions};
use super::rules::Rules;
use super::{TokenHash, UsersFault};
use crate::escape::Escaped;
use crate::files::{Entry, LastLink, Tree, TreeError, TreePath, Uploader};
use crate::net::peer::Peer;

/// A user who is logged in, or anonymous. [`Users`](super::Users) creates it.
#[derive(Clone, Debug)]
pub struct User {
    name: Box<[u8]>,
    is_anonymous: bool,
    home: TreePath,
    allow: Actions,
    rules: Rules,
    tokens: Vec<TokenHash>,
}

/// The target of a path, in the served tree and for the user's rules.
#[derive(Clone, Debug)]
pub struct Located {
    /// In the spelling of the rules.
    pub(super) ruled: TreePath,
    /// In the tree, if the path there differs.
    place: Option<TreePath>,
}

impl Located {
    /// The path in the tree.
    pub fn place(&self) -> &TreePath {
        self.place.as_ref().unwrap_or(&self.ruled)
    }

    /// A path without links.
    #[cfg(test)]
    pub(crate) fn by_text(path: &str) -> Self {
        Self { ruled: TreePath::ROOT.join(path.as_bytes()).unwrap(), place: None }
    }
}

/// Whether a name requests anonymous access: `anonymous` or `ftp` (RFC 1635), ignoring case.
pub fn is_anonymous(name: &[u8]) -> bool {
    [&b"anonymous"[..], b"ftp"].iter().any(|known| known.eq_ignore_ascii_case(name))
}

impl User {
    /// A user who sees the whole tree and has these permissions everywhere in it.
    ///
    /// # Errors
    /// A name that is empty, means anonymous access, or cannot be sent: the user-id of Basic authentication
    /// has no colon (RFC 7617 section 2), and a command line no control characters.
    pub fn new(name: &str, allow: Actions) -> Result<Self, UsersFault> {
        match name {
            "" => return Err(UsersFault::NoName),
            name if is_anonymous(name.as_bytes()) => return Err(UsersFault::Anonymous(name.into())),
            name if name.contains(|letter: char| letter == ':' || letter.is_control()) => {
                return Err(UsersFault::Unusable(shown(name)));
            }
            _ => {}
        }
        Ok(Self { is_anonymous: false, name: name.as_bytes().into(), ..Self::anonymous(allow) })
    }

    pub(super) fn anonymous(allow: Actions) -> Self {
        let name = (*b"anonymous").into();
        Self {
            name,
            is_anonymous: true,
            home: TreePath::ROOT,
            allow,
            rules: Rules::default(),
            tokens: Vec::new(),
        }
    }

    /// Lets this user also log in with the tokens of these hashes.
    #[must_use]
    pub fn with_tokens(self, tokens: Vec<TokenHash>) -> Self {
        Self { tokens, ..self }
    }

    pub(super) fn tokens(&self) -> &[TokenHash] {
        &self.tokens
    }

    /// Shows this user only a directory of the tree, and follows no symlink out of it.
    pub fn with_home(mut self, home: &str) -> Result<Self, UsersFault> {
        self.home = self.path(home)?;
        Ok(self)
    }

    /// Replaces the permissions at a path, as the user sees it, and below it. A path has at most one rule.
    pub fn with_rule(mut self, path: &str, allow: Actions) -> Result<Self, UsersFault> {
        match self.rules.add(self.path(path)?, allow) {
            true => Ok(self),
            false => Err(UsersFault::RuleTwice { user: self.shown_name(), path: shown(path) }),
        }
    }

    fn path(&self, path: &str) -> Result<TreePath, UsersFault> {
        let fault = |rule| UsersFault::Path { user: self.shown_name(), path: shown(path), rule };
        TreePath::ROOT.join(path.as_bytes()).map_err(fault)
    }

    pub(super) fn shown_name(&self) -> String {
        Escaped(&self.name).to_string()
    }

    /// The name of the login; `anonymous` for anonymous users.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Whether the user is anonymous.
    pub fn is_anonymous(&self) -> bool {
        self.is_anonymous
    }

    /// Identifies the owner of a partial upload: a user by name, anonymous users by address. No name contains
    /// a colon.
    pub fn holder(&self, peer: Peer) -> Vec<u8> {
        match self.is_anonymous {
            true => [&self.name, &b":"[..], peer.to_string().as_bytes()].concat(),
            false => self.name.to_vec(),
        }
    }

    /// Whose share of the uploads is used.
    pub fn uploader(&self, peer: Peer) -> Uploader<'_> {
        Uploader { user: (!self.is_anonymous).then_some(&self.name), address: peer.ip() }
    }

    /// Maps a path as this user sees it to the path in the served tree, below the user's home.
    pub fn place<'a>(&self, path: &'a TreePath) -> Cow<'a, TreePath> {
        if self.home.is_root() {
            return Cow::Borrowed(path);
        }
        Cow::Owned(path.below(&self.home))
    }

    /// Looks up the target of a path, as this user sees it. The file system is accessed only for users with
    /// rules.
    pub async fn locate<N: 'static>(
        &self,
        tree: &Tree<N>,
        path: TreePath,
        last: LastLink,
    ) -> Result<Located, TreeError> {
        if self.rules.are_none() {
            return Ok(self.locate_by_text(path));
        }
        // Boxed: a waiting session is as large as its largest state.
        Box::pin(self.trace(tree, &self.place(&path), last)).await
    }

    /// Locates a path whose last name is no link. No link is followed in the path that is returned, even if one appears
    /// there later.
    pub async fn locate_linkless<N: 'static>(
        &self,
        tree: &Tree<N>,
        path: &TreePath,
    ) -> Result<Located, TreeError> {
        let at = self.trace(tree, &self.place(path), LastLink::Kept).await?;
        Ok(Located { place: at.place.map(TreePath::without_links), ..at })
    }

    /// Locates a name in a directory that was [located without links](Self::locate_linkless), in the same way.
    pub async fn locate_linkless_in<N: 'static>(
        &self,
        tree: &Tree<N>,
        directory: &Located,
        name: &[u8],
    ) -> Result<Located, TreeError> {
        let at = self.trace(tree, &directory.place().child(name), LastLink::Kept).await?;
        Ok(Located { place: at.place.map(TreePath::without_links), ..at })
    }

    /// Looks up the target of a path in the tree.
    async fn trace<N: 'static>(
        &self,
        tree: &Tree<N>,
        place: &TreePath,
        last: LastLink,
    ) -> Result<Located, TreeError> {
        self.rules.refresh(tree, |path| self.place(path)).await?;
        let trace = tree.trace(place, last).await?;
        let mut ruled = self.rules.spell(&trace);
        if ruled.as_bytes() != trace.path.as_bytes() {
            // The inode may have been reused for another file.
            self.rules.look_up(tree, |path| self.place(path)).await?;
            ruled = self.rules.spell(&trace);
        }
        Ok(Located { ruled, place: Some(self.place(&trace.path).into_owned()) })
    }

    /// Like [`Self::locate`], without accessing the file system; `None` for users with rules.
    pub fn locate_now(&self, path: TreePath) -> Option<Located> {
        self.rules.are_none().then(|| self.locate_by_text(path))
    }

    fn locate_by_text(&self, path: TreePath) -> Located {
        let place = (!self.home.is_root()).then(|| path.below(&self.home));
        Located { ruled: path, place }
    }

    /// Locates an entry of a located directory.
    pub fn locate_entry(&self, directory: &Located, entry: &Entry<'_>) -> Located {
        let known = self.rules.spelling(entry.meta.version.identity());
        Located {
            ruled: known.unwrap_or_else(|| directory.ruled.child(entry.name)),
            place: directory.place.as_ref().map(|place| place.child(entry.name)),
        }
    }

    /// Whether the user has this permission at a path. The deepest rule at or above it decides.
    pub fn may(&self, action: Action, at: &Located) -> bool {
        self.may_at(action, &at.ruled)
    }

    /// Like [`Self::may`], for a path in the spelling of the rules.
    pub(super) fn may_at(&self, action: Action, ruled: &TreePath) -> bool {
        self.rules.allowed(ruled).unwrap_or(self.allow).has(action)
    }

    /// Whether the user may remove or rename a file or directory. The path of a rule and the directories
    /// above it cannot be removed: the rule would be left without its path.
    pub fn may_remove(&self, at: &Located) -> bool {
        self.may(Action::Delete, at) && !self.rules.are_at_or_below(&at.ruled)
    }

    /// Whether the user may rename `from` to `to`. `action` is [`Action::Upload`] if the name `to` is free,
    /// [`Action::Overwrite`] if a file has it.
    ///
    /// A move from a place where the user cannot list or read to one where the user can, or to a path that
    /// has a rule at or below it, is never allowed.
    pub fn may_move(&self, from: &Located, action: Action, to: &Located) -> bool {
        let reveals = |action| self.may(action, to) && !self.may(action, from);
        let is_revealed = [Action::List, Action::Get].into_iter().any(reveals);
        let is_ruled = self.rules.are_at_or_below(&to.ruled);
        self.may_remove(from) && self.may(action, to) && !is_ruled && !is_revealed
    }

    /// Whether the user has this permission at any path.
    pub fn may_somewhere(&self, action: Action) -> bool {
        self.allow.has(action) || self.rules.any_allows(action)
    }
}

fn shown(text: &str) -> String {
    Escaped(text.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::PathRule;

    fn path(text: &str) -> TreePath {
        TreePath::ROOT.join(text.as_bytes()).unwrap()
    }

    fn at(text: &str) -> Located {
        Located::by_text(text)
    }

    #[test]
    fn the_deepest_rule_at_the_path_or_above_decides() {
        let user = User::new("ada", Actions::READ)
            .and_then(|user| user.with_rule("/in", Actions::DROP))
            .and_then(|user| user.with_rule("/in/old/kept", Actions::NONE))
            .and_then(|user| user.with_rule("in/old/", Actions::ALL))
            .unwrap();
        for (text, allowed, why) in [
            ("/", "list get", "no rule"),
            ("/a/b", "list get", "no rule"),
            ("/in", "upload", "the rule's own path"),
            ("/in/a/b", "upload", "below it"),
            ("/inner", "list get", "only whole names count"),
            ("/in/old", "list get upload overwrite delete", "deeper"),
            ("/in/old/a", "list get upload overwrite delete", "deeper"),
            ("/in/old/kept/a", "", "the deepest"),
            ("/a/in", "list get", "rules are relative to the user's home"),
        ] {
            let seen: Vec<String> = [Action::List, Action::Get]
                .into_iter()
                .chain(Action::CHANGES)
                .filter(|action| user.may(*action, &at(text)))
                .map(|action| action.to_string())
                .collect();
            assert_eq!(seen.join(" "), allowed, "{text}: {why}");
        }
    }

    #[test]
    fn a_directory_with_a_rule_cannot_be_removed() {
        let user = User::new("ada", Actions::ALL)
            .and_then(|user| user.with_rule("/a/b", Actions::READ))
            .and_then(|user| user.with_rule("/drop", Actions::NONE.and(Action::Upload).and(Action::Delete)))
            .unwrap();
        for (text, expected, why) in [
            ("/", false, "the rule of /a/b"),
            ("/a", false, "the rule of /a/b"),
            ("/a/b/c", false, "below a rule that does not allow it"),
            ("/a/c", true, "beside it"),
            ("/ab", true, "another name"),
            ("/drop", false, "the rule's own directory"),
            ("/drop/a", true, "below a rule that allows it"),
        ] {
            assert_eq!(user.may_remove(&at(text)), expected, "{text}: {why}");
        }
        let free = |from: &str, to: &str| user.may_move(&at(from), Action::Upload, &at(to));
        for (from, to, expected, why) in [
            ("/c", "/d", true, "no rule"),
            ("/c", "/drop/c", true, "to where less may be done"),
            ("/drop/c", "/drop/d", true, "nothing more can be seen there"),
            ("/drop/c", "/c", false, "it could be read there"),
            ("/c", "/a/b/c", false, "nothing may be made there"),
            ("/c", "/drop", false, "in the place of a rule's own directory"),
            ("/c", "/a", false, "its entry would be at /a/b"),
            ("/a", "/c", false, "the rule of /a/b would be left behind"),
        ] {
            assert_eq!(free(from, to), expected, "{from} to {to}: {why}");
        }
        let dropped = |action| user.may_move(&at("/c"), action, &at("/drop/c"));
        assert!(dropped(Action::Upload) && !dropped(Action::Overwrite), "nothing is replaced there");
        let lists = User::new("ben", Actions::READ.and(Action::Upload))
            .and_then(|ben| ben.with_rule("/in", Actions::NONE.and(Action::Get).and(Action::Delete)))
            .unwrap();
        assert!(!lists.may_move(&at("/in/c"), Action::Upload, &at("/c")), "its names could be listed there");
    }

    #[test]
    fn an_action_can_be_allowed_in_one_directory_only() {
        let dropper = User::new("box", Actions::NONE).unwrap().with_rule("/in", Actions::DROP).unwrap();
        assert!(dropper.may_somewhere(Action::Upload) && !dropper.may_somewhere(Action::Delete));
    }

    #[test]
    fn paths_of_a_user_are_below_the_home() {
        for (home, seen, place) in [
            ("", "/a/b", "a/b"),
            ("/", "/", ""),
            ("/home/ada", "/", "home/ada"),
            ("home/ada/", "/a/b", "home/ada/a/b"),
            ("/home/../ada", "/a", "ada/a"),
        ] {
            let user = User::new("ada", Actions::READ).unwrap().with_home(home).unwrap();
            assert_eq!(user.place(&path(seen)).as_bytes(), place.as_bytes(), "{seen} below {home:?}");
        }
    }

    #[test]
    fn users_that_cannot_be_are_refused() {
        let path_fault = |path: &str, rule| UsersFault::Path { user: "ada".into(), path: path.into(), rule };
        let ada = || User::new("ada", Actions::READ).unwrap();
        for (made, expected, why) in [
            (User::new("", Actions::ALL), UsersFault::NoName, "empty"),
            (User::new("Anonymous", Actions::ALL), UsersFault::Anonymous("Anonymous".into()), "reserved"),
            (User::new("FTP", Actions::ALL), UsersFault::Anonymous("FTP".into()), "reserved"),
            (User::new("a:b", Actions::ALL), UsersFault::Unusable("a:b".into()), "Basic ends the name there"),
            (
                User::new("a\nb", Actions::ALL),
                UsersFault::Unusable("a\\x0ab".into()),
                "the command ends there",
            ),
            (ada().with_home("/../a"), path_fault("/../a", PathRule::Outside), "above the root"),
            (ada().with_rule("a\0", Actions::ALL), path_fault("a\\x00", PathRule::Nul), "NUL"),
            (
                ada().with_rule("/a/", Actions::ALL).unwrap().with_rule("a", Actions::READ),
                UsersFault::RuleTwice { user: "ada".into(), path: "a".into() },
                "which one holds?",
            ),
        ] {
            assert_eq!(made.err(), Some(expected), "{why}");
        }
        assert!(User::new("Зоя Ivanova", Actions::ALL).is_ok(), "any script, and spaces");
    }
}
