//! Tables of chunks.

use proptest::prelude::*;

use super::*;
use syntax::splits::{self, FOLLOWING};

fn write(out: &mut Vec<u8>, content: &[u8]) {
    if let Some(size) = NonZeroUsize::new(content.len()) {
        write_size(out, size);
        out.extend_from_slice(content);
        out.extend_from_slice(CHUNK_END);
    }
}

/// The content, and the length of its coded form, from reads with these ends; `None` if it is incomplete.
fn decode(input: &[u8], reads: &[usize]) -> Result<Option<(Vec<u8>, usize)>, Violation> {
    let (mut decoder, mut content, mut used) = (ChunkedDecoder::new(), Vec::new(), 0);
    for &end in reads {
        loop {
            let unread = &input[used..end];
            match decoder.decode(unread)? {
                ChunkedStep::Content(range) => {
                    content.extend_from_slice(&unread[range.clone()]);
                    used += range.end;
                }
                ChunkedStep::More(dealt) => {
                    assert!(unread.len() - dealt <= LINE_LIMIT);
                    used += dealt;
                    break;
                }
                ChunkedStep::Done(dealt) => return Ok(Some((content, used + dealt))),
            }
        }
    }
    Ok(None)
}

/// Split in every way, and followed by other bytes.
fn check(input: &[u8]) -> Result<Option<(Vec<u8>, usize)>, Violation> {
    let whole = splits::check_reads(|reads| decode(input, reads), input.len());
    if !matches!(whole, Ok(None)) {
        let followed = [input, FOLLOWING[0]].concat();
        let shown = input[..input.len().min(200)].escape_ascii();
        assert_eq!(decode(&followed, &[followed.len()]), whole, "before other bytes: {shown}");
    }
    whole
}

#[test]
fn chunks_are_those_of_rfc_9112_section_7_1() {
    let long_extension = format!("5;{}\r\nhello\r\n0\r\n\r\n", "a".repeat(EXTENSION_LIMIT - 1));
    let many_trailers = format!("0\r\n{}\r\n", "A: b\r\n".repeat(TRAILER_FIELDS_LIMIT));
    for (input, expected, why) in [
        ("0\r\n\r\n", "", "no content"),
        ("5\r\nhello\r\n0\r\n\r\n", "hello", "one chunk"),
        ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world", "two chunks"),
        ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789", "HEXDIG in lower case"),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789", "HEXDIG in upper case"),
        ("0000000000000005\r\nhello\r\n0\r\n\r\n", "hello", "16 digits"),
        ("5\r\nhello\r\n000\r\n\r\n", "hello", "last-chunk = 1*(\"0\")"),
        ("7\r\n0\r\n\r\nab\r\n0\r\n\r\n", "0\r\n\r\nab", "content is not looked at"),
        ("5;a=b\r\nhello\r\n0;c\r\n\r\n", "hello", "7.1.1: extensions"),
        ("5 ;a = b\r\nhello\r\n0\r\n\r\n", "hello", "7.1.1: BWS"),
        ("5\t; a=\"x;y\"\r\nhello\r\n0\r\n\r\n", "hello", "7.1.1: HTAB and a quoted value"),
        (&long_extension, "hello", "7.1.1: an extension as long as the limit"),
        ("0\r\nA: b\r\nC:\r\n\r\n", "", "7.1.2: trailer fields are dropped"),
        ("0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "", "7.1.2: and mean nothing"),
        (&many_trailers, "", "7.1.2: as many as the limit"),
    ] {
        assert_eq!(check(input.as_bytes()), Ok(Some((expected.into(), input.len()))), "{input:?}: {why}");
    }
}

#[test]
fn an_incomplete_content_is_no_error() {
    let whole = b"5 ;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n";
    for cut in 0..whole.len() {
        assert_eq!(check(&whole[..cut]), Ok(None), "{}", whole[..cut].escape_ascii());
    }
}

