//! The listing as a page, for phones and desktops, light and dark, also without JavaScript. The columns are
//! sorted by buttons of a form, which crawlers such as `wget -r` do not follow.

use std::sync::LazyLock;

use base64ct::{Base64, Encoding};
use common::escape::printable;
use common::files::{Entry, TreePath};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::json::rfc3339;
use super::{Key, Order, Uploads};
use crate::wire::target::Target;

const STYLE: &str = include_str!("page.css");
/// The upload form also works without it.
const SCRIPT: &str = include_str!("upload.js");

/// The policy of a page without an upload form: only its style and its own links.
pub(in crate::server) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

/// The policy of a page with an upload form: only its script runs.
pub(in crate::server) static UPLOAD_POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = Base64::encode_string(&Sha256::digest(SCRIPT));
    format!("{POLICY}; script-src 'sha256-{hash}'; connect-src 'self'")
});

/// The page before the rows. [`BOTTOM`] closes the elements that are opened as text.
pub(super) fn top(path: &TreePath, entries: &[Entry], order: Order, uploads: Uploads) -> Vec<u8> {
    let page = html! {
        (DOCTYPE)
        (PreEscaped("<html lang=\"en\">"))
        (head(&printable(path.name().unwrap_or(b"Home"))))
        (PreEscaped("<body><main>"))
        (header(path, entries))
        (upload_form(uploads))
        (PreEscaped("<form method=\"get\"><table>"))
        @if !entries.is_empty() { (columns(order)) }
        (PreEscaped("<tbody>\n"))
        @if !path.is_root() {
            tr class="d" { td { a href="../" aria-label="Parent folder" { ".." } } td {} td {} }
        }
    };
    page.into_string().into_bytes()
}

pub(super) const BOTTOM: &str = "</tbody></table></form></main></body></html>\n";

/// A directory that accepts uploads and shows no files.
pub(in crate::server) fn drop_box(path: &TreePath) -> Vec<u8> {
    let title = printable(path.name().unwrap_or(b"Home"));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(&title))
            body { main { h1 { (title) } p { "Files can be left here; what is here is not shown." } (upload_form(Uploads::New)) } }
        }
    };
    page.into_string().into_bytes()
}

fn upload_form(uploads: Uploads) -> Markup {
    html! { @if uploads != Uploads::None {
        form class="upload" method="post" enctype="multipart/form-data" {
            // First, so that the server knows it before the first file.
            @if uploads == Uploads::All { label { input type="checkbox" name="overwrite" value="1"; " Replace files of the same name" } }
            label { span { "Files" } " " input type="file" name="files" multiple; }
            label { span { "Folder" } " " input type="file" name="files" webkitdirectory; }
            button { "Upload" }
        }
        script { (PreEscaped(SCRIPT)) }
    } }
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

fn header(path: &TreePath, entries: &[Entry]) -> Markup {
    let directories = entries.iter().filter(|entry| entry.meta.is_directory()).count();
    let files = entries.len() - directories;
    let total: u64 =
        entries.iter().filter(|entry| !entry.meta.is_directory()).map(|entry| entry.meta.size).sum();
    html! {
        h1 { nav aria-label="Path" { (breadcrumb(path)) } }
        p {
            @if entries.is_empty() { "This folder is empty" }
            @else { (count(directories, "folder")) ", " (count(files, "file")) ", " (human(total)) }
        }
    }
}

fn breadcrumb(path: &TreePath) -> Markup {
    let depth = path.segments().count();
    html! {
        a href=(up(depth)) { "Home" }
        @for (at, name) in path.segments().enumerate() {
            " / "
            @if at + 1 == depth { span aria-current="page" { (printable(name)) } }
            @else { a href=(up(depth - at - 1)) { (printable(name)) } }
        }
    }
}

fn up(levels: usize) -> String {
    match levels {
        0 => "./".into(),
        levels => "../".repeat(levels),
    }
}

/// The column heads. The arrows show that a head can be pressed; that of the sort key reverses the order.
fn columns(order: Order) -> Markup {
    let column = |key: Key, value: &str, label: &str| {
        let (sorted, arrow, reverse) = match (order.key == key, order.descending) {
            (false, _) => ("none", "\u{2191}\u{2193}", ""),
            (true, false) => ("ascending", "\u{2191}", "-"),
            (true, true) => ("descending", "\u{2193}", ""),
        };
        html! {
            th aria-sort=(sorted) {
                button name="sort" value={ (reverse) (value) } {
                    (label) @if key == Key::Time { span { " (UTC)" } } " " i aria-hidden="true" { (arrow) }
                }
            }
        }
    };
    html! {
        thead { tr {
            (column(Key::Name, "name", "Name"))
            (column(Key::Size, "size", "Size"))
            (column(Key::Time, "time", "Changed"))
        } }
    }
}

pub(super) fn rows(to: &mut Vec<u8>, entries: &[Entry]) {
    for entry in entries {
        let (name, is_directory) = (printable(&entry.name), entry.meta.is_directory());
        let time = rfc3339(entry.meta.modified_unix());
        let row = html! {
            tr class=[is_directory.then_some("d")] {
                td { a href=(super::link(entry)) { (name) @if is_directory { "/" } } }
                td title=[(!is_directory).then(|| entry.meta.size)] { @if is_directory { "\u{2013}" } @else { (human(entry.meta.size)) } }
                td { time datetime=(time) { (time.get(..10).unwrap_or_default()) span { " " (time.get(11..16).unwrap_or_default()) } } }
            }
        };
        to.extend_from_slice(row.into_string().as_bytes());
        to.push(b'\n');
    }
}

fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

/// `512 B`, `1.5 KiB`, `20 MiB`: two digits at least, three at most before the unit.
fn human(bytes: u64) -> String {
    let power = bytes.checked_ilog2().unwrap_or_default() / 10;
    let Some(unit) = "BKMGTPE".chars().nth(power as usize).filter(|_| power > 0) else {
        return format!("{bytes} B");
    };
    let tenths = (u128::from(bytes) * 10) >> (10 * power);
    match tenths {
        ..100 => format!("{}.{} {unit}iB", tenths / 10, tenths % 10),
        _ => format!("{} {unit}iB", tenths / 10),
    }
}

/// A page with one line about a target. Its link is relative, as behind a proxy the top is not at `/`.
pub(in crate::server) fn message(title: &str, what: &str, target: Target<'_>) -> Vec<u8> {
    let (path, slashes) = (target.decoded_path(), target.path().iter().filter(|&&byte| byte == b'/').count());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(title))
            body { main { h1 { (title) } p { code { (printable(&path)) } " " (what) } p { a href=(up(slashes.saturating_sub(1))) { "Home" } } } }
        }
    };
    page.into_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_for_people() {
        for (bytes, expected) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_024, "1.0 KiB"),
            (1_536, "1.5 KiB"),
            (20 << 20, "20 MiB"),
            ((1 << 20) - 1, "1023 KiB"),
            (5 << 30, "5.0 GiB"),
            (u64::MAX, "15 EiB"),
        ] {
            assert_eq!(human(bytes), expected);
        }
    }
}
