//! `shell`: a user at a terminal, and commands from a file.

use std::fs::{self, File};
use std::io::Write as _;

use super::{FtpPeer, interrupted};
use crate::harness::fault::{End, Fault, Proxy, Way, always, first};
use crate::harness::scripted::{ScriptedServer, ftp};
use crate::harness::{TerminalUser, WorkDir, binary, tree};

const UP: &str = "\u{1b}[A";
const INTERRUPT: &str = "\u{3}";
const END: &str = "\u{4}";

/// Opens a shell in the workdir's folder and waits for the prompt.
fn open_shell(workdir: &WorkDir, url: &str, options: &str) -> TerminalUser {
    let folder = workdir.join("");
    let program = binary("ftp-mini");
    let command =
        format!("cd {}; {} shell {url} {options}; echo code $?", folder.display(), program.display());
    let mut ada = TerminalUser::start(&command);
    ada.wait_for("/> ");
    ada
}

fn peer() -> FtpPeer {
    let peer = FtpPeer::ours(None);
    peer.directory("d");
    for (name, content) in [("one.txt", "1"), ("two.txt", "2"), ("other.bin", "3"), ("d/deep.txt", "4")] {
        peer.file(name, content);
    }
    peer.file("two words", "5");
    peer.file("large", tree::pattern(4 << 20));
    peer
}

#[test]
fn a_user_lists_directories_and_transfers_files() {
    let (peer, workdir) = (peer(), WorkDir::new());
    workdir.file("mine.dat", "6");
    let mut ada = open_shell(&workdir, &peer.url, "");
    ada.types("ls\r");
    ada.wait_for("one.txt");
    ada.wait_for("/> ");
    ada.types("cd d\r");
    ada.wait_for("/d> ");
    ada.types("pwd\r");
    ada.wait_for("\r\n/d");
    ada.wait_for("/d> ");
    ada.types("cat deep.txt\r");
    ada.wait_for("\r\n4");
    ada.wait_for("/d> ");
    ada.types("cd ..\r");
    ada.wait_for("/> ");
    ada.types("get *.txt\r");
    ada.wait_for("two.txt");
    ada.wait_for("/> ");
    ada.types("get \"two words\"\r");
    ada.wait_for("/> ");
    ada.types("put *.dat\r");
    ada.wait_for("/> ");
    ada.types("mkdir new\r");
    ada.wait_for("/> ");
    ada.types("mv mine.dat new/yours.dat\r");
    ada.wait_for("/> ");
    ada.types("rm other.bin\r");
    ada.wait_for("/> ");
    ada.types("!echo I am $((6 * 7))\r");
    ada.wait_for("\r\nI am 42");
    ada.wait_for("/> ");
    ada.types("get none\r");
    ada.wait_for("No such file");
    ada.wait_for("/> ");
    ada.types("nonsense\r");
    ada.wait_for("help");
    ada.wait_for("/> ");
    ada.types("exit\r");
    ada.wait_for("code 0");
    assert_eq!(workdir.names(), ["mine.dat", "one.txt", "two words", "two.txt"]);
    assert_eq!(fs::read(peer.root.join("new/yours.dat")).unwrap(), b"6");
    assert!(!peer.root.join("other.bin").exists());
}

/// Lines typed before the prompt, during a command, several at once, and a bracketed paste.
#[test]
fn lines_typed_ahead_or_pasted_run_in_order() {
    let (peer, workdir) = (peer(), WorkDir::new());
    for keys in [
        "!sleep 1\r!echo a $((1 + 1))\r!echo b $((2 + 2))\r!echo c $((3 + 3))\r",
        "\u{1b}[200~!echo a $((1 + 1))\n!echo b $((2 + 2))\n\n!echo c $((3 + 3))\n\u{1b}[201~\r",
    ] {
        let mut ada = open_shell(&workdir, &peer.url, "");
        ada.types(keys);
        for expected in ["\na 2", "\nb 4", "\nc 6"] {
            ada.wait_for(expected);
        }
        ada.types("exit\r");
        ada.wait_for("code 0");
    }
}

