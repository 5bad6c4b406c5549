//! Downloads a representation in one piece: all of it, or the rest of a part file or of a failed attempt.

use common::client::{Fault, FaultKind, TransferProgress};

use super::output::{Destination, DownloadOutput};
use super::plan::Download;
use super::version::RepresentationVersion;
use crate::client::content::Lost;
use crate::client::response::Response;
use crate::wire::response::Status;

pub(super) async fn run(
    download: &Download,
    place: Destination<'_>,
    transfer: &TransferProgress,
) -> Result<(), Fault> {
    let partial = resume(download, place, transfer).await?;
    let mut single = Single { download, place, transfer, partial, restarts: 0 };
    match download.resource.retries.persist(transfer, async || single.attempt().await).await {
        Ok(()) => single.finish().await,
        Err(fault) => {
            single.keep().await;
            Err(fault)
        }
    }
}

/// The part file of an earlier run, if it is of the current version.
async fn resume<'a>(
    download: &Download,
    place: Destination<'a>,
    transfer: &TransferProgress,
) -> Result<Option<Partial<'a>>, Fault> {
    let Destination::File(folder, path, _) = place else { return Ok(None) };
    if !download.resumes {
        return Ok(None);
    }
    let parts = folder.tree.part_files(path).await.unwrap_or_default();
    if parts.is_empty() {
        return Ok(None);
    }
    let Some(plan) = download.plan((folder, path), transfer).await? else { return Ok(None) };
    if let (Some(from), Some(_)) = (plan.kept, &plan.version.validator) {
        let output = DownloadOutput::open(download, place, (plan.source, from), &plan.head, transfer).await?;
        return Ok(Some(Partial { version: plan.version, output, from }));
    }
    transfer.report().note("the part file is of another version; it starts over");
    for part in parts {
        // A part file that cannot be removed does no harm.
        let _ = folder.tree.remove_file(&part, None).await;
    }
    Ok(None)
}

struct Single<'a> {
    download: &'a Download,
    place: Destination<'a>,
    transfer: &'a TransferProgress,
    partial: Option<Partial<'a>>,
    /// How often received content was discarded.
    restarts: u32,
}

/// The content received so far.
struct Partial<'a> {
    version: RepresentationVersion,
    output: DownloadOutput<'a>,
    /// The offset at which the output started.
    from: u64,
}

impl Partial<'_> {
    /// The offset of the next byte.
    fn at(&self) -> u64 {
        self.from + self.output.received()
    }
}

impl Single<'_> {
    async fn attempt(&mut self) -> Result<(), Fault> {
        loop {
            let at = self.partial.as_ref().map_or(0, Partial::at);
            let version = self.partial.as_ref().map(|partial| &partial.version);
            let mut response = match version.map(|version| (version.size, &version.validator)) {
                Some((size, _)) if size == Some(at) => return Ok(()),
                Some((_, Some(validator))) if at > 0 => {
                    self.download.request_range(validator, &format!("bytes={at}-")).await?
                }
                _ => self.download.request("GET").await?,
            };
            let fields = response.head().fields();
            let is_of_version = match (response.status(), &mut self.partial) {
                (Status(200 | 203), _) => {
                    self.start_over(&response).await?;
                    true
                }
                (Status(206), Some(Partial { version, .. })) if at > 0 => {
                    let part = version.part(fields, response.left(), (at, None));
                    version.size = version.size.or(part.as_ref().and_then(|(_, size)| *size));
                    part.is_some()
                }
                (Status(416), Some(partial)) if at > 0 => match partial.version.whole(fields) {
                    Some(size) if size == at => return Ok(()),
                    _ => false,
                },
                _ => return Err(response.fault()),
            };
            if is_of_version {
                return self.receive(&mut response).await;
            }
            self.discard().await?;
        }
    }

    async fn start_over(&mut self, response: &Response) -> Result<(), Fault> {
        self.discard().await?;
        let (download, head) = (self.download, response.head());
        let version = RepresentationVersion { size: response.left(), ..download.version(head) };
        let source = download.source(&version);
        let output = DownloadOutput::open(download, self.place, (source, 0), head, self.transfer).await?;
        self.partial = Some(Partial { version, output, from: 0 });
        Ok(())
    }

    async fn receive(&mut self, response: &mut Response) -> Result<(), Fault> {
        let Some(partial) = &mut self.partial else { return Ok(()) };
        let (at, size) = (partial.at(), partial.version.size);
        self.transfer.start(size, at);
        self.transfer
            .keep(matches!(partial.output, DownloadOutput::File(_)) && partial.version.validator.is_some());
        let most = size.map_or(u64::MAX, |size| size.saturating_sub(at));
        let received = partial.output.receive(response, most, self.download.pump(self.transfer)).await;
        match received {
            Err(lost) => {
                let may_start_over = self.restarts < self.download.resource.retries.0;
                Err(cut_off(lost, partial.version.validator.is_some(), may_start_over))
            }
            // A server may send less than the requested range.
            Ok(()) if size.is_some_and(|size| partial.at() < size) => {
                Err(Fault::passing(FaultKind::Network, "the server has sent a part only"))
            }
            Ok(()) => Ok(()),
        }
    }

    /// Discards the received content.
    async fn discard(&mut self) -> Result<(), Fault> {
        let Some(partial) = self.partial.take() else { return Ok(()) };
        let has_content = partial.at() > 0;
        self.restarts += u32::from(has_content);
        // Receiving content again is no progress, so it does not reset the number of retries.
        if self.restarts > self.download.resource.retries.0.max(1) {
            let why =
                "the download cannot be resumed again and again; the file changes, or the network fails";
            self.partial = Some(partial);
            return Err(Fault::new(FaultKind::Integrity, why));
        }
        match partial.output {
            DownloadOutput::Stream(_) if has_content => {
                let why = "the rest is of another version, and what was written cannot be taken back";
                return Err(Fault::new(FaultKind::Integrity, why));
            }
            DownloadOutput::Stream(_) => {}
            DownloadOutput::File(file) => file.remove().await,
        }
        Ok(())
    }

    /// Keeps the part file if it can be resumed.
    async fn keep(self) {
        match self.partial {
            Some(Partial { version, output: DownloadOutput::File(file), .. })
                if version.validator.is_some() =>
            {
                file.keep().await;
            }
            Some(Partial { output: DownloadOutput::File(file), .. }) => file.remove().await,
            _ => {}
        }
    }

    async fn finish(self) -> Result<(), Fault> {
        match self.partial.map(|partial| partial.output) {
            Some(DownloadOutput::File(file)) => file.commit(self.transfer).await,
            Some(DownloadOutput::Stream(outlet)) => outlet.finish().await,
            None => Ok(()),
        }
    }
}

/// The fault for content that was cut off. Another attempt resumes it if its version has a validator, else
/// starts over.
fn cut_off(lost: Lost, can_resume: bool, may_start_over: bool) -> Fault {
    let kind = if can_resume { FaultKind::Network } else { FaultKind::Integrity };
    let fault = match lost {
        Lost::Short => Fault::passing(kind, "the content is cut off: the server closed too early"),
        lost => lost.into(),
    };
    match can_resume || may_start_over {
        true => fault,
        // A temporary fault would be retried again after every progress.
        false => Fault::new(fault.kind, fault.to_string()),
    }
}
