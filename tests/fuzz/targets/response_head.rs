//! Response heads: in any two pieces the same, and read as httparse does if both accept them.
#![no_main]

use http_wire::fields::RESPONSE_FIELDS_LIMIT;
use http_wire::framing;
use http_wire::head::Method;
use http_wire::response;
use libfuzzer_sys::fuzz_target;
use syntax::splits;

fuzz_target!(|input: &[u8]| {
    let Ok(Some((head, used))) = splits::check_one(response::parse, input) else { return };
    for method in [Method::Get, Method::Head] {
        let _framing = framing::of_response(&head, method);
    }
    let mut fields = [httparse::EMPTY_HEADER; RESPONSE_FIELDS_LIMIT];
    let mut other = httparse::Response::new(&mut fields);
    let Ok(httparse::Status::Complete(length)) = other.parse(input) else { return };
    assert_eq!((other.code, length), (Some(head.status().0), used));
    let fields = other.headers.iter().map(|field| (field.name.as_bytes(), field.value));
    assert!(fields.eq(head.fields().field_lines()));
});
