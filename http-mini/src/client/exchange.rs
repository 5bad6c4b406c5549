//! One request and the head of its response, on one connection.
//!
//! The server may have closed an idle connection. A request that can be repeated is then sent again on a
//! new one (RFC 9112 section 9.3.1).

use std::time::Duration;

use common::client::{DialogueTrace, Fault, Unsent};
use common::net::clock::Stopwatch;
use common::net::conn::Conn;
use tokio::time::timeout;

use super::connection::Connection;
use super::content::ResponseContent;
use super::head::{self, Call, Unanswered};
use super::origin::Origin;
use super::{Client, Timing, trace};
use crate::wire::framing;
use crate::wire::head::Method;
use crate::wire::response::{ResponseHead, Status};

/// Content above this size (64 KiB) is sent after 100 (Continue), so that none is sent if the server refuses
/// or redirects the request.
const EXPECTED: u64 = 64 << 10;
/// How long to wait for 100: old servers never send it (RFC 9110 section 10.1.1).
const EARLY: Duration = Duration::from_secs(1);

/// Performs a request up to the content of its response.
pub(super) async fn perform(
    client: &Client,
    call: &Call<'_>,
) -> Result<(ResponseHead, ResponseContent), Fault> {
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
                let framing = framing.map_err(|violation| head::malformed(&violation))?;
                let persists = head.persists() && is_sent;
                return Ok((head, ResponseContent::new(connection, framing, persists)));
            }
            Err(Unanswered::Closed(_)) if connection.is_reused => may_reuse = false,
            Err(Unanswered::Closed(fault) | Unanswered::Fault(fault)) => return Err(fault),
        }
    }
}

struct Answered {
    head: ResponseHead,
    /// All of the request was sent, so the connection can be reused.
    is_sent: bool,
}

/// Sends the request on a connection, and reads the head of the response.
async fn on(
    client: &Client,
    Connection { conn, route, .. }: &mut Connection,
    call: &Call<'_>,
    expects: bool,
) -> Result<Answered, Unanswered> {
    let trace = client.0.options.trace;
    let via = (&route.origin, route.proxy.as_ref());
    head::write(conn, via, call, expects).map_err(Unanswered::Fault)?;
    trace::request(trace, conn.out());
    let early = if expects { early_head(conn, trace).await? } else { None };
    // After a response from 101 to 199 another one may follow.
    let is_continued = early.as_ref().is_some_and(|head| head.status() == Status(100));
    if let Some(head) = early.filter(|head| head.status().0 >= 200) {
        return Ok(Answered { head, is_sent: false });
    }
    let failure = match call.content.send(conn).await {
        Ok(()) => None,
        Err(Unsent::Conn(error)) => Some(head::lost(&error)),
        // The server waits for the rest, which will never be sent.
        Err(Unsent::Content(fault)) => return Err(Unanswered::Fault(fault)),
    };
    let is_sent = failure.is_none();
    let unanswered = match (head::read(conn, trace).await, failure) {
        (Ok(head), _) => return Ok(Answered { head, is_sent }),
        // The failure to send is more specific than the missing response.
        (Err(_), Some(fault)) => Unanswered::Closed(fault),
        (Err(unanswered), None) => unanswered,
    };
    Err(if is_continued { Unanswered::Fault(unanswered.into()) } else { unanswered })
}

/// The head of a response that is sent before the content, within `EARLY`.
async fn early_head(conn: &mut Conn, trace: DialogueTrace) -> Result<Option<ResponseHead>, Unanswered> {
    conn.flush().await.map_err(|error| Unanswered::Closed(head::lost(&error)))?;
    timeout(EARLY, head::read_next(conn, trace)).await.ok().transpose()
}
