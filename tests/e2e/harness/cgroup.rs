//! A memory cgroup: the kernel kills a process in it that exceeds the limit, as in a small container.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A cgroup for one case, removed on drop.
#[derive(Debug)]
pub(crate) struct Cgroup(PathBuf);

impl Cgroup {
    /// `None` if the kernel does not allow it, which is printed.
    pub(crate) fn of_memory(name: &str, bytes: u64) -> Option<Self> {
        let name = format!("{name}-{}", std::process::id());
        // cgroup v1, then v2.
        for (above, limit) in [("memory", "memory.limit_in_bytes"), ("", "memory.max")] {
            let group = Path::new("/sys/fs/cgroup").join(above).join(&name);
            if fs::create_dir(&group).is_err() {
                continue;
            }
            let group = Self(group);
            if fs::write(group.0.join(limit), bytes.to_string()).is_ok() {
                return Some(group);
            }
        }
        println!("not run: kernel lacks the memory controller");
        None
    }

    /// A command that runs in it.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", "echo $$ >\"$0/cgroup.procs\" && exec \"$@\""]).arg(&self.0).arg(program);
        command
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // The kernel frees the group a moment after its last process has ended.
        for _ in 0..100 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}
