//! Replies of a server.

use super::*;

/// A command, its reply of one line, the parts of its text, the broken rules, and why.
const TEXTS: &[(&str, &str, &str, &str, &str)] = &[
    ("", "220 Hi", "'Hi'", "", "the greeting"),
    (
        "PWD",
        r#"257 "/say ""hi""" is current"#,
        r#"(quoted-pathname=/say \"hi\"'\"/say \"\"hi\"\"\"')"#,
        "",
        "RFC 959 appendix II",
    ),
    ("PWD", "257 /a", "'/a'", "path-unquoted@4", "no quotes"),
    (
        "PASV",
        "227 Passive (127,0,0,1,195,80).",
        "(host-port=127.0.0.1:50000(host-number=127.0.0.1'127,0,0,1' port-number=50000'195,80'))",
        "",
        "RFC 959 section 4.1.2",
    ),
    (
        "PASV",
        "227 Passive (127,0,0,1,195,800).",
        "'Passive (127,0,0,1,195,800).'",
        "passive-address@27",
        "the byte of the number",
    ),
    (
        "EPSV",
        "229 Extended (|||6446|)",
        "(delimiter'|' delimiter'|' delimiter'|' tcp-port'6446' delimiter'|')",
        "",
        "RFC 2428 section 3",
    ),
    ("EPSV", "229 Extended (||6446|)", "'Extended (||6446|)'", "extended-port@16", "a delimiter is missing"),
    (
        "MDTM a",
        "213 20261123185100",
        "(time-val=2026-11-23 18:51:00 UTC'20261123185100')",
        "",
        "RFC 3659 section 3.1",
    ),
    ("MDTM a", "213 191261123185100", "'191261123185100'", "reply-value@4", "the year 2000 of some servers"),
    ("SIZE a", "213 4096", "(decimal-integer'4096')", "", "RFC 3659 section 4.1"),
];

