//! The output of `curl --trace FILE` and `--trace-ascii FILE`: both directions, in order, and for FTP the
//! data connections beside the control connection.
//!
//! `--trace-ascii` replaces unprintable bytes by `.`, except CR LF at the end of a row, which the offset of
//! the next row reveals.

use syntax::conversation::Sender;

use super::super::connection::{Connection, ControlReference};
use super::super::kind::ExplainedProtocol;
use super::{Unreadable, data};

/// The columns of the bytes of a row of `--trace`: 16, each of two digits and a space.
const COLUMNS: usize = 48;

/// A block: a head line, and rows of an offset and bytes.
struct Block<'a> {
    sender: Sender,
    is_data: bool,
    size: usize,
    rows: Vec<(usize, &'a str)>,
}

/// Parses a trace. `None`: the text is not one.
pub(super) fn read(text: &[u8]) -> Option<Result<Vec<Connection>, Unreadable>> {
    let first = text.split(|&byte| byte == b'\n').find(|line| !line.is_empty())?;
    let first = std::str::from_utf8(first).ok()?;
    let is_trace = first.contains("== Info: ") || head(first).is_some();
    is_trace.then(|| connections(&String::from_utf8_lossy(text)))
}

/// `=> Send header, 83 bytes (0x53)`, perhaps behind a time and an id.
fn head(line: &str) -> Option<(Sender, &str, usize)> {
    let (sender, rest) = match (line.split_once("=> Send "), line.split_once("<= Recv ")) {
        (Some((_, rest)), _) => (Sender::Client, rest),
        (_, Some((_, rest))) => (Sender::Server, rest),
        _ => return None,
    };
    let (what, size) = rest.split_once(", ")?;
    Some((sender, what, size.split(' ').next()?.parse().ok()?))
}

fn connections(text: &str) -> Result<Vec<Connection>, Unreadable> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut is_shown = false;
    for line in text.lines() {
        if let Some((sender, what, size)) = head(line) {
            // Bytes of TLS are not bytes of the protocol.
            is_shown = matches!(what, "header" | "data");
            if is_shown {
                blocks.push(Block { sender, is_data: what == "data", size, rows: Vec::new() });
            }
        } else if is_shown && let Some((offset, rest)) = line.split_once(':') {
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            if let (Ok(offset), Some(block)) = (usize::from_str_radix(offset, 16), blocks.last_mut()) {
                block.rows.push((offset, rest));
            }
        }
    }
    let is_hex = blocks.iter().filter(|block| block.size > 0).all(|block| hex(block).is_some());
    let (mut main, mut transfers): (_, Vec<Connection>) = (Connection::default(), Vec::new());
    let mut is_ftp = false;
    let mut was_data = false;
    for block in &blocks {
        let bytes = if is_hex { hex(block) } else { Some(plain(block)) };
        let bytes = bytes.filter(|bytes| bytes.len() == block.size);
        let bytes = bytes.ok_or_else(|| Unreadable("a block of the trace has a wrong size".into()))?;
        is_ftp |= main.server.is_empty()
            && !block.is_data
            && block.sender == Sender::Server
            && bytes.starts_with(b"2");
        match block.is_data && is_ftp {
            true if was_data => transfers.last_mut().map_or((), |data| data.push(block.sender, &bytes)),
            true => {
                let command = data::last_transfer(&main.client);
                let protocol = Some(data::protocol(&command));
                let control = Some(ControlReference { connection: 0, command });
                let mut connection = Connection { protocol, control, ..Connection::default() };
                connection.push(block.sender, &bytes);
                transfers.push(connection);
            }
            false => main.push(block.sender, &bytes),
        }
        was_data = block.is_data;
    }
    main.protocol = Some(if is_ftp { ExplainedProtocol::Ftp } else { ExplainedProtocol::Http });
    Ok(std::iter::once(main).chain(transfers).collect())
}

