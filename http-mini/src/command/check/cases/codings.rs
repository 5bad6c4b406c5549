//! Content codings (RFC 9110 sections 8.4 and 12.5.3). A server without codings passes.

use super::super::case::Answer::{self, Any, Is, With};
use super::super::case::Check::{DecodesToWhole, Lacks, Only, OwnTagIfCoded, VariesIfCoded};
use super::super::case::Need::File;
use super::super::case::Step::{Expect, InSync, Send};
use super::super::case::{Case, may, must, should};

const UNCODED: &[Answer] = &[With(200, &[Lacks("content-encoding")])];
const GZIP: &[&str] = &["gzip", "x-gzip", "identity"];
const GZIP_OR_UNCODED: &[Answer] = &[With(200, &[Only("content-encoding", GZIP)])];

const UNWANTED: (&str, &str) = (
    "A coding that the client does not accept cannot be decoded by it.",
    "Coding yang tidak diterima klien tidak dapat didekode olehnya.",
);

pub(super) const CASES: &[Case] = &[
    should(
        "codings/empty",
        "RFC 9110 section 12.5.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Accept-Encoding:\r\n\r\n"), Expect(UNCODED)],
    )
    .why("An empty Accept-Encoding accepts no coding.", "Accept-Encoding kosong tidak menerima coding apa pun."),
    should(
        "codings/identity",
        "RFC 9110 section 12.5.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Accept-Encoding: identity\r\n\r\n"), Expect(UNCODED)],
    )
    .why(UNWANTED.0, UNWANTED.1),
    should(
        "codings/gzip",
        "RFC 9110 section 12.5.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Accept-Encoding: gzip\r\n\r\n"), Expect(GZIP_OR_UNCODED), InSync],
    )
    .why(UNWANTED.0, UNWANTED.1),
    should(
        "codings/in-any-case",
        "RFC 9110 section 8.4.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Accept-Encoding: GZIP\r\n\r\n"), Expect(GZIP_OR_UNCODED)],
    )
    .why("Names of codings are not case-sensitive.", "Nama coding tidak peka huruf besar-kecil."),
    should(
        "codings/gzip-forbidden",
        "RFC 9110 section 12.4.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Accept-Encoding: gzip;q=0\r\n\r\n"), Expect(UNCODED)],
    )
    .why("A weight of 0 means not acceptable.", "Bobot 0 berarti tidak diterima."),
    should(
        "codings/gzip-forbidden-in-thousandths",
        "RFC 9110 section 12.4.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Accept-Encoding: gzip;q=0.000, br ; q=0\r\n\r\n"),
            Expect(UNCODED),
        ],
    )
    .why(
        "A weight of 0 may have three decimals, and white space around the semicolon.",
        "Bobot 0 boleh memiliki tiga desimal, dan spasi di sekitar titik koma.",
    ),
    should(
        "codings/others-forbidden",
        "RFC 9110 section 12.5.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Accept-Encoding: gzip, *;q=0\r\n\r\n"), Expect(&[
            With(200, &[Only("content-encoding", GZIP)]),
            Is(406),
            Is(415),
        ])],
    )
    .why("* matches every coding that is not listed.", "* mewakili setiap coding yang tidak disebut."),
    should(
        "codings/unknown",
        "RFC 9110 section 12.5.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Accept-Encoding: tea\r\n\r\n"), Expect(UNCODED)],
    )
    .why(UNWANTED.0, UNWANTED.1),
    may(
        "codings/identity-forbidden",
        "RFC 9110 section 12.5.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Accept-Encoding: gzip, identity;q=0\r\n\r\n"),
            Expect(&[Is(200), Is(406), Is(415)]),
            InSync,
        ],
    )
    .why(
        "Without an acceptable coding the server sends 406, or disregards the field.",
        "Tanpa coding yang diterima, server mengirim 406, atau mengabaikan field itu.",
    ),
    must(
        "codings/malformed",
        "RFC 9110 section 12.5.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Accept-Encoding: gzip;q=x;;, ,\r\n\r\n"),
            Expect(&[Is(200), Any(4)]),
            InSync,
        ],
    )
    .why(
        "A malformed preference is ignored or refused, and the connection stays in order.",
        "Preferensi yang salah bentuk diabaikan atau ditolak, dan koneksi tetap teratur.",
    ),
    must(
        "codings/decodes",
        "RFC 9110 section 8.4",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Accept-Encoding: gzip, br, zstd\r\n\r\n"),
            Expect(&[With(200, &[DecodesToWhole])]),
            InSync,
        ],
    )
    .needs(&[File])
    .why("Decoded content is the content.", "Isi yang didekode adalah isi aslinya."),
    should(
        "codings/vary",
        "RFC 9110 section 12.5.5",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Accept-Encoding: gzip, br, zstd\r\n\r\n"),
            Expect(&[With(200, &[VariesIfCoded])]),
        ],
    )
    .why(
        "Vary names Accept-Encoding, or a cache sends coded content to clients that cannot decode it.",
        "Vary menyebut Accept-Encoding, atau cache mengirim isi terkode ke klien yang tidak dapat mendekodenya.",
    ),
    must(
        "codings/own-etag",
        "RFC 9110 section 8.8.3.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Accept-Encoding: gzip, br, zstd\r\n\r\n"),
            Expect(&[With(200, &[OwnTagIfCoded])]),
        ],
    )
    .why(
        "Coded content has another strong ETag than uncoded content: their bytes cannot be joined.",
        "Isi terkode memiliki ETag kuat lain dari isi asli: bait keduanya tidak dapat disambung.",
    ),
    must(
        "codings/head",
        "RFC 9110 section 9.3.2",
        &[Send(b"HEAD {path} HTTP/1.1\r\n{host}Accept-Encoding: gzip\r\n\r\n"), Expect(&[Is(200)]), InSync],
    )
    .why("HEAD has no content, coded or not.", "HEAD tidak memiliki isi, terkode atau tidak."),
];
