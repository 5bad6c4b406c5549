//! The media type of a file: from its name, or from its first bytes if the name does not determine it ([RFC
//! 9110 section 8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.3)). Content is never sniffed for a
//! type that a browser would run.

use std::borrow::Cow;

use common::files::{Encoding, Start};

const BINARY: &str = "application/octet-stream";
const TEXT: &str = "text/plain";
const TRANSPORT_STREAM: &str = "video/mp2t";

/// Types of [`mime_guess`] that differ from IANA's registry of media types, or are missing, sorted by type. The guess
/// stays where a suffix is mostly used for another format than the registered one (`.manifest`, `.mpf`, `.pls`, `.pml`,
/// `.prc`, `.rs`, `.skp`, `.smi`, `.svc`, `.wsc`), and where both types are registered (text/xml).
const CORRECTIONS: &[(&[&str], &str)] = &[
    (&["fdf"], "application/fdf"),
    (&["map"], "application/json"),
    (&["m4p"], "application/mp4"),
    (&["cer"], "application/pkix-cert"),
    (&["sql"], "application/sql"),
    (&["toml"], "application/toml"),
    (&["m3u8"], "application/vnd.apple.mpegurl"),
    (&["deb"], "application/vnd.debian.binary-package"),
    (&["cab"], "application/vnd.ms-cab-compressed"),
    (&["qxd"], "application/vnd.quark.quarkxpress"),
    (&["rar"], "application/vnd.rar"),
    (&["mmf"], "application/vnd.smaf"),
    // Not registered; nginx and Debian send it. The guess is the type of a plug-in for RealAudio.
    (&["rpm"], "application/x-redhat-package-manager"),
    (&["xfdf"], "application/xfdf"),
    (&["xlf"], "application/xliff+xml"),
    (&["dtd"], "application/xml-dtd"),
    // RFC 9512.
    (&["yaml", "yml"], "application/yaml"),
    // RFC 8878.
    (&["zst"], "application/zstd"),
    // RFC 4337. The guesses audio/m4a and audio/m4b do not exist.
    (&["m4a", "m4b"], "audio/mp4"),
    // RFC 8081.
    (&["otf"], "font/otf"),
    (&["woff"], "font/woff"),
    (&["emf"], "image/emf"),
    (&["jpgm"], "image/jpm"),
    (&["psd"], "image/vnd.adobe.photoshop"),
    (&["dwg"], "image/vnd.dwg"),
    (&["dxf"], "image/vnd.dxf"),
    (&["ico"], "image/vnd.microsoft.icon"),
    (&["pcx"], "image/vnd.zbrush.pcx"),
    (&["wmf"], "image/wmf"),
    (&["3mf"], "model/3mf"),
    (&["mtl"], "model/mtl"),
    // The guess is the type of a drawing program, tgif.
    (&["obj"], "model/obj"),
    (&["step", "stp"], "model/step"),
    // The guess is the type of a list of certificates.
    (&["stl"], "model/stl"),
    (&["dwf"], "model/vnd.dwf"),
    (&["usdz"], "model/vnd.usdz+zip"),
    (&["wrl"], "model/vrml"),
    (&["x3db"], "model/x3d+fastinfoset"),
    (&["x3dv"], "model/x3d-vrml"),
    // RFC 9239. Node's suffix for CommonJS is registered with application/node, which no browser runs.
    (&["cjs", "mjs"], "text/javascript"),
    (&["man", "me", "ms", "roff", "t", "tr"], "text/troff"),
    (&["vcf"], "text/vcard"),
    // RFC 3555. A suffix that TypeScript has as well.
    (&["m2t", "m2ts", "mts", "ts"], TRANSPORT_STREAM),
    (&["m4v"], "video/mp4"),
];

/// The media type of a file with this name and these first bytes, which need to be known if [`is_inspected`].
pub(super) fn media_type(name: &[u8], start: Option<Start>) -> Cow<'static, str> {
    let is_text = start.is_some_and(|start| start.is_text);
    let essence = match by_name(name) {
        None | Some(TRANSPORT_STREAM) if is_text => TEXT,
        None => BINARY,
        Some(known) => known,
    };
    match start.and_then(|start| start.encoding).filter(|_| has_charset(essence)) {
        Some(Encoding::Utf8) => format!("{essence}; charset=utf-8").into(),
        Some(Encoding::Utf16) => format!("{essence}; charset=utf-16").into(),
        None => essence.into(),
    }
}

/// Whether the type depends on the first bytes of the file.
pub(super) fn is_inspected(name: &[u8]) -> bool {
    by_name(name).is_none_or(|known| known == TRANSPORT_STREAM || has_charset(known))
}

