//! Changes of files and directories on a server: DELETE
//! ([RFC 9110 section 9.3.5](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.5)), MKCOL and MOVE
//! ([RFC 4918 section 9](https://www.rfc-editor.org/rfc/rfc4918#section-9)). There are no retries.
//!
//! The default of DELETE and MOVE in RFC 4918 is to remove directories with their content, also one at the
//! destination. Our server never does that unasked, others do.

use common::client::{Fault, FaultKind};
use url::Url;

use super::origin::bare;
use super::resource::Resource;
use crate::wire::response::Status;

/// The extent of a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A file or a link (`Depth: 0`). Servers refuse a directory, ours only if it is not empty.
    Entry,
    /// A directory that is believed to be empty.
    EmptyDirectory,
    /// A directory with its content (`Depth: infinity`), or a file.
    Tree,
}

impl Resource {
    /// Whether the URL is that of a directory: it ends in a slash, or the server redirects it to one that does.
    pub async fn is_directory(&self) -> Result<bool, Fault> {
        let ends_in_slash = |url: &Url| url.path().ends_with('/');
        Ok(ends_in_slash(&self.url) || ends_in_slash(self.request("HEAD").await?.url()))
    }

    /// Removes what the URL names (DELETE).
    pub async fn delete(&self, extent: Extent) -> Result<(), Fault> {
        let request = self.request("DELETE");
        let request = match extent {
            Extent::Entry => request.own_field("Depth", "0"),
            Extent::EmptyDirectory => request,
            Extent::Tree => request.own_field("Depth", "infinity"),
        };
        request.await?.done().await
    }

    /// Creates a directory (MKCOL), whose parent must exist.
    pub async fn make_directory(&self) -> Result<(), Fault> {
        self.as_directory().request("MKCOL").await?.done().await
    }

    /// Creates a directory and the missing ones above it. It is no error if the directory exists.
    pub async fn make_directories(&self) -> Result<(), Fault> {
        let directory = self.as_directory();
        let response = directory.request("MKCOL").await?;
        // RFC 4918 section 9.3.1: 405 for a name that exists, 409 without a parent.
        match response.status() {
            Status(405) if directory.request("HEAD").await?.ok().is_ok() => Ok(()),
            Status(409) if directory.url.path() != "/" => {
                let parent = directory
                    .url
                    .join("..")
                    .map_err(|error| Fault::new(FaultKind::Usage, error.to_string()))?;
                Box::pin(self.at(parent).make_directories()).await?;
                self.make_directory().await
            }
            _ => response.done().await,
        }
    }

    /// Renames a file or a directory on its server (MOVE). A file of the new name is replaced.
    ///
    /// # Errors
    ///
    /// [`FaultKind::Failed`] if there is a directory of the new name.
    pub async fn move_to(&self, to: &Url) -> Result<(), Fault> {
        let (from, to) = (self.clone(), self.at(to.clone()));
        if to.is_directory().await? {
            let why = "there is a directory of the new name; end it with a slash to move into the directory";
            return Err(Fault::new(FaultKind::Failed, why));
        }
        // Some servers want the slash at the end of both URLs of a directory.
        let (from, to) = match from.is_directory().await? {
            true => (from.as_directory(), to.as_directory()),
            false => (from, to),
        };
        from.request("MOVE").own_field("Destination", bare(&to.url).as_str()).await?.done().await
    }

    /// The same with a slash at the end.
    fn as_directory(&self) -> Self {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/", url.path().trim_end_matches('/')));
        self.at(url)
    }
}
