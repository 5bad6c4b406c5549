//! The cases of `mini check echo`, as data.

use syntax::rule::Text;

use super::super::case::{Case, chapter};
use super::{
    EchoServer, after_the_end, byte_by_byte, echoes, half_character, half_close, idle_client, large_message,
    many_clients, pool, reset, several_messages, slow_reader,
};

pub(in crate::check) const CASES: &[Case<EchoServer>] = &[
    Case {
        id: "stream/message",
        chapter: chapter::SOCKETS,
        why: Text { en: "Every byte comes back.", id: "Setiap bait dikirim kembali." },
        look_for: Text {
            en: "Does the server send exactly what it received: no prompt, no prefix, no change of letter case?",
            id: "Apakah server mengirim persis yang diterimanya: tanpa prompt, tanpa awalan, tanpa mengubah huruf besar dan kecil?",
        },
        unless: &[],
        run: |server| echoes(server, b"hello\n"),
    },
    Case {
        id: "stream/several-messages",
        chapter: chapter::SOCKETS,
        why: Text {
            en: "A connection lasts until the client ends it, so further messages come back too.",
            id: "Koneksi berlangsung sampai klien mengakhirinya, jadi pesan berikutnya juga dikirim kembali.",
        },
        look_for: Text {
            en: "Is recv called only once for each connection? It belongs in a loop that ends at b''.",
            id: "Apakah recv hanya dipanggil sekali per koneksi? Letakkan dalam loop yang berakhir pada b''.",
        },
        unless: &["stream/message"],
        run: several_messages,
    },
    Case {
        id: "stream/no-line-end",
        chapter: chapter::SOCKETS,
        why: Text {
            en: "A stream has no lines: bytes come back without waiting for a line end.",
            id: "Stream tidak mengenal baris: bait dikirim kembali tanpa menunggu akhir baris.",
        },
        look_for: Text {
            en: "Does the server use readline, or wait for a newline or for a full buffer?",
            id: "Apakah server memakai readline, atau menunggu newline atau buffer penuh?",
        },
        unless: &["stream/message"],
        run: |server| echoes(server, b"no line end"),
    },
    Case {
        id: "stream/byte-by-byte",
        chapter: chapter::SOCKETS,
        why: Text {
            en: "One send may arrive in several reads, even one byte at a time.",
            id: "Satu send dapat tiba dalam beberapa recv, bahkan satu bait setiap kali.",
        },
        look_for: Text {
            en: "Does the server assume that one recv returns one whole message?",
            id: "Apakah server menganggap satu recv berisi satu pesan utuh?",
        },
        unless: &["stream/message", "stream/several-messages"],
        run: byte_by_byte,
    },
    Case {
        id: "stream/half-character",
        chapter: chapter::SOCKETS,
        why: Text {
            en: "A read may end inside a character of UTF-8. An echo server returns bytes and need not decode them.",
            id: "Pembacaan dapat berakhir di tengah karakter UTF-8. Server echo mengembalikan bait, tanpa mendekode.",
        },
        look_for: Text {
            en: "Does the server call decode() on each piece that it receives?",
            id: "Apakah server memanggil decode() pada setiap potongan yang diterima?",
        },
        unless: &["stream/message", "stream/several-messages"],
        run: half_character,
    },
    Case {
        id: "stream/any-bytes",
        chapter: chapter::SOCKETS,
        why: Text {
            en: "Bytes need not be text: NUL, 0xFF and CR come back like all others.",
            id: "Bait tidak harus berupa teks: NUL, 0xFF, dan CR dikirim kembali seperti yang lain.",
        },
        look_for: Text {
            en: "Does the server decode, strip or compare what it received as text?",
            id: "Apakah server mendekode, memotong, atau membandingkan data sebagai teks?",
        },
        unless: &["stream/message", "stream/several-messages", "stream/half-character"],
        run: |server| echoes(server, &(0..=255).collect::<Vec<u8>>()),
    },
    Case {
        id: "stream/large-message",
        chapter: chapter::SELECT,
        why: Text {
            en: "send may take only a part of the bytes; the rest must be sent later.",
            id: "send dapat mengirim sebagian bait saja; sisanya harus dikirim kemudian.",
        },
        look_for: Text {
            en: "Is the result of send ignored? Use sendall, or keep the rest of the buffer.",
            id: "Apakah hasil send diabaikan? Gunakan sendall, atau simpan sisa buffer.",
        },
        unless: &["stream/message", "stream/several-messages"],
        run: large_message,
    },
    Case {
        id: "clients/next",
        chapter: chapter::SOCKETS,
        why: Text {
            en: "When a client leaves, the server serves the next one.",
            id: "Setelah satu klien pergi, server melayani klien berikutnya.",
        },
        look_for: Text {
            en: "Is accept called only once, or does the program end with its first client?",
            id: "Apakah accept hanya dipanggil sekali, atau program berakhir bersama klien pertama?",
        },
        unless: &["stream/message"],
        run: |server| {
            echoes(server, b"first\n")?;
            echoes(server, b"second\n")
        },
    },
    Case {
        id: "clients/many",
        chapter: chapter::THREADS,
        why: Text {
            en: "Clients are served at the same time, and each receives its own bytes.",
            id: "Klien dilayani secara bersamaan, dan masing-masing menerima baitnya sendiri.",
        },
        look_for: Text {
            en: "Does the server accept the next client only after the previous one has left? Use a thread for \
                 each, select, or a pool that is large enough.",
            id: "Apakah server baru menerima klien berikutnya setelah klien sebelumnya pergi? Gunakan thread, select, \
                 atau pool yang cukup besar.",
        },
        unless: &["stream/message", "clients/next"],
        run: many_clients,
    },
    Case {
        id: "clients/pool",
        chapter: chapter::THREADS,
        why: Text {
            en: "A pool of threads limits how many clients are served at a time; the next one waits for a thread.",
            id: "Pool thread membatasi jumlah klien yang dilayani sekaligus; klien berikutnya menunggu thread.",
        },
        look_for: Text {
            en: "Does the server start a thread for each new client, or refuse a client when no thread is free?",
            id: "Apakah server memulai thread setiap kali klien datang, atau menolak klien ketika tidak ada thread bebas?",
        },
        unless: &["stream/message", "clients/next", "clients/many"],
        run: pool,
    },
    Case {
        id: "clients/slow-reader",
        chapter: chapter::SELECT,
        why: Text {
            en: "A client that does not read must not delay others, and loses nothing when it reads again.",
            id: "Klien yang tidak membaca tidak boleh menghambat yang lain, dan tidak kehilangan data saat membaca lagi.",
        },
        look_for: Text {
            en: "Does one thread serve all clients and call sendall on a blocking socket? Or does a pipe fill up?",
            id: "Apakah satu thread melayani semua klien dan memanggil sendall pada soket blocking? Atau apakah sebuah pipe penuh?",
        },
        unless: &["stream/message", "clients/many", "stream/large-message"],
        run: slow_reader,
    },
    Case {
        id: "end/half-close",
        chapter: chapter::SELECT,
        why: Text {
            en: "A client that has closed its sending side still reads: what it sent must come back before the server closes.",
            id: "Klien yang menutup sisi kirimnya masih membaca: semua data harus kembali sebelum server menutup koneksi.",
        },
        look_for: Text {
            en: "Does the server close at b'' although bytes still wait to be sent? Or does it never close?",
            id: "Apakah server menutup pada b'' padahal masih ada bait yang belum dikirim? Atau tidak pernah menutup?",
        },
        unless: &["stream/message", "stream/several-messages"],
        run: half_close,
    },
    Case {
        id: "end/reset",
        chapter: chapter::THREATS,
        why: Text {
            en: "A client may vanish with a reset; the server and its other clients continue.",
            id: "Klien dapat hilang karena reset; server dan klien lainnya tetap berjalan.",
        },
        look_for: Text {
            en: "Is ConnectionResetError (an OSError) caught where recv and send are called?",
            id: "Apakah ConnectionResetError (OSError) ditangkap di tempat recv dan send dipanggil?",
        },
        unless: &["stream/message", "stream/several-messages", "clients/next", "clients/many"],
        run: reset,
    },
    Case {
        id: "cpu/idle",
        chapter: chapter::SELECT,
        why: Text {
            en: "A silent client stays connected and uses no CPU time.",
            id: "Klien yang diam tetap terhubung dan tidak memakai waktu CPU.",
        },
        look_for: Text {
            en: "Is every socket always in select's list of writable sockets? Put it there only while bytes wait.",
            id: "Apakah semua soket selalu ada di daftar writable select? Masukkan hanya selama ada bait yang menunggu.",
        },
        unless: &["stream/message", "stream/several-messages"],
        run: idle_client,
    },
    Case {
        id: "cpu/after-end",
        chapter: chapter::THREADS,
        why: Text {
            en: "At the end of a connection recv returns b'' at once, every time: the server must stop reading.",
            id: "Di akhir koneksi recv langsung mengembalikan b'' setiap kali: server harus berhenti membaca.",
        },
        look_for: Text {
            en: "Does the loop around recv end when recv returns b''?",
            id: "Apakah loop di sekitar recv berakhir ketika recv mengembalikan b''?",
        },
        unless: &["stream/message", "cpu/idle"],
        run: after_the_end,
    },
];
