//! Reads lines with history and completion on a separate thread, so that the session can run meanwhile. The
//! completion requests names of the server by an event, which the owner of the session answers.

use std::collections::VecDeque;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use common::client::LocalFolder;
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Helper};

use super::verb::{Names, names_of, verbs};
use super::word::{has_password, typed, words};

pub(super) enum EditorEvent {
    /// A line that is not empty.
    Line(String),
    /// Asks for the names in a directory of the server. Directories end in a slash.
    Names(String, mpsc::Sender<Vec<String>>),
}

/// Lines kept in the history.
const HISTORY: usize = 1_000;

pub(super) struct Editor {
    prompts: mpsc::Sender<String>,
    events: tokio::sync::mpsc::Receiver<EditorEvent>,
    thread: JoinHandle<()>,
}

impl Editor {
    /// Starts the thread, which waits for the first prompt.
    pub(super) fn start() -> rustyline::Result<Self> {
        let (prompts, to_show) = mpsc::channel();
        let (send, events) = tokio::sync::mpsc::channel(1);
        let config =
            Config::builder().max_history_size(HISTORY)?.completion_type(CompletionType::List).build();
        let mut editor = rustyline::Editor::<Completion, DefaultHistory>::with_config(config)?;
        editor.set_helper(Some(Completion { events: send.clone(), local: FilenameCompleter::new() }));
        let thread = thread::spawn(move || read(&mut editor, &to_show, &send));
        Ok(Self { prompts, events, thread })
    }

    /// Shows a prompt, and lets the user type a line.
    pub(super) fn prompt(&self, prompt: String) {
        // If the thread has ended, `next` returns `None`.
        let _ = self.prompts.send(prompt);
    }

    /// The next event; `None` once the user has exited.
    pub(super) async fn next(&mut self) -> Option<EditorEvent> {
        self.events.recv().await
    }

    /// Waits until the history is written.
    pub(super) fn close(self) {
        drop((self.prompts, self.events));
        let _ = self.thread.join();
    }
}

fn read(
    editor: &mut rustyline::Editor<Completion, DefaultHistory>,
    prompts: &mpsc::Receiver<String>,
    events: &tokio::sync::mpsc::Sender<EditorEvent>,
) {
    // Commands from a file need no history.
    let file = history_file().filter(|_| std::io::stdin().is_terminal());
    if let Some(file) = &file {
        // The file does not exist before the first session.
        let _ = editor.load_history(file);
    }
    // The lines of a paste that are not performed yet.
    let mut pasted = VecDeque::new();
    'prompts: for prompt in prompts {
        let line = loop {
            if let Some(line) = pasted.pop_front() {
                break line;
            }
            match editor.readline(&prompt) {
                Ok(text) => pasted.extend(lines(&text)),
                // Ctrl-C drops the line.
                Err(ReadlineError::Interrupted) => {}
                Err(_) => break 'prompts,
            }
        };
        // The history is stored unencrypted.
        if !has_password(&line) {
            let _ = editor.add_history_entry(&line);
        }
        if events.blocking_send(EditorEvent::Line(line)).is_err() {
            break;
        }
    }
    if let Some(file) = &file {
        // A history that cannot be stored is dropped.
        let _ = file.parent().map(LocalFolder::make);
        let _ = editor.save_history(file);
    }
}

/// The lines of typed or pasted text, without empty ones.
fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned)
}

/// In the state directory of the XDG Base Directory Specification.
fn history_file() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")));
    Some(state?.join("ftp-mini/history"))
}

/// Completes verbs, and the names that a verb expects.
struct Completion {
    events: tokio::sync::mpsc::Sender<EditorEvent>,
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
        let asked = self.events.blocking_send(EditorEvent::Names(directory.to_owned(), answer));
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
