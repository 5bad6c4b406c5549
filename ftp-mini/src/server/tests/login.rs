//! RFC 959 section 5.4, "Login", and RFC 2577.

use std::time::Instant;

use common::users::{User, UserSecret};

use super::*;

#[test]
fn logging_in_follows_rfc_959() {
    let server = Server::start();
    let mut client = server.connect();
    client.converse(&[
        ("PASS x", "503 ", "PASS without USER"),
        ("USER", "501 ", "no name"),
        ("USER anonymous", "331 ", "anonymous"),
        ("PASS", "230 ", "an empty password is one"),
        ("PASS again", "503 ", "only once"),
        ("USER FTP", "331 ", "the other name, in any case"),
        ("PWD", "530 ", "USER logs out"),
        ("PASS me@example.com", "230 ", ""),
        ("ACCT mine", "202 ", "superfluous"),
        ("PWD", "257 ", ""),
        ("REIN", "220 ", "begin again"),
        ("PWD", "530 ", "as it was at first"),
        ("USER root", "331 ", "RFC 2577 section 7: a name that may not looks like any other"),
        ("PASS secret", "530 Login incorrect", ""),
        ("PASS other", "530 Login incorrect", "another try"),
        ("USER ftp", "331 ", ""),
        ("PASS x", "230 ", "earlier failures do not matter"),
        ("QUIT", "221 ", ""),
    ]);
    client.expect_end();
}

#[test]
fn users_log_in_with_their_passwords() {
    let accounts = ["ada", "ben"].map(|name| {
        (User::new(name, Actions::ALL).unwrap(), UserSecret::Password(format!("{name}'s secret")))
    });
    let users = Users::new(accounts.into(), None).unwrap();
    let server = Server::with(Setup::of(users));
    let mut client = server.connect();
    client.converse(&[
        ("USER anonymous", "331 Send your password", "anonymous access is off"),
        ("PASS me@example.com", "530 ", ""),
        ("USER ada", "331 Send your password", ""),
        ("PASS ben's secret", "530 ", "another user's password"),
        ("PASS ada's secret ", "530 ", "every byte counts"),
        ("PWD", "530 ", "not logged in"),
        ("PASS ada's secret", "230 ", ""),
        ("STAT", "211-ftp-mini\r\n connected from 127.0.0.1\r\n logged in as ada", ""),
        ("USER ben", "331 ", "another user"),
        ("PWD", "530 ", "who is not yet logged in"),
        ("PASS ben's secret", "230 ", ""),
    ]);
}

#[test]
fn an_address_with_too_many_failures_is_sent_away() {
    let users = vec![(User::new("ada", Actions::READ).unwrap(), UserSecret::Password("secret".into()))];
    let server = Server::with(Setup::of(Users::new(users, None).unwrap()));
    for _ in 0..100 {
        let mut client = server.connect();
        client.converse(&[("USER ada", "331 ", "")]);
        let reply = client.say("PASS wrong");
        if reply.starts_with("421 Too many failed logins; try again in ") {
            return client.expect_end();
        }
        assert_eq!(&reply[..4], "530 ");
    }
    panic!("no connection was refused");
}

#[test]
fn before_login_everything_else_is_530() {
    let server = Server::start();
    let mut client = server.connect();
    for command in
        ["PWD", "CWD /", "RETR a", "LIST", "EPSV", "PORT x", "TYPE X", "MLST", "SIZE", "STAT", "SITE HELP"]
    {
        client.converse(&[(command, "530 ", "also with a wrong argument")]);
    }
    for (command, expected) in [
        ("FEAT", "211-"),
        ("OPTS UTF8 ON", "200 "),
        ("SYST", "215 UNIX Type: L8"),
        ("HELP", "214-"),
        ("NOOP", "200 "),
        ("CLNT test", "200 "),
        ("LANG en", "200 "),
        ("HOST ftp.example.com", "220 "),
        ("AUTH TLS", "502 "),
        ("ACCT x", "202 "),
        ("REIN", "220 "),
    ] {
        client.converse(&[(command, expected, "allowed before login")]);
    }
}

#[test]
fn failed_logins_come_later_and_later_and_end_the_session() {
    let delay = Duration::from_millis(20);
    let setup = Setup::default();
    let server = Server::with(Setup { users: setup.users.clone().with_delay(delay), ..setup });
    let mut client = server.connect();
    for failures in 1..=4 {
        client.converse(&[("USER root", "331 ", "")]);
        let asked = Instant::now();
        client.converse(&[("PASS x", "530 ", "")]);
        assert!(asked.elapsed() >= delay * failures, "{failures}: {:?}", asked.elapsed());
        client.converse(&[("REIN", "220 ", "which forgets nothing")]);
    }
    client.converse(&[("USER root", "331 ", ""), ("PASS x", "421 ", "the fifth")]);
    client.expect_end();
}

#[test]
fn nonsense_before_login_ends_the_session() {
    let server = Server::start();
    let mut client = server.connect();
    client.converse(&[
        ("PWD", "530 ", "a known command does not count"),
        ("", "500 ", "nor does an empty line"),
    ]);
    for _ in 1..10 {
        client.converse(&[("FROB", "500 ", "")]);
    }
    client.converse(&[("FROB", "421 ", "the tenth")]);
    client.expect_end();

    let mut client = server.log_in();
    for _ in 0..20 {
        client.converse(&[("FROB", "500 ", "not counted after login")]);
    }
}

#[test]
fn a_request_of_http_ends_the_session() {
    let server = Server::start();
    let mut client = server.connect();
    client.send(b"POST / HTTP/1.1\r\nHost: x\r\n\r\nUSER anonymous\r\nPASS x\r\nPWD\r\n");
    assert!(client.reply().starts_with("500 "));
    client.expect_end();
}
