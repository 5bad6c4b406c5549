//! The first response on a connection is read and compared completely. The later ones must have the same
//! length and status.

use std::io::{Read, Write};

use anyhow::{Context, Result, bail, ensure};

use crate::tree::Content;

/// Content is checked in pieces of this size.
const PIECE: u64 = 1 << 20;
const LONGEST_HEAD: usize = 8 * 1024;

/// The correct response: `length` bytes of `content` from `offset`.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) status: u16,
    pub(crate) content: &'a Content,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

pub(crate) struct Answer {
    head: String,
    /// Bytes of head and body on the wire.
    pub(crate) wire_length: usize,
}

impl Answer {
    /// The value of a field, `"5f-1"` for `ETag: "5f-1"`.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// Sends one request and checks its answer.
pub(crate) fn exchange(
    stream: &mut (impl Read + Write),
    request: &[u8],
    expected: &Expected,
) -> Result<Answer> {
    stream.write_all(request)?;
    read_answer(stream, expected)
}

/// Checks the response to a request that has been sent.
pub(crate) fn read_answer(stream: &mut impl Read, expected: &Expected) -> Result<Answer> {
    let (head, mut body) = read_head(stream)?;
    let status = format!("HTTP/1.1 {} ", expected.status);
    ensure!(head.starts_with(&status), "expected {status}but got {:?}", head.lines().next());
    let length = expected.length;
    let mut received = 0;
    loop {
        expected.content.check(expected.offset + received, &body)?;
        received += body.len() as u64;
        let missing = length.checked_sub(received).context("more content than expected")?;
        body.clear();
        if missing == 0 || stream.by_ref().take(missing.min(PIECE)).read_to_end(&mut body)? == 0 {
            break;
        }
    }
    ensure!(received == length, "{received} bytes of content, expected {length}");
    let answer = Answer { wire_length: head.len() + usize::try_from(length)?, head };
    if length > 0 {
        let announced = answer.field("content-length");
        ensure!(announced == Some(&length.to_string()), "Content-Length is {announced:?}, not {length}");
    }
    Ok(answer)
}

/// The head with its empty line, and the first bytes of the body.
fn read_head(stream: &mut impl Read) -> Result<(String, Vec<u8>)> {
    let mut input = Vec::new();
    let mut part = [0; 4096];
    while input.len() < LONGEST_HEAD {
        let length = stream.read(&mut part)?;
        ensure!(length > 0, "the server closed the connection");
        input.extend(part.iter().take(length));
        if let Some(end) = input.windows(4).position(|window| window == b"\r\n\r\n") {
            let body = input.split_off(end + 4);
            return Ok((String::from_utf8(input)?, body));
        }
    }
    bail!("no end of the head in {LONGEST_HEAD} bytes")
}
