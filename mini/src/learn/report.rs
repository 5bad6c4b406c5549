//! The report for teachers: exercise by learner, as CSV or as a page.

use maud::{DOCTYPE, Markup, html};
use syntax::rule::Language;

use super::exercise::Exercise;
use super::folder::{ExerciseProgress, Folder};
use super::words::{self, say};

/// A line for each learner and exercise.
pub(super) fn csv(folders: &[Folder], exercises: &[Exercise]) -> String {
    let mut out = String::from("learner,exercise,stars,attempts,misconceptions\n");
    for folder in folders {
        for exercise in exercises {
            let ExerciseProgress { stars, attempts, misconceptions, .. } = progress(folder, exercise);
            let (learner, misconceptions) = (quoted(&folder.name()), quoted(&misconceptions.join(" ")));
            out.push_str(&format!("{learner},{},{stars},{attempts},{misconceptions}\n", exercise.id));
        }
    }
    out
}

/// A field of CSV (RFC 4180). One that a spreadsheet would calculate is text.
fn quoted(field: &str) -> String {
    let is_formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    match is_formula || field.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}{}\"", if is_formula { "'" } else { "" }, field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}

/// A page without scripts: a row for each learner with a column for each exercise, then the misconceptions.
pub(super) fn page(folders: &[Folder], exercises: &[Exercise], language: Language) -> String {
    let word = |text| say(text, language, &[]);
    let total = 3 * exercises.len();
    html! {
        (DOCTYPE)
        html lang=(if language == Language::Indonesian { "id" } else { "en" }) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (word(words::CLASS)) }
                style { (STYLE) }
            }
            body {
                h1 { (word(words::CLASS)) }
                p { (word(words::CLASS_LEGEND)) }
                div tabindex="0" role="region" aria-label=(word(words::CLASS)) {
                    table {
                        thead { tr {
                            th scope="col" { (word(words::LEARNER)) }
                            @for exercise in exercises { th scope="col" { span { (exercise.id) } } }
                            th scope="col" { span { (word(words::STARS)) } }
                        } }
                        tbody { @for folder in folders { tr {
                            th scope="row" { (folder.name()) }
                            @for exercise in exercises { (cell(&progress(folder, exercise))) }
                            td { (sum(folder, exercises)) "/" (total) }
                        } } }
                        tfoot { tr {
                            th scope="row" { (word(words::COMPLETE)) }
                            @for exercise in exercises { td { (complete(folders, exercise)) } }
                            td {}
                        } }
                    }
                }
                (misconceptions(folders, exercises, language))
            }
        }
    }
    .into_string()
}

/// Stars and attempts of an exercise, if it was begun.
fn cell(progress: &ExerciseProgress) -> Markup {
    html! {
        @match (progress.stars, progress.attempts) {
            (0, 0) => td {},
            (stars, attempts) => td class={ "s" (stars) } { (stars) " " small { (attempts) "\u{d7}" } },
        }
    }
}

fn sum(folder: &Folder, exercises: &[Exercise]) -> u32 {
    exercises.iter().map(|exercise| progress(folder, exercise).stars).sum()
}

/// How many learners have all stars of an exercise.
fn complete(folders: &[Folder], exercise: &Exercise) -> usize {
    folders.iter().filter(|folder| progress(folder, exercise).stars == 3).count()
}

/// A row for each misconception that a check has recognised, with the learners.
fn misconceptions(folders: &[Folder], exercises: &[Exercise], language: Language) -> Markup {
    let word = |text| say(text, language, &[]);
    let has = |folder: &Folder, exercise: &Exercise, name: &str| {
        progress(folder, exercise).misconceptions.iter().any(|known| known == name)
    };
    let learners = |exercise: &Exercise, name: &str| {
        let names = folders.iter().filter(|folder| has(folder, exercise, name)).map(Folder::name);
        names.collect::<Vec<_>>().join(", ")
    };
    let known =
        exercises.iter().flat_map(|exercise| exercise.mutants.iter().map(move |mutant| (exercise, mutant)));
    let rows = known.map(|(exercise, mutant)| (exercise, mutant, learners(exercise, mutant.name)));
    let rows: Vec<_> = rows.filter(|(_, _, learners)| !learners.is_empty()).collect();
    html! {
        h2 { (word(words::MISCONCEPTIONS)) }
        div tabindex="0" role="region" aria-label=(word(words::MISCONCEPTIONS)) {
            table class="texts" {
                thead { tr {
                    @for text in [words::EXERCISE, words::MISCONCEPTION, words::LEARNERS] {
                        th scope="col" { (word(text)) }
                    }
                } }
                tbody { @for (exercise, mutant, learners) in rows { tr {
                    th scope="row" { (exercise.id) }
                    td { (mutant.misconception.in_language(language)) }
                    td { (learners) }
                } } }
            }
        }
    }
}

/// The names of exercises are written upwards, so that thirty columns fit on a sheet.
const STYLE: &str = "\
:root{color-scheme:light dark}body{font:15px/1.4 sans-serif;margin:1rem}div{overflow-x:auto}\
table{border-collapse:collapse}th,td{border:1px solid #8888;padding:.15rem .35rem;text-align:right;white-space:nowrap}\
th{font-weight:600}tbody th,tfoot th,th:first-child{text-align:left;position:sticky;left:0;background:Canvas}\
thead th{vertical-align:bottom}thead span{writing-mode:vertical-rl;transform:rotate(180deg)}small{opacity:.8}\
.texts td,.texts th{text-align:left;white-space:normal}\
.s1{background:#2ea04326}.s2{background:#2ea04359}.s3{background:#2ea04399}\
@media print{body{font-size:9px;margin:0}@page{size:landscape}}";

fn progress(folder: &Folder, exercise: &Exercise) -> ExerciseProgress {
    folder.progress.exercises.get(exercise.id).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted_where_it_must_be() {
        for (field, expected, why) in [
            ("siti", "siti", "plain"),
            ("a,b", "\"a,b\"", "a comma"),
            ("a\"b", "\"a\"\"b\"", "a quote"),
            ("=1+1", "\"'=1+1\"", "a formula"),
            ("", "", "empty"),
        ] {
            assert_eq!(quoted(field), expected, "{why}");
        }
    }
}
