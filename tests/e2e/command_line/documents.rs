//! Help, completions, manual pages.

use std::io::Write;
use std::process::{Command, Stdio};

use super::ends;
use crate::harness::program::{run, tool};
use crate::harness::{TerminalUser, Tree, binary};

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

/// At this width of the terminal. clap does not wrap some texts, so they must be narrow in the source.
#[test]
fn help_fits_80_columns() {
    let is_too_wide = |line: &&str| line.chars().count() > 80;
    let mut pages: Vec<Vec<String>> = COMMANDS.iter().map(|name| vec![(*name).to_owned()]).collect();
    while let Some(page) = pages.pop() {
        let help = |columns| {
            let mut command = Command::new(binary(&page[0]));
            run(command.args(&page[1..]).arg("--help").env("COLUMNS", columns)).text()
        };
        assert_eq!(help("80").lines().find(is_too_wide), None, "{page:?}");
        let wide = help("200");
        let examples = wide.lines().skip_while(|line| *line != "Examples:");
        assert_eq!(examples.clone().find(is_too_wide), None, "{page:?}: an example would be broken");
        let is_leaf = !wide.contains("\nCommands:\n");
        assert!(!is_leaf || examples.count() > 2 || matches!(&*page[1], "completions" | "man"), "{page:?}");
        let commands = wide.lines().skip_while(|line| *line != "Commands:").skip(1);
        let names =
            commands.take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
        pages.extend(
            names.filter(|name| *name != "help").map(|name| [&page[..], &[name.to_owned()]].concat()),
        );
    }
}

/// The heading of a group of options must not apply to the options after the group.
#[test]
fn each_option_is_in_its_group() {
    for (page, option, group) in [
        (["mini", "serve"], "--http <ADDR>", "Options:"),
        (["mini", "serve"], "--config <FILE>", "Options:"),
        (["mini", "serve"], "--max-per-ip <N>", "Limits:"),
        (["mini", "serve"], "--log <FORMAT>", "Log:"),
        (["mini", "serve"], "--trace <FORMAT[:FILE]>", "Trace:"),
        (["http-mini", "get"], "--trace <FORMAT[:FILE]>", "Trace:"),
        (["ftp-mini", "shell"], "--json", "Output:"),
    ] {
        let help = run(Command::new(binary(page[0])).args([page[1], "--help"])).text();
        let (before, _) = help.split_once(option).unwrap_or_else(|| panic!("{page:?} has no {option}"));
        let heading =
            before.lines().rev().find(|line| line.starts_with(char::is_alphabetic) && line.ends_with(':'));
        assert_eq!(heading, Some(group), "{page:?} {option}");
    }
}

/// Completes a command line in bash, as Tab does.
fn completed(name: &str, line: &str) -> String {
    let complete = r#"
        source "$1"
        [[ $(complete -p "$2") =~ -F\ ([^ ]+) ]]
        COMP_WORDS=($2 $3)
        if [[ $3 == *' ' ]]; then COMP_WORDS+=(''); fi
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        "${BASH_REMATCH[1]}" "$2" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        echo "${COMPREPLY[*]}"
    "#;
    let scratch = Tree::new();
    let script = scratch.file("completions", ends(name, &["completions", "bash"]).success());
    let mut bash = tool("bash");
    let words = run(bash.args(["-c", complete, "bash"]).arg(script).args([name, line])).text();
    words.trim_end().to_owned()
}

/// Command lines, and the words that complete them.
const COMPLETIONS: &[(&str, &str, &str)] = &[
    ("mini", "se", "serve"),
    ("mini", "echo ", "-h --help server client help"),
    ("mini", "serve --engine ", "per-core event-loop threads pool:8"),
    ("mini", "serve --engine e", "event-loop"),
    ("mini", "serve --log ", "text clf json xferlog"),
    ("mini", "serve --tls ", "self-signed"),
    ("mini", "serve --anonymous d", "drop"),
    ("mini", "serve --durability ", "on off"),
    ("mini", "serve --max-p", "--max-per-ip"),
    ("mini", "echo server --engine t", "threads"),
    ("http-mini", "serve --engine p", "per-core pool:8"),
    ("ftp-mini", "serve --data-session ", "off prefer require"),
];

#[test]
fn bash_completes_only_valid_words() {
    // Clap's script for fish completes the values of options only.
    let argument = ("ftp-mini", "completions b", "bash");
    for (name, line, expected) in COMPLETIONS.iter().chain([&argument]) {
        assert_eq!(completed(name, line), *expected, "{name} {line}");
    }
}

#[test]
fn fish_completes_the_same_words() {
    let scratch = Tree::new();
    for (name, line, expected) in COMPLETIONS {
        let script = scratch.file("completions.fish", ends(name, &["completions", "fish"]).success());
        let mut fish = tool("fish");
        let script = format!("source {}; complete -C '{name} {line}'", script.display());
        let output = fish.args(["--no-config", "-c", &script]).current_dir(scratch.path()).output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let mut words: Vec<_> = text.lines().map(|line| line.split('\t').next().unwrap()).collect();
        // Only bash is offered the options after a subcommand.
        let mut expected: Vec<_> =
            expected.split(' ').filter(|word| !line.ends_with(' ') || !word.starts_with('-')).collect();
        words.sort_unstable();
        expected.sort_unstable();
        assert_eq!(words, expected, "{name} {line}");
    }
}

#[test]
fn zsh_completes_words() {
    let scratch = Tree::new();
    for name in COMMANDS {
        let script = scratch.file(format!("{name}.zsh"), ends(name, &["completions", "zsh"]).success());
        let mut zsh = TerminalUser::start("zsh -f -i");
        zsh.types("autoload -Uz compinit; compinit -D -u\n");
        zsh.types(&format!("source {}; echo beg''un\n", script.display()));
        zsh.wait_for("begun");
        zsh.types(&format!("{name} serve --engine e\t"));
        zsh.wait_for("event-loop");
    }
}

#[test]
fn every_referenced_manual_page_can_be_printed() {
    for name in COMMANDS {
        let mut titles = vec![name.to_owned()];
        let mut seen = 0;
        while let Some(title) = titles.pop() {
            let names = title.strip_prefix(name).unwrap().split('-').filter(|name| !name.is_empty());
            let arguments: Vec<&str> = ["man"].into_iter().chain(names).collect();
            let page = ends(name, &arguments).text();
            assert!(page.contains(&format!(".TH {title} 1")), "{arguments:?}: {page}");
            assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{arguments:?}: {page}");
            let plain = page.replace('\\', "");
            titles.extend(
                plain.split_whitespace().filter_map(|word| word.strip_suffix("(1)")).map(str::to_owned),
            );
            seen += 1;
        }
        assert!(seen > 4, "{name}: {seen}");
    }
}

/// Examples of a manual page keep their line breaks.
#[test]
fn each_example_of_a_manual_page_is_on_its_own_line() {
    let page = ends("mini", &["man", "serve"]).text();
    let (_, examples) = page.split_once(".SH EXAMPLES\n.nf\n").expect(&page);
    assert!(examples.contains("\n  mini serve \\-\\-config mini.toml"), "{examples}");
}

/// `mini completions bash | head -1`
#[test]
fn a_closed_pipe_does_not_cause_a_panic() {
    let mut command = Command::new(binary("mini"));
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
