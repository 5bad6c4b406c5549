//! The page of the actions on several entries: Move and Delete. The script shows it in a dialog over the listing.

use common::escape::printable;
use maud::{Markup, html};

use super::Context;
use crate::wire::target::encode_path;

/// Names that are listed; the others are counted.
const LISTED: usize = 10;

/// Several entries of a directory and what their user may do with them.
pub(in crate::server) struct SelectedEntries<'a> {
    pub(in crate::server) names: &'a [Vec<u8>],
    /// The files that they are or contain.
    pub(in crate::server) files: usize,
    pub(in crate::server) may_delete: bool,
    /// The directories beside them to which they can be moved.
    pub(in crate::server) destinations: Vec<Vec<u8>>,
    /// They can be moved to the directory above.
    pub(in crate::server) has_parent: bool,
}

impl Context {
    pub(in crate::server) fn selection_page(&self, selection: &SelectedEntries<'_>) -> Vec<u8> {
        let (words, names) = (self.words, selection.names);
        let title = words.entries(names.len());
        let rest = names.len().saturating_sub(LISTED);
        let content = html! { article class="sheet" {
            h2 { (title) }
            ul class="quiet" {
                @for name in names.iter().take(LISTED) { li { (printable(name)) } }
                @if rest > 0 { li { (words.more(rest)) } }
            }
            @if selection.may_delete {
                @if selection.has_parent || !selection.destinations.is_empty() { (self.move_form(selection)) }
                (self.delete_form(names, &words.delete_several(names.len()), selection.files, true))
            }
            (self.close())
        } };
        self.page(&title, &content)
    }

    fn move_form(&self, selection: &SelectedEntries<'_>) -> Markup {
        let words = self.words;
        html! {
            form method="post" action="?move" {
                @for name in selection.names { input type="hidden" name="name" value=(encode_path(name)); }
                label {
                    (words.move_to)
                    select name="to" {
                        @if selection.has_parent { option value=".." { (words.parent) } }
                        @for name in &selection.destinations {
                            option value=(encode_path(name)) { (printable(name)) }
                        }
                    }
                }
                button { (words.r#move) }
            }
        }
    }
}
