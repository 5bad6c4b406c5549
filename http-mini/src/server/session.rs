//! The dialogue of one connection: a request, its response, the next request
//! ([RFC 9112 section 9](https://www.rfc-editor.org/rfc/rfc9112#section-9)).

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use common::log::{self, Record};
use common::metrics::shared::{OpenConnection, Protocol};
use common::net::clock::Stopwatch;
use common::net::conn::{Broken, Conn, ConnTimeouts};
use common::net::engine::Worker;
use common::net::limits::{Full, Timeouts};
use common::net::peer::Peer;
use common::users::User;

use super::HttpWorker;
use super::location::https_location;
use super::refusal::Refusal;
use super::response::{LogNote, SendOptions, ServerResponse};
use super::{login, methods, metrics};
use crate::content::read::Incoming;
use crate::wire::framing;
use crate::wire::head::{self, Method, RequestHead};
use crate::wire::response::Status;
use crate::wire::rule::{self, Violation};

/// `Retry-After`, in seconds, for clients turned away by a connection limit.
const RETRY_AFTER: u64 = 5;

/// The longest time in which a client reads no byte of a response.
const STALL: Duration = Duration::from_secs(300);

/// Content that no method reads is discarded up to this size (64 KiB), so that the connection can be kept.
const DISCARDED: u64 = 64 << 10;

impl Worker for HttpWorker {
    async fn serve(self: Rc<Self>, mut conn: Conn) {
        conn.set_timeouts(self.while_receiving());
        conn.count_bytes(Protocol::Http);
        let counted = OpenConnection::new(Protocol::Http);
        loop {
            let head = match conn.next(head::parse).await {
                Ok(Some(head)) => head,
                Ok(None) => return,
                Err(broken) => return Box::pin(self.refuse_request(broken, conn)).await,
            };
            let active = counted.activity();
            let next = self.exchange(&head, &mut conn).await;
            drop(active);
            match next {
                AfterResponse::Request => {}
                AfterResponse::Finish => return drop(conn.finish().await),
                AfterResponse::Linger => return Box::pin(conn.linger()).await,
                AfterResponse::Close => return,
            }
        }
    }

    async fn refuse(self: Rc<Self>, mut conn: Conn, why: Full) {
        let (status, what) = match why {
            Full::Server => {
                (503, "the server carries as many connections as it may; try again in 5 seconds\n")
            }
            Full::Address => {
                (429, "your address has as many connections as it may; close some, or try again\n")
            }
        };
        let response = ServerResponse::text(status, what.into());
        let mut response = response.with(|head| head.number("Retry-After", RETRY_AFTER));
        if self.send(&mut response, &mut SendOptions::last(false), &mut conn).await.is_ok() {
            conn.linger().await;
        }
    }

    async fn refuse_unencrypted(self: Rc<Self>, conn: Conn) {
        Box::pin(self.redirect_to_https(conn)).await;
    }
}

struct Answered {
    /// The user who logged in.
    user: Option<Arc<User>>,
    response: ServerResponse,
    /// The content of the request has been read completely.
    is_read: bool,
}

/// What follows a response.
enum AfterResponse {
    Request,
    /// Close: the client sends nothing more.
    Finish,
    /// Close, although the client may still be sending.
    Linger,
    /// Close at once: the connection is broken.
    Close,
}

impl HttpWorker {
    /// For requests: a minimum rate bounds how long a slow one can occupy a connection.
    fn while_receiving(&self) -> ConnTimeouts {
        let Timeouts { idle, stall } = self.timeouts;
        let default = ConnTimeouts::default();
        let (stall, rate) = stall.map_or((default.stall, default.rate), |stall| (stall, 0));
        ConnTimeouts { idle: idle.or(default.idle), stall, rate, ..default }
    }

    /// For responses: a player may pause, and reads the rest later.
    fn while_sending(&self) -> ConnTimeouts {
        ConnTimeouts { stall: self.timeouts.stall.unwrap_or(STALL), rate: 0, ..self.while_receiving() }
    }

