//! Methods that change something (`--writable`): each case has a file of its own, `{own}`.

use super::super::case::Answer::{self, Any, Is, Other, With};
use super::super::case::Check::{Content, Has};
use super::super::case::Need::{Plain, Writable};
use super::super::case::Step::{Alone, Closed, Continue, End, Expect, InSync, Send};
use super::super::case::{Case, Step, may, must, should};
use super::{ANY, REFUSED, REJECTED};

const CREATED: &[Answer] = &[Is(201)];
const REPLACED: &[Answer] = &[Is(200), Is(204)];
const HELLO: &[Answer] = &[With(200, &[Content(b"hello")])];
const GONE: &[Answer] = &[Is(404), Is(410)];
const FAILED: &[Answer] = &[Is(412), Any(4)];

const PUT: Step = Send(b"PUT {own} HTTP/1.1\r\n{host}Content-Length: 5\r\n\r\nhello");
const GET: Step = Send(b"GET {own} HTTP/1.1\r\n{host}\r\n");

const LOST_UPDATE: (&str, &str) = (
    "The precondition is false, so nothing is stored: it protects the change of another user.",
    "Prasyaratnya salah, jadi tidak ada yang disimpan: ini melindungi perubahan pengguna lain.",
);
const PARTIAL: (&str, &str) =
    ("Content that did not arrive completely is not stored.", "Isi yang tidak tiba lengkap tidak disimpan.");

