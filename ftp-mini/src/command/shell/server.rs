//! The shell's commands on the server.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use common::client::{Fault, FaultKind, LocalFolder, Outlet, Reporter};
use common::command::listing_table;
use common::escape::printable;

use super::local::{self, show, unusable};
use super::word::Word;
use crate::client::{
    DownloadOptions, EntryKind, FileTransfer, Link, Location, RemoteEntry, Session, SessionError,
    TransferOptions, join,
};
use crate::command::ls::{PathContent, list, listed, warn};
use crate::command::mkdir::make;
use crate::command::mv::into;
use crate::command::remote::url_beside;
use crate::command::rm::remove;

pub(super) struct Remote {
    pub(super) link: Link,
    /// The current directory, absolute once there is a session.
    pub(super) here: Location,
    /// The initial directory.
    home: Vec<u8>,
    /// The login directory, to which the paths of URLs are relative.
    login: Vec<u8>,
    options: TransferOptions,
    pub(super) report: Reporter,
}

impl Remote {
    pub(super) fn new(link: Link, home: &Location, options: TransferOptions, report: Reporter) -> Self {
        let (here, home) = (home.clone(), home.path.clone());
        Self { link, here, home, login: Vec::new(), options, report }
    }

    pub(super) async fn log_in(&mut self) -> Result<(), Fault> {
        self.enter(b"").await?;
        self.login = self.here.path.clone();
        Ok(())
    }

    pub(super) async fn go_home(&mut self) -> Result<(), Fault> {
        self.enter(&self.home.clone()).await?;
        self.home = self.here.path.clone();
        Ok(())
    }

    pub(super) async fn change_directory(&mut self, directory: Option<&Word>) -> Result<(), Fault> {
        let path = directory.map_or_else(|| Ok(self.home.clone()), |word| self.path(&word.literal()))?;
        self.enter(&path).await
    }

    async fn enter(&mut self, path: &[u8]) -> Result<(), Fault> {
        let directory = self.session(async |session| {
            if !path.is_empty() {
                session.change_directory(path).await?;
            }
            session.directory().await
        });
        let directory = directory.await?;
        self.here = self.here.at(directory);
        Ok(())
    }

    pub(super) async fn get(
        &mut self,
        names: &[Word],
        options: DownloadOptions,
        output: Option<&Word>,
    ) -> Result<(), Fault> {
        let output = output.map(local::path).transpose()?;
        if output.is_some() && (names.len() > 1 || names.iter().any(Word::is_pattern)) {
            return Err(Fault::new(FaultKind::Usage, "-o goes with one file"));
        }
        self.each(names, async |remote, there| {
            let name = there.name().map(OsStr::from_bytes).map(Path::new);
            let file = output.as_deref().or(name);
            let file = file.ok_or_else(|| Fault::new(FaultKind::Usage, "it names no file"))?;
            let (folder, name) = LocalFolder::of_file(file).map_err(|error| unusable(file, &error))?;
            let transfer = FileTransfer::new(there, &remote.options, &remote.report, &folder.name(&name));
            transfer.download(&mut remote.link, (&folder, &name), options, None).await.map(drop)
        })
        .await
    }

    pub(super) async fn put(&mut self, names: &[Word], resume: bool) -> Result<(), Fault> {
        for file in local::matching(names).await? {
            let name = file.file_name().unwrap_or_default();
            let there = self.here.below(name.as_encoded_bytes());
            let transfer = FileTransfer::new(&there, &self.options, &self.report, &file.to_string_lossy());
            let uploaded = match LocalFolder::content(&file).await {
                Ok((content, _)) => transfer.upload(&mut self.link, &content, resume).await.map(drop),
                Err(fault) => Err(fault),
            };
            self.report_failure(&there, uploaded);
        }
        Ok(())
    }

    pub(super) async fn cat(&mut self, names: &[Word]) -> Result<(), Fault> {
        self.each(names, async |remote, there| {
            let out = Outlet::standard_output()?;
            let transfer = FileTransfer::new(there, &remote.options, &Reporter::default(), "-");
            transfer.download_stream(&mut remote.link, out).await
        })
        .await
    }

    pub(super) async fn remove(&mut self, names: &[Word], recursive: bool) -> Result<(), Fault> {
        self.each(names, async |remote, there| {
            remote.session(async |session| remove(session, &there.path, recursive).await).await
        })
        .await
    }

    pub(super) async fn make_directories(&mut self, names: &[Word], parents: bool) -> Result<(), Fault> {
        for name in names {
            let path = self.path(&name.literal())?;
            self.session(async |session| make(session, &path, parents).await).await?;
        }
        Ok(())
    }

    pub(super) async fn rename(&mut self, from: &Word, to: &Word) -> Result<(), Fault> {
        let from = self.here.at(self.path(&from.literal())?);
        let to = into(&self.path(&to.literal())?, &from);
        self.session(async |session| session.rename(&from.path, &to).await).await
    }

