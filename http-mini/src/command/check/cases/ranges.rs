//! Ranges (RFC 9110 section 14). A server may ignore Range: then it sends the whole content with 200.

use super::super::case::Answer::{self, Any, Is, Other, With};
use super::super::case::Check::{Equals, LikeGet, Range, Ranges, Whole};
use super::super::case::Need::{Empty, Ranges as HasRanges, TenBytes};
use super::super::case::Step::{Expect, InSync, Send};
use super::super::case::{Case, Need, must, should};

/// The needs of a case about a part.
const PARTS: &[Need] = &[HasRanges, TenBytes];
const IGNORED: Answer = With(200, &[Whole]);
/// It is no range: the server ignores or refuses it, and sends no part.
const INVALID: &[Answer] = &[IGNORED, Is(416), Is(400)];
const UNSATISFIED: &[Answer] = &[With(416, &[]), IGNORED];

const PART: (&str, &str) = (
    "A part is exactly the requested bytes; a client that resumes a download joins them to what it has.",
    "Bagian berisi tepat bait yang diminta; klien yang melanjutkan unduhan menyambungkannya.",
);
const NO_RANGE: (&str, &str) = (
    "This is no range. A server that guesses one sends bytes that the client did not ask for.",
    "Ini bukan rentang. Server yang menebaknya mengirim bait yang tidak diminta klien.",
);
const SEVERAL: (&str, &str) = (
    "Each part says which bytes it is, and is just these; parts may be joined, and the whole content is allowed.",
    "Setiap bagian menyebut baitnya dan berisi tepat itu; bagian boleh digabung, dan isi lengkap diizinkan.",
);
const OTHER_VERSION: (&str, &str) = (
    "If-Range does not match, so the client's part is of another version: it needs the whole content.",
    "If-Range tidak cocok, jadi bagian milik klien dari versi lain: klien membutuhkan isi lengkap.",
);

