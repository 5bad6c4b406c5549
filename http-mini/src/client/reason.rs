//! The reason of a refusal, if its content states it: the first line of a text, or the sentence of our own
//! server's error page. Other pages are not searched.

use std::time::Duration;

use common::escape::printable;

use crate::wire::list;
use crate::wire::response::{ResponseHead, Status};

/// Bytes of the content that are read for it (8 KiB).
pub(super) const READ: usize = 8 << 10;
/// How long its content may take.
pub(super) const WAIT: Duration = Duration::from_secs(2);
/// Characters that are shown.
const SHOWN: usize = 200;

/// A content that may state a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReasonForm {
    Text,
    Page,
}

impl ReasonForm {
    /// The form of a refusal's content, if it may state a reason.
    pub(super) fn of(head: &ResponseHead) -> Option<Self> {
        let kind = list::split(head.fields().only_field("content-type")?, b';').next()?;
        match kind {
            _ if head.status().0 < 400 => None,
            _ if kind.eq_ignore_ascii_case(b"text/plain") => Some(Self::Text),
            _ if kind.eq_ignore_ascii_case(b"text/html") => Some(Self::Page),
            _ => None,
        }
    }

    /// The reason at the start of a content, without control characters and the status.
    pub(super) fn reason(self, content: &[u8], status: Status) -> Option<String> {
        let text = match self {
            Self::Text => {
                let mut lines = content.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
                String::from_utf8_lossy(lines.find(|line| !line.is_empty())?).into_owned()
            }
            Self::Page => of_page(&String::from_utf8_lossy(content), status)?,
        };
        let text = text.strip_prefix(&*format!("{status}: ")).unwrap_or(&text);
        let text = text.trim().trim_end_matches('.');
        let mut reason: String = printable(text.as_bytes()).chars().take(SHOWN).collect();
        if text.chars().nth(SHOWN).is_some() {
            reason.push_str("...");
        }
        (!reason.is_empty() && reason != status.to_string()).then_some(reason)
    }
}

/// ```text
/// <h1>404 Not Found</h1><p><code>/x</code> was not found</p>
/// ```
fn of_page(page: &str, status: Status) -> Option<String> {
    let (_, below) = page.split_once(&*format!("<h1>{status}</h1><p>"))?;
    let (marked, _) = below.split_once("</p>")?;
    let mut text = String::new();
    for (at, piece) in marked.split('<').enumerate() {
        let shown = if at == 0 { piece } else { piece.split_once('>').map_or("", |(_, shown)| shown) };
        text.push_str(shown);
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    Some(entities.iter().fold(text, |text, (entity, letter)| text.replace(entity, letter)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_line_without_controls() {
        use ReasonForm::{Page, Text};
        let long = "x".repeat(300);
        let cut = format!("{}...", "x".repeat(200));
        for (form, content, expected, why) in [
            (
                Text,
                "a directory of this name exists\nmore",
                Some("a directory of this name exists"),
                "a line",
            ),
            (Text, "409 Conflict: /x exists", Some("/x exists"), "as our server states it"),
            (
                Text,
                "\r\n\r\n  The quota is used up. \r\n",
                Some("The quota is used up"),
                "blank lines before it",
            ),
            (Text, "a\x1b[2Jb", Some("a\u{fffd}[2Jb"), "a control character"),
            (Text, "409 Conflict", None, "the status again"),
            (Text, "409 Conflict.", None, "with a full stop"),
            (Text, "", None, "nothing"),
            (Text, &long, Some(&*cut), "a long line"),
            (
                Page,
                "<main><h1>409 Conflict</h1><p><code>/a&amp;b</code> exists</p><p>Home</p>",
                Some("/a&b exists"),
                "our page",
            ),
            (Page, "<h1>Conflict</h1><p>no</p>", None, "another page"),
            (Page, "<h1>409 Conflict</h1><p>cut", None, "a page that is cut"),
        ] {
            assert_eq!(form.reason(content.as_bytes(), Status(409)).as_deref(), expected, "{why}");
        }
    }
}
