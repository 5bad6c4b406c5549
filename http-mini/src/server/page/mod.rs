//! The pages for people: the listing, the actions on an entry, the viewer, the login, and messages. For phones and
//! desktops, light and dark, in two languages. Every page works without its script.
//!
//! - `list` is the listing, and the page of a drop box.
//! - `forms` are the pages of actions: New folder, Rename, Delete, Log in; `selection` is that of several entries.
//! - `viewer` shows a file in place, `markdown` renders Markdown.
//! - `kind` groups files for icons and for the viewer.
//! - `assets` are the style, the script and the icons; `words` are the texts.
//!
//! All references are relative: behind a proxy, the root need not be at `/`.

mod assets;
pub(super) mod forms;
pub(super) mod kind;
pub(super) mod list;
mod markdown;
pub(super) mod selection;
pub(super) mod viewer;
mod words;

use common::escape::printable;
use common::files::TreePath;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::wire::date;
use crate::wire::head::RequestHead;
use assets::{FAVICON_ASSET, SCRIPT_ASSET, STYLE_ASSET};
pub(super) use assets::{POLICY, requested as requested_asset};
use words::Words;
pub(super) use words::language;

/// What all pages of a request depend on.
#[derive(Clone)]
pub(super) struct Context {
    words: &'static Words,
    /// Directories between the URL and the root.
    levels: usize,
    path: TreePath,
    account: Account,
}

/// What the top of a page offers: Log in, or Log out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Account {
    /// There are no users, or the user logged in by the browser's own dialog, which cannot log out.
    Fixed(Option<String>),
    Anonymous,
    LoggedIn(String),
}

impl Context {
    /// For a page at the request-target, which names a directory if it ends with a slash.
    pub(super) fn new(head: &RequestHead, path: TreePath, account: Account) -> Self {
        let slashes = head.target().path().iter().filter(|&&byte| byte == b'/').count();
        Self { words: Words::of(head), levels: slashes.saturating_sub(1), path, account }
    }

    /// For a page before the login.
    fn of_head(head: &RequestHead, path: TreePath) -> Self {
        Self::new(head, path, Account::Fixed(None))
    }

    fn title(&self) -> String {
        self.path.name().map_or_else(|| self.words.home.into(), |name| printable(name).into_owned())
    }

    /// A complete page.
    fn page(&self, title: &str, content: &Markup) -> Vec<u8> {
        let page = html! { (self.top(title, &self.breadcrumb(""))) (content) (PreEscaped(BOTTOM)) };
        page.into_string().into_bytes()
    }

    /// A page up to its content, which is followed by [`BOTTOM`].
    fn top(&self, title: &str, heading: &Markup) -> Markup {
        let levels = self.levels;
        html! {
            (DOCTYPE)
            (PreEscaped(format!("<html lang=\"{}\">", self.words.language)))
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href=(FAVICON_ASSET.href(levels));
                link rel="stylesheet" href=(STYLE_ASSET.href(levels));
                script defer src=(SCRIPT_ASSET.href(levels)) integrity=(SCRIPT_ASSET.integrity) {}
            }
            (PreEscaped("<body>"))
            header { h1 { (heading) } (self.account_form()) }
            (PreEscaped("<main>\n"))
        }
    }

    fn account_form(&self) -> Markup {
        let words = self.words;
        html! {
            @match &self.account {
                Account::Fixed(name) => @if let Some(name) = name { span class="user" { (name) } },
                Account::Anonymous => form method="get" { button name="login" { (words.log_in) } },
                Account::LoggedIn(name) => form method="post" action="?logout" {
                    span class="user" { (name) } " " button { (words.log_out) }
                },
            }
        }
    }

    /// The way from the root; `query` is kept.
    fn breadcrumb(&self, query: &str) -> Markup {
        let (depth, words) = (self.path.segments().count(), self.words);
        html! {
            nav aria-label=(words.path) {
                @if depth == 0 { span aria-current="page" { (words.home) } }
                @else { a href={ (up(self.levels)) (query) } { (words.home) } }
                @for (at, name) in self.path.segments().enumerate() {
                    " / "
                    @if at + 1 == depth { span aria-current="page" { (printable(name)) } }
                    @else { a href={ (up(self.levels.saturating_sub(at + 1))) (query) } { (printable(name)) } }
                }
            }
        }
    }
}

/// Closes the elements that [`Context::top`] opens.
const BOTTOM: &str = "</main></body></html>\n";

/// A page with one line about the request-target.
pub(super) fn message(head: &RequestHead, title: &str, what: &str) -> Vec<u8> {
    let context = Context::of_head(head, TreePath::ROOT);
    let heading = html! { (title) };
    let path = head.target().decoded_path();
    let page = html! {
        (context.top(title, &heading))
        p class="message" { code { (printable(&path)) } " " (what) }
        p { a class="button" href=(up(context.levels)) { (context.words.home) } }
        (PreEscaped(BOTTOM))
    };
    page.into_string().into_bytes()
}

/// A relative reference to the directory so many levels up.
fn up(levels: usize) -> String {
    match levels {
        0 => "./".into(),
        levels => "../".repeat(levels),
    }
}

/// A relative reference to a name in the directory of the page. `./` prevents a colon in the name from ending a scheme
/// (RFC 3986 section 4.2).
pub(super) fn href(name: &[u8], is_directory: bool) -> String {
    format!("./{}{}", crate::wire::target::encode_path(name), if is_directory { "/" } else { "" })
}

/// A time in UTC; the script shows it in the reader's time zone.
fn time(unix: i64) -> Markup {
    let time = rfc3339(unix);
    let (date, minutes) = (time.get(..10).unwrap_or_default(), time.get(11..16).unwrap_or_default());
    html! { time datetime=(time) { (date) " " (minutes) " UTC" } }
}

/// `2026-11-23T18:51:00Z` (RFC 3339); a time beyond the calendar becomes its last.
pub(super) fn rfc3339(unix: i64) -> String {
    let at = date::calendar(unix);
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second) = at.to_hms();
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", u8::from(month))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_rfc_3339() {
        for (unix, expected, why) in [
            (1_795_459_860, "2026-11-23T18:51:00Z", "5.6"),
            (0, "1970-01-01T00:00:00Z", "5.6"),
            (-1, "1969-12-31T23:59:59Z", "before 1970"),
            (253_402_300_799, "9999-12-31T23:59:59Z", "1: the last one"),
            (253_402_300_800, "9999-12-31T23:59:59Z", "1: a year has four digits"),
            (i64::MAX, "9999-12-31T23:59:59Z", "1: a year has four digits"),
            (i64::MIN, "0000-01-01T00:00:00Z", "1: a year has four digits"),
        ] {
            assert_eq!(rfc3339(unix), expected, "{unix}: {why}");
        }
    }

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
