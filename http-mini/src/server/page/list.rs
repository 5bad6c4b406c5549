//! The listing of a directory, and the page of a drop box. It is rendered in pieces: the top, the rows, the bottom.
//!
//! Columns are sorted, actions are opened, and archives are downloaded by buttons of a form, which crawlers such as
//! `wget -r` do not follow.
//! References to files have no query, so a copied link leads to the file itself.

use std::hash::{Hash, Hasher};
use std::time::SystemTime;

use common::escape::printable;
use common::files::{Entry, Sorted};
use maud::{Markup, PreEscaped, html};

use super::kind::{DisplayKind, is_shown_image};
use super::viewer::readme_rank;
use super::{BOTTOM, Context, href, human, time};
use crate::server::listing::order::{Order, SortKey};
use crate::wire::target::encode_path;

/// Larger images are not shown in the grid (20 MiB).
const GRID_IMAGE: u64 = 20 << 20;

/// What the user may do in the directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::server) struct Abilities {
    pub(in crate::server) download: bool,
    pub(in crate::server) upload: bool,
    pub(in crate::server) overwrite: bool,
    pub(in crate::server) delete: bool,
    /// Names that begin with a dot are served.
    pub(in crate::server) hidden: bool,
}

/// What the page shows besides the entries.
pub(in crate::server) struct ListPage {
    pub(in crate::server) context: Context,
    pub(in crate::server) order: Order,
    pub(in crate::server) may: Abilities,
    pub(in crate::server) is_grid: bool,
    /// Entries have check boxes in place of the buttons for their actions.
    pub(in crate::server) is_selecting: bool,
    /// The text that was searched for.
    pub(in crate::server) search: Option<String>,
    /// The name and the rendered content.
    pub(in crate::server) readme: Option<(String, Markup)>,
}

impl ListPage {
    /// Feeds everything that the page shows besides the entries.
    pub(in crate::server) fn hash(&self, hasher: &mut impl Hasher) {
        let Self { context, order, may, is_grid, is_selecting, search, readme } = self;
        (context.words.language, &context.account, order, may, is_grid, is_selecting, search).hash(hasher);
        readme.as_ref().map(|(name, content)| (name, &content.0)).hash(hasher);
        super::assets::POLICY.hash(hasher);
    }

