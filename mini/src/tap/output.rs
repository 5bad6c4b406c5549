//! The outputs of explanations: the terminal, the page, and a recording.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::Arc;

use common::command::has_colour;
use syntax::conversation::Sender;
use syntax::rule::Language;

use super::feed::Feed;
use super::line::Line;
use super::queue::{TapEventKind, Time};
use super::record::RecordFile;

pub(super) struct Outputs {
    pub(super) terminal: Option<Terminal>,
    pub(super) feed: Option<Feed>,
    pub(super) recording: Option<RecordFile>,
    pub(super) shows_passwords: bool,
}

impl Outputs {
    pub(super) fn show(&mut self, line: &Line) {
        if self.terminal.as_mut().is_some_and(|terminal| terminal.show(line).is_err()) {
            // Its reader has closed; the page and the recording remain.
            self.terminal = None;
        }
        if let Some(feed) = &self.feed {
            feed.push(line);
        }
    }

    /// Records an event, except bytes.
    pub(super) fn record(&mut self, time: Time, connection: &Arc<str>, kind: &TapEventKind) {
        if let Some(recording) = &mut self.recording {
            recording.event(time, connection, kind);
        }
    }

    pub(super) fn record_bytes(&mut self, time: Time, connection: &Arc<str>, sender: Sender, bytes: &[u8]) {
        if let Some(recording) = &mut self.recording {
            recording.bytes(time, connection, sender, bytes);
        }
    }
}

/// Standard output, one line for each unit.
pub(super) struct Terminal {
    has_colors: bool,
    language: Language,
    /// The text of a line, kept for its memory.
    text: String,
}

impl Terminal {
    pub(super) fn new(language: Language) -> Self {
        Self { has_colors: has_colour(), language, text: String::new() }
    }

    fn show(&mut self, line: &Line) -> io::Result<()> {
        self.text.clear();
        render(line, self.has_colors, self.language, &mut self.text);
        let mut out = io::stdout().lock();
        out.write_all(self.text.as_bytes())?;
        out.flush()
    }
}

/// ```text
/// 12:01:02.345 1 S->C 227 Entering Passive Mode (127,0,0,1,195,80).\r\n  -> host-port: 127.0.0.1:50000
/// ```
fn render(line: &Line, has_colors: bool, language: Language, out: &mut String) {
    let at = if language == Language::Indonesian { "pada bait" } else { "at byte" };
    let (dim, red, end) = if has_colors { ("\x1b[2m", "\x1b[31m", "\x1b[0m") } else { ("", "", "") };
    let (color, direction) = match line.sender {
        Some(Sender::Client) => ("\x1b[36m", "C->S"),
        Some(Sender::Server) => ("\x1b[32m", "S->C"),
        None => ("", "----"),
    };
    let color = match (has_colors, line.is_note) {
        (false, _) => "",
        (true, true) => dim,
        (true, false) => color,
    };
    let milliseconds = line.time.0 / 1_000;
    let (seconds, milliseconds) = (milliseconds / 1_000, milliseconds % 1_000);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let time = format_args!("{hour:02}:{minute:02}:{second:02}.{milliseconds:03}");
    let (open, close) = if line.is_note { ("[", "]") } else { ("", "") };
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "{dim}{time}{end} {} {color}{direction} {open}{}{close}{end}",
        line.connection, line.text
    );
    if !line.meaning.is_empty() {
        let _ = write!(out, "  {dim}-> {}{end}", line.meaning);
    }
    for fault in &line.faults {
        let _ = write!(
            out,
            "  {red}! {} {at} {} ({}): {}{end}",
            fault.rule, fault.at, fault.severity, fault.fault
        );
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::super::line::ShownFault;
    use super::*;

    #[test]
    fn a_line_has_the_time_the_connection_and_the_direction() {
        let name: Arc<str> = "1".into();
        let time = Time(43_262_345_678);
        let fault = ShownFault {
            rule: "bare-lf",
            at: 3,
            severity: "risky",
            rfc: "",
            fault: "a line ends with LF alone",
            requires: "",
            why: "",
            fix: "",
        };
        let unit = |sender, meaning: &str, faults| Line {
            meaning: meaning.into(),
            faults,
            is_note: false,
            ..Line::note(time, &name, Some(sender), "227 x".into())
        };
        for (line, expected) in [
            (unit(Sender::Server, "port: 50000", vec![]), "12:01:02.345 1 S->C 227 x  -> port: 50000\n"),
            (
                unit(Sender::Client, "", vec![fault]),
                "12:01:02.345 1 C->S 227 x  ! bare-lf at byte 3 (risky): a line ends with LF alone\n",
            ),
            (Line::note(time, &name, None, "closed".into()), "12:01:02.345 1 ---- [closed]\n"),
        ] {
            let mut out = String::new();
            render(&line, false, Language::English, &mut out);
            assert_eq!(out, expected);
        }
    }
}
