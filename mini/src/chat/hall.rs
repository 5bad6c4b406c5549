//! The hall: its people, their rooms, and the last messages. Shared by all threads.
//!
//! A message goes into the bounded queue of each listener, so no one waits for another. A listener whose
//! queue is full is not reading, and is removed.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use syntax::rule::Text;
use tokio::sync::{Notify, mpsc};

use super::message::{Message, Notice};
use super::name::{Name, Skeleton};

/// Messages that may wait for one listener.
const QUEUE: usize = 1_024;
/// Lines that a room keeps for newcomers.
const HISTORY: usize = 20;
/// Rooms at the same time, not counting empty ones.
const ROOMS: usize = 1_000;
/// A room with more people than this does not announce who joins and leaves: each would be a message to
/// everyone.
const ANNOUNCED: usize = 100;

const JOINED: Text = Text { en: "joined", id: "bergabung" };
const LEFT: Text = Text { en: "left", id: "keluar" };
const TOO_SLOW: Text = Text { en: "was too slow", id: "terlalu lambat" };
const MOVED: Text = Text { en: "went to another room", id: "pindah ke ruang lain" };
const NAME_IN_USE: Text = Text { en: "name in use", id: "nama sudah dipakai" };
const UNKNOWN: Text =
    Text { en: "no user with that name is here", id: "tidak ada pengguna dengan nama itu di sini" };
const RECIPIENT_LEFT: Text =
    Text { en: "the user with that name has left", id: "pengguna dengan nama itu sudah keluar" };
const HAVE_LEFT: Text = Text { en: "you have left", id: "kamu sudah keluar" };
const TOO_MANY_ROOMS: Text = Text { en: "there are too many rooms", id: "terlalu banyak ruang" };

#[derive(Clone, Debug, Default)]
pub(super) struct Hall(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    people: HashMap<Skeleton, Person>,
    rooms: HashMap<Skeleton, Room>,
}

#[derive(Debug)]
struct Person {
    name: Name,
    room: Skeleton,
    queue: mpsc::Sender<Arc<Message>>,
    removed: Arc<Notify>,
}

#[derive(Debug)]
struct Room {
    name: Name,
    people: HashSet<Skeleton>,
    history: VecDeque<Arc<Message>>,
}

/// One person's place in the hall. Dropping it leaves the hall.
#[derive(Debug)]
pub(super) struct Seat {
    hall: Hall,
    name: Name,
    pub(super) inbox: mpsc::Receiver<Arc<Message>>,
    /// Notified if the person is removed because the queue was full.
    pub(super) removed: Arc<Notify>,
}

