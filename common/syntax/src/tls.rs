//! TLS records, as far as they are readable without keys: headers, and the types of unencrypted handshake
//! messages.
//!
//! This module decrypts nothing and checks no handshake. [RFC 8446](https://www.rfc-editor.org/rfc/rfc8446)
//! sections 4 and 5.1, RFC 5246 section 6.2.

use crate::watch::{Part, Watch};

/// A record with its header.
pub static RECORD: Part = Part::new("tls-record", "RFC 8446 section 5.1");
/// Type, version and length.
pub static HEADER: Part = Part::new("record-header", "RFC 8446 section 5.1");
/// The content type of the fragment.
pub static TYPE: Part = Part::new("type", "RFC 8446 section 5.1");
/// The version, which is that of TLS 1.2 in TLS 1.3 too.
pub static VERSION: Part = Part::new("legacy_record_version", "RFC 8446 section 5.1");
/// The length of what follows.
pub static LENGTH: Part = Part::new("length", "RFC 8446 section 5.1");
/// The content, encrypted or not.
pub static FRAGMENT: Part = Part::new("fragment", "RFC 8446 section 5.1");
/// An unencrypted handshake message.
pub static HANDSHAKE: Part = Part::new("handshake", "RFC 8446 section 4");
/// The type of a handshake message.
pub static MESSAGE_TYPE: Part = Part::new("msg_type", "RFC 8446 section 4");
/// An unencrypted alert.
pub static ALERT: Part = Part::new("alert", "RFC 8446 section 6");

/// The length of a header, in bytes.
pub const HEADER_LENGTH: usize = 5;

/// The longest fragment: 2^14 bytes, and 2,048 for encryption (RFC 5246 section 6.2.3).
const MAX_FRAGMENT: usize = (1 << 14) + 2048;

/// Whether `input`, which may be incomplete, can be the start of a record.
///
/// ```text
/// type = 20 ... 24    version = 3, 0 ... 4    length = at most 18,432        16 03 01 02 00
/// ```
#[must_use]
pub fn begins_record(input: &[u8]) -> bool {
    let is = |at: usize, fits: fn(u8) -> bool| input.get(at).is_none_or(|byte| fits(*byte));
    let length = input.first_chunk().map_or(0, length_of);
    is(0, |kind| (20..=24).contains(&kind))
        && is(1, |major| major == 3)
        && is(2, |minor| minor <= 4)
        && length <= MAX_FRAGMENT
}

/// Reads the record at the start of `input` and returns its length. `None`: it is incomplete, or not a record
/// ([`begins_record`]).
pub fn record(input: &[u8], watch: impl Watch) -> Option<usize> {
    let header: &[u8; HEADER_LENGTH] = input.first_chunk().filter(|_| begins_record(input))?;
    let used = HEADER_LENGTH + length_of(header);
    let (record, fragment) = (input.get(..used)?, input.get(HEADER_LENGTH..used)?);
    let [kind, _, minor, ..] = *header;
    watch.value(&TYPE, record.get(..1)?, format_args!("{}", content_name(kind)));
    let version = ["SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"].get(usize::from(minor))?;
    watch.value(&VERSION, record.get(1..3)?, format_args!("{version}"));
    watch.value(&LENGTH, record.get(3..HEADER_LENGTH)?, format_args!("{}", fragment.len()));
    watch.part(&HEADER, record.get(..HEADER_LENGTH)?);
    match (kind, fragment) {
        (21, &[_, alert]) => watch.value(&ALERT, fragment, format_args!("{}", alert_name(alert))),
        // Encrypted messages of TLS 1.2 have this type too, but do not fill the fragment exactly.
        (22, _) if messages(fragment, ()).is_some() => drop(messages(fragment, watch)),
        _ => {}
    }
    watch.part(&FRAGMENT, fragment);
    watch.part(&RECORD, record);
    Some(used)
}

