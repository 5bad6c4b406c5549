//! Lines of LIST that do not describe an entry: totals, column headings, footers.

use super::listed::words;

/// The first words of column headings and footers of several systems.
const BEGINNINGS: [&[&str]; 12] = [
    &["Volume", "in", "drive"],
    &["Volume", "Serial", "Number"],
    &["Volume", "Unit"],
    &["Name", "VV.MM"],
    &["Name", "Size", "TTR"],
    &["JOBNAME", "JOBID"],
    &["File", "Code", "EOF"],
    &["size", "date", "time", "name"],
    &["Total", "of"],
    &["Grand", "total", "of"],
    &["Directory", "of"],
    &["--------"],
];

/// `total` in the languages of `ls`.
const TOTALS: [&str; 24] = [
    "total",
    "insgesamt",
    "totale",
    "totalt",
    "totaal",
    "razem",
    "łącznie",
    "celkem",
    "spolu",
    "итого",
    "всего",
    "усього",
    "yhteensä",
    "tổng",
    "sammanlagt",
    "összesen",
    "toplam",
    "kokku",
    "kopā",
    "合計",
    "总用量",
    "總計",
    "합계",
    "σύνολο",
];

/// ```text
/// heading = *SP / total 1*SP 1*DIGIT [ "." 1*DIGIT ] [ "K" / "M" / "G" / "T" ] / beginning ...
///         / "Directory" 1*SP device ":[" ... / count 1*SP ( "File(s)" / "Dir(s)" ) ...
/// ```
pub(super) fn is_heading(line: &[u8]) -> bool {
    let line_words: Vec<&[u8]> = words(line).take(4).collect();
    let begins = |beginning: &[&str]| {
        beginning.len() <= line_words.len()
            && beginning
                .iter()
                .zip(&line_words)
                .all(|(word, here)| here.eq_ignore_ascii_case(word.as_bytes()))
    };
    match line_words.as_slice() {
        [] => true,
        [total, size] if is_total(total) => is_amount(size),
        [b"Directory", place] => memchr::memmem::find(place, b":[").is_some(),
        [count, what, ..] if matches!(*what, b"File(s)" | b"Dir(s)") => count.iter().all(u8::is_ascii_digit),
        _ => BEGINNINGS.iter().any(|beginning| begins(beginning)),
    }
}

/// Whether a heading is that of members, whose lines may have only a name.
pub(super) fn is_of_members(line: &[u8]) -> bool {
    let mut words = words(line);
    words.next() == Some(b"Name") && matches!(words.next(), Some(b"VV.MM" | b"Size"))
}

/// Whether a heading names a directory: the following entries belong to it.
pub(super) fn is_of_directory(line: &[u8]) -> bool {
    words(line).next() == Some(b"Directory")
}

fn is_total(word: &[u8]) -> bool {
    let Ok(text) = core::str::from_utf8(word) else { return false };
    let text = text.trim_end_matches(':').to_lowercase();
    TOTALS.contains(&text.as_str())
}

fn is_amount(word: &[u8]) -> bool {
    let digits = word.strip_suffix(b"K").or_else(|| word.strip_suffix(b"M")).unwrap_or(word);
    let digits = digits.strip_suffix(b"G").or_else(|| digits.strip_suffix(b"T")).unwrap_or(digits);
    !digits.is_empty() && digits.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_describe_no_entry() {
        for (line, expected, why) in [
            ("", true, "nothing"),
            (" \t", true, "a blank line"),
            ("total 12", true, "ls"),
            ("Total 1.5K", true, "a unit"),
            ("insgesamt 12", true, "German"),
            ("合計 12", true, "Japanese"),
            ("итого 12", true, "Russian"),
            ("total", false, "it may be a name"),
            ("total eclipse", false, "so may this"),
            ("report 2025", false, "and this"),
            ("Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname", true, "z/OS"),
            (" Name     VV.MM   Created       Changed      Size  Init   Mod   Id", true, "members"),
            ("Directory DKA0:[ADA]", true, "VMS"),
            ("Directory listing failed", false, "an error"),
            ("Total of 3 files, 12/15 blocks.", true, "VMS, at the end"),
            ("  size          date       time       name", true, "VxWorks"),
            ("--------       ------     ------    --------", true, "and the line below"),
            ("File         Code             EOF  Last Modification    Owner  RWEP", true, "NonStop"),
            (" Volume in drive C has no label.", true, "dir"),
            ("       3 File(s)          4,096 bytes", true, "dir, at the end"),
        ] {
            assert_eq!(is_heading(line.as_bytes()), expected, "{why}");
        }
        assert!(is_of_directory(b"Directory DKA0:[ADA]") && !is_of_directory(b"total 4"));
        assert!(is_of_members(b" Name     VV.MM   Created") && !is_of_members(b"Volume Unit"));
    }
}
