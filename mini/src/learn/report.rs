//! The report for teachers: exercise by learner, as CSV or as a page.

use maud::{DOCTYPE, html};
use syntax::rule::Language;

use super::exercise::Exercise;
use super::folder::{ExerciseProgress, Folder};
use super::show::stars;
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

/// A page without scripts: a row for each learner, a column for each exercise.
pub(super) fn page(folders: &[Folder], exercises: &[Exercise], language: Language) -> String {
    let word = |text| say(text, language, &[]);
    let misconception = |exercise: &Exercise, name: &str| {
        let known = exercise.mutants.iter().find(|mutant| mutant.name == name);
        known.map_or_else(|| name.to_owned(), |mutant| mutant.misconception.in_language(language).to_owned())
    };
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
                table {
                    thead { tr {
                        th { (word(words::LEARNER)) }
                        @for exercise in exercises { th { (exercise.id) } }
                        th { (word(words::STARS)) }
                    } }
                    tbody { @for folder in folders { tr {
                        th { (folder.name()) }
                        @for exercise in exercises {
                            @let progress = progress(folder, exercise);
                            td {
                                (stars(progress.stars))
                                @if progress.attempts > 0 {
                                    br;
                                    small { (word(words::ATTEMPTS)) ": " (progress.attempts) }
                                }
                                @for name in &progress.misconceptions { br; small { (misconception(exercise, name)) } }
                            }
                        }
                        td { (exercises.iter().map(|exercise| progress(folder, exercise).stars).sum::<u32>()) }
                    } } }
                }
            }
        }
    }
    .into_string()
}

const STYLE: &str = "body{font-family:sans-serif;margin:1rem}table{border-collapse:collapse}\
                     th,td{border:1px solid #888;padding:.3rem .5rem;text-align:left;vertical-align:top}";

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
