//! `mini check chat`: a line-based chat server. A client sends its name as its first line; from then on each of its
//! lines reaches every other client.
//!
//! Greetings, prompts, notices and the form of a line (`<siti> halo`, `[10:00] siti: halo`) are free: a case looks for a
//! line that contains the text that it sent. A server may or may not send a line back to its sender.

mod cases;
mod line;

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::case::{Deviation, Evidence, Outcome, Target, choose};
use super::stream::{CheckStream, StreamState};

pub(super) use cases::CASES;
use line::{LineCount, line_with, prefix};

/// A server that has sent nothing for this long has finished its greeting.
const SETTLED: Duration = Duration::from_millis(150);
/// A client that was not heard tries again after this time: the server may not have read its name yet.
const AGAIN: Duration = Duration::from_millis(500);
/// Lines of a burst, and of the speaker beside a client that does not read.
const BURST: usize = 200;
const FLOOD: usize = 20_000;
/// Lines of the flood that the speaker sends before it waits until they are heard: a listener that reads never fills its
/// queue, however slow this machine is.
const BATCH: usize = 200;
/// Bytes of a line of the flood: 8 MB in all, which is more than the kernel holds for both ends.
const FLOOD_LINE: usize = 400;

/// The server, and what differs between servers.
pub(super) struct ChatServer {
    pub(super) target: Target,
    /// The first line of a client, with `{name}`; empty: there are no names.
    pub(super) name_line: String,
    /// What a client sends to say something, with `{text}`.
    pub(super) text_line: String,
    /// The end of a line.
    pub(super) line_end: &'static str,
    /// Makes names and texts unique, also among runs.
    pub(super) number: Cell<u32>,
}

/// A client in the conversation.
struct Participant {
    stream: CheckStream,
    name: String,
    /// It vanishes with a reset rather than leaving in order, which would not disturb the next case.
    is_reset: bool,
}

impl Participant {
    fn new(stream: CheckStream, name: String) -> Self {
        Self { stream, name, is_reset: false }
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        match self.is_reset {
            true => drop(self.stream.reset_at_close()),
            false => {
                self.stream.end();
                self.stream.read_for(SETTLED, |_| false);
            }
        }
    }
}

impl ChatServer {
    /// A word of letters that no earlier one equals.
    fn word(&self, stem: &str) -> String {
        let mut number = self.number.replace(self.number.get().wrapping_add(1));
        let mut word = stem.to_owned();
        for _ in 0..5 {
            word.push(char::from(b'a' + (number % 26) as u8));
            number /= 26;
        }
        word
    }

    fn say(&self, text: &str) -> String {
        self.text_line.replace("{text}", text) + self.line_end
    }

    fn name_line(&self, name: &str) -> String {
        match self.name_line.as_str() {
            "" => String::new(),
            line => line.replace("{name}", name) + self.line_end,
        }
    }

    fn enter(&self, name: &str) -> Result<Participant, Deviation> {
        let mut stream = self.target.connect()?;
        stream.settle(SETTLED);
        stream.send(self.name_line(name));
        stream.settle(SETTLED);
        Ok(Participant::new(stream, name.to_owned()))
    }

    /// Two clients, each of which hears the other.
    fn pair(&self) -> Result<(Participant, Participant), Deviation> {
        let (mut ani, mut budi) = (self.enter(&self.word("ani"))?, self.enter(&self.word("budi"))?);
        self.meet(&mut budi, &mut ani)?;
        self.meet(&mut ani, &mut budi)?;
        Ok((ani, budi))
    }

    /// Lets one client speak until the other one hears it.
    fn meet(&self, speaker: &mut Participant, listener: &mut Participant) -> Outcome {
        let deadline = Instant::now() + self.target.timeout;
        loop {
            let text = self.word("salam");
            speaker.stream.send(self.say(&text));
            let state = listener.stream.read_for(AGAIN, |received| line_with(received, &text).is_some());
            if state == StreamState::Open {
                return Ok(());
            }
            if Instant::now() > deadline || matches!(state, StreamState::Ended | StreamState::Reset) {
                return Err(self.unheard(speaker, listener, &text));
            }
        }
    }

    /// The line in which the listener hears a text.
    fn hears(
        &self,
        listener: &mut Participant,
        text: &str,
        speaker: &Participant,
    ) -> Result<Vec<u8>, Deviation> {
        listener.stream.read_until(|received| line_with(received, text).is_some());
        match line_with(&listener.stream.received, text) {
            Some(line) => Ok(line.to_vec()),
            None => Err(self.unheard(speaker, listener, text)),
        }
    }

    fn unheard(&self, speaker: &Participant, listener: &Participant, text: &str) -> Deviation {
        let expected = choose(
            self.target.language,
            format!("another client receives a line with '{text}'"),
            format!("klien lain menerima baris berisi '{text}'"),
        );
        self.failed(speaker, listener, expected)
    }

