//! POST of a small form of the page: New folder, Rename, Move and Delete, for browsers without the methods MKCOL, MOVE and
//! DELETE. Each applies to an entry of the directory that the request-target names, by the rules of its method.
//!
//! | target | fields |
//! | --- | --- |
//! | `?new-folder` | `name`: the name of the new folder |
//! | `?rename` | `name`: the entry, percent-encoded; `to`: its new name; `overwrite=1`: it may replace a file |
//! | `?move` | `name`: the entry, percent-encoded, repeated for others; `to`: a directory in this one, percent-encoded, or `..` |
//! | `?delete` | `name`: as for `?move`; `depth=infinity`: a directory with everything in it |

use common::net::conn::Conn;
use percent_encoding::percent_decode;

use super::{mkcol, move_to, selection};
use crate::content::read::Incoming;
use crate::server::form::Form;
use crate::server::guard::Change;
use crate::server::refusal::{Outcome, Refusal};
use crate::server::response::ServerResponse;
use crate::wire::head::RequestHead;
use crate::wire::query;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageAction {
    NewFolder,
    Rename,
    Move,
    Delete,
}

impl PageAction {
    pub(super) fn of_request(head: &RequestHead) -> Option<Self> {
        let query = head.target().query()?;
        let is_asked = |name| query::get(query, name).is_some();
        let known = [
            ("new-folder", Self::NewFolder),
            ("rename", Self::Rename),
            ("move", Self::Move),
            ("delete", Self::Delete),
        ];
        known.into_iter().find_map(|(name, action)| is_asked(name).then_some(action))
    }
}

pub(super) async fn perform(
    change: Change<'_>,
    action: PageAction,
    content: &mut Incoming,
    conn: &mut Conn,
) -> Outcome {
    let request = change.request();
    let form = Form::receive(request.head, content, conn).await?;
    let directory = request.path()?;
    let names = || form.values("name").map(entry).collect::<Result<Vec<_>, _>>();
    match action {
        PageAction::NewFolder => {
            let path = directory.child(new_name(form.value("name"))?);
            mkcol::make_at(change, path).await?;
        }
        PageAction::Rename => {
            let path = directory.child(&entry(form.value("name"))?);
            let to = directory.child(new_name(form.value("to"))?);
            let renamed = move_to::rename(change, path, to, form.value("overwrite") == b"1").await;
            renamed.map_err(|refusal| match refusal {
                Refusal::Because(412, _) => Refusal::because(
                    409,
                    "has an entry of that name; choose another",
                    "sudah memiliki entri dengan nama itu; pilih nama lain",
                ),
                other => other,
            })?;
        }
        PageAction::Move => selection::move_to(change, &directory, &names()?, form.value("to")).await?,
        PageAction::Delete => {
            let is_recursive = form.value("depth") == b"infinity";
            selection::delete(change, &directory, &names()?, is_recursive).await?;
        }
    }
    let location = request.location_of_directory(&directory);
    Ok(ServerResponse::empty(303).with(|head| head.field("Location", location)))
}

/// The name of an entry.
pub(in crate::server) fn entry(value: &[u8]) -> Result<Vec<u8>, Refusal> {
    let name: Vec<u8> = percent_decode(value).collect();
    checked(&name).map(<[u8]>::to_vec)
}

/// A name that a user has typed.
fn new_name(value: &[u8]) -> Result<&[u8], Refusal> {
    checked(value.trim_ascii())
}

/// A name is one segment of a path.
fn checked(name: &[u8]) -> Result<&[u8], Refusal> {
    match name.contains(&b'/') || matches!(name, b"" | b"." | b"..") {
        true => Err(Refusal::because(
            400,
            "cannot hold an entry of this name; a name is not empty and has no slash",
            "tidak dapat memuat entri dengan nama ini; nama tidak boleh kosong dan tidak boleh berisi garis miring",
        )),
        false => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_segment() {
        for (value, expected, why) in [
            (&b"a b"[..], Some(&b"a b"[..]), "an ordinary name"),
            (b"  a ", Some(b"a"), "without the space around it"),
            (b"", None, "empty"),
            (b" ", None, "empty"),
            (b"..", None, "another directory"),
            (b"a/b", None, "two segments"),
            (b".hidden", Some(b".hidden"), "the tree decides"),
        ] {
            assert_eq!(new_name(value).ok(), expected, "{}: {why}", value.escape_ascii());
        }
        assert_eq!(entry(b"a%FF%20b").ok(), Some(b"a\xFF b".to_vec()), "any byte");
        assert!(entry(b"a%2Fb").is_err() && entry(b"%2E%2E").is_err(), "decoded first");
    }
}
