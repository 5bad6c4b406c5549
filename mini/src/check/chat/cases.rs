//! The cases of `mini check chat`, as data.

use syntax::rule::Text;

use super::super::case::{Case, chapter};
use super::{
    ChatServer, burst, control_characters, departure, duplicate_name, half_a_character, half_a_line,
    names_are_shown, not_utf8, silent_newcomer, stalled_reader, two_lines_in_one_read,
};

pub(in crate::check) const CASES: &[Case<ChatServer>] = &[
    Case {
        id: "lines/heard",
        chapter: chapter::CHAT,
        why: Text {
            en: "A line of one client reaches the others.",
            id: "Baris dari satu klien sampai ke klien lain.",
        },
        look_for: Text {
            en: "Does the server send each line to every client in its table? Does its protocol differ: see \
                 --name-line, --text-line and --crlf?",
            id: "Apakah server mengirim setiap baris ke semua klien di tabelnya? Apakah protokolnya berbeda: lihat \
                 --name-line, --text-line, dan --crlf?",
        },
        unless: &[],
        run: |server| server.pair().map(drop),
    },
    Case {
        id: "lines/two-in-one-read",
        chapter: chapter::CHAT,
        why: Text {
            en: "A read may contain several lines, each of which is a message of its own.",
            id: "Satu pembacaan dapat berisi beberapa baris, dan setiap baris adalah satu pesan.",
        },
        look_for: Text {
            en: "Is everything up to the last newline treated as one line? Split at each newline.",
            id: "Apakah semua data sampai newline terakhir dianggap satu baris? Pisahkan pada setiap newline.",
        },
        unless: &["lines/heard"],
        run: two_lines_in_one_read,
    },
    Case {
        id: "lines/half-a-line",
        chapter: chapter::CHAT,
        why: Text {
            en: "A read may end inside a line. The server waits for the rest, and serves the others meanwhile.",
            id: "Pembacaan dapat berakhir di tengah baris. Server menunggu sisanya sambil melayani yang lain.",
        },
        look_for: Text {
            en: "Is each recv treated as a line? Keep a buffer for each client.",
            id: "Apakah setiap recv dianggap satu baris? Simpan buffer untuk setiap klien.",
        },
        unless: &["lines/heard"],
        run: half_a_line,
    },
    Case {
        id: "lines/half-a-character",
        chapter: chapter::CHAT,
        why: Text {
            en: "A read may end inside a character of UTF-8; decode whole lines.",
            id: "Pembacaan dapat berakhir di tengah karakter UTF-8; dekode baris utuh.",
        },
        look_for: Text {
            en: "Is decode() called on each piece that recv returns?",
            id: "Apakah decode() dipanggil pada setiap potongan dari recv?",
        },
        unless: &["lines/heard", "lines/half-a-line"],
        run: half_a_character,
    },
    Case {
        id: "lines/burst",
        chapter: chapter::CHAT,
        why: Text {
            en: "Many lines at once arrive completely and in order.",
            id: "Banyak baris sekaligus tiba lengkap dan berurutan.",
        },
        look_for: Text {
            en: "Is the result of send ignored, or is the rest of a read after its first line discarded?",
            id: "Apakah hasil send diabaikan, atau sisa pembacaan setelah baris pertama dibuang?",
        },
        unless: &["lines/heard", "lines/two-in-one-read", "lines/half-a-line"],
        run: burst,
    },
    Case {
        id: "names/shown",
        chapter: chapter::CHAT,
        why: Text {
            en: "The others see who sent a line.",
            id: "Klien lain melihat siapa yang mengirim baris itu.",
        },
        look_for: Text {
            en: "Is the name put before the text when a line is sent to the others?",
            id: "Apakah nama ditulis di depan teks ketika baris dikirim ke klien lain?",
        },
        unless: &["lines/heard"],
        run: names_are_shown,
    },
    Case {
        id: "names/duplicate",
        chapter: chapter::CHAT,
        why: Text {
            en: "Two clients do not have the same name, and the first one keeps receiving.",
            id: "Dua klien tidak boleh bernama sama, dan klien pertama tetap menerima pesan.",
        },
        look_for: Text {
            en: "Does a new client replace the entry of the first one in a table of names? Is a taken name refused?",
            id: "Apakah klien baru menimpa entri klien pertama di tabel nama? Apakah nama yang sudah dipakai ditolak?",
        },
        unless: &["lines/heard"],
        run: duplicate_name,
    },
    Case {
        id: "threats/control-characters",
        chapter: chapter::THREATS,
        why: Text {
            en: "An escape character would control the terminals of the others, so it must not reach them.",
            id: "Karakter escape dapat mengendalikan terminal klien lain, jadi tidak boleh diteruskan.",
        },
        look_for: Text {
            en: "Are control characters removed or replaced before a line is sent?",
            id: "Apakah karakter kontrol dihapus atau diganti sebelum baris dikirim?",
        },
        unless: &["lines/heard"],
        run: control_characters,
    },
    Case {
        id: "threats/not-utf8",
        chapter: chapter::THREATS,
        why: Text {
            en: "Bytes that are not UTF-8 must not stop the server.",
            id: "Bait yang bukan UTF-8 tidak boleh menghentikan server.",
        },
        look_for: Text {
            en: "Is UnicodeDecodeError caught, or decode called with errors='replace'?",
            id: "Apakah UnicodeDecodeError ditangkap, atau decode dipanggil dengan errors='replace'?",
        },
        unless: &["lines/heard"],
        run: not_utf8,
    },
    Case {
        id: "clients/silent-newcomer",
        chapter: chapter::CHAT,
        why: Text {
            en: "A client that connects and sends no name does not stop others from entering.",
            id: "Klien yang terhubung tanpa mengirim nama tidak menghalangi yang lain masuk.",
        },
        look_for: Text {
            en: "Is the name read in the loop that accepts connections?",
            id: "Apakah nama dibaca di dalam loop yang memanggil accept?",
        },
        unless: &["lines/heard"],
        run: silent_newcomer,
    },
    Case {
        id: "clients/stalled-reader",
        chapter: chapter::CHAT,
        why: Text {
            en: "A client that does not read must not delay the others.",
            id: "Klien yang tidak membaca tidak boleh menghambat yang lain.",
        },
        look_for: Text {
            en: "Does sendall wait for one client before it sends to the next? Use a bounded queue for each client.",
            id: "Apakah sendall menunggu satu klien sebelum mengirim ke yang berikutnya? Gunakan antrean terbatas per klien.",
        },
        unless: &["lines/heard", "lines/burst", "lines/two-in-one-read", "lines/half-a-line"],
        run: stalled_reader,
    },
    Case {
        id: "clients/leaves",
        chapter: chapter::CHAT,
        why: Text {
            en: "When a client closes its connection, the others are still served and new ones can enter.",
            id: "Ketika klien menutup koneksi, klien lain tetap dilayani dan klien baru dapat masuk.",
        },
        look_for: Text {
            en: "Does the server remove the client when recv returns b''?",
            id: "Apakah server menghapus klien dari tabel ketika recv mengembalikan b''?",
        },
        unless: &["lines/heard"],
        run: |server| departure(server, false),
    },
    Case {
        id: "clients/vanishes",
        chapter: chapter::THREATS,
        why: Text {
            en: "When a client vanishes without notice, the next line still reaches everyone else.",
            id: "Ketika klien hilang tanpa pemberitahuan, baris berikutnya tetap sampai ke semua yang lain.",
        },
        look_for: Text {
            en: "Does the loop that sends to everyone remove a client from the table over which it iterates \
                 (RuntimeError: dictionary changed size during iteration)? Iterate over a copy. Is OSError caught?",
            id: "Apakah loop pengirim menghapus klien dari tabel yang sedang ditelusurinya (RuntimeError: dictionary \
                 changed size during iteration)? Telusuri salinannya. Apakah OSError ditangkap?",
        },
        unless: &["lines/heard", "clients/leaves"],
        run: |server| departure(server, true),
    },
];
