//! Chunked content: in any pieces the same, and decoded as by a simple decoder that has all of it.
#![no_main]

use std::sync::LazyLock;

use http_wire::chunked::{ChunkedDecoder, ChunkedPiece};
use http_wire::rule::{Rule, Violation};
use libfuzzer_sys::fuzz_target;
use regex::bytes::Regex;
use syntax::splits;

/// Content and the length of its coded form; `None` if it is incomplete.
type Decoded = Option<(Vec<u8>, usize)>;

fuzz_target!(|input: &[u8]| {
    let _same = splits::check_reads_one(|reads| decode(ChunkedDecoder::of_response(), input, reads), input);
    match splits::check_reads_one(|reads| decode(ChunkedDecoder::new(), input, reads), input) {
        Ok(decoded) => assert_eq!(decoded, simple(input)),
        Err(Violation {
            rule: Rule::ChunkSizeOverflow | Rule::ExtensionTooLong | Rule::TrailersTooLarge,
            ..
        }) => {}
        Err(_) => assert_eq!(simple(input), None),
    }
});

fn decode(mut decoder: ChunkedDecoder, input: &[u8], reads: &[usize]) -> Result<Decoded, Violation> {
    let (mut content, mut used) = (Vec::new(), 0);
    for &end in reads {
        while let Some((piece, length)) = decoder.take(&input[used..end], &mut content)? {
            used += length;
            if piece == ChunkedPiece::End {
                return Ok(Some((content, used)));
            }
        }
    }
    Ok(None)
}

/// RFC 9112 section 7.1, with its grammar as regular expressions. `None` if it is incomplete or malformed.
fn simple(input: &[u8]) -> Decoded {
    const TOKEN: &str = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+";
    static CHUNK: LazyLock<Regex> = LazyLock::new(|| {
        let value = format!(r#"({TOKEN}|"([\t !#-\[\]-~\x80-\xFF]|\\[\t -~\x80-\xFF])*")"#);
        Regex::new(&format!(r"(?-u)^([0-9A-Fa-f]{{1,16}})([ \t]*;[ \t]*{TOKEN}([ \t]*=[ \t]*{value})?)*\r\n"))
            .unwrap()
    });
    static TRAILERS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&format!(r"(?-u)^({TOKEN}:[\t -~\x80-\xFF]*\r\n)*\r\n")).unwrap());
    let (mut rest, mut content) = (input, Vec::new());
    loop {
        let line = CHUNK.captures(rest)?;
        let size = usize::from_str_radix(str::from_utf8(&line[1]).unwrap(), 16).unwrap();
        rest = &rest[line[0].len()..];
        if size == 0 {
            let end = TRAILERS.find(rest)?.end();
            return Some((content, input.len() - rest.len() + end));
        }
        content.extend_from_slice(rest.get(..size)?);
        rest = rest[size..].strip_prefix(b"\r\n")?;
    }
}
