//! Queries and changes of files and directories
//! ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.3,
//! [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) sections 3, 4 and 7, draft-somers-ftp-mfxx).

use common::client::FaultKind;

use super::entry::{EntryKind, RemoteEntry};
use super::error::{ServerReason, SessionError};
use super::limits::{ANSWER, COMPLETION};
use super::session::Session;
use crate::wire::command::{Algorithm, Verb};
use crate::wire::facts;
use crate::wire::file_status;
use crate::wire::listing::ListedTime;
use crate::wire::pathname::unquoted;
use crate::wire::reply::{Reply, ReplyClass};
use crate::wire::time_val::{self, TimeVal};

impl Session {
    /// The current directory.
    pub async fn directory(&mut self) -> Result<Vec<u8>, SessionError> {
        if let Some(directory) = &self.directory {
            return Ok(directory.clone());
        }
        let reply = self.control.perform(Verb::Pwd, None).await?;
        let directory = current_directory(reply.text());
        let directory =
            directory.ok_or_else(|| SessionError::Unexpected { verb: "PWD", reason: (&reply).into() })?;
        self.directory = Some(directory.clone());
        Ok(directory)
    }

    /// The current directory, if the server reports it.
    pub(super) async fn known_directory(&mut self) -> Result<Option<Vec<u8>>, SessionError> {
        hint(self.directory().await.map(Some))
    }

    /// Changes the current directory.
    pub async fn change_directory(&mut self, path: &[u8]) -> Result<(), SessionError> {
        self.directory = None;
        self.control.perform(Verb::Cwd, Some(path)).await.map(drop)
    }

    /// Removes a file; fails with [`SessionError::NotThere`] if there is none.
    pub async fn remove_file(&mut self, path: &[u8]) -> Result<(), SessionError> {
        self.remove(Verb::Dele, path).await
    }

    /// Removes an empty directory; fails with [`SessionError::NotThere`] if there is none.
    pub async fn remove_directory(&mut self, path: &[u8]) -> Result<(), SessionError> {
        self.remove(Verb::Rmd, path).await
    }

    /// Many servers reply 550 both for a missing file and for a refusal, so the path is checked after it.
    async fn remove(&mut self, verb: Verb, path: &[u8]) -> Result<(), SessionError> {
        let reply = self.control.ask(verb, Some(path)).await?;
        let refused = match (reply.class(), reply.code()) {
            (ReplyClass::Completion, _) => return Ok(()),
            (_, 450 | 550 | 553) => SessionError::refused(verb, &reply),
            _ => return Err(SessionError::refused(verb, &reply)),
        };
        match self.status(path).await {
            Err(error) if error.kind() == FaultKind::NotFound => {
                Err(SessionError::NotThere(ServerReason::from(&reply)))
            }
            // Also if the status is unknown.
            _ => Err(refused),
        }
    }

    /// Creates a directory.
    pub async fn make_directory(&mut self, path: &[u8]) -> Result<(), SessionError> {
        self.control.perform(Verb::Mkd, Some(path)).await.map(drop)
    }

    /// Creates a directory and its parent directories, unless they exist.
    pub async fn make_directories(&mut self, path: &[u8]) -> Result<(), SessionError> {
        let reply = self.control.ask(Verb::Mkd, Some(path)).await?;
        let known = match reply.class() {
            ReplyClass::Completion => Some(true),
            _ => self.is_directory(path).await?,
        };
        if known == Some(true) {
            return Ok(());
        }
        let above = path.iter().rposition(|byte| *byte == b'/').and_then(|slash| path.get(..slash));
        let made = match above {
            Some(above) if !above.is_empty() => {
                Box::pin(self.make_directories(above)).await?;
                self.make_directory(path).await
            }
            _ => Err(SessionError::refused(Verb::Mkd, &reply)),
        };
        match made {
            // It may exist: the next transfer shows it.
            Err(SessionError::Refused { .. }) if known.is_none() => Ok(()),
            made => made,
        }
    }

    /// Renames a file or a directory.
    pub async fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<(), SessionError> {
        let reply = self.control.ask(Verb::Rnfr, Some(from)).await?;
        match reply.class() {
            ReplyClass::Intermediate => self.control.perform(Verb::Rnto, Some(to)).await.map(drop),
            _ => Err(SessionError::refused(Verb::Rnfr, &reply)),
        }
    }

