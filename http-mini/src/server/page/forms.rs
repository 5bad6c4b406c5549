//! The pages of actions: New folder, the actions on an entry (Open, Download, Copy link, Rename, Delete), and Log in.
//! The script shows them in a dialog over the listing.

use common::escape::printable;
use common::files::{Meta, TreePath};
use maud::{Markup, html};

use super::kind::DisplayKind;
use super::{Account, Context, href, human, time};
use crate::wire::head::RequestHead;
use crate::wire::target::encode_path;

/// An entry and what its user may do with it.
pub(in crate::server) struct Item<'a> {
    pub(in crate::server) name: &'a [u8],
    pub(in crate::server) meta: &'a Meta,
    pub(in crate::server) may_download: bool,
    pub(in crate::server) may_rename: bool,
    pub(in crate::server) may_delete: bool,
    /// The files in it, if it is a directory.
    pub(in crate::server) files: usize,
    /// It is a directory that holds anything.
    pub(in crate::server) has_entries: bool,
}

/// Why a login is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum LoginProblem {
    Required,
    Wrong,
    TooMany,
}

impl Context {
    pub(in crate::server) fn item_page(&self, item: &Item<'_>) -> Vec<u8> {
        let (words, name) = (self.words, printable(item.name));
        let (is_directory, kind) = (item.meta.is_directory(), DisplayKind::of_name(item.name));
        let reference = href(item.name, is_directory);
        let opened = match kind {
            DisplayKind::Web | DisplayKind::Archive | DisplayKind::Other => reference.clone(),
            _ if is_directory => reference.clone(),
            _ => format!("{reference}?view"),
        };
        let files = if is_directory { item.files } else { 1 };
        let content = html! { article class="sheet" {
            h2 { (name) }
            p class="quiet" {
                @if is_directory { (words.files(item.files)) } @else { (human(item.meta.size)) }
                ", " (time(item.meta.modified_unix()))
            }
            p class="actions" {
                a class="button" href=(opened) { (words.open) }
                @if !is_directory { a class="button" href=(reference) download { (words.download) } }
                @else if item.may_download { a class="button" href={ (reference) "?format=zip" } { (words.download) } }
                button type="button" class="script" data-copy=(reference) { (words.copy_link) }
            }
            @if item.may_rename {
                form method="post" action="?rename" {
                    input type="hidden" name="name" value=(encode_path(item.name));
                    label { (words.new_name) input name="to" value=(name) required autocomplete="off" spellcheck="false"; }
                    button { (words.rename) }
                }
            }
            @if item.may_delete {
                (self.delete_form(&[item.name], &words.delete_question(&name), files, item.has_entries))
            }
            (self.close())
        } };
        self.page(&name, &content)
    }

    /// The form to delete entries, which are or contain so many files.
    pub(super) fn delete_form(
        &self,
        names: &[impl AsRef<[u8]>],
        question: &str,
        files: usize,
        is_recursive: bool,
    ) -> Markup {
        let words = self.words;
        html! {
            details {
                summary class="button danger" { (words.delete) }
                form method="post" action="?delete" {
                    @for name in names {
                        input type="hidden" name="name" value=(encode_path(name.as_ref()));
                    }
                    @if is_recursive { input type="hidden" name="depth" value="infinity"; }
                    p { (question) " " (words.files(files)) ". " (words.final_note) }
                    button class="danger" { (words.delete) }
                }
            }
        }
    }

    pub(in crate::server) fn new_folder_page(&self) -> Vec<u8> {
        let words = self.words;
        let content = html! { article class="sheet" {
            h2 { (words.new_folder) }
            form method="post" action="?new-folder" {
                label { (words.name) input name="name" required autocomplete="off" autofocus; }
                button class="primary" { (words.create) }
            }
            (self.close())
        } };
        self.page(words.new_folder, &content)
    }

    pub(in crate::server) fn login_page(&self) -> Vec<u8> {
        let context = Self { account: Account::Fixed(None), ..self.clone() };
        context.page(self.words.log_in, &self.login_form(None))
    }

    fn login_form(&self, problem: Option<LoginProblem>) -> Markup {
        let words = self.words;
        let problem = problem.map(|problem| match problem {
            LoginProblem::Required => words.login_required,
            LoginProblem::Wrong => words.login_wrong,
            LoginProblem::TooMany => words.login_too_many,
        });
        html! { article class="sheet" {
            h2 { (words.log_in) }
            @if let Some(problem) = problem { p class="problem" role="alert" { (problem) } }
            form method="post" action="?login" {
                label { (words.user) input name="user" required autocomplete="username" autocapitalize="none" autofocus; }
                label { (words.password) input name="password" type="password" required autocomplete="current-password"; }
                button class="primary" { (words.log_in) }
            }
        } }
    }

    /// Without the script, back to the listing; the script closes the dialog.
    pub(super) fn close(&self) -> Markup {
        html! { p { a class="close" href="./" { (self.words.cancel) } } }
    }
}

/// The page of a request that needs a login.
pub(in crate::server) fn login(head: &RequestHead, title: &str, problem: LoginProblem) -> Vec<u8> {
    let context = Context::of_head(head, TreePath::ROOT);
    context.page(title, &context.login_form(Some(problem)))
}
