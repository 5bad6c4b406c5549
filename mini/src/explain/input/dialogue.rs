//! A dialogue in the notation of RFCs: each line starts with `C: ` or `S: `, and ends with CR LF on the wire.

use syntax::conversation::Sender;

use super::super::connection::Connection;

/// Parses a dialogue. `None`: the text is not one.
///
/// ```text
/// S: 220 ready
/// C: USER ada
/// ```
pub(super) fn read(text: &[u8]) -> Option<Connection> {
    let mut connection = Connection::default();
    for line in text.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (sender, rest) = match line {
            [] => continue,
            [b'C', b':', rest @ ..] => (Sender::Client, rest),
            [b'S', b':', rest @ ..] => (Sender::Server, rest),
            _ => return None,
        };
        connection.push(sender, &[rest.strip_prefix(b" ").unwrap_or(rest), b"\r\n"].concat());
    }
    (!connection.arrivals.is_empty()).then_some(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_sender() {
        let connection = read(b"S: 220 ready\nC: USER ada\r\n\nS: 331 \nC:\n").unwrap();
        assert_eq!(connection.server, b"220 ready\r\n331 \r\n");
        assert_eq!(connection.client, b"USER ada\r\n\r\n");
        assert!(read(b"S: 220 ready\nUSER ada\n").is_none(), "a line without sender");
        assert!(read(b"\n").is_none(), "no line");
    }
}
