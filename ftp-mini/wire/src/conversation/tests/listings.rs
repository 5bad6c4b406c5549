//! Data connections.

use super::*;

const LIST: DataKind = DataKind::Listing(ListingKind::List);
const NLST: DataKind = DataKind::Listing(ListingKind::Nlst);
const MLSD: DataKind = DataKind::Listing(ListingKind::Mlsd);

/// What it carries, the bytes, the parts, the broken rules, and why.
const ROWS: &[(DataKind, &[u8], &str, &str, &str)] = &[
    (
        LIST,
        b"-rw-r--r--   1 owner    group        4096 Nov 23 18:51 notes.txt\r\n",
        "list-line(mode=file'-rw-r--r--' links'1' owner'owner' group'group' size'4096' date'Nov 23 18:51' name'notes.txt' CRLF)",
        "",
        "a file",
    ),
    (
        LIST,
        b"drwxr-xr-x+  2 owner  4096 2025-11-24 10:15 sub dir\n",
        "list-line(mode=directory'drwxr-xr-x+' links'2' owner'owner' size'4096' date'2025-11-24 10:15' name'sub dir' CRLF)",
        "bare-lf@51",
        "no group; an ACL mark; a bare LF",
    ),
    (
        LIST,
        b"lrwxrwxrwx   1 1000     1000   5 Nov 24  2025 now -> ../v2\r\n",
        "list-line(mode=link'lrwxrwxrwx' links'1' owner'1000' group'1000' size'5' date'Nov 24  2025' name'now' arrow' -> ' target'../v2' CRLF)",
        "",
        "a link",
    ),
    (
        LIST,
        b"brw-r--r--   1 o g  8, 0 Nov 24 10:15 a\r\n",
        "list-line(mode=device, pipe or socket'brw-r--r--' links'1' owner'o' group'g' size'8, 0' date'Nov 24 10:15' name'a' CRLF)",
        "",
        "a device",
    ),
    (
        LIST,
        b"11-24-25  10:15AM                 4096 notes.txt\r\n",
        "list-line(date'11-24-25  10:15AM' size'4096' name'notes.txt' CRLF)",
        "",
        "IIS",
    ),
    (
        LIST,
        b"11-24-25  10:15AM  <JUNCTION>     a [C:\\b]\r\n",
        r#"list-line(date'11-24-25  10:15AM' kind'<JUNCTION>' name'a' target'C:\\b' CRLF)"#,
        "",
        "a junction",
    ),
    (
        LIST,
        b"+i8388621.48594,m825718503,r,s280,\tdjb.html\r\n",
        "list-line(eplf-fact'i8388621.48594' eplf-fact=1996-03-01 22:15:03 UTC'm825718503' eplf-fact'r' eplf-fact's280' name'djb.html' CRLF)",
        "",
        "EPLF",
    ),
    (
        LIST,
        b"NOTES.TXT;2   4/6   24-NOV-2025 10:15:30  [ADA]  (RWED)\r\n",
        "list-line(name'NOTES.TXT' size'4/6' date'24-NOV-2025 10:15:30' owner'[ADA]  (RWED)' CRLF)",
        "",
        "OpenVMS",
    ),
    (
        LIST,
        b"QSYS   77824 11/24/25 10:15:30 *DIR   sub/\r\n",
        "list-line(owner'QSYS' size'77824' date'11/24/25 10:15:30' kind'*DIR' name'sub' CRLF)",
        "",
        "OS/400",
    ),
    (
        LIST,
        b"VOL001 3390   2025/11/24  1   15  FB      80  6160  PS  NOTES.TXT\r\n",
        "list-line(date'2025/11/24' kind'PS' name'NOTES.TXT' CRLF)",
        "",
        "z/OS",
    ),
    (
        LIST,
        b"- [R----F--] ada   4096 Nov 24  2025 notes.txt\r\n",
        "list-line(kind'-' mode'[R----F--]' owner'ada' size'4096' date'Nov 24  2025' name'notes.txt' CRLF)",
        "",
        "NetWare",
    ),
    (
        LIST,
        b"total 12\r\n\r\n",
        "list-line(total'total 12' CRLF) list-line(CRLF)",
        "",
        "a sum, and a blank line",
    ),
    (LIST, b"-rw-r--r-- 1 o g 5 Nov 24 25:15 a\r\n", "list-line(CRLF)", "list-form@26", "no such hour"),
    (LIST, b"11-24-25  10:15AM   no size\r\n", "list-line(CRLF)", "list-form@20", "no size"),
    (
        LIST,
        b"-rw-r--r-- 1 o g 5 Nov 24 10:15 a",
        "list-line(mode=file'-rw-r--r--' links'1' owner'o' group'g' size'5' date'Nov 24 10:15' name'a')",
        "line-unended@33",
        "the last line may be cut off",
    ),
    (NLST, b"pub/notes.txt\r\n", "list-line(pathname'pub/notes.txt' CRLF)", "", "names only"),
    (
        MLSD,
        b"type=file;size=4096;modify=20261123185100; a b\r\n",
        "entry(fact(factname'type' value'file') fact(factname'size' value'4096') fact(factname'modify' value(time-val=2026-11-23 18:51:00 UTC'20261123185100')) pathname'a b' CRLF)",
        "",
        "RFC 3659 section 7.2",
    ),
    (
        MLSD,
        b"type=file;size=big;UNIX.mode=0644; a\r\n",
        "entry(fact(factname'type' value'file') fact(factname'size' value'big') fact(factname'UNIX.mode' value'0644') pathname'a' CRLF)",
        "fact-value@15",
        "a size that is none",
    ),
    (
        MLSD,
        b"type=file;size=-1; a\r\n",
        "entry(fact(factname'type' value'file') fact(factname'size') CRLF)",
        "fact-size@15",
        "a size that overflowed",
    ),
    (MLSD, b"type=file; \r\n", "entry(fact(factname'type' value'file') CRLF)", "name-missing@11", "no name"),
    (DataKind::Content, b"any\r\nbytes", r#"content'any\r\nbytes'"#, "", "a file"),
    (
        DataKind::Content,
        b"\x16\x03\x01\x00\x06\x01\x00\x00\x02ab\x17\x03\x03\x00\x01z",
        r#"tls-record(record-header(type=handshake'\x16' legacy_record_version=TLS 1.0'\x03\x01' length=6'\x00\x06') fragment(handshake=2 bytes(msg_type=client_hello'\x01'))) tls-record(record-header(type=application_data'\x17' legacy_record_version=TLS 1.2'\x03\x03' length=1'\x00\x01') fragment'z')"#,
        "",
        "a handshake",
    ),
];

#[test]
fn data_connections_are_trees() {
    for (kind, input, parts, broken, why) in ROWS {
        let recorded = read_whole(&mut DataConversation::new(*kind), Server, input);
        check(&recorded, input, (parts, broken), why);
    }
}
