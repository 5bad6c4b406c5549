//! Several transfers at the same time, with one total.

use std::cell::Cell;

use clap::Args;
use futures_util::stream::{self, StreamExt as _};

use crate::client::{ClientEvent, Fault, MirrorSummary, Reporter};

/// The number of transfers at the same time.
#[derive(Args, Clone, Copy, Debug)]
pub struct ParallelOptions {
    /// Transfer N files concurrently, each over its own connection
    #[arg(long = "parallel", value_name = "N", default_value_t = 4)]
    #[arg(value_parser = clap::value_parser!(u8).range(1..=32))]
    pub count: u8,
}

impl ParallelOptions {
    /// Runs `transfer` for each item: it returns the bytes that have moved, or `None` if it has skipped the item. `fail`
    /// reports a failure, and the others continue. If there are several items, or `left_out` counts any, the total is
    /// reported at the end. Returns it.
    pub async fn run<'a, T>(
        self,
        (items, left_out): (&'a [T], MirrorSummary),
        report: &Reporter,
        fail: impl Fn(&'a T, &Fault),
        transfer: impl AsyncFn(&'a T) -> Result<Option<u64>, Fault>,
    ) -> MirrorSummary {
        items.iter().for_each(|_| report.event(&ClientEvent::Queue(None)));
        let summary = Cell::new(left_out);
        let run = async |item: &'a T| {
            let done = transfer(item).await;
            let mut sum = summary.get();
            match done {
                Ok(None) => sum.skipped += 1,
                Ok(Some(bytes)) => (sum.transferred, sum.bytes) = (sum.transferred + 1, sum.bytes + bytes),
                Err(fault) => {
                    sum.failed += 1;
                    fail(item, &fault);
                }
            }
            summary.set(sum);
        };
        stream::iter(items).for_each_concurrent(usize::from(self.count), run).await;
        if items.len() > 1 || left_out != MirrorSummary::default() {
            report.event(&ClientEvent::Summary { summary: &summary.get(), dry_run: false });
        }
        summary.get()
    }
}