pub(super) const CASES: &[Case] = &[
    must(
        "ranges/first-byte",
        "RFC 9110 section 14.1.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=0-0\r\n\r\n"),
            Expect(&[With(206, &[Range(0, 0)]), IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(PART.0, PART.1),
    must(
        "ranges/first-to-last",
        "RFC 9110 section 14.1.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=2-5\r\n\r\n"),
            Expect(&[With(206, &[Range(2, 5)]), IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why("Both positions are included: 2-5 are four bytes.", "Kedua posisi termasuk: 2-5 adalah empat bait."),
    must(
        "ranges/open",
        "RFC 9110 section 14.1.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=5-\r\n\r\n"),
            Expect(&[With(206, &[Range(5, -1)]), IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why("Without a last position, the part goes to the end.", "Tanpa posisi akhir, bagian berlanjut sampai akhir."),
    must(
        "ranges/suffix",
        "RFC 9110 section 14.1.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=-3\r\n\r\n"),
            Expect(&[With(206, &[Range(-3, -1)]), IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why("-3 are the last three bytes, not the first four.", "-3 adalah tiga bait terakhir, bukan empat bait pertama."),
    must(
        "ranges/suffix-longer-than-all",
        "RFC 9110 section 14.1.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=-9{size}\r\n\r\n"),
            Expect(&[With(206, &[Range(0, -1)]), IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why("A suffix longer than the content is all of it.", "Akhiran yang lebih panjang dari isi berarti seluruh isi."),
    must(
        "ranges/end-beyond-the-last",
        "RFC 9110 section 14.1.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=5-9{size}\r\n\r\n"),
            Expect(&[With(206, &[Range(5, -1)]), IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why("A last position behind the end means the end.", "Posisi akhir di belakang ujung berarti ujungnya."),
    must(
        "ranges/end-beyond-64-bits",
        "RFC 9110 section 14.1.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=5-18446744073709551617\r\n\r\n"),
            Expect(&[With(206, &[Range(5, -1)]), IGNORED, Is(416), Is(400)]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(
        "2^64 + 1 must not overflow to 1: it is a position behind the end.",
        "2^64 + 1 tidak boleh meluap menjadi 1: itu posisi di belakang ujung.",
    ),
    must(
        "ranges/behind-the-end",
        "RFC 9110 section 15.5.17",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes={size}-\r\n\r\n"), Expect(UNSATISFIED), InSync],
    )
    .needs(PARTS)
    .why(
        "The first position is behind the last byte: 416, or the whole content.",
        "Posisi awal di belakang bait terakhir: 416, atau isi lengkap.",
    ),
    should(
        "ranges/416-tells-the-size",
        "RFC 9110 section 15.5.17",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes={size}-\r\n\r\n"),
            Expect(&[With(416, &[Equals("content-range", "bytes */{size}")]), IGNORED]),
        ],
    )
    .needs(PARTS)
    .why(
        "A 416 tells the size in Content-Range, so that a client sees that it has everything.",
        "416 menyebut ukuran pada Content-Range, agar klien tahu bahwa semuanya sudah dimiliki.",
    ),
    must(
        "ranges/empty-suffix",
        "RFC 9110 section 14.1.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=-0\r\n\r\n"), Expect(UNSATISFIED), InSync],
    )
    .needs(PARTS)
    .why("A suffix of no bytes cannot be satisfied.", "Akhiran tanpa bait tidak dapat dipenuhi."),
    must(
        "ranges/end-before-start",
        "RFC 9110 section 14.1.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=5-2\r\n\r\n"), Expect(INVALID), InSync],
    )
    .needs(PARTS)
    .why(NO_RANGE.0, NO_RANGE.1),
    must(
        "ranges/unknown-unit",
        "RFC 9110 section 14.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Range: lines=0-4\r\n\r\n"), Expect(&[IGNORED]), InSync],
    )
    .needs(PARTS)
    .why("A unit that the server does not know is ignored.", "Satuan yang tidak dikenal server diabaikan."),
    should(
        "ranges/letters",
        "RFC 9110 section 14.1.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=a-b\r\n\r\n"), Expect(INVALID), InSync],
    )
    .needs(PARTS)
    .why(NO_RANGE.0, NO_RANGE.1),
    should(
        "ranges/nothing",
        "RFC 9110 section 14.1.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=\r\n\r\n"), Expect(INVALID), InSync],
    )
    .needs(PARTS)
    .why(NO_RANGE.0, NO_RANGE.1),
    should(
        "ranges/only-a-dash",
        "RFC 9110 section 14.1.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=-\r\n\r\n"), Expect(INVALID), InSync],
    )
    .needs(PARTS)
    .why(NO_RANGE.0, NO_RANGE.1),
    should(
        "ranges/no-equals-sign",
        "RFC 9110 section 14.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes 0-4\r\n\r\n"), Expect(INVALID), InSync],
    )
    .needs(PARTS)
    .why(NO_RANGE.0, NO_RANGE.1),
    should(
        "ranges/two-dashes",
        "RFC 9110 section 14.1.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=--4\r\n\r\n"), Expect(INVALID), InSync],
    )
    .needs(PARTS)
    .why(NO_RANGE.0, NO_RANGE.1),
    should(
        "ranges/sign",
        "RFC 9110 section 14.1.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=+0-4\r\n\r\n"), Expect(INVALID), InSync],
    )
    .needs(PARTS)
    .why(NO_RANGE.0, NO_RANGE.1),
    must(
        "ranges/unit-in-any-case",
        "RFC 9110 section 14.1",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: BYTES=0-4\r\n\r\n"),
            Expect(&[With(206, &[Range(0, 4)]), IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(
        "Range units are not case-sensitive; a server that does not know BYTES ignores it.",
        "Satuan rentang tidak peka huruf besar-kecil; server yang tidak mengenal BYTES mengabaikannya.",
    ),
    must(
        "ranges/two-parts",
        "RFC 9110 section 15.3.7.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=0-1,-2\r\n\r\n"),
            Expect(&[With(206, &[Ranges]), IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(SEVERAL.0, SEVERAL.1),
    must(
        "ranges/parts-with-spaces",
        "RFC 9110 section 5.6.1",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=0-0 , 4-4\r\n\r\n"),
            Expect(&[With(206, &[Ranges]), IGNORED, Is(416), Is(400)]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(SEVERAL.0, SEVERAL.1),
    must(
        "ranges/overlapping-parts",
        "RFC 9110 section 15.3.7.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=0-5,3-8\r\n\r\n"),
            Expect(&[With(206, &[Ranges]), IGNORED, Is(416)]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(SEVERAL.0, SEVERAL.1),
    must(
        "ranges/one-part-behind-the-end",
        "RFC 9110 section 14.1.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=0-1,{size}-\r\n\r\n"),
            Expect(&[With(206, &[Ranges]), IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(
        "One satisfiable range is enough: a part that is behind the end is left out.",
        "Satu rentang yang dapat dipenuhi sudah cukup: bagian di belakang ujung dihilangkan.",
    ),
    must(
        "ranges/five-hundred-parts",
        "RFC 9110 section 17.15",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes={ranges:500}\r\n\r\n"),
            Expect(&[With(206, &[Ranges]), IGNORED, Any(4)]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(
        "Many small ranges are an attack: the server ignores, joins or refuses them, and stays in order.",
        "Banyak rentang kecil adalah serangan: server mengabaikan, menggabung, atau menolaknya.",
    ),
    must(
        "ranges/head-ignores-range",
        "RFC 9110 section 14.2",
        &[Send(b"HEAD {path} HTTP/1.1\r\n{host}Range: bytes=0-4\r\n\r\n"), Expect(&[Is(200)]), InSync],
    )
    .needs(PARTS)
    .why("Range is defined for GET only.", "Range hanya didefinisikan untuk GET."),
    must(
        "ranges/head-ignores-bad-range",
        "RFC 9110 section 14.2",
        &[Send(b"HEAD {path} HTTP/1.1\r\n{host}Range: bytes={size}-\r\n\r\n"), Expect(&[Is(200)]), InSync],
    )
    .needs(PARTS)
    .why("Range is defined for GET only.", "Range hanya didefinisikan untuk GET."),
    must(
        "ranges/206-has-etag",
        "RFC 9110 section 15.3.7",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=0-4\r\n\r\n"),
            Expect(&[With(206, &[LikeGet("etag"), LikeGet("vary"), LikeGet("cache-control")]), IGNORED]),
        ],
    )
    .needs(PARTS)
    .why(
        "A 206 has ETag, Vary and Cache-Control if the 200 has them.",
        "206 memuat ETag, Vary, dan Cache-Control jika 200 memuatnya.",
    ),
    must(
        "ranges/if-range",
        "RFC 9110 section 13.1.5",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=2-5\r\nIf-Range: {strong}\r\n\r\n"),
            Expect(&[With(206, &[Range(2, 5)]), IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(
        "If-Range matches, so the client gets the part that it lacks.",
        "If-Range cocok, jadi klien mendapat bagian yang belum dimilikinya.",
    ),
    must(
        "ranges/if-range-other",
        "RFC 9110 section 13.1.5",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=2-5\r\nIf-Range: \"a\"\r\n\r\n"),
            Expect(&[IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(OTHER_VERSION.0, OTHER_VERSION.1),
    must(
        "ranges/if-range-weak",
        "RFC 9110 section 13.1.5",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=2-5\r\nIf-Range: W/{strong}\r\n\r\n"),
            Expect(&[IGNORED, Is(400)]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(
        "If-Range compares strongly: parts of two versions with the same weak tag do not fit together.",
        "If-Range membandingkan secara kuat: bagian dari dua versi bertag lemah sama tidak dapat disambung.",
    ),
    must(
        "ranges/if-range-date",
        "RFC 9110 section 13.1.5",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=2-5\r\nIf-Range: {settled}\r\n\r\n"),
            Expect(&[With(206, &[Range(2, 5)]), IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why("A date that matches exactly is a strong validator.", "Tanggal yang tepat sama adalah validator kuat."),
    must(
        "ranges/if-range-earlier-date",
        "RFC 9110 section 13.1.5",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=2-5\r\nIf-Range: {before}\r\n\r\n"),
            Expect(&[IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(OTHER_VERSION.0, OTHER_VERSION.1),
    must(
        "ranges/if-range-later-date",
        "RFC 9110 section 13.1.5",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=2-5\r\nIf-Range: {after}\r\n\r\n"),
            Expect(&[IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(
        "The date of If-Range must match exactly: a later one may be of another version.",
        "Tanggal If-Range harus tepat sama: tanggal yang lebih baru mungkin dari versi lain.",
    ),
    must(
        "ranges/if-range-hides-416",
        "RFC 9110 section 13.1.5",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes={size}-\r\nIf-Range: \"a\"\r\n\r\n"),
            Expect(&[IGNORED]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(OTHER_VERSION.0, OTHER_VERSION.1),
    must(
        "ranges/if-range-alone",
        "RFC 9110 section 13.1.5",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-Range: \"a\"\r\n\r\n"), Expect(&[IGNORED]), InSync],
    )
    .why("If-Range without Range is ignored.", "If-Range tanpa Range diabaikan."),
    must(
        "ranges/after-none-match",
        "RFC 9110 section 13.2.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=0-4\r\nIf-None-Match: {etag}\r\n\r\n"),
            Expect(&[Is(304)]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(
        "Preconditions are evaluated before the range: 304, not 206.",
        "Prasyarat dievaluasi sebelum rentang: 304, bukan 206.",
    ),
    must(
        "ranges/after-match",
        "RFC 9110 section 13.2.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=0-4\r\nIf-Match: \"a\"\r\n\r\n"),
            Expect(&[Is(412), Any(4)]),
            InSync,
        ],
    )
    .needs(PARTS)
    .why(
        "Preconditions are evaluated before the range: 412, not 206.",
        "Prasyarat dievaluasi sebelum rentang: 412, bukan 206.",
    ),
    must(
        "ranges/missing",
        "RFC 9110 section 14.2",
        &[Send(b"GET {missing} HTTP/1.1\r\n{host}Range: bytes=0-4\r\n\r\n"), Expect(&[Other(416)]), InSync],
    )
    .why(
        "A range applies only to a response that would be 200; what does not exist gets its error.",
        "Rentang hanya berlaku untuk respons yang tanpanya 200; yang tidak ada mendapat kesalahannya.",
    ),
    must(
        "ranges/all-of-empty",
        "RFC 9110 section 14.1.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=0-\r\n\r\n"),
            Expect(&[IGNORED, Is(416)]),
            InSync,
        ],
    )
    .needs(&[Empty])
    .why(
        "An empty file has no byte 0: 416, or 200 as download programs expect, but no 206.",
        "Berkas kosong tidak memiliki bait 0: 416, atau 200 sesuai harapan program pengunduh, tetapi bukan 206.",
    ),
    must(
        "ranges/suffix-of-empty",
        "RFC 9110 section 14.1.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Range: bytes=-5\r\n\r\n"),
            Expect(&[IGNORED, Is(416)]),
            InSync,
        ],
    )
    .needs(&[Empty])
    .why(
        "Content-Range cannot describe a part of no bytes, so there is no 206.",
        "Content-Range tidak dapat menyatakan bagian tanpa bait, jadi tidak ada 206.",
    ),
];