pub(super) const CASES: &[Case] = &[
    must("writing/create", "RFC 9110 section 9.3.4", &[PUT, Expect(CREATED), InSync])
        .needs(&[Writable])
        .why("PUT of a new resource gets 201.", "PUT atas sumber daya baru mendapat 201."),
    must(
        "writing/create-and-read",
        "RFC 9110 section 9.3.4",
        &[PUT, Expect(&[Any(2)]), GET, Expect(HELLO), InSync],
    )
    .needs(&[Writable])
    .why("After PUT, GET gives the same bytes.", "Setelah PUT, GET memberi bait yang sama."),
    must(
        "writing/every-byte",
        "RFC 9110 section 9.3.4",
        &[
            Send(b"PUT {own} HTTP/1.1\r\n{host}Content-Length: 13\r\n\r\n\x00\xff\r\n\r\n\x1a\x80\n\r\n\x7f\x04"),
            Expect(&[Any(2)]),
            GET,
            Expect(&[With(200, &[Content(b"\x00\xff\r\n\r\n\x1a\x80\n\r\n\x7f\x04")])]),
        ],
    )
    .needs(&[Writable])
    .why("Content is bytes, not text: nothing is converted.", "Isi adalah bait, bukan teks: tidak ada yang diubah."),
    must(
        "writing/request-as-content",
        "RFC 9112 section 6.3",
        &[
            Send(b"PUT {own} HTTP/1.1\r\n{host}Content-Length: 27\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
            Expect(&[Any(2)]),
            GET,
            Expect(&[With(200, &[Content(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")])]),
            InSync,
        ],
    )
    .needs(&[Writable])
    .why(
        "Content is never the next request, whatever it looks like.",
        "Isi tidak pernah menjadi permintaan berikutnya, apa pun bentuknya.",
    ),
    must(
        "writing/empty",
        "RFC 9110 section 9.3.4",
        &[
            Send(b"PUT {own} HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n"),
            Expect(&[Any(2)]),
            GET,
            Expect(&[With(200, &[Content(b"")])]),
        ],
    )
    .needs(&[Writable])
    .why("A file may be empty.", "Berkas boleh kosong."),
    must(
        "writing/chunked",
        "RFC 9112 section 7.1",
        &[
            Send(b"PUT {own} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nX-A: b\r\n\r\n"),
            Expect(&[Any(2)]),
            GET,
            Expect(HELLO),
            InSync,
        ],
    )
    .needs(&[Writable])
    .why(
        "The content of chunks is stored, without their sizes, extensions and trailers.",
        "Isi chunk disimpan, tanpa ukuran, ekstensi, dan trailernya.",
    ),
    must("writing/replace", "RFC 9110 section 9.3.4", &[
        Send(b"PUT {own} HTTP/1.1\r\n{host}Content-Length: 10\r\n\r\n0123456789"),
        Expect(&[Any(2)]),
        PUT,
        Expect(REPLACED),
        GET,
        Expect(HELLO),
    ])
    .needs(&[Writable])
    .why(
        "PUT of an existing resource gets 200 or 204 and replaces all of it, also a longer one.",
        "PUT atas sumber daya yang ada mendapat 200 atau 204 dan mengganti seluruhnya, juga yang lebih panjang.",
    ),
    must(
        "writing/expect-continue",
        "RFC 9110 section 10.1.1",
        &[
            Send(b"PUT {own} HTTP/1.1\r\n{host}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"),
            Continue,
            Send(b"hello"),
            Expect(&[Any(2)]),
            GET,
            Expect(HELLO),
        ],
    )
    .needs(&[Writable])
    .why(
        "A client that waits for 100 gets it, and its content is stored.",
        "Klien yang menunggu 100 mendapatkannya, dan isinya disimpan.",
    ),
    must(
        "writing/only-if-new",
        "RFC 9110 section 13.1.2",
        &[
            Send(b"PUT {own} HTTP/1.1\r\n{host}If-None-Match: *\r\nContent-Length: 5\r\n\r\nhello"),
            Expect(CREATED),
            GET,
            Expect(HELLO),
        ],
    )
    .needs(&[Writable])
    .why("If-None-Match: * is true where nothing exists.", "If-None-Match: * benar jika belum ada apa pun."),
    must(
        "writing/only-if-new-but-exists",
        "RFC 9110 section 13.1.2",
        &[
            PUT,
            Expect(&[Any(2)]),
            Send(b"PUT {own} HTTP/1.1\r\n{host}If-None-Match: *\r\nContent-Length: 3\r\n\r\nbye"),
            Expect(FAILED),
            GET,
            Expect(HELLO),
        ],
    )
    .needs(&[Writable])
    .why(LOST_UPDATE.0, LOST_UPDATE.1),
    must(
        "writing/only-if-exists-but-new",
        "RFC 9110 section 13.1.1",
        &[
            Send(b"PUT {own} HTTP/1.1\r\n{host}If-Match: *\r\nContent-Length: 5\r\n\r\nhello"),
            Expect(FAILED),
            GET,
            Expect(GONE),
        ],
    )
    .needs(&[Writable])
    .why(LOST_UPDATE.0, LOST_UPDATE.1),
    must(
        "writing/other-version",
        "RFC 9110 section 13.1.1",
        &[
            PUT,
            Expect(&[Any(2)]),
            Send(b"PUT {own} HTTP/1.1\r\n{host}If-Match: \"a\"\r\nContent-Length: 3\r\n\r\nbye"),
            Expect(FAILED),
            GET,
            Expect(HELLO),
        ],
    )
    .needs(&[Writable])
    .why(LOST_UPDATE.0, LOST_UPDATE.1),
    must(
        "writing/same-version",
        "RFC 9110 section 13.1.1",
        &[
            Send(b"PUT {own} HTTP/1.1\r\n{host}Content-Length: 3\r\n\r\nold"),
            Expect(&[Any(2)]),
            GET,
            Expect(&[Is(200)]),
            Send(b"PUT {own} HTTP/1.1\r\n{host}If-Match: {own-etag}\r\nContent-Length: 5\r\n\r\nhello"),
            Expect(REPLACED),
            GET,
            Expect(HELLO),
        ],
    )
    .needs(&[Writable])
    .why(
        "If-Match with the current ETag is true, so the file is replaced.",
        "If-Match dengan ETag saat ini benar, jadi berkas diganti.",
    ),
    must(
        "writing/modified-since",
        "RFC 9110 section 13.1.4",
        &[
            PUT,
            Expect(&[Any(2)]),
            Send(
                b"PUT {own} HTTP/1.1\r\n{host}If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
                  Content-Length: 3\r\n\r\nbye",
            ),
            Expect(FAILED),
            GET,
            Expect(HELLO),
        ],
    )
    .needs(&[Writable])
    .why(LOST_UPDATE.0, LOST_UPDATE.1),
    must(
        "writing/cut-off",
        "RFC 9112 section 8",
        &[
            Send(b"PUT {own} HTTP/1.1\r\n{host}Content-Length: 10\r\nConnection: close\r\n\r\nhello"),
            End,
            Expect(REJECTED),
        ],
    )
    .needs(&[Writable, Plain])
    .why(PARTIAL.0, PARTIAL.1),
    must(
        "writing/chunks-cut-off",
        "RFC 9112 section 8",
        &[
            Send(b"PUT {own} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n"),
            End,
            Expect(REJECTED),
        ],
    )
    .needs(&[Writable, Plain])
    .why(PARTIAL.0, PARTIAL.1),
    must(
        "writing/broken-chunks",
        "RFC 9112 section 7.1",
        &[
            Send(b"PUT {own} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n\r\n"),
            Expect(REJECTED),
            Closed,
        ],
    )
    .needs(&[Writable])
    .why(PARTIAL.0, PARTIAL.1),
    must(
        "writing/two-lengths",
        "RFC 9112 section 6.3",
        &[
            Send(b"PUT {own} HTTP/1.1\r\n{host}Content-Length: 5\r\nContent-Length: 3\r\n\r\nhello"),
            Expect(REFUSED),
            Closed,
        ],
    )
    .needs(&[Writable])
    .why(
        "Two lengths are two contents; nothing is stored, and the connection closes.",
        "Dua panjang berarti dua isi; tidak ada yang disimpan, dan koneksi ditutup.",
    ),
    must(
        "writing/length-and-chunked",
        "RFC 9112 section 6.1",
        &[
            Send(
                b"PUT {own} HTTP/1.1\r\n{host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n\
                  5\r\nhello\r\n0\r\n\r\n",
            ),
            Expect(ANY),
            Closed,
        ],
    )
    .needs(&[Writable])
    .why(
        "With both framings the server refuses the request or reads chunks, and closes the connection.",
        "Dengan kedua pembingkaian, server menolak atau membaca chunk, lalu menutup koneksi.",
    ),
    must("writing/delete", "RFC 9110 section 9.3.5", &[
        PUT,
        Expect(&[Any(2)]),
        Send(b"DELETE {own} HTTP/1.1\r\n{host}\r\n"),
        Expect(&[Is(200), Is(202), Is(204)]),
        GET,
        Expect(GONE),
        InSync,
    ])
    .needs(&[Writable])
    .why("What was deleted is gone.", "Yang sudah dihapus tidak ada lagi."),
    should(
        "writing/delete-missing",
        "RFC 9110 section 15.5.5",
        &[Send(b"DELETE {own} HTTP/1.1\r\n{host}\r\n"), Expect(GONE)],
    )
    .needs(&[Writable])
    .why("What does not exist cannot be deleted.", "Yang tidak ada tidak dapat dihapus."),
    must(
        "writing/delete-other-version",
        "RFC 9110 section 13.1.1",
        &[
            PUT,
            Expect(&[Any(2)]),
            Send(b"DELETE {own} HTTP/1.1\r\n{host}If-Match: \"a\"\r\n\r\n"),
            Expect(FAILED),
            GET,
            Expect(HELLO),
        ],
    )
    .needs(&[Writable])
    .why(LOST_UPDATE.0, LOST_UPDATE.1),
    may(
        "writing/wrong-digest",
        "RFC 9530 section 2",
        &[
            Send(
                b"PUT {own} HTTP/1.1\r\n{host}Content-Length: 5\r\n\
                  Content-Digest: sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:\r\n\r\nhello",
            ),
            Expect(&[Any(4)]),
            GET,
            Expect(GONE),
        ],
    )
    .needs(&[Writable])
    .why(
        "A server may compare Content-Digest, and refuses content that was damaged on the way.",
        "Server boleh membandingkan Content-Digest, dan menolak isi yang rusak di jalan.",
    ),
    should(
        "writing/right-digest",
        "RFC 9530 section 2",
        &[
            Send(
                b"PUT {own} HTTP/1.1\r\n{host}Content-Length: 5\r\n\
                  Content-Digest: sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:\r\n\r\nhello",
            ),
            Expect(&[Any(2)]),
            GET,
            Expect(HELLO),
        ],
    )
    .needs(&[Writable])
    .why("Content with the right digest is stored.", "Isi dengan digest yang benar disimpan."),
    must(
        "writing/405-has-allow",
        "RFC 9110 section 15.5.6",
        &[
            PUT,
            Expect(&[Any(2)]),
            Send(b"POST {own} HTTP/1.1\r\n{host}Content-Length: 5\r\n\r\nhello"),
            Expect(&[With(405, &[Has("allow")]), Other(405)]),
            Alone,
        ],
    )
    .needs(&[Writable])
    .why("A 405 must name the methods that are allowed.", "405 harus menyebut metode yang diizinkan."),
    must(
        "writing/partial-put",
        "RFC 9110 section 14.5",
        &[
            PUT,
            Expect(&[Any(2)]),
            Send(b"PUT {own} HTTP/1.1\r\n{host}Content-Range: bytes 0-0/5\r\nContent-Length: 1\r\n\r\nj"),
            Expect(ANY),
            GET,
            Expect(&[With(200, &[Content(b"hello")]), With(200, &[Content(b"jello")])]),
        ],
    )
    .needs(&[Writable])
    .why(
        "PUT with Content-Range is refused or changes only that part; it never replaces the whole file by it.",
        "PUT dengan Content-Range ditolak atau hanya mengubah bagian itu; tidak pernah mengganti seluruh berkas.",
    ),
];
