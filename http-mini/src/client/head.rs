//! Writes the head of a request, and reads that of the response.

use common::client::{DialogueTrace, Fault, FaultKind};
use common::net::conn::{Broken, Conn};
use url::Url;

use super::origin::{Origin, bare};
use super::outgoing::Outgoing;
use super::proxy::Proxy;
use super::trace;
use crate::wire::head::RequestHeadWriter;
use crate::wire::response::{self, INTERIM_LIMIT, ResponseHead};
use crate::wire::rule::{self, Violation};

/// One request to one server.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a Url,
    /// Without the fields that `write` adds.
    pub(super) fields: &'a [(String, String)],
    pub(super) content: &'a Outgoing,
}

const AGENT: &str = concat!("http-mini/", env!("CARGO_PKG_VERSION"));

/// Fields derived from the content; a second value would change the framing of the message.
const OWN: [&str; 6] = ["content-length", "transfer-encoding", "connection", "te", "upgrade", "expect"];

/// Why there is no response.
pub(super) enum Unanswered {
    /// The connection ended or failed before the first byte of a response.
    Closed(Fault),
    Fault(Fault),
}

impl From<Unanswered> for Fault {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Closed(fault) | Unanswered::Fault(fault) => fault,
        }
    }
}

pub(super) fn write(
    conn: &mut Conn,
    (origin, proxy): (&Origin, Option<&Proxy>),
    call: &Call<'_>,
    expects: bool,
) -> Result<(), Fault> {
    let is_own = |name: &str| OWN.iter().any(|own| name.eq_ignore_ascii_case(own));
    if let Some((name, _)) = call.fields.iter().find(|(name, _)| is_own(name)) {
        return Err(Fault::new(
            FaultKind::Usage,
            format!("{name} cannot be set; it is derived from the content"),
        ));
    }
    let authority = origin.authority();
    let field = |name: &str| {
        call.fields
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    };
    // With TLS the request goes through a tunnel, which the proxy does not read.
    let proxy = proxy.filter(|_| !origin.is_secure);
    let authorization = proxy.and_then(|proxy| proxy.authorization.as_ref());
    let whole = bare(call.url);
    let target = match proxy {
        Some(_) => whole.as_str(),
        None => &whole[url::Position::BeforePath..],
    };
    let mut head =
        RequestHeadWriter::new(conn.out(), call.method, target, field("host").unwrap_or(&authority));
    for (name, value) in [("User-Agent", AGENT), ("Accept", "*/*")] {
        if field(name).is_none() {
            head = head.field(name, value);
        }
    }
    // Credentials for a proxy are not sent to the origin.
    let is_elsewhere = |name: &str| {
        name.eq_ignore_ascii_case("host")
            || proxy.is_none() && name.eq_ignore_ascii_case("proxy-authorization")
    };
    for (name, value) in call.fields.iter().filter(|(name, _)| !is_elsewhere(name)) {
        head = head.field(name, value);
    }
    if let Some(authorization) = authorization.filter(|_| field("proxy-authorization").is_none()) {
        head = head.field("Proxy-Authorization", authorization);
    }
    let takes_content = matches!(call.method, "PUT" | "POST" | "PATCH");
    head = match call.content.length() {
        None => head.field("Transfer-Encoding", "chunked"),
        Some(length) if takes_content || call.content.is_some() => head.number("Content-Length", length),
        Some(_) => head,
    };
    if expects {
        head = head.field("Expect", "100-continue");
    }
    head.finish()
        .map_err(|error| Fault::new(FaultKind::Usage, format!("the request cannot be written: {error}")))
}

/// Reads the head of the next final response, skipping interim ones.
pub(super) async fn read(conn: &mut Conn, trace: DialogueTrace) -> Result<ResponseHead, Unanswered> {
    let failed = |why: &str| Err(Unanswered::Fault(Fault::new(FaultKind::Failed, why)));
    for _ in 0..=INTERIM_LIMIT {
        let head = read_next(conn, trace).await?;
        match head.status().0 {
            101 => return failed("the server switches to another protocol without a request for it"),
            100..=199 => {}
            _ => return Ok(head),
        }
    }
    failed("the server sends interim responses without end")
}

/// Reads the next head, which may be that of an interim response.
/// Cancel safe.
pub(super) async fn read_next(conn: &mut Conn, trace: DialogueTrace) -> Result<ResponseHead, Unanswered> {
    let head = match conn.next(response::parse).await {
        Ok(Some(head)) => head,
        Ok(None) => {
            let why = "the server closed the connection without an answer";
            return Err(Unanswered::Closed(Fault::passing(FaultKind::Network, why)));
        }
        Err(Broken::Input(_)) if is_tls(conn.unread()) => {
            let why = "the server speaks TLS on this port; use https";
            return Err(Unanswered::Fault(Fault::new(FaultKind::Failed, why)));
        }
        Err(Broken::Input(violation)) => return Err(Unanswered::Fault(malformed(&violation))),
        Err(Broken::Io(error)) if conn.has_unread() => return Err(Unanswered::Fault(lost(&error))),
        Err(Broken::Io(error)) => return Err(Unanswered::Closed(lost(&error))),
    };
    trace::response(trace, &head);
    Ok(head)
}

/// Whether this starts like a TLS alert (RFC 8446 section 6), which a server sends for input that is not a
/// handshake.
///
/// ```text
/// 15 03 01 00 02 02 46        alert, version, length, fatal, protocol_version
/// ```
fn is_tls(input: &[u8]) -> bool {
    matches!(input, [21, 3, 0..=4, 0, 2, ..])
}

pub(super) fn lost(error: &std::io::Error) -> Fault {
    Fault::io("no response", error)
}

pub(super) fn malformed(violation: &Violation) -> Fault {
    Fault::new(
        FaultKind::Failed,
        format!("the answer is not HTTP/1.1 as it should be: {}", rule::report(violation)),
    )
}
