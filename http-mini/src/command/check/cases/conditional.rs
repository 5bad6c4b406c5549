//! Preconditions (RFC 9110 section 13), in the order of section 13.2.2, and the three formats of dates.

use super::super::case::Answer::{self, Any, Is, Other, With};
use super::super::case::Check::{Equals, Has, LikeGet};
use super::super::case::Need::File;
use super::super::case::Step::{Expect, InSync, Send};
use super::super::case::{Case, must, should};

const FULL: &[Answer] = &[Is(200)];
const NOT_MODIFIED: &[Answer] = &[Is(304)];
/// The method is not performed: 412, or an error with another reason.
const FAILED: &[Answer] = &[Is(412), Any(4)];

const NONE_MATCH: (&str, &str) = (
    "If-None-Match names the versions that the client has; one of them matches, so 304 saves the content.",
    "If-None-Match menyebut versi yang dimiliki klien; salah satunya cocok, jadi 304 menghemat isi.",
);
const MATCH: (&str, &str) = (
    "With a false If-Match the method must not be performed: it was meant for another version.",
    "Jika If-Match salah, metode tidak boleh dijalankan: permintaan itu untuk versi lain.",
);
const DATES: (&str, &str) =
    ("A recipient accepts all three formats of dates.", "Penerima menerima ketiga format tanggal.");
const INVALID: (&str, &str) = ("A value that is no date is ignored.", "Nilai yang bukan tanggal diabaikan.");

