//! Headers of the PROXY protocol: in any two pieces the same.
#![no_main]

use common::net::proxy_protocol;
use libfuzzer_sys::fuzz_target;
use syntax::splits;

fuzz_target!(|input: &[u8]| {
    let _header = splits::check_one(proxy_protocol::parse, input);
});
