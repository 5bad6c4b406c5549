//! What a trace must not show of FTP: the parts that the parsers call secret.

use common::net::trace::{Mask, Masked};
use syntax::conversation::{Conversation, Sender};
use syntax::watch::{Part, Watch};

/// The port of FTP (RFC 959 section 8).
const PORT: u16 = 21;

/// The mask of a control connection.
pub(crate) fn new() -> Box<dyn Mask> {
    Masked::boxed(Stub::default, PORT)
}

/// Stands in until the parsers have a conversation of FTP.
#[derive(Default)]
struct Stub;

static LINE: Part = Part::new("line", "RFC 959 section 5.3");
static SECRET: Part = Part::secret("password", "RFC 959 section 4.1.1");

impl Conversation for Stub {
    fn read(&mut self, sender: Sender, input: &[u8], _is_end: bool, watch: impl Watch) -> Option<usize> {
        let used = input.iter().position(|&byte| byte == b'\n')? + 1;
        let line = input.get(..used).unwrap_or_default();
        if sender == Sender::Client
            && let Some((verb, argument)) = line.split_at_checked(5)
            && [b"PASS ", b"ACCT "].iter().any(|secret| verb.eq_ignore_ascii_case(*secret))
        {
            watch.part(&SECRET, argument.trim_ascii_end());
        }
        watch.part(&LINE, line);
        Some(used)
    }
}
