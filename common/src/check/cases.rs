//! Text files of cases: their common format, which `docs/check.md` describes, and the templates in their steps. What
//! the steps mean is up to a protocol.

use std::collections::HashSet;
use std::str::Lines;

use anyhow::{Context as _, bail, ensure};
use syntax::rule::Text;

use super::{Finding, Level, Verdict};

/// A case as it is written, with conditions and steps that are not interpreted yet.
#[derive(Clone, Debug)]
pub struct CaseText {
    /// Group and name: `framing/two-lengths`.
    pub id: &'static str,
    /// The document that contains the rule: `RFC 9112 section 6.3`.
    pub section: &'static str,
    /// How strict the rule is.
    pub level: Level,
    /// What the rule requires, and why.
    pub why: Text,
    /// Where in a program's source the cause of a failure usually is.
    pub look_for: Text,
    /// The lines after `if`.
    pub conditions: Vec<&'static str>,
    /// The other lines.
    pub steps: Vec<&'static str>,
}

impl CaseText {
    /// The case with its result.
    #[must_use]
    pub fn finding(&self, verdict: Verdict) -> Finding {
        Finding { id: self.id, section: self.section, level: self.level, why: self.why, verdict }
    }
}

/// The cases of files, each given as its group and its text, in their order.
///
/// # Errors
/// The case that does not have the format, and why.
pub fn parse(files: &[(&'static str, &'static str)]) -> anyhow::Result<Vec<CaseText>> {
    let (mut cases, mut ids) = (Vec::new(), HashSet::new());
    for &(group, text) in files {
        let mut blocks = text.split("\n\n");
        let head = blocks.next().unwrap_or_default();
        let look_for = texts(&mut head.lines(), "look-en  ", "look-id  ").context(group)?;
        for block in blocks {
            let case = parse_case(block, group, look_for);
            let case =
                case.with_context(|| format!("{group}: {}", block.lines().next().unwrap_or_default()))?;
            ensure!(ids.insert(case.id), "{}: another case has this id", case.id);
            cases.push(case);
        }
    }
    Ok(cases)
}

fn parse_case(block: &'static str, group: &str, look_for: Text) -> anyhow::Result<CaseText> {
    let mut lines = block.lines();
    let mut head = lines.next().unwrap_or_default().splitn(3, "  ");
    let (Some(id), Some(level), Some(section)) = (head.next(), head.next(), head.next()) else {
        bail!("a case begins with its id, its level and its source");
    };
    ensure!(id.split_once('/').is_some_and(|(prefix, _)| prefix == group), "an id begins with its group");
    ensure!(section.starts_with("RFC ") || section.starts_with("draft-"), "'{section}' is no source");
    let level = [Level::Must, Level::Should, Level::May].into_iter().find(|known| known.name() == level);
    let level = level.context("the level is MUST, SHOULD or MAY")?;
    let why = texts(&mut lines, "en  ", "id  ")?;
    let (mut conditions, mut steps) = (Vec::new(), Vec::new());
    for line in lines.map(str::trim_start) {
        match line.strip_prefix("if ") {
            Some(condition) => conditions.push(condition),
            None => steps.push(line),
        }
    }
    Ok(CaseText { id, section, level, why, look_for, conditions, steps })
}

fn texts(lines: &mut Lines<'static>, en: &str, id: &str) -> anyhow::Result<Text> {
    let mut next = |label: &str| {
        let text = lines.next().and_then(|line| line.strip_prefix(label));
        text.filter(|text| !text.is_empty()).with_context(|| format!("the line '{label}...' is missing"))
    };
    Ok(Text { en: next(en)?, id: next(id)? })
}

