//! Headers of the PROXY protocol: at every split the same.
#![no_main]

use common::net::proxy_protocol;
use libfuzzer_sys::fuzz_target;
use syntax::splits;

fuzz_target!(|input: &[u8]| {
    let _header = splits::check(proxy_protocol::parse, input);
});
