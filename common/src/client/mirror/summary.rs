//! [`Summary`], the counts of a mirror.

use indicatif::HumanBytes;
use serde_json::json;

use super::super::report::Report;

/// What a mirror has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that were transferred, or would be.
    pub transferred: u64,
    /// Bytes that were transferred.
    pub bytes: u64,
    /// Files that were the same already.
    pub unchanged: u64,
    /// Files and directories that were removed, or would be.
    pub deleted: u64,
    /// Links that were left out.
    pub links: u64,
    /// Entries that cannot be kept, or not safely.
    pub skipped: u64,
    /// Files and directories that could not be copied, read or removed.
    pub failed: u64,
}

impl Summary {
    /// Reports the counts of a mirror, or of what a dry run would do.
    pub fn report(&self, report: &Report, dry_run: bool) {
        let Self { transferred, bytes, unchanged, deleted, links, skipped, failed } = *self;
        report.event(
            "summary",
            &json!({
                "transferred": transferred, "bytes": bytes, "unchanged": unchanged,
                "deleted": deleted, "links": links, "skipped": skipped, "failed": failed, "dry_run": dry_run,
            }),
        );
        let moved = HumanBytes(bytes);
        let would_be = if dry_run { "would be: " } else { "" };
        let mut line = format!("{would_be}{transferred} transferred ({moved}), {unchanged} unchanged");
        let counts =
            [(deleted, "removed"), (links, "links left out"), (skipped, "left out"), (failed, "failed")];
        for (count, what) in counts {
            if count > 0 {
                line.push_str(&format!(", {count} {what}"));
            }
        }
        report.line(&line);
    }
}
