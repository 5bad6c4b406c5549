//! The cases of `mini check client`, as data.

use syntax::rule::Text;

use super::super::case::{Case, chapter};
use super::{ClientProgram, characters_for_bytes, half_character};

pub(in crate::check) const CASES: &[Case<ClientProgram>] = &[
    Case {
        id: "answer/complete",
        chapter: chapter::CLIENT,
        why: Text {
            en: "A client ends when it has received as many bytes as it sent; the server need not close first.",
            id: "Klien berakhir setelah menerima sebanyak bait yang dikirim; server tidak perlu menutup lebih dulu.",
        },
        look_for: Text {
            en: "Does the client wait for b'' although everything came back, or compare characters with bytes?",
            id: "Apakah klien menunggu b'' padahal semuanya sudah kembali, atau membandingkan karakter dengan bait?",
        },
        unless: &[],
        run: |client| client.visit()?.answer_whole(client),
    },
    Case {
        id: "answer/in-pieces",
        chapter: chapter::CLIENT,
        why: Text {
            en: "The answer may arrive in several reads; a client receives until it has all of it.",
            id: "Jawaban dapat tiba dalam beberapa pembacaan; klien menerima sampai lengkap.",
        },
        look_for: Text {
            en: "Is recv called only once? Receive in a loop until the number of bytes is reached.",
            id: "Apakah recv hanya dipanggil sekali? Terima dalam loop sampai jumlah baitnya tercapai.",
        },
        unless: &["answer/complete"],
        run: |client| {
            let visit = client.visit()?;
            let first = visit.text().and_then(|text| text.chars().next()).map_or(1, char::len_utf8);
            visit.answer_in_pieces(client, first)
        },
    },
    Case {
        id: "answer/half-character",
        chapter: chapter::CLIENT,
        why: Text {
            en: "A read may end inside a character of UTF-8.",
            id: "Pembacaan dapat berakhir di tengah karakter UTF-8.",
        },
        look_for: Text {
            en: "Is decode() called on each piece? Collect the bytes and decode them once, at the end.",
            id: "Apakah decode() dipanggil pada setiap potongan? Kumpulkan bait lalu dekode satu kali di akhir.",
        },
        unless: &["answer/complete", "answer/in-pieces"],
        run: half_character,
    },
    Case {
        id: "answer/characters-for-bytes",
        chapter: chapter::CLIENT,
        why: Text {
            en: "The length of a message is the number of bytes that encode() returns; a text may have fewer characters.",
            id: "Panjang pesan adalah jumlah bait hasil encode(); jumlah karakternya mungkin lebih sedikit.",
        },
        look_for: Text {
            en: "Is len() applied to the str rather than to the bytes that are sent?",
            id: "Apakah len() dihitung dari str, bukan dari bait yang dikirim?",
        },
        unless: &["answer/complete", "answer/in-pieces"],
        run: characters_for_bytes,
    },
    Case {
        id: "end/early",
        chapter: chapter::CLIENT,
        why: Text {
            en: "A server may close early. recv then returns b'' every time, and the client must end.",
            id: "Server dapat menutup koneksi terlalu awal. recv lalu selalu mengembalikan b'', dan klien harus berakhir.",
        },
        look_for: Text {
            en: "Does the loop around recv end at b''?",
            id: "Apakah loop di sekitar recv berakhir pada b''?",
        },
        unless: &["answer/complete"],
        run: |client| client.visit()?.close_early(client, false),
    },
    Case {
        id: "end/reported",
        chapter: chapter::CLIENT,
        why: Text {
            en: "A client reports an incomplete answer, on standard error or by an exit code other than 0.",
            id: "Klien melaporkan jawaban yang tidak lengkap, di standard error atau dengan kode keluar selain 0.",
        },
        look_for: Text {
            en: "Is an early end treated like a complete answer? Raise an error, or use sys.exit with a message.",
            id: "Apakah akhir yang terlalu awal dianggap jawaban lengkap? Laporkan kesalahan, atau gunakan sys.exit.",
        },
        unless: &["answer/complete", "end/early"],
        run: |client| client.visit()?.close_early(client, true),
    },
    Case {
        id: "end/reset",
        chapter: chapter::THREATS,
        why: Text {
            en: "A connection may be reset; the client must end.",
            id: "Koneksi dapat di-reset; klien harus berakhir.",
        },
        look_for: Text {
            en: "Is OSError caught inside the loop, which then continues?",
            id: "Apakah OSError ditangkap di dalam loop, lalu loop dilanjutkan?",
        },
        unless: &["answer/complete", "end/early"],
        run: |client| client.visit()?.reset(client),
    },
    Case {
        id: "end/too-much",
        chapter: chapter::THREATS,
        why: Text {
            en: "A server may send more than the client expects; the client must still end.",
            id: "Server dapat mengirim lebih banyak daripada yang ditunggu klien; klien tetap harus berakhir.",
        },
        look_for: Text {
            en: "Does the loop compare with == or != rather than with >= or <?",
            id: "Apakah loop membandingkan dengan == atau !=, bukan >= atau <?",
        },
        unless: &["answer/complete"],
        run: |client| client.visit()?.answer_too_much(client),
    },
    Case {
        id: "end/silence",
        chapter: chapter::THREATS,
        why: Text {
            en: "A server may never answer; the client must give up after some time.",
            id: "Server mungkin tidak pernah menjawab; klien harus menyerah setelah beberapa waktu.",
        },
        look_for: Text {
            en: "Is there a timeout: settimeout, or select with one?",
            id: "Apakah ada batas waktu: settimeout, atau select dengan timeout?",
        },
        unless: &["answer/complete"],
        run: |client| client.visit()?.say_nothing(client),
    },
];
