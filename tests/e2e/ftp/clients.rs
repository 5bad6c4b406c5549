//! Uploads by common clients: curl, lftp, NcFTP, tnftp and Python's ftplib.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_linger;

use super::store;
use crate::harness::ftp::Ftp;
use crate::harness::program::{run, tool};
use crate::harness::{Server, TIMEOUT, Tree, for_each_engine, tree};

/// Size in bytes of the uploaded file.
const SIZE: usize = 1_000_000;

fn writable(served: &Tree, engine: &str) -> Server {
    Server::ftp(served, &["--writable", "--quiet", "--engine", engine])
}

/// The same with a log.
fn logging(served: &Tree, engine: &str) -> Server {
    Server::ftp(served, &["--writable", "--engine", engine])
}

fn curl() -> Command {
    let mut curl = tool("curl");
    curl.args(["--silent", "--show-error", "--max-time", "60"]);
    curl
}

fn lftp(home: &Path, server: &Server, commands: &str) -> Command {
    let mut lftp = tool("lftp");
    let script = format!("set net:max-retries 1; set net:timeout 60; open {}; {commands}", server.url("ftp"));
    lftp.args(["-c", &script]).env("HOME", home).env("TERM", "dumb").current_dir(home);
    lftp
}

/// Leaves a partial upload, as a client does whose connection is lost.
fn cut_off(server: &Server, name: &str, content: &[u8]) {
    let mut ftp = Ftp::login(server);
    let mut data = ftp.data();
    ftp.expect(format!("STOR {name}"), 150);
    data.send(content);
    if content.is_empty() {
        set_socket_linger(data.stream(), Some(Duration::ZERO)).unwrap();
        drop(data);
        ftp.expect_reply(426);
        ftp.expect(format!("SIZE {name}"), 550);
        return;
    }
    // ABOR keeps what has been read; a reset can overtake it.
    data.wait_until_read();
    ftp.control.send("ABOR\r\n");
    ftp.expect_reply(426);
    ftp.expect_reply(226);
    match super::reported_of(content.len()) {
        0 => drop(ftp.expect(format!("SIZE {name}"), 550)),
        reported => assert_eq!(ftp.expect(format!("SIZE {name}"), 213).text, reported.to_string()),
    }
}

#[test]
fn curl_uploads() {
    let (home, content) = (Tree::new(), tree::pattern(SIZE));
    let file = home.file("f.bin", &content);
    for_each_engine(|engine| {
        let served = Tree::of(&[("d/x", "")]);
        let server = writable(&served, engine);
        let url = |name: &str| format!("{}{name}", server.url("ftp"));
        for options in [&[][..], &["--disable-epsv"], &["--ftp-port", "-"], &["--ftp-method", "nocwd"]] {
            run(curl().args(options).arg("-T").arg(&file).arg(url("d/f.bin"))).success();
            assert!(fs::read(served.join("d/f.bin")).unwrap() == content, "{options:?}");
            fs::remove_file(served.join("d/f.bin")).unwrap();
        }
        for times in 1..=2 {
            run(curl().args(["--append", "-T"]).arg(&file).arg(url("twice"))).success();
            assert!(fs::read(served.join("twice")).unwrap() == content.repeat(times));
        }
        run(curl().args(["--ftp-create-dirs", "-T"]).arg(&file).arg(url("new/dir/f.bin"))).success();
        assert!(fs::read(served.join("new/dir/f.bin")).unwrap() == content);
        let quoted = ["-Q", "-RNFR twice", "-Q", "-RNTO once", "-Q", "-DELE once", "-T"];
        run(curl().args(quoted).arg(&file).arg(url("again"))).success();
        assert!(!served.join("twice").exists() && !served.join("once").exists());
        let text = home.file("text", "one\ntwo\n");
        run(curl().args(["--use-ascii", "-T"]).arg(text).arg(url("text"))).success();
        assert_eq!(fs::read(served.join("text")).unwrap(), b"one\ntwo\n", "TYPE A, and back");
    });
}

