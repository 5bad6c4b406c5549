//! The clients that people have: OpenSSL in curl and Python, GnuTLS in lftp.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, fcntl_setfl, mkfifoat, open};

use super::{serve, served};
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, for_each_engine, tree, wait_until};

/// curl keeps its tickets with TLS 1.3, and names its sessions with TLS 1.2.
#[test]
fn curl_lists_and_gets_with_either_version() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let server = serve(&tree, engine, &["--data-session", "require"]);
        for (scheme, version) in [("ftp", "1.2"), ("ftp", "1.3"), ("ftps", "1.2"), ("ftps", "1.3")] {
            let curl = |options: &[&str]| {
                let mut curl = tool("curl");
                curl.args(["--silent", "--show-error", "--insecure", "--ssl-reqd", "--max-time", "30"]);
                run(curl.args(["--tls-max", version]).args(options)).success()
            };
            let url = |name: &str| format!("{}{name}", server.url(scheme));
            let names = String::from_utf8(curl(&["--list-only", &url("")])).unwrap();
            assert!(names.lines().eq(["a", "empty", "f.bin"]), "{scheme} {version}: {names}");
            assert!(curl(&[&url("f.bin")]) == content, "{scheme} {version}");
            let three = curl(&[&url("a"), &url("empty"), &url("a")]);
            assert_eq!(three, b"hello\nhello\n", "{scheme} {version}: on one control connection");
        }
    });
}

/// Files of different sizes, and a server that takes only data connections that resume, or any.
#[test]
fn clients_upload_one_file_after_the_other() {
    let source = Tree::new();
    for number in 0..10 {
        source.file(format!("f{number}"), tree::pattern(300_000 + number * 10_007));
    }
    let folder = source.path().to_str().unwrap();
    for_each_engine(|engine| {
        for (mode, version) in [("prefer", "1.2"), ("prefer", "1.3"), ("require", "1.2"), ("require", "1.3")]
        {
            let check = |client: &str, upload: &dyn Fn(&Server)| {
                let served = Tree::new();
                upload(&serve(&served, engine, &["--writable", "--data-session", mode]));
                assert!(
                    tree::contents(source.path()) == tree::contents(served.path()),
                    "{client} with TLS {version}, {mode}"
                );
            };
            check("curl", &|server| curl_uploads(server, source.path(), version));
            check("lftp", &|server| {
                let script = format!(
                    "set ssl:verify-certificate no; set ftp:ssl-force true; set ftp:ssl-protect-data true; \
                     set ssl:priority NORMAL:-VERS-ALL:+VERS-TLS{version}; set net:max-retries 1; \
                     set net:timeout 20; set cmd:fail-exit yes; open {}; mput {folder}/f*; \
                     put /dev/null -o empty; rm empty",
                    server.url("ftp")
                );
                run(tool("lftp").args(["-c", &script])).success();
            });
            check("ftplib", &|server| {
                let port = server.address("ftp").port().to_string();
                let version = format!("TLSv{}", version.replace('.', "_"));
                let mut python = tool("python3");
                python.arg("-c").arg(format!("{RESUMING}{STORBINARY}")).args([&port, &version, folder]);
                assert_eq!(run(&mut python).text(), "done\n");
            });
        }
    });
}