    fn failed(&self, speaker: &Participant, listener: &Participant, expected: String) -> Deviation {
        Deviation::Failed(Evidence {
            sent: speaker.stream.sent.clone(),
            expected,
            received: listener.stream.received.clone(),
            observed: listener.stream.state.text(self.target.language).into(),
        })
    }

    fn needs_names(&self) -> Outcome {
        match self.name_line.is_empty() {
            false => Ok(()),
            true => Err(Deviation::NotApplicable(choose(
                self.target.language,
                "the server has no names".into(),
                "server tidak mengenal nama".into(),
            ))),
        }
    }
}

fn names_are_shown(server: &ChatServer) -> Outcome {
    server.needs_names()?;
    let (mut ani, mut budi) = server.pair()?;
    let text = server.word("halo");
    budi.stream.send(server.say(&text));
    let line = server.hears(&mut ani, &text, &budi)?;
    if memchr::memmem::find(&line, budi.name.as_bytes()).is_some() {
        return Ok(());
    }
    let expected = choose(
        server.target.language,
        format!("a line with '{text}' and the name '{}'", budi.name),
        format!("baris berisi '{text}' dan nama '{}'", budi.name),
    );
    Err(server.failed(&budi, &ani, expected))
}

fn two_lines_in_one_read(server: &ChatServer) -> Outcome {
    let (mut ani, _budi) = server.pair()?;
    let mut citra = Participant::new(server.target.connect()?, server.word("citra"));
    citra.stream.settle(SETTLED);
    let (first, second, third) = (server.word("halo"), server.word("satu"), server.word("dua"));
    citra.stream.send(server.name_line(&citra.name) + &server.say(&first));
    server.hears(&mut ani, &first, &citra)?;
    citra.stream.send(server.say(&second) + &server.say(&third));
    let (one, other) = (server.hears(&mut ani, &second, &citra)?, server.hears(&mut ani, &third, &citra)?);
    if one != other && prefix(&one, &second) == prefix(&other, &third) {
        return Ok(());
    }
    let expected = choose(
        server.target.language,
        format!("a message with '{second}', and another one with '{third}' in the same form"),
        format!("satu pesan berisi '{second}', dan pesan lain berisi '{third}' dengan bentuk yang sama"),
    );
    Err(server.failed(&citra, &ani, expected))
}

fn half_a_line(server: &ChatServer) -> Outcome {
    let (mut ani, mut budi) = server.pair()?;
    let (start, rest, other) = (server.word("setengah"), server.word("baris"), server.word("sementara"));
    let line = server.say(&format!("{start} {rest}"));
    let (before, after) = line.split_at(line.find(&rest).unwrap_or_default());
    budi.stream.send(before);
    std::thread::sleep(SETTLED);
    // The others are served meanwhile.
    let mut citra = server.enter(&server.word("citra"))?;
    citra.stream.send(server.say(&other));
    server.hears(&mut ani, &other, &citra)?;
    budi.stream.send(after);
    server.hears(&mut ani, &format!("{start} {rest}"), &budi).map(drop)
}

fn half_a_character(server: &ChatServer) -> Outcome {
    let (mut ani, mut budi) = server.pair()?;
    let text = server.word("bumi") + "\u{1f30f}";
    let line = server.say(&text).into_bytes();
    let inside = line.iter().position(|&byte| byte == 0xf0).unwrap_or_default() + 2;
    let (before, after) = line.split_at(inside.min(line.len()));
    budi.stream.send(before);
    std::thread::sleep(SETTLED);
    budi.stream.send(after);
    server.hears(&mut ani, &text, &budi).map(drop)
}

fn burst(server: &ChatServer) -> Outcome {
    let (mut ani, mut budi) = server.pair()?;
    let word = server.word("baris");
    let texts: Vec<String> = (0..BURST).map(|number| format!("{word}-{number:03}")).collect();
    budi.stream.send(texts.iter().map(|text| server.say(text)).collect::<String>());
    let last = texts.last().map(String::as_str).unwrap_or_default();
    ani.stream.read_until(|received| line_with(received, last).is_some());
    let heard = String::from_utf8_lossy(&ani.stream.received).into_owned();
    let in_order = heard.lines().filter(|line| line.contains(&word)).zip(&texts);
    let count = in_order.take_while(|(line, text)| line.contains(*text)).count();
    if count == BURST {
        return Ok(());
    }
    Err(Deviation::Failed(Evidence {
        sent: budi.stream.sent.clone(),
        expected: choose(
            server.target.language,
            format!("{BURST} lines, in order"),
            format!("{BURST} baris, berurutan"),
        ),
        observed: choose(
            server.target.language,
            format!("{count} lines in order"),
            format!("{count} baris berurutan"),
        ),
        ..Evidence::default()
    }))
}

fn silent_newcomer(server: &ChatServer) -> Outcome {
    let _silent = server.target.connect()?;
    std::thread::sleep(SETTLED);
    server.pair().map(drop)
}

