//! Command lines with their commands, and invalid lines with the rules that they break.

use proptest::prelude::*;

use super::*;
use crate::address::Family;
use crate::command::verb::tests::any_verb;
use crate::command::{Mechanism, Protection, SiteCommand, Type};
use crate::pathname::Pathname;
use crate::time_val::TimeVal;
use syntax::violation::Violation;

fn read(line: &[u8]) -> Result<Command, Invalid> {
    parse(&Line::Text(line.to_vec().into())).map(|(_, command)| command)
}

fn verb(line: &[u8]) -> Option<Verb> {
    parse(&Line::Text(line.to_vec().into())).map_or_else(|invalid| invalid.verb, |(verb, _)| Some(verb))
}

fn path(name: &str) -> Pathname {
    Pathname::new(name.as_bytes()).unwrap()
}

#[test]
fn arguments_are_parsed() {
    let modified = TimeVal { seconds: 1_795_459_860, nanos: 0 };
    for (line, expected, why) in [
        ("USER anonymous", Command::User(b"anonymous".to_vec()), "RFC 959 section 4.1.1"),
        ("user anonymous ", Command::User(b"anonymous".to_vec()), "any case; spaces behind are none of it"),
        ("PASS  two words ", Command::Pass(Secret(b" two words ".to_vec())), "a password keeps its spaces"),
        ("PASS", Command::Pass(Secret(Vec::new())), "an empty password is one"),
        ("QUIT ", Command::Quit, "a space and nothing"),
        ("AUTH TLS", Command::Auth(Mechanism::Tls), "RFC 4217 section 4"),
        ("PBSZ 0", Command::Pbsz(0), "RFC 4217 section 8"),
        ("PROT P", Command::Prot(Protection::Private), "RFC 4217 section 9"),
        ("TYPE L 8", Command::Type(Type::Image), "RFC 959 section 4.1.2"),
        ("CWD  a ", Command::Cwd(path(" a ")), "one space, then the name with all of its own"),
        ("XCWD //dir", Command::Cwd(path("//dir")), "RFC 775; the tree resolves the name"),
        ("cDuP", Command::Cdup, "mixed case"),
        ("EPSV", Command::Epsv(Epsv::Any), "RFC 2428 section 3"),
        ("EPSV 2", Command::Epsv(Epsv::Family(Family::V6)), "a family"),
        ("EPSV all", Command::Epsv(Epsv::All), "any case"),
        ("PORT 127,0,0,1,195,80", Command::Port("127.0.0.1:50000".parse().unwrap()), "RFC 959 section 4.1.2"),
        ("EPRT |2|::1|50000|", Command::Eprt("[::1]:50000".parse().unwrap()), "RFC 2428 section 2"),
        ("STOU", Command::Stou(None), "RFC 959 section 4.1.3"),
        ("STOU notes.txt", Command::Stou(Some(path("notes.txt"))), "a suggestion"),
        ("REST 1024", Command::Rest(1024), "RFC 3659 section 5"),
        ("ALLO 1024 R 80", Command::Allo(1024), "RFC 959 section 4.1.3"),
        ("LIST", Command::List(ls::LsArgument::default()), "no argument"),
        ("NLST -a *.txt", Command::Nlst(ls::parse(b"-a *.txt")), "options and a pattern"),
        ("STAT ", Command::Stat(None), "of the session"),
        ("STAT -l pub", Command::Stat(Some(ls::parse(b"-l pub"))), "of a directory"),
        ("MLST", Command::Mlst(None), "RFC 3659 section 7"),
        ("MDTM notes.txt", Command::Mdtm { path: path("notes.txt"), set: None }, "RFC 3659 section 3"),
        (
            "MDTM 20261123185100 notes.txt",
            Command::Mdtm {
                path: path("20261123185100 notes.txt"),
                set: Some((modified, path("notes.txt"))),
            },
            "two readings",
        ),
        (
            "MFMT 20261123185100 notes.txt",
            Command::Mfmt { time: modified, path: path("notes.txt") },
            "draft-somers section 3",
        ),
        ("LANG", Command::Lang(None), "RFC 2640 section 4"),
        ("NOOP x", Command::Noop, "devices send an argument"),
        ("SYST x", Command::Syst, "the same"),
        ("HELP RETR", Command::Help(Some(b"RETR".to_vec())), "RFC 959 section 4.1.3"),
        ("CLNT a client", Command::Clnt(b"a client".to_vec()), "a name with a space"),
        (
            "SITE CHMOD 644 a ",
            Command::Site(SiteCommand::Chmod { mode: 0o644, path: path("a ") }),
            "a name in SITE keeps its spaces too",
        ),
    ] {
        assert_eq!(read(line.as_bytes()), Ok(expected), "{why}: {line}");
    }
    assert_eq!(read(b"RETR caf\xE9"), Ok(Command::Retr(Pathname::new(b"caf\xE9").unwrap())), "raw bytes");
}

