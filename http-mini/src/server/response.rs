//! [`ServerResponse`], and sending it
//! ([RFC 9112 section 4](https://www.rfc-editor.org/rfc/rfc9112#section-4)).

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use common::escape::Escaped;
use common::files::FileContent;
use common::net::conn::Conn;
use syntax::rule::{Language, Text};

use super::HttpWorker;
use super::archive::Archive;
use super::coding::CodedForm;
use super::listing::ListingForm;
use super::page::{self, forms::LoginProblem};
use super::representation::Representation;
use crate::content::write::Writer;
use crate::wire::accept;
use crate::wire::coding::CodingName;
use crate::wire::head::{Method, RequestHead, Version};
use crate::wire::range::Multipart;
use crate::wire::response::{Prepared, ResponseHeadWriter, Status};

/// The fields of a request on which generated content depends (RFC 9110 section 12.5.5).
pub(super) const VARY: &str = "Accept, Accept-Encoding, Accept-Language";

/// Coded forms are written in pieces of this size (256 KiB): what a slow client makes the server hold.
const CODED_PIECE: usize = 256 << 10;

/// Content of unknown length. A piece may be empty.
pub(super) type ContentPieces = Box<dyn Iterator<Item = Vec<u8>>>;

pub(super) struct ServerResponse {
    pub(super) status: Status,
    /// The cached fields of a file.
    representation: Option<Rc<Representation>>,
    /// The fields of this response alone.
    fields: Prepared,
    /// Fields of the operator, which replace those of the server.
    pub(super) fields_of_site: Vec<Arc<(String, String)>>,
    body: Body,
    // Boxed: most responses have none.
    note: Option<Box<LogNote>>,
}

/// What the log states beyond the status.
#[derive(Default)]
pub(super) struct LogNote {
    /// The escaped names of stored files, one a line.
    pub(super) stored: String,
    /// Why the request was refused.
    pub(super) reason: String,
}

pub(super) enum Body {
    Bytes(Vec<u8>),
    File(Rc<FileContent<Representation>>, Range<u64>),
    // Boxed: a rare variant must not enlarge every response.
    Parts(Box<ByteRanges>),
    /// A whole file in a coding.
    Coded(Arc<CodedForm>),
    Pieces(ContentPieces),
    Archive(Box<Archive>),
}

/// Parts of a file as `multipart/byteranges`.
pub(super) struct ByteRanges {
    pub(super) content: Rc<FileContent<Representation>>,
    pub(super) multipart: Multipart,
    pub(super) ranges: Vec<Range<u64>>,
}

impl Body {
    fn length(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::File(_, span) => Some(span.end - span.start),
            Self::Parts(parts) => Some(parts.multipart.length(&parts.ranges)),
            Self::Coded(form) => Some(form.bytes.len() as u64),
            Self::Pieces(_) => None,
            Self::Archive(archive) => archive.length(),
        }
    }
}

impl ServerResponse {
    pub(super) fn new(status: u16, body: Body) -> Self {
        let fields = Prepared::default();
        let fields_of_site = Vec::new();
        Self { status: Status(status), representation: None, fields, fields_of_site, body, note: None }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self::new(status, Body::Bytes(Vec::new()))
    }

    /// Adds the fields of a file.
    pub(super) fn of_file(self, representation: Rc<Representation>) -> Self {
        Self { representation: Some(representation), ..self }
    }

    /// Plain text, for a client whose Accept is unknown.
    pub(super) fn text(status: u16, text: String) -> Self {
        Self::new(status, Body::Bytes(text.into_bytes()))
            .with(|head| head.field("Content-Type", ListingForm::Plain.media_type()))
    }

    /// Content that the server generates, in the form that Accept prefers.
    pub(super) fn rendered(status: u16, form: ListingForm, body: Body) -> Self {
        Self::new(status, body).with(|head| {
            head.field("Content-Type", form.media_type())
                .field("Vary", VARY)
                .field("Content-Security-Policy", &*page::POLICY)
        })
    }

    /// A file that all pages load, if one is requested.
    pub(super) fn of_pages(head: &RequestHead) -> Option<Self> {
        /// A year, in seconds: as long as it gets (RFC 8246).
        const CACHED: &str = "public, max-age=31536000, immutable";
        let (asset, is_current) = page::requested_asset(head)?;
        let cached = if is_current { CACHED } else { "no-cache" };
        matches!(head.method(), Method::Get | Method::Head).then(|| {
            Self::new(200, Body::Bytes(asset.content.as_bytes().to_vec()))
                .with(|head| head.field("Content-Type", asset.media_type).field("Cache-Control", cached))
        })
    }

    /// A line about the target, in the language that the client prefers: on a page if it prefers one. An error's is
    /// logged as its reason, in English.
    pub(super) fn message(
        head: &RequestHead,
        status: u16,
        what: impl Fn(Language) -> Cow<'static, str>,
    ) -> Self {
        let path = head.target().decoded_path();
        let (reason, shown) = (Status(status).reason(), what(page::language(head)));
        let (form, body) = match prefers_pages(head) {
            true => (ListingForm::Html, page::message(head, &format!("{status} {reason}"), &shown)),
            false => {
                (ListingForm::Plain, format!("{status} {reason}: {} {shown}\n", Escaped(&path)).into_bytes())
            }
        };
        let response = Self::rendered(status, form, Body::Bytes(body));
        match status {
            400.. => response
                .with_note(LogNote { reason: what(Language::English).into_owned(), ..LogNote::default() }),
            _ => response,
        }
    }

    /// [`message`](Self::message) with a text that depends on nothing else.
    pub(super) fn notice(head: &RequestHead, status: u16, what: Text) -> Self {
        Self::message(head, status, |language| what.in_language(language).into())
    }

