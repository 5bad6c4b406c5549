//! The plan of a download: the version of the representation, and the ranges to request.

use std::time::SystemTime;

use common::client::{Fault, FaultKind, LocalFolder, PacedTransfer, TransferProgress};
use common::files::{Checksum, TreePath};
use common::net::clock;
use syntax::decimal;

use super::version::{RepresentationVersion, Validator};
use crate::client::origin::bare;
use crate::client::request::Request;
use crate::client::resource::Resource;
use crate::client::response::Response;
use crate::wire::coding;
use crate::wire::response::{ResponseHead, Status};

/// The most segments of one file, and the most that are downloaded at the same time.
pub const SEGMENTS_LIMIT: usize = 32;
/// The smallest segment (1 MiB): below it, the cost of another connection exceeds the gain.
const LEAST: u64 = 1 << 20;

/// The options of a download.
#[derive(Clone, Debug)]
pub struct Download {
    /// The representation.
    pub resource: Resource,
    /// The digest that the complete content must have.
    pub checksum: Option<Checksum>,
    /// Whether to resume the part file of an earlier run.
    pub resumes: bool,
    /// Whether the file gets the representation's modification time.
    pub keeps_time: bool,
    /// The time that it gets instead: that of a listing, which may be later than any Last-Modified.
    pub listed_time: Option<SystemTime>,
    /// Segments downloaded at the same time, each over its own connection.
    pub segments: usize,
}

/// The server's information about a representation before its content is requested.
pub(super) struct Plan {
    pub(super) head: ResponseHead,
    pub(super) version: RepresentationVersion,
    /// Identifies part files of this version.
    pub(super) source: Vec<u8>,
    /// Bytes in the part file, if there is one to resume.
    pub(super) kept: Option<u64>,
}

impl Download {
    /// A download in one piece that resumes the part file of an earlier run.
    pub fn new(resource: Resource) -> Self {
        Self { resource, checksum: None, resumes: true, keeps_time: false, listed_time: None, segments: 1 }
    }

    /// Requests the head of the representation. Returns `None` if the server supports GET only.
    pub(super) async fn plan(
        &self,
        (folder, path): (&LocalFolder, &TreePath),
        transfer: &TransferProgress,
    ) -> Result<Option<Plan>, Fault> {
        let head = match self.head(transfer).await {
            Ok(response) => response.head().clone(),
            Err(fault) if fault.kind == FaultKind::Network => return Err(fault),
            Err(_) => return Ok(None),
        };
        let version = self.version(&head);
        let source = self.source(&version);
        let part = folder.tree.part_file(path, &source).await.unwrap_or_default().filter(|_| self.resumes);
        Ok(Some(Plan { head, version, source, kept: part.map(|(_, size)| size) }))
    }

    /// The version in a response. It has no validator if its coding is decoded, so that no ranges of the
    /// encoded content are requested.
    pub(super) fn version(&self, head: &ResponseHead) -> RepresentationVersion {
        let fields = head.fields();
        let has_ranges = !fields.list("accept-ranges").any(|unit| unit.eq_ignore_ascii_case(b"none"));
        let coding = coding::of_content(fields);
        let is_as_it_comes = coding == Ok(None) || coding == Ok(self.keeps());
        let validator = Validator::of(fields, clock::now()).filter(|_| has_ranges && is_as_it_comes);
        let length = fields.only_field("content-length").filter(|_| is_as_it_comes);
        RepresentationVersion { validator, size: length.and_then(decimal::parse), coding }
    }

    /// Identifies part files by URL and version. Two codings may have the same entity tag.
    pub(super) fn source(&self, version: &RepresentationVersion) -> Vec<u8> {
        let validator = version.validator.as_ref().map(Validator::value).unwrap_or_default();
        let coded: &[u8] = if version.coding == Ok(None) { b"" } else { b"\ncoded" };
        [bare(&self.resource.url).as_str().as_bytes(), b"\n", validator, coded].concat()
    }

    /// The coding that the file itself has: `gzip` for `a.tar.gz`.
    fn keeps(&self) -> Option<coding::CodingName> {
        coding::of_file(self.resource.url.path().as_bytes())
    }

    pub(super) fn request(&self, method: &str) -> Request {
        self.resource.request(method).uncoded(self.keeps())
    }

    /// Requests a range of this version; the response has all of the content if the version is another one.
    pub(super) async fn request_range(&self, validator: &Validator, range: &str) -> Result<Response, Fault> {
        let validator = String::from_utf8_lossy(validator.value()).into_owned();
        self.request("GET").own_field("Range", range).own_field("If-Range", &validator).await
    }

    /// Requests the current head of the representation.
    pub(in crate::client) async fn head(&self, transfer: &TransferProgress) -> Result<Response, Fault> {
        let attempt = async || {
            let response = self.request("HEAD").await?;
            // A part (206) must not be taken for the whole.
            if matches!(response.status(), Status(200 | 203)) { Ok(response) } else { Err(response.fault()) }
        };
        self.resource.retries.persist(transfer, attempt).await
    }

    pub(super) fn pump<'a>(&'a self, transfer: &'a TransferProgress) -> PacedTransfer<'a> {
        PacedTransfer { throttle: &self.resource.throttle, transfer }
    }
}

/// The starts of the segments from `from` on.
pub(super) fn starts(from: u64, size: u64) -> Vec<u64> {
    let left = size.saturating_sub(from);
    let count = (left / LEAST).clamp(1, SEGMENTS_LIMIT as u64);
    (0..count).map(|at| from + left / count * at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_alike_and_not_too_small() {
        const MIB: u64 = 1 << 20;
        for (from, size, expected, why) in [
            (0, 4 * MIB, vec![0, MIB, 2 * MIB, 3 * MIB], "of the least size"),
            (4 * MIB, 6 * MIB, vec![4 * MIB, 5 * MIB], "of the rest"),
            (0, 64 * MIB, (0..32).map(|at| at * 2 * MIB).collect(), "as many as there may be"),
            (0, 100, vec![0], "one"),
            (0, 0, vec![0], "nothing"),
            (9, 5, vec![9], "nothing left"),
            (0, 2 * MIB + 1, vec![0, MIB], "the last one has the rest"),
        ] {
            assert_eq!(starts(from, size), expected, "{why}");
        }
    }
}
