//! What a trace does not show of HTTP: the parts that the parsers call secret.

use common::net::trace::{Mask, Masked};

use crate::wire::conversation::Http;

/// The port of HTTP (RFC 9110 section 4.2.1).
const PORT: u16 = 80;

/// The mask of a connection.
pub(crate) fn new() -> Box<dyn Mask> {
    Masked::boxed(Http::new, PORT)
}
