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

use common::escape::printable;

pub use download::Part;
pub use entry::{Entry, Kind, is_sound};
pub use error::{Error, Said};
pub use file_transfer::{DownloadOptions, FileTransfer, TransferOptions};
pub use link::{Link, Server};
pub use location::{Location, LocationError, join};
pub use login::Login;
pub use mirror::Worker;
pub use session::{Security, Session, Settings};

use crate::wire::command::Verb;
use crate::wire::reply::Reply;

/// Where the dialogue is shown, a line at a time. Secrets are not.
#[derive(Clone, Copy, Debug)]
pub struct Tap(pub fn(&str));

impl Tap {
    fn command(self, verb: Verb, argument: Option<&[u8]>) {
        match argument {
            Some(argument) => self.0(&format!("> {} {}", verb.name(), printable(argument))),
            None => self.0(&format!("> {}", verb.name())),
        }
    }

    fn reply(self, reply: &Reply) {
        let last = reply.lines().count().saturating_sub(1);
        for (at, line) in reply.lines().enumerate() {
            let separator = if at == last { ' ' } else { '-' };
            self.0(&format!("< {}{separator}{}", reply.code(), printable(line)));
        }
    }
}

#[cfg(test)]
mod tests;
