//! Lines from a person: a thread of its own waits for them, with history and completion, so that the session
//! is free meanwhile. Names of the server are asked for by an event, and answered by whoever has the session.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use common::client::Folder;
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Helper};

use super::verb::{Names, names_of, verbs};
use super::word::{has_password, typed, words};

/// What the editor has to say.
pub(super) enum Event {
    /// A line that is not empty.
    Line(String),
    /// Which names are in this directory of the server? Directories end in a slash.
    Names(String, mpsc::Sender<Vec<String>>),
}

/// Lines that are remembered.
const HISTORY: usize = 1_000;

/// The editor, and its thread.
pub(super) struct Editor {
    prompts: mpsc::Sender<String>,
    events: tokio::sync::mpsc::Receiver<Event>,
    thread: JoinHandle<()>,
}

impl Editor {
    /// Starts it; it waits for the first prompt.
    pub(super) fn start() -> rustyline::Result<Self> {
        let (prompts, to_show) = mpsc::channel();
        let (tell, events) = tokio::sync::mpsc::channel(1);
        let config =
            Config::builder().max_history_size(HISTORY)?.completion_type(CompletionType::List).build();
        let mut editor = rustyline::Editor::<Completion, DefaultHistory>::with_config(config)?;
        editor.set_helper(Some(Completion { tell: tell.clone(), local: FilenameCompleter::new() }));
        let thread = thread::spawn(move || read(&mut editor, &to_show, &tell));
        Ok(Self { prompts, events, thread })
    }

    /// Lets the person type a line.
    pub(super) fn prompt(&self, prompt: String) {
        // Without its thread there are no events any more.
        let _ = self.prompts.send(prompt);
    }

    /// The next event; `None` when the person has left.
    pub(super) async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Ends it, once the history is written.
    pub(super) fn close(self) {
        drop((self.prompts, self.events));
        let _ = self.thread.join();
    }
}

fn read(
    editor: &mut rustyline::Editor<Completion, DefaultHistory>,
    prompts: &mpsc::Receiver<String>,
    tell: &tokio::sync::mpsc::Sender<Event>,
) {
    // Commands from a file are in it already.
    let file = history_file().filter(|_| std::io::stdin().is_terminal());
    if let Some(file) = &file {
        // There is none before the first time.
        let _ = editor.load_history(file);
    }
    'prompts: for prompt in prompts {
        let line = loop {
            match editor.readline(&prompt) {
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => break line,
                // Ctrl-C drops the line.
                Err(ReadlineError::Interrupted) => {}
                Err(_) => break 'prompts,
            }
        };
        // The history is stored in a file.
        if !has_password(&line) {
            let _ = editor.add_history_entry(&line);
        }
        if tell.blocking_send(Event::Line(line)).is_err() {
            break;
        }
    }
    if let Some(file) = &file {
        // Without a place for it, it is forgotten.
        let _ = file.parent().map(Folder::make);
        let _ = editor.save_history(file);
    }
}

/// In the directory for state of the XDG Base Directory Specification.
fn history_file() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")));
    Some(state?.join("ftp-mini/history"))
}

/// Completes verbs, and names by what the verb takes.
struct Completion {
    tell: tokio::sync::mpsc::Sender<Event>,
    local: FilenameCompleter,
}

impl Completer for Completion {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        at: usize,
        context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let typed_so_far = line.get(..at).unwrap_or(line);
        let words = words(typed_so_far);
        let Some((start, word)) = words.last() else { return Ok((at, Vec::new())) };
        let word = word.literal();
        let Some((_, verb)) = words.first().filter(|_| words.len() > 1) else {
            let known = verbs().into_iter().filter(|verb| verb.starts_with(&word));
            return Ok((
                *start,
                known.map(|verb| Pair { replacement: format!("{verb} "), display: verb }).collect(),
            ));
        };
        match names_of(&verb.literal()) {
            Names::Local => self.local.complete(line, at, context),
            Names::Remote => Ok((*start, self.remote(&word))),
            Names::None => Ok((at, Vec::new())),
        }
    }
}

impl Completion {
    fn remote(&self, word: &str) -> Vec<Pair> {
        let (directory, name) = match word.rfind('/') {
            Some(slash) => word.split_at(slash + 1),
            None => ("", word),
        };
        let (answer, answered) = mpsc::channel();
        let asked = self.tell.blocking_send(Event::Names(directory.to_owned(), answer));
        let names = asked.ok().and_then(|()| answered.recv().ok()).unwrap_or_default();
        let fitting = names.into_iter().filter(|known| known.starts_with(name));
        let pair =
            |known: String| Pair { replacement: typed(&format!("{directory}{known}")), display: known };
        fitting.map(pair).collect()
    }
}

impl Helper for Completion {}
impl Highlighter for Completion {}
impl Validator for Completion {}
impl Hinter for Completion {
    type Hint = String;
}