#[test]
fn what_cannot_be_carried_out_has_its_reply() {
    for (line, expected, why) in [
        ("", 500, "an empty line"),
        (" NOOP", 500, "a space in front"),
        ("EHLO me", 500, "another protocol"),
        ("NOOPS", 500, "not quite a verb"),
        ("GET / HTTP/1.1", 500, "a browser"),
        ("get notes.txt", 500, "a person"),
        ("RETR", 501, "a name is missing"),
        ("RETR ", 501, "an empty name"),
        ("USER ", 501, "no user"),
        ("PWD now", 501, "RFC 959 section 5.3.1: no argument"),
        ("FEAT all", 501, "RFC 2389 section 3.1: no argument"),
        ("REST -1", 501, "no number"),
        ("REST 18446744073709551616", 501, "more than 64 bits"),
        ("PORT 1,2,3", 501, "no address"),
        ("EPSV me", 501, "no number"),
        ("OPTS RETR", 501, "no options"),
        ("MFMT notes.txt", 501, "no time"),
        ("SITE", 501, "no command"),
        ("SMNT /", 502, "known, not here"),
        ("LPSV", 502, "RFC 1639"),
        ("TYPE E", 504, "known, not here"),
        ("MODE B", 504, "known, not here"),
        ("STRU R", 504, "known, not here"),
        ("AUTH GSSAPI", 504, "RFC 2228 section 3"),
        ("SITE EXEC ls", 504, "not here"),
        ("EPSV 3", 522, "RFC 2428 section 3"),
        ("EPRT |3|x|1|", 522, "RFC 2428 section 2"),
        ("PROT S", 536, "RFC 4217 section 9"),
    ] {
        let code = read(line.as_bytes()).map_err(Invalid::code);
        assert_eq!(code, Err(expected), "{why}: {line}");
    }
    for rule in [Rule::LineTooLong, Rule::LineNul] {
        let line = Line::Broken(Violation { rule, at: 5 });
        assert_eq!(parse(&line), Err(Invalid { verb: None, rule, at: 5 }));
    }
}

#[test]
fn http_requests_are_distinguished_from_mistakes() {
    for (line, expected, why) in [
        ("GET / HTTP/1.1", Rule::HttpRequest, "origin-form"),
        ("POST http://host/ HTTP/1.1", Rule::HttpRequest, "absolute-form"),
        ("CONNECT host:443 HTTP/1.1", Rule::HttpRequest, "authority-form"),
        ("OPTIONS * HTTP/1.1", Rule::HttpRequest, "asterisk-form"),
        ("HEAD /", Rule::HttpRequest, "HTTP/0.9"),
        ("PUT notes HTTP/1.1", Rule::HttpRequest, "a version is enough"),
        ("get /", Rule::VerbUnknown, "methods are in capitals"),
        ("GET", Rule::VerbUnknown, "no request-target"),
        ("PUT notes.txt", Rule::VerbUnknown, "a person, typing as in a client"),
        ("Host: example.com", Rule::VerbUnknown, "a field after a request; not HOST"),
    ] {
        let rule = read(line.as_bytes()).map_err(|invalid| invalid.rule);
        assert_eq!(rule, Err(expected), "{why}: {line}");
    }
}

#[test]
fn few_commands_come_before_login() {
    for (line, expected) in [
        ("USER me", true),
        ("QUIT", true),
        ("NOOP", true),
        ("HELP", true),
        ("STAT", false),
        ("ABOR", false),
        ("XPWD", false),
        ("SITE HELP", false),
        ("CCC", false),
    ] {
        assert_eq!(verb(line.as_bytes()).unwrap().before_login(), expected, "{line}");
    }
    assert_eq!(verb(b"STRU X").map(Verb::before_login), Some(false), "so the answer is 530, not 501");
}

#[test]
fn a_secret_is_not_shown() {
    let shown = format!("{:?} {:?}", read(b"PASS hunter2").unwrap(), read(b"ACCT hunter2").unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
}

proptest! {
    #[test]
    fn a_command_has_the_verb_that_was_sent(sent in any_verb(), argument: Option<Vec<u8>>) {
        let argument = argument.map(|argument| [b" ", &argument[..]].concat()).unwrap_or_default();
        let line = [sent.name().as_bytes(), &argument].concat();
        prop_assert_eq!(verb(&line), Some(sent));
    }

    #[test]
    fn no_line_panics(line: Vec<u8>) {
        let _ = read(&line).map_err(Invalid::code);
    }
}
