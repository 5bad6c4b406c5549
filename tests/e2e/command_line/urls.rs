//! URLs given where something else is expected: their passwords are neither sent as part of a name nor
//! printed.

use std::fs::File;

use crate::harness::scripted::{ScriptedServer, ftp};
use crate::harness::{WorkDir, shown};

const SECRET: &str = "S3CRET";

/// A server whose login directory is `/home`.
fn server() -> ScriptedServer {
    ScriptedServer::ftp(
        ftp::files(&[("/home/a", b"1"), ("/home/d/b", b"2"), ("/home/e/c", b"3")]),
        |session, verb, _| match verb {
            "PASS" => {
                session.enter("/home");
                session.say("230 welcome")
            }
            _ => Ok(false),
        },
    )
}

/// Replaces `SERVER`, `SAME` and `OTHER`. The passwords of the latter two must not appear in any output.
fn with_urls(text: &str, server: &ScriptedServer) -> String {
    let at = server.address();
    text.replace("SERVER", &format!("ftp://u:first@{at}"))
        .replace("SAME", &format!("ftp://u:{SECRET}@{at}"))
        .replace("OTHER", &format!("ftp://u:{SECRET}@127.0.0.1:1"))
}

/// Runs a command, and checks that the password appears nowhere. Returns the commands that the server
/// received.
#[track_caller]
fn runs(program: &str, words: &[&str], input: Option<&str>, (code, why): (i32, &str)) -> Vec<String> {
    let (server, workdir) = (server(), WorkDir::new());
    workdir.file("f", "4");
    let words: Vec<String> = words.iter().map(|word| with_urls(word, &server)).collect();
    let mut command = workdir.command(program, &words);
    if let Some(input) = input {
        let input = workdir.file("commands", with_urls(input, &server));
        command.stdin(File::open(input).unwrap());
    }
    let outcome = workdir.run(&mut command);
    let at = format!("{program} {words:?} {input:?}: {why}: {}", outcome.err);
    assert_eq!(outcome.code, Some(code), "{at}");
    assert_eq!(outcome.err.lines().count(), usize::from(code != 0), "one line of failure: {at}");
    for printed in [&outcome.err, &shown(&outcome.out)] {
        assert!(!printed.contains(SECRET), "printed: {at}");
    }
    let received = server.received();
    assert!(!received.iter().any(|line| line.contains(SECRET)), "sent: {received:?}: {at}");
    assert!(!workdir.names().iter().any(|name| name.contains(SECRET)), "made: {:?}: {at}", workdir.names());
    received
}

#[test]
fn mv_takes_a_second_url_of_the_same_server() {
    for (from, to, expected, why) in [
        ("SERVER/a", "SAME/b", &["RNFR a", "RNTO b"][..], "another name"),
        ("SERVER/a", "SAME/d/", &["RNFR a", "RNTO d/a"], "a directory, in which the name stays"),
        ("SERVER/d/b", "SAME/", &["RNFR d/b", "RNTO b"], "the login directory"),
        ("SERVER/a", "SAME/%2Fx%20y", &["RNFR a", "RNTO /x y"], "an absolute path, percent-encoded"),
    ] {
        let received = runs("ftp-mini", &["mv", from, to], None, (0, why));
        let renamed: Vec<&str> =
            received.iter().map(String::as_str).filter(|line| line.starts_with("RN")).collect();
        assert_eq!(renamed, expected, "{why}");
    }
}

