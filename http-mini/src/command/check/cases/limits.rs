//! Limits: what every server should accept, and how it refuses what is too large (RFC 9110 sections 2.3, 4.1 and 5.4).

use super::super::case::Answer::{self, Any, Dropped, Is, Silent};
use super::super::case::Step::{Alone, Expect, InSync, Send};
use super::super::case::{Case, must, should};

/// Accepted, or an error of the client.
const TOO_LARGE: &[Answer] = &[Any(2), Any(3), Any(4)];
const CHUNKS: &[Answer] = &[Any(2), Any(3), Any(4), Any(5), Dropped, Silent];

pub(super) const CASES: &[Case] = &[
    should(
        "limits/target-of-7900-bytes",
        "RFC 9112 section 3",
        &[
            Send(b"GET {path}?{x:7900} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[Any(2), Any(3), Is(403), Is(404)]),
            InSync,
        ],
    )
    .why(
        "A request line of 8,000 bytes is the least that a server should accept.",
        "Baris permintaan 8.000 bait adalah batas minimal yang sebaiknya diterima server.",
    ),
    must(
        "limits/target-of-64-kib",
        "RFC 9110 section 15.5.15",
        &[
            Send(b"GET {path}?{x:65536} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[Any(2), Any(3), Is(404), Is(414), Is(431)]),
            Alone,
        ],
    )
    .why(
        "A target that is too long gets 414; it is never cut.",
        "Target yang terlalu panjang mendapat 414; target tidak pernah dipotong.",
    ),
    must(
        "limits/thirty-fields",
        "RFC 9110 section 5.4",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}{fields:30}\r\n"), Expect(&[Is(200)]), InSync],
    )
    .why(
        "Browsers behind proxies send some thirty fields.",
        "Peramban di belakang proxy mengirim sekitar tiga puluh field.",
    ),
    must(
        "limits/five-thousand-fields",
        "RFC 9110 section 5.4",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}{fields:5000}\r\n"), Expect(TOO_LARGE), Alone],
    )
    .why(
        "Fields that are too many get an error of 4xx; ignoring some would change the request.",
        "Field yang terlalu banyak mendapat kesalahan 4xx; mengabaikan sebagian mengubah permintaan.",
    ),
    must(
        "limits/value-of-64-kib",
        "RFC 9110 section 5.4",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X-A: {x:65536}\r\n\r\n"), Expect(TOO_LARGE), Alone],
    )
    .why(
        "A value that is too long gets an error of 4xx; it is never cut.",
        "Nilai yang terlalu panjang mendapat kesalahan 4xx; nilai tidak pernah dipotong.",
    ),
    must(
        "limits/name-of-64-kib",
        "RFC 9110 section 5.4",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}{x:65536}: a\r\n\r\n"), Expect(TOO_LARGE), Alone],
    )
    .why(
        "A name that is too long gets an error of 4xx; it is never cut.",
        "Nama yang terlalu panjang mendapat kesalahan 4xx; nama tidak pernah dipotong.",
    ),
    must(
        "limits/extension-of-64-kib",
        "RFC 9112 section 7.1.1",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n5;{x:65536}\r\nhello\r\n0\r\n\r\n"),
            Expect(CHUNKS),
            Alone,
        ],
    )
    .why(
        "Extensions of a chunk are bounded; beyond the limit the connection closes.",
        "Ekstensi chunk dibatasi; melewati batas, koneksi ditutup.",
    ),
    must(
        "limits/trailer-of-64-kib",
        "RFC 9112 section 7.1.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: {x:65536}\r\n\r\n"),
            Expect(CHUNKS),
            Alone,
        ],
    )
    .why(
        "A trailer is bounded; beyond the limit the connection closes.",
        "Trailer dibatasi; melewati batas, koneksi ditutup.",
    ),
];
