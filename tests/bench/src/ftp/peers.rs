//! The servers of the FTP cases: `ftp-mini`, and the peers at their fastest settings, without logs, lookups
//! and privilege separation.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::peers::Unpacked;
use crate::programs::Programs;
use crate::report::Report;
use crate::server::{Role, Server, free_port, on_server_core};
use crate::tree::Tree;

/// A user who may only read the tree. `ftp` exists in a copy of the users file that only the peers see.
const USER: &str = "ftp:x:65533:65534:anonymous:";

type Start = fn(&Place) -> Result<(Command, u16)>;

const PEERS: [(&str, Start); 4] =
    [("vsftpd", vsftpd), ("pure-ftpd", pure_ftpd), ("proftpd", proftpd), ("pyftpdlib", pyftpdlib)];

/// Starts every server, ours first. Unavailable peers are named in the report.
pub(crate) fn servers(programs: &Programs, tree: &Tree, report: &mut Report) -> Result<Vec<Server>> {
    let mut servers = vec![ours(programs, tree)?];
    let unpacked = Unpacked::fetch(programs);
    let Some(unpacked) = report.or_left_out("the peers", unpacked) else { return Ok(servers) };
    let place = Place { tree, unpacked, users: tree.beside("passwd") };
    place.write_users()?;
    for (name, start) in PEERS {
        let started =
            start(&place).and_then(|(command, port)| Server::other(name, Role::Peer, command, port));
        servers.extend(report.or_left_out(name, started));
    }
    Ok(servers)
}

/// Starts vsftpd only.
pub(crate) fn only_vsftpd(programs: &Programs, tree: &Tree) -> Result<Server> {
    let place = Place { tree, unpacked: Unpacked::fetch(programs)?, users: tree.beside("passwd") };
    place.write_users()?;
    let (command, port) = vsftpd(&place)?;
    Server::other("vsftpd", Role::Peer, command, port)
}

fn ours(programs: &Programs, tree: &Tree) -> Result<Server> {
    let mut command = on_server_core(programs.path("ftp-mini")?);
    command.arg("serve").arg(&tree.root);
    command.args(["--listen", "127.0.0.1:0", "--workers", "1", "--quiet"]);
    // No peer synchronises uploads to disk.
    command.args(["--writable", "--durability", "off"]);
    Server::ours("ftp-mini", command)
}

/// Files and addresses that the peers need to start.
struct Place<'a> {
    tree: &'a Tree,
    unpacked: Unpacked,
    users: PathBuf,
}

impl Place<'_> {
    /// Writes the machine's users plus `ftp`, whose home is the tree: pure-ftpd serves nothing else.
    fn write_users(&self) -> Result<()> {
        let users = fs::read_to_string("/etc/passwd")?;
        let mut users: Vec<&str> = users.lines().filter(|line| !line.starts_with("ftp:")).collect();
        let ftp = format!("{USER}{}:/usr/sbin/nologin\n", self.root());
        users.push(&ftp);
        Ok(fs::write(&self.users, users.join("\n"))?)
    }

    fn root(&self) -> std::path::Display<'_> {
        self.tree.root.display()
    }

    /// A command in a mount namespace where our users file replaces the machine's.
    fn among_users(&self, program: &str) -> Result<Command> {
        ensure!(rustix::process::geteuid().is_root(), "it changes its user, so run the benchmark as root");
        let mut command = on_server_core("unshare");
        command.args(["--mount", "sh", "-c", "mount --bind \"$0\" /etc/passwd && exec \"$@\""]);
        command.arg(&self.users).arg(self.unpacked.program(program));
        command.env("LD_LIBRARY_PATH", self.unpacked.libraries());
        Ok(command)
    }

    fn config(&self, name: &str, text: &str) -> Result<PathBuf> {
        let file = self.tree.beside(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }
}

fn vsftpd(place: &Place) -> Result<(Command, u16)> {
    let port = free_port()?;
    let text = format!(
        "listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\n\
         anonymous_enable=YES\nlocal_enable=NO\nftp_username=ftp\nanon_root={root}\n\
         one_process_model=YES\nseccomp_sandbox=NO\nisolate=NO\nisolate_network=NO\n\
         write_enable=YES\nanon_upload_enable=YES\nxferlog_enable=NO\nascii_download_enable=YES\nmax_clients=0\nmax_per_ip=0\n",
        root = place.root(),
    );
    let config = place.config("vsftpd.conf", &text)?;
    let mut command = place.among_users("vsftpd")?;
    command.arg(config);
    Ok((command, port))
}

fn pure_ftpd(place: &Place) -> Result<(Command, u16)> {
    let port = free_port()?;
    let mut command = place.among_users("pure-ftpd")?;
    command.args(["--bind", &format!("127.0.0.1,{port}"), "--anonymousonly", "--dontresolve"]);
    command.args(["--limitrecursion", "30000:1", "--maxclientsnumber", "100", "--syslogfacility", "none"]);
    Ok((command, port))
}

fn proftpd(place: &Place) -> Result<(Command, u16)> {
    let port = free_port()?;
    let text = format!(
        "ServerType standalone\nDefaultAddress 127.0.0.1\nPort {port}\nSocketBindTight on\nUseIPv6 off\n\
         User ftp\nGroup nogroup\nPidFile \"{root}/../proftpd.pid\"\nScoreboardFile \"{root}/../proftpd.score\"\n\
         DelayEngine off\nMaxInstances 100\nUseReverseDNS off\nUseSendfile on\n\
         WtmpLog off\nTransferLog none\nSystemLog none\n\
         <Anonymous \"{root}\">\nUser ftp\nGroup nogroup\nUserAlias anonymous ftp\n\
         RequireValidShell off\nWtmpLog off\n</Anonymous>\n",
        root = place.root(),
    );
    let config = place.config("proftpd.conf", &text)?;
    let mut command = place.among_users("proftpd")?;
    command.args(["--nodaemon", "--quiet", "--config"]).arg(config);
    Ok((command, port))
}

fn pyftpdlib(place: &Place) -> Result<(Command, u16)> {
    let port = free_port()?;
    let mut command = on_server_core("python3");
    command.arg("-c").arg(include_str!("serve_pyftpdlib.py")).arg(&place.tree.root).arg(port.to_string());
    command.env("PYTHONPATH", place.unpacked.python());
    Ok((command, port))
}
