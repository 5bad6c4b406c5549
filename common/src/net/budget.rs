//! The memory budget of the process: bytes that peers make it hold, counted by use. Work that would exceed the
//! budget is refused with [`Busy`] (503 in HTTP, 450 or 421 in FTP) before it starts; running work continues.
//!
//! - An address may hold half of the budget, and one item of any size that fits.
//! - An item larger than the budget fits while everything together is at most half of the system's memory. So do the
//!   queues of running responses, whose peers are slow; beyond that, their connections are closed.
//! - Password hashing has its own buffers beside the budget; they have a fixed size and are only counted.
//!
//! Not counted, but limited by number: connections without pending bytes and threads
//! ([`limits`](super::limits)), open files, and buffers that belong to a thread (`net::buffers`). There is no limit
//! until [`set_limits`] is called, as in clients.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::clock;
use super::limits::network;
use super::offload::Busy;
use super::system;
use crate::log;

/// The smallest default budget: one listing of 200,000 entries and some uploads (24 MiB).
const LEAST: usize = 24 << 20;
/// The default budget is this part of the system's memory.
const DEFAULT_SHARE: usize = 4;
/// An address may hold this part of the budget.
const ADDRESS_SHARE: usize = 2;
/// Freed blocks of this size are returned to the system (256 KiB). By default glibc raises its threshold to the size of
/// the largest block that was freed, and then each thread's arena keeps listings and upload buffers: 30 MiB in a server
/// with two cores.
const RETURNED: usize = 256 << 10;
/// Refusals are logged at most once in this time, in milliseconds.
const REPORT_INTERVAL: u64 = 60_000;

/// The purpose of counted memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryUse {
    /// Incomplete heads, command lines and other values that wait for their rest.
    Heads,
    /// Collected directory entries, and the order in which they are sent.
    Listings,
    /// Buffers of uploads.
    Uploads,
    /// Output, input behind it, and pieces of files that are converted, of peers that do not receive.
    Queues,
    /// Coded forms of content, and encoders.
    Codings,
    /// Password hashing.
    Hashing,
}

impl MemoryUse {
    /// All uses, in the order of [`Snapshot::held`].
    pub const ALL: [Self; 6] =
        [Self::Heads, Self::Listings, Self::Uploads, Self::Queues, Self::Codings, Self::Hashing];

    /// `heads`, as in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Heads => "heads",
            Self::Listings => "listings",
            Self::Uploads => "uploads",
            Self::Queues => "queues",
            Self::Codings => "codings",
            Self::Hashing => "hashing",
        }
    }
}

/// The limits of a budget, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryLimits {
    /// The budget.
    pub budget: usize,
    /// The largest total with an item that is larger than the budget, or with queues: half of the system's memory.
    pub largest: usize,
}

impl MemoryLimits {
    /// For a system with so much memory; `budget` replaces the default.
    pub fn new(memory: usize, budget: Option<usize>) -> Self {
        let budget = budget.unwrap_or_else(|| LEAST.max(memory / DEFAULT_SHARE));
        Self { budget, largest: budget.max(memory / 2) }
    }
}

/// The memory of this system: the least limit of this process's cgroups (v1 and v2) and of the machine, in bytes.
pub fn system_memory() -> usize {
    let machine = rustix::system::sysinfo();
    let machine = (machine.totalram as usize).saturating_mul(machine.mem_unit as usize);
    let cgroups = read("/proc/self/cgroup").unwrap_or_default();
    let limits = limit_files(&cgroups).into_iter().filter_map(|file| read(&file)?.trim().parse().ok());
    limits.fold(machine, usize::min)
}

#[expect(clippy::disallowed_methods, reason = "files of the kernel, not served ones")]
fn read(file: impl AsRef<Path>) -> Option<String> {
    std::fs::read_to_string(file).ok()
}

/// The files with the memory limits of the groups in `/proc/self/cgroup` (cgroups(7)) and of those above:
/// `4:memory:/a/b` (v1), `0::/a/b` (v2). A container sees its own group as the top, whatever the path is.
fn limit_files(cgroups: &str) -> Vec<String> {
    let files = |line: &str| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let (top, file) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            _ if controllers.split(',').any(|controller| controller == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => return None,
        };
        let groups = Path::new(path).ancestors();
        let file = move |group: &Path| format!("{top}{}/{file}", group.display()).replace("//", "/");
        Some(groups.map(file).collect::<Vec<_>>())
    };
    cgroups.lines().filter_map(files).flatten().collect()
}

static PROCESS: Budget = Budget::new(MemoryLimits { budget: usize::MAX, largest: usize::MAX });

