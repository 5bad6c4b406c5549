//! The texts of `mini learn`, in both languages: a text without one of them does not compile. Texts about one exercise
//! are in its folder.

use syntax::rule::{Language, Text};

/// A text in a language, with each `{name}` replaced.
pub(super) fn say(text: Text, language: Language, values: &[(&str, &dyn std::fmt::Display)]) -> String {
    values.iter().fold(text.in_language(language).to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), &value.to_string())
    })
}

macro_rules! words {
    ($($name:ident: $en:literal, $id:literal;)*) => {
        $(pub(super) const $name: Text = Text { en: $en, id: $id };)*

        #[cfg(test)]
        pub(super) const ALL: &[(&str, Text)] = &[$((stringify!($name), $name),)*];
    };
}

words! {
    STARTED:
        "{count} exercises in '{dir}'. Read {first}.md, edit {file}, then run: mini learn check {first}",
        "{count} latihan di '{dir}'. Baca {first}.md, ubah {file}, lalu jalankan: mini learn check {first}";
    NEXT:
        "next: {id} (chapter {chapter}, {minutes} minutes). Read {id}.md, edit {file}",
        "berikutnya: {id} (bab {chapter}, {minutes} menit). Baca {id}.md, ubah {file}";
    ALL_DONE: "All exercises have three stars.", "Semua latihan sudah mendapat tiga bintang.";
    STAR_ONE: "star 1: visible cases", "bintang 1: kasus yang terlihat";
    STAR_TWO: "star 2: hidden cases", "bintang 2: kasus tersembunyi";
    STAR_THREE: "star 3: limits and real use", "bintang 3: batas dan pemakaian nyata";
    CHECKING: "checking {id} ...", "memeriksa {id} ...";
    WATCHING: "watching '{dir}'; Ctrl-C ends", "mengamati '{dir}'; Ctrl-C untuk berhenti";
    CASES: "{count} cases", "{count} kasus";
    CASE: "case {number}", "kasus {number}";
    SHRUNK: "shrunk from {before} to {after} bytes", "diperkecil dari {before} menjadi {after} bait";
    READS: "reads: {reads}", "pembacaan: {reads}";
    ONE_READ: "in one read", "dalam satu pembacaan";
    BYTE: "byte {at}", "bait {at}";
    LENGTH: "{count} bytes", "{count} bait";
    YOURS: "yours: {actual}      expected: {expected}", "jawabanmu: {actual}      seharusnya: {expected}";
    AFTER_READ: "after read {read}", "setelah pembacaan {read}";
    EXPECTED: "expected: {expected}", "seharusnya: {expected}";
    MORE: "more", "more";
    DONE: "done, used {used}, value {value}", "done, terpakai {used}, nilai {value}";
    BAD: "bad at {at}", "bad pada {at}";
    LOOKS_LIKE: "looks like: {misconception}", "mirip dengan: {misconception}";
    AGAIN: "again: mini learn check {id} --replay {seed}", "ulangi: mini learn check {id} --replay {seed}";
    NOT_WRITTEN:
        "not written yet: edit {file}; the task is in {id}.md",
        "belum ditulis: ubah {file}; tugasnya ada di {id}.md";
    HANG:
        "no answer within {seconds} s: the function does not end for this input",
        "tidak ada jawaban dalam {seconds} detik: fungsi tidak selesai untuk masukan ini";
    MEMORY:
        "more than {mib} MiB of memory for this input",
        "memakai memori lebih dari {mib} MiB untuk masukan ini";
    RAISED: "the function failed: {text}", "fungsi gagal: {text}";
    ENDED: "the program ended before it answered", "program berhenti sebelum menjawab";
    UNLOADABLE: "{file} cannot be loaded:", "{file} tidak dapat dimuat:";
    REJECTED: "{file} does not compile:", "{file} tidak dapat dikompilasi:";
    NO_CARGO:
        "cargo is not installed, so this machine can only check Python; install Rust, or run: \
         mini learn start DIR --in python",
        "cargo tidak terpasang, jadi komputer ini hanya dapat memeriksa Python; pasang Rust, atau jalankan: \
         mini learn start DIR --in python";
    MISSING: "this star needs {program}, which is not installed", "bintang ini memerlukan {program}, yang belum terpasang";
    REAL_USE:
        "with your code, this failed: {command}",
        "dengan kodemu, perintah ini gagal: {command}";
    PRINTED: "output: {text}", "keluaran: {text}";
    PLAN: "The last input that failed: {input}", "Masukan terakhir yang gagal: {input}";
    NO_FAILURE: "No input has failed yet; run: mini learn check {id}", "Belum ada masukan yang gagal; jalankan: mini learn check {id}";
    RESET: "{file} is the stub again", "{file} kembali ke kerangka awal";
    KEPT: "the previous file is now {backup}", "berkas sebelumnya disimpan sebagai {backup}";
    SOLUTION_LOCKED:
        "the solution is shown after two stars; --give-up shows it now",
        "solusi ditampilkan setelah dua bintang; --give-up menampilkannya sekarang";
    PRODUCTION:
        "The code of this project that does the same, {path}, line {line}:",
        "Kode proyek ini yang melakukan hal yang sama, {path}, baris {line}:";
    VISIBLE: "Visible cases", "Kasus yang terlihat";
    INPUT: "input", "masukan";
    ANSWER: "answer", "jawaban";
    LIMITS:
        "Chapter {chapter}, {minutes} minutes, {rfc}. Edit `{file}`; check with `mini learn check {id}`.",
        "Bab {chapter}, {minutes} menit, {rfc}. Ubah `{file}`; periksa dengan `mini learn check {id}`.";
    NO_PORT:
        "the program does not listen on port {port} (its first argument) within {seconds} s",
        "program tidak mendengarkan pada port {port} (argumen pertamanya) dalam {seconds} detik";
    SENT: "sent: {bytes}", "dikirim: {bytes}";
    RECEIVED: "received: {bytes} {observed}", "diterima: {bytes} {observed}";
    LEARNER: "learner", "siswa";
    STARS: "stars", "bintang";
    CLASS: "Class report", "Laporan kelas";
    CLASS_LEGEND:
        "Stars of each exercise, and attempts (\u{d7}). An empty cell: not started.",
        "Bintang setiap latihan, dan percobaan (\u{d7}). Sel kosong: belum dimulai.";
    COMPLETE: "three stars", "tiga bintang";
    MISCONCEPTIONS: "Misconceptions", "Miskonsepsi";
    MISCONCEPTION: "misconception", "miskonsepsi";
    EXERCISE: "exercise", "latihan";
    LEARNERS: "learners", "siswa";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_placeholders() {
        for (name, text) in ALL {
            assert!(!text.en.is_empty() && !text.id.is_empty(), "{name}");
            assert_eq!(placeholders(text.en), placeholders(text.id), "{name}");
        }
    }

    fn placeholders(text: &str) -> Vec<&str> {
        let mut names: Vec<_> = text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        names.sort_unstable();
        names
    }
}
