//! What a trace does not show of FTP: the parts that the parsers call secret.

use common::net::trace::{Mask, Masked};

use crate::wire::conversation::Ftp;

/// The port of FTP (RFC 959 section 8).
const PORT: u16 = 21;

/// The mask of a control connection.
pub(crate) fn new() -> Box<dyn Mask> {
    Masked::boxed(Ftp::new, PORT)
}
