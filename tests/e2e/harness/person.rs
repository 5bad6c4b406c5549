//! Somebody at a terminal.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use super::PATIENCE;
use super::program::tool;

/// A person: a program in a terminal of its own, what it shows, and what is typed.
pub(crate) struct Person {
    terminal: Child,
    keyboard: ChildStdin,
    screen: Receiver<Vec<u8>>,
    seen: String,
}

impl Person {
    /// Ctrl-C is for the program: the shell that started it goes on with the command's next part.
    pub(crate) fn sits_down(command: &str) -> Self {
        let command = format!("trap : INT; {command}");
        let mut terminal = tool("script")
            .args(["--quiet", "--flush", "--return", "--command", &command, "/dev/null"])
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut out, (shown, screen)) = (terminal.stdout.take().unwrap(), channel());
        thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(read @ 1..) = out.read(&mut buffer) {
                if shown.send(buffer[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keyboard = terminal.stdin.take().unwrap();
        Self { terminal, keyboard, screen, seen: String::new() }
    }

    pub(crate) fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Reads the screen on until this is on it, behind what was seen before. Gives all of it that
    /// was read.
    #[track_caller]
    pub(crate) fn sees(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.seen.find(text) {
                return self.seen.drain(..at + text.len()).collect();
            }
            match self.screen.recv_timeout(PATIENCE) {
                Ok(more) => self.seen.push_str(&String::from_utf8_lossy(&more)),
                Err(_) => panic!("{text:?} was not shown, but {:?}", self.seen),
            }
        }
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let _ = self.terminal.kill();
        let _ = self.terminal.wait();
    }
}
