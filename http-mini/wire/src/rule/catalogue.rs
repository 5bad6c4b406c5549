//! The rules of HTTP/1.1 as data: texts in English and Indonesian. [`rule`](super) has the status for each
//! rule.
//!
//! In the order in which a message meets them: head, framing, chunks, fields, forms. The rules of values are
//! last; most invalid values are ignored.

syntax::rules! {
    /// The rules of a message. Breaking one is always the peer's fault.
    pub enum Rule {
        BareLf: Breaks, "bare-lf", "RFC 9112 section 2.2" {
            fault: "a line ends with LF alone", "baris hanya diakhiri LF";
            requires: "A line of a head ends with CR LF.", "Setiap baris kepala pesan diakhiri CR LF.";
            why:
                "Some parsers end the line at a lone LF and others do not. Two programs then see different \
                 fields, which allows request smuggling.",
                "Sebagian parser mengakhiri baris pada LF saja, sebagian tidak. Dua program lalu melihat \
                 field yang berbeda, dan ini membuka jalan bagi request smuggling.";
            fix:
                "End each line with the two bytes CR LF: \\r\\n.",
                "Akhiri setiap baris dengan dua bait CR LF: \\r\\n.";
        }
        BareCr: Breaks, "bare-cr", "RFC 9112 section 2.2" {
            fault: "CR without LF", "CR tanpa LF";
            requires:
                "CR appears only as the first byte of CR LF.",
                "CR hanya boleh muncul sebagai bait pertama dari CR LF.";
            why:
                "Some parsers end the line at a lone CR, so the rest of the value becomes a field of its \
                 own.",
                "Sebagian parser mengakhiri baris pada CR saja, sehingga sisa nilainya menjadi field \
                 tersendiri.";
            fix:
                "Send CR LF at the end of the line, and remove CR from values.",
                "Kirim CR LF di akhir baris, dan hapus CR dari nilai.";
        }
        Control: Breaks, "control-byte", "RFC 9110 section 5.5" {
            fault: "a control byte", "bait kontrol";
            requires:
                "A head contains no control bytes except HTAB, and CR LF at the end of a line.",
                "Kepala pesan tidak memuat bait kontrol selain HTAB, dan CR LF di akhir baris.";
            why:
                "Programs written in C end a text at NUL, and terminals obey control bytes. The reader sees \
                 something else than what was sent.",
                "Program dalam bahasa C mengakhiri teks pada NUL, dan terminal mematuhi bait kontrol. \
                 Pembaca melihat hal yang berbeda dari yang dikirim.";
            fix:
                "Remove the byte, or percent-encode it in a request-target.",
                "Hapus bait itu, atau tulis dengan percent-encoding di dalam request-target.";
        }
        EmptyLines: Breaks, "empty-lines", "RFC 9112 section 2.2" {
            fault:
                "too many empty lines before the request",
                "terlalu banyak baris kosong sebelum permintaan";
            requires:
                "At most 2 empty lines come before a request line.",
                "Paling banyak 2 baris kosong boleh mendahului baris permintaan.";
            why:
                "A server that skips empty lines without a limit can be kept busy by a client that sends \
                 nothing else.",
                "Server yang melewati baris kosong tanpa batas dapat dibuat sibuk oleh klien yang tidak \
                 mengirim apa-apa selain itu.";
            fix:
                "Send no line end after the content of the previous request.",
                "Jangan kirim akhir baris setelah isi permintaan sebelumnya.";
        }
        RequestLineSpace: Breaks, "request-line-space", "RFC 9112 section 3" {
            fault:
                "the parts of the request line are separated by exactly one space",
                "bagian baris permintaan dipisahkan oleh tepat satu spasi";
            requires:
                "Method, request-target and version are separated by exactly one SP.",
                "Metode, request-target, dan versi dipisahkan oleh tepat satu SP.";
            why:
                "With other white space, two parsers can disagree where the request-target ends.",
                "Dengan spasi lain, dua parser dapat berbeda pendapat tentang akhir request-target.";
            fix:
                "Send one space between the parts, and %20 for a space in the path.",
                "Kirim satu spasi di antara bagian-bagian itu, dan %20 untuk spasi di dalam path.";
        }
        MethodMalformed: Breaks, "method-malformed", "RFC 9110 section 9.1" {
            fault: "the method is not a token", "metode bukan token";
            requires:
                "A method is a token: letters, digits and a few signs, without white space.",
                "Metode adalah token: huruf, angka, dan beberapa tanda, tanpa spasi.";
            why:
                "Other bytes here usually mean that the client speaks another protocol, such as TLS, on \
                 this port.",
                "Bait lain di sini biasanya berarti klien memakai protokol lain, misalnya TLS, di port ini.";
            fix:
                "Begin the request with a method such as GET, in upper case.",
                "Awali permintaan dengan metode seperti GET, dalam huruf besar.";
        }
        MethodTooLong: Breaks, "method-too-long", "RFC 9112 section 3" {
            fault: "the method is too long", "metode terlalu panjang";
            requires: "A method has at most 32 bytes.", "Metode paling panjang 32 bait.";
            why:
                "No registered method is that long. Without a limit, a server would wait for its end \
                 forever.",
                "Tidak ada metode terdaftar sepanjang itu. Tanpa batas, server akan terus menunggu akhirnya.";
            fix:
                "Send a registered method such as GET or PUT.",
                "Kirim metode yang terdaftar, seperti GET atau PUT.";
        }
        ConnectRefused: Breaks, "connect-refused", "RFC 9110 section 9.3.6" {
            fault: "CONNECT is not offered", "CONNECT tidak disediakan";
            requires:
                "CONNECT asks a proxy for a tunnel. This server is no proxy.",
                "CONNECT meminta terowongan kepada proksi. Server ini bukan proksi.";
            why:
                "A server that opens tunnels lets any client reach other machines under the server's \
                 address.",
                "Server yang membuka terowongan membiarkan klien mana pun mencapai mesin lain dengan alamat \
                 server.";
            fix:
                "Remove this server from the client's proxy settings.",
                "Hapus server ini dari pengaturan proksi klien.";
        }
        TargetForm: Breaks, "target-form", "RFC 9112 section 3.2" {
            fault: "the request-target has none of the known forms", "bentuk request-target tidak dikenal";
            requires:
                "A request-target is a path that begins with a slash, a URI of http or https, or * for \
                 OPTIONS.",
                "Request-target adalah path yang diawali garis miring, URI http atau https, atau * untuk \
                 OPTIONS.";
            why:
                "Parsers complete other texts in different ways, so a check of the path can be bypassed.",
                "Parser melengkapi teks lain dengan cara berbeda, sehingga pemeriksaan path dapat dilewati.";
            fix:
                "Send a path that begins with a slash: GET /index.html HTTP/1.1.",
                "Kirim path yang diawali garis miring: GET /index.html HTTP/1.1.";
        }
        TargetByte: Breaks, "target-byte", "RFC 3986 section 2" {
            fault:
                "the request-target holds a byte that must be percent-encoded",
                "request-target memuat bait yang harus ditulis dengan percent-encoding";
            requires:
                "A request-target consists of visible ASCII bytes without quotes, angle brackets, backslash \
                 and backtick.",
                "Request-target terdiri dari bait ASCII yang terlihat, tanpa tanda kutip ganda, kurung \
                 sudut, garis miring terbalik, dan backtick.";
            why:
                "Some programs treat a backslash as a slash, and others guess a character set. Each then \
                 opens another file.",
                "Sebagian program menganggap garis miring terbalik sebagai garis miring, yang lain menebak \
                 himpunan karakter. Masing-masing lalu membuka berkas yang berbeda.";
            fix:
                "Percent-encode the byte: %5C for a backslash, %C3%A9 for the two bytes of an e with an \
                 accent.",
                "Tulis bait itu dengan percent-encoding: %5C untuk garis miring terbalik, %C3%A9 untuk dua \
                 bait huruf e beraksen.";
        }
        TargetFragment: Breaks, "target-fragment", "RFC 9112 section 3.2" {
            fault: "the request-target holds a fragment", "request-target memuat fragmen";
            requires:
                "A request-target has no fragment: the part from # on stays with the client.",
                "Request-target tidak memuat fragmen: bagian mulai dari # tetap di klien.";
            why:
                "Servers differ whether # ends the path or belongs to the name.",
                "Server berbeda pendapat apakah # mengakhiri path atau termasuk nama.";
            fix:
                "Remove the part from # on, or send %23 if the name contains it.",
                "Hapus bagian mulai dari #, atau kirim %23 bila tanda itu termasuk nama.";
        }
        EscapeMalformed: Breaks, "escape-malformed", "RFC 3986 section 2.1" {
            fault:
                "a percent sign without two hexadecimal digits",
                "tanda persen tanpa dua digit heksadesimal";
            requires:
                "Two hexadecimal digits follow each percent sign.",
                "Setiap tanda persen diikuti dua digit heksadesimal.";
            why:
                "Decoders differ: one keeps the sign, another drops it, so two programs see two names.",
                "Pendekode berbeda: yang satu mempertahankan tanda itu, yang lain membuangnya, sehingga dua \
                 program melihat dua nama.";
            fix: "Send %25 for a percent sign.", "Kirim %25 untuk tanda persen.";
        }
        TargetTooLong: Breaks, "target-too-long", "RFC 9112 section 3" {
            fault: "the request-target is too long", "request-target terlalu panjang";
            requires:
                "A request-target has at most 8,000 bytes.",
                "Request-target paling panjang 8.000 bait.";
            why:
                "Without a limit, one client could make the server keep any amount of memory.",
                "Tanpa batas, satu klien dapat memaksa server menyimpan memori sebanyak apa pun.";
            fix:
                "Send long data in the content of the request.",
                "Kirim data yang panjang di dalam isi permintaan.";
        }
        AsteriskOutsideOptions: Breaks, "asterisk-outside-options", "RFC 9112 section 3.2.4" {
            fault: "* is a target for OPTIONS only", "* hanya boleh menjadi target OPTIONS";
            requires:
                "The request-target * is used with OPTIONS only.",
                "Request-target * hanya dipakai dengan OPTIONS.";
            why:
                "With other methods it names no resource, so there is nothing to act on.",
                "Dengan metode lain, * tidak menamai sumber daya apa pun, jadi tidak ada yang dapat \
                 dikerjakan.";
            fix: "Send a path that begins with a slash.", "Kirim path yang diawali garis miring.";
        }
        AuthorityMalformed: Breaks, "authority-malformed", "RFC 9110 section 4.2.1, RFC 9110 section 4.2.4" {
            fault:
                "the authority of the request-target is malformed",
                "authority pada request-target tidak valid";
            requires:
                "The authority of an absolute URI is a host, or a host, a colon and a port, without a user \
                 name.",
                "Authority pada URI absolut adalah host, atau host, titik dua, dan port, tanpa nama \
                 pengguna.";
            why:
                "A user name before @ can make one host look like another: \
                 http://bank.example@evil.example/.",
                "Nama pengguna sebelum @ dapat menyamarkan host: http://bank.example@evil.example/.";
            fix:
                "Send host or host:port, and credentials in Authorization.",
                "Kirim host atau host:port, dan kredensial di dalam Authorization.";
        }
        VersionMalformed: Breaks, "version-malformed", "RFC 9112 section 2.3" {
            fault: "the version is malformed", "versi tidak valid";
            requires:
                "A version is HTTP, a slash, a digit, a dot and a digit, in upper case.",
                "Versi adalah HTTP, garis miring, satu angka, titik, dan satu angka, dalam huruf besar.";
            why:
                "The version decides how the message is framed, so it cannot be guessed.",
                "Versi menentukan batas pesan, jadi tidak boleh ditebak.";
            fix: "End the request line with HTTP/1.1.", "Akhiri baris permintaan dengan HTTP/1.1.";
        }
        StatusLineMalformed: Breaks, "status-line-malformed", "RFC 9112 section 4" {
            fault: "the status line is malformed", "baris status tidak valid";
            requires:
                "A status line is HTTP/1.x, a space, three digits of at least 100, and after another space \
                 any text.",
                "Baris status adalah HTTP/1.x, spasi, tiga angka minimal 100, lalu setelah spasi lagi teks \
                 apa pun.";
            why:
                "Bytes that are no status line belong to another protocol, or to the rest of an earlier \
                 response.",
                "Bait yang bukan baris status berasal dari protokol lain, atau dari sisa respons sebelumnya.";
            fix:
                "Begin the response with a line such as HTTP/1.1 200 OK.",
                "Awali respons dengan baris seperti HTTP/1.1 200 OK.";
        }
        VersionUnsupported: Breaks, "version-unsupported", "RFC 9110 section 15.6.6" {
            fault: "only HTTP/1 is spoken here", "hanya HTTP/1 yang didukung";
            requires: "The major version is 1.", "Versi mayor adalah 1.";
            why:
                "Another major version has other bytes on the wire. Its messages cannot be read as HTTP/1.",
                "Versi mayor lain memakai bait yang berbeda di jaringan. Pesannya tidak dapat dibaca \
                 sebagai HTTP/1.";
            fix: "Send HTTP/1.1.", "Kirim HTTP/1.1.";
        }
        NameMissing: Breaks, "name-missing", "RFC 9112 section 5" {
            fault: "a field without a name", "field tanpa nama";
            requires:
                "A field line begins with a name of at least one byte.",
                "Baris field diawali nama sedikitnya satu bait.";
            why:
                "Some parsers skip such a line and others stop at it, so they see different fields.",
                "Sebagian parser melewati baris ini dan sebagian berhenti, sehingga mereka melihat field \
                 yang berbeda.";
            fix: "Write a name before the colon.", "Tulis nama sebelum titik dua.";
        }
        NameMalformed: Breaks, "name-malformed", "RFC 9110 section 5.1" {
            fault: "a field name is not a token", "nama field bukan token";
            requires:
                "A field name is a token: letters, digits and a few signs such as a hyphen.",
                "Nama field adalah token: huruf, angka, dan beberapa tanda seperti tanda hubung.";
            why:
                "A parser that ignores the odd byte sees a field that another parser does not see.",
                "Parser yang mengabaikan bait ganjil itu melihat field yang tidak dilihat parser lain.";
            fix:
                "Use letters, digits and hyphens in the name.",
                "Pakai huruf, angka, dan tanda hubung di dalam nama.";
        }
        SpaceBeforeColon: Breaks, "space-before-colon", "RFC 9112 section 5.1" {
            fault: "white space before the colon of a field", "spasi sebelum titik dua pada field";
            requires:
                "The colon follows the field name without white space.",
                "Titik dua langsung mengikuti nama field tanpa spasi.";
            why:
                "Some parsers drop the white space and others make it part of the name. A hidden \
                 Transfer-Encoding allows request smuggling.",
                "Sebagian parser membuang spasi itu, sebagian memasukkannya ke dalam nama. \
                 Transfer-Encoding yang tersembunyi membuka jalan bagi request smuggling.";
            fix: "Remove the white space before the colon.", "Hapus spasi sebelum titik dua.";
        }
        ColonMissing: Breaks, "colon-missing", "RFC 9112 section 5" {
            fault: "a field line without a colon", "baris field tanpa titik dua";
            requires:
                "A field line is a name, a colon and a value.",
                "Baris field terdiri dari nama, titik dua, dan nilai.";
            why:
                "Some parsers skip the line and others append it to the previous field.",
                "Sebagian parser melewati baris itu, sebagian menyambungnya ke field sebelumnya.";
            fix: "Write the field as Name: value.", "Tulis field sebagai Nama: nilai.";
        }
        Folded: Breaks, "folded-line", "RFC 9112 section 5.2" {
            fault: "a folded field line", "baris field yang dilipat";
            requires:
                "A field is one line: no line begins with white space.",
                "Satu field adalah satu baris: tidak ada baris yang diawali spasi.";
            why:
                "Folding is obsolete. Some parsers join the lines and others read a new field, so a field \
                 can be hidden.",
                "Pelipatan baris sudah usang. Sebagian parser menyambung baris, sebagian membaca field \
                 baru, sehingga field dapat disembunyikan.";
            fix: "Write the value in one line.", "Tulis nilainya dalam satu baris.";
        }
        HeadTooLarge: Breaks, "head-too-large", "RFC 6585 section 5" {
            fault: "the head is too large", "kepala pesan terlalu besar";
            requires: "A head has at most 32 KiB.", "Kepala pesan paling besar 32 KiB.";
            why:
                "A head is kept in memory until it ends. Without a limit, a client that never ends it fills \
                 the memory.",
                "Kepala pesan disimpan di memori sampai berakhir. Tanpa batas, klien yang tidak pernah \
                 mengakhirinya memenuhi memori.";
            fix:
                "Send fewer or smaller fields, such as cookies.",
                "Kirim field yang lebih sedikit atau lebih kecil, misalnya cookie.";
        }
        TooManyFields: Breaks, "too-many-fields", "RFC 6585 section 5" {
            fault: "too many fields", "terlalu banyak field";
            requires: "A head has at most 100 fields.", "Kepala pesan memuat paling banyak 100 field.";
            why:
                "Each field costs memory and time, so many small fields are an attack.",
                "Setiap field memakan memori dan waktu, jadi banyak field kecil adalah serangan.";
            fix: "Send fewer fields.", "Kirim lebih sedikit field.";
        }
        TwoReadings: Breaks, "two-readings", "RFC 9112 section 11.2" {
            fault: "the fields can be read in two ways", "field dapat dibaca dengan dua cara";
            requires:
                "Two independent parsers find the same fields in the head.",
                "Dua parser yang berbeda menemukan field yang sama di kepala pesan.";
            why:
                "If parsers disagree about a head, a proxy and a server can act on different requests.",
                "Bila parser berbeda pendapat tentang kepala pesan, proksi dan server dapat bertindak atas \
                 permintaan yang berbeda.";
            fix:
                "Write each field as Name: value, with CR LF at the end.",
                "Tulis setiap field sebagai Nama: nilai, dengan CR LF di akhir.";
        }
        HostMissing: Breaks, "host-missing", "RFC 9112 section 3.2" {
            fault: "Host is missing", "Host tidak ada";
            requires: "A request in HTTP/1.1 has a Host field.", "Permintaan HTTP/1.1 memuat field Host.";
            why:
                "One address can serve many sites. Without Host, the server does not know which one is \
                 meant.",
                "Satu alamat dapat melayani banyak situs. Tanpa Host, server tidak tahu situs mana yang \
                 dimaksud.";
            fix: "Add a line such as Host: localhost:8080.", "Tambahkan baris seperti Host: localhost:8080.";
        }
        HostRepeated: Breaks, "host-repeated", "RFC 9112 section 3.2" {
            fault: "Host is repeated", "Host muncul lebih dari sekali";
            requires: "A request has exactly one Host field.", "Permintaan memuat tepat satu field Host.";
            why:
                "A proxy may use the first and the server the last, so a request reaches a site that the \
                 proxy did not check.",
                "Proksi mungkin memakai yang pertama dan server yang terakhir, sehingga permintaan mencapai \
                 situs yang tidak diperiksa proksi.";
            fix: "Send one Host field.", "Kirim satu field Host.";
        }
        HostMalformed: Breaks, "host-malformed", "RFC 9112 section 3.2" {
            fault: "Host is malformed", "Host tidak valid";
            requires:
                "Host is a host name or an address, optionally with a colon and a port.",
                "Host adalah nama host atau alamat, boleh diikuti titik dua dan port.";
            why:
                "A name that is read in two ways can bypass checks of the host, or put links to another \
                 site into pages and caches.",
                "Nama yang dapat dibaca dengan dua cara bisa melewati pemeriksaan host, atau menaruh tautan \
                 ke situs lain di halaman dan cache.";
            fix:
                "Send host or host:port, such as files.example:8080 or [::1]:8080.",
                "Kirim host atau host:port, seperti files.example:8080 atau [::1]:8080.";
        }
        ExpectationUnknown: Breaks, "expectation-unknown", "RFC 9110 section 10.1.1" {
            fault: "an unknown expectation", "ekspektasi tidak dikenal";
            requires: "The only expectation is 100-continue.", "Satu-satunya ekspektasi adalah 100-continue.";
            why:
                "A client that expects something unknown would rely on behaviour that the server does not \
                 have.",
                "Klien yang mengharapkan sesuatu yang tidak dikenal akan mengandalkan perilaku yang tidak \
                 dimiliki server.";
            fix: "Send Expect: 100-continue, or no Expect.", "Kirim Expect: 100-continue, atau tanpa Expect.";
        }
        LengthRepeated: Breaks, "length-repeated", "RFC 9112 section 6.3" {
            fault: "Content-Length is repeated", "Content-Length muncul lebih dari sekali";
            requires:
                "A message has at most one Content-Length with one number.",
                "Pesan memuat paling banyak satu Content-Length dengan satu angka.";
            why:
                "If one parser uses the first number and another the last, they disagree where the next \
                 request begins (request smuggling).",
                "Bila satu parser memakai angka pertama dan yang lain angka terakhir, mereka berbeda \
                 pendapat tentang awal permintaan berikutnya (request smuggling).";
            fix: "Send one Content-Length with one number.", "Kirim satu Content-Length dengan satu angka.";
        }
        LengthMalformed: Breaks, "length-malformed", "RFC 9110 section 8.6" {
            fault: "Content-Length is not a number", "Content-Length bukan angka";
            requires:
                "Content-Length consists of decimal digits only.",
                "Content-Length hanya terdiri dari digit desimal.";
            why:
                "Parsers read +5, 0x5 or 5 5 in different ways, and then disagree where the next message \
                 begins.",
                "Parser membaca +5, 0x5, atau 5 5 dengan cara berbeda, lalu berbeda pendapat tentang awal \
                 pesan berikutnya.";
            fix:
                "Send the number of bytes of the content in decimal digits.",
                "Kirim jumlah bait isi dalam digit desimal.";
        }
        LengthOverflow: Breaks, "length-overflow", "RFC 9110 section 8.6" {
            fault: "Content-Length is too large", "Content-Length terlalu besar";
            requires:
                "Content-Length is less than 2 to the power of 63.",
                "Content-Length kurang dari 2 pangkat 63.";
            why:
                "A larger number wraps around in some programs and becomes a small one.",
                "Angka yang lebih besar meluap di sebagian program dan menjadi angka kecil.";
            fix: "Send the real number of bytes.", "Kirim jumlah bait yang sebenarnya.";
        }
        LengthAndCoding: Breaks, "length-and-coding", "RFC 9112 section 6.3" {
            fault:
                "Content-Length together with Transfer-Encoding",
                "Content-Length bersama Transfer-Encoding";
            requires:
                "A message has Content-Length or Transfer-Encoding, never both.",
                "Pesan memuat Content-Length atau Transfer-Encoding, tidak pernah keduanya.";
            why:
                "If a proxy uses one and the server the other, part of the content becomes a second \
                 request: the classic request smuggling.",
                "Bila proksi memakai yang satu dan server yang lain, sebagian isi menjadi permintaan kedua: \
                 request smuggling yang klasik.";
            fix:
                "Remove Content-Length if the content is chunked.",
                "Hapus Content-Length bila isi dikirim dalam chunk.";
        }
        CodingUnknown: Breaks, "coding-unknown", "RFC 9112 section 6.1" {
            fault: "an unknown transfer coding", "transfer coding tidak dikenal";
            requires:
                "The only transfer coding of a message is chunked.",
                "Satu-satunya transfer coding pesan adalah chunked.";
            why:
                "A recipient that does not know the coding cannot find the content.",
                "Penerima yang tidak mengenal coding itu tidak dapat menemukan isinya.";
            fix:
                "Send Transfer-Encoding: chunked, or Content-Length.",
                "Kirim Transfer-Encoding: chunked, atau Content-Length.";
        }
        CodingMalformed: Breaks, "coding-malformed", "RFC 9112 section 6.1, RFC 9112 section 7" {
            fault: "Transfer-Encoding is malformed", "Transfer-Encoding tidak valid";
            requires:
                "Transfer-Encoding is a list of tokens without empty elements, and chunked has no \
                 parameters.",
                "Transfer-Encoding adalah daftar token tanpa elemen kosong, dan chunked tidak berparameter.";
            why:
                "A proxy that does not recognise the value ignores it, and a lenient server does not: \
                 request smuggling.",
                "Proksi yang tidak mengenali nilai itu mengabaikannya, sedangkan server yang longgar tidak: \
                 request smuggling.";
            fix: "Send exactly Transfer-Encoding: chunked.", "Kirim tepat Transfer-Encoding: chunked.";
        }
        ChunkedRepeated: Breaks, "chunked-repeated", "RFC 9112 section 6.1" {
            fault: "chunked is repeated", "chunked muncul lebih dari sekali";
            requires: "The coding chunked is applied once.", "Coding chunked hanya dipakai satu kali.";
            why:
                "Recipients that decode once and twice disagree where the content ends.",
                "Penerima yang mendekode sekali dan dua kali berbeda pendapat tentang akhir isi.";
            fix: "Name chunked once.", "Sebut chunked satu kali saja.";
        }
        ChunkedNotLast: Breaks, "chunked-not-last", "RFC 9112 section 6.3" {
            fault: "chunked is not the last transfer coding", "chunked bukan transfer coding terakhir";
            requires: "The last transfer coding is chunked.", "Transfer coding yang terakhir adalah chunked.";
            why:
                "Only chunks mark the end of the content. Under another coding the end cannot be found.",
                "Hanya chunk yang menandai akhir isi. Di bawah coding lain, akhirnya tidak dapat ditemukan.";
            fix: "Put chunked last in the list.", "Taruh chunked di akhir daftar.";
        }
        CodingInHttp10: Breaks, "coding-in-http-1.0", "RFC 9112 section 6.1" {
            fault: "Transfer-Encoding in HTTP/1.0", "Transfer-Encoding di HTTP/1.0";
            requires:
                "A message in HTTP/1.0 has no Transfer-Encoding.",
                "Pesan HTTP/1.0 tidak memuat Transfer-Encoding.";
            why:
                "Programs of HTTP/1.0 do not know chunks and take them for content, so the framing is \
                 faulty.",
                "Program HTTP/1.0 tidak mengenal chunk dan menganggapnya isi, jadi batas pesannya salah.";
            fix: "Send HTTP/1.1, or Content-Length.", "Kirim HTTP/1.1, atau Content-Length.";
        }
        ChunkSizeMalformed: Breaks, "chunk-size-malformed", "RFC 9112 section 7.1" {
            fault: "a chunk size is malformed", "ukuran chunk tidak valid";
            requires:
                "A chunk begins with its size in hexadecimal digits, followed by CR LF or an extension.",
                "Chunk diawali ukurannya dalam digit heksadesimal, diikuti CR LF atau ekstensi.";
            why:
                "A parser that accepts 0x10 or a sign reads another size than one that does not, so content \
                 becomes a request.",
                "Parser yang menerima 0x10 atau tanda plus-minus membaca ukuran yang berbeda, sehingga isi \
                 menjadi permintaan.";
            fix:
                "Send the number of bytes in hexadecimal, without 0x: 1a for 26 bytes.",
                "Kirim jumlah bait dalam heksadesimal tanpa 0x: 1a untuk 26 bait.";
        }
        ChunkSizeSpace: Breaks, "chunk-size-space", "RFC 9112 section 7.1" {
            fault: "white space after a chunk size", "spasi setelah ukuran chunk";
            requires:
                "A chunk size is followed by CR LF or by a semicolon.",
                "Ukuran chunk diikuti CR LF atau titik koma.";
            why:
                "Some parsers skip the white space and others refuse it, so two programs may disagree about \
                 where the content ends.",
                "Sebagian parser melewati spasi dan sebagian menolaknya, sehingga dua program dapat berbeda \
                 pendapat tentang akhir isi pesan.";
            fix: "Remove the white space.", "Hapus spasi itu.";
        }
        ExtensionMalformed: Breaks, "extension-malformed", "RFC 9112 section 7.1.1" {
            fault: "a chunk extension is malformed", "ekstensi chunk tidak valid";
            requires:
                "After the semicolon, an extension is a token, with or without = and a token or a quoted string.",
                "Setelah titik koma, ekstensi adalah token, dengan atau tanpa = dan token atau string bertanda kutip.";
            why:
                "Parsers that skip extensions differ in how they find their end.",
                "Parser yang melewati ekstensi berbeda dalam mencari akhirnya.";
            fix: "Send the chunk size without extensions.", "Kirim ukuran chunk tanpa ekstensi.";
        }
        ChunkSizeOverflow: Breaks, "chunk-size-overflow", "RFC 9112 section 7.1" {
            fault: "a chunk size is too large", "ukuran chunk terlalu besar";
            requires:
                "The sizes of all chunks add up to less than 2 to the power of 63.",
                "Jumlah ukuran semua chunk kurang dari 2 pangkat 63.";
            why:
                "A larger number wraps around in some programs and becomes a small one.",
                "Angka yang lebih besar meluap di sebagian program dan menjadi angka kecil.";
            fix: "Send the size of the bytes that follow.", "Kirim ukuran bait yang mengikutinya.";
        }
        ExtensionTooLong: Breaks, "extension-too-long", "RFC 9112 section 7.1.1" {
            fault: "chunk extensions are too long", "ekstensi chunk terlalu panjang";
            requires:
                "Extensions of a chunk have at most 1024 bytes, and all of them not much more than the \
                 content.",
                "Ekstensi satu chunk paling panjang 1024 bait, dan semuanya tidak jauh lebih banyak dari \
                 isi.";
            why:
                "Chunks of one byte with long extensions would make a small upload endless.",
                "Chunk satu bait dengan ekstensi panjang membuat unggahan kecil tidak ada habisnya.";
            fix: "Send chunks without extensions.", "Kirim chunk tanpa ekstensi.";
        }
        ChunkEnd: Breaks, "chunk-end", "RFC 9112 section 7.1" {
            fault: "a chunk is longer than its size says", "chunk lebih panjang dari ukurannya";
            requires: "CR LF follows the bytes of a chunk.", "CR LF mengikuti bait-bait sebuah chunk.";
            why:
                "The size and the data disagree. A parser that searches for the next line reads other \
                 content.",
                "Ukuran dan datanya tidak cocok. Parser yang mencari baris berikutnya membaca isi yang \
                 berbeda.";
            fix:
                "Count the bytes of the chunk, not its characters, and send CR LF after them.",
                "Hitung bait dalam chunk, bukan karakternya, lalu kirim CR LF sesudahnya.";
        }
        TrailersTooLarge: Breaks, "trailers-too-large", "RFC 9112 section 7.1.2" {
            fault: "the trailer section is too large", "bagian trailer terlalu besar";
            requires:
                "A trailer section has at most 8 KiB and 32 fields.",
                "Bagian trailer paling besar 8 KiB dan 32 field.";
            why:
                "Without a limit, a client could send trailer fields without end.",
                "Tanpa batas, klien dapat mengirim field trailer tanpa akhir.";
            fix: "Send the fields in the head.", "Kirim field itu di kepala pesan.";
        }
        CredentialsMalformed: Breaks, "credentials-malformed", "RFC 9110 section 11.4, RFC 7617 section 2" {
            fault: "Authorization is malformed", "Authorization tidak valid";
            requires:
                "Authorization occurs once: a scheme, a space, and for Basic the base64 of name, colon and \
                 password.",
                "Authorization muncul satu kali: skema, spasi, dan untuk Basic base64 dari nama, titik dua, \
                 dan kata sandi.";
            why:
                "A guess about who asks could give the wrong user access.",
                "Menebak siapa yang meminta dapat memberi akses kepada pengguna yang salah.";
            fix:
                "Send Authorization: Basic and the base64 of name:password.",
                "Kirim Authorization: Basic dan base64 dari nama:sandi.";
        }
        PartialContent: Breaks, "partial-content", "RFC 9110 section 14.5" {
            fault: "Content-Range in a request", "Content-Range di dalam permintaan";
            requires:
                "The content of a request is a whole file, not a part.",
                "Isi permintaan adalah berkas utuh, bukan bagiannya.";
            why:
                "A server that ignores the field would replace the whole file by the part.",
                "Server yang mengabaikan field ini akan mengganti seluruh berkas dengan bagian itu.";
            fix:
                "Send the whole file, or a part by PATCH with Upload-Offset.",
                "Kirim berkas utuh, atau bagiannya lewat PATCH dengan Upload-Offset.";
        }
        ContentEncoded: Breaks, "content-encoded", "RFC 9110 section 15.5.16" {
            fault: "the content is encoded", "isi dikodekan";
            requires:
                "The content of a request has no content coding.",
                "Isi permintaan tidak memakai content coding.";
            why:
                "The server stores what was sent. The file would hold compressed bytes under a plain name.",
                "Server menyimpan apa yang dikirim. Berkas akan berisi bait terkompresi dengan nama biasa.";
            fix: "Send the content without Content-Encoding.", "Kirim isi tanpa Content-Encoding.";
        }
        DigestMalformed: Breaks, "digest-malformed", "RFC 9530 section 2, RFC 9530 section 3" {
            fault: "a digest is malformed", "digest tidak valid";
            requires:
                "Content-Digest and Repr-Digest are lists of algorithm=:base64:, and the base64 has the \
                 algorithm's length.",
                "Content-Digest dan Repr-Digest adalah daftar algoritma=:base64:, dan panjang base64 sesuai \
                 algoritmanya.";
            why:
                "A client that sends a digest wants it checked. If it were ignored, damaged content would \
                 be stored.",
                "Klien yang mengirim digest ingin isinya diperiksa. Bila diabaikan, isi yang rusak akan \
                 disimpan.";
            fix:
                "Send sha-256=: then the base64 of the hash, then a colon.",
                "Kirim sha-256=: lalu base64 dari hash, lalu titik dua.";
        }
        DestinationMissing: Breaks, "destination-missing", "RFC 4918 section 10.3" {
            fault: "COPY or MOVE without Destination", "COPY atau MOVE tanpa Destination";
            requires:
                "COPY and MOVE have a Destination: the new path.",
                "COPY dan MOVE memuat Destination: path yang baru.";
            why:
                "Without it the server does not know where the file is to go.",
                "Tanpa itu server tidak tahu ke mana berkas dipindahkan.";
            fix:
                "Send a percent-encoded path: Destination: /new%20name.",
                "Kirim path dengan percent-encoding: Destination: /nama%20baru.";
        }
        DestinationMalformed: Breaks, "destination-malformed", "RFC 4918 section 10.3" {
            fault: "Destination is malformed", "Destination tidak valid";
            requires:
                "COPY and MOVE have one Destination: a path that begins with a slash, or a URI of http or \
                 https, without a query.",
                "COPY dan MOVE memuat satu Destination: path yang diawali garis miring, atau URI http atau \
                 https, tanpa query.";
            why:
                "A file must not move to a path that was guessed.",
                "Berkas tidak boleh dipindahkan ke path hasil tebakan.";
            fix:
                "Send a percent-encoded path: Destination: /new%20name.",
                "Kirim path dengan percent-encoding: Destination: /nama%20baru.";
        }
        DestinationElsewhere: Breaks, "destination-elsewhere", "RFC 4918 section 9.9.4" {
            fault: "Destination is another server", "Destination adalah server lain";
            requires:
                "Destination names the server that gets the request.",
                "Destination menamai server yang menerima permintaan.";
            why:
                "A server cannot move a file to another server.",
                "Server tidak dapat memindahkan berkas ke server lain.";
            fix:
                "Send the path alone, or the same host and port as in Host.",
                "Kirim path saja, atau host dan port yang sama dengan Host.";
        }
        OverwriteMalformed: Breaks, "overwrite-malformed", "RFC 4918 section 10.6" {
            fault: "Overwrite is neither T nor F", "Overwrite bukan T maupun F";
            requires: "Overwrite is T or F.", "Overwrite adalah T atau F.";
            why:
                "With a guess, a file could be replaced that the client wanted to keep.",
                "Bila ditebak, berkas yang ingin dipertahankan klien dapat tertimpa.";
            fix:
                "Send Overwrite: F to keep an existing file.",
                "Kirim Overwrite: F untuk mempertahankan berkas yang sudah ada.";
        }
        DepthMalformed: Breaks, "depth-malformed", "RFC 4918 section 10.2" {
            fault: "Depth is neither 0, 1 nor infinity", "Depth bukan 0, 1 maupun infinity";
            requires: "Depth is 0, 1 or infinity.", "Depth adalah 0, 1 atau infinity.";
            why:
                "With a guess, a whole directory could be removed or copied where one entry was meant.",
                "Bila ditebak, seluruh direktori dapat terhapus atau tersalin padahal yang dimaksud satu entri.";
            fix:
                "Send Depth: infinity for a directory and everything in it.",
                "Kirim Depth: infinity untuk direktori beserta seluruh isinya.";
        }
        NotFormData: Breaks, "not-form-data", "RFC 9110 section 15.5.16" {
            fault: "the content is not multipart/form-data", "isi bukan multipart/form-data";
            requires: "The content of POST is multipart/form-data.", "Isi POST adalah multipart/form-data.";
            why:
                "Another type cannot carry files with their names.",
                "Tipe lain tidak dapat membawa berkas beserta namanya.";
            fix:
                "Set enctype=\"multipart/form-data\" in the form, or use PUT for a single file.",
                "Setel enctype=\"multipart/form-data\" di formulir, atau pakai PUT untuk satu berkas.";
        }
        BoundaryMalformed: Breaks, "boundary-malformed", "RFC 2046 section 5.1.1" {
            fault: "the boundary of a form is malformed", "boundary formulir tidak valid";
            requires:
                "Content-Type of a form has one boundary of 1 to 70 bytes.",
                "Content-Type formulir memuat satu boundary sepanjang 1 sampai 70 bait.";
            why:
                "Without the boundary, the files in the content cannot be separated.",
                "Tanpa boundary, berkas di dalam isi tidak dapat dipisahkan.";
            fix:
                "Send boundary= and a text that no file contains, such as 16 random letters.",
                "Kirim boundary= dan teks yang tidak ada di berkas mana pun, misalnya 16 huruf acak.";
        }
        AroundPartsTooLong: Breaks, "around-parts-too-long", "RFC 2046 section 5.1.1" {
            fault:
                "too much text around the parts of a form",
                "terlalu banyak teks di sekitar bagian formulir";
            requires:
                "At most 1024 bytes come before the first part and after the last part of a form.",
                "Paling banyak 1024 bait mendahului bagian pertama dan mengikuti bagian terakhir formulir.";
            why:
                "These bytes mean nothing. Many of them usually show that the boundary is the wrong one.",
                "Bait ini tidak berarti apa-apa. Bila banyak, biasanya boundary-nya salah.";
            fix:
                "Use the same boundary in Content-Type and in the content.",
                "Pakai boundary yang sama di Content-Type dan di dalam isi.";
        }
        DelimiterMalformed: Breaks, "delimiter-malformed", "RFC 2046 section 5.1.1" {
            fault: "a delimiter of a form is malformed", "pembatas formulir tidak valid";
            requires:
                "CR LF follows a boundary, and two hyphens follow the last boundary.",
                "CR LF mengikuti boundary, dan dua tanda hubung mengikuti boundary terakhir.";
            why:
                "If a boundary is the start of a longer text, parsers disagree whether a part ends there.",
                "Bila boundary adalah awal teks yang lebih panjang, parser berbeda pendapat apakah bagian \
                 berakhir di situ.";
            fix:
                "Choose a boundary that does not occur in the content.",
                "Pilih boundary yang tidak muncul di dalam isi.";
        }
        PartHeadTooLarge: Breaks, "part-head-too-large", "RFC 7578 section 4.8" {
            fault: "the head of a part is too large", "kepala bagian formulir terlalu besar";
            requires:
                "The head of a part has at most 8 KiB and 16 fields.",
                "Kepala bagian paling besar 8 KiB dan 16 field.";
            why:
                "A head is kept in memory until it ends, so it needs a limit.",
                "Kepala bagian disimpan di memori sampai berakhir, jadi perlu batas.";
            fix:
                "Send Content-Disposition and Content-Type only.",
                "Kirim Content-Disposition dan Content-Type saja.";
        }
        PartFieldRepeated: Breaks, "part-field-repeated", "RFC 2045 section 5.1" {
            fault: "a field of a part is repeated", "field pada bagian muncul lebih dari sekali";
            requires:
                "Each field occurs once in the head of a part.",
                "Setiap field muncul satu kali di kepala bagian.";
            why:
                "Programs that use the first and programs that use the last store the file under different \
                 names.",
                "Program yang memakai yang pertama dan yang memakai yang terakhir menyimpan berkas dengan \
                 nama berbeda.";
            fix: "Send each field of a part once.", "Kirim setiap field bagian satu kali.";
        }
        DispositionMalformed: Breaks, "disposition-malformed", "RFC 7578 section 4.2" {
            fault:
                "the Content-Disposition of a part is malformed",
                "Content-Disposition pada bagian tidak valid";
            requires:
                "A part has Content-Disposition: form-data with a name, each parameter once.",
                "Bagian memuat Content-Disposition: form-data dengan name, setiap parameter satu kali.";
            why:
                "Without it, the server knows neither the field of the form nor the name of the file.",
                "Tanpa itu, server tidak tahu field formulir maupun nama berkasnya.";
            fix:
                "Send Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\".",
                "Kirim Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\".";
        }
        PartEncoded: Breaks, "part-encoded", "RFC 7578 section 4.7" {
            fault: "a part is encoded", "bagian formulir dikodekan";
            requires:
                "A part is sent as it is, without a transfer encoding such as base64.",
                "Bagian dikirim apa adanya, tanpa transfer encoding seperti base64.";
            why:
                "The server stores what was sent. The file would hold base64 instead of its bytes.",
                "Server menyimpan apa yang dikirim. Berkas akan berisi base64, bukan bait aslinya.";
            fix:
                "Send the bytes of the file, without Content-Transfer-Encoding.",
                "Kirim bait berkas langsung, tanpa Content-Transfer-Encoding.";
        }
        TooManyParts: Breaks, "too-many-parts", "RFC 9110 section 15.5.14" {
            fault: "too many parts", "terlalu banyak bagian";
            requires: "A form has at most 10,000 parts.", "Formulir memuat paling banyak 10.000 bagian.";
            why:
                "Each part can create a file, so many empty parts would cost the server much and the client \
                 little.",
                "Setiap bagian dapat membuat berkas, jadi banyak bagian kosong membebani server tetapi \
                 murah bagi klien.";
            fix: "Send the files in several forms.", "Kirim berkas dalam beberapa formulir.";
        }
        FormCut: Breaks, "form-cut", "RFC 2046 section 5.1.1" {
            fault: "the form is cut off", "formulir terpotong";
            requires:
                "A form ends with the boundary between two pairs of hyphens.",
                "Formulir diakhiri boundary di antara dua pasang tanda hubung.";
            why:
                "The last file may be incomplete, so it is not stored.",
                "Berkas terakhir mungkin tidak lengkap, jadi tidak disimpan.";
            fix:
                "Send two hyphens, the boundary and two hyphens after the last part.",
                "Kirim dua tanda hubung, boundary, dan dua tanda hubung setelah bagian terakhir.";
        }
        UserinfoInUri: Risky, "userinfo-in-uri", "RFC 9110 section 4.2.4" {
            fault: "a URI contains a user name or a password", "URI memuat nama pengguna atau kata sandi";
            requires:
                "A URI in a message has no user name and no password before the host.",
                "URI di dalam pesan tidak memuat nama pengguna dan kata sandi sebelum host.";
            why:
                "URIs are stored in logs and histories, so the password is exposed. The user name can also \
                 imitate a host.",
                "URI disimpan di log dan riwayat, sehingga kata sandi terbuka. Nama pengguna juga dapat \
                 meniru host.";
            fix:
                "Remove the part before @, and send credentials in Authorization.",
                "Hapus bagian sebelum @, dan kirim kredensial di dalam Authorization.";
        }
        UriMalformed: Unusual, "uri-malformed", "RFC 3986 section 4.1" {
            fault:
                "a URI contains a byte that is not allowed there",
                "URI memuat bait yang tidak diizinkan di tempat itu";
            requires:
                "A URI consists of ASCII letters, digits and the signs of RFC 3986. Other bytes are \
                 percent-encoded. Only Location may have a fragment.",
                "URI terdiri dari huruf ASCII, angka, dan tanda dalam RFC 3986. Bait lain ditulis dengan \
                 percent-encoding. Hanya Location yang boleh memuat fragmen.";
            why:
                "Programs encode, remove or keep such a byte, so they request different resources.",
                "Program mengodekan, menghapus, atau mempertahankan bait seperti ini, sehingga mereka \
                 meminta sumber daya yang berbeda.";
            fix:
                "Percent-encode the byte: %20 for a space.",
                "Tulis bait itu dengan percent-encoding: %20 untuk spasi.";
        }
        LengthIgnored: Unusual, "length-ignored", "RFC 9110 section 8.6" {
            fault:
                "Content-Length of a response without content is not a number",
                "Content-Length pada respons tanpa isi bukan angka";
            requires:
                "Content-Length is one number in decimal digits, also in a response that has no content.",
                "Content-Length adalah satu angka dalam digit desimal, juga pada respons tanpa isi.";
            why:
                "The field is ignored in a response to HEAD and with 1xx, 204 and 304. A client does not \
                 learn the size of the file.",
                "Field ini diabaikan pada respons untuk HEAD dan pada 1xx, 204, dan 304. Klien tidak \
                 mengetahui ukuran berkas.";
            fix:
                "Send the size in decimal digits, or remove the field.",
                "Kirim ukurannya dalam digit desimal, atau hapus field ini.";
        }
        RangeMalformed: Unusual, "range-malformed", "RFC 9110 section 14.2" {
            fault: "Range is malformed", "Range tidak valid";
            requires:
                "Range is bytes= and a list of first-last, first- or -count, without white space after the \
                 equals sign.",
                "Range adalah bytes= dan daftar awal-akhir, awal-, atau -jumlah, tanpa spasi setelah tanda \
                 sama dengan.";
            why:
                "The field is ignored: the whole file is sent, and a download starts from the beginning.",
                "Field ini diabaikan: seluruh berkas dikirim, dan unduhan dimulai dari awal.";
            fix: "Send a range such as bytes=0-499.", "Kirim rentang seperti bytes=0-499.";
        }
        RangeReversed: Unusual, "range-reversed", "RFC 9110 section 14.1.1" {
            fault: "a range ends before it begins", "rentang berakhir sebelum mulai";
            requires:
                "The last position of a range is not less than the first.",
                "Posisi terakhir rentang tidak kurang dari posisi pertama.";
            why:
                "One such range makes the whole field invalid: the whole file is sent.",
                "Satu rentang seperti ini membuat seluruh field tidak valid: seluruh berkas dikirim.";
            fix: "Put the smaller position first.", "Taruh posisi yang lebih kecil di depan.";
        }
        RangeTooMany: Unusual, "range-too-many", "RFC 9110 section 17.15" {
            fault: "too many ranges", "terlalu banyak rentang";
            requires: "Range contains at most 64 ranges.", "Range memuat paling banyak 64 rentang.";
            why:
                "A short request with many ranges makes a server send much more than the file. The field is \
                 ignored.",
                "Permintaan pendek dengan banyak rentang membuat server mengirim jauh lebih banyak dari \
                 berkasnya. Field ini diabaikan.";
            fix: "Ask for fewer ranges.", "Minta rentang yang lebih sedikit.";
        }
        RangeUnitUnknown: Unusual, "range-unit-unknown", "RFC 9110 section 14.2" {
            fault: "an unknown range unit", "satuan rentang tidak dikenal";
            requires:
                "The unit of Range and Content-Range is bytes.",
                "Satuan Range dan Content-Range adalah bytes.";
            why:
                "A server ignores a range in another unit and sends the whole file. A client cannot use \
                 such a part.",
                "Server mengabaikan rentang dengan satuan lain dan mengirim seluruh berkas. Klien tidak \
                 dapat memakai bagian seperti ini.";
            fix:
                "Send bytes= before the ranges, and bytes before the range of a part.",
                "Kirim bytes= sebelum rentang, dan bytes sebelum rentang sebuah bagian.";
        }
        ContentRangeMalformed: Breaks, "content-range-malformed", "RFC 9110 section 14.4" {
            fault: "Content-Range is malformed", "Content-Range tidak valid";
            requires:
                "Content-Range is bytes first-last/length or bytes */length, and the range lies within the \
                 length.",
                "Content-Range adalah bytes awal-akhir/panjang atau bytes */panjang, dan rentangnya berada \
                 di dalam panjang itu.";
            why:
                "A client that guesses writes the part to the wrong place of the file.",
                "Klien yang menebak menulis bagian itu di tempat yang salah di berkas.";
            fix: "Send a value such as bytes 0-499/1234.", "Kirim nilai seperti bytes 0-499/1234.";
        }
        DateMalformed: Unusual, "date-malformed", "RFC 9110 section 5.6.7" {
            fault: "a date is malformed", "tanggal tidak valid";
            requires:
                "A date has the form Sun, 06 Nov 1994 08:49:37 GMT, or one of two obsolete forms.",
                "Tanggal berbentuk Sun, 06 Nov 1994 08:49:37 GMT, atau salah satu dari dua bentuk lama.";
            why:
                "The date is ignored. A condition with it does not hold, so a file can be sent again or be \
                 replaced.",
                "Tanggal ini diabaikan. Syarat yang memakainya tidak berlaku, sehingga berkas dapat dikirim \
                 ulang atau tertimpa.";
            fix:
                "Send English names, two digits for the day, and GMT.",
                "Kirim nama dalam bahasa Inggris, dua digit untuk hari, dan GMT.";
        }
        DateObsolete: Note, "date-obsolete", "RFC 9110 section 5.6.7" {
            fault: "a date is in an obsolete form", "tanggal memakai bentuk lama";
            requires:
                "Recipients accept the obsolete forms, and senders use Sun, 06 Nov 1994 08:49:37 GMT.",
                "Penerima menerima bentuk lama, dan pengirim memakai Sun, 06 Nov 1994 08:49:37 GMT.";
            why:
                "A year of two digits has to be guessed from the current date.",
                "Tahun dua digit harus ditebak dari tanggal sekarang.";
            fix:
                "Send a date such as Sun, 06 Nov 1994 08:49:37 GMT.",
                "Kirim tanggal seperti Sun, 06 Nov 1994 08:49:37 GMT.";
        }
        EtagMalformed: Unusual, "etag-malformed", "RFC 9110 section 8.8.3" {
            fault: "an entity tag is malformed", "entity tag tidak valid";
            requires:
                "An entity tag is text in double quotes, with W/ before it if it is weak. Commas separate \
                 several.",
                "Entity tag adalah teks dalam tanda kutip ganda, dengan W/ di depannya bila lemah. Koma \
                 memisahkan beberapa tag.";
            why:
                "The tag matches nothing: If-Match fails, and a cached file is sent again.",
                "Tag ini tidak cocok dengan apa pun: If-Match gagal, dan berkas di cache dikirim ulang.";
            fix:
                "Send the value of ETag unchanged, with its quotes.",
                "Kirim nilai ETag apa adanya, beserta tanda kutipnya.";
        }
        QualityMalformed: Unusual, "quality-malformed", "RFC 9110 section 12.4.2" {
            fault: "a weight is malformed", "bobot tidak valid";
            requires:
                "A weight is q= and a number from 0 to 1 with at most three decimals.",
                "Bobot adalah q= dan angka dari 0 sampai 1 dengan paling banyak tiga desimal.";
            why:
                "The element is ignored, so the server may choose another form than the client prefers.",
                "Elemen ini diabaikan, sehingga server dapat memilih bentuk lain dari yang disukai klien.";
            fix: "Send a weight such as q=0.8.", "Kirim bobot seperti q=0.8.";
        }
        MediaTypeMalformed: Unusual, "media-type-malformed", "RFC 9110 section 8.3.1" {
            fault: "a media type is malformed", "tipe media tidak valid";
            requires:
                "A media type is a type, a slash and a subtype.",
                "Tipe media adalah tipe, garis miring, dan subtipe.";
            why:
                "A recipient guesses the type from the content. A browser may then run a text as a page.",
                "Penerima menebak tipe dari isinya. Browser lalu dapat menjalankan teks sebagai halaman.";
            fix:
                "Send a type such as text/plain; charset=utf-8.",
                "Kirim tipe seperti text/plain; charset=utf-8.";
        }
        ParameterMalformed: Unusual, "parameter-malformed", "RFC 9110 section 5.6.6" {
            fault: "a parameter is malformed", "parameter tidak valid";
            requires:
                "A parameter is a name, an equals sign, and a token or a text in double quotes, without \
                 white space.",
                "Parameter adalah nama, tanda sama dengan, dan token atau teks dalam tanda kutip ganda, \
                 tanpa spasi.";
            why:
                "Recipients ignore the parameter or read it in different ways.",
                "Penerima mengabaikan parameter ini atau membacanya dengan cara berbeda.";
            fix:
                "Send name=value, or name=\"value\" if the value has spaces.",
                "Kirim nama=nilai, atau nama=\"nilai\" bila nilainya memuat spasi.";
        }
        ListElementMalformed: Unusual, "list-element-malformed", "RFC 9110 section 5.6.1" {
            fault: "an element of a list is malformed", "elemen daftar tidak valid";
            requires:
                "Each element of this list is a token, or a language such as en-GB, and commas separate the \
                 elements. In Accept-Encoding and Accept-Language, a weight such as ;q=0.5 may follow.",
                "Setiap elemen daftar ini adalah token, atau bahasa seperti en-GB, dan koma memisahkan \
                 elemen-elemennya. Pada Accept-Encoding dan Accept-Language, bobot seperti ;q=0.5 boleh \
                 mengikutinya.";
            why:
                "The element is not recognised. For Connection, close may then have no effect.",
                "Elemen ini tidak dikenali. Pada Connection, close dapat tidak berpengaruh.";
            fix: "Separate the elements by commas.", "Pisahkan elemen dengan koma.";
        }
        CacheControlMalformed: Unusual, "cache-control-malformed", "RFC 9111 section 5.2" {
            fault: "a cache directive is malformed", "direktif cache tidak valid";
            requires:
                "Cache-Control is a list of directives: a name, optionally with an equals sign and a value.",
                "Cache-Control adalah daftar direktif: nama, boleh dengan tanda sama dengan dan nilai.";
            why:
                "A cache that ignores the directive may store a private response or send an old one.",
                "Cache yang mengabaikan direktif ini dapat menyimpan respons pribadi atau mengirim yang \
                 lama.";
            fix:
                "Send directives such as no-store or max-age=60, separated by commas.",
                "Kirim direktif seperti no-store atau max-age=60, dipisahkan koma.";
        }
        DispositionIgnored: Unusual, "disposition-malformed-value", "RFC 6266 section 4.1" {
            fault: "Content-Disposition is malformed", "Content-Disposition tidak valid";
            requires:
                "Content-Disposition is a type and parameters such as filename=\"a.txt\", separated by \
                 semicolons.",
                "Content-Disposition adalah tipe dan parameter seperti filename=\"a.txt\", dipisahkan titik \
                 koma.";
            why:
                "The suggested name is ignored, and the file is stored under the last part of the URL.",
                "Nama yang disarankan diabaikan, dan berkas disimpan dengan bagian terakhir URL.";
            fix: "Send attachment; filename=\"a.txt\".", "Kirim attachment; filename=\"a.txt\".";
        }
        ChallengeMalformed: Unusual, "challenge-malformed", "RFC 9110 section 11.6.1" {
            fault: "a challenge is malformed", "tantangan autentikasi tidak valid";
            requires:
                "A challenge is a scheme and parameters such as realm=\"files\".",
                "Tantangan autentikasi adalah skema dan parameter seperti realm=\"files\".";
            why:
                "A client that does not understand the challenge does not ask for a password.",
                "Klien yang tidak memahami tantangan ini tidak meminta kata sandi.";
            fix:
                "Send a challenge such as Basic realm=\"files\".",
                "Kirim tantangan seperti Basic realm=\"files\".";
        }
        CookieMalformed: Unusual, "cookie-malformed", "RFC 6265 section 4.1.1" {
            fault: "a cookie without a name", "cookie tanpa nama";
            requires:
                "A cookie is a name, an equals sign and a value.",
                "Cookie adalah nama, tanda sama dengan, dan nilai.";
            why:
                "Programs differ: some ignore the cookie, others take the text as its name or its value.",
                "Program berbeda: sebagian mengabaikan cookie ini, yang lain menganggap teksnya sebagai \
                 nama atau nilai.";
            fix: "Send name=value.", "Kirim nama=nilai.";
        }
        ForwardedMalformed: Unusual, "forwarded-malformed", "RFC 7239 section 4" {
            fault: "Forwarded is malformed", "Forwarded tidak valid";
            requires:
                "Forwarded is a list of name=value pairs, separated by semicolons without white space. Each \
                 value is a token or quoted, quotes are closed, and each element has one for.",
                "Forwarded adalah daftar pasangan nama=nilai, dipisahkan titik koma tanpa spasi. Setiap \
                 nilai adalah token atau dalam tanda kutip, tanda kutip ditutup, dan setiap elemen memuat \
                 satu for.";
            why:
                "A client could hide its address behind an open quote. The address of the proxy is used \
                 instead.",
                "Klien dapat menyembunyikan alamatnya di balik tanda kutip yang terbuka. Alamat proksi yang \
                 dipakai sebagai gantinya.";
            fix: "Send a value such as for=192.0.2.7.", "Kirim nilai seperti for=192.0.2.7.";
        }
        UploadFieldMalformed: Breaks, "upload-field-malformed", "RFC 9651 section 3.3" {
            fault:
                "a field of a resumable upload is malformed",
                "field unggahan yang dapat dilanjutkan tidak valid";
            requires:
                "Upload-Offset is a decimal number, and Upload-Complete is ?0 or ?1.",
                "Upload-Offset adalah angka desimal, dan Upload-Complete adalah ?0 atau ?1.";
            why:
                "With a guessed offset, the bytes would be stored at the wrong place.",
                "Dengan offset tebakan, bait akan disimpan di tempat yang salah.";
            fix: "Send the offset that the server reported.", "Kirim offset yang dilaporkan server.";
        }
        QueryTooLong: Unusual, "query-too-long", "URL standard section 5.1" {
            fault: "too many pairs in a query", "terlalu banyak pasangan di dalam query";
            requires: "A query has at most 1000 pairs.", "Query memuat paling banyak 1000 pasangan.";
            why: "The pairs from here on are ignored.", "Pasangan mulai dari sini diabaikan.";
            fix: "Send fewer pairs.", "Kirim lebih sedikit pasangan.";
        }
    }
}
