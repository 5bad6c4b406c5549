//! What a trace must not show of HTTP: the parts that the parsers call secret.

use common::net::trace::{Mask, Masked};
use syntax::conversation::{Conversation, Sender};
use syntax::watch::{Part, Watch};

use crate::wire::conversation::Http;

/// The port of HTTP (RFC 9110 section 4.2.1).
const PORT: u16 = 80;

/// The mask of a connection.
pub(crate) fn new() -> Box<dyn Mask> {
    Masked::boxed(Stub::default, PORT)
}

/// Stands in until `Http` itself reports credentials in heads as secret: then the mask is `Masked::boxed(Http::new, PORT)`.
#[derive(Default)]
struct Stub(Http);

static SECRET: Part = Part::secret("credentials", "RFC 9110 section 11.4");

const FIELDS: [&[u8]; 4] = [b"authorization", b"proxy-authorization", b"cookie", b"set-cookie"];

impl Conversation for Stub {
    fn read(&mut self, sender: Sender, input: &[u8], is_end: bool, watch: impl Watch) -> Option<usize> {
        let used = self.0.read(sender, input, is_end, watch)?;
        let unit = input.get(..used).unwrap_or_default();
        let first = unit.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let mut is_secret = false;
        for line in
            unit.split(|&byte| byte == b'\n').filter(|_| first.windows(5).any(|five| five == b"HTTP/"))
        {
            let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
            let (name, value) = line.split_at(colon);
            if !line.starts_with(b" ") {
                is_secret = FIELDS.iter().any(|secret| name.trim_ascii().eq_ignore_ascii_case(secret));
            }
            let value =
                if line.starts_with(b" ") { line } else { value.strip_prefix(b":").unwrap_or_default() };
            if is_secret {
                watch.part(&SECRET, value.trim_ascii());
            } else if let Some(at) = line.windows(3).position(|three| three == b"://")
                && let Some(end) = line.iter().position(|&byte| byte == b'@')
            {
                watch.part(&SECRET, line.get(at + 3..end).unwrap_or_default());
            }
        }
        Some(used)
    }
}
