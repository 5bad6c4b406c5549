//! Methods (RFC 9110 section 9).

use super::super::case::Answer::{Any, Is, Other, With};
use super::super::case::Check::{AsInGet, Has, Lacks, LikeGet, Without};
use super::super::case::Step::{Alone, Expect, InSync, Send};
use super::super::case::{Case, must, should};
use super::{ANY, REFUSED};

pub(super) const CASES: &[Case] = &[
    must(
        "methods/head",
        "RFC 9110 section 9.3.2",
        &[Send(b"HEAD {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[Is(200)]), InSync],
    )
    .why(
        "HEAD is GET without content; the next response begins directly behind the fields.",
        "HEAD adalah GET tanpa isi; respons berikutnya dimulai tepat setelah field.",
    ),
    must(
        "methods/head-length",
        "RFC 9110 section 8.6",
        &[
            Send(b"HEAD {path} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[With(200, &[AsInGet("content-length")])]),
        ],
    )
    .why(
        "Content-Length of HEAD is that of GET, or absent: clients show it, and plan by it.",
        "Content-Length pada HEAD sama dengan pada GET, atau tidak ada: klien menampilkan dan memakainya.",
    ),
    should(
        "methods/head-fields",
        "RFC 9110 section 9.3.2",
        &[
            Send(b"HEAD {path} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[With(200, &[LikeGet("content-type"), LikeGet("last-modified"), LikeGet("etag")])]),
        ],
    )
    .why(
        "HEAD has the fields of GET, so that a client learns them without the content.",
        "HEAD memuat field GET, agar klien mengetahuinya tanpa isi.",
    ),
    must(
        "methods/head-missing",
        "RFC 9110 section 9.3.2",
        &[
            Send(b"HEAD {missing} HTTP/1.1\r\n{host}\r\n"),
            Expect(ANY),
            InSync,
        ],
    )
    .why("An error that answers HEAD has no content.", "Kesalahan sebagai jawaban HEAD tidak memiliki isi."),
    must(
        "methods/head-bad-request",
        "RFC 9110 section 9.3.2",
        &[Send(b"HEAD {path} HTTP/1.1\r\nHost: a b\r\n{login}\r\n"), Expect(ANY), Alone],
    )
    .why(
        "An error that answers HEAD has no content, also if the request is malformed.",
        "Kesalahan sebagai jawaban HEAD tidak memiliki isi, juga bila permintaannya salah bentuk.",
    ),
    must(
        "methods/head-not-modified",
        "RFC 9110 section 13.1.2",
        &[Send(b"HEAD {path} HTTP/1.1\r\n{host}If-None-Match: {etag}\r\n\r\n"), Expect(&[Is(304)]), InSync],
    )
    .why("Preconditions apply to HEAD as to GET.", "Prasyarat berlaku pada HEAD seperti pada GET."),
    must(
        "methods/options",
        "RFC 9110 section 9.3.7",
        &[Send(b"OPTIONS {path} HTTP/1.1\r\n{host}\r\n"), Expect(ANY), InSync],
    )
    .why(
        "OPTIONS asks what is possible; a server that does not know it refuses it, and the connection stays usable.",
        "OPTIONS menanyakan apa yang mungkin; server yang tidak mengenalnya menolak, dan koneksi tetap dapat dipakai.",
    ),
    should(
        "methods/options-allow",
        "RFC 9110 section 9.3.7",
        &[
            Send(b"OPTIONS {path} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[With(2, &[Has("allow")]), Any(3), Any(4), Any(5)]),
        ],
    )
    .why("A successful OPTIONS names the methods in Allow.", "OPTIONS yang berhasil menyebut metode pada Allow."),
    must(
        "methods/options-204",
        "RFC 9110 section 8.6",
        &[
            Send(b"OPTIONS {path} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[With(204, &[Lacks("content-length"), Lacks("transfer-encoding")]), Other(204)]),
            InSync,
        ],
    )
    .why(
        "A 204 has no content, so neither Content-Length nor Transfer-Encoding.",
        "204 tidak memiliki isi, jadi tanpa Content-Length dan Transfer-Encoding.",
    ),
    must(
        "methods/options-asterisk",
        "RFC 9110 section 9.3.7",
        &[Send(b"OPTIONS * HTTP/1.1\r\n{host}\r\n"), Expect(ANY), Alone],
    )
    .why(
        "OPTIONS * asks about the server as a whole; it gets a response, which may be an error.",
        "OPTIONS * menanyakan server secara keseluruhan; ada respons, yang boleh berupa kesalahan.",
    ),
    should(
        "methods/unknown-is-refused",
        "RFC 9110 section 9.1",
        &[Send(b"BREW {path} HTTP/1.1\r\n{host}\r\n"), Expect(REFUSED), Alone],
    )
    .why(
        "A method that the server does not know is not carried out as another one.",
        "Metode yang tidak dikenal server tidak dijalankan sebagai metode lain.",
    ),
    should(
        "methods/unknown-gets-501",
        "RFC 9110 section 9.1",
        &[Send(b"BREW {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[Is(501)])],
    )
    .why(
        "An unknown method gets 501; 405 is for methods that are known and not allowed here.",
        "Metode tak dikenal mendapat 501; 405 untuk metode yang dikenal tetapi tidak diizinkan di sini.",
    ),
    must(
        "methods/unknown-405-has-allow",
        "RFC 9110 section 15.5.6",
        &[
            Send(b"BREW {path} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[With(405, &[Has("allow")]), Other(405)]),
        ],
    )
    .why(
        "A 405 must name the methods that are allowed.",
        "405 harus menyebut metode yang diizinkan.",
    ),
    must(
        "methods/trace-405-has-allow",
        "RFC 9110 section 15.5.6",
        &[
            Send(b"TRACE {path} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[With(405, &[Has("allow")]), Other(405)]),
        ],
    )
    .why(
        "A 405 must name the methods that are allowed.",
        "405 harus menyebut metode yang diizinkan.",
    ),
    should(
        "methods/trace-reveals-no-cookie",
        "RFC 9110 section 9.3.8",
        &[
            Send(b"TRACE {path} HTTP/1.1\r\n{host}Cookie: secret-canary\r\n\r\n"),
            Expect(&[With(2, &[Without(b"secret-canary")]), Any(3), Any(4), Any(5)]),
            Alone,
        ],
    )
    .why(
        "TRACE sends the request back; without care, scripts of a page could read cookies there.",
        "TRACE mengirim kembali permintaan; tanpa kehati-hatian, skrip halaman dapat membaca cookie di sana.",
    ),
    should(
        "methods/token-characters",
        "RFC 9110 section 5.6.2",
        &[Send(b"M-SEARCH+!# {path} HTTP/1.1\r\n{host}\r\n"), Expect(REFUSED), Alone],
    )
    .why(
        "A method is any token; an unknown one gets an error.",
        "Metode adalah sembarang token; yang tak dikenal mendapat kesalahan.",
    ),
];
