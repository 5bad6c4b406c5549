//! [`RemoteTree`]: a tree on a server, as the source or the target of a mirror. Listings name its files and
//! directories: JSON if the server supports it, otherwise the links of the page.

use common::client::mirror::{
    EntryKind, FileCopy, LocalTree, MirrorEntry, MirrorSource, MirrorTarget, MirrorTree, Modified, Moved,
};
use common::client::{Fault, FaultKind, Listing, Reporter, Unread};
use common::files::TreePath;
use common::net::clock;
use syntax::unix_time;

use super::change::Extent;
use super::download::{Destination, Download};
use super::origin::bare;
use super::resource::Resource;
use super::upload;
use crate::wire::index::{self, NoIndex};
use crate::wire::list;
use crate::wire::target::encode_name;

/// Bytes of a listing (48 MiB): enough for 200,000 entries with names of usual length.
const LISTING_LIMIT: usize = 48 << 20;

const ACCEPTED: &str = "application/json, text/html;q=0.9";

/// A tree on a server.
#[derive(Clone, Debug)]
pub struct RemoteTree {
    /// The top directory of the tree.
    pub root: Resource,
    /// Reports progress and warnings.
    pub report: Reporter,
}

fn kind_of(kind: index::IndexKind) -> EntryKind {
    match kind {
        index::IndexKind::File => EntryKind::File,
        index::IndexKind::Directory => EntryKind::Directory,
        index::IndexKind::Link => EntryKind::Link,
        index::IndexKind::Other => EntryKind::Other,
    }
}

impl RemoteTree {
    /// An entry of the tree. Every byte of a name is data.
    pub fn entry(&self, path: &TreePath, is_directory: bool) -> Resource {
        let mut url = self.root.url.clone();
        let mut whole = url.path().trim_end_matches('/').to_owned();
        for name in path.segments() {
            whole.push('/');
            whole.push_str(&encode_name(name));
        }
        if is_directory {
            whole.push('/');
        }
        url.set_path(&whole);
        url.set_query(None);
        self.root.at(url)
    }

    /// Requests something of an entry, with retries.
    async fn retry<T>(
        &self,
        entry: &Resource,
        mut work: impl AsyncFnMut(&Resource) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let transfer = self.report.transfer(bare(&entry.url).as_str(), "");
        entry.retries.persist(&transfer, async || work(entry).await).await
    }

    async fn listing(directory: &Resource) -> Result<Listing<MirrorEntry>, Fault> {
        let url = &directory.url;
        let response = directory.request("GET").own_field("Accept", ACCEPTED).await?.ok()?;
        let no_listing =
            |why: &str| Fault::new(FaultKind::Failed, format!("{why}, so its files are unknown"));
        if response.url().origin() != url.origin() {
            return Err(no_listing("the server redirects to another one"));
        }
        let kind = response.field("content-type").and_then(|value| list::split(value, b';').next());
        let is = |wanted: &[u8]| kind.is_some_and(|kind| kind.eq_ignore_ascii_case(wanted));
        let (is_json, is_page) = (is(b"application/json"), is(b"text/html"));
        if !is_json && !is_page {
            return Err(no_listing("the server lists no directories"));
        }
        let base = response.url().clone();
        let (is_here, may_be_cut) = (base.path() == url.path(), response.may_be_cut());
        let parse = move |text| match is_json {
            true => index::json(text, &base, clock::now()),
            false => index::links(text, &base),
        };
        let index = response.parsed(LISTING_LIMIT, parse).await?;
        let index = index.map_err(|error| match error {
            NoIndex::Malformed => no_listing("the listing has none of the known forms"),
            NoIndex::TooMany => Fault::new(FaultKind::Failed, error.to_string()),
        })?;
        let mut unread = Unread::default();
        for (is_incomplete, why) in [
            // A page of the site (index.html) hides the listing, and itself.
            (!index.is_listing || !is_here, "the page of the server is not recognisably a listing of it"),
            (index.is_truncated, "the listing is truncated by the server"),
            (may_be_cut && !index.has_end, "the page ends before its </html>"),
        ] {
            if is_incomplete {
                unread.add(|| why.to_owned());
            }
        }
        for _ in 0..index.unread {
            unread.add(|| "a reference has a name that no file can have".to_owned());
        }
        let entry = |index::IndexEntry { name, kind, size, modified }| {
            let modified = modified.map(|at| Modified { at, within: 1 });
            MirrorEntry { name, kind: kind_of(kind), size, modified, identity: None }
        };
        Ok(Listing::new(index.entries.into_iter().map(entry).collect(), unread))
    }
}