#[test]
fn listings_of_files_have_no_headings() {
    let (peer, workdir) = (peer(), WorkDir::new());
    let mut ada = open_shell(&workdir, &peer.url, "");
    ada.types("ls *.txt\r");
    // The server lists them in the order of its file system.
    let screen = [ada.wait_for("two.txt"), ada.wait_for("/> ")].concat();
    assert!(screen.contains("one.txt") && !screen.contains("one.txt:"), "{screen:?}");
    ada.types("ls d/*.txt one.txt d\r");
    let screen = ada.wait_for("\r\n/d:");
    assert!(screen.contains("d/deep.txt") && screen.contains("one.txt"), "{screen:?}");
    ada.wait_for("deep.txt");
    ada.wait_for("/> ");
    ada.types(END);
    ada.wait_for("code 0");
}

#[test]
fn keys_complete_names_and_recall_lines() {
    let (peer, workdir) = (peer(), WorkDir::new());
    workdir.file("local-name.txt", "6");
    let mut ada = open_shell(&workdir, &peer.url, "");
    // A remote name, one below a directory, one with a blank, a local name, and a command.
    ada.types("cat on\t\r");
    ada.wait_for("one.txt");
    ada.wait_for("\r\n1");
    ada.wait_for("/> ");
    ada.types("cat d/de\t\r");
    ada.wait_for("d/deep.txt");
    ada.wait_for("\r\n4");
    ada.wait_for("/> ");
    ada.types("get \"two w\t\r");
    ada.wait_for("two words");
    ada.wait_for("/> ");
    ada.types("put lo\t\r");
    ada.wait_for("local-name.txt");
    ada.wait_for("/> ");
    ada.types(&format!("{UP}{UP}{UP}\r"));
    ada.wait_for("d/deep.txt");
    ada.wait_for("\r\n4");
    ada.wait_for("/> ");
    ada.types(END);
    ada.wait_for("code 0");
    assert_eq!(workdir.names(), ["local-name.txt", "two words"]);
    assert_eq!(fs::read(peer.root.join("local-name.txt")).unwrap(), b"6");
}

#[test]
fn an_interrupted_transfer_does_not_end_the_session() {
    let (peer, workdir) = (peer(), WorkDir::new());
    let mut ada = open_shell(&workdir, &peer.url, "--limit-rate 1M");
    for command in ["get large", "put more"] {
        workdir.file("more", tree::pattern(4 << 20));
        ada.types(&format!("{command}\r"));
        ada.wait_for("left");
        ada.types(INTERRUPT);
        ada.wait_for("/> ");
        ada.types("cat one.txt\r");
        ada.wait_for("\r\n1");
        ada.wait_for("/> ");
    }
    // At the prompt, Ctrl-C discards the line.
    ada.types(&format!("nonsense{INTERRUPT}"));
    ada.wait_for("/> ");
    ada.types("get --resume large\r");
    ada.wait_for("large  ");
    ada.wait_for("/> ");
    ada.types("quit\r");
    ada.wait_for("code 0");
    assert!(fs::read(workdir.join("large")).unwrap() == tree::pattern(4 << 20));
    assert!(!peer.root.join("more").exists(), "half an upload has no name");
}

#[test]
fn a_lost_connection_is_reopened() {
    let (peer, workdir) = (peer(), WorkDir::new());
    let cut = Fault::Cut(Way::Down, 700, End::Fin);
    let proxy = Proxy::ftp(peer.address, first(1, cut), always(Fault::None));
    let mut ada = open_shell(&workdir, &peer.url_at(proxy.address()), "");
    for _ in 0..6 {
        ada.types("ls d\r");
        ada.wait_for("deep.txt");
        ada.wait_for("/> ");
    }
    assert!(proxy.connections() >= 2, "it was lost");
    ada.types("exit\r");
    ada.wait_for("code 0");
}

