//! Whole trees, copied by the programs that people copy trees with: the copy is the original.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::harness::program::{run_within, tool};
use crate::harness::{ENGINES, Server, Tree, tree};

/// A tree of this many files in directories of a hundred, and every awkward name.
fn served(files: usize) -> Tree {
    let served = Tree::new();
    for number in 0..files {
        let size = if number % 10 == 0 { 0 } else { number * 7 % 3_000 };
        served.file(format!("d{:02}/file {number}.txt", number / 100), tree::pattern(size));
    }
    // wget decodes the names of the files that it writes twice, and %41 becomes A.
    for name in tree::AWKWARD.iter().filter(|name| **name != "%41") {
        served.file(format!("{name}.txt"), name);
        served.file(format!("awkward/{name}/{name}"), name);
    }
    served.file(format!("{}/deep", "level/".repeat(20)), "deep\n");
    served.file("large.bin", tree::pattern(5 << 20));
    served.directory("empty directory");
    served
}

/// On the first engine a tree of thousands; on the others what shows that they can.
fn on_each_engine(mirror: impl Fn(&Server, &Path) -> Command) {
    for engine in ENGINES {
        let original = served(if engine == ENGINES[0] { 3_000 } else { 150 });
        let server = Server::both(&original, &["--quiet", "--engine", engine]);
        let copy = Tree::new();
        let mut command = mirror(&server, copy.path());
        command.current_dir(copy.path());
        let ended = run_within(&mut command, Duration::from_secs(120));
        assert_eq!(ended.code, Some(0), "{engine}: {}", ended.err);
        tree::assert_same(original.path(), copy.path());
    }
}

#[test]
fn wget_mirrors_over_http() {
    on_each_engine(|server, _| {
        let mut wget = tool("wget");
        wget.args(["--quiet", "-r", "-l", "inf", "-np", "-nH", "-R", "index.html*", "-e", "robots=off"]);
        // Otherwise wget writes bytes of UTF-8 names as escapes.
        wget.args(["--restrict-file-names=nocontrol", "--tries=1", "--timeout=10", server.url("http")]);
        wget
    });
}

#[test]
fn lftp_mirrors_over_ftp() {
    on_each_engine(|server, copy| {
        let mut lftp = tool("lftp");
        let settings = "set net:max-retries 1; set net:timeout 10";
        lftp.args(["-c", &format!("{settings}; open {}; mirror --parallel=2 / .", server.url("ftp"))]);
        lftp.env("HOME", copy.parent().unwrap()).env("LFTP_HOME", copy.parent().unwrap());
        lftp
    });
}
