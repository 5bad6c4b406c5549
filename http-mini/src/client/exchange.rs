//! One request and the head of its answer, on one connection.
//!
//! A connection that has waited may have been closed by the server meanwhile; a request that can be
//! repeated is then sent again on a new one (RFC 9112 section 9.3.1).

use std::time::Duration;

use common::client::{Fault, Kind, Unsent};
use common::net::clock::Stopwatch;
use common::net::conn::{Broken, Conn};
use tokio::time::timeout;
use url::Url;

use super::connection::{Connection, Route};
use super::content::Content;
use super::origin::{Origin, bare};
use super::outgoing::Outgoing;
use super::{Client, Timing, trace};
use crate::wire::framing;
use crate::wire::head::{Method, RequestHead};
use crate::wire::response::{self, Head, INTERIM_LIMIT, Status};
use crate::wire::rule::Violation;

/// Content above this size (64 KiB) waits for the server's word, so that it is not sent in vain where
/// the server refuses it or wants it elsewhere.
const EXPECTED: u64 = 64 << 10;
/// How long the server's word is waited for: old ones do not know the question (RFC 9110 section
/// 10.1.1).
const WORD: Duration = Duration::from_secs(1);

/// One request as it goes to one place.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a Url,
    /// Without those that are made here.
    pub(super) fields: &'a [(String, String)],
    pub(super) content: &'a Outgoing,
}

/// Fields that are made here, from what is sent; others would make two messages of one.
const OWN: [&str; 6] = ["content-length", "transfer-encoding", "connection", "te", "upgrade", "expect"];