/// Sets the limits of this process, whose allocator from now on returns large blocks to the system when they are freed.
pub fn set_limits(limits: MemoryLimits) {
    system::return_freed_blocks(RETURNED);
    PROCESS.state().limits = limits;
}

/// The limits of this process.
pub fn limits() -> MemoryLimits {
    PROCESS.state().limits
}

/// Reserves memory of this process for a peer at `address` (`None`: no address is charged).
///
/// # Errors
/// The budget, or the share of the address, does not suffice.
pub fn reserve(purpose: MemoryUse, bytes: usize, address: Option<IpAddr>) -> Result<Reservation, Busy> {
    PROCESS.reserve(purpose, bytes, address)
}

/// The use of the budget at a time.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot {
    /// The budget, in bytes.
    pub budget: usize,
    /// Bytes held, in the order of [`MemoryUse::ALL`].
    pub held: [usize; MemoryUse::ALL.len()],
    /// Refusals since the start.
    pub refused: u64,
}

/// The use of this process's budget, for metrics.
pub fn snapshot() -> Snapshot {
    let state = PROCESS.state();
    Snapshot { budget: state.limits.budget, held: state.held, refused: state.refused }
}

#[derive(Debug)]
struct Budget(Mutex<State>);

#[derive(Debug)]
struct State {
    limits: MemoryLimits,
    held: [usize; MemoryUse::ALL.len()],
    by_address: BTreeMap<IpAddr, usize>,
    refused: u64,
    /// The tick of the last report.
    reported: Option<u64>,
}

/// Reserved memory, returned to the budget when dropped.
#[derive(Debug)]
pub struct Reservation {
    budget: &'static Budget,
    purpose: MemoryUse,
    bytes: usize,
    address: Option<IpAddr>,
}

impl Budget {
    const fn new(limits: MemoryLimits) -> Self {
        let held = [0; MemoryUse::ALL.len()];
        Self(Mutex::new(State { limits, held, by_address: BTreeMap::new(), refused: 0, reported: None }))
    }

