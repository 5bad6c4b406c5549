//! Rules for the names of uploads: special names, drop boxes, and existing names. Both protocols use them, so
//! their rules are the same.

use std::borrow::Cow;

use super::action::Action;
use super::user::{Located, User};
use crate::files::{Create, Tree, TreeError, TreePath};

/// What an upload without conditions does if its name exists (`--on-conflict`). By default it replaces the
/// file if the user may overwrite it, and is refused otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum OnConflict {
    /// Replace it, if the user may overwrite it.
    Replace,
    /// Store the upload as `NAME (2).ext`.
    Rename,
    /// Refuse the upload.
    Refuse,
}

impl User {
    /// Whether a path is inside a drop box: a directory where the user may upload, but not list, get or
    /// overwrite. No response there may depend on existing files. (A user who may also delete can still
    /// detect a name by deleting it.)
    pub fn is_in_drop_box(&self, at: &Located) -> bool {
        self.drops_to(&at.ruled)
    }

    fn drops_to(&self, ruled: &TreePath) -> bool {
        ruled.parent().is_some_and(|directory| self.only_uploads(ruled) && self.only_uploads(&directory))
    }

    fn only_uploads(&self, ruled: &TreePath) -> bool {
        let shows = [Action::List, Action::Get, Action::Overwrite];
        self.may_at(Action::Upload, ruled) && !shows.into_iter().any(|action| self.may_at(action, ruled))
    }

