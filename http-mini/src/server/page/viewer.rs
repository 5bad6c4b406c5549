//! A file in place: Markdown and text, images, video, audio and PDF, with Back and Download.

use std::io;

use common::escape::printable;
use common::files::{Encoding, FileContent};
use maud::{Markup, html};

use super::kind::DisplayKind;
use super::markdown::markdown;
use super::{Context, href};
use crate::server::representation::Representation;

/// The text that is shown of a file, in bytes (1 MiB).
const SHOWN: usize = 1 << 20;
/// The text that is shown of a README, in bytes (256 KiB).
const README: usize = 256 << 10;

impl Context {
    /// The page of a file.
    pub(in crate::server) async fn viewer_page(
        &self,
        content: &FileContent<Representation>,
        media_type: &str,
    ) -> io::Result<Vec<u8>> {
        let (words, name) = (self.words, self.path.name().unwrap_or_default());
        let (title, source) = (printable(name), href(name, false));
        let shown = match DisplayKind::of_type(media_type) {
            DisplayKind::Image => html! { img class="media" src=(source) alt=(title); },
            // A player is used by the keyboard without help of the script.
            DisplayKind::Video => {
                html! { video class="media" src=(source) controls preload="metadata" aria-label=(title) {} }
            }
            DisplayKind::Audio => {
                html! { audio src=(source) controls preload="metadata" aria-label=(title) {} }
            }
            DisplayKind::Pdf => html! { iframe class="media" src=(source) title=(title) {} },
            DisplayKind::Text | DisplayKind::Web => {
                let (text, is_whole) = text(content, SHOWN).await?;
                html! {
                    (rendered(name, media_type, &text))
                    @if !is_whole { p class="quiet" { (words.cut) } }
                }
            }
            _ => html! { p { (words.no_preview) } },
        };
        let page = html! {
            div class="tools" {
                a class="button" href="./" { (words.back) }
                a class="button" href=(source) download { (words.download) }
            }
            (shown)
        };
        Ok(self.page(&title, &page))
    }
}

/// The name and the rendered content of a README.
pub(in crate::server) async fn readme(
    name: &[u8],
    content: &FileContent<Representation>,
    media_type: &str,
) -> io::Result<(String, Markup)> {
    let (text, _) = text(content, README).await?;
    Ok((printable(name).into_owned(), rendered(name, media_type, &text)))
}

/// Which file of a directory is its README, the most suitable first.
pub(in crate::server) fn readme_rank(name: &[u8]) -> Option<usize> {
    ["readme.md", "readme.txt", "readme"].iter().position(|known| known.as_bytes().eq_ignore_ascii_case(name))
}

fn rendered(name: &[u8], media_type: &str, text: &str) -> Markup {
    let is_markdown = media_type.starts_with("text/markdown");
    html! {
        @if is_markdown { div class="markdown" { (markdown(text)) } }
        @else { pre tabindex="0" role="region" aria-label=(printable(name)) { (text) } }
    }
}

/// The first bytes of a file as text, and whether that is all of it.
async fn text(content: &FileContent<Representation>, most: usize) -> io::Result<(String, bool)> {
    let size = usize::try_from(content.meta().size).unwrap_or(usize::MAX);
    let (mut bytes, mut pieces) = (Vec::new(), content.pieces(0..size.min(most) as u64, most));
    while let Some(piece) = pieces.next().await? {
        bytes.extend_from_slice(piece);
    }
    let is_utf16 = content.start().and_then(|start| start.encoding) == Some(Encoding::Utf16);
    let text = if is_utf16 { utf16(&bytes) } else { String::from_utf8_lossy(&bytes).into_owned() };
    Ok((text, size <= most))
}

/// Text that begins with a byte order mark (RFC 2781 section 3.2).
fn utf16(bytes: &[u8]) -> String {
    let is_big_endian = bytes.starts_with(&[0xFE, 0xFF]);
    let units = bytes.chunks_exact(2).skip(1).filter_map(|pair| <[u8; 2]>::try_from(pair).ok());
    let units: Vec<u16> = units
        .map(|pair| if is_big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
        .collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_decoded_by_its_mark() {
        assert_eq!(utf16(b"\xFE\xFF\0a\0b"), "ab");
        assert_eq!(utf16(b"\xFF\xFEa\0b\0"), "ab");
        assert_eq!(utf16(b"\xFF\xFEa\0b"), "a", "cut in a unit");
    }

    #[test]
    fn a_readme_is_found_without_letter_case() {
        let found = |name: &str| readme_rank(name.as_bytes());
        assert_eq!([found("ReadMe.MD"), found("README.txt"), found("readme")], [Some(0), Some(1), Some(2)]);
        assert_eq!([found("readme.html"), found("README.md.bak")], [None, None]);
    }
}
