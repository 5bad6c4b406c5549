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

/// Whether a browser may run script that stands in content of this type.
pub(super) fn is_active(media_type: &str) -> bool {
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
            let media_type = of(name.as_bytes());
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
            assert_eq!(of(name.as_bytes()), expected, "{name}");
        }
        assert_eq!(of(b"\xff.txt"), "application/octet-stream", "not UTF-8: nothing is guessed");
    }
}
