//! Content in chunks (RFC 9112 section 7.1): `chunk-size [ chunk-ext ] CRLF chunk-data CRLF`.
//!
//! A server that does not expect content on GET refuses it or closes the connection, and passes. Behind broken chunks
//! a request for `{missing}` follows, which must never be answered.

use super::super::case::Answer::{self, Any, Dropped, Silent};
use super::super::case::Step::{Alone, Closed, Expect, Send};
use super::super::case::{Case, must, should};
use super::ANY;

/// A request may have been answered before its content was found to be broken.
const BROKEN: &[Answer] = &[Any(2), Any(3), Any(4), Any(5), Dropped];
/// The chunk is longer than what was sent.
const WAITING: &[Answer] = &[Any(2), Any(3), Any(4), Any(5), Dropped, Silent];

/// Why a broken chunk ends the connection.
const SIZE: (&str, &str) = (
    "A chunk size is hexadecimal digits and nothing else. A parser that accepts more than another one sees \
     other chunks, so the connection closes.",
    "Ukuran chunk hanya berupa digit heksadesimal. Pengurai yang menerima lebih dari pengurai lain melihat \
     chunk yang berbeda, jadi koneksi ditutup.",
);
const DATA: (&str, &str) = (
    "CRLF follows the data of a chunk, where its size says. Anything else means that the size is wrong, so the \
     connection closes.",
    "Setelah data chunk ada CRLF, tepat sesuai ukurannya. Selain itu berarti ukurannya salah, jadi koneksi ditutup.",
);
const LINE: (&str, &str) = (
    "Lines of chunks end with CRLF. Programs that end them elsewhere see other chunks, so the connection closes.",
    "Baris chunk diakhiri CRLF. Program yang mengakhirinya di tempat lain melihat chunk lain, jadi koneksi ditutup.",
);

/// A request whose content is chunked, and what follows it.
macro_rules! chunks {
    ($content:literal) => {
        concat!("GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n", $content).as_bytes()
    };
    ($content:literal, hidden) => {
        concat!(
            "GET {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n",
            $content,
            "GET {missing} HTTP/1.1\r\n{host}\r\n"
        )
        .as_bytes()
    };
}

