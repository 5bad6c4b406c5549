//! The protocol of a connection: detected from its first byte, or given by `--as`.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use syntax::conversation::Sender;

/// Selects the parsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum TapProtocol {
    Http,
    Ftp,
    /// TLS records only, because their content is encrypted.
    #[value(skip)]
    Tls,
    /// An FTP data connection.
    #[value(skip)]
    Data,
}

impl TapProtocol {
    /// Detects the protocol by the first byte of a connection. A TLS record of a handshake begins with 0x16
    /// ([RFC 8446](https://www.rfc-editor.org/rfc/rfc8446) section 5.1), an FTP server's greeting with a digit (RFC 959
    /// section 5.4).
    pub(super) fn detect(asked: Option<Self>, sender: Sender, first: u8) -> Self {
        match (asked, sender, first) {
            (_, Sender::Client, 0x16) => Self::Tls,
            (Some(asked), ..) => asked,
            (None, Sender::Server, b'0'..=b'9') => Self::Ftp,
            (None, ..) => Self::Http,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_decides() {
        use Sender::{Client, Server};
        for (asked, sender, first, expected, why) in [
            (None, Server, b'2', TapProtocol::Ftp, "a greeting"),
            (None, Client, b'G', TapProtocol::Http, "a request"),
            (None, Client, b'2', TapProtocol::Http, "only a server greets"),
            (None, Server, b'H', TapProtocol::Http, "a response without a request"),
            (None, Client, 0x16, TapProtocol::Tls, "a handshake"),
            (Some(TapProtocol::Http), Client, 0x16, TapProtocol::Tls, "HTTPS"),
            (Some(TapProtocol::Http), Server, b'2', TapProtocol::Http, "given"),
            (Some(TapProtocol::Ftp), Client, b'N', TapProtocol::Ftp, "given"),
            (Some(TapProtocol::Data), Server, b'2', TapProtocol::Data, "given"),
        ] {
            assert_eq!(TapProtocol::detect(asked, sender, first), expected, "{why}");
        }
    }
}
