//! Downloads a representation into a file or a stream. The file is a part file beside its name until it is
//! complete. An interrupted download is resumed, but never combined from two versions
//! ([RFC 9110 section 14](https://www.rfc-editor.org/rfc/rfc9110#section-14)).

mod output;
mod plan;
mod segmented;
mod single;
mod version;

use common::client::{Fault, TransferProgress};
use common::files::TreeError;

pub use output::Destination;
pub use plan::{Download, SEGMENTS_LIMIT};

impl Download {
    /// Downloads the representation. On failure the part file is kept if it can be resumed.
    ///
    /// # Errors
    /// [`FaultKind::Integrity`](common::client::FaultKind::Integrity) for content that is cut off and cannot
    /// be resumed, or has another digest; failures of the server, the connection and the disk.
    pub async fn run(&self, place: Destination<'_>, transfer: &TransferProgress) -> Result<(), Fault> {
        if let Destination::File(folder, path, replace) = place {
            if !replace && folder.tree.metadata(path).await.is_ok() {
                return Err(Fault::file(&transfer.file(), &TreeError::Exists));
            }
            if self.segments > 1 && Box::pin(segmented::run(self, place, transfer)).await? {
                return Ok(());
            }
        }
        single::run(self, place, transfer).await
    }
}
