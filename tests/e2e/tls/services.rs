//! Echo and chat over TLS, with our clients and others.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::harness::program::{Outcome, run, tool};
use crate::harness::{Certificates, Server, Tree, binary, for_each_engine, tree};
use crate::services::start;

/// `mini echo client` or `mini chat client`, with a file as standard input.
fn client(service: &str, to: &str, options: &[&str], input: &std::path::Path) -> Outcome {
    let mut client = Command::new(binary("mini"));
    client.args([service, "client", to]).args(options).stdin(File::open(input).unwrap());
    run(&mut client)
}

#[test]
fn echo_over_tls_returns_every_byte() {
    let tree = Tree::new();
    let large = tree.file("large", tree::pattern(20 << 20));
    let certificates = Certificates::new();
    let [certificate, key] = certificates.options("localhost");
    let authority = certificates.path("localhost.pem");
    let authority = authority.to_str().unwrap();
    for_each_engine(|engine| {
        let server = start("echo", &["--engine", engine, &certificate, &key]);
        let to = server.address("tls").to_string();
        for options in [&["--tls", "--cacert", authority][..], &["--tls", "--insecure"]] {
            let back = client("echo", &to, options, &large).success();
            assert!(back == std::fs::read(&large).unwrap(), "{} bytes returned", back.len());
        }
        let mut openssl = tool("openssl");
        openssl.args(["s_client", "-quiet", "-verify_return_error", "-connect", &to, "-CAfile", authority]);
        let mut openssl = ChatUser::new(openssl);
        openssl.say("hello");
        assert_eq!(openssl.hear(), "hello");
        drop(openssl);
        server.stop();
    });
}

#[test]
fn a_client_reports_why_it_does_not_connect() {
    let tree = Tree::of(&[("input", "hello\n")]);
    let input = tree.join("input");
    let certificates = Certificates::new();
    certificates.make("other");
    let other = certificates.path("other.pem");
    let other = other.to_str().unwrap();
    let secure = start("echo", &["--tls", "self-signed"]);
    let plain = start("echo", &[]);
    let (secure, plain) = (secure.address("tls").to_string(), plain.address("tcp").to_string());
    for (to, options, says) in [
        (&secure, &["--tls", "--cacert", other][..], &["not trusted", "--cacert", "--insecure"][..]),
        (&plain, &["--tls", "--insecure"], &["does the server speak TLS?"]),
    ] {
        for service in ["echo", "chat"] {
            let failed = client(service, to, options, &input);
            assert_eq!(failed.code, Some(5), "{options:?}: {}", failed.err);
            assert_eq!(failed.err.lines().count(), 1, "{options:?}: {}", failed.err);
            for words in says.iter().chain([&&**to]) {
                assert!(failed.err.contains(words), "{options:?}: {words:?} in {}", failed.err);
            }
        }
    }
}

/// A user of a program that is connected to the chat server.
struct ChatUser {
    program: Child,
    says: Option<ChildStdin>,
    hears: BufReader<ChildStdout>,
}

impl ChatUser {
    fn new(mut program: Command) -> Self {
        let mut program =
            program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (says, hears) = (program.stdin.take(), BufReader::new(program.stdout.take().unwrap()));
        Self { program, says, hears }
    }

    fn say(&mut self, line: &str) {
        self.says.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.hears.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for ChatUser {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn talkers(server: &Server) -> [ChatUser; 2] {
    let to = server.address("chats").to_string();
    let mut ours = Command::new(binary("mini"));
    ours.args(["chat", "client", &to, "--tls", "--insecure"]);
    let mut openssl = tool("openssl");
    openssl.args(["s_client", "-quiet", "-connect", &to]);
    [ours, openssl].map(ChatUser::new)
}

#[test]
fn chat_works_over_tls() {
    for_each_engine(|engine| {
        let server = start("chat", &["--engine", engine, "--tls", "self-signed"]);
        let [mut ada, mut ben] = talkers(&server);
        for (user, name) in [(&mut ada, "ada"), (&mut ben, "ben")] {
            assert_eq!(user.hear(), "* your name?");
            user.say(name);
            assert_eq!(user.hear(), format!("* welcome, {name}; /help lists the commands"));
        }
        assert_eq!(ada.hear(), "* ben joined");
        ada.say("good morning");
        assert_eq!(ben.hear(), "<ada> good morning");
        ben.say("hello from openssl");
        assert_eq!(ada.hear(), "<ben> hello from openssl");
        ben.say("/quit");
        assert_eq!(ben.hear(), "", "the server ends it");
        assert_eq!(ada.hear(), "* ben left");
        drop(ada.says.take());
        assert_eq!(ada.hear(), "", "the end of the input is the end of the talk");
        assert_eq!(ada.program.wait().unwrap().code(), Some(0));
    });
}
