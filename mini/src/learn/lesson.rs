//! What a learner reads: the text of an exercise with its visible cases, hints, and the solution.

use std::fmt::Display;

use syntax::rule::Text;

use super::exercise::{self, Exercise, Task};
use super::folder::Folder;
use super::oracle::Function;
use super::show::Show;
use super::words::{self, say};

/// Writes the text of an exercise, and its stub unless the file exists.
pub(super) fn write(folder: &Folder, exercise: &Exercise) -> anyhow::Result<()> {
    let programming = folder.progress.programming;
    let stub = exercise.file(&format!("stub.{}", programming.extension()))?;
    folder.write_new(&programming.source_name(exercise.id), stub)?;
    super::folder::write(&folder.path.join(format!("{}.md", exercise.id)), &page(folder, exercise)?)
}

/// Writes the faulty programs, which a learner examines with `mini check`, and their texts.
pub(super) fn write_faulty(folder: &Folder) -> anyhow::Result<()> {
    let text = exercise::text_file(folder.language());
    for (path, content) in exercise::files("faulty/") {
        match path.rsplit_once('/') {
            Some((_, name)) if name.ends_with(".py") => folder.write_new(path, content)?,
            Some((place, name)) if name == text => {
                super::folder::write(&folder.path.join(place).join("README.md"), content)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The text, where to write, and the visible cases with their answers.
fn page(folder: &Folder, exercise: &Exercise) -> anyhow::Result<String> {
    let (language, info) = (folder.language(), &exercise.info);
    let programming = folder.progress.programming;
    let file = programming.source_name(exercise.id);
    let values: [(&str, &dyn Display); 5] = [
        ("chapter", &info.chapter),
        ("minutes", &info.minutes),
        ("rfc", &info.rfc),
        ("file", &file),
        ("id", &exercise.id),
    ];
    let mut page =
        format!("{}\n\n{}\n", exercise.text(language)?.trim_end(), say(words::LIMITS, language, &values));
    if let Task::Function(function) = exercise.task {
        page.push_str(&visible_cases(folder, exercise, function));
    }
    Ok(page)
}

/// A table of the visible cases of a function.
fn visible_cases(folder: &Folder, exercise: &Exercise, function: &Function) -> String {
    let language = folder.language();
    let word = |text: Text| text.in_language(language);
    let (visible, input, answer) = (word(words::VISIBLE), word(words::INPUT), word(words::ANSWER));
    let mut table = format!("\n## {visible}\n\n| {input} | {answer} |\n| --- | --- |\n");
    let show = Show { exercise, language, programming: folder.progress.programming };
    for vector in &exercise.info.vectors {
        let verdict = (function.oracle)(&vector.0);
        let input = vector.0.escape_ascii().to_string().replace('|', "\\|");
        let answer = show.answer(&verdict.answer).replace('|', "\\|");
        table.push_str(&format!("| `{input}` | {answer} |\n"));
    }
    table
}

/// A hint; the second begins with the input that failed last.
pub(super) fn hint(folder: &Folder, exercise: &Exercise, level: u8) -> anyhow::Result<String> {
    let language = folder.language();
    let hint = exercise.hint(language, level.into())?;
    let failing = folder.progress.exercises.get(exercise.id).and_then(|progress| progress.failing.as_deref());
    let before = match (level, failing) {
        (2, Some(input)) => say(words::PLAN, language, &[("input", &input)]) + "\n\n",
        (2, None) if matches!(exercise.task, Task::Function(_)) => {
            say(words::NO_FAILURE, language, &[("id", &exercise.id)]) + "\n\n"
        }
        _ => String::new(),
    };
    Ok(format!("{before}{hint}\n"))
}

/// Writes the stub again.
pub(super) fn reset(folder: &Folder, exercise: &Exercise) -> anyhow::Result<String> {
    let (language, programming) = (folder.language(), folder.progress.programming);
    let name = programming.source_name(exercise.id);
    let kept = folder.replace(&name, exercise.file(&format!("stub.{}", programming.extension()))?)?;
    let mut text = say(words::RESET, language, &[("file", &name)]);
    if let Some(backup) = kept {
        text.push_str("; ");
        text.push_str(&say(words::KEPT, language, &[("backup", &backup.display())]));
    }
    Ok(text + "\n")
}

/// The solution, and the part of this project that does the same.
pub(super) fn solution(folder: &Folder, exercise: &Exercise, gives_up: bool) -> anyhow::Result<String> {
    let language = folder.language();
    let stars = folder.progress.exercises.get(exercise.id).map_or(0, |progress| progress.stars);
    if stars < 2 && !gives_up {
        return Err(anyhow::anyhow!("{}", words::SOLUTION_LOCKED.in_language(language)));
    }
    let solution = exercise.file(&format!("solution.{}", folder.progress.programming.extension()))?;
    let production = exercise.production();
    let (line, source) = production.lines();
    let heading = say(words::PRODUCTION, language, &[("path", &production.path), ("line", &line)]);
    Ok(format!("{solution}\n{heading}\n\n{source}"))
}
