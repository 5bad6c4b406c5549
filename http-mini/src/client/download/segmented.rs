//! Downloads one representation in several segments at the same time into one file. Every segment must be of
//! the same version; if that cannot be verified, there are no segments.
//!
//! An incomplete file is kept up to its first gap. So there are more segments than simultaneous downloads,
//! and they are requested in order: little is lost behind a gap.

use std::cell::Cell;

use common::client::{Fault, FaultKind, TransferProgress};
use common::files::Upload;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::output::{self, Destination, DownloadOutput, receive};
use super::plan::{Download, starts};
use super::version::{RepresentationVersion, Validator};
use crate::client::content::Lost;
use crate::wire::response::Status;

struct Segment {
    upload: Upload,
    start: u64,
    end: u64,
}

/// Downloads in segments; returns `false` if the representation must be downloaded in one piece.
pub(super) async fn run(
    download: &Download,
    place: Destination<'_>,
    transfer: &TransferProgress,
) -> Result<bool, Fault> {
    let Destination::File(folder, path, _) = place else { return Ok(false) };
    let Some(plan) = download.plan((folder, path), transfer).await? else { return Ok(false) };
    let version = plan.version;
    let has_ranges = plan.head.fields().list("accept-ranges").any(|unit| unit == b"bytes");
    let (Some(validator), Some(size), true) = (&version.validator, version.size, has_ranges) else {
        return Ok(false);
    };
    let from = plan.kept.unwrap_or_default();
    let starts = starts(from, size);
    if starts.len() < 2 {
        return Ok(false);
    }
    let output =
        DownloadOutput::open(download, place, (plan.source.clone(), from), &plan.head, transfer).await?;
    // This upload writes nothing; it commits the file when all segments are complete.
    let DownloadOutput::File(mut whole) = output else { return Ok(false) };
    let uploads = whole.upload.split(size, &starts).await;
    let uploads = uploads.map_err(|error| Fault::file(&transfer.file(), &error))?;
    transfer.start(Some(size), from);
    transfer.keep(true);
    let job = SegmentedDownload {
        download,
        transfer,
        version: &version,
        validator,
        is_other_version: Cell::new(false),
    };
    let Err(fault) = job.fetch_all(divide(uploads, &starts, size)).await else {
        return whole.commit(transfer).await.map(|()| true);
    };
    whole.keep().await;
    if !job.is_other_version.get() {
        return Err(fault);
    }
    output::remove(folder, path, &plan.source).await;
    transfer.report().note("the server sends parts of another version; it starts over in one piece");
    Ok(false)
}

/// State shared by the segments of one download.
struct SegmentedDownload<'a> {
    download: &'a Download,
    transfer: &'a TransferProgress,
    version: &'a RepresentationVersion,
    validator: &'a Validator,
    /// A part was of another version, so all of them are useless.
    is_other_version: Cell<bool>,
}

impl SegmentedDownload<'_> {
    /// Downloads all segments. After a failure, the bytes before the first gap are kept.
    async fn fetch_all(&self, segments: Vec<Segment>) -> Result<(), Fault> {
        let mut segments: Vec<_> = segments.into_iter().map(Some).collect();
        let coming = stream::iter(segments.iter_mut()).map(|segment| self.fetch(segment));
        let came = coming.buffer_unordered(self.download.segments).try_collect().await;
        for unfinished in segments.into_iter().flatten() {
            // If they cannot be kept, they are downloaded again.
            let _ = unfinished.upload.keep().await;
        }
        came
    }

    /// Downloads a segment, and releases its upload.
    async fn fetch(&self, place: &mut Option<Segment>) -> Result<(), Fault> {
        let Some(segment) = place else { return Ok(()) };
        let retries = self.download.resource.retries;
        retries.persist(self.transfer, async || self.attempt(segment).await).await?;
        match place.take() {
            Some(segment) => {
                segment.upload.keep().await.map_err(|error| Fault::file(&self.transfer.file(), &error))
            }
            None => Ok(()),
        }
    }

    /// Requests and receives the rest of a segment.
    async fn attempt(&self, segment: &mut Segment) -> Result<(), Fault> {
        let at = segment.start + segment.upload.received();
        if at >= segment.end {
            return Ok(());
        }
        let range = format!("bytes={at}-{}", segment.end - 1);
        let mut response = self.download.request_range(self.validator, &range).await?;
        let part = match response.status() {
            Status(206) => {
                let fields = response.head().fields();
                self.version.part(fields, response.left(), (at, Some(segment.end)))
            }
            // All of another version, or no ranges although the server advertised them.
            Status(200 | 416) => None,
            _ => return Err(response.fault()),
        };
        let (part, _) = part.ok_or_else(|| self.other_version())?;
        let pump = self.download.pump(self.transfer);
        match receive(&mut response, &mut segment.upload, part.end - part.start, pump).await {
            // A server may send less than the requested range.
            Ok(()) if segment.start + segment.upload.received() == segment.end => Ok(()),
            Ok(()) | Err(Lost::Short) => {
                Err(Fault::passing(FaultKind::Network, "the server closed the connection early"))
            }
            Err(Lost::Excess) => Err(self.other_version()),
            Err(lost) => Err(lost.into()),
        }
    }

    fn other_version(&self) -> Fault {
        self.is_other_version.set(true);
        Fault::new(FaultKind::Integrity, "the server sends parts of another version")
    }
}

fn divide(uploads: Vec<Upload>, starts: &[u64], size: u64) -> Vec<Segment> {
    let ends = starts.iter().skip(1).copied().chain([size]);
    let segment = |((upload, &start), end)| Segment { upload, start, end };
    uploads.into_iter().zip(starts).zip(ends).map(segment).collect()
}
