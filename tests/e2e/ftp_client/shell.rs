//! `shell`: somebody at a terminal, and commands from a file.

use std::fs::{self, File};
use std::io::Write as _;

use super::{FtpPeer, interrupted};
use crate::harness::fault::{End, Fault, Proxy, Way, always, first};
use crate::harness::scripted::{Scripted, ftp};
use crate::harness::{Desk, Person, binary, tree};

const UP: &str = "\u{1b}[A";
const INTERRUPT: &str = "\u{3}";
const END: &str = "\u{4}";

/// Sits down in a desk's folder, and waits for the prompt.
fn sit_down(desk: &Desk, url: &str, options: &str) -> Person {
    let folder = desk.join("");
    let program = binary("ftp-mini");
    let command =
        format!("cd {}; {} shell {url} {options}; echo code $?", folder.display(), program.display());
    let mut ada = Person::sits_down(&command);
    ada.sees("/> ");
    ada
}

fn party() -> FtpPeer {
    let party = FtpPeer::ours(None);
    party.directory("d");
    for (name, content) in [("one.txt", "1"), ("two.txt", "2"), ("other.bin", "3"), ("d/deep.txt", "4")] {
        party.file(name, content);
    }
    party.file("two words", "5");
    party.file("large", tree::pattern(4 << 20));
    party
}

#[test]
fn a_user_lists_directories_and_transfers_files() {
    let (party, desk) = (party(), Desk::new());
    desk.file("mine.dat", "6");
    let mut ada = sit_down(&desk, &party.url, "");
    ada.types("ls\r");
    ada.sees("one.txt");
    ada.sees("/> ");
    ada.types("cd d\r");
    ada.sees("/d> ");
    ada.types("pwd\r");
    ada.sees("\r\n/d");
    ada.sees("/d> ");
    ada.types("cat deep.txt\r");
    ada.sees("\r\n4");
    ada.sees("/d> ");
    ada.types("cd ..\r");
    ada.sees("/> ");
    ada.types("get *.txt\r");
    ada.sees("two.txt");
    ada.sees("/> ");
    ada.types("get \"two words\"\r");
    ada.sees("/> ");
    ada.types("put *.dat\r");
    ada.sees("/> ");
    ada.types("mkdir new\r");
    ada.sees("/> ");
    ada.types("mv mine.dat new/yours.dat\r");
    ada.sees("/> ");
    ada.types("rm other.bin\r");
    ada.sees("/> ");
    ada.types("!echo I am $((6 * 7))\r");
    ada.sees("\r\nI am 42");
    ada.sees("/> ");
    ada.types("get none\r");
    ada.sees("No such file");
    ada.sees("/> ");
    ada.types("nonsense\r");
    ada.sees("help");
    ada.sees("/> ");
    ada.types("exit\r");
    ada.sees("code 0");
    assert_eq!(desk.names(), ["mine.dat", "one.txt", "two words", "two.txt"]);
    assert_eq!(fs::read(party.root.join("new/yours.dat")).unwrap(), b"6");
    assert!(!party.root.join("other.bin").exists());
}

/// Before the prompt, during a command, several lines at once, and a bracketed paste.
#[test]
fn lines_typed_ahead_or_pasted_run_in_order() {
    let (party, desk) = (party(), Desk::new());
    for keys in [
        "!sleep 1\r!echo a $((1 + 1))\r!echo b $((2 + 2))\r!echo c $((3 + 3))\r",
        "\u{1b}[200~!echo a $((1 + 1))\n!echo b $((2 + 2))\n\n!echo c $((3 + 3))\n\u{1b}[201~\r",
    ] {
        let mut ada = sit_down(&desk, &party.url, "");
        ada.types(keys);
        for expected in ["\na 2", "\nb 4", "\nc 6"] {
            ada.sees(expected);
        }
        ada.types("exit\r");
        ada.sees("code 0");
    }
}

