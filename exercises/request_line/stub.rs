//! request_line: the first line of a request. The task is in request_line.md.

use learn::Answer;

/// The method, the request-target and the version.
type RequestLine = (Vec<u8>, Vec<u8>, Vec<u8>);

/// Parses the request line at the start of the bytes that have arrived so far.
fn parse(data: &[u8]) -> Answer<RequestLine> {
    todo!("request_line: {} bytes arrived", data.len())
}

fn main() {
    learn::run(parse);
}
