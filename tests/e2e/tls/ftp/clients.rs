//! The clients that people have: OpenSSL in curl and Python, GnuTLS in lftp.

use super::{serve, served};
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, for_each_engine, tree};

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

const FTPLIB: &str = r#"
import ftplib, io, ssl, sys
class Resuming(ftplib.FTP_TLS):
    def ntransfercmd(self, cmd, rest=None):
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            conn = self.context.wrap_socket(conn, server_hostname=self.host, session=self.sock.session)
            assert conn.session_reused
        return conn, size
port, kind, version, refused = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4] == "refused"
context = ssl._create_unverified_context()
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
                    let said = run(python.args(["-c", FTPLIB, &port, kind, version, outcome])).text();
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
            openssl.args(options).stdin(std::fs::File::open(input.join("input")).unwrap());
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
