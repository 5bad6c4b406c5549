//! `http-mini put`: uploads files and folders.

use std::cell::Cell;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;
use common::client::{
    ClientEvent, DOT_NAME, Fault, FaultKind, LocalFolder, MirrorSummary, Reporter, TransferProgress,
    printable_path, without_password,
};
use common::command::{ParallelOptions, Style, local_path};
use url::Url;

use super::options::RequestOptions;
use crate::client::upload::UploadSource;
use crate::client::{self as http, Client, Resource};
use crate::wire::target::encode_name;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Put {
    /// The files and folders to upload; - is standard input
    #[arg(required = true, value_name = "FILE", value_parser = local_path())]
    files: Vec<PathBuf>,

    /// The destination; the name of each file is added to a URL that ends in /
    #[arg(value_name = "URL")]
    url: String,

    #[command(flatten)]
    parallel: ParallelOptions,

    #[command(flatten)]
    request: RequestOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini put a.iso http://host/pub/             as a.iso in pub
  http-mini put a.iso http://host/pub/b.iso        as b.iso
  http-mini put *.jpg trip http://host/photos/     files and a folder
  tar c dir | http-mini put - http://host/dir.tar  from a pipe, in chunks
  http-mini put -H 'If-None-Match: *' a.txt http://host/
                                                   only if it does not exist

A folder is uploaded under its name, with empty folders and without links; the
directories are created. Names that begin with a dot are skipped if the server
refuses them (exit code 1). Modification times are sent (X-OC-Mtime). An
interrupted upload is resumed if the server supports it (Accept-Patch:
application/partial-upload), else it starts over. The next run resumes it as
well if the server checks the digest of the complete file (Want-Repr-Digest), as
this one does: two files are never mixed. Exit codes are those of
'http-mini get'; 6 also if the file changed during the upload.";

impl Put {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let client = self.request.client()?;
        let report = self.request.client.report(Style::Each);
        let url = Cell::new(&*self.url);
        let max_time = self.request.client.max_time;
        super::run_client(&report, max_time, ("put", &url), self.put(&client, &report))
    }

    async fn put(&self, client: &Client, report: &Reporter) -> Result<(), Fault> {
        let url = http::url(&self.url)?;
        let Uploads { folders, mut files, mut left_out } = self.uploads(&url, report)?;
        let root = self.request.resource(client, url)?;
        let fail = |upload: &Upload, fault: &Fault| super::fail(report, "put", upload.to.as_str(), fault);
        let mut skipped: Vec<&Path> = Vec::new();
        let is_below = |skipped: &[&Path], path: &Path| skipped.iter().any(|above| path.starts_with(above));
        for folder in &folders {
            if is_below(&skipped, &folder.from) {
                continue;
            }
            match folder.make_directory(&root, report).await {
                Ok(()) => {}
                Err(fault) if folder.is_skipped(&fault, report) => skipped.push(&folder.from),
                Err(fault) => fail(folder, &fault),
            }
        }
        files.retain(|file| !is_below(&skipped, &file.from));
        left_out.skipped += skipped.len() as u64;
        let store = async |file: &Upload| match file.store(&root, report).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(fault) if file.is_skipped(&fault, report) => Ok(None),
            Err(fault) => Err(fault),
        };
        let summary = self.parallel.run((&*files, left_out), report, fail, store).await;
        match summary.skipped {
            0 => Ok(()),
            _ => Err(Fault::new(FaultKind::Failed, "not everything could be sent")),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the user's own files, which the command line names")]
    fn uploads(&self, url: &Url, report: &Reporter) -> Result<Uploads, Fault> {
        if url.fragment().is_some() {
            return Err(Fault::new(FaultKind::Usage, "'#' in a name is written as %23"));
        }
        if self.files.len() > 1 && !url.path().ends_with('/') {
            let why = "several files need the URL of a directory, which ends in a slash";
            return Err(Fault::new(FaultKind::Usage, why));
        }
        let (mut uploads, mut urls) = (Uploads::default(), HashSet::new());
        for file in &self.files {
            let to = named(url.clone(), file)?;
            if !urls.insert(to.clone()) {
                let why = format!("'{}' and another file have the same name", printable_path(file));
                return Err(Fault::new(FaultKind::Usage, why));
            }
            let upload = Upload { from: file.clone(), to, is_named: true };
            match file.is_dir() {
                true => uploads.add_folder(upload, report)?,
                false => uploads.files.push(upload),
            }
        }
        Ok(uploads)
    }
}

/// Everything to be uploaded.
#[derive(Default)]
struct Uploads {
    /// Each before the folders below it.
    folders: Vec<Upload>,
    files: Vec<Upload>,
    /// Counts the links and devices in folders.
    left_out: MirrorSummary,
}

/// A file, a folder or standard input, and its URL.
struct Upload {
    from: PathBuf,
    to: Url,
    /// The command line names it; otherwise it is in a folder.
    is_named: bool,
}

impl Uploads {
    #[expect(clippy::disallowed_methods, reason = "the user's own folder, which the command line names")]
    fn add_folder(&mut self, folder: Upload, report: &Reporter) -> Result<(), Fault> {
        let entries = fs::read_dir(&folder.from).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = entries.map_err(|error| unreadable(&folder.from, &error))?;
        entries.sort_unstable_by_key(fs::DirEntry::file_name);
        let directory = folder.to.clone();
        self.folders.push(folder);
        for entry in entries {
            let (from, kind) = (entry.path(), entry.file_type());
            let kind = kind.map_err(|error| unreadable(&from, &error))?;
            let mut to = directory.clone();
            let name = encode_name(entry.file_name().as_encoded_bytes());
            to.set_path(&format!("{}/{name}", directory.path().trim_end_matches('/')));
            let below = Upload { from, to, is_named: false };
            if kind.is_dir() {
                self.add_folder(below, report)?;
            } else if kind.is_file() {
                self.files.push(below);
            } else {
                let (count, reason) = match kind.is_symlink() {
                    true => (&mut self.left_out.links, "it is a link"),
                    false => (&mut self.left_out.skipped, "it is neither a file nor a directory"),
                };
                *count += 1;
                report.event(&ClientEvent::Skip { name: &printable_path(&below.from), reason });
            }
        }
        Ok(())
    }
}

impl Upload {
    /// Reports an entry of a folder whose name the server refuses. Returns whether it is one.
    fn is_skipped(&self, fault: &Fault, report: &Reporter) -> bool {
        let name = self.from.file_name().unwrap_or_default().as_encoded_bytes();
        let is_skipped = !self.is_named && fault.is_of_dot_name(name);
        if is_skipped {
            report.event(&ClientEvent::Skip { name: &printable_path(&self.from), reason: DOT_NAME });
        }
        is_skipped
    }

    fn transfer(&self, report: &Reporter) -> TransferProgress {
        report.transfer(&without_password(self.to.as_str()), &printable_path(&self.from))
    }

    /// `root` has the options of the requests.
    async fn make_directory(&self, root: &Resource, report: &Reporter) -> Result<(), Fault> {
        let directory = root.at(self.to.clone());
        let make = async || directory.make_directories().await;
        directory.retries.persist(&self.transfer(report), make).await
    }

    async fn store(&self, root: &Resource, report: &Reporter) -> Result<u64, Fault> {
        let source = match self.from == Path::new("-") {
            true => {
                let input = io::stdin().as_fd().try_clone_to_owned();
                UploadSource::Stream(Rc::new(input.map_err(|error| unreadable(&self.from, &error))?.into()))
            }
            false => UploadSource::File(LocalFolder::content(&self.from).await?.0),
        };
        root.at(self.to.clone()).store(source, self.transfer(report)).await
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Fault {
    Fault::new(FaultKind::Failed, format!("cannot read '{}': {error}", printable_path(path)))
}

/// Adds the file's name to a URL that ends in a slash.
fn named(mut url: Url, file: &Path) -> Result<Url, Fault> {
    if !url.path().ends_with('/') {
        return Ok(url);
    }
    let name = file.file_name().filter(|_| file != Path::new("-"));
    let name =
        name.ok_or_else(|| Fault::new(FaultKind::Usage, "the URL names no file; put one behind its slash"))?;
    url.set_path(&format!("{}{}", url.path(), encode_name(name.as_encoded_bytes())));
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_gets_the_name_of_the_file() {
        for (url, file, expected, why) in [
            ("http://a/b/", "/x/c.txt", Some("http://a/b/c.txt"), "a directory"),
            ("http://a/b/", "/x/~a-b_c.iso", Some("http://a/b/~a-b_c.iso"), "unreserved characters"),
            ("http://a/b/", "/x/a b%+;#?", Some("http://a/b/a%20b%25%2B%3B%23%3F"), "others"),
            ("http://a", "c", Some("http://a/c"), "the root"),
            ("http://a/b/", "x y%25?#", Some("http://a/b/x%20y%2525%3F%23"), "every byte is data"),
            ("http://a/b", "c", Some("http://a/b"), "a name of its own"),
            ("http://a/b/", "/", None, "no name"),
        ] {
            let found = named(Url::parse(url).unwrap(), Path::new(file)).ok();
            assert_eq!(found.as_ref().map(Url::as_str), expected, "{url} {file}: {why}");
        }
        assert!(named(Url::parse("http://a/").unwrap(), Path::new("-")).is_err());
    }
}
