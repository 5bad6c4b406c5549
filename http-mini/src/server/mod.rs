//! The HTTP server: [`Http`] is the service that an engine runs.
//!
//! `session` reads a [`RequestHead`](crate::wire::head::RequestHead), `guard` checks the request, `methods`
//! performs it and `response` sends the response; `refusal` converts the errors of guards and methods to
//! responses (`reason` has those of the tree). `page` renders what people see, and `login` keeps their sessions.

mod archive;
mod coding;
mod form;
mod guard;
mod hosts;
mod listing;
mod location;
mod login;
mod media_type;
mod methods;
pub mod metrics;
mod page;
mod reason;
mod refusal;
mod representation;
mod response;
mod session;
mod site;

use std::cell::RefCell;
use std::sync::Arc;

use common::files::Tree;
use common::net::clock;
use common::net::engine::Service;
use common::net::peer::TrustedProxy;
use common::net::trace::Mask;

// What a program needs to run the service.
pub use common::files::{CacheLimits, Root, ServeOptions};
pub use common::net::engine::{self, Engine};
pub use common::net::limits::{Gate, Timeouts};
pub use common::net::listen::{Address, Listener};
pub use common::net::shutdown;
pub use common::net::tls::Tls;
pub use common::users::{Actions, User, Users};

use coding::CodedForms;
use hosts::HostCheck;
pub use hosts::Hosts;
use representation::Representation;
pub use site::{FieldRule, FieldRules, Site};

use crate::content::mask;
use crate::wire::date;
use crate::wire::response::{Prepared, ResponseHeadWriter};

/// The name of the cookie of those who log in on a page.
const COOKIE: &str = "mini";

/// The HTTP service over a served directory.
#[derive(Clone, Debug)]
pub struct Http {
    root: Root,
    users: Users,
    hosts: Hosts,
    proxies: Arc<[TrustedProxy]>,
    base_path: Option<Arc<str>>,
    site: Arc<Site>,
    timeouts: Timeouts,
    coded: Arc<CodedForms>,
}

impl Http {
    /// Serves `root` to `users`. If no user has a password, only the default [`Hosts`] are accepted.
    pub fn new(root: Root, users: Users) -> Self {
        let (hosts, proxies, timeouts) = (Hosts::default(), Arc::default(), Timeouts::default());
        let (site, coded) = (Arc::default(), Arc::default());
        Self { root, users, hosts, proxies, base_path: None, site, timeouts, coded }
    }

    /// Accepts other host names.
    #[must_use]
    pub fn with_hosts(self, hosts: Hosts) -> Self {
        Self { hosts, ..self }
    }

    /// Uses these timeouts for connections and transfers.
    #[must_use]
    pub fn with_timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// Trusts these proxies to report the client's address and to check the host.
    #[must_use]
    pub fn behind(self, proxies: &[TrustedProxy]) -> Self {
        Self { proxies: proxies.into(), ..self }
    }

    /// Sets how the directory appears as a web site.
    #[must_use]
    pub fn with_site(self, site: Site) -> Self {
        Self { site: Arc::new(site), ..self }
    }

    /// Sets the prefix of the paths in Location, such as `/files`, for a proxy that removes it from the requests and
    /// adds no field that reports it.
    #[must_use]
    pub fn with_base_path(self, base_path: Option<&str>) -> Self {
        Self { base_path: base_path.map(Into::into), ..self }
    }
}

impl Service for Http {
    type Worker = HttpWorker;

    fn worker(&self) -> HttpWorker {
        HttpWorker {
            tree: self.root.tree_with_notes(media_type::is_inspected),
            users: self.users.clone(),
            anonymous: self.users.anonymous(),
            host_check: match self.users.have_passwords() || !self.proxies.is_empty() {
                true => None,
                false => self.hosts.check(),
            },
            proxies: Arc::clone(&self.proxies),
            base_path: self.base_path.clone(),
            site: Arc::clone(&self.site),
            timeouts: self.timeouts,
            coded: Arc::clone(&self.coded),
            date: RefCell::new((u64::MAX, Prepared::default())),
        }
    }

    fn client_speaks_first(&self) -> bool {
        true
    }

    fn mask(&self) -> Option<Box<dyn Mask>> {
        Some(mask::new())
    }
}

/// The service on one thread.
#[derive(Debug)]
pub struct HttpWorker {
    tree: Tree<Representation>,
    users: Users,
    /// The user of clients that do not log in.
    anonymous: Option<Arc<User>>,
    /// `None` accepts any host name.
    host_check: Option<HostCheck>,
    proxies: Arc<[TrustedProxy]>,
    /// The prefix of the paths in Location.
    base_path: Option<Arc<str>>,
    site: Arc<Site>,
    timeouts: Timeouts,
    coded: Arc<CodedForms>,
    /// The fields of every response with Date, and the second for which they hold.
    date: RefCell<(u64, Prepared)>,
}

impl HttpWorker {
    /// Adds the fields of every response, which are formatted once a second: Date, and `nosniff`
    /// ([Fetch](https://fetch.spec.whatwg.org/#x-content-type-options-header)), so that no browser runs content of
    /// another type as a script.
    fn common_fields<'a>(&self, head: ResponseHeadWriter<'a>) -> ResponseHeadWriter<'a> {
        let now = clock::unix_seconds();
        let mut date = self.date.borrow_mut();
        if date.0 != now {
            let fields = Prepared::new(|head| {
                head.date(&date::write(clock::now())).field("X-Content-Type-Options", "nosniff")
            });
            *date = (now, fields);
        }
        head.prepared(&date.1)
    }
}
