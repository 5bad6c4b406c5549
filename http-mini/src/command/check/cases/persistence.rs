//! Connections (RFC 9112 section 9): how long they last, and requests that follow each other.

use super::super::case::Answer::{Any, Dropped, Is, Unanswered, With};
use super::super::case::Check::Lists;
use super::super::case::Need::Plain;
use super::super::case::Step::{Alone, Closed, End, Expect, InSync, Send};
use super::super::case::{Answer, Case, may, must, should};
use super::{ANY, REJECTED};

/// A response, unless the server announced that it closes the connection.
const NEXT: &[Answer] = &[Is(200), Unanswered];
const INCOMPLETE: (&str, &str) = (
    "A request that is cut off is not carried out: what is missing may change its meaning.",
    "Permintaan yang terpotong tidak dijalankan: bagian yang hilang dapat mengubah maknanya.",
);

pub(super) const CASES: &[Case] = &[
    must(
        "persistence/default",
        "RFC 9112 section 9.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[Is(200)]),
            Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[Is(200)]),
        ],
    )
    .why(
        "A connection of HTTP/1.1 stays open; a server that closes it says so by Connection: close.",
        "Koneksi HTTP/1.1 tetap terbuka; server yang menutupnya menyatakannya dengan Connection: close.",
    ),
    must(
        "persistence/close",
        "RFC 9112 section 9.6",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n"), Expect(&[Is(200)]), Closed],
    )
    .why(
        "After a request with Connection: close the server closes the connection.",
        "Setelah permintaan dengan Connection: close, server menutup koneksi.",
    ),
    should(
        "persistence/close-is-announced",
        "RFC 9112 section 9.6",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n"),
            Expect(&[With(200, &[Lists("connection", "close")])]),
        ],
    )
    .why(
        "The last response of a connection has Connection: close.",
        "Respons terakhir pada koneksi memuat Connection: close.",
    ),
    must(
        "persistence/close-in-any-case",
        "RFC 9110 section 7.6.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}connection: CLOSE\r\n\r\n"), Expect(&[Is(200)]), Closed],
    )
    .why("Connection options are not case-sensitive.", "Opsi Connection tidak peka huruf besar-kecil."),
    must(
        "persistence/close-in-a-list",
        "RFC 9110 section 7.6.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Connection: x-a, close\r\n\r\n"), Expect(&[Is(200)]), Closed],
    )
    .why(
        "Connection is a list; close may be anywhere in it.",
        "Connection adalah daftar; close boleh di mana saja.",
    ),
    must(
        "persistence/close-in-two-lines",
        "RFC 9110 section 5.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Connection: x-a\r\nConnection: close\r\n\r\n"),
            Expect(&[Is(200)]),
            Closed,
        ],
    )
    .why("Several lines of a list are one list.", "Beberapa baris daftar adalah satu daftar."),
    must(
        "persistence/close-wins",
        "RFC 9112 section 9.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Connection: keep-alive, close\r\n\r\n"),
            Expect(&[Is(200)]),
            Closed,
        ],
    )
    .why("Where close is present, the connection closes.", "Jika ada close, koneksi ditutup."),
    must(
        "persistence/nothing-after-close",
        "RFC 9112 section 9.6",
        &[
            Send(
                b"GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n\
                  GET {missing} HTTP/1.1\r\n{host}\r\n",
            ),
            Expect(&[Is(200)]),
            Closed,
        ],
    )
    .why(
        "A request that follows Connection: close is not processed.",
        "Permintaan setelah Connection: close tidak diproses.",
    ),
    must(
        "persistence/http-1.0",
        "RFC 9112 section 9.3",
        &[Send(b"GET {path} HTTP/1.0\r\n{host}\r\n"), Expect(&[Is(200)]), Closed],
    )
    .why(
        "A connection of HTTP/1.0 closes after the response; the client waits for its end.",
        "Koneksi HTTP/1.0 ditutup setelah respons; klien menunggu akhirnya.",
    ),
    must(
        "persistence/http-1.0-keep-alive",
        "RFC 9112 section 9.3",
        &[Send(b"GET {path} HTTP/1.0\r\n{host}Connection: keep-alive\r\n\r\n"), Expect(&[Is(200)]), Alone],
    )
    .why(
        "A client of HTTP/1.0 may ask for a persistent connection; the server may grant it.",
        "Klien HTTP/1.0 boleh meminta koneksi persisten; server boleh mengabulkannya.",
    ),
    must(
        "persistence/pipeline",
        "RFC 9112 section 9.3.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"),
            Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"),
            Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[Is(200)]),
            Expect(NEXT),
            Expect(NEXT),
            Alone,
        ],
    )
    .why(
        "Requests may be sent without waiting; each gets its response.",
        "Permintaan boleh dikirim tanpa menunggu; masing-masing mendapat responsnya.",
    ),
    must(
        "persistence/pipeline-in-order",
        "RFC 9112 section 9.3.2",
        &[
            Send(b"HEAD {path} HTTP/1.1\r\n{host}\r\n"),
            Send(b"GET {missing} HTTP/1.1\r\n{host}\r\n"),
            Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[Any(2), Any(4), Any(5)]),
            Expect(&[Any(3), Any(4), Any(5), Unanswered]),
            Expect(NEXT),
            Alone,
        ],
    )
    .why(
        "Responses come in the order of the requests, since nothing else relates them.",
        "Respons datang sesuai urutan permintaan, karena tidak ada penghubung lain.",
    ),
    must(
        "persistence/pipeline-with-content",
        "RFC 9112 section 9.3.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 5\r\n\r\nhello"),
            Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"),
            Expect(ANY),
            Expect(NEXT),
            Alone,
        ],
    )
    .why(
        "The next request begins directly behind the content.",
        "Permintaan berikutnya dimulai tepat setelah isi.",
    ),
    must(
        "persistence/pipeline-with-close",
        "RFC 9112 section 9.6",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"),
            Send(b"GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n"),
            Expect(&[Is(200)]),
            Expect(NEXT),
            Closed,
        ],
    )
    .why(
        "Connection: close belongs to its request: those before it are answered.",
        "Connection: close milik permintaannya: permintaan sebelumnya tetap dijawab.",
    ),
    should(
        "persistence/empty-line-between",
        "RFC 9112 section 2.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"),
            Send(b"\r\nGET {path} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[Is(200)]),
            Expect(NEXT),
            Alone,
        ],
    )
    .why(
        "A server ignores an empty line where a request is expected.",
        "Server mengabaikan baris kosong di tempat permintaan diharapkan.",
    ),
    must(
        "persistence/after-304",
        "RFC 9110 section 15.4.5",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: {etag}\r\n\r\n"),
            Expect(&[Is(304), Is(200)]),
            InSync,
        ],
    )
    .why("A 304 ends with its fields; it has no content.", "304 berakhir pada fieldnya; tidak ada isi."),
    must(
        "persistence/after-bad-request",
        "RFC 9112 section 2.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n\r\nGET {missing} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[Is(400)]),
            Alone,
        ],
    )
    .why(
        "After a request that was not understood, what follows may not be a request.",
        "Setelah permintaan yang tidak dipahami, yang mengikutinya mungkin bukan permintaan.",
    ),
    may(
        "persistence/half-close",
        "RFC 9112 section 9.6",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"), End, Expect(&[Is(200)])],
    )
    .needs(&[Plain])
    .why(
        "A client that sends nothing more may end its direction and still read, as nc -N does.",
        "Klien yang tidak mengirim lagi boleh mengakhiri arahnya dan tetap membaca, seperti nc -N.",
    ),
    must(
        "persistence/cut-off-head",
        "RFC 9112 section 8",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}"), End, Expect(REJECTED)],
    )
    .needs(&[Plain])
    .why(INCOMPLETE.0, INCOMPLETE.1),
    must(
        "persistence/cut-off-line",
        "RFC 9112 section 8",
        &[Send(b"GET {path} HTTP/1.1"), End, Expect(&[Any(4), Any(5), Dropped])],
    )
    .needs(&[Plain])
    .why(INCOMPLETE.0, INCOMPLETE.1),
    must(
        "persistence/unknown-upgrade",
        "RFC 9110 section 7.8",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Connection: upgrade\r\nUpgrade: tea/1\r\n\r\n"),
            Expect(&[Is(200)]),
            InSync,
        ],
    )
    .why(
        "An offer of another protocol may be ignored; the request is answered in HTTP.",
        "Tawaran protokol lain boleh diabaikan; permintaan dijawab dengan HTTP.",
    ),
];
