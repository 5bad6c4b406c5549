//! command: one line of an FTP control connection.

use learn::Answer;

const LINE_LIMIT: usize = 4096;
const ENDLESS_LIMIT: usize = 32 * 1024;

/// A verb in capitals, and its argument.
type Command = (Vec<u8>, Option<Vec<u8>>);

fn parse(data: &[u8]) -> Answer<Command> {
    let window = data.get(..ENDLESS_LIMIT).unwrap_or(data);
    let Some(end) = window.iter().position(|byte| *byte == b'\n') else {
        return if window.len() == ENDLESS_LIMIT { Answer::Bad(ENDLESS_LIMIT) } else { Answer::More };
    };
    let mut line = &data[..end];
    while let Some(shorter) = line.strip_suffix(b"\r") {
        line = shorter;
    }
    if line.len() > LINE_LIMIT {
        return Answer::Bad(LINE_LIMIT);
    }
    if let Some(at) = line.iter().position(|byte| *byte == 0) {
        return Answer::Bad(at);
    }
    if line.is_empty() {
        return Answer::Bad(0);
    }
    let mut words = line.splitn(2, |byte| *byte == b' ');
    let verb = words.next().unwrap_or_default().to_ascii_uppercase();
    Answer::Done(end + 1, (verb, words.next().map(<[u8]>::to_vec)))
}

fn main() {
    learn::run(parse);
}
