//! The tables of docs/conformance.md: what the checks find in other servers. `tests/judge` runs it. Each report, with
//! the bytes of what failed, is kept in `target/judged/reports`, so that the failures can be verified by hand.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::check;
use crate::harness::peers;
use crate::harness::{Server, Tree};

/// A row of a table: the name of a server, and the reports about it.
struct Judged {
    name: &'static str,
    report: Value,
}

/// The document, before the tables.
const INTRODUCTION: &str = "\
# Conformance of servers

What `mini check` finds in servers with their default behaviour, on a file of 2,300 bytes. `tests/judge` runs the
checks and writes this page; [check.md](check.md) describes them. A case that does not apply to a server is not
counted. A broken MUST is required by the RFC, a broken SHOULD recommended; MAY shows a choice that the RFC permits.
";

impl Judged {
    /// Keeps the report in a file.
    fn new(name: &'static str, report: Value) -> Self {
        let reports = peers::built::folder().join("reports");
        fs::create_dir_all(&reports).unwrap();
        fs::write(reports.join(format!("{name}.json")), serde_json::to_vec_pretty(&report).unwrap()).unwrap();
        Self { name, report }
    }
}

#[test]
fn the_tables_of_the_documents() {
    let mut page = INTRODUCTION.to_owned();
    page += &table("HTTP", &http());
    page += &table("FTP", &ftp());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/conformance.md");
    fs::write(file, page).unwrap();
}

fn http() -> Vec<Judged> {
    let old_file = |tree: &Tree| tree.old_file("a.txt", "0123456789 hello world\n".repeat(100));
    let judge = |name, url: &str, options: &[&str]| {
        let (_, report) = check("http", &format!("{url}a.txt"), options);
        Judged::new(name, report)
    };
    let tree = Tree::new();
    old_file(&tree);
    let ours = Server::http(&tree, &["--quiet", "--writable"]);
    let mut judged = vec![judge("http-mini", ours.url("http"), &["--writable"])];
    let others = peers::http::ALL.iter().filter(|known| !known.name.contains(" with "));
    for known in others.chain(&peers::built::HTTP) {
        let peer = (known.start)();
        old_file(&peer.root);
        let options = if known.has_put { &["--writable"][..] } else { &[] };
        judged.push(judge(known.name, &peer.http(), options));
    }
    judged
}

/// All of them with a user who may change files, without TLS.
fn ftp() -> Vec<Judged> {
    let judge = |name, url: &str| {
        let (_, report) = check("ftp", url, &["--writable", "--timeout", "20"]);
        Judged::new(name, report)
    };
    let tree = Tree::of(&[("a.txt", "0123456789 hello world\n")]);
    let ours = Server::ftp(&tree, &["--quiet", "--writable"]);
    let mut judged = vec![judge("ftp-mini", ours.url("ftp"))];
    for known in peers::ftp::all().iter().chain(&peers::built::FTP) {
        let peer = (known.start)(None);
        judged.push(judge(known.name, &peer.ftp()));
    }
    judged
}

/// A table of counts, and the rules of MUST that each server breaks.
fn table(protocol: &str, judged: &[Judged]) -> String {
    let mut text = format!("\n## {protocol}\n\n| server | version | passed | MUST | SHOULD | MAY |\n");
    text += "| --- | --- | --- | --- | --- | --- |\n";
    for Judged { name, report } in judged {
        let broken = |level| failed(report, level).len();
        let note = |id| report["notes"].as_array().unwrap().iter().find(|note| note["id"] == id);
        let version = note("server").and_then(|note| note["text"].as_str().map(str::to_owned));
        let version = peers::built::version(name).or(version).unwrap_or("-".to_owned());
        let [must, should, may] = ["MUST", "SHOULD", "MAY"].map(broken);
        let _ = writeln!(text, "| {name} | {version} | {} | {must} | {should} | {may} |", report["passed"]);
    }
    for Judged { name, report } in judged {
        for level in ["MUST", "SHOULD"] {
            let ids = failed(report, level);
            if !ids.is_empty() {
                let _ = writeln!(text, "\n{name}, {level}: `{}`", ids.join("`, `"));
            }
        }
    }
    text
}

fn failed<'a>(report: &'a Value, level: &str) -> Vec<&'a str> {
    let findings = report["findings"].as_array().unwrap().iter();
    let broken = findings.filter(|finding| finding["verdict"] == "failed" && finding["level"] == level);
    broken.map(|finding| finding["id"].as_str().unwrap()).collect()
}
