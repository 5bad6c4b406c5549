//! The content of messages, as the server and the client read and write it.

pub(crate) mod decoding;
pub(crate) mod digest;
pub(crate) mod mask;
pub(crate) mod read;
pub(crate) mod write;
