//! Every rule of the catalogue, with a line that breaks it and the byte.

use std::collections::HashSet;

use super::*;
use crate::rule::Rule;

/// A line of a client, and the rule that it breaks at a byte.
const COMMANDS: &[(&[u8], &str)] = &[
    (b"\r\n", "command-empty@0"),
    (b"NOOP", "line-unended@4"),
    (b"NOOP\n", "bare-lf@4"),
    (b"NOOP\r\r\n", "extra-cr@4"),
    (b"CWD a\0b\r\n", "line-nul@5"),
    (b"CWD a\xFFb\r\n", "telnet-undoubled@5"),
    (b"\xFF\xFB\x01NOOP\r\n", "telnet-option@0"),
    (b"\xF4\xF2ABOR\r\n", "telnet-synch@0"),
    (b"POST / HTTP/1.1\r\n", "http-request@0"),
    (b"NOOPS\r\n", "verb-unknown@0"),
    (b"SMNT /\r\n", "command-unavailable@0"),
    (b"TYPE E\r\n", "parameter-unavailable@5"),
    (b"PASS hunter2\r\n", "password-unencrypted@5"),
    (b"ALLO 1024 80\r\n", "argument-form@10"),
    (b"USER\r\n", "argument-missing@4"),
    (b"FEAT all\r\n", "argument-unexpected@5"),
    (b"PORT 127,0,0,1,195,80,1\r\n", "argument-trailing@21"),
    (b"RETR \r\n", "pathname-missing@5"),
    (b"TYPE X\r\n", "type-unknown@5"),
    (b"TYPE L x\r\n", "type-size@7"),
    (b"MODE Q\r\n", "mode-unknown@5"),
    (b"STRU Q\r\n", "structure-unknown@5"),
    (b"PORT 127,0,0,300,195,80\r\n", "port-octet@13"),
    (b"PORT 127,0.0,1,195,80\r\n", "port-comma@10"),
    (b"\xFF\xF1PORT 127,0.0,1,195,80\r\n", "port-comma@12"),
    (b"EPRT |1|127.0.0.1|50000\r\n", "eprt-delimiter@23"),
    (b"EPRT |v4|127.0.0.1|50000|\r\n", "eprt-family@6"),
    (b"EPRT |3|127.0.0.1|50000|\r\n", "family-unknown@6"),
    (b"EPRT |1|127.0.0.256|50000|\r\n", "eprt-address@8"),
    (b"EPRT |1|127.0.0.1|65536|\r\n", "eprt-port@18"),
    (b"EPSV me\r\n", "epsv-argument@5"),
    (b"REST 10k\r\n", "rest-number@7"),
    (b"REST 18446744073709551616\r\n", "rest-number@5"),
    (b"ALLO many\r\n", "allo-number@5"),
    (b"PBSZ -1\r\n", "pbsz-number@5"),
    (b"RANG 0 -1\r\n", "range-number@7"),
    (b"RANG 2 0\r\n", "range-order@5"),
    (b"XCRC a 20 10\r\n", "range-order@6"),
    (b"SITE IDLE long\r\n", "idle-seconds@10"),
    (b"AUTH GSSAPI\r\n", "mechanism-unknown@5"),
    (b"PROT X\r\n", "protection-unknown@5"),
    (b"PROT S\r\n", "protection-unsupported@5"),
    (b"MFMT 202611 a\r\n", "time-digits@11"),
    (b"MFMT 20261323185100 a\r\n", "time-range@5"),
    (b"MFMT 20261123185100;a\r\n", "name-separator@19"),
    (b"MFF modify=20261123185100;a\r\n", "fact-form@27"),
    (b"MFF size=5; a\r\n", "fact-unsettable@4"),
    (b"SITE CHMOD u+x a\r\n", "mode-octal@11"),
    (b"SITE EXEC ls\r\n", "site-unknown@5"),
    (b"OPTS RETR\r\n", "option-unknown@5"),
    (b"OPTS UTF8 PERHAPS\r\n", "option-value@10"),
    (b"OPTS MLST type; size;\r\n", "option-value@15"),
    (b"OPTS HASH SHA-3\r\n", "algorithm-unknown@10"),
    (b"HOST ftp..com\r\n", "host-name@5"),
    (b"LANG en_US\r\n", "language-tag@5"),
];

