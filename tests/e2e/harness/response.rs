//! HTTP responses, parsed strictly.

use std::time::UNIX_EPOCH;

use super::program::{run, tool};
use super::shown;

#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// The status line and the field lines, each with its line end.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The response at the start of `bytes` and its length; `None` while it is incomplete. `ended`: no bytes
    /// follow, so content without a length is complete.
    #[track_caller]
    pub(crate) fn parse(bytes: &[u8], method: &str, ended: bool) -> Option<(Self, usize)> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = std::str::from_utf8(&bytes[..end - 2]).expect("a head of ASCII").to_owned();
        let rest = &bytes[end..];
        let status = head.strip_prefix("HTTP/1.1 ").and_then(|line| line.get(..3)?.parse().ok());
        let status: u16 = status.unwrap_or_else(|| panic!("no status line: {}", shown(bytes)));
        let mut response = Self { status, head, body: Vec::new() };
        let has_no_content = method == "HEAD" || status < 200 || matches!(status, 204 | 304);
        let is_chunked = response.field("transfer-encoding") == Some("chunked");
        let length = response.field("content-length").map(|length| length.parse::<usize>().unwrap());
        assert!(!(is_chunked && length.is_some()), "two framings: {}", response.head);
        let used = match (has_no_content, is_chunked, length) {
            (true, ..) => 0,
            (_, true, _) => {
                let (content, used) = dechunk(rest)?;
                response.body = content;
                used
            }
            (.., Some(length)) => {
                response.body = rest.get(..length)?.to_vec();
                length
            }
            (.., None) => {
                ended.then_some(())?;
                response.body = rest.to_vec();
                rest.len()
            }
        };
        Some((response, end + used))
    }

    /// Names and values of the fields, the names in lower case.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (String, &str)> {
        self.head.split_terminator("\r\n").skip(1).map(|line| {
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no field: {line:?}"));
            (name.to_ascii_lowercase(), value.trim())
        })
    }

    /// The value of a field, which must not occur twice.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.fields().filter(|(known, _)| known == name).map(|(_, value)| value);
        let value = values.next();
        assert_eq!(values.next(), None, "{name} is repeated: {}", self.head);
        value
    }

    /// Fails unless a response that has just arrived has a Date, an IMF-fixdate of the current time (RFC 9110
    /// sections 5.6.7 and 6.6.1).
    #[track_caller]
    pub(crate) fn assert_dated(&self) {
        let said = self.field("date").unwrap_or_else(|| panic!("no Date: {}", self.head));
        let read = run(tool("date").args(["-u", "-d", said, "+%s %a, %d %b %Y %T GMT"])).text();
        let (seconds, written) = read.trim_end().split_once(' ').unwrap();
        assert_eq!(written, said, "as it is to be written");
        let now = UNIX_EPOCH.elapsed().unwrap().as_secs();
        let late = now.checked_sub(seconds.parse().unwrap());
        assert!(late.is_some_and(|late| late <= 10), "{said}, {late:?} seconds ago");
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// Decoded chunked content and its encoded length; `None` while the last chunk is missing.
fn dechunk(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut at, mut content) = (0, Vec::new());
    loop {
        let line = bytes[at..].windows(2).position(|pair| pair == b"\r\n")?;
        let digits = std::str::from_utf8(&bytes[at..at + line]).unwrap();
        let size = usize::from_str_radix(digits, 16).unwrap();
        at += line + 2;
        let chunk = bytes.get(at..at + size)?;
        assert_eq!(bytes.get(at + size..at + size + 2)?, b"\r\n", "the end of a chunk");
        content.extend_from_slice(chunk);
        at += size + 2;
        if size == 0 {
            return Some((content, at));
        }
    }
}