    fn reserve(
        &'static self,
        purpose: MemoryUse,
        bytes: usize,
        address: Option<IpAddr>,
    ) -> Result<Reservation, Busy> {
        let mut reservation = Reservation { budget: self, purpose, bytes: 0, address: address.map(network) };
        reservation.resize(bytes)?;
        Ok(reservation)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation {
    /// The reserved bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Changes the reservation to so many bytes; less always succeeds.
    ///
    /// # Errors
    /// As [`reserve`]; the reservation stays as it is.
    pub fn resize(&mut self, bytes: usize) -> Result<(), Busy> {
        if bytes == self.bytes {
            return Ok(());
        }
        let mut state = self.budget.state();
        if bytes > self.bytes && !state.has_room(self, bytes) {
            return Err(state.refuse());
        }
        state.change(self, bytes);
        drop(state);
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.state().change(self, 0);
    }
}

impl State {
    /// The bytes that count towards the budget.
    fn total(&self) -> usize {
        let counted = MemoryUse::ALL.into_iter().filter(|purpose| *purpose != MemoryUse::Hashing);
        counted.zip(self.held).map(|(_, held)| held).sum()
    }

    fn has_room(&self, item: &Reservation, bytes: usize) -> bool {
        if item.purpose == MemoryUse::Hashing {
            return true;
        }
        let MemoryLimits { budget, largest } = self.limits;
        let limit = if bytes > budget || item.purpose == MemoryUse::Queues { largest } else { budget };
        let others_of = |all: usize| all.saturating_sub(item.bytes);
        let at_address = item.address.and_then(|address| self.by_address.get(&address)).copied();
        let at_address = others_of(at_address.unwrap_or_default());
        others_of(self.total()).saturating_add(bytes) <= limit
            && (at_address == 0 || at_address.saturating_add(bytes) <= budget / ADDRESS_SHARE)
    }

    /// Replaces what an item holds.
    fn change(&mut self, item: &Reservation, bytes: usize) {
        let replaced = |all: usize| all.saturating_sub(item.bytes).saturating_add(bytes);
        if let Some(held) = self.held.get_mut(item.purpose as usize) {
            *held = replaced(*held);
        }
        if let Some(address) = item.address {
            let held = self.by_address.entry(address).or_default();
            *held = replaced(*held);
            if *held == 0 {
                self.by_address.remove(&address);
            }
        }
    }

    fn refuse(&mut self) -> Busy {
        self.refused += 1;
        let now = clock::tick();
        if self.reported.is_none_or(|last| now - last >= REPORT_INTERVAL) {
            self.reported = Some(now);
            let of_use = |(purpose, held): (MemoryUse, usize)| format!("{} {held}", purpose.name());
            let held: Vec<_> = MemoryUse::ALL.into_iter().zip(self.held).map(of_use).collect();
            let (budget, held) = (self.limits.budget, held.join(", "));
            log::problem(format_args!(
                "refusing work that needs memory: the budget, or the share of an address, is used up \
                 ({held} of {budget} bytes)"
            ));
        }
        Busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn budget(budget: usize, memory: usize) -> &'static Budget {
        Box::leak(Box::new(Budget::new(MemoryLimits::new(memory, Some(budget)))))
    }

    fn address(last: u8) -> Option<IpAddr> {
        Some([192, 0, 2, last].into())
    }

    #[test]
    fn the_default_is_a_quarter_of_the_memory_but_not_less_than_24_mib() {
        for (memory, given, expected, largest, why) in [
            (64 * MIB, None, 24 * MIB, 32 * MIB, "a small container"),
            (256 * MIB, None, 64 * MIB, 128 * MIB, "a quarter"),
            (32 * MIB, None, 24 * MIB, 24 * MIB, "never below the budget"),
            (256 * MIB, Some(MIB), MIB, 128 * MIB, "given"),
            (64 * MIB, Some(48 * MIB), 48 * MIB, 48 * MIB, "given, over half"),
        ] {
            assert_eq!(MemoryLimits::new(memory, given), MemoryLimits { budget: expected, largest }, "{why}");
        }
    }

    #[test]
    fn limits_are_read_up_to_the_top_group() {
        for (cgroups, expected, why) in [
            ("0::/a/b\n", &["/a/b/memory.max", "/a/memory.max", "/memory.max"][..], "v2"),
            ("0::/\n", &["/memory.max"], "v2, in a container"),
            (
                "4:cpu,memory:/a\n3:cpuset:/x\n",
                &["/memory/a/memory.limit_in_bytes", "/memory/memory.limit_in_bytes"],
                "v1",
            ),
            ("1:name=systemd:/a\n", &[], "no memory controller"),
            ("no line\n", &[], "not the format"),
        ] {
            let expected: Vec<_> = expected.iter().map(|file| format!("/sys/fs/cgroup{file}")).collect();
            assert_eq!(limit_files(cgroups), expected, "{why}");
        }
        let limits = MemoryLimits::new(system_memory(), None);
        assert!(limits.budget >= LEAST && limits.largest < usize::MAX / 2, "{limits:?}");
    }

    #[test]
    fn an_item_is_refused_over_the_budget_the_share_or_half_of_the_memory() {
        // A budget of 10, and a memory of 60: an item larger than the budget has 30.
        for (held, item, from, expected, why) in [
            (&[][..], 10, 1, true, "the whole budget"),
            (&[(4, 1)], 6, 2, true, "what is left"),
            (&[(4, 1)], 7, 2, false, "over the budget"),
            (&[(1, 1)], 4, 1, true, "the share of the address"),
            (&[(1, 1)], 5, 1, false, "over the share"),
            (&[(1, 1)], 9, 2, true, "the share of another address"),
            (&[], 30, 1, true, "larger than the budget"),
            (&[], 31, 1, false, "over half of the memory"),
            (&[(5, 2)], 26, 1, false, "with others over half of the memory"),
            (&[(11, 2)], 1, 1, false, "beside an item that is larger than the budget"),
        ] {
            let budget = budget(10, 60);
            let reserve = |(bytes, from)| budget.reserve(MemoryUse::Heads, bytes, address(from));
            let held: Vec<_> = held.iter().map(|item| reserve(*item).unwrap()).collect();
            assert_eq!(reserve((item, from)).is_ok(), expected, "{why}");
            drop(held);
            let state = budget.state();
            assert_eq!((state.total(), state.by_address.len()), (0, 0), "{why}: all is returned");
        }
    }

    #[test]
    fn a_reservation_grows_as_far_as_there_is_room_and_shrinks() {
        let budget = budget(10, 0);
        let mut one = budget.reserve(MemoryUse::Listings, 4, address(1)).unwrap();
        let mut other = budget.reserve(MemoryUse::Uploads, 2, address(2)).unwrap();
        one.resize(8).unwrap();
        assert!(other.resize(3).is_err() && other.bytes() == 2, "a refused change changes nothing");
        one.resize(1).unwrap();
        other.resize(9).unwrap();
        assert_eq!(budget.state().held, [0, 1, 9, 0, 0, 0]);
        assert_eq!(budget.state().refused, 1);
    }

    #[test]
    fn hashing_is_counted_and_takes_nothing_from_others() {
        let budget = budget(10, 0);
        let hashing = budget.reserve(MemoryUse::Hashing, 100, None).unwrap();
        budget.reserve(MemoryUse::Heads, 10, None).unwrap();
        assert_eq!(budget.state().held, [0, 0, 0, 0, 0, hashing.bytes()]);
    }
}
