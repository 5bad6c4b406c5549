//! Common clients: OpenSSL in curl and Python, GnuTLS in lftp.

use std::fs::File;

use super::{serve, served};
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, at_once_on_each_engine, for_each_engine, tree};

/// curl resumes by tickets with TLS 1.3 and by session ids with TLS 1.2, which is the only version of
/// `require`.
#[test]
fn curl_lists_and_gets_with_either_version() {
    let (tree, content) = served();
    at_once_on_each_engine(|engine| {
        for (mode, versions) in [("prefer", &["1.2", "1.3"][..]), ("require", &["1.3"])] {
            let server = serve(&tree, engine, &["--data-session", mode]);
            for version in versions {
                curl_lists_and_gets(&server, version, &content);
            }
        }
    });
}

/// `version`: the highest version of curl.
fn curl_lists_and_gets(server: &Server, version: &str, content: &[u8]) {
    for scheme in ["ftp", "ftps"] {
        let curl = |options: &[&str]| {
            let mut curl = tool("curl");
            curl.args(["--silent", "--show-error", "--insecure", "--ssl-reqd", "--max-time", "60"]);
            run(curl.args(["--tls-max", version]).args(options)).success()
        };
        let url = |name: &str| format!("{}{name}", server.url(scheme));
        let names = String::from_utf8(curl(&["--list-only", &url("")])).unwrap();
        assert!(names.lines().eq(["a", "empty", "f.bin"]), "{scheme} {version}: {names}");
        assert!(curl(&[&url("f.bin")]) == content, "{scheme} {version}");
        let three = curl(&[&url("a"), &url("empty"), &url("a")]);
        assert_eq!(three, b"hello\nhello\n", "{scheme} {version}: on one control connection");
    }
}

/// Files of different sizes, including empty and small ones, whose transfer ends as soon as it has begun;
/// with a server that requires resumed data connections, or accepts any. `require` selects TLS 1.2 by itself.
#[test]
fn clients_upload_several_files_in_one_session() {
    let source = Tree::new();
    for number in 0..20 {
        source.file(format!("f{number:02}"), tree::pattern(number * number * 700));
    }
    let folder = source.path().to_str().unwrap();
    at_once_on_each_engine(|engine| {
        for (mode, version) in [("prefer", "1.2"), ("prefer", "1.3"), ("require", "1.2"), ("require", "any")]
        {
            let check = |client: &str, upload: &dyn Fn(&Server)| {
                let served = Tree::new();
                upload(&serve(&served, engine, &["--writable", "--data-session", mode]));
                assert!(
                    tree::contents(source.path()) == tree::contents(served.path()),
                    "{client} with TLS {version}, {mode}"
                );
            };
            check("curl", &|server| {
                let mut curl = tool("curl");
                curl.args(["--silent", "--show-error", "--insecure", "--ssl-reqd", "--max-time", "60"]);
                if version != "any" {
                    curl.args(["--tls-max", version]);
                }
                run(curl.arg("--upload-file").arg(format!("{folder}/f[00-19]")).arg(server.url("ftp")))
                    .success();
            });
            check("lftp", &|server| {
                let priority = match version {
                    "any" => "NORMAL".to_owned(),
                    version => format!("NORMAL:-VERS-ALL:+VERS-TLS{version}"),
                };
                let script = format!(
                    "set ssl:verify-certificate no; set ftp:ssl-force true; set ftp:ssl-protect-data true; \
                     set ssl:priority {priority}; set net:max-retries 1; set net:timeout 60; \
                     set cmd:fail-exit yes; open {}; mput {folder}/f*; put /dev/null -o empty; rm empty",
                    server.url("ftp")
                );
                run(tool("lftp").args(["-c", &script])).success();
            });
            check("ftplib", &|server| {
                let port = server.address("ftp").port().to_string();
                let version = match version {
                    "any" => "MAXIMUM_SUPPORTED".to_owned(),
                    version => format!("TLSv{}", version.replace('.', "_")),
                };
                let mut python = tool("python3");
                python.arg("-c").arg(format!("{RESUMING}{STORBINARY}")).args([&port, &version, folder]);
                assert_eq!(run(&mut python).text(), "done\n");
            });
        }
    });
}

/// A data connection that resumes the TLS session, unlike ftplib's own.
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
ftp = Resuming(context=context, timeout=60)
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
    at_once_on_each_engine(|engine| {
        let server = serve(&tree, engine, &["--data-session", "require", "--require-tls", "data"]);
        for (scheme, passive) in [("ftp", "true"), ("ftp", "false"), ("ftps", "true")] {
            let copy = Tree::new();
            let script = format!(
                "set ssl:verify-certificate no; set ftp:ssl-force true; set ftp:ssl-allow-anonymous true; set ftp:ssl-protect-data true; \
                 set ftp:passive-mode {passive}; set net:max-retries 1; set net:timeout 60; \
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
    ftp = (Resuming if kind == "resuming" else ftplib.FTP_TLS)(context=context, timeout=60)
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
fn ftplib_works_unless_session_resumption_is_required() {
    let (tree, _) = served();
    at_once_on_each_engine(|engine| {
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
fn only_tls_1_2_and_1_3_are_accepted() {
    let (tree, _) = served();
    let input = Tree::of(&[("input", "FEAT\r\nQUIT\r\n")]);
    for_each_engine(|engine| {
        for (mode, version, is_spoken) in [
            ("prefer", "-tls1_2", true),
            ("prefer", "-tls1_3", true),
            ("require", "-tls1_2", true),
            ("require", "-tls1_3", false),
        ] {
            let server = serve(&tree, engine, &["--data-session", mode]);
            for (scheme, options) in [("ftp", &["-starttls", "ftp"][..]), ("ftps", &["-alpn", "ftp"])] {
                let mut openssl = tool("openssl");
                openssl.args([
                    "s_client",
                    "-quiet",
                    "-connect",
                    &server.address(scheme).to_string(),
                    version,
                ]);
                openssl.args(options).stdin(File::open(input.join("input")).unwrap());
                let said = run(&mut openssl);
                assert_eq!(said.code == Some(0), is_spoken, "{scheme} {mode} {version}: {}", said.err);
                for expected in [" AUTH TLS\r\n", " PBSZ\r\n", " PROT\r\n", "\r\n221 "] {
                    let said = String::from_utf8_lossy(&said.out);
                    assert_eq!(said.contains(expected), is_spoken, "{scheme} {mode} {version}: {said}");
                }
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
    received = b""
    async with client.download_stream(name) as stream:
        async for block in stream.iter_by_block():
            received += block
    assert received == content, f"{len(received)} bytes of {name}"
    await client.quit()
async def main():
    explicit, implicit = int(sys.argv[1]), int(sys.argv[2])
    await talk(aioftp.Client(socket_timeout=60), explicit, True, "explicit")
    await talk(aioftp.Client(ssl=anyone, socket_timeout=60), implicit, False, "implicit")
asyncio.run(main())
print("done")
"#;

/// It performs the handshake on a data connection before it sends the command.
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