#[test]
fn everything_else_is_refused() {
    let long_extension = format!("5;{}\r\n", "a".repeat(EXTENSION_LIMIT));
    let endless_extension = format!("5;{}", "a".repeat(2 * EXTENSION_LIMIT));
    let long_blank = format!("5{};a\r\n", " ".repeat(EXTENSION_LIMIT + 1));
    let many_extensions = format!("1;{}\r\nx\r\n", "a".repeat(1_000)).repeat(20);
    let many_trailers = format!("0\r\n{}\r\n", "A: b\r\n".repeat(TRAILER_FIELDS_LIMIT + 1));
    let long_trailer = format!("0\r\nA: {}\r\n\r\n", "b".repeat(TRAILERS_LIMIT));
    let long_trailers = format!("0\r\n{}\r\n", format!("A: {}\r\n", "b".repeat(1_020)).repeat(8));
    for (input, expected, at, why) in [
        ("\r\n", Rule::ChunkSizeMalformed, 0, "1*HEXDIG"),
        (";a\r\n", Rule::ChunkSizeMalformed, 0, "1*HEXDIG"),
        ("g\r\n", Rule::ChunkSizeMalformed, 0, "HEXDIG"),
        ("-1\r\n", Rule::ChunkSizeMalformed, 0, "HEXDIG"),
        ("+5\r\nhello\r\n", Rule::ChunkSizeMalformed, 0, "HEXDIG"),
        (" 5\r\nhello\r\n", Rule::ChunkSizeMalformed, 0, "no white space before"),
        ("0x5\r\nhello\r\n", Rule::ChunkSizeMalformed, 1, "no prefix"),
        ("5_0\r\n", Rule::ChunkSizeMalformed, 1, "no separator"),
        ("5 \r\nhello\r\n", Rule::ChunkSizeSpace, 1, "7.1.1: white space belongs to an extension"),
        ("5;\r\nhello\r\n", Rule::ExtensionMalformed, 2, "7.1.1: a name is missing"),
        ("5;;\r\nhello\r\n", Rule::ExtensionMalformed, 2, "7.1.1: a name is missing"),
        ("5;a;\r\nhello\r\n", Rule::ExtensionMalformed, 4, "7.1.1: a name is missing"),
        ("5;=x\r\nhello\r\n", Rule::ExtensionMalformed, 2, "7.1.1: a name is missing"),
        ("5;a=\r\nhello\r\n", Rule::ExtensionMalformed, 2, "7.1.1: a value is missing"),
        ("5;a b\r\nhello\r\n", Rule::ExtensionMalformed, 2, "7.1.1: two names"),
        ("5;a=b \r\nhello\r\n", Rule::ExtensionMalformed, 5, "7.1.1: white space at the end"),
        ("5;a\t\r\nhello\r\n", Rule::ExtensionMalformed, 3, "7.1.1: white space at the end"),
        ("5;a=\"b\r\nhello\r\n", Rule::ExtensionMalformed, 2, "7.1.1: a quote that does not end"),
        ("5;a=\"b\\\"\r\nhello\r\n", Rule::ExtensionMalformed, 2, "7.1.1: a quote that does not end"),
        ("5 5\r\nhello\r\n", Rule::ChunkSizeMalformed, 2, "7.1.1"),
        ("5,a\r\nhello\r\n", Rule::ChunkSizeMalformed, 1, "7.1.1"),
        ("\u{665}\r\nhello\r\n", Rule::ChunkSizeMalformed, 0, "ASCII digits only"),
        ("00000000000000005\r\nhello\r\n", Rule::ChunkSizeOverflow, 16, "17 digits"),
        ("10000000000000005\r\nhello\r\n", Rule::ChunkSizeOverflow, 16, "5 modulo 2^64"),
        ("FFFFFFFFFFFFFFFF\r\n", Rule::ChunkSizeOverflow, 0, "above 2^63 - 1"),
        ("5\r\nhello\r\n7fffffffffffffff\r\n", Rule::ChunkSizeOverflow, 10, "their sum above 2^63 - 1"),
        ("5\nhello\r\n0\r\n\r\n", Rule::BareLf, 1, "CRLF exactly"),
        ("5\rhello\r\n0\r\n\r\n", Rule::BareCr, 1, "CRLF exactly"),
        ("5\r\r\nhello\r\n", Rule::BareCr, 1, "CRLF exactly"),
        ("5;a\nhello\r\n", Rule::BareLf, 3, "CRLF exactly"),
        ("5;a\r\r\nhello\r\n", Rule::BareCr, 3, "CRLF exactly"),
        ("5;a\0\r\nhello\r\n", Rule::Control, 3, "7.1.1: no controls"),
        ("5;a=\"\n\"\r\nhello\r\n", Rule::BareLf, 5, "7.1.1: a line end inside quotes"),
        ("5;\x7F\r\nhello\r\n", Rule::Control, 2, "7.1.1: no controls"),
        ("5\0\r\nhello\r\n", Rule::Control, 1, "no controls"),
        (&long_extension, Rule::ExtensionTooLong, 1 + EXTENSION_LIMIT, "7.1.1: bounded"),
        (
            &endless_extension,
            Rule::ExtensionTooLong,
            1 + EXTENSION_LIMIT,
            "7.1.1: bounded, without a line end",
        ),
        (&long_blank, Rule::ExtensionTooLong, 1 + EXTENSION_LIMIT, "7.1.1: bounded"),
        (&many_extensions, Rule::ExtensionTooLong, 16 * 1_007, "7.1.1: bounded in all"),
        ("5\r\nhello!\r\n", Rule::ChunkEnd, 8, "longer than its size"),
        ("5\r\nhello0\r\n\r\n", Rule::ChunkEnd, 8, "no line end"),
        ("5\r\nhello\n0\r\n\r\n", Rule::ChunkEnd, 8, "CRLF exactly"),
        ("5\r\nhello\r0\r\n\r\n", Rule::ChunkEnd, 9, "CRLF exactly"),
        ("5\r\nhello\r\n\r\n", Rule::ChunkSizeMalformed, 10, "an empty line"),
        ("0\r\n\n", Rule::BareLf, 3, "CRLF exactly"),
        ("0\r\n\rX", Rule::BareCr, 3, "CRLF exactly"),
        ("0\r\nA: b\n\r\n", Rule::BareLf, 7, "CRLF exactly"),
        ("0\r\nA : b\r\n\r\n", Rule::SpaceBeforeColon, 4, "5.1"),
        ("0\r\n A: b\r\n\r\n", Rule::Folded, 3, "5.2"),
        ("0\r\nA: b\r\n c\r\n\r\n", Rule::Folded, 9, "5.2"),
        ("0\r\nA\r\n\r\n", Rule::ColonMissing, 4, "5"),
        ("0\r\n: b\r\n\r\n", Rule::NameMissing, 3, "5"),
        ("0\r\nA: \0\r\n\r\n", Rule::Control, 6, "9110 section 5.5"),
        ("0\r\nGET / HTTP/1.1\r\n\r\n", Rule::SpaceBeforeColon, 6, "the last CRLF is missing"),
        (&many_trailers, Rule::TrailersTooLarge, 3 + 6 * TRAILER_FIELDS_LIMIT, "7.1.2: bounded in number"),
        (&long_trailer, Rule::TrailersTooLarge, 4 + TRAILERS_LIMIT, "7.1.2: bounded in bytes"),
        (&long_trailers, Rule::TrailersTooLarge, 8_196, "7.1.2: bounded in bytes, over all lines"),
    ] {
        assert_eq!(
            check(input.as_bytes()),
            Err(expected.at(at)),
            "{:?}: {why}",
            &input[..input.len().min(80)]
        );
    }
}