/// The types that are sent with a charset. HTML, XML and CSS can declare their own, which it would override; JSON
/// has none.
fn has_charset(essence: &str) -> bool {
    matches!(essence, TEXT | "text/markdown" | "text/csv" | "text/javascript")
}

/// The type by the extension of a name; `None` if it is unknown or `application/octet-stream`.
fn by_name(name: &[u8]) -> Option<&'static str> {
    let dot = name.iter().rposition(|&byte| byte == b'.')?;
    let extension = std::str::from_utf8(name.get(dot + 1..)?).ok()?;
    let is_of = |known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(extension));
    if let Some((_, correct)) = CORRECTIONS.iter().find(|(known, _)| is_of(known)) {
        return Some(correct);
    }
    match mime_guess::from_ext(extension).first_raw()? {
        BINARY => None,
        "text/x-markdown" => Some("text/markdown"),
        // Not registered, and browsers download it: source code.
        guess if guess.starts_with("text/x-") => Some(TEXT),
        guess => Some(guess),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UTF8: Option<Start> = Some(Start { encoding: Some(Encoding::Utf8), is_text: true });
    const UTF16: Option<Start> = Some(Start { encoding: Some(Encoding::Utf16), is_text: true });
    const OTHER: Option<Start> = Some(Start { encoding: None, is_text: true });
    const DATA: Option<Start> = Some(Start { encoding: None, is_text: false });

    #[test]
    fn the_name_and_the_first_bytes_give_the_type() {
        for (name, start, expected, why) in [
            (&b"notes.txt"[..], UTF8, "text/plain; charset=utf-8", "verified"),
            (b"notes.TXT", UTF16, "text/plain; charset=utf-16", "verified, without letter case"),
            (b"notes.txt", OTHER, "text/plain", "another charset"),
            (b"notes.txt", None, "text/plain", "it cannot be read"),
            (b"a.md", UTF8, "text/markdown; charset=utf-8", "RFC 7763"),
            (b"a.csv", UTF8, "text/csv; charset=utf-8", "RFC 7111"),
            (b"app.js", UTF8, "text/javascript; charset=utf-8", "RFC 9239"),
            (b"app.mjs", UTF8, "text/javascript; charset=utf-8", "RFC 9239"),
            (b"app.cjs", UTF8, "text/javascript; charset=utf-8", "RFC 9239"),
            (b"README", UTF8, "text/plain; charset=utf-8", "the name has no type"),
            (b"README", OTHER, "text/plain", "the name has no type, another charset"),
            (b"main.unheard-of", UTF8, "text/plain; charset=utf-8", "an unknown extension"),
            (b"Main.java", UTF8, "text/plain; charset=utf-8", "source code"),
            (b"main.rs", UTF8, "text/plain; charset=utf-8", "source code"),
            (b"\xff.txt", UTF8, "text/plain; charset=utf-8", "a name that is no UTF-8"),
            (b"odd.", DATA, BINARY, "the name has no type"),
            (b"core", DATA, BINARY, "the name has no type"),
            (b"core", None, BINARY, "it cannot be read"),
            (b"a.html", UTF8, "text/html", "it may declare another charset"),
            (b"a.xml", UTF8, "text/xml", "it may declare another charset"),
            (b"a.css", UTF8, "text/css", "it may declare another charset"),
            (b"a.json", UTF8, "application/json", "RFC 8259 section 11: no charset"),
            (b"a.ts", DATA, "video/mp2t", "a video"),
            (b"a.ts", UTF8, "text/plain; charset=utf-8", "TypeScript"),
            (b"a.mts", UTF8, "text/plain; charset=utf-8", "TypeScript"),
            (b"a.m4a", None, "audio/mp4", "RFC 4337"),
            (b"a.rpm", None, "application/x-redhat-package-manager", "no audio"),
            (b"a.obj", None, "model/obj", "registered"),
            (b"a.STL", None, "model/stl", "registered, without letter case"),
            (b"a.b.png", None, "image/png", "the last extension"),
            (b"movie.mp4", None, "video/mp4", "registered"),
        ] {
            assert_eq!(media_type(name, start), expected, "{}: {why}", name.escape_ascii());
        }
    }

    #[test]
    fn files_whose_type_their_bytes_decide_are_inspected() {
        for (name, expected) in [
            ("README", true),
            ("a.txt", true),
            ("a.js", true),
            ("a.ts", true),
            ("a.bin", true),
            ("a.html", false),
            ("a.css", false),
            ("a.jpg", false),
            ("a.zip", false),
        ] {
            assert_eq!(is_inspected(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn each_correction_differs_from_the_guess() {
        for (extensions, correct) in CORRECTIONS {
            for extension in *extensions {
                assert_ne!(mime_guess::from_ext(extension).first_raw(), Some(*correct), "{extension}");
            }
        }
    }
}
