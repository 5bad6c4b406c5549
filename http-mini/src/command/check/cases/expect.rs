//! Expect (RFC 9110 section 10.1.1): a client asks before it sends content.

use super::super::case::Answer::{Any, Is, With};
use super::super::case::Check::NoInterim;
use super::super::case::Step::{Alone, Continue, Expect, InSync, Send};
use super::super::case::{Case, may, must};
use super::ANY;

pub(super) const CASES: &[Case] = &[
    must(
        "expect/continue",
        "RFC 9110 section 10.1.1",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"),
            Continue,
            Send(b"hello"),
            Expect(ANY),
        ],
    )
    .why(
        "The server sends 100 or a final response before the content comes; else both sides wait.",
        "Server mengirim 100 atau respons akhir sebelum isi datang; jika tidak, kedua pihak saling menunggu.",
    ),
    must(
        "expect/continue-chunked",
        "RFC 9110 section 10.1.1",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"),
            Continue,
            Send(b"5\r\nhello\r\n0\r\n\r\n"),
            Expect(ANY),
        ],
    )
    .why(
        "The server sends 100 or a final response before the content comes, also without a length.",
        "Server mengirim 100 atau respons akhir sebelum isi datang, juga tanpa panjang.",
    ),
    must(
        "expect/in-any-case",
        "RFC 9110 section 10.1.1",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 5\r\nexpect: 100-Continue\r\n\r\n"),
            Continue,
            Send(b"hello"),
            Expect(ANY),
        ],
    )
    .why("The value of Expect is not case-sensitive.", "Nilai Expect tidak peka huruf besar-kecil."),
    must(
        "expect/content-at-once",
        "RFC 9110 section 10.1.1",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello"),
            Expect(ANY),
            Alone,
        ],
    )
    .why(
        "A client need not wait for 100: content that follows at once is still content.",
        "Klien tidak wajib menunggu 100: isi yang langsung menyusul tetaplah isi.",
    ),
    may(
        "expect/without-content",
        "RFC 9110 section 10.1.1",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Expect: 100-continue\r\n\r\n"),
            Expect(&[Is(200), Any(4)]),
            Alone,
        ],
    )
    .why(
        "Without content there is nothing to wait for; the server ignores the expectation or refuses it.",
        "Tanpa isi tidak ada yang ditunggu; server mengabaikan harapan itu atau menolaknya.",
    ),
    may(
        "expect/unknown",
        "RFC 9110 section 10.1.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Expect: tea\r\n\r\n"), Expect(&[Is(200), Any(4)]), Alone],
    )
    .why(
        "An unknown expectation is ignored, or gets 417.",
        "Harapan yang tak dikenal diabaikan, atau mendapat 417.",
    ),
    must(
        "expect/http-1.0",
        "RFC 9110 section 10.1.1",
        &[
            Send(b"GET {path} HTTP/1.0\r\n{host}Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello"),
            Expect(&[
                With(2, &[NoInterim]),
                With(3, &[NoInterim]),
                With(4, &[NoInterim]),
                With(5, &[NoInterim]),
            ]),
        ],
    )
    .why(
        "HTTP/1.0 has no interim responses: a client would take 100 for the final one.",
        "HTTP/1.0 tidak memiliki respons sementara: klien mengira 100 sebagai respons akhir.",
    ),
    must(
        "expect/none-without-expect",
        "RFC 9110 section 15.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[With(200, &[])]), InSync],
    )
    .why("A plain request gets one final response.", "Permintaan biasa mendapat satu respons akhir."),
];