    /// Shows files first, then each directory, below its path if something else is shown as well.
    pub(super) async fn list(&mut self, names: &[Word]) -> Result<(), Fault> {
        let here = self.here.path.clone();
        let paths = if names.is_empty() { vec![here.clone()] } else { self.matching(names).await? };
        let has_headings = paths.len() > 1;
        let (mut files, mut directories) = (Vec::new(), Vec::new());
        for path in paths {
            match self.session(async |session| list(session, &path).await).await? {
                PathContent::File(entry) => {
                    let name = path.strip_prefix(&*here).unwrap_or(&path);
                    let name = name.strip_prefix(b"/").filter(|_| path.starts_with(&here)).unwrap_or(name);
                    files.push(RemoteEntry { name: name.to_vec(), ..entry });
                }
                PathContent::Directory(entries, unread) => directories.push((path, entries, unread)),
            }
        }
        let shown = |entries: &[RemoteEntry]| {
            let listed: Vec<_> = entries.iter().map(listed).collect();
            show(&listing_table(&listed).map(|line| line + "\n").collect::<String>())
        };
        shown(&files)?;
        for (path, entries, unread) in directories {
            if has_headings {
                show(&format!("{}:\n", printable(&path)))?;
            }
            shown(&entries)?;
            warn(&self.report, &self.here.at(path), &unread);
        }
        Ok(())
    }

    /// The names in a directory, for completion. Directories end in a slash.
    pub(super) async fn names(&mut self, directory: &str) -> Result<Vec<String>, Fault> {
        let path = self.path(directory)?;
        let listing = self.link.with(async |session| session.list(&path).await).await?;
        let name = |entry: RemoteEntry| {
            let slash = if entry.kind == EntryKind::Directory { "/" } else { "" };
            let name = String::from_utf8(entry.name).ok()?;
            // Names that cannot be shown cannot be typed.
            (printable(name.as_bytes()) == name).then(|| format!("{name}{slash}"))
        };
        // An incomplete listing is sufficient for completion.
        let (entries, _) = listing.into_parts();
        Ok(entries.into_iter().filter_map(name).collect())
    }

    /// Performs `work` for each file that the words name, and reports failures.
    async fn each(
        &mut self,
        names: &[Word],
        mut work: impl AsyncFnMut(&mut Self, &Location) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        for path in self.matching(names).await? {
            let there = self.here.at(path);
            let done = work(self, &there).await;
            self.report_failure(&there, done);
        }
        Ok(())
    }

    fn report_failure(&self, there: &Location, done: Result<(), Fault>) {
        if let Err(fault) = done {
            let url = there.to_string();
            self.report.fail(&format!("'{url}'"), &url, &fault);
        }
    }

    /// The paths that the words name, with patterns expanded.
    async fn matching(&mut self, names: &[Word]) -> Result<Vec<Vec<u8>>, Fault> {
        let mut paths = Vec::new();
        for name in names {
            if !name.is_pattern() {
                paths.push(self.path(&name.literal())?);
                continue;
            }
            let (directory, glob) = name.split();
            let directory = self.path(&directory.literal())?;
            let listing = self.session(async |session| session.list(&directory).await).await?;
            let (entries, unread) = listing.into_parts();
            warn(&self.report, &self.here.at(directory.clone()), &unread);
            let before = paths.len();
            // As in other shells, a pattern matches hidden names only if it begins with a dot.
            let is_meant = |entry: &&RemoteEntry| {
                glob.matches(&entry.name) && (name.wants_hidden() || !entry.name.starts_with(b"."))
            };
            paths.extend(entries.iter().filter(is_meant).map(|entry| join(&directory, &entry.name)));
            if paths.len() == before {
                return Err(Fault::new(FaultKind::NotFound, "nothing fits the pattern"));
            }
        }
        Ok(paths)
    }

    /// Runs commands, if necessary over a new session.
    async fn session<T>(
        &mut self,
        work: impl AsyncFnMut(&mut Session) -> Result<T, SessionError>,
    ) -> Result<T, Fault> {
        self.link.retry(self.options.retries, (&self.report, &self.here), work).await
    }

    /// The path of a typed name: a path, or a URL of this server.
    fn path(&self, name: &str) -> Result<Vec<u8>, Fault> {
        let url =
            url_beside(name, &self.here).map_err(|error| Fault::new(FaultKind::Usage, error.to_string()))?;
        let (base, name) = match &url {
            Some(url) => (&self.login, url.path.as_slice()),
            None => (&self.here.path, name.as_bytes()),
        };
        let mut path = if name.starts_with(b"/") { name.to_vec() } else { join(base, name) };
        if url.is_some_and(|url| url.is_directory) && !path.ends_with(b"/") {
            path.push(b'/');
        }
        Ok(path)
    }
}
