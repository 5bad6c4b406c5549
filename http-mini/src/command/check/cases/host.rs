//! Host (RFC 9112 section 3.2): exactly one in HTTP/1.1, with a valid value.

use super::super::case::Answer::{Any, Is};
use super::super::case::Step::{Alone, Expect, InSync, Send};
use super::super::case::{Case, may, must};
use super::ANY;

/// What the RFC requires of the server in the cases below.
const INVALID: (&str, &str) = (
    "Host is a host and perhaps a port; a request with another value must get 400, or it reaches the wrong site.",
    "Host berisi host dan mungkin porta; permintaan dengan nilai lain harus mendapat 400, atau sampai ke situs yang salah.",
);

pub(super) const CASES: &[Case] = &[
    must(
        "host/missing",
        "RFC 9112 section 3.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{login}\r\n"), Expect(&[Is(400)]), Alone],
    )
    .why(
        "A request of HTTP/1.1 without Host must get 400.",
        "Permintaan HTTP/1.1 tanpa Host harus mendapat 400.",
    ),
    must(
        "host/missing-with-absolute-target",
        "RFC 9112 section 3.2",
        &[Send(b"GET {scheme}://{authority}{path} HTTP/1.1\r\n{login}\r\n"), Expect(&[Is(400)]), Alone],
    )
    .why(
        "A request of HTTP/1.1 without Host must get 400, also if the target names a host.",
        "Permintaan HTTP/1.1 tanpa Host harus mendapat 400, juga bila target menyebut host.",
    ),
    must(
        "host/twice",
        "RFC 9112 section 3.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\nHost: {authority}\r\nHost: other.invalid\r\n{login}\r\n"),
            Expect(&[Is(400)]),
            Alone,
        ],
    )
    .why(
        "Two programs could choose two hosts, so more than one Host must get 400.",
        "Dua program dapat memilih dua host, jadi lebih dari satu Host harus mendapat 400.",
    ),
    must(
        "host/twice-the-same",
        "RFC 9112 section 3.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\nHost: {authority}\r\nHost: {authority}\r\n{login}\r\n"),
            Expect(&[Is(400)]),
            Alone,
        ],
    )
    .why(
        "More than one Host must get 400, even if both are equal.",
        "Lebih dari satu Host harus mendapat 400, walaupun keduanya sama.",
    ),
    must(
        "host/twice-in-http-1.0",
        "RFC 9112 section 3.2",
        &[
            Send(b"GET {path} HTTP/1.0\r\nHost: {authority}\r\nHost: {authority}\r\n{login}\r\n"),
            Expect(&[Is(400)]),
            Alone,
        ],
    )
    .why(
        "HTTP/1.0 needs no Host, but any request with more than one must get 400.",
        "HTTP/1.0 tidak membutuhkan Host, tetapi permintaan dengan lebih dari satu harus mendapat 400.",
    ),
    must(
        "host/space-inside",
        "RFC 9112 section 3.2",
        &[Send(b"GET {path} HTTP/1.1\r\nHost: a b\r\n{login}\r\n"), Expect(&[Is(400)]), Alone],
    )
    .why(INVALID.0, INVALID.1),
    must(
        "host/slash-inside",
        "RFC 9112 section 3.2",
        &[Send(b"GET {path} HTTP/1.1\r\nHost: {authority}/a\r\n{login}\r\n"), Expect(&[Is(400)]), Alone],
    )
    .why(INVALID.0, INVALID.1),
    must(
        "host/login-inside",
        "RFC 9112 section 3.2",
        &[Send(b"GET {path} HTTP/1.1\r\nHost: ada@{authority}\r\n{login}\r\n"), Expect(&[Is(400)]), Alone],
    )
    .why(INVALID.0, INVALID.1),
    must(
        "host/port-without-digits",
        "RFC 9112 section 3.2",
        &[Send(b"GET {path} HTTP/1.1\r\nHost: localhost:x\r\n{login}\r\n"), Expect(&[Is(400)]), Alone],
    )
    .why(INVALID.0, INVALID.1),
    must(
        "host/two-ports",
        "RFC 9112 section 3.2",
        &[Send(b"GET {path} HTTP/1.1\r\nHost: localhost:80:80\r\n{login}\r\n"), Expect(&[Is(400)]), Alone],
    )
    .why(INVALID.0, INVALID.1),
    must(
        "host/open-bracket",
        "RFC 9112 section 3.2",
        &[Send(b"GET {path} HTTP/1.1\r\nHost: [::1\r\n{login}\r\n"), Expect(&[Is(400)]), Alone],
    )
    .why(INVALID.0, INVALID.1),
    must(
        "host/list",
        "RFC 9112 section 3.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\nHost: {authority}, other.invalid\r\n{login}\r\n"),
            Expect(&[Is(400)]),
            Alone,
        ],
    )
    .why(INVALID.0, INVALID.1),
    must(
        "host/percent-without-digits",
        "RFC 9112 section 3.2",
        &[Send(b"GET {path} HTTP/1.1\r\nHost: a%zz\r\n{login}\r\n"), Expect(&[Is(400)]), Alone],
    )
    .why(INVALID.0, INVALID.1),
    must(
        "host/quotes",
        "RFC 9112 section 3.2",
        &[Send(b"GET {path} HTTP/1.1\r\nHost: \"a\"\r\n{login}\r\n"), Expect(&[Is(400)]), Alone],
    )
    .why(INVALID.0, INVALID.1),
    may(
        "host/empty",
        "RFC 9112 section 3.2",
        &[Send(b"GET {path} HTTP/1.1\r\nHost:\r\n{login}\r\n"), Expect(ANY), Alone],
    )
    .why(
        "An empty Host is valid syntax; the server answers as for an unknown site, or refuses it.",
        "Host kosong sah secara sintaks; server menjawab seperti untuk situs tak dikenal, atau menolaknya.",
    ),
    must(
        "host/white-space-around",
        "RFC 9112 section 5",
        &[Send(b"GET {path} HTTP/1.1\r\nHost: \t{authority} \t\r\n{login}\r\n"), Expect(&[Is(200)]), InSync],
    )
    .why(
        "Spaces and tabs around a value are not part of it.",
        "Spasi dan tab di sekitar nilai bukan bagian dari nilai.",
    ),
    must(
        "host/name-in-any-case",
        "RFC 9110 section 5.1",
        &[Send(b"GET {path} HTTP/1.1\r\nhOST: {authority}\r\n{login}\r\n"), Expect(&[Is(200)]), InSync],
    )
    .why("Names of fields are not case-sensitive.", "Nama field tidak peka huruf besar-kecil."),
    must(
        "host/last",
        "RFC 9110 section 5.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\nAccept: */*\r\nX-A: b\r\nHost: {authority}\r\n{login}\r\n"),
            Expect(&[Is(200)]),
            InSync,
        ],
    )
    .why(
        "The order of fields with different names has no meaning.",
        "Urutan field yang namanya berbeda tidak bermakna.",
    ),
    may(
        "host/missing-in-http-1.0",
        "RFC 9112 section 3.2",
        &[Send(b"GET {path} HTTP/1.0\r\n{login}\r\n"), Expect(&[Any(2), Any(3), Any(4)]), Alone],
    )
    .why(
        "HTTP/1.0 has no Host; the server answers for its default site, or refuses.",
        "HTTP/1.0 tidak memiliki Host; server menjawab untuk situs bawaannya, atau menolak.",
    ),
];