#[test]
fn text_of_a_server_cannot_control_the_terminal() {
    let files = ftp::files(&[("/\u{1b}]0;owned\u{7}name", b"x"), ("/aa\u{1b}[2Jb", b"\x1b[2Jcontent\n")]);
    let server = ScriptedServer::ftp(files, |session, verb, _| match verb {
        "" => session.say("220 \x1b]0;owned\x07\x1b[2J"),
        "MKD" => session.say("550 \x1b]0;owned\x07no"),
        _ => Ok(false),
    });
    let workdir = WorkDir::new();
    let program = binary("ftp-mini");
    let url = server.url("ftp", "");
    let command = format!("cd {}; {} shell {url}; echo over", workdir.join("").display(), program.display());
    let mut ada = TerminalUser::start(&command);
    let mut screen = ada.wait_for("/> ");
    for line in ["ls", "cat *b", "cat aa\t", "mkdir x"] {
        ada.types(&format!("{line}\r"));
        screen += &ada.wait_for("\r\n");
        screen += &ada.wait_for("/> ");
    }
    ada.types("exit\r");
    screen += &ada.wait_for("over");
    for control in ["\u{1b}]0;owned", "\u{1b}[2Jb", "\u{1b}[2Jcontent"] {
        assert!(!screen.contains(control), "{control:?} in {screen:?}");
    }
}

#[test]
fn commands_come_from_a_file() {
    for (commands, code, why) in [
        ("get one.txt\nput mine\n", 0, "all is done"),
        ("get none\nget one.txt\nput mine\n", 3, "the first failure; later commands run"),
        ("", 0, "nothing"),
        ("get one.txt\nmv one.txt d/\nls -l d/one.txt\nput mine\n", 0, "into a directory"),
        ("get one.txt\nget d/deep.txt -o one.txt\nput mine\n", 1, "another name, which is taken"),
        ("get d/deep.txt -o one.txt\nput mine\n", 0, "another name"),
        ("get *.txt -o one.txt\nget one.txt\n", 2, "one name for many"),
        ("rm -r ..\nrm -r /\nget one.txt\n", 2, "not the name of an entry"),
    ] {
        let (peer, workdir) = (peer(), WorkDir::new());
        workdir.file("mine", "6");
        let input = workdir.file("commands", commands);
        let mut command = workdir.command("ftp-mini", &["shell", &peer.url]);
        let outcome = workdir.run(command.stdin(File::open(input).unwrap()));
        assert_eq!(outcome.code, Some(code), "{why}: {}", outcome.err);
        assert_eq!(workdir.join("one.txt").exists(), !commands.is_empty(), "{why}");
    }
    let (peer, workdir) = (peer(), WorkDir::new());
    let input = workdir.file("commands", "mkdir\n");
    let missing =
        workdir.run(workdir.command("ftp-mini", &["shell", &peer.url]).stdin(File::open(input).unwrap()));
    assert_eq!(missing.code, Some(2), "{}", missing.err);
    assert!(
        missing.err.contains("<NAMES>...; help lists the commands"),
        "the missing argument: {}",
        missing.err
    );
    let refused = workdir.ftp(&["shell", &peer.url.replace("ftp://", "ftp://eve:wrong@")]);
    assert_eq!(refused.code, Some(4), "{}", refused.err);
}

/// Ctrl-C ends the whole script.
#[test]
fn ctrl_c_ends_commands_from_a_file() {
    for (commands, at, why) in [
        ("get large\nrm one.txt\n", "< 150", "in a transfer"),
        ("ls\n", "< 226", "at its end, or where the next line is waited for"),
    ] {
        let (peer, workdir) = (peer(), WorkDir::new());
        let (input, mut lines) = std::io::pipe().unwrap();
        lines.write_all(commands.as_bytes()).unwrap();
        let mut command = workdir.command("ftp-mini", &["shell", &peer.url, "--limit-rate", "1M"]);
        assert_eq!(interrupted(command.stdin(input), at), Some(130), "{why}");
        assert!(peer.root.join("one.txt").exists(), "{why}");
        assert!(!workdir.join("large").exists(), "{why}");
    }
}

#[test]
fn max_time_applies_to_each_command() {
    let (peer, workdir) = (peer(), WorkDir::new());
    let input = workdir.file("commands", "get large\ncat one.txt\n");
    let words = ["shell", &peer.url, "--limit-rate", "500k", "--max-time", "0.5"];
    let outcome = workdir.run(workdir.command("ftp-mini", &words).stdin(File::open(input).unwrap()));
    assert_eq!(outcome.code, Some(5), "{}", outcome.err);
    assert_eq!(outcome.out, b"1", "the next one begins anew");
}
