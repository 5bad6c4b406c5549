//! What every response carries (RFC 9110 sections 6.6, 8 and 14.3).

use super::super::case::Answer::{Is, Other, With};
use super::super::case::Check::{Date, Equals, Has, Lacks, NotInFuture, Tag, Whole};
use super::super::case::Need::{File, Ranges};
use super::super::case::Step::{Expect, Send};
use super::super::case::{Case, may, must, should};

const DATED: (&str, &str) = (
    "A server with a clock puts Date into every response of 2xx, 3xx and 4xx: caches compute ages from it.",
    "Server yang memiliki jam mengisi Date pada setiap respons 2xx, 3xx, dan 4xx: cache menghitung umur darinya.",
);

pub(super) const CASES: &[Case] = &[
    must(
        "responses/date",
        "RFC 9110 section 6.6.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[With(200, &[Has("date"), Date("date")])])],
    )
    .why(DATED.0, DATED.1),
    must(
        "responses/date-of-head",
        "RFC 9110 section 6.6.1",
        &[Send(b"HEAD {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[With(200, &[Has("date"), Date("date")])])],
    )
    .why(DATED.0, DATED.1),
    must(
        "responses/date-of-404",
        "RFC 9110 section 6.6.1",
        &[
            Send(b"GET {missing} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[With(404, &[Has("date"), Date("date")]), Other(404)]),
        ],
    )
    .why(DATED.0, DATED.1),
    must(
        "responses/date-of-400",
        "RFC 9110 section 6.6.1",
        &[
            Send(b"GET {path} HTTP/1.1\r\nHost: {authority}\r\nHost: {authority}\r\n{login}\r\n"),
            Expect(&[With(400, &[Has("date"), Date("date")]), Other(400)]),
        ],
    )
    .why(DATED.0, DATED.1),
    must(
        "responses/date-of-304",
        "RFC 9110 section 15.4.5",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: {etag}\r\n\r\n"),
            Expect(&[With(304, &[Has("date"), Date("date")]), Other(304)]),
        ],
    )
    .why(DATED.0, DATED.1),
    must(
        "responses/date-of-416",
        "RFC 9110 section 6.6.1",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes={size}-\r\n\r\n"),
            Expect(&[With(416, &[Has("date"), Date("date")]), Other(416)]),
        ],
    )
    .needs(&[Ranges])
    .why(DATED.0, DATED.1),
    must(
        "responses/same-content",
        "RFC 9110 section 9.3.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[With(200, &[Whole])])],
    )
    .needs(&[File])
    .why(
        "GET of a file that did not change gives the same bytes each time.",
        "GET atas berkas yang tidak berubah memberi bait yang sama setiap kali.",
    ),
    should(
        "responses/content-type",
        "RFC 9110 section 8.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[With(200, &[Has("content-type")])])],
    )
    .why(
        "A response with content names its type, unless the server does not know it; browsers guess otherwise.",
        "Respons dengan isi menyebut tipenya, kecuali server tidak mengetahuinya; jika tidak, peramban menebak.",
    ),
    should(
        "responses/etag",
        "RFC 9110 section 8.8.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[With(200, &[Has("etag")])])],
    )
    .needs(&[File])
    .why(
        "A file has an ETag, so that clients can revalidate and resume without mixing versions.",
        "Berkas memiliki ETag, agar klien dapat memvalidasi ulang dan melanjutkan tanpa mencampur versi.",
    ),
    must(
        "responses/etag-syntax",
        "RFC 9110 section 8.8.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[With(200, &[Tag])])],
    )
    .why(
        "An ETag is quoted, perhaps behind W/.",
        "ETag berada dalam tanda kutip, mungkin didahului W/.",
    ),
    must(
        "responses/etag-is-stable",
        "RFC 9110 section 8.8.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[With(200, &[Equals("etag", "{etag}")])])],
    )
    .needs(&[File])
    .why(
        "A validator changes only if the representation changes.",
        "Validator hanya berubah jika representasinya berubah.",
    ),
    should(
        "responses/last-modified",
        "RFC 9110 section 8.8.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[With(200, &[Has("last-modified")])])],
    )
    .needs(&[File])
    .why("A file has a time of modification.", "Berkas memiliki waktu perubahan."),
    must(
        "responses/last-modified-syntax",
        "RFC 9110 section 5.6.7",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[With(200, &[Date("last-modified")])])],
    )
    .why(
        "Dates are written as Sun, 06 Nov 1994 08:49:37 GMT.",
        "Tanggal ditulis sebagai Sun, 06 Nov 1994 08:49:37 GMT.",
    ),
    must(
        "responses/last-modified-not-later",
        "RFC 9110 section 8.8.2.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[With(200, &[NotInFuture])])],
    )
    .why(
        "Last-Modified is never later than Date, or the next change looks older than this content.",
        "Last-Modified tidak pernah lebih lambat dari Date, atau perubahan berikutnya tampak lebih lama.",
    ),
    may(
        "responses/accept-ranges",
        "RFC 9110 section 14.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[With(200, &[Has("accept-ranges")])]),
        ],
    )
    .needs(&[Ranges])
    .why(
        "A server with ranges may say so, and download programs look for it.",
        "Server yang mendukung rentang boleh menyatakannya, dan program pengunduh mencarinya.",
    ),
    must(
        "responses/no-content-range",
        "RFC 9110 section 14.4",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[With(200, &[Lacks("content-range")])]),
        ],
    )
    .why("Only 206 and 416 have Content-Range.", "Hanya 206 dan 416 yang memuat Content-Range."),
    must(
        "responses/reason-is-optional",
        "RFC 9112 section 4",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Accept: */*\r\n\r\n"), Expect(&[Is(200)])],
    )
    .why(
        "A status line has a version, three digits and perhaps a reason.",
        "Baris status memuat versi, tiga digit, dan mungkin alasan.",
    ),
];
