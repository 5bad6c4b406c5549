//! Replies and what clients read from them: in any two pieces the same, and written as they are read.
#![no_main]

use ftp_wire::command::Algorithm;
use ftp_wire::features::Features;
use ftp_wire::{address, file_status, pathname, reply};
use libfuzzer_sys::fuzz_target;
use syntax::splits;

fuzz_target!(|input: &[u8]| {
    let Ok(Some((reply, _))) = splits::check_one(reply::take, input) else { return };
    let mut written = Vec::new();
    reply.write(&mut written);
    let (again, length) = reply::take(&written).unwrap().unwrap();
    assert_eq!(
        (again.code(), again.lines().count(), length),
        (reply.code(), reply.lines().count(), written.len())
    );
    if let Some(found) = address::find(reply.text()) {
        assert_eq!(address::find(address::host_port_text(found).as_bytes()), Some(found));
    }
    if let Some(port) = address::find_extended_port(reply.text()) {
        assert_eq!(address::find_extended_port(address::extended_port_text(port).as_bytes()), Some(port));
    }
    let _results = (Features::read(&reply), file_status::size(&reply), file_status::modified(&reply));
    let _results = (file_status::digest(&reply, Algorithm::Sha256), pathname::unquoted(reply.text()));
});
