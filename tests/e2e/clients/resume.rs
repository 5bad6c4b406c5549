//! Interrupted transfers that common clients resume, unencrypted and over TLS.

use std::fs;
use std::io::Write;
use std::process::{Child, Command, Stdio};

use crate::ftp::reported_of;
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, at_once_on_each_engine, binary, ftp::Ftp, tree, wait_until};

const SIZE: usize = 1_500_000;
/// The smallest write of a server.
const PIECE: usize = 262_144;
/// Offsets at which the transfer is cut: at its first byte, around the size that SIZE reports, in the middle,
/// just before the end and after the last byte.
const CUTS: [usize; 8] = [0, 1, 65_535, 65_536, 65_537, 700_001, SIZE - 1, SIZE];

fn server(tree: &Tree, engine: &str, tls: bool) -> Server {
    let options = ["--engine", engine, "--writable", "--durability", "off"];
    let tls: &[&str] = if tls { &["--tls", "self-signed"] } else { &[] };
    Server::both(tree, &[&options[..], tls].concat())
}

fn curl(tls: bool) -> Command {
    let mut curl = tool("curl");
    curl.args(["--silent", "--show-error", "--fail", "--max-time", "60"]);
    if tls {
        curl.args(["--insecure", "--ssl-reqd"]);
    }
    curl
}

fn lftp(server: &Server, tls: bool, commands: &str) -> Command {
    let force =
        if tls { "set ftp:ssl-force yes; set ftp:ssl-protect-data yes;" } else { "set ftp:ssl-allow no;" };
    let mut lftp = tool("lftp");
    let settings =
        format!("set ssl:verify-certificate no; {force} set net:max-retries 1; set cmd:fail-exit yes;");
    lftp.args(["-c", &format!("{settings} open {}; {commands}", server.url("ftp"))]);
    lftp
}

#[test]
fn interrupted_downloads_resume_at_their_offset() {
    let (served, content) = (Tree::new(), tree::pattern(SIZE));
    served.file("f", &content);
    at_once_on_each_engine(|engine| {
        for tls in [false, true] {
            let server = server(&served, engine, tls);
            let http = format!("{}f", server.url(if tls { "https" } else { "http" }));
            let ftp = format!("{}f", server.url("ftp"));
            // A complete file has nothing to resume: 416.
            for cut in CUTS.into_iter().filter(|cut| *cut < SIZE) {
                let check = |why: &str, download: &dyn Fn(&str) -> Command| {
                    let folder = Tree::new();
                    let partial = folder.file("f", &content[..cut]);
                    run(&mut download(partial.to_str().unwrap())).success();
                    assert!(fs::read(&partial).unwrap() == content, "{why} from {cut}, TLS {tls}");
                };
                for url in [&http, &ftp] {
                    check(&format!("curl {url}"), &|to| {
                        let mut curl = curl(tls && url == &ftp);
                        curl.args(["--insecure", "--continue-at", "-", "--output", to, url]);
                        curl
                    });
                }
                check("lftp", &|to| lftp(&server, tls, &format!("get -c f -o {to}")));
                check("wget", &|to| {
                    let mut wget = tool("wget");
                    wget.args([
                        "--quiet",
                        "--continue",
                        "--tries=1",
                        "--no-check-certificate",
                        "-O",
                        to,
                        &http,
                    ]);
                    wget
                });
            }
        }
    });
}

/// An unencrypted upload whose client disappears. The control connection ends first, because without TLS the
/// end of the data connection alone means the end of the file, and a killed process closes its connections in
/// any order.
fn cut_off(server: &Server, content: &[u8]) {
    let mut ftp = Ftp::login(server);
    let mut data = ftp.data();
    ftp.expect("STOR f", 150);
    data.send(content);
    data.wait_until_read();
    drop((ftp, data));
}

/// A curl that uploads its standard input over TLS, to be killed in the middle.
struct Feeding(Child);

impl Feeding {
    fn start(url: &str) -> Self {
        Self(curl(true).args(["--upload-file", "-", url]).stdin(Stdio::piped()).spawn().unwrap())
    }

    /// Feeds this much, and kills curl in the middle of its upload.
    fn cut_after(mut self, content: &[u8], arrived: impl Fn() -> bool) {
        self.0.stdin.as_mut().unwrap().write_all(content).unwrap();
        while !arrived() {
            assert!(self.0.try_wait().unwrap().is_none(), "curl has given up");
            std::thread::yield_now();
        }
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn interrupted_uploads_resume_at_their_offset() {
    let (source, content) = (Tree::new(), tree::pattern(SIZE));
    let file = source.file("f", &content).into_os_string().into_string().unwrap();
    at_once_on_each_engine(|engine| {
        for tls in [false, true] {
            let served = Tree::new();
            let server = server(&served, engine, tls);
            let url = format!("{}f", server.url("ftp"));
            let mut resumed = 0;
            // Less than one write is not on disk yet, where the test looks for it.
            for cut in CUTS.into_iter().filter(|cut| !tls || *cut >= PIECE) {
                for (client, why) in [
                    ("curl", "SIZE and APPE"),
                    ("put -c", "lftp: SIZE, REST and STOR"),
                    ("reput", "lftp"),
                    ("ftp-mini", "SIZE, REST and STOR"),
                ] {
                    match tls {
                        true => Feeding::start(&url)
                            .cut_after(&content[..cut], || server.uploads().iter().any(|size| *size > 0)),
                        false => cut_off(&server, &content[..cut]),
                    }
                    wait_until(|| server.uploads().is_empty());
                    assert!(
                        !served.join("f").exists(),
                        "{cut} bytes of an interrupted upload are visible under its name"
                    );
                    let kept = partial_size(&url, tls);
                    // How much curl has sent over TLS is unknown.
                    let least = if tls { PIECE } else { cut };
                    let reported = reported_of(least)..=reported_of(cut);
                    assert!(reported.contains(&kept), "{kept} of {cut}, TLS {tls}");
                    let mut resume = match client {
                        "curl" => {
                            let mut curl = curl(tls);
                            curl.args(["--continue-at", "-", "--upload-file", &file, &url]);
                            curl
                        }
                        "ftp-mini" => {
                            let mut put = Command::new(binary("ftp-mini"));
                            put.args(["put", "--resume", &file, &url]);
                            put.args(if tls { &["--tls", "--insecure"][..] } else { &[] });
                            put
                        }
                        lftp_command => lftp(&server, tls, &format!("{lftp_command} {file} -o f")),
                    };
                    run(&mut resume).success();
                    assert!(
                        fs::read(served.join("f")).unwrap() == content,
                        "{client} from {cut}, TLS {tls}: {why}"
                    );
                    resumed += 1;
                    assert_eq!(
                        server.moved("/f", resumed),
                        SIZE - kept,
                        "{client} from {kept}, TLS {tls}: {why}"
                    );
                    fs::remove_file(served.join("f")).unwrap();
                    let left: Vec<_> = fs::read_dir(served.path()).unwrap().collect();
                    assert!(left.is_empty(), "{client} from {cut}: {left:?}");
                }
            }
        }
    });
}

/// The size that SIZE reports to the client of an interrupted upload; 0 if there is no such file.
fn partial_size(url: &str, tls: bool) -> usize {
    let head = run(curl(tls).args(["--head", url]));
    let text = String::from_utf8_lossy(&head.out).into_owned();
    let size = text.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.trim().parse().ok());
    size.unwrap_or(0)
}
