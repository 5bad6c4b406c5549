//! Several clients change one tree over both protocols, by random commands in random order, with cut and slow
//! connections. After each command the reply and the files must be those of a simple model. A history that fails is
//! shrunk to the commands that are needed, and printed.
//!
//! `MODEL_HISTORIES` sets the number of histories (`tests/long` sets it), and `MODEL_SEED` the first one: a failure
//! names the seed of its history.

mod clients;
mod expected;
mod history;

use std::sync::atomic::{AtomicU64, Ordering};

use crate::harness::{Server, Tree, tree};
use clients::Clients;
use expected::{Expected, Model};
use history::{Random, Step};

const HISTORIES: u64 = 300;

/// Histories at the same time, each in a directory of its own.
const THREADS: u64 = 2;

#[test]
fn the_server_does_what_a_simple_model_does() {
    let setting = |name, default| std::env::var(name).map_or(default, |value| value.parse().unwrap());
    let (first, count) = (setting("MODEL_SEED", 0), setting("MODEL_HISTORIES", HISTORIES));
    let tree = Tree::new();
    let server = Server::both(&tree, &["--writable", "--quiet"]);
    let steps = AtomicU64::new(0);
    let run = |thread: u64| {
        let mut player = Player { tree: &tree, clients: Clients::new(&server), thread, played: 0 };
        for seed in (first..first + count).filter(|seed| seed % THREADS == thread) {
            let history = Random::new(seed).history();
            let _named = NamedByPanic(seed);
            if let Err(failure) = player.play(&history) {
                let (history, failure) = shrink(history, failure, |history| player.play(history));
                panic!("MODEL_SEED={seed}: {failure}\n{history:#?}");
            }
            steps.fetch_add(history.len() as u64, Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| (0..THREADS).for_each(|thread| drop(scope.spawn(move || run(thread)))));
    eprintln!("{count} histories, {} commands", steps.into_inner());
}

struct Player<'a> {
    tree: &'a Tree,
    clients: Clients<'a>,
    thread: u64,
    played: u64,
}

impl Player<'_> {
    /// Plays a history in a new directory, and compares every reply and the files after it.
    fn play(&mut self, history: &[Step]) -> Result<(), String> {
        self.played += 1;
        let base = format!("/{}-{}", self.thread, self.played);
        self.clients.enter(&base);
        let mut model = Model::new();
        for (number, step) in history.iter().enumerate() {
            let actual = self.clients.run(step, &model);
            let expected = model.apply(step);
            if !actual.is(&expected) {
                return Err(format!("step {number}, {step:?}: {actual:?}, expected was {expected:?}"));
            }
            let found = self.found(&base);
            if expected == Expected::Any {
                model.tree = found;
            } else if model.tree != found {
                return Err(format!(
                    "step {number}, {step:?}: the tree is {found:?}, expected was {:?}",
                    model.tree
                ));
            }
        }
        match self.clients.leave() {
            204 => Ok(()),
            code => Err(format!("the directory is not removed: {code}")),
        }
    }

    /// The served files, without the names of the server's own.
    fn found(&self, base: &str) -> expected::Tree {
        let files = tree::contents(&self.tree.join(&base[1..]));
        let files = files.into_iter().map(|(path, content)| (path.into_string().unwrap(), content));
        let files = files.filter(|(path, _)| !path.contains(".mini~"));
        [(String::new(), None)].into_iter().chain(files).collect()
    }
}

/// Removes steps while the history still fails.
fn shrink(
    mut history: Vec<Step>,
    mut failure: String,
    mut play: impl FnMut(&[Step]) -> Result<(), String>,
) -> (Vec<Step>, String) {
    let mut at = history.len();
    while at > 0 {
        at -= 1;
        let mut shorter = history.clone();
        shorter.remove(at);
        if let Err(other) = play(&shorter) {
            (history, failure) = (shorter, other);
        }
    }
    (history, failure)
}

/// Names the history in which a client panics.
struct NamedByPanic(u64);

impl Drop for NamedByPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("this was with MODEL_SEED={}", self.0);
        }
    }
}
