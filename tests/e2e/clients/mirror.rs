//! Common mirror programs copy whole trees: the copy is identical to the original.

use std::process::Command;

use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, for_each_engine, tree};

/// A program that copies a server's tree into its working directory.
struct Mirror {
    command: fn(&Server) -> Command,
    /// Names that the program changes when it stores them.
    changes: &'static [&'static str],
}

const WGET: Mirror = Mirror {
    command: |server| {
        let mut wget = tool("wget");
        wget.args(["--quiet", "-r", "-l", "inf", "-np", "-nH", "-R", "index.html*", "-e", "robots=off"]);
        // Otherwise wget writes bytes of UTF-8 names as escapes.
        wget.args(["--restrict-file-names=nocontrol", "--tries=1", "--timeout=60", server.url("http")]);
        wget
    },
    // wget 1.21 correctly requests /%2541 but decodes it twice for the local name, which becomes `A`, with
    // every server.
    changes: &["%41"],
};

const LFTP: Mirror = Mirror {
    command: |server| {
        let mut lftp = tool("lftp");
        let settings = "set net:max-retries 1; set net:timeout 60";
        lftp.args(["-c", &format!("{settings}; open {}; mirror --parallel=2 / .", server.url("ftp"))]);
        lftp.env("HOME", std::env::temp_dir()).env("LFTP_HOME", std::env::temp_dir());
        lftp
    },
    changes: &[],
};

impl Mirror {
    /// A tree of this many files with awkward names, a hundred in each directory.
    fn served(&self, files: usize) -> Tree {
        let served = Tree::new();
        let names = tree::AWKWARD.iter().filter(|name| !self.changes.contains(name));
        for name in names.clone() {
            served.file(format!("awkward/{name}/{name}"), name);
        }
        for (number, name) in names.cycle().take(files).enumerate() {
            let size = if number % 10 == 0 { 0 } else { number * 7 % 3_000 };
            served.file(format!("d{:02}/{name}.{number}", number / 100), tree::pattern(size));
        }
        served.file(format!("{}/deep", "level/".repeat(20)), "deep\n");
        served.directory("empty directory");
        served
    }

    #[track_caller]
    fn check(&self, original: &Tree, engine: &str) {
        let server = Server::both(original, &["--quiet", "--engine", engine]);
        let copy = Tree::new();
        let mut command = (self.command)(&server);
        let ended = run(command.current_dir(copy.path()));
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        tree::assert_same(original.path(), copy.path());
    }
}

#[test]
fn wget_and_lftp_mirror_a_tree() {
    for mirror in [WGET, LFTP] {
        let original = mirror.served(150);
        original.file("large.bin", tree::pattern(5 << 20));
        for_each_engine(|engine| mirror.check(&original, engine));
    }
}

/// With `MIRRORS=all`, which `tests/long` sets, also a file beyond 32 bits: one program after the other, because a copy
/// takes 5 GiB of disk space. `large.rs` reads parts of such a file in every run.
#[test]
fn wget_and_lftp_mirror_a_tree_of_thousands() {
    let is_all = std::env::var("MIRRORS").is_ok_and(|mirrors| mirrors == "all");
    for mirror in [WGET, LFTP] {
        let original = mirror.served(3_000);
        original.scattered("large.bin", if is_all { 5 << 30 } else { 5 << 20 });
        mirror.check(&original, "per-core");
    }
}
