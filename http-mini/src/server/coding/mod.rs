//! Content codings ([RFC 9110 section 8.4](https://www.rfc-editor.org/rfc/rfc9110#section-8.4)): which files have coded
//! forms, and how the forms are made and kept. Which one a request gets is decided in `methods::coded`.

mod cache;
mod encode;
mod siblings;

use crate::wire::coding;
pub(super) use cache::{CodedForm, CodedForms};
pub(super) use encode::PieceEncoder;
pub(super) use siblings::MissingSiblings;

/// The smallest content that is coded (1 KiB): less fits into one packet anyway.
pub(super) const SMALLEST: u64 = 1 << 10;

/// Whether a file can be sent in a coding: its type compresses well, and its name does not say that it is coded already.
pub(super) fn has_choice(name: &[u8], media_type: &str, size: u64) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default();
    let is_text = essence.starts_with("text/") || essence.ends_with("+xml") || essence.ends_with("+json");
    let is_known = matches!(
        essence,
        "application/json"
            | "application/wasm"
            | "application/xml"
            | "application/javascript"
            | "application/sql"
            | "application/toml"
            | "application/yaml"
    );
    size >= SMALLEST && (is_text || is_known) && coding::of_file(name).is_none()
}
