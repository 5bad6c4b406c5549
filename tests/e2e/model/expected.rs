//! The model: a map of paths, and what each command must do to it. It knows of the sessions only each client's current
//! directory and unfinished upload.

use std::collections::{BTreeMap, BTreeSet};

use super::history::{CLIENTS, Command, Condition, Depth, Fault, Overwrite, Step};

/// A directory is `None`, a file has content.
pub(super) type Tree = BTreeMap<String, Option<Vec<u8>>>;

/// The reply to a command.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expected {
    /// A status or reply code.
    Code(u16),
    /// The same with content.
    Content(u16, Vec<u8>),
    /// The names in a directory.
    Names(u16, BTreeSet<String>),
    /// No reply: the client is cut off.
    Nothing,
    /// The outcome depends on how much of an interrupted upload arrived, or on the order of two commits. The model
    /// continues with the tree that it finds.
    Any,
}
use Expected::{Any, Code, Nothing};

#[derive(Debug)]
pub(super) struct Model {
    pub(super) tree: Tree,
    /// The current directory of each client's FTP session.
    directories: [&'static str; CLIENTS],
    uploads: [Option<Upload>; CLIENTS],
    /// Last names of which the server may have kept a partial upload.
    partials: BTreeSet<&'static str>,
}

/// A PUT that is not complete.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    path: &'static str,
    condition: Condition,
    content: Vec<u8>,
    /// The file when it began.
    before: Option<Vec<u8>>,
    /// The directory has been moved or removed since.
    is_lost: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    File,
    Directory,
    Missing,
    /// No directory holds the name.
    NoParent,
}

