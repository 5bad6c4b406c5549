//! Lines of EPLF, the easily parsed LIST format. <https://cr.yp.to/ftp/list/eplf.html>

use syntax::decimal;

use super::listed::{Listed, Modified};
use crate::entry::Kind;

/// Reads a line. What can neither be retrieved nor entered is neither a file nor a directory.
///
/// ```text
/// line = "+" *( fact "," ) TAB name
///
/// +i8388621.48594,m825718503,r,s280,<TAB>djb.html
/// +i8388621.50690,m824255907,/,<TAB>514
/// ```
pub(super) fn read(line: &[u8]) -> Option<Listed<'_>> {
    let line = line.strip_prefix(b"+")?;
    let tab = memchr::memchr(b'\t', line)?;
    let (facts, name) = (line.get(..tab)?, line.get(tab + 1..)?);
    let (mut kind, mut size, mut modified) = (None, None, None);
    for fact in facts.split(|byte| *byte == b',') {
        match fact {
            b"/" => kind = Some(Kind::Dir),
            b"r" => kind = kind.or(Some(Kind::File)),
            [b's', b'-', ..] => return None,
            [b's', digits @ ..] => size = decimal::parse(digits),
            [b'm', digits @ ..] => {
                modified = decimal::parse(digits).and_then(|seconds| i64::try_from(seconds).ok());
            }
            _ => {}
        }
    }
    let modified = modified.map(|seconds| Modified { seconds, precision: 1 });
    let size = size.filter(|_| kind == Some(Kind::File));
    (!name.is_empty()).then_some(Listed { name, kind, size, modified, target: None })
}
