//! Listings of HTTP servers, as HTML and as JSON: only names that a client can store.
#![no_main]

use std::time::SystemTime;

use http_wire::index;
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|input: &[u8]| {
    let base = Url::parse("http://a/dir/").unwrap();
    let listings = [index::links(input, &base), index::json(input, &base, SystemTime::UNIX_EPOCH)];
    for entry in listings.into_iter().flatten().flat_map(|listing| listing.entries) {
        assert!(!matches!(&*entry.name, b"" | b"." | b".."), "{entry:?}");
        assert!(!entry.name.iter().any(|byte| matches!(byte, b'/' | 0)), "{entry:?}");
    }
});
