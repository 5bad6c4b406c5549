//! serve: an HTTP server for the files of a folder.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Bytes.
const HEAD_LIMIT: usize = 32_768;
/// Without a byte.
const TIMEOUT: Duration = Duration::from_secs(10);

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(8080);
    let server = TcpListener::bind(("127.0.0.1", port))?;
    for client in server.incoming() {
        let client = client?;
        thread::spawn(move || serve(client));
    }
    Ok(())
}

/// Answers the requests of a connection, one after the other.
fn serve(mut client: TcpStream) -> io::Result<()> {
    client.set_read_timeout(Some(TIMEOUT))?;
    client.set_write_timeout(Some(TIMEOUT))?;
    let mut waiting = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let end = waiting.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        let Some(end) = end else {
            if waiting.len() > HEAD_LIMIT {
                return Response::new(431).send(&mut client);
            }
            let count = client.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            waiting.extend(&buffer[..count]);
            continue;
        };
        let head: Vec<u8> = waiting.drain(..end + 4).take(end).collect();
        let response = answer(&head);
        response.send(&mut client)?;
        if !response.stays_open {
            return Ok(());
        }
    }
}

struct Response {
    status: u16,
    content: Vec<u8>,
    is_head: bool,
    stays_open: bool,
}

/// The response to a request.
fn answer(head: &[u8]) -> Response {
    let text: String = head.iter().map(|byte| char::from(*byte)).collect();
    let (line, lines) = text.split_once("\r\n").unwrap_or((&text, ""));
    let (Some([method, target, version]), Some(fields)) = (words(line), fields(lines)) else {
        return Response::new(400);
    };
    let values = |name: &str| -> Vec<&str> {
        fields.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    };
    let is_current = version == "HTTP/1.1";
    if !is_current && version != "HTTP/1.0" || is_current && values("host").len() != 1 {
        return Response::new(400);
    }
    if method != "GET" && method != "HEAD" {
        return Response::new(501);
    }
    let (status, content) = read_file(target);
    let closes = values("connection").join(",").to_ascii_lowercase().contains("close");
    // Content is not read, so the connection ends before it would be taken for a request.
    let has_content = !values("content-length").is_empty() || !values("transfer-encoding").is_empty();
    let stays_open = is_current && !closes && !has_content;
    Response { status, content, is_head: method == "HEAD", stays_open }
}

fn words(line: &str) -> Option<[&str; 3]> {
    line.split(' ').collect::<Vec<_>>().try_into().ok()
}

/// Names in lower case, and values; `None` if a line is wrong.
fn fields(lines: &str) -> Option<Vec<(String, String)>> {
    let mut fields = Vec::new();
    for line in lines.split("\r\n").filter(|_| !lines.is_empty()) {
        let (name, value) = line.split_once(':')?;
        if name.is_empty() || name.trim() != name {
            return None;
        }
        fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Some(fields)
}

/// The status, and the content of the file.
fn read_file(target: &str) -> (u16, Vec<u8>) {
    let path = target.split('?').next().unwrap_or_default();
    let Some(path) = decoded(path).filter(|path| path.starts_with('/') && !path.contains('\0')) else {
        return (400, Vec::new());
    };
    let mut names = Vec::new();
    for name in path.split('/') {
        match name {
            ".." => {
                if names.pop().is_none() {
                    return (400, Vec::new());
                }
            }
            "" | "." => {}
            name => names.push(name),
        }
    }
    match fs::read(names.join("/")) {
        Ok(content) => (200, content),
        Err(_) => (404, Vec::new()),
    }
}

/// A path with its bytes in place of `%XX`.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut parts = path.split('%');
    bytes.extend(parts.next()?.bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.bytes());
    }
    String::from_utf8(bytes).ok()
}

impl Response {
    fn new(status: u16) -> Self {
        Self { status, content: Vec::new(), is_head: false, stays_open: false }
    }

    fn send(&self, client: &mut TcpStream) -> io::Result<()> {
        let reason = match self.status {
            200 => "OK",
            404 => "Not Found",
            431 => "Request Header Fields Too Large",
            501 => "Not Implemented",
            _ => "Bad Request",
        };
        let connection = if self.stays_open { "keep-alive" } else { "close" };
        let mut out = format!(
            "HTTP/1.1 {} {reason}\r\nContent-Length: {}\r\nConnection: {connection}\r\n\r\n",
            self.status,
            self.content.len()
        )
        .into_bytes();
        if !self.is_head {
            out.extend_from_slice(&self.content);
        }
        client.write_all(&out)
    }
}