/// A template as bytes: `{name}` is a value (`{fill:N}`: N letters), and `\r`, `\n`, `\t`, `\0`, `\\`, `\xNN` are bytes.
///
/// # Errors
/// That of `value`, which returns the bytes of a name; `malformed` if the template does not have this format.
pub fn expand<E: Copy>(
    template: &str,
    malformed: E,
    value: impl Fn(&str) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    let (mut out, mut rest) = (Vec::new(), template);
    while let Some(at) = rest.find(['{', '\\']) {
        let (text, marked) = rest.split_at(at);
        out.extend_from_slice(text.as_bytes());
        if let Some(named) = marked.strip_prefix('{') {
            let (name, after) = named.split_once('}').ok_or(malformed)?;
            match name.strip_prefix("fill:").map(str::parse::<usize>) {
                Some(count) => out.resize(out.len() + count.map_err(|_| malformed)?, b'x'),
                None => out.extend(value(name)?),
            }
            rest = after;
        } else {
            let (byte, length) = escaped(marked).ok_or(malformed)?;
            out.push(byte);
            rest = marked.get(length..).ok_or(malformed)?;
        }
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

/// The byte of the escape at the start of a text, and the escape's length.
fn escaped(text: &str) -> Option<(u8, usize)> {
    match text.as_bytes().get(1)? {
        b'x' => Some((u8::from_str_radix(text.get(2..4)?, 16).ok()?, 4)),
        b'r' => Some((b'\r', 2)),
        b'n' => Some((b'\n', 2)),
        b't' => Some((b'\t', 2)),
        b'0' => Some((0, 2)),
        b'\\' => Some((b'\\', 2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "look-en  The parser.\nlook-id  Parser.\n
a/b  MUST  RFC 1 section 2\nen  Why.\nid  Sebab.\n    if tls\n    C> x\n    closed\n";

    #[test]
    fn a_file_is_a_list_of_cases() {
        let cases = parse(&[("a", FILE)]).unwrap();
        let [case] = cases.as_slice() else { panic!("{cases:?}") };
        assert_eq!((case.id, case.level, case.section), ("a/b", Level::Must, "RFC 1 section 2"));
        assert_eq!((case.why.id, case.look_for.en), ("Sebab.", "The parser."));
        assert_eq!((&*case.conditions, &*case.steps), (&["tls"][..], &["C> x", "closed"][..]));
    }

    #[test]
    fn malformed_cases_are_reported() {
        for (from, to, expected) in [
            ("a/b", "c/b", "begins with its group"),
            ("MUST", "must", "the level is"),
            ("RFC 1", "page 1", "is no source"),
            ("  RFC", " RFC", "begins with its id"),
            ("en  Why.", "en", "'en  ...' is missing"),
            ("look-id  Parser.", "look-id  ", "'look-id  ...' is missing"),
        ] {
            let file = FILE.replace(from, to).leak();
            let error = format!("{:#}", parse(&[("a", file)]).unwrap_err());
            assert!(error.contains(expected), "{to}: {error}");
        }
        let twice = parse(&[("a", FILE), ("a", FILE)]).unwrap_err();
        assert!(twice.to_string().contains("another case has this id"), "{twice}");
    }

    #[test]
    fn templates_become_bytes() {
        let value = |name: &str| if name == "file" { Ok(b"/a b".to_vec()) } else { Err("no value") };
        for (template, expected, why) in [
            ("RETR {file}", Ok(&b"RETR /a b"[..]), "a value"),
            ("{fill:3}.", Ok(b"xxx."), "letters"),
            ("\\r\\n\\t\\0\\\\\\xFF", Ok(b"\r\n\t\0\\\xFF"), "bytes"),
            ("{port}", Err("no value"), "no such value"),
            ("{fill:x}", Err("malformed"), "no number"),
            ("{file", Err("malformed"), "no end"),
            ("\\q", Err("malformed"), "no such byte"),
            ("\\x", Err("malformed"), "no digits"),
            ("\\", Err("malformed"), "no escape"),
        ] {
            assert_eq!(expand(template, "malformed", value).as_deref(), expected.as_deref(), "{why}");
        }
    }
}