    /// Checks the name of a new file or directory, and of the directories that would be created with it. A
    /// name that affects another URL is a [`TreeError::SpecialName`], unless the user may overwrite there.
    pub async fn check_name<N: 'static>(&self, tree: &Tree<N>, at: &Located) -> Result<(), TreeError> {
        let special = tree.special_names();
        if self.may(Action::Overwrite, at) {
            return Ok(());
        }
        let mut names = at.ruled.segments().rev().take(1 + self.made_for(at));
        let takes_url = match special.page_of(at.ruled.name().unwrap_or_default()) {
            None => false,
            // Whether the page exists must not be revealed.
            Some(_) if self.is_in_drop_box(at) => true,
            Some(page) => match at.place().parent() {
                Some(directory) => tree.metadata(&directory.child(&page)).await.is_ok(),
                None => false,
            },
        };
        match takes_url || names.any(|name| special.include(name)) {
            true => Err(TreeError::SpecialName),
            false => Ok(()),
        }
    }

    /// How an upload without conditions is stored.
    pub fn create(&self, at: &Located, on_conflict: Option<OnConflict>) -> Create {
        match on_conflict {
            _ if self.is_in_drop_box(at) => Create::Numbered,
            Some(OnConflict::Rename) if self.may_number(at) => Create::Numbered,
            None | Some(OnConflict::Replace) if self.may(Action::Overwrite, at) => Create::Replace,
            _ => Create::New,
        }
    }

    /// The numbered name is in the same directory, where another rule may apply.
    fn may_number(&self, at: &Located) -> bool {
        let directory = at.ruled.parent();
        self.may(Action::Upload, at)
            && directory.is_some_and(|directory| self.may_at(Action::Upload, &directory))
    }

    /// The path in the tree for a new file or directory. In a drop box, missing parents are created, so that
    /// the answer does not reveal whether they existed.
    pub async fn place_in<'a, N: 'static>(
        &self,
        tree: &Tree<N>,
        at: &'a Located,
    ) -> Result<Cow<'a, TreePath>, TreeError> {
        let Some((directory, made, name)) = self.directories_for(at) else {
            return Ok(Cow::Borrowed(at.place()));
        };
        Ok(Cow::Owned(tree.make_directories(&directory, made).await?.child(name)))
    }

    /// The path that [`User::place_in`] would return, without creating anything.
    pub async fn find_in<'a, N: 'static>(
        &self,
        tree: &Tree<N>,
        at: &'a Located,
    ) -> Result<Cow<'a, TreePath>, TreeError> {
        let Some((directory, made, name)) = self.directories_for(at) else {
            return Ok(Cow::Borrowed(at.place()));
        };
        Ok(Cow::Owned(tree.find_directories(&directory, made).await?.child(name)))
    }

    /// Creates a directory in a drop box, and its parents; does nothing if it exists.
    pub async fn make_dropped_directory<N: 'static>(
        &self,
        tree: &Tree<N>,
        at: &Located,
    ) -> Result<(), TreeError> {
        tree.make_directories(at.place(), 1 + self.made_for(at)).await?;
        Ok(())
    }

    /// For a name in a drop box whose parents may be missing: its directory, the number of parents to create,
    /// and the name.
    fn directories_for<'a>(&self, at: &'a Located) -> Option<(TreePath, usize, &'a [u8])> {
        let made = self.made_for(at);
        Some((at.place().parent()?, made, at.place().name()?)).filter(|_| made > 0)
    }

    /// The number of directories above a path that are inside a drop box.
    fn made_for(&self, at: &Located) -> usize {
        if !self.is_in_drop_box(at) {
            return 0;
        }
        let directories = std::iter::successors(at.ruled.parent(), TreePath::parent);
        directories.take_while(|directory| self.drops_to(directory)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{Root, SpecialNames};
    use crate::users::Actions;

    fn path(text: &str) -> Located {
        Located::by_text(text)
    }

    #[test]
    fn a_drop_box_begins_below_the_directory_that_a_rule_names() {
        let user = User::new("ada", Actions::READ.and(Action::Upload))
            .and_then(|user| user.with_rule("/in", Actions::DROP))
            .and_then(|user| user.with_rule("/in/open", Actions::READ.and(Action::Upload)))
            .and_then(|user| user.with_rule("/in/del", Actions::DROP.and(Action::Delete)))
            .and_then(|user| user.with_rule("/out", Actions::DROP.and(Action::Overwrite)))
            .and_then(|user| user.with_rule("/a", Actions::DROP))
            .unwrap();
        for (at, is_inside, made, why) in [
            ("/", false, 0, "no rule"),
            ("/x", false, 0, "no rule"),
            ("/in", false, 0, "the directory itself is the operator's"),
            ("/in/x", true, 0, "in it"),
            ("/in/d/e/x", true, 2, "below it"),
            ("/in/open", false, 0, "another rule's own directory"),
            ("/in/open/x", false, 0, "another rule"),
            ("/in/del/x", true, 1, "nothing is revealed about files that can be deleted"),
            ("/out/x", false, 0, "who may overwrite may know"),
            ("/a", false, 0, "another name would not be in a drop box"),
        ] {
            assert_eq!(
                (user.is_in_drop_box(&path(at)), user.made_for(&path(at))),
                (is_inside, made),
                "{at}: {why}"
            );
        }
        let anonymous = User::anonymous(Actions::DROP);
        assert_eq!(["/", "/x", "/d/x"].map(|at| anonymous.is_in_drop_box(&path(at))), [false, true, true]);
    }

    #[test]
    fn an_upload_to_a_name_that_exists() {
        use OnConflict::{Refuse, Rename, Replace};
        let user = |allow| User::new("ada", allow).unwrap();
        let (all, keeper) = (user(Actions::ALL), user(Actions::READ.and(Action::Upload)));
        let (dropper, editor) = (user(Actions::DROP), user(Actions::READ.and(Action::Overwrite)));
        let one = user(Actions::READ).with_rule("/a", Actions::READ.and(Action::Upload)).unwrap();
        for (user, on_conflict, expected, why) in [
            (&all, None, Create::Replace, "the default"),
            (&all, Some(Replace), Create::Replace, "as requested"),
            (&all, Some(Rename), Create::Numbered, "as requested"),
            (&all, Some(Refuse), Create::New, "as requested"),
            (&keeper, None, Create::New, "may not overwrite"),
            (&keeper, Some(Replace), Create::New, "may not overwrite"),
            (&keeper, Some(Rename), Create::Numbered, "needs no overwriting"),
            (&editor, Some(Rename), Create::New, "may not create the other name"),
            (&one, Some(Rename), Create::New, "may not create the other name"),
            (&dropper, None, Create::Numbered, "a drop box"),
            (&dropper, Some(Replace), Create::Numbered, "a drop box"),
            (&dropper, Some(Refuse), Create::Numbered, "a refusal would reveal that it exists"),
        ] {
            assert_eq!(user.create(&path("/a"), on_conflict), expected, "{user:?} {on_conflict:?}: {why}");
        }
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "a directory of the test")]
    async fn special_names_need_the_permission_to_overwrite() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("about.html"), "").unwrap();
        let root = Root::folder(directory.path()).unwrap();
        let tree = root.tree();
        let site = root.with_special_names(SpecialNames::new(&["home.htm".into()], true)).tree();
        let user = User::new("ada", Actions::READ.and(Action::Upload))
            .and_then(|user| user.with_rule("/own", Actions::ALL))
            .and_then(|user| user.with_rule("/in", Actions::DROP))
            .unwrap();
        for (at, by_default, in_site, why) in [
            ("/a", true, true, "an ordinary name"),
            ("/index.html", false, false, "it would be shown to everybody"),
            ("/home.htm", true, false, "an index of the site"),
            ("/about", true, false, "it would take the URL of about.html"),
            ("/about.txt", true, true, "another URL"),
            ("/readme.d/a", true, true, "only the last name is new"),
            ("/own/index.html", true, true, "may overwrite"),
            ("/own/about", true, true, "may overwrite"),
            ("/in/index.html", false, false, "a drop box"),
            ("/in/index.html/a", false, false, "in a drop box the directories are made, too"),
            ("/in/a", true, false, "a drop box must not reveal whether a.html exists"),
        ] {
            let at = path(at);
            let seen = [user.check_name(&tree, &at).await.is_ok(), user.check_name(&site, &at).await.is_ok()];
            assert_eq!(seen, [by_default, in_site], "{}: {why}", at.place().as_bytes().escape_ascii());
        }
    }
}
