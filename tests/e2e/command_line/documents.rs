//! Help, completions, manual pages.

use std::io::Write;
use std::process::Stdio;

use super::ends;
use crate::harness::Tree;
use crate::harness::program::{run, tool};

const COMMANDS: [&str; 3] = ["mini", "http-mini", "ftp-mini"];

#[test]
fn help_shows_options_and_examples() {
    for name in COMMANDS {
        let help = ends(name, &["--help"]).text();
        assert!(help.contains("serve") && help.contains("Usage:"), "{name}: {help}");
        let help = ends(name, &["serve", "--help"]).text();
        for words in
            ["Examples:", "--engine", "--config", "--quiet", "--max-connections", "[default: per-core]"]
        {
            assert!(help.contains(words), "{name}: {words:?} in {help}");
        }
        let examples: Vec<&str> = help.lines().skip_while(|line| *line != "Examples:").skip(1).collect();
        let serve = format!("  {name} serve");
        assert!(examples.iter().filter(|line| line.starts_with(&serve)).count() >= 2, "{name}: {help}");
        let version = ends(name, &["--version"]).text();
        assert_eq!(version.split_whitespace().next(), Some(name));
    }
}

#[test]
fn completions_are_valid() {
    for name in COMMANDS {
        let script = ends(name, &["completions", "bash"]).success();
        let scratch = Tree::new();
        let file = scratch.file("completions", &script);
        run(tool("bash").arg("-n").arg(&file)).success();
        assert!(String::from_utf8(script).unwrap().contains("--engine"), "{name}");
        for shell in ["zsh", "fish"] {
            assert!(!ends(name, &["completions", shell]).success().is_empty(), "{name} {shell}");
        }
    }
}

#[test]
fn manual_pages_are_manual_pages() {
    for name in COMMANDS {
        for (arguments, title) in
            [(&["man"][..], name.to_owned()), (&["man", "serve"], format!("{name}-serve"))]
        {
            let page = ends(name, arguments).text();
            assert!(page.contains(&format!(".TH {title} 1")), "{arguments:?}: {page}");
            assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{arguments:?}: {page}");
        }
    }
}

/// `mini completions bash | head -1`
#[test]
fn a_reader_that_leaves_is_no_panic() {
    let mut command = std::process::Command::new(crate::harness::binary("mini"));
    let mut child = command
        .args(["completions", "bash"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&ended.stderr);
    std::io::stderr().flush().unwrap();
    assert!(!err.contains("panicked"), "{err}");
}
