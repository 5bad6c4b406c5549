//! Forms with the boundary `b`: in any two pieces the same, and no content contains a delimiter.
#![no_main]

use http_wire::head;
use http_wire::multipart::{Boundary, FormDecoder, FormPart, FormStep};
use http_wire::rule::Violation;
use libfuzzer_sys::fuzz_target;
use syntax::splits;

fuzz_target!(|input: &[u8]| {
    let request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n";
    let (head, _) = head::parse(request).unwrap().unwrap();
    let decoder = FormDecoder::new(&Boundary::of_request(&head).unwrap());
    let parts = splits::check_reads_one(|reads| decode(decoder.clone(), input, reads), input);
    for (_, content) in parts.into_iter().flatten() {
        assert!(!content.windows(5).any(|bytes| bytes == b"\r\n--b"));
    }
});

/// Head and content of each part.
fn decode(
    mut decoder: FormDecoder,
    input: &[u8],
    reads: &[usize],
) -> Result<Vec<(FormPart, Vec<u8>)>, Violation> {
    let (mut parts, mut used) = (Vec::new(), 0);
    for &end in reads {
        loop {
            let unread = &input[used..end];
            used += match decoder.decode(unread)? {
                FormStep::Part(part, length) => {
                    parts.push((part, Vec::new()));
                    length
                }
                FormStep::Content(range) => {
                    let (_, content) = parts.last_mut().unwrap();
                    content.extend_from_slice(&unread[range.clone()]);
                    range.end
                }
                FormStep::End(length) => length,
                FormStep::More(length) => {
                    used += length;
                    break;
                }
            };
        }
    }
    decoder.finish().map(|()| parts)
}