/// Uploads the files of a folder by one curl. OpenSSL uses a ticket of TLS 1.3 once, and curl keeps only the
/// newest, which it looks for when a file has ended: so each ends only when the server has stored some of it,
/// and with that has sent the next ticket.
fn curl_uploads(server: &Server, folder: &Path, version: &str) {
    let pipes = Tree::new();
    let name = |number: usize| format!("f{number}");
    for number in 0..10 {
        mkfifoat(CWD, pipes.join(name(number)), Mode::from_raw_mode(0o600)).unwrap();
    }
    let mut curl = tool("curl");
    curl.args(["--silent", "--show-error", "--insecure", "--ssl-reqd", "--max-time", "60"]);
    curl.args(["--tls-max", version, "--upload-file"]).arg(pipes.join("f[0-9]")).arg(server.url("ftp"));
    std::thread::scope(|scope| {
        let curl = scope.spawn(|| run(&mut curl));
        for number in 0..10 {
            let mut pipe = None;
            wait_until(|| {
                let flags = OFlags::WRONLY | OFlags::NONBLOCK;
                pipe = open(pipes.join(name(number)), flags, Mode::empty()).ok();
                pipe.is_some() || curl.is_finished()
            });
            let Some(pipe) = pipe else { break };
            fcntl_setfl(&pipe, OFlags::empty()).unwrap();
            let mut pipe = File::from(pipe);
            pipe.write_all(&fs::read(folder.join(name(number))).unwrap()).unwrap();
            wait_until(|| server.uploads().iter().any(|size| *size > 0) || curl.is_finished());
        }
        curl.join().unwrap().success();
    });
}

/// A data connection that resumes, as ftplib's own does not.
const RESUMING: &str = r#"
import ftplib, io, os, ssl, sys
class Resuming(ftplib.FTP_TLS):
    def ntransfercmd(self, cmd, rest=None):
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            conn = self.context.wrap_socket(conn, server_hostname=self.host, session=self.sock.session)
            assert conn.session_reused
        return conn, size
context = ssl._create_unverified_context()
"#;

const STORBINARY: &str = r#"
port, version, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
context.maximum_version = ssl.TLSVersion[version]
ftp = Resuming(context=context, timeout=20)
ftp.connect("127.0.0.1", port)
ftp.login()
ftp.prot_p()
for name in sorted(os.listdir(folder)):
    with open(os.path.join(folder, name), "rb") as file:
        assert ftp.storbinary(f"STOR {name}", file).startswith("226")
ftp.quit()
print("done")
"#;

#[test]
fn lftp_mirrors_on_several_connections() {
    let tree = Tree::of(&[("empty", "")]);
    for number in 0..200 {
        tree.file(format!("d{}/{number}", number % 7), tree::pattern(number * 97));
    }
    for_each_engine(|engine| {
        let server = serve(&tree, engine, &["--data-session", "require", "--require-tls", "data"]);
        for (scheme, passive) in [("ftp", "true"), ("ftp", "false"), ("ftps", "true")] {
            let copy = Tree::new();
            let script = format!(
                "set ssl:verify-certificate no; set ftp:ssl-force true; set ftp:ssl-allow-anonymous true; set ftp:ssl-protect-data true; \
                 set ftp:passive-mode {passive}; set net:max-retries 1; set net:timeout 20; \
                 open {}; mirror --parallel=3 / {}",
                server.url(scheme),
                copy.path().display()
            );
            run(tool("lftp").args(["-c", &script])).success();
            tree::assert_same(tree.path(), copy.path());
        }
    });
}

const RETRBINARY: &str = r#"
port, kind, version, refused = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4] == "refused"
context.maximum_version = ssl.TLSVersion[version]
for passive in (True, False):
    ftp = (Resuming if kind == "resuming" else ftplib.FTP_TLS)(context=context, timeout=20)
    ftp.connect("127.0.0.1", port)
    ftp.login()
    ftp.prot_p()
    ftp.set_pasv(passive)
    for _ in range(7):
        got = io.BytesIO()
        try:
            ftp.retrbinary("RETR f.bin", got.write)
            assert not refused and len(got.getvalue()) == 3000001
        except ftplib.error_perm as error:
            assert refused and str(error).startswith("522 "), error
        except (ConnectionError, ssl.SSLError):
            # It hears of the refusal on the data connection before it asks for the reply.
            assert refused and ftp.getmultiline().startswith("522 ")
        assert refused == (got.getvalue() == b"")
    if not refused:
        assert sorted(ftp.nlst()) == ["a", "empty", "f.bin"]
    ftp.quit()
print("done")
"#;