    async fn exchange(&self, head: &RequestHead, conn: &mut Conn) -> AfterResponse {
        let watch = is_observed().then(Stopwatch::start);
        let sent_before = conn.sent();
        let Answered { user, mut response, is_read } = match self.perform(head, conn).await {
            Ok(answered) => answered,
            Err(broken) => match unreadable(&broken) {
                Some(response) => Answered { user: None, response, is_read: false },
                None => {
                    // No client is left to receive a response, but the request is logged.
                    let (request, peer) = (request_of(head), self.client(head, conn.peer()));
                    let cut = Err(io::ErrorKind::UnexpectedEof.into());
                    record(request, None, (Status(400), &LogNote::default()), &cut, 0, watch, peer);
                    return AfterResponse::Close;
                }
            },
        };
        self.site.add_fields(head, &mut response);
        let mut options = SendOptions::of(head);
        options.persists &= is_read && !conn.is_draining();
        conn.set_timeouts(self.while_sending());
        let sent = self.send(&mut response, &mut options, conn).await;
        conn.set_timeouts(self.while_receiving());
        let peer = self.client(head, conn.peer());
        let moved = conn.sent() - sent_before;
        let note = response.take_note();
        record(request_of(head), user.as_deref(), (response.status, &note), &sent, moved, watch, peer);
        match options.persists {
            _ if sent.is_err() => AfterResponse::Close,
            true => AfterResponse::Request,
            false if is_read && !head.persists() && !conn.has_unread() => AfterResponse::Finish,
            false => AfterResponse::Linger,
        }
    }

    async fn perform(&self, head: &RequestHead, conn: &mut Conn) -> Result<Answered, Broken<Violation>> {
        let framing = framing::of_request(head).map_err(Broken::Input)?;
        let mut content = Incoming::of_request(framing, head.expects_continue());
        // Content that the method does not use is read first: if it is cut off, the method is not performed.
        let is_used = matches!(head.method(), Method::Put | Method::Post | Method::Patch);
        let is_read = is_used || content.is_whole() || Box::pin(content.discard(conn, DISCARDED)).await?;
        let peer = self.client(head, conn.peer());
        let login = match self.has_credentials(head) {
            true => Box::pin(self.login(head, peer)).await.map(Some),
            false if self.users.have_passwords() => Ok(self.session_user(head)),
            false => Ok(None),
        };
        let (user, response) = match login {
            Err(refusal) => (None, self.refused(head, None, &refusal)),
            Ok(user) => {
                let response = self.respond(head, user.as_deref(), &peer, &mut content, conn).await?;
                (user, response)
            }
        };
        let is_read = is_read && (content.is_whole() || Box::pin(content.discard(conn, DISCARDED)).await?);
        Ok(Answered { user, response, is_read })
    }

    async fn respond(
        &self,
        head: &RequestHead,
        user: Option<&User>,
        peer: &Peer,
        content: &mut Incoming,
        conn: &mut Conn,
    ) -> Result<ServerResponse, Broken<Violation>> {
        let user = user.or(self.anonymous.as_deref());
        if let Some(response) = ServerResponse::of_pages(head) {
            return Ok(response);
        }
        let is_login = login::action(head).is_some();
        let admitted = match self.admit(head, user, peer) {
            Ok(request) if !is_login => match methods::get_cached(request) {
                Some(response) => return Ok(response),
                None => Ok(request),
            },
            admitted => admitted,
        };
        let perform = async move {
            let outcome = match admitted {
                // Log in needs no permission, but the right Host.
                Ok(_) | Err(Refusal::Forbidden) if is_login => {
                    self.perform_login(head, *peer, content, conn).await
                }
                Ok(request) => methods::perform(request, content, conn).await,
                Err(refusal) => Err(refusal),
            };
            outcome.or_else(|refusal| match refusal {
                Refusal::Broken(broken) => Err(broken),
                refusal => Ok(self.refused(head, user, &refusal)),
            })
        };
        // Boxed: an idle session is as large as the largest of its states.
        Box::pin(perform).await
    }

    /// Responds to bytes that are not a request; the connection ends.
    async fn refuse_request(&self, broken: Broken<Violation>, mut conn: Conn) {
        // Without a part of a request there is nothing to respond to.
        let Some(mut response) = unreadable(&broken).filter(|_| conn.has_unread()) else { return };
        let line = head::first_line(conn.unread());
        let watch = Some(Stopwatch::start());
        let mut options = SendOptions::last(line.starts_with(b"HEAD "));
        let sent = self.send(&mut response, &mut options, &mut conn).await;
        let note = response.take_note();
        let method = Method::named(line.split(|byte| *byte == b' ').next().unwrap_or_default());
        record((&line, method), None, (response.status, &note), &sent, 0, watch, conn.peer());
        if sent.is_ok() {
            conn.linger().await;
        }
    }
}