/// Reads handshake messages that fill a fragment.
///
/// ```text
/// message = msg_type, length (3 bytes), body         01 00 01 FC ...
/// ```
fn messages(fragment: &[u8], watch: impl Watch) -> Option<()> {
    let mut rest = fragment;
    while let Some((&[kind, a, b, c], _)) = rest.split_first_chunk() {
        let length = u32::from_be_bytes([0, a, b, c]);
        let (message, after) = rest.split_at_checked(usize::try_from(length).ok()?.checked_add(4)?)?;
        let name = message_name(kind)?;
        watch.value(&MESSAGE_TYPE, message.get(..1)?, format_args!("{name}"));
        watch.value(&HANDSHAKE, message, format_args!("{length} bytes"));
        rest = after;
    }
    rest.is_empty().then_some(())
}

fn length_of(&[_, _, _, high, low]: &[u8; HEADER_LENGTH]) -> usize {
    usize::from(u16::from_be_bytes([high, low]))
}

fn content_name(kind: u8) -> &'static str {
    match kind {
        20 => "change_cipher_spec",
        21 => "alert",
        22 => "handshake",
        23 => "application_data",
        _ => "heartbeat",
    }
}

/// The names of common alerts: about versions, names and certificates.
fn alert_name(alert: u8) -> &'static str {
    match alert {
        0 => "close_notify",
        40 => "handshake_failure",
        42 => "bad_certificate",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        48 => "unknown_ca",
        70 => "protocol_version",
        112 => "unrecognized_name",
        116 => "certificate_required",
        _ => "another alert",
    }
}

fn message_name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        1 => "client_hello",
        2 => "server_hello",
        4 => "new_session_ticket",
        8 => "encrypted_extensions",
        11 => "certificate",
        12 => "server_key_exchange",
        13 => "certificate_request",
        14 => "server_hello_done",
        15 => "certificate_verify",
        16 => "client_key_exchange",
        20 => "finished",
        22 => "certificate_status",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Node, Recorder};

    fn shown(nodes: &[Node]) -> String {
        let one = |node: &Node| {
            let value = node.value.as_deref().map_or(String::new(), |value| format!("={value}"));
            let inside = shown(&node.children);
            format!(
                "{}{:?}{value}{}",
                node.part.name,
                node.span,
                if inside.is_empty() { inside } else { format!("({inside})") }
            )
        };
        nodes.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn records_are_read_without_keys() {
        let header = |kind, length| {
            format!(
                "record-header0..5(type0..1={kind} legacy_record_version1..3=TLS 1.2 length3..5={length})"
            )
        };
        for (input, expected, why) in [
            (
                &b"\x16\x03\x03\0\x06\x01\0\0\x02ab"[..],
                format!(
                    "tls-record0..11({} fragment5..11(handshake5..11=2 bytes(msg_type5..6=client_hello)))",
                    header("handshake", 6)
                ),
                "an unencrypted message",
            ),
            (
                b"\x16\x03\x03\0\x04\x07\x42\x13\x99",
                format!("tls-record0..9({} fragment5..9)", header("handshake", 4)),
                "an encrypted message of TLS 1.2",
            ),
            (
                b"\x17\x03\x03\0\x01z",
                format!("tls-record0..6({} fragment5..6)", header("application_data", 1)),
                "encrypted data",
            ),
            (
                b"\x15\x03\x03\0\x02\x02\x28",
                format!("tls-record0..7({} fragment5..7(alert5..7=handshake_failure))", header("alert", 2)),
                "an unencrypted alert",
            ),
        ] {
            let recorder = Recorder::new(input);
            assert_eq!(record(input, &recorder), Some(input.len()), "{why}");
            assert_eq!(shown(&recorder.finish().0), expected, "{why}");
            for cut in 0..input.len() {
                assert!(begins_record(&input[..cut]) && record(&input[..cut], ()).is_none(), "{why}: {cut}");
            }
        }
        for input in [&b"USER me"[..], b"\x16\x02", b"\x16\x03\x05", b"\x16\x03\x03\xFF\xFF"] {
            assert!(!begins_record(input) && record(input, ()).is_none(), "{}", input.escape_ascii());
        }
    }
}
