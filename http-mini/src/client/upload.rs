//! Stores a file on a server: by PUT, or by PATCH, which can be resumed, if the server accepts
//! `application/partial-upload`
//! ([draft-ietf-httpbis-resumable-upload](https://datatracker.ietf.org/doc/draft-ietf-httpbis-resumable-upload/)).
//! The partial upload of an earlier run is resumed if the server checks the digest of the complete file.

use std::fs::File;
use std::rc::Rc;

use common::client::{Fault, FaultKind, TransferProgress};
use common::files::FileContent;
use syntax::unix_time;

use super::outgoing::{Meter, Outgoing};
use super::request::Request;
use super::resource::Resource;
use super::response::Response;
use crate::content;
use crate::wire::digest;
use crate::wire::response::Status;
use crate::wire::resumable::{self, PARTIAL_UPLOAD, PatchPiece, UploadLimit, UploadProgress};

/// Files from this size on (1 MiB) are uploaded resumably; smaller ones are not worth the extra requests.
const RESUMABLE: u64 = 1 << 20;
/// The least content of a request after 413 (64 KiB), unless the server states another minimum.
const LEAST: u64 = 64 << 10;

/// The content to upload.
#[derive(Clone, Debug)]
pub enum UploadSource {
    /// A file, which can be read again.
    File(Rc<FileContent>),
    /// Standard input or another stream, which can be read once.
    Stream(Rc<File>),
}

impl Resource {
    /// Uploads the source to the URL, with the modification time of a file (X-OC-Mtime). Returns the bytes that were
    /// sent.
    pub async fn store(&self, source: UploadSource, transfer: TransferProgress) -> Result<u64, Fault> {
        let transfer = Rc::new(transfer);
        self.send(source, &transfer).await?;
        let sent = transfer.moved();
        // The requests, which share it, are over.
        Rc::into_inner(transfer).map(TransferProgress::done);
        Ok(sent)
    }

    async fn send(&self, source: UploadSource, transfer: &Rc<TransferProgress>) -> Result<(), Fault> {
        let meter = Meter { throttle: self.throttle.clone(), transfer: Rc::clone(transfer) };
        match source {
            UploadSource::Stream(file) => {
                let file = file.try_clone();
                let file = file.map_err(|error| Fault::new(FaultKind::Failed, error.to_string()))?;
                transfer.start(None, 0);
                self.request("PUT").content(Outgoing::stream(file, meter)).await?.done().await
            }
            UploadSource::File(content) => {
                let kept = match content.meta().size >= RESUMABLE {
                    true => self.kept_initially().await,
                    false => None,
                };
                let (kept, limit) = kept.unzip();
                let limit = limit.unwrap_or_default();
                let mut job = ResourceUpload {
                    resource: self,
                    content,
                    meter,
                    is_resumable: kept.is_some(),
                    initial: Some(kept.filter(|kept| kept.wants_digest).unwrap_or_default()),
                    most: limit.max_append_size.filter(|&most| most > 0).unwrap_or(u64::MAX),
                    limit,
                    digest: None,
                    restarts: 0,
                };
                self.retries.persist(transfer, async || job.attempt().await).await
            }
        }
    }

    fn patch(&self, piece: PatchPiece) -> Request {
        let request = self.request("PATCH").own_field("Content-Type", PARTIAL_UPLOAD);
        piece.fields().fold(request, |request, (name, value)| request.own_field(name, &value))
    }

    /// The server's part of an earlier upload, and its limits, if it supports PATCH and no file has this name: an
    /// existing file is replaced by PUT. Fields of the user about the content describe the complete file, so they
    /// exclude PATCH.
    async fn kept_initially(&self) -> Option<(UploadProgress, UploadLimit)> {
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
        let limit = UploadLimit::read(options.head().fields()).unwrap_or_default();
        Some((self.kept().await.ok()??, limit))
    }

    /// The server's part of the upload; `None` if it cannot be resumed.
    async fn kept(&self) -> Result<Option<UploadProgress>, Fault> {
        let response = self.request("HEAD").await?;
        Ok(match response.status() {
            Status(204) => UploadProgress::read(response.head().fields()),
            Status(404) => Some(UploadProgress::default()),
            _ => None,
        })
    }
}

struct ResourceUpload<'a> {
    resource: &'a Resource,
    content: Rc<FileContent>,
    meter: Meter,
    /// The server keeps the received bytes of an upload that breaks.
    is_resumable: bool,
    /// The limits of the server.
    limit: UploadLimit,
    /// The largest content of a request, in bytes.
    most: u64,
    /// The part that an earlier run has left, until the first attempt uses it.
    initial: Option<UploadProgress>,
    /// The value of Repr-Digest, once computed.
    digest: Option<String>,
    /// How often the upload started over.
    restarts: u32,
}

enum Sent {
    Complete,
    /// The server keeps a piece, or requires a smaller one.
    Partly(UploadProgress),
    /// The server keeps the start of another content.
    OtherContent,
    /// The name is no longer free, or the server does not support PATCH after all.
    NotResumable,
}