impl MirrorTree for RemoteTree {
    async fn list(&mut self, directory: &TreePath) -> Result<Listing<MirrorEntry>, Fault> {
        self.retry(&self.entry(directory, true), Self::listing).await
    }

    /// Only links to directories are listed as links.
    async fn follow(&mut self, _: &TreePath, link: &MirrorEntry) -> Result<Option<MirrorEntry>, Fault> {
        Ok(Some(MirrorEntry { kind: EntryKind::Directory, ..link.clone() }))
    }
}

impl MirrorSource<LocalTree> for RemoteTree {
    /// Requests the head first if the listing lacks the size or the time.
    async fn copy(&mut self, file: &FileCopy, target: &mut LocalTree) -> Result<Moved, Fault> {
        let FileCopy { path, entry, have } = file;
        let resource = self.entry(path, false);
        let transfer = self.report.transfer(bare(&resource.url).as_str(), &target.folder.name(path));
        // The next run compares with the listing.
        let listed_time = entry.modified.map(|modified| modified.at);
        let download = Download { keeps_time: true, listed_time, ..Download::new(resource) };
        if (entry.size.is_none() || entry.modified.is_none())
            && let Some(MirrorEntry { size: Some(size), modified: Some(modified), .. }) = have
            && let Ok(response) = download.head(&transfer).await
            && response.is_as(*size, modified.at)
        {
            return Ok(Moved::Unchanged);
        }
        download.run(Destination::File(&target.folder, path, true), &transfer).await?;
        Ok(Moved::Bytes(transfer.done()))
    }
}

impl MirrorSource<RemoteTree> for LocalTree {
    /// Requests the head of an existing file first if the listing lacks its size.
    async fn copy(&mut self, file: &FileCopy, target: &mut RemoteTree) -> Result<Moved, Fault> {
        let (resource, name) = (target.entry(&file.path, false), self.folder.name(&file.path));
        let head = async |file: &Resource| file.request("HEAD").uncoded(None).await?.ok();
        if let Some(MirrorEntry { size: None, .. }) = file.have
            && let Ok(have) = target.retry(&resource, head).await
            && have.size() == file.entry.size
            && let Some(stored) = have.modified().map(unix_time::seconds)
            && file.entry.modified.is_some_and(|modified| unix_time::seconds(modified.at) <= stored)
        {
            return Ok(Moved::Unchanged);
        }
        let content = self.folder.tree.open(&file.path).await.map_err(|error| Fault::file(&name, &error))?;
        let transfer = target.report.transfer(bare(&resource.url).as_str(), &name);
        resource.store(upload::UploadSource::File(content), transfer).await.map(Moved::Bytes)
    }
}

impl MirrorTarget for RemoteTree {
    async fn make_dir(&mut self, path: &TreePath) -> Result<(), Fault> {
        self.retry(&self.entry(path, true), Resource::make_directories).await
    }

    async fn remove(&mut self, path: &TreePath, is_directory: bool) -> Result<(), Fault> {
        let extent = if is_directory { Extent::EmptyDirectory } else { Extent::Entry };
        let remove = async |entry: &Resource| entry.delete(extent).await;
        match self.retry(&self.entry(path, is_directory), remove).await {
            // A first attempt whose response was lost has removed it, or another client has.
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}
