//! `--require-tls`, and options that would have no effect.

use std::process::Command;

use super::{serve, served, talk};
use crate::harness::program::run;
use crate::harness::{Tree, binary, for_each_engine};

#[test]
fn required_tls_refuses_unencrypted_commands() {
    let (tree, _) = served();
    for_each_engine(|engine| {
        for (level, in_clear, unencrypted_data, prot_c, why) in [
            ("none", 331, 150, 200, "TLS is offered"),
            ("login", 530, 150, 200, "no unencrypted name or password"),
            ("data", 530, 521, 534, "and no unencrypted content"),
        ] {
            let server = serve(&tree, engine, &["--require-tls", level]);
            let script = format!(
                r#"
session = Session()
session.expect("USER anonymous", {in_clear})
if {in_clear} == 530:
    session.expect("PASS guest@", 530)
session.auth().login()
raw = session.connect()
session.expect("RETR a", {unencrypted_data})
if {unencrypted_data} == 150:
    assert until_end(raw) == b"hello\n"
    session.expect_reply(226)
for session in (session, Session(implicit=True).login()):
    session.expect("PBSZ 0", 200)
    session.expect("PROT C", {prot_c})
    session.expect("PROT P", 200)
    assert session.fetch("RETR a", session.sock.session) == (226, b"hello\n")
"#
            );
            eprintln!("--require-tls {level}: {why}");
            talk(&server, &script);
        }
    });
}

/// A client of the implicit port that never sends PROT has protected data.
#[test]
fn the_implicit_port_protects_data_by_default() {
    let (tree, _) = served();
    let script = r#"
session = Session(implicit=True).login()
assert session.fetch("RETR a", session.sock.session) == (226, b"hello\n")
"#;
    for_each_engine(|engine| talk(&serve(&tree, engine, &[]), script));
}

#[test]
fn options_without_effect_are_a_usage_error() {
    let tree = Tree::new();
    for (program, options, says) in [
        ("ftp-mini", &["--ftps", "127.0.0.1:0"][..], "without TLS"),
        ("ftp-mini", &["--require-tls", "none"], "without TLS"),
        ("ftp-mini", &["--data-session", "prefer"], "without TLS"),
        ("mini", &["--require-tls", "login"], "without TLS"),
        ("mini", &["--tls", "self-signed", "--no-ftp", "--ftps", "127.0.0.1:0"], "--no-ftp"),
        ("ftp-mini", &["--tls", "self-signed", "--require-tls", "all"], "none, login, data"),
        ("ftp-mini", &["--tls", "self-signed", "--data-session", "x"], "off, prefer, require"),
    ] {
        let failed = run(Command::new(binary(program)).arg("serve").arg(tree.path()).args(options));
        assert_eq!(failed.code, Some(2), "{program} {options:?}: {}", failed.err);
        assert!(failed.err.contains(says), "{program} {options:?}: {}", failed.err);
    }
}

/// With optional TLS the client decides.
#[test]
fn a_warning_is_logged_if_passwords_may_be_unencrypted() {
    let tree = Tree::new();
    for (options, warns) in [
        (&["--user=ada:secret"][..], true),
        (&["--user=ada:secret", "--require-tls=login"], false),
        (&["--user=ada:secret", "--require-tls=data"], false),
        (&[], false),
    ] {
        let log = serve(&tree, "event-loop", options).stop();
        let is_warning = |line: &String| line.starts_with("warning: ") && line.contains("--require-tls");
        assert_eq!(
            log.iter().filter(|line| is_warning(line)).count(),
            usize::from(warns),
            "{options:?}: {log:?}"
        );
    }
}
