//! The request-target (RFC 9112 section 3.2): its four forms, its encoding, and paths that must not leave the root.

use super::super::case::Answer::{Any, Dropped, Is, With};
use super::super::case::Check::Without;
use super::super::case::Step::{Alone, Expect, InSync, Send};
use super::super::case::{Answer, Case, must, should};
use super::{REFUSED, REJECTED};

/// The first account of `/etc/passwd`, which no path may reach.
const NO_ACCOUNTS: &[Answer] = &[With(2, &[Without(b"root:")]), Any(3), Any(4), Any(5), Dropped];

pub(super) const CASES: &[Case] = &[
    must(
        "target/absolute",
        "RFC 9112 section 3.2.2",
        &[Send(b"GET {scheme}://{authority}{path} HTTP/1.1\r\n{host}\r\n"), Expect(&[Is(200)]), InSync],
    )
    .why(
        "Clients of a proxy send the whole URL; every server must accept that form.",
        "Klien proxy mengirim URL lengkap; setiap server harus menerima bentuk itu.",
    ),
    must(
        "target/absolute-scheme-case",
        "RFC 9110 section 4.2.3",
        &[Send(b"GET HTTP://{authority}{path} HTTP/1.1\r\n{host}\r\n"), Expect(&[Is(200)]), InSync],
    )
    .needs(&[super::super::case::Need::Plain])
    .why("A scheme is not case-sensitive.", "Skema URL tidak peka huruf besar-kecil."),
    must(
        "target/absolute-wins-over-host",
        "RFC 9112 section 3.2.2",
        &[
            Send(b"GET {scheme}://{authority}{path} HTTP/1.1\r\nHost: other.invalid\r\n{login}\r\n"),
            Expect(&[Is(200)]),
            InSync,
        ],
    )
    .why(
        "The host in an absolute target replaces Host, which must be ignored then.",
        "Host pada target absolut menggantikan field Host, yang lalu harus diabaikan.",
    ),
    should(
        "target/absolute-without-path",
        "RFC 9110 section 4.2.3",
        &[
            Send(b"GET {scheme}://{authority} HTTP/1.1\r\n{host}\r\n"),
            Expect(&[Any(2), Any(3), Is(401), Is(403), Is(404)]),
            Alone,
        ],
    )
    .why(
        "An empty path is the same as a slash.",
        "Path kosong sama dengan garis miring.",
    ),
    should(
        "target/absolute-with-login",
        "RFC 9110 section 4.2.4",
        &[
            Send(b"GET {scheme}://ada@{authority}{path} HTTP/1.1\r\n{host}\r\n"),
            Expect(REJECTED),
            Alone,
        ],
    )
    .why(
        "A login in a URL disguises the host: in http://bank@evil/ the host is evil. It is an error.",
        "Login di dalam URL menyamarkan host: pada http://bank@evil/ hostnya evil. Itu kesalahan.",
    ),
    should(
        "target/asterisk-with-get",
        "RFC 9112 section 3.2.4",
        &[Send(b"GET * HTTP/1.1\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why("Only OPTIONS has the target *.", "Hanya OPTIONS yang memakai target *."),
    should(
        "target/authority-with-get",
        "RFC 9112 section 3.2.3",
        &[Send(b"GET {authority} HTTP/1.1\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why("Only CONNECT has a host as its target.", "Hanya CONNECT yang targetnya berupa host."),
    should(
        "target/connect",
        "RFC 9110 section 9.3.6",
        &[Send(b"CONNECT {authority} HTTP/1.1\r\n{host}\r\n"), Expect(&[Any(3), Any(4), Any(5), Dropped]), Alone],
    )
    .why(
        "A server that is no proxy opens no tunnel: through it, its network would be reachable.",
        "Server yang bukan proxy tidak membuka terowongan: lewat itu jaringannya dapat dicapai.",
    ),
    should(
        "target/without-slash",
        "RFC 9112 section 3.2.1",
        &[Send(b"GET a.txt HTTP/1.1\r\n{host}\r\n"), Expect(&[Any(3), Any(4), Any(5), Dropped]), Alone],
    )
    .why("A path begins with a slash.", "Path diawali dengan garis miring."),
    should(
        "target/fragment",
        "RFC 9112 section 3.2",
        &[
            Send(b"GET {path}#a HTTP/1.1\r\n{host}\r\n"),
            Expect(&[Any(3), Any(4), Any(5), Dropped]),
            Alone,
        ],
    )
    .why(
        "A fragment is never sent; to drop it silently corrects an invalid request.",
        "Fragment tidak pernah dikirim; membuangnya diam-diam berarti memperbaiki permintaan tak sah.",
    ),
    must(
        "target/percent-encoded-letter",
        "RFC 9110 section 4.2.3",
        &[Send(b"GET {encoded} HTTP/1.1\r\n{host}\r\n"), Expect(&[Is(200)])],
    )
    .why(
        "A letter and its percent-encoded form are the same: %61 is a.",
        "Sebuah huruf dan bentuk percent-encoded-nya sama: %61 adalah a.",
    ),
    should(
        "target/percent-without-digits",
        "RFC 9112 section 3.2",
        &[Send(b"GET {missing}%zz HTTP/1.1\r\n{host}\r\n"), Expect(REFUSED), Alone],
    )
    .why(
        "Two hexadecimal digits follow a percent sign.",
        "Setelah tanda persen ada dua digit heksadesimal.",
    ),
    should(
        "target/percent-at-the-end",
        "RFC 9112 section 3.2",
        &[Send(b"GET {missing}% HTTP/1.1\r\n{host}\r\n"), Expect(REFUSED), Alone],
    )
    .why(
        "Two hexadecimal digits follow a percent sign; a decoder that looks for them must not read past the end.",
        "Setelah tanda persen ada dua digit heksadesimal; dekoder tidak boleh membaca melewati akhir.",
    ),
    should(
        "target/encoded-nul",
        "RFC 9110 section 17.3",
        &[Send(b"GET {path}%00 HTTP/1.1\r\n{host}\r\n"), Expect(REJECTED), Alone],
    )
    .why(
        "The kernel ends a path at NUL: a check of the whole name and the opened file would differ.",
        "Kernel mengakhiri path pada NUL: pemeriksaan nama lengkap dan berkas yang dibuka bisa berbeda.",
    ),
    must(
        "target/dot-segments",
        "RFC 9110 section 17.3",
        &[
            Send(b"GET /../../../../../../../../etc/passwd HTTP/1.1\r\n{host}\r\n"),
            Expect(NO_ACCOUNTS),
            Alone,
        ],
    )
    .why(
        "No path leads out of the served directory.",
        "Tidak ada path yang keluar dari direktori yang disajikan.",
    ),
    must(
        "target/dot-segments-below",
        "RFC 9110 section 17.3",
        &[
            Send(b"GET /a/../../../../../../../../etc/passwd HTTP/1.1\r\n{host}\r\n"),
            Expect(NO_ACCOUNTS),
            Alone,
        ],
    )
    .why(
        "No path leads out of the served directory, wherever in it the dots are.",
        "Tidak ada path yang keluar dari direktori yang disajikan, di mana pun titiknya.",
    ),
    must(
        "target/encoded-dots",
        "RFC 9110 section 17.3",
        &[
            Send(b"GET /%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n{host}\r\n"),
            Expect(NO_ACCOUNTS),
            Alone,
        ],
    )
    .why(
        "Dots are removed after decoding, not before: %2e%2e is the parent as well.",
        "Titik dihapus setelah dekode, bukan sebelumnya: %2e%2e juga berarti induk.",
    ),
    must(
        "target/encoded-slashes",
        "RFC 9110 section 17.3",
        &[
            Send(b"GET /..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\n{host}\r\n"),
            Expect(NO_ACCOUNTS),
            Alone,
        ],
    )
    .why(
        "An encoded slash separates directories once it is decoded.",
        "Garis miring yang dikodekan memisahkan direktori setelah didekode.",
    ),
    must(
        "target/encoded-twice",
        "RFC 9110 section 17.3",
        &[
            Send(b"GET /%252e%252e/%252e%252e/%252e%252e/%252e%252e/etc/passwd HTTP/1.1\r\n{host}\r\n"),
            Expect(NO_ACCOUNTS),
            Alone,
        ],
    )
    .why(
        "A path is decoded once: decoded twice, %252e is a dot.",
        "Path didekode satu kali: jika dua kali, %252e menjadi titik.",
    ),
    must(
        "target/two-slashes",
        "RFC 9110 section 17.3",
        &[Send(b"GET //etc/passwd HTTP/1.1\r\n{host}\r\n"), Expect(NO_ACCOUNTS), Alone],
    )
    .why(
        "A path that begins with two slashes is not a path of the file system.",
        "Path yang diawali dua garis miring bukanlah path sistem berkas.",
    ),
    should(
        "target/missing",
        "RFC 9110 section 15.5.5",
        &[Send(b"GET {missing} HTTP/1.1\r\n{host}\r\n"), Expect(&[Any(3), Is(404), Is(410), Is(403)]), InSync],
    )
    .why(
        "A resource that does not exist gets 404, and the connection stays usable.",
        "Sumber daya yang tidak ada mendapat 404, dan koneksi tetap dapat dipakai.",
    ),
];
