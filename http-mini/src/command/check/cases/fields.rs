//! Field lines (RFC 9112 section 5, RFC 9110 section 5): `name ":" OWS value OWS`.

use super::super::case::Answer::{Any, Dropped, Is};
use super::super::case::Step::{Alone, Expect, InSync, Send};
use super::super::case::{Answer, Case, may, must, should};
use super::{REJECTED, TOLERATED};

/// 400, which the RFC prescribes by number.
const BAD: &[Answer] = &[Is(400)];
/// The byte is refused or replaced; the value is not used.
const REPLACED: &[Answer] = &[Is(200), Any(4), Any(5), Dropped];

/// Why names that are no tokens are refused.
const TOKEN: (&str, &str) = (
    "A field's name is a token. A server that skips such a line and a proxy that does not see different requests.",
    "Nama field adalah token. Server yang melewati baris itu dan proxy yang tidak, melihat permintaan berbeda.",
);

pub(super) const CASES: &[Case] = &[
    must(
        "fields/space-before-colon",
        "RFC 9112 section 5.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X-A : b\r\n\r\n"), Expect(BAD), Alone],
    )
    .why(
        "White space before the colon must get 400: it was used to hide fields from proxies.",
        "Spasi sebelum titik dua harus mendapat 400: dulu dipakai untuk menyembunyikan field dari proxy.",
    ),
    must(
        "fields/tab-before-colon",
        "RFC 9112 section 5.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X-A\t: b\r\n\r\n"), Expect(BAD), Alone],
    )
    .why(
        "White space before the colon must get 400: it was used to hide fields from proxies.",
        "Spasi sebelum titik dua harus mendapat 400: dulu dipakai untuk menyembunyikan field dari proxy.",
    ),
    must(
        "fields/space-before-colon-of-host",
        "RFC 9112 section 5.1",
        &[Send(b"GET {path} HTTP/1.1\r\nHost : {authority}\r\n{login}\r\n"), Expect(BAD), Alone],
    )
    .why(
        "White space before the colon must get 400, whatever the name is.",
        "Spasi sebelum titik dua harus mendapat 400, apa pun namanya.",
    ),
    must(
        "fields/folded",
        "RFC 9112 section 5.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X-A: b\r\n c\r\n\r\n"), Expect(&[Is(200), Is(400)]), Alone],
    )
    .why(
        "A line that begins with a space continues the one before; it must get 400, or the line end becomes a space.",
        "Baris yang diawali spasi melanjutkan baris sebelumnya; harus mendapat 400, atau akhir barisnya menjadi spasi.",
    ),
    must(
        "fields/folded-host",
        "RFC 9112 section 5.2",
        &[
            Send(b"GET {path} HTTP/1.1\r\n{host}X-A: b\r\n Host: other.invalid\r\n\r\n"),
            Expect(&[Is(200), Is(400)]),
            Alone,
        ],
    )
    .why(
        "A continued line is part of a value, never a field of its own.",
        "Baris lanjutan adalah bagian dari nilai, bukan field tersendiri.",
    ),
    must(
        "fields/space-before-the-first",
        "RFC 9112 section 2.2",
        &[Send(b"GET {path} HTTP/1.1\r\n Host: {authority}\r\n{login}\r\n"), Expect(REJECTED), Alone],
    )
    .why(
        "A line with a space behind the request line is refused or skipped; without it, Host is missing.",
        "Baris berspasi setelah baris permintaan ditolak atau dilewati; tanpa baris itu, Host tidak ada.",
    ),
    should(
        "fields/no-colon",
        "RFC 9112 section 2.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X-A\r\n\r\n"), Expect(REJECTED), Alone],
    )
    .why("A field line has a colon.", "Baris field memiliki titik dua."),
    should(
        "fields/empty-name",
        "RFC 9112 section 2.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}: b\r\n\r\n"), Expect(REJECTED), Alone],
    )
    .why(TOKEN.0, TOKEN.1),
    should(
        "fields/space-in-the-name",
        "RFC 9112 section 2.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X A: b\r\n\r\n"), Expect(REJECTED), Alone],
    )
    .why(TOKEN.0, TOKEN.1),
    should(
        "fields/delimiter-in-the-name",
        "RFC 9112 section 2.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X(A): b\r\n\r\n"), Expect(REJECTED), Alone],
    )
    .why(TOKEN.0, TOKEN.1),
    should(
        "fields/control-in-the-name",
        "RFC 9112 section 2.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X\x0bA: b\r\n\r\n"), Expect(REJECTED), Alone],
    )
    .why(TOKEN.0, TOKEN.1),
    should(
        "fields/high-byte-in-the-name",
        "RFC 9112 section 2.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X\xe9: b\r\n\r\n"), Expect(REJECTED), Alone],
    )
    .why(TOKEN.0, TOKEN.1),
    must(
        "fields/nul-in-the-value",
        "RFC 9110 section 5.5",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X-A: b\0c\r\n\r\n"), Expect(REPLACED), Alone],
    )
    .why(
        "NUL in a value is refused, or replaced by a space before it is used.",
        "NUL di dalam nilai ditolak, atau diganti spasi sebelum dipakai.",
    ),
    must(
        "fields/nul-in-the-host",
        "RFC 9110 section 5.5",
        &[Send(b"GET {path} HTTP/1.1\r\nHost: {authority}\0.invalid\r\n{login}\r\n"), Expect(REJECTED), Alone],
    )
    .why(
        "NUL is refused, or replaced by a space, which makes Host invalid; it does not end the value.",
        "NUL ditolak, atau diganti spasi sehingga Host tidak sah; NUL tidak mengakhiri nilai.",
    ),
    must(
        "fields/cr-in-the-value",
        "RFC 9110 section 5.5",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X-A: b\rIf-None-Match: *\r\n\r\n"), Expect(REPLACED), Alone],
    )
    .why(
        "CR without LF does not end a line: what follows is part of the value, not a field.",
        "CR tanpa LF tidak mengakhiri baris: yang mengikutinya bagian nilai, bukan field.",
    ),
    may(
        "fields/control-in-the-value",
        "RFC 9110 section 5.5",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X-A: b\x01c\r\n\r\n"), Expect(TOLERATED), Alone],
    )
    .why(
        "Other control bytes are invalid; a server may keep them where they are harmless.",
        "Bait kontrol lain tidak sah; server boleh menyimpannya jika tidak berbahaya.",
    ),
    should(
        "fields/high-byte-in-the-value",
        "RFC 9110 section 5.5",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X-A: caf\xe9\r\n\r\n"), Expect(&[Is(200)]), InSync],
    )
    .why(
        "Bytes from 0x80 up are data in a value.",
        "Bait mulai 0x80 adalah data di dalam nilai.",
    ),
    must(
        "fields/empty-value",
        "RFC 9110 section 5.5",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X-A:\r\nX-B: \r\n\r\n"), Expect(&[Is(200)]), InSync],
    )
    .why("A value may be empty.", "Nilai boleh kosong."),
    must(
        "fields/no-space-after-colon",
        "RFC 9112 section 5",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X-A:b\r\n\r\n"), Expect(&[Is(200)]), InSync],
    )
    .why(
        "White space after the colon is optional.",
        "Spasi setelah titik dua tidak wajib.",
    ),
    must(
        "fields/white-space-around-value",
        "RFC 9112 section 5",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}If-None-Match: \t{etag} \t\r\n\r\n"), Expect(&[Is(304)]), InSync],
    )
    .why(
        "Spaces and tabs around a value are not part of it.",
        "Spasi dan tab di sekitar nilai bukan bagian dari nilai.",
    ),
    must(
        "fields/name-in-any-case",
        "RFC 9110 section 5.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}iF-nONE-mATCH: {etag}\r\n\r\n"), Expect(&[Is(304)]), InSync],
    )
    .why("Names of fields are not case-sensitive.", "Nama field tidak peka huruf besar-kecil."),
    should(
        "fields/unknown",
        "RFC 9110 section 5.1",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X-Unknown!#$%&'*+.^_`|~0: b\r\n\r\n"), Expect(&[Is(200)]), InSync],
    )
    .why(
        "Unknown fields are ignored, with any name that is a token.",
        "Field tak dikenal diabaikan, dengan nama apa pun yang berupa token.",
    ),
    may(
        "fields/lf-alone",
        "RFC 9112 section 2.2",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}X-A: b\nX-B: c\r\n\r\n"), Expect(TOLERATED), Alone],
    )
    .why(
        "A server may take LF alone as the end of a line, or refuse it; it answers once.",
        "Server boleh menganggap LF saja sebagai akhir baris, atau menolaknya; server menjawab satu kali.",
    ),
    must(
        "fields/several-hundred-bytes",
        "RFC 9110 section 5.4",
        &[Send(b"GET {path} HTTP/1.1\r\n{host}Cookie: a={x:500}\r\n\r\n"), Expect(&[Is(200)]), InSync],
    )
    .why(
        "Cookies and user agents of some hundred bytes are usual.",
        "Cookie dan user agent sepanjang beberapa ratus bait itu lazim.",
    ),
];