    /// A refusal with the form to log in.
    pub(super) fn login(head: &RequestHead, status: u16, problem: LoginProblem, what: &str) -> Self {
        let title = format!("{status} {}", Status(status).reason());
        Self::rendered(status, ListingForm::Html, Body::Bytes(page::forms::login(head, &title, problem)))
            .with_note(LogNote { reason: what.to_owned(), ..LogNote::default() })
    }

    /// Replaces the pieces of the content, if it has any, by pieces in a coding.
    pub(super) fn with_pieces(
        self,
        encode: impl FnOnce(ContentPieces) -> (ContentPieces, Option<CodingName>),
    ) -> Self {
        let Body::Pieces(pieces) = self.body else { return self };
        let (pieces, coding) = encode(pieces);
        let response = Self { body: Body::Pieces(pieces), ..self };
        match coding {
            Some(coding) => response.with(|head| head.field("Content-Encoding", coding.as_str())),
            None => response,
        }
    }

    pub(super) fn with_note(self, note: LogNote) -> Self {
        Self { note: Some(Box::new(note)), ..self }
    }

    pub(super) fn take_note(&mut self) -> LogNote {
        self.note.take().map_or_else(LogNote::default, |note| *note)
    }

    pub(super) fn with(
        mut self,
        write: impl FnOnce(ResponseHeadWriter<'_>) -> ResponseHeadWriter<'_>,
    ) -> Self {
        let before = std::mem::take(&mut self.fields);
        self.fields = Prepared::new(|head| write(head.prepared(&before)));
        self
    }
}

/// Whether Accept prefers pages, as browsers do.
pub(super) fn prefers_pages(head: &RequestHead) -> bool {
    accept::media_type(head, &["text/plain", "text/html"]) == Some("text/html")
}

/// The part of a response that depends on the request's connection.
pub(super) struct SendOptions {
    version: Version,
    without_content: bool,
    /// Whether the connection stays open.
    pub(super) persists: bool,
}

impl SendOptions {
    pub(super) fn of(head: &RequestHead) -> Self {
        Self {
            version: head.version(),
            without_content: head.method() == Method::Head,
            persists: head.persists(),
        }
    }

    /// For a client whose request is unknown: the last response of its connection.
    pub(super) fn last(without_content: bool) -> Self {
        Self { version: Version::Http11, without_content, persists: false }
    }
}

impl HttpWorker {
    /// Sends a response, or queues a small one. Returns the length of its content.
    pub(super) async fn send(
        &self,
        response: &mut ServerResponse,
        options: &mut SendOptions,
        conn: &mut Conn,
    ) -> io::Result<u64> {
        let ServerResponse { status, representation, fields, fields_of_site, body, .. } = response;
        let length = body.length();
        let in_chunks = length.is_none() && options.version >= Version::Http11;
        // HTTP/1.0 has no chunks: the end of the connection ends the content.
        options.persists &= length.is_some() || in_chunks;
        let mut head = self.common_fields(ResponseHeadWriter::new(conn.out(), *status));
        if let Some(representation) = representation {
            head = head.prepared(representation.fields(*status));
        }
        head = head.prepared(fields);
        if let (Status(206), Body::File(content, part)) = (*status, &*body) {
            head = head.content_range(part, content.meta().size);
        }
        head = match length {
            // The length would be that of the cached content (RFC 9110 section 8.6).
            _ if *status == Status(304) => head,
            Some(length) => head.length(length),
            // Whether the response to GET would have a length is not known (RFC 9110 section 9.3.2).
            None if in_chunks && !options.without_content => head.chunked(),
            None => head,
        };
        for field in fields_of_site.iter() {
            head = head.replacing(&field.0, &field.1);
        }
        head.connection(options.persists, options.version).finish();
        if options.without_content {
            return Ok(0);
        }
        match body {
            Body::Bytes(bytes) => conn.write(bytes).await.map(|()| bytes.len() as u64),
            Body::File(content, span) => {
                let length = span.end - span.start;
                conn.send(content.file(), span.clone()).await.map(|()| length)
            }
            // Boxed: an idle connection is as large as the largest of its states.
            Body::Coded(form) => Box::pin(send_coded(conn, form)).await,
            Body::Parts(parts) => Box::pin(send_parts(conn, parts)).await,
            Body::Pieces(pieces) => Box::pin(send_pieces(conn, pieces, in_chunks)).await,
            Body::Archive(archive) => Box::pin(archive.send(&self.tree, Writer::new(conn, in_chunks))).await,
        }
    }
}

/// `multipart/byteranges` (RFC 9110 section 14.6).
async fn send_parts(
    conn: &mut Conn,
    ByteRanges { content, multipart, ranges }: &ByteRanges,
) -> io::Result<u64> {
    for range in ranges {
        conn.out().extend_from_slice(&multipart.part_head(range));
        conn.send(content.file(), range.clone()).await?;
    }
    conn.out().extend_from_slice(&multipart.end());
    Ok(multipart.length(ranges))
}

async fn send_coded(conn: &mut Conn, form: &CodedForm) -> io::Result<u64> {
    for piece in form.bytes.chunks(CODED_PIECE) {
        conn.write(piece).await?;
    }
    Ok(form.bytes.len() as u64)
}

async fn send_pieces(
    conn: &mut Conn,
    pieces: &mut dyn Iterator<Item = Vec<u8>>,
    in_chunks: bool,
) -> io::Result<u64> {
    let mut writer = Writer::new(conn, in_chunks);
    for piece in pieces {
        writer.write(&piece).await?;
        // A client that receives as fast as pieces are rendered must not keep the thread for itself.
        tokio::task::yield_now().await;
    }
    Ok(writer.finish())
}
