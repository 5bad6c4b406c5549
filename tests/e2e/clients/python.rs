//! Python's standard library, which many scripts use.

use super::served;
use crate::harness::program::{run, tool};
use crate::harness::{Server, for_each_engine};

const HTTP: &str = r#"
import http.client, json, sys, urllib.error, urllib.request
host, port = sys.argv[1], int(sys.argv[2])
content = open(sys.argv[3] + "/f.bin", "rb").read()
connection = http.client.HTTPConnection(host, port, timeout=60)
def get(target, method="GET", **fields):
    connection.request(method, target, headers={name.replace("_", "-"): value for name, value in fields.items()})
    answer = connection.getresponse()
    return answer, answer.read()
answer, body = get("/f.bin")
assert answer.status == 200 and body == content
answer, body = get("/f.bin", Range="bytes=10-19")
assert answer.status == 206 and body == content[10:20]
answer, body = get("/f.bin", method="HEAD")
assert answer.status == 200 and body == b"" and answer.getheader("Content-Length") == str(len(content))
etag = answer.getheader("ETag")
assert get("/f.bin", If_None_Match=etag)[0].status == 304
names = [entry["name"] for entry in json.loads(get("/", Accept="application/json")[1])["entries"]]
assert names == ["d", "empty", "f.bin", "two words.txt"], names
connection.request("GET", "/empty", body=iter([b"chunk", b"chunk"]), encode_chunked=True,
                   headers={"Transfer-Encoding": "chunked"})
assert connection.getresponse().read() == b""
assert get("/two%20words.txt")[1] == b"words\n", "one connection for all of them"
page = urllib.request.urlopen(f"http://{host}:{port}/d", timeout=60)
assert page.geturl().endswith("/d/"), "the redirect is followed"
try:
    urllib.request.urlopen(f"http://{host}:{port}/missing", timeout=60)
except urllib.error.HTTPError as error:
    assert error.code == 404
print("done")
"#;

const FTP: &str = r#"
import ftplib, io, sys
host, port = sys.argv[1], int(sys.argv[2])
content = open(sys.argv[3] + "/f.bin", "rb").read()
for passive in (True, False):
    ftp = ftplib.FTP(timeout=60)
    ftp.connect(host, port)
    ftp.login()
    ftp.set_pasv(passive)
    assert sorted(ftp.nlst()) == ["d", "empty", "f.bin", "two words.txt"], ftp.nlst()
    facts = {name: facts for name, facts in ftp.mlsd(facts=["type", "size"])}
    assert facts["f.bin"] == {"type": "file", "size": str(len(content))}, facts
    assert facts["d"]["type"] == "dir"
    lines = []
    ftp.retrlines("LIST", lines.append)
    assert sum(line.endswith(" two words.txt") for line in lines) == 1, lines
    ftp.voidcmd("TYPE I")
    assert ftp.size("f.bin") == len(content)
    for rest in (None, 500_000):
        got = io.BytesIO()
        ftp.retrbinary("RETR f.bin", got.write, rest=rest)
        assert got.getvalue() == content[rest or 0:]
    ftp.cwd("d")
    assert ftp.pwd() == "/d"
    text = []
    ftp.retrlines("RETR below.txt", text.append)
    assert text == ["below"]
    try:
        ftp.retrbinary("RETR missing", print)
        raise SystemExit("it is not there")
    except ftplib.error_perm as error:
        assert str(error).startswith("550 "), error
    ftp.quit()
print("done")
"#;

#[test]
fn pythons_standard_library_lists_and_downloads() {
    let (tree, _) = served();
    for_each_engine(|engine| {
        let server = Server::both(&tree, &["--quiet", "--engine", engine]);
        for (scheme, script) in [("http", HTTP), ("ftp", FTP)] {
            let address = server.address(scheme);
            let (host, port) = (address.ip().to_string(), address.port().to_string());
            let python = run(tool("python3").args(["-c", script, &host, &port]).arg(tree.path()));
            assert_eq!(python.text(), "done\n", "{scheme}");
        }
    });
}
