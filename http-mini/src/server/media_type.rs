//! The Content-Type of a file, from its name (RFC 9110 section 8.3).

use std::borrow::Cow;

/// The media type for a name: by its extension, `application/octet-stream` where that says nothing.
/// Text is said to be UTF-8.
pub(super) fn of(name: &[u8]) -> Cow<'static, str> {
    let extension = std::str::from_utf8(name).ok().and_then(|name| name.rsplit_once('.')).map(|(_, end)| end);
    let guessed = extension.and_then(|extension| mime_guess::from_ext(extension).first_raw());
    match guessed {
        None => Cow::Borrowed("application/octet-stream"),
        Some(text) if is_text(text) => Cow::Owned(format!("{text}; charset=utf-8")),
        Some(other) => Cow::Borrowed(other),
    }
}

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/") || matches!(media_type, "application/javascript" | "application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(of(name.as_bytes()), expected, "{name}");
        }
        assert_eq!(of(b"\xff.txt"), "application/octet-stream", "not UTF-8: nothing is guessed");
    }
}
