//! A client: one session over a [`common::net::conn::Conn`], and the verbs that a user thinks in.
//!
//! [`Session::open`] logs in over a new connection; then a session lists, fetches, stores and changes what
//! the server has. Everything that a server sends is bounded and none of it is believed: not the address
//! of a data connection, not a name, not a size. Retries are its caller's.

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

pub use download::Part;
pub use entry::{Entry, Kind, is_sound};
pub use error::{Error, Said};
pub use file_transfer::{DownloadOptions, FileTransfer, TransferOptions};
pub use link::{Link, Server};
pub use location::{Location, LocationError, join};
pub use login::Login;
pub use mirror::Worker;
pub use session::{Security, Session, Settings};

#[cfg(test)]
mod tests;
