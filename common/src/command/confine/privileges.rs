//! The rights of root: a server that was started as root becomes another user, and holds no capability
//! ([capabilities(7)](https://man7.org/linux/man-pages/man7/capabilities.7.html)) either way.

use std::ffi::CString;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::Context as _;
use nix::errno::Errno;
use nix::unistd::{Gid, Uid, User, initgroups, setgroups, setresgid, setresuid};
use rustix::thread::{
    CapabilitySet, CapabilitySets, clear_ambient_capability_set, remove_capability_from_bounding_set,
    set_capabilities,
};

use super::usage;

/// A user, and the name by which it has supplementary groups.
struct Identity {
    uid: Uid,
    gid: Gid,
    name: Option<CString>,
}

/// Becomes `run_as`, else the owner of `dir`, and drops all capabilities. If root owns `dir`, the user stays root: a
/// mounted volume stays writable.
pub(super) fn give_up(run_as: Option<&str>, dir: Option<&Path>) -> anyhow::Result<()> {
    let is_root = Uid::effective().is_root();
    let identity = match run_as {
        Some(_) if !is_root => {
            return Err(usage(
                "--run-as has an effect only if the server is started as root; leave it out".into(),
            ));
        }
        Some(text) => Some(Identity::parse(text)?),
        None if is_root => dir.map(Identity::of_owner).transpose()?,
        None => None,
    };
    // Nothing is lost if this fails: without the capability for it, no other can be gained.
    for capability in CapabilitySet::all().iter() {
        let _ = remove_capability_from_bounding_set(capability);
    }
    let _ = clear_ambient_capability_set();
    if let Some(identity) = identity.filter(|identity| !identity.uid.is_root()) {
        identity.assume().context("cannot change the user; name another one with --run-as")?;
    }
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
        .context("cannot drop capabilities")
}

impl Identity {
    /// `NAME`, `UID` or `UID:GID`. Only a user of this machine has supplementary groups.
    fn parse(text: &str) -> anyhow::Result<Self> {
        let numbers = text.split_once(':').unwrap_or((text, text));
        match (numbers.0.parse(), numbers.1.parse()) {
            (Ok(uid), Ok(gid)) if text.contains(':') => Ok(Self::without_name(uid, gid)),
            (Ok(uid), Ok(gid)) => {
                Ok(Self::known(User::from_uid(uid.into()))?.unwrap_or(Self::without_name(uid, gid)))
            }
            _ => Self::known(User::from_name(text))?.ok_or_else(|| {
                usage(format!("--run-as: this machine has no user '{text}'; name one, or give UID:GID"))
            }),
        }
    }

    fn of_owner(dir: &Path) -> anyhow::Result<Self> {
        let meta = std::fs::metadata(dir)
            .with_context(|| format!("cannot find the owner of '{}'", dir.display()))?;
        Ok(Self::known(User::from_uid(meta.uid().into()))?
            .unwrap_or(Self::without_name(meta.uid(), meta.gid())))
    }

    fn known(user: nix::Result<Option<User>>) -> anyhow::Result<Option<Self>> {
        let user = match user {
            // What getpwnam(3) reports for a user that is not found, as in an image without /etc/passwd.
            Err(Errno::ENOENT | Errno::ESRCH | Errno::EBADF | Errno::EPERM) => None,
            user => user.context("cannot read the users of this machine")?,
        };
        Ok(user.map(|user| Self { uid: user.uid, gid: user.gid, name: CString::new(user.name).ok() }))
    }

    fn without_name(uid: u32, gid: u32) -> Self {
        Self { uid: uid.into(), gid: gid.into(), name: None }
    }

    fn assume(&self) -> nix::Result<()> {
        match &self.name {
            Some(name) => initgroups(name, self.gid)?,
            None => setgroups(&[])?,
        }
        setresgid(self.gid, self.gid, self.gid)?;
        setresuid(self.uid, self.uid, self.uid)
    }
}
