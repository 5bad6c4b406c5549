//! Metrics of the process and of what all its sessions share: descriptors, memory, waiting calls.

#![expect(clippy::disallowed_methods, reason = "files of the kernel, not served ones")]

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt as _;

use rustix::fs::{Mode, OFlags, fstat, open};
use rustix::param::page_size;
use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::Exposition;
use crate::net::budget::{self, MemoryUse};
use crate::net::clock;
use crate::net::offload::{self, Share};

/// Files of the kernel about this process, opened before the process gives up the right to open them.
#[derive(Debug)]
pub struct Process {
    statm: Option<File>,
    descriptors: Option<OwnedFd>,
    /// Seconds since 1970.
    started: u64,
}

impl Process {
    /// To be called when the process starts.
    pub fn new() -> Self {
        let open = |path: &str| open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok();
        let started = clock::unix_seconds();
        Self { statm: open("/proc/self/statm").map(File::from), descriptors: open("/proc/self/fd"), started }
    }

    /// Writes the metrics.
    pub fn write(&self, to: &mut Exposition) {
        to.family("mini_build_info", "gauge", "The version; the value is always 1.");
        to.sample("mini_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        let time = clock_gettime(ClockId::ProcessCPUTime);
        let seconds = time.tv_sec as f64 + time.tv_nsec as f64 / 1e9;
        to.single("process_cpu_seconds_total", "counter", "Processor time used.", seconds);
        to.single("process_start_time_seconds", "gauge", "Start, in seconds since 1970.", self.started);
        if let Some([virtual_bytes, resident]) = self.memory() {
            to.single("process_virtual_memory_bytes", "gauge", "Virtual memory.", virtual_bytes);
            to.single("process_resident_memory_bytes", "gauge", "Resident memory.", resident);
        }
        // Since Linux 6.2 the size of this directory is the number of descriptors.
        let open = self.descriptors.as_ref().and_then(|directory| fstat(directory).ok());
        if let Some(open) = open.map(|found| found.st_size).filter(|size| *size > 0) {
            to.single("process_open_fds", "gauge", "Open descriptors.", open);
        }
        if let Some(most) = getrlimit(Resource::Nofile).current {
            to.single("process_max_fds", "gauge", "Limit of open descriptors.", most);
        }
        let budget = budget::snapshot();
        to.family(
            "mini_memory_budget_bytes",
            "gauge",
            "Memory that clients make the server hold, by use; its limit.",
        );
        for (purpose, held) in MemoryUse::ALL.iter().zip(budget.held) {
            to.sample("mini_memory_budget_bytes", &[("use", purpose.name())], held);
        }
        to.sample("mini_memory_budget_bytes", &[("use", "limit")], budget.budget);
        to.family("mini_offload_waiting", "gauge", "Blocking calls that wait for a thread, by kind.");
        for share in Share::ALL {
            to.sample("mini_offload_waiting", &[("share", share.name())], offload::waiting(share));
        }
    }

    /// Bytes of virtual and of resident memory (proc_pid_statm(5)).
    fn memory(&self) -> Option<[u64; 2]> {
        let mut text = [0; 64];
        let length = self.statm.as_ref()?.read_at(&mut text, 0).ok()?;
        let text = std::str::from_utf8(text.get(..length)?).ok()?;
        let mut pages = text.split(' ').filter_map(|field| field.parse::<u64>().ok());
        let bytes = |pages: u64| pages * page_size() as u64;
        Some([bytes(pages.next()?), bytes(pages.next()?)])
    }
}

impl Default for Process {
    fn default() -> Self {
        Self::new()
    }
}
