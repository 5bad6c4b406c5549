//! `http-mini put`: uploads a file.

use std::cell::Cell;
use std::io;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;
use common::client::{Fault, Folder, Kind, Report, printable_path, without_password};
use common::command::{Style, local_path};
use url::Url;

use super::options::RequestOptions;
use crate::client::upload::Source;
use crate::client::{self as http, Client};
use crate::wire::target::encode_name;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Put {
    /// The file to upload; - is standard input
    #[arg(value_name = "FILE", value_parser = local_path())]
    file: PathBuf,

    /// The destination; the file's name is added to a URL that ends in /
    #[arg(value_name = "URL")]
    url: String,

    #[command(flatten)]
    request: RequestOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini put a.iso http://host/pub/             as a.iso in pub
  http-mini put a.iso http://host/pub/b.iso        as b.iso
  tar c dir | http-mini put - http://host/dir.tar  from a pipe, in chunks
  http-mini put -H 'If-None-Match: *' a.txt http://host/
                                                   only if it does not exist

An interrupted upload is resumed if the server supports it (Accept-Patch:
application/partial-upload), else it starts over. The next run resumes it as
well if the server checks the digest of the complete file (Want-Repr-Digest), as
this one does: two files are never mixed. Exit codes are those of
'http-mini get'; 6 also if the file changed during the upload.";

impl Put {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let client = self.request.client()?;
        let report = self.request.client.report(Style::Each);
        let url = Cell::new(&*self.url);
        super::run_client(&report, self.request.client.max_time, ("put", &url), self.put(&client, &report))
    }

    async fn put(&self, client: &Client, report: &Report) -> Result<(), Fault> {
        let is_stdin = self.file == Path::new("-");
        let url = named(http::url(&self.url)?, &self.file, is_stdin)?;
        let (source, name) = match is_stdin {
            true => {
                let stdin =
                    io::stdin().as_fd().try_clone_to_owned().map_err(|error| self.cannot_read(&error))?;
                (Source::Stream(Rc::new(stdin.into())), "-".to_owned())
            }
            false => {
                let (content, name) = Folder::content(&self.file).await?;
                (Source::File(content), name)
            }
        };
        let resource = self.request.resource(client, url)?;
        let transfer = report.transfer(&without_password(resource.url.as_str()), &name);
        resource.store(source, transfer).await.map(drop)
    }

    fn cannot_read(&self, error: &io::Error) -> Fault {
        Fault::new(Kind::Failed, format!("cannot read '{}': {error}", printable_path(&self.file)))
    }
}

/// Adds the file's name to a URL that ends in a slash.
fn named(mut url: Url, file: &Path, is_stdin: bool) -> Result<Url, Fault> {
    if !url.path().ends_with('/') {
        return Ok(url);
    }
    let name = file.file_name().filter(|_| !is_stdin);
    let name =
        name.ok_or_else(|| Fault::new(Kind::Usage, "the URL names no file; put one behind its slash"))?;
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
            let found = named(Url::parse(url).unwrap(), Path::new(file), false).ok();
            assert_eq!(found.as_ref().map(Url::as_str), expected, "{url} {file}: {why}");
        }
        assert!(named(Url::parse("http://a/").unwrap(), Path::new("-"), true).is_err());
    }
}
