//! The chat as a page for phones: messages arrive as server-sent events
//! ([HTML section 9.2](https://html.spec.whatwg.org/multipage/server-sent-events.html)), lines are sent by POST. The hall
//! and the rules are those of the sessions over TCP.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use common::net::conn::Conn;
use http_wire::head::{Method, RequestHead};
use http_wire::query;
use rustix::rand::{GetRandomFlags, getrandom};
use tokio::sync::mpsc::{self, error::TrySendError};

use super::hall::{Hall, Seat};
use super::message::{Message, Notice};
use super::name::Name;
use super::session::{ENDLESS, LOBBY, PATIENCE, Rate, act};
use crate::narration::{Narration, NarrationEvent, Story};
use crate::page::{self, PageFile, PageRequest, Site};

/// Lines of one person that may wait; further ones get 429.
const WAITING: usize = 16;

const FILES: &[PageFile] = &[
    PageFile { path: "/", media_type: "text/html; charset=utf-8", content: include_str!("page/index.html") },
    PageFile {
        path: "/style.css",
        media_type: "text/css; charset=utf-8",
        content: include_str!("page/style.css"),
    },
    PageFile {
        path: "/script.js",
        media_type: "text/javascript; charset=utf-8",
        content: include_str!("page/script.js"),
    },
];

#[derive(Clone)]
pub(super) struct ChatPage {
    hall: Hall,
    narration: Narration,
    people: People,
}

/// Who is in the hall by a page: the random token of each, known only to that page, and where its lines go.
#[derive(Clone, Default)]
struct People(Arc<Mutex<HashMap<String, mpsc::Sender<Input>>>>);

enum Input {
    Line(Vec<u8>),
    /// The page has a new connection.
    Leave,
}

impl ChatPage {
    pub(super) fn new(hall: Hall, narration: Narration) -> Self {
        Self { hall, narration, people: People::default() }
    }

    /// Sends events to one person until the page closes the connection.
    async fn talk(&self, head: &RequestHead, conn: &mut Conn) -> io::Result<()> {
        // A page whose connection was lost takes its place back, which may not be free yet.
        let lost = head.only_field("last-event-id").and_then(|token| str::from_utf8(token).ok());
        if let Some(lost) = lost.and_then(|token| self.people.remove(token)) {
            let _ = lost.send(Input::Leave).await;
            lost.closed().await;
        }
        page::start(conn, 200, "text/event-stream").connection(false, head.version()).finish();
        conn.set_timeouts(PATIENCE);
        let name = query::get(head.target().query().unwrap_or_default(), "name").unwrap_or_default();
        let entered = Name::parse(&name).and_then(|name| self.hall.enter(name, &Name::parse(LOBBY)?));
        match entered {
            Err(why) => notice(conn, "refused", &why.into()),
            Ok(seat) => {
                let story = self.narration.connection(conn.peer());
                story.report(NarrationEvent::Joined(&seat.name().to_string()));
                let token = token()?;
                conn.out().extend_from_slice(format!("id: {token}\n").as_bytes());
                event(conn, "welcome", &format!("{} {token}", seat.name()));
                let (sender, input) = mpsc::channel(WAITING);
                self.people.lock().insert(token.clone(), sender);
                let served = serve(seat, input, &story, conn).await;
                self.people.remove(&token);
                served?;
            }
        }
        conn.finish().await
    }

    /// Passes a line to the session of its sender; the status of the response.
    fn take(&self, target_query: &[u8], line: Vec<u8>) -> u16 {
        let token =
            query::get(target_query, "as").and_then(|token| String::from_utf8(token.into_owned()).ok());
        let person = token.and_then(|token| self.people.lock().get(&token).cloned());
        match person.map(|person| person.try_send(Input::Line(line))) {
            Some(Ok(())) => 204,
            Some(Err(TrySendError::Full(_))) => 429,
            Some(Err(TrySendError::Closed(_))) | None => 410,
        }
    }
}

/// The session of one person. The seat is left before `input` is closed.
async fn serve(
    mut seat: Seat,
    mut input: mpsc::Receiver<Input>,
    story: &Story,
    conn: &mut Conn,
) -> io::Result<()> {
    let mut rate = Rate::default();
    let removed = Arc::clone(&seat.removed);
    loop {
        tokio::select! {
            flushed = conn.flush() => flushed?,
            () = removed.notified() => return Ok(()),
        }
        tokio::select! {
            input = input.recv() => match input {
                Some(Input::Line(line)) if line == b"/quit" => {
                    event(conn, "left", "");
                    break;
                }
                Some(Input::Line(line)) => {
                    let before = seat.name().clone();
                    act(&mut seat, &line, story, &mut |answer| notice(conn, "notice", &answer));
                    if *seat.name() != before {
                        event(conn, "name", &seat.name().to_string());
                    }
                    rate.line().await;
                }
                Some(Input::Leave) | None => break,
            },
            message = seat.inbox.recv() => {
                let Some(message) = message else { break };
                match &*message {
                    Message::Text(line) => event(conn, "message", line),
                    Message::Notice(text) => notice(conn, "notice", text),
                }
            }
            () = page::closed(conn) => break,
        }
    }
    drop(seat);
    Ok(())
}

impl Site for ChatPage {
    fn files(&self) -> &'static [PageFile] {
        FILES
    }

    async fn respond(&self, request: PageRequest, conn: &mut Conn) -> io::Result<bool> {
        let PageRequest { head, content } = request;
        let status = match (head.target().path(), head.method()) {
            (b"/events", Method::Get) => {
                self.talk(&head, conn).await?;
                return Ok(false);
            }
            (b"/say", Method::Post) if content.len() > ENDLESS => 413,
            (b"/say", Method::Post) => self.take(head.target().query().unwrap_or_default(), content),
            (b"/say" | b"/events", _) => 405,
            _ => 404,
        };
        page::answer(conn, status, "text/plain; charset=utf-8", b"", &head);
        Ok(true)
    }
}

impl People {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, mpsc::Sender<Input>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove(&self, token: &str) -> Option<mpsc::Sender<Input>> {
        self.lock().remove(token)
    }
}

/// Queues an event.
fn event(conn: &mut Conn, name: &str, data: &str) {
    conn.out().extend_from_slice(format!("event: {name}\ndata: {data}\n\n").as_bytes());
}

/// Queues an event whose data is a line in English, and one in Indonesian.
fn notice(conn: &mut Conn, name: &str, text: &Notice) {
    event(conn, name, &format!("{}\ndata: {}", text.en, text.id));
}

/// 128 random bits, in hexadecimal.
fn token() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom(&mut bytes, GetRandomFlags::empty())?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
