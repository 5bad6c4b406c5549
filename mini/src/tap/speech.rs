//! The parsers of a connection, selected by its protocol. This module has no parser of its own.

use ftp_wire::conversation::{DataConversation, DataHint, DataKind, FtpConversation};
use http_wire::conversation::HttpConversation;
use syntax::conversation::{Conversation, Sender};
use syntax::tls;
use syntax::watch::Watch;

use super::protocol::TapProtocol;

/// The state of one connection's conversation.
pub(super) enum Speech {
    Http(Box<HttpConversation>),
    Ftp(Box<FtpConversation>),
    Data(DataConversation),
    Tls,
}

impl Speech {
    /// `kind` is the content of an FTP data connection.
    pub(super) fn new(protocol: TapProtocol, kind: DataKind) -> Self {
        match protocol {
            TapProtocol::Http => Self::Http(Box::default()),
            TapProtocol::Ftp => Self::Ftp(Box::default()),
            TapProtocol::Data => Self::Data(DataConversation::new(kind)),
            TapProtocol::Tls => Self::Tls,
        }
    }

    /// Drops the state of the parsers.
    pub(super) fn restart(&mut self) {
        match self {
            Self::Http(http) => **http = HttpConversation::new(),
            Self::Ftp(ftp) => **ftp = FtpConversation::new(),
            Self::Data(_) | Self::Tls => {}
        }
    }

    /// The next data connection of this control connection.
    pub(super) fn take_data(&mut self) -> Option<DataHint> {
        match self {
            Self::Ftp(ftp) => ftp.take_data(),
            _ => None,
        }
    }

    /// The port of the data connection that the last unit announces.
    pub(super) fn take_port(&mut self) -> Option<u16> {
        match self {
            Self::Ftp(ftp) => ftp.take_announced().map(|announced| announced.port),
            _ => None,
        }
    }

    /// Whether reading can restart at these bytes after some are missing.
    pub(super) fn can_begin(&self, sender: Sender, bytes: &[u8]) -> bool {
        let word = bytes.split(|&byte| byte == b' ').next().unwrap_or_default();
        match (self, sender) {
            (Self::Http(_), Sender::Server) => word.starts_with(b"HTTP/1."),
            (Self::Http(_), Sender::Client) => word.len() < 20 && word.iter().all(u8::is_ascii_uppercase),
            (Self::Ftp(_), Sender::Server) => word.len() == 3 && word.iter().all(u8::is_ascii_digit),
            (Self::Ftp(_), Sender::Client) => word.len() < 8 && word.iter().all(u8::is_ascii_graphic),
            (Self::Data(_), _) => true,
            (Self::Tls, _) => bytes.len() >= tls::HEADER_LENGTH && tls::begins_record(bytes),
        }
    }
}

impl Conversation for Speech {
    fn read(&mut self, sender: Sender, input: &[u8], is_end: bool, watch: impl Watch) -> Option<usize> {
        match self {
            Self::Http(http) => http.read(sender, input, is_end, watch),
            Self::Ftp(ftp) => ftp.read(sender, input, is_end, watch),
            Self::Data(data) => data.read(sender, input, is_end, watch),
            Self::Tls if tls::begins_record(input) => tls::record(input, watch),
            Self::Tls => Some(input.len()),
        }
    }
}