/// The answer to a request, up to its content.
pub(super) async fn perform(client: &Client, call: &Call<'_>) -> Result<(Head, Content), Fault> {
    let origin = Origin::of(call.url)?;
    let is_idempotent = matches!(call.method, "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "TRACE");
    let mut may_reuse = is_idempotent && call.content.is_repeatable();
    let mut expects = call.content.length().is_none_or(|length| length > EXPECTED);
    loop {
        let mut connection = client.connection(origin.clone(), may_reuse).await?;
        let watch = Stopwatch::start();
        let answered = on(client, &mut connection, call, expects).await;
        client.0.timing.set(Timing { answer: watch.elapsed(), ..client.timing() });
        match answered {
            Ok(Answered { head, is_sent })
                if head.status() == Status(417) && expects && (!is_sent || call.content.is_repeatable()) =>
            {
                expects = false;
            }
            Ok(Answered { head, is_sent }) => {
                let framing = framing::of_response(&head, Method::named(call.method.as_bytes()));
                let framing = framing.map_err(|violation| malformed(&violation))?;
                let persists = head.persists() && is_sent;
                return Ok((head, Content::new(connection, framing, persists)));
            }
            Err(Unanswered::Nothing(_)) if connection.is_reused => may_reuse = false,
            Err(Unanswered::Nothing(fault) | Unanswered::Fault(fault)) => return Err(fault),
        }
    }
}

/// A final response to a request.
struct Answered {
    head: Head,
    /// All of the request was sent, so the connection can carry another one.
    is_sent: bool,
}

/// Why there is none.
enum Unanswered {
    /// The connection ended or failed before a byte of an answer came.
    Nothing(Fault),
    Fault(Fault),
}

/// Sends the request on a connection, and reads the head of the answer.
async fn on(
    client: &Client,
    Connection { conn, route, .. }: &mut Connection,
    call: &Call<'_>,
    expects: bool,
) -> Result<Answered, Unanswered> {
    let is_traced = client.0.options.is_traced;
    write_head(conn, route, call, expects).map_err(Unanswered::Fault)?;
    if is_traced {
        trace::request(conn.out());
    }
    let word = if expects { word(conn, is_traced).await? } else { Word::Silence };
    if let Word::Final(head) = word {
        return Ok(Answered { head, is_sent: false });
    }
    let failure = match call.content.send(conn).await {
        Ok(()) => None,
        Err(Unsent::Conn(error)) => Some(lost(&error)),
        // The server waits for the rest, which will not come.
        Err(Unsent::Ours(fault)) => return Err(Unanswered::Fault(fault)),
    };
    let is_sent = failure.is_none();
    let unanswered = match (next_head(conn, is_traced).await, failure) {
        (Ok(head), _) => return Ok(Answered { head, is_sent }),
        // Why it could not be sent tells more than the silence that follows.
        (Err(_), Some(fault)) => Unanswered::Nothing(fault),
        (Err(unanswered), None) => unanswered,
    };
    Err(match (unanswered, word) {
        (Unanswered::Nothing(fault), Word::Continue) => Unanswered::Fault(fault),
        (unanswered, _) => unanswered,
    })
}

/// What the server says before the content is sent.
enum Word {
    /// It wants the content.
    Continue,
    Silence,
    /// It has answered already.
    Final(Head),
}

async fn word(conn: &mut Conn, is_traced: bool) -> Result<Word, Unanswered> {
    conn.flush().await.map_err(|error| Unanswered::Nothing(lost(&error)))?;
    // Nothing is lost when the wait ends.
    let Ok(came) = timeout(WORD, conn.next(response::parse)).await else { return Ok(Word::Silence) };
    let head = match came {
        Ok(Some(head)) => head,
        Ok(None) => return Err(Unanswered::Nothing(closed())),
        Err(broken) => return Err(unanswered(broken, conn)),
    };
    if is_traced {
        trace::response(&head);
    }
    Ok(match head.status().0 {
        100 => Word::Continue,
        // Others may follow.
        101..=199 => Word::Silence,
        _ => Word::Final(head),
    })
}

fn write_head(conn: &mut Conn, route: &Route, call: &Call<'_>, expects: bool) -> Result<(), Fault> {
    let is_own = |name: &str| OWN.iter().any(|own| name.eq_ignore_ascii_case(own));
    if let Some((name, _)) = call.fields.iter().find(|(name, _)| is_own(name)) {
        return Err(Fault::new(Kind::Usage, format!("{name} cannot be given; it is made from what is sent")));
    }
    let authority = route.origin.authority();
    let field = |name: &str| {
        call.fields
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    };
    let proxy = route.proxy.as_ref().filter(|_| !route.origin.is_secure);
    let authorization = proxy.and_then(|proxy| proxy.authorization.as_ref());
    let whole = bare(call.url);
    let target = match proxy {
        Some(_) => whole.as_str(),
        None => &whole[url::Position::BeforePath..],
    };
    let mut head = RequestHead::new(conn.out(), call.method, target, field("host").unwrap_or(&authority));
    for (name, value) in [("User-Agent", AGENT), ("Accept", "*/*")] {
        if field(name).is_none() {
            head = head.field(name, value);
        }
    }
    // Credentials for a proxy are not for the origin.
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
    head.finish().map_err(|error| Fault::new(Kind::Usage, format!("the request cannot be written: {error}")))
}

const AGENT: &str = concat!("http-mini/", env!("CARGO_PKG_VERSION"));

/// The head of a final response.
pub(super) async fn read_head(conn: &mut Conn, is_traced: bool) -> Result<Head, Fault> {
    next_head(conn, is_traced).await.map_err(|unanswered| match unanswered {
        Unanswered::Nothing(fault) | Unanswered::Fault(fault) => fault,
    })
}

/// The head of the next final response; interim ones are passed over.
async fn next_head(conn: &mut Conn, is_traced: bool) -> Result<Head, Unanswered> {
    let failed = |why: &str| Err(Unanswered::Fault(Fault::new(Kind::Failed, why)));
    for _ in 0..=INTERIM_LIMIT {
        let head = match conn.next(response::parse).await {
            Ok(Some(head)) => head,
            Ok(None) => return Err(Unanswered::Nothing(closed())),
            Err(broken) => return Err(unanswered(broken, conn)),
        };
        if is_traced {
            trace::response(&head);
        }
        match head.status().0 {
            101 => return failed("the server switches to another protocol, which nobody asked for"),
            100..=199 => {}
            _ => return Ok(head),
        }
    }
    failed("the server sends interim responses without end")
}

fn unanswered(broken: Broken<Violation>, conn: &Conn) -> Unanswered {
    match broken {
        Broken::Input(violation) => Unanswered::Fault(malformed(&violation)),
        Broken::Io(error) if conn.has_unread() => Unanswered::Fault(lost(&error)),
        Broken::Io(error) => Unanswered::Nothing(lost(&error)),
    }
}

fn closed() -> Fault {
    Fault::passing(Kind::Network, "the server closed the connection without an answer")
}

fn lost(error: &std::io::Error) -> Fault {
    Fault::io("no answer came", error)
}

fn malformed(violation: &Violation) -> Fault {
    Fault::new(Kind::Failed, format!("the answer is not HTTP/1.1 as it should be: {violation}"))
}
