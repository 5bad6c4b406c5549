//! A certificate is renewed while the server runs: by a rename, in place, and with an invalid file.

use super::python;
use crate::harness::program::{run, tool};
use crate::harness::{Certificates, Server, Tree, at_once_on_each_engine};

const SCRIPT: &str = r#"
directory = sys.argv[2]
def path(name):
    return os.path.join(directory, name)
def certificate(name):
    return ssl.PEM_cert_to_DER_cert(open(path(name)).read())
def shown():
    # Files are looked at once a second at most.
    time.sleep(1.2)
    with connect() as stream:
        return stream.getpeercert(True)
living = http.client.HTTPSConnection(host, port, timeout=20, context=anyone)
def lives():
    living.request("GET", "/a")
    return living.getresponse().read() == b"hello\n"
def copy(name, to):
    with open(path(name), "rb") as source, open(path(to), "wb") as target:
        target.write(source.read())

assert lives()
with connect() as stream:
    session = stream.session
one, two, three = (certificate(name) for name in ("used.pem", "two.pem", "three.pem"))
assert shown() == one
os.replace(path("two.key"), path("used.key"))
assert shown() == one, "the key of another certificate"
os.replace(path("two.pem"), path("used.pem"))
assert shown() == two, "renamed over"
copy("three.pem", "used.pem")
copy("three.key", "used.key")
assert shown() == three, "written in place"
copy("a", "used.pem")
assert shown() == three, "broken"
os.remove(path("used.pem"))
assert shown() == three, "gone"
assert lives(), "a connection from before"
resumed = anyone.wrap_socket(socket.create_connection((host, port), timeout=20), session=session)
resumed.sendall(b"GET /a HTTP/1.0\r\n\r\n")
assert until_end(resumed).endswith(b"hello\n")
"#;

#[test]
fn a_renewed_certificate_is_used_and_a_broken_one_is_not() {
    let tree = Tree::of(&[("a", "hello\n")]);
    at_once_on_each_engine(|engine| {
        let certificates = Certificates::new();
        let [certificate, key] = certificates.options("used");
        certificates.make("two");
        certificates.make("three");
        std::fs::write(certificates.path("a"), "no certificate\n").unwrap();
        let server = Server::http(&tree, &["--quiet", "--engine", engine, &certificate, &key]);
        let port = server.address("https").port().to_string();
        let mut script = tool("python3");
        script.args(["-c", &python(SCRIPT), &port]).arg(certificates.path(""));
        assert_eq!(run(&mut script).text(), "done\n");
        let problems = server.stop();
        for (problem, words) in
            problems.iter().zip(["do not go together", "holds no certificate", "cannot read"])
        {
            assert!(problem.contains("problem: ") && problem.contains(words), "{problems:#?}");
        }
        assert_eq!(problems.len(), 3, "one line each: {problems:#?}");
    });
}
