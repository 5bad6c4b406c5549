//! Stands in for the conversation and the catalogue of `ftp_wire`: whole lines.

use syntax::conversation::{Conversation, Sender};
use syntax::watch::{Part, Watch};

static LINE: Part = Part::new("line", "RFC 9112 section 2.2");
static TEXT: Part = Part::new("text", "RFC 9112 section 2.1");
static SECRET: Part = Part::secret("password", "RFC 959 section 4.1.1");

syntax::rules! {
    /// What a line must follow.
    pub enum Rule {
        BareLf: Breaks, "line-end", "RFC 9112 section 2.2" {
            fault: "a line ends with LF alone", "baris hanya diakhiri LF";
            requires: "A line ends with CR LF.", "Setiap baris diakhiri CR LF.";
            why: "Parsers differ about a lone LF.", "Pengurai membaca LF tunggal secara berbeda.";
            fix: "Send \\r\\n.", "Kirim \\r\\n.";
        }
    }
}

pub(super) struct Lines;

impl Conversation for Lines {
    fn read(&mut self, _sender: Sender, input: &[u8], is_end: bool, watch: impl Watch) -> Option<usize> {
        let line = input.iter().position(|&byte| byte == b'\n').map(|at| at + 1);
        let length = line.or_else(|| is_end.then_some(input.len()))?;
        let line = input.get(..length)?;
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        if text.len() < line.len() && !text.ends_with(b"\r") {
            watch.tolerates(Rule::BareLf.description(), line.get(text.len()..)?);
        }
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        match text.strip_prefix(b"PASS ") {
            Some(secret) => watch.part(&SECRET, secret),
            None => watch.part(&TEXT, text),
        }
        watch.part(&LINE, line);
        Some(length)
    }
}
