//! Location: a reference to a path of this server, never to another host
//! ([RFC 9110 section 10.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.2)).
//!
//! By default it is an absolute path, since BusyBox wget and axel cannot resolve a relative reference. A request that
//! came through a proxy gets a relative one: the proxy may have removed a prefix of the path, which this server does
//! not know.

use common::files::TreePath;
use common::net::peer::Peer;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode, percent_encode};

use super::guard::CheckedRequest;
use crate::wire::forwarded;
use crate::wire::target::{self, RequestTarget};

/// Bytes of a target that a URI does not contain.
const OUTSIDE_URI: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The same target over HTTPS. The host is that of the request, the only one that this server redirects to.
pub(super) fn https_location(host: &[u8], target: RequestTarget<'_>) -> Vec<u8> {
    let query = target.query().map(|query| [b"?", query].concat()).unwrap_or_default();
    let target = [target.path(), &query].concat();
    [b"https://", host, percent_encode(&target, OUTSIDE_URI).to_string().as_bytes()].concat()
}

/// The request-target without its query, relative to itself.
pub(super) fn same_target(target: RequestTarget<'_>) -> Vec<u8> {
    let last = target.path().rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    [b"./", percent_encode(last, OUTSIDE_URI).to_string().as_bytes()].concat()
}

impl CheckedRequest<'_> {
    /// The directory that the request-target names.
    pub(super) fn location_of_directory(self, path: &TreePath) -> Vec<u8> {
        let slash = if path.is_root() { "" } else { "/" };
        self.location(path, slash, |last| match last {
            [] => "./".into(),
            last => format!("./{}/", target::encode_path(last)),
        })
    }

    /// A file beside the one that the request-target names.
    pub(super) fn location_of_sibling(self, path: &TreePath) -> Vec<u8> {
        self.location(path, "", |last| {
            let directory = last.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
            let name = path.name().unwrap_or_default();
            let reference = [last.get(..directory).unwrap_or_default(), name].concat();
            format!("./{}", target::encode_path(&reference))
        })
    }

    /// `relative` is called with the last segment of the request-target, decoded: it may contain slashes that were
    /// encoded.
    fn location(self, path: &TreePath, slash: &str, relative: impl FnOnce(&[u8]) -> String) -> Vec<u8> {
        let is_proxied = || *self.peer == Peer::Unix || forwarded::is_proxied(self.head.section());
        let base = self.worker.base_path.as_deref();
        let text = match base {
            None if is_proxied() => {
                let last = self.head.target().path().rsplit(|&byte| byte == b'/').next().unwrap_or_default();
                relative(&percent_decode(last).collect::<Vec<_>>())
            }
            // One slash at its start: two would name another host (RFC 3986 section 4.2).
            base => format!("{}/{}{slash}", base.unwrap_or_default(), target::encode_path(path.as_bytes())),
        };
        text.into_bytes()
    }
}
