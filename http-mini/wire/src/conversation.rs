//! Both directions of an HTTP/1.1 connection, read with the parsers of this crate for explanations, taps and traces.
//!
//! It decides nothing and stores no content: it tracks the end of each message ([RFC 9112 section
//! 6.3](https://www.rfc-editor.org/rfc/rfc9112#section-6.3)), which for a response depends on its request.

mod content;

use std::collections::VecDeque;

use syntax::conversation::{Conversation, Sender};
use syntax::watch::Watch;

use crate::fields::{Fields, HEAD_LIMIT};
use crate::framing;
use crate::head::{self, Method};
use crate::part;
use crate::response;
use crate::rule::Violation;
use crate::value;
use content::ContentState;

/// The most requests whose responses are awaited; further responses are read as responses to GET.
pub const PIPELINE_LIMIT: usize = 1_000;

/// The most URLs of uploads that are masked: the newest ones.
const UPLOADS_LIMIT: usize = 100;

/// Reads the messages of one connection.
///
/// ```
/// use http_wire::conversation::HttpConversation;
/// use syntax::conversation::{Conversation, Sender};
/// let mut http = HttpConversation::new();
/// let request = b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET ";
/// assert_eq!(http.read(Sender::Client, request, false, ()), Some(47), "the head");
/// assert_eq!(http.read(Sender::Client, &request[47..], false, ()), Some(2), "the content");
/// assert_eq!(http.read(Sender::Client, &request[49..], false, ()), None, "the next head is incomplete");
/// ```
#[derive(Debug, Default)]
pub struct HttpConversation {
    client: State,
    server: State,
    /// Methods of the unanswered requests.
    methods: VecDeque<Method>,
    /// Paths of upload resources, which are secrets: a client that knows one can continue the upload.
    uploads: VecDeque<Vec<u8>>,
}

/// The next item from one sender.
#[derive(Debug, Default)]
enum State {
    /// A head.
    #[default]
    Head,
    /// The content of a message.
    Content(Box<ContentState>),
    /// Bytes that are not HTTP, after CONNECT or 101.
    Tunnel,
}

impl HttpConversation {
    /// A new connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&mut self, sender: Sender) -> &mut State {
        match sender {
            Sender::Client => &mut self.client,
            Sender::Server => &mut self.server,
        }
    }

    /// Reads a head and returns its length. `Ok(None)`: it is incomplete.
    fn head(&mut self, sender: Sender, input: &[u8], watch: impl Watch) -> Result<Option<usize>, Violation> {
        match sender {
            Sender::Client => {
                let Some((head, used)) = head::parse_with(input, watch)? else { return Ok(None) };
                watch_values(head.section(), input, watch);
                self.request(&head, input, watch);
                Ok(Some(used))
            }
            Sender::Server => {
                let Some((head, used)) = response::parse_with(input, watch)? else { return Ok(None) };
                watch_values(head.fields(), input, watch);
                self.response(&head, input, watch);
                Ok(Some(used))
            }
        }
    }

    fn request(&mut self, head: &head::RequestHead, input: &[u8], watch: impl Watch) {
        if self.methods.len() < PIPELINE_LIMIT {
            self.methods.push_back(head.method());
        }
        if self.uploads.iter().any(|path| path == head.target().path()) {
            watch.part(&part::UPLOAD_URL, head.target_parts().raw.of(input));
        }
        let framing =
            framing::of_request(head).or_else(|violation| lenient(violation, head.section(), input, watch));
        self.client = State::after_head(framing, head.section());
    }

    fn response(&mut self, head: &response::ResponseHead, input: &[u8], watch: impl Watch) {
        let is_interim = (100..200).contains(&head.status().0) && head.status().0 != 101;
        let method = match is_interim {
            true => self.methods.front().copied(),
            false => self.methods.pop_front(),
        };
        let method = method.unwrap_or(Method::Get);
        self.learn_upload(head.fields(), input, watch);
        if head.status().0 == 101 || (method == Method::Connect && (200..300).contains(&head.status().0)) {
            (self.client, self.server) = (State::Tunnel, State::Tunnel);
            return;
        }
        let framing = framing::of_response(head, method)
            .or_else(|violation| lenient(violation, head.fields(), input, watch));
        if framing == Ok(framing::Framing::None)
            && let Err(violation) = framing::check_unused_length(head.fields())
        {
            let _ = crate::scan::tolerate(input, violation, watch);
        }
        self.server = State::after_head(framing, head.fields());
    }

    /// Records the Location of an upload resource.
    fn learn_upload(&mut self, fields: &Fields, input: &[u8], watch: impl Watch) {
        let is_upload = fields
            .field_lines()
            .any(|(name, _)| name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"upload-")));
        let Some(location) = fields.field_span("location").filter(|_| is_upload) else { return };
        let url = location.of(input);
        watch.part(&part::UPLOAD_URL, url);
        let after_host = crate::host::behind_scheme(url).map(|(rest, _)| rest);
        let path = after_host.map_or(url, |rest| {
            rest.get(memchr::memchr(b'/', rest).unwrap_or(rest.len())..).unwrap_or_default()
        });
        let path = path.split(|&byte| byte == b'?').next().unwrap_or_default();
        self.uploads.truncate(UPLOADS_LIMIT - 1);
        self.uploads.push_front(path.to_vec());
    }
}

