//! Where content ends (RFC 9112 section 6): the decision on which request smuggling turns.
//!
//! Requests are GET, so that nothing is changed; a server may refuse content on GET. In many cases the content, read
//! wrongly, is a request for `{missing}`: it must never be answered.

use super::super::case::Answer::{Any, Dropped, Silent};
use super::super::case::Step::{Alone, Closed, Expect, Send};
use super::super::case::{Case, must, should};
use super::{ANY, REFUSED, REJECTED};

/// Why an invalid length ends the connection.
const LENGTH: (&str, &str) = (
    "Content-Length is decimal digits. With another value the end of the content is unknown, so the server \
     responds with an error and closes the connection.",
    "Content-Length berisi digit desimal. Dengan nilai lain tidak ada yang tahu akhir isinya, jadi server \
     menjawab kesalahan dan menutup koneksi.",
);

/// Why another transfer coding than chunked ends the connection.
const CODING: (&str, &str) = (
    "Without chunked as the last transfer coding the end of the content is unknown: an error, and the connection closes.",
    "Tanpa chunked sebagai transfer coding terakhir, akhir isi tidak diketahui: kesalahan, dan koneksi ditutup.",
);

/// Why a request with both fields ends the connection.
const BOTH: (&str, &str) = (
    "Programs that prefer one of Content-Length and Transfer-Encoding see different requests. Whatever the server \
     answers, it must close the connection.",
    "Program yang memilih salah satu dari Content-Length dan Transfer-Encoding melihat permintaan berbeda. Apa pun \
     jawabannya, server harus menutup koneksi.",
);