impl ResourceUpload<'_> {
    /// Sends the rest of the content.
    async fn attempt(&mut self) -> Result<(), Fault> {
        let mut kept = match (self.is_resumable, self.initial.take()) {
            (true, None) => self.resource.kept().await?,
            (true, initial) => initial,
            (false, _) => None,
        };
        let size = self.content.meta().size;
        let is_of_another_file =
            |kept: UploadProgress| kept.offset > size || kept.length.is_some_and(|length| length != size);
        if kept.is_some_and(is_of_another_file) {
            // Another client may have stored a file meanwhile, which remains. If the upload cannot be cancelled, it is
            // started again.
            let _ = self.resource.request("DELETE").own_field("If-None-Match", "*").await;
            kept = Some(UploadProgress::default());
        }
        if kept.is_none_or(|kept| kept.offset == 0) && self.meter.transfer.moved() > 0 {
            self.restarts += 1;
        }
        // Sending content again is no progress, so it does not reset the number of retries.
        if self.restarts > self.resource.retries.0 {
            return Err(Fault::new(
                FaultKind::Network,
                "the connection is lost again and again, and nothing is kept",
            ));
        }
        loop {
            match self.send(kept).await? {
                Sent::Complete => return Ok(()),
                Sent::Partly(progress) => {
                    kept = Some(progress);
                    continue;
                }
                Sent::OtherContent => kept = Some(UploadProgress::default()),
                Sent::NotResumable => (self.is_resumable, kept) = (false, None),
            }
            self.meter.transfer.report().note("the upload cannot be resumed; it starts over");
        }
    }

    /// Sends the rest by PATCH, or as much of it as the limits allow, or everything by PUT if `kept` is `None`.
    async fn send(&mut self, kept: Option<UploadProgress>) -> Result<Sent, Fault> {
        let UploadProgress { offset, wants_digest, .. } = kept.unwrap_or_default();
        let size = self.content.meta().size;
        let end = kept.map_or(size, |_| offset.saturating_add(self.most).min(size));
        let is_last = end == size;
        let has_digest = wants_digest && offset > 0 && is_last;
        let mut request = match kept {
            Some(_) => self.resource.patch(PatchPiece { offset, is_last, length: Some(size) }),
            None => self.resource.request("PUT"),
        };
        if let Some(seconds) = self.modified() {
            request = request.own_field("X-OC-Mtime", &seconds.to_string());
        }
        if has_digest {
            request = request.own_field("Repr-Digest", &self.digest().await?);
        }
        self.meter.transfer.start(Some(size), offset);
        let outgoing = Outgoing::file(Rc::clone(&self.content), offset..end, self.meter.clone());
        let response = request.content(outgoing).await?;
        match response.status() {
            Status(400) if has_digest => Ok(Sent::OtherContent),
            Status(405 | 409 | 415 | 501) if kept.is_some() => Ok(Sent::NotResumable),
            Status(413) if kept.is_some() && self.shrink(end - offset, &response) => {
                Ok(Sent::Partly(kept.unwrap_or_default()))
            }
            Status(200..300)
                if is_last && resumable::completeness(response.head().fields()) == Some(false) =>
            {
                Err(Fault::new(FaultKind::Network, "the server has not completed the upload"))
            }
            _ => {
                response.done().await?;
                let partly = UploadProgress { offset: end, wants_digest, ..UploadProgress::default() };
                Ok(if is_last { Sent::Complete } else { Sent::Partly(partly) })
            }
        }
    }

    /// Lowers `most` after 413 to a request with content of `sent` bytes. Returns `false` if no smaller request can help.
    fn shrink(&mut self, sent: u64, response: &Response) -> bool {
        self.limit = UploadLimit::read(response.head().fields()).unwrap_or(self.limit);
        let UploadLimit { max_size, max_append_size, min_append_size } = self.limit;
        self.most = (sent / 2).min(max_append_size.unwrap_or(u64::MAX));
        let is_too_large = max_size.is_some_and(|most| most < self.content.meta().size);
        !is_too_large && self.most >= min_append_size.unwrap_or(LEAST).max(1)
    }

    /// The modification time in seconds, unless the user gives another one.
    fn modified(&self) -> Option<u64> {
        let is_given = |(name, _): &(String, String)| name.eq_ignore_ascii_case("x-oc-mtime");
        let seconds = unix_time::seconds(self.content.meta().modified);
        u64::try_from(seconds).ok().filter(|_| !self.resource.fields.iter().any(is_given))
    }

    async fn digest(&mut self) -> Result<String, Fault> {
        if let Some(digest) = &self.digest {
            return Ok(digest.clone());
        }
        let hashed = content::digest::sha256(&self.content).await;
        let hashed = hashed.map_err(|error| Fault::unreadable(self.meter.transfer.file(), &error))?;
        Ok(self.digest.insert(digest::write(&[hashed])).clone())
    }
}
