//! TYPE A: conversion in any pieces, and back.
#![no_main]

use ftp_wire::ascii::{Decoder, Encoder};
use libfuzzer_sys::fuzz_target;
use syntax::splits;

fuzz_target!(|input: &[u8]| {
    let encoded = splits::check_reads_one(|reads| encode(input, reads), input);
    assert_eq!(encoded.len() as u64, Encoder::default().encoded_len(input));
    let decoded = splits::check_reads_one(|reads| decode(&encoded, reads), &encoded);
    // CRLF in a file is sent unchanged, so it arrives as LF.
    assert_eq!(decoded, decode(input, &[input.len()]));
});

fn encode(content: &[u8], reads: &[usize]) -> Vec<u8> {
    let (mut encoder, mut out, mut at) = (Encoder::default(), Vec::new(), 0);
    for &end in reads {
        encoder.encode(&content[at..end], &mut out);
        at = end;
    }
    out
}

fn decode(content: &[u8], reads: &[usize]) -> Vec<u8> {
    let (mut decoder, mut out, mut at) = (Decoder::default(), Vec::new(), 0);
    for &end in reads {
        decoder.decode(&content[at..end], &mut out);
        at = end;
    }
    decoder.finish(&mut out);
    out
}
