//! The notes of the tap, in English and Indonesian.

use common::escape::Escaped;
use syntax::conversation::Sender;
use syntax::rule::Language;

use super::protocol::TapProtocol;
use super::queue::{Break, Opening};

/// A note of the tap in addition to the bytes of the peers.
pub(super) enum Note<'a> {
    Opened(&'a Opening),
    Detected(TapProtocol),
    /// Bytes that were counted and not shown.
    Skipped(u64),
    /// More units like the last one, and their bytes.
    More(&'static str, u64, u64),
    Rewritten(&'a [u8]),
    /// The port of a data connection.
    Announced(u16),
    Ended,
    Broken(&'a Break),
    Closed,
}

impl Note<'_> {
    pub(super) fn text(&self, language: Language) -> String {
        match language {
            Language::English => self.english(),
            Language::Indonesian => self.indonesian(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Opened(Opening { client, server, protocol: Some(TapProtocol::Data) }) => {
                format!("data connection of {client} and {server}")
            }
            Self::Opened(Opening { client, server, .. }) => format!("connection from {client} to {server}"),
            Self::Detected(protocol) => format!("explained as {}", protocol_name(*protocol)),
            Self::Skipped(bytes) => format!("{bytes} bytes forwarded and not shown"),
            Self::More(field, units, bytes) => format!("{bytes} more bytes of {field} in {units} pieces"),
            Self::Rewritten(line) => format!("rewritten by the tap, forwarded: {}", one_line(line)),
            Self::Announced(port) => format!("data connection to port {port}"),
            Self::Ended => "ends its side".into(),
            Self::Broken(Break::Reset(Sender::Client)) => "reset by the client".into(),
            Self::Broken(Break::Reset(Sender::Server)) => "reset by the server".into(),
            Self::Broken(Break::Cut) => "cut by --cut-after".into(),
            Self::Broken(Break::Unreached(why)) => format!("cannot connect: {why}"),
            Self::Closed => "closed".into(),
        }
    }

    fn indonesian(&self) -> String {
        match self {
            Self::Opened(Opening { client, server, protocol: Some(TapProtocol::Data) }) => {
                format!("koneksi data antara {client} dan {server}")
            }
            Self::Opened(Opening { client, server, .. }) => format!("koneksi dari {client} ke {server}"),
            Self::Detected(protocol) => format!("dijelaskan sebagai {}", protocol_name(*protocol)),
            Self::Skipped(bytes) => format!("{bytes} bait diteruskan dan tidak ditampilkan"),
            Self::More(field, units, bytes) => format!("{bytes} bait {field} lagi dalam {units} potongan"),
            Self::Rewritten(line) => format!("ditulis ulang oleh tap, diteruskan: {}", one_line(line)),
            Self::Announced(port) => format!("koneksi data ke port {port}"),
            Self::Ended => "mengakhiri sisinya".into(),
            Self::Broken(Break::Reset(Sender::Client)) => "di-reset oleh klien".into(),
            Self::Broken(Break::Reset(Sender::Server)) => "di-reset oleh server".into(),
            Self::Broken(Break::Cut) => "dipotong oleh --cut-after".into(),
            Self::Broken(Break::Unreached(why)) => format!("tidak dapat terhubung: {why}"),
            Self::Closed => "ditutup".into(),
        }
    }
}

fn one_line(line: &[u8]) -> Escaped<'_> {
    Escaped(line.strip_suffix(b"\r\n").unwrap_or(line))
}

fn protocol_name(protocol: TapProtocol) -> &'static str {
    match protocol {
        TapProtocol::Http => "HTTP",
        TapProtocol::Ftp => "FTP",
        TapProtocol::Tls => "TLS",
        TapProtocol::Data => "FTP data",
    }
}