#[test]
fn curl_resumes_an_upload_from_any_point() {
    let (home, content) = (Tree::new(), tree::pattern(SIZE));
    let file = home.file("f.bin", &content);
    for_each_engine(|engine| {
        let served = Tree::new();
        let server = logging(&served, engine);
        for cut in [0, 1, 262_144, 500_000, SIZE - 1, SIZE] {
            let name = format!("cut at {cut}");
            cut_off(&server, &name, &content[..cut]);
            let url = format!("{}{}", server.url("ftp"), name.replace(' ', "%20"));
            run(curl().args(["--continue-at", "-", "-T"]).arg(&file).arg(url)).success();
            let kept = super::reported_of(cut);
            assert_eq!(server.moved(&format!("/{name}"), 1), SIZE - kept, "from {cut}");
            assert!(fs::read(served.join(name)).unwrap() == content, "from {cut}");
        }
        assert_eq!(super::own_names(served.path()), [""; 0]);
    });
}

#[test]
fn a_killed_curl_leaves_no_file_that_looks_complete() {
    let (home, content) = (Tree::new(), tree::pattern(SIZE));
    let file = home.file("f.bin", &content);
    for_each_engine(|engine| {
        let served = Tree::new();
        let server = writable(&served, engine);
        let url = format!("{}f.bin", server.url("ftp"));
        let mut slow = curl();
        slow.args(["--verbose", "--limit-rate", "300k", "-T"]).arg(&file).arg(&url);
        let mut slow = slow.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(slow.stderr.take().unwrap()).lines().map_while(Result::ok);
        said.take_while(|line| !line.starts_with("< 150")).for_each(drop);
        thread::sleep(Duration::from_millis(500));
        slow.kill().unwrap();
        slow.wait().unwrap();
        let deadline = Instant::now() + TIMEOUT;
        let mut ftp = Ftp::login(&server);
        let kept = loop {
            let size = ftp.say("SIZE f.bin");
            if size.code == 213 {
                break size.text.parse::<usize>().unwrap();
            }
            assert!(Instant::now() < deadline, "nothing is kept");
            thread::sleep(Duration::from_millis(20));
        };
        assert!((1..SIZE).contains(&kept), "{kept}");
        assert!(!served.join("f.bin").exists(), "curl was killed in the middle");
        run(curl().args(["--continue-at", "-", "-T"]).arg(&file).arg(&url)).success();
        assert!(fs::read(served.join("f.bin")).unwrap() == content);
    });
}

#[test]
fn lftp_uploads_and_resumes() {
    let (home, content) = (Tree::new(), tree::pattern(SIZE));
    home.file("f.bin", &content);
    for_each_engine(|engine| {
        let served = Tree::new();
        let server = logging(&served, engine);
        let temporary = "set xfer:use-temp-file yes; ";
        for settings in ["", "set ftp:passive-mode off; ", "set ftp:use-allo on; ", temporary] {
            run(&mut lftp(home.path(), &server, &format!("{settings}put f.bin"))).success();
            assert!(fs::read(served.join("f.bin")).unwrap() == content, "{settings}");
        }
        let there = fs::metadata(served.join("f.bin")).unwrap().modified().unwrap();
        let here = fs::metadata(home.join("f.bin")).unwrap().modified().unwrap();
        assert!(here.duration_since(there).unwrap() < Duration::from_secs(1), "it sets the time");
        for (command, cut) in [("put -c", 400_000), ("reput", 1), ("put -c", SIZE - 1), ("put -c", SIZE)] {
            let name = format!("{cut}.bin");
            cut_off(&server, &name, &content[..cut]);
            run(&mut lftp(home.path(), &server, &format!("{command} f.bin -o {name}"))).success();
            let kept = super::reported_of(cut);
            assert_eq!(server.moved(&format!("/{name}"), 1), SIZE - kept, "{command} from {cut}");
            assert!(fs::read(served.join(name)).unwrap() == content, "{command} from {cut}");
        }
        let commands = "mkdir d; mv 1.bin d/one; chmod 600 d/one; rm f.bin; mkdir e; rmdir e";
        run(&mut lftp(home.path(), &server, commands)).success();
        assert!(fs::read(served.join("d/one")).unwrap() == content);
        assert!(!served.join("e").exists() && !served.join("f.bin").exists());
    });
}

#[test]
fn lftp_mirrors_a_tree_to_the_server() {
    let original = Tree::new();
    for number in 0..250 {
        let size = if number % 10 == 0 { 0 } else { number * 7 % 3_000 };
        original.file(format!("d{}/file {number}.txt", number / 100), tree::pattern(size));
    }
    for name in tree::AWKWARD {
        original.file(name, name);
        original.file(format!("awkward/{name}/{name}"), name);
    }
    original.file("large.bin", tree::pattern(2 << 20));
    original.directory("empty");
    for_each_engine(|engine| {
        let served = Tree::new();
        let server = writable(&served, engine);
        let mut mirror = lftp(original.path(), &server, "mirror -R --parallel=2 . /");
        mirror.env("HOME", served.path().parent().unwrap());
        run(&mut mirror).success();
        tree::assert_same(original.path(), served.path());
    });
}

