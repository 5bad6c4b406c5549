//! Serves the pages of commands: files from memory, and one site's own resources, over HTTP/1.1.
//!
//! It serves no files of the file system and has no users. Only requests for the page's own host are
//! answered, so that no page of another site can read or control it (DNS rebinding, cross-site requests). The
//! strict Content-Security-Policy prevents bytes of peers that the page shows from being executed.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use common::net::conn::{Broken, Conn};
use common::net::endpoint::HostPort;
use common::net::engine::{self, Engine, Service, Worker};
use common::net::limits::{Full, Gate};
use common::net::listen::{Address, Listener, machine_name};
use common::net::shutdown::Stop;
use http_wire::framing::{self, Framing};
use http_wire::head::{self, Method, RequestHead, Version};
use http_wire::response::{ResponseHeadWriter, Status};
use http_wire::{host, origin};

/// Connections to a page at the same time.
const MAX_CONNECTIONS: usize = 256;
/// The largest content of a request, in bytes (1 MiB).
const CONTENT_LIMIT: u64 = 1 << 20;
/// Everything is loaded from the page's own files; no inline script or style, no frame, no form target.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageFile {
    /// The path of its URL: `/style.css`.
    pub(crate) path: &'static str,
    /// Its media type.
    pub(crate) media_type: &'static str,
    pub(crate) content: &'static str,
}

/// A request to a page.
#[derive(Debug)]
pub(crate) struct PageRequest {
    pub(crate) head: RequestHead,
    pub(crate) content: Vec<u8>,
}

/// The resources of a page.
pub(crate) trait Site: Clone + Send + 'static {
    fn files(&self) -> &'static [PageFile];

    /// Answers a request for anything but a file. Returns whether the connection can be used again.
    fn respond(&self, request: PageRequest, conn: &mut Conn) -> impl Future<Output = io::Result<bool>>;
}

/// Serves a site on each listener of `bound` until a stop is requested. `ready` is called when connections are accepted.
pub(crate) fn serve<S: Site>(
    listeners: Vec<Listener>,
    bound: &HostPort,
    site: &S,
    stop: Stop,
    ready: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let page = |listener: Listener| {
        let Address::Inet(address) = *listener.address() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a page needs an IP address"));
        };
        Ok((listener, Page { site: site.clone(), address, name: bound.host_or("").to_owned() }))
    };
    let listeners = listeners.into_iter().map(page).collect::<io::Result<_>>()?;
    engine::run(Engine::EventLoop, listeners, Gate::new(MAX_CONNECTIONS, MAX_CONNECTIONS), stop, ready)
}

/// Answers with content that is not cached.
pub(crate) fn answer(conn: &mut Conn, status: u16, media_type: &str, content: &[u8], head: &RequestHead) {
    start(conn, status, media_type)
        .length(content.len() as u64)
        .connection(head.persists(), head.version())
        .finish();
    if head.method() != Method::Head {
        conn.out().extend_from_slice(content);
    }
}

/// The head of a response, without its framing.
pub(crate) fn start<'a>(conn: &'a mut Conn, status: u16, media_type: &str) -> ResponseHeadWriter<'a> {
    ResponseHeadWriter::new(conn.out(), Status(status))
        .field("Content-Type", media_type)
        .field("Cache-Control", "no-store")
        .field("Content-Security-Policy", POLICY)
        .field("X-Content-Type-Options", "nosniff")
        .field("Referrer-Policy", "no-referrer")
        .field("Cross-Origin-Resource-Policy", "same-origin")
}

#[derive(Clone)]
struct Page<S> {
    site: S,
    address: SocketAddr,
    /// The host as given on the command line.
    name: String,
}

impl<S: Site> Service for Page<S> {
    type Worker = Self;

    fn worker(&self) -> Self {
        self.clone()
    }
}

impl<S: Site> Worker for Page<S> {
    async fn serve(self: Rc<Self>, mut conn: Conn) {
        loop {
            let head = match conn.next(head::parse).await {
                Ok(Some(head)) => head,
                Ok(None) | Err(Broken::Io(_)) => return,
                Err(Broken::Input(violation)) => return refuse(conn, 400, &violation.to_string()).await,
            };
            let persists = head.persists();
            match self.respond(head, &mut conn).await {
                Ok(true) if persists => {}
                Ok(_) => return conn.linger().await,
                Err(Refusal::Status(status, why)) => return refuse(conn, status, why).await,
                Err(Refusal::Io) => return,
            }
        }
    }

    async fn refuse(self: Rc<Self>, conn: Conn, _why: Full) {
        refuse(conn, 503, "too many connections").await;
    }
}

