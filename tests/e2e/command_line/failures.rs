//! Each failure is reported in one line that names the operation, its object and the remedy; the exit code is
//! 1 for a failure and 2 for wrong usage.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use super::ends;
use crate::harness::ftp::Ftp;
use crate::harness::{Server, Tree, binary, program};

#[test]
fn failures_are_one_line_and_an_exit_code() {
    let tree = Tree::of(&[("file", "")]);
    let (directory, file) = (tree.path().to_str().unwrap(), tree.join("file"));
    let file = file.to_str().unwrap();
    let absent = tree.join("absent");
    let absent = absent.to_str().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let bad_key = tree.file("bad-key.toml", "colour = 'red'\n");
    let bad_key = bad_key.to_str().unwrap();
    let not_toml = tree.file("not-toml.toml", "engine: event-loop\n");
    let not_toml = not_toml.to_str().unwrap();
    let (http, ftp) = ("--http=127.0.0.1:0", "--ftp=127.0.0.1:0");
    let users = |home: &str| {
        let hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$+RsCrdHrAKGEJIDLM0Esow";
        let text = format!("[[user]]\nname = 'ada'\nhash = '{hash}'\nhome = '{home}'\nallow = []\n");
        let file = tree.file(format!("users{}.toml", home.replace('/', "-")), text);
        format!("--users={}", file.display())
    };
    let (homeless, in_file, hidden) = (users("/no/such"), users("/file"), users("/.home"));
    tree.directory(".home");
    for (name, arguments, code, says, why) in [
        (
            "mini",
            &["serve", directory, ftp, "--http", &taken][..],
            1,
            &["cannot listen", &taken, "in use", "another"][..],
            "the port is taken",
        ),
        (
            "mini",
            &["serve", directory, http, "--ftp", &taken],
            1,
            &["cannot listen", &taken],
            "the port is taken",
        ),
        (
            "http-mini",
            &["serve", directory, "--listen", &taken],
            1,
            &["cannot listen", &taken],
            "the port is taken",
        ),
        (
            "ftp-mini",
            &["serve", directory, "--listen", &taken],
            1,
            &["cannot listen", &taken],
            "the port is taken",
        ),
        (
            "http-mini",
            &["serve", directory, "--listen", "192.0.2.1:80"],
            1,
            &["cannot listen", "192.0.2.1:80"],
            "not this machine's",
        ),
        (
            "http-mini",
            &["serve", directory, "--listen", &format!("unix:{absent}/s")],
            1,
            &["cannot listen", absent],
            "no such directory",
        ),
        (
            "mini",
            &["serve", absent, http, ftp],
            1,
            &["cannot serve", absent, "directory"],
            "no such directory",
        ),
        (
            "mini",
            &["serve", file, "--writable"],
            2,
            &[file, "read-only", "omit --writable"],
            "a file to be changed",
        ),
        (
            "mini",
            &["serve", directory, http, ftp, &homeless],
            1,
            &["cannot serve the home '/no/such' of 'ada'", "make"],
            "no such directory",
        ),
        (
            "http-mini",
            &["serve", directory, &in_file],
            1,
            &["the home '/file' of 'ada': not a directory"],
            "a file",
        ),
        (
            "ftp-mini",
            &["serve", directory, &hidden],
            1,
            &["the home '/.home' of 'ada': no such"],
            "a name that is not served",
        ),
        (
            "mini",
            &["serve", directory, http, ftp, "--engine=event-loop", "--workers=2"],
            2,
            &["--workers", "per-core"],
            "a size without a meaning",
        ),
        (
            "mini",
            &["serve", directory, http, ftp, "--engine=pool:10000000"],
            2,
            &["10000000", "--engine", "descriptors", "ulimit -n"],
            "more than can be",
        ),
        ("mini", &["serve", "--config", absent], 1, &[absent], "no such file"),
        ("mini", &["serve", "--config", bad_key], 2, &[bad_key, "colour", "--help"], "no such setting"),
        ("mini", &["serve", "--config", not_toml], 1, &[not_toml, "line 1: "], "not TOML"),
        (
            "mini",
            &["serve", directory, http, ftp, "--tls-cert", file],
            2,
            &["--tls-cert", "--tls-key"],
            "half of a certificate",
        ),
        (
            "http-mini",
            &["serve", directory, "--tls=self-signed", "--tls-cert", file, "--tls-key", file],
            2,
            &["--tls", "--tls-cert"],
            "two certificates",
        ),
        (
            "mini",
            &["serve", directory, http, ftp, "--tls-cert", absent, "--tls-key", file],
            1,
            &["cannot read", absent],
            "no such file",
        ),
        (
            "mini",
            &["serve", directory, http, ftp, "--tls-cert", file, "--tls-key", file],
            1,
            &[file, "no certificate", "PEM"],
            "an empty file",
        ),
        ("mini", &["echo", "client", &taken, "--insecure"], 2, &["--insecure", "--tls"], "unencrypted"),
        (
            "mini",
            &["chat", "client", &taken, "--tls", "--insecure", "--cacert", file],
            2,
            &["--cacert", "--insecure"],
            "a user and anonymous access",
        ),
        (
            "mini",
            &["chat", "client", &taken, "--tls", "--cacert", file],
            1,
            &[file, "no certificate"],
            "an empty file",
        ),
        ("mini", &["man", "nothing"], 2, &["nothing", "--help"], "no such subcommand"),
    ] {
        let ended = ends(name, arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {why}: {}", ended.err);
        assert_eq!(ended.err.lines().count(), 1, "{arguments:?}: {why}: {}", ended.err);
        assert!(ended.err.starts_with(&format!("{name}: ")), "{arguments:?}: {why}: {}", ended.err);
        for words in says {
            assert!(ended.err.contains(words), "{arguments:?}: {why}: {words:?} in {}", ended.err);
        }
        assert!(ended.out.is_empty(), "{arguments:?}: {why}: nothing is announced");
    }
}

/// The definitions that produce the help also check the command line.
#[test]
fn wrong_usage_is_one_line_that_names_the_argument() {
    let tree = Tree::of(&[
        ("warp.toml", "engine = 'warp'"),
        ("quiet.toml", "quiet = 'yes'"),
        ("zero.toml", "workers = 0"),
        ("both.toml", "no-ftp = true\nftp = '[::1]:0'"),
    ]);
    let file = |name| tree.join(name).to_str().unwrap().to_owned();
    let (warp, quiet) = (&*file("warp.toml"), &*file("quiet.toml"));
    let (zero, both) = (&*file("zero.toml"), &*file("both.toml"));
    let (serve, get) = ("see 'mini serve --help'", "see 'http-mini get --help'");
    for (name, arguments, says, why) in [
        (
            "mini",
            &["serve", "--engine", "warp"][..],
            &["--engine", "warp", "event-loop", serve][..],
            "no engine",
        ),
        ("mini", &["serve", "--engine", "pool:0"], &["--engine", "pool:", serve], "a pool without threads"),
        ("mini", &["serve", "--engine", "pool:x"], &["--engine", "pool:8"], "no number"),
        ("mini", &["serve", "--engine"], &["--engine", "needs a value", serve], "no value"),
        ("mini", &["serve", "--http", "localhost"], &["--http", "localhost", "127.0.0.1:8080"], "no address"),
        ("mini", &["serve", "--ftp", "127.0.0.1"], &["--ftp", "127.0.0.1"], "no port"),
        ("http-mini", &["serve", "--listen", "unix:"], &["--listen", "unix:"], "no path"),
        (
            "mini",
            &["serve", "--tls", "magic"],
            &["--tls", "magic", "self-signed", "--tls-cert"],
            "no such kind",
        ),
        ("mini", &["serve", "--log", "xml"], &["--log", "xml", "json"], "no such format"),
        ("mini", &["serve", "--durability", "of"], &["--durability", "'of'", "on, off"], "a slip"),
        ("mini", &["serve", "--workers", "0"], &["--workers", "from 1 up"], "no worker"),
        (
            "mini",
            &["serve", "--max-connections", "0"],
            &["--max-connections", "from 1 up"],
            "no connection allowed",
        ),
        ("mini", &["serve", "--max-per-ip", "0"], &["--max-per-ip", "from 1 up"], "no connection allowed"),
        ("ftp-mini", &["serve", "--passive-ports", "9-1"], &["--passive-ports", "9-1"], "no range"),
        ("mini", &["serve", "--colour"], &["--colour", serve], "no such option"),
        ("mini", &["serve", "--enginee=pool:8"], &["--enginee", "similar: --engine", serve], "a slip"),
        ("mini", &["serve", "--quiet=yes"], &["--quiet", "no value", serve], "a flag"),
        ("mini", &["serve", "a", "b"], &["'b'", serve], "two directories"),
        ("mini", &["serve", "--log", "a\nb"], &["--log", "json"], "two lines"),
        ("mini", &["fly"], &["fly", "see 'mini --help'"], "no such subcommand"),
        ("mini", &["serv"], &["serv", "similar: serve", "see 'mini --help'"], "a slip"),
        ("mini", &[], &["command", "serve, echo, chat", "see 'mini --help'"], "no subcommand"),
        ("mini", &["echo"], &["echo", "server, client", "see 'mini echo --help'"], "no subcommand of it"),
        ("mini", &["echo", "server", "x"], &["'x'", "see 'mini echo server --help'"], "nothing to name"),
        ("mini", &["completions"], &["<SHELL>", "missing", "see 'mini completions --help'"], "which shell?"),
        ("mini", &["chat", "client", "host"], &["<ADDR>", "host", "127.0.0.1:8080"], "no address"),
        ("http-mini", &["get"], &["<URL>", "missing", get], "nothing to get"),
        ("http-mini", &["get", "-q", "--json", "x"], &["--quiet", "--json", get], "silence and words"),
        ("mini", &["serve", "--no-http", "--no-ftp"], &["--no-http", "--no-ftp", serve], "nothing to serve"),
        ("mini", &["serve", "--no-http", "--http", "[::1]:0"], &["--no-http", "--http", serve], "which?"),
        ("mini", &["serve", "--no-ftp", "--ftp", "[::1]:0"], &["--no-ftp", "--ftp <ADDR>", serve], "which?"),
        ("mini", &["serve", "--no-ftp", "--passive-ports=9-9"], &["--no-ftp", "--passive-ports"], "no FTP"),
        ("mini", &["serve", "--no-ftp", "--public-address=192.0.2.1"], &["--public-address"], "no FTP"),
        ("mini", &["serve", "--no-ftp", "--ftps", "[::1]:0"], &["--no-ftp", "--ftps", serve], "no FTP"),
        ("mini", &["serve", "--no-ftp", "--require-tls", "none"], &["--no-ftp", "--require-tls"], "no FTP"),
        ("mini", &["serve", "--no-ftp", "--data-session", "off"], &["--no-ftp", "--data-session"], "no FTP"),
        (
            "mini",
            &["serve", "--ftp", "unix:/run/ftp"],
            &["--ftp", "data connections", "127.0.0.1:2121"],
            "a path",
        ),
        ("mini", &["serve", "--ftps", "unix:/run/ftp"], &["--ftps", "data connections"], "a path"),
        ("ftp-mini", &["serve", "--listen=unix:/run/ftp"], &["--listen", "data connections"], "a path"),
        ("mini", &["echo", "server", "--log", "json"], &["--log"], "it logs no connections"),
        ("mini", &["chat", "server", "--log", "json"], &["--log"], "it logs no connections"),
        ("mini", &["echo", "server", "--udp", "--tls=self-signed"], &["--udp", "--tls"], "datagrams"),
        ("mini", &["echo", "server", "--udp", "--engine=threads"], &["--udp", "--engine"], "no connections"),
        ("mini", &["echo", "client", "[::1]:9", "--udp", "--tls"], &["--udp", "--tls"], "datagrams"),
        ("http-mini", &["get", "--segments", "0", "x"], &["--segments", "1..=32", get], "nothing at a time"),
        ("ftp-mini", &["mirror", "x"], &["<TO>", "see 'ftp-mini mirror --help'"], "from or to?"),
        (
            "mini",
            &["serve", "--config", warp],
            &[warp, "--engine", "warp", "event-loop", serve],
            "in the file",
        ),
        ("mini", &["serve", "--config", quiet], &[quiet, "'quiet' takes true or false"], "in the file"),
        ("mini", &["serve", "--config", zero, "--quiet"], &[zero, "--workers", "from 1 up"], "in the file"),
        ("mini", &["serve", "--config", both], &[both, "--no-ftp", "--ftp"], "in the file"),
    ] {
        let ended = ends(name, arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {why}: {}", ended.err);
        assert_eq!(ended.err.lines().count(), 1, "{arguments:?}: {why}: {}", ended.err);
        assert!(ended.err.starts_with(&format!("{name}: ")), "{arguments:?}: {why}: {}", ended.err);
        for words in says {
            assert!(ended.err.contains(words), "{arguments:?}: {why}: {words:?} in {}", ended.err);
        }
        assert!(ended.out.is_empty(), "{arguments:?}: {why}: {:?}", ended.out);
    }
}

/// A file that the server cannot read exists, and is refused.
#[test]
fn an_unreadable_file_is_refused() {
    let tree = Tree::of(&[("locked", "secret"), ("locked-dir/f", "secret"), ("open", "hello\n")]);
    for name in ["locked", "locked-dir"] {
        std::fs::set_permissions(tree.join(name), std::fs::Permissions::from_mode(0o000)).unwrap();
    }
    let copy = Tree::new();
    let command = copy.join("mini");
    std::fs::copy(binary("mini"), &command).unwrap();
    // Permissions do not bind the superuser.
    let mut server = match rustix::process::geteuid().is_root() {
        true => {
            let mut server = program::tool("setpriv");
            server.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(command);
            server
        }
        false => std::process::Command::new(command),
    };
    server.arg("serve").arg(tree.path()).args(["--http=127.0.0.1:0", "--ftp=127.0.0.1:0", "--quiet"]);
    let server = Server::start(server);
    for (target, status) in [("/open", 200), ("/locked", 403), ("/locked-dir/", 403), ("/locked-dir/f", 403)]
    {
        assert_eq!(server.get(target).status, status, "{target}");
    }
    let mut ftp = Ftp::login(&server);
    let _data = ftp.data();
    for path in ["locked", "locked-dir/f"] {
        ftp.expect(format!("RETR {path}"), 550);
    }
    assert_eq!(ftp.fetch("RETR open"), b"hello\n");
    std::fs::set_permissions(tree.join("locked-dir"), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_second_instance_does_not_share_the_port() {
    let tree = Tree::of(&[("a", "")]);
    for engine in crate::harness::ENGINES {
        let first = Server::both(&tree, &["--quiet", "--engine", engine]);
        let (http, ftp) = (first.address("http").to_string(), first.address("ftp").to_string());
        let directory = tree.path().to_str().unwrap();
        for (http, ftp, taken) in [(&*http, "127.0.0.1:0", &http), ("127.0.0.1:0", &*ftp, &ftp)] {
            let ended = ends("mini", &["serve", directory, "--http", http, "--ftp", ftp, "--engine", engine]);
            assert_eq!(ended.code, Some(1), "{engine}: {}", ended.err);
            assert!(ended.err.contains(taken), "{engine}: {}", ended.err);
        }
        assert_eq!(first.get("/a").status, 200, "{engine}: the first server still answers");
    }
}