#[test]
fn ncftp_uploads() {
    let (home, content) = (Tree::new(), tree::pattern(SIZE));
    home.file("f.bin", &content);
    home.file("d/below", "below\n");
    for_each_engine(|engine| {
        let served = Tree::new();
        let server = writable(&served, engine);
        let port = server.address("ftp").port().to_string();
        let ncftpput = |options: &[&str], file: &str| {
            let mut command = tool("ncftpput");
            command.args(["-V", "-t", "10", "-r", "1", "-P", &port]).args(options);
            command.args(["127.0.0.1", "/", file]).env("HOME", home.path()).current_dir(home.path());
            run(&mut command).success();
        };
        for options in [&["-F"][..], &["-E"], &["-S", ".tmp"], &["-T", ".tmp."]] {
            ncftpput(options, "f.bin");
            assert!(fs::read(served.join("f.bin")).unwrap() == content, "{options:?}");
        }
        ncftpput(&["-A"], "f.bin");
        assert!(fs::read(served.join("f.bin")).unwrap() == content.repeat(2), "appended");
        // -z is left out: after its REST, NcFTP 3.2.6 sends the whole file.
        ncftpput(&["-R"], "d");
        assert_eq!(fs::read(served.join("d/below")).unwrap(), b"below\n");
    });
}

#[test]
fn tnftp_uploads() {
    let (home, content) = (Tree::new(), tree::pattern(SIZE));
    home.file("f.bin", &content);
    for_each_engine(|engine| {
        let served = Tree::new();
        let server = writable(&served, engine);
        for mode in ["-p", "-A"] {
            let url = format!("{}{mode}.bin", server.url("ftp"));
            let mut tnftp = tool("tnftp");
            tnftp.args(["-V", mode, "-u", &url, "f.bin"]).env("HOME", home.path()).current_dir(home.path());
            run(&mut tnftp).success();
            assert!(fs::read(served.join(format!("{mode}.bin"))).unwrap() == content, "{mode}");
        }
    });
}

#[test]
fn python_uploads() {
    const SCRIPT: &str = r#"
import ftplib, io, sys
content = bytes(range(256)) * 4000
for passive in (True, False):
    ftp = ftplib.FTP(timeout=60)
    ftp.connect(sys.argv[1], int(sys.argv[2]))
    ftp.login()
    ftp.set_pasv(passive)
    assert ftp.storbinary("STOR a", io.BytesIO(content)).startswith("226")
    assert ftp.storbinary("STOR a", io.BytesIO(content[500_000:]), rest=500_000).startswith("226")
    got = io.BytesIO()
    ftp.retrbinary("RETR a", got.write)
    assert got.getvalue() == content
    assert ftp.storlines("STOR text", io.BytesIO(b"one\ntwo\r\n\nthree")).startswith("226")
    lines = []
    ftp.retrlines("RETR text", lines.append)
    assert lines == ["one", "two", "", "three"], lines
    assert ftp.storbinary("APPE text", io.BytesIO(b"more")).startswith("226")
    assert ftp.storbinary("STOU", io.BytesIO(b"unique")).startswith("226")
    assert ftp.mkd("dir \"quoted\"") == "/dir \"quoted\""
    ftp.rename("text", "dir \"quoted\"/text")
    ftp.delete("dir \"quoted\"/text")
    ftp.rmd("dir \"quoted\"")
    # What is aborted in the middle is not stored.
    data = ftp.transfercmd("STOR cut")
    data.sendall(b"part")
    assert ftp.voidcmd("NOOP")
    assert ftp.abort()[:3] == "426" and ftp.getmultiline()[:3] == "226"
    data.close()
    assert "cut" not in ftp.nlst()
    ftp.close()
print("done")
"#;
    for_each_engine(|engine| {
        let served = Tree::new();
        let server = writable(&served, engine);
        let address = server.address("ftp");
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        assert_eq!(run(tool("python3").args(["-c", SCRIPT, &host, &port])).text(), "done\n");
        assert!(!served.join("cut").exists());
        assert_eq!(store(&mut Ftp::login(&server), "STOR last", b""), 226);
    });
}
