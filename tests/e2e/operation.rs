//! What operators expect: the environment, a check of the configuration, the umask, log files and formats for log tools.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use rustix::process::Signal;

use crate::harness::ftp::Ftp;
use crate::harness::program::{run, tool};
use crate::harness::{Certificates, Server, Tree, binary, for_each_engine, wait_until};

fn serve(directory: &Tree, options: &[&str]) -> Command {
    let mut command = Command::new(binary("mini"));
    command.arg("serve").arg(directory.path()).args(["--http", "127.0.0.1:0", "--ftp", "127.0.0.1:0"]);
    command.args(options);
    command
}

#[test]
fn variables_set_options() {
    let served = Tree::of(&[("a", "hello\n"), (".b", "hidden\n")]);
    let place = Tree::new();
    let config = place.file("mini.toml", "log = 'json'\nhidden = false\n");
    let mut command = serve(&served, &["--anonymous", "read"]);
    command.env("MINI_USER", "ada:secret\nben:word").env("MINI_HIDDEN", "true").env("MINI_LOG", "clf");
    command.env("MINI_CONFIG", config).env("MINI_ANONYMOUS", "none").env("MINI_PORT", "tcp://10.0.0.1:80");
    let server = Server::start(command);
    assert_eq!(server.get("/.b").status, 200, "the environment precedes the file, the command line both");
    server.log_lines("] \"GET /.b HTTP/1.1\" 200 ", 1);
    for (name, password) in [("ada", "secret"), ("ben", "word")] {
        let mut ftp = Ftp::connect(server.address("ftp")).0;
        ftp.expect(format!("USER {name}"), 331);
        ftp.expect(format!("PASS {password}"), 230);
    }
    for (name, value, says) in [
        ("MINI_ENGINE", "fast", "in the environment: invalid value 'fast' for '--engine <ENGINE>'"),
        ("MINI_QUIET", "yes", "in the environment: MINI_QUIET: 'quiet' takes true or false"),
    ] {
        let ended = run(serve(&served, &[]).env(name, value));
        assert_eq!(ended.code, Some(2), "{name}");
        assert!(ended.err.contains(says), "{name}: {}", ended.err);
    }
    let help =
        run(Command::new(binary("mini")).args(["serve", "--help"]).env("MINI_USER", "ada:hunter2")).text();
    assert!(help.contains("MINI_<OPTION>") && !help.contains("hunter2"));
}

#[test]
fn a_configuration_can_be_checked() {
    let served = Tree::of(&[("a", "hello\n")]);
    let certificates = Certificates::new();
    let [certificate, key] = certificates.options("used");
    let users = served.file("users.toml", "[[user]]\nname = 'ada'\n");
    let users = format!("--users={}", users.display());
    let running = Server::both(&served, &["--quiet"]);
    let taken = format!("--http={}", running.address("http"));
    for (options, code, says, why) in [
        (&[&*certificate, &*key][..], 0, "", "valid"),
        (&[&taken], 0, "", "nothing is bound"),
        (&["--metrics", &taken[7..]], 0, "", "nothing is bound"),
        (&[&users], 1, "missing field `hash`", "a users file"),
        (&[&certificate], 2, "--tls-cert needs --tls-key", "a contradiction"),
        (&["--config", "/nonexistent"], 1, "cannot read the configuration", "no file"),
    ] {
        let ended = run(&mut serve(&served, &[options, &["--check-config"]].concat()));
        assert_eq!(ended.code, Some(code), "{options:?}: {why}: {}", ended.err);
        assert!(ended.err.contains(says) && ended.out.is_empty(), "{options:?}: {}", ended.err);
    }
}

#[test]
fn the_umask_is_that_of_the_option() {
    for (umask, expected) in [("027", 0o640), ("000", 0o666), ("077", 0o600)] {
        let served = Tree::new();
        let server = Server::both(&served, &["--writable", "--quiet", "--umask", umask]);
        assert_eq!(Ftp::login(&server).transfer("STOR a", Some(b"a")), 226);
        let mode = fs::metadata(served.join("a")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, expected, "--umask {umask}");
    }
}

