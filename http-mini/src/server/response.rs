//! What a request is answered with, before any of it is sent.

use std::io;
use std::ops::Range;
use std::rc::Rc;

use common::files::Content;
use common::net::conn::Conn;

use super::HttpWorker;
use super::methods::get::Representation;
use crate::content::write::Writer;
use crate::wire::head::{Head, Method, Version};
use crate::wire::range::Multipart;
use crate::wire::response::{Prepared, ResponseHead, Status};

/// Status, fields and content of a response.
pub(super) struct Answer {
    pub(super) status: Status,
    /// The fields of a file's representation, prepared with it.
    pub(super) representation: Option<Rc<Representation>>,
    /// Fields of this answer alone.
    pub(super) fields: Prepared,
    pub(super) body: Body,
}

/// The content of a response.
pub(super) enum Body {
    /// No content, and nothing said of its length (204, 304).
    None,
    Bytes(Vec<u8>),
    File(Rc<Content>, Range<u64>),
    // Boxed: what is rare must not make every answer large.
    Parts(Box<Parts>),
    /// Pieces whose sum is not known before they are made; none is empty.
    Pieces(Box<dyn Iterator<Item = Vec<u8>>>),
}

/// Parts of a file as `multipart/byteranges`.
pub(super) struct Parts {
    pub(super) content: Rc<Content>,
    pub(super) multipart: Multipart,
    pub(super) ranges: Vec<Range<u64>>,
}

impl Body {
    /// Bytes of the content, where they are known.
    fn length(&self) -> Option<u64> {
        match self {
            Self::None => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::File(_, span) => Some(span.end - span.start),
            Self::Parts(parts) => Some(parts.multipart.length(&parts.ranges)),
            Self::Pieces(_) => None,
        }
    }
}

/// How a response has to be sent.
pub(super) struct Manner {
    version: Version,
    without_content: bool,
    pub(super) persists: bool,
}

impl Manner {
    pub(super) fn of(head: &Head) -> Self {
        Self {
            version: head.version(),
            without_content: head.method() == Method::Head,
            persists: head.persists(),
        }
    }

    /// For what could not be read as a request: the answer is the last of its connection.
    pub(super) fn last(without_content: bool) -> Self {
        Self { version: Version::Http11, without_content, persists: false }
    }
}

impl HttpWorker {
    /// Sends the answer, or queues it where it is small. Returns the bytes of content.
    pub(super) async fn send(
        &self,
        answer: &mut Answer,
        manner: &mut Manner,
        conn: &mut Conn,
    ) -> io::Result<u64> {
        let length = answer.body.length();
        let in_chunks = length.is_none() && manner.version >= Version::Http11;
        // HTTP/1.0 has no chunks: there the end of the connection is the end of the content.
        manner.persists &= length.is_some() || in_chunks;
        let mut head = self.date(ResponseHead::new(conn.out(), answer.status));
        if let Some(representation) = &answer.representation {
            head = head.prepared(representation.fields(answer.status));
        }
        head = head.prepared(&answer.fields);
        if let (Status(206), Body::File(content, part)) = (answer.status, &answer.body) {
            head = head.content_range(part, content.meta().size);
        }
        head = match (&answer.body, length) {
            (Body::None, _) => head,
            (_, Some(length)) => head.length(length),
            (_, None) if in_chunks => head.chunked(),
            (_, None) => head,
        };
        head.connection(manner.persists, manner.version).finish();
        if manner.without_content {
            return Ok(0);
        }
        match &mut answer.body {
            Body::None => Ok(0),
            Body::Bytes(bytes) => conn.write(bytes).await.map(|()| bytes.len() as u64),
            Body::File(content, span) => {
                let length = span.end - span.start;
                conn.send(content.file(), span.clone()).await.map(|()| length)
            }
            // Boxed, as all that is rare: a connection that waits is as large as its largest state.
            Body::Parts(parts) => Box::pin(send_parts(conn, parts)).await,
            Body::Pieces(pieces) => Box::pin(send_pieces(conn, pieces, in_chunks)).await,
        }
    }
}

/// `multipart/byteranges` (RFC 9110 section 14.6).
async fn send_parts(conn: &mut Conn, Parts { content, multipart, ranges }: &Parts) -> io::Result<u64> {
    for range in ranges {
        conn.out().extend_from_slice(&multipart.part_head(range));
        conn.send(content.file(), range.clone()).await?;
    }
    conn.out().extend_from_slice(&multipart.end());
    Ok(multipart.length(ranges))
}

async fn send_pieces(
    conn: &mut Conn,
    pieces: &mut dyn Iterator<Item = Vec<u8>>,
    in_chunks: bool,
) -> io::Result<u64> {
    let mut writer = Writer::new(conn, in_chunks);
    for piece in pieces {
        writer.write(&piece).await?;
    }
    Ok(writer.finish())
}
