//! ascii: line ends of a transfer with TYPE A.

use learn::Answer;

fn parse(data: &[u8]) -> Answer<Vec<Vec<u8>>> {
    let (command, content) = data.split_at(data.len().min(5));
    let reads = content.split(|byte| *byte == b'|');
    match command {
        b"STOR " => Answer::Done(data.len(), stor(reads)),
        b"RETR " => Answer::Done(data.len(), retr(reads)),
        _ => Answer::Bad(0),
    }
}

/// CR LF becomes LF. A CR is held back until the next byte: it may be LF.
fn stor<'a>(reads: impl Iterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let mut written = Vec::new();
    let mut is_held = false;
    for read in reads {
        let mut text = Vec::new();
        for &byte in read {
            if is_held && byte != b'\n' {
                text.push(b'\r');
            }
            is_held = byte == b'\r';
            if !is_held {
                text.push(byte);
            }
        }
        written.push(text);
    }
    written.push(if is_held { vec![b'\r'] } else { Vec::new() });
    written
}

/// LF becomes CR LF, unless a CR precedes it, perhaps in the read before.
fn retr<'a>(reads: impl Iterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let mut written = Vec::new();
    let mut after_cr = false;
    for read in reads {
        let mut text = Vec::new();
        for &byte in read {
            if byte == b'\n' && !after_cr {
                text.push(b'\r');
            }
            text.push(byte);
            after_cr = byte == b'\r';
        }
        written.push(text);
    }
    written.push(Vec::new());
    written
}

fn main() {
    learn::run(parse);
}
