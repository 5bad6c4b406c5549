//! The kinds of entries, by media type: which icon an entry has, and how the viewer shows it.

use crate::server::media_type::media_type;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum DisplayKind {
    Directory,
    Image,
    Video,
    Audio,
    Pdf,
    Text,
    Archive,
    /// A page, which a browser shows itself.
    Web,
    Other,
}

/// Types that hold several files, or a compressed one.
const ARCHIVES: &[&str] = &[
    "application/zip",
    "application/gzip",
    "application/x-tar",
    "application/x-7z-compressed",
    "application/vnd.rar",
    "application/zstd",
    "application/x-xz",
    "application/x-bzip2",
    "application/java-archive",
    "application/x-iso9660-image",
    "application/vnd.debian.binary-package",
];

/// Types that people read as text, besides `text/*`.
const TEXTS: &[&str] = &[
    "application/json",
    "application/xml",
    "application/yaml",
    "application/toml",
    "application/sql",
    "application/x-sh",
    "application/javascript",
];

impl DisplayKind {
    pub(in crate::server) fn of_name(name: &[u8]) -> Self {
        Self::of_type(&media_type(name, None))
    }

    pub(in crate::server) fn of_type(media_type: &str) -> Self {
        let essence = media_type.split(';').next().unwrap_or_default().trim_end();
        match essence {
            "text/html" | "application/xhtml+xml" => Self::Web,
            "application/pdf" => Self::Pdf,
            essence if ARCHIVES.contains(&essence) => Self::Archive,
            essence if TEXTS.contains(&essence) => Self::Text,
            essence => match essence.split('/').next() {
                Some("image") => Self::Image,
                Some("video") => Self::Video,
                Some("audio") => Self::Audio,
                Some("text") => Self::Text,
                _ => Self::Other,
            },
        }
    }

    /// Its class in `page.css` and in the script.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Directory => "dir",
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Pdf => "pdf",
            Self::Text => "text",
            Self::Archive => "archive",
            Self::Web => "web",
            Self::Other => "file",
        }
    }
}

/// Whether browsers show images of this name.
pub(super) fn is_shown_image(name: &[u8]) -> bool {
    let shown =
        ["image/avif", "image/bmp", "image/gif", "image/jpeg", "image/png", "image/svg+xml", "image/webp"];
    shown.contains(&&*media_type(name, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_decides_the_kind() {
        for (name, expected) in [
            ("a.jpg", DisplayKind::Image),
            ("a.SVG", DisplayKind::Image),
            ("a.mp4", DisplayKind::Video),
            ("a.flac", DisplayKind::Audio),
            ("a.pdf", DisplayKind::Pdf),
            ("a.md", DisplayKind::Text),
            ("a.json", DisplayKind::Text),
            ("a.rs", DisplayKind::Text),
            ("a.html", DisplayKind::Web),
            ("a.tar.zst", DisplayKind::Archive),
            ("a.zip", DisplayKind::Archive),
            ("a", DisplayKind::Other),
            ("a.bin", DisplayKind::Other),
        ] {
            assert_eq!(DisplayKind::of_name(name.as_bytes()), expected, "{name}");
        }
        assert_eq!(DisplayKind::of_type("text/plain; charset=utf-8"), DisplayKind::Text);
    }
}
