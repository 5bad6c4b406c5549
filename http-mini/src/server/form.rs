//! The small forms of the pages: names and values of `application/x-www-form-urlencoded` content.

use common::net::conn::Conn;

use super::refusal::Refusal;
use crate::content::read::Incoming;
use crate::wire::head::RequestHead;
use crate::wire::{enclosed, query};

pub(super) const URLENCODED: &str = "application/x-www-form-urlencoded";
/// The largest form, in bytes: two names, each byte of which is encoded as three (16 KiB).
const MOST: usize = 16 << 10;

#[derive(Debug)]
pub(super) struct Form(Vec<(Vec<u8>, Vec<u8>)>);

impl Form {
    pub(super) async fn receive(
        head: &RequestHead,
        content: &mut Incoming,
        conn: &mut Conn,
    ) -> Result<Self, Refusal> {
        enclosed::check(head)?;
        let media_type = head.only_field("content-type").unwrap_or_default();
        let essence = media_type.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
        if !essence.eq_ignore_ascii_case(URLENCODED.as_bytes()) {
            return Err(Refusal::because(415, "takes the content of a form", "menerima isi formulir"));
        }
        let mut text = Vec::new();
        while text.len() <= MOST && content.next(conn, &mut text, MOST).await? {}
        if text.len() > MOST {
            return Err(Refusal::because(
                413,
                "was sent a form that is too large",
                "menerima formulir yang terlalu besar",
            ));
        }
        Ok(Self(query::pairs(&text).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()))
    }

    /// Each value of a name.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter(move |(found, _)| found == name.as_bytes()).map(|(_, value)| &**value)
    }

    /// The first value of a name; empty if there is none.
    pub(super) fn value(&self, name: &str) -> &[u8] {
        self.values(name).next().unwrap_or_default()
    }
}
