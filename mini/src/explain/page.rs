//! The explanation as a page for browsers: one file that needs no network, or the pieces that `--listen` serves.
//!
//! The script inserts everything as text. The policy lets no other script run, and nothing load.

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};
use syntax::rule::Language;

use super::explanation::{Explanation, Side};
use super::words::Words;
use crate::page::PageFile;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The files of the page of `--listen`.
pub(super) const FILES: &[PageFile] = &[
    PageFile { path: "/page.css", media_type: "text/css; charset=utf-8", content: STYLE },
    PageFile { path: "/page.js", media_type: "text/javascript; charset=utf-8", content: SCRIPT },
    PageFile {
        path: "/editor.js",
        media_type: "text/javascript; charset=utf-8",
        content: include_str!("editor.js"),
    },
];

/// The explanation as one page.
pub(super) fn offline(explanation: &mut Explanation, language: Language) -> serde_json::Result<String> {
    let hash = |text: &str| format!("'sha256-{}'", Base64::encode_string(&Sha256::digest(text)));
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    );
    let (style, script) = (format!("<style>{STYLE}</style>"), format!("<script>{SCRIPT}</script>"));
    fill(&policy, &style, &script, language, data(explanation)?)
}

/// The page with an editor and without an explanation.
pub(super) fn editor(language: Language) -> serde_json::Result<String> {
    let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'";
    let style = "<link rel=\"stylesheet\" href=\"page.css\">";
    let script = "<script src=\"page.js\"></script>\n<script src=\"editor.js\"></script>";
    fill(policy, style, script, language, "null".into())
}

/// The explanation in the format of the script: JSON with the bytes.
pub(super) fn data(explanation: &mut Explanation) -> serde_json::Result<String> {
    let sides = explanation.connections.iter_mut().flat_map(|dialogue| &mut dialogue.directions);
    for side in sides.chain(&mut explanation.input) {
        let Side { bytes, text, .. } = side;
        *text = Some(bytes.iter().copied().map(char::from).collect());
    }
    serde_json::to_string(explanation)
}

fn fill(
    policy: &str,
    style: &str,
    script: &str,
    language: Language,
    data: String,
) -> serde_json::Result<String> {
    let code = match language {
        Language::English => "en",
        Language::Indonesian => "id",
    };
    // In a script element, only `<` can end the element or begin a comment.
    let json = |value: String| value.replace('<', "\\u003c");
    let words = json(serde_json::to_string(Words::of(language))?);
    let data = json(data);
    let mut page = String::with_capacity(TEMPLATE.len() + style.len() + script.len() + data.len());
    for piece in TEMPLATE.split("{{") {
        let (name, rest) = piece.split_once("}}").unwrap_or(("", piece));
        page.push_str(match name {
            "language" => code,
            "policy" => policy,
            "style" => style,
            "script" => script,
            "words" => &words,
            "data" => &data,
            _ => "",
        });
        page.push_str(rest);
    }
    Ok(page)
}
