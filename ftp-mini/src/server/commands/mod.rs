//! What each command does: a verb group a file.
//!
//! A command is a function of the session and its argument. It gives the reply that ends it, or the
//! refusal; what is said in between (the 150 of a transfer) it says itself.

pub(super) mod changes;
pub(super) mod files;
pub(super) mod list;
pub(super) mod login;
pub(super) mod retr;
pub(super) mod security;
pub(super) mod settings;
pub(super) mod stor;
