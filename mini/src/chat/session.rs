//! One person's session on the server: first a name, then lines of text, or commands that begin with a slash.

use std::fmt::Display;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use common::escape::printable;
use common::net::conn::{Broken, Conn, ConnTimeouts};
use common::net::engine::{Service, Worker};
use common::net::limits::Full;
use syntax::rule::Text;
use tokio::time::Instant;

use super::hall::{Hall, Seat};
use super::message::Notice;
use super::name::Name;
use crate::narration::{Narration, NarrationEvent, Story};

/// The longest line, in bytes; a longer one is truncated, not refused.
const LINE: usize = 512;
/// A line that is longer than this, in bytes, ends the session.
pub(super) const ENDLESS: usize = 16 << 10;
/// Lines that one person may send at once, and the least time for so many: the queues of listeners are
/// longer, so no one who reads is removed because of another's flood.
const BURST: (u32, Duration) = (256, Duration::from_millis(64));
/// The room that everyone enters first.
pub(super) const LOBBY: &[u8] = b"lobby";
/// People may listen for a day without a word, but must read what they are sent.
pub(super) const PATIENCE: ConnTimeouts = ConnTimeouts {
    idle: Some(Duration::from_secs(24 * 3_600)),
    value: Duration::from_secs(60),
    stall: Duration::from_secs(10),
    rate: 64,
};

/// The command whose text only one person receives.
const WHISPER: &[u8] = b"/msg ";

const HELP: Text = Text {
    en: "/nick NAME, /who, /msg NAME TEXT, /join ROOM, /quit; anything else is sent to everyone in the room",
    id: "/nick NAMA, /who, /msg NAMA TEKS, /join RUANG, /quit; yang lain dikirim ke semua orang di ruang",
};
const NO_COMMAND: Text =
    Text { en: "there is no such command; see /help", id: "perintah tidak dikenal; lihat /help" };
const WHISPER_FORM: Text = Text { en: "/msg NAME TEXT", id: "/msg NAMA TEKS" };

#[derive(Clone, Debug)]
pub(super) struct ChatService {
    pub(super) hall: Hall,
    pub(super) narration: Narration,
}

impl Service for ChatService {
    type Worker = Self;

    fn worker(&self) -> Self {
        self.clone()
    }

    fn connection_waits(&self) {
        self.narration.connection_waits();
    }
}

impl Worker for ChatService {
    async fn serve(self: Rc<Self>, mut conn: Conn) {
        conn.set_timeouts(PATIENCE);
        let story = self.narration.connection(conn.peer());
        say(&mut conn, "* your name?");
        let Some(mut seat) = self.welcome(&mut conn).await else { return };
        story.report(NarrationEvent::Joined(&seat.name().to_string()));
        say(&mut conn, &format!("* welcome, {}; /help lists the commands", seat.name()));
        let mut rate = Rate::default();
        loop {
            let removed = Arc::clone(&seat.removed);
            // A person who does not read gets nothing more until the queue is full and they are removed.
            tokio::select! {
                flushed = conn.flush() => if flushed.is_err() { return },
                () = removed.notified() => return,
            }
            tokio::select! {
                line = conn.next(line) => match line {
                    Ok(Some(line)) if line == b"/quit" => return drop(conn.finish().await),
                    Ok(Some(line)) => {
                        act(&mut seat, &line, &story, &mut |answer| say(&mut conn, &answer));
                        rate.line().await;
                    }
                    Ok(None) | Err(Broken::Input(Endless)) => return,
                    Err(Broken::Io(error)) => return story.report(NarrationEvent::Failed(&error)),
                },
                message = seat.inbox.recv() => {
                    let Some(message) = message else { return };
                    say(&mut conn, &*message);
                    // Those that wait as well, for one write.
                    while let Ok(more) = seat.inbox.try_recv() {
                        say(&mut conn, &*more);
                    }
                }
            }
        }
    }

    async fn refuse(self: Rc<Self>, mut conn: Conn, _why: Full) {
        self.narration.connection(conn.peer()).report(NarrationEvent::Refused);
        say(&mut conn, "* the hall is full; try again later");
        conn.linger().await;
    }
}

impl ChatService {
    async fn welcome(&self, conn: &mut Conn) -> Option<Seat> {
        loop {
            let line = conn.next(line).await.ok()??;
            match Name::parse(&line).and_then(|name| self.hall.enter(name, &Name::parse(LOBBY)?)) {
                Ok(seat) => return Some(seat),
                Err(why) => say(conn, &format!("* {}; another one?", why.en)),
            }
        }
    }
}

/// Limits how fast a person talks.
#[derive(Default)]
pub(super) struct Rate {
    lines: u32,
    since: Option<Instant>,
}

impl Rate {
    /// Counts a line, and waits if there were too many recently.
    pub(super) async fn line(&mut self) {
        let (most, time) = BURST;
        let since = *self.since.get_or_insert_with(Instant::now);
        self.lines += 1;
        if self.lines == most {
            *self = Self::default();
            tokio::time::sleep_until(since + time).await;
        }
    }
}

/// Performs a line: says it, or executes its command, whose answer goes to the person alone.
pub(super) fn act(seat: &mut Seat, line: &[u8], story: &Story, answer: &mut impl FnMut(Notice)) {
    match line.starts_with(WHISPER) {
        true => story.report(NarrationEvent::Whispered),
        false => story.report(NarrationEvent::Received(line)),
    }
    let text = printable(line.get(..LINE).unwrap_or(line));
    let (command, rest) = text.split_once(' ').unwrap_or((&text, ""));
    let done = match command {
        "" => return,
        "/nick" => Name::parse(rest.as_bytes()).and_then(|name| {
            seat.rename(name)?;
            story.report(NarrationEvent::Renamed(&seat.name().to_string()));
            Ok(())
        }),
        "/join" => Name::parse(rest.as_bytes()).and_then(|room| seat.move_to(&room)),
        "/msg" => whisper(seat, rest),
        "/who" => {
            let (room, people) = seat.who();
            let people = people.join(" ");
            return answer(Notice { en: format!("in {room}: {people}"), id: format!("di {room}: {people}") });
        }
        "/help" => return answer(HELP.into()),
        command if command.starts_with('/') => Err(NO_COMMAND),
        _ => return seat.say(&text),
    };
    if let Err(why) = done {
        answer(why.into());
    }
}

fn whisper(seat: &Seat, rest: &str) -> Result<(), Text> {
    match rest.split_once(' ') {
        Some((to, text)) => seat.whisper(&Name::parse(to.as_bytes())?, text),
        None => Err(WHISPER_FORM),
    }
}

fn say(conn: &mut Conn, line: &(impl Display + ?Sized)) {
    conn.out().extend_from_slice(format!("{line}\r\n").as_bytes());
}

/// No line end in [`ENDLESS`] bytes.
pub(super) struct Endless;

/// A line without its end, CRLF or LF.
pub(super) fn line(input: &[u8]) -> Result<Option<(Vec<u8>, usize)>, Endless> {
    match memchr::memchr(b'\n', input) {
        Some(end) => {
            let line = input.get(..end).unwrap_or_default();
            Ok(Some((line.strip_suffix(b"\r").unwrap_or(line).to_vec(), end + 1)))
        }
        None if input.len() > ENDLESS => Err(Endless),
        None => Ok(None),
    }
}
