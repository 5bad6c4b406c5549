//! The cases, a file for each group. The order is that of a request: its line, its fields, its content, the connection,
//! the methods, and then what a resource is.
//!
//! What is allowed is what the RFC allows, not what our server does. Where the RFC leaves a choice, all of it is
//! allowed; a server that refuses a request has always understood it well enough.

mod chunked;
mod codings;
mod conditional;
mod expect;
mod fields;
mod framing;
mod host;
mod limits;
mod methods;
mod persistence;
mod ranges;
mod request_line;
mod responses;
mod target;
mod writing;

use syntax::rule::Text;

use super::case::Answer::{self, Any, Dropped, Is};
use super::case::Case;

/// Any final status: the case is about what follows.
const ANY: &[Answer] = &[Any(2), Any(3), Any(4), Any(5)];
/// Any error.
const REFUSED: &[Answer] = &[Any(4), Any(5)];
/// An error, or no response at all.
const REJECTED: &[Answer] = &[Any(4), Any(5), Dropped];
/// The RFC leaves it to the server whether to tolerate it.
const TOLERATED: &[Answer] = &[Is(200), Any(4), Any(5), Dropped];

/// All cases, in the order of the groups.
pub(super) fn all() -> Vec<Case> {
    GROUPS.iter().flat_map(|(_, cases, _)| cases.iter().copied()).collect()
}

/// Where in a server's source the cause of a failure usually is.
pub(super) fn look_for(id: &str) -> Text {
    let group = GROUPS.iter().find(|(name, ..)| id.split('/').next() == Some(name));
    group.map_or(Text { en: "", id: "" }, |(_, _, text)| *text)
}

/// A group of cases: its name, the cases, and where to look when one fails.
type Group = (&'static str, &'static [Case], Text);

const GROUPS: &[Group] = &[
    (
        "request-line",
        request_line::CASES,
        Text {
            en: "The code that splits the first line: it must find exactly a method, a target and a version.",
            id: "Kode yang memecah baris pertama: harus ada tepat metode, target, dan versi.",
        },
    ),
    (
        "target",
        target::CASES,
        Text {
            en: "The code that turns the request-target into a path: forms, percent-decoding, dot segments.",
            id: "Kode yang mengubah request-target menjadi path: bentuk, percent-decoding, segmen titik.",
        },
    ),
    (
        "host",
        host::CASES,
        Text {
            en: "The check of Host, after all fields are read: its number and its syntax.",
            id: "Pemeriksaan Host, setelah semua field dibaca: jumlah dan sintaksnya.",
        },
    ),
    (
        "fields",
        fields::CASES,
        Text {
            en: "The code that splits a field line at the colon and trims the value.",
            id: "Kode yang memecah baris field pada titik dua dan memangkas nilainya.",
        },
    ),
    (
        "framing",
        framing::CASES,
        Text {
            en: "The code that decides where the content ends, before the request is handled.",
            id: "Kode yang menentukan akhir isi, sebelum permintaan ditangani.",
        },
    ),
    (
        "chunked",
        chunked::CASES,
        Text {
            en: "The decoder of chunks: how it reads the size, the line ends and the trailer.",
            id: "Dekoder chunk: cara membaca ukuran, akhir baris, dan trailer.",
        },
    ),
    (
        "persistence",
        persistence::CASES,
        Text {
            en: "The loop over the requests of a connection, and the decision to end it.",
            id: "Perulangan atas permintaan pada satu koneksi, dan keputusan untuk mengakhirinya.",
        },
    ),
    (
        "expect",
        expect::CASES,
        Text {
            en: "The place where the server begins to read content.",
            id: "Tempat server mulai membaca isi.",
        },
    ),
    (
        "methods",
        methods::CASES,
        Text {
            en: "The dispatch by method, and the responses to methods that it does not know.",
            id: "Pemilihan menurut metode, dan respons untuk metode yang tidak dikenal.",
        },
    ),
    (
        "responses",
        responses::CASES,
        Text { en: "The code that writes the head of a response.", id: "Kode yang menulis kepala respons." },
    ),
    (
        "conditional",
        conditional::CASES,
        Text {
            en: "The evaluation of preconditions: its order, lists of entity tags, the formats of dates.",
            id: "Evaluasi prasyarat: urutannya, daftar entity tag, dan format tanggal.",
        },
    ),
    (
        "ranges",
        ranges::CASES,
        Text {
            en: "The parser of Range, and the code that selects the bytes.",
            id: "Pengurai Range, dan kode yang memilih baitnya.",
        },
    ),
    (
        "codings",
        codings::CASES,
        Text {
            en: "The choice of a content coding by Accept-Encoding.",
            id: "Pemilihan content coding menurut Accept-Encoding.",
        },
    ),
    (
        "limits",
        limits::CASES,
        Text {
            en: "The limits of the parser, and the status that answers a request beyond them.",
            id: "Batas pengurai, dan status untuk permintaan yang melampauinya.",
        },
    ),
    (
        "writing",
        writing::CASES,
        Text {
            en: "The code that stores content: what it checks before it replaces a file.",
            id: "Kode yang menyimpan isi: apa yang diperiksa sebelum mengganti berkas.",
        },
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::case::Step::{self, Alone, Closed, Expect, InSync};
    use super::*;

    #[test]
    fn every_case_has_its_own_id_a_source_and_both_texts() {
        let cases = all();
        assert!(cases.len() >= 220, "{} cases", cases.len());
        let mut ids = HashSet::new();
        for (group, cases, look_for) in GROUPS {
            assert!(look_for.en.ends_with('.') && look_for.id.ends_with('.'), "{group}");
            for Case { id, section, why, .. } in *cases {
                assert!(ids.insert(id), "{id}: another case has this id");
                assert_eq!(id.split_once('/').map(|(group, _)| group), Some(*group), "{id}");
                assert!(id.len() <= 37, "{id}: it does not fit into its column");
                assert!(section.starts_with("RFC ") && section.contains(" section "), "{id}: {section}");
                for text in [why.en, why.id] {
                    assert!(text.ends_with('.'), "{id}: {text:?} is no sentence");
                }
            }
        }
    }

    #[test]
    fn every_case_expects_something_and_ends_with_its_last_step() {
        for Case { id, steps, .. } in all() {
            let is_last = |step: &Step| matches!(step, Closed | InSync | Alone);
            let (last, before) = steps.split_last().unwrap();
            assert!(!before.iter().any(is_last), "{id}: a step follows the last one");
            assert!(is_last(last) || matches!(last, Expect(_)), "{id}: it ends without a judgement");
            assert!(steps.iter().any(|step| matches!(step, Expect(_))), "{id}");
        }
    }
}
