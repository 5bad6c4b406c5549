//! Lines of a client.

use super::*;

/// Commands with an argument: the command, the parts of the argument, the broken rules, and why.
const ARGUMENTS: &[(&str, &str, &str, &str)] = &[
    ("USER me", "(username'me')", "", "RFC 959 section 5.3.2"),
    (
        "PASS hunter2",
        "(password'hunter2')",
        "password-unencrypted@5",
        "masked, and readable by everyone on the path",
    ),
    ("ACCT hunter2", "(account-information'hunter2')", "", "masked"),
    ("QUIT now", "'now'", "argument-unexpected@5", "no argument"),
    ("AUTH TLS", "(mechanism-name'TLS')", "", "RFC 4217 section 4"),
    ("AUTH GSSAPI", "'GSSAPI'", "mechanism-unknown@5", "not offered"),
    ("PBSZ 0", "(decimal-integer'0')", "", "RFC 4217 section 8"),
    ("PROT P", "(prot-code'P')", "", "RFC 4217 section 9"),
    ("TYPE L 8", "(type-code(byte-size'8'))", "", "a byte size"),
    ("TYPE A N", "(type-code'A N')", "", "a form"),
    ("MODE S", "(mode-code'S')", "", "a line of its own grammar"),
    ("STRU F", "(structure-code'F')", "", "a line of its own grammar"),
    ("CWD  my dir ", "(pathname' my dir ')", "", "one space separates, others belong to the name"),
    ("EPSV 2", "(net-prt=IPv6'2')", "", "RFC 2428 section 3"),
    ("EPSV ALL", "'ALL'", "", "not a protocol"),
    (
        "PORT 127,0,0,1,195,80",
        "(host-port=127.0.0.1:50000(host-number=127.0.0.1'127,0,0,1' port-number=50000'195,80'))",
        "",
        "the meaning of six numbers",
    ),
    ("PORT 127,0,0,300,195,80", "'127,0,0,300,195,80'", "port-octet@13", "the byte of the number"),
    (
        "EPRT |2|::1|50000|",
        "(delimiter'|' net-prt=IPv6'2' delimiter'|' net-addr'::1' delimiter'|' tcp-port'50000' delimiter'|')",
        "",
        "RFC 2428 section 2",
    ),
    (
        "EPRT |1|::1|50000|",
        "(delimiter'|' net-prt=IPv4'1' delimiter'|' delimiter'|')",
        "eprt-address@8",
        "the address of another family",
    ),
    ("REST 1024", "(marker'1024')", "", "RFC 3659 section 5.3"),
    ("ALLO 1024 R 80", "(decimal-integer'1024' record-size'80')", "", "and a record size"),
    ("LIST -la *.txt", "(options'-la' pattern'*.txt')", "", "options and a pattern"),
    ("NLST pub", "(pathname'pub')", "", "a pathname"),
    ("MDTM notes.txt", "(pathname'notes.txt')", "", "RFC 3659 section 3"),
    (
        "MDTM 20261123185100 notes.txt",
        "(pathname(time-val=2026-11-23 18:51:00 UTC'20261123185100' pathname'notes.txt'))",
        "",
        "two readings: a name, or a time to set",
    ),
    (
        "MFMT 20261123185100 notes.txt",
        "(time-val=2026-11-23 18:51:00 UTC'20261123185100' pathname'notes.txt')",
        "",
        "the meaning of 14 digits",
    ),
    ("MFMT 20261323185100 notes.txt", "'20261323185100 notes.txt'", "time-range@5", "month 13"),
    (
        "MFF modify=20261123185100;UNIX.mode=0644; a",
        "(fact(factname'modify' value(time-val=2026-11-23 18:51:00 UTC'20261123185100')) fact(factname'UNIX.mode' value'0644') pathname'a')",
        "",
        "facts to set",
    ),
    ("MFF size=5; a", "(fact(factname'size'))", "fact-unsettable@4", "one that cannot be set"),
    ("SITE CHMOD 644 a", "(site-command'CHMOD' mode'644' pathname'a')", "", "a line of its own grammar"),
    (
        "SITE UTIME 202611231851 a",
        "(site-command'UTIME' time-val=2026-11-23 18:51:00 UTC'202611231851' pathname'a')",
        "",
        "without seconds",
    ),
    ("SITE IDLE 600", "(site-command'IDLE' decimal-integer'600')", "", "a line of its own grammar"),
    ("OPTS UTF8 ON", "(command-name'UTF8' command-options'ON')", "", "RFC 2389 section 4"),
    ("OPTS MLST type;size;", "(command-name'MLST' command-options'type;size;')", "", "RFC 3659 section 7.9"),
    ("HOST ftp.example.com", "(hostname'ftp.example.com')", "", "RFC 7151 section 3"),
    ("LANG id-ID", "(lang-tag'id-ID')", "", "RFC 2640 section 4"),
    ("HASH a", "(pathname'a')", "", "a line of its own grammar"),
    ("RANG 0 1023", "(start-point'0' end-point'1023')", "", "a line of its own grammar"),
    (
        r#"XMD5 "my notes" 0 1024"#,
        r#"(quoted-pathname'\"my notes\"' start-point'0' end-point'1024')"#,
        "",
        "a name in quotes",
    ),
    (
        "XCRC my notes 10 20",
        "(pathname'my notes' start-point'10' end-point'20')",
        "",
        "numbers behind a name",
    ),
];

