//! A FUSE file system whose reads are slow: a disk that sleeps, or an object store. Everything else is answered at
//! once.

use std::ffi::OsStr;
use std::path::Path;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use fuser::{
    BackgroundSession, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, Generation, INodeNo,
    LockOwner, OpenFlags, ReplyAttr, ReplyData, ReplyDirectory, ReplyEntry, Request, SessionACL,
};
use tempfile::TempDir;

/// How long the kernel keeps names and attributes.
const KEPT: Duration = Duration::from_secs(60);

/// The files of one directory, mounted until it is dropped.
#[derive(Debug)]
pub(crate) struct SlowFiles {
    // Unmounted before its directory is removed.
    _session: BackgroundSession,
    at: TempDir,
}

#[derive(Debug)]
struct Files {
    files: Vec<(String, Vec<u8>)>,
    delay: Duration,
}

impl SlowFiles {
    /// Mounts these files, of which each read takes `delay`. `None`, and a line that says so, where the kernel has no
    /// FUSE.
    pub(crate) fn mount(files: &[(&str, Vec<u8>)], delay: Duration) -> Option<Self> {
        if !Path::new("/dev/fuse").exists() {
            println!("not run: kernel lacks FUSE");
            return None;
        }
        let files = files.iter().map(|(name, content)| ((*name).to_owned(), content.clone())).collect();
        let at = TempDir::new().unwrap();
        let mut config = Config::default();
        config.acl = SessionACL::All;
        let session = fuser::spawn_mount(Files { files, delay }, at.path(), &config).unwrap();
        Some(Self { _session: session, at })
    }

    pub(crate) fn path(&self) -> &Path {
        self.at.path()
    }

    /// Removes all pages of these files from the kernel's cache.
    pub(crate) fn evict(&self) {
        for entry in self.path().read_dir().unwrap() {
            let file = std::fs::File::open(entry.unwrap().path()).unwrap();
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
        }
    }
}

impl Files {
    /// The attributes of the directory, or of a file: inode 2 is the first.
    fn attributes(&self, inode: INodeNo) -> Option<FileAttr> {
        let content = match u64::from(inode) {
            1 => None,
            number => Some(&self.files.get(usize::try_from(number).ok()?.checked_sub(2)?)?.1),
        };
        let size = content.map_or(0, |content| content.len() as u64);
        Some(FileAttr {
            ino: inode,
            size,
            blocks: size.div_ceil(512),
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind: if content.is_some() { FileType::RegularFile } else { FileType::Directory },
            perm: 0o755,
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        })
    }

    fn inode(&self, name: &OsStr) -> Option<INodeNo> {
        let at = self.files.iter().position(|(file, _)| name == file.as_str())?;
        Some(INodeNo(at as u64 + 2))
    }
}

impl Filesystem for Files {
    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match self.inode(name).and_then(|inode| self.attributes(inode)) {
            Some(attributes) => reply.entry(&KEPT, &attributes, Generation(0)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, inode: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.attributes(inode) {
            Some(attributes) => reply.attr(&KEPT, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn read(
        &self,
        _: &Request,
        inode: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let (_, content) = &self.files[usize::try_from(u64::from(inode)).unwrap() - 2];
        let start = content.len().min(usize::try_from(offset).unwrap());
        let end = content.len().min(start + size as usize);
        let (bytes, delay) = (content[start..end].to_vec(), self.delay);
        thread::spawn(move || {
            thread::sleep(delay);
            reply.data(&bytes);
        });
    }

    fn readdir(&self, _: &Request, _: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let files = self.files.iter().enumerate().skip(usize::try_from(offset).unwrap());
        for (at, (name, _)) in files {
            if reply.add(INodeNo(at as u64 + 2), at as u64 + 1, FileType::RegularFile, name) {
                break;
            }
        }
        reply.ok();
    }
}
