//! The HTTP server: [`Http`] is the service that an engine runs.
//!
//! How a GET flows: `Conn::next` gives a [`Head`](crate::wire::head::Head); `session` asks `resource`
//! for an `Answer`, which opens the file in the tree and lets
//! [`select`](crate::wire::select) decide which bytes of it go out; the head is queued, the content
//! is sent, and one write carries both.
//!
//! How a PUT flows: `access` says whose the request is; `store` asks whether that user may, and opens
//! an upload in the tree; `content` brings the content into the upload's
//! buffer; when the upload is committed, the answer says so.

mod access;
mod answer;
mod change;
mod content;
mod form;
mod listing;
mod media_type;
mod refusal;
mod resource;
mod resume;
mod session;
mod store;

use std::cell::Cell;
use std::sync::Arc;

use common::clock;
use common::engine::Service;
use common::files::{Root, Tree};
use common::users::{User, Users};

use crate::wire::date;

/// The HTTP service over a served directory.
#[derive(Clone, Debug)]
pub struct Http {
    root: Root,
    users: Users,
}

impl Http {
    /// Serves `root` to `users`.
    pub fn new(root: Root, users: Users) -> Self {
        Self { root, users }
    }
}

impl Service for Http {
    type Worker = HttpWorker;

    fn worker(&self) -> HttpWorker {
        HttpWorker {
            tree: self.root.tree(),
            users: self.users.clone(),
            anonymous: self.users.anonymous(),
            date: Cell::new((u64::MAX, [0; date::LENGTH])),
        }
    }
}

/// The service on one thread.
#[derive(Debug)]
pub struct HttpWorker {
    tree: Tree,
    users: Users,
    /// Whoever does not log in.
    anonymous: Option<Arc<User>>,
    /// The Date field's value and the second for which it holds.
    date: Cell<(u64, [u8; date::LENGTH])>,
}

impl HttpWorker {
    /// The value of Date, made once a second.
    fn date(&self) -> [u8; date::LENGTH] {
        let now = clock::unix_seconds();
        let (second, date) = self.date.get();
        if second == now {
            return date;
        }
        let date = date::write(clock::now());
        self.date.set((now, date));
        date
    }
}
