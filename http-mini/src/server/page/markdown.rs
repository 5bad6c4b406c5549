//! Markdown ([CommonMark](https://spec.commonmark.org/), with tables, task lists and strikethrough) as HTML.
//!
//! The author may be anyone who can upload. Raw HTML is dropped, so the elements are those of this module, and links
//! lead only to the schemes of [`is_allowed`]. Images of other hosts are not loaded: the page's policy forbids it.

use maud::{Escaper, Markup, PreEscaped};
use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::fmt::Write;

pub(super) fn markdown(text: &str) -> Markup {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut writer = Writer { out: String::with_capacity(text.len() * 3 / 2), ..Writer::default() };
    Parser::new_ext(text, options).for_each(|event| writer.event(event));
    PreEscaped(writer.out)
}

/// Whether a link may lead there: relative, or to one of the schemes that run no script.
fn is_allowed(url: &str) -> bool {
    // A browser skips these in a URL (URL standard, section 4.4).
    let url: String = url.chars().filter(|letter| !letter.is_ascii_control() && *letter != ' ').collect();
    match url.split_once(':') {
        // A colon behind a slash, query or fragment ends no scheme.
        Some((scheme, _)) if !scheme.contains(['/', '?', '#']) => {
            ["http", "https", "mailto"].iter().any(|known| known.eq_ignore_ascii_case(scheme))
        }
        _ => true,
    }
}

#[derive(Default)]
struct Writer {
    out: String,
    /// In the alternative text of images, elements are left out.
    images: usize,
    is_table_head: bool,
    alignments: Vec<Alignment>,
    column: usize,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) => self.text(&text),
            Event::SoftBreak => self.out.push('\n'),
            _ if self.images > 0 && !matches!(event, Event::Start(_) | Event::End(_) | Event::Code(_)) => {}
            Event::Start(tag) => self.start(&tag),
            Event::End(end) => self.end(end),
            Event::Code(code) if self.images > 0 => self.text(&code),
            Event::Code(code) => {
                self.raw("<code>");
                self.text(&code);
                self.raw("</code>");
            }
            Event::HardBreak => self.raw("<br>"),
            Event::Rule => self.raw("<hr>"),
            Event::TaskListMarker(true) => self.raw("\u{2611} "),
            Event::TaskListMarker(false) => self.raw("\u{2610} "),
            // Raw HTML is dropped; the other extensions are off.
            _ => {}
        }
    }

    fn raw(&mut self, html: &str) {
        self.out.push_str(html);
    }

    fn text(&mut self, text: &str) {
        let written = Escaper::new(&mut self.out).write_str(text);
        // Writing to memory cannot fail.
        debug_assert!(written.is_ok());
    }

    fn start(&mut self, tag: &Tag<'_>) {
        if let Tag::Image { dest_url, .. } = tag {
            if self.images == 0 {
                self.raw("<img loading=\"lazy\" src=\"");
                self.text(if is_allowed(dest_url) { dest_url } else { "#" });
                self.raw("\" alt=\"");
            }
            self.images += 1;
        }
        if self.images > 0 {
            return;
        }
        match tag {
            Tag::Link { dest_url, .. } if is_allowed(dest_url) => {
                self.raw("<a rel=\"noreferrer\" href=\"");
                self.text(dest_url);
                self.raw("\">");
            }
            Tag::Link { .. } => self.raw("<a>"),
            Tag::Paragraph => self.raw("<p>"),
            Tag::Heading { level, .. } => self.raw(&format!("<h{}>", below_title(*level))),
            Tag::BlockQuote(_) => self.raw("<blockquote>"),
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.raw("<pre tabindex=\"0\"><code>");
            }
            Tag::List(None) => self.raw("<ul>"),
            Tag::List(Some(start)) => self.raw(&format!("<ol start=\"{start}\">")),
            Tag::Item => self.raw("<li>"),
            Tag::Emphasis => self.raw("<em>"),
            Tag::Strong => self.raw("<strong>"),
            Tag::Strikethrough => self.raw("<del>"),
            Tag::Table(alignments) => {
                self.alignments.clone_from(alignments);
                self.raw("<table>");
            }
            Tag::TableHead => {
                (self.is_table_head, self.column) = (true, 0);
                self.raw("<thead><tr>");
            }
            Tag::TableRow => {
                self.column = 0;
                self.raw("<tr>");
            }
            Tag::TableCell => {
                let class = match self.alignments.get(self.column) {
                    Some(Alignment::Right) => " class=\"right\"",
                    Some(Alignment::Center) => " class=\"center\"",
                    _ => "",
                };
                self.raw(&format!("<{}{class}>", self.cell()));
                self.column += 1;
            }
            _ => {}
        }
    }

    fn end(&mut self, end: TagEnd) {
        if end == TagEnd::Image {
            self.images = self.images.saturating_sub(1);
            if self.images == 0 {
                self.raw("\">");
            }
        }
        if self.images > 0 {
            return;
        }
        match end {
            TagEnd::Link => self.raw("</a>"),
            TagEnd::Paragraph => self.raw("</p>\n"),
            TagEnd::Heading(level) => self.raw(&format!("</h{}>\n", below_title(level))),
            TagEnd::BlockQuote(_) => self.raw("</blockquote>\n"),
            TagEnd::CodeBlock => self.raw("</code></pre>\n"),
            TagEnd::List(false) => self.raw("</ul>\n"),
            TagEnd::List(true) => self.raw("</ol>\n"),
            TagEnd::Item => self.raw("</li>\n"),
            TagEnd::Emphasis => self.raw("</em>"),
            TagEnd::Strong => self.raw("</strong>"),
            TagEnd::Strikethrough => self.raw("</del>"),
            TagEnd::Table => self.raw("</tbody></table>\n"),
            TagEnd::TableHead => {
                self.is_table_head = false;
                self.raw("</tr></thead><tbody>");
            }
            TagEnd::TableRow => self.raw("</tr>\n"),
            TagEnd::TableCell => self.raw(&format!("</{}>", self.cell())),
            _ => {}
        }
    }

    fn cell(&self) -> &'static str {
        if self.is_table_head { "th" } else { "td" }
    }
}