    /// The query of references to directories: the order and the grid are kept there.
    fn query(&self) -> String {
        let sort = self.order.value();
        let pairs =
            [(!sort.is_empty()).then(|| format!("sort={sort}")), self.is_grid.then(|| "grid=1".into())];
        let pairs: Vec<String> = pairs.into_iter().flatten().collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    pub(in crate::server) fn top(&self, summary: &ListingSummary, is_truncated: bool) -> Vec<u8> {
        let (context, words) = (&self.context, self.context.words);
        let page = html! {
            (context.top(&context.title(), &context.breadcrumb(&self.query())))
            (self.tools(summary))
            @if self.search.is_none() && !self.is_selecting { (upload_form(context, self.may)) }
            p class="summary" role="status" { (self.summary(summary)) }
            @if is_truncated { p { (words.truncated) } }
            (PreEscaped("<form class=\"list\" id=\"list\" method=\"get\">"))
            @if self.is_grid { input type="hidden" name="grid" value="1"; }
            @if self.is_selecting { input type="hidden" name="select" value="1"; }
            @if let Some(text) = &self.search { input type="hidden" name="q" value=(text); }
            @if summary.entries() > 0 { (self.columns()) }
            (PreEscaped(if self.is_grid { "<ul class=\"entries grid\">\n" } else { "<ul class=\"entries\">\n" }))
            @if self.search.is_some() { li class="up" { a href={ "./" (self.query()) } { (words.back) } } }
            @else if !context.path.is_root() { li class="up" { a href={ "../" (self.query()) } { (words.parent) } } }
        };
        page.into_string().into_bytes()
    }

    pub(in crate::server) fn bottom(&self) -> Vec<u8> {
        let page = html! {
            (PreEscaped("</ul></form>"))
            @if let Some((name, content)) = &self.readme {
                section class="readme markdown" aria-label=(name) { (content) }
            }
            (PreEscaped(BOTTOM))
        };
        page.into_string().into_bytes()
    }

    /// The filter, and the buttons for the directory as a whole.
    fn tools(&self, summary: &ListingSummary) -> Markup {
        let words = self.context.words;
        html! {
            div class={ "tools" @if self.is_selecting { " selecting" } } {
                form class="filter" method="get" role="search" {
                    input type="search" name="q" aria-label=(words.filter) placeholder=(words.filter_hint)
                        value=[self.search.as_deref()] autocomplete="off";
                }
                @if (self.is_grid || summary.has_images) && !self.is_selecting {
                    form method="get" {
                        @if let Some(text) = &self.search { input type="hidden" name="q" value=(text); }
                        @if self.order != Order::default() { input type="hidden" name="sort" value=(self.order.value()); }
                        @if self.is_grid { button { (words.list) } } @else { button name="grid" value="1" { (words.grid) } }
                    }
                }
                @if self.may.download && self.search.is_none() && summary.entries() > 0 {
                    form method="get" {
                        @if self.is_grid { input type="hidden" name="grid" value="1"; }
                        @if self.order != Order::default() { input type="hidden" name="sort" value=(self.order.value()); }
                        @if self.is_selecting { button { (words.cancel) } } @else { button name="select" value="1" { (words.select) } }
                    }
                    button form="list" name="format" value="zip" {
                        @if self.is_selecting { (words.download) } @else { (words.download_folder) }
                    }
                    @if self.is_selecting && self.may.delete { button form="list" name="selection" { (words.move_or_delete) } }
                }
                @if self.may.upload && self.search.is_none() && !self.is_selecting {
                    form method="get" { button name="new-folder" { (words.new_folder) } }
                    button class="primary script" id="upload" type="button" { (words.upload) }
                }
            }
        }
    }

    fn summary(&self, summary: &ListingSummary) -> String {
        let words = self.context.words;
        match (&self.search, summary.entries()) {
            (Some(_), 0) => words.nothing_found.into(),
            (Some(text), found) => format!("{}: \u{201C}{text}\u{201D}", words.results(found)),
            (None, 0) => words.empty.into(),
            (None, _) => {
                let counts = [
                    (summary.directories > 0).then(|| words.folders(summary.directories)),
                    (summary.files > 0)
                        .then(|| format!("{}, {}", words.files(summary.files), human(summary.bytes))),
                ];
                counts.into_iter().flatten().collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// The column heads. The first press on Size or Modified gives the largest or newest; a press on the column that is
    /// sorted reverses the order.
    fn columns(&self) -> Markup {
        let words = self.context.words;
        let column = |key: SortKey, label: &str| {
            let is_sorted = self.order.key == key;
            let next = match is_sorted {
                true => Order { key, descending: !self.order.descending },
                false => Order { key, descending: key != SortKey::Name },
            };
            let arrow = if self.order.descending { "\u{2193}" } else { "\u{2191}" };
            html! {
                button name="sort" value=(next.value_or_name()) aria-pressed=(is_sorted) {
                    (label) @if is_sorted { i aria-hidden="true" { (arrow) } }
                }
            }
        };
        html! {
            div class="columns" role="group" aria-label=(words.sort) {
                (column(SortKey::Name, words.name)) (column(SortKey::Size, words.size)) (column(SortKey::Time, words.modified))
            }
        }
    }

    pub(in crate::server) fn rows(&self, to: &mut Vec<u8>, entries: &[Entry<'_>]) {
        let query = self.query();
        for entry in entries {
            to.extend_from_slice(self.row(entry, &query).into_string().as_bytes());
            to.push(b'\n');
        }
    }

    fn row(&self, entry: &Entry<'_>, query: &str) -> Markup {
        let (name, is_directory) = (printable(entry.name), entry.meta.is_directory());
        let kind = if is_directory { DisplayKind::Directory } else { DisplayKind::of_name(entry.name) };
        let href = href(entry.name, is_directory);
        let (is_shown, words) = (self.is_grid && is_image(entry), self.context.words);
        html! {
            li class=(kind.class()) {
                a href={ (href) @if is_directory { (query) } } {
                    @if is_shown { img src=(href) alt="" loading="lazy" decoding="async"; }
                    (name)
                }
                @if !is_directory { span title=(entry.meta.size) { (human(entry.meta.size)) } }
                (time(entry.meta.modified_unix()))
                @if self.search.is_none() {
                    @if self.is_selecting { input type="checkbox" name="name" value=(encode_path(entry.name)) aria-label={ (words.select) ": " (name) }; }
                    @else { button name="item" value=(encode_path(entry.name)) aria-label={ (words.actions) ": " (name) } { "\u{22EF}" } }
                }
            }
        }
    }
}

/// What a page shows of all entries together.
#[derive(Debug, Default)]
pub(in crate::server) struct ListingSummary {
    pub(in crate::server) directories: usize,
    pub(in crate::server) files: usize,
    /// The bytes of the files.
    pub(in crate::server) bytes: u64,
    pub(in crate::server) has_images: bool,
    /// The name of the README with the highest rank.
    pub(in crate::server) readme: Option<Box<[u8]>>,
    /// When an entry was last modified.
    pub(in crate::server) modified: Option<SystemTime>,
}

impl ListingSummary {
    pub(in crate::server) fn entries(&self) -> usize {
        self.directories + self.files
    }

    pub(in crate::server) fn of(entries: &Sorted) -> Self {
        let mut summary = Self::default();
        for entry in entries.iter() {
            summary.modified = summary.modified.max(Some(entry.meta.modified));
            if entry.meta.is_directory() {
                summary.directories += 1;
                continue;
            }
            summary.files += 1;
            summary.bytes += entry.meta.size;
            summary.has_images |= is_image(&entry);
        }
        let files = entries.iter().filter(|entry| !entry.meta.is_directory());
        let ranked = files.filter_map(|entry| Some((readme_rank(entry.name)?, entry.name)));
        summary.readme = ranked.min_by_key(|(rank, _)| *rank).map(|(_, name)| name.into());
        summary
    }
}

/// Whether the grid shows it.
fn is_image(entry: &Entry<'_>) -> bool {
    !entry.meta.is_directory() && entry.meta.size <= GRID_IMAGE && is_shown_image(entry.name)
}

/// A directory that accepts uploads and shows no files.
pub(in crate::server) fn drop_box(context: &Context) -> Vec<u8> {
    let words = context.words;
    let content = html! {
        p { (words.drop_box) }
        div class="tools script" { button class="primary" id="upload" type="button" { (words.upload) } }
        (upload_form(context, Abilities { upload: true, ..Abilities::default() }))
    };
    context.page(&context.title(), &content)
}

/// The form for files. The script hides it, and uses its inputs.
fn upload_form(context: &Context, may: Abilities) -> Markup {
    let words = context.words;
    html! { @if may.upload {
        form class="upload no-script" method="post" enctype="multipart/form-data"
            data-overwrite[may.overwrite] data-delete[may.delete] data-hidden[may.hidden] {
            // First, so that the server knows it before the first file.
            @if may.overwrite { label { input type="checkbox" name="overwrite" value="1"; " " (words.replace_label) } }
            label { span { (words.files_label) } " " input type="file" name="files" multiple; }
            label { span { (words.folder_label) } " " input type="file" name="files" webkitdirectory; }
            button class="primary" { (words.upload) }
        }
        p class="hint script" { span { (words.drop_hint) ", " } button type="button" class="link" id="folder" { (words.choose_folder) } }
    } }
}