fn last(path: &'static str) -> &'static str {
    path.rsplit('/').next().unwrap()
}

fn is_within(path: &str, directory: &str) -> bool {
    path == directory || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

impl Model {
    pub(super) fn new() -> Self {
        let tree = [(String::new(), None)].into();
        Self { tree, directories: [""; CLIENTS], uploads: Default::default(), partials: BTreeSet::new() }
    }

    fn kind(&self, path: &str) -> Kind {
        match self.tree.get(path) {
            Some(Some(_)) => Kind::File,
            Some(None) => Kind::Directory,
            None => {
                let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
                if self.tree.get(parent) == Some(&None) { Kind::Missing } else { Kind::NoParent }
            }
        }
    }

    fn file(&self, path: &str) -> Option<&Vec<u8>> {
        self.tree.get(path)?.as_ref()
    }

    fn entries(&self, path: &str) -> BTreeSet<String> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let names = self.tree.keys().filter_map(|key| key.strip_prefix(&prefix));
        names.filter(|name| !name.is_empty() && !name.contains('/')).map(str::to_owned).collect()
    }

    /// Whether the name may have a partial upload, which is resumed, reported or removed in place of a file.
    fn may_be_partial(&self, path: &'static str) -> bool {
        !self.tree.contains_key(path) && self.partials.contains(last(path))
    }

    /// Whether a directory may hold a partial upload.
    fn may_hold_partials(&self, path: &str) -> bool {
        !self.partials.is_empty() && self.kind(path) == Kind::Directory
    }

    /// Whether uploads to a directory are not complete: it cannot be removed. `None` if that depends on where a
    /// directory was moved, or on what is removed before it.
    fn is_receiving(&self, path: &str, depth: Depth) -> Option<bool> {
        let uploads = || self.uploads.iter().flatten();
        let is_unclear = |upload: &Upload| {
            upload.is_lost
                || (depth == Depth::Infinity && is_within(upload.path, path) && upload.path != path)
        };
        let parent = |path: &'static str| path.rsplit_once('/').map_or("", |(parent, _)| parent);
        (!uploads().any(is_unclear)).then(|| uploads().any(|upload| parent(upload.path) == path))
    }

    /// Removes everything at and below a path.
    fn take(&mut self, path: &str) -> Tree {
        for upload in self.uploads.iter_mut().flatten() {
            upload.is_lost |= is_within(upload.path, path) && upload.path != path;
        }
        let keys: Vec<_> = self.tree.keys().filter(|key| is_within(key, path)).cloned().collect();
        keys.into_iter().map(|key| (key[path.len()..].to_owned(), self.tree.remove(&key).unwrap())).collect()
    }

    fn put_back(&mut self, path: &str, taken: Tree) {
        self.tree.extend(taken.into_iter().map(|(below, node)| (format!("{path}{below}"), node)));
    }

    /// Applies a step, and returns the reply that the server must give.
    pub(super) fn apply(&mut self, step: &Step) -> Expected {
        if step.fault == Fault::Cut {
            return self.interrupt(step);
        }
        match step.command.clone() {
            Command::Cwd(path) => match self.kind(path) {
                Kind::Directory => {
                    self.directories[step.client] = path;
                    Code(250)
                }
                _ => Code(550),
            },
            Command::Begin(path, condition, content) => self.begin(step.client, path, condition, content.0),
            Command::Finish => self.finish(step.client),
            command => self.http(&command).unwrap_or_else(|| self.ftp(&command)),
        }
    }

    /// Half of a command arrives.
    fn interrupt(&mut self, step: &Step) -> Expected {
        match step.command {
            // Of a file that is written in place, the received part is kept.
            Command::Patch(path, _) | Command::Stor(path, ..) | Command::Appe(path, _) => {
                self.partials.insert(last(path));
                return Any;
            }
            Command::Finish => self.uploads[step.client] = None,
            ref command if command.is_of_ftp() => self.directories[step.client] = "",
            _ => {}
        }
        Nothing
    }

    /// What a PUT finds; `Ok` if the content is read.
    fn admit(&self, path: &str, condition: Condition) -> Result<(), Expected> {
        match (self.kind(path), condition) {
            (Kind::Directory, _) => Err(Code(409)),
            (Kind::Missing | Kind::NoParent, Condition::Exists) | (Kind::File, Condition::IsFree) => {
                Err(Code(412))
            }
            (Kind::NoParent, _) => Err(Code(409)),
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        client: usize,
        path: &'static str,
        condition: Condition,
        content: Vec<u8>,
    ) -> Expected {
        let admitted = self.admit(path, condition);
        if admitted.is_ok() {
            let before = self.file(path).cloned();
            self.uploads[client] = Some(Upload { path, condition, content, before, is_lost: false });
        }
        admitted.map_or_else(|refused| refused, |()| Code(100))
    }

    fn finish(&mut self, client: usize) -> Expected {
        let Some(upload) = self.uploads[client].take() else { return Nothing };
        let Upload { path, condition, content, before, is_lost } = upload;
        match self.kind(path) {
            _ if is_lost => Any,
            Kind::NoParent => Any,
            Kind::Directory if condition == Condition::None => Code(404),
            _ if condition != Condition::None && self.file(path) != before.as_ref() => Code(412),
            Kind::Directory => Code(412),
            _ => self.store(path, content),
        }
    }

    fn store(&mut self, path: &str, content: Vec<u8>) -> Expected {
        let is_new = self.tree.insert(path.to_owned(), Some(content)).is_none();
        Code(if is_new { 201 } else { 204 })
    }

    fn http(&mut self, command: &Command) -> Option<Expected> {
        Some(match *command {
            Command::Get(path, range) => self.get(path, range),
            Command::List(path) => match self.kind(path) {
                Kind::Directory => Expected::Names(200, self.entries(path)),
                _ => Code(404),
            },
            Command::Put(path, condition, ref content) => match self.admit(path, condition) {
                Ok(()) => self.store(path, content.0.clone()),
                Err(refused) => refused,
            },
            Command::Patch(path, ref content) => match self.kind(path) {
                Kind::File | Kind::Directory => Code(409),
                Kind::NoParent => Code(409),
                Kind::Missing => self.store(path, content.0.clone()),
            },
            Command::Delete(path, depth) => match self.kind(path) {
                _ if self.may_be_partial(path) || self.may_hold_partials(path) => Any,
                Kind::Missing | Kind::NoParent => Code(404),
                Kind::Directory if depth == Depth::Zero && !self.entries(path).is_empty() => Code(409),
                Kind::Directory if self.is_receiving(path, depth) != Some(false) => {
                    self.is_receiving(path, depth).map_or(Any, |_| Code(409))
                }
                _ => {
                    self.take(path);
                    Code(204)
                }
            },
            Command::Mkcol(path) => match self.kind(path) {
                Kind::NoParent => Code(409),
                Kind::Missing => {
                    self.tree.insert(path.to_owned(), None);
                    Code(201)
                }
                _ => Code(405),
            },
            Command::Move(from, to, overwrite) => self.relocate(from, to, overwrite, true),
            Command::Copy(from, to, overwrite) => self.relocate(from, to, overwrite, false),
            _ => return None,
        })
    }

    fn get(&self, path: &str, range: Option<(usize, usize)>) -> Expected {
        match (self.kind(path), range) {
            (Kind::Missing | Kind::NoParent, _) => Code(404),
            (Kind::Directory, _) => Code(301),
            (Kind::File, range) => {
                let content = self.file(path).unwrap();
                match range {
                    // RFC 9110 section 14.1.2; of an empty file the first bytes are all of it.
                    Some((0, _)) if content.is_empty() => Expected::Content(200, Vec::new()),
                    Some((first, last)) => match content.get(first..content.len().min(last + 1)) {
                        Some(part) if !part.is_empty() => Expected::Content(206, part.to_vec()),
                        _ => Code(416),
                    },
                    None => Expected::Content(200, content.clone()),
                }
            }
        }
    }

    /// MOVE and COPY.
    fn relocate(&mut self, from: &str, to: &'static str, overwrite: Overwrite, is_move: bool) -> Expected {
        let (source, target) = (self.kind(from), self.kind(to));
        let may_overwrite = overwrite == Overwrite::True;
        match (source, target) {
            _ if from == to && is_move => return Code(403),
            (Kind::Missing | Kind::NoParent, _) => return Code(404),
            _ if from == to => return Code(403),
            (_, Kind::File | Kind::Directory) if !may_overwrite => return Code(412),
            (Kind::Directory, _) if is_within(to, from) => return Code(409),
            (_, Kind::NoParent | Kind::Directory) | (Kind::Directory, Kind::File) => return Code(409),
            _ => {}
        }
        if self.may_hold_partials(from) {
            return Any;
        }
        let taken = self.take(from);
        if !is_move {
            self.put_back(from, taken.clone());
        }
        self.put_back(to, taken);
        Code(if target == Kind::Missing { 201 } else { 204 })
    }

    fn ftp(&mut self, command: &Command) -> Expected {
        match *command {
            Command::Retr(path, offset) => match self.file(path) {
                None => Code(550),
                Some(content) if offset > content.len() => Code(554),
                Some(content) => Expected::Content(226, content[offset..].to_vec()),
            },
            Command::Stor(path, offset, ref content) => match self.kind(path) {
                Kind::Directory | Kind::NoParent => Code(550),
                _ if offset > 0 && self.may_be_partial(path) => Any,
                _ => {
                    let mut whole = self.file(path).cloned().unwrap_or_default();
                    if offset > whole.len() {
                        return Code(554);
                    }
                    whole.truncate(offset);
                    whole.extend_from_slice(&content.0);
                    self.store(path, whole);
                    Code(226)
                }
            },
            Command::Appe(path, ref content) => match self.kind(path) {
                Kind::Directory | Kind::NoParent => Code(550),
                _ if self.may_be_partial(path) => Any,
                _ => {
                    let before = self.file(path).cloned().unwrap_or_default();
                    self.store(path, [before, content.0.clone()].concat());
                    Code(226)
                }
            },
            Command::Size(path) => match self.file(path) {
                _ if self.may_be_partial(path) => Any,
                Some(content) => Expected::Content(213, content.len().to_string().into()),
                None => Code(550),
            },
            Command::Mlsd(path) => match self.kind(path) {
                Kind::Directory => Expected::Names(226, self.entries(path)),
                Kind::File => Code(501),
                _ => Code(550),
            },
            Command::Dele(path) => self.remove(path, self.kind(path) == Kind::File),
            Command::Rmd(path) if self.may_hold_partials(path) => Any,
            Command::Rmd(path) => match self.is_receiving(path, Depth::Zero) {
                None => Any,
                Some(is_receiving) => {
                    let is_empty = self.kind(path) == Kind::Directory && self.entries(path).is_empty();
                    self.remove(path, is_empty && !is_receiving)
                }
            },
            Command::Mkd(path) => match self.kind(path) {
                Kind::Missing => {
                    self.tree.insert(path.to_owned(), None);
                    Code(257)
                }
                _ => Code(550),
            },
            Command::Rename(from, to) if from == to => match self.kind(from) {
                Kind::File | Kind::Directory => Any,
                _ => Code(550),
            },
            Command::Rename(from, to) => match self.relocate(from, to, Overwrite::True, true) {
                Code(201 | 204) => Code(250),
                Any => Any,
                _ => Code(550),
            },
            _ => Nothing,
        }
    }

    /// Removes a path if it `fits` the command.
    fn remove(&mut self, path: &str, fits: bool) -> Expected {
        if !fits {
            return Code(550);
        }
        self.take(path);
        Code(250)
    }

    /// The path that a client sends over FTP, relative to its current directory.
    pub(super) fn ftp_path(&self, client: usize, path: &str) -> String {
        let directory = self.directories[client];
        let up = directory.split('/').filter(|name| !name.is_empty()).map(|_| "../");
        let relative = up.collect::<String>() + path;
        if relative.is_empty() { ".".into() } else { relative }
    }
}