/// The title of the page is its only h1.
fn below_title(level: HeadingLevel) -> usize {
    (level as usize + 1).min(6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_these_elements() {
        for (text, expected, why) in [
            ("# A", "<h2>A</h2>\n", "below the title of the page"),
            ("###### A", "<h6>A</h6>\n", "there is no h7"),
            (
                "a *b* **c** ~~d~~ `e<`",
                "<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e&lt;</code></p>\n",
                "spans",
            ),
            ("a <b>bold</b> & more", "<p>a bold &amp; more</p>\n", "raw HTML is dropped, its text is text"),
            ("<script>alert(1)</script>", "", "raw HTML is dropped"),
            ("<img src=x onerror=alert(1)>", "", "raw HTML is dropped"),
            ("[a](b.md)", "<p><a rel=\"noreferrer\" href=\"b.md\">a</a></p>\n", "a relative link"),
            ("[a](javascript:alert%281%29)", "<p><a>a</a></p>\n", "a script"),
            ("[a](JAVAscript:x)", "<p><a>a</a></p>\n", "without letter case"),
            ("[a](&#1;javascript:x)", "<p><a>a</a></p>\n", "browsers skip control characters"),
            ("[a](java&Tab;script:x)", "<p><a>a</a></p>\n", "browsers skip tabs"),
            ("[a](data:text/html,x)", "<p><a>a</a></p>\n", "a page of its own"),
            ("[a](b:c.md)", "<p><a>a</a></p>\n", "an unknown scheme"),
            ("[a](./b:c.md)", "<p><a rel=\"noreferrer\" href=\"./b:c.md\">a</a></p>\n", "a colon in a name"),
            (
                "<https://a.example>",
                "<p><a rel=\"noreferrer\" href=\"https://a.example\">https://a.example</a></p>\n",
                "a URL",
            ),
            (
                "![a *b*](c.png \"t\")",
                "<p><img loading=\"lazy\" src=\"c.png\" alt=\"a b\"></p>\n",
                "an image",
            ),
            ("![a](data:image/png;base64,xx)", "<p><img loading=\"lazy\" src=\"#\" alt=\"a\"></p>\n", "data"),
            (
                "[\"](\"><script>)",
                "<p><a rel=\"noreferrer\" href=\"&quot;&gt;&lt;script&gt;\">&quot;</a></p>\n",
                "quotes are escaped",
            ),
            ("- [x] a\n- [ ] b", "<ul><li>\u{2611} a</li>\n<li>\u{2610} b</li>\n</ul>\n", "tasks"),
            ("3. a", "<ol start=\"3\"><li>a</li>\n</ol>\n", "an ordered list"),
            ("```js\n<a>\n```", "<pre tabindex=\"0\"><code>&lt;a&gt;\n</code></pre>\n", "code"),
            (
                "|a|b|\n|-|-:|\n|1|2|",
                "<table><thead><tr><th>a</th><th class=\"right\">b</th></tr></thead><tbody><tr><td>1</td><td class=\"right\">2</td></tr>\n</tbody></table>\n",
                "a table",
            ),
        ] {
            assert_eq!(markdown(text).0, expected, "{text}: {why}");
        }
    }
}
