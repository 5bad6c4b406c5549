//! The content of messages, read and written by the server and the client.

pub(crate) mod decoding;
pub(crate) mod digest;
pub(crate) mod mask;
pub(crate) mod read;
pub(crate) mod write;