fn duplicate_name(server: &ChatServer) -> Outcome {
    server.needs_names()?;
    let (mut ani, mut budi) = server.pair()?;
    let (own, same, after) = (server.word("asli"), server.word("tiruan"), server.word("masih"));
    ani.stream.send(server.say(&own));
    let line = server.hears(&mut budi, &own, &ani)?;
    let own_prefix = prefix(&line, &own);
    let mut second = server.enter(&ani.name)?;
    second.stream.send(server.say(&same));
    // It may be refused, asked for another name, or renamed.
    budi.stream.read_for(AGAIN, |received| line_with(received, &same).is_some());
    let shows_name = memchr::memmem::find(&own_prefix, ani.name.as_bytes()).is_some();
    let is_taken =
        line_with(&budi.stream.received, &same).is_some_and(|line| prefix(line, &same) == own_prefix);
    if shows_name && is_taken {
        let expected = choose(
            server.target.language,
            format!("a second client is not called '{}'", ani.name),
            format!("klien kedua tidak bernama '{}'", ani.name),
        );
        return Err(server.failed(&second, &budi, expected));
    }
    budi.stream.send(server.say(&after));
    server.hears(&mut ani, &after, &budi).map(drop)
}

fn control_characters(server: &ChatServer) -> Outcome {
    let (mut ani, mut budi) = server.pair()?;
    // A server may colour its own lines: only our sequence counts.
    let (word, title) = (server.word("judul"), server.word("judul"));
    let sequence = format!("\x1b]0;{title}\x07");
    budi.stream.send(server.say(&format!("{word} {sequence}")));
    ani.stream.read_for(AGAIN, |received| line_with(received, &word).is_some());
    if memchr::memmem::find(&ani.stream.received, sequence.as_bytes()).is_none() {
        return Ok(());
    }
    let expected = choose(
        server.target.language,
        "no escape character (\\x1b) reaches another client".into(),
        "karakter escape (\\x1b) tidak sampai ke klien lain".into(),
    );
    Err(server.failed(&budi, &ani, expected))
}

fn not_utf8(server: &ChatServer) -> Outcome {
    let (mut ani, mut budi) = server.pair()?;
    let line = server.say(&server.word("biner"));
    budi.stream.send([b"\xff\xfe", line.as_bytes()].concat());
    std::thread::sleep(SETTLED);
    // The sender may be removed.
    let mut citra = server.enter(&server.word("citra"))?;
    server.meet(&mut citra, &mut ani)
}

fn stalled_reader(server: &ChatServer) -> Outcome {
    let (mut ani, mut budi) = server.pair()?;
    let mut stalled = server.enter(&server.word("macet"))?;
    server.meet(&mut stalled, &mut ani)?;
    stalled.stream.receive_little()?;
    let word = server.word("banjir");
    let filler = "x".repeat(FLOOD_LINE.saturating_sub(word.len()));
    let line = server.say(&format!("{word}{filler}"));
    let mut heard = LineCount::new(&word);
    let batch = line.repeat(BATCH);
    let state = budi.stream.discard_while(|budi| {
        for end in (BATCH..=FLOOD).step_by(BATCH) {
            budi.send(&batch);
            let state = ani.stream.read_until_silence(|received| heard.update(received) >= end);
            if state != StreamState::Open {
                return state;
            }
        }
        StreamState::Open
    })?;
    if state == StreamState::Open {
        return Ok(());
    }
    let count = heard.lines;
    Err(Deviation::Failed(Evidence {
        sent: line.into_bytes(),
        expected: choose(
            server.target.language,
            format!("a client that reads receives all {FLOOD} lines, although another one does not read"),
            format!("klien yang membaca menerima {FLOOD} baris, walaupun klien lain tidak membaca"),
        ),
        observed: choose(
            server.target.language,
            format!("{count} lines, {}", state.text(server.target.language)),
            format!("{count} baris, {}", state.text(server.target.language)),
        ),
        ..Evidence::default()
    }))
}

/// A client between others leaves or is reset; the next line must reach those who entered before and after it.
fn departure(server: &ChatServer, is_reset: bool) -> Outcome {
    let (mut ani, mut budi) = server.pair()?;
    let mut gone = server.enter(&server.word("gita"))?;
    server.meet(&mut gone, &mut ani)?;
    let mut citra = server.enter(&server.word("citra"))?;
    server.meet(&mut citra, &mut ani)?;
    let mut dewi = server.enter(&server.word("dewi"))?;
    // Nothing is on its way to the client that goes: the server would notice the reset as it sends, which hides a fault.
    server.meet(&mut dewi, &mut gone)?;
    gone.is_reset = is_reset;
    drop(gone);
    std::thread::sleep(SETTLED);
    let text = server.word("masih");
    dewi.stream.send(server.say(&text));
    for listener in [&mut ani, &mut budi, &mut citra] {
        server.hears(listener, &text, &dewi)?;
    }
    let mut eka = server.enter(&server.word("eka"))?;
    server.meet(&mut eka, &mut ani)
}