#[test]
fn listings_of_files_have_no_headings() {
    let (party, desk) = (party(), Desk::new());
    let mut ada = sit_down(&desk, &party.url, "");
    ada.types("ls *.txt\r");
    let screen = ada.sees("two.txt");
    assert!(screen.contains("one.txt") && !screen.contains("one.txt:"), "{screen:?}");
    ada.sees("/> ");
    ada.types("ls d/*.txt one.txt d\r");
    let screen = ada.sees("\r\n/d:");
    assert!(screen.contains("d/deep.txt") && screen.contains("one.txt"), "{screen:?}");
    ada.sees("deep.txt");
    ada.sees("/> ");
    ada.types(END);
    ada.sees("code 0");
}

#[test]
fn keys_complete_names_and_recall_lines() {
    let (party, desk) = (party(), Desk::new());
    desk.file("local-name.txt", "6");
    let mut ada = sit_down(&desk, &party.url, "");
    // A name of the server, one below a directory, one with a blank, one of this machine, and a command.
    ada.types("cat on\t\r");
    ada.sees("one.txt");
    ada.sees("\r\n1");
    ada.sees("/> ");
    ada.types("cat d/de\t\r");
    ada.sees("d/deep.txt");
    ada.sees("\r\n4");
    ada.sees("/> ");
    ada.types("get \"two w\t\r");
    ada.sees("two words");
    ada.sees("/> ");
    ada.types("put lo\t\r");
    ada.sees("local-name.txt");
    ada.sees("/> ");
    ada.types(&format!("{UP}{UP}{UP}\r"));
    ada.sees("d/deep.txt");
    ada.sees("\r\n4");
    ada.sees("/> ");
    ada.types(END);
    ada.sees("code 0");
    assert_eq!(desk.names(), ["local-name.txt", "two words"]);
    assert_eq!(fs::read(party.root.join("local-name.txt")).unwrap(), b"6");
}

#[test]
fn an_interrupted_transfer_does_not_end_the_session() {
    let (party, desk) = (party(), Desk::new());
    let mut ada = sit_down(&desk, &party.url, "--limit-rate 1M");
    for command in ["get large", "put more"] {
        desk.file("more", tree::pattern(4 << 20));
        ada.types(&format!("{command}\r"));
        ada.sees("left");
        ada.types(INTERRUPT);
        ada.sees("/> ");
        ada.types("cat one.txt\r");
        ada.sees("\r\n1");
        ada.sees("/> ");
    }
    // At the prompt it ends the line alone.
    ada.types(&format!("nonsense{INTERRUPT}"));
    ada.sees("/> ");
    ada.types("get --resume large\r");
    ada.sees("large  ");
    ada.sees("/> ");
    ada.types("quit\r");
    ada.sees("code 0");
    assert!(fs::read(desk.join("large")).unwrap() == tree::pattern(4 << 20));
    assert!(!party.root.join("more").exists(), "half an upload has no name");
}

#[test]
fn a_lost_connection_is_reopened() {
    let (party, desk) = (party(), Desk::new());
    let cut = Fault::Cut(Way::Down, 700, End::Fin);
    let proxy = Proxy::ftp(party.address, first(1, cut), always(Fault::None));
    let mut ada = sit_down(&desk, &party.url_at(proxy.address()), "");
    for _ in 0..6 {
        ada.types("ls d\r");
        ada.sees("deep.txt");
        ada.sees("/> ");
    }
    assert!(proxy.connections() >= 2, "it was lost");
    ada.types("exit\r");
    ada.sees("code 0");
}