pub(super) const CASES: &[Case] = &[
    must(
        "conditional/none-match",
        "RFC 9110 section 13.1.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: {etag}\r\n\r\n"), Expect(NOT_MODIFIED), InSync],
    )
    .why(NONE_MATCH.0, NONE_MATCH.1),
    must(
        "conditional/none-match-weak",
        "RFC 9110 section 13.1.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: {weak}\r\n\r\n"), Expect(NOT_MODIFIED), InSync],
    )
    .why(
        "If-None-Match compares weakly: W/ before a tag makes no difference.",
        "If-None-Match membandingkan secara lemah: W/ di depan tag tidak berpengaruh.",
    ),
    must(
        "conditional/none-match-list",
        "RFC 9110 section 13.1.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: \"a\", {etag}, \"b\"\r\n\r\n"),
            Expect(NOT_MODIFIED),
            InSync,
        ],
    )
    .why(NONE_MATCH.0, NONE_MATCH.1),
    must(
        "conditional/none-match-no-spaces",
        "RFC 9110 section 5.6.1",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: \"a\",{etag}\r\n\r\n"),
            Expect(NOT_MODIFIED),
            InSync,
        ],
    )
    .why(
        "White space between the elements of a list is optional.",
        "Spasi di antara elemen daftar tidak wajib.",
    ),
    must(
        "conditional/none-match-comma-in-tag",
        "RFC 9110 section 8.8.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: \"a,b\", {etag}\r\n\r\n"),
            Expect(NOT_MODIFIED),
            InSync,
        ],
    )
    .why(
        "A comma between quotes is part of the tag, and does not end it.",
        "Koma di dalam tanda kutip adalah bagian tag, dan tidak mengakhirinya.",
    ),
    should(
        "conditional/none-match-two-lines",
        "RFC 9110 section 5.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: \"a\"\r\nIf-None-Match: {etag}\r\n\r\n"),
            Expect(NOT_MODIFIED),
            InSync,
        ],
    )
    .why("Several lines of a list are one list.", "Beberapa baris daftar adalah satu daftar."),
    must(
        "conditional/none-match-any",
        "RFC 9110 section 13.1.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: *\r\n\r\n"), Expect(NOT_MODIFIED), InSync],
    )
    .why(
        "* matches every representation that exists.",
        "* cocok dengan setiap representasi yang ada.",
    ),
    must(
        "conditional/none-match-other",
        "RFC 9110 section 13.1.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: \"a\"\r\n\r\n"), Expect(FULL)],
    )
    .why("Another version gets the content.", "Versi lain mendapat isi."),
    must(
        "conditional/none-match-is-no-prefix",
        "RFC 9110 section 8.8.3.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: \"\"\r\n\r\n"), Expect(FULL)],
    )
    .why(
        "Tags are compared as a whole; an empty one matches nothing else.",
        "Tag dibandingkan seluruhnya; tag kosong tidak cocok dengan yang lain.",
    ),
    must(
        "conditional/none-match-missing",
        "RFC 9110 section 13.2.1",
        &[Send(b"GET {missing} HTTP/1.1\r\n{host}If-None-Match: *\r\n\r\n"), Expect(&[Other(304)]), InSync],
    )
    .why(
        "Preconditions are ignored if the response without them is an error.",
        "Prasyarat diabaikan jika respons tanpa prasyarat adalah kesalahan.",
    ),
    must(
        "conditional/304-has-etag",
        "RFC 9110 section 15.4.5",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: {etag}\r\n\r\n"),
            Expect(&[With(304, &[Equals("etag", "{etag}")])]),
        ],
    )
    .why("A 304 has the ETag of the 200.", "304 memuat ETag seperti pada 200."),
    must(
        "conditional/304-has-vary-and-cache",
        "RFC 9110 section 15.4.5",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: {etag}\r\n\r\n"),
            Expect(&[With(304, &[LikeGet("vary"), LikeGet("cache-control"), LikeGet("content-location")])]),
        ],
    )
    .why(
        "A 304 has Vary, Cache-Control and Content-Location if the 200 has them: caches update what they keep.",
        "304 memuat Vary, Cache-Control, dan Content-Location jika 200 memuatnya: cache memperbarui simpanannya.",
    ),
    must(
        "conditional/match",
        "RFC 9110 section 13.1.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Match: {strong}\r\n\r\n"), Expect(FULL)],
    )
    .why("With a true If-Match the method is performed.", "Jika If-Match benar, metode dijalankan."),
    must(
        "conditional/match-list",
        "RFC 9110 section 13.1.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Match: \"a\", {strong}\r\n\r\n"), Expect(FULL)],
    )
    .why("One matching tag of the list is enough.", "Satu tag yang cocok dalam daftar sudah cukup."),
    must(
        "conditional/match-any",
        "RFC 9110 section 13.1.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Match: *\r\n\r\n"), Expect(FULL)],
    )
    .why("* matches every representation that exists.", "* cocok dengan setiap representasi yang ada."),
    must(
        "conditional/match-other",
        "RFC 9110 section 13.1.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Match: \"a\"\r\n\r\n"), Expect(FAILED), InSync],
    )
    .why(MATCH.0, MATCH.1),
    must(
        "conditional/match-weak",
        "RFC 9110 section 13.1.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Match: W/{strong}\r\n\r\n"), Expect(FAILED), InSync],
    )
    .why(
        "If-Match compares strongly: a weak tag never matches.",
        "If-Match membandingkan secara kuat: tag lemah tidak pernah cocok.",
    ),
    should(
        "conditional/modified-since",
        "RFC 9110 section 13.1.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-Modified-Since: {modified}\r\n\r\n"),
            Expect(NOT_MODIFIED),
            InSync,
        ],
    )
    .needs(&[File])
    .why(
        "Not modified since then: 304 saves the content.",
        "Tidak berubah sejak saat itu: 304 menghemat isi.",
    ),
    must(
        "conditional/modified-since-earlier",
        "RFC 9110 section 13.1.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Modified-Since: {before}\r\n\r\n"), Expect(FULL)],
    )
    .why("It was modified since then.", "Isinya berubah sejak saat itu."),
    should(
        "conditional/modified-since-later",
        "RFC 9110 section 13.1.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Modified-Since: {after}\r\n\r\n"), Expect(NOT_MODIFIED), InSync],
    )
    .needs(&[File])
    .why(
        "The dates are compared, not only tested for equality: not modified since a later date means 304.",
        "Tanggal dibandingkan, bukan hanya diuji kesamaannya: tidak berubah sejak tanggal yang lebih baru berarti 304.",
    ),
    must(
        "conditional/date-of-rfc-850",
        "RFC 9110 section 5.6.7",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-Modified-Since: {modified-850}\r\n\r\n"),
            Expect(NOT_MODIFIED),
            InSync,
        ],
    )
    .needs(&[File])
    .why(DATES.0, DATES.1),
    must(
        "conditional/date-of-asctime",
        "RFC 9110 section 5.6.7",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-Modified-Since: {modified-asctime}\r\n\r\n"),
            Expect(NOT_MODIFIED),
            InSync,
        ],
    )
    .needs(&[File])
    .why(DATES.0, DATES.1),
    must(
        "conditional/date-is-a-word",
        "RFC 9110 section 13.1.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Modified-Since: yesterday\r\n\r\n"), Expect(FULL)],
    )
    .why(INVALID.0, INVALID.1),
    must(
        "conditional/date-is-a-number",
        "RFC 9110 section 13.1.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Modified-Since: 4102444800\r\n\r\n"), Expect(FULL)],
    )
    .why(INVALID.0, INVALID.1),
    must(
        "conditional/date-is-iso-8601",
        "RFC 9110 section 13.1.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Modified-Since: 2100-01-01T00:00:00Z\r\n\r\n"), Expect(FULL)],
    )
    .why(INVALID.0, INVALID.1),
    must(
        "conditional/date-is-empty",
        "RFC 9110 section 13.1.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Modified-Since:\r\n\r\n"), Expect(FULL)],
    )
    .why(INVALID.0, INVALID.1),
    must(
        "conditional/unmodified-since",
        "RFC 9110 section 13.1.4",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Unmodified-Since: {modified}\r\n\r\n"), Expect(FULL)],
    )
    .why("Not modified since then, so the method is performed.", "Tidak berubah sejak saat itu, jadi metode dijalankan."),
    must(
        "conditional/unmodified-since-earlier",
        "RFC 9110 section 13.1.4",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Unmodified-Since: {before}\r\n\r\n"), Expect(FAILED), InSync],
    )
    .why(
        "It was modified since then, so the method must not be performed.",
        "Isinya berubah sejak saat itu, jadi metode tidak boleh dijalankan.",
    ),
    must(
        "conditional/unmodified-since-invalid",
        "RFC 9110 section 13.1.4",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Unmodified-Since: yesterday\r\n\r\n"), Expect(FULL)],
    )
    .why(INVALID.0, INVALID.1),
    must(
        "conditional/none-match-hides-since",
        "RFC 9110 section 13.2.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: \"a\"\r\nIf-Modified-Since: {modified}\r\n\r\n"),
            Expect(FULL),
        ],
    )
    .why(
        "If-None-Match is more accurate: with it, If-Modified-Since is ignored.",
        "If-None-Match lebih tepat: jika ada, If-Modified-Since diabaikan.",
    ),
    must(
        "conditional/none-match-before-since",
        "RFC 9110 section 13.2.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-Modified-Since: {before}\r\nIf-None-Match: {etag}\r\n\r\n"),
            Expect(NOT_MODIFIED),
            InSync,
        ],
    )
    .why(
        "If-None-Match is more accurate: with it, If-Modified-Since is ignored.",
        "If-None-Match lebih tepat: jika ada, If-Modified-Since diabaikan.",
    ),
    must(
        "conditional/match-hides-unmodified",
        "RFC 9110 section 13.2.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-Match: {strong}\r\nIf-Unmodified-Since: {before}\r\n\r\n"),
            Expect(FULL),
        ],
    )
    .why(
        "If-Match is more accurate: with it, If-Unmodified-Since is ignored.",
        "If-Match lebih tepat: jika ada, If-Unmodified-Since diabaikan.",
    ),
    must(
        "conditional/match-before-none-match",
        "RFC 9110 section 13.2.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: {etag}\r\nIf-Match: \"a\"\r\n\r\n"),
            Expect(FAILED),
            InSync,
        ],
    )
    .why(
        "If-Match is evaluated first: 412, not 304.",
        "If-Match dievaluasi lebih dahulu: 412, bukan 304.",
    ),
    must(
        "conditional/unmodified-before-none",
        "RFC 9110 section 13.2.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: {etag}\r\nIf-Unmodified-Since: {before}\r\n\r\n"),
            Expect(FAILED),
            InSync,
        ],
    )
    .why(
        "If-Unmodified-Since is evaluated before If-None-Match: 412, not 304.",
        "If-Unmodified-Since dievaluasi sebelum If-None-Match: 412, bukan 304.",
    ),
    must(
        "conditional/match-and-none-match",
        "RFC 9110 section 13.2.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}If-Match: {strong}\r\nIf-None-Match: {etag}\r\n\r\n"),
            Expect(NOT_MODIFIED),
            InSync,
        ],
    )
    .why(
        "A true If-Match leads to the next step: If-None-Match gives 304.",
        "If-Match yang benar menuju langkah berikutnya: If-None-Match menghasilkan 304.",
    ),
    must(
        "conditional/options-ignores-match",
        "RFC 9110 section 13.2.1",
        &[Send(b"OPTIONS {path} HTTP/1.1\r\n{host}If-Match: \"a\"\r\n\r\n"), Expect(&[Other(412)])],
    )
    .why(
        "OPTIONS selects no representation, so preconditions are ignored.",
        "OPTIONS tidak memilih representasi, jadi prasyarat diabaikan.",
    ),
    must(
        "conditional/head-modified-since",
        "RFC 9110 section 13.1.3",
        &[
            Send(b"HEAD {path} HTTP/1.1\r\n{host}If-Modified-Since: {before}\r\n\r\n"),
            Expect(&[With(200, &[Has("date")])]),
            InSync,
        ],
    )
    .why("Preconditions apply to HEAD as to GET.", "Prasyarat berlaku pada HEAD seperti pada GET."),
];
