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
//! [`Request`] holds the fields and follows redirects; `exchange` writes it to a connection from `pool` or
//! `connection`, and reads the head of the response; [`Response`] decodes the content. [`download`] and
//! [`upload`] transfer files by such requests, and [`mirror`] trees; `change` removes and renames.
//!
//! Nothing here is `Send`: a client belongs to its thread, like a server's session.

mod change;
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
mod reason;
mod redirect;
mod request;
mod resource;
mod response;
mod timing;
pub(crate) mod trace;
pub mod upload;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use url::Url;

use pool::Pool;

pub use change::Extent;
pub use common::client::{
    ClientEvent, Dialer, DialogueTrace, Fault, FaultKind, Hint, LocalFolder, Reporter, Retries, Throttle,
    TransferProgress, UserCredentials, run,
};
pub use common::files::{Checksum, TreePath};
pub use common::net::conn::ConnTimeouts;
pub use common::net::tls::client::{TlsClient, Trust};
pub use common::net::trace::{TraceFormat, Tracer};
pub use download::SEGMENTS_LIMIT;
pub use outgoing::Outgoing;
pub use proxy::Proxies;
pub use redirect::REDIRECTS_LIMIT;
pub use request::Request;
pub use resource::Resource;
pub use response::Response;
pub use timing::Timing;

/// The options of a client.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Connects to servers.
    pub dialer: Dialer,
    /// The trusted certificates. `None`: the system's, loaded when TLS is first used.
    pub tls: Option<TlsClient>,
    /// The proxies to use.
    pub proxies: Proxies,
    /// The timeouts of a response and of a transfer without progress.
    pub timeouts: ConnTimeouts,
    /// The most bytes of decoded content: a few megabytes can decode to more than any disk can store.
    pub decoded_limit: u64,
    /// Receives the heads of requests and responses, without secrets.
    pub trace: DialogueTrace,
    /// Records every byte of the connections except secrets.
    pub tracer: Option<Tracer>,
}

impl Default for ClientSettings {
    /// The system's authorities, proxies from the environment, no trace, decoded content of up to 8 GiB. The
    /// timeout of a response is 120 s; of the rest of its head and of content without progress 30 s.
    fn default() -> Self {
        Self {
            dialer: Dialer::default(),
            tls: None,
            proxies: Proxies::of_environment(),
            timeouts: ConnTimeouts { idle: Some(THINKING), value: HEAD, stall: STALL, rate: 1 },
            decoded_limit: DECODED,
            trace: DialogueTrace::default(),
            tracer: None,
        }
    }
}

/// How long a server may take to respond: storing a large file durably takes time.
const THINKING: Duration = Duration::from_secs(120);
const HEAD: Duration = Duration::from_secs(30);
/// The longest time in which a peer neither sends nor receives.
const STALL: Duration = Duration::from_secs(30);
/// Bytes of decoded content (8 GiB).
const DECODED: u64 = 8 << 30;

/// The name of HTTP/1.1 in a TLS handshake (RFC 7301 section 6).
const ALPN: &str = "http/1.1";

/// Sends requests. Clones share their connections.
#[derive(Clone, Debug, Default)]
pub struct Client(Rc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    options: ClientSettings,
    tls: OnceCell<TlsClient>,
    pool: RefCell<Pool>,
    timing: Cell<Timing>,
}

impl Client {
    /// A client with these options; [`Client::default`] has the default ones.
    pub fn new(options: ClientSettings) -> Self {
        Self(Rc::new(Shared { options, ..Shared::default() }))
    }

    fn tls(&self) -> Result<TlsClient, Fault> {
        if let Some(tls) = self.0.tls.get() {
            return Ok(tls.clone());
        }
        let tls = match &self.0.options.tls {
            Some(tls) => tls.clone(),
            None => TlsClient::new(&Trust::System)
                .map_err(|error| Fault::new(FaultKind::Failed, format!("cannot speak TLS: {error}")))?,
        };
        Ok(self.0.tls.get_or_init(|| tls.for_protocol(&[ALPN])).clone())
    }

    /// How long the phases of the last request took.
    pub fn timing(&self) -> Timing {
        self.0.timing.get()
    }

    /// Requests a representation.
    pub fn get(&self, url: &str) -> Request {
        self.request("GET", url)
    }

    /// Requests the head of a representation.
    pub fn head(&self, url: &str) -> Request {
        self.request("HEAD", url)
    }

    /// Uploads a representation.
    pub fn put(&self, url: &str, content: impl Into<Outgoing>) -> Request {
        self.request("PUT", url).content(content)
    }

    /// Any request. An invalid method or URL is reported when the request is sent.
    pub fn request(&self, method: &str, url: &str) -> Request {
        Request::new(self.clone(), method, self::url(url))
    }
}

/// Parses a URL with the scheme http or https; other text is a [`FaultKind::Usage`] fault.
pub fn url(text: &str) -> Result<Url, Fault> {
    let usage = |why: &str| Fault::new(FaultKind::Usage, why);
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
