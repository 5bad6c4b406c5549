//! FTP over real sockets: cases that need the process, the engines or the kernel's connections. The tests of
//! `ftp-mini` compare the reply to each command with the RFCs.

mod access;
mod check;
mod clients;
mod data;
mod farewells;
mod session;
mod transfers;
mod uploads;

use crate::harness::ftp::Ftp;
use crate::harness::{Server, Tree, tree};

/// Size in bytes of the file `f.bin` of [`served`].
const SIZE: usize = 300_000;

fn served() -> (Tree, Vec<u8>) {
    let tree = Tree::of(&[("a", "hello\n"), ("d/b", "below\n"), ("two words", "x"), ("empty", "")]);
    let content = tree::pattern(SIZE);
    tree.file("f.bin", &content);
    (tree, content)
}

/// Logs in by name and sets TYPE I.
#[track_caller]
fn login(server: &Server, name: &str, password: &str) -> Ftp {
    let (mut ftp, _) = Ftp::connect(server.address("ftp"));
    ftp.expect(format!("USER {name}"), 331);
    ftp.expect(format!("PASS {password}"), 230);
    ftp.expect("TYPE I", 200);
    ftp
}

/// Sends content by a command; returns the code of the last reply.
#[track_caller]
fn store(ftp: &mut Ftp, command: &str, content: &[u8]) -> u16 {
    let mut data = ftp.data();
    let started = ftp.say(command);
    if started.code != 150 {
        return started.code;
    }
    data.send(content);
    drop(data);
    ftp.reply().code
}

/// The names of the server's own files in a directory.
fn own_names(directory: &std::path::Path) -> Vec<String> {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.starts_with(".mini~")).collect()
}

/// The size that SIZE reports for a partial upload: less than is kept, so that the client sends something.
pub(crate) fn reported_of(kept: usize) -> usize {
    kept.saturating_sub(1) / 65_536 * 65_536
}
