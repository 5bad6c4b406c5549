//! FTP servers. Logged-in users may change files.

use std::process::Command;

use super::super::Certificates;
use super::super::program::{run, tool};
use super::{Peer, SettingsDir, folder, is_root, program};

/// An FTP server that can be started, unencrypted or with required TLS.
pub(crate) struct FtpServerKind {
    pub(crate) name: &'static str,
    pub(crate) start: fn(Option<&Certificates>) -> Peer,
}

impl FtpServerKind {
    /// The certificate file, if it uses TLS.
    pub(crate) fn certificate(&self) -> String {
        format!("{}.pem", self.name.to_ascii_lowercase())
    }
}

/// The servers that this user can start.
pub(crate) fn all() -> Vec<FtpServerKind> {
    let mut all = vec![
        FtpServerKind { name: "vsftpd", start: vsftpd },
        FtpServerKind { name: "ProFTPD", start: proftpd },
        FtpServerKind { name: "pyftpdlib", start: pyftpdlib },
    ];
    // It changes its user at each login, and fails if it cannot.
    if is_root() {
        all.push(FtpServerKind { name: "Pure-FTPd", start: pure_ftpd });
    }
    all
}

/// The login of every server except vsftpd, which uses the machine's users.
pub(crate) const USER: &str = "ada";
pub(crate) const PASSWORD: &str = "lovelace";

impl Peer {
    /// `ftp://ada:lovelace@127.0.0.1:4711/`
    pub(crate) fn ftp(&self) -> String {
        self.ftp_at(self.at)
    }

    /// The same at the address of a proxy.
    pub(crate) fn ftp_at(&self, at: std::net::SocketAddr) -> String {
        match self.place.join("anonymous").exists() {
            true => format!("ftp://{at}/"),
            false => format!("ftp://{USER}:{PASSWORD}@{at}/"),
        }
    }
}

/// Anonymous may do everything, and the server reports the whole path of the directory.
fn vsftpd(tls: Option<&Certificates>) -> Peer {
    vsftpd_with(tls, "")
}

/// The same with more settings, a line each.
pub(crate) fn vsftpd_with(tls: Option<&Certificates>, settings: &str) -> Peer {
    let tls = tls.map(|certificates| {
        let (certificate, key) = certificates.make("vsftpd");
        format!(
            "ssl_enable=YES\nallow_anon_ssl=YES\nforce_anon_logins_ssl=YES\nforce_anon_data_ssl=YES\n\
             require_ssl_reuse=YES\nssl_ciphers=HIGH\n\
             rsa_cert_file={}\nrsa_private_key_file={}\n",
            certificate.display(),
            key.display()
        )
    });
    Peer::start(|place, root, port| {
        place.write("anonymous", "");
        let text = format!(
            "listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\n\
             run_as_launching_user=YES\nftp_username=nobody\nnopriv_user=nobody\nsecure_chroot_dir={empty}\n\
             seccomp_sandbox=NO\nisolate=NO\nisolate_network=NO\nxferlog_enable=NO\n\
             anonymous_enable=YES\nlocal_enable=NO\nanon_root={root}\nanon_umask=022\n\
             write_enable=YES\nanon_upload_enable=YES\nanon_mkdir_write_enable=YES\n\
             anon_other_write_enable=YES\nanon_world_readable_only=NO\nmdtm_write=YES\n{settings}{tls}",
            empty = place.0.directory("empty").display(),
            root = root.path().display(),
            tls = tls.as_deref().unwrap_or_default(),
        );
        let mut command = program("vsftpd");
        command.arg(place.write("vsftpd.conf", &text));
        command
    })
}

