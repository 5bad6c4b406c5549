//! The fields that are sent with a file: its media type, from its name
//! ([RFC 9110 section 8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.3)), and its validators.

use std::borrow::Cow;
use std::time::SystemTime;

use common::files::Content;
use common::net::clock;
use common::users::INDEX;

use crate::wire::conditional::{EntityTag, Validators};
use crate::wire::response::{Prepared, Status};

/// The fields sent with a file, cached with its [`Content`].
#[derive(Debug)]
pub(super) struct Representation {
    pub(super) media_type: String,
    etag: String,
    modified: SystemTime,
    /// Fields sent with content (200, 206).
    whole: Prepared,
    /// Fields sent without it (304, 412, 416).
    pub(super) validators: Prepared,
}

impl Representation {
    /// `is_untrusted`: clients may have uploaded the file, so its scripts must not run with the server's origin.
    pub(super) fn new(name: &[u8], content: &Content<Self>, cache_control: &str, is_untrusted: bool) -> Self {
        let (media_type, meta) = (media_type(name).into_owned(), content.meta());
        let (etag, modified) = (meta.version.to_string(), meta.modified);
        // After a time in the future, the next change would look older than this content.
        let now = clock::now();
        let validators = Prepared::new(|head| {
            let head = head.field("Cache-Control", cache_control);
            // For a directory with an index file, Accept chooses between the file and the listing.
            let head = if name == INDEX.as_bytes() { head.field("Vary", "Accept") } else { head };
            head.last_modified(modified, now).etag(EntityTag::strong(etag.as_bytes()))
        });
        let whole = Prepared::new(|head| {
            let head = head
                .field("Content-Type", &media_type)
                .field("X-Content-Type-Options", "nosniff")
                .field("Accept-Ranges", "bytes")
                .prepared(&validators);
            match is_untrusted && is_active(&media_type) {
                true => head.field("Content-Security-Policy", "sandbox"),
                false => head,
            }
        });
        Self { media_type, etag, modified, whole, validators }
    }

    pub(super) fn fields(&self, status: Status) -> &Prepared {
        match status.0 {
            200 | 206 => &self.whole,
            _ => &self.validators,
        }
    }

    pub(super) fn current(&self) -> Validators<'_> {
        Validators { etag: EntityTag::strong(self.etag.as_bytes()), modified: Some(self.modified) }
    }
}

/// The media type by the extension of a name. Text is declared as UTF-8.
fn media_type(name: &[u8]) -> Cow<'static, str> {
    let extension = std::str::from_utf8(name).ok().and_then(|name| name.rsplit_once('.')).map(|(_, end)| end);
    let guessed = extension.and_then(|extension| mime_guess::from_ext(extension).first_raw());
    match guessed {
        None => Cow::Borrowed("application/octet-stream"),
        Some(text) if is_text(text) => Cow::Owned(format!("{text}; charset=utf-8")),
        Some(other) => Cow::Borrowed(other),
    }
}

/// Whether a browser may run scripts in content of this type.
fn is_active(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default();
    matches!(essence, "text/html" | "text/xml" | "application/xml" | "text/xsl") || essence.ends_with("+xml")
}

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/") || matches!(media_type, "application/javascript" | "application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_run_script_is_known() {
        for (name, expected) in [
            ("a.html", true),
            ("a.HTM", true),
            ("a.xhtml", true),
            ("a.svg", true),
            ("a.svgz", true),
            ("a.xml", true),
            ("a.xsl", true),
            ("a.txt", false),
            ("a.js", false),
            ("a.png", false),
            ("a", false),
        ] {
            let media_type = media_type(name.as_bytes());
            assert_eq!(is_active(&media_type), expected, "{name}: {media_type}");
        }
    }

    #[test]
    fn the_extension_tells_the_type() {
        for (name, expected) in [
            ("a.html", "text/html; charset=utf-8"),
            ("A.HTML", "text/html; charset=utf-8"),
            ("notes.txt", "text/plain; charset=utf-8"),
            ("app.js", "text/javascript; charset=utf-8"),
            ("a.b.png", "image/png"),
            ("movie.mp4", "video/mp4"),
            ("README", "application/octet-stream"),
            ("odd.", "application/octet-stream"),
            ("odd.unheard-of", "application/octet-stream"),
        ] {
            assert_eq!(media_type(name.as_bytes()), expected, "{name}");
        }
        assert_eq!(media_type(b"\xff.txt"), "application/octet-stream", "not UTF-8: nothing is guessed");
    }
}
