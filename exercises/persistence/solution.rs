//! persistence: whether the connection stays open.

use learn::Answer;

fn parse(data: &[u8]) -> Answer<String> {
    let mut lines = data.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let request_line = lines.next().unwrap_or_default();
    let mut options = Vec::new();
    for line in lines {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = parts.next().unwrap_or_default();
        let value = parts.next().unwrap_or_default();
        if name.eq_ignore_ascii_case(b"connection") {
            let elements = value.split(|byte| *byte == b',');
            options.extend(elements.map(|option| option.trim_ascii().to_ascii_lowercase()));
        }
    }
    let has = |option: &[u8]| options.iter().any(|other| other == option);
    let persists = !has(b"close") && (has(b"keep-alive") || !request_line.ends_with(b"HTTP/1.0"));
    Answer::Done(data.len(), if persists { "keep" } else { "close" }.to_string())
}

fn main() {
    learn::run(parse);
}