#[test]
fn text_of_a_server_cannot_control_the_terminal() {
    let files = ftp::files(&[("/\u{1b}]0;owned\u{7}name", b"x"), ("/aa\u{1b}[2Jb", b"\x1b[2Jcontent\n")]);
    let server = Scripted::ftp(files, |session, verb, _| match verb {
        "" => session.say("220 \x1b]0;owned\x07\x1b[2J"),
        "MKD" => session.say("550 \x1b]0;owned\x07no"),
        _ => Ok(false),
    });
    let desk = Desk::new();
    let program = binary("ftp-mini");
    let url = server.url("ftp", "");
    let command = format!("cd {}; {} shell {url}; echo over", desk.join("").display(), program.display());
    let mut ada = Person::sits_down(&command);
    let mut screen = ada.sees("/> ");
    for line in ["ls", "cat *b", "cat aa\t", "mkdir x"] {
        ada.types(&format!("{line}\r"));
        screen += &ada.sees("\r\n");
        screen += &ada.sees("/> ");
    }
    ada.types("exit\r");
    screen += &ada.sees("over");
    for control in ["\u{1b}]0;owned", "\u{1b}[2Jb", "\u{1b}[2Jcontent"] {
        assert!(!screen.contains(control), "{control:?} in {screen:?}");
    }
}

#[test]
fn commands_come_from_a_file() {
    for (commands, code, why) in [
        ("get one.txt\nput mine\n", 0, "all is done"),
        ("get none\nget one.txt\nput mine\n", 3, "the first failure, and the rest goes on"),
        ("", 0, "nothing"),
        ("get one.txt\nmv one.txt d/\nls -l d/one.txt\nput mine\n", 0, "into a directory"),
        ("get one.txt\nget d/deep.txt -o one.txt\nput mine\n", 1, "another name, which is taken"),
        ("get d/deep.txt -o one.txt\nput mine\n", 0, "another name"),
        ("get *.txt -o one.txt\nget one.txt\n", 2, "one name for many"),
        ("rm -r ..\nrm -r /\nget one.txt\n", 2, "what is no name in a directory"),
    ] {
        let (party, desk) = (party(), Desk::new());
        desk.file("mine", "6");
        let input = desk.file("commands", commands);
        let mut command = desk.command("ftp-mini", &["shell", &party.url]);
        let outcome = desk.run(command.stdin(File::open(input).unwrap()));
        assert_eq!(outcome.code, Some(code), "{why}: {}", outcome.err);
        assert_eq!(desk.join("one.txt").exists(), !commands.is_empty(), "{why}");
    }
    let (party, desk) = (party(), Desk::new());
    let input = desk.file("commands", "mkdir\n");
    let missing =
        desk.run(desk.command("ftp-mini", &["shell", &party.url]).stdin(File::open(input).unwrap()));
    assert_eq!(missing.code, Some(2), "{}", missing.err);
    assert!(missing.err.contains("<NAMES>...; help tells the commands"), "what is missing: {}", missing.err);
    let refused = desk.ftp(&["shell", &party.url.replace("ftp://", "ftp://eve:wrong@")]);
    assert!(matches!(refused.code, Some(4)), "{:?} {}", refused.code, refused.err);
}

/// Whoever ends a script does not want the rest of it.
#[test]
fn ctrl_c_ends_commands_from_a_file() {
    for (commands, at, why) in [
        ("get large\nrm one.txt\n", "< 150", "in a transfer"),
        ("ls\n", "< 226", "at its end, or where the next line is waited for"),
    ] {
        let (party, desk) = (party(), Desk::new());
        let (input, mut lines) = std::io::pipe().unwrap();
        lines.write_all(commands.as_bytes()).unwrap();
        let mut command = desk.command("ftp-mini", &["shell", &party.url, "--limit-rate", "1M"]);
        assert_eq!(interrupted(command.stdin(input), at), Some(130), "{why}");
        assert!(party.root.join("one.txt").exists(), "{why}");
        assert!(!desk.join("large").exists(), "{why}");
    }
}

#[test]
fn max_time_applies_to_each_command() {
    let (party, desk) = (party(), Desk::new());
    let input = desk.file("commands", "get large\ncat one.txt\n");
    let words = ["shell", &party.url, "--limit-rate", "500k", "--max-time", "0.5"];
    let outcome = desk.run(desk.command("ftp-mini", &words).stdin(File::open(input).unwrap()));
    assert_eq!(outcome.code, Some(5), "{}", outcome.err);
    assert_eq!(outcome.out, b"1", "the next one begins anew");
}
