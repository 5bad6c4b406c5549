//! The rules of both protocols: one by its id, and all of them as the page `docs/rules.md`.

use std::fmt::Write as _;

use syntax::rule::{Description, Language};

use super::words::Words;

/// The location of the page, and the command that creates it.
const HEAD: &str = "\
# Rules

The rules that the parsers of HTTP and FTP check, by severity as in `mini explain`. *Breaks*: the message is refused.
*Risky*: two parsers may read different messages, or a secret is exposed. *Unusual*: the value is ignored, or a
default is used. *Note*: nothing follows from it.

`mini explain --rule ID` prints one of them, `--lang id` in Indonesian. This page is made by
`mini explain --rules > docs/rules.md`.
";

/// The catalogues, by protocol.
pub(super) fn all() -> Vec<(&'static str, Vec<&'static Description>)> {
    let http = http_wire::rule::Rule::ALL.iter().map(|rule| rule.description()).collect();
    let ftp = ftp_wire::rule::Rule::ALL.iter().map(|rule| rule.description()).collect();
    vec![("HTTP", http), ("FTP", ftp)]
}

/// One rule as text; else the ids that resemble the wanted one, nearest first.
pub(super) fn rule(id: &str, language: Language) -> Result<String, Vec<&'static str>> {
    let all: Vec<_> = all().into_iter().flat_map(|(_, rules)| rules).collect();
    let found: Vec<_> = all.iter().filter(|rule| rule.id == id).map(|rule| shown(rule, language)).collect();
    if !found.is_empty() {
        return Ok(found.join("\n"));
    }
    let mut near: Vec<_> = all.iter().map(|rule| (distance(id, rule.id), rule.id)).collect();
    near.retain(|(distance, known)| *distance <= 1 + id.len() / 3 || known.contains(id) && id.len() > 2);
    near.sort_unstable();
    near.dedup();
    Err(near.into_iter().map(|(_, known)| known).take(3).collect())
}

fn shown(rule: &Description, language: Language) -> String {
    let words = Words::of(language);
    let mut text = format!("{} ({}, {})\n", rule.id, words.severity(rule.severity), rule.source);
    for (label, what) in [
        (words.fault, rule.fault),
        (words.requires, rule.requires),
        (words.why, rule.why),
        (words.fix, rule.fix),
    ] {
        let _ = writeln!(text, "  {:<10}  {}", format!("{label}:"), what.in_language(language));
    }
    text
}

/// The catalogue as Markdown.
pub(super) fn page() -> String {
    let mut page = HEAD.to_owned();
    for (protocol, rules) in all().iter().filter(|(_, rules)| !rules.is_empty()) {
        let _ = writeln!(page, "\n## {protocol}");
        for rule in rules {
            let Description { id, source, severity, fault, requires, why, fix } = rule;
            let (requires, why, fix) = (requires.en, why.en, fix.en);
            let _ = write!(
                page,
                "\n### {id}\n\n{}, {source}: {}.\n\n{requires} {why} *Fix:* {fix}\n",
                severity.name(),
                fault.en
            );
        }
    }
    page
}

/// Letters to insert, delete or replace (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.bytes().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        for (above, known) in row.iter_mut().skip(1).zip(other.bytes()) {
            let replaced = diagonal + usize::from(letter != known);
            diagonal = *above;
            left = replaced.min(*above + 1).min(left + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test reads a document of the repository")]
    fn the_page_in_the_repository_is_that_of_the_catalogue() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/rules.md");
        let kept = std::fs::read_to_string(path).unwrap();
        assert!(kept == page(), "run: cargo run -p mini -- explain --rules > docs/rules.md");
    }

    #[test]
    fn a_rule_has_one_id_and_every_text() {
        let rules: Vec<_> = all().into_iter().flat_map(|(_, rules)| rules).collect();
        for rule in &rules {
            for text in [rule.fault, rule.requires, rule.why, rule.fix] {
                assert!(!text.en.is_empty() && !text.id.is_empty(), "{}", rule.id);
            }
        }
        for (_, rules) in all() {
            let mut ids: Vec<_> = rules.iter().map(|rule| rule.id).collect();
            ids.sort_unstable();
            let count = ids.len();
            ids.dedup();
            assert_eq!(ids.len(), count, "an id is given twice");
        }
    }

    #[test]
    fn near_ids_differ_in_few_letters() {
        for (one, other, expected) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "abd", 1),
            ("abc", "ab", 1),
            ("", "ab", 2),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
        assert!(rule("bare-lf", Language::English).is_ok());
        assert!(rule("bare-fl", Language::English).unwrap_err().contains(&"bare-lf"));
        assert_eq!(rule("zzzzzzzz", Language::English), Err(vec![]));
    }
}
