//! [`Site`]: how a directory appears as a web site. The names that answer for other URLs are
//! [`SpecialNames`](common::files::SpecialNames).

use std::str::FromStr;
use std::sync::{Arc, PoisonError, RwLock};

use common::patterns::Patterns;

use super::response::ServerResponse;
use crate::wire::head::RequestHead;
use crate::wire::origin;

/// How a directory appears as a web site.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Serves the index file of the root for pages that do not exist, whose script shows them.
    pub spa: bool,
    /// Directories without an index file do not exist.
    pub no_listing: bool,
    /// Pages run their scripts with the server's origin although clients may have uploaded them.
    pub trust_content: bool,
    /// Origins whose pages may change something, besides the server's own: `https://files.example.org`.
    pub trusted_origins: Vec<String>,
    /// Fields of responses; `None` if there are none and none are added later.
    pub fields: Option<FieldRules>,
}

/// Fields of responses, shared by all threads. Of several for one field, the last one applies.
#[derive(Clone, Debug)]
pub struct FieldRules(Arc<RwLock<Arc<[FieldRule]>>>);

impl FieldRules {
    /// These rules, until they are replaced.
    pub fn new(rules: Vec<FieldRule>) -> Self {
        Self(Arc::new(RwLock::new(rules.into())))
    }

    /// Replaces all rules.
    pub fn replace(&self, rules: Vec<FieldRule>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = rules.into();
    }

    fn current(&self) -> Arc<[FieldRule]> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A field of responses, for all paths or for those that match a pattern: `Cache-Control: no-cache`,
/// `/assets/**: Cache-Control: max-age=3600`. It replaces the server's own field of this name.
#[derive(Clone, Debug)]
pub struct FieldRule {
    pattern: Option<Patterns>,
    field: Arc<(String, String)>,
}

/// Fields that belong to the connection, or that the framing of a message depends on.
const OF_SERVER: [&str; 9] = [
    "connection",
    "content-length",
    "content-range",
    "date",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl FromStr for FieldRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed = || "write it as 'NAME: VALUE' or '/GLOB: NAME: VALUE'".to_owned();
        let (glob, field) = match text.starts_with('/') {
            true => text.split_once(": ").map(|(glob, field)| (Some(glob), field)).ok_or_else(malformed)?,
            false => (None, text),
        };
        let pattern = glob.map(|glob| Patterns::new(&[glob.to_owned()])).transpose()?;
        let (name, value) = field.split_once(':').ok_or_else(malformed)?;
        let (name, value) = (name.trim(), value.trim());
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_of_name) || value.chars().any(char::is_control) {
            return Err(malformed());
        }
        if OF_SERVER.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(format!("the server determines {name} itself"));
        }
        Ok(Self { pattern, field: Arc::new((name.to_owned(), value.to_owned())) })
    }
}

impl Site {
    /// Adds the fields of the rules that match the path of the request. A refusal has none: what may be cached or
    /// shared for a file must not apply to an error.
    pub(super) fn add_fields(&self, head: &RequestHead, response: &mut ServerResponse) {
        let Some(rules) = self.fields.as_ref().filter(|_| response.status.0 < 400) else { return };
        let path = head.target().decoded_path();
        let path = path.strip_prefix(b"/").unwrap_or(&path);
        let matches = |rule: &&FieldRule| rule.pattern.as_ref().is_none_or(|glob| glob.match_path(path));
        response.fields_of_site =
            rules.current().iter().filter(matches).map(|rule| Arc::clone(&rule.field)).collect();
    }

    /// Whether a page of another site caused the request.
    pub(super) fn is_foreign(&self, head: &RequestHead) -> bool {
        let is_trusted = |origin: &[u8]| {
            self.trusted_origins.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(origin))
        };
        origin::is_foreign(head) && !head.only_field("origin").is_some_and(is_trusted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_rule_has_a_name_and_a_value() {
        for (text, expected, why) in [
            ("X-A: b", Some(("X-A", "b")), "for all paths"),
            ("X-A:", Some(("X-A", "")), "an empty value"),
            ("X-A: b: c", Some(("X-A", "b: c")), "the first colon counts"),
            ("/assets/**: Cache-Control: max-age=60", Some(("Cache-Control", "max-age=60")), "for some"),
            ("/*.js: X-A: /b: c", Some(("X-A", "/b: c")), "the glob ends at the first colon"),
            ("X-A", None, "no colon"),
            ("/a: b", None, "no field"),
            ("/[: X-A: b", None, "no pattern"),
            (": b", None, "no name"),
            ("X A: b", None, "no name"),
            ("X-A: b\r\nX-B: c", None, "two lines"),
            ("Content-Length: 5", None, "the server's own"),
            ("/a: connection: close", None, "the server's own"),
        ] {
            let rule = text.parse::<FieldRule>().ok();
            let found = rule.as_ref().map(|rule| (&*rule.field.0, &*rule.field.1));
            assert_eq!(found, expected, "{text}: {why}");
        }
    }
}
