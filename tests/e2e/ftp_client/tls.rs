//! AUTH TLS and implicit TLS with hostile servers: no password is sent unencrypted, and unencrypted input
//! after AUTH is discarded.

use std::fs;
use std::path::PathBuf;

use super::SIZE;
use crate::harness::scripted::{ScriptedServer, Tls, ftp};
use crate::harness::{Certificates, Server, Tree, WorkDir, tree};

type FalseReply = fn(&mut ftp::Session) -> std::io::Result<bool>;

fn tls() -> (Certificates, Tls, PathBuf) {
    let certificates = Certificates::new();
    let tls = Tls::new(&certificates);
    let trust = certificates.path("scripted.pem");
    (certificates, tls, trust)
}

#[test]
fn no_login_is_sent_without_required_tls() {
    let refusals: [(&str, FalseReply, i32, &str); 5] = [
        ("AUTH", |session| session.say("502 no TLS here"), 4, "502 no TLS here"),
        ("AUTH", |session| session.say("534 not for you"), 4, "534 not for you"),
        // In one write: the client must find the second line behind the first, before it begins TLS.
        ("AUTH", |session| session.say("234 begin\r\n220 or not"), 1, "unencrypted"),
        ("AUTH", |session| session.say("234 begin").and_then(|_| session.cut()), 5, "closed the connection"),
        ("PROT", |session| session.say("534 never"), 4, "534 never"),
    ];
    let (_certificates, tls, trust) = tls();
    for (number, (verb, false_reply, code, says)) in refusals.into_iter().enumerate() {
        let files = ftp::files(&[("/f", b"hello\n")]);
        let server = ScriptedServer::ftp_with_tls(&tls, files, move |session, said, _| match said {
            _ if said == verb => false_reply(session),
            _ => Ok(false),
        });
        let workdir = WorkDir::new();
        let url = server.url("ftp", "f").replace("ftp://", "ftp://ada:secret@");
        let arguments =
            ["get", &url, "--tls", "--cacert", trust.to_str().unwrap(), "--retries", "0", "--max-time", "3"];
        workdir.ftp(&arguments).fails(code, &[says]);
        assert!(workdir.names().is_empty(), "{number}: {:?}", workdir.names());
        let received = server.received();
        if verb == "AUTH" {
            assert!(
                !received.iter().any(|line| line.contains("secret") || line.starts_with("USER")),
                "{received:?}"
            );
        } else {
            assert!(!received.iter().any(|line| line.starts_with("RETR")), "unencrypted data: {received:?}");
        }
    }
}

/// Unencrypted bytes after the reply to AUTH may be injected by an attacker (CVE-2021-22947 was this in
/// curl).
#[test]
fn unencrypted_replies_after_auth_are_discarded() {
    let (_certificates, tls, trust) = tls();
    let files = ftp::files(&[("/f", b"hello\n")]);
    let behind = tls.clone();
    let server = ScriptedServer::ftp_with_tls(&tls, files, move |session, verb, _| match verb {
        "AUTH" => {
            session
                .control()
                .send("234 begin\r\n331 injected\r\n230 injected\r\n200 injected\r\n200 injected\r\n")?;
            session.start_tls_on_control(&behind).map(|()| true)
        }
        _ => Ok(false),
    });
    let workdir = WorkDir::new();
    let url = server.url("ftp", "f").replace("ftp://", "ftp://ada:secret@");
    let got =
        workdir.ftp(&["get", &url, "--tls", "--cacert", trust.to_str().unwrap(), "--retries", "0", "-v"]);
    // The bytes are discarded unread, or refused.
    assert!(!got.err.contains("injected"), "{}", got.err);
    let is_whole = fs::read(workdir.join("f")).is_ok_and(|content| content == b"hello\n");
    assert_eq!(is_whole, got.code == Some(0), "{}", got.err);
}

#[test]
fn data_connections_are_encrypted_like_the_control_connection() {
    let (_certificates, tls, trust) = tls();
    let content = tree::pattern(SIZE);
    let half = content[..SIZE / 2].to_vec();
    let arguments = |url: &str| -> Vec<String> {
        ["get", url, "--tls", "--cacert", trust.to_str().unwrap(), "--retries", "1"].map(String::from).into()
    };
    // Unencrypted data, although TLS was agreed.
    let files = ftp::files(&[("/f", &content)]);
    let server = ScriptedServer::ftp_with_tls(&tls, files, |session, verb, _| match verb {
        "RETR" => {
            session.reply("150 here")?;
            let mut data = session.unencrypted_data()?;
            data.send("unencrypted")?;
            data.finish()?;
            session.say("226 done")
        }
        _ => Ok(false),
    });
    let workdir = WorkDir::new();
    let got = workdir.ftp(&arguments(&server.url("ftp", "f")));
    got.fails(5, &["does not speak TLS"]);
    assert!(!workdir.join("f").exists());

    // The data is cut, and the size is unknown.
    for (has_goodbye, is_whole) in [(true, true), (false, false)] {
        let (whole, half) = (content.clone(), half.clone());
        let files = ftp::files(&[("/f", &content)]);
        let server = ScriptedServer::ftp_with_tls(&tls, files, move |session, verb, _| match verb {
            "SIZE" | "MLST" | "MDTM" => session.say("502 not here"),
            "FEAT" => session.say("211-has\r\n REST STREAM\r\n211 all"),
            "RETR" => {
                session.reply("150 here")?;
                let mut data = session.data()?;
                data.send(if has_goodbye { &whole } else { &half })?;
                match has_goodbye {
                    true => data.finish()?,
                    false => data.cut()?,
                }
                session.say("226 done")
            }
            _ => Ok(false),
        });
        let workdir = WorkDir::new();
        let got = workdir.ftp(&arguments(&server.url("ftp", "f")));
        assert_eq!(got.code == Some(0), is_whole, "close_notify {has_goodbye}: {}", got.err);
        assert_eq!(workdir.join("f").exists(), is_whole, "close_notify {has_goodbye}");
    }
}

#[test]
fn implicit_tls_verifies_the_certificate() {
    let served = Tree::of(&[("f", "hello\n")]);
    let certificates = Certificates::new();
    let [certificate, key] = certificates.options("server");
    certificates.make("other");
    let options = ["--quiet", "--ftps", "127.0.0.1:0", "--data-session", "require", &certificate, &key];
    let server = Server::ftp(&served, &options);
    let (trust, other) = (certificates.path("server.pem"), certificates.path("other.pem"));
    let (trust, other) = (trust.to_str().unwrap(), other.to_str().unwrap());
    let implicit = format!("{}f", server.url("ftps"));
    let explicit = format!("{}f", server.url("ftp"));
    let workdir = WorkDir::new();
    for url in [&["cat", &implicit][..], &["cat", &explicit, "--tls"]] {
        assert_eq!(workdir.ftp(&[url, &["--cacert", trust]].concat()).text(), "hello\n");
        assert_eq!(workdir.ftp(&[url, &["--insecure"]].concat()).text(), "hello\n");
        workdir.ftp(&[url, &["--cacert", other]].concat()).fails(5, &["certificate"]);
        workdir.ftp(url).fails(5, &["certificate"]);
    }
    assert!(fs::read_dir(workdir.join("")).unwrap().next().is_none());
}
