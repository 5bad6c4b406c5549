//! Sockets passed to a server, as systemd does (sd_listen_fds(3)).

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::process::Command;

use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};

use super::binary;
use super::program::tool;

/// A command whose process gets these sockets as the descriptors from 3 on, as systemd passes them.
pub(crate) fn activated(name: &str, sockets: &[(&str, &dyn AsFd)]) -> (Command, Vec<OwnedFd>) {
    // Only high numbers are inherited under their own numbers.
    let copies: Vec<OwnedFd> =
        sockets.iter().map(|(_, socket)| fcntl_dupfd_cloexec(socket.as_fd(), 100).unwrap()).collect();
    let mut moves = String::new();
    for (number, copy) in copies.iter().enumerate() {
        fcntl_setfd(copy, FdFlags::empty()).unwrap();
        moves += &format!(" {}<&{raw} {raw}<&-", number + 3, raw = copy.as_raw_fd());
    }
    let names: Vec<&str> = sockets.iter().map(|(name, _)| *name).collect();
    let mut command = tool("bash");
    command.arg("-c").arg(format!("exec {moves}; LISTEN_PID=$$ exec \"$0\" \"$@\"")).arg(binary(name));
    command.env("LISTEN_FDS", copies.len().to_string()).env("LISTEN_FDNAMES", names.join(":"));
    (command, copies)
}