enum Refusal {
    Status(u16, &'static str),
    Io,
}

impl From<io::Error> for Refusal {
    fn from(_: io::Error) -> Self {
        Self::Io
    }
}

impl<S: Site> Page<S> {
    async fn respond(&self, head: RequestHead, conn: &mut Conn) -> Result<bool, Refusal> {
        if !head.host().is_some_and(|host| is_own(host, self.address, &self.name)) {
            return Err(Refusal::Status(421, "this page is not of that host"));
        }
        if origin::is_foreign(&head) {
            return Err(Refusal::Status(403, "another site caused the request"));
        }
        let content = receive(&head, conn).await?;
        let is_read = matches!(head.method(), Method::Get | Method::Head);
        let file = self.site.files().iter().find(|file| file.path.as_bytes() == head.target().path());
        match file {
            Some(file) if is_read => answer(conn, 200, file.media_type, file.content.as_bytes(), &head),
            Some(_) => return Err(Refusal::Status(405, "a file is only read")),
            None => return Ok(self.site.respond(PageRequest { head, content }, conn).await?),
        }
        Ok(true)
    }
}

/// The content of a request, which must have a length.
async fn receive(head: &RequestHead, conn: &mut Conn) -> Result<Vec<u8>, Refusal> {
    let length = match framing::of_request(head) {
        Ok(Framing::None) => 0,
        Ok(Framing::Length(length)) if length <= CONTENT_LIMIT => length,
        Ok(Framing::Length(_)) => return Err(Refusal::Status(413, "more than 1 MiB of content")),
        Ok(_) => return Err(Refusal::Status(411, "content without a length")),
        Err(_) => return Err(Refusal::Status(400, "the length of the content is ambiguous")),
    };
    if head.expects_continue() {
        conn.out().extend_from_slice(http_wire::response::CONTINUE);
    }
    let length = usize::try_from(length).unwrap_or_default();
    let mut content = Vec::new();
    while content.len() < length {
        let missing = length - content.len();
        if conn.receive(&mut content, missing).await? == 0 {
            return Err(Refusal::Io);
        }
    }
    Ok(content)
}

async fn refuse(mut conn: Conn, status: u16, why: &str) {
    let text = format!("{}: {why}\n", Status(status));
    start(&mut conn, status, "text/plain; charset=utf-8")
        .length(text.len() as u64)
        .connection(false, Version::Http11)
        .finish();
    conn.out().extend_from_slice(text.as_bytes());
    conn.linger().await;
}

/// Whether a Host names this server in a way that no other site can. On loopback: the address or `localhost`.
/// Elsewhere: an address, a name that only a local network has, the name of this machine, or the given one.
fn is_own(value: &[u8], address: SocketAddr, given: &str) -> bool {
    let name = host::bare_name(value);
    let port = value.get(name.len()..).unwrap_or_default();
    let is_own_port =
        port == format!(":{}", address.port()).as_bytes() || (port.is_empty() && address.port() == 80);
    let ip = str::from_utf8(name).ok().and_then(|name| name.trim_matches(['[', ']']).parse::<IpAddr>().ok());
    let is_own_name = match ip {
        Some(ip) => address.ip().is_unspecified() || ip.to_canonical() == address.ip().to_canonical(),
        None if name.eq_ignore_ascii_case(given.as_bytes()) => true,
        None if address.ip().is_loopback() => name.eq_ignore_ascii_case(b"localhost"),
        None => !host::is_of_a_site(name) || name.eq_ignore_ascii_case(&machine_name()),
    };
    is_own_port && is_own_name
}

/// Waits until a client that sends nothing more, such as a reader of events, has closed the connection.
pub(crate) async fn closed(conn: &mut Conn) {
    // Its input is discarded.
    let anything = |input: &[u8]| Ok::<_, Infallible>((!input.is_empty()).then_some(((), input.len())));
    while let Ok(Some(())) = conn.next(anything).await {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_that_no_other_site_can_own_are_answered() {
        let (loopback, any, own) = ("127.0.0.1:8000", "[::]:8000", "192.0.2.7:8000");
        for (host, address, expected, why) in [
            ("127.0.0.1:8000", loopback, true, "the address"),
            ("localhost:8000", loopback, true, "its name"),
            ("LOCALHOST:8000", loopback, true, "names have no letter case"),
            ("127.0.0.1", loopback, false, "another port"),
            ("127.0.0.1:80", loopback, false, "another port"),
            ("evil.example:8000", loopback, false, "DNS rebinding"),
            ("nas:8000", loopback, false, "not a name of loopback"),
            ("192.0.2.7:8000", loopback, false, "another address"),
            ("[::1]:8000", loopback, false, "another address"),
            ("[::1]:8000", "[::1]:8000", true, "IPv6"),
            ("192.0.2.9:8000", any, true, "every address of the machine"),
            ("[2001:db8::1]:8000", any, true, "every address of the machine"),
            ("nas.local:8000", any, true, "a name of a local network"),
            ("evil.example:8000", any, false, "DNS rebinding"),
            ("192.0.2.7:8000", own, true, "the address"),
            ("192.0.2.9:8000", own, false, "another address"),
            ("localhost", "127.0.0.1:80", true, "the port of the scheme"),
            ("files.example:8000", own, true, "the name for which it listens"),
            ("", loopback, false, "none"),
        ] {
            let is_own = is_own(host.as_bytes(), address.parse().unwrap(), "files.example");
            assert_eq!(is_own, expected, "{host} at {address}: {why}");
        }
    }
}
