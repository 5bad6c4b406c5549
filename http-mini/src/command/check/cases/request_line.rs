//! The request line (RFC 9112 section 3): `method SP request-target SP HTTP-version`.

use super::super::case::Answer::{Any, Dropped, Is, With};
use super::super::case::Check::Lacks;
use super::super::case::Step::{Alone, Drip, Expect, InSync, Send};
use super::super::case::{Case, may, must, should};
use super::{REJECTED, TOLERATED};

pub(super) const CASES: &[Case] = &[
    must(
        "request-line/plain",
        "RFC 9112 section 3",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[Is(200)]), InSync],
    )
    .why(
        "A request has a request line, field lines, and an empty line.",
        "Permintaan terdiri atas baris permintaan, baris field, dan satu baris kosong.",
    ),
    must(
        "request-line/byte-by-byte",
        "RFC 9112 section 2.2",
        &[Drip(b"GET {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[Is(200)]), InSync],
    )
    .why(
        "TCP is a stream: a request may arrive in any number of pieces.",
        "TCP adalah aliran: satu permintaan dapat tiba dalam banyak potongan.",
    ),
    must(
        "request-line/http-1.0",
        "RFC 9112 section 6.1",
        &[
            Send(b"GET {path} HTTP/1.0\r\n{host}\r\n"),
            Expect(&[With(200, &[Lacks("transfer-encoding")])]),
        ],
    )
    .why(
        "A client of HTTP/1.0 does not know Transfer-Encoding, so its response must not use it.",
        "Klien HTTP/1.0 tidak mengenal Transfer-Encoding, jadi responsnya tidak boleh memakainya.",
    ),
    should(
        "request-line/later-minor-version",
        "RFC 9110 section 2.5",
        &[Send(b"GET {path} HTTP/1.9\r\n{host}\r\n"), Expect(&[Is(200)])],
    )
    .why(
        "A later minor version is processed as the highest one that the server knows.",
        "Versi minor yang lebih baru diproses sebagai versi tertinggi yang dikenal server.",
    ),
    may(
        "request-line/later-major-version",
        "RFC 9110 section 15.6.6",
        &[Send(b"GET {path} HTTP/3.0\r\n{host}\r\n"), Expect(&[Is(505), Is(400)]), Alone],
    )
    .why(
        "A message of another major version has another syntax; 505 tells that it is not supported.",
        "Pesan dengan versi mayor lain punya sintaks lain; 505 menyatakan tidak didukung.",
    ),
    should(
        "request-line/lower-case-version",
        "RFC 9112 section 2.3",
        &[Send(b"GET {path} http/1.1\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why(
        "The name HTTP in the version is case-sensitive, so this request line is invalid.",
        "Nama HTTP pada versi peka huruf besar-kecil, jadi baris permintaan ini tidak sah.",
    ),
    should(
        "request-line/version-of-two-digits",
        "RFC 9112 section 2.3",
        &[Send(b"GET {path} HTTP/1.10\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why(
        "HTTP-version has one digit on each side of the dot.",
        "HTTP-version memiliki satu digit di setiap sisi titik.",
    ),
    should(
        "request-line/version-without-minor",
        "RFC 9112 section 2.3",
        &[Send(b"GET {path} HTTP/1.\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why(
        "HTTP-version has one digit on each side of the dot.",
        "HTTP-version memiliki satu digit di setiap sisi titik.",
    ),
    should(
        "request-line/version-with-tail",
        "RFC 9112 section 2.3",
        &[Send(b"GET {path} HTTP/1.1x\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why(
        "Nothing follows the version but the end of the line.",
        "Setelah versi tidak ada apa pun selain akhir baris.",
    ),
    should(
        "request-line/other-protocol",
        "RFC 9112 section 3",
        &[Send(b"GET {path} HTTQ/1.1\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why("The version begins with HTTP.", "Versi diawali dengan HTTP."),
    should(
        "request-line/empty-line-before",
        "RFC 9112 section 2.2",
        &[Send(b"\r\nGET {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[Is(200)]), InSync],
    )
    .why(
        "Some old clients send CRLF after the content of a POST; a server ignores an empty line before a request.",
        "Sebagian klien lama mengirim CRLF setelah isi POST; server mengabaikan baris kosong sebelum permintaan.",
    ),
    may(
        "request-line/two-spaces",
        "RFC 9112 section 3",
        &[Send(b"GET  {path} HTTP/1.1\r\n{host}\r\n"), Expect(TOLERATED), Alone],
    )
    .why(
        "A server may split the line at any white space, or refuse it; it answers once.",
        "Server boleh memecah baris pada sembarang spasi, atau menolaknya; server menjawab satu kali.",
    ),
    may(
        "request-line/tabs",
        "RFC 9112 section 3",
        &[Send(b"GET\t{path}\tHTTP/1.1\r\n{host}\r\n"), Expect(TOLERATED), Alone],
    )
    .why(
        "A server may split the line at any white space, or refuse it; it answers once.",
        "Server boleh memecah baris pada sembarang spasi, atau menolaknya; server menjawab satu kali.",
    ),
    may(
        "request-line/space-at-the-end",
        "RFC 9112 section 3",
        &[Send(b"GET {path} HTTP/1.1 \r\n{host}\r\n"), Expect(TOLERATED), Alone],
    )
    .why(
        "A server may ignore white space at the end of the line, or refuse it; it answers once.",
        "Server boleh mengabaikan spasi di akhir baris, atau menolaknya; server menjawab satu kali.",
    ),
    may(
        "request-line/space-at-the-start",
        "RFC 9112 section 3",
        &[Send(b" GET {path} HTTP/1.1\r\n{host}\r\n"), Expect(TOLERATED), Alone],
    )
    .why(
        "A server may ignore white space at the start of the line, or refuse it; it answers once.",
        "Server boleh mengabaikan spasi di awal baris, atau menolaknya; server menjawab satu kali.",
    ),
    may(
        "request-line/lf-alone",
        "RFC 9112 section 2.2",
        &[Send(b"GET {path} HTTP/1.1\n{host}\r\n"), Expect(TOLERATED), Alone],
    )
    .why(
        "A server may take LF alone as the end of the line, or refuse it; it answers once.",
        "Server boleh menganggap LF saja sebagai akhir baris, atau menolaknya; server menjawab satu kali.",
    ),
    should(
        "request-line/space-in-the-target",
        "RFC 9112 section 3",
        &[
            Send(b"GET {path} b HTTP/1.1\r\n{host}\r\n"),
            Expect(&[Is(400), Is(301), Is(308), Dropped]),
            Alone,
        ],
    )
    .why(
        "A line of four words is invalid. To guess what it means lets filters in front of the server be bypassed.",
        "Baris dengan empat kata tidak sah. Menebak maksudnya membuat filter di depan server dapat dilewati.",
    ),
    should(
        "request-line/no-target",
        "RFC 9112 section 3",
        &[Send(b"GET HTTP/1.1\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why("A request line has three parts.", "Baris permintaan terdiri atas tiga bagian."),
    should(
        "request-line/no-method",
        "RFC 9112 section 3",
        &[Send(b" {path} HTTP/1.1\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why("A request line has three parts.", "Baris permintaan terdiri atas tiga bagian."),
    should(
        "request-line/no-http",
        "RFC 9112 section 2.2",
        &[Send(b"nonsense\r\n\r\n"), Expect(REJECTED), Alone],
    )
    .why(
        "Bytes that are no request get 400, and the connection closes.",
        "Bait yang bukan permintaan mendapat 400, dan koneksi ditutup.",
    ),
    should(
        "request-line/method-with-delimiter",
        "RFC 9110 section 5.6.2",
        &[Send(b"G@T {path} HTTP/1.1\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why(
        "A method is a token: letters, digits and a few marks, not a delimiter.",
        "Metode adalah token: huruf, digit, dan beberapa tanda, bukan pemisah.",
    ),
    should(
        "request-line/lower-case-method",
        "RFC 9110 section 9.1",
        &[Send(b"get {path} HTTP/1.1\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why(
        "Methods are case-sensitive: get is another method than GET.",
        "Metode peka huruf besar-kecil: get adalah metode lain dari GET.",
    ),
    should(
        "request-line/method-with-tail",
        "RFC 9110 section 9.1",
        &[Send(b"GETS {path} HTTP/1.1\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why(
        "A method is compared as a whole, not by its first letters.",
        "Metode dibandingkan seluruhnya, bukan hanya huruf awalnya.",
    ),
    should(
        "request-line/nul-in-the-target",
        "RFC 9112 section 3",
        &[Send(b"GET {path}\0 HTTP/1.1\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why(
        "NUL is not part of a target. Programs in C end a text there and see another path.",
        "NUL bukan bagian target. Program C mengakhiri teks di situ dan melihat path lain.",
    ),
    should(
        "request-line/control-in-the-target",
        "RFC 9112 section 3",
        &[Send(b"GET {path}\x1b HTTP/1.1\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why(
        "Control bytes are not part of a target; in a log, terminals obey them.",
        "Bait kontrol bukan bagian target; di dalam log, terminal mematuhinya.",
    ),
    should(
        "request-line/cr-in-the-target",
        "RFC 9112 section 2.2",
        &[Send(b"GET {path}\rX HTTP/1.1\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why(
        "CR without LF is invalid, or a space; as a space it makes a line of four words.",
        "CR tanpa LF tidak sah, atau dianggap spasi; sebagai spasi, barisnya menjadi empat kata.",
    ),
    should(
        "request-line/unknown-long-method",
        "RFC 9112 section 3",
        &[Send(b"{x:300} {path} HTTP/1.1\r\n{host}\r\n"), Expect(&[Any(4), Any(5)]), Alone],
    )
    .why(
        "A method longer than any that the server implements gets 501.",
        "Metode yang lebih panjang dari semua yang didukung server mendapat 501.",
    ),
];
