//! The dialogue of one connection: a request, its answer, the next request
//! ([RFC 9112 section 9](https://www.rfc-editor.org/rfc/rfc9112#section-9)).

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use common::log::{self, Record};
use common::net::clock::Stopwatch;
use common::net::conn::{Broken, Conn};
use common::net::engine::Worker;
use common::net::limits::Full;
use common::net::peer::Peer;
use common::users::User;

use super::HttpWorker;
use super::guard::Request;
use super::refusal::Refusal;
use super::response::{Response, SendOptions};
use crate::content::read::Incoming;
use crate::wire::framing;
use crate::wire::head::{self, Head, Method};
use crate::wire::response::Status;
use crate::wire::rule::Violation;

/// When those who found no place may try again, in seconds.
const RETRY_AFTER: u64 = 5;

/// Content that no method reads is discarded up to this size (64 KiB), so that the connection can be kept.
const DISCARDED: u64 = 64 << 10;

impl Worker for HttpWorker {
    async fn serve(self: Rc<Self>, mut conn: Conn) {
        loop {
            let head = match conn.next(head::parse).await {
                Ok(Some(head)) => head,
                Ok(None) => return,
                Err(broken) => return Box::pin(self.refuse_request(broken, conn)).await,
            };
            match self.exchange(&head, &mut conn).await {
                Next::Request => {}
                Next::Finish => return drop(conn.finish().await),
                Next::Linger => return Box::pin(conn.linger()).await,
                Next::Nothing => return,
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
        let answer = Response::text(status, what.into());
        let mut answer = answer.with(|head| head.number("Retry-After", RETRY_AFTER));
        if self.send(&mut answer, &mut SendOptions::last(false), &mut conn).await.is_ok() {
            conn.linger().await;
        }
    }
}

/// A request that has been carried out, or refused.
struct Answered {
    /// Who has logged in for it.
    user: Option<Arc<User>>,
    answer: Response,
    /// All of its content has been read.
    is_read: bool,
}

/// What follows an answer.
enum Next {
    Request,
    /// The end; the client sends nothing more.
    Finish,
    /// The end, though the client may still be sending.
    Linger,
    /// The end, at once: an answer was not taken, or nobody is there to take one.
    Nothing,
}

impl HttpWorker {
    /// One request and its answer.
    async fn exchange(&self, head: &Head, conn: &mut Conn) -> Next {
        let watch = log::is_on().then(Stopwatch::start);
        let before = conn.sent();
        let mut options = SendOptions::of(head);
        let Answered { user, mut answer, is_read } = match self.perform(head, conn).await {
            Ok(answered) => answered,
            Err(broken) => match unreadable(&broken) {
                Some(answer) => Answered { user: None, answer, is_read: false },
                None => {
                    record_cut(head, watch, self.client(head, conn.peer()));
                    return Next::Nothing;
                }
            },
        };
        options.persists &= is_read && !conn.is_draining();
        let sent = self.send(&mut answer, &mut options, conn).await;
        if let Some(watch) = watch {
            let user = user.as_deref().filter(|user| !user.is_anonymous());
            let line = head.request_line();
            let peer = self.client(head, conn.peer());
            record(line, user.map(User::name), answer.status, &sent, conn.sent() - before, watch, peer);
        }
        match (options.persists, is_read) {
            _ if sent.is_err() => Next::Nothing,
            (true, _) => Next::Request,
            (false, true) if !head.persists() && !conn.has_unread() => Next::Finish,
            (false, _) => Next::Linger,
        }
    }

    /// Takes the content and carries out what is asked.
    async fn perform(&self, head: &Head, conn: &mut Conn) -> Result<Answered, Broken<Violation>> {
        let framing = framing::of_request(head).map_err(Broken::Input)?;
        let mut content = Incoming::new(framing, head.expects_continue());
        // What the method has no use for is read before anything is done: it may turn out to be cut off.
        let is_used = matches!(head.method(), Method::Put | Method::Post | Method::Patch);
        let is_read = is_used || content.is_whole() || Box::pin(content.discard(conn, DISCARDED)).await?;
        let (user, answer) = match self.has_credentials(head) {
            true => Box::pin(self.answer_after_login(head, &mut content, conn)).await?,
            false => (None, self.answer(head, self.anonymous.as_deref(), &mut content, conn).await?),
        };
        let is_read = match is_used {
            true => content.is_whole() || Box::pin(content.discard(conn, DISCARDED)).await?,
            false => is_read,
        };
        Ok(Answered { user, answer, is_read })
    }

    /// Finds out whose the request is before it is answered.
    async fn answer_after_login(
        &self,
        head: &Head,
        content: &mut Incoming,
        conn: &mut Conn,
    ) -> Result<(Option<Arc<User>>, Response), Broken<Violation>> {
        match self.login(head, self.client(head, conn.peer())).await {
            Err(refusal) => Ok((None, self.refused(head, None, &refusal))),
            Ok(user) => {
                let answer = self.answer(head, Some(&user), content, conn).await?;
                Ok((Some(user), answer))
            }
        }
    }

    /// The answer to a request of this user; `None`: of somebody who must log in first.
    async fn answer(
        &self,
        head: &Head,
        user: Option<&User>,
        content: &mut Incoming,
        conn: &mut Conn,
    ) -> Result<Response, Broken<Violation>> {
        let Some(user) = user else { return Ok(self.refused(head, None, &Refusal::Forbidden)) };
        let request = Request { head, user, peer: &self.client(head, conn.peer()) };
        if !self.accepts_host(head, *request.peer) {
            return Ok(self.refused(head, Some(user), &Refusal::HOST));
        }
        let done = match head.method() {
            Method::Get | Method::Head => match self.get_at_hand(&request) {
                Some(answer) => Ok(answer),
                None => Box::pin(self.get(&request)).await,
            },
            Method::Options => Ok(self.with_allowed(Response::empty(204), Some(user))),
            Method::Other => Err(Refusal::Because(501, "was asked for by a method that is not known here")),
            // Boxed: a session that waits is as large as the largest of its states.
            _ => Box::pin(self.change(request, content, conn)).await,
        };
        match done {
            Err(Refusal::Broken(broken)) => Err(broken),
            Err(refusal) => Ok(self.refused(head, Some(user), &refusal)),
            Ok(answer) => Ok(answer),
        }
    }

    /// Answers what is no request, once, and reads nothing more into it.
    async fn refuse_request(&self, broken: Broken<Violation>, mut conn: Conn) {
        // Between two requests there is nothing to be answered.
        let Some(mut answer) = unreadable(&broken).filter(|_| conn.has_unread()) else { return };
        let line = head::first_line(conn.unread()).to_vec();
        let watch = Stopwatch::start();
        let mut options = SendOptions::last(line.starts_with(b"HEAD "));
        let sent = self.send(&mut answer, &mut options, &mut conn).await;
        record(&line, None, answer.status, &sent, 0, watch, conn.peer());
        if sent.is_ok() {
            conn.linger().await;
        }
    }
}

/// The answer to a request that cannot be read to its end; `None`: nobody is there to be told.
fn unreadable(broken: &Broken<Violation>) -> Option<Response> {
    let (status, what) = match broken {
        Broken::Input(violation) => (violation.rule.status(), violation.to_string()),
        Broken::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            (408, "the request took too long to arrive".into())
        }
        Broken::Io(_) => return None,
    };
    Some(Response::text(status, format!("{status} {}: {what}\n", Status(status).reason())))
}

/// A request whose content broke off has no answer, but a line.
fn record_cut(head: &Head, watch: Option<Stopwatch>, peer: Peer) {
    if let Some(watch) = watch {
        let cut = Err(io::ErrorKind::UnexpectedEof.into());
        record(head.request_line(), None, Status(400), &cut, 0, watch, peer);
    }
}

fn record(
    line: &[u8],
    user: Option<&[u8]>,
    status: Status,
    sent: &io::Result<u64>,
    moved: u64,
    watch: Stopwatch,
    peer: Peer,
) {
    log::record(&Record {
        peer,
        protocol: "http",
        user,
        request: line,
        code: status.0,
        bytes: *sent.as_ref().unwrap_or(&moved),
        duration: watch.elapsed(),
        completed: sent.is_ok(),
    });
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use common::files::{Room, Root, Rules};
    use common::net::engine::Service;
    use common::users::{Actions, Users};

    use super::*;
    use crate::server::Http;

    #[test]
    fn a_session_that_waits_is_small() {
        let rules = Rules { hidden: false, writable: false, durable: true };
        let root = Root::open(&std::env::temp_dir(), rules, Room::PROCESS).unwrap();
        let users = Users::new(Vec::new(), Some(Actions::READ)).unwrap();
        let worker = Rc::new(Http::new(root, users).worker());
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let session = worker.serve(Conn::new(ours.into(), Peer::Unix));
        let bytes = size_of_val(&session);
        assert!(bytes <= 560, "{bytes} bytes, ten thousand times");
    }
}
