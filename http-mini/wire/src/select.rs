//! The result of a GET or HEAD for existing content: preconditions, If-Range and Range in the order of [RFC
//! 9110 section 13.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2).
//!
//! No I/O: values in, a decision out.

use std::ops::Range;
use std::time::SystemTime;

use super::conditional::{self, Precondition, Validators};
use super::head::{Method, RequestHead};
use super::range::{Ranges, Resolved};

/// The bytes of a representation to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All of them: 200.
    Full,
    /// One part, or several as `multipart/byteranges`: 206. Never empty; see [`Resolved::Parts`].
    Parts(Vec<Range<u64>>),
    /// 304: the client has the representation.
    NotModified,
    /// 412: a precondition failed.
    Failed,
    /// 416: the ranges are after the end.
    Unsatisfiable,
}

/// The result of a request for a representation of `size` bytes at the time `now`.
///
/// Range applies to GET only (RFC 9110 section 14.2).
pub fn select(head: &RequestHead, current: &Validators<'_>, size: u64, now: SystemTime) -> Selection {
    match conditional::evaluate(head, Some(current), now) {
        Precondition::NotModified => return Selection::NotModified,
        Precondition::Failed => return Selection::Failed,
        Precondition::Proceed => {}
    }
    if head.method() != Method::Get {
        return Selection::Full;
    }
    let Some(ranges) = head.only_field("range").and_then(Ranges::parse) else { return Selection::Full };
    if !conditional::if_range_holds(head, current, now) {
        return Selection::Full;
    }
    match ranges.resolve(size) {
        Resolved::Whole => Selection::Full,
        Resolved::Parts(parts) => Selection::Parts(parts),
        Resolved::Unsatisfiable => Selection::Unsatisfiable,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::conditional::EntityTag;
    use crate::head;

    #[test]
    #[expect(clippy::single_range_in_vec_init, reason = "one part is meant")]
    fn ranges_come_after_all_preconditions() {
        use Selection::{Failed, Full, NotModified, Parts, Unsatisfiable};
        let current = Validators { etag: EntityTag::strong(b"now"), modified: Some(UNIX_EPOCH) };
        let some = Parts(vec![0..5]);
        for (method, fields, expected, why) in [
            ("GET", "", Full, "no condition"),
            ("GET", "Range: bytes=0-4\r\n", some.clone(), "14.2"),
            ("GET", "Range: bytes=0-0,-1\r\n", Parts(vec![0..1, 99..100]), "14.2: several"),
            ("GET", "Range: bytes=100-\r\n", Unsatisfiable, "15.5.17"),
            ("GET", "Range: lines=0-4\r\n", Full, "14.2: an unknown unit is ignored"),
            ("GET", "Range: bytes=4-0\r\n", Full, "14.2: an invalid one is ignored"),
            ("GET", "Range: bytes=0-1\r\nRange: bytes=5-6\r\n", Full, "not a list of fields"),
            ("HEAD", "Range: bytes=0-4\r\n", Full, "14.2: GET only"),
            ("HEAD", "Range: bytes=100-\r\n", Full, "14.2: GET only"),
            ("GET", "Range: bytes=0-4\r\nIf-Range: \"now\"\r\n", some.clone(), "13.1.5: unchanged"),
            ("GET", "Range: bytes=0-4\r\nIf-Range: \"old\"\r\n", Full, "13.1.5: changed, so all of it"),
            ("GET", "Range: bytes=100-\r\nIf-Range: \"old\"\r\n", Full, "13.1.5: not even 416"),
            ("GET", "If-Range: \"old\"\r\n", Full, "13.1.5: ignored without Range"),
            ("GET", "Range: bytes=0-4\r\nIf-None-Match: \"now\"\r\n", NotModified, "13.2.2: step 3 before 5"),
            ("GET", "Range: bytes=0-4\r\nIf-None-Match: \"old\"\r\n", some.clone(), "13.2.2: step 5"),
            ("GET", "Range: bytes=0-4\r\nIf-Match: \"old\"\r\n", Failed, "13.2.2: step 1 before 5"),
            ("GET", "Range: bytes=0-4\r\nIf-Match: \"now\"\r\n", some, "13.2.2: step 5"),
            ("GET", "Range: bytes=100-\r\nIf-Match: \"old\"\r\n", Failed, "13.2.2: 412 before 416"),
        ] {
            let text = format!("{method} / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            let (head, _) = head::parse(text.as_bytes()).unwrap().unwrap();
            let now = UNIX_EPOCH + Duration::from_secs(1_000);
            assert_eq!(select(&head, &current, 100, now), expected, "{method} {fields:?}: {why}");
        }
    }
}
