//! The FTP client. A directory is listed like this:
//!
//! ```no_run
//! use ftp_mini::client::{RemoteServer, run};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (entries, unread) = run(async {
//!     let mut session = RemoteServer::new("localhost").session().await?;
//!     session.list(b"/pub").await
//! })??
//! .into_parts();
//! assert!(unread.is_empty(), "the listing could be read to its end");
//! # Ok(()) }
//! ```
//!
//! A file is transferred by a [`FileTransfer`], which retries and resumes over a [`Link`]:
//!
//! ```no_run
//! use ftp_mini::client::{
//!     FileTransfer, Link, Location, Outlet, RemoteServer, Reporter, TransferOptions, run,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let location: Location = "ftp://localhost/pub/notes.txt".parse()?;
//! let (options, report) = (TransferOptions::default(), Reporter::default());
//! let mut link = Link::new(RemoteServer::of(&location).into());
//! run(async {
//!     let transfer = FileTransfer::new(&location, &options, &report, "standard output");
//!     transfer.download_stream(&mut link, Outlet::standard_output()?).await
//! })??;
//! # Ok(()) }
//! ```
//!
//! [`RemoteServer::session`] connects and logs in. A session lists and changes files, and does not retry. All
//! input from the server is limited and checked: addresses of data connections, names, sizes.

mod control;
mod data;
mod download;
mod entry;
mod error;
mod file_transfer;
mod files;
mod limits;
mod link;
mod listing;
mod location;
mod login;
mod mirror;
mod session;
mod transfer;
mod upload;

pub use common::client::{
    ClientEvent, Dialer, DialogueTrace, Fault, Inlet, LocalFolder, Outlet, Reporter, Retries, Throttle,
    TransferProgress, UserCredentials, run,
};
pub use common::files::TreePath;
pub use common::net::tls::client::{TlsClient, Trust};
pub use entry::{EntryKind, RemoteEntry, is_sound};
pub use error::{ServerReason, SessionError};
pub use file_transfer::{DownloadOptions, FileTransfer, TransferOptions};
pub use link::Link;
pub use location::{Location, LocationError, join};
pub use login::anonymous;
pub use mirror::MirrorWorker;
pub use session::{RemoteServer, Session, SessionSecurity};

#[cfg(test)]
mod tests;
