//! FTP over TLS (RFC 4217): explicit by AUTH, and implicit.

mod clients;
mod commands;
mod data;
mod policy;
mod scanner;
mod stalls;
mod uploads;

use super::python;
use crate::harness::program::{self, run};
use crate::harness::{Server, Tree, tree};

/// Size in bytes of the file `f.bin` of [`served`].
const SIZE: usize = 3_000_001;

fn served() -> (Tree, Vec<u8>) {
    let (served, content) = (Tree::of(&[("a", "hello\n"), ("empty", "")]), tree::pattern(SIZE));
    served.file("f.bin", &content);
    (served, content)
}

/// A server with both kinds of ports.
fn serve(tree: &Tree, engine: &str, options: &[&str]) -> Server {
    let always = ["--quiet", "--engine", engine, "--tls", "self-signed", "--ftps", "127.0.0.1:0"];
    Server::ftp(tree, &[&always, options].concat())
}

/// Runs a script against both ports of a server, after the preamble of [`python`] and this:
///
/// `Session()` is a control connection that has read its greeting, `Session(implicit=True)` one of the other
/// port. `fetch` returns the code that ends a command and the content of a data connection with TLS, and
/// fails if the server ends it without a close_notify; `store` sends a close_notify unless its argument is
/// false.
fn talk(server: &Server, script: &str) {
    const BEGIN: &str = r#"
class Session:
    def __init__(self, implicit=False):
        self.sock = socket.create_connection((host, int(sys.argv[2]) if implicit else port), timeout=20)
        self.unread = b""
        if implicit:
            self.wrap()
        self.expect_reply(220)
    def wrap(self):
        self.sock = anyone.wrap_socket(self.sock, suppress_ragged_eofs=False)
    def auth(self):
        self.expect("AUTH TLS", 234)
        self.wrap()
        return self
    def login(self):
        self.expect("USER anonymous", 331)
        self.expect("PASS guest@", 230)
        self.expect("TYPE I", 200)
        return self
    def protect(self):
        self.expect("PBSZ 0", 200)
        self.expect("PROT P", 200)
        return self
    def send(self, line):
        self.sock.sendall(line.encode() + b"\r\n")
    def line(self):
        while b"\r\n" not in self.unread:
            piece = self.sock.recv(65536)
            assert piece, f"the end instead of a line behind {self.unread}"
            self.unread += piece
        line, _, self.unread = self.unread.partition(b"\r\n")
        return line.decode()
    def reply(self):
        first = text = self.line()
        while first[3] == "-" and not text.startswith(first[:3] + " "):
            text = self.line()
            first += "\n" + text
        return int(first[:3]), first
    def expect_reply(self, code):
        came, text = self.reply()
        assert came == code, f"{text}, not {code}"
        return text
    def expect(self, line, code):
        self.send(line)
        came, text = self.reply()
        assert came == code, f"{line}: {text}, not {code}"
        return text
    def expect_end(self):
        assert self.unread + self.sock.recv(1) == b""
    def passive(self):
        return int(self.expect("EPSV", 229).split("|")[3])
    def connect(self):
        return socket.create_connection((host, self.passive()), timeout=20)
    def fetch(self, command, session=None):
        raw = self.connect()
        self.send(command)
        code, _ = self.reply()
        if code != 150:
            return code, b""
        content = b""
        try:
            with anyone.wrap_socket(raw, suppress_ragged_eofs=False, session=session) as data:
                content = until_end(data)
        except (ssl.SSLError, ConnectionError) as error:
            content = error
        return self.reply()[0], content
    def store(self, command, content, session=None, says_end=True):
        raw = self.connect()
        self.send(command)
        code, _ = self.reply()
        if code != 150:
            return code
        data = anyone.wrap_socket(raw, session=session)
        data.sendall(content)
        if says_end:
            data.unwrap().close()
        else:
            socket.socket(fileno=data.detach()).close()
        return self.reply()[0]
"#;
    let port = |scheme| server.address(scheme).port().to_string();
    let script = python(&format!("{BEGIN}{script}"));
    let mut python = program::tool("python3");
    assert_eq!(run(python.args(["-c", &script, &port("ftp"), &port("ftps")])).text(), "done\n");
}