impl Hall {
    pub(super) fn enter(&self, name: Name, room: &Name) -> Result<Seat, Text> {
        let mut inner = self.inner();
        if inner.people.contains_key(name.skeleton()) {
            return Err(NAME_IN_USE);
        }
        let (queue, inbox) = mpsc::channel(QUEUE);
        let removed = Arc::new(Notify::new());
        let person = Person {
            name: name.clone(),
            room: room.skeleton().clone(),
            queue,
            removed: Arc::clone(&removed),
        };
        inner.open(room)?;
        inner.people.insert(name.skeleton().clone(), person);
        inner.enter_room(name.skeleton());
        drop(inner);
        Ok(Seat { hall: self.clone(), name, inbox, removed })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    pub(super) fn name(&self) -> &Name {
        &self.name
    }

    /// Sends a text to everyone else in the room.
    pub(super) fn say(&self, text: &str) {
        let mut inner = self.hall.inner();
        let Some(person) = inner.people.get(self.name.skeleton()) else { return };
        let (room, line) = (person.room.clone(), Arc::new(Message::Text(format!("<{}> {text}", self.name))));
        inner.broadcast(&room, &line, Some(self.name.skeleton()));
        if let Some(room) = inner.rooms.get_mut(&room) {
            if room.history.len() == HISTORY {
                room.history.pop_front();
            }
            room.history.push_back(line);
        }
    }

    /// Sends a text to one person, in any room.
    pub(super) fn whisper(&self, to: &Name, text: &str) -> Result<(), Text> {
        let mut inner = self.hall.inner();
        let Some(person) = inner.people.get(to.skeleton()) else {
            return Err(UNKNOWN);
        };
        match person.send(&Arc::new(Message::Text(format!("<{} to you> {text}", self.name)))) {
            true => Ok(()),
            false => {
                inner.leave(to.skeleton(), TOO_SLOW);
                Err(RECIPIENT_LEFT)
            }
        }
    }

    pub(super) fn rename(&mut self, name: Name) -> Result<(), Text> {
        let mut inner = self.hall.inner();
        let (old, new) = (self.name.skeleton(), name.skeleton());
        if old != new && inner.people.contains_key(new) {
            return Err(NAME_IN_USE);
        }
        let Some(mut person) = inner.people.remove(old) else { return Err(HAVE_LEFT) };
        person.name = name.clone();
        let room = person.room.clone();
        inner.people.insert(new.clone(), person);
        if let Some(room) = inner.rooms.get_mut(&room) {
            room.people.remove(old);
            room.people.insert(new.clone());
        }
        let notice = Notice {
            en: format!("{} is now {name}", self.name),
            id: format!("{} sekarang bernama {name}", self.name),
        };
        inner.notice(&room, notice, Some(new));
        drop(inner);
        self.name = name;
        Ok(())
    }

    pub(super) fn move_to(&self, room: &Name) -> Result<(), Text> {
        let mut inner = self.hall.inner();
        let target = room.skeleton().clone();
        inner.open(room)?;
        inner.leave_room(self.name.skeleton(), MOVED);
        if let Some(person) = inner.people.get_mut(self.name.skeleton()) {
            person.room = target;
        }
        inner.enter_room(self.name.skeleton());
        Ok(())
    }

    /// The name of the room and the sorted names of the people in it.
    pub(super) fn who(&self) -> (String, Vec<String>) {
        let inner = self.hall.inner();
        let room = inner.people.get(self.name.skeleton()).and_then(|person| inner.rooms.get(&person.room));
        let Some(room) = room else { return Default::default() };
        let people = room.people.iter().filter_map(|skeleton| inner.people.get(skeleton));
        let mut names: Vec<String> = people.map(|person| person.name.to_string()).collect();
        names.sort();
        (room.name.to_string(), names)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hall.inner().leave(self.name.skeleton(), LEFT);
    }
}

impl Person {
    /// Returns `false` if the queue is full.
    fn send(&self, message: &Arc<Message>) -> bool {
        self.queue.try_send(Arc::clone(message)).is_ok()
    }
}

impl Inner {
    fn open(&mut self, room: &Name) -> Result<(), Text> {
        if self.rooms.len() >= ROOMS && !self.rooms.contains_key(room.skeleton()) {
            return Err(TOO_MANY_ROOMS);
        }
        let new = || Room { name: room.clone(), people: HashSet::new(), history: VecDeque::new() };
        self.rooms.entry(room.skeleton().clone()).or_insert_with(new);
        Ok(())
    }

    /// Puts a person into their room, and sends them its history.
    fn enter_room(&mut self, who: &Skeleton) {
        let Some(person) = self.people.get(who) else { return };
        let (name, room) = (person.name.to_string(), person.room.clone());
        let Some(place) = self.rooms.get_mut(&room) else { return };
        // A queue without space for the whole history drops the rest of it, not the person.
        for line in &place.history {
            let _ = person.send(line);
        }
        place.people.insert(who.clone());
        self.notice(&room, Notice::about(&name, JOINED), Some(who));
    }

    fn leave_room(&mut self, who: &Skeleton, how: Text) {
        let Some(person) = self.people.get(who) else { return };
        let (name, room) = (person.name.to_string(), person.room.clone());
        let Some(place) = self.rooms.get_mut(&room) else { return };
        place.people.remove(who);
        if place.people.is_empty() {
            self.rooms.remove(&room);
            return;
        }
        self.notice(&room, Notice::about(&name, how), None);
    }

    fn leave(&mut self, who: &Skeleton, how: Text) {
        self.leave_room(who, how);
        self.people.remove(who);
    }

    fn notice(&mut self, room: &Skeleton, notice: Notice, except: Option<&Skeleton>) {
        if self.rooms.get(room).is_some_and(|room| room.people.len() <= ANNOUNCED) {
            self.broadcast(room, &Arc::new(Message::Notice(notice)), except);
        }
    }