#[test]
fn other_urls_are_refused_and_printed_without_their_passwords() {
    const SHELL: &[&str] = &["shell", "SERVER/d"];
    for (program, words, input, code, why) in [
        ("ftp-mini", &["mv", "SERVER/a", "OTHER/b"][..], None, 2, "another server"),
        ("ftp-mini", &["mv", "SERVER/a", "ftps://u:S3CRET@127.0.0.1/b"], None, 2, "another scheme"),
        ("ftp-mini", &["mv", "SERVER/a", "http://u:S3CRET@127.0.0.1/b"], None, 2, "a scheme of others"),
        ("ftp-mini", &["mv", "SERVER/a", "ftp:/u:S3CRET@127.0.0.1/b"], None, 2, "one slash"),
        ("ftp-mini", &["mv", "SERVER/a", "ftp://u:S3CRET@[::1/b"], None, 2, "a malformed URL"),
        ("ftp-mini", &["mv", "ftp://127.0.0.1:1/a", "ftp://u:S3CRET@127.0.0.1:1/b"], None, 2, "another user"),
        ("ftp-mini", &["mkdir", "SERVER/x", "SAME/y"], None, 2, "one argument more"),
        ("ftp-mini", &["cat", "SERVER/a", "SAME/y"], None, 2, "one argument more"),
        ("ftp-mini", &["ls", "SERVER/", "SAME/y"], None, 2, "one argument more"),
        ("ftp-mini", &["put", "f", "SERVER/", "SAME/y"], None, 2, "one argument more"),
        ("ftp-mini", &["SAME/"], None, 2, "no command"),
        ("ftp-mini", &["ls", "SERVER/", "--retries", "SAME"], None, 2, "the value of an option"),
        ("ftp-mini", &["ls", "SERVER/", "--SAME"], None, 2, "an option"),
        ("ftp-mini", &["ls", "SERVER/", "--tls", "--cacert", "SAME"], None, 2, "a file of certificates"),
        ("ftp-mini", &["put", "SAME/a", "SERVER/"], None, 2, "a file to put"),
        ("ftp-mini", &["put", "u:S3CRET@host/a", "SERVER/"], None, 1, "the same without a scheme"),
        ("ftp-mini", &["get", "SERVER/a", "-o", "SAME/b"], None, 2, "a file to write"),
        ("ftp-mini", &["get", "SERVER/a", "-o", "u:S3CRET@host/b"], None, 1, "the same without a scheme"),
        ("ftp-mini", &["mirror", "SERVER/d", "SAME/e"], None, 2, "both ends"),
        ("http-mini", &["put", "OTHER/a", "http://127.0.0.1:1/"], None, 2, "a file to put"),
        ("http-mini", &["get", "http://127.0.0.1:1/a", "-o", "OTHER/b"], None, 2, "a file to write"),
        ("http-mini", &["get", "http://127.0.0.1:1/a", "-o", "u:S3CRET@host/b"], None, 1, "without a scheme"),
        ("http-mini", &["mirror", "http://127.0.0.1:1/", "OTHER/d"], None, 2, "a folder"),
        ("http-mini", &["mirror", "http://127.0.0.1:1/", "d", "OTHER/d"], None, 2, "one argument more"),
        ("http-mini", &["mv", "http://127.0.0.1:1/a", "OTHER/b"], None, 2, "another server"),
        ("http-mini", &["mkdir", "http://127.0.0.1:1/a", "OTHER/b"], None, 2, "one argument more"),
        ("http-mini", &["ls", "OTHER/b?c"], None, 2, "a query"),
        ("http-mini", &["request", "OTHER/", "http://127.0.0.1:1/"], None, 5, "a method"),
        (
            "http-mini",
            &["request", "POST", "http://127.0.0.1:1/", "-d", "@OTHER/"],
            None,
            1,
            "a file to send",
        ),
        (
            "http-mini",
            &["request", "GET", "http://127.0.0.1:1/", "-H", "@OTHER/"],
            None,
            2,
            "a file of fields",
        ),
        ("ftp-mini", SHELL, Some("mv b OTHER/b"), 2, "another server"),
        ("ftp-mini", SHELL, Some("cd OTHER/d"), 2, "another server"),
        ("ftp-mini", SHELL, Some("ls OTHER/*"), 2, "a pattern"),
        ("ftp-mini", SHELL, Some("mkdir OTHER/x"), 2, "another server"),
        ("ftp-mini", SHELL, Some("rm 'OTHER/x y'"), 2, "in quotes"),
        ("ftp-mini", SHELL, Some("cat OTHER/x"), 2, "another server"),
        ("ftp-mini", SHELL, Some("put OTHER/x"), 2, "a file to put"),
        ("ftp-mini", SHELL, Some("put OTHER/*"), 2, "files to put"),
        ("ftp-mini", SHELL, Some("put u:S3CRET@host/x"), 1, "the same without a scheme"),
        ("ftp-mini", SHELL, Some("get b -o OTHER/x"), 2, "a file to write"),
        ("ftp-mini", SHELL, Some("lcd OTHER/x"), 2, "a folder"),
        ("ftp-mini", SHELL, Some("lls OTHER/x"), 2, "a folder"),
        ("ftp-mini", SHELL, Some("bogus OTHER/x"), 2, "no command"),
        ("ftp-mini", SHELL, Some("OTHER/x"), 2, "no command"),
        ("ftp-mini", SHELL, Some("pwd OTHER/x"), 2, "one argument more"),
    ] {
        let received = runs(program, words, input, (code, why));
        let changes = ["RNFR", "RNTO", "MKD", "DELE", "STOR"];
        let changed = |line: &&String| changes.iter().any(|verb| line.starts_with(verb));
        assert_eq!(received.iter().find(changed), None, "{words:?} {input:?}: {why}");
    }
}

#[test]
fn the_shell_takes_urls_of_its_server() {
    for (line, expected, why) in [
        ("mv b SAME/x", &["RNFR /home/d/b", "RNTO /home/x"][..], "from the login directory"),
        ("mv SAME/a SAME/e/", &["RNFR /home/a", "RNTO /home/e/a"], "a directory, in which the name stays"),
        ("mkdir SAME/%2Fnew", &["MKD /new"], "an absolute path"),
        ("rm SAME/a", &["DELE /home/a"], "a file"),
        ("cd SAME/e", &["CWD /home/e"], "a directory"),
        ("cd SAME/", &["CWD /home/"], "the login directory"),
    ] {
        let received = runs("ftp-mini", &["shell", "SERVER/d"], Some(line), (0, why));
        let own: Vec<&str> = received.iter().map(String::as_str).filter(|line| line.contains(" /")).collect();
        assert_eq!(own, expected, "{why}");
    }
}