/// The bytes of a block of `--trace`; `None`: it is one of `--trace-ascii`.
fn hex(block: &Block<'_>) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(block.size);
    for (_, row) in &block.rows {
        let pairs = row.get(..COLUMNS).unwrap_or(row).split_ascii_whitespace();
        for pair in pairs.take(block.size - bytes.len().min(block.size)).take(COLUMNS / 3) {
            bytes.push(u8::from_str_radix(pair, 16).ok().filter(|_| pair.len() == 2)?);
        }
    }
    (bytes.len() == block.size).then_some(bytes)
}

/// The bytes of a block of `--trace-ascii`.
fn plain(block: &Block<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(block.size.min(1 << 20));
    let ends = block.rows.iter().skip(1).map(|(offset, _)| *offset).chain([block.size]);
    for ((_, row), end) in block.rows.iter().zip(ends) {
        bytes.extend_from_slice(row.as_bytes());
        if bytes.len() + 2 == end {
            bytes.extend_from_slice(b"\r\n");
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(text: &str) -> Vec<(String, String)> {
        let connections = read(text.as_bytes()).unwrap().unwrap();
        let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
        connections.iter().map(|connection| (text(&connection.client), text(&connection.server))).collect()
    }

    #[test]
    fn both_forms_show_the_same_bytes() {
        let expected =
            vec![(r"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), r"HTTP/1.1 200 OK\r\n\r\nhi".to_owned())];
        let hex = "== Info: Connected to a\n=> Send header, 27 bytes (0x1b)\n\
            0000: 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a GET / HTTP/1.1..\n\
            0010: 48 6f 73 74 3a 20 61 0d 0a 0d 0a                Host: a....\n\
            <= Recv header, 17 bytes (0x11)\n\
            0000: 48 54 54 50 2f 31 2e 31 20 32 30 30 20 4f 4b 0d HTTP/1.1 200 OK.\n\
            0010: 0a                                              .\n\
            <= Recv header, 2 bytes (0x2)\n0000: 0d 0a                                           ..\n\
            <= Recv data, 2 bytes (0x2)\n0000: 68 69                                           hi\n";
        assert_eq!(sides(hex), expected, "--trace");
        let plain = "11:22:33.444 [0-0] => Send header, 27 bytes (0x1b)\n0000: GET / HTTP/1.1\n0010: Host: a\n0019: \n\
            == Info: Request completely sent off\n<= Recv header, 17 bytes (0x11)\n0000: HTTP/1.1 200 OK\n\
            <= Recv SSL data, 5 bytes (0x5)\n0000: .....\n\
            <= Recv header, 2 bytes (0x2)\n0000: \n<= Recv data, 2 bytes (0x2)\n0000: hi\n";
        assert_eq!(sides(plain), expected, "--trace-ascii, with times and without bytes of TLS");
    }

    #[test]
    fn data_of_ftp_is_a_connection_of_its_own() {
        let text = "<= Recv header, 5 bytes (0x5)\n0000: 220\n=> Send header, 6 bytes (0x6)\n0000: LIST\n\
            <= Recv data, 10 bytes (0xa)\n0000: total 12\n<= Recv header, 5 bytes (0x5)\n0000: 226\n";
        let connections = read(text.as_bytes()).unwrap().unwrap();
        assert_eq!(connections.len(), 2);
        assert_eq!(connections[0].server, b"220\r\n226\r\n");
        assert_eq!(connections[1].server, b"total 12\r\n");
        assert_eq!(connections[1].control, Some(ControlReference { connection: 0, command: "LIST".into() }));
        assert_eq!(connections[1].protocol, Some(ExplainedProtocol::List));
    }

    #[test]
    fn other_text_is_no_trace_and_a_damaged_one_is_refused() {
        assert!(read(b"GET / HTTP/1.1\r\n").is_none());
        assert!(read(b"<= Recv header, 9 bytes (0x9)\n0000: HTTP\n").unwrap().is_err());
    }
}
