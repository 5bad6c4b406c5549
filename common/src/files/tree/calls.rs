//! The system calls on files that may block, by their names in rustix. Each is repeated when a signal
//! interrupts it (EINTR), as happens on network and FUSE file systems, so that no signal ends an upload.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{
    AtFlags, FallocateFlags, FlockOperation, Gid, Mode, OFlags, RenameFlags, ResolveFlags, Statx, StatxFlags,
    Timestamps, Uid, XattrFlags,
};
use rustix::io::{Errno, retry_on_intr};
use rustix::path::Arg;

macro_rules! retried {
    ($($module:ident::$name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {$(
        pub(in crate::files) fn $name($($argument: $type),*) -> Result<$result, Errno> {
            retry_on_intr(|| rustix::$module::$name($($argument),*))
        }
    )*};
}

retried! {
    fs::openat(at: &impl AsFd, path: impl Arg + Copy, flags: OFlags, mode: Mode) -> OwnedFd;
    fs::openat2(at: &impl AsFd, path: impl Arg + Copy, flags: OFlags, mode: Mode, how: ResolveFlags) -> OwnedFd;
    fs::statx(at: &impl AsFd, path: impl Arg + Copy, flags: AtFlags, wanted: StatxFlags) -> Statx;
    fs::mkdirat(at: &impl AsFd, path: impl Arg + Copy, mode: Mode) -> ();
    fs::unlinkat(at: &impl AsFd, path: impl Arg + Copy, flags: AtFlags) -> ();
    fs::linkat(
        from: &impl AsFd, path: impl Arg + Copy, to: &impl AsFd, new: impl Arg + Copy, flags: AtFlags
    ) -> ();
    fs::renameat(from: &impl AsFd, path: impl Arg + Copy, to: &impl AsFd, new: impl Arg + Copy) -> ();
    fs::renameat_with(
        from: &impl AsFd, path: impl Arg + Copy, to: &impl AsFd, new: impl Arg + Copy, flags: RenameFlags
    ) -> ();
    fs::fchmod(file: &impl AsFd, mode: Mode) -> ();
    fs::fchown(file: &impl AsFd, user: Option<Uid>, group: Option<Gid>) -> ();
    fs::futimens(file: &impl AsFd, times: &Timestamps) -> ();
    fs::flock(file: &impl AsFd, operation: FlockOperation) -> ();
    fs::fallocate(file: &impl AsFd, mode: FallocateFlags, offset: u64, length: u64) -> ();
    fs::ftruncate(file: &impl AsFd, length: u64) -> ();
    fs::fsync(file: &impl AsFd) -> ();
    fs::fsetxattr(file: &impl AsFd, name: impl Arg + Copy, value: &[u8], flags: XattrFlags) -> ();
    fs::fremovexattr(file: &impl AsFd, name: impl Arg + Copy) -> ();
    io::pwrite(file: &impl AsFd, bytes: &[u8], offset: u64) -> usize;
}

pub(in crate::files) fn pread(file: &impl AsFd, into: &mut [u8], offset: u64) -> Result<usize, Errno> {
    retry_on_intr(|| rustix::io::pread(file, &mut *into, offset))
}

pub(in crate::files) fn fgetxattr(
    file: &impl AsFd,
    name: impl Arg + Copy,
    into: &mut [u8],
) -> Result<usize, Errno> {
    retry_on_intr(|| rustix::fs::fgetxattr(file, name, &mut *into))
}
