//! Request heads: in any two pieces the same, and no head that httparse reads in another way.
#![no_main]

use http_wire::fields::FIELDS_LIMIT;
use http_wire::head::{self, Version};
use libfuzzer_sys::fuzz_target;
use syntax::splits;

fuzz_target!(|input: &[u8]| {
    let Ok(Some((head, used))) = splits::check_one(head::parse, input) else { return };
    // Bytes above 0x7F are data in a target, and HTTP/1.2 is read as HTTP/1.1; httparse refuses both.
    let (target, minor) = (head.target_parts().raw, head.version_span().end() - 1);
    let mut known = head.bytes().to_vec();
    known[target.range()].iter_mut().for_each(|byte| *byte = if byte.is_ascii() { *byte } else { b'x' });
    known[minor] = known[minor].min(b'1');
    let mut fields = [httparse::EMPTY_HEADER; FIELDS_LIMIT];
    let mut other = httparse::Request::new(&mut fields);
    assert_eq!(other.parse(&known), Ok(httparse::Status::Complete(used)));
    assert_eq!(other.method.map(str::as_bytes), Some(head.method_span().of(head.bytes())));
    assert_eq!(other.path.map(str::as_bytes), Some(target.of(&known)));
    assert_eq!(other.version, Some(u8::from(head.version() == Version::Http11)));
    let fields = other.headers.iter().map(|field| (field.name.as_bytes(), field.value));
    assert!(fields.eq(head.section().field_lines()));
});