    /// After an upload: compares the size, and sets the modification time (in seconds since 1970) if the server
    /// supports MFMT. Both commands are sent together. A refused time is no error.
    pub(super) async fn confirm(
        &mut self,
        path: &[u8],
        size: u64,
        modified: Option<i64>,
    ) -> Result<(), SessionError> {
        self.control.settle().await?;
        self.control.say(Verb::Size, Some(path))?;
        if let Some(seconds) = modified.filter(|_| self.features.mfmt) {
            let mut argument = Vec::new();
            time_val::write(TimeVal { seconds, nanos: 0 }, &mut argument);
            argument.push(b' ');
            argument.extend_from_slice(path);
            self.control.say(Verb::Mfmt, Some(&argument))?;
        }
        let there = file_status::size(&self.control.last().await?);
        self.control.settle().await?;
        match there {
            Some(there) if there != size => Err(SessionError::WrongSize { there, sent: size }),
            // Not every server reports the size.
            _ => Ok(()),
        }
    }

    /// The size of a file in bytes; `None` if the server does not report it. A missing file is an
    /// [`SessionError::Refused`] with code 550.
    pub async fn size(&mut self, path: &[u8]) -> Result<Option<u64>, SessionError> {
        let reply = self.control.ask(Verb::Size, Some(path)).await?;
        reported(&reply, file_status::size(&reply), Verb::Size)
    }

    /// The size of a file in bytes; `None` if it does not exist, or the server does not report it.
    pub(super) async fn size_if_any(&mut self, path: &[u8]) -> Result<Option<u64>, SessionError> {
        Ok(file_status::size(&self.control.ask(Verb::Size, Some(path)).await?))
    }

    /// The modification time of a file; `None` if the server does not report it.
    pub async fn modified(&mut self, path: &[u8]) -> Result<Option<ListedTime>, SessionError> {
        let reply = self.control.ask(Verb::Mdtm, Some(path)).await?;
        let modified = file_status::modified(&reply);
        let modified = modified.map(|time| ListedTime { seconds: time.seconds, precision: 1 });
        reported(&reply, modified, Verb::Mdtm)
    }

    /// The SHA-256 of a file of `size` bytes, computed by the server; `None` if it supports neither HASH nor
    /// XSHA256.
    pub(super) async fn digest(
        &mut self,
        path: &[u8],
        size: Option<u64>,
    ) -> Result<Option<[u8; 32]>, SessionError> {
        // The server must read all of the file.
        self.control.wait_for(Some(COMPLETION));
        let digest = match size {
            Some(size) if self.selects_sha_256().await? => {
                let reply = self.control.ask(Verb::Hash, Some(path)).await?;
                file_status::hash(&reply, Algorithm::Sha256, size)
            }
            _ => {
                let reply = self.control.ask(Verb::Xsha256, Some(path)).await?;
                file_status::digest(&reply, Algorithm::Sha256)
            }
        };
        self.control.wait_for(Some(ANSWER));
        Ok(digest.and_then(|digest| digest.try_into().ok()))
    }

    /// Selects SHA-256 for HASH, and returns whether the server has it.
    async fn selects_sha_256(&mut self) -> Result<bool, SessionError> {
        let Some(selected) = self.features.hash else { return Ok(false) };
        if selected != Algorithm::Sha256 {
            let reply = self.control.ask(Verb::Opts, Some(b"HASH SHA-256")).await?;
            if reply.class() != ReplyClass::Completion {
                return Ok(false);
            }
            self.features.hash = Some(Algorithm::Sha256);
        }
        Ok(true)
    }

    /// The entry of a path.
    pub async fn status(&mut self, path: &[u8]) -> Result<RemoteEntry, SessionError> {
        let name = name_of(path);
        if self.features.mlst {
            let reply = self.control.ask(Verb::Mlst, Some(path)).await?;
            // A server may list MLST without implementing it, or its reply may be unreadable.
            match of_mlst(&reply, &name) {
                Ok(entry) => return Ok(entry),
                Err(
                    SessionError::Unexpected { .. } | SessionError::Refused { code: 500 | 502 | 504, .. },
                ) => {}
                Err(refused) => return Err(refused),
            }
        }
        match self.size(path).await {
            Ok(size) => {
                let modified = hint(self.modified(path).await)?;
                Ok(RemoteEntry { size, modified, ..RemoteEntry::new(name, EntryKind::File) })
            }
            Err(refused @ SessionError::Refused { .. }) => match self.is_directory(path).await? {
                Some(true) => Ok(RemoteEntry::new(name, EntryKind::Directory)),
                _ => Err(refused),
            },
            Err(error) => Err(error),
        }
    }

