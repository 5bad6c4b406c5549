//! Replies with which servers violate the protocol.

use std::time::{Duration, Instant};

use super::super::limits::GREETING;
use super::*;

#[test]
fn a_session_begins_with_login_and_feat() {
    for (greeting, user, pass, expected, why) in [
        ("220 Hi", "331 Yes?", "230 Welcome", None, "RFC 959 section 5.4"),
        ("120 Wait\r\n120 Wait\r\n220 Hi", "331 Yes?", "230 Welcome", None, "preliminary greetings"),
        ("220-Hi\r\nall\r\n220 of you", "331 Yes?", "230-Wel\r\n230 come", None, "many lines"),
        ("220 Hi", "230 Welcome", "", None, "no password is needed"),
        ("220 Hi", "331 Yes?", "530 No", Some("the server refused PASS: 530 No"), "a wrong password"),
        ("220 Hi", "530 No", "", Some("the server refused USER: 530 No"), "a user who may not"),
        ("220 Hi", "332 Account?", "", Some("the server requires an account"), "ACCT"),
        ("421 Full", "", "", Some("the server ended the session: 421 Full"), "too many users"),
        ("HTTP/1.1 400 Bad Request", "", "", Some("the server does not speak FTP"), "another protocol"),
    ] {
        let script = move |stage: &mut Stage| {
            stage.say(greeting);
            for (command, reply) in [("USER anonymous", user), ("PASS anonymous@", pass)] {
                if !reply.is_empty() {
                    stage.answer(command, reply);
                }
            }
            if expected.is_none() {
                stage.answer("FEAT", "211-Features:\r\n UTF8\r\n211 End");
                stage.answer("TYPE I", "200 Yes");
                stage.answer("OPTS UTF8 ON", "501 It is always on");
            }
        };
        let session = with(script, async |server| server.session().await);
        match expected {
            None => assert!(session.unwrap().features.utf8, "{why}"),
            Some(expected) => {
                let error = session.unwrap_err().to_string();
                assert!(error.starts_with(expected), "{why}: {error}");
            }
        }
    }
}

#[test]
fn what_was_not_asked_for_is_not_taken_for_an_answer() {
    let script = |stage: &mut Stage| {
        stage.log_in(NO_FEATURES);
        stage.answer("DELE a", "250 Gone\r\n250 Gone twice");
        stage.answer("DELE b", "550 No such file");
    };
    with_session(script, async |session| {
        session.remove_file(b"a").await.unwrap();
        assert!(matches!(session.remove_file(b"b").await, Err(SessionError::Refused { code: 550, .. })));
    });
}

#[test]
fn a_reply_without_end_is_given_up() {
    for (reply, why) in [
        ("150 Wait\r\n".repeat(100), "preliminary replies"),
        (format!("250-{}\r\n", "x\r\n".repeat(40_000)), "lines"),
    ] {
        let script = move |stage: &mut Stage| {
            stage.log_in(NO_FEATURES);
            stage.hear("DELE a");
            // The client closes before it has received everything.
            let _ = stage.control.get_mut().write_all(reply.as_bytes());
            stage.outlast();
        };
        with_session(script, async |session| {
            let error = session.remove_file(b"a").await.unwrap_err();
            assert!(matches!(error, SessionError::Endless | SessionError::NoReply(_)), "{why}: {error}");
        });
    }
}

#[test]
fn nothing_that_would_be_another_command_is_sent() {
    let script = |stage: &mut Stage| {
        stage.log_in(NO_FEATURES);
        stage.answer("DELE b", "250 Gone");
    };
    with_session(script, async |session| {
        for name in [&b"a\r\nDELE b"[..], b"a\nb", b"a\0b"] {
            assert!(matches!(session.remove_file(name).await, Err(SessionError::Unsendable(_))));
        }
        session.remove_file(b"b").await.unwrap();
    });
}

/// An HTTP or TLS server waits for the client to speak first.
#[test]
fn a_port_without_a_greeting_is_no_ftp_server() {
    let begun = Instant::now();
    let script = |stage: &mut Stage| stage.outlast();
    let failure = with(script, async |server| server.session().await.map(drop));
    let fault = Fault::from(failure.unwrap_err());
    assert!(fault.to_string().contains("is it an FTP server?"), "{fault}");
    assert!(!fault.is_passing(), "the next attempt would wait as long");
    let waited = begun.elapsed();
    assert!(waited >= GREETING && waited < GREETING + Duration::from_secs(5), "{waited:?}");
}