/// A command, what the server sends, and the rule that it breaks at a byte.
const REPLIES: &[(&[u8], &[u8], &str)] = &[
    (b"NOOP\r\n", b"22 Hi\r\n", "reply-code@0"),
    (b"NOOP\r\n", b"2200 Hi\r\n", "reply-separator@3"),
    (b"PASV\r\n", b"227 Passive (127,0,0,1,195)\r\n", "passive-address@26"),
    (b"EPSV\r\n", b"229 Extended (|||65536|)\r\n", "extended-port@17"),
    (b"PWD\r\n", b"257 /\r\n", "path-unquoted@4"),
    (b"SIZE a\r\n", b"213 -1\r\n", "reply-value@4"),
    (b"FEAT\r\n", b"211-Features\r\nUTF8\r\n211 End\r\n", "feature-indent@14"),
    (b"MLST a\r\n", b"250-\r\n type=file;a\r\n250 End\r\n", "fact-form@18"),
    (b"AUTH TLS\r\n", b"234 Go\r\n220 Hi\r\n", "tls-record@8"),
];

/// A listing, its bytes, and the rule that they break at a byte.
const LISTINGS: &[(ListingKind, &[u8], &str)] = &[
    (ListingKind::Mlsd, b"type=file;size=big; a\r\n", "fact-value@15"),
    (ListingKind::Mlsd, b"type=file;size=-1; a\r\n", "fact-size@15"),
    (ListingKind::Mlsd, b"type=file; \r\n", "name-missing@11"),
    (ListingKind::List, b"-rw-r--r-- 1 o g 5 Nov 24 25:15 a\r\n", "list-form@26"),
    (ListingKind::List, b"-rw-r--r-- 1 o g 5 never a\r\n", "list-form@19"),
    (ListingKind::List, b"+r,s-1,\ta\r\n", "fact-size@3"),
];

#[test]
fn every_rule_is_broken_at_its_byte() {
    let mut seen = HashSet::new();
    let mut check = |recorded: Recorded, input: &[u8], expected: &str| {
        assert_eq!(faults(&recorded.1), expected, "{}", input.escape_ascii());
        seen.extend(recorded.1.iter().map(|fault| fault.rule.id));
    };
    for (line, expected) in COMMANDS {
        check(read_whole(&mut FtpConversation::new(), Client, line), line, expected);
    }
    for (command, input, expected) in REPLIES {
        let mut talk = FtpConversation::new();
        read_whole(&mut talk, Client, command);
        check(read_whole(&mut talk, Server, input), input, expected);
    }
    for (kind, input, expected) in LISTINGS {
        check(read_whole(&mut DataConversation::listing(*kind), Server, input), input, expected);
    }
    let long = [b"CWD ", &b"a".repeat(line::MAX_LINE)[..], b"\r\n"].concat();
    check(read_whole(&mut FtpConversation::new(), Client, &long), &long, "line-too-long@4096");
    let endless = b"A".repeat(MAX_ENDLESS);
    check(
        read_whole(&mut FtpConversation::new(), Client, &endless),
        &endless,
        "verb-unknown@0 line-endless@32768",
    );
    let reply = [b"230-a\r\n", &b"more\r\n".repeat(reply::MAX_REPLY / 6)[..]].concat();
    let recorded = read_whole(&mut FtpConversation::new(), Server, &reply[..reply::MAX_REPLY]);
    check(recorded, &reply, "reply-too-long@65536");

    let missing: Vec<_> =
        Rule::ALL.iter().map(|rule| rule.description().id).filter(|id| !seen.contains(id)).collect();
    assert_eq!(missing, [""; 0], "rules that no line here breaks");
}