#[test]
fn ftplib_is_served_as_far_as_it_can_resume() {
    let (tree, _) = served();
    for_each_engine(|engine| {
        for mode in ["off", "prefer", "require"] {
            let server = serve(&tree, engine, &["--data-session", mode]);
            let port = server.address("ftp").port().to_string();
            for version in ["TLSv1_2", "TLSv1_3"] {
                for kind in ["plain", "resuming"] {
                    if (mode, kind) == ("off", "resuming") {
                        continue;
                    }
                    let outcome = if (mode, kind) == ("require", "plain") { "refused" } else { "served" };
                    let mut python = tool("python3");
                    let said = run(python
                        .arg("-c")
                        .arg(format!("{RESUMING}{RETRBINARY}"))
                        .args([&port, kind, version, outcome]))
                    .text();
                    assert_eq!(said, "done\n", "{mode} {version} {kind}");
                }
            }
        }
    });
}

#[test]
fn openssl_is_served() {
    let (tree, _) = served();
    for_each_engine(|engine| {
        let server = serve(&tree, engine, &[]);
        let input = Tree::of(&[("input", "FEAT\r\nQUIT\r\n")]);
        for (scheme, options) in [("ftp", &["-starttls", "ftp"][..]), ("ftps", &["-alpn", "ftp"])] {
            let mut openssl = tool("openssl");
            openssl.args(["s_client", "-quiet", "-connect", &server.address(scheme).to_string()]);
            openssl.args(options).stdin(File::open(input.join("input")).unwrap());
            let said = String::from_utf8(run(&mut openssl).success()).unwrap();
            for expected in [" AUTH TLS\r\n", " PBSZ\r\n", " PROT\r\n", "\r\n221 "] {
                assert!(said.contains(expected), "{scheme}: {expected:?} in {said}");
            }
        }
    });
}

/// One certificate for both protocols.
#[test]
fn both_protocols_share_the_certificate() {
    let (tree, content) = served();
    let server = Server::both(&tree, &["--quiet", "--tls", "self-signed", "--ftps", "127.0.0.1:0"]);
    for scheme in ["https", "ftp", "ftps"] {
        let url = format!("{}f.bin", server.url(scheme));
        let got = run(tool("curl").args(["--silent", "--insecure", "--ssl-reqd", &url])).success();
        assert!(got == content, "{scheme}");
    }
}

const AIOFTP: &str = r#"
import asyncio, ssl, sys
try:
    import aioftp
except ImportError:
    sys.exit("aioftp is missing; pip install aioftp")
anyone = ssl.create_default_context()
anyone.check_hostname = False
anyone.verify_mode = ssl.CERT_NONE
content = open(sys.argv[3], "rb").read()
async def talk(client, port, upgrade, name):
    await client.connect("127.0.0.1", port)
    if upgrade:
        await client.upgrade_to_tls(anyone)
    await client.login()
    async with client.upload_stream(name) as stream:
        await stream.write(content)
    names = [str(path) for path, facts in await client.list()]
    assert name in names, names
    came = b""
    async with client.download_stream(name) as stream:
        async for block in stream.iter_by_block():
            came += block
    assert came == content, f"{len(came)} bytes of {name}"
    await client.quit()
async def main():
    explicit, implicit = int(sys.argv[1]), int(sys.argv[2])
    await talk(aioftp.Client(socket_timeout=20), explicit, True, "explicit")
    await talk(aioftp.Client(ssl=anyone, socket_timeout=20), implicit, False, "implicit")
asyncio.run(main())
print("done")
"#;

/// It shakes hands on a data connection before it says what for.
#[test]
fn aioftp_uploads_lists_and_downloads() {
    let source = Tree::new();
    let file = source.file("f", tree::pattern(700_001));
    for_each_engine(|engine| {
        let served = Tree::new();
        let server = serve(&served, engine, &["--writable"]);
        let port = |scheme| server.address(scheme).port().to_string();
        let mut python = tool("python3");
        python.args(["-c", AIOFTP, &port("ftp"), &port("ftps")]).arg(&file);
        assert_eq!(run(&mut python).text(), "done\n");
    });
}
