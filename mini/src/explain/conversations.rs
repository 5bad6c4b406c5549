//! Which parsers read which protocol.

use http_wire::conversation::Http;
use syntax::conversation::{Conversation, Sender};
use syntax::watch::{Part, Watch};

use super::kind::Protocol;
use super::stub::Lines;

static CONTENT: Part = Part::new("content", "RFC 959 section 3.1");

/// The conversation of a connection, by its protocol.
pub(super) enum Reader {
    Http(Box<Http>),
    Ftp(Lines),
    Data(Lines),
    Opaque,
}

impl Reader {
    pub(super) fn new(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Http => Self::Http(Box::default()),
            Protocol::Ftp => Self::Ftp(Lines),
            Protocol::List | Protocol::Mlsd => Self::Data(Lines),
            Protocol::Opaque => Self::Opaque,
        }
    }
}

impl Conversation for Reader {
    fn read(&mut self, sender: Sender, input: &[u8], is_end: bool, watch: impl Watch) -> Option<usize> {
        match self {
            Self::Http(http) => http.read(sender, input, is_end, watch),
            Self::Ftp(ftp) => ftp.read(sender, input, is_end, watch),
            Self::Data(data) => data.read(sender, input, is_end, watch),
            Self::Opaque => {
                watch.part(&CONTENT, input);
                Some(input.len())
            }
        }
    }
}
