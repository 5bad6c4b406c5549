//! The rules of one user: the permissions at a path and below it.
//!
//! A rule is matched by the device and inode of its path, which are looked up once a second and after each
//! change of the tree; no descriptor is held open. A rule whose path does not exist is matched by its text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::{Action, Actions};
use crate::files::{FRESH, LastLink, ResolvedPath, Tree, TreeError, TreePath};
use crate::net::clock;

#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    configured: Vec<PermissionRule>,
    found: Arc<RwLock<RuleTargets>>,
}

#[derive(Clone, Debug)]
struct PermissionRule {
    path: TreePath,
    allow: Actions,
}

/// The targets of the rules' paths.
#[derive(Clone, Debug, Default)]
struct RuleTargets {
    /// The rules, deepest first, with their paths without links.
    rules: Vec<PermissionRule>,
    /// The paths of the rules' targets and of the directories above them, by device and inode.
    spellings: HashMap<(u64, u64), TreePath>,
    /// The tick of the clock and the generation of the tree at the lookup.
    looked: Option<(u64, u64)>,
}

impl Rules {
    /// Returns `false` if the path already has a rule.
    pub(super) fn add(&mut self, path: TreePath, allow: Actions) -> bool {
        if self.configured.iter().any(|known| known.path == path) {
            return false;
        }
        self.configured.push(PermissionRule { path, allow });
        self.found = Arc::new(RwLock::new(RuleTargets::of(self.configured.clone(), HashMap::new())));
        true
    }

    pub(super) fn are_none(&self) -> bool {
        self.configured.is_empty()
    }

    /// Looks up the targets of the rules, unless that was done within the last second and nothing has changed
    /// since. `place` maps a path that the user sees to one in the tree.
    pub(super) async fn refresh<N: 'static>(
        &self,
        tree: &Tree<N>,
        place: impl Fn(&TreePath) -> Cow<'_, TreePath>,
    ) -> Result<(), TreeError> {
        let (now, generation) = (clock::tick(), tree.generation());
        if self.found().looked.is_some_and(|(at, seen)| now.saturating_sub(at) < FRESH && seen == generation)
        {
            return Ok(());
        }
        self.look_up(tree, place).await
    }

    pub(super) async fn look_up<N: 'static>(
        &self,
        tree: &Tree<N>,
        place: impl Fn(&TreePath) -> Cow<'_, TreePath>,
    ) -> Result<(), TreeError> {
        let (now, generation) = (clock::tick(), tree.generation());
        let (mut rules, mut spellings) = (Vec::new(), HashMap::new());
        for PermissionRule { path, allow } in &self.configured {
            let path = match tree.trace(&place(path), LastLink::Followed).await {
                Ok(trace) => learn(&mut spellings, &trace),
                Err(TreeError::NotFound | TreeError::NotDirectory) => path.clone(),
                Err(error) => return Err(error),
            };
            rules.push(PermissionRule { path, allow: *allow });
        }
        let found = RuleTargets { looked: Some((now, generation)), ..RuleTargets::of(rules, spellings) };
        *self.found.write().unwrap_or_else(PoisonError::into_inner) = found;
        Ok(())
    }

    /// The traced path, in the spelling of the rules.
    pub(super) fn spell(&self, trace: &ResolvedPath) -> TreePath {
        spell(&self.found().spellings, trace)
    }

    /// The path of a rule's target, or of a directory above it, by device and inode.
    pub(super) fn spelling(&self, identity: (u64, u64)) -> Option<TreePath> {
        if self.are_none() {
            return None;
        }
        self.found().spellings.get(&identity).cloned()
    }

    /// The permissions of the deepest rule at or above a path.
    pub(super) fn allowed(&self, path: &TreePath) -> Option<Actions> {
        if self.are_none() {
            return None;
        }
        self.found().rules.iter().find(|rule| covers(&rule.path, path)).map(|rule| rule.allow)
    }

    /// Whether a rule applies to the path or something below it. A link on a rule's path counts too.
    pub(super) fn are_at_or_below(&self, path: &TreePath) -> bool {
        let concerns = |rule: &PermissionRule| covers(path, &rule.path);
        !self.are_none() && (self.configured.iter().any(concerns) || self.found().rules.iter().any(concerns))
    }

    pub(super) fn any_allows(&self, action: Action) -> bool {
        self.configured.iter().any(|rule| rule.allow.has(action))
    }

    fn found(&self) -> RwLockReadGuard<'_, RuleTargets> {
        self.found.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RuleTargets {
    fn of(mut rules: Vec<PermissionRule>, spellings: HashMap<(u64, u64), TreePath>) -> Self {
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.path.segments().count()));
        Self { rules, spellings, looked: None }
    }
}

/// Adds the directories on a rule's path, each in the spelling of those above it, and returns the rule's
/// path.
fn learn(spellings: &mut HashMap<(u64, u64), TreePath>, trace: &ResolvedPath) -> TreePath {
    for (at, &(length, identity)) in trace.through.iter().enumerate().rev() {
        let through = trace.through.get(at..).unwrap_or_default().to_vec();
        let path = spell(spellings, &ResolvedPath { path: trace.path.beginning(length), through });
        spellings.entry(identity).or_insert(path);
    }
    spell(spellings, trace)
}

/// The path, with the spelling of its deepest known directory.
fn spell(spellings: &HashMap<(u64, u64), TreePath>, trace: &ResolvedPath) -> TreePath {
    let known = trace.through.iter().find_map(|(length, at)| Some((*length, spellings.get(at)?)));
    known.map_or_else(|| trace.path.clone(), |(length, names)| trace.path.respelled(length, names))
}

/// Whether `above` is `path` or a directory above it.
fn covers(above: &TreePath, path: &TreePath) -> bool {
    let rest = path.as_bytes().strip_prefix(above.as_bytes());
    rest.is_some_and(|rest| above.is_root() || rest.is_empty() || rest.starts_with(b"/"))
}