#[test]
fn a_large_upload_may_sign_each_chunk() {
    let (mut decoder, chunk) =
        (ChunkedDecoder::new(), format!("1000;signature={}\r\n{}\r\n", "0".repeat(64), "x".repeat(0x1000)));
    for _ in 0..1_000 {
        let Ok(ChunkedStep::Content(content)) = decoder.decode(chunk.as_bytes()) else { panic!("content") };
        assert_eq!(content.len(), 0x1000);
        assert_eq!(decoder.decode(b"\r\n"), Ok(ChunkedStep::More(2)));
    }
}

#[test]
fn an_empty_chunk_is_not_written() {
    let mut out = Vec::new();
    write(&mut out, b"");
    write(&mut out, b"0123456789abcdef");
    out.extend_from_slice(LAST_CHUNK);
    assert_eq!(out, b"10\r\n0123456789abcdef\r\n0\r\n\r\n");
}

proptest! {
    #[test]
    fn written_bytes_are_parsed_back_at_any_cut(
        chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..8),
        mut cuts in proptest::collection::vec(0_usize..2_000, 0..8),
    ) {
        let mut text = Vec::new();
        chunks.iter().for_each(|chunk| write(&mut text, chunk));
        text.extend_from_slice(LAST_CHUNK);
        cuts.retain(|&cut| cut <= text.len());
        cuts.push(text.len());
        cuts.sort_unstable();
        prop_assert_eq!(decode(&text, &cuts), Ok(Some((chunks.concat(), text.len()))));
    }

    #[test]
    fn any_bytes_are_read_alike_at_any_cut(input in "[0-9a-f;= \t\r\n:xA\0]{0,40}") {
        let _same_at_every_cut = check(input.as_bytes());
    }
}