/// Whole lines.
const LINES: &[(&[u8], &str, &str, &str)] = &[
    (b"NOOP\r\n", "line(command(verb'NOOP') CRLF)", "", "a verb alone"),
    (b"noop\n", "line(command(verb'noop') CRLF)", "bare-lf@4", "any case; a bare LF is accepted"),
    (
        b"USER anonymous\r\nPASS me@example.com\r\n",
        "line(command(verb'USER' SP argument(username'anonymous')) CRLF) line(command(verb'PASS' SP argument(password'me@example.com')) CRLF)",
        "",
        "the password of an anonymous user is no secret of a person, and masked all the same",
    ),
    (
        b" PASS hunter2\r\n",
        "line(command(password' PASS hunter2') CRLF)",
        "verb-unknown@0",
        "a misspelled PASS is masked too",
    ),
    (b"CDUP\r\n", "line(command(verb'CDUP') CRLF)", "", "a line of its own grammar"),
    (b"PASV\r\n", "line(command(verb'PASV') CRLF)", "", "a line of its own grammar"),
    (b"STAT\r\n", "line(command(verb'STAT') CRLF)", "", "a line of its own grammar"),
    (
        b"\xff\xf4\xff\xf2ABOR\r\n",
        r#"line(telnet-command=IP'\xff\xf4' telnet-command=DM'\xff\xf2' command(verb'ABOR') CRLF)"#,
        "",
        "RFC 959 section 4.1.3: IP and Synch",
    ),
    (b"\xf2ABOR\r\n", "line(command(verb'ABOR') CRLF)", "telnet-synch@0", "the IAC was urgent data"),
    (
        b"\xff\xfd\x06NOOP\r\n",
        r#"line(telnet-command=DO 6'\xff\xfd\x06' command(verb'NOOP') CRLF)"#,
        "telnet-option@0",
        "DO 6",
    ),
    (
        b"RETR \xff\xff.txt\r\n",
        r#"line(command(verb'RETR' SP argument(pathname'\xff\xff.txt')) CRLF)"#,
        "",
        "RFC 854: doubled",
    ),
    (
        b"RETR \xff.txt\r\n",
        r#"line(command(verb'RETR' SP argument(pathname'\xff.txt')) CRLF)"#,
        "telnet-undoubled@5",
        "not doubled",
    ),
    (
        b"\xff\xf1PORT 1,2,3,4,5,600\r\n",
        r#"line(telnet-command=NOP'\xff\xf1' command(verb'PORT' SP argument(host-number=1.2.3.4'1,2,3,4')) CRLF)"#,
        "port-octet@17",
        "offsets count the Telnet bytes",
    ),
    (
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        r#"line(command'GET / HTTP/1.1' CRLF) unparsed'Host: a\r\n\r\n'"#,
        "http-request@0",
        "a browser, and its unread fields",
    ),
    (b"\r\n", "line(CRLF)", "command-empty@0", "an empty line"),
    (
        b"RETR a\x00b\r\n",
        r#"line(command(verb'RETR' SP argument'a\x00b') CRLF)"#,
        "line-nul@6",
        "a C program would read a different name",
    ),
    (
        b"RETR notes",
        "line(command(verb'RETR' SP argument(pathname'notes')))",
        "line-unended@10",
        "the connection ends in the line",
    ),
    (
        b"\x16\x03\x03\x00\x06\x01\x00\x00\x02ab",
        r#"tls-record(record-header(type=handshake'\x16' legacy_record_version=TLS 1.2'\x03\x03' length=6'\x00\x06') fragment(handshake=2 bytes(msg_type=client_hello'\x01')))"#,
        "",
        "implicit FTPS begins with a record",
    ),
];

#[test]
fn arguments_are_parts() {
    for (command, parts, broken, why) in ARGUMENTS {
        let line = format!("{command}\r\n");
        let recorded = read_whole(&mut FtpConversation::new(), Client, line.as_bytes());
        let verb = &command[..command.find(' ').unwrap()];
        let tree = format!("line(command(verb'{verb}' SP argument{parts}) CRLF)");
        check(&recorded, line.as_bytes(), (&tree, broken), why);
    }
}

#[test]
fn lines_are_parts() {
    for (line, parts, broken, why) in LINES {
        let recorded = read_whole(&mut FtpConversation::new(), Client, line);
        check(&recorded, line, (parts, broken), why);
    }
}