    /// The entry of a path that is to be downloaded, as far as the server reports it. RETR decides whether
    /// the file exists.
    pub(super) async fn hinted_status(&mut self, path: &[u8]) -> Result<RemoteEntry, SessionError> {
        if let Some(entry) = hint(self.status(path).await.map(Some))? {
            return Ok(entry);
        }
        let (mut size, mut modified) = (None, None);
        if self.features.mlst {
            size = hint(self.size(path).await)?;
            modified = hint(self.modified(path).await)?;
        }
        Ok(RemoteEntry { size, modified, ..RemoteEntry::new(name_of(path), EntryKind::File) })
    }

    /// The target of a link; `None` if it does not exist.
    pub(super) async fn follow(&mut self, path: &[u8]) -> Result<Option<RemoteEntry>, SessionError> {
        // MLST may describe the link itself.
        if self.is_directory(path).await? == Some(true) {
            return Ok(Some(RemoteEntry::new(path.to_vec(), EntryKind::Directory)));
        }
        match self.size(path).await {
            Ok(size) => {
                let modified = self.modified(path).await.ok().flatten();
                Ok(Some(RemoteEntry { size, modified, ..RemoteEntry::new(path.to_vec(), EntryKind::File) }))
            }
            Err(SessionError::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Identifies a directory, if MLST does.
    pub(super) async fn identity(&mut self, path: &[u8]) -> Option<Box<[u8]>> {
        if !self.features.mlst {
            return None;
        }
        let path = if path.is_empty() { b"." } else { path };
        let reply = self.control.ask(Verb::Mlst, Some(path)).await.ok()?;
        of_mlst(&reply, path).ok()?.unique
    }

    /// Whether a path is a directory; `None` if that is not known, because the server does not report the current
    /// directory, to which the session must return.
    async fn is_directory(&mut self, path: &[u8]) -> Result<Option<bool>, SessionError> {
        let Some(here) = self.known_directory().await? else { return Ok(None) };
        let entered = self.control.ask(Verb::Cwd, Some(path)).await?.class() == ReplyClass::Completion;
        if entered {
            self.control.perform(Verb::Cwd, Some(&here)).await?;
        }
        Ok(Some(entered))
    }
}

/// RFC 3659 section 7.2: the facts are between the first and the last line.
fn of_mlst(reply: &Reply, name: &[u8]) -> Result<RemoteEntry, SessionError> {
    if reply.class() != ReplyClass::Completion {
        return Err(SessionError::refused(Verb::Mlst, reply));
    }
    let line = reply.lines().nth(1).map(|line| line.strip_prefix(b" ").unwrap_or(line));
    match line.and_then(facts::parse) {
        Some((facts, _)) => Ok(RemoteEntry::of_facts(facts, name.to_vec())),
        None => Err(SessionError::Unexpected { verb: Verb::Mlst.name(), reason: reply.into() }),
    }
}

/// The last component of a path.
fn name_of(path: &[u8]) -> Vec<u8> {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path).to_vec()
}

/// The path in a reply to PWD. Some servers send it without quotes: `257 /home/ada is the current directory`
fn current_directory(text: &[u8]) -> Option<Vec<u8>> {
    let unquoted_path = || text.split(u8::is_ascii_whitespace).find(|word| word.starts_with(b"/"));
    unquoted(text).or_else(|| unquoted_path().map(<[u8]>::to_vec))
}

/// An optional value: a refusal or an unreadable reply counts as none.
fn hint<T>(reported: Result<Option<T>, SessionError>) -> Result<Option<T>, SessionError> {
    match reported {
        Err(SessionError::Refused { .. } | SessionError::Unexpected { .. } | SessionError::NotThere(_)) => {
            Ok(None)
        }
        reported => reported,
    }
}

/// The value of a 213 reply; `None` if the server does not support the command, or replies with something else.
fn reported<T>(reply: &Reply, value: Option<T>, verb: Verb) -> Result<Option<T>, SessionError> {
    match (value, reply.code()) {
        (Some(value), _) => Ok(Some(value)),
        (None, 200..300 | 500..=504) => Ok(None),
        (None, _) => Err(SessionError::refused(verb, reply)),
    }
}
