//! The fields that are sent with a file: its media type and its validators
//! ([RFC 9110 section 8](https://www.rfc-editor.org/rfc/rfc9110#section-8)).

use std::cell::RefCell;
use std::rc::Rc;
use std::time::SystemTime;

use common::files::{FileContent, FileVersion};
use common::net::clock;

use super::coding::{self, MissingSiblings};
use super::media_type::media_type;
use crate::wire::coding::CodingName;
use crate::wire::conditional::{EntityTag, Validators};
use crate::wire::response::{Prepared, ResponseHeadWriter, Status};

/// The fields sent with a file, cached with its [`FileContent`].
#[derive(Debug)]
pub(super) struct Representation {
    pub(super) media_type: String,
    etag: String,
    modified: SystemTime,
    shared: SharedFields,
    /// Fields sent with content (200, 206).
    whole: Prepared,
    /// Fields sent without it (304, 412, 416).
    pub(super) validators: Prepared,
    /// Whether the request chooses among codings.
    pub(super) has_codings: bool,
    pub(super) missing_siblings: MissingSiblings,
    /// The fields of the file's coded forms, with the version that their ETag names.
    coded: RefCell<Vec<(CodingName, FileVersion, Rc<Self>)>>,
}

/// What all forms of a file have in common.
#[derive(Clone, Copy, Debug)]
struct SharedFields {
    cache_control: &'static str,
    /// The fields of a request on which the form depends; empty for none.
    vary: &'static str,
    is_sandboxed: bool,
}

impl Representation {
    /// `is_index`: it is an index file, for whose directory Accept chooses between the file and the listing.
    /// `is_untrusted`: clients may have uploaded it, so its scripts must not run with the server's origin.
    pub(super) fn new(
        name: &[u8],
        content: &FileContent<Self>,
        cache_control: &'static str,
        is_index: bool,
        is_untrusted: bool,
    ) -> Self {
        let (media_type, meta) = (media_type(name, content.start()).into_owned(), content.meta());
        let has_codings = coding::has_choice(name, &media_type, meta.size);
        // For a directory with an index file, Accept chooses between the file and the listing.
        let vary = match (is_index, has_codings) {
            (true, true) => "Accept, Accept-Encoding",
            (true, false) => "Accept",
            (false, true) => "Accept-Encoding",
            (false, false) => "",
        };
        let is_sandboxed = is_untrusted && is_active(&media_type);
        let shared = SharedFields { cache_control, vary, is_sandboxed };
        let form = Self::form(media_type, meta.version.to_string(), meta.modified, shared, None);
        Self { has_codings, ..form }
    }

    /// The fields of the file in a coding; `version` is that of the file, or of its precompressed sibling.
    pub(super) fn in_coding(&self, coding: CodingName, version: FileVersion) -> Rc<Self> {
        let mut known = self.coded.borrow_mut();
        if let Some((.., form)) = known.iter().find(|known| (known.0, known.1) == (coding, version)) {
            return Rc::clone(form);
        }
        let etag = format!("{version}-{}", coding.as_str());
        let form = Self::form(self.media_type.clone(), etag, self.modified, self.shared, Some(coding));
        let form = Rc::new(form);
        known.retain(|(name, ..)| *name != coding);
        known.push((coding, version, Rc::clone(&form)));
        form
    }

    fn form(
        media_type: String,
        etag: String,
        modified: SystemTime,
        shared: SharedFields,
        coding: Option<CodingName>,
    ) -> Self {
        // After a time in the future, the next change would look older than this content.
        let now = clock::now();
        let validators = Prepared::new(|head| {
            let head = head.field("Cache-Control", shared.cache_control);
            let head = if shared.vary.is_empty() { head } else { head.field("Vary", shared.vary) };
            head.last_modified(modified, now).etag(EntityTag::strong(etag.as_bytes()))
        });
        let whole = Prepared::new(|head| {
            let head =
                head.field("Content-Type", &media_type).field("Accept-Ranges", "bytes").prepared(&validators);
            let head = match coding {
                Some(coding) => head.field("Content-Encoding", coding.as_str()),
                None => head,
            };
            sandboxed(head, shared.is_sandboxed)
        });
        let (missing_siblings, coded) = Default::default();
        Self {
            media_type,
            etag,
            modified,
            shared,
            whole,
            validators,
            has_codings: false,
            missing_siblings,
            coded,
        }
    }

    /// The fields of the file as the content of an error, which has no version of its own.
    pub(super) fn without_validators<'a>(&self, head: ResponseHeadWriter<'a>) -> ResponseHeadWriter<'a> {
        let head = head.field("Content-Type", &self.media_type).field("Cache-Control", "no-cache");
        sandboxed(head, self.shared.is_sandboxed)
    }

    pub(super) fn fields(&self, status: Status) -> &Prepared {
        match status.0 {
            200 | 206 => &self.whole,
            _ => &self.validators,
        }
    }

    pub(super) fn current(&self) -> Validators<'_> {
        Validators { etag: EntityTag::strong(self.etag.as_bytes()), modified: Some(self.modified) }
    }
}

fn sandboxed(head: ResponseHeadWriter<'_>, is_sandboxed: bool) -> ResponseHeadWriter<'_> {
    if is_sandboxed { head.field("Content-Security-Policy", "sandbox") } else { head }
}

/// Whether a browser may run scripts in content of this type.
fn is_active(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default();
    matches!(essence, "text/html" | "text/xml" | "application/xml" | "text/xsl") || essence.ends_with("+xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_can_run_scripts_are_known() {
        for (name, expected) in [
            ("a.html", true),
            ("a.HTM", true),
            ("a.xhtml", true),
            ("a.svg", true),
            ("a.svgz", true),
            ("a.xml", true),
            ("a.xsl", true),
            ("a.txt", false),
            ("a.js", false),
            ("a.png", false),
            ("a", false),
        ] {
            let media_type = media_type(name.as_bytes(), None);
            assert_eq!(is_active(&media_type), expected, "{name}: {media_type}");
        }
    }
}
