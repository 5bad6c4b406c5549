//! The HTTP client. One request is one line:
//!
//! ```no_run
//! use http_mini::client::{Client, run};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let text = run(async {
//!     let client = Client::default();
//!     client.get("http://localhost:8080/a.txt").await?.text(1 << 20).await
//! })??;
//! # Ok(()) }
//! ```
//!
//! How a request flows: [`Request`] knows what is asked for and follows redirects; `exchange` writes one
//! request to a connection that `pool` lends or `connection` makes, and reads the head of the answer;
//! [`Response`] gives the content, undoing chunks and content codings. [`download`] and [`upload`] move
//! files by such requests, and [`mirror`] moves trees.
//!
//! Nothing here is `Send`: a client belongs to its thread, as a server's session does.

mod connection;
mod content;
pub mod download;
mod exchange;
mod head;
pub mod mirror;
mod origin;
mod outgoing;
mod parsed;
mod pool;
mod proxy;
mod redirect;
mod request;
mod resource;
mod response;
mod timing;
mod trace;
pub mod upload;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use url::Url;

use pool::Pool;

pub use common::client::{
    Credentials, Dialer, Event, Fault, Folder, Hint, Kind, Report, Retries, Throttle, Trace, Transfer, run,
};
pub use common::files::{Checksum, TreePath};
pub use common::net::conn::Patience;
pub use common::net::tls::client::{TlsClient, Trust};
pub use download::SEGMENTS_LIMIT;
pub use outgoing::Outgoing;
pub use proxy::Proxies;
pub use redirect::REDIRECTS_LIMIT;
pub use request::Request;
pub use resource::Resource;
pub use response::Response;
pub use timing::Timing;

/// How a client reaches servers.
#[derive(Clone, Debug)]
pub struct Options {
    /// How connections are made.
    pub dialer: Dialer,
    /// Which servers' certificates it trusts. `None`: those that the authorities of this system have signed, which
    /// are loaded when TLS is used.
    pub tls: Option<TlsClient>,
    /// Which proxies it uses.
    pub proxies: Proxies,
    /// How long a server may take to answer, and to move anything.
    pub patience: Patience,
    /// Bytes that a content may become when its coding is undone. A few megabytes can be made to become
    /// more than any disk.
    pub decoded_limit: u64,
    /// Receives the heads of requests and responses, without what is secret in them.
    pub trace: Trace,
}

impl Default for Options {
    /// The system's authorities, proxies from the environment, no trace, decoded content of up to 8 GiB. An answer
    /// is awaited for 120 s, its rest for 30 s, and so is content that does not move.
    fn default() -> Self {
        Self {
            dialer: Dialer::default(),
            tls: None,
            proxies: Proxies::of_environment(),
            patience: Patience { idle: Some(THINKING), value: HEAD, stall: STALL, rate: 1 },
            decoded_limit: DECODED,
            trace: Trace::default(),
        }
    }
}

/// How long a server may think before it answers. Storing a large file durably takes its time.
const THINKING: Duration = Duration::from_secs(120);
/// The rest of a head.
const HEAD: Duration = Duration::from_secs(30);
/// A peer that sends nothing, or takes nothing.
const STALL: Duration = Duration::from_secs(30);
/// Bytes of decoded content (8 GiB).
const DECODED: u64 = 8 << 30;

/// The name of HTTP/1.1 in a TLS handshake (RFC 7301 section 6).
const ALPN: &str = "http/1.1";

/// Asks servers. Clones share their connections.
#[derive(Clone, Debug, Default)]
pub struct Client(Rc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    options: Options,
    tls: OnceCell<TlsClient>,
    pool: RefCell<Pool>,
    timing: Cell<Timing>,
}

impl Client {
    /// A client with these options; [`Client::default`] has the default ones.
    pub fn new(options: Options) -> Self {
        Self(Rc::new(Shared { options, ..Shared::default() }))
    }

    /// TLS for a new connection.
    fn tls(&self) -> Result<TlsClient, Fault> {
        if let Some(tls) = self.0.tls.get() {
            return Ok(tls.clone());
        }
        let tls = match &self.0.options.tls {
            Some(tls) => tls.clone(),
            None => TlsClient::new(&Trust::System)
                .map_err(|error| Fault::new(Kind::Failed, format!("cannot speak TLS: {error}")))?,
        };
        Ok(self.0.tls.get_or_init(|| tls.for_protocol(&[ALPN])).clone())
    }

    /// How long the phases of the last request took.
    pub fn timing(&self) -> Timing {
        self.0.timing.get()
    }

    /// Asks for a representation.
    pub fn get(&self, url: &str) -> Request {
        self.request("GET", url)
    }

    /// Asks for the head of a representation.
    pub fn head(&self, url: &str) -> Request {
        self.request("HEAD", url)
    }

    /// Stores a representation.
    pub fn put(&self, url: &str, content: impl Into<Outgoing>) -> Request {
        self.request("PUT", url).content(content)
    }

    /// Any request. What is wrong with method or URL is said when it is sent.
    pub fn request(&self, method: &str, url: &str) -> Request {
        Request::new(self.clone(), method, self::url(url))
    }
}

/// Reads a URL of HTTP.
///
/// # Errors
/// [`Kind::Usage`].
pub fn url(text: &str) -> Result<Url, Fault> {
    let usage = |why: &str| Fault::new(Kind::Usage, why);
    let url = Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => usage("it is no URL; write it like http://HOST/PATH"),
        error => usage(&format!("it is no URL: {error}")),
    })?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(usage("its scheme is neither http nor https")),
    }
}

#[cfg(test)]
mod tests;
