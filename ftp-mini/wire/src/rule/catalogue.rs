//! Every rule of the FTP formats, with its source and its texts. The parent module has the reply codes.

syntax::rules! {
    /// The rules of lines, arguments, replies and listings.
    pub enum Rule {
        CommandEmpty: Breaks, "command-empty", "RFC 959 section 5.3" {
            fault: "an empty command line", "baris perintah kosong";
            requires: "A command line begins with a verb.", "Baris perintah diawali sebuah kata perintah.";
            why: "The server must answer every line, and this one asks for nothing.", "Server wajib membalas setiap baris, padahal baris ini tidak meminta apa pun.";
            fix: "Send CRLF once per command, not twice.", "Kirim CRLF sekali per perintah, bukan dua kali.";
        }
        LineTooLong: Breaks, "line-too-long", "RFC 959 section 5.3" {
            fault: "a line longer than the limit", "baris melebihi batas panjang";
            requires: "A command has at most 4,096 bytes, a line of a listing 16 KiB.", "Perintah paling panjang 4.096 bait, baris daftar 16 KiB.";
            why: "Without a limit a peer could fill the memory of the other.", "Tanpa batas, satu pihak dapat memenuhi memori pihak lain.";
            fix: "Change to a directory first and use shorter names.", "Pindah direktori dahulu lalu pakai nama yang lebih pendek.";
        }
        LineEndless: Breaks, "line-endless", "RFC 959 section 5.3" {
            fault: "no line end within 32 KiB", "tidak ada akhir baris dalam 32 KiB";
            requires: "Every command ends with CR LF.", "Setiap perintah diakhiri CR LF.";
            why: "Input without line ends is not FTP; the session ends.", "Masukan tanpa akhir baris bukan FTP; sesi diakhiri.";
            fix: "Check which protocol the client speaks on this port.", "Periksa protokol yang dipakai klien pada port ini.";
        }
        LineUnended: Unusual, "line-unended", "RFC 959 section 5.3" {
            fault: "the last line has no line end", "baris terakhir tanpa akhir baris";
            requires: "A line is complete when its LF has arrived.", "Baris lengkap setelah LF diterima.";
            why: "The connection may have been interrupted in the middle of the line.", "Koneksi mungkin terputus di tengah baris.";
            fix: "Send \\r\\n after the last line; treat the line as incomplete.", "Kirim \\r\\n setelah baris terakhir; anggap baris ini belum lengkap.";
        }
        BareLf: Note, "bare-lf", "RFC 959 section 5.3" {
            fault: "a line ends with LF alone", "baris hanya diakhiri LF";
            requires: "A line ends with CR LF.", "Baris diakhiri CR LF.";
            why: "Some programs wait for the CR; this one accepts LF.", "Sebagian program menunggu CR; program ini menerima LF.";
            fix: "Send \\r\\n.", "Kirim \\r\\n.";
        }
        ExtraCr: Note, "extra-cr", "RFC 959 section 5.3" {
            fault: "more than one CR before the LF", "lebih dari satu CR sebelum LF";
            requires: "A line ends with CR LF.", "Baris diakhiri CR LF.";
            why: "Some programs take the extra CR as part of a name; this one ignores it.", "Sebagian program menganggap CR tambahan bagian dari nama; program ini mengabaikannya.";
            fix: "Send \\r\\n; do not write it through a layer that converts line ends.", "Kirim \\r\\n; jangan lewat lapisan yang mengubah akhir baris.";
        }
        LineNul: Breaks, "line-nul", "RFC 959 section 5.3.2" {
            fault: "a NUL byte in a command", "bait NUL di dalam perintah";
            requires: "A command contains no NUL.", "Perintah tidak memuat NUL.";
            why: "Programs in C end the name there, so two programs see two names.", "Program C mengakhiri nama di situ, sehingga dua program membaca dua nama.";
            fix: "Remove the byte; names cannot contain it.", "Hapus bait itu; nama tidak dapat memuatnya.";
        }
        TelnetUndoubled: Note, "telnet-undoubled", "RFC 854" {
            fault: "the data byte 255 is not doubled", "bait data 255 tidak digandakan";
            requires: "The control connection is Telnet: the data byte 255 is sent as 255 255.", "Koneksi kontrol adalah Telnet: bait data 255 dikirim sebagai 255 255.";
            why: "A strict Telnet parser reads a Telnet command and loses bytes of the name.", "Parser Telnet yang ketat membacanya sebagai perintah Telnet dan menghilangkan bait nama.";
            fix: "Send the byte twice.", "Kirim bait itu dua kali.";
        }
        TelnetOption: Note, "telnet-option", "RFC 1123 section 4.1.2.12" {
            fault: "a Telnet option is negotiated", "opsi Telnet dinegosiasikan";
            requires: "FTP uses no Telnet options; a server ignores or refuses them.", "FTP tidak memakai opsi Telnet; server mengabaikan atau menolaknya.";
            why: "A program that treats them as text does not find the verb.", "Program yang menganggapnya teks tidak menemukan kata perintah.";
            fix: "Use an FTP client, or a Telnet client that does not negotiate.", "Gunakan klien FTP, atau klien Telnet yang tidak bernegosiasi.";
        }
        TelnetSynch: Note, "telnet-synch", "RFC 959 section 4.1.3" {
            fault: "part of the Telnet Synch signal before a command", "sebagian sinyal Synch Telnet di depan perintah";
            requires: "ABOR may follow IAC IP IAC DM, of which one byte is sent as urgent data.", "ABOR boleh didahului IAC IP IAC DM, dengan satu bait sebagai data mendesak.";
            why: "The kernel removes the urgent byte, so the others arrive alone.", "Kernel mengambil bait mendesak, sehingga bait lain datang sendiri.";
            fix: "Nothing: servers skip these bytes.", "Tidak perlu: server melewati bait-bait ini.";
        }
        HttpRequest: Breaks, "http-request", "RFC 959 section 5.3" {
            fault: "an HTTP request on an FTP port", "permintaan HTTP pada port FTP";
            requires: "The control connection carries FTP commands.", "Koneksi kontrol membawa perintah FTP.";
            why: "A web page can make a browser send commands in a form; the session ends.", "Halaman web dapat membuat peramban mengirim perintah lewat formulir; sesi diakhiri.";
            fix: "Use an ftp:// URL, or the port of the web server.", "Gunakan URL ftp://, atau port server web.";
        }
        VerbUnknown: Breaks, "verb-unknown", "RFC 959 section 5.3.1" {
            fault: "an unknown command", "perintah tidak dikenal";
            requires: "A line begins with a verb of FTP, without a space before it.", "Baris diawali kata perintah FTP tanpa spasi di depannya.";
            why: "The server answers 500 and does nothing.", "Server membalas 500 dan tidak melakukan apa pun.";
            fix: "Check the spelling; HELP lists the commands of the server.", "Periksa ejaannya; HELP menampilkan perintah server.";
        }
        CommandUnavailable: Unusual, "command-unavailable", "RFC 959 section 4.2.2" {
            fault: "a command that is not implemented", "perintah yang tidak diimplementasikan";
            requires: "A server answers 502 to a command that it knows and does not implement.", "Server membalas 502 untuk perintah yang dikenal tetapi tidak diimplementasikan.";
            why: "The client must continue without it.", "Klien harus melanjutkan tanpa perintah itu.";
            fix: "Use a command that FEAT or HELP lists.", "Gunakan perintah yang tercantum pada FEAT atau HELP.";
        }
        ParameterUnavailable: Unusual, "parameter-unavailable", "RFC 959 section 4.2.2" {
            fault: "a value that is not implemented", "nilai yang tidak diimplementasikan";
            requires: "A server answers 504 to a value that the protocol has and the server does not.", "Server membalas 504 untuk nilai yang ada di protokol tetapi tidak ada di server.";
            why: "The setting is unchanged.", "Pengaturan tidak berubah.";
            fix: "Use TYPE A or I, MODE S and STRU F.", "Gunakan TYPE A atau I, MODE S, dan STRU F.";
        }
        PasswordUnencrypted: Risky, "password-unencrypted", "RFC 2577 section 6" {
            fault: "a password over an unencrypted control connection", "kata sandi melalui koneksi kontrol tanpa enkripsi";
            requires: "AUTH TLS precedes USER and PASS.", "AUTH TLS mendahului USER dan PASS.";
            why: "Everyone on the path can read the password.", "Siapa pun di jalur jaringan dapat membaca kata sandi.";
            fix: "Send AUTH TLS first, or use SFTP or an ftps:// URL.", "Kirim AUTH TLS dahulu, atau gunakan SFTP atau URL ftps://.";
        }

        ArgumentForm: Breaks, "argument-form", "RFC 959 section 5.3.1" {
            fault: "an argument that does not have the form of its command", "argumen tidak sesuai bentuk perintahnya";
            requires: "The argument follows the grammar of its verb.", "Argumen mengikuti tata bahasa kata perintahnya.";
            why: "The server cannot know what is meant and answers 501.", "Server tidak tahu maksudnya dan membalas 501.";
            fix: "Compare the argument with the grammar.", "Bandingkan argumen dengan tata bahasanya.";
        }
        ArgumentMissing: Breaks, "argument-missing", "RFC 959 section 5.3.1" {
            fault: "the argument is missing", "argumen tidak ada";
            requires: "This command has an argument after one space.", "Perintah ini memiliki argumen setelah satu spasi.";
            why: "The server answers 501.", "Server membalas 501.";
            fix: "Send the verb, a space and the argument.", "Kirim kata perintah, satu spasi, dan argumen.";
        }
        ArgumentUnexpected: Breaks, "argument-unexpected", "RFC 959 section 5.3.1" {
            fault: "an argument of a command that has none", "argumen pada perintah yang tidak memilikinya";
            requires: "This command is the verb alone.", "Perintah ini hanya kata perintahnya.";
            why: "The server cannot know what the argument is for.", "Server tidak tahu kegunaan argumen itu.";
            fix: "Send the verb without the argument.", "Kirim kata perintah tanpa argumen.";
        }
        ArgumentTrailing: Breaks, "argument-trailing", "RFC 959 section 5.3.1" {
            fault: "bytes after the end of the argument", "ada bait setelah akhir argumen";
            requires: "The argument ends where its grammar ends.", "Argumen berakhir di tempat tata bahasanya berakhir.";
            why: "Two parsers may disagree about what the rest means.", "Dua parser dapat berbeda tentang arti sisanya.";
            fix: "Remove the bytes.", "Hapus bait-bait itu.";
        }
        PathnameMissing: Breaks, "pathname-missing", "RFC 959 section 5.3.2" {
            fault: "the pathname is missing", "nama path tidak ada";
            requires: "A pathname has at least one character.", "Nama path terdiri dari sedikitnya satu karakter.";
            why: "There is no file to work on.", "Tidak ada berkas yang dapat diproses.";
            fix: "Send the name after one space.", "Kirim nama setelah satu spasi.";
        }
        TypeUnknown: Breaks, "type-unknown", "RFC 959 section 5.3.2" {
            fault: "not a type-code", "bukan kode tipe";
            requires: "type-code is A, E, I or L, with a form or a byte size after a space.", "Kode tipe adalah A, E, I, atau L, dengan bentuk atau ukuran bait setelah spasi.";
            why: "The representation of the data would be unknown.", "Representasi data menjadi tidak jelas.";
            fix: "Send TYPE I for bytes as they are, TYPE A for text.", "Kirim TYPE I untuk bait apa adanya, TYPE A untuk teks.";
        }
        TypeSize: Breaks, "type-size", "RFC 959 section 5.3.2" {
            fault: "TYPE L without a byte size", "TYPE L tanpa ukuran bait";
            requires: "TYPE L is followed by a space and a byte size.", "TYPE L diikuti spasi dan ukuran bait.";
            why: "The local byte size has no default.", "Ukuran bait lokal tidak memiliki nilai bawaan.";
            fix: "Send TYPE L 8.", "Kirim TYPE L 8.";
        }
        ModeUnknown: Breaks, "mode-unknown", "RFC 959 section 5.3.2" {
            fault: "not a mode-code", "bukan kode mode";
            requires: "mode-code is S, B or C (and Z where it is offered).", "Kode mode adalah S, B, atau C (dan Z bila ditawarkan).";
            why: "Both ends must frame the data alike.", "Kedua pihak harus membingkai data dengan cara yang sama.";
            fix: "Send MODE S.", "Kirim MODE S.";
        }
        StructureUnknown: Breaks, "structure-unknown", "RFC 959 section 5.3.2" {
            fault: "not a structure-code", "bukan kode struktur";
            requires: "structure-code is F, R or P.", "Kode struktur adalah F, R, atau P.";
            why: "Both ends must agree on the structure of the file.", "Kedua pihak harus sepakat tentang struktur berkas.";
            fix: "Send STRU F.", "Kirim STRU F.";
        }
        PortOctet: Breaks, "port-octet", "RFC 959 section 5.3.2" {
            fault: "a number above 255, or no number", "bilangan di atas 255, atau bukan bilangan";
            requires: "host-port is six decimal numbers from 0 to 255.", "host-port adalah enam bilangan desimal dari 0 sampai 255.";
            why: "Each number is one byte of the address or of the port.", "Setiap bilangan adalah satu bait alamat atau port.";
            fix: "Divide the port by 256: the quotient is p1, the remainder p2.", "Bagi port dengan 256: hasil baginya p1, sisanya p2.";
        }
        PortComma: Breaks, "port-comma", "RFC 959 section 5.3.2" {
            fault: "a comma is missing", "koma tidak ada";
            requires: "The six numbers of host-port are separated by commas, without spaces.", "Enam bilangan host-port dipisahkan koma tanpa spasi.";
            why: "With dots the server cannot tell the address from the port.", "Dengan titik, server tidak dapat membedakan alamat dari port.";
            fix: "Write 127,0,0,1,195,80.", "Tulis 127,0,0,1,195,80.";
        }
        EprtDelimiter: Breaks, "eprt-delimiter", "RFC 2428 section 2" {
            fault: "a delimiter is missing", "pembatas tidak ada";
            requires: "One character from 33 to 126 precedes and follows each of the three fields.", "Satu karakter dari 33 sampai 126 mendahului dan mengikuti ketiga bidang.";
            why: "The fields are found by their delimiters.", "Bidang ditemukan dari pembatasnya.";
            fix: "Write |1|127.0.0.1|50000|.", "Tulis |1|127.0.0.1|50000|.";
        }
        EprtFamily: Breaks, "eprt-family", "RFC 2428 section 2" {
            fault: "the network protocol is not a number", "protokol jaringan bukan bilangan";
            requires: "The first field is 1 for IPv4 or 2 for IPv6.", "Bidang pertama adalah 1 untuk IPv4 atau 2 untuk IPv6.";
            why: "The address cannot be read without its family.", "Alamat tidak dapat dibaca tanpa jenisnya.";
            fix: "Send 1 or 2.", "Kirim 1 atau 2.";
        }
        FamilyUnknown: Breaks, "family-unknown", "RFC 2428 section 2" {
            fault: "an unknown network protocol", "protokol jaringan tidak dikenal";
            requires: "FTP numbers two network protocols: 1 is IPv4, 2 is IPv6.", "FTP menomori dua protokol jaringan: 1 adalah IPv4, 2 adalah IPv6.";
            why: "The server answers 522 with those that it can use.", "Server membalas 522 dengan protokol yang dapat dipakai.";
            fix: "Use the family of the control connection.", "Gunakan jenis alamat koneksi kontrol.";
        }
        EprtAddress: Breaks, "eprt-address", "RFC 2428 section 2" {
            fault: "not an address of its family", "bukan alamat dari jenisnya";
            requires: "The second field is an IPv4 address with dots, or an IPv6 address without a zone.", "Bidang kedua adalah alamat IPv4 dengan titik, atau alamat IPv6 tanpa zona.";
            why: "The server connects to this address.", "Server terhubung ke alamat ini.";
            fix: "Send the local address of the control connection.", "Kirim alamat lokal koneksi kontrol.";
        }
        EprtPort: Breaks, "eprt-port", "RFC 2428 section 2" {
            fault: "not a port number", "bukan nomor port";
            requires: "The third field is a decimal number up to 65535.", "Bidang ketiga adalah bilangan desimal paling besar 65535.";
            why: "A TCP port has 16 bits.", "Port TCP memiliki 16 bit.";
            fix: "Send the port on which the client listens.", "Kirim port tempat klien mendengarkan.";
        }
        EpsvArgument: Breaks, "epsv-argument", "RFC 2428 section 3" {
            fault: "the argument of EPSV is neither a number nor ALL", "argumen EPSV bukan bilangan atau ALL";
            requires: "EPSV has no argument, a network protocol, or ALL.", "EPSV tanpa argumen, dengan protokol jaringan, atau ALL.";
            why: "The server cannot choose an address family.", "Server tidak dapat memilih jenis alamat.";
            fix: "Send EPSV alone.", "Kirim EPSV saja.";
        }
        RestNumber: Breaks, "rest-number", "RFC 3659 section 5.3" {
            fault: "the restart point is not a number", "titik mulai ulang bukan bilangan";
            requires: "In stream mode the marker is a decimal number of bytes.", "Dalam mode stream penandanya adalah jumlah bait desimal.";
            why: "A transfer from a wrong position corrupts the file.", "Transfer dari posisi yang salah merusak berkas.";
            fix: "Send the size of the part that is already stored.", "Kirim ukuran bagian yang sudah tersimpan.";
        }
        AlloNumber: Breaks, "allo-number", "RFC 959 section 4.1.3" {
            fault: "the size is not a number", "ukuran bukan bilangan";
            requires: "ALLO has a number of bytes, and may add R and a record size.", "ALLO memiliki jumlah bait, dan boleh ditambah R dan ukuran rekaman.";
            why: "The server reserves as much space as the number says.", "Server menyediakan ruang sebesar bilangan itu.";
            fix: "Send ALLO 1024, or leave ALLO out.", "Kirim ALLO 1024, atau jangan kirim ALLO.";
        }
        PbszNumber: Breaks, "pbsz-number", "RFC 2228 section 3" {
            fault: "the buffer size is not a number", "ukuran penyangga bukan bilangan";
            requires: "PBSZ has a decimal number, 0 over TLS.", "PBSZ memiliki bilangan desimal, 0 melalui TLS.";
            why: "PROT is refused until PBSZ succeeds.", "PROT ditolak sebelum PBSZ berhasil.";
            fix: "Send PBSZ 0.", "Kirim PBSZ 0.";
        }
        RangeNumber: Breaks, "range-number", "draft-bryan-ftp-range" {
            fault: "the range is not two numbers", "rentang bukan dua bilangan";
            requires: "A range is its first and its last byte as decimal numbers, separated by a space.", "Rentang adalah bait pertama dan terakhir sebagai bilangan desimal dipisahkan spasi.";
            why: "The server would read other bytes than the client wants.", "Server akan membaca bait lain dari yang diinginkan klien.";
            fix: "Send RANG 0 1023.", "Kirim RANG 0 1023.";
        }
        RangeOrder: Breaks, "range-order", "draft-bryan-ftp-range" {
            fault: "the range ends before it begins", "rentang berakhir sebelum dimulai";
            requires: "The last byte is not before the first; only 1 0 resets the range.", "Bait terakhir tidak mendahului yang pertama; hanya 1 0 yang menghapus rentang.";
            why: "Such a range has no bytes.", "Rentang seperti itu tidak memiliki bait.";
            fix: "Exchange the numbers.", "Tukar kedua bilangan.";
        }
        IdleSeconds: Breaks, "idle-seconds", "RFC 959 section 4.1.3" {
            fault: "not an idle timeout of this server", "bukan batas waktu diam server ini";
            requires: "SITE IDLE has a number of seconds within the limits of the server.", "SITE IDLE memiliki jumlah detik dalam batas server.";
            why: "The timeout is unchanged.", "Batas waktu tidak berubah.";
            fix: "Send SITE IDLE to read the timeout, or a number such as 600.", "Kirim SITE IDLE untuk membaca batas waktu, atau bilangan seperti 600.";
        }
        MechanismUnknown: Breaks, "mechanism-unknown", "RFC 4217 section 4" {
            fault: "an unknown security mechanism", "mekanisme keamanan tidak dikenal";
            requires: "AUTH names a mechanism that the server offers: TLS.", "AUTH menyebut mekanisme yang ditawarkan server: TLS.";
            why: "The connection stays unencrypted.", "Koneksi tetap tanpa enkripsi.";
            fix: "Send AUTH TLS.", "Kirim AUTH TLS.";
        }
        ProtectionUnknown: Breaks, "protection-unknown", "RFC 2228 section 3" {
            fault: "not a protection level", "bukan tingkat perlindungan";
            requires: "PROT has C, S, E or P.", "PROT memiliki C, S, E, atau P.";
            why: "The protection of data connections is unchanged.", "Perlindungan koneksi data tidak berubah.";
            fix: "Send PROT P.", "Kirim PROT P.";
        }
        ProtectionUnsupported: Breaks, "protection-unsupported", "RFC 4217 section 9" {
            fault: "a protection level that TLS does not have", "tingkat perlindungan yang tidak ada pada TLS";
            requires: "Over TLS the levels are C (clear) and P (private).", "Melalui TLS tingkatnya C (clear) dan P (private).";
            why: "The server answers 536.", "Server membalas 536.";
            fix: "Send PROT P.", "Kirim PROT P.";
        }
        TimeDigits: Breaks, "time-digits", "RFC 3659 section 2.3" {
            fault: "digits of a time are missing", "digit waktu tidak lengkap";
            requires: "A time is 14 digits, YYYYMMDDHHMMSS, and may have a fraction after a point.", "Waktu adalah 14 digit, YYYYMMDDHHMMSS, dan boleh memiliki pecahan setelah titik.";
            why: "With fewer digits the fields cannot be distinguished.", "Dengan digit lebih sedikit, bidangnya tidak dapat dibedakan.";
            fix: "Write each field with leading zeros.", "Tulis setiap bidang dengan nol di depan.";
        }
        TimeRange: Breaks, "time-range", "RFC 3659 section 2.3" {
            fault: "a date or time of day that does not exist", "tanggal atau jam yang tidak ada";
            requires: "The fields are a date of the calendar and a time of day, in UTC.", "Bidangnya adalah tanggal kalender dan jam, dalam UTC.";
            why: "The file would get another time than the client meant.", "Berkas akan mendapat waktu yang berbeda dari maksud klien.";
            fix: "Check month, day, hour and minute.", "Periksa bulan, hari, jam, dan menit.";
        }
        NameSeparator: Breaks, "name-separator", "draft-somers-ftp-mfxx-04 section 3" {
            fault: "no space before the pathname", "tidak ada spasi sebelum nama path";
            requires: "One space separates the pathname from what precedes it.", "Satu spasi memisahkan nama path dari bagian sebelumnya.";
            why: "The name would begin at another byte.", "Nama akan dimulai pada bait lain.";
            fix: "Put one space before the name.", "Tulis satu spasi sebelum nama.";
        }

        FactForm: Breaks, "fact-form", "RFC 3659 section 7.2" {
            fault: "not a fact", "bukan fakta";
            requires: "Each fact is name, =, value and ;. One space follows the last fact.", "Setiap fakta adalah nama, =, nilai, dan ;. Satu spasi mengikuti fakta terakhir.";
            why: "The name of the file cannot be found.", "Nama berkas tidak dapat ditemukan.";
            fix: "Write type=file;size=4096; notes.txt.", "Tulis type=file;size=4096; notes.txt.";
        }
        FactValue: Unusual, "fact-value", "RFC 3659 section 7.5" {
            fault: "the value of a fact cannot be read", "nilai fakta tidak dapat dibaca";
            requires: "size is a decimal number, modify a time, UNIX.mode an octal number.", "size adalah bilangan desimal, modify waktu, UNIX.mode bilangan oktal.";
            why: "The fact is treated as unknown.", "Fakta dianggap tidak diketahui.";
            fix: "Write the value as its RFC defines it.", "Tulis nilai seperti yang ditentukan RFC.";
        }
        FactSize: Breaks, "fact-size", "RFC 3659 section 7.5.7" {
            fault: "a negative size", "ukuran negatif";
            requires: "A size is a decimal number without a sign.", "Ukuran adalah bilangan desimal tanpa tanda.";
            why: "The server counts with too few bits; the line cannot be trusted.", "Server menghitung dengan terlalu sedikit bit; baris ini tidak dapat dipercaya.";
            fix: "Use 64 bits for sizes.", "Gunakan 64 bit untuk ukuran.";
        }
        FactUnsettable: Breaks, "fact-unsettable", "draft-somers-ftp-mfxx-04 section 5" {
            fault: "a fact that cannot be set", "fakta yang tidak dapat diubah";
            requires: "MFF sets facts that FEAT lists for it: modify and UNIX.mode.", "MFF mengubah fakta yang dicantumkan FEAT: modify dan UNIX.mode.";
            why: "Nothing is changed, also not by the other facts.", "Tidak ada yang diubah, juga oleh fakta lain.";
            fix: "Send only modify and UNIX.mode.", "Kirim hanya modify dan UNIX.mode.";
        }
        ModeOctal: Breaks, "mode-octal", "draft-somers-ftp-mfxx-04 section 5" {
            fault: "the mode is not an octal number up to 7777", "mode bukan bilangan oktal paling besar 7777";
            requires: "Permission bits are an octal number of at most twelve bits.", "Bit izin adalah bilangan oktal paling banyak dua belas bit.";
            why: "The file would get other permissions.", "Berkas akan mendapat izin yang berbeda.";
            fix: "Write 644 or 0755.", "Tulis 644 atau 0755.";
        }
        NameMissing: Breaks, "name-missing", "RFC 3659 section 7.2" {
            fault: "the line has no name", "baris tanpa nama";
            requires: "A line of a listing ends with the name.", "Baris daftar diakhiri nama.";
            why: "The entry cannot be used.", "Entri tidak dapat dipakai.";
            fix: "Write the name after one space.", "Tulis nama setelah satu spasi.";
        }
        SiteUnknown: Unusual, "site-unknown", "RFC 959 section 4.1.3" {
            fault: "an unknown SITE command", "perintah SITE tidak dikenal";
            requires: "SITE commands differ from server to server; SITE HELP lists them.", "Perintah SITE berbeda pada setiap server; SITE HELP menampilkannya.";
            why: "The server answers 504.", "Server membalas 504.";
            fix: "Use CHMOD, UTIME, IDLE or HELP.", "Gunakan CHMOD, UTIME, IDLE, atau HELP.";
        }
        OptionUnknown: Unusual, "option-unknown", "RFC 2389 section 4" {
            fault: "a command without options", "perintah tanpa opsi";
            requires: "OPTS names a command that has options.", "OPTS menyebut perintah yang memiliki opsi.";
            why: "The server answers 501.", "Server membalas 501.";
            fix: "Use OPTS UTF8 or OPTS MLST.", "Gunakan OPTS UTF8 atau OPTS MLST.";
        }
        OptionValue: Breaks, "option-value", "RFC 2389 section 4" {
            fault: "not a value of the option", "bukan nilai opsi";
            requires: "UTF8 is ON or OFF, MLST a list of facts that end with ;.", "UTF8 bernilai ON atau OFF, MLST daftar fakta yang diakhiri ;.";
            why: "The option is unchanged.", "Opsi tidak berubah.";
            fix: "Send OPTS UTF8 ON, or OPTS MLST type;size;.", "Kirim OPTS UTF8 ON, atau OPTS MLST type;size;.";
        }
        AlgorithmUnknown: Unusual, "algorithm-unknown", "draft-bryan-ftpext-hash" {
            fault: "an unknown digest algorithm", "algoritme sidik tidak dikenal";
            requires: "OPTS HASH names an algorithm that FEAT lists.", "OPTS HASH menyebut algoritme yang dicantumkan FEAT.";
            why: "The algorithm is unchanged.", "Algoritme tidak berubah.";
            fix: "Use SHA-256.", "Gunakan SHA-256.";
        }
        HostName: Breaks, "host-name", "RFC 7151 section 3.1" {
            fault: "not a host name", "bukan nama host";
            requires: "HOST has a domain name, an IPv4 address, or an IPv6 address in brackets, without a port.", "HOST memiliki nama domain, alamat IPv4, atau alamat IPv6 dalam kurung siku, tanpa port.";
            why: "The server selects a site by this name.", "Server memilih situs dari nama ini.";
            fix: "Send the host of the URL.", "Kirim host dari URL.";
        }
        LanguageTag: Breaks, "language-tag", "RFC 2640 section 4" {
            fault: "not a language tag", "bukan tag bahasa";
            requires: "A tag is letters, then groups of letters and digits after hyphens.", "Tag adalah huruf, lalu kelompok huruf dan digit setelah tanda hubung.";
            why: "The language of replies is unchanged.", "Bahasa balasan tidak berubah.";
            fix: "Send en or id-ID.", "Kirim en atau id-ID.";
        }

        ReplyCode: Breaks, "reply-code", "RFC 959 section 4.2" {
            fault: "a reply without a code", "balasan tanpa kode";
            requires: "A reply begins with three digits from 100 to 699.", "Balasan diawali tiga digit dari 100 sampai 699.";
            why: "The client cannot know whether the command succeeded.", "Klien tidak tahu apakah perintah berhasil.";
            fix: "Check that the port is that of an FTP server.", "Pastikan port itu milik server FTP.";
        }
        ReplySeparator: Breaks, "reply-separator", "RFC 959 section 4.2" {
            fault: "neither a space nor a hyphen after the code", "bukan spasi atau tanda hubung setelah kode";
            requires: "A space follows the code of a last line, a hyphen that of a first line.", "Spasi mengikuti kode baris terakhir, tanda hubung mengikuti kode baris pertama.";
            why: "The client cannot know whether more lines follow.", "Klien tidak tahu apakah masih ada baris lain.";
            fix: "Send the code, a space and the text.", "Kirim kode, spasi, dan teks.";
        }
        ReplyTooLong: Breaks, "reply-too-long", "RFC 959 section 4.2" {
            fault: "a reply longer than 64 KiB", "balasan lebih panjang dari 64 KiB";
            requires: "A reply ends with its code and a space.", "Balasan diakhiri kodenya dan spasi.";
            why: "Without its last line a reply never ends.", "Tanpa baris terakhir, balasan tidak pernah berakhir.";
            fix: "Send the last line; list over a data connection.", "Kirim baris terakhir; tampilkan daftar lewat koneksi data.";
        }
        PassiveAddress: Breaks, "passive-address", "RFC 959 section 4.1.2" {
            fault: "a 227 reply without an address", "balasan 227 tanpa alamat";
            requires: "The text of 227 contains six numbers from 0 to 255 with commas.", "Teks 227 memuat enam bilangan dari 0 sampai 255 dengan koma.";
            why: "The client does not know where to connect.", "Klien tidak tahu harus terhubung ke mana.";
            fix: "Send Entering Passive Mode (h1,h2,h3,h4,p1,p2).", "Kirim Entering Passive Mode (h1,h2,h3,h4,p1,p2).";
        }
        ExtendedPort: Breaks, "extended-port", "RFC 2428 section 3" {
            fault: "a 229 reply without a port", "balasan 229 tanpa port";
            requires: "The text of 229 contains a port as (|||port|).", "Teks 229 memuat port sebagai (|||port|).";
            why: "The client does not know where to connect.", "Klien tidak tahu harus terhubung ke mana.";
            fix: "Send Entering Extended Passive Mode (|||50000|).", "Kirim Entering Extended Passive Mode (|||50000|).";
        }
        PathUnquoted: Unusual, "path-unquoted", "RFC 959 appendix II" {
            fault: "a 257 reply without a quoted pathname", "balasan 257 tanpa nama path dalam tanda kutip";
            requires: "The text of 257 begins with the pathname in quotes, its own quotes doubled.", "Teks 257 diawali nama path dalam tanda kutip; tanda kutip di dalamnya digandakan.";
            why: "The client does not know the directory.", "Klien tidak mengetahui direktorinya.";
            fix: "Send 257 \"/dir\".", "Kirim 257 \"/dir\".";
        }
        ReplyValue: Unusual, "reply-value", "RFC 3659 sections 3.1 and 4.1" {
            fault: "a 213 reply without the value", "balasan 213 tanpa nilai";
            requires: "The text of 213 is the size as a decimal number, or the time as 14 digits.", "Teks 213 adalah ukuran sebagai bilangan desimal, atau waktu sebagai 14 digit.";
            why: "The client treats the value as unknown.", "Klien menganggap nilai tidak diketahui.";
            fix: "Send the value alone.", "Kirim nilainya saja.";
        }
        FeatureIndent: Note, "feature-indent", "RFC 2389 section 3.2" {
            fault: "no space before a feature", "tidak ada spasi sebelum fitur";
            requires: "Each feature is a line that begins with one space.", "Setiap fitur adalah baris yang diawali satu spasi.";
            why: "A strict client does not find the feature.", "Klien yang ketat tidak menemukan fitur itu.";
            fix: "Begin the line with a space.", "Awali baris dengan spasi.";
        }
        ListForm: Unusual, "list-form", "RFC 959 section 4.1.3" {
            fault: "a line of LIST that has no known form", "baris LIST tanpa bentuk yang dikenal";
            requires: "Nothing: RFC 959 leaves the form open. Clients read those of many systems: ls -l, DOS, EPLF, VMS, z/OS.", "Tidak ada: RFC 959 membiarkan bentuknya. Klien membaca bentuk banyak sistem: ls -l, DOS, EPLF, VMS, z/OS.";
            why: "The line may describe an entry, so the directory is not fully known.", "Baris ini mungkin menggambarkan entri, sehingga direktori tidak sepenuhnya diketahui.";
            fix: "Use MLSD.", "Gunakan MLSD.";
        }
        TlsRecord: Breaks, "tls-record", "RFC 8446 section 5.1" {
            fault: "not a TLS record", "bukan rekaman TLS";
            requires: "After the 234 reply to AUTH both ends send TLS records only.", "Setelah balasan 234 untuk AUTH, kedua pihak hanya mengirim rekaman TLS.";
            why: "Unencrypted bytes here may come from an attacker.", "Bait tanpa enkripsi di sini mungkin berasal dari penyerang.";
            fix: "Begin the TLS handshake after the 234 reply.", "Mulai jabat tangan TLS setelah balasan 234.";
        }
    }
}