impl HttpWorker {
    /// Answers one unencrypted request on a TLS port. Input that is not a request gets no response: most of
    /// it is port scans.
    async fn redirect_to_https(&self, mut conn: Conn) {
        let Ok(Some(head)) = conn.next(head::parse).await else { return };
        let watch = is_observed().then(Stopwatch::start);
        let is_accepted = |host: &&[u8]| self.host_check.as_ref().is_none_or(|check| check.accepts(host));
        let mut response = match head.host().filter(|host| !host.is_empty()).filter(is_accepted) {
            Some(host) if matches!(head.method(), Method::Get | Method::Head) => {
                let location = https_location(host, head.target());
                ServerResponse::text(301, "301 Moved Permanently: this port speaks HTTPS\n".into())
                    // Not cached: the operator may turn TLS off.
                    .with(|head| head.field("Location", location).field("Cache-Control", "no-store"))
            }
            _ => {
                let what = "this port speaks HTTPS; use https:// in the URL";
                ServerResponse::text(400, format!("400 Bad Request: {what}\n"))
                    .with_note(LogNote { reason: what.into(), ..LogNote::default() })
            }
        };
        let mut options = SendOptions::last(head.method() == Method::Head);
        let sent = self.send(&mut response, &mut options, &mut conn).await;
        let (outcome, peer) = ((response.status, &response.take_note()), self.client(&head, conn.peer()));
        record(request_of(&head), None, outcome, &sent, 0, watch, peer);
        if sent.is_ok() {
            conn.linger().await;
        }
    }
}

/// The response to a request that is malformed or too slow; `None` if the connection is lost.
fn unreadable(broken: &Broken<Violation>) -> Option<ServerResponse> {
    let (status, what) = match broken {
        Broken::Input(violation) => (violation.rule.status(), rule::report(violation)),
        Broken::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            (408, "the request took too long to arrive".into())
        }
        Broken::Io(error) if error.kind() == io::ErrorKind::ResourceBusy => {
            (503, "the server has no memory for the rest of the request; try again".into())
        }
        Broken::Io(_) => return None,
    };
    let mut response =
        ServerResponse::text(status, format!("{status} {}: {what}\n", Status(status).reason()));
    if status == 503 {
        response = response.with(|head| head.number("Retry-After", RETRY_AFTER));
    }
    Some(response.with_note(LogNote { reason: what, ..LogNote::default() }))
}

/// Whether requests are logged or counted.
fn is_observed() -> bool {
    log::is_on() || common::metrics::is_on()
}

/// The request-line, and its method.
fn request_of(head: &RequestHead) -> (&[u8], Method) {
    (head.request_line(), head.method())
}

/// Logs and counts a request. `watch` is `None` if neither is on.
fn record(
    (line, method): (&[u8], Method),
    user: Option<&User>,
    (status, note): (Status, &LogNote),
    sent: &io::Result<u64>,
    moved: u64,
    watch: Option<Stopwatch>,
    peer: Peer,
) {
    let Some(watch) = watch else { return };
    let duration = watch.elapsed();
    metrics::count(method, status.0, duration);
    log::record(&Record {
        peer,
        protocol: "http",
        user: user.filter(|user| !user.is_anonymous()).map(User::name),
        request: line,
        code: status.0,
        bytes: *sent.as_ref().unwrap_or(&moved),
        duration,
        completed: sent.is_ok(),
        stored: &note.stored,
        reason: &note.reason,
        transfer: None,
    });
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use common::files::{CacheLimits, Root, ServeOptions};
    use common::net::engine::Service;
    use common::users::{Actions, Users};

    use super::*;
    use crate::server::Http;

    #[test]
    fn a_session_that_waits_is_small() {
        let options = ServeOptions { hidden: false, writable: false, durable: true };
        let root = Root::open(&std::env::temp_dir(), options, CacheLimits::PROCESS).unwrap();
        let users = Users::new(Vec::new(), Some(Actions::READ)).unwrap();
        let worker = Rc::new(Http::new(root, users).worker());
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let session = worker.serve(Conn::new(ours.into(), Peer::Unix));
        let bytes = size_of_val(&session);
        assert!(bytes <= 560, "{bytes} bytes, ten thousand times");
    }
}