impl State {
    fn after_head(framing: Result<framing::Framing, Violation>, fields: &Fields) -> Self {
        match framing.ok().and_then(|framing| ContentState::new(framing, fields)) {
            Some(content) => Self::Content(Box::new(content)),
            None => Self::Head,
        }
    }
}

/// The framing that a lenient parser assumes after this violation.
fn lenient(
    violation: Violation,
    fields: &Fields,
    input: &[u8],
    watch: impl Watch,
) -> Result<framing::Framing, Violation> {
    crate::scan::tolerate(input, violation, watch)?;
    framing::lenient(fields, watch.reading()).ok_or(violation)
}

impl Conversation for HttpConversation {
    fn read(&mut self, sender: Sender, input: &[u8], is_end: bool, watch: impl Watch) -> Option<usize> {
        if input.is_empty() {
            return None;
        }
        match self.state(sender) {
            State::Head => match self.head(sender, input, watch) {
                Ok(Some(used)) => Some(used),
                Ok(None) => is_end.then(|| guess_values(input, watch)),
                Err(violation) => {
                    let _ = crate::scan::tolerate(input, violation, watch);
                    unreadable_head(input, is_end)
                        .map(|length| guess_values(input.get(..length).unwrap_or(input), watch))
                }
            },
            State::Content(content) => {
                let (used, is_whole) = content.read(input, is_end, watch)?;
                if is_whole {
                    *self.state(sender) = State::Head;
                }
                Some(used)
            }
            State::Tunnel => {
                watch.part(&part::TUNNEL, input);
                Some(input.len())
            }
        }
    }
}

fn watch_values(fields: &Fields, input: &[u8], watch: impl Watch) {
    for (name, value) in fields.field_spans() {
        value::watch_field(name.of(input), value.of(input), watch);
    }
}

/// Reports text that looks like a field in a malformed or incomplete head, so that its secrets are masked.
/// Returns its length.
fn guess_values(head: &[u8], watch: impl Watch) -> usize {
    for line in head.split(|&byte| byte == b'\n') {
        if let Some(colon) = memchr::memchr(b':', line) {
            let (name, value) = line.split_at(colon);
            value::watch_field(name, value.get(1..).unwrap_or_default(), watch);
        }
    }
    head.len()
}

/// Skips a head that cannot be read, up to its empty line, after which the next message may start.
fn unreadable_head(input: &[u8], is_end: bool) -> Option<usize> {
    let ends = [&b"\r\n\r\n"[..], b"\n\n"];
    let end = ends.iter().filter_map(|end| Some(memchr::memmem::find(input, end)? + end.len())).min();
    end.or_else(|| (is_end || input.len() >= HEAD_LIMIT).then_some(input.len()))
}

#[cfg(test)]
mod planted;
#[cfg(test)]
mod tests;