pub(super) const CASES: &[Case] = &[
    must("chunked/empty", "RFC 9112 section 7.1", &[Send(chunks!("0\r\n\r\n")), Expect(ANY), Alone]).why(
        "A chunk of size 0 and an empty line end the content.",
        "Chunk berukuran 0 dan baris kosong mengakhiri isi.",
    ),
    must(
        "chunked/one-chunk",
        "RFC 9112 section 7.1",
        &[Send(chunks!("5\r\nhello\r\n0\r\n\r\n")), Expect(ANY), Alone],
    )
    .why("Every server must decode chunks.", "Setiap server harus dapat mendekode chunk."),
    must(
        "chunked/two-chunks",
        "RFC 9112 section 7.1",
        &[Send(chunks!("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")), Expect(ANY), Alone],
    )
    .why("Every server must decode chunks.", "Setiap server harus dapat mendekode chunk."),
    must(
        "chunked/upper-case-size",
        "RFC 9112 section 7.1",
        &[Send(chunks!("A\r\n0123456789\r\n0\r\n\r\n")), Expect(ANY), Alone],
    )
    .why("A size is hexadecimal: A is ten.", "Ukuran ditulis heksadesimal: A adalah sepuluh."),
    must(
        "chunked/lower-case-size",
        "RFC 9112 section 7.1",
        &[Send(chunks!("a\r\n0123456789\r\n0\r\n\r\n")), Expect(ANY), Alone],
    )
    .why("A size is hexadecimal: a is ten.", "Ukuran ditulis heksadesimal: a adalah sepuluh."),
    must(
        "chunked/size-with-zeros",
        "RFC 9112 section 7.1",
        &[Send(chunks!("0005\r\nhello\r\n000\r\n\r\n")), Expect(ANY), Alone],
    )
    .why(
        "Zeros may precede a size, also that of the last chunk.",
        "Nol boleh mendahului ukuran, juga pada chunk terakhir.",
    ),
    must(
        "chunked/extension",
        "RFC 9112 section 7.1.1",
        &[Send(chunks!("5;a\r\nhello\r\n0;b=c\r\n\r\n")), Expect(ANY), Alone],
    )
    .why("Unknown chunk extensions are ignored.", "Ekstensi chunk yang tak dikenal diabaikan."),
    must(
        "chunked/extension-quoted",
        "RFC 9112 section 7.1.1",
        &[Send(chunks!("5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n")), Expect(ANY), Alone],
    )
    .why(
        "The value of an extension may be quoted, with a semicolon inside.",
        "Nilai ekstensi boleh berada dalam tanda kutip, dengan titik koma di dalamnya.",
    ),
    must(
        "chunked/extension-white-space",
        "RFC 9112 section 7.1.1",
        &[Send(chunks!("5 ; a = b\r\nhello\r\n0\r\n\r\n")), Expect(ANY), Alone],
    )
    .why(
        "White space around the semicolon is bad, but a recipient accepts it.",
        "Spasi di sekitar titik koma itu buruk, tetapi penerima menerimanya.",
    ),
    must(
        "chunked/trailer",
        "RFC 9112 section 7.1.2",
        &[Send(chunks!("5\r\nhello\r\n0\r\nX-A: b\r\n\r\n")), Expect(ANY), Alone],
    )
    .why("Fields may follow the last chunk.", "Field boleh mengikuti chunk terakhir."),
    must(
        "chunked/trailer-with-length",
        "RFC 9110 section 6.5.1",
        &[Send(chunks!("0\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n")), Expect(ANY), Alone],
    )
    .why(
        "A field of the trailer never changes the framing of the message.",
        "Field pada trailer tidak pernah mengubah pembingkaian pesan.",
    ),
    must(
        "chunked/request-inside",
        "RFC 9112 section 7.1",
        &[Send(chunks!("1B\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\r\n0\r\n\r\n")), Expect(ANY), Alone],
    )
    .why(
        "A chunk is content, also if it looks like a request.",
        "Chunk adalah isi, juga bila tampak seperti permintaan.",
    ),
    must(
        "chunked/size-empty",
        "RFC 9112 section 7.1",
        &[Send(chunks!("\r\nhello\r\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(SIZE.0, SIZE.1),
    must(
        "chunked/size-with-0x",
        "RFC 9112 section 7.1",
        &[Send(chunks!("0x5\r\nhello\r\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(SIZE.0, SIZE.1),
    must(
        "chunked/size-with-plus",
        "RFC 9112 section 7.1",
        &[Send(chunks!("+5\r\nhello\r\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(SIZE.0, SIZE.1),
    must(
        "chunked/size-negative",
        "RFC 9112 section 7.1",
        &[Send(chunks!("-5\r\nhello\r\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(SIZE.0, SIZE.1),
    must(
        "chunked/size-not-hexadecimal",
        "RFC 9112 section 7.1",
        &[Send(chunks!("5g\r\nhello\r\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(SIZE.0, SIZE.1),
    must(
        "chunked/size-with-underscore",
        "RFC 9112 section 7.1",
        &[Send(chunks!("0_5\r\nhello\r\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(SIZE.0, SIZE.1),
    should(
        "chunked/size-after-space",
        "RFC 9112 section 7.1",
        &[Send(chunks!(" 5\r\nhello\r\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(SIZE.0, SIZE.1),
    should(
        "chunked/size-before-space",
        "RFC 9112 section 7.1",
        &[Send(chunks!("5 \r\nhello\r\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(SIZE.0, SIZE.1),
    must(
        "chunked/size-beyond-64-bits",
        "RFC 9112 section 7.1",
        &[Send(chunks!("10000000000000005\r\nhello\r\n0\r\n\r\n", hidden)), Expect(WAITING), Alone],
    )
    .why(
        "2^64 + 5 must not overflow to 5: what follows is content, however large the number is.",
        "2^64 + 5 tidak boleh meluap menjadi 5: yang mengikutinya isi, sebesar apa pun bilangannya.",
    ),
    must(
        "chunked/size-of-64-bits",
        "RFC 9112 section 7.1",
        &[Send(chunks!("FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n", hidden)), Expect(WAITING), Alone],
    )
    .why(
        "A size of 2^64 - 1 must not become negative: what follows is content.",
        "Ukuran 2^64 - 1 tidak boleh menjadi negatif: yang mengikutinya isi.",
    ),
    must(
        "chunked/data-too-long",
        "RFC 9112 section 7.1",
        &[Send(chunks!("5\r\nhello!\r\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(DATA.0, DATA.1),
    must(
        "chunked/data-too-short",
        "RFC 9112 section 7.1",
        &[Send(chunks!("5\r\nhel\r\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(DATA.0, DATA.1),
    must(
        "chunked/data-without-crlf",
        "RFC 9112 section 7.1",
        &[Send(chunks!("5\r\nhello0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(DATA.0, DATA.1),
    should(
        "chunked/lf-after-size",
        "RFC 9112 section 7.1",
        &[Send(chunks!("5\nhello\r\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(LINE.0, LINE.1),
    should(
        "chunked/lf-after-data",
        "RFC 9112 section 7.1",
        &[Send(chunks!("5\r\nhello\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(LINE.0, LINE.1),
    must(
        "chunked/cr-after-size",
        "RFC 9112 section 7.1",
        &[Send(chunks!("5\rhello\r\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(LINE.0, LINE.1),
    should(
        "chunked/lf-in-extension",
        "RFC 9112 section 7.1.1",
        &[Send(chunks!("5;a\nhello\r\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(LINE.0, LINE.1),
    should(
        "chunked/extension-without-name",
        "RFC 9112 section 7.1.1",
        &[Send(chunks!("5;\r\nhello\r\n0\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why(
        "An extension has a name. Parsers that skip to different ends of a broken one see other chunks.",
        "Ekstensi memiliki nama. Pengurai yang melompat ke akhir berbeda melihat chunk lain.",
    ),
    should(
        "chunked/trailer-without-colon",
        "RFC 9112 section 7.1.2",
        &[Send(chunks!("0\r\nX-A\r\n\r\n", hidden)), Expect(BROKEN), Closed],
    )
    .why("A trailer consists of field lines.", "Trailer terdiri atas baris field."),
];
