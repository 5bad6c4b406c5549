//! Files and TCP ports that the process can use from now on, by Landlock
//! ([landlock(7)](https://man7.org/linux/man-pages/man7/landlock.7.html)).

use std::path::PathBuf;

use anyhow::Context as _;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, NetPort, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, RulesetStatus, Scope, make_bitflags, path_beneath_rules,
};

use super::{Needs, directories_of};

/// The newest version whose rights were reviewed. An older kernel enforces those that it knows.
const REVIEWED: ABI = ABI::V7;

const READ: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});
// Refer: renaming and linking from one directory to another. MakeSym: the server makes no symlinks, but moves them.
const WRITE: BitFlags<AccessFs> = make_bitflags!(AccessFs::{
    ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | MakeSym | RemoveFile | RemoveDir | Refer
});

/// Restricts this thread and those that it starts. `false`: the kernel has no Landlock.
pub(super) fn restrict(needs: &Needs) -> anyhow::Result<bool> {
    let ports = match needs.connects {
        true => AccessNet::BindTcp.into(),
        false => AccessNet::from_all(REVIEWED),
    };
    let of_files: Vec<PathBuf> = needs.files.iter().flat_map(|file| directories_of(file)).collect();
    let of_logs: Vec<PathBuf> = needs.append.iter().flat_map(|file| directories_of(file)).collect();
    let binds = needs
        .binds
        .iter()
        .cloned()
        .flatten()
        .map(|port| Ok::<_, RulesetError>(NetPort::new(port, AccessNet::BindTcp)));
    let restricted = || {
        Ruleset::default()
            .handle_access(AccessFs::from_all(REVIEWED))?
            .handle_access(ports)?
            .scope(Scope::from_all(REVIEWED))?
            .create()?
            .add_rules(path_beneath_rules(&needs.read, READ))?
            .add_rules(path_beneath_rules(&of_files, READ))?
            .add_rules(path_beneath_rules(&needs.write, WRITE))?
            .add_rules(path_beneath_rules(&of_logs, AccessFs::WriteFile | AccessFs::MakeReg))?
            .add_rules(path_beneath_rules(&needs.sockets, AccessFs::RemoveFile))?
            .add_rules(binds)?
            .restrict_self()
    };
    let status = restricted().context("cannot confine the process to its files; use --sandbox off")?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}
