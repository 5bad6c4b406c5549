//! Other programs: found or reported as missing, run to their end.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// The programs of the cases, and their Debian and Ubuntu packages.
const PACKAGES: &[(&str, &str)] = &[
    ("7z", "p7zip-full"),
    ("bash", "bash"),
    ("bsdtar", "libarchive-tools"),
    ("busybox", "busybox"),
    ("chromedriver", "chromium-driver"),
    ("chromium", "chromium"),
    ("cmp", "diffutils"),
    ("curl", "curl"),
    ("date", "coreutils"),
    ("fish", "fish"),
    ("gzip", "gzip"),
    ("id", "coreutils"),
    ("lftp", "lftp"),
    ("lowntfs-3g", "ntfs-3g"),
    ("mkntfs", "ntfs-3g"),
    ("mount", "mount"),
    ("nc", "netcat-openbsd"),
    ("ncat", "ncat"),
    ("ncftpget", "ncftp"),
    ("ncftpls", "ncftp"),
    ("ncftpput", "ncftp"),
    ("node", "nodejs"),
    ("openssl", "openssl"),
    ("prlimit", "util-linux"),
    ("python3", "python3"),
    ("script", "bsdutils"),
    ("setpriv", "util-linux"),
    ("setsid", "util-linux"),
    ("socat", "socat"),
    ("strace", "strace"),
    ("systemd-analyze", "systemd"),
    ("testssl", "testssl.sh"),
    ("tnftp", "tnftp"),
    ("tshark", "tshark"),
    ("umount", "mount"),
    ("unshare", "util-linux"),
    ("unzip", "unzip"),
    ("wget", "wget"),
    ("wrk", "wrk"),
    ("zstd", "zstd"),
];

/// A program, by its name.
pub(crate) fn tool(name: &str) -> Command {
    let (_, package) = PACKAGES.iter().find(|(known, _)| *known == name).expect("a program of the table");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file());
    let file: PathBuf = found.unwrap_or_else(|| panic!("{name} is missing; apt-get install {package}"));
    let mut command = Command::new(file);
    isolate(&mut command);
    command
}

/// Removes the user's settings and proxies, and sets the language to English.
pub(crate) fn isolate(command: &mut Command) {
    // A home that no program can create, not even as root, so that no program finds files of another.
    command.env("HOME", "/dev/null").env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy().to_ascii_lowercase();
        if name.ends_with("_proxy") || name.starts_with("xdg_") || matches!(&*name, "netrc" | "no_color") {
            command.env_remove(variable);
        }
    }
}

/// The result of a program.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
    /// The largest measured memory, in KiB.
    pub(crate) memory: u64,
}

impl Outcome {
    /// Standard output; fails unless the program succeeded.
    #[track_caller]
    pub(crate) fn success(self) -> Vec<u8> {
        assert_eq!(self.code, Some(0), "out: {}\nerr: {}", super::shown(&self.out), self.err);
        self.out
    }

    /// Standard output as text; fails unless the program succeeded.
    #[track_caller]
    pub(crate) fn text(self) -> String {
        String::from_utf8(self.success()).unwrap()
    }
}

/// After this time a program that is run to its end counts as hanging: `mini check` waits its whole timeout in each case to
/// which a server does not reply, and Pure-FTPd has several. A test of a client's own time limit measures it.
const HANGS: Duration = Duration::from_secs(900);

/// Runs a program to its end.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> Outcome {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let out = thread::spawn(move || {
        let mut bytes = Vec::new();
        out.read_to_end(&mut bytes).map(|_| bytes).unwrap()
    });
    let err = thread::spawn(move || {
        let mut bytes = Vec::new();
        err.read_to_end(&mut bytes).map(|_| String::from_utf8_lossy(&bytes).into_owned()).unwrap()
    });
    let (mut memory, deadline) = (0, Instant::now() + HANGS);
    let status = loop {
        let ended = wait(&mut child, Duration::from_millis(20));
        if ended.is_some() || Instant::now() > deadline {
            break ended;
        }
        memory = memory.max(peak_memory(child.id()));
    };
    if status.is_none() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (out, err) = (out.join().unwrap(), err.join().unwrap());
    let Some(status) = status else {
        panic!("{command:?} did not end in {HANGS:?}\nout: {}\nerr: {err}", super::shown(&out))
    };
    Outcome { code: status.code(), out, err, memory }
}

/// Waits for a process; `None` after the timeout.
pub(crate) fn wait(child: &mut Child, time: Duration) -> Option<ExitStatus> {
    let process = pidfd_open(Pid::from_child(child), PidfdFlags::empty()).unwrap();
    let time = Timespec::try_from(time).unwrap();
    let ended = poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&time)).unwrap();
    (ended > 0).then(|| child.wait().unwrap())
}

/// The peak memory of a process, in KiB; 0 when it has ended.
fn peak_memory(id: u32) -> u64 {
    // A process that is just starting may still share our memory.
    if std::fs::read_link(format!("/proc/{id}/exe")).ok() == std::env::current_exe().ok() {
        return 0;
    }
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