fn proftpd(tls: Option<&Certificates>) -> Peer {
    let tls = tls.map(|certificates| {
        let (certificate, key) = certificates.make("proftpd");
        format!(
            "LoadModule mod_tls.c\nTLSEngine on\nTLSRequired on\nTLSProtocol TLSv1.2 TLSv1.3\nTLSLog none\n\
             TLSECCertificateFile {}\nTLSECCertificateKeyFile {}\n",
            certificate.display(),
            key.display()
        )
    });
    Peer::start(|place, root, port| {
        let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        let home = root.path().display();
        let account = format!("{USER}:{}:{user}:{group}::{home}:/bin/sh\n", hash());
        let text = format!(
            "ServerType standalone\nModulePath {modules}\nDefaultAddress 127.0.0.1\nPort {port}\n\
             SocketBindTight on\nUseIPv6 off\nUser {user}\nGroup {group}\nPidFile {place}/pid\n\
             ScoreboardFile none\nControlsEngine off\nDelayEngine off\nUseReverseDNS off\n\
             WtmpLog off\nTransferLog none\nSystemLog none\nRequireValidShell off\nRootLogin on\n\
             AuthOrder mod_auth_file.c\nAuthFileOptions InsecurePerms\nAuthUserFile {accounts}\n\
             AllowOverwrite on\nAllowStoreRestart on\nAllowRetrieveRestart on\n\
             LoadModule mod_digest.c\nDigestEngine on\nDigestAlgorithms sha256\n{tls}\
             <Directory {home}>\n<Limit ALL>\nAllowAll\n</Limit>\n</Directory>\n",
            modules = folder().join("usr/lib/proftpd").display(),
            user = name_of("--user"),
            group = name_of("--group"),
            place = place.0.path().display(),
            accounts = place.write("accounts", &account).display(),
            tls = tls.as_deref().unwrap_or_default(),
        );
        let mut command = program("proftpd");
        command.args(["--nodaemon", "--quiet", "--config"]).arg(place.write("proftpd.conf", &text));
        command
    })
}

/// The name of this user or group.
fn name_of(what: &str) -> String {
    run(tool("id").args([what, "--name"])).text().trim_end().to_owned()
}

fn pure_ftpd(tls: Option<&Certificates>) -> Peer {
    let tls = tls.map(|certificates| {
        let (certificate, key) = certificates.make("pure-ftpd");
        let both = [certificate, key].map(|file| std::fs::read_to_string(file).unwrap()).concat();
        std::fs::write(certificates.path("both.pem"), both).unwrap();
        ["--tls=3".to_owned(), format!("--certfile={}", certificates.path("both.pem").display())]
    });
    Peer::start(|place, root, port| {
        let account = format!("{USER}:{}:65534:65534::{}/./::::::::::::\n", hash(), root.path().display());
        let mut make = program("pure-pw");
        make.arg("mkdb").arg(place.join("pdb")).arg("-f").arg(place.write("accounts", &account));
        run(&mut make).success();
        let mut command = program("pure-ftpd");
        command.arg(format!("--bind=127.0.0.1,{port}"));
        command.arg(format!("--login=puredb:{}", place.join("pdb").display()));
        command.args(["--dontresolve", "--noanonymous", "--syslogfacility=none", "--minuid=1"]);
        command.args(["--limitrecursion=30000:30", "--maxclientsnumber=100"]);
        command.arg(format!("--pidfile={}", place.join("pid").display()));
        command.args(tls.iter().flatten());
        command
    })
}

/// A crypt(3) hash of the password: the peers' default cost takes a second for each login.
fn hash() -> String {
    run(tool("openssl").args(["passwd", "-5", PASSWORD])).text().trim_end().to_owned()
}

fn pyftpdlib(tls: Option<&Certificates>) -> Peer {
    let tls = tls.map(|certificates| {
        let (certificate, key) = certificates.make("pyftpdlib");
        [certificate, key]
    });
    Peer::start(|_: &SettingsDir, root, port| {
        let packages = folder().join("python");
        assert!(packages.exists(), "pyftpdlib is missing in {}; run tests/peers", packages.display());
        let mut command: Command = tool("python3");
        command.arg("-c").arg(include_str!("serve_pyftpdlib.py"));
        command.arg(root.path()).args([&port.to_string(), USER, PASSWORD]).args(tls.iter().flatten());
        command.env("PYTHONPATH", packages);
        command
    })
}
