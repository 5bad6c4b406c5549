//! Oracles of messages in a stream: characters, frames and lines. They are so short that no parser of ours is needed.

use syntax::rule::{Description, Severity, Text};

use super::{Value, Verdict};

/// The longest message of a frame, in bytes.
const FRAME_LIMIT: usize = 1 << 20;

/// The longest line, in bytes with its line end: as in IRC.
const LINE_LIMIT: usize = 512;

/// `b"caf\xC3\xA9"`: 4 characters. A character that is incomplete at the end may become complete.
pub(super) fn count_bytes(input: &[u8]) -> Verdict {
    match str::from_utf8(input) {
        Ok(text) => Verdict::done(input.len(), Value::Number(text.chars().fold(0, |count, _| count + 1))),
        Err(error) if error.error_len().is_none() => Verdict::more(),
        Err(error) => Verdict::bad_at(error.valid_up_to()),
    }
}

/// A line that people will read has no control characters. No parser of ours refuses them: our chat replaces them.
static LINE_CONTROL: Description = Description {
    id: "line-control",
    source: "RFC 5198 section 2",
    severity: Severity::Risky,
    fault: Text { en: "a control character in a line", id: "karakter kontrol di dalam baris" },
    requires: Text {
        en: "A line of text contains no control characters; a tab is allowed here.",
        id: "Baris teks tidak berisi karakter kontrol; di sini tab diperbolehkan.",
    },
    why: Text {
        en: "ESC and CR command the terminal of its reader, which then shows what the sender wants.",
        id: "ESC dan CR adalah perintah bagi terminal pembaca, yang lalu menampilkan apa yang diinginkan pengirim.",
    },
    fix: Text { en: "Refuse the line at this byte.", id: "Tolak baris pada bait ini." },
};

/// `b"\0\0\0\x05hello"`: `hello`.
pub(super) fn frame(input: &[u8]) -> Verdict {
    let Some((header, rest)) = input.split_first_chunk() else { return Verdict::more() };
    let length = usize::try_from(u32::from_be_bytes(*header)).unwrap_or(usize::MAX);
    if length > FRAME_LIMIT {
        return Verdict::bad_at(0);
    }
    match rest.get(..length) {
        Some(message) => Verdict::done(header.len() + length, Value::Bytes(message.to_vec())),
        None => Verdict::more(),
    }
}

/// `b"hello\r\n"`: `hello`.
pub(super) fn line(input: &[u8]) -> Verdict {
    let window = input.get(..LINE_LIMIT).unwrap_or(input);
    match window.split_inclusive(|byte| *byte == b'\n').next() {
        Some([line @ .., b'\n']) => {
            let text = line.strip_suffix(b"\r").unwrap_or(line);
            match text.iter().position(|byte| byte.is_ascii_control() && *byte != b'\t') {
                Some(at) => Verdict::bad(at, &LINE_CONTROL),
                None => Verdict::done(line.len() + 1, Value::Bytes(text.to_vec())),
            }
        }
        _ if window.len() == LINE_LIMIT => Verdict::bad_at(LINE_LIMIT),
        _ => Verdict::more(),
    }
}
