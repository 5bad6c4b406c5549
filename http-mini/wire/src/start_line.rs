//! Method and version, which occur in start-lines ([RFC 9112 section
//! 2.1](https://www.rfc-editor.org/rfc/rfc9112#section-2.1)).

/// The methods known here (RFC 9110 section 9.3, RFC 5789, RFC 4918).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the standards'")]
pub enum Method {
    Get,
    Head,
    Options,
    Put,
    Delete,
    Post,
    Patch,
    Mkcol,
    Copy,
    Move,
    Trace,
    /// Never in a [`head::RequestHead`](super::head::RequestHead): it breaks
    /// [`Rule::ConnectRefused`](super::rule::Rule::ConnectRefused).
    Connect,
    /// Any other: 501.
    Other,
}

impl Method {
    /// The method of this name. Methods are case-sensitive: `get` is not `GET` (RFC 9110 section 9.1).
    pub fn named(name: &[u8]) -> Self {
        match name {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"OPTIONS" => Self::Options,
            b"PUT" => Self::Put,
            b"DELETE" => Self::Delete,
            b"POST" => Self::Post,
            b"PATCH" => Self::Patch,
            b"MKCOL" => Self::Mkcol,
            b"COPY" => Self::Copy,
            b"MOVE" => Self::Move,
            b"TRACE" => Self::Trace,
            b"CONNECT" => Self::Connect,
            _ => Self::Other,
        }
    }
}

/// The version of a message (RFC 9112 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `HTTP/1.0`: one request a connection, no chunks, no interim responses.
    Http10,
    /// `HTTP/1.1`, and any later minor version (RFC 9110 section 2.5).
    Http11,
}
