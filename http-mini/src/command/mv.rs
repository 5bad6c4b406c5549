//! `http-mini mv`: renames a file or a directory on its server.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::slice;

use clap::Args;
use common::client::{Fault, FaultKind, is_url, without_password};
use url::Url;

use super::options::{RequestOptions, path_url};
use crate::client::Resource;
use crate::wire::target::encode_path;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Mv {
    /// The file or directory: http://host/path
    url: String,

    /// The new path on the same server, or its URL. A path starts at the root directory; one that ends with a
    /// slash is a directory, in which the name is kept
    path: OsString,

    #[command(flatten)]
    request: RequestOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini mv http://me@host/draft.txt notes.txt  another name
  http-mini mv http://me@host/notes.txt old/       into a directory
  http-mini mv http://me@host/a http://host/b      by a URL of that server";

impl Mv {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.request.perform("rename", slice::from_ref(&self.url), async |from: &Resource| {
            from.move_to(&destination(&from.url, &self.path)?).await
        })
    }
}

/// The new URL of `from`. Every byte of a path is data.
fn destination(from: &Url, path: &OsStr) -> Result<Url, Fault> {
    let usage = |why: String| Fault::new(FaultKind::Usage, why);
    let mut to = from.clone();
    if is_url(path) {
        let path = path.to_string_lossy();
        to = path_url(&path)?;
        if to.origin() != from.origin()
            || !matches!(to.username(), name if name.is_empty() || name == from.username())
        {
            let shown = without_password(&path);
            return Err(usage(format!(
                "'{shown}' is on another server, or of another user; use a URL or a path of the same one"
            )));
        }
    } else {
        to.set_path(&encode_path(path.as_bytes()));
    }
    if to.path().ends_with('/') {
        let name = from.path().trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| usage("the root directory cannot be moved".into()))?;
        to.set_path(&format!("{}{name}", to.path()));
    }
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_destination_is_a_path_or_a_url() {
        let from = Url::parse("http://ada@a/b/c%20d").unwrap();
        for (path, expected, why) in [
            ("e", Some("/e"), "from the root on"),
            ("/e/f", Some("/e/f"), "the same"),
            ("e/", Some("/e/c%20d"), "into a directory"),
            ("/", Some("/c%20d"), "into the root"),
            ("e f%3F?#", Some("/e%20f%253F%3F%23"), "every byte is data"),
            ("http://a/e", Some("/e"), "a URL"),
            ("http://ada@a/e/", Some("/e/c%20d"), "a URL of a directory"),
            ("http://eve@a/e", None, "another user"),
            ("http://a:81/e", None, "another server"),
            ("https://a/e", None, "another protocol"),
            ("http://a/e?f", None, "a query"),
        ] {
            let to = destination(&from, OsStr::new(path)).ok();
            assert_eq!(to.as_ref().map(Url::path), expected, "{path}: {why}");
        }
        assert!(
            destination(&Url::parse("http://a/").unwrap(), OsStr::new("b/")).is_err(),
            "the root has no name"
        );
    }
}
