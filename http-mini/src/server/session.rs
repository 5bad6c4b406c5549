//! The dialogue of one connection: a request, its answer, the next request
//! ([RFC 9112 section 9](https://www.rfc-editor.org/rfc/rfc9112#section-9)).

use std::io;
use std::rc::Rc;

use common::clock::Stopwatch;
use common::conn::{Broken, Conn};
use common::engine::Worker;
use common::limits::Full;
use common::log::{self, Record};

use super::HttpWorker;
use super::answer::{Answer, Body, Manner};
use super::content;
use crate::wire::framing::{self, Framing};
use crate::wire::head::{self, Head};
use crate::wire::response::Status;
use crate::wire::rule::Violation;

/// When those who found no place may try again, in seconds.
const RETRY_AFTER: u64 = 5;

impl Worker for HttpWorker {
    async fn serve(self: Rc<Self>, mut conn: Conn) {
        loop {
            let head = match conn.next(head::parse).await {
                Ok(Some(head)) => head,
                Ok(None) => return,
                Err(broken) => return Box::pin(self.refuse_request(broken, conn)).await,
            };
            match self.exchange(&head, &mut conn).await {
                Ok(Next::Request) => {}
                Ok(Next::Finish) => return drop(conn.finish().await),
                Ok(Next::Linger) => return Box::pin(conn.linger()).await,
                Err(broken) => return Box::pin(self.refuse_request(broken, conn)).await,
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
        let mut answer = Answer::new(status, Body::Bytes(what.into())).with(|head| {
            head.field("Content-Type", "text/plain; charset=utf-8").number("Retry-After", RETRY_AFTER)
        });
        if self.send(&mut answer, &mut Manner::last(), &mut conn).await.is_ok() {
            conn.linger().await;
        }
    }
}

/// What follows an answer.
enum Next {
    Request,
    /// The end; the client sends nothing more.
    Finish,
    /// The end, though the client may still be sending.
    Linger,
}

impl HttpWorker {
    /// One request and its answer.
    async fn exchange(&self, head: &Head, conn: &mut Conn) -> Result<Next, Broken<Violation>> {
        let framing = framing::of_request(head).map_err(Broken::Input)?;
        let watch = log::is_on().then(Stopwatch::start);
        let before = conn.sent();
        let mut manner = Manner::of(head);
        // A client that waits for 100 (Continue) has its final answer instead, before the content;
        // whether the content comes all the same cannot be known.
        let is_read = match framing {
            Framing::None => true,
            _ if head.expects_continue() => false,
            framing => Box::pin(content::discard(framing, conn)).await?,
        };
        manner.persists &= is_read && !conn.is_draining();
        let mut answer = self.answer(head).await;
        let sent = self.send(&mut answer, &mut manner, conn).await;
        if let Some(watch) = watch {
            record(head, answer.status, &sent, conn.sent() - before, watch, conn);
        }
        sent?;
        Ok(match (manner.persists, is_read) {
            (true, _) => Next::Request,
            (false, true) if !head.persists() && !conn.has_unread() => Next::Finish,
            (false, _) => Next::Linger,
        })
    }

    /// Answers what is no request, once, and reads nothing more into it.
    async fn refuse_request(&self, broken: Broken<Violation>, mut conn: Conn) {
        let (status, what) = match broken {
            Broken::Input(violation) => (violation.rule.status(), violation.to_string()),
            Broken::Io(error) if error.kind() == io::ErrorKind::TimedOut && conn.has_unread() => {
                (408, "the request took too long to arrive".into())
            }
            Broken::Io(_) => return,
        };
        let text = format!("{status} {}: {what}\n", Status(status).reason());
        let mut answer = Answer::new(status, Body::Bytes(text.into()))
            .with(|head| head.field("Content-Type", "text/plain; charset=utf-8"));
        let watch = Stopwatch::start();
        if self.send(&mut answer, &mut Manner::last(), &mut conn).await.is_ok() {
            log::record(&Record {
                peer: conn.peer(),
                protocol: "http",
                user: None,
                request: what.as_bytes(),
                code: status,
                bytes: 0,
                duration: watch.elapsed(),
                completed: true,
            });
            conn.linger().await;
        }
    }
}

fn record(head: &Head, status: Status, sent: &io::Result<u64>, moved: u64, watch: Stopwatch, conn: &Conn) {
    let line = head.method_span().start()..head.version_span().end();
    log::record(&Record {
        peer: conn.peer(),
        protocol: "http",
        user: None,
        request: head.bytes().get(line).unwrap_or_default(),
        code: status.0,
        bytes: *sent.as_ref().unwrap_or(&moved),
        duration: watch.elapsed(),
        completed: sent.is_ok(),
    });
}
#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use common::engine::Service;
    use common::files::{Room, Root, Rules};
    use common::listen::Peer;
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
        assert!(bytes <= 960, "{bytes} bytes, ten thousand times");
    }
}