    /// Sends a message to everyone in the room, and removes those whose queue is full.
    fn broadcast(&mut self, room: &Skeleton, message: &Arc<Message>, except: Option<&Skeleton>) {
        let Some(place) = self.rooms.get(room) else { return };
        let listeners = place.people.iter().filter(|&who| Some(who) != except);
        let is_stalled = |who: &&Skeleton| self.people.get(*who).is_some_and(|person| !person.send(message));
        let stalled: Vec<Skeleton> = listeners.filter(is_stalled).cloned().collect();
        for who in stalled {
            if let Some(person) = self.people.get(&who) {
                person.removed.notify_one();
            }
            self.leave(&who, TOO_SLOW);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text.as_bytes()).unwrap()
    }

    fn heard(seat: &mut Seat) -> Vec<String> {
        std::iter::from_fn(|| seat.inbox.try_recv().ok()).map(|line| line.to_string()).collect()
    }

    #[test]
    fn a_message_reaches_the_room_but_not_its_sender() {
        let hall = Hall::default();
        let (mut ada, mut ben) = (
            hall.enter(name("ada"), &name("lobby")).unwrap(),
            hall.enter(name("ben"), &name("lobby")).unwrap(),
        );
        let mut cleo = hall.enter(name("cleo"), &name("garden")).unwrap();
        ada.say("hello");
        assert_eq!(heard(&mut ben), ["<ada> hello"]);
        assert_eq!(heard(&mut ada), ["* ben joined"]);
        assert!(heard(&mut cleo).is_empty(), "another room");
        cleo.whisper(&name("ada"), "psst").unwrap();
        assert_eq!(heard(&mut ada), ["<cleo to you> psst"]);
        cleo.move_to(&name("lobby")).unwrap();
        assert_eq!(heard(&mut cleo), ["<ada> hello"], "what was said before");
        drop(ben);
        assert_eq!(heard(&mut ada), ["* cleo joined", "* ben left"]);
        assert_eq!(ada.who(), ("lobby".into(), vec!["ada".into(), "cleo".into()]));
    }

    #[test]
    fn names_are_unique_to_the_eye() {
        let hall = Hall::default();
        let mut ada = hall.enter(name("ada"), &name("lobby")).unwrap();
        let ben = hall.enter(name("ben"), &name("lobby")).unwrap();
        assert_eq!(hall.enter(name("ADA"), &name("lobby")).unwrap_err(), NAME_IN_USE);
        assert_eq!(ada.rename(name("Ben")).unwrap_err(), NAME_IN_USE);
        ada.rename(name("Ada")).unwrap();
        drop(ben);
        ada.rename(name("ben")).unwrap();
        assert!(hall.enter(name("ada"), &name("lobby")).is_ok(), "the old name is free again");
    }

    #[test]
    fn who_does_not_listen_is_shown_out_and_the_others_hear_on() {
        let hall = Hall::default();
        let ada = hall.enter(name("ada"), &name("lobby")).unwrap();
        let (mut ben, stalled) = (
            hall.enter(name("ben"), &name("lobby")).unwrap(),
            hall.enter(name("zoe"), &name("lobby")).unwrap(),
        );
        let mut all = Vec::new();
        for number in 0..2 * QUEUE {
            ada.say(&number.to_string());
            all.extend(heard(&mut ben));
        }
        assert_eq!(all.iter().filter(|line| line.starts_with("<ada>")).count(), 2 * QUEUE);
        assert!(all.contains(&"* zoe was too slow".to_owned()));
        assert_eq!(ada.who().1, ["ada", "ben"]);
        drop(stalled);
        assert!(heard(&mut ben).is_empty(), "no second report of leaving");
    }

    #[test]
    fn in_a_full_room_comings_are_not_announced() {
        let hall = Hall::default();
        let mut seats: Vec<Seat> = (0..=ANNOUNCED)
            .map(|number| hall.enter(name(&format!("p{number}")), &name("lobby")).unwrap())
            .collect();
        let first = heard(&mut seats[0]);
        assert_eq!(first.len(), ANNOUNCED - 1, "all but the one that made it too full");
    }
}
