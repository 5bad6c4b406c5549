//! Stores a file on a server: by PUT, or in pieces that go on where they were cut off, if the server says
//! that it knows the type `application/partial-upload`
//! ([draft-ietf-httpbis-resumable-upload](https://datatracker.ietf.org/doc/draft-ietf-httpbis-resumable-upload/)).

use std::fs::File;
use std::rc::Rc;

use common::client::{Fault, Kind, Transfer};
use common::files::Content;

use super::outgoing::{Meter, Outgoing};
use super::request::Request;
use super::resource::Resource;
use super::response::Response;
use crate::wire::enclosed::PARTIAL_UPLOAD;
use crate::wire::response::Status;

/// Files from this size on (1 MiB) are sent so that they can be gone on with; below it is not worth the
/// questions.
const RESUMABLE: u64 = 1 << 20;

/// Where content comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file, of which each byte can be sent again.
    File(Rc<Content>),
    /// Something that is read once: standard input.
    Stream(Rc<File>),
}

impl Resource {
    /// Stores all of a source under its URL.
    ///
    /// # Errors
    /// Those of the server and the connection.
    pub async fn store(&self, source: Source, transfer: &Rc<Transfer>) -> Result<(), Fault> {
        let meter = Meter { throttle: self.throttle.clone(), transfer: Rc::clone(transfer) };
        match source {
            Source::Stream(file) => {
                let file = file.try_clone();
                let file = file.map_err(|error| Fault::new(Kind::Failed, error.to_string()))?;
                transfer.start(None, 0);
                stored(self.request("PUT").content(Outgoing::stream(file, meter)).await?).await
            }
            Source::File(content) => {
                let goes_on = content.meta().size >= RESUMABLE && self.can_go_on().await;
                let mut job = Job { resource: self, content, meter, goes_on, is_begun: false, anew: 0 };
                self.retries.persist(transfer, async || job.attempt().await).await
            }
        }
    }

    fn patch(&self, at: u64) -> Request {
        let request = self.request("PATCH").field("Content-Type", PARTIAL_UPLOAD);
        request.field("Upload-Offset", &at.to_string()).field("Upload-Complete", "?1")
    }

    /// Whether the server takes uploads in pieces, and the name is free: what exists is replaced whole.
    /// Without a clear word it does not. What the user says of the content is about the whole.
    async fn can_go_on(&self) -> bool {
        let is_about_content = |name: &str| {
            let name = name.to_ascii_lowercase();
            name.starts_with("content-") || name.starts_with("repr-")
        };
        if self.fields.iter().any(|(name, _)| is_about_content(name)) {
            return false;
        }
        let Ok(options) = self.request("OPTIONS").await else { return false };
        let mut kinds = options.head().fields().list("accept-patch");
        if !kinds.any(|kind| kind.eq_ignore_ascii_case(PARTIAL_UPLOAD.as_bytes())) {
            return false;
        }
        matches!(self.request("HEAD").await, Ok(found) if matches!(found.status(), Status(404 | 204)))
    }

    /// How much the server has of what was sent; `None` where the upload cannot go on.
    async fn offset(&self, size: u64) -> Result<Option<u64>, Fault> {
        let response = self.request("HEAD").await?;
        let digits = response.head().fields().only_field("upload-offset");
        let offset = digits.and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
        match response.status() {
            Status(204) => Ok(offset.filter(|&offset| offset <= size)),
            Status(404) => Ok(Some(0)),
            _ => Ok(None),
        }
    }
}

/// One file that is stored.
struct Job<'a> {
    resource: &'a Resource,
    content: Rc<Content>,
    meter: Meter,
    /// Whether the server keeps what has come, so that an upload can go on.
    goes_on: bool,
    is_begun: bool,
    /// How often what had been sent was sent again.
    anew: u32,
}

impl Job<'_> {
    /// Sends what the server does not have yet.
    async fn attempt(&mut self) -> Result<(), Fault> {
        let (size, transfer) = (self.content.meta().size, &self.meter.transfer);
        let offset = match (self.goes_on, self.is_begun) {
            (true, true) => self.resource.offset(size).await?,
            (true, false) => Some(0),
            (false, _) => None,
        };
        self.is_begun = true;
        let span = offset.unwrap_or_default()..size;
        if span.start == 0 && transfer.moved() > 0 {
            self.anew += 1;
        }
        // What is sent anew is no progress, so it does not give back any tries.
        if self.anew > self.resource.retries.0 {
            return Err(Fault::new(
                Kind::Network,
                "the connection is lost again and again, and nothing is kept",
            ));
        }
        transfer.start(Some(size), span.start);
        let request = match offset {
            Some(offset) => self.resource.patch(offset),
            None => self.resource.request("PUT"),
        };
        let outgoing = Outgoing::file(Rc::clone(&self.content), span, self.meter.clone());
        let response = request.content(outgoing).await?;
        if offset.is_some() && matches!(response.status(), Status(405 | 409 | 415 | 501)) {
            // Somebody has taken the name meanwhile, or the server does not mean what it says.
            self.goes_on = false;
            return Err(Fault::passing(Kind::Failed, "the upload cannot go on; it starts over"));
        }
        stored(response).await
    }
}

/// The server's word that it is stored.
async fn stored(response: Response) -> Result<(), Fault> {
    let mut response = response.ok()?;
    let mut piece = Vec::new();
    // What it says beside that is read so that the connection can be kept.
    while response.next(&mut piece).await? {
        piece.clear();
    }
    Ok(())
}