#[test]
fn a_rule_has_texts_in_both_languages() {
    let mut ids = HashSet::new();
    for rule in Rule::ALL {
        let description = rule.description();
        assert!(ids.insert(description.id), "{} is the id of two rules", description.id);
        for text in [description.fault, description.requires, description.why, description.fix] {
            assert!(!text.en.is_empty() && !text.id.is_empty(), "{}", description.id);
        }
        assert!(
            !description.fault.en.ends_with('.') && !description.fault.id.ends_with('.'),
            "{}",
            description.id
        );
        let sentences = [description.requires, description.why, description.fix];
        assert!(
            sentences.iter().all(|text| text.en.ends_with('.') && text.id.ends_with('.')),
            "{}",
            description.id
        );
    }
}

#[test]
fn a_reply_names_the_rule_and_the_byte() {
    use crate::command::parse;
    for (line, expected) in [
        (&b"PORT 127,0,0,300,195,80\r\n"[..], "port-octet: a number above 255, or no number (at byte 13)."),
        (b"\xFF\xF1QUIT now\r\n", "argument-unexpected: an argument of a command that has none (at byte 7)."),
        (b"RETR a\0\r\n", "line-nul: a NUL byte in a command (at byte 6)."),
    ] {
        let (line, _) = line::take(line).unwrap().unwrap();
        assert_eq!(parse(&line).unwrap_err().to_string(), expected);
    }
}

#[test]
fn data_connections_are_announced() {
    let announced =
        |listener, address: &str, port| Some(Announced { listener, address: address.parse().ok(), port });
    let hint = |announced: Option<Announced>, kind| announced.map(|announced| DataHint { announced, kind });
    let (passive, active) = (announced(Server, "127.0.0.1", 50_000), announced(Client, "::1", 50_000));
    let (list, mlsd) = (DataKind::Listing(ListingKind::List), DataKind::Listing(ListingKind::Mlsd));
    type Steps = &'static [(Sender, &'static str)];
    const PASSIVE: &str = "227 Passive (127,0,0,1,195,80)\r\n";
    for (steps, expected, why) in [
        (
            &[(Client, "PASV\r\n"), (Server, PASSIVE), (Client, "LIST\r\n")] as Steps,
            hint(passive, list),
            "PASV",
        ),
        (
            &[(Client, "EPSV\r\nMLSD\r\n"), (Server, "229 Ok (|||50000|)\r\n150 Here\r\n")],
            hint(announced(Server, "", 50_000), mlsd),
            "a pipeline",
        ),
        (
            &[(Client, "EPRT |2|::1|50000|\r\n"), (Server, "200 Ok\r\n"), (Client, "STOR a\r\n")],
            hint(active, DataKind::Content),
            "EPRT",
        ),
        (
            &[(Client, "PORT 127,0,0,1,195,80\r\n"), (Server, "501 No\r\n"), (Client, "RETR a\r\n")],
            None,
            "a PORT that was refused",
        ),
        (
            &[
                (Client, "PASV\r\nPASV\r\n"),
                (Server, "227 (1,1,1,1,1,1)\r\n"),
                (Server, PASSIVE),
                (Client, "NLST -l\r\n"),
            ],
            hint(passive, list),
            "the last of two",
        ),
        (&[(Client, "PASV\r\n"), (Server, PASSIVE)], None, "no transfer yet"),
    ] {
        let mut talk = FtpConversation::new();
        for (sender, input) in steps {
            read_whole(&mut talk, *sender, input.as_bytes());
        }
        assert_eq!(talk.take_data(), expected, "{why}");
        assert_eq!(talk.take_data(), None, "{why}: once");
    }
    let mut talk = FtpConversation::new();
    talk.read(Client, b"EPRT |2|::1|50000|\r\n", false, ());
    assert_eq!((talk.take_announced(), talk.take_announced()), (active, None), "once, after its unit");
}
