//! A user at a terminal.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use super::TIMEOUT;
use super::program::tool;

/// A program in a terminal of its own, its output and its input.
pub(crate) struct TerminalUser {
    terminal: Child,
    keyboard: ChildStdin,
    screen: Receiver<Vec<u8>>,
    seen: String,
}

impl TerminalUser {
    /// Ctrl-C is for the program only: the shell that started it then runs the next part of the command.
    pub(crate) fn start(command: &str) -> Self {
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

    /// Reads the screen until it shows this text after the text found before. Returns everything read.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.seen.find(text) {
                return self.seen.drain(..at + text.len()).collect();
            }
            match self.screen.recv_timeout(TIMEOUT) {
                Ok(more) => self.seen.push_str(&String::from_utf8_lossy(&more)),
                Err(_) => panic!("{text:?} was not shown, but {:?}", self.seen),
            }
        }
    }
}

impl TerminalUser {
    /// What the screen shows until the program has ended.
    pub(crate) fn wait_for_end(&mut self) -> String {
        while let Ok(more) = self.screen.recv_timeout(TIMEOUT) {
            self.seen.push_str(&String::from_utf8_lossy(&more));
        }
        std::mem::take(&mut self.seen)
    }
}

impl Drop for TerminalUser {
    fn drop(&mut self) {
        let _ = self.terminal.kill();
        let _ = self.terminal.wait();
    }
}
