//! The output of a trace: standard error, or a file of the user. This module does not know the format.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::geteuid;

/// A reader of the trace that reads nothing for this long (2 s) ends the trace.
const STALL: Timespec = Timespec { tv_sec: 2, tv_nsec: 0 };
/// A pipe that is ready accepts this much without waiting (pipe(7), `PIPE_BUF`).
const PIECE: usize = 4 << 10;

/// Receives the one warning when a trace ends because it cannot be written.
pub type Warn = fn(fmt::Arguments<'_>);

#[derive(Debug)]
pub(super) struct TraceOutput {
    sink: Mutex<TraceSink>,
    warn: Warn,
}

#[derive(Debug)]
enum TraceSink {
    StandardError,
    File {
        file: File,
        path: PathBuf,
        /// Bytes of complete records, if it is a regular file.
        written: Option<u64>,
    },
    /// A record could not be written.
    Ended,
}

impl TraceOutput {
    pub(super) fn standard_error(warn: Warn) -> Self {
        Self { sink: Mutex::new(TraceSink::StandardError), warn }
    }

    /// Creates a file that only this user can read, or truncates an existing one of this user.
    pub(super) fn create(path: &Path, warn: Warn) -> io::Result<Self> {
        let (file, is_regular) = create(path)?;
        let written = is_regular.then_some(0);
        Ok(Self { sink: Mutex::new(TraceSink::File { file, path: path.to_owned(), written }), warn })
    }

    /// Writes a complete record, or ends the trace with a warning.
    pub(super) fn write(&self, record: &[u8]) {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        let (result, name) = match &mut *sink {
            TraceSink::Ended => return,
            // Locked, so that the log does not write into the middle of a record.
            TraceSink::StandardError => {
                (write_all(&mut io::stderr().lock(), record), "standard error".into())
            }
            TraceSink::File { file, path, written } => {
                let result = write_all(file, record);
                if let Some(written) = written {
                    match result {
                        Ok(()) => *written += record.len() as u64,
                        // A truncated record would make the file unreadable for other programs.
                        Err(_) => drop(file.set_len(*written)),
                    }
                }
                (result, format!("'{}'", path.display()))
            }
        };
        if let Err(error) = result {
            *sink = TraceSink::Ended;
            drop(sink);
            (self.warn)(format_args!("warning: the trace ends here: cannot write {name}: {error}"));
        }
    }
}

fn write_all(to: &mut (impl Write + AsFd), record: &[u8]) -> io::Result<()> {
    for piece in record.chunks(PIECE) {
        let ready = retry_on_intr(|| {
            poll(&mut [PollFd::from_borrowed_fd(to.as_fd(), PollFlags::OUT)], Some(&STALL))
        })?;
        if ready == 0 {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "its reader has taken nothing for 2 seconds",
            ));
        }
        to.write_all(piece)?;
    }
    Ok(())
}

/// Opens a file for writing, and returns whether it is a regular one. An existing one is truncated only if it
/// belongs to this user. A symlink is followed only to a pipe or a device, such as `/dev/stdout`: another
/// user may have created it.
#[expect(clippy::disallowed_methods, reason = "the user's own file, which the command line names")]
fn create(path: &Path) -> io::Result<(File, bool)> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
    let own = flags | OFlags::CREATE | OFlags::NOFOLLOW;
    let (opened, is_link) = match open(path, own, Mode::RUSR | Mode::WUSR) {
        Err(Errno::LOOP) => (open(path, flags, Mode::empty()), true),
        opened => (opened, false),
    };
    let file = File::from(opened?);
    let found = fstat(&file)?;
    let is_regular = FileType::from_raw_mode(found.st_mode).is_file();
    let refused = |why| Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    match is_regular {
        true if is_link => refused("it is a symlink to a file"),
        true if found.st_uid != geteuid().as_raw() => refused("it belongs to another user"),
        true => {
            file.set_len(0)?;
            Ok((file, true))
        }
        false => Ok((file, false)),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "a test makes and reads files of its own")]

    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_file_is_created_for_its_user_only() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("old"), "old").unwrap();
        symlink(at("old"), at("link")).unwrap();
        symlink("/dev/null", at("device")).unwrap();
        symlink(at("none"), at("dangling")).unwrap();
        for (name, expected, why) in [
            ("new", Ok(()), "it does not exist"),
            ("old", Ok(()), "it is truncated"),
            ("link", Err(io::ErrorKind::PermissionDenied), "a symlink to a file"),
            ("device", Ok(()), "a symlink to a device"),
            ("dangling", Err(io::ErrorKind::NotFound), "a symlink to nothing"),
        ] {
            let created = TraceOutput::create(&at(name), |_| {}).map(|output| output.write(b"x"));
            assert_eq!(created.map_err(|error| error.kind()), expected, "{name}: {why}");
        }
        assert_eq!(fs::read(at("old")).unwrap(), b"x");
        assert_eq!(fs::metadata(at("new")).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_of_another_user_is_not_truncated() {
        // Only root can create one.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("theirs");
        fs::write(&path, "theirs").unwrap();
        let other = fs::metadata(&path).unwrap().uid() + 1;
        if std::os::unix::fs::chown(&path, Some(other), None).is_err() {
            return;
        }
        assert!(TraceOutput::create(&path, |_| {}).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
    }

    #[test]
    fn an_output_that_fails_ends_with_one_warning() {
        static WARNINGS: AtomicUsize = AtomicUsize::new(0);
        let warn: Warn = |what| {
            assert!(what.to_string().contains("'/dev/full': No space left"), "{what}");
            WARNINGS.fetch_add(1, Ordering::Relaxed);
        };
        let output = TraceOutput::create(Path::new("/dev/full"), warn).unwrap();
        (0..3).for_each(|_| output.write(b"record"));
        assert_eq!(WARNINGS.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_reader_that_stops_ends_the_trace() {
        use std::os::fd::AsRawFd as _;
        static WARNINGS: AtomicUsize = AtomicUsize::new(0);
        let (_reader, writer) = io::pipe().unwrap();
        let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
        let warn: Warn = |what| {
            assert!(what.to_string().contains("its reader has taken nothing"), "{what}");
            WARNINGS.fetch_add(1, Ordering::Relaxed);
        };
        let output = TraceOutput::create(Path::new(&path), warn).unwrap();
        // More than a pipe holds.
        (0..3).for_each(|_| output.write(&vec![b'x'; 1 << 20]));
        assert_eq!(WARNINGS.load(Ordering::Relaxed), 1);
    }
}
