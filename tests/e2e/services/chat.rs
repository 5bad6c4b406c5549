//! Chat, with raw connections and with users at terminals.

mod page;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_recv_buffer_size;

use super::start;
use crate::harness::{Server, TerminalUser, Wire, at_once_on_each_engine, binary, for_each_engine};

/// A participant who has entered a name.
fn enter(server: &Server, name: &str) -> Wire {
    let mut wire = Wire::connect(server.address("chat"));
    assert_eq!(wire.line(), "* your name?");
    wire.send(format!("{name}\r\n"));
    let welcome = wire.line();
    assert!(welcome.starts_with(&format!("* welcome, {name}")), "{welcome}");
    wire
}

#[test]
fn a_line_reaches_the_other_participants() {
    for_each_engine(|engine| {
        let server = start("chat", &["--engine", engine]);
        let mut ada = enter(&server, "ada");
        let mut ben = enter(&server, "ben");
        assert_eq!(ada.line(), "* ben joined");
        ada.send("hello\n");
        assert_eq!(ben.line(), "<ada> hello");
        let mut cleo = enter(&server, "cleo");
        assert_eq!(cleo.line(), "<ada> hello", "the room's history");
        assert_eq!([ada.line(), ben.line()], ["* cleo joined", "* cleo joined"]);
        for (line, answer) in [
            ("/who", "* in lobby: ada ben cleo"),
            ("/nick BEN", "* name in use"),
            ("/nick two words", "* a name is one word"),
            ("/dance", "* there is no such command; see /help"),
            ("/msg zoe psst", "* no user with that name is here"),
            ("/msg ben", "* /msg NAME TEXT"),
        ] {
            ada.send(format!("{line}\r\n"));
            assert_eq!(ada.line(), answer, "{line}");
        }
        ada.send("/msg ben psst\n");
        assert_eq!(ben.line(), "<ada to you> psst");
        ada.send("/nick countess\n");
        assert_eq!([ben.line(), cleo.line()], ["* ada is now countess", "* ada is now countess"]);
        cleo.send("/join garden\n");
        assert_eq!(ben.line(), "* cleo went to another room");
        ben.send("still here\n/quit\n");
        assert_eq!(ben.rest(), b"", "nothing of his own");
        assert_eq!(ada.line(), "* cleo went to another room");
        assert_eq!([ada.line(), ada.line()], ["<ben> still here", "* ben left"]);
        cleo.send("/who\n");
        assert_eq!(cleo.line(), "* in garden: cleo", "and nothing of the lobby");
    });
}

#[test]
fn only_printable_text_reaches_a_terminal() {
    let server = start("chat", &[]);
    let mut ada = enter(&server, "ada");
    let mut eve = Wire::connect(server.address("chat"));
    eve.line();
    for (name, answer) in [
        (&b"\x1b[31meve"[..], "* a name has only printable letters; another one?"),
        (b"", "* a name has at least one letter; another one?"),
        ("\u{430}d\u{430}".as_bytes(), "* name in use; another one?"),
        (b"eve", "* welcome, eve; /help lists the commands"),
    ] {
        eve.send([name, b"\n"].concat());
        assert_eq!(eve.line(), answer);
    }
    assert_eq!(ada.line(), "* eve joined");
    for (sent, received, why) in [
        (&b"\x1b]0;title\x07"[..], "<eve> \u{fffd}]0;title\u{fffd}", "an escape"),
        (b"a\rb", "<eve> a\u{fffd}b", "a carriage return would overwrite the name"),
        (b"\xff\xfe", "<eve> \u{fffd}\u{fffd}", "not UTF-8"),
        ("\u{202e}abc".as_bytes(), "<eve> \u{fffd}abc", "text turned around"),
    ] {
        eve.send([sent, b"\n"].concat());
        assert_eq!(ada.line(), received, "{why}");
    }
    eve.send(vec![b'x'; 3_000]);
    eve.send("\n");
    assert_eq!(ada.line().len(), "<eve> ".len() + 512, "a long line is cut off");
    // A line that is too long ends the connection, read or not.
    let _ = eve.stream().write_all(&vec![b'x'; 1 << 20]);
    assert_eq!(ada.line(), "* eve left");
}

#[test]
fn a_stalled_reader_is_disconnected_and_delays_no_one() {
    at_once_on_each_engine(|engine| {
        let server = start("chat", &["--engine", engine]);
        let stalled = enter(&server, "stalled");
        // With a small receive buffer fewer lines are needed.
        set_socket_recv_buffer_size(stalled.stream(), 4 << 10).unwrap();
        let (mut speaker, mut listener) = (enter(&server, "speaker"), enter(&server, "listener"));
        let line = "x".repeat(500);
        let said = thread::spawn(move || {
            // Enough for the kernel's buffers and the queue of the stalled reader.
            for _ in 0..16_000 {
                speaker.send(format!("{line}\n"));
            }
            speaker
        });
        let (mut received, mut shown_out, mut longest) = (0, false, Duration::ZERO);
        while received < 16_000 {
            let waiting = Instant::now();
            let line = listener.line();
            longest = longest.max(waiting.elapsed());
            received += usize::from(line.starts_with("<speaker>"));
            shown_out |= line == "* stalled was too slow";
        }
        assert!(shown_out, "the stalled reader is disconnected");
        assert!(longest < Duration::from_secs(10), "a line took {longest:?}");
        drop(said.join().unwrap());
    });
}

#[test]
fn three_people_talk_at_their_terminals() {
    let server = start("chat", &[]);
    let address = server.address("chat");
    let client = format!("{} chat client {address}", binary("mini").display());
    let mut ada = TerminalUser::start(&client);
    ada.wait_for("your name?");
    ada.types("ada\r");
    ada.wait_for("welcome, ada");
    let mut ben = TerminalUser::start(&client);
    ben.wait_for("your name?");
    ben.types("ben\r");
    ben.wait_for("welcome, ben");
    let mut cleo = TerminalUser::start(&format!("nc {} {}", address.ip(), address.port()));
    cleo.wait_for("your name?");
    cleo.types("cleo\r");
    cleo.wait_for("welcome, cleo");
    ada.wait_for("cleo joined");
    ada.types("good morning\r");
    ben.wait_for("<ada> good morning");
    cleo.wait_for("<ada> good morning");
    cleo.types("hello from nc\r");
    ada.wait_for("<cleo> hello from nc");
    // The previous line, recalled with the key Up.
    ada.types("\u{1b}[A\r");
    ben.wait_for("<ada> good morning");
    ben.types("/quit\r");
    ada.wait_for("* ben left");
}

/// A server may send a prompt without a line end.
#[test]
fn a_prompt_without_a_line_end_is_shown() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut ada = TerminalUser::start(&format!("{} chat client {address}", binary("mini").display()));
    let (mut server, _) = listener.accept().unwrap();
    server.write_all(b"your name: ").unwrap();
    ada.wait_for("your name:");
    ada.types("ada\r");
    server.write_all(b"\r\nhello\r\n").unwrap();
    ada.wait_for("hello");
}

#[test]
fn a_piped_client_ends_with_its_input() {
    let server = start("chat", &[]);
    let mut child = Command::new(binary("mini"))
        .args(["chat", "client", &format!("localhost:{}", server.address("chat").port())])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"ada\n/who\n").unwrap();
    let outcome = child.wait_with_output().unwrap();
    let shown = String::from_utf8(outcome.stdout).unwrap();
    assert_eq!(shown, "* your name?\n* welcome, ada; /help lists the commands\n* in lobby: ada\n");
    drop(TcpStream::connect(server.address("chat")).unwrap());
}
