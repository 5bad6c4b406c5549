//! Brings one representation in several parts at the same time, into one file that has room for all of
//! them. Every part must be of the same version; where that cannot be known, it comes in one piece.

use common::client::{Fault, Folder, Kind, Transfer};
use common::files::{Fetch, TreePath, Upload};
use futures_util::stream::{FuturesUnordered, TryStreamExt as _};

use super::download::{Download, cannot_store, commit};
use super::version::{Validator, Version};
use crate::wire::response::Status;

/// Segments of one file.
pub const SEGMENTS_LIMIT: usize = 32;
/// The least bytes of a segment (1 MiB): a connection of its own costs more than less is worth.
const LEAST: u64 = 1 << 20;

/// One part of a file and where it comes to.
struct Segment {
    upload: Upload,
    start: u64,
    end: u64,
}

/// Brings it, if it can come in parts.
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
    let starts = starts(from, size, download.segments);
    if starts.len() < 2 {
        return None;
    }
    let done = async {
        let fetch = Fetch { source: source.clone(), at: from, replace };
        let mut first = download.upload((folder, path), fetch, response.head(), transfer).await?;
        let others = starts.get(1..).unwrap_or_default();
        let others = first.split(size, others).await.map_err(|error| cannot_store(&error, transfer))?;
        transfer.start(Some(size), from);
        let mut segments = divide(first, others, &starts, size);
        let coming: FuturesUnordered<_> = segments
            .iter_mut()
            .map(|segment| bring(download, segment, (&version, validator), transfer))
            .collect();
        let came: Result<(), Fault> = coming.try_collect().await;
        let mut uploads = segments.into_iter().map(|segment| segment.upload);
        let Some(first) = uploads.next() else { return Ok(()) };
        for upload in uploads {
            let ended = if came.is_ok() { upload.commit().await.map(drop) } else { upload.keep().await };
            ended.map_err(|error| cannot_store(&error, transfer))?;
        }
        match came {
            Ok(()) => commit(first, (folder, path), &source, transfer).await,
            Err(fault) => {
                // What has come without a gap can be gone on with.
                let _ = first.keep().await;
                Err(fault)
            }
        }
    };
    Some(done.await)
}

/// Where segments begin.
fn starts(from: u64, size: u64, wanted: usize) -> Vec<u64> {
    let left = size.saturating_sub(from);
    let count = (left / LEAST).clamp(1, wanted.clamp(1, SEGMENTS_LIMIT) as u64);
    (0..count).map(|at| from + left / count * at).collect()
}

fn divide(first: Upload, others: Vec<Upload>, starts: &[u64], size: u64) -> Vec<Segment> {
    let ends = starts.iter().skip(1).copied().chain([size]);
    let uploads = [first].into_iter().chain(others);
    let segment = |((upload, &start), end)| Segment { upload, start, end };
    uploads.zip(starts).zip(ends).map(segment).collect()
}

async fn bring(
    download: &Download,
    segment: &mut Segment,
    version: (&Version, &Validator),
    transfer: &Transfer,
) -> Result<(), Fault> {
    download.retries.persist(transfer, async || attempt(download, segment, version, transfer).await).await
}

/// Asks for the rest of a segment, and takes it.
async fn attempt(
    download: &Download,
    segment: &mut Segment,
    (version, validator): (&Version, &Validator),
    transfer: &Transfer,
) -> Result<(), Fault> {
    let at = segment.start + segment.upload.received();
    if at >= segment.end {
        return Ok(());
    }
    let mut response = download.part(validator, &format!("bytes={at}-{}", segment.end - 1)).await?;
    let changed = || {
        let why = "the file has changed while it was brought; bring it again";
        Fault::new(Kind::Integrity, why)
    };
    let part = match response.status() {
        Status(206) => version.part(response.head().fields(), (at, Some(segment.end))),
        // All of another version, or a server that has promised ranges and has none.
        Status(200 | 416) => None,
        _ => return Err(response.fault()),
    };
    let (part, _) = part.ok_or_else(changed)?;
    let mut left = part.end - part.start;
    if response.left().is_some_and(|length| length != left) {
        return Err(changed());
    }
    loop {
        let before = segment.upload.received();
        match response.next_raw(segment.upload.room(), download.throttle.step()).await {
            Ok(true) => {}
            Ok(false) if left > 0 => return Err(short()),
            Ok(false) => break,
            Err(super::content::Lost::Short) => return Err(short()),
            Err(lost) => return Err(lost.into()),
        }
        let came = segment.upload.received() - before;
        left = left.checked_sub(came).ok_or_else(changed)?;
        transfer.advance(came);
        segment.upload.advance().await.map_err(|error| cannot_store(&error, transfer))?;
        download.throttle.moved(came).await;
    }
    match segment.start + segment.upload.received() < segment.end {
        true => Err(short()),
        false => Ok(()),
    }
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
        for (from, size, wanted, expected, why) in [
            (0, 8 * MIB, 4, vec![0, 2 * MIB, 4 * MIB, 6 * MIB], "four"),
            (4 * MIB, 8 * MIB, 4, vec![4 * MIB, 5 * MIB, 6 * MIB, 7 * MIB], "of what is left"),
            (0, 3 * MIB, 8, vec![0, MIB, 2 * MIB], "none of less than the least"),
            (0, 100, 8, vec![0], "one"),
            (0, 0, 8, vec![0], "nothing"),
            (9, 5, 8, vec![9], "nothing left"),
            (0, 6 * MIB + 1, 2, vec![0, 3 * MIB], "the last one takes what remains"),
        ] {
            assert_eq!(starts(from, size, wanted), expected, "{why}");
        }
    }
}
