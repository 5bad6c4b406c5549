//! Brings one representation in several parts at the same time, into one file that has room for all of
//! them. Every part must be of the same version; where that cannot be known, it comes in one piece.
//!
//! What is kept of a file that is not whole ends at its first gap. So there are more segments than come at
//! the same time, and they come in their order: behind a gap is little.

use std::cell::Cell;

use common::client::{Fault, Folder, Kind, Transfer};
use common::files::{Fetch, TreePath, Upload};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::version::{Validator, Version};
use super::{Download, cannot_store, commit, remove_part};
use crate::client::content::Lost;
use crate::wire::response::Status;

/// Segments of one file, and those that come at the same time.
pub const SEGMENTS_LIMIT: usize = 32;
/// The least bytes of a segment (1 MiB): a connection of its own costs more than less is worth.
const LEAST: u64 = 1 << 20;

/// One part of a file and where it comes to.
struct Segment {
    upload: Upload,
    start: u64,
    end: u64,
}

/// Brings it, if it can come in parts of one version.
pub(super) async fn run(
    download: &Download,
    (folder, path, replace): (&Folder, &TreePath, bool),
    transfer: &Transfer,
) -> Option<Result<(), Fault>> {
    let response = match download.head(transfer).await {
        Ok(response) => response,
        Err(fault) if fault.kind == Kind::Network => return Some(Err(fault)),
        // Some servers answer GET only.
        Err(_) => return None,
    };
    let version = download.version(response.head());
    let has_ranges = response.head().fields().list("accept-ranges").any(|unit| unit == b"bytes");
    let (Some(validator), Some(size), true) = (&version.validator, version.size, has_ranges) else {
        return None;
    };
    let source = download.source(&version);
    let known = folder.tree.begun(path, &source).await.unwrap_or_default().filter(|_| download.resumes);
    let from = known.map_or(0, |(_, size)| size);
    let starts = starts(from, size);
    if starts.len() < 2 {
        return None;
    }
    let job = Job { download, transfer, version: &version, validator, is_other_version: Cell::new(false) };
    let done = async {
        let fetch = Fetch { source: source.clone(), at: from, replace };
        // It writes nothing itself, and makes the file whole when all segments are.
        let mut whole = download.upload((folder, path), fetch, response.head(), transfer).await?;
        let uploads = whole.split(size, &starts).await.map_err(|error| cannot_store(&error, transfer))?;
        transfer.start(Some(size), from);
        transfer.keep(true);
        if let Err(fault) = job.bring_all(divide(uploads, &starts, size)).await {
            // What cannot be kept comes again.
            let _ = whole.keep().await;
            return Err(fault);
        }
        commit(whole, (folder, path), &source, transfer).await
    };
    let done = done.await;
    if job.is_other_version.get() {
        remove_part(folder, path, &source).await;
        transfer.report().line("the server sends parts of another version; it starts over in one piece");
        return None;
    }
    Some(done)
}

/// What the segments of one download have in common.
struct Job<'a> {
    download: &'a Download,
    transfer: &'a Transfer,
    version: &'a Version,
    validator: &'a Validator,
    /// A part did not belong to the version, so none of them is of use.
    is_other_version: Cell<bool>,
}

impl Job<'_> {
    /// Brings all segments. What has come without a gap before a failure is kept.
    async fn bring_all(&self, segments: Vec<Segment>) -> Result<(), Fault> {
        let mut segments: Vec<_> = segments.into_iter().map(Some).collect();
        let coming = stream::iter(segments.iter_mut()).map(|segment| self.bring(segment));
        let came = coming.buffer_unordered(self.download.segments).try_collect().await;
        for unfinished in segments.into_iter().flatten() {
            // What cannot be kept comes again.
            let _ = unfinished.upload.keep().await;
        }
        came
    }

    /// Brings a segment, and leaves nothing of it in memory.
    async fn bring(&self, place: &mut Option<Segment>) -> Result<(), Fault> {
        let Some(segment) = place else { return Ok(()) };
        let retries = self.download.resource.retries;
        retries.persist(self.transfer, async || self.attempt(segment).await).await?;
        match place.take() {
            Some(segment) => segment.upload.keep().await.map_err(|error| cannot_store(&error, self.transfer)),
            None => Ok(()),
        }
    }

    /// Asks for the rest of a segment, and takes it.
    async fn attempt(&self, segment: &mut Segment) -> Result<(), Fault> {
        let at = segment.start + segment.upload.received();
        if at >= segment.end {
            return Ok(());
        }
        let range = format!("bytes={at}-{}", segment.end - 1);
        let mut response = self.download.part(self.validator, &range).await?;
        let part = match response.status() {
            Status(206) => self.version.part(response.head().fields(), (at, Some(segment.end))),
            // All of another version, or a server that has promised ranges and has none.
            Status(200 | 416) => None,
            _ => return Err(response.fault()),
        };
        let Some((part, _)) = part else { return Err(self.other_version()) };
        let mut left = part.end - part.start;
        if response.left().is_some_and(|length| length != left) {
            return Err(self.other_version());
        }
        loop {
            let before = segment.upload.received();
            match response.next_of(segment.upload.room(), self.download.resource.throttle.step()).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(Lost::Short) => return Err(short()),
                Err(lost) => return Err(lost.into()),
            }
            let came = segment.upload.received() - before;
            left = left.checked_sub(came).ok_or_else(|| self.other_version())?;
            self.transfer.advance(came);
            segment.upload.advance().await.map_err(|error| cannot_store(&error, self.transfer))?;
            self.download.resource.throttle.moved(came).await;
        }
        // A server may give less than it is asked for.
        let is_whole = segment.start + segment.upload.received() == segment.end;
        if is_whole { Ok(()) } else { Err(short()) }
    }

    fn other_version(&self) -> Fault {
        self.is_other_version.set(true);
        Fault::new(Kind::Integrity, "the server sends parts of another version")
    }
}

/// Where segments begin.
fn starts(from: u64, size: u64) -> Vec<u64> {
    let left = size.saturating_sub(from);
    let count = (left / LEAST).clamp(1, SEGMENTS_LIMIT as u64);
    (0..count).map(|at| from + left / count * at).collect()
}

fn divide(uploads: Vec<Upload>, starts: &[u64], size: u64) -> Vec<Segment> {
    let ends = starts.iter().skip(1).copied().chain([size]);
    let segment = |((upload, &start), end)| Segment { upload, start, end };
    uploads.into_iter().zip(starts).zip(ends).map(segment).collect()
}

fn short() -> Fault {
    Fault::passing(Kind::Network, "the server closed the connection early")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_alike_and_not_too_small() {
        const MIB: u64 = 1 << 20;
        for (from, size, expected, why) in [
            (0, 4 * MIB, vec![0, MIB, 2 * MIB, 3 * MIB], "of the least size"),
            (4 * MIB, 6 * MIB, vec![4 * MIB, 5 * MIB], "of what is left"),
            (0, 64 * MIB, (0..32).map(|at| at * 2 * MIB).collect(), "as many as there may be"),
            (0, 100, vec![0], "one"),
            (0, 0, vec![0], "nothing"),
            (9, 5, vec![9], "nothing left"),
            (0, 2 * MIB + 1, vec![0, MIB], "the last one takes what remains"),
        ] {
            assert_eq!(starts(from, size), expected, "{why}");
        }
    }
}
