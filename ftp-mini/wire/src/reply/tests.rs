//! Replies, written and read.

use proptest::prelude::*;

use super::*;
use crate::pathname::quoted;
use syntax::splits::check;

fn written(reply: &Reply) -> Vec<u8> {
    let mut out = Vec::new();
    reply.write(&mut out);
    out
}

#[test]
fn replies_are_written_and_read_alike() {
    for (reply, wire, why) in [
        (Reply::new(226, "Done"), &b"226 Done\r\n"[..], "RFC 959 section 4.2"),
        (Reply::new(200, ""), b"200 \r\n", "no text"),
        (
            Reply::new(211, "Features:").line(" SIZE").line("End"),
            b"211-Features:\r\n SIZE\r\n211 End\r\n",
            "RFC 2389 section 3.2",
        ),
        (Reply::new(214, "a").line("b"), b"214-a\r\n214 b\r\n", "two lines"),
        (Reply::new(257, quoted(b"/a\"b\xFF")), b"257 \"/a\"\"b\xFF\xFF\"\r\n", "RFC 854: 0xFF is doubled"),
    ] {
        assert_eq!(written(&reply).escape_ascii().to_string(), wire.escape_ascii().to_string(), "{why}");
        assert_eq!(check(take, wire), Ok(Some((reply, wire.len()))), "{why}");
    }
}

#[test]
fn a_text_cannot_forge_a_line() {
    for (reply, wire, why) in [
        (Reply::new(550, "a\r\n230 Welcome".to_string()), &b"550 a??230 Welcome\r\n"[..], "CR and LF"),
        (Reply::new(550, "a\0b"), b"550 a?b\r\n", "NUL"),
        (
            Reply::new(213, "a").line("213 b").line("c"),
            b"213-a\r\n 213 b\r\n213 c\r\n",
            "RFC 959 section 4.2: three digits in the middle are moved",
        ),
    ] {
        assert_eq!(written(&reply), wire, "{why}");
    }
}

#[test]
fn replies_of_other_servers_are_read() {
    for (wire, expected, why) in [
        (&b"226\r\n"[..], Reply::new(226, ""), "no space, no text"),
        (b"226 Done\n", Reply::new(226, "Done"), "a bare LF"),
        (b"230-a\r\n230-b\r\n230 c\r\n", Reply::new(230, "a").line("b").line("c"), "the code on each line"),
        (b"230-a\r\n220 b\r\n230 c\r\n", Reply::new(230, "a").line("220 b").line("c"), "another code inside"),
        (b"230-a\r\n2300 b\r\n230 c\r\n", Reply::new(230, "a").line("2300 b").line("c"), "a longer number"),
        (b"230-a\r\n\r\n230\r\n", Reply::new(230, "a").line("").line(""), "empty lines"),
        (b"\xFF\xFB\x01220 Hi\r\n", Reply::new(220, "Hi"), "Telnet before the greeting"),
    ] {
        assert_eq!(check(take, wire), Ok(Some((expected, wire.len()))), "{why}");
    }
}

#[test]
fn the_first_digit_is_the_class() {
    for (code, expected) in [
        (150, ReplyClass::Preliminary),
        (226, ReplyClass::Completion),
        (331, ReplyClass::Intermediate),
        (425, ReplyClass::Transient),
        (550, ReplyClass::Permanent),
        (631, ReplyClass::Permanent),
    ] {
        assert_eq!(Reply::new(code, "").class(), expected, "{code}");
    }
    assert_eq!(Reply::new(230, "Welcome").line("to us").text(), b"to us");
    assert_eq!(Reply::new(230, "Welcome").text(), b"Welcome");
}

#[test]
fn what_is_no_reply_is_refused() {
    let endless = [b"230-a\r\n", &b"more\r\n".repeat(MAX_REPLY / 6)[..]].concat();
    for (wire, expected, why) in [
        (&b"HTTP/1.1 400 Bad Request\r\n"[..], Rule::ReplyCode, "another protocol"),
        (b"22 Hi\r\n", Rule::ReplyCode, "two digits"),
        (b"2200 Hi\r\n", Rule::ReplySeparator, "four digits"),
        (b"099 Hi\r\n", Rule::ReplyCode, "below 100"),
        (b"700 Hi\r\n", Rule::ReplyCode, "above 699"),
        (b"\r\n", Rule::ReplyCode, "an empty line"),
        (&b"2".repeat(MAX_REPLY), Rule::ReplyTooLong, "no line end"),
        (&endless, Rule::ReplyTooLong, "no last line"),
    ] {
        let rule = check(take, wire).map_err(|violation| violation.rule);
        assert_eq!(rule, Err(expected), "{why}");
    }
}

proptest! {
    #[test]
    fn any_reply_is_one_reply(code in 100u16..700, texts in prop::collection::vec(any::<Vec<u8>>(), 1..5)) {
        let mut texts = texts.into_iter();
        let reply = texts.next().map(|first| Reply::new(code, first)).unwrap();
        let reply = texts.fold(reply, Reply::line);
        let wire = written(&reply);
        let (read, used) = take(&wire).unwrap().unwrap();
        prop_assert_eq!(used, wire.len());
        prop_assert_eq!(read.code(), code);
        prop_assert_eq!(read.lines().count(), reply.lines().count());
    }

    #[test]
    fn no_input_panics(input: Vec<u8>) {
        let _ = take(&input);
    }
}
