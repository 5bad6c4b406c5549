//! Markdown: the page has only the elements and attributes of its writer, and links only to harmless schemes.
#![no_main]

use html5gum::{Token, Tokenizer};
use libfuzzer_sys::fuzz_target;

#[path = "../../../http-mini/src/server/page/markdown.rs"]
#[allow(dead_code, reason = "a private module, of which this uses only a part")]
mod page;

const ELEMENTS: &[&[u8]] = &[
    b"a",
    b"blockquote",
    b"br",
    b"code",
    b"del",
    b"em",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"hr",
    b"img",
    b"li",
    b"ol",
    b"p",
    b"pre",
    b"strong",
    b"table",
    b"tbody",
    b"td",
    b"th",
    b"thead",
    b"tr",
    b"ul",
];

const ATTRIBUTES: &[&[u8]] = &[b"alt", b"class", b"href", b"loading", b"rel", b"src", b"start", b"tabindex"];

fuzz_target!(|text: &str| {
    let html = page::markdown(text).0;
    for Ok(token) in Tokenizer::new(&html) {
        let Token::StartTag(tag) = token else { continue };
        assert!(ELEMENTS.contains(&&**tag.name), "{html}");
        for (name, value) in &tag.attributes {
            assert!(ATTRIBUTES.contains(&&***name), "{html}");
            if matches!(&***name, b"href" | b"src") {
                let scheme =
                    url::Url::parse(&String::from_utf8_lossy(value)).map(|url| url.scheme().to_owned());
                assert!(
                    scheme.is_err() || matches!(&*scheme.unwrap(), "http" | "https" | "mailto"),
                    "{html}"
                );
            }
        }
    }
});
