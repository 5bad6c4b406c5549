//! The part files of clients.

pub(in crate::files) mod pieces;
