//! Stores a file on a server: by PUT, or in pieces that go on where they were cut off, if the server says
//! that it knows the type `application/partial-upload`
//! ([draft-ietf-httpbis-resumable-upload](https://datatracker.ietf.org/doc/draft-ietf-httpbis-resumable-upload/)).
//! What an earlier run has left is gone on with where the server checks the digest of the whole.

use std::fs::File;
use std::rc::Rc;

use common::client::{Fault, Kind, Transfer};
use common::files::Content;

use super::outgoing::{Meter, Outgoing};
use super::request::Request;
use super::resource::Resource;
use super::response::Response;
use crate::content;
use crate::wire::digest;
use crate::wire::response::Status;
use crate::wire::resumable::{PARTIAL_UPLOAD, Piece, Progress};

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
                let kept = match content.meta().size >= RESUMABLE {
                    true => self.kept_so_far().await,
                    false => None,
                };
                let begun = kept.filter(|kept| kept.wants_digest).unwrap_or_default();
                let goes_on = kept.is_some();
                let mut job = Job {
                    resource: self,
                    content,
                    meter,
                    goes_on,
                    begun: Some(begun),
                    digest: None,
                    anew: 0,
                };
                self.retries.persist(transfer, async || job.attempt().await).await
            }
        }
    }

    fn patch(&self, at: u64) -> Request {
        let request = self.request("PATCH").own_field("Content-Type", PARTIAL_UPLOAD);
        let piece = Piece { offset: at, is_last: true };
        piece.fields().iter().fold(request, |request, (name, value)| request.own_field(name, value))
    }

    /// What the server has of an earlier upload, if it takes uploads in pieces and the name is free: what
    /// exists is replaced whole. Without a clear word it does not. What the user says of the content is
    /// about the whole.
    async fn kept_so_far(&self) -> Option<Progress> {
        let is_about_content = |name: &str| {
            let name = name.to_ascii_lowercase();
            name.starts_with("content-") || name.starts_with("repr-")
        };
        if self.fields.iter().any(|(name, _)| is_about_content(name)) {
            return None;
        }
        let options = self.request("OPTIONS").await.ok()?;
        let mut kinds = options.head().fields().list("accept-patch");
        if !kinds.any(|kind| kind.eq_ignore_ascii_case(PARTIAL_UPLOAD.as_bytes())) {
            return None;
        }
        self.kept().await.ok()?
    }

    /// What the server has of what was sent; `None` where the upload cannot go on.
    async fn kept(&self) -> Result<Option<Progress>, Fault> {
        let response = self.request("HEAD").await?;
        Ok(match response.status() {
            Status(204) => Progress::read(response.head().fields()),
            Status(404) => Some(Progress::default()),
            _ => None,
        })
    }
}

/// One file that is stored.
struct Job<'a> {
    resource: &'a Resource,
    content: Rc<Content>,
    meter: Meter,
    /// Whether the server keeps what has come, so that an upload can go on.
    goes_on: bool,
    /// What an earlier run has left, until the first attempt.
    begun: Option<Progress>,
    /// The value of Repr-Digest, once it was needed.
    digest: Option<String>,
    /// How often what had been sent was sent again.
    anew: u32,
}

/// What the server said to an attempt.
enum Sent {
    Whole,
    /// What it has is the beginning of something else.
    OtherBeginning,
    /// Somebody has taken the name meanwhile, or the server does not mean what it says.
    NotInPieces,
}

impl Job<'_> {
    /// Sends what the server does not have yet.
    async fn attempt(&mut self) -> Result<(), Fault> {
        let mut kept = match (self.goes_on, self.begun.take()) {
            (true, None) => self.resource.kept().await?,
            (true, begun) => begun,
            (false, _) => None,
        };
        let size = self.content.meta().size;
        kept = kept.map(|kept| if kept.offset > size { Progress::default() } else { kept });
        if kept.is_none_or(|kept| kept.offset == 0) && self.meter.transfer.moved() > 0 {
            self.anew += 1;
        }
        // What is sent anew is no progress, so it does not give back any tries.
        if self.anew > self.resource.retries.0 {
            return Err(Fault::new(
                Kind::Network,
                "the connection is lost again and again, and nothing is kept",
            ));
        }
        loop {
            match self.send(kept).await? {
                Sent::Whole => return Ok(()),
                Sent::OtherBeginning => kept = Some(Progress::default()),
                Sent::NotInPieces => (self.goes_on, kept) = (false, None),
            }
            self.meter.transfer.report().note("the upload cannot go on; it starts over");
        }
    }

    /// Sends what is not kept; without `kept` all of it, by PUT.
    async fn send(&mut self, kept: Option<Progress>) -> Result<Sent, Fault> {
        let Progress { offset, wants_digest } = kept.unwrap_or_default();
        let has_digest = wants_digest && offset > 0;
        let mut request = match kept {
            Some(_) => self.resource.patch(offset),
            None => self.resource.request("PUT"),
        };
        if has_digest {
            request = request.own_field("Repr-Digest", &self.digest().await?);
        }
        let span = offset..self.content.meta().size;
        self.meter.transfer.start(Some(span.end), offset);
        let outgoing = Outgoing::file(Rc::clone(&self.content), span, self.meter.clone());
        let response = request.content(outgoing).await?;
        match response.status() {
            Status(400) if has_digest => Ok(Sent::OtherBeginning),
            Status(405 | 409 | 415 | 501) if kept.is_some() => Ok(Sent::NotInPieces),
            _ => stored(response).await.map(|()| Sent::Whole),
        }
    }

    /// The digest of the whole.
    async fn digest(&mut self) -> Result<String, Fault> {
        if let Some(digest) = &self.digest {
            return Ok(digest.clone());
        }
        let hashed = content::digest::sha256(&self.content).await;
        let hashed = hashed.map_err(|error| Fault::unreadable(self.meter.transfer.file(), &error))?;
        Ok(self.digest.insert(digest::write(&[hashed])).clone())
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
