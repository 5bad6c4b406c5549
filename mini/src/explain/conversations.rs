//! The parsers of each protocol.

use ftp_wire::conversation::{DataConversation, FtpConversation, ListingKind};
use http_wire::conversation::HttpConversation;
use syntax::conversation::{Conversation, Sender};
use syntax::watch::Watch;

use super::kind::ExplainedProtocol;

/// The conversation of a connection, by its protocol.
pub(super) enum Reader {
    Http(Box<HttpConversation>),
    Ftp(Box<FtpConversation>),
    Data(DataConversation),
}

impl Reader {
    pub(super) fn new(protocol: ExplainedProtocol) -> Self {
        match protocol {
            ExplainedProtocol::Http => Self::Http(Box::default()),
            ExplainedProtocol::Ftp => Self::Ftp(Box::default()),
            ExplainedProtocol::List => Self::Data(DataConversation::listing(ListingKind::List)),
            ExplainedProtocol::Nlst => Self::Data(DataConversation::listing(ListingKind::Nlst)),
            ExplainedProtocol::Mlsd => Self::Data(DataConversation::listing(ListingKind::Mlsd)),
            // Its TLS records are recognised.
            ExplainedProtocol::Opaque => Self::Data(DataConversation::content()),
        }
    }
}

impl Conversation for Reader {
    fn read(&mut self, sender: Sender, input: &[u8], is_end: bool, watch: impl Watch) -> Option<usize> {
        match self {
            Self::Http(http) => http.read(sender, input, is_end, watch),
            Self::Ftp(ftp) => ftp.read(sender, input, is_end, watch),
            Self::Data(data) => data.read(sender, input, is_end, watch),
        }
    }
}