/// Commands, what the server sends, its parts, the broken rules, and why.
type Row = (&'static [u8], &'static [u8], &'static str, &'static str, &'static str);

const REPLIES: &[Row] = &[
    (
        b"NOOP\r\n",
        b"200 Done\n",
        "reply(reply-line(code=positive completion'200' separator' ' text'Done' CRLF))",
        "bare-lf@8",
        "a bare LF",
    ),
    (
        b"CWD a\r\n",
        b"550-No\r\n such\r\n550 directory\r\n",
        "reply(reply-line(code=permanent negative completion'550' separator'-' text'No' CRLF) reply-line(text' such' CRLF) reply-line(code=permanent negative completion'550' separator' ' text'directory' CRLF))",
        "",
        "lines in the middle are text",
    ),
    (
        b"CWD a\r\n",
        b"550-No\r\n550-such\r\n551 b\r\n550\r\n",
        "reply(reply-line(code=permanent negative completion'550' separator'-' text'No' CRLF) reply-line(code=permanent negative completion'550' separator'-' text'such' CRLF) reply-line(text'551 b' CRLF) reply-line(code=permanent negative completion'550' CRLF))",
        "",
        "the code on each line, another code, and a code alone",
    ),
    (
        b"MLST a\r\n",
        b"250-Facts\r\n type=file;size=4096;modify=20261123185100; a b\r\n250 End\r\n",
        "reply(reply-line(code=positive completion'250' separator'-' text'Facts' CRLF) reply-line(text(entry(fact(factname'type' value'file') fact(factname'size' value'4096') fact(factname'modify' value(time-val=2026-11-23 18:51:00 UTC'20261123185100')) pathname'a b')) CRLF) reply-line(code=positive completion'250' separator' ' text'End' CRLF))",
        "",
        "RFC 3659 section 7",
    ),
    (
        b"FEAT\r\n",
        b"211-Features\r\n MLST type*;size*;\r\nUTF8\r\n211 End\r\n",
        "reply(reply-line(code=positive completion'211' separator'-' text'Features' CRLF) reply-line(text(feature-label'MLST' feature-parms'type*;size*;') CRLF) reply-line(text(feature-label'UTF8') CRLF) reply-line(code=positive completion'211' separator' ' text'End' CRLF))",
        "feature-indent@34",
        "RFC 2389 section 3.2",
    ),
    (
        b"STAT pub\r\n",
        b"213-Status\r\n-rw-r--r-- 1 o g 5 Nov 24 10:15 a\r\n213 End\r\n",
        "reply(reply-line(code=positive completion'213' separator'-' text'Status' CRLF) reply-line(text(list-line(mode=file'-rw-r--r--' links'1' owner'o' group'g' size'5' date'Nov 24 10:15' name'a')) CRLF) reply-line(code=positive completion'213' separator' ' text'End' CRLF))",
        "",
        "a listing on the control connection",
    ),
    (
        b"RETR a\r\nNOOP\r\n",
        b"150 Opening\r\n200 Transferring\r\n226 Done\r\n",
        "reply(reply-line(code=positive preliminary'150' separator' ' text'Opening' CRLF)) reply(reply-line(code=positive completion'200' separator' ' text'Transferring' CRLF)) reply(reply-line(code=positive completion'226' separator' ' text'Done' CRLF))",
        "",
        "NOOP is answered during a transfer",
    ),
    (
        b"NOOP\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        r#"unparsed'HTTP/1.1 400 Bad Request\r\n'"#,
        "reply-code@0",
        "another protocol",
    ),
    (
        b"NOOP\r\n",
        b"2000 Done\r\n200 Done\r\n",
        r#"unparsed'2000 Done\r\n' reply(reply-line(code=positive completion'200' separator' ' text'Done' CRLF))"#,
        "reply-separator@3",
        "reading starts again at the next line",
    ),
    (b"NOOP\r\n", b"200-Do", "unparsed'200-Do'", "line-unended@6", "the connection ends in the reply"),
    (
        b"PWD\r\n",
        b"\xff\xfb\x01257 \"/\xff\xff\"\r\n",
        r#"reply(reply-line(telnet-command=WILL 1'\xff\xfb\x01' code=positive completion'257' separator' ' text(quoted-pathname=/\xff'\"/\xff\xff\"') CRLF))"#,
        "telnet-option@0",
        "Telnet before a reply, and a doubled 255",
    ),
    (
        b"AUTH TLS\r\n",
        b"234 Go\r\n\x16\x03\x03\x00\x06\x02\x00\x00\x02ab",
        r#"reply(reply-line(code=positive completion'234' separator' ' text'Go' CRLF)) tls-record(record-header(type=handshake'\x16' legacy_record_version=TLS 1.2'\x03\x03' length=6'\x00\x06') fragment(handshake=2 bytes(msg_type=server_hello'\x02')))"#,
        "",
        "RFC 4217 section 4: records follow the 234",
    ),
    (
        b"AUTH TLS\r\n",
        b"234 Go\r\n200 Plain\r\n",
        r#"reply(reply-line(code=positive completion'234' separator' ' text'Go' CRLF)) unparsed'200 Plain\r\n'"#,
        "tls-record@8",
        "unencrypted bytes after the 234",
    ),
];

fn reply_to(commands: &[u8], input: &[u8]) -> Recorded {
    let mut talk = FtpConversation::new();
    read_whole(&mut talk, Client, commands);
    read_whole(&mut talk, Server, input)
}

#[test]
fn texts_are_parts() {
    for (command, reply, parts, broken, why) in TEXTS {
        let line = format!("{reply}\r\n");
        let commands = if command.is_empty() { String::new() } else { format!("{command}\r\n") };
        let recorded = reply_to(commands.as_bytes(), line.as_bytes());
        let code = &reply[..3];
        let tree =
            format!("reply(reply-line(code=positive completion'{code}' separator' ' text{parts} CRLF))");
        check(&recorded, line.as_bytes(), (&tree, broken), why);
    }
}

#[test]
fn replies_are_parts() {
    for (commands, input, parts, broken, why) in REPLIES {
        check(&reply_to(commands, input), input, (parts, broken), why);
    }
}
