//! [`Site`]: a tree on a server, as a mirror sees it. Directories are known by their listings (JSON where
//! the server has it, else the links of the page), files by their size and time.

use common::client::mirror::{Entry, Listing, Modified, Moved, Remote};
use common::client::{Fault, Folder, Kind, Report};
use common::clock;
use common::files::{Meta, TreePath};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use url::Url;

use super::download::{Download, Place};
use super::origin::bare;
use super::resource::Resource;
use crate::wire::index::{self, NoIndex, Page};
use crate::wire::list;

/// Bytes of a listing (48 MiB): our own server's of 200,000 entries, where their names are not all long ones.
const LISTING_LIMIT: usize = 48 << 20;

/// What is asked for: listings in JSON, else pages.
const ACCEPTED: &str = "application/json, text/html;q=0.9";

/// A tree on a server.
#[derive(Clone, Debug)]
pub struct Site {
    /// Where the tree begins.
    pub root: Resource,
    /// Who is told.
    pub report: Report,
    /// Whether what is not listed will be removed. Then only what is recognisably a listing is gone by.
    pub removes: bool,
}

impl Site {
    /// Where something in the tree is. Every byte of a name is data.
    fn url_of(&self, path: &TreePath, is_directory: bool) -> Url {
        let mut url = self.root.url.clone();
        let mut whole = url.path().trim_end_matches('/').to_owned();
        for name in path.segments() {
            whole.push('/');
            whole.extend(percent_encode(name, NON_ALPHANUMERIC));
        }
        if is_directory {
            whole.push('/');
        }
        url.set_path(&whole);
        url.set_query(None);
        url
    }

    /// The entries, and whether they are of something that is surely the listing of this directory.
    async fn listing(&self, url: &Url) -> Result<(Vec<index::Entry>, bool), Fault> {
        let request = self.root.at(url.clone()).request("GET");
        let response = request.own_field("Accept", ACCEPTED).await?.ok()?;
        let no_listing = |why: &str| Fault::new(Kind::Failed, format!("{why}, so there is nothing to go by"));
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
        let is_here = base.path() == url.path();
        let parse = move |text| match is_json {
            true => index::json(text, &base, clock::now()).map(|entries| Page { entries, is_listing: true }),
            false => index::links(text, &base),
        };
        let page = response.parsed(LISTING_LIMIT, parse).await?;
        let Page { entries, is_listing } = page.map_err(|error| match error {
            NoIndex::Malformed => no_listing("the listing has none of the known forms"),
            NoIndex::TooMany => Fault::new(Kind::Failed, error.to_string()),
        })?;
        Ok((entries, is_listing && is_here))
    }

    fn download(&self, url: Url) -> Download {
        Download { resource: self.root.at(url), checksum: None, resumes: true, keeps_time: true, segments: 1 }
    }
}

impl Remote for Site {
    async fn list(&mut self, directory: &TreePath) -> Result<Listing, Fault> {
        let url = self.url_of(directory, true);
        let transfer = self.report.transfer(bare(&url).as_str(), "");
        let (entries, is_sure) =
            self.root.retries.persist(&transfer, async || self.listing(&url).await).await?;
        if !is_sure {
            let unsure = "what the server shows is not recognisably a listing of it";
            if self.removes {
                return Err(Fault::new(Kind::Failed, format!("{unsure}, so nothing is removed or brought")));
            }
            // Somebody's page (index.html) hides the listing, and itself.
            let fault = Fault::new(Kind::Failed, format!("{unsure}; only what it links to is brought"));
            self.report.fail(&format!("'{}'", transfer.url()), transfer.url(), &fault);
        }
        let entry = |index::Entry { name, is_directory, size, modified }| {
            let modified = modified.map(|at| Modified { at, within: 1 });
            Entry { name, is_directory, size, modified }
        };
        Ok(Listing { entries: entries.into_iter().map(entry).collect(), others: Vec::new() })
    }

    /// Where the listing did not tell size and time, the server is asked for them first.
    async fn fetch(
        &mut self,
        path: &TreePath,
        entry: &Entry,
        to: &Folder,
        have: Option<&Meta>,
    ) -> Result<Moved, Fault> {
        let url = self.url_of(path, false);
        let transfer = self.report.transfer(bare(&url).as_str(), &to.name(path));
        let download = self.download(url);
        if let Some(have) = have.filter(|_| entry.size.is_none() || entry.modified.is_none())
            && let Ok(response) = download.head(&transfer).await
            && response.is_as(have.size, have.modified)
        {
            return Ok(Moved::Nothing);
        }
        download.run(Place::File(to, path, true), &transfer).await?;
        let moved = transfer.moved();
        transfer.done();
        Ok(Moved::Bytes(moved))
    }

    async fn store(&mut self, _: &TreePath, _: &Meta, _: &Folder) -> Result<Moved, Fault> {
        Err(down_only())
    }

    async fn make_dir(&mut self, _: &TreePath) -> Result<(), Fault> {
        Err(down_only())
    }

    async fn remove(&mut self, _: &TreePath, _: bool) -> Result<(), Fault> {
        Err(down_only())
    }
}

fn down_only() -> Fault {
    Fault::new(Kind::Usage, "a mirror over HTTP goes from the server to the folder only")
}