pub(super) const CASES: &[Case] = &[
    must(
        "framing/content-on-get",
        "RFC 9112 section 6.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 27\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
            Expect(ANY),
            Alone,
        ],
    )
    .why(
        "Content is read or the connection closes; it is never the next request, also with GET.",
        "Isi dibaca atau koneksi ditutup; isi tidak pernah menjadi permintaan berikutnya, juga pada GET.",
    ),
    must(
        "framing/length-zero",
        "RFC 9112 section 6.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n"), Expect(ANY), Alone],
    )
    .why("A length of 0 means no content.", "Panjang 0 berarti tanpa isi."),
    must(
        "framing/length-with-white-space",
        "RFC 9112 section 5",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length:\t5 \r\n\r\nhello"),
            Expect(ANY),
            Alone,
        ],
    )
    .why(
        "Spaces and tabs around the length are not part of it.",
        "Spasi dan tab di sekitar panjang bukan bagian darinya.",
    ),
    must(
        "framing/length-with-zeros",
        "RFC 9110 section 8.6",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 0005\r\n\r\nhello"),
            Expect(ANY),
            Alone,
        ],
    )
    .why(
        "Digits are decimal: 0005 is five, not an octal number.",
        "Digitnya desimal: 0005 adalah lima, bukan bilangan oktal.",
    ),
    must(
        "framing/two-lengths",
        "RFC 9112 section 6.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
            Expect(REFUSED),
            Closed,
        ],
    )
    .why(
        "Two different lengths are two different ends: an error, and the connection closes.",
        "Dua panjang berbeda berarti dua akhir berbeda: kesalahan, dan koneksi ditutup.",
    ),
    must(
        "framing/two-lengths-zero-first",
        "RFC 9112 section 6.3",
        &[
            Send(
                b"GET {path} HTTP/1.1\r\n{host}Content-Length: 0\r\nContent-Length: 50\r\n\r\n\
                  GET {missing} HTTP/1.1\r\n{host}\r\n",
            ),
            Expect(REFUSED),
            Closed,
        ],
    )
    .why(
        "By the first length, another request follows; by the second one, it is content.",
        "Menurut panjang pertama ada permintaan lain; menurut yang kedua, itu isi.",
    ),
    must(
        "framing/two-equal-lengths",
        "RFC 9112 section 6.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
            Expect(ANY),
            Alone,
        ],
    )
    .why(
        "Equal lengths are an error or one length.",
        "Panjang yang sama adalah kesalahan atau satu panjang.",
    ),
    must(
        "framing/list-of-equal-lengths",
        "RFC 9112 section 6.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 5, 5\r\n\r\nhello"), Expect(ANY), Alone],
    )
    .why(
        "Equal lengths are an error or one length.",
        "Panjang yang sama adalah kesalahan atau satu panjang.",
    ),
    must(
        "framing/list-of-lengths",
        "RFC 9112 section 6.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 5, 6\r\n\r\nhello!"), Expect(REFUSED), Closed],
    )
    .why(
        "Two different lengths are two different ends: an error, and the connection closes.",
        "Dua panjang berbeda berarti dua akhir berbeda: kesalahan, dan koneksi ditutup.",
    ),
    must(
        "framing/length-with-plus",
        "RFC 9112 section 6.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: +5\r\n\r\nhello"), Expect(REFUSED), Closed],
    )
    .why(LENGTH.0, LENGTH.1),
    must(
        "framing/length-negative",
        "RFC 9112 section 6.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: -1\r\n\r\n"), Expect(REFUSED), Closed],
    )
    .why(LENGTH.0, LENGTH.1),
    must(
        "framing/length-hexadecimal",
        "RFC 9112 section 6.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 0x5\r\n\r\nhello"), Expect(REFUSED), Closed],
    )
    .why(LENGTH.0, LENGTH.1),
    must(
        "framing/length-with-a-space",
        "RFC 9112 section 6.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 5 5\r\n\r\nhello"), Expect(REFUSED), Closed],
    )
    .why(LENGTH.0, LENGTH.1),
    must(
        "framing/length-with-a-tail",
        "RFC 9112 section 6.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 5;a\r\n\r\nhello"), Expect(REFUSED), Closed],
    )
    .why(LENGTH.0, LENGTH.1),
    must(
        "framing/length-decimal-point",
        "RFC 9112 section 6.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: 5.0\r\n\r\nhello"), Expect(REFUSED), Closed],
    )
    .why(LENGTH.0, LENGTH.1),
    must(
        "framing/length-empty",
        "RFC 9112 section 6.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length:\r\n\r\n"), Expect(ANY), Alone],
    )
    .why(
        "An empty length is an error, or no length at all; either way there is no content.",
        "Panjang kosong adalah kesalahan, atau berarti tanpa panjang; keduanya tanpa isi.",
    ),
    must(
        "framing/length-word",
        "RFC 9112 section 6.3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Content-Length: five\r\n\r\nhello"), Expect(REFUSED), Closed],
    )
    .why(LENGTH.0, LENGTH.1),
    must(
        "framing/length-beyond-64-bits",
        "RFC 9110 section 8.6",
        &[
            Send(
                b"GET {path} HTTP/1.1\r\n{host}Content-Length: 18446744073709551616\r\n\r\n\
                  GET {missing} HTTP/1.1\r\n{host}\r\n",
            ),
            Expect(&[Any(2), Any(3), Any(4), Any(5), Dropped, Silent]),
            Alone,
        ],
    )
    .why(
        "2^64 must not overflow to 0: what follows is content, however large the number is.",
        "2^64 tidak boleh meluap menjadi 0: yang mengikutinya isi, sebesar apa pun bilangannya.",
    ),
    must(
        "framing/length-and-chunked",
        "RFC 9112 section 6.1",
        &[
            Send(
                b"GET {path} HTTP/1.1\r\n{host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n\
                  0\r\n\r\nGET {missing} HTTP/1.1\r\n{host}\r\n",
            ),
            Expect(ANY),
            Closed,
        ],
    )
    .why(BOTH.0, BOTH.1),
    must(
        "framing/chunked-and-length",
        "RFC 9112 section 6.1",
        &[
            Send(
                b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n\
                  5\r\nhello\r\n0\r\n\r\n",
            ),
            Expect(ANY),
            Closed,
        ],
    )
    .why(BOTH.0, BOTH.1),
    must(
        "framing/chunked-on-get",
        "RFC 9112 section 6.3",
        &[
            Send(
                b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n\
                  1B\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\r\n0\r\n\r\n",
            ),
            Expect(ANY),
            Alone,
        ],
    )
    .why(
        "A chunk is content, also if it looks like a request.",
        "Chunk adalah isi, juga bila tampak seperti permintaan.",
    ),
    must(
        "framing/coding-in-any-case",
        "RFC 9112 section 7",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            Expect(ANY),
            Alone,
        ],
    )
    .why(
        "Names of transfer codings are not case-sensitive.",
        "Nama transfer coding tidak peka huruf besar-kecil.",
    ),
    must(
        "framing/coding-unknown",
        "RFC 9112 section 6.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: gzip\r\n\r\nhello"),
            Expect(REFUSED),
            Closed,
        ],
    )
    .why(CODING.0, CODING.1),
    must(
        "framing/chunked-not-last",
        "RFC 9112 section 6.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
            Expect(REFUSED),
            Closed,
        ],
    )
    .why(CODING.0, CODING.1),
    must(
        "framing/coding-identity",
        "RFC 9112 section 6.3",
        &[
            Send(
                b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: identity\r\n\r\n\
                  GET {missing} HTTP/1.1\r\n{host}\r\n",
            ),
            Expect(REFUSED),
            Closed,
        ],
    )
    .why(
        "The coding identity was removed in 2014. It is unknown, so the end of the content is unknown as well.",
        "Coding identity dihapus pada 2014. Karena tak dikenal, akhir isinya juga tidak diketahui.",
    ),
    must(
        "framing/coding-with-prefix",
        "RFC 9112 section 6.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
            Expect(REFUSED),
            Closed,
        ],
    )
    .why(CODING.0, CODING.1),
    must(
        "framing/coding-with-control",
        "RFC 9112 section 6.3",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
            Expect(REJECTED),
            Closed,
        ],
    )
    .why(
        "Only space and HTAB are optional white space; with VT the coding is unknown.",
        "Hanya spasi dan HTAB yang merupakan spasi opsional; dengan VT codingnya tak dikenal.",
    ),
    should(
        "framing/coding-before-chunked",
        "RFC 9112 section 6.1",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: tea, chunked\r\n\r\n0\r\n\r\n"),
            Expect(REFUSED),
            Alone,
        ],
    )
    .why(
        "A transfer coding that the server does not understand gets 501.",
        "Transfer coding yang tidak dipahami server mendapat 501.",
    ),
    must(
        "framing/chunked-twice",
        "RFC 9112 section 7.1",
        &[
            Send(
                b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n\
                  0\r\n\r\n",
            ),
            Expect(ANY),
            Alone,
        ],
    )
    .why(
        "Content is chunked once. A server that refuses it closes the connection; one that does not reads one body.",
        "Isi di-chunk satu kali. Server yang menolak menutup koneksi; yang tidak, membaca satu isi.",
    ),
    must(
        "framing/empty-list-element",
        "RFC 9110 section 5.6.1",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: , chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            Expect(ANY),
            Alone,
        ],
    )
    .why(
        "Empty elements of a list are ignored, or the message is refused.",
        "Elemen kosong pada daftar diabaikan, atau pesannya ditolak.",
    ),
    must(
        "framing/chunked-in-http-1.0",
        "RFC 9112 section 6.1",
        &[
            Send(
                b"GET {path} HTTP/1.0\r\n{host}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n\
                  0\r\n\r\n",
            ),
            Expect(ANY),
            Closed,
        ],
    )
    .why(
        "A proxy of HTTP/1.0 may have passed on Transfer-Encoding without knowing it, so the connection closes.",
        "Proxy HTTP/1.0 mungkin meneruskan Transfer-Encoding tanpa memahaminya, jadi koneksi ditutup.",
    ),
    must(
        "framing/folded-coding",
        "RFC 9112 section 5.2",
        &[
            Send(
                b"GET {path} HTTP/1.1\r\n{host}Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n\
                  0\r\n\r\nGET {missing} HTTP/1.1\r\n{host}\r\n",
            ),
            Expect(ANY),
            Closed,
        ],
    )
    .why(
        "A folded value is refused or joined; joined, both framings are present, and the connection closes.",
        "Nilai berlipat ditolak atau disambung; jika disambung, ada dua pembingkaian dan koneksi ditutup.",
    ),
    must(
        "framing/content-on-head",
        "RFC 9112 section 6.3",
        &[
            Send(b"HEAD {path} HTTP/1.1\r\n{host}Content-Length: 27\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
            Expect(ANY),
            Alone,
        ],
    )
    .why(
        "Content is framed in the same way for every method.",
        "Isi dibingkai dengan cara yang sama untuk setiap metode.",
    ),
    must(
        "framing/content-on-options",
        "RFC 9112 section 6.3",
        &[
            Send(b"OPTIONS {path} HTTP/1.1\r\n{host}Content-Length: 27\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
            Expect(ANY),
            Alone,
        ],
    )
    .why(
        "Content is framed in the same way for every method.",
        "Isi dibingkai dengan cara yang sama untuk setiap metode.",
    ),
    must(
        "framing/content-on-unknown",
        "RFC 9112 section 6.3",
        &[
            Send(b"BREW {path} HTTP/1.1\r\n{host}Content-Length: 27\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
            Expect(ANY),
            Alone,
        ],
    )
    .why(
        "Content of a method that the server does not know is content as well.",
        "Isi dari metode yang tidak dikenal server tetaplah isi.",
    ),
    must(
        "framing/content-on-missing",
        "RFC 9112 section 9.3",
        &[
            Send(b"GET {missing} HTTP/1.1\r\n{host}Content-Length: 27\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
            Expect(ANY),
            Alone,
        ],
    )
    .why(
        "An error does not end the content: the server reads it, or closes the connection.",
        "Kesalahan tidak mengakhiri isi: server membacanya, atau menutup koneksi.",
    ),
];