#[test]
fn a_log_file_is_reopened() {
    let served = Tree::of(&[("a", "hello\n")]);
    for_each_engine(|engine| {
        let place = Tree::new();
        let (log, old) = (place.join("log"), place.join("log.1"));
        fs::write(&log, "before\n").unwrap();
        let server = Server::both(&served, &["--engine", engine, "--log-file", log.to_str().unwrap()]);
        let has =
            |file: &std::path::Path, text: &str| fs::read_to_string(file).unwrap_or_default().contains(text);
        assert_eq!(server.get("/a?1").status, 200);
        wait_until(|| has(&log, "GET /a?1 "));
        assert!(has(&log, "before\n"), "it is appended to");
        // As logrotate does.
        fs::rename(&log, &old).unwrap();
        assert_eq!(server.get("/a?2").status, 200);
        wait_until(|| has(&old, "GET /a?2 "));
        server.signal(Signal::HUP);
        wait_until(|| log.exists());
        assert_eq!(server.get("/a?3").status, 200);
        wait_until(|| has(&log, "GET /a?3 "));
        assert!(!has(&old, "GET /a?3 "));
        assert!(server.stop().is_empty(), "nothing is written to standard error");
    });
    let ended = run(&mut serve(&served, &["--log-file", "/nonexistent/log"]));
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("cannot open the log file '/nonexistent/log'"), "{}", ended.err);
}

/// A disk that is full does not stop the server.
#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    let served = Tree::of(&[("a", "hello\n")]);
    let server = Server::both(&served, &["--log-file", "/dev/full"]);
    for _ in 0..100 {
        assert_eq!(server.get("/a").status, 200);
    }
    server.stop();
}

#[test]
fn an_xferlog_has_the_transfers_of_ftp() {
    let served = Tree::of(&[("a b", "hello\n")]);
    let server = Server::both(&served, &["--log", "xferlog", "--writable"]);
    assert_eq!(server.get("/a%20b").status, 200);
    let mut ftp = Ftp::login(&server);
    assert_eq!(ftp.fetch("RETR a b"), b"hello\n");
    assert_eq!(ftp.transfer("STOR c", Some(b"12345")), 226);
    ftp.send("PASV");
    ftp.expect_reply(227);
    ftp.expect("RETR missing", 550);
    ftp.expect("TYPE A", 200);
    assert_eq!(ftp.fetch("RETR a b"), b"hello\r\n");
    ftp.expect("DELE c", 250);
    let lines = server.log_lines("127.0.0.1", 4);
    let expected = [
        "6 /a_b b _ o a anonymous ftp 0 * c",
        "5 /c b _ i a anonymous ftp 0 * c",
        "7 /a_b a _ o a anonymous ftp 0 * c",
        "0 /c a _ d a anonymous ftp 0 * c",
    ];
    for (line, expected) in lines.iter().zip(expected) {
        let fields: Vec<&str> = line.splitn(8, ' ').collect();
        // Day of the week, month, day, time, year, seconds, address.
        assert!(line.ends_with(&format!(" 1 127.0.0.1 {expected}")), "{line}: {fields:?}");
    }
    assert_eq!(server.stop().len(), 4, "neither HTTP nor refused commands");
}

/// The filter in docs/operations.md, with Python's `re` as fail2ban uses it.
#[test]
fn the_fail2ban_filter_finds_wrong_logins_only() {
    const FIND: &str = "import re, sys
filter = [re.compile(line.replace('<HOST>', r'(?P<host>[0-9a-fA-F:.]+)')) for line in sys.argv[1].splitlines()]
date = re.compile(r'^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ')
for line in sys.stdin:
    # fail2ban removes the date first.
    line = date.sub('', line.rstrip('\\n'))
    for expression in filter:
        match = expression.search(line)
        if match:
            print(match['host'], line)
            break";
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, filter) = page.split_once("failregex = ").unwrap();
    let filter: Vec<&str> = filter.split_once("```").unwrap().0.lines().map(str::trim).collect();
    let served = Tree::of(&[("a", "hello\n")]);
    let server = Server::both(&served, &["--user", "ada:secret"]);
    assert_eq!(server.get("/a").status, 401, "a challenge");
    // ada:wrong, ada:secret
    assert_eq!(server.get_with("/a", "Authorization: Basic YWRhOndyb25n\r\n").status, 401);
    assert_eq!(server.get_with("/a", "Authorization: Basic YWRhOnNlY3JldA==\r\n").status, 200);
    for (password, code) in [("wrong", 530), ("secret", 230)] {
        let mut ftp = Ftp::connect(server.address("ftp")).0;
        ftp.expect("USER ada", 331);
        ftp.expect(format!("PASS {password}"), code);
    }
    // What a client sends is not taken for the end of a line.
    assert_eq!(server.get("/x%22%20401%20reason=%22wrong%20name%20or%20password%22").status, 401);
    let place = Tree::new();
    let log = place.file("log", server.stop().join("\n"));
    let mut python = tool("python3");
    python.args(["-c", FIND, &filter.join("\n")]).stdin(fs::File::open(&log).unwrap());
    let found = run(&mut python).text();
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines.len(), 2, "{found}\n{}", fs::read_to_string(log).unwrap());
    assert!(
        lines[0].starts_with("127.0.0.1  127.0.0.1 http ") && lines[1].contains(" ftp ada \"PASS\" 530 "),
        "{found}"
    );
}
