use super::*;

fn finding(id: &'static str, level: Level, verdict: Verdict) -> Finding {
    let why = Text { en: "A message has one length.", id: "Pesan punya satu panjang." };
    Finding { id, section: "RFC 9112 section 6.3", level, why, verdict }
}

fn failed() -> Verdict {
    Verdict::Failed(Box::new(CheckFailure {
        sent: b"GET /\x80 HTTP/1.1\r\nA: \"\\\"\r\n\r\n".to_vec(),
        expected: "400".to_owned(),
        received: [b"HTTP/1.1 200 OK\r\n", &b"a".repeat(300)[..], b"\n\n\n\n\n\n\n\n\n\n\n\n\x1b"].concat(),
        observed: "the connection stays open".to_owned(),
        look_for: Text { en: "The parser.", id: "Parser." },
    }))
}

fn report(language: Language) -> CheckReport {
    let findings = vec![
        finding("framing/a", Level::Must, Verdict::Passed),
        finding("framing/b", Level::Should, failed()),
        finding("date/c", Level::Must, Verdict::NotApplicable("there is no file".into())),
    ];
    let notes = vec![CheckNote { id: "clock", text: "is right".into() }];
    CheckReport { target: "http://a/\u{1b}".into(), findings, notes, language, fails_at: Level::Must }
}

#[test]
fn a_check_fails_by_the_level_of_the_broken_rule() {
    for (broken, fails_at, expected) in [
        (Level::Must, Level::Must, true),
        (Level::Should, Level::Must, false),
        (Level::May, Level::Must, false),
        (Level::Should, Level::May, true),
        (Level::May, Level::May, true),
    ] {
        let findings = vec![finding("a/b", broken, failed()), finding("a/c", Level::Must, Verdict::Passed)];
        let report = CheckReport { findings, fails_at, ..report(Language::English) };
        assert_eq!(report.has_failed(), expected, "{broken:?}, fails at {fails_at:?}");
    }
}

#[test]
fn bytes_are_text_that_a_terminal_does_not_obey() {
    for (bytes, expected, why) in [
        (&b"GET / \"x\" 'y'\r\n"[..], "GET / \"x\" 'y'\\r\\n", "quotes stay, line ends are visible"),
        (b"\x00\x1b[2J\t\x7f\xff", "\\x00\\x1b[2J\\t\\x7f\\xff", "controls"),
        (b"\\r", "\\\\r", "a backslash is not a line end"),
    ] {
        assert_eq!(escape(bytes), expected, "{why}");
    }
}

#[test]
fn the_terminal_shows_what_failed_in_80_columns() {
    let text = terminal::show(&report(Language::English), false, false);
    for (expected, why) in [
        ("http://a/\u{fffd}: 1 passed, 1 failed, 1 not applicable\n", "the target and the counts"),
        ("framing       1 passed, 1 failed\n", "a group"),
        ("SHOULD framing/b (RFC 9112 section 6.3)\n", "the case"),
        ("  why         A message has one length.\n", "the rule"),
        ("  sent        GET /\\x80 HTTP/1.1\\r\\n\n              A: \"\\\\\"\\r\\n\n", "one line each"),
        ("  expected    400\n", "what is allowed"),
        ("aaa... (301)\n", "a long line is cut"),
        (
            "              ... (2 more bytes)\n              the connection stays open\n",
            "many lines are counted",
        ),
        ("  look for    The parser.\n", "the hint"),
        ("  clock       is right\n", "the observation"),
    ] {
        assert!(text.contains(expected), "{why}: {expected:?} is not in\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(!text.contains("framing/a"), "what passed is only counted:\n{text}");
    let verbose = terminal::show(&report(Language::Indonesian), true, false);
    for expected in ["framing/a", "lulus", "tidak berlaku", "there is no file", "Pesan punya satu panjang."] {
        assert!(verbose.contains(expected), "{expected:?} is not in\n{verbose}");
    }
}

#[test]
fn programs_get_the_same_as_json() {
    let parse = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
    let object = parse(json::report(&report(Language::English)).unwrap());
    assert_eq!(
        (&object["passed"], &object["failed"], &object["not_applicable"]),
        (&1.into(), &1.into(), &1.into())
    );
    let failure = &object["findings"][1];
    for (key, expected) in [
        ("id", "framing/b"),
        ("level", "SHOULD"),
        ("verdict", "failed"),
        ("sent", "GET /\\x80 HTTP/1.1\\r\\nA: \"\\\\\"\\r\\n\\r\\n"),
        ("expected", "400"),
        ("observed", "the connection stays open"),
    ] {
        assert_eq!(failure[key], expected, "{key}");
    }
    assert_eq!(object["findings"][2]["reason"], "there is no file");
    assert!(object["findings"][0].get("sent").is_none());
    assert_eq!(object["notes"][0]["id"], "clock");
}

/// <https://exercism.org/docs/building/tooling/test-runners/interface>
#[test]
fn results_are_those_of_a_test_runner() {
    let results = json::results(&report(Language::Indonesian)).unwrap();
    let results: serde_json::Value = serde_json::from_str(&results).unwrap();
    assert_eq!((&results["version"], &results["status"]), (&3.into(), &"fail".into()));
    let tests = results["tests"].as_array().unwrap();
    let shown: Vec<_> = tests.iter().map(|test| (&test["name"], &test["status"])).collect();
    assert_eq!(shown, [(&"framing/a".into(), &"pass".into()), (&"framing/b".into(), &"fail".into())]);
    assert!(tests[0]["message"].is_null());
    assert!(tests[1]["message"].as_str().unwrap().contains("Pesan punya satu panjang."));
}

#[test]
fn only_names_cases_and_groups() {
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: CheckOptions,
    }

    let cases = ["framing/a", "framing/b", "date/a"];
    for (arguments, expected, why) in [
        (&["check"][..], Some(&cases[..]), "all"),
        (&["check", "--only", "framing"], Some(&cases[..2]), "a group"),
        (&["check", "--only", "date/a", "--only", "framing/b"], Some(&cases[1..]), "cases, in their order"),
        (&["check", "--only", "framing/c"], None, "no such case"),
        (&["check", "--only", ""], None, "no such group"),
    ] {
        let options = Line::parse_from(arguments).options;
        let selected = options.select(&cases, |id| id).ok();
        let selected: Option<Vec<_>> = selected.map(|cases| cases.into_iter().copied().collect());
        assert_eq!(selected.as_deref(), expected, "{why}");
    }
}

#[test]
fn a_report_shows_the_first_bytes_of_a_long_message() {
    for (length, expected, why) in [
        (4_096, "a".repeat(4_096), "all of them"),
        (4_097, "a".repeat(4_096) + "... (4097 bytes)", "the first 4 KiB"),
    ] {
        assert_eq!(json::shown(&vec![b'a'; length]), expected, "{why}");
    }
}
